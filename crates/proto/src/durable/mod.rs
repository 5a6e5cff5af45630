//! Durable channels: messages that arrive exactly once over connections that come and go.
//!
//! ```text
//!   push -> sender: numbered, kept until acknowledged -> frame -> leg of this side  =>  the other side's receiver
//!   take <- receiver: each once, in order, kept until read <- frame <- leg of the other side  <=  its sender
//! ```
//!
//! Each side opens a data channel of its own, a leg, on every connection, and sends on it all that it has to say:
//! messages, acknowledgements, where it stands, its end. What is acknowledged is what the *application* has taken; so
//! the bound on what is not acknowledged holds back a sender whose reader is slow, and what lay unread in a page that
//! is loaded anew comes to the page that takes its place. A leg resends by itself while it lives: a message goes out
//! again only over another leg.

mod arriving;
mod closing;
mod counters;
mod event;
mod frame;
mod protocol;
mod receiver;
mod seen;
mod sender;

use core::time::Duration;
use std::collections::VecDeque;

use crate::channel::{Message, Order};
use crate::id::Epoch;

pub use counters::Counters;
pub use event::{Direction, DurableEvent, Lost};
pub(crate) use protocol::PROTOCOL_BYTES;
pub use protocol::{CLOSED, Protocol, Spoken};

use frame::{Ack, Frame, Resume};
use receiver::Receiver;
use sender::Sender;

/// How many bytes of messages may be on their way, not yet taken by the other side's application: 16 MiB. One message
/// of any size may, when it is alone.
pub const MAX_BYTES: usize = 16 << 20;
/// How many messages may be on their way: 16,384.
pub const MAX_MESSAGES: usize = 16_384;
/// How long an acknowledgement waits for a message to travel with: 50 ms, as in the link protocol. The shell's timer.
pub const ACK_DELAY: Duration = Duration::from_millis(50);
/// An acknowledgement waits for no more messages than these; a 32nd of what may be on its way.
const ACK_MESSAGES: usize = 512;
/// An acknowledgement waits for no more bytes of messages than these.
const ACK_BYTES: usize = 512 << 10;
/// How long a close waits for what is on its way, in all: 30 s, as long as a page that was cut off needs to come back
/// (two attempts of the recovery). The shell's timer.
pub const CLOSE_DEADLINE: Duration = Duration::from_secs(30);
/// The most bytes of a frame that are not the message's.
pub const OVERHEAD: usize = frame::TRAILER;
/// Every implementation takes a message of this size: 64 KiB, which
/// [RFC 8841](https://www.rfc-editor.org/rfc/rfc8841#section-6.1) makes the default, less what a frame has more.
const ALWAYS_TAKEN: usize = (64 << 10) - OVERHEAD;

/// One side's end of one channel: drawn at random for each, so that messages and acknowledgements of an end that is
/// over (its page was loaded anew, the channel was closed and opened again) are known as such. Never 0.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct StreamId(pub u64);

impl StreamId {
    /// The id with these random bits.
    pub const fn from_random(bits: u64) -> Self {
        Self(if bits == 0 { 1 } else { bits })
    }

    /// What tells it from the others of a channel where there is little room.
    const fn low(self) -> u32 {
        self.0 as u32
    }
}

/// A frame to be sent now over this side's leg; to be given back by [`Durable::handle_sent`] or one of its like.
#[derive(Debug)]
#[must_use = "a frame that is not given back is a message that is lost"]
pub struct Outgoing {
    /// What to send, as binary.
    pub bytes: Vec<u8>,
    number: Option<u64>,
}

/// Why a message cannot be pushed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Refusal {
    /// As much is on its way as may be, or it is not known yet whether the other side takes a message of this size.
    NoRoom,
    /// It never takes one.
    TooLarge {
        /// What it takes, in bytes.
        max: usize,
    },
}

