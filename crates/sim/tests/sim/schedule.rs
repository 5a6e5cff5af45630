//! One schedule: persons act, things go wrong, then nothing goes wrong any more, and it must end well.

use std::rc::Rc;

use rejoin_proto::ice::IceCandidate;
use rejoin_proto::id::{Epoch, Incarnation};
use rejoin_proto::link::{Body, Carrier, CloseReason, LinkMessage, Need, Presence, Trouble};

use crate::coverage::Coverage;
use crate::plan::Ending;
use crate::world::{Thing, World};

/// Runs the schedule of a seed. Panics where it does not end as it must.
pub(crate) fn run(seed: u64, coverage: &mut Coverage, trace: bool) {
    let mut world = World::new(seed, coverage, trace);
    world.trouble();
    world.heal();
    match world.plan.ending {
        Ending::Call => world.end_connected(),
        Ending::HangUp => {
            let first = world.rng.usize(..2);
            world.end_closed(&[first]);
        }
        Ending::BothHangUp => world.end_closed(&[0, 1]),
        Ending::Leave => world.end_gone(),
    }
    world.count();
}

impl World<'_> {
    /// The first part: persons and faults.
    fn trouble(&mut self) {
        let first = self.rng.usize(..2);
        self.change_tracks(first);
        self.call_up(first);
        if self.rng.bool() {
            let at = self.rng.u64(0..1_000);
            self.add_in(at, Thing::Load(1 - first));
        }
        for side in 0..2 {
            let at = self.rng.u64(0..2 * self.plan.person);
            self.add_in(at, Thing::Person(side));
        }
        let at = self.rng.u64(0..2 * self.plan.fault);
        self.add_in(at, Thing::Fault);
        while let Some(thing) = self.step(self.plan.until) {
            match thing {
                Thing::Person(side) => {
                    self.person(side);
                    let at = self.rng.u64(0..2 * self.plan.person);
                    self.add_in(at, Thing::Person(side));
                }
                Thing::Fault => {
                    self.fault();
                    let at = self.rng.u64(0..2 * self.plan.fault);
                    self.add_in(at, Thing::Fault);
                }
                other => self.happen(other),
            }
        }
        self.now = self.plan.until;
    }

    fn happen(&mut self, thing: Thing) {
        match thing {
            Thing::Carrier(side, carrier) => self.set_carrier(side, carrier),
            Thing::Presence(side, presence) => self.set_presence(side, presence),
            Thing::Heal(side) => self.reconnect_carrier(side),
            Thing::Load(side) => {
                self.sides[side].page = true;
                self.call_up(side);
            }
            Thing::Person(_) | Thing::Fault => {}
            Thing::Deliver { .. }
            | Thing::InBand { .. }
            | Thing::Inside { .. }
            | Thing::Beat { .. }
            | Thing::Bytes(_) => {
                unreachable!("done by the world")
            }
        }
    }

    fn person(&mut self, side: usize) {
        if !self.sides[side].page {
            return;
        }
        let now = self.at();
        match self.rng.u8(..14) {
            0..4 => self.change_tracks(side),
            4..7 => {
                self.sides[side].sources += 1;
                self.tell(side);
            }
            7 => {
                if let Some(agent) = &mut self.sides[side].live {
                    agent.link.reconnect(now);
                    let id = agent.id;
                    self.coverage.add("person: reconnect");
                    self.drive(side, id);
                }
            }
            8 => self.hang_up(side, "person: hang up"),
            9 => self.reload(side),
            10 => self.forge(side),
            11 => {
                if let Some(agent) = &mut self.sides[side].live {
                    agent.link.handle_malformed(now);
                }
            }
            _ => self.call_up(side),
        }
    }

    fn change_tracks(&mut self, side: usize) {
        let tracks = Need::new(self.rng.u8(..3), self.rng.u8(..3));
        self.sides[side].tracks = tracks;
        self.coverage.add("person: tracks");
        self.tell(side);
    }

    /// The person wants a call; where there is a link already, nothing new.
    pub(crate) fn call_up(&mut self, side: usize) {
        let now = self.at();
        let id = match &self.sides[side].live {
            Some(agent) => agent.id,
            None => {
                self.coverage.add("person: call");
                self.start(side)
            }
        };
        if let Some(agent) = self.sides[side].agent(id) {
            agent.link.connect(now);
        }
        self.drive(side, id);
    }

    pub(crate) fn hang_up(&mut self, side: usize, why: &'static str) {
        let now = self.at();
        if let Some(agent) = &mut self.sides[side].live {
            let id = agent.id;
            agent.link.close(CloseReason::HungUp, now);
            self.coverage.add(why);
            self.drive(side, id);
        }
    }

    /// The page is loaded anew: with a goodbye, or without.
    fn reload(&mut self, side: usize) {
        if self.rng.u8(..3) == 0 {
            self.hang_up(side, "reload with a goodbye");
        }
        self.coverage.add("reload");
        self.unload(side);
        let at = self.rng.u64(0..3_000);
        self.add_in(at, Thing::Load(side));
    }

    pub(crate) fn unload(&mut self, side: usize) {
        let place = &mut self.sides[side];
        let pcs: Vec<_> = place.agents().flat_map(|agent| agent.pcs.pcs()).collect();
        place.page = false;
        place.live = None;
        place.draining.clear();
        place.retired = rejoin_proto::link::RetiredIncarnations::new();
        place.lives.clear();
        for pc in pcs {
            for (ms, pc, inside) in self.engine.close(pc, &mut self.rng, self.coverage) {
                self.add_in(ms, Thing::Inside { pc, inside });
            }
        }
    }

    /// Somebody who is not there says something that could have been said.
    fn forge(&mut self, to: usize) {
        let Some(agent) = &self.sides[to].live else { return };
        let body = match self.rng.u8(..5) {
            0 => Body::Bye { reason: CloseReason::HungUp },
            1 => Body::Rebuild { reason: Trouble::Requested },
            2 => Body::Candidates(vec![Some(IceCandidate::default()), None]),
            3 => Body::Sync(rejoin_proto::link::Sync { proof: Some(1), answer: true, ..Default::default() }),
            _ => Body::Unknown,
        };
        let message = match agent.link.remote() {
            // A later version of the other side says more than this one knows.
            Some(remote) if body == Body::Unknown => LinkMessage {
                from: remote.clone(),
                to: Some(agent.link.local().clone()),
                epoch: agent.link.epoch(),
                base: 1,
                number: None,
                ack: 0,
                wanted: false,
                body,
            },
            _ => LinkMessage {
                from: Incarnation::from_random(self.rng.u64(..)),
                to: if self.rng.bool() { Some(agent.link.local().clone()) } else { None },
                epoch: Epoch(self.rng.u32(..100)),
                base: self.rng.u32(1..10),
                number: if self.rng.bool() { Some(self.rng.u32(1..100)) } else { None },
                ack: self.rng.u32(..10),
                wanted: self.rng.bool(),
                body,
            },
        };
        // The first that is heard is believed: only a link that knows its other side can tell.
        if agent.link.remote().is_some() {
            self.coverage.add("forged");
            self.put(to, Rc::new(message));
        }
    }

    fn fault(&mut self) {
        let side = self.rng.usize(..2);
        match self.rng.u8(..8) {
            4 | 5 => {
                let due = self.engine.silence(&mut self.rng, self.coverage);
                self.add_due(due);
            }
            6 => {
                self.coverage.add("timers stand still");
                self.asleep_until = self.now + self.rng.u64(1_000..30_000);
            }
            7 => self.network(side),
            0 => {
                let due = self.engine.cut(&mut self.rng, self.coverage);
                self.add_due(due);
            }
            1 | 2 if self.sides[side].connected => {
                self.coverage.add("carrier lost");
                self.sides[side].connected = false;
                // It is noticed only after a while, or never.
                let noticed = self.rng.u64(0..3_000);
                if self.rng.u8(..4) > 0 {
                    self.add_in(noticed, Thing::Carrier(side, Carrier::Down));
                }
                let seen = self.rng.u64(0..3_000);
                self.add_in(seen, Thing::Presence(1 - side, Presence::Suspended));
                let back = self.rng.u64(100..15_000);
                self.add_in(back, Thing::Heal(side));
            }
            _ => {
                // Something long past comes again.
                if !self.history.is_empty() {
                    let (from, message) = self.history[self.rng.usize(..self.history.len())].clone();
                    self.coverage.add("stale delivery");
                    self.put(1 - from, message);
                }
            }
        }
    }

    /// The browser says something of the network or the page.
    fn network(&mut self, side: usize) {
        use rejoin_proto::session::NetworkChange::{Offline, Online, PageShow, Visible};
        let now = self.at();
        let change = [Online, Offline, Visible, PageShow][self.rng.usize(..4)];
        if let Some(agent) = &mut self.sides[side].live {
            self.coverage.add("network changed");
            agent.link.handle_network(change, now);
        }
        self.drive_all(side);
    }

    fn set_carrier(&mut self, side: usize, carrier: Carrier) {
        self.sides[side].carrier = carrier;
        let now = self.at();
        if let Some(agent) = &mut self.sides[side].live {
            agent.link.handle_carrier(carrier, now);
        }
        for agent in &mut self.sides[side].draining {
            agent.link.handle_carrier(carrier, now);
        }
        self.drive_all(side);
    }

    pub(crate) fn set_presence(&mut self, side: usize, presence: Presence) {
        self.sides[side].presence = presence;
        let now = self.at();
        if let Some(agent) = &mut self.sides[side].live {
            agent.link.handle_presence(presence, now);
        }
        for agent in &mut self.sides[side].draining {
            agent.link.handle_presence(presence, now);
        }
        self.drive_all(side);
    }

    fn drive_all(&mut self, side: usize) {
        let ids: Vec<_> = self.sides[side].agents().map(|agent| agent.id).collect();
        for id in ids {
            self.drive(side, id);
        }
    }

    fn reconnect_carrier(&mut self, side: usize) {
        self.sides[side].connected = true;
        self.set_carrier(side, Carrier::Up);
        self.set_presence(1 - side, Presence::Present);
    }

    /// Nothing goes wrong any more.
    fn heal(&mut self) {
        self.plan.heal();
        for pc in &mut self.engine.pcs {
            pc.fate.silent = false;
        }
        self.asleep_until = 0;
        for side in 0..2 {
            self.reconnect_carrier(side);
        }
    }

    /// Runs on while anything happens; faults that were planned do not come any more.
    pub(crate) fn run_on(&mut self, ms: u64) {
        let end = self.now + ms;
        while let Some(thing) = self.step(end) {
            match thing {
                Thing::Load(side) => self.happen(Thing::Load(side)),
                Thing::Person(_) | Thing::Fault | Thing::Carrier(..) | Thing::Presence(..) | Thing::Heal(_) => {}
                Thing::Deliver { .. }
                | Thing::InBand { .. }
                | Thing::Inside { .. }
                | Thing::Beat { .. }
                | Thing::Bytes(_) => {
                    unreachable!("done by the world")
                }
            }
        }
        self.now = end;
    }
}
