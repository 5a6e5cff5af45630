//! Two sides of perfect negotiation, whose signaling delivers in order, and browsers with the quirks of glare.

use fastrand::Rng;
use rejoin_proto::id::Epoch;
use rejoin_proto::link::Need;
use rejoin_proto::negotiation::foreign::{Message, Wire};
use rejoin_proto::negotiation::{Perfect, PerfectOutput, Politeness};
use rejoin_proto::state::SignalingState;

use crate::browser::{Fate, Op, sent};
use crate::coverage::Coverage;
use crate::engine::{Agenda, Due, Engine, Happened, Inside};
use crate::plan::Plan;

#[derive(Debug)]
enum Thing {
    Deliver { to: usize, message: Message },
    Inside { pc: usize, inside: Inside },
    Person(usize),
}

struct Side {
    perfect: Perfect,
    pc: Option<usize>,
    tracks: Need,
    /// When the last message for it arrives: signaling keeps the order.
    last: u64,
    failed: bool,
}

struct World<'a> {
    now: u64,
    rng: Rng,
    plan: Plan,
    agenda: Agenda<Thing>,
    engine: Engine,
    sides: [Side; 2],
    coverage: &'a mut Coverage,
    trace: bool,
}

/// Runs the schedule of a seed. Panics where it does not end as it must.
pub(crate) fn run(seed: u64, coverage: &mut Coverage, trace: bool) {
    let mut rng = Rng::with_seed(seed);
    let mut plan = Plan::draw(&mut rng);
    // Nobody sees to a connection that never comes up: that is for the owner of the peer.
    plan.never_up = 0.0;
    let sides = [Politeness::Polite, Politeness::Impolite].map(|politeness| Side {
        perfect: Perfect::new(politeness),
        pc: None,
        tracks: Need::default(),
        last: 0,
        failed: false,
    });
    let mut world = World { now: 0, rng, plan, agenda: Agenda::new(), engine: Engine::new(), sides, coverage, trace };
    world.run();
}

