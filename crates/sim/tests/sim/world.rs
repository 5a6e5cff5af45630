//! Two sides, their browsers and the network between them, in virtual time.

use std::rc::Rc;

use fastrand::Rng;
use rejoin_proto::link::{
    Action, Admission, Beat, Body, BrowserEvent, Carrier, LinkMessage, Presence, Wire, admit, farewell,
};
use rejoin_proto::time::Instant;

use crate::browser::Pc;
use crate::coverage::Coverage;
use crate::engine::{Agenda, Due, Engine, Happened, Inside};
use crate::plan::Plan;
use crate::side::Side;

/// What will happen.
#[derive(Debug)]
pub(crate) enum Thing {
    Deliver {
        to: usize,
        message: Rc<LinkMessage>,
    },
    /// By the internal channel of this connection.
    InBand {
        pc: usize,
        message: Rc<LinkMessage>,
    },
    /// By the internal channel too.
    Beat {
        pc: usize,
        beat: Beat,
    },
    /// The browser has counted.
    Bytes(usize),
    Inside {
        pc: usize,
        inside: Inside,
    },
    Person(usize),
    Fault,
    Carrier(usize, Carrier),
    Presence(usize, Presence),
    Heal(usize),
    Load(usize),
}

/// The longest schedules take some ten thousand.
pub(crate) const MAX_STEPS: u64 = 1_000_000;

pub(crate) struct World<'a> {
    pub(crate) now: u64,
    pub(crate) rng: Rng,
    pub(crate) plan: Plan,
    pub(crate) agenda: Agenda<Thing>,
    pub(crate) engine: Engine,
    pub(crate) sides: [Side; 2],
    pub(crate) coverage: &'a mut Coverage,
    /// What was on the wire, to come again much later: from whom, and what.
    pub(crate) history: Vec<(usize, Rc<LinkMessage>)>,
    pub(crate) agents: u64,
    /// How much has happened: a schedule that does not come to rest is stopped.
    pub(crate) steps: u64,
    /// The machines sleep until then: no timer fires.
    pub(crate) asleep_until: u64,
    trace: bool,
}

impl<'a> World<'a> {
    pub(crate) fn new(seed: u64, coverage: &'a mut Coverage, trace: bool) -> Self {
        let mut rng = Rng::with_seed(seed);
        let plan = Plan::draw(&mut rng);
        if trace {
            println!("{plan:#?}");
        }
        Self {
            now: 0,
            rng,
            plan,
            agenda: Agenda::new(),
            engine: Engine::new(),
            sides: [Side::new(), Side::new()],
            coverage,
            history: Vec::new(),
            agents: 0,
            steps: 0,
            asleep_until: 0,
            trace,
        }
    }

    pub(crate) fn log(&self, line: impl FnOnce() -> String) {
        if self.trace {
            println!("{:>8} {}", self.now, line());
        }
    }

    pub(crate) fn at(&self) -> Instant {
        Instant::from_millis(self.now)
    }

    pub(crate) fn add_in(&mut self, ms: u64, thing: Thing) {
        self.agenda.add(self.now + ms, thing);
    }

    pub(crate) fn add_due(&mut self, due: Due) {
        for (ms, pc, inside) in due {
            self.add_in(ms, Thing::Inside { pc, inside });
        }
    }

    /// The next time that a link asked for.
    fn next_timeout(&self) -> Option<u64> {
        let agents = self.sides.iter().flat_map(Side::agents);
        // Rounded up, as a browser's timer is.
        agents
            .filter_map(|agent| agent.link.poll_timeout())
            .map(|at| at.since_origin().as_nanos().div_ceil(1_000_000) as u64)
            .min()
            // All timers of a machine that is asleep fire when it wakes up.
            .map(|at| at.max(self.asleep_until))
    }

