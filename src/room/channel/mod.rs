//! A channel by its label: it outlives the RTCPeerConnection under it.

mod durable;
mod error;
mod inner;
mod legs;
mod outbox;
mod streams;

use core::task::Poll;
use std::rc::Rc;

use rejoin_proto::channel::{ChannelOptions, Message};
use rejoin_proto::durable::Lost;
use rejoin_proto::state::DataChannelState;
use rejoin_proto::text::say;
use serde::{Serialize, de::DeserializeOwned};

pub use self::error::{ChannelError, ChannelSendError};
use self::inner::Inner;
pub use self::outbox::OUTBOX_LIMIT;
use self::outbox::Sending;
use super::events::Events;
use crate::browser::json;

/// How many bytes may lie received and unread before the channel is closed with [`ChannelError::Unread`]: 64 MiB.
///
/// A browser's data channel has no way to ask its sender to wait, so a bound must be somewhere.
pub const UNREAD_LIMIT: usize = 64 << 20;

/// A channel to one peer, known to both sides by its label.
///
/// Cloning gives another handle on the same channel: a message goes to one reader. The channel stays usable
/// while the connection is replaced: [`state`](Self::state) turns to `Connecting`, sends wait, and go on over the
/// new connection. What was already given to a connection that died may be lost, as with any data channel; unless the
/// channel is durable.
///
/// On a *durable* channel ([`ChannelOptions::durable`]) every message arrives exactly once, over as many connections as
/// that takes. Up to 16 MiB, or 16,384 messages, may be on their way; then [`send`](Self::send) waits until the other
/// side's application has read some. Only a page that ends takes messages with it: then both sides hear
/// [`Lost`](ChannelEvent::Lost).
///
/// Both sides may open the same label: it is one channel. It closes for both when either calls [`close`](Self::close).
#[derive(Clone)]
pub struct Channel {
    inner: Rc<Inner>,
}

/// What happens to a channel, besides its messages.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum ChannelEvent {
    /// The state has changed; `Connecting` after `Open` means that the connection is being replaced.
    StateChanged(DataChannelState),
    /// Something went wrong; a state change follows where the channel does not survive it.
    Error(ChannelError),
    /// A durable channel has no connection: what is sent waits.
    Paused,
    /// A durable channel goes on where it was paused.
    Resumed,
    /// Messages of a durable channel are lost, or it is not known whether they are: the page that had them has ended, or
    /// the channel.
    Lost(Lost),
}

impl Channel {
    /// The name by which both sides know it.
    pub fn label(&self) -> &str {
        &self.inner.label
    }

    /// How it carries what this side sends.
    pub fn options(&self) -> ChannelOptions {
        self.inner.options.borrow().clone()
    }

    /// The state now.
    pub fn state(&self) -> DataChannelState {
        self.inner.state.get()
    }

    /// Bytes that wait here: in the browser's buffer and in front of it; on a durable channel all that the other side's
    /// application has not read yet, as far as is known.
    pub fn buffered_amount(&self) -> usize {
        let taken = match &self.inner.durable {
            Some(end) => end.unacknowledged_bytes(),
            None => self.inner.legs.sending().map_or(0, |(_, leg)| leg.buffered_amount() as usize),
        };
        taken.saturating_add(self.inner.outbox.bytes())
    }

    /// Sends `message`, after all that was sent before it: done when the browser has taken it; on a durable channel, when
    /// it is sure to be delivered while both pages live.
    ///
    /// Waits while the channel is not open (a durable one takes messages all the same) or its buffer is full.
    ///
    /// # Errors
    /// [`ChannelSendError`] gives the message back: it is larger than the other side takes, the channel is closed, or
    /// too much waits already.
    ///
    /// # Cancellation
    /// Dropping the future takes the message back, unless it is taken already.
    pub fn send(&self, message: impl Into<Message>) -> impl Future<Output = Result<(), ChannelSendError>> + 'static {
        Sending::new(self.inner.send(message.into()))
    }

    /// Sends `value` as JSON text; see [`send`](Self::send).
    ///
    /// # Errors
    /// [`ChannelError::Json`] where it has no JSON form; else as [`send`](Self::send).
    pub async fn send_json<T: Serialize + ?Sized>(&self, value: &T) -> Result<(), ChannelError> {
        let text = json::stringify(value).map_err(|error| ChannelError::Json(say(&error)))?;
        self.send(text).await.map_err(|error| error.reason)
    }

    /// The next message; `None` when the channel is closed and everything has been read.
    pub async fn receive(&self) -> Option<Message> {
        core::future::poll_fn(|cx| self.inner.poll_receive(cx)).await
    }

    /// The next message, read as JSON.
    ///
    /// # Errors
    /// [`ChannelError::Json`] where it is not a `T` in JSON text; the message is gone, the channel lives.
    pub async fn receive_json<T: DeserializeOwned>(&self) -> Option<Result<T, ChannelError>> {
        let message = self.receive().await?;
        Some(match message {
            Message::Text(text) => json::parse(&text).map_err(|error| ChannelError::Json(say(&error))),
            Message::Binary(_) => Err(ChannelError::Json("a binary message is not JSON".to_owned())),
        })
    }

    /// Waits until messages flow.
    ///
    /// # Errors
    /// [`ChannelError::Closed`] where the channel is closed first.
    pub async fn ready(&self) -> Result<(), ChannelError> {
        core::future::poll_fn(|cx| match self.state() {
            DataChannelState::Open => Poll::Ready(Ok(())),
            DataChannelState::Closed => Poll::Ready(Err(ChannelError::Closed)),
            _ => {
                self.inner.wait(cx);
                Poll::Pending
            }
        })
        .await
    }

    /// State changes and errors from now on.
    pub fn events(&self) -> Events<ChannelEvent> {
        self.inner.events.subscribe()
    }

    /// Closes the channel on both sides. What still waits here is given back to its senders. Twice is fine.
    ///
    /// A durable channel takes no more messages, and is closed when both sides have received what was sent, 30 s later at
    /// the latest; see [`closed`](Self::closed). Close it before its peer: a peer that hangs up waits for nothing.
    pub fn close(&self) {
        match &self.inner.durable {
            Some(end) => self.inner.close_durable(end),
            None => self.inner.abort(),
        }
    }

    /// Closes the channel on both sides now; also a durable one, whose messages on their way are lost.
    pub fn abort(&self) {
        self.inner.abort();
    }

    /// Waits until the channel is closed, by either side.
    pub fn closed(&self) -> impl Future<Output = ()> + 'static {
        let inner = self.inner.clone();
        core::future::poll_fn(move |cx| inner.poll_closed(cx))
    }
}

/// Handles are equal where they are on the same channel.
impl PartialEq for Channel {
    fn eq(&self, other: &Self) -> bool {
        Rc::ptr_eq(&self.inner, &other.inner)
    }
}

impl core::fmt::Debug for Channel {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.debug_struct("Channel")
            .field("label", &self.inner.label)
            .field("state", &self.state())
            .finish_non_exhaustive()
    }
}
