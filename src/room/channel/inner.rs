//! What all handles on one channel share, and what its legs change.

use core::cell::{Cell, RefCell};
use core::task::{Context, Poll};
use std::collections::VecDeque;
use std::rc::Rc;

use rejoin_proto::channel::{ChannelOptions, Message, Reliability};
use rejoin_proto::durable::StreamId;
use rejoin_proto::id::Epoch;
use rejoin_proto::state::DataChannelState;
use rejoin_proto::text::say;

use super::durable::DurableEnd;
use super::legs::Legs;
use super::outbox::{Outbox, Shared};
use super::{Channel, ChannelError, ChannelEvent, UNREAD_LIMIT};
use crate::browser::peer_connection::{DataChannel, DataChannelEvent};
use crate::browser::wakers::Wakers;
use crate::room::events::Publisher;

/// The half that [`Channels`](crate::room::channels::Channels) drives.
impl Channel {
    pub(crate) fn new(label: String, options: ChannelOptions, ours: bool) -> Self {
        let inner = Rc::new_cyclic(|this| Inner {
            label,
            // What is durable sends over legs of its own, whoever opened it first.
            legs: Legs::new(ours || options.is_durable()),
            outbox: Outbox::default(),
            durable: options.is_durable().then(|| DurableEnd::new(options.order, this.clone())),
            options: RefCell::new(options),
            inbox: RefCell::default(),
            unread: Cell::new(0),
            waiting: Wakers::default(),
            state: Cell::new(DataChannelState::Connecting),
            events: Publisher::default(),
        });
        Self { inner }
    }

    /// Whether this side opens it on every connection.
    pub(crate) fn is_ours(&self) -> bool {
        self.inner.legs.is_ours()
    }

    /// From now on this side opens it too, with its own options.
    pub(crate) fn make_ours(&self, options: ChannelOptions) {
        *self.inner.options.borrow_mut() = options;
        self.inner.legs.make_ours();
    }

