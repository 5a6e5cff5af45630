//! The browsers of a world: runs the operations chains, gathers, connects, cuts.
//!
//! What a connection does comes out as [`Happened`], for the world to hand to whoever owns it.

use std::cmp::Reverse;
use std::collections::BinaryHeap;

use fastrand::Rng;
use rejoin_proto::ice::IceCandidate;
use rejoin_proto::id::Epoch;
use rejoin_proto::link::{Action, BrowserEvent, InternalChannel, Need};
use rejoin_proto::state::{ConnectionState, SignalingState};

use crate::browser::{Done, Fate, Op, Pc, ufrag};
use crate::coverage::Coverage;
use crate::path::Silence;
use crate::plan::Plan;

/// Things that will happen, in the order of their time.
#[derive(Debug)]
pub(crate) struct Agenda<T> {
    heap: BinaryHeap<Reverse<(u64, u64)>>,
    things: std::collections::BTreeMap<u64, T>,
    next: u64,
}

impl<T> Agenda<T> {
    pub(crate) fn new() -> Self {
        Self { heap: BinaryHeap::new(), things: std::collections::BTreeMap::new(), next: 0 }
    }

    pub(crate) fn add(&mut self, at: u64, thing: T) {
        self.heap.push(Reverse((at, self.next)));
        self.things.insert(self.next, thing);
        self.next += 1;
    }

    pub(crate) fn next_time(&self) -> Option<u64> {
        self.heap.peek().map(|Reverse((at, _))| *at)
    }

    pub(crate) fn pop(&mut self) -> Option<T> {
        let Reverse((_, number)) = self.heap.pop()?;
        self.things.remove(&number)
    }
}

/// Something in the inside of a browser.
#[derive(Debug, Clone)]
pub(crate) enum Inside {
    OperationDone,
    /// In this generation.
    Found(u32, Option<u32>),
    NegotiationNeeded,
    State(ConnectionState),
    ChannelOpen,
    ChannelClosed,
    /// The other end is gone, and it is seen only now.
    PathLost,
    /// What a silence that lasts until then leads to.
    Silence(Silence, u64),
}

/// What the owner of a connection is told.
#[derive(Debug)]
pub(crate) struct Happened {
    pub(crate) side: usize,
    pub(crate) owner: u64,
    pub(crate) epoch: Epoch,
    pub(crate) event: BrowserEvent,
}

#[derive(Debug)]
pub(crate) struct Engine {
    pub(crate) pcs: Vec<Pc>,
    pub(crate) now: u64,
}

pub(crate) type Due = Vec<(u64, usize, Inside)>;

impl Engine {
    pub(crate) fn new() -> Self {
        Self { pcs: Vec::new(), now: 0 }
    }

    pub(crate) fn open(&mut self, side: usize, owner: u64, epoch: Epoch, tracks: Need, fate: Fate) -> usize {
        let id = self.pcs.len();
        self.pcs.push(Pc::new(id, side, owner, epoch, tracks, fate));
        id
    }

    /// The page has made its channels: `negotiationneeded` follows, if nobody does anything before.
    pub(crate) fn begin(&mut self, id: usize, rng: &mut Rng) -> Due {
        self.check_needed(id, rng)
    }

    /// The page calls a method.
    pub(crate) fn call(&mut self, id: usize, op: Op, rng: &mut Rng) -> Due {
        let pc = &mut self.pcs[id];
        pc.chain.push_back(op);
        if pc.busy {
            return Vec::new();
        }
        pc.busy = true;
        vec![(rng.u64(0..8), id, Inside::OperationDone)]
    }

    /// The other end of a connection over which data flows.
    pub(crate) fn opposite(&self, id: usize) -> Option<usize> {
        let flows = |pc: &Pc| pc.open && pc.connected && !pc.fate.no_channel;
        let pc = Some(&self.pcs[id]).filter(|pc| flows(pc))?;
        let other = &self.pcs[pc.remote?];
        (flows(other) && other.remote == Some(id)).then_some(other.id)
    }

    /// The page adds or removes tracks.
    pub(crate) fn set_tracks(&mut self, id: usize, tracks: Need, rng: &mut Rng) -> Due {
        self.pcs[id].tracks = tracks;
        self.check_needed(id, rng)
    }

