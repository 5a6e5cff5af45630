//! What is delivered: each numbered message once, in order.

use crate::time::Instant;

use super::message::{Body, LinkMessage};

#[derive(Debug)]
pub(super) struct Inbox {
    base: u32,
    next: u32,
    held: Vec<(u32, LinkMessage)>,
    held_bytes: usize,
    ack: Option<Instant>,
}

/// What became of a numbered message.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Arrived {
    /// It is kept; [`Inbox::pop`] gives what is in order.
    Kept,
    /// It was there already, or its sender has given it up.
    Duplicate,
    /// It is too far ahead to be kept.
    TooFarAhead,
}

/// How far ahead a message may be.
pub(super) const MAX_AHEAD: u32 = 64;
/// How much of what is ahead is kept, in bytes of descriptions and candidates.
pub(super) const MAX_HELD_BYTES: usize = 1024 * 1024;
/// How long an acknowledgement waits for a message to travel with.
pub(super) const ACK_DELAY: core::time::Duration = core::time::Duration::from_millis(50);

impl Inbox {
    /// Before the first message: whatever `base` that has is the beginning.
    pub(super) const fn new() -> Self {
        Self { base: 0, next: 1, held: Vec::new(), held_bytes: 0, ack: None }
    }

    /// The number up to which everything is there.
    pub(super) const fn received(&self) -> u32 {
        self.next.saturating_sub(1)
    }

    /// Takes a message that has a number.
    pub(super) fn handle(&mut self, message: LinkMessage, number: u32, now: Instant) -> Arrived {
        if message.base > self.base {
            self.base = message.base;
            self.next = self.next.max(message.base);
            self.held_bytes = 0;
            self.held.clear();
        }
        self.ack.get_or_insert(now + ACK_DELAY);
        if message.base < self.base || number < self.next {
            return Arrived::Duplicate;
        }
        if number - self.next >= MAX_AHEAD {
            return Arrived::TooFarAhead;
        }
        let Err(place) = self.held.binary_search_by_key(&number, |(held, _)| *held) else { return Arrived::Duplicate };
        // The one that is next is always taken: it is what frees the others.
        let bytes = weight(&message.body);
        if number > self.next && self.held_bytes + bytes > MAX_HELD_BYTES {
            return Arrived::TooFarAhead;
        }
        self.held_bytes += bytes;
        self.held.insert(place, (number, message));
        Arrived::Kept
    }

    /// The next message in order.
    pub(super) fn pop(&mut self) -> Option<LinkMessage> {
        if self.held.first()?.0 != self.next {
            return None;
        }
        let (_, message) = self.held.remove(0);
        self.next = self.next.saturating_add(1);
        self.held_bytes -= weight(&message.body).min(self.held_bytes);
        Some(message)
    }

    /// The acknowledgement has gone out with some message.
    pub(super) const fn acknowledged(&mut self) {
        self.ack = None;
    }

    /// The acknowledgement is to go out at once, if one is owed.
    pub(super) fn hurry(&mut self, now: Instant) {
        if self.ack.is_some() {
            self.ack = Some(now);
        }
    }

    /// An acknowledgement is to go out at once.
    pub(super) const fn owe(&mut self, now: Instant) {
        self.ack = Some(now);
    }

    /// When an acknowledgement is to go out by itself.
    pub(super) const fn poll_timeout(&self) -> Option<Instant> {
        self.ack
    }
}

fn weight(body: &Body) -> usize {
    match body {
        Body::Description(description) => description.sdp.len(),
        Body::Candidates(candidates) => candidates.iter().flatten().map(|candidate| candidate.candidate.len()).sum(),
        Body::Negotiate { .. }
        | Body::Rebuild { .. }
        | Body::Restart { .. }
        | Body::Sources(_)
        | Body::Bye { .. }
        | Body::Sync(_)
        | Body::Ack
        | Body::Unknown => 0,
    }
}