    /// Carries this channel over `leg` too; `on_closed` is called when the leg closes, whatever closed it. `stream` is
    /// what a leg of the other side's says that it carries, where the channel is durable.
    pub(crate) fn attach(
        &self,
        epoch: Epoch,
        ours: bool,
        stream: Option<StreamId>,
        leg: DataChannel,
        on_closed: impl Fn() + 'static,
    ) {
        let inner = Rc::downgrade(&self.inner);
        leg.on_message({
            let inner = inner.clone();
            Rc::new(move |message| {
                if let Some(inner) = inner.upgrade() {
                    inner.take_in(message, stream);
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
        if self.is_closed() {
            return leg.close();
        }
        self.inner.legs.add(epoch, ours, leg);
        self.inner.refresh();
    }

    /// Its leg of this side's, or of the other's, on this connection.
    pub(crate) fn leg(&self, epoch: Epoch, ours: bool) -> Option<DataChannel> {
        self.inner.legs.find(epoch, ours)
    }

    /// Whether a leg on this connection has closed.
    pub(crate) fn has_closed_leg(&self, epoch: Epoch) -> bool {
        [true, false]
            .into_iter()
            .filter_map(|ours| self.leg(epoch, ours))
            .any(|leg| leg.state() == DataChannelState::Closed)
    }

    /// Forgets the legs of a connection that is gone.
    pub(crate) fn lose(&self, epoch: Epoch) {
        self.inner.legs.lose(epoch);
        self.inner.refresh();
    }

    /// Whether its messages are lost with a connection, and are not meant to be.
    pub(crate) fn is_only_reliable(&self) -> bool {
        self.inner.options.borrow().reliability == Reliability::Reliable
    }

    pub(crate) fn has_id(&self, id: Option<u16>) -> bool {
        self.inner.options.borrow().id == id
    }

    pub(crate) fn is_closed(&self) -> bool {
        self.state() == DataChannelState::Closed
    }

    /// Whether it is closed, and everything has been read.
    pub(crate) fn is_spent(&self) -> bool {
        let unread = match &self.inner.durable {
            Some(end) => end.has_unread(),
            None => !self.inner.inbox.borrow().is_empty(),
        };
        self.is_closed() && !unread
    }

    /// The first and the newest connection that carried it, where there was one and the other side may not know that it is
    /// over.
    pub(crate) fn used(&self) -> Option<(Epoch, Epoch)> {
        self.inner.legs.used()
    }

    /// The other side calls by the same label what cannot be the same channel.
    pub(crate) fn mismatch(&self) {
        self.inner.mismatch();
    }
}

pub(super) struct Inner {
    pub(super) label: String,
    pub(super) options: RefCell<ChannelOptions>,
    pub(super) legs: Legs,
    pub(super) outbox: Outbox,
    /// What makes it durable, where it is.
    pub(super) durable: Option<DurableEnd>,
    inbox: RefCell<VecDeque<Message>>,
    unread: Cell<usize>,
    /// Readers, and whoever waits for a state or for an empty outbox.
    waiting: Wakers,
    pub(super) state: Cell<DataChannelState>,
    pub(super) events: Publisher<ChannelEvent>,
}

impl Inner {
    pub(super) fn poll_receive(&self, cx: &mut Context<'_>) -> Poll<Option<Message>> {
        let message = match &self.durable {
            Some(end) => self.take_durable(end),
            None => self.take(),
        };
        match message {
            Some(message) => Poll::Ready(Some(message)),
            None => self.poll_closed(cx).map(|()| None),
        }
    }

    fn take(&self) -> Option<Message> {
        let message = self.inbox.borrow_mut().pop_front()?;
        self.unread.set(self.unread.get().saturating_sub(message.len()));
        Some(message)
    }

    pub(super) fn poll_closed(&self, cx: &Context<'_>) -> Poll<()> {
        if self.state.get() == DataChannelState::Closed {
            return Poll::Ready(());
        }
        self.wait(cx);
        Poll::Pending
    }

    fn take_in(&self, message: Message, stream: Option<StreamId>) {
        if let Some(end) = &self.durable {
            return self.take_frame(end, message, stream);
        }
        let unread = self.unread.get().saturating_add(message.len());
        if unread > UNREAD_LIMIT {
            self.events.publish(ChannelEvent::Error(ChannelError::Unread));
            return self.abort();
        }
        self.unread.set(unread);
        self.inbox.borrow_mut().push_back(message);
        self.wake();
    }

    pub(super) fn send(&self, message: Message) -> Shared {
        if self.is_ending() {
            return Outbox::refused(message, ChannelError::Closed);
        }
        let entry = self.outbox.push(message);
        self.flush();
        entry
    }

    /// Whether it takes no more messages.
    pub(super) fn is_ending(&self) -> bool {
        matches!(self.state.get(), DataChannelState::Closing | DataChannelState::Closed)
    }

    fn flush(&self) {
        if let Some(end) = &self.durable {
            return self.drive(end);
        }
        if let Some((epoch, leg)) = self.legs.sending() {
            let send = |message| {
                self.legs.has_sent(epoch);
                leg.send(message)
            };
            self.outbox.flush(send, |error| self.unheard(error));
        }
        if self.outbox.is_empty() {
            self.wake();
        }
    }

    /// A refusal that nobody waits for.
    pub(super) fn unheard(&self, error: ChannelError) {
        self.events.publish(ChannelEvent::Error(error));
    }

    fn refresh(&self) {
        let sending = self.legs.sending();
        if let Some(end) = &self.durable {
            return self.switch(end, sending);
        }
        if self.state.get() == DataChannelState::Closed {
            return;
        }
        self.set_state(if sending.is_some() { DataChannelState::Open } else { DataChannelState::Connecting });
        if sending.is_some() {
            self.flush();
        }
    }

    /// Closes it at once.
    pub(super) fn abort(&self) {
        if let Some(end) = &self.durable {
            end.abort();
            self.drive(end);
        }
        self.end();
        self.close_legs();
    }

    pub(super) fn close_legs(&self) {
        self.legs.close();
        if self.legs.used().is_none() || self.durable.is_some() {
            // Nobody waits for them.
            self.legs.clear();
        }
    }

    /// It is over: for those who wait, and those who listen.
    pub(super) fn end(&self) {
        if self.state.get() != DataChannelState::Closed {
            self.set_state(DataChannelState::Closed);
            self.outbox.refuse_all(&ChannelError::Closed);
            self.events.close();
        }
    }

    pub(super) fn mismatch(&self) {
        self.events.publish(ChannelEvent::Error(ChannelError::Mismatch));
        self.legs.told();
        self.abort();
    }

    pub(super) fn set_state(&self, state: DataChannelState) {
        if self.state.replace(state) != state {
            self.events.publish(ChannelEvent::StateChanged(state));
            self.wake();
        }
    }

    pub(super) fn wait(&self, cx: &Context<'_>) {
        self.waiting.register(cx);
    }

    pub(super) fn wake(&self) {
        self.waiting.wake();
    }
}

impl Drop for Inner {
    fn drop(&mut self) {
        self.abort();
    }
}