    /// Lets the next thing happen. `None` where nothing happens until `end`.
    pub(crate) fn step(&mut self, end: u64) -> Option<Thing> {
        loop {
            let (timeout, thing) = (self.next_timeout(), self.agenda.next_time());
            let next = [timeout, thing].into_iter().flatten().min().filter(|next| *next <= end)?;
            self.now = self.now.max(next);
            self.engine.now = self.now;
            self.steps += 1;
            assert!(self.steps < MAX_STEPS, "it does not come to rest");
            if thing == Some(next) {
                match self.agenda.pop()? {
                    Thing::Deliver { to, message } => self.deliver(to, message),
                    Thing::InBand { pc, message } => self.deliver_in_band(pc, message),
                    Thing::Beat { pc, beat } => self.browser(pc, BrowserEvent::Beat(beat)),
                    Thing::Bytes(pc) => {
                        let bytes = self.plan.counts.then(|| self.engine.bytes(pc));
                        self.browser(pc, BrowserEvent::BytesReceived(bytes));
                    }
                    Thing::Inside { pc, inside } => self.inside(pc, inside),
                    // What persons and faults do is the schedule's.
                    other => return Some(other),
                }
            } else {
                self.timeouts();
            }
        }
    }

    fn timeouts(&mut self) {
        let now = self.at();
        for side in 0..2 {
            for id in self.ids(side) {
                let Some(agent) = self.sides[side].agent(id) else { continue };
                if agent.link.poll_timeout().is_some_and(|at| at <= now) {
                    agent.link.handle_timeout(now);
                    self.drive(side, id);
                    if let Some(agent) = self.sides[side].agent(id) {
                        let next = agent.link.poll_timeout();
                        assert!(next.is_none_or(|at| at > now), "a timeout that does nothing: {:?}", agent.link);
                    }
                }
            }
        }
    }

    fn ids(&self, side: usize) -> Vec<u64> {
        self.sides[side].agents().map(|agent| agent.id).collect()
    }

    /// The internal channel of the newest connection: reliable and in order, for as long as both ends are there.
    pub(crate) fn send_in_band(&mut self, side: usize, id: u64, message: &LinkMessage) {
        let newest = self.sides[side].agent(id).and_then(|agent| agent.pcs.newest().map(|(_, pc)| pc));
        let other = newest.and_then(|pc| self.engine.opposite(pc));
        if let Some(other) = other {
            self.coverage.add("in band");
            self.add_in(1, Thing::InBand { pc: other, message: Rc::new(message.clone()) });
        }
    }

    fn deliver_in_band(&mut self, pc: usize, message: Rc<LinkMessage>) {
        let (side, owner) = (self.engine.pcs[pc].side, self.engine.pcs[pc].owner);
        let (open, now) = (self.engine.pcs[pc].open, self.at());
        if self.engine.pcs[pc].path.deaf_until > self.now {
            self.coverage.add("lost: in band");
            return;
        }
        if open && self.sides[side].agent(owner).is_some() {
            if !self.sides_connected() && matches!(message.body, Body::Bye { .. }) {
                self.coverage.add("in band: hang-up without a carrier");
            }
            self.log(|| format!("{side} <= {}", brief(&message)));
            if let Some(agent) = self.sides[side].agent(owner) {
                agent.link.handle_message(Rc::unwrap_or_clone(message), now);
            }
            self.drive(side, owner);
        }
    }

    /// A beat goes as messages in band do.
    pub(crate) fn send_beat(&mut self, pc: usize, beat: Beat) {
        if let Some(other) = self.engine.opposite(pc).filter(|other| self.engine.hears(*other)) {
            self.coverage.add("beat");
            self.add_in(1, Thing::Beat { pc: other, beat });
        }
    }

    fn browser(&mut self, pc: usize, event: BrowserEvent) {
        let Pc { side, owner, epoch, open, .. } = self.engine.pcs[pc];
        let now = self.at();
        if let Some(agent) = self.sides[side].agent(owner).filter(|_| open) {
            agent.link.handle_browser(epoch, event, now);
            self.drive(side, owner);
        }
    }

    fn sides_connected(&self) -> bool {
        self.sides.iter().all(|side| side.connected)
    }

