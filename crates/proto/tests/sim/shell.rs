//! The shell of a side: does what its links say, as the library's own shell does in a browser.

use rejoin_proto::backoff::BackoffConfig;
use rejoin_proto::id::{Epoch, Incarnation};
use rejoin_proto::link::{
    Action, BrowserEvent, CloseReason, IceRestart, Link, LinkConfig, LinkEvent, LinkState, Need, Output,
    RecoveryConfig, Relay, Role, RoleRule, SdpType, Source, Sources,
};

use crate::browser::{Fate, Op};
use crate::plan::Rule;
use crate::side::Agent;
use crate::world::{MAX_STEPS, Thing, World};

impl World<'_> {
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
                self.send_in_band(side, id, &message);
                self.send(side, message);
            }
            Output::Open { epoch, role } => self.open(side, id, epoch, role),
            Output::SetLocalDescription { epoch, kind, need, ice_restart } => {
                if kind == SdpType::Offer {
                    let role = self.sides[side].agent(id).and_then(|agent| agent.link.role());
                    assert_eq!(role, Some(Role::Offerer), "the answerer offers");
                }
                if ice_restart == IceRestart::Relay {
                    self.coverage.add("restart with relayed candidates");
                }
                let restart = ice_restart != IceRestart::No;
                self.call(side, id, epoch, Op::Local { kind: Some(kind), need, restart });
            }
            Output::SetRemoteDescription { epoch, description } => self.call(side, id, epoch, Op::Remote(description)),
            Output::AddCandidate { epoch, candidate } => self.call(side, id, epoch, Op::Candidate(candidate)),
            Output::Rollback { .. } => panic!("between two links nothing is rolled back"),
            Output::Beat { epoch, beat } => {
                let pc = self.pc(side, id, epoch);
                self.send_beat(pc, beat);
            }
            Output::CountBytes { epoch } => {
                let pc = self.pc(side, id, epoch);
                let takes = self.rng.u64(1..20);
                self.add_in(takes, Thing::Bytes(pc));
            }
            Output::Close { epoch } => self.close(side, id, epoch),
            Output::Event(event) => self.event(side, id, event),
            other => panic!("unknown output {other:?}"),
        }
    }

    fn open(&mut self, side: usize, id: u64, epoch: Epoch, role: Role) {
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

    fn call(&mut self, side: usize, id: u64, epoch: Epoch, op: Op) {
        let pc = self.pc(side, id, epoch);
        let due = self.engine.call(pc, op, &mut self.rng);
        self.add_due(due);
    }

    fn pc(&mut self, side: usize, id: u64, epoch: Epoch) -> usize {
        let pc = self.sides[side]
            .agent(id)
            .and_then(|agent| agent.pcs.iter().find(|(of, _)| *of == epoch))
            .map(|(_, pc)| *pc);
        let Some(pc) = pc else { panic!("an action on epoch {epoch}, which is not open") };
        pc
    }

    fn close(&mut self, side: usize, id: u64, epoch: Epoch) {
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
            relay: if self.rng.bool() { Relay::Available } else { Relay::Unavailable },
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
}
