//! A channel to everybody in a room.

use std::cell::RefCell;
use std::rc::Rc;

use core::pin::Pin;
use core::task::{Context, Poll};
use futures_channel::mpsc;
use futures_core::Stream;
use futures_util::SinkExt;
use rejoin_proto::channel::{ChannelOptions, Message};
use rejoin_proto::id::PeerId;
use wasm_bindgen_futures::spawn_local;

use super::super::channel::{Channel, ChannelError};
use super::super::peer::Peer;

/// How many messages wait for the reader of a [`RoomChannel`]; further ones wait in the channels of their peers.
pub const ROOM_CHANNEL_BUFFER: usize = 1024;

/// One label to every peer of a room, those that come later too. A stream of who sent what.
#[derive(Clone)]
pub struct RoomChannel {
    inner: Rc<Inner>,
}

struct Inner {
    label: String,
    options: ChannelOptions,
    channels: RefCell<Vec<(PeerId, Channel)>>,
    sender: mpsc::Sender<(PeerId, Message)>,
    receiver: RefCell<mpsc::Receiver<(PeerId, Message)>>,
}

impl RoomChannel {
    pub(super) fn new(label: String, options: ChannelOptions) -> Self {
        let (sender, receiver) = mpsc::channel(ROOM_CHANNEL_BUFFER);
        let receiver = RefCell::new(receiver);
        Self { inner: Rc::new(Inner { label, options, channels: RefCell::default(), sender, receiver }) }
    }

    /// The label it has at every peer.
    pub fn label(&self) -> &str {
        &self.inner.label
    }

    /// The channel to one peer.
    pub fn to(&self, peer: &PeerId) -> Option<Channel> {
        self.inner.channels.borrow().iter().find(|(id, _)| id == peer).map(|(_, channel)| channel.clone())
    }

    /// Sends `message` to every peer: done when each browser buffer has taken it. A peer that is being reconnected
    /// is waited for; one that leaves meanwhile is not.
    ///
    /// # Errors
    /// The first that is not [`ChannelError::Closed`]; the other peers get the message all the same.
    pub async fn send(&self, message: impl Into<Message>) -> Result<(), ChannelError> {
        let message = message.into();
        let sends: Vec<_> =
            self.inner.channels.borrow().iter().map(|(_, channel)| channel.send(message.clone())).collect();
        // All are on their way by now: waited for one after the other, they are done as soon as all at once.
        let mut outcome = Ok(());
        for send in sends {
            if let Err(error) = send.await
                && error.reason != ChannelError::Closed
            {
                outcome = outcome.and(Err(error.reason));
            }
        }
        outcome
    }

    /// Closes it to every peer.
    pub fn close(&self) {
        for (_, channel) in self.inner.channels.take() {
            channel.close();
        }
        self.inner.receiver.borrow_mut().close();
    }

    pub(super) fn is_closed(&self) -> bool {
        self.inner.sender.is_closed()
    }

    pub(super) fn add(&self, peer: &Peer) -> Result<(), ChannelError> {
        let Some(id) = peer.id().cloned() else { return Ok(()) };
        let channel = peer.channel(&self.inner.label, self.inner.options.clone())?;
        self.remove(&id);
        self.inner.channels.borrow_mut().push((id.clone(), channel.clone()));
        let mut sender = self.inner.sender.clone();
        spawn_local(async move {
            while let Some(message) = channel.receive().await {
                if sender.send((id.clone(), message)).await.is_err() {
                    break;
                }
            }
        });
        Ok(())
    }

    pub(super) fn remove(&self, peer: &PeerId) {
        self.inner.channels.borrow_mut().retain(|(id, _)| id != peer);
    }
}

/// Handles are equal where they are on the same channel.
impl PartialEq for RoomChannel {
    fn eq(&self, other: &Self) -> bool {
        Rc::ptr_eq(&self.inner, &other.inner)
    }
}

impl Stream for RoomChannel {
    type Item = (PeerId, Message);

    fn poll_next(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        Pin::new(&mut *self.inner.receiver.borrow_mut()).poll_next(cx)
    }
}