    pub(crate) fn send(&mut self, from: usize, message: LinkMessage) {
        // Most go as values for speed, some as the text they are on the wire.
        let wire = Wire::from(&message);
        let wire = if self.rng.u8(..32) == 0 {
            serde_json::from_str(&serde_json::to_string(&wire).unwrap()).unwrap()
        } else {
            wire
        };
        let message = Rc::new(LinkMessage::try_from(wire).unwrap());
        self.log(|| format!("{from} -> {}", brief(&message)));
        if self.history.len() < 512 {
            self.history.push((from, message.clone()));
        } else {
            let place = self.rng.usize(..512);
            self.history[place] = (from, message.clone());
        }
        if !self.sides[from].connected {
            self.coverage.add("lost: no carrier");
            return;
        }
        self.put(1 - from, message);
    }

    pub(crate) fn put(&mut self, to: usize, message: Rc<LinkMessage>) {
        if self.rng.f64() < self.plan.loss {
            self.coverage.add("lost");
            return;
        }
        let (least, most) = self.plan.delay;
        let mut delay = self.rng.u64(least..=most);
        if self.rng.f64() < self.plan.straggler {
            self.coverage.add("late by seconds");
            delay += self.rng.u64(500..8_000);
        }
        if self.rng.f64() < self.plan.double {
            self.coverage.add("doubled");
            let again = self.rng.u64(0..most + 200);
            self.add_in(delay + again, Thing::Deliver { to, message: message.clone() });
        }
        self.add_in(delay, Thing::Deliver { to, message });
    }

    fn deliver(&mut self, to: usize, message: Rc<LinkMessage>) {
        let now = self.at();
        self.log(|| format!("{to} <- {}", brief(&message)));
        let message = Rc::unwrap_or_clone(message);
        let side = &mut self.sides[to];
        if !side.page || !side.connected {
            self.coverage.add("lost: nobody there");
            return;
        }
        let draining = side.draining.iter_mut().find(|agent| agent.link.is_for(&message));
        let id = match (draining, &mut side.live) {
            (Some(agent), _) | (None, Some(agent)) => {
                agent.link.handle_message(message, now);
                agent.id
            }
            (None, None) => match admit(&message, &side.retired) {
                Admission::Create => {
                    self.coverage.add("admission: create");
                    self.log(|| format!("{to} admits it"));
                    let id = self.start(to);
                    if let Some(agent) = self.sides[to].agent(id) {
                        agent.link.handle_message(message, now);
                    }
                    id
                }
                Admission::Ignore => {
                    self.coverage.add("admission: ignore");
                    return;
                }
                Admission::ReplyBye => {
                    self.coverage.add("admission: reply");
                    if let Some(reply) = farewell(&message) {
                        self.send(to, reply);
                    }
                    return;
                }
            },
        };
        self.drive(to, id);
    }

    fn inside(&mut self, pc: usize, inside: Inside) {
        let (happened, due) = self.engine.inside(pc, inside, &self.plan, &mut self.rng, self.coverage);
        self.add_due(due);
        let now = self.at();
        for Happened { side, owner, epoch, event } in happened {
            let checked = self.engine.pcs[pc].refused;
            if let BrowserEvent::ActionFailed { error, action } = &event
                && !checked
                && *action != Action::AddCandidate
            {
                panic!("the browser refused {action:?} by no chance: {error}");
            }
            self.log(|| format!("{side}.{owner} epoch {epoch} {event:?}"));
            self.coverage.said(&mut self.engine.pcs[pc].last_said, &event);
            if let Some(agent) = self.sides[side].agent(owner) {
                agent.link.handle_browser(epoch, event, now);
                self.drive(side, owner);
            }
        }
    }
}

fn brief(message: &LinkMessage) -> String {
    let LinkMessage { from, to, epoch, base, number, ack, wanted, body } = message;
    let to = to.as_ref().map_or("?", |to| to.as_str());
    format!("{from}->{to} epoch {epoch} base {base} number {number:?} ack {ack} wanted {wanted} {body:?}")
}