    /// The page closes a connection, or is closed itself.
    pub(crate) fn close(&mut self, id: usize, rng: &mut Rng, coverage: &mut Coverage) -> Due {
        let pc = &mut self.pcs[id];
        pc.open = false;
        let (connected, remote) = (pc.connected, pc.remote);
        let Some(remote) = remote.filter(|remote| self.pcs[*remote].open && self.pcs[*remote].remote == Some(id))
        else {
            return Vec::new();
        };
        self.pcs[remote].fate.never_up = true;
        if !connected && !self.pcs[remote].connected {
            return Vec::new();
        }
        // Quirk 4: mostly the channel tells within milliseconds, else it takes seconds.
        if rng.u8(..10) < 7 {
            coverage.add("close seen by the channel");
            vec![(rng.u64(1..3), remote, Inside::ChannelClosed)]
        } else {
            coverage.add("close seen late");
            vec![(rng.u64(5_000..12_000), remote, Inside::PathLost)]
        }
    }

    pub(crate) fn inside(
        &mut self,
        id: usize,
        inside: Inside,
        plan: &Plan,
        rng: &mut Rng,
        coverage: &mut Coverage,
    ) -> (Vec<Happened>, Due) {
        let pc = &mut self.pcs[id];
        if !pc.open {
            return (Vec::new(), Vec::new());
        }
        let mut due = Vec::new();
        let event = match inside {
            Inside::OperationDone => return self.operation_done(id, plan, rng, coverage),
            Inside::Found(ice, number) => Some(BrowserEvent::Candidate(number.map(|number| IceCandidate {
                candidate: number.to_string(),
                sdp_mid: Some("0".to_owned()),
                sdp_m_line_index: Some(0),
                username_fragment: Some(ufrag(id, ice)),
            }))),
            Inside::NegotiationNeeded => {
                // What the specification says: at the time of firing it must still be true.
                let fire = pc.needed && pc.needs_negotiation();
                if !fire {
                    pc.needed = false;
                }
                fire.then_some(BrowserEvent::NegotiationNeeded)
            }
            Inside::State(state) if pc.fate.silent && state == ConnectionState::Connected => None,
            Inside::State(state) => {
                if rng.f64() < plan.unknown_state {
                    coverage.add("connectionState of an unknown name");
                    due.push((rng.u64(0..5), id, Inside::State(ConnectionState::from_name("frozen"))));
                }
                Some(BrowserEvent::ConnectionState(state))
            }
            Inside::ChannelOpen => {
                (!pc.fate.no_channel).then_some(BrowserEvent::InternalChannel(InternalChannel::Open))
            }
            Inside::ChannelClosed => {
                due.push((rng.u64(5_000..11_000), id, Inside::PathLost));
                Some(BrowserEvent::InternalChannel(InternalChannel::Closed))
            }
            Inside::Silence(what, until) => self.silence_goes_on(id, what, until, rng, &mut due),
            Inside::PathLost => {
                due.push((rng.u64(10_000..20_000), id, Inside::State(ConnectionState::Failed)));
                Some(BrowserEvent::ConnectionState(ConnectionState::Disconnected))
            }
        };
        (event.map(|event| self.happened(id, event)).into_iter().collect(), due)
    }

    fn operation_done(
        &mut self,
        id: usize,
        plan: &Plan,
        rng: &mut Rng,
        coverage: &mut Coverage,
    ) -> (Vec<Happened>, Due) {
        let mut due = Vec::new();
        let refuse = rng.f64() < plan.refuse;
        let done = if refuse {
            let pc = &mut self.pcs[id];
            pc.refused = true;
            coverage.add("action refused");
            let action = match pc.chain.pop_front() {
                Some(Op::Local { .. }) => Action::SetLocalDescription,
                Some(Op::Remote(_)) => Action::SetRemoteDescription,
                Some(Op::Candidate(candidate)) => {
                    pc.lost.extend(candidate.and_then(|candidate| candidate.candidate.parse::<u32>().ok()));
                    Action::AddCandidate
                }
                Some(Op::Rollback) => Action::Rollback,
                None => panic!("an operation ended that was not begun"),
            };
            Done::Failed(action, "OperationError: by chance")
        } else {
            let wedge = rng.bool();
            let done = self.pcs[id].execute(wedge);
            if let Done::Failed(_, error) = &done {
                if error.starts_with("InvalidStateError") {
                    coverage.add("action in the wrong state");
                }
                if error.starts_with("OperationError: RTP") {
                    coverage.add("glare of different kinds");
                }
            }
            done
        };
        let pc = &mut self.pcs[id];
        if pc.gathering && pc.gathered_ice != Some(pc.ice) && !pc.wedged {
            let (count, ice) = (rng.u32(1..5), pc.ice);
            pc.gathered_ice = Some(ice);
            pc.gathered = count;
            let mut at = 0;
            for number in 0..count {
                at += rng.u64(0..20);
                due.push((at, id, Inside::Found(ice, Some(number))));
            }
            due.push((at + rng.u64(0..50), id, Inside::Found(ice, None)));
        }
        pc.busy = !pc.chain.is_empty();
        if pc.busy {
            due.push((rng.u64(0..8), id, Inside::OperationDone));
        }
        let event = match done {
            Done::Local(description) => Some(BrowserEvent::LocalDescription(description)),
            Done::RemoteSet => Some(BrowserEvent::RemoteDescriptionSet),
            Done::Added | Done::RolledBack => None,
            Done::Failed(action, error) => Some(BrowserEvent::ActionFailed { action, error: error.to_owned() }),
        };
        let stable = self.pcs[id].signaling == SignalingState::Stable;
        if stable && matches!(event, Some(BrowserEvent::LocalDescription(_) | BrowserEvent::RemoteDescriptionSet)) {
            self.pcs[id].needed = false;
        }
        due.extend(self.check_needed(id, rng));
        due.extend(self.try_to_connect(id, rng));
        due.extend(self.try_to_restart(id, coverage));
        (event.map(|event| self.happened(id, event)).into_iter().collect(), due)
    }

