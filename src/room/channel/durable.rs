//! What makes a channel durable: its machine, joined to the outbox in front of it, its legs and its timers.

use core::cell::{Cell, RefCell};
use std::rc::Weak;

use rejoin_proto::channel::{ChannelOptions, Message, Order};
use rejoin_proto::durable::{ACK_DELAY, CLOSE_DEADLINE, Durable, DurableEvent, Protocol, Refusal, StreamId};
use rejoin_proto::id::Epoch;
use rejoin_proto::state::DataChannelState;
use wasm_bindgen_futures::spawn_local;

use super::inner::Inner;
use super::{Channel, ChannelError, ChannelEvent};
use crate::browser::peer_connection::{DataChannel, SendError, SendErrorKind};
use crate::browser::random;
use crate::browser::timer::{Timeout, after};

/// How much waits in the browser's buffer of a leg, in bytes; the rest waits in the machine, where it can be sent over
/// another leg. And at how much more is given to it.
///
/// With 1 MiB a backlog on a new connection leaves in one burst, of which Chromium loses a part before it is on the wire, and
/// it then waits for one retransmission timer after another: 14 of 18 backlogs of 16 MiB had not arrived after 4 s. With
/// 64 KiB all of 14 had in 1.75 s, and the throughput within one machine is higher too.
const HIGH_WATER: u32 = 64 << 10;
const LOW_WATER: u32 = 32 << 10;

/// How long the legs of a channel that has ended stay open, for the last word to arrive.
const LINGER_MS: u32 = 2000;

pub(super) struct DurableEnd {
    machine: RefCell<Durable>,
    /// The leg that sends.
    leg: RefCell<Option<DataChannel>>,
    /// How much the leg takes before it is asked again how much waits in it: asking is slow.
    credit: Cell<u32>,
    driving: Cell<bool>,
    /// It was closed here; what waits in the outbox goes first.
    closing: Cell<bool>,
    was_open: Cell<bool>,
    ack: RefCell<Option<Timeout>>,
    /// The deadline of the close, then the time the legs stay.
    ending: RefCell<Option<Timeout>>,
    channel: Weak<Inner>,
}

impl DurableEnd {
    pub(super) fn new(order: Order, channel: Weak<Inner>) -> Self {
        Self {
            machine: RefCell::new(Durable::new(StreamId::from_random(random::bits()), order)),
            leg: RefCell::default(),
            credit: Cell::new(0),
            driving: Cell::new(false),
            closing: Cell::new(false),
            was_open: Cell::new(false),
            ack: RefCell::default(),
            ending: RefCell::default(),
            channel,
        }
    }

    pub(super) fn has_unread(&self) -> bool {
        self.machine.borrow().has_unread()
    }

    pub(super) fn unacknowledged_bytes(&self) -> usize {
        self.machine.borrow().unacknowledged_bytes()
    }

    pub(super) fn abort(&self) {
        self.machine.borrow_mut().abort();
    }

    /// Takes messages of the outbox while there is room for them.
    fn push(&self, message: Message) -> Result<(), SendError> {
        let mut machine = self.machine.borrow_mut();
        let kind = match machine.refusal(message.len()) {
            Some(Refusal::TooLarge { max }) => SendErrorKind::TooLarge { max: max as u32 },
            _ => SendErrorKind::BufferFull,
        };
        machine.push(message).map_err(|message| SendError { message, kind })
    }

    /// Gives frames to the leg while it has room for them.
    fn pump(&self) {
        let Some(leg) = self.leg.borrow().clone() else { return };
        loop {
            if self.credit.get() == 0 {
                self.credit.set(HIGH_WATER.saturating_sub(leg.buffered_amount()));
                if self.credit.get() == 0 {
                    return;
                }
            }
            let Some(frame) = self.machine.borrow_mut().poll_frame() else { return };
            let sent = leg.send_bytes(&frame.bytes);
            self.credit.set(self.credit.get().saturating_sub(frame.bytes.len() as u32));
            let mut machine = self.machine.borrow_mut();
            match sent {
                Ok(()) => machine.handle_sent(frame),
                Err(SendErrorKind::TooLarge { .. }) => machine.handle_too_large(frame),
                Err(_) => return machine.handle_unsent(frame),
            }
        }
    }

    fn set_ack_timer(&self) {
        if !self.machine.borrow().owes() {
            self.ack.take();
        } else if self.ack.borrow().is_none() {
            let timer = self.after(
                ACK_DELAY.as_millis() as u32,
                |end| &end.ack,
                |inner, end| {
                    end.machine.borrow_mut().handle_ack_delay();
                    inner.drive(end);
                },
            );
            *self.ack.borrow_mut() = Some(timer);
        }
    }

    /// Does what is due at the end, instead of what was.
    fn end_after(&self, ms: u32, then: fn(&Inner, &Self)) {
        *self.ending.borrow_mut() = Some(self.after(ms, |end| &end.ending, then));
    }

    /// The timeout that does this, and leaves its `place` then: a channel that is over may be held for long.
    fn after(&self, ms: u32, place: fn(&Self) -> &RefCell<Option<Timeout>>, then: fn(&Inner, &Self)) -> Timeout {
        let channel = self.channel.clone();
        after(
            ms,
            Box::new(move || {
                if let Some(inner) = channel.upgrade()
                    && let Some(end) = &inner.durable
                {
                    place(end).take();
                    then(&inner, end);
                }
            }),
        )
    }
}

/// A channel that is durable.
impl Channel {
    pub(crate) fn is_durable(&self) -> bool {
        self.inner.durable.is_some()
    }

    /// The options of its legs.
    pub(crate) fn leg_options(&self) -> ChannelOptions {
        match &self.inner.durable {
            Some(end) => Protocol::leg(&end.machine.borrow(), &self.options()),
            None => self.options(),
        }
    }

