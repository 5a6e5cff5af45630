//! How a durable channel ends: by both sides' word, by the deadline, or at once.

use super::frame::{self, Frame};
use super::{Direction, Durable, DurableEvent, Phase, StreamId};

impl Durable {
    /// Whether one of the sides closes it.
    pub fn is_closing(&self) -> bool {
        self.phase == Phase::Closing
    }

    /// Whether it is over.
    pub fn is_closed(&self) -> bool {
        self.phase == Phase::Closed
    }

    /// Closes it: no more is pushed, and it is closed when both sides have all. See [`CLOSE_DEADLINE`](super::CLOSE_DEADLINE).
    pub fn close(&mut self) {
        // open --close--> closing; where nobody knows of it yet --> closed
        if self.phase == Phase::Open {
            self.phase = Phase::Closing;
            if self.other.is_none() && !self.had_leg && self.sender.next() == 1 {
                self.end(None);
            }
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

    /// What an end that is over answers to the leg of the other side's end `to`: send it there.
    pub fn gone(&self, to: StreamId) -> Vec<u8> {
        let received = if self.other == Some(to) { self.receiver.seen().next().saturating_sub(1) } else { 0 };
        frame::gone(to, received)
    }

    /// Whether all that the other side sent is here.
    pub(super) fn got(&self) -> bool {
        self.other_last.is_some_and(|last| self.receiver.has_all(last))
    }

    // closing --both sides have all, and know it--> closed
    pub(super) fn settle(&mut self) {
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
}
