//! Two sides, their browsers and the network between them, in virtual time.

use std::rc::Rc;

use fastrand::Rng;
use rejoin_proto::backoff::BackoffConfig;
use rejoin_proto::id::Incarnation;
use rejoin_proto::link::{
    Action, Admission, BrowserEvent, Carrier, CloseReason, Link, LinkConfig, LinkEvent, LinkMessage, LinkState, Need,
    Output, Presence, RecoveryConfig, Role, RoleRule, SdpType, Source, Sources, Wire, admit, farewell,
};
use rejoin_proto::time::Instant;

use crate::browser::{Fate, Op};
use crate::coverage::Coverage;
use crate::engine::{Agenda, Due, Engine, Happened, Inside};
use crate::plan::{Plan, Rule};
use crate::side::{Agent, Side};

/// What will happen.
#[derive(Debug)]
pub(crate) enum Thing {
    Deliver { to: usize, message: Rc<LinkMessage> },
    Inside { pc: usize, inside: Inside },
    Person(usize),
    Fault,
    Carrier(usize, Carrier),
    Presence(usize, Presence),
    Heal(usize),
    Load(usize),
}

/// The longest schedules take some ten thousand.
const MAX_STEPS: u64 = 1_000_000;

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
    agents: u64,
    /// How much has happened: a schedule that does not come to rest is stopped.
    steps: u64,
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

    fn add_due(&mut self, due: Due) {
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
    }

    /// Lets the next thing happen. `None` where nothing happens until `end`.
    pub(crate) fn step(&mut self, end: u64) -> Option<Thing> {
        loop {
            let (timeout, thing) = (self.next_timeout(), self.agenda.next_time());
            let next = [timeout, thing].into_iter().flatten().min().filter(|next| *next <= end)?;
            self.now = self.now.max(next);
            self.steps += 1;
            assert!(self.steps < MAX_STEPS, "it does not come to rest");
            if thing == Some(next) {
                match self.agenda.pop()? {
                    Thing::Deliver { to, message } => self.deliver(to, message),
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

    /// The shell of a side does what its link says.
    pub(crate) fn drive(&mut self, side: usize, id: u64) {
        loop {
            self.steps += 1;
            assert!(self.steps < MAX_STEPS, "it does not come to rest");
            let Some(agent) = self.sides[side].agent(id) else { return };
            let Some(output) = agent.link.poll_output() else { break };
            self.act(side, id, output);
        }
        let draining = &mut self.sides[side].draining;
        draining.retain(|agent| !agent.link.is_drained());
    }

    fn act(&mut self, side: usize, id: u64, output: Output) {
        if !matches!(output, Output::Send(_)) {
            self.log(|| format!("{side}.{id} {output:?}"));
        }
        match output {
            Output::Send(message) => {
                if let Some(agent) = self.sides[side].agent(id) {
                    agent.sent += 1;
                }
                self.send(side, message);
            }
            Output::Open { epoch, role } => self.open(side, id, epoch, role),
            Output::SetLocalDescription { epoch, kind, need, .. } => {
                if kind == SdpType::Offer {
                    let role = self.sides[side].agent(id).and_then(|agent| agent.link.role());
                    assert_eq!(role, Some(Role::Offerer), "the answerer offers");
                }
                self.call(side, id, epoch, Op::Local { kind: Some(kind), need });
            }
            Output::SetRemoteDescription { epoch, description } => self.call(side, id, epoch, Op::Remote(description)),
            Output::AddCandidate { epoch, candidate } => self.call(side, id, epoch, Op::Candidate(candidate)),
            Output::Rollback { .. } => panic!("between two links nothing is rolled back"),
            Output::Close { epoch } => self.close(side, id, epoch),
            Output::Event(event) => self.event(side, id, event),
            other => panic!("unknown output {other:?}"),
        }
    }

    fn open(&mut self, side: usize, id: u64, epoch: rejoin_proto::id::Epoch, role: Role) {
        let tracks = self.sides[side].tracks;
        let Some(agent) = self.sides[side].agent(id) else { return };
        assert_eq!(agent.link.role(), Some(role));
        assert!(agent.pcs.len() < 2, "three connections at once");
        assert!(agent.pcs.iter().all(|(old, _)| *old < epoch), "an epoch that is not new");
        self.coverage.add(if agent.pcs.is_empty() { "opened" } else { "opened beside the last" });
        let fate = Fate::draw(&self.plan, &mut self.rng, self.coverage);
        let pc = self.engine.open(side, id, epoch, tracks, fate);
        if let Some(agent) = self.sides[side].agent(id) {
            agent.pcs.push((epoch, pc));
        }
        let due = self.engine.begin(pc, &mut self.rng);
        self.add_due(due);
        if self.rng.f64() < self.plan.refuse / 4.0 {
            self.coverage.add("constructor refused");
            let event = BrowserEvent::ActionFailed { action: Action::Open, error: "out of connections".to_owned() };
            self.engine.pcs[pc].refused = true;
            self.engine.pcs[pc].fate.never_up = true;
            let now = self.at();
            if let Some(agent) = self.sides[side].agent(id) {
                agent.link.handle_browser(epoch, event, now);
            }
        }
    }

    fn call(&mut self, side: usize, id: u64, epoch: rejoin_proto::id::Epoch, op: Op) {
        let pc = self.sides[side]
            .agent(id)
            .and_then(|agent| agent.pcs.iter().find(|(of, _)| *of == epoch))
            .map(|(_, pc)| *pc);
        let Some(pc) = pc else { panic!("an action on epoch {epoch}, which is not open") };
        let due = self.engine.call(pc, op, &mut self.rng);
        self.add_due(due);
    }

    fn close(&mut self, side: usize, id: u64, epoch: rejoin_proto::id::Epoch) {
        let Some(agent) = self.sides[side].agent(id) else { return };
        let Some(place) = agent.pcs.iter().position(|(of, _)| *of == epoch) else {
            panic!("epoch {epoch} is closed and was not open")
        };
        let (_, pc) = agent.pcs.remove(place);
        let due = self.engine.close(pc, &mut self.rng, self.coverage);
        self.add_due(due);
    }

    fn event(&mut self, side: usize, id: u64, event: LinkEvent) {
        let Some(agent) = self.sides[side].agent(id) else { return };
        assert!(!agent.over, "an event after the end: {event:?}");
        match event {
            LinkEvent::StateChanged(state) => {
                let from = core::mem::replace(&mut agent.shown, state);
                assert_ne!(from, state, "a state that is no change");
                assert!(!matches!(from, LinkState::Closed { .. }), "a state after the end");
                self.coverage.transition(&from, &state);
            }
            LinkEvent::RemoteSources(sources) => {
                let version = sources.0.first().map(|source| source.name.parse().unwrap());
                assert!(agent.heard.is_none() || version > agent.heard, "sources that are out of order or come twice");
                agent.heard = version;
                self.coverage.add("sources told");
            }
            LinkEvent::RemoteReplaced => {
                agent.heard = None;
                self.coverage.add("other side loaded anew");
            }
            LinkEvent::Trouble { reason, .. } => self.coverage.add(reason.as_str()),
            LinkEvent::Closed(reason) => {
                agent.over = true;
                assert!(agent.pcs.is_empty(), "closed with connections open");
                self.coverage.add(match reason {
                    CloseReason::HungUp => "closed: hung up",
                    CloseReason::RemoteHungUp => "closed: the other side hung up",
                    CloseReason::PeerGone => "closed: gone",
                    other => panic!("closed for {other:?}"),
                });
                self.over(side);
            }
            other => panic!("unknown event {other:?}"),
        }
    }

    /// The live link of a side is closed.
    fn over(&mut self, side: usize) {
        let side = &mut self.sides[side];
        let Some(agent) = side.live.take() else { panic!("closed twice") };
        side.retired.retire_link(&agent.link);
        side.draining.push(agent);
    }

    /// Makes a link.
    pub(crate) fn start(&mut self, side: usize) -> u64 {
        let local = Incarnation::from_random(self.rng.u64(..));
        let role = match self.plan.rule {
            Rule::ByIncarnation => RoleRule::ByIncarnation,
            Rule::Fixed(offerer) if offerer == side => RoleRule::Fixed(Role::Offerer),
            Rule::Fixed(_) => RoleRule::Fixed(Role::Answerer),
        };
        let backoff = BackoffConfig::new().with_max_attempts(self.plan.max_attempts[side]);
        // Presence may know what the other side wants to send, and may be wrong.
        let remote_need = if self.rng.bool() { self.sides[1 - side].tracks } else { Need::default() };
        let config = LinkConfig {
            local: local.clone(),
            role,
            remote_need,
            seed: self.rng.u64(..),
            recovery: RecoveryConfig::new().with_backoff(backoff),
        };
        self.agents += 1;
        let (id, now) = (self.agents, self.at());
        let mut link = Link::new(config, now);
        let (carrier, presence) = (self.sides[side].carrier, self.sides[side].presence);
        link.handle_carrier(carrier, now);
        link.handle_presence(presence, now);
        self.log(|| format!("{side}.{id} new link {local}"));
        let shown = *link.state();
        let agent = Agent {
            id,
            link,
            pcs: Vec::new(),
            shown,
            over: false,
            heard: None,
            said: None,
            need: Need::default(),
            sent: 0,
        };
        let place = &mut self.sides[side];
        place.lives.push(local);
        assert!(place.live.is_none(), "two live links");
        place.live = Some(agent);
        self.tell(side);
        id
    }

    /// The shell tells the live link what its side wants to send.
    pub(crate) fn tell(&mut self, side: usize) {
        let now = self.at();
        let place = &mut self.sides[side];
        let (tracks, version) = (place.tracks, place.sources);
        let Some(agent) = &mut place.live else { return };
        agent.need = tracks;
        agent.said = (version > 0).then_some(version);
        agent.link.set_need(tracks, now);
        if version > 0 {
            let source = Source { name: version.to_string(), ..Source::default() };
            agent.link.set_sources(Sources(vec![source]), now);
        }
        let (id, pcs) = (agent.id, agent.pcs.clone());
        for (_, pc) in pcs {
            let due = self.engine.set_tracks(pc, tracks, &mut self.rng);
            self.add_due(due);
        }
        self.drive(side, id);
    }

    fn send(&mut self, from: usize, message: LinkMessage) {
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