impl World<'_> {
    fn run(&mut self) {
        for side in 0..2 {
            self.drive(side);
            for _ in 0..self.rng.usize(..6) {
                // Often at the same moment: that is what glare needs.
                let at = self.rng.u64(0..20) * 100;
                self.agenda.add(at, Thing::Person(side));
            }
        }
        let mut steps = 0;
        while let Some(at) = self.agenda.next_time() {
            self.now = at;
            steps += 1;
            assert!(steps < 100_000, "it does not come to rest");
            match self.agenda.pop() {
                Some(Thing::Deliver { to, message }) => {
                    self.log(|| format!("{to} <- {message:?}"));
                    self.sides[to].perfect.handle_message(message);
                    self.drive(to);
                }
                Some(Thing::Inside { pc, inside }) => self.inside(pc, inside),
                Some(Thing::Person(side)) => {
                    let tracks = Need::new(self.rng.u8(..3), self.rng.u8(..3));
                    self.sides[side].tracks = tracks;
                    if let Some(pc) = self.sides[side].pc {
                        let due = self.engine.set_tracks(pc, tracks, &mut self.rng);
                        self.add_due(due);
                    }
                }
                None => {}
            }
        }
        self.check();
    }

    fn log(&self, line: impl FnOnce() -> String) {
        if self.trace {
            println!("{:>8} {}", self.now, line());
        }
    }

    fn add_due(&mut self, due: Due) {
        for (ms, pc, inside) in due {
            self.agenda.add(self.now + ms, Thing::Inside { pc, inside });
        }
    }

    fn drive(&mut self, side: usize) {
        while let Some(output) = self.sides[side].perfect.poll_output() {
            self.log(|| format!("{side} {output:?}"));
            match output {
                PerfectOutput::Send(message) => self.send(side, message),
                PerfectOutput::Open { epoch } => self.open(side, epoch),
                PerfectOutput::SetLocalDescription { epoch } => {
                    self.call(side, epoch, Op::Local { kind: None, need: Need::default(), restart: false });
                }
                PerfectOutput::SetRemoteDescription { epoch, description } => {
                    self.call(side, epoch, Op::Remote(description));
                }
                PerfectOutput::AddCandidate { epoch, candidate } => self.call(side, epoch, Op::Candidate(candidate)),
                PerfectOutput::Rollback { epoch } => {
                    self.coverage.add("answer refused and offered anew");
                    self.call(side, epoch, Op::Rollback);
                }
                PerfectOutput::Close { .. } => {
                    self.coverage.add("glare of first offers");
                    if let Some(pc) = self.sides[side].pc.take() {
                        let due = self.engine.close(pc, &mut self.rng, self.coverage);
                        self.add_due(due);
                    }
                }
                PerfectOutput::Failed { error, .. } => {
                    let by_chance = error.ends_with("by chance");
                    let quirk = error.contains("RTP extension");
                    assert!(by_chance || quirk, "it fails of {error}");
                    self.sides[side].failed = true;
                }
                other => panic!("unknown output {other:?}"),
            }
        }
    }

    fn open(&mut self, side: usize, epoch: Epoch) {
        assert!(self.sides[side].pc.is_none(), "two connections");
        let tracks = self.sides[side].tracks;
        let pc = self.engine.open(side, 0, epoch, tracks, Fate::default());
        self.sides[side].pc = Some(pc);
        let due = self.engine.begin(pc, &mut self.rng);
        self.add_due(due);
    }

    fn call(&mut self, side: usize, epoch: Epoch, op: Op) {
        let Some(pc) = self.sides[side].pc else { panic!("there is no connection") };
        assert_eq!(self.engine.pcs[pc].epoch, epoch);
        let due = self.engine.call(pc, op, &mut self.rng);
        self.add_due(due);
    }

    fn send(&mut self, from: usize, message: Message) {
        let text = serde_json::to_string(&Wire::from(message)).unwrap();
        let message = Message::try_from(serde_json::from_str::<Wire>(&text).unwrap()).unwrap();
        let (least, most) = self.plan.delay;
        let to = 1 - from;
        let at = (self.now + self.rng.u64(least..=most)).max(self.sides[to].last);
        self.sides[to].last = at;
        self.agenda.add(at, Thing::Deliver { to, message });
    }

    fn inside(&mut self, pc: usize, inside: Inside) {
        let (happened, due) = self.engine.inside(pc, inside, &self.plan, &mut self.rng, self.coverage);
        self.add_due(due);
        for Happened { side, epoch, event, .. } in happened {
            self.log(|| format!("{side} epoch {epoch} {event:?}"));
            self.sides[side].perfect.handle_browser(epoch, event);
            self.drive(side);
        }
    }

    fn check(&mut self) {
        for side in &self.sides {
            let counters = side.perfect.counters();
            self.coverage.add_many("offer ignored", counters.ignored_offers.into());
            self.coverage.add_many("offer yielded", counters.yielded_offers.into());
        }
        if self.sides.iter().any(|side| side.failed) {
            self.coverage.add("ended failed");
            return;
        }
        let [a, b] = [0, 1].map(|side| &self.engine.pcs[self.sides[side].pc.unwrap()]);
        for (side, pc, other) in [(0, a, b), (1, b, a)] {
            assert_eq!(pc.signaling, SignalingState::Stable, "side {side}");
            assert_eq!(pc.remote, Some(other.id), "side {side}");
            assert!(!pc.wedged, "side {side} is wedged");
            assert_eq!(pc.lines, other.lines);
            assert_eq!(sent(&pc.lines, side), (pc.tracks.audio, pc.tracks.video), "side {side} cannot send");
            let all: Vec<_> = (0..other.gathered).filter(|number| !pc.lost.contains(number)).collect();
            assert_eq!(pc.added, all, "candidates, each once and in order");
            assert!(pc.connected || pc.lost.len() as u32 == other.gathered, "side {side} is not connected");
        }
        self.coverage.add("ended agreed");
    }
}
