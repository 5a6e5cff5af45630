//! What is to be delivered: numbered, kept until acknowledged, sent again with backoff, bounded.
//!
//! Numbers go up for the whole life of the sender. What is given up (the messages of an epoch that
//! is over, all of them for a side that was loaded anew) is skipped by raising `base`, which the
//! receiver follows.

use core::time::Duration;
use std::collections::VecDeque;

use crate::id::Epoch;
use crate::time::Instant;

use super::message::Body;
use super::wire::MAX_CANDIDATES;

#[derive(Debug)]
pub(super) struct Outbox {
    next: u32,
    base: u32,
    queue: VecDeque<Entry>,
    again: Option<Instant>,
    delay: Duration,
}

#[derive(Debug)]
struct Entry {
    number: u32,
    epoch: Epoch,
    body: Body,
    sent: Option<Instant>,
    due: bool,
}

/// One message to send now.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Numbered {
    pub(super) number: u32,
    pub(super) epoch: Epoch,
    pub(super) body: Body,
    /// It was sent before.
    pub(super) again: bool,
}

/// More is to be said than is kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Overflow;

/// What an acknowledgement did.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Acked {
    /// Something is delivered.
    Progress,
    /// Nothing new.
    Nothing,
    /// It acknowledges what was never sent.
    Bad,
}

/// How many messages are on their way at once; the receiver keeps more than these.
pub(super) const WINDOW: usize = 32;
/// The most messages that are kept.
pub(super) const MAX_QUEUE: usize = 256;
/// When a message is sent again for the first time. The delay then doubles …
pub(super) const FIRST_RESEND: Duration = Duration::from_millis(500);
/// … up to this.
pub(super) const MAX_RESEND: Duration = Duration::from_secs(5);

impl Outbox {
    pub(super) const fn new() -> Self {
        Self { next: 1, base: 1, queue: VecDeque::new(), again: None, delay: FIRST_RESEND }
    }

    pub(super) const fn base(&self) -> u32 {
        self.base
    }

    pub(super) fn is_empty(&self) -> bool {
        self.queue.is_empty()
    }

    /// Whether a message for which `is` holds is not delivered yet.
    pub(super) fn holds(&self, is: impl Fn(&Body) -> bool) -> bool {
        self.queue.iter().any(|entry| is(&entry.body))
    }

    pub(super) fn push(&mut self, epoch: Epoch, body: Body) -> Result<(), Overflow> {
        let Some(body) = self.merge(epoch, body) else { return Ok(()) };
        if self.queue.len() >= MAX_QUEUE {
            return Err(Overflow);
        }
        self.queue.push_back(Entry { number: self.next, epoch, body, sent: None, due: true });
        self.next = self.next.saturating_add(1);
        Ok(())
    }

    /// Folds `body` into one that has not been sent yet, where that says the same to the receiver.
    fn merge(&mut self, epoch: Epoch, body: Body) -> Option<Body> {
        match body {
            body if is_state(&body) => {
                let kind = core::mem::discriminant(&body);
                let like = |entry: &&mut Entry| {
                    entry.sent.is_none() && entry.epoch == epoch && core::mem::discriminant(&entry.body) == kind
                };
                let Some(entry) = self.queue.iter_mut().rev().find(like) else { return Some(body) };
                entry.body = body;
                None
            }
            Body::Candidates(mut more) => match self.queue.back_mut() {
                Some(Entry { epoch: last, sent: None, body: Body::Candidates(waiting), .. })
                    if *last == epoch && waiting.len() + more.len() <= MAX_CANDIDATES =>
                {
                    waiting.append(&mut more);
                    None
                }
                _ => Some(Body::Candidates(more)),
            },
            body => Some(body),
        }
    }

    /// Gives up everything but the state: the last of each kind goes out again under a new number.
    pub(super) fn restart(&mut self) {
        let mut queue = core::mem::take(&mut self.queue);
        self.base = self.next;
        self.again = None;
        self.delay = FIRST_RESEND;
        while let Some(entry) = queue.pop_front() {
            let kind = core::mem::discriminant(&entry.body);
            // An older one after a newer one, which may have arrived, would be a step back.
            let last = queue.iter().all(|later| core::mem::discriminant(&later.body) != kind);
            if is_state(&entry.body) && last {
                self.queue.push_back(Entry { number: self.next, sent: None, due: true, ..entry });
                self.next = self.next.saturating_add(1);
            }
        }
    }

    /// Gives up everything.
    pub(super) fn clear(&mut self) {
        self.queue.clear();
        self.restart();
    }

    pub(super) fn handle_ack(&mut self, ack: u32, now: Instant) -> Acked {
        if ack >= self.next {
            return Acked::Bad;
        }
        let before = self.queue.len();
        while self.queue.front().is_some_and(|entry| entry.number <= ack) {
            self.queue.pop_front();
        }
        if self.queue.len() == before {
            return Acked::Nothing;
        }
        self.delay = FIRST_RESEND;
        self.again = self.in_flight().then(|| now + self.delay);
        Acked::Progress
    }

    /// Everything on its way is probably lost: send it again now.
    pub(super) fn resend(&mut self) {
        self.delay = FIRST_RESEND;
        self.again = None;
        for entry in &mut self.queue {
            entry.due = true;
        }
    }

    pub(super) fn handle_timeout(&mut self, now: Instant) {
        if self.again.is_none_or(|at| at > now) {
            return;
        }
        for entry in self.queue.iter_mut().take(WINDOW) {
            // What was sent a moment ago has its time yet.
            entry.due |= entry.sent.is_some_and(|sent| now - sent >= FIRST_RESEND);
        }
        self.delay = (self.delay * 2).min(MAX_RESEND);
        self.again = self.in_flight().then(|| now + self.delay);
    }

    pub(super) fn poll(&mut self, now: Instant) -> Option<Numbered> {
        let entry = self.queue.iter_mut().take(WINDOW).find(|entry| entry.due)?;
        entry.due = false;
        let again = entry.sent.replace(now).is_some();
        if self.again.is_none() {
            self.again = Some(now + self.delay);
        }
        Some(Numbered { number: entry.number, epoch: entry.epoch, body: entry.body.clone(), again })
    }

    pub(super) const fn poll_timeout(&self) -> Option<Instant> {
        self.again
    }

    fn in_flight(&self) -> bool {
        self.queue.front().is_some_and(|entry| entry.sent.is_some())
    }
}

/// What stays true over epochs, and of which only the last counts.
const fn is_state(body: &Body) -> bool {
    matches!(body, Body::Sources(_) | Body::Negotiate { .. })
}
