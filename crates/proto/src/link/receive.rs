//! What a message of the other side does to the link.

use core::time::Duration;

use crate::ice::{IceCandidate, Queued};
use crate::id::Epoch;

use super::connection::{Connection, Negotiation};
use super::counters::count;
use super::identity::Heard;
use super::recovery::Phase;
use super::transport::Taken;
use super::{
    Body, CloseReason, Happening, Link, LinkEvent, LinkMessage, MAX_EPOCH_JUMP, Need, Output, Role, RoleRule, SdpType,
    SessionDescription, Sources, Step, Trouble,
};

/// A person on the other side may ask for a new connection so soon after the last was opened.
const MIN_EPOCH_TIME: Duration = Duration::from_secs(1);

impl Link {
    pub(super) fn receive(&mut self, message: LinkMessage) {
        let (to_us, epoch, ack, wanted) = (message.to.is_some(), message.epoch, message.ack, message.wanted);
        let (heard, taken) = self.transport.handle(message, self.now, &mut self.counters);
        match heard {
            Heard::First => self.meet(),
            Heard::Replaced => self.replaced(),
            Heard::Known | Heard::Unproved | Heard::Misaddressed { .. } | Heard::Stranger => {}
        }
        self.activate();
        match heard {
            Heard::Known | Heard::First | Heard::Replaced if to_us => {
                if !self.transport.wanted && !wanted {
                    // Each was made by a leftover of the other: nobody wants this.
                    self.shut(CloseReason::PeerGone);
                    return;
                }
                self.transport.wanted = true;
                self.compare(epoch, ack, heard);
            }
            _ => {}
        }
        if let Taken::Now(message) = taken {
            self.take(message);
        }
        while !self.is_closed()
            && let Some(message) = self.transport.pop()
        {
            self.take(message);
        }
    }

    /// The other side is known for the first time, or anew.
    fn meet(&mut self) {
        if self.rule == RoleRule::ByIncarnation
            && let Some(remote) = self.remote()
        {
            self.role = Some(if self.local() < remote { Role::Offerer } else { Role::Answerer });
        }
        match (self.recovery.phase(), self.role, &self.current) {
            (Phase::Idle, _, _) => {}
            // It was offered into the void: the time counts from now.
            (Phase::Trying(_), _, Some(_)) | (_, Some(Role::Answerer) | None, _) => {
                self.recovery.begin(self.role, self.now);
            }
            (_, Some(Role::Offerer), _) => self.recovery.begin_soon(self.now),
        }
    }

    fn replaced(&mut self) {
        self.close_connections();
        self.remote_need_was_told = false;
        self.remote_sources = Sources::default();
        self.outputs.push_back(Output::Event(LinkEvent::RemoteReplaced));
        self.recovery.reset();
        self.recovery.set_reason(Trouble::Replaced);
        self.meet();
        self.restate();
    }

    /// The other side may have seen higher epochs than an offerer that was loaded anew: it goes on from there.
    fn compare(&mut self, epoch: Epoch, ack: u32, heard: Heard) {
        // Who has had no word of this side cannot be at its epoch, but at one of that number from the life before.
        let is_former = heard == Heard::First && ack == 0 && epoch == self.epoch && epoch > Epoch::NONE;
        let newest = self.epoch.max(self.seen);
        if self.role != Some(Role::Offerer) || epoch < newest || (epoch == newest && !is_former) {
            return;
        }
        if self.is_jump(epoch) {
            return;
        }
        self.seen = epoch;
        match heard {
            Heard::First | Heard::Replaced => {
                self.recovery.set_reason(Trouble::OldEpoch);
                self.recovery.begin_soon(self.now);
            }
            _ => self.trouble(Trouble::OldEpoch, None),
        }
    }

    fn is_jump(&mut self, epoch: Epoch) -> bool {
        let jump = epoch.0.saturating_sub(self.epoch.max(self.seen).0) > MAX_EPOCH_JUMP;
        if jump {
            count(&mut self.counters.epoch_jump);
        }
        jump
    }

    fn take(&mut self, message: LinkMessage) {
        let epoch = message.epoch;
        match message.body {
            Body::Description(description) => self.description(epoch, description),
            Body::Candidates(candidates) => self.candidates(epoch, candidates),
            Body::Negotiate { need } => {
                self.remote_need_was_told = true;
                self.remote_need(need, epoch == self.epoch);
            }
            Body::Rebuild { reason } => self.rebuild_asked(epoch, reason),
            Body::Restart { reason } => self.restart_asked(epoch, reason),
            Body::Sources(sources) => {
                if self.remote_sources != sources {
                    self.remote_sources = sources.clone();
                    self.outputs.push_back(Output::Event(LinkEvent::RemoteSources(sources)));
                }
            }
            Body::Bye { reason } => self.shut(match reason {
                CloseReason::Declined => CloseReason::Declined,
                CloseReason::Kicked => CloseReason::Kicked,
                CloseReason::Protocol => CloseReason::Protocol,
                CloseReason::HungUp | CloseReason::RemoteHungUp | CloseReason::PeerGone | CloseReason::Unknown => {
                    CloseReason::RemoteHungUp
                }
            }),
            // It may be late: a `negotiate` that was delivered is newer.
            Body::Sync(sync) if !self.remote_need_was_told => self.remote_need(sync.need, false),
            Body::Sync(_) | Body::Ack => {}
            Body::Unknown => count(&mut self.counters.unknown),
        }
    }

