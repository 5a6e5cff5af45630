//! What this side sends: numbered, and kept until the other side's application has it.

use std::collections::VecDeque;

use crate::channel::Message;

use super::counters::count;
use super::frame::{self, Ack, BINARY, Resume, TEXT, VOID};
use super::{Counters, MAX_BYTES, MAX_MESSAGES, Outgoing};

#[derive(Debug)]
pub(super) struct Sender {
    /// The number of the first entry.
    base: u64,
    entries: VecDeque<Entry>,
    bytes: usize,
    /// What goes over the leg next.
    cursor: u64,
    /// The first that this other side was never sent.
    fresh: u64,
    /// The first that was sent to nobody yet: what went out before another page was known to be there may reach that one.
    unsent: u64,
    /// Whether it is known from where on the leg must carry.
    ready: bool,
}

#[derive(Debug)]
struct Entry {
    bytes: Vec<u8>,
    kind: u8,
    /// The other side has it, although an earlier one is missing there.
    there: bool,
}

impl Sender {
    pub(super) const fn new() -> Self {
        Self { base: 1, entries: VecDeque::new(), bytes: 0, cursor: 1, fresh: 1, unsent: 1, ready: true }
    }

    pub(super) const fn base(&self) -> u64 {
        self.base
    }

    /// The number of the message that is pushed next.
    pub(super) fn next(&self) -> u64 {
        self.base.saturating_add(self.entries.len() as u64)
    }

    pub(super) const fn bytes(&self) -> usize {
        self.bytes
    }

    pub(super) const fn is_ready(&self) -> bool {
        self.ready
    }

    /// Whether all has gone over the leg.
    pub(super) fn is_through(&self) -> bool {
        self.ready && self.cursor == self.next()
    }

    pub(super) fn has_room(&self, bytes: usize) -> bool {
        // One message of any size may be on its way, so that no size is impossible by this bound alone.
        self.entries.is_empty() || (self.entries.len() < MAX_MESSAGES && self.bytes.saturating_add(bytes) <= MAX_BYTES)
    }

    /// Takes a message; the shell has asked whether there is room.
    pub(super) fn push(&mut self, message: Message) {
        let (kind, bytes) = match message {
            Message::Text(text) => (TEXT, text.into_bytes()),
            Message::Binary(bytes) => (BINARY, bytes),
        };
        self.bytes = self.bytes.saturating_add(bytes.len());
        self.entries.push_back(Entry { bytes, kind, there: false });
    }

    /// Another leg carries from now on; whether what was sent before it is in doubt.
    pub(super) fn handle_leg(&mut self) {
        self.ready = self.cursor == self.base;
    }

    /// Another other side, which has nothing yet.
    pub(super) fn handle_replaced(&mut self) {
        self.handle_leg();
        self.cursor = self.base;
        self.fresh = self.base;
        self.entries.iter_mut().for_each(|entry| entry.there = false);
    }

    pub(super) fn handle_resume(&mut self, resume: &Resume, counters: &mut Counters) {
        if resume.received >= self.next() {
            return count(&mut counters.bad_ack);
        }
        let from = self.base.max(resume.received.saturating_add(1));
        if !self.ready {
            counters.replayed =
                counters.replayed.saturating_add(u32::try_from(self.fresh.saturating_sub(from)).unwrap_or(u32::MAX));
            self.cursor = from;
            self.ready = true;
            for (start, end) in &resume.above {
                // Some of it may have been acknowledged meanwhile.
                let at = |number: u64| usize::try_from(number.saturating_sub(self.base)).unwrap_or(usize::MAX);
                let (start, end) = (at(*start), at(*end));
                self.entries.iter_mut().take(end).skip(start).for_each(|entry| entry.there = true);
            }
        }
        self.fresh = self.fresh.max(self.cursor);
    }

    /// The other side's application has all up to this number.
    pub(super) fn handle_ack(&mut self, low: u32, counters: &mut Counters) {
        let ack = frame::expand(low, self.base).filter(|ack| *ack < self.unsent);
        let Some(ack) = ack else { return count(&mut counters.bad_ack) };
        self.drop_to(ack);
    }

    /// All up to `number` need not be kept.
    pub(super) fn drop_to(&mut self, number: u64) {
        while self.base <= number
            && let Some(entry) = self.entries.pop_front()
        {
            self.bytes = self.bytes.saturating_sub(entry.bytes.len());
            self.base = self.base.saturating_add(1);
        }
        self.cursor = self.cursor.max(self.base);
        self.fresh = self.fresh.max(self.cursor);
    }

    /// What is not acknowledged is given up: its numbers.
    pub(super) fn clear(&mut self) -> Option<(u64, u64)> {
        let lost = (self.base, self.next().saturating_sub(1));
        self.drop_to(u64::MAX);
        (lost.0 <= lost.1).then_some(lost)
    }

    /// The next message as a frame, its bytes taken out; to be put back by `handle_…`.
    pub(super) fn poll(&mut self, ack: Option<Ack>) -> Option<Outgoing> {
        if !self.ready {
            return None;
        }
        loop {
            let entry = self.at(self.cursor)?;
            if !entry.there {
                let (mut bytes, kind) = (core::mem::take(&mut entry.bytes), entry.kind);
                frame::seal(&mut bytes, kind, self.cursor, ack);
                return Some(Outgoing { bytes, number: Some(self.cursor) });
            }
            self.cursor = self.cursor.saturating_add(1);
        }
    }

    /// The frame of this message has been sent, or not.
    pub(super) fn put_back(&mut self, number: u64, mut bytes: Vec<u8>, sent: bool) {
        bytes.truncate(bytes.len().saturating_sub(frame::trailer(&bytes)));
        if let Some(entry) = self.at(number) {
            entry.bytes = bytes;
            if sent {
                self.cursor = number.saturating_add(1);
                self.fresh = self.fresh.max(self.cursor);
                self.unsent = self.unsent.max(self.cursor);
            }
        }
    }

    /// The other side cannot take this message: its number goes to it without it.
    pub(super) fn void(&mut self, number: u64, frame: &[u8]) {
        self.bytes = self.bytes.saturating_sub(frame.len().saturating_sub(frame::trailer(frame)));
        if let Some(entry) = self.at(number) {
            (entry.kind, entry.bytes) = (VOID, Vec::new());
        }
    }

    fn at(&mut self, number: u64) -> Option<&mut Entry> {
        let at = usize::try_from(number.checked_sub(self.base)?).ok()?;
        self.entries.get_mut(at)
    }
}
