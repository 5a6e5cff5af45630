//! A channel to everybody in a room.

use std::cell::{Cell, RefCell};
use std::collections::VecDeque;
use std::rc::Rc;

use core::pin::Pin;
use core::task::{Context, Poll};
use futures_core::Stream;
use rejoin_proto::channel::{ChannelOptions, Message};
use rejoin_proto::durable::Lost;
use rejoin_proto::id::PeerId;
use wasm_bindgen_futures::spawn_local;

use super::super::channel::{Channel, ChannelError, ChannelEvent};
use super::super::events::{Events, Publisher};
use super::super::peer::Peer;
use crate::browser::wakers::Wakers;

/// One label to every peer of a room, those that come later too. A stream of who sent what, each peer's turn after the
/// others'; what is not read yet waits in the channels of its peers.
#[derive(Clone)]
pub struct RoomChannel {
    inner: Rc<Inner>,
}

/// What happens to a channel of a room, besides its messages.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum RoomChannelEvent {
    /// Something went wrong with this peer; its channel is closed where it does not survive that.
    Error(PeerId, ChannelError),
    /// Of a durable channel: messages to or from this peer are lost, or it is not known whether they are.
    Lost(PeerId, Lost),
}

struct Inner {
    label: String,
    options: ChannelOptions,
    channels: RefCell<Vec<(PeerId, Channel)>>,
    /// To be read, the next first; those of peers that have left too, until all of theirs is read.
    unread: RefCell<VecDeque<(PeerId, Channel)>>,
    closed: Cell<bool>,
    /// Readers, who are to look at a new channel too.
    waiting: Wakers,
    events: Publisher<RoomChannelEvent>,
    /// How many channels may still tell something.
    heard: Cell<usize>,
}

impl RoomChannel {
    pub(super) fn new(label: String, options: ChannelOptions) -> Self {
        Self {
            inner: Rc::new(Inner {
                label,
                options,
                channels: RefCell::default(),
                unread: RefCell::default(),
                closed: Cell::new(false),
                waiting: Wakers::default(),
                events: Publisher::default(),
                heard: Cell::new(0),
            }),
        }
    }

    /// The label it has at every peer.
    pub fn label(&self) -> &str {
        &self.inner.label
    }

    /// The channel to one peer.
    pub fn to(&self, peer: &PeerId) -> Option<Channel> {
        self.inner.channels.borrow().iter().find(|(id, _)| id == peer).map(|(_, channel)| channel.clone())
    }

    /// Sends `message` to every peer there is: done when each browser buffer has taken it, or, of a durable channel, when
    /// it is sure to be delivered while both pages live. A peer that is being reconnected is waited for; one that leaves
    /// meanwhile is not.
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

    /// What happens from now on; ends when it is closed to every peer.
    pub fn events(&self) -> Events<RoomChannelEvent> {
        self.inner.events.subscribe()
    }

    /// Closes it to every peer.
    pub fn close(&self) {
        for (_, channel) in self.inner.channels.take() {
            channel.close();
        }
        self.inner.closed.set(true);
        self.inner.end_when_unheard();
        self.inner.waiting.wake();
    }

    pub(super) fn options(&self) -> &ChannelOptions {
        &self.inner.options
    }

    pub(super) fn is_closed(&self) -> bool {
        self.inner.closed.get()
    }

    pub(super) fn add(&self, peer: &Peer) -> Result<(), ChannelError> {
        let Some(id) = peer.id().cloned() else { return Ok(()) };
        let channel = peer.channel(&self.inner.label, self.inner.options.clone())?;
        self.remove(&id);
        self.inner.channels.borrow_mut().push((id.clone(), channel.clone()));
        let mut unread = self.inner.unread.borrow_mut();
        // Where nobody reads, what is over does not gather.
        unread.retain(|(_, known)| !known.is_spent());
        if unread.len() >= MAX_UNREAD
            && let Some(over) = unread.iter().position(|(_, known)| known.is_closed())
        {
            unread.remove(over);
        }
        if !unread.iter().any(|(_, known)| *known == channel) {
            self.hear(id.clone(), &channel);
            unread.push_back((id, channel));
        }
        drop(unread);
        self.inner.waiting.wake();
        Ok(())
    }

    fn hear(&self, id: PeerId, channel: &Channel) {
        self.inner.heard.set(self.inner.heard.get() + 1);
        let inner = Rc::downgrade(&self.inner);
        spawn_local(channel.events().for_each_ref(move |event| {
            let Some(inner) = inner.upgrade() else { return };
            match event {
                None => {
                    inner.heard.set(inner.heard.get().saturating_sub(1));
                    inner.end_when_unheard();
                }
                Some(ChannelEvent::Error(error)) => {
                    inner.events.publish(RoomChannelEvent::Error(id.clone(), error.clone()));
                }
                Some(ChannelEvent::Lost(lost)) => inner.events.publish(RoomChannelEvent::Lost(id.clone(), *lost)),
                _ => {}
            }
        }));
    }

    pub(super) fn remove(&self, peer: &PeerId) {
        self.inner.channels.borrow_mut().retain(|(id, _)| id != peer);
    }
}

impl Inner {
    /// A durable channel may tell what is lost after it was closed.
    fn end_when_unheard(&self) {
        if self.closed.get() && self.heard.get() == 0 {
            self.events.close();
        }
    }
}

/// How many channels are kept for a reader, as many as a room has peers at most: the first that is over then goes unread.
const MAX_UNREAD: usize = 1024;

/// Handles are equal where they are on the same channel.
impl PartialEq for RoomChannel {
    fn eq(&self, other: &Self) -> bool {
        Rc::ptr_eq(&self.inner, &other.inner)
    }
}

impl core::fmt::Debug for RoomChannel {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.debug_struct("RoomChannel").field("label", &self.label()).finish_non_exhaustive()
    }
}

impl Stream for RoomChannel {
    type Item = (PeerId, Message);

    fn poll_next(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        let inner = &self.inner;
        let count = inner.unread.borrow().len();
        for _ in 0..count {
            let Some((id, mut channel)) = inner.unread.borrow_mut().pop_front() else { break };
            let next = Pin::new(&mut channel).poll_next(cx);
            if !matches!(next, Poll::Ready(None)) {
                inner.unread.borrow_mut().push_back((id.clone(), channel));
            }
            if let Poll::Ready(Some(message)) = next {
                return Poll::Ready(Some((id, message)));
            }
        }
        if inner.closed.get() {
            return Poll::Ready(None);
        }
        inner.waiting.register(cx);
        Poll::Pending
    }
}
