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
//!
//! No `Channel` is driven by it yet; the bytes on the wire are those of `frame` and its test, and may still change.

mod counters;
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

pub use protocol::{PROTOCOL_BYTES, Protocol, Spoken};

use counters::count;
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

/// What the application must hear.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum DurableEvent {
    /// Messages are lost.
    Lost(Lost),
    /// The channel is over, on both sides or by the deadline. The last event.
    Closed,
}

/// Messages that did not arrive, or of which it is not known; by their numbers, of which each sender's first is 1.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct Lost {
    /// Whose they were.
    pub direction: Direction,
    /// The first.
    pub from: u64,
    /// The last; `None` for all that there may have been from [`from`](Self::from) on.
    pub to: Option<u64>,
}

/// Whose messages.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Direction {
    /// This side's; or those of the page that this one took the place of.
    Sent,
    /// The other side's.
    Received,
}

impl Direction {
    /// In one word.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Sent => "sent",
            Self::Received => "received",
        }
    }
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
    /// The newest connection on which the other side has a leg: there it is known whom one talks to.
    other_leg: Epoch,
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
            other_leg: Epoch::NONE,
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
        self.leg.is_some() && self.sender.is_ready()
    }

    /// Whether one of the sides closes it.
    pub fn is_closing(&self) -> bool {
        self.phase == Phase::Closing
    }

    /// Whether it is over.
    pub fn is_closed(&self) -> bool {
        self.phase == Phase::Closed
    }

    /// Whether a message of `bytes` may be pushed.
    pub fn has_room(&self, bytes: usize) -> bool {
        self.phase == Phase::Open && self.sender.has_room(bytes)
    }

    /// Accepts a message for the other side. Ask [`has_room`](Self::has_room) before: what there is no room for is
    /// given back.
    ///
    /// # Errors
    /// The message, where there is no room.
    pub fn push(&mut self, message: Message) -> Result<(), Message> {
        if !self.has_room(message.len()) {
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
        self.leg = epoch;
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

    /// A frame came over a leg of the other side, for the stream of that leg's protocol.
    pub fn handle_frame(&mut self, stream: StreamId, bytes: Vec<u8>) {
        if self.other != Some(stream) || self.phase == Phase::Closed {
            return count(&mut self.counters.stale);
        }
        match frame::read(bytes) {
            None | Some(Frame::Gone { .. }) => count(&mut self.counters.malformed),
            Some(Frame::Resume(resume)) => self.handle_resume(&resume),
            Some(frame) => self.place(frame),
        }
    }

    fn place(&mut self, frame: Frame) {
        let known = match frame {
            Frame::Data { .. } => self.receiver.has_begun(),
            Frame::Fin { .. } => self.named,
            Frame::Ack(_) | Frame::Resume(_) | Frame::Gone { .. } => true,
        };
        if known { self.handle_placed(frame) } else { self.keep_early(frame) }
    }

    /// Where the leg keeps no order, a frame may come before the word that tells what it is about.
    fn keep_early(&mut self, frame: Frame) {
        let bytes = match &frame {
            Frame::Data { message: Some(message), .. } => message.len(),
            _ => 0,
        };
        self.early_bytes = self.early_bytes.saturating_add(bytes);
        if self.early_bytes > MAX_BYTES.max(bytes) || self.early.len() > MAX_MESSAGES {
            return count(&mut self.counters.overrun);
        }
        self.early.push_back(frame);
    }

    fn handle_resume(&mut self, resume: &Resume) {
        if resume.ask {
            self.resume = Due::Yes;
        }
        if resume.to == self.stream {
            self.named = true;
            self.sender.handle_resume(resume, &mut self.counters);
        } else if resume.to.0 != 0 && !core::mem::replace(&mut self.former_told, true) {
            self.lose(Direction::Sent, Some((resume.received.saturating_add(1), None)));
        }
        let lost = self.receiver.handle_base(resume.base);
        self.lose(Direction::Received, lost.map(|(from, to)| (from, Some(to))));
        self.early_bytes = 0;
        for frame in core::mem::take(&mut self.early) {
            self.place(frame);
        }
    }

    fn handle_placed(&mut self, frame: Frame) {
        match frame {
            Frame::Data { number, ack, message } => {
                if let Some(ack) = ack {
                    self.handle_ack(ack);
                }
                let lost = self.receiver.handle_data(number, message, &mut self.counters);
                self.lose(Direction::Received, lost.map(|number| (number, Some(number))));
                self.settle();
            }
            Frame::Ack(ack) => self.handle_ack(ack),
            Frame::Fin { last, got } => {
                // open --fin--> closing
                if self.phase == Phase::Open {
                    self.phase = Phase::Closing;
                }
                self.other_last = Some(last);
                // It can have no more than was sent.
                self.other_got = got && self.sender.is_through();
                self.settle();
            }
            Frame::Resume(_) | Frame::Gone { .. } => {}
        }
    }

    fn handle_ack(&mut self, ack: Ack) {
        if ack.to == self.stream.low() {
            self.sender.handle_ack(ack.number, &mut self.counters);
        } else {
            count(&mut self.counters.stale);
        }
    }

    /// The next frame to send. Only while the leg has room.
    pub fn poll_frame(&mut self) -> Option<Outgoing> {
        let leg = self.leg?;
        if self.phase == Phase::Closed {
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

    /// The other side takes no message of this size: it is lost, and its number goes without it.
    pub fn handle_too_large(&mut self, frame: Outgoing) {
        if let Some(number) = frame.number {
            self.sender.void(number, &frame.bytes);
            self.lose(Direction::Sent, Some((number, Some(number))));
        }
    }

    /// Closes it: no more is pushed, and it is closed when both sides have all. See [`CLOSE_DEADLINE`].
    pub fn close(&mut self) {
        // open --close--> closing
        if self.phase == Phase::Open {
            self.phase = Phase::Closing;
        }
    }

    /// The close has waited long enough.
    pub fn handle_deadline(&mut self) {
        let missing = self.other_last.map(|last| (self.receiver.seen().next(), Some(last)));
        self.end(missing.filter(|(from, to)| Some(*from) <= *to));
    }

    /// Closes it now; what is not acknowledged is lost.
    pub fn abort(&mut self) {
        self.end(None);
    }

    /// The other side has closed it without a word: whether it had sent more is not known.
    pub fn handle_aborted(&mut self) {
        let from = self.receiver.seen().next();
        self.end((!self.got()).then_some((from, None)));
    }

    /// A frame came over a leg of *this* side, where only the word can come that the other end is over. Whether it was
    /// that; else the other side does not know what a durable channel is.
    pub fn handle_answer(&mut self, bytes: Vec<u8>) -> bool {
        let Some(Frame::Gone { to, received }) = frame::read(bytes) else { return false };
        if to == self.stream && received < self.sender.next() {
            self.sender.drop_to(received);
            self.handle_aborted();
        }
        true
    }

    /// What an end that is over answers to the leg of the other side's: send it there.
    pub fn gone(&self) -> Option<Vec<u8>> {
        Some(frame::gone(self.other?, self.receiver.seen().next().saturating_sub(1)))
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

    /// Whether all that the other side sent is here.
    fn got(&self) -> bool {
        self.other_last.is_some_and(|last| self.receiver.has_all(last))
    }

    // closing --both sides have all, and know it--> closed
    fn settle(&mut self) {
        if self.phase == Phase::Closing && self.got() && self.other_got && self.fin == Some(true) {
            self.sender.clear();
            self.end(None);
        }
    }

    fn end(&mut self, missing: Option<(u64, Option<u64>)>) {
        if self.phase == Phase::Closed {
            return;
        }
        self.phase = Phase::Closed;
        let unacknowledged = self.sender.clear();
        self.lose(Direction::Sent, unacknowledged.map(|(from, to)| (from, Some(to))));
        self.lose(Direction::Received, missing);
        self.early.clear();
        self.events.push_back(DurableEvent::Closed);
    }

    fn lose(&mut self, direction: Direction, lost: Option<(u64, Option<u64>)>) {
        let Some((from, to)) = lost else { return };
        // The shell hears them at once; who forges losses makes it remember no more than these.
        if self.events.len() < MAX_EVENTS {
            self.events.push_back(DurableEvent::Lost(Lost { direction, from, to }));
        }
    }
}

const fn control(bytes: Vec<u8>) -> Outgoing {
    Outgoing { bytes, number: None }
}

const MAX_EVENTS: usize = 64;
