//! How a schedule must end: everything is as both sides want it, and nothing is left over.

use rejoin_proto::link::{LinkState, Presence};

use crate::browser::sent;
use crate::world::{Thing, World};

impl World<'_> {
    /// Both want it: they are connected, agree, and all that was to be said is said.
    pub(crate) fn end_connected(&mut self) {
        // What was hung up before is over by then, what was reloaded is there.
        self.run_on(30_000);
        for side in 0..2 {
            self.call_up(side);
        }
        // Long enough for the deadlines of both sides to have grown to their ends.
        self.run_on(400_000);
        for side in 0..2 {
            if let Some(LinkState::Failed { .. }) = self.sides[side].state() {
                assert!(self.plan.max_attempts.iter().any(Option::is_some), "failed with attempts left");
                self.coverage.add("attempts used up");
                let now = self.at();
                if let Some(agent) = &mut self.sides[side].live {
                    agent.link.reconnect(now);
                    let id = agent.id;
                    self.drive(side, id);
                }
            }
        }
        self.run_on(400_000);
        for side in 0..2 {
            assert_eq!(self.sides[side].state(), Some(LinkState::Connected), "side {side} is not connected at the end");
        }
        // But for beats nothing is left to do.
        let before = self.messages_sent();
        self.run_on(60_000);
        assert_eq!(self.messages_sent(), before, "something is left to say");
        let [a, b] = [0, 1].map(|side| self.sides[side].live.as_ref().unwrap());
        assert_eq!(a.link.epoch(), b.link.epoch(), "epochs");
        assert_ne!(a.link.role(), b.link.role(), "roles");
        assert_eq!((a.link.remote(), b.link.remote()), (Some(b.link.local()), Some(a.link.local())), "incarnations");
        assert_eq!((a.heard, b.heard), (b.said, a.said), "sources");
        for (side, agent) in [a, b].into_iter().enumerate() {
            assert_eq!(agent.pcs.count(), 1, "the connections of side {side}");
            let (epoch, pc) = agent.pcs.newest().unwrap();
            assert_eq!(epoch, agent.link.epoch());
            let pc = &self.engine.pcs[pc];
            let remote = &self.engine.pcs[pc.remote.unwrap()];
            assert_eq!(remote.remote, Some(pc.id));
            assert_eq!(pc.lines, remote.lines, "m-lines");
            assert_eq!(
                sent(&pc.lines, side),
                (agent.need.audio, agent.need.video),
                "side {side} cannot send what it wants to"
            );
            let all: Vec<_> = (0..remote.gathered).filter(|number| !pc.lost.contains(number)).collect();
            assert_eq!(pc.added, all, "candidates, each once and in order");
        }
        self.coverage.add("ended connected");
    }

    fn messages_sent(&self) -> u64 {
        self.sides.iter().flat_map(|side| side.agents()).map(|agent| agent.sent).sum()
    }

    /// The live side is gone: the other must see it.
    pub(crate) fn end_gone(&mut self) {
        let gone = self.rng.usize(..2);
        self.run_on(30_000);
        self.unload(gone);
        self.sides[gone].connected = false;
        let at = self.rng.u64(0..2_000);
        self.run_on(at);
        self.set_presence(1 - gone, Presence::Gone);
        self.run_on(400_000);
        assert_eq!(self.sides[1 - gone].state(), None, "a link to nobody");
        self.assert_nothing_is_left();
        self.coverage.add("ended gone");
    }

    pub(crate) fn end_closed(&mut self, who: &[usize]) {
        self.run_on(30_000);
        // Whoever has a link hangs up; there may be none left.
        let who: Vec<_> =
            if who.iter().all(|side| self.sides[*side].live.is_none()) { vec![0, 1] } else { who.to_vec() };
        let linked =
            self.sides[0].live.as_ref().zip(self.sides[1].live.as_ref()).is_some_and(|(a, b)| {
                a.link.remote() == Some(b.link.local()) && b.link.remote() == Some(a.link.local())
            });
        for side in &who {
            let wait = self.rng.u64(0..100);
            self.run_on(wait);
            self.hang_up(*side, "ended by a person");
        }
        let hung_up = self.now;
        self.run_on(1_000);
        if linked {
            for side in 0..2 {
                assert_eq!(self.sides[side].state(), None, "side {side} does not know of the hang-up after a second");
            }
            self.coverage.add("hang-up seen within a second");
        }
        self.run_on(60_000);
        // What is left is a link whose other side had none when it hung up.
        for side in 0..2 {
            self.hang_up(side, "ended by a person");
        }
        self.run_on(60_000);
        self.assert_nothing_is_left();
        // Delayed doubles of what was said in these lives make no ghost.
        let lives: Vec<_> = self.sides.iter().flat_map(|side| side.lives.clone()).collect();
        for (from, message) in core::mem::take(&mut self.history) {
            if lives.contains(&message.from) {
                self.agenda.add(self.now.max(hung_up) + 1, Thing::Deliver { to: 1 - from, message });
            }
        }
        self.run_on(120_000);
        self.assert_nothing_is_left();
        self.coverage.add("ended closed");
    }

    fn assert_nothing_is_left(&self) {
        for (number, side) in self.sides.iter().enumerate() {
            assert!(side.live.is_none(), "side {number} has a ghost");
            assert!(side.draining.is_empty(), "side {number} does not come to rest");
        }
        assert!(self.engine.pcs.iter().all(|pc| !pc.open), "a connection is open that nobody has");
    }

    pub(crate) fn count(&mut self) {
        for agent in self.sides.iter().filter_map(|side| side.live.as_ref()) {
            let counters = *agent.link.counters();
            let counts = [
                ("resent", counters.resent),
                ("malformed", counters.malformed),
                ("unknown type", counters.unknown),
                ("misaddressed", counters.misaddressed),
                ("retired", counters.retired),
                ("unproved", counters.unproved),
                ("duplicate", counters.duplicate),
                ("old epoch", counters.old_epoch),
                ("candidate dropped", counters.candidates_dropped),
                ("refused round", counters.refused_rounds),
                ("late browser event", counters.late_browser_event),
            ];
            for (what, times) in counts {
                self.coverage.add_many(what, times.into());
            }
            // A flood would be seen here: the calmest link says some dozens, the worst some thousands.
            assert!(agent.sent < 20_000, "{} messages were sent", agent.sent);
        }
    }
}