/// The end of a durable channel; both halves.
///
/// After each `handle_…`, `push` and `take`, send what [`poll_frame`](Self::poll_frame) gives while the leg has room,
/// and hear [`poll_event`](Self::poll_event). The machine reads no clock: where [`owes`](Self::owes), call
/// [`handle_ack_delay`](Self::handle_ack_delay) after [`ACK_DELAY`]; after [`close`](Self::close), or where
/// [`is_closing`](Self::is_closing) begins, [`handle_deadline`](Self::handle_deadline) after [`CLOSE_DEADLINE`].
#[derive(Debug)]
pub struct Durable {
    stream: StreamId,
    other: Option<StreamId>,
    /// The connection whose leg of this side carries.
    leg: Option<Epoch>,
    /// That leg takes not even a frame without a message: nothing goes over it.
    too_small: bool,
    /// Whether there ever was one: then the other side may have heard of this end.
    had_leg: bool,
    /// The newest connection on which the other side has a leg: there it is known whom one talks to.
    other_leg: Epoch,
    max_message: Option<usize>,
    sender: Sender,
    receiver: Receiver,
    /// Whether the other side has named this stream: an end that comes before is another's.
    named: bool,
    /// What came before it can be placed.
    early: VecDeque<Frame>,
    early_bytes: usize,
    resume: Due,
    /// The end whose place the other end took, and up to which of its messages all are here: the other end is told on each leg,
    /// for its page forgot them.
    former: Option<(StreamId, u64)>,
    former_due: Due,
    ack: Due,
    phase: Phase,
    /// The number of the other side's last message, once it has said that it closes.
    other_last: Option<u64>,
    /// Whether the other side has all of ours.
    other_got: bool,
    /// What the last fin over this leg said.
    fin: Option<bool>,
    /// The end of a page before this one was told of.
    former_told: bool,
    events: VecDeque<DurableEvent>,
    counters: Counters,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Due {
    No,
    Yes,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Phase {
    Open,
    /// Either side closes: what is on its way still arrives.
    Closing,
    Closed,
}

impl Durable {
    /// The end of a channel that begins.
    pub const fn new(stream: StreamId, order: Order) -> Self {
        Self {
            stream,
            other: None,
            leg: None,
            too_small: false,
            had_leg: false,
            other_leg: Epoch::NONE,
            max_message: None,
            sender: Sender::new(),
            receiver: Receiver::new(order),
            named: false,
            early: VecDeque::new(),
            early_bytes: 0,
            resume: Due::No,
            former: None,
            former_due: Due::No,
            ack: Due::No,
            phase: Phase::Open,
            other_last: None,
            other_got: false,
            fin: None,
            former_told: false,
            events: VecDeque::new(),
            counters: Counters::ZERO,
        }
    }

    /// What the legs of this side say by their protocol.
    pub const fn stream(&self) -> StreamId {
        self.stream
    }

    /// The other end, once its leg has come.
    pub const fn other(&self) -> Option<StreamId> {
        self.other
    }

    /// What was dropped or repeated.
    pub const fn counters(&self) -> &Counters {
        &self.counters
    }

    /// Bytes of messages that the other side's application has not taken yet, as far as is known.
    pub const fn unacknowledged_bytes(&self) -> usize {
        self.sender.bytes()
    }

    /// Whether it is known from where on messages go over the leg.
    pub const fn is_ready(&self) -> bool {
        self.leg.is_some() && !self.too_small && self.sender.is_ready()
    }

    /// The largest frame the other side takes, as the connection of the leg has negotiated it.
    pub const fn set_max_frame(&mut self, bytes: usize) {
        self.max_message = Some(bytes.saturating_sub(OVERHEAD));
    }

    /// Whether a message of `bytes` cannot be pushed, and why.
    pub fn refusal(&self, bytes: usize) -> Option<Refusal> {
        match self.max_message {
            Some(max) if bytes > max => Some(Refusal::TooLarge { max }),
            // Whether the other side takes it is not known yet.
            None if bytes > ALWAYS_TAKEN => Some(Refusal::NoRoom),
            _ => (self.phase != Phase::Open || !self.sender.has_room(bytes)).then_some(Refusal::NoRoom),
        }
    }

    /// Accepts a message for the other side.
    ///
    /// # Errors
    /// The message, where there is a [`refusal`](Self::refusal).
    pub fn push(&mut self, message: Message) -> Result<(), Message> {
        if self.refusal(message.len()).is_some() {
            return Err(message);
        }
        self.sender.push(message);
        Ok(())
    }

    /// The next message for the application, which acknowledges it.
    pub fn take(&mut self) -> Option<Message> {
        let message = self.receiver.take();
        if self.receiver.owes_much() {
            self.ack = Due::Yes;
        }
        message
    }

    /// Whether a message waits for the application.
    pub fn has_unread(&self) -> bool {
        self.receiver.has_unread()
    }

    /// Whether an acknowledgement waits for [`handle_ack_delay`](Self::handle_ack_delay).
    pub fn owes(&self) -> bool {
        self.ack == Due::No && self.receiver.owes() && self.phase != Phase::Closed
    }

    /// The acknowledgement has waited long enough.
    pub fn handle_ack_delay(&mut self) {
        self.ack = Due::Yes;
    }

    /// This side's leg on the connection `epoch` carries from now on; or none, until the next does.
    pub fn handle_leg(&mut self, epoch: Option<Epoch>) {
        if self.leg == epoch {
            return;
        }
        (self.leg, self.too_small) = (epoch, false);
        self.had_leg = true;
        self.sender.handle_leg();
        (self.resume, self.former_due) = (Due::Yes, Due::Yes);
        self.fin = None;
        // What was acknowledged over the last leg may not have arrived.
        self.receiver.owe();
    }

    /// The other side has a leg on the connection `epoch`, for the stream of its protocol.
    pub fn handle_other(&mut self, epoch: Epoch, stream: StreamId) {
        // of one side --another stream on a newer connection--> the other side began anew
        if epoch < self.other_leg || self.phase == Phase::Closed {
            return;
        }
        self.other_leg = epoch;
        let former = self.other.replace(stream);
        if former == Some(stream) {
            return;
        }
        self.resume = Due::Yes;
        let Some(former) = former else { return };
        let from = self.receiver.seen().next();
        (self.former, self.former_due) = (Some((former, from.saturating_sub(1))), Due::Yes);
        let unread = self.receiver.handle_replaced();
        self.lose(Direction::Received, unread.map(|(from, to)| (from, Some(to))));
        self.lose(Direction::Received, Some((from, None)));
        self.sender.handle_replaced();
        (self.other_last, self.other_got, self.fin) = (None, false, None);
        self.named = false;
        self.early.clear();
        self.early_bytes = 0;
    }

    /// The next frame to send. Only while the leg has room.
    pub fn poll_frame(&mut self) -> Option<Outgoing> {
        let leg = self.leg?;
        if self.phase == Phase::Closed || self.too_small {
            return None;
        }
        // What is said about the other side's messages is said only to whom they are of, or to the page that took its place.
        let sure = self.other.is_some() && self.other_leg == leg;
        if sure
            && core::mem::replace(&mut self.former_due, Due::No) == Due::Yes
            && let Some((to, received)) = self.former
        {
            return Some(control(Resume { to, received, above: Vec::new(), ask: false, ..self.stands() }.write()));
        }
        if core::mem::replace(&mut self.resume, Due::No) == Due::Yes {
            return Some(control(self.stands().write()));
        }
        let ack = self.other.filter(|_| sure && self.receiver.owes()).map(|to| Ack::new(to, self.receiver.taken()));
        if let Some(frame) = self.sender.poll(ack) {
            if ack.is_some() {
                self.acknowledged();
            }
            return Some(frame);
        }
        if let Some(ack) = ack.filter(|_| self.ack == Due::Yes) {
            self.acknowledged();
            return Some(control(frame::ack(ack)));
        }
        if self.phase == Phase::Closing && sure && self.sender.is_through() && self.fin != Some(self.got()) {
            self.fin = Some(self.got());
            return Some(control(frame::fin(self.sender.next().saturating_sub(1), self.got())));
        }
        None
    }

    /// The leg has taken the frame.
    pub fn handle_sent(&mut self, frame: Outgoing) {
        if let Some(number) = frame.number {
            self.sender.put_back(number, frame.bytes, true);
        }
        self.settle();
    }

    /// The leg has not taken the frame: it is full, or just closing.
    pub fn handle_unsent(&mut self, frame: Outgoing) {
        match frame.number {
            Some(number) => self.sender.put_back(number, frame.bytes, false),
            None => (self.resume, self.former_due, self.fin) = (Due::Yes, Due::Yes, None),
        }
        self.receiver.owe();
    }

    /// The other side takes no frame of this size: its message is lost, and the number goes without it. Where not even
    /// that can go, or a word of the machine's own, the leg is of no use.
    pub fn handle_too_large(&mut self, frame: Outgoing) {
        match frame.number.filter(|_| !frame::is_void(&frame.bytes)) {
            Some(number) => {
                self.sender.void(number, &frame.bytes);
                self.lose(Direction::Sent, Some((number, Some(number))));
            }
            None => {
                self.too_small = true;
                self.handle_unsent(frame);
            }
        }
    }

    /// The next thing the application must hear.
    pub fn poll_event(&mut self) -> Option<DurableEvent> {
        self.events.pop_front()
    }

    fn stands(&self) -> Resume {
        Resume {
            to: self.other.unwrap_or(StreamId(0)),
            received: self.receiver.seen().next().saturating_sub(1),
            above: self.receiver.seen().above().to_vec(),
            base: self.sender.base(),
            ask: !self.sender.is_ready(),
        }
    }

    fn acknowledged(&mut self) {
        self.receiver.acknowledged();
        self.ack = Due::No;
    }
}

const fn control(bytes: Vec<u8>) -> Outgoing {
    Outgoing { bytes, number: None }
}
