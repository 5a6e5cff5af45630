//! The connections of a link: opened, watched, replaced, closed.

use crate::id::Epoch;
use crate::negotiation::{MakeOffer, Unexpected};
use crate::time::Instant;

use super::connection::{Connection, Negotiation};
use super::counters::count;
use super::event::{Beat, IceRestart};
use super::recovery::{Due, Phase};
use super::{
    Action, Body, BrowserEvent, Carrier, CloseReason, DRAIN_TIME, Happening, Link, LinkEvent, LinkState,
    MAX_CANDIDATES, Need, Output, Presence, Role, SdpType, SessionDescription, Trouble,
};

impl Link {
    /// New --wanted--> Connecting
    pub(super) fn activate(&mut self) {
        if self.is_closed() || self.is_active() {
            return;
        }
        self.recovery.begin_soon(self.now);
        self.restate();
    }

    /// Everything the other side has to know of this one.
    pub(super) fn restate(&mut self) {
        if self.need != Need::default() {
            self.tell_need();
        }
        if let Some(sources) = self.sources.clone() {
            self.push(Body::Sources(sources));
        }
    }

    pub(super) fn tell_need(&mut self) {
        // The offerer's own offers say it.
        if self.role == Some(Role::Offerer) {
            return;
        }
        if let Some(Connection { negotiation: Negotiation::Answerer(answerer), .. }) = &mut self.current {
            answerer.handle_asked();
        }
        self.push(Body::Negotiate { need: self.need });
    }

    pub(super) fn push(&mut self, body: Body) {
        if self.transport.push(self.epoch, body).is_err() {
            // The state can be made anew: better than to keep ever more of it.
            count(&mut self.counters.overflow);
            self.transport.outbox().restart();
            self.trouble(Trouble::Overflow, None);
        }
    }

    /// A message gets there by the carrier, or by a connection that is up.
    fn update_reachable(&mut self) {
        let carried = self.carrier == Carrier::Up && self.presence == Presence::Present;
        let in_band = self.current.as_ref().is_some_and(Connection::is_up);
        let reachable = (carried || in_band) && (self.is_closed() || self.is_active());
        if self.transport.set_reachable(reachable, self.now) {
            self.recovery.set_running(reachable, self.now);
        }
    }

    /// Does what the time has come for, and shows the state. Every input ends here.
    pub(super) fn settle(&mut self) {
        loop {
            self.update_reachable();
            if self.is_closed() {
                return;
            }
            self.watch();
            let live = self.recovery.is_live();
            if self.is_missed(live) {
                self.shut(CloseReason::PeerGone);
                return;
            }
            let in_round = matches!(&self.current, Some(Connection { negotiation: Negotiation::Offerer(offerer), .. }) if !offerer.is_stable());
            self.recovery.set_round(live && in_round, self.now);
            match self.recovery.poll_due(self.now) {
                Some(Due::Trouble(reason)) => self.trouble(reason, None),
                Some(Due::Restart) => self.restart(),
                Some(Due::Retry) => self.attempt(),
                None => break,
            }
        }
        self.set_state(self.recovery.state());
    }

    /// waiting --the time has come--> trying
    fn attempt(&mut self) {
        match self.role {
            Some(Role::Offerer) => self.open(),
            Some(Role::Answerer) | None => {
                self.recovery.begin(self.role, self.now);
                let reason = self.recovery.reason();
                if reason != Trouble::Unknown
                    && !self.transport.outbox().holds(|body| matches!(body, Body::Rebuild { .. }))
                {
                    self.push(Body::Rebuild { reason });
                }
            }
        }
    }

    /// The offerer opens the next epoch.
    fn open(&mut self) {
        let epoch = self.epoch.max(self.seen).next();
        let (connection, make_offer) = Connection::offerer(epoch, self.remote_need, self.recovery.config());
        self.begin(connection, Role::Offerer);
        self.make_offer(make_offer);
    }

    /// The answerer follows into an epoch of the offerer.
    pub(super) fn follow(&mut self, epoch: Epoch) {
        if matches!(self.recovery.phase(), Phase::Up | Phase::Grace(_) | Phase::Restarting(_)) {
            self.recovery.set_reason(Trouble::RemoteAsked);
        }
        self.begin(Connection::answerer(epoch, self.recovery.config()), Role::Answerer);
    }

    fn begin(&mut self, connection: Connection, role: Role) {
        // The one that was up is kept until the new one is, so that media plays on.
        if let Some(old) = self.current.take() {
            let close = if old.was_up { self.previous.replace(old.epoch) } else { Some(old.epoch) };
            self.outputs.extend(close.map(|epoch| Output::Close { epoch }));
        }
        let epoch = connection.epoch;
        self.epoch = epoch;
        self.opened = Some(self.now);
        self.current = Some(connection);
        // What was said of earlier epochs is void.
        self.transport.outbox().restart();
        match role {
            Role::Offerer => self.recovery.begin(Some(role), self.now),
            Role::Answerer => self.recovery.follow(self.now),
        }
        self.record(Happening::Opened);
        self.outputs.push_back(Output::Open { epoch, role });
    }

