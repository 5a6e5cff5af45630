//! A channel by its label: it outlives the RTCPeerConnection under it.

mod error;
mod legs;
mod outbox;

use core::cell::{Cell, RefCell};
use core::pin::Pin;
use core::task::{Context, Poll};
use std::collections::VecDeque;
use std::rc::Rc;

use futures_core::Stream;
use futures_sink::Sink;
use rejoin_proto::channel::{ChannelOptions, Message};
use rejoin_proto::id::Epoch;
use rejoin_proto::state::DataChannelState;
use rejoin_proto::text::say;
use serde::{Serialize, de::DeserializeOwned};

pub use self::error::{ChannelError, ChannelSendError};
use self::legs::Legs;
pub use self::outbox::OUTBOX_LIMIT;
use self::outbox::{Outbox, Sending};
use super::events::{Events, Publisher};
use crate::browser::json;
use crate::browser::peer_connection::{DataChannel, DataChannelEvent};
use crate::browser::wakers::Wakers;

/// How many bytes may lie received and unread before the channel is closed with [`ChannelError::Unread`]: 64 MiB.
///
/// A browser's data channel has no way to ask its sender to wait, so a bound must be somewhere.
pub const UNREAD_LIMIT: usize = 64 << 20;

/// A channel to one peer, known to both sides by its label.
///
/// Cloning gives another handle on the same channel: a message goes to one reader. The channel stays usable
/// while the connection is replaced: [`state`](Self::state) turns to `Connecting`, sends wait, and go on over the
/// new connection. What was already given to a connection that died may be lost, as with any data channel.
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
    /// The state is another; `Connecting` after `Open` means that the connection is being replaced.
    StateChanged(DataChannelState),
    /// Something went wrong; a state change follows where the channel does not survive it.
    Error(ChannelError),
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

    /// Bytes that wait here: in the browser's buffer and in front of it.
    pub fn buffered_amount(&self) -> usize {
        let browser = self.inner.legs.sending().map_or(0, |leg| leg.buffered_amount() as usize);
        browser.saturating_add(self.inner.outbox.bytes())
    }

    /// Sends `message`, after all that was sent before it: done when the browser has taken it.
    ///
    /// Waits while the channel is not open or its buffer is full.
    ///
    /// # Errors
    /// [`ChannelSendError`] gives the message back: it is larger than the other side takes, the channel is closed, or
    /// too much waits already.
    ///
    /// # Cancellation
    /// Dropping the future takes the message back, unless the browser has it already.
    pub fn send(&self, message: impl Into<Message>) -> impl Future<Output = Result<(), ChannelSendError>> + 'static {
        let sending = self.inner.outbox.push(message.into());
        self.inner.flush();
        Sending::new(sending)
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
    pub fn close(&self) {
        self.inner.close();
    }
}

impl Stream for Channel {
    type Item = Message;

    fn poll_next(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Message>> {
        self.inner.poll_receive(cx)
    }
}

impl Sink<Message> for Channel {
    type Error = ChannelError;

