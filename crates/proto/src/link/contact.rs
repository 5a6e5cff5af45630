//! Contact with the other side over the connection there is: asked for, lost, brought back.

use crate::time::Instant;

use super::connection::Negotiation;
use super::countdown::Countdown;
use super::event::{Beat, IceRestart};
use super::liveness::Probe;
use super::recovery::Phase;
use super::{Body, Carrier, Link, Output, Presence, Relay};

impl Link {
    /// Whether nothing is lost with the connection: each channel is durable, or gives messages up anyway. Default: no.
    ///
    /// Then the connection is replaced when contact was lost and is back: what waited in it goes out only at its next
    /// retransmission, and a picture is asked for anew only 3 s after the last time, while a new connection has both in
    /// a few round trips.
    pub const fn set_replaceable(&mut self, replaceable: bool) {
        self.replaceable = replaceable;
    }

    /// Whether ICE may be restarted with relayed candidates only: from the next restart on.
    pub const fn set_relay(&mut self, relay: Relay) {
        self.recovery.set_relay(relay);
    }

    /// Asks whether the other side is there, when that is due.
    pub(super) fn watch(&mut self) {
        let Some(current) = &mut self.current else { return };
        let was_silent = current.liveness.is_silent();
        let probes = current.liveness.handle_timeout(self.now);
        let is_silent = current.liveness.is_silent();
        self.probe(probes);
        if is_silent && !was_silent {
            self.assess();
        }
    }

    fn probe(&mut self, probes: &[Probe]) {
        let epoch = self.epoch;
        self.outputs.extend(probes.iter().map(|probe| match probe {
            Probe::Ping => Output::Beat { epoch, beat: Beat::Ping },
            Probe::Count => Output::CountBytes { epoch },
        }));
    }

    /// grace --its time is over--> restarting; restarting --its time is over--> restarting anew, or a new connection.
    pub(super) fn restart(&mut self) {
        if let Phase::Grace(_) = self.recovery.phase() {
            self.recovery.restart_soon(self.now);
        }
        // Who has left is not waited for.
        let gone = self.presence == Presence::Gone;
        if !gone && !self.transport.is_reachable() {
            return;
        }
        match self.recovery.restart(self.role, self.now).filter(|_| !gone) {
            Some(ice) => self.restart_ice(ice),
            None => self.trouble(self.recovery.reason(), None),
        }
    }

    /// Restarts ICE on the connection there is, or asks the side that offers to do so.
    pub(super) fn restart_ice(&mut self, ice: IceRestart) {
        let Some(current) = &mut self.current else { return };
        match &mut current.negotiation {
            Negotiation::Offerer(offerer) => {
                if let Some(make_offer) = offerer.handle_restart(self.remote_need, ice) {
                    self.make_offer(make_offer);
                }
            }
            Negotiation::Answerer(_) => {
                if !self.transport.outbox().holds(|body| matches!(body, Body::Restart { .. })) {
                    self.push(Body::Restart { reason: self.recovery.reason() });
                }
            }
        }
    }

    /// Whether the other side has lost its place, and was waited for long enough. A connection that lives needs no place.
    pub(super) fn is_missed(&mut self, live: bool) -> bool {
        let is_running = self.carrier == Carrier::Up;
        if live || self.presence != Presence::Expired {
            self.absence = None;
            return false;
        }
        let patience = self.recovery.config().absence_timeout;
        let absence = self.absence.get_or_insert_with(|| Countdown::new(patience, is_running, self.now));
        absence.set_running(is_running, self.now);
        absence.ends().is_some_and(|ends| ends <= self.now)
    }

    /// The page slept from `due` until now, or its timers were slowed down: nobody could be heard.
    pub(super) fn wake_up(&mut self, due: Instant, now: Instant) {
        self.at(now);
        self.recovery.handle_sleep(due, self.now);
        // What the carrier has brought meanwhile is not read yet.
        self.absence = None;
        self.look();
    }

    /// grace, restarting --contact is back--> up; or waiting for a new connection, see
    /// [`set_replaceable`](Self::set_replaceable)
    pub(super) fn come_back(&mut self) {
        let Some(current) = &mut self.current else { return };
        let was_lost = matches!(self.recovery.phase(), Phase::Grace(_) | Phase::Restarting(_));
        // Of before it was back: by a carrier, and to a side that is there.
        if was_lost && self.replaceable && self.transport.is_reachable() {
            current.condemn();
            self.recovery.begin_soon(self.now);
        } else {
            self.recovery.handle_up(self.now);
            self.outputs.extend(self.previous.take().map(|epoch| Output::Close { epoch }));
        }
    }

    pub(super) fn look(&mut self) {
        let probes = self.current.as_mut().map(|current| current.liveness.probe(self.now));
        self.probe(probes.unwrap_or_default());
    }
}