    fn check_needed(&mut self, id: usize, rng: &mut Rng) -> Due {
        let pc = &mut self.pcs[id];
        if !pc.open || pc.needed || !pc.needs_negotiation() {
            return Vec::new();
        }
        pc.needed = true;
        vec![(rng.u64(0..3), id, Inside::NegotiationNeeded)]
    }

    /// Two ends that have each other's descriptions, and one of them a candidate of the other, connect.
    fn try_to_connect(&mut self, id: usize, rng: &mut Rng) -> Due {
        let Some(remote) = self.pcs[id].remote else { return Vec::new() };
        let (a, b) = (&self.pcs[id], &self.pcs[remote]);
        let ready = |pc: &Pc, other: usize| {
            pc.open && pc.remote == Some(other) && pc.gathering && !pc.connecting && !pc.fate.never_up && !pc.wedged
        };
        let described = a.signaling == SignalingState::Stable && b.signaling == SignalingState::Stable;
        let reachable = !a.added.is_empty() || !b.added.is_empty();
        if !(ready(a, remote) && ready(b, id) && described && reachable) {
            return Vec::new();
        }
        let mut due = Vec::new();
        let at = rng.u64(5..200);
        for end in [id, remote] {
            self.pcs[end].connecting = true;
            self.pcs[end].connected = true;
            // Chromium says that the channel is open before it says `connected`, or even `connecting`.
            let connecting = if rng.u8(..4) == 0 { at + rng.u64(0..20) } else { rng.u64(0..5) };
            let connected = connecting.max(at + rng.u64(0..20));
            due.push((connecting, end, Inside::State(ConnectionState::Connecting)));
            due.push((connected, end, Inside::State(ConnectionState::Connected)));
            due.push((at + rng.u64(0..50), end, Inside::ChannelOpen));
        }
        due
    }

    /// Something happens to a live connection.
    pub(crate) fn cut(&mut self, rng: &mut Rng, coverage: &mut Coverage) -> Due {
        let live: Vec<_> = self.pcs.iter().filter(|pc| pc.open && pc.connected).map(|pc| (pc.id, pc.remote)).collect();
        if live.is_empty() {
            return Vec::new();
        }
        let (id, remote) = live[rng.usize(..live.len())];
        let ends: Vec<_> = [Some(id), remote.filter(|_| rng.u8(..4) > 0)].into_iter().flatten().collect();
        let kind = rng.u8(..4);
        coverage.add(["path lost for a moment", "path lost", "channel closed", "connection failed"][usize::from(kind)]);
        let back = rng.u64(20..9_000);
        let mut due = Vec::new();
        for end in ends {
            match kind {
                0 => {
                    due.push((rng.u64(0..20), end, Inside::State(ConnectionState::Disconnected)));
                    due.push((back, end, Inside::State(ConnectionState::Connected)));
                }
                1 => due.push((rng.u64(0..6_000), end, Inside::PathLost)),
                2 => due.push((rng.u64(0..20), end, Inside::ChannelClosed)),
                _ => due.push((rng.u64(0..500), end, Inside::State(ConnectionState::Failed))),
            }
        }
        due
    }

    pub(crate) fn happened(&self, id: usize, event: BrowserEvent) -> Happened {
        let pc = &self.pcs[id];
        Happened { side: pc.side, owner: pc.owner, epoch: pc.epoch, event }
    }
}
