//! The connections of one link, and what it asks of them: as the library's own shell does it in a browser.

use fastrand::Rng;
use rejoin_proto::id::Epoch;
use rejoin_proto::link::{Action, BrowserEvent, IceRestart, Need, Output, Role, SdpType};

use crate::browser::{Fate, Op};
use crate::coverage::Coverage;
use crate::engine::{Due, Engine};
use crate::plan::Plan;

/// The browsers, and what decides over their fate.
pub(crate) struct Browsers<'a> {
    pub(crate) engine: &'a mut Engine,
    pub(crate) plan: &'a Plan,
    pub(crate) rng: &'a mut Rng,
    pub(crate) coverage: &'a mut Coverage,
}

/// The connections that are open, by epoch.
#[derive(Debug)]
pub(crate) struct Connections {
    side: usize,
    /// The number of the link in its world.
    owner: u64,
    open: Vec<(Epoch, usize)>,
}

/// What comes of an action: what the browser will do, and the failure that the link is told at once.
pub(crate) type Carried = (Due, Option<(Epoch, BrowserEvent)>);

impl Connections {
    pub(crate) const fn new(side: usize, owner: u64) -> Self {
        Self { side, owner, open: Vec::new() }
    }

    pub(crate) fn pcs(&self) -> impl Iterator<Item = usize> {
        self.open.iter().map(|(_, pc)| *pc)
    }

    pub(crate) fn newest(&self) -> Option<(Epoch, usize)> {
        self.open.last().copied()
    }

    pub(crate) const fn count(&self) -> usize {
        self.open.len()
    }

    pub(crate) fn pc(&self, epoch: Epoch) -> usize {
        let pc = self.open.iter().find(|(of, _)| *of == epoch).map(|(_, pc)| *pc);
        pc.unwrap_or_else(|| panic!("an action on epoch {epoch}, which is not open"))
    }

    /// Does what a link of this role asks of the browser.
    pub(crate) fn carry_out(
        &mut self,
        output: Output,
        role: Option<Role>,
        tracks: Need,
        browsers: &mut Browsers<'_>,
    ) -> Carried {
        let (epoch, op) = match output {
            Output::Open { epoch, role: asked } => {
                assert_eq!(role, Some(asked));
                return self.open(epoch, tracks, browsers);
            }
            Output::Close { epoch } => return (self.close(epoch, browsers), None),
            Output::SetLocalDescription { epoch, kind, need, ice_restart } => {
                assert!(kind != SdpType::Offer || role == Some(Role::Offerer), "the answerer offers");
                if ice_restart == IceRestart::Relay {
                    browsers.coverage.add("restart with relayed candidates");
                }
                (epoch, Op::Local { kind: Some(kind), need, restart: ice_restart != IceRestart::No })
            }
            Output::SetRemoteDescription { epoch, description } => (epoch, Op::Remote(description)),
            Output::AddCandidate { epoch, candidate } => (epoch, Op::Candidate(candidate)),
            Output::Rollback { .. } => panic!("between two links nothing is rolled back"),
            other => panic!("unknown output {other:?}"),
        };
        (browsers.engine.call(self.pc(epoch), op, browsers.rng), None)
    }

    fn open(&mut self, epoch: Epoch, tracks: Need, browsers: &mut Browsers<'_>) -> Carried {
        let Browsers { engine, plan, rng, coverage } = browsers;
        assert!(self.open.len() < 2, "three connections at once");
        assert!(self.open.iter().all(|(old, _)| *old < epoch), "an epoch that is not new");
        coverage.add(if self.open.is_empty() { "opened" } else { "opened beside the last" });
        let fate = Fate::draw(plan, rng, coverage);
        let pc = engine.open(self.side, self.owner, epoch, tracks, fate);
        self.open.push((epoch, pc));
        let due = engine.begin(pc, rng);
        if rng.f64() >= plan.refuse / 4.0 {
            return (due, None);
        }
        coverage.add("constructor refused");
        engine.pcs[pc].refused = true;
        engine.pcs[pc].fate.never_up = true;
        (
            due,
            Some((epoch, BrowserEvent::ActionFailed { action: Action::Open, error: "out of connections".to_owned() })),
        )
    }

    fn close(&mut self, epoch: Epoch, browsers: &mut Browsers<'_>) -> Due {
        let pc = self.pc(epoch);
        self.open.retain(|(of, _)| *of != epoch);
        browsers.engine.close(pc, browsers.rng, browsers.coverage)
    }
}
