//! Connections over which nothing comes for a while, as when a cable is pulled: nobody is told at once.
//!
//! Measured: Chromium says `disconnected` after 6 to 7 seconds and `failed` after 16, Firefox after 7 to 10 and 28; back by itself
//! Chromium is at once, Firefox after some seconds; a connection that has failed is not brought back by a restart.

use fastrand::Rng;
use rejoin_proto::link::{BrowserEvent, InternalChannel};
use rejoin_proto::state::{ConnectionState, SignalingState};

use crate::coverage::Coverage;
use crate::engine::{Due, Engine, Inside};

/// What happens while nothing comes, and after it.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Silence {
    Disconnected,
    Failed,
    Over,
    /// The browser has seen that it is over.
    Back,
}

impl Engine {
    /// Nothing comes by a live connection for a while, at one end or at both.
    pub(crate) fn silence(&mut self, rng: &mut Rng, coverage: &mut Coverage) -> Due {
        let live: Vec<_> = self.pcs.iter().filter(|pc| pc.open && pc.connected).map(|pc| (pc.id, pc.remote)).collect();
        if live.is_empty() {
            return Vec::new();
        }
        let (id, remote) = live[rng.usize(..live.len())];
        let one = rng.u8(..3) == 0;
        coverage.add(if one { "silence at one end" } else { "silence" });
        let time = [rng.u64(100..2_000), rng.u64(2_000..13_000), rng.u64(13_000..60_000)][rng.usize(..3)];
        let until = self.now + time;
        let mut due = Vec::new();
        for end in [Some(id), remote.filter(|_| !one)].into_iter().flatten() {
            self.pcs[end].path.deaf_until = until;
            due.push((rng.u64(6_000..10_000), end, Inside::Silence(Silence::Disconnected, until)));
            due.push((time, end, Inside::Silence(Silence::Over, until)));
        }
        due
    }

    /// Whether anything comes to this end.
    pub(crate) fn hears(&self, id: usize) -> bool {
        let pc = &self.pcs[id];
        pc.path.deaf_until <= self.now && self.opposite(id).is_some()
    }

    /// The bytes that came to this end so far: in a call something always comes.
    pub(crate) fn bytes(&mut self, id: usize) -> u64 {
        if self.hears(id) {
            self.pcs[id].path.bytes = self.now;
        }
        self.pcs[id].path.bytes
    }

    pub(crate) fn silence_goes_on(
        &mut self,
        id: usize,
        what: Silence,
        until: u64,
        rng: &mut Rng,
        due: &mut Due,
    ) -> Option<BrowserEvent> {
        let pc = &mut self.pcs[id];
        if pc.path.deaf_until != until || pc.path.failed {
            return None;
        }
        let state = match what {
            Silence::Disconnected if until <= self.now => return None,
            Silence::Disconnected => {
                pc.path.noticed = true;
                due.push((rng.u64(10_000..18_000), id, Inside::Silence(Silence::Failed, until)));
                ConnectionState::Disconnected
            }
            Silence::Failed if until <= self.now => return None,
            Silence::Failed => {
                pc.path.failed = true;
                ConnectionState::Failed
            }
            Silence::Over => {
                if pc.path.noticed {
                    let back = if rng.bool() { rng.u64(10..50) } else { rng.u64(10..4_000) };
                    due.push((back, id, Inside::Silence(Silence::Back, until)));
                }
                // Quirk 14: after a long one ICE is back and the channel is not.
                let closed = until > 30_000 && rng.u8(..4) == 0;
                return closed.then_some(BrowserEvent::InternalChannel(InternalChannel::Closed));
            }
            Silence::Back => {
                pc.path.noticed = false;
                ConnectionState::Connected
            }
        };
        Some(BrowserEvent::ConnectionState(state))
    }

    /// Two ends that have each other's new generation check it, and are connected as soon as something comes.
    pub(crate) fn try_to_restart(&mut self, id: usize, coverage: &mut Coverage) -> Due {
        let Some(remote) = self.pcs[id].remote else { return Vec::new() };
        let (a, b) = (&self.pcs[id], &self.pcs[remote]);
        let agreed = a.remote_ice == b.ice && b.remote_ice == a.ice && a.connected_ice < a.ice;
        let settled = [a, b]
            .iter()
            .all(|pc| pc.open && pc.connected && !pc.path.failed && pc.signaling == SignalingState::Stable);
        if !(agreed && settled) || b.remote != Some(id) {
            return Vec::new();
        }
        let mut due = Vec::new();
        for end in [id, remote] {
            let pc = &mut self.pcs[end];
            pc.connected_ice = pc.ice;
            let until = pc.path.deaf_until;
            if until > self.now {
                coverage.add("ICE restarted in a silence");
            } else {
                coverage.add("ICE restarted");
                // What was lost by the old path comes by the new one.
                due.push((20, end, Inside::Silence(Silence::Over, until)));
            }
            due.push((1, end, Inside::State(ConnectionState::Connecting)));
        }
        due
    }
}
