//! One schedule: persons act, things go wrong, then nothing goes wrong any more, and it must end well.

use rejoin_proto::link::{CloseReason, Need};
use rejoin_proto::session::{NetworkChange, SessionState};

use super::page::Goodbye;
use super::server::End;
use super::world::{Thing, World};
use crate::coverage::Coverage;
use crate::plan::Ending;

/// Runs the schedule of a seed. Panics where it does not end as it must.
pub(crate) fn run(seed: u64, coverage: &mut Coverage, trace: bool) {
    let mut world = World::new(seed, coverage, trace);
    world.trouble();
    world.heal();
    match world.plan.link.ending {
        Ending::Call => world.end_connected(),
        Ending::HangUp => world.end_closed(1),
        Ending::BothHangUp => world.end_closed(2),
        Ending::Leave => world.end_gone(),
    }
    world.count();
}

impl World<'_> {
    /// The first part: persons and faults.
    fn trouble(&mut self) {
        for side in 0..2 {
            self.change_tracks(side);
            let at = self.rng.u64(0..1_000);
            self.add_in(at, Thing::Load(side));
            self.person_soon(side);
        }
        self.fault_soon();
        let until = self.plan.link.until;
        while let Some(thing) = self.step(until) {
            match thing {
                Thing::Person(side) => {
                    self.person(side);
                    self.person_soon(side);
                }
                _ => {
                    self.fault();
                    self.fault_soon();
                }
            }
        }
        self.now = until;
    }

    fn person_soon(&mut self, side: usize) {
        let at = self.rng.u64(0..2 * self.plan.link.person);
        self.add_in(at, Thing::Person(side));
    }

    fn fault_soon(&mut self) {
        let at = self.rng.u64(0..2 * self.plan.link.fault);
        self.add_in(at, Thing::Fault);
    }

    fn person(&mut self, side: usize) {
        if self.pages[side].session.is_none() {
            return;
        }
        let now = self.at();
        let owners: Vec<_> = self.pages[side].peers.iter().map(|peer| peer.owner).collect();
        let some = owners.get(self.rng.usize(..owners.len().max(1))).copied();
        match (self.rng.u8(..20), some) {
            (0..2, _) => self.change_tracks(side),
            (2..14, Some(owner)) => {
                let count = [1, 5, 40][self.rng.usize(..3)];
                self.say(side, owner, count);
            }
            (14, Some(owner)) => {
                self.coverage.add("person: reconnect");
                if let Some(peer) = self.pages[side].peer(owner) {
                    peer.link.reconnect(now);
                }
                self.drive(side, owner);
            }
            (15, Some(owner)) => {
                self.coverage.add("person: hang up");
                self.close_link(side, owner, CloseReason::HungUp);
            }
            (16, _) => self.reload(side),
            (17, _) => {
                if let Some(session) = &mut self.pages[side].session
                    && matches!(session.state(), SessionState::Failed { .. } | SessionState::Waiting { .. })
                {
                    session.reconnect(now);
                    self.coverage.add("person: reconnect to the server");
                }
                self.drive_session(side);
            }
            (18, None) => self.call_up(side),
            _ => {}
        }
    }

    /// The person wants a call with whoever is there.
    pub(super) fn call_up(&mut self, side: usize) {
        self.coverage.add("person: call");
        let Some(session) = &self.pages[side].session else { return };
        let members: Vec<_> = session.peers().iter().map(|remote| remote.peer.clone()).collect();
        for id in members {
            self.connect(side, &id);
        }
    }

    fn change_tracks(&mut self, side: usize) {
        let tracks = Need::new(self.rng.u8(..3), self.rng.u8(..3));
        self.pages[side].tracks = tracks;
        self.each_link(side, |link, now| link.set_need(tracks, now));
        let pcs: Vec<_> = self.pages[side].links().flat_map(|peer| peer.pcs.pcs()).collect();
        for pc in pcs {
            let due = self.engine.set_tracks(pc, tracks, &mut self.rng);
            self.add_due(due);
        }
    }

    fn reload(&mut self, side: usize) {
        let goodbye = if self.rng.u8(..3) == 0 { Goodbye::Said } else { Goodbye::Unsaid };
        self.coverage.add(if goodbye == Goodbye::Said { "reload with a goodbye" } else { "reload" });
        self.unload(side, goodbye);
        let at = self.rng.u64(0..3_000);
        self.add_in(at, Thing::Load(side));
    }

    fn fault(&mut self) {
        let side = self.rng.usize(..2);
        match self.rng.u8(..16) {
            0..3 => {
                let due = self.engine.silence(&mut self.rng, self.coverage);
                self.add_due(due);
            }
            3..5 => {
                let due = self.engine.cut(&mut self.rng, self.coverage);
                self.add_due(due);
            }
            5 => {
                if let Some(number) = self.pages[side].socket {
                    self.coverage.add("socket cut");
                    self.cut(number);
                }
            }
            6 => {
                self.coverage.add("socket stalled");
                let time = self.rng.u64(100..20_000);
                self.stall(side, time);
            }
            7 => self.lose_network(&[side]),
            8 => {
                self.coverage.add("partition");
                self.lose_network(&[0, 1]);
                let due = self.engine.silence(&mut self.rng, self.coverage);
                self.add_due(due);
            }
            9 => {
                self.coverage.add("page sleeps");
                self.pages[side].sleeps_until = self.now + self.rng.u64(1_000..30_000);
            }
            10 => {
                self.coverage.add("page frozen");
                let until = self.now + self.rng.u64(1_000..30_000);
                self.pages[side].frozen_until = until;
                self.pages[side].sleeps_until = until;
            }
            11 => {
                use NetworkChange::{Offline, Online, PageHide, PageShow, Visible};
                let change = [Online, Offline, Visible, PageShow, PageHide][self.rng.usize(..5)];
                self.network_change(side, change);
                if change == PageHide {
                    let time = self.rng.u64(100..8_000);
                    self.pages[side].frozen_until = self.now + time;
                    self.pages[side].sleeps_until = self.now + time;
                    self.add_in(time, Thing::PageShow(side));
                }
            }
            12 => {
                self.coverage.add("all sockets cut, and the server remembers");
                self.cut_all();
            }
            _ => self.lose_server(),
        }
    }

    /// Pages without network: their sockets are dead or wait, and no other opens.
    fn lose_network(&mut self, sides: &[usize]) {
        let time = [self.rng.u64(100..2_000), self.rng.u64(2_000..20_000)][self.rng.usize(..2)];
        for side in sides {
            self.coverage.add("network lost");
            self.pages[*side].offline_until = self.now + time;
            match self.pages[*side].socket {
                Some(number) if self.rng.bool() => self.cut(number),
                _ => self.stall(*side, time),
            }
        }
    }

    fn lose_server(&mut self) {
        if !self.server.is_up() {
            return;
        }
        let end = [End::Shutdown, End::Killed, End::Lost][self.rng.usize(..3)];
        let another = self.rng.u8(..6) == 0;
        self.coverage.add(match end {
            End::Shutdown => "server shut down",
            End::Killed => "server killed",
            End::Lost => "server lost without a word",
        });
        self.coverage.add(if another { "server back with another key" } else { "server back with its key" });
        let key = self.server.key + u32::from(another);
        self.end_server(end);
        let away = [self.rng.u64(100..2_000), self.rng.u64(2_000..40_000)][self.rng.usize(..2)];
        self.add_in(away, Thing::ServerStarts(key));
    }

    /// Nothing goes wrong any more.
    fn heal(&mut self) {
        self.log(|| "healed".to_owned());
        self.plan.link.heal();
        for pc in &mut self.engine.pcs {
            pc.fate.silent = false;
        }
        for page in &mut self.pages {
            (page.offline_until, page.sleeps_until, page.frozen_until) = (0, 0, 0);
        }
        let key = self.server.key;
        self.start_server(key);
    }

    /// Runs on while anything happens; persons and faults do not come any more.
    pub(super) fn run_on(&mut self, ms: u64) {
        let end = self.now + ms;
        while self.step(end).is_some() {}
        self.now = end;
    }
}