    pub(super) fn make_offer(&mut self, MakeOffer(need): MakeOffer) {
        let (epoch, kind) = (self.epoch, SdpType::Offer);
        let ice_restart = match &mut self.current {
            Some(Connection { negotiation: Negotiation::Offerer(offerer), .. }) => offerer.take_restart(),
            _ => IceRestart::No,
        };
        self.outputs.push_back(Output::SetLocalDescription { epoch, kind, need, ice_restart });
    }

    /// When the current epoch was opened.
    pub(super) const fn opened(&self) -> Option<Instant> {
        self.opened
    }

    /// The connection is of no use. What follows is decided once, whoever finds it first.
    pub(super) fn trouble(&mut self, reason: Trouble, detail: Option<String>) {
        if let Some(current) = &mut self.current
            && !matches!(reason, Trouble::Disconnected | Trouble::Silent)
        {
            current.condemn();
        }
        match self.recovery.phase() {
            Phase::Trying(_) | Phase::Up | Phase::Grace(_) | Phase::Restarting(_) => {}
            Phase::Idle | Phase::Waiting(..) | Phase::Spent => return,
        }
        self.record(Happening::Trouble(reason, detail.clone()));
        self.outputs.push_back(Output::Event(LinkEvent::Trouble { epoch: self.epoch, reason, detail }));
        // The side that wanted this link may have been gone before its message came.
        let leftover = reason == Trouble::ConnectTimeout && !self.transport.wanted;
        if self.presence == Presence::Gone || leftover {
            self.shut(CloseReason::PeerGone);
            return;
        }
        self.recovery.fail(reason, self.now);
        if self.recovery.phase() == Phase::Spent {
            self.close_connections();
            self.transport.outbox().restart();
        }
    }

    /// A new connection is wanted now, whatever was tried before.
    pub(super) fn rebuild(&mut self, reason: Trouble) {
        if let Some(current) = &mut self.current {
            current.condemn();
        }
        self.recovery.reset();
        self.recovery.set_reason(reason);
        self.recovery.begin_soon(self.now);
    }

    pub(super) fn browser(&mut self, epoch: Epoch, event: BrowserEvent) {
        let Some(current) = self.current.as_mut().filter(|current| current.epoch == epoch) else {
            count(&mut self.counters.late_browser_event);
            return;
        };
        match event {
            BrowserEvent::LocalDescription(description) => self.local_description(description),
            BrowserEvent::RemoteDescriptionSet => self.remote_description_set(),
            BrowserEvent::ActionFailed { action: Action::AddCandidate, .. } => {
                count(&mut self.counters.candidates_dropped)
            }
            BrowserEvent::ActionFailed { error, .. } => self.trouble(Trouble::ActionFailed, Some(error)),
            BrowserEvent::Candidate(candidate) => {
                if !current.find(candidate) {
                    count(&mut self.counters.candidates_dropped);
                }
            }
            BrowserEvent::NegotiationNeeded => self.negotiation_needed(),
            BrowserEvent::ConnectionState(state) => {
                current.handle_state(state, self.now);
                self.record(Happening::Connection(state));
                self.assess();
            }
            BrowserEvent::InternalChannel(channel) => {
                current.handle_channel(channel, self.now);
                self.record(Happening::Channel(channel));
                self.assess();
            }
            BrowserEvent::Beat(beat) => {
                current.liveness.handle_beat(self.now);
                if beat == Beat::Ping {
                    self.outputs.push_back(Output::Beat { epoch, beat: Beat::Pong });
                }
                self.assess();
            }
            BrowserEvent::BytesReceived(bytes) => {
                current.liveness.handle_bytes(bytes, self.now);
                self.assess();
            }
        }
    }

    fn local_description(&mut self, description: SessionDescription) {
        let Some(current) = &mut self.current else { return };
        let ask = match &mut current.negotiation {
            Negotiation::Offerer(offerer) => offerer.handle_local_description().map(|()| false),
            Negotiation::Answerer(answerer) => answerer.handle_local_description(),
        };
        match ask {
            Ok(ask) => {
                current.handle_described(self.now);
                self.push(Body::Description(description));
                if ask {
                    self.push(Body::Negotiate { need: self.need });
                }
            }
            Err(Unexpected) => count(&mut self.counters.unexpected),
        }
    }