    /// Whether a channel with these options is the same channel.
    pub(crate) fn can_be(&self, options: &ChannelOptions) -> bool {
        self.options().can_be(options)
    }

    /// Whether it is the end with this name.
    pub(crate) fn is_stream(&self, stream: StreamId) -> bool {
        self.inner.durable.as_ref().is_some_and(|end| end.machine.borrow().stream() == stream)
    }

    /// Whether it is the channel of the other side's `stream`.
    pub(crate) fn is_with(&self, stream: StreamId) -> bool {
        self.inner.durable.as_ref().is_some_and(|end| end.machine.borrow().other() == Some(stream))
    }

    /// The other side has a leg on this connection, for this stream.
    pub(crate) fn handle_other(&self, epoch: Epoch, stream: StreamId) {
        if let Some(end) = &self.inner.durable {
            end.machine.borrow_mut().handle_other(epoch, stream);
            self.inner.drive(end);
        }
    }

    /// The other side has closed it, on a connection that lives.
    pub(crate) fn closed_by_other(&self) {
        if let Some(end) = &self.inner.durable {
            end.machine.borrow_mut().handle_aborted();
            self.inner.drive(end);
        }
        self.inner.legs.told();
        self.inner.abort();
    }

    /// Tells the other side's end `to`, by its own leg, that this end is over.
    pub(crate) fn answer_gone(&self, epoch: Epoch, to: StreamId, leg: DataChannel) {
        let Some(end) = &self.inner.durable else { return };
        let gone = end.machine.borrow().gone(to);
        self.inner.legs.add(epoch, false, leg.clone());
        spawn_local(async move {
            if leg.ready().await.is_ok() {
                // Not sent on a connection that is over: there is nobody to be told.
                let _ = leg.send(gone);
            }
        });
    }
}

impl Inner {
    /// Does what the machine asks for. After whatever changes it.
    pub(super) fn drive(&self, end: &DurableEnd) {
        if end.driving.replace(true) {
            return;
        }
        self.outbox.flush(|message| end.push(message), |error| self.unheard(error));
        if end.closing.get() && self.outbox.is_empty() {
            end.machine.borrow_mut().close();
        }
        end.pump();
        end.set_ack_timer();
        end.driving.set(false);
        self.hear(end);
        if self.outbox.is_empty() {
            self.wake();
        }
    }

    /// Tells the application where the machine stands.
    fn hear(&self, end: &DurableEnd) {
        loop {
            let event = end.machine.borrow_mut().poll_event();
            match event {
                Some(DurableEvent::Lost(lost)) => self.events.publish(ChannelEvent::Lost(lost)),
                Some(DurableEvent::Closed) => {
                    self.end();
                    end.end_after(LINGER_MS, |inner, _| inner.close_legs());
                }
                Some(_) => {}
                None => break,
            }
        }
        if end.machine.borrow().is_closing() && !end.closing.replace(true) {
            // By the other side: it takes no more.
            self.outbox.refuse_all(&ChannelError::Closed);
        }
        let open = end.leg.borrow().is_some() && end.machine.borrow().is_ready();
        let state = match self.state.get() {
            DataChannelState::Closed => return,
            _ if end.closing.get() => DataChannelState::Closing,
            _ if open => DataChannelState::Open,
            _ => DataChannelState::Connecting,
        };
        if state == self.state.get() {
            return;
        }
        self.set_state(state);
        match state {
            DataChannelState::Closing => {
                end.end_after(CLOSE_DEADLINE.as_millis() as u32, |inner, end| {
                    end.machine.borrow_mut().handle_deadline();
                    inner.drive(end);
                });
            }
            DataChannelState::Open if end.was_open.replace(true) => self.events.publish(ChannelEvent::Resumed),
            DataChannelState::Connecting => self.events.publish(ChannelEvent::Paused),
            _ => {}
        }
    }

    /// Closes it when both sides have what is on its way.
    pub(super) fn close_durable(&self, end: &DurableEnd) {
        // Once: who waits for the end asks again whenever something has moved.
        if !end.closing.replace(true) {
            self.drive(end);
        }
    }

    /// The leg that sends is this one now.
    pub(super) fn switch(&self, end: &DurableEnd, sending: Option<(Epoch, DataChannel)>) {
        let (epoch, leg) = sending.unzip();
        if leg != *end.leg.borrow() {
            let mut machine = end.machine.borrow_mut();
            machine.handle_leg(epoch);
            if let Some(leg) = &leg {
                leg.as_raw().set_buffered_amount_low_threshold(LOW_WATER);
                machine.set_max_frame(leg.max_message_size().map_or(usize::MAX, |max| max as usize));
            }
            end.credit.set(0);
        }
        *end.leg.borrow_mut() = leg;
        self.drive(end);
    }

    /// A frame of the other side's leg for `stream`; or on a leg of this side's.
    pub(super) fn take_frame(&self, end: &DurableEnd, message: Message, stream: Option<StreamId>) {
        // A text is no frame: read as an empty one, which is none either.
        let bytes = if let Message::Binary(bytes) = message { bytes } else { Vec::new() };
        match stream {
            Some(stream) => end.machine.borrow_mut().handle_frame(stream, bytes),
            None => {
                let understood = end.machine.borrow_mut().handle_answer(bytes);
                if !understood {
                    return self.mismatch();
                }
            }
        }
        self.drive(end);
        self.wake();
    }

    pub(super) fn take_durable(&self, end: &DurableEnd) -> Option<Message> {
        let message = end.machine.borrow_mut().take();
        if message.is_some() {
            self.drive(end);
        }
        message
    }
}
