//! Delivery over a carrier that loses, doubles and reorders: joins who is who ([`Identity`]), what is
//! to be delivered ([`Outbox`]) and what is ([`Inbox`]), and says `sync` when a side has to be told.

use core::time::Duration;

use crate::id::{Epoch, Incarnation};
use crate::time::Instant;

use super::counters::{Counters, count};
use super::identity::{Heard, Identity};
use super::inbox::{Arrived, Inbox};
use super::message::{Body, LinkMessage, Need, Sync};
use super::outbox::{Acked, FIRST_RESEND, MAX_RESEND, Outbox, Overflow};

#[derive(Debug)]
pub(super) struct Transport {
    identity: Identity,
    outbox: Outbox,
    inbox: Inbox,
    reachable: bool,
    sync: OnDemand,
    ask: bool,
    proof: Option<u32>,
    repeat: Option<Instant>,
    repeat_delay: Duration,
    probe: OnDemand,
    /// Everything on its way is probably lost.
    resend: OnDemand,
    /// Goes into every header.
    pub(super) wanted: bool,
    over: bool,
}

/// What a message that came is for the link.
#[derive(Debug)]
pub(super) enum Taken {
    /// Nothing, or it is in the inbox: see [`Transport::pop`].
    Nothing,
    /// A message without a number, to be taken at once.
    Now(LinkMessage),
}

/// The least time between two messages that answer others, and between two times that all is sent again: neither what
/// others send us nor a carrier that comes and goes can make us flood.
const MIN_PAUSE: Duration = Duration::from_millis(50);

/// What is done when there is cause to, but not too often.
#[derive(Debug, Default)]
struct OnDemand {
    due: Option<Instant>,
    last: Option<Instant>,
}

impl OnDemand {
    fn request(&mut self, now: Instant) {
        let earliest = self.last.map_or(now, |last| (last + MIN_PAUSE).max(now));
        self.due.get_or_insert(earliest);
    }

    fn take(&mut self, now: Instant) -> bool {
        let due = is_due(self.due, now);
        if due {
            *self = Self { due: None, last: Some(now) };
        }
        due
    }
}

fn is_due(at: Option<Instant>, now: Instant) -> bool {
    at.is_some_and(|at| at <= now)
}

impl Transport {
    pub(super) fn new(local: Incarnation, seed: u64) -> Self {
        Self {
            identity: Identity::new(local, seed),
            outbox: Outbox::new(),
            inbox: Inbox::new(),
            reachable: false,
            sync: OnDemand::default(),
            ask: false,
            proof: None,
            repeat: None,
            repeat_delay: FIRST_RESEND,
            probe: OnDemand::default(),
            resend: OnDemand::default(),
            wanted: false,
            over: false,
        }
    }

    pub(super) const fn identity(&self) -> &Identity {
        &self.identity
    }

    pub(super) const fn outbox(&mut self) -> &mut Outbox {
        &mut self.outbox
    }

    /// Nothing is kept and nothing is owed.
    pub(super) fn is_idle(&self) -> bool {
        self.outbox.is_empty() && self.inbox.poll_timeout().is_none()
    }

    pub(super) fn push(&mut self, epoch: Epoch, body: Body) -> Result<(), Overflow> {
        self.outbox.push(epoch, body)
    }

    /// The other side is to learn who we are and where we stand, and to say the same.
    pub(super) fn announce(&mut self, now: Instant) {
        self.ask = true;
        self.sync.request(now);
    }

    pub(super) const fn is_reachable(&self) -> bool {
        self.reachable
    }

    /// The carrier to the other side is there, or not. Says whether that is news.
    pub(super) fn set_reachable(&mut self, reachable: bool, now: Instant) -> bool {
        let news = self.reachable != reachable;
        self.reachable = reachable;
        if news && reachable {
            self.resend.request(now);
            self.inbox.hurry(now);
            if !self.over {
                self.announce(now);
            }
        }
        news
    }

    /// Takes a message from the carrier.
    pub(super) fn handle(&mut self, message: LinkMessage, now: Instant, counters: &mut Counters) -> (Heard, Taken) {
        let was_established = self.identity.is_established();
        let heard = self.identity.hear(&message);
        match heard {
            Heard::Known | Heard::First => {}
            Heard::Replaced => {
                self.inbox = Inbox::new();
                self.outbox.clear();
                self.proof = None;
                self.announce(now);
            }
            Heard::Unproved => {
                count(&mut counters.unproved);
                self.probe.request(now);
                return (heard, Taken::Nothing);
            }
            Heard::Misaddressed { tell } => {
                count(&mut counters.misaddressed);
                if tell {
                    self.sync.request(now);
                }
                return (heard, Taken::Nothing);
            }
            Heard::Stranger => {
                count(&mut counters.retired);
                return (heard, Taken::Nothing);
            }
        }
        if message.to.is_some() && self.outbox.handle_ack(message.ack, now) == Acked::Bad {
            count(&mut counters.bad_ack);
        }
        if self.proof.is_some() && self.identity.is_established() && !was_established {
            // Until it had our proof, the other side took nothing of what we sent.
            self.resend.request(now);
        }
        if let Body::Sync(sync) = &message.body {
            if sync.probe.is_some() {
                self.proof = sync.probe;
            }
            if sync.probe.is_some() || sync.answer {
                self.sync.request(now);
            }
            self.inbox.hurry(now);
        }
        let Some(number) = message.number else { return (heard, Taken::Now(message)) };
        match self.inbox.handle(message, number, now) {
            Arrived::Kept => {}
            Arrived::Duplicate => count(&mut counters.duplicate),
            Arrived::TooFarAhead => count(&mut counters.too_far_ahead),
        }
        (heard, Taken::Nothing)
    }