    fn poll_ready(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Result<(), ChannelError>> {
        if self.inner.state.get() == DataChannelState::Closed {
            Poll::Ready(Err(ChannelError::Closed))
        } else if self.inner.outbox.is_empty() {
            Poll::Ready(Ok(()))
        } else {
            self.inner.wait(cx);
            Poll::Pending
        }
    }

    fn start_send(self: Pin<&mut Self>, message: Message) -> Result<(), ChannelError> {
        let entry = self.inner.outbox.push(message);
        self.inner.flush();
        entry.refusal().map_or(Ok(()), Err)
    }

    fn poll_flush(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Result<(), ChannelError>> {
        self.poll_ready(cx)
    }

    fn poll_close(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Result<(), ChannelError>> {
        let this = self.get_mut();
        let flushed = Pin::new(&mut *this).poll_ready(cx);
        if flushed.is_ready() {
            this.close();
        }
        flushed.map(|_| Ok(()))
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

/// The half that [`Channels`](super::channels::Channels) drives.
impl Channel {
    pub(super) fn new(label: String, options: ChannelOptions, ours: bool) -> Self {
        Self {
            inner: Rc::new(Inner {
                label,
                options: RefCell::new(options),
                legs: Legs::new(ours),
                outbox: Outbox::default(),
                inbox: RefCell::default(),
                unread: Cell::new(0),
                waiting: Wakers::default(),
                state: Cell::new(DataChannelState::Connecting),
                events: Publisher::default(),
            }),
        }
    }

    /// Whether this side opens it on every connection.
    pub(super) fn is_ours(&self) -> bool {
        self.inner.legs.is_ours()
    }

    /// From now on this side opens it too, with its own options.
    pub(super) fn make_ours(&self, options: ChannelOptions) {
        *self.inner.options.borrow_mut() = options;
        self.inner.legs.make_ours();
    }

    /// Carries this channel over `leg` too; `on_closed` is called when the leg closes, whatever closed it.
    pub(super) fn attach(&self, epoch: Epoch, ours: bool, leg: DataChannel, on_closed: impl Fn() + 'static) {
        let inner = Rc::downgrade(&self.inner);
        leg.on_message({
            let inner = inner.clone();
            Rc::new(move |message| {
                if let Some(inner) = inner.upgrade() {
                    inner.take_in(message);
                }
            })
        });
        leg.on_event(Rc::new(move |event| {
            let Some(inner) = inner.upgrade() else { return };
            match event {
                DataChannelEvent::BufferedAmountLow => inner.flush(),
                DataChannelEvent::StateChanged(DataChannelState::Closed) => on_closed(),
                DataChannelEvent::StateChanged(_) => inner.refresh(),
                DataChannelEvent::Error(error) => {
                    inner.events.publish(ChannelEvent::Error(ChannelError::Transport(say(&error))));
                }
            }
        }));
        if self.inner.state.get() == DataChannelState::Closed {
            return leg.close();
        }
        self.inner.legs.add(epoch, ours, leg);
        self.inner.refresh();
    }

    /// Whether it has a leg of this side's, or of the other's, on this connection.
    pub(super) fn has_leg(&self, epoch: Epoch, ours: bool) -> bool {
        self.inner.legs.has(epoch, ours)
    }

    /// Forgets the legs of a connection that is gone.
    pub(super) fn lose(&self, epoch: Epoch) {
        self.inner.legs.lose(epoch);
        self.inner.refresh();
    }

    pub(super) fn is_closed(&self) -> bool {
        self.inner.state.get() == DataChannelState::Closed
    }
}

struct Inner {
    label: String,
    options: RefCell<ChannelOptions>,
    legs: Legs,
    outbox: Outbox,
    inbox: RefCell<VecDeque<Message>>,
    unread: Cell<usize>,
    /// Readers, and whoever waits for a state or for an empty outbox.
    waiting: Wakers,
    state: Cell<DataChannelState>,
    events: Publisher<ChannelEvent>,
}

impl Inner {
    fn poll_receive(&self, cx: &mut Context<'_>) -> Poll<Option<Message>> {
        if let Some(message) = self.inbox.borrow_mut().pop_front() {
            self.unread.set(self.unread.get().saturating_sub(message.len()));
            return Poll::Ready(Some(message));
        }
        if self.state.get() == DataChannelState::Closed {
            return Poll::Ready(None);
        }
        self.wait(cx);
        Poll::Pending
    }

    fn take_in(&self, message: Message) {
        let unread = self.unread.get().saturating_add(message.len());
        if unread > UNREAD_LIMIT {
            self.events.publish(ChannelEvent::Error(ChannelError::Unread));
            return self.close();
        }
        self.unread.set(unread);
        self.inbox.borrow_mut().push_back(message);
        self.wake();
    }

    fn flush(&self) {
        if self.state.get() == DataChannelState::Closed {
            self.outbox.refuse_all(&ChannelError::Closed);
        } else if let Some(leg) = self.legs.sending() {
            let unheard = |error| self.events.publish(ChannelEvent::Error(error));
            self.outbox.flush(|message| leg.send(message), unheard);
        }
        if self.outbox.is_empty() {
            self.wake();
        }
    }

    fn refresh(&self) {
        if self.state.get() == DataChannelState::Closed {
            return;
        }
        let open = self.legs.sending().is_some();
        self.set_state(if open { DataChannelState::Open } else { DataChannelState::Connecting });
        if open {
            self.flush();
        }
    }

    fn close(&self) {
        if self.state.get() != DataChannelState::Closed {
            self.set_state(DataChannelState::Closed);
            self.legs.close();
            self.outbox.refuse_all(&ChannelError::Closed);
            self.events.close();
        }
    }

    fn set_state(&self, state: DataChannelState) {
        if self.state.replace(state) != state {
            self.events.publish(ChannelEvent::StateChanged(state));
            self.wake();
        }
    }

    fn wait(&self, cx: &Context<'_>) {
        self.waiting.register(cx);
    }

    fn wake(&self) {
        self.waiting.wake();
    }
}

impl Drop for Inner {
    fn drop(&mut self) {
        self.close();
    }
}
