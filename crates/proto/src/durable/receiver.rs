//! What the other side sends: each message once, in order where the channel has one, kept until the application takes it.

use std::collections::VecDeque;

use crate::channel::{Message, Order};

use super::counters::count;
use super::seen::Seen;
use super::{ACK_BYTES, ACK_MESSAGES, Counters, MAX_BYTES, MAX_MESSAGES, frame};

#[derive(Debug)]
pub(super) struct Receiver {
    order: Order,
    /// What came.
    seen: Seen,
    /// What the application has.
    taken: Seen,
    inbox: VecDeque<(u64, Message)>,
    bytes: usize,
    /// How many in front of the inbox are of an other side that is gone; their bytes.
    former: usize,
    former_bytes: usize,
    begun: bool,
    /// What is taken and not acknowledged yet.
    owed: usize,
    owed_bytes: usize,
}

impl Receiver {
    pub(super) const fn new(order: Order) -> Self {
        Self {
            order,
            seen: Seen::new(1),
            taken: Seen::new(1),
            inbox: VecDeque::new(),
            bytes: 0,
            former: 0,
            former_bytes: 0,
            begun: false,
            owed: 0,
            owed_bytes: 0,
        }
    }

    /// Whether the other side has told where its messages begin; before that none can be placed.
    pub(super) const fn has_begun(&self) -> bool {
        self.begun
    }

    pub(super) const fn seen(&self) -> &Seen {
        &self.seen
    }

    pub(super) fn has_all(&self, last: u64) -> bool {
        self.seen.next() > last
    }

    /// Takes a message in, or drops it and counts why. Gives the number back where its sender has given it up.
    pub(super) fn handle_data(&mut self, low: u32, message: Option<Message>, counters: &mut Counters) -> Option<u64> {
        let number = frame::expand(low, self.seen.next());
        let Some(number) = number.filter(|number| !self.seen.contains(*number)) else {
            count(&mut counters.duplicate);
            return None;
        };
        if self.order == Order::Ordered && number != self.seen.next() {
            count(&mut counters.gap);
            return None;
        }
        let bytes = self.bytes.saturating_add(message.as_ref().map_or(0, Message::len));
        let ahead = number.saturating_sub(self.taken.next());
        // As much as an honest sender has on its way: the same bounds, in the same words.
        if ahead >= MAX_MESSAGES as u64 || (bytes > MAX_BYTES && self.bytes > 0) {
            count(&mut counters.overrun);
            return None;
        }
        self.seen.insert(number);
        match message {
            Some(message) => {
                self.bytes = bytes;
                self.inbox.push_back((number, message));
                None
            }
            None => {
                self.take_number(number, 0);
                Some(number)
            }
        }
    }

    /// The other side's messages begin here; gives what it has given up.
    pub(super) fn handle_base(&mut self, base: u64) -> Option<(u64, u64)> {
        let (begun, next) = (core::mem::replace(&mut self.begun, true), self.seen.next());
        self.seen.skip_to(base);
        self.taken.skip_to(base);
        (begun && base > next).then_some((next, base.saturating_sub(1)))
    }

    /// Another other side. What came of the one before may still be read, as much as one
    /// side may have on its way; gives what is more.
    pub(super) fn handle_replaced(&mut self) -> Option<(u64, u64)> {
        let mut lost: Option<(u64, u64)> = None;
        self.former = self.inbox.len();
        self.former_bytes = self.former_bytes.saturating_add(self.bytes);
        while (self.former_bytes > MAX_BYTES || self.former > MAX_MESSAGES) && self.former > 1 {
            let Some((number, message)) = self.inbox.pop_front() else { break };
            self.former -= 1;
            self.former_bytes = self.former_bytes.saturating_sub(message.len());
            lost = Some((lost.map_or(number, |(from, _)| from), number));
        }
        let (inbox, former, former_bytes) = (core::mem::take(&mut self.inbox), self.former, self.former_bytes);
        *self = Self { inbox, former, former_bytes, ..Self::new(self.order) };
        lost
    }

    /// The next message for the application.
    pub(super) fn take(&mut self) -> Option<Message> {
        let (number, message) = self.inbox.pop_front()?;
        let bytes = message.len();
        if self.former > 0 {
            self.former -= 1;
            self.former_bytes = self.former_bytes.saturating_sub(bytes);
        } else {
            self.bytes = self.bytes.saturating_sub(bytes);
            self.take_number(number, bytes);
        }
        Some(message)
    }

    pub(super) fn has_unread(&self) -> bool {
        !self.inbox.is_empty()
    }

    fn take_number(&mut self, number: u64, bytes: usize) {
        if !self.taken.contains(number) {
            self.taken.insert(number);
        }
        self.owed += 1;
        self.owed_bytes = self.owed_bytes.saturating_add(bytes);
    }

    /// Whether something is taken and not acknowledged.
    pub(super) const fn owes(&self) -> bool {
        self.owed > 0
    }

    /// Whether so much is owed that the acknowledgement goes at once.
    pub(super) const fn owes_much(&self) -> bool {
        self.owed >= ACK_MESSAGES || self.owed_bytes >= ACK_BYTES
    }

    /// The number up to which the application has all.
    pub(super) const fn taken(&self) -> u64 {
        self.taken.next().saturating_sub(1)
    }

    /// That number has gone out.
    pub(super) const fn acknowledged(&mut self) {
        (self.owed, self.owed_bytes) = (0, 0);
    }

    /// Something may have been acknowledged in vain.
    pub(super) fn owe(&mut self) {
        if self.taken.next() > 1 {
            self.owed = self.owed.max(1);
        }
    }
}