    /// The link is over: from now on only what is pushed yet is delivered, and what comes is acknowledged.
    pub(super) fn finish(&mut self, now: Instant) {
        self.over = true;
        self.sync = OnDemand::default();
        self.probe = OnDemand::default();
        self.repeat = None;
        self.outbox.clear();
        self.inbox.hurry(now);
    }

    /// Takes a message from the carrier after the end.
    pub(super) fn handle_after_end(&mut self, message: &LinkMessage, now: Instant) {
        let ours = message.to.as_ref().is_none_or(|to| to == self.identity.local());
        let theirs = self.identity.remote().is_none_or(|remote| *remote == message.from);
        if !ours || !theirs {
            return;
        }
        if let Body::Bye { .. } = message.body {
            // Both sides know: nobody has to be told.
            self.outbox.clear();
        } else if message.to.is_some() {
            self.outbox.handle_ack(message.ack, now);
        }
        if message.number.is_some() {
            self.inbox.owe(now);
        }
    }

    /// The next numbered message in order.
    pub(super) fn pop(&mut self) -> Option<LinkMessage> {
        self.inbox.pop()
    }

    pub(super) fn handle_timeout(&mut self, now: Instant) {
        self.outbox.handle_timeout(now);
    }

    /// The next message to send. Nothing goes out while the other side cannot be reached.
    pub(super) fn poll(
        &mut self,
        epoch: Epoch,
        need: Need,
        now: Instant,
        counters: &mut Counters,
    ) -> Option<LinkMessage> {
        if !self.reachable {
            return None;
        }
        let message = self.poll_body(epoch, need, now, counters)?;
        count(&mut counters.sent);
        Some(message)
    }

    fn poll_body(&mut self, epoch: Epoch, need: Need, now: Instant, counters: &mut Counters) -> Option<LinkMessage> {
        if self.resend.take(now) {
            self.outbox.resend();
        }
        if self.probe.take(now)
            && let Some(probe) = self.identity.probe().cloned()
        {
            let sync = Sync { need, answer: true, probe: Some(probe.number), proof: probe.proof };
            let mut message = self.message(epoch, None, Body::Sync(sync));
            message.to = Some(probe.to);
            message.ack = 0;
            return Some(message);
        }
        let established = self.identity.is_established();
        if self.sync.take(now) || (!established && is_due(self.repeat, now)) {
            if !established {
                self.repeat = Some(now + self.repeat_delay);
                self.repeat_delay = (self.repeat_delay * 2).min(MAX_RESEND);
            }
            let answer = core::mem::take(&mut self.ask) || !established;
            self.inbox.acknowledged();
            return Some(self.message(epoch, None, Body::Sync(Sync { need, answer, probe: None, proof: self.proof })));
        }
        if let Some(numbered) = self.outbox.poll(now) {
            if numbered.again {
                count(&mut counters.resent);
            }
            self.inbox.acknowledged();
            return Some(self.message(numbered.epoch, Some(numbered.number), numbered.body));
        }
        if is_due(self.inbox.poll_timeout(), now) {
            self.inbox.acknowledged();
            return Some(self.message(epoch, None, Body::Ack));
        }
        None
    }

    /// When [`handle_timeout`](Self::handle_timeout) and then [`poll`](Self::poll) have something to do.
    pub(super) fn poll_timeout(&self) -> Option<Instant> {
        if !self.reachable {
            return None;
        }
        let repeat = self.repeat.filter(|_| !self.identity.is_established());
        let on_demand = [self.sync.due, self.probe.due, self.resend.due];
        let timers = [repeat, self.outbox.poll_timeout(), self.inbox.poll_timeout()];
        on_demand.into_iter().chain(timers).flatten().min()
    }

    fn message(&self, epoch: Epoch, number: Option<u32>, body: Body) -> LinkMessage {
        LinkMessage {
            from: self.identity.local().clone(),
            to: self.identity.remote().cloned(),
            epoch,
            base: self.outbox.base(),
            number,
            ack: self.inbox.received(),
            wanted: self.wanted,
            body,
        }
    }
}