    fn remote_description_set(&mut self) {
        let Some(current) = &mut self.current else { return };
        let epoch = current.epoch;
        let next = match &mut current.negotiation {
            Negotiation::Offerer(offerer) => offerer.handle_remote_description_set(self.remote_need),
            Negotiation::Answerer(answerer) => answerer.handle_remote_description_set().map(|()| None),
        };
        let Ok(next) = next else {
            count(&mut self.counters.unexpected);
            return;
        };
        let dropped = current.candidates.dropped();
        let ready = current.handle_applied(self.now);
        let dropped = current.candidates.dropped() - dropped;
        self.counters.candidates_dropped = self.counters.candidates_dropped.saturating_add(dropped);
        // The next description first: the browser does one thing after the other.
        if let Negotiation::Answerer(_) = current.negotiation {
            let (kind, need) = (SdpType::Answer, Need::default());
            self.outputs.push_back(Output::SetLocalDescription { epoch, kind, need, ice_restart: IceRestart::No });
        }
        if let Some(make_offer) = next {
            self.make_offer(make_offer);
        }
        self.outputs.extend(ready.into_iter().map(|candidate| Output::AddCandidate { epoch, candidate }));
    }

    /// What this side sends has changed: a round that the browser was refused is made.
    pub(super) fn handle_change(&mut self) {
        if self.current.as_mut().is_some_and(|current| current.patience.handle_change()) {
            self.negotiation_needed();
        }
    }

    fn negotiation_needed(&mut self) {
        let Some(current) = &mut self.current else { return };
        if !current.patience.handle_negotiation_needed(!current.is_settled(), self.now) {
            count(&mut self.counters.refused_rounds);
            return;
        }
        match &mut current.negotiation {
            Negotiation::Offerer(offerer) => {
                if let Some(make_offer) = offerer.handle_negotiation_needed(self.remote_need) {
                    self.make_offer(make_offer);
                }
            }
            Negotiation::Answerer(answerer) => {
                if answerer.handle_negotiation_needed() {
                    self.push(Body::Negotiate { need: self.need });
                }
            }
        }
    }

    /// What the connection says of itself, against what it is taken for.
    pub(super) fn assess(&mut self) {
        let Some(current) = &mut self.current else { return };
        let phase = self.recovery.phase();
        if current.is_up() {
            current.was_up = true;
            if phase != Phase::Up {
                self.come_back();
            }
        } else if !current.is_dead() {
            let reason = if current.liveness.is_silent() { Trouble::Silent } else { Trouble::Disconnected };
            self.recovery.handle_lost(reason, self.now);
        } else if !current.is_condemned() {
            let reason = if current.has_failed() { Trouble::ConnectionFailed } else { Trouble::ChannelClosed };
            let replacing = current.was_up && matches!(phase, Phase::Trying(_) | Phase::Waiting(..));
            current.condemn();
            // While the next one is on its way, only the hope that this one comes back is over.
            if !replacing {
                self.trouble(reason, None);
            }
        }
    }

    pub(super) fn send_candidates(&mut self) {
        let Some(current) = &mut self.current else { return };
        let mut found = current.take_found();
        if found.is_empty() {
            return;
        }
        while !found.is_empty() {
            let rest = found.split_off(found.len().min(MAX_CANDIDATES));
            self.push(Body::Candidates(core::mem::replace(&mut found, rest)));
        }
        self.settle();
    }

    pub(super) fn close_connections(&mut self) {
        let current = self.current.take().map(|connection| connection.epoch);
        let previous = self.previous.take();
        self.outputs.extend([previous, current].into_iter().flatten().map(|epoch| Output::Close { epoch }));
    }

    /// Ends the link and says so to the other side. A second call changes nothing.
    pub fn close(&mut self, reason: CloseReason, now: Instant) {
        self.at(now);
        if self.is_active() {
            self.hang_up(reason);
        } else if !self.is_closed() {
            self.shut(reason);
        }
        self.settle();
    }

    /// any --> Closed, and the other side knows it.
    pub(super) fn shut(&mut self, reason: CloseReason) {
        self.transport.finish(self.now);
        self.end(reason);
    }

    /// any --> Closed, and the other side is told: by what is still open too, so that it needs no carrier to know.
    pub(super) fn hang_up(&mut self, reason: CloseReason) {
        self.transport.finish(self.now);
        self.push(Body::Bye { reason });
        let bye = self.transport.poll(self.epoch, self.need, self.now, &mut self.counters);
        self.outputs.extend(bye.map(Output::Send));
        self.end(reason);
    }

    fn end(&mut self, reason: CloseReason) {
        self.close_connections();
        self.drain_until = Some(self.now + DRAIN_TIME);
        self.set_state(LinkState::Closed { reason });
        self.outputs.push_back(Output::Event(LinkEvent::Closed(reason)));
    }

    fn set_state(&mut self, state: LinkState) {
        if self.state != state {
            self.state = state;
            self.record(Happening::State(state));
            self.outputs.push_back(Output::Event(LinkEvent::StateChanged(state)));
        }
    }
}