    fn description(&mut self, epoch: Epoch, description: SessionDescription) {
        match (self.role, description.kind) {
            (Some(Role::Answerer), SdpType::Offer) => self.offer(epoch, description),
            (Some(Role::Offerer), SdpType::Answer) => self.answer(epoch, description),
            (Some(Role::Offerer), SdpType::Offer) => {
                // Both sides believe that they offer: that cannot get better.
                self.close(CloseReason::Protocol, self.now);
            }
            (_, SdpType::Offer | SdpType::Answer | SdpType::Pranswer | SdpType::Rollback) => {
                count(&mut self.counters.unexpected);
            }
        }
    }

    fn offer(&mut self, epoch: Epoch, description: SessionDescription) {
        if epoch > self.epoch {
            if self.is_jump(epoch) {
                return;
            }
            self.follow(epoch);
        } else if let Some(Connection { negotiation: Negotiation::Answerer(answerer), .. }) =
            self.current.as_mut().filter(|current| current.epoch == epoch)
        {
            if answerer.handle_offer().is_err() {
                count(&mut self.counters.unexpected);
                self.trouble(Trouble::Unexpected, None);
                return;
            }
        } else {
            count(&mut self.counters.old_epoch);
            return;
        }
        self.apply(description);
    }

    fn answer(&mut self, epoch: Epoch, description: SessionDescription) {
        let Some(Connection { negotiation: Negotiation::Offerer(offerer), .. }) =
            self.current.as_mut().filter(|current| current.epoch == epoch)
        else {
            count(&mut self.counters.old_epoch);
            return;
        };
        if offerer.handle_answer().is_err() {
            count(&mut self.counters.unexpected);
            return;
        }
        self.apply(description);
    }

    fn apply(&mut self, description: SessionDescription) {
        let Some(current) = &mut self.current else { return };
        match current.apply(&description) {
            Ok(()) => {
                let epoch = current.epoch;
                self.outputs.push_back(Output::SetRemoteDescription { epoch, description });
            }
            Err(_) => {
                count(&mut self.counters.unexpected);
                self.trouble(Trouble::Unexpected, Some("the description cannot be read".to_owned()));
            }
        }
    }

    fn candidates(&mut self, epoch: Epoch, candidates: Vec<Option<IceCandidate>>) {
        let Some(current) = self.current.as_mut().filter(|current| current.epoch == epoch) else {
            count(&mut self.counters.old_epoch);
            return;
        };
        for candidate in candidates {
            match current.candidates.push(candidate) {
                Queued::Ready(candidate) => self.outputs.push_back(Output::AddCandidate { epoch, candidate }),
                Queued::Waiting => {}
                Queued::Dropped => count(&mut self.counters.candidates_dropped),
            }
        }
    }

    fn remote_need(&mut self, need: Need, round: bool) {
        if core::mem::replace(&mut self.remote_need, need) != need {
            self.handle_change();
        }
        if let Some(current) = &mut self.current
            && !current.is_dead()
            && let Negotiation::Offerer(offerer) = &mut current.negotiation
            && let Some(make_offer) = offerer.handle_need(need, round)
        {
            self.make_offer(make_offer);
        }
    }

    /// The other side hears nothing: it gets a restart of ICE, whatever this side hears.
    fn restart_asked(&mut self, epoch: Epoch, reason: Trouble) {
        self.record(Happening::Asked(Step::Restart, reason));
        let usable = self.current.as_ref().is_some_and(|current| current.epoch == epoch && !current.is_dead());
        if self.role != Some(Role::Offerer) {
            count(&mut self.counters.unexpected);
        } else if !usable {
            count(&mut self.counters.old_epoch);
        } else if let Some(ice) = self.recovery.restart_asked(reason, self.now) {
            self.restart_ice(ice);
        }
    }

    fn rebuild_asked(&mut self, epoch: Epoch, reason: Trouble) {
        self.record(Happening::Asked(Step::Rebuild, reason));
        if self.role != Some(Role::Offerer) {
            count(&mut self.counters.unexpected);
            return;
        }
        // One that was opened since is the answer.
        if epoch < self.epoch {
            count(&mut self.counters.old_epoch);
            return;
        }
        // What the other side has given up is of no use here, though contact came back.
        if let Some(current) = &mut self.current {
            current.condemn();
        }
        match self.recovery.phase() {
            // The other side has attempts left, or contact again: it is served. Where this side's attempts are used up, it
            // makes none of its own.
            Phase::Spent | Phase::Grace(_) | Phase::Restarting(_) => {
                self.recovery.set_reason(reason);
                self.recovery.begin_soon(self.now);
            }
            // A person should not have to wait, but nobody can make us open connections without end.
            Phase::Waiting(..) if reason == Trouble::Requested => {
                let age = self.opened().map_or(MIN_EPOCH_TIME, |opened| self.now - opened);
                self.recovery.hurry(MIN_EPOCH_TIME.saturating_sub(age), self.now);
            }
            Phase::Idle | Phase::Waiting(..) | Phase::Trying(_) | Phase::Up => self.trouble(reason, None),
        }
    }
}
