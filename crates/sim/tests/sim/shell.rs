//! The shell of a side: does what its links say, as the library's own shell does in a browser.

use rejoin_proto::backoff::BackoffConfig;
use rejoin_proto::id::{Epoch, Incarnation};
use rejoin_proto::link::{
    CloseReason, Link, LinkConfig, LinkEvent, Need, Output, RecoveryConfig, Relay, Role, RoleRule, Source, Sources,
};

use crate::connections::{Browsers, Connections};
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
            Output::Beat { epoch, beat } => {
                let pc = self.pc(side, id, epoch);
                self.send_beat(pc, beat);
            }
            Output::CountBytes { epoch } => {
                let pc = self.pc(side, id, epoch);
                let takes = self.rng.u64(1..20);
                self.add_in(takes, Thing::Bytes(pc));
            }
            Output::Event(event) => self.event(side, id, event),
            other => self.carry_out(side, id, other),
        }
    }

    fn carry_out(&mut self, side: usize, id: u64, output: Output) {
        let (tracks, now) = (self.sides[side].tracks, self.at());
        let Some(agent) = self.sides[side].agent(id) else { return };
        let mut browsers =
            Browsers { engine: &mut self.engine, plan: &self.plan, rng: &mut self.rng, coverage: self.coverage };
        let (due, failed) = agent.pcs.carry_out(output, agent.link.role(), tracks, &mut browsers);
        if let Some((epoch, event)) = failed {
            agent.link.handle_browser(epoch, event, now);
        }
        self.add_due(due);
    }

    fn pc(&mut self, side: usize, id: u64, epoch: Epoch) -> usize {
        self.sides[side].agent(id).map_or(0, |agent| agent.pcs.pc(epoch))
    }

    fn event(&mut self, side: usize, id: u64, event: LinkEvent) {
        let Some(agent) = self.sides[side].agent(id) else { return };
        assert!(!agent.over, "an event after the end: {event:?}");
        match event {
            LinkEvent::StateChanged(state) => {
                let from = core::mem::replace(&mut agent.shown, state);
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
                assert_eq!(agent.pcs.count(), 0, "closed with connections open");
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
        link.set_replaceable(self.plan.replaceable[side]);
        self.log(|| format!("{side}.{id} new link {local}"));
        let shown = *link.state();
        let agent = Agent {
            id,
            link,
            pcs: Connections::new(side, id),
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
        let (id, pcs) = (agent.id, agent.pcs.pcs().collect::<Vec<_>>());
        for pc in pcs {
            let due = self.engine.set_tracks(pc, tracks, &mut self.rng);
            self.add_due(due);
        }
        self.drive(side, id);
    }
}
