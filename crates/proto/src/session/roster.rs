//! Who is in the room, as far as the server has told.

use crate::id::PeerId;
use crate::relay::{LeaveReason, RemotePeer};
use crate::time::Instant;

use super::{SessionEvent, Violation};

/// The most peers that are kept; a server that names more is not believed.
pub const MAX_PEERS: usize = 1024;

/// The other peers of the room, in the order of their ids. Every change is also an event.
#[derive(Debug, Default)]
pub(super) struct Roster {
    peers: Vec<RemotePeer>,
    /// Those a server that came back, or that we came back to, does not know (yet), and when they are given up.
    missing: Vec<(PeerId, Instant)>,
}

impl Roster {
    pub(super) fn peers(&self) -> &[RemotePeer] {
        &self.peers
    }

    /// Takes the server's whole list, and tells the difference to what was known.
    ///
    /// Who is not on it may just not be back yet, after a restart of the server: it counts as suspended until `give_up`.
    pub(super) fn reconcile(
        &mut self,
        mut now: Vec<RemotePeer>,
        give_up: Instant,
        tell: &mut dyn FnMut(SessionEvent),
    ) -> Result<(), Violation> {
        let result = if now.len() > MAX_PEERS { Err(Violation::RosterFull) } else { Ok(()) };
        now.truncate(MAX_PEERS);
        // Looked up one by one: bounded as it is, this is quick, and sorting costs code.
        for old in &mut self.peers {
            if now.iter().any(|peer| peer.peer == old.peer) {
                continue;
            }
            if !core::mem::replace(&mut old.suspended, true) {
                tell(SessionEvent::PeerSuspended(old.clone()));
            }
            if !self.missing.iter().any(|(peer, _)| *peer == old.peer) {
                self.missing.push((old.peer.clone(), give_up));
            }
        }
        for peer in now {
            self.put(peer, tell)?;
        }
        result
    }

    /// When [`give_up`](Self::give_up) has something to do.
    pub(super) fn timeout(&self) -> Option<Instant> {
        self.missing.iter().map(|(_, until)| *until).min()
    }

    /// Those who are still missing when their time has come have left.
    pub(super) fn give_up(&mut self, now: Instant, tell: &mut dyn FnMut(SessionEvent)) {
        while let Some(at) = self.missing.iter().position(|(_, until)| *until <= now) {
            let (peer, _) = self.missing.swap_remove(at);
            self.leave(&peer, LeaveReason::Expired, tell);
        }
    }

    /// Takes what the server says about one peer, and tells the difference.
    pub(super) fn put(&mut self, peer: RemotePeer, tell: &mut dyn FnMut(SessionEvent)) -> Result<(), Violation> {
        self.missing.retain(|(missing, _)| *missing != peer.peer);
        match self.find(&peer.peer) {
            Err(_) if self.peers.len() >= MAX_PEERS => return Err(Violation::RosterFull),
            Err(at) => {
                self.peers.insert(at, peer.clone());
                tell(SessionEvent::PeerJoined(peer));
            }
            Ok(at) => {
                let Some(known) = self.peers.get_mut(at) else { return Ok(()) };
                let before = core::mem::replace(known, peer.clone());
                match (before.suspended, peer.suspended) {
                    (false, true) => tell(SessionEvent::PeerSuspended(peer.clone())),
                    (true, false) => tell(SessionEvent::PeerResumed(peer.clone())),
                    (false, false) | (true, true) => {}
                }
                if before.info != peer.info {
                    tell(SessionEvent::PeerInfo(peer));
                }
            }
        }
        Ok(())
    }

    /// Takes that a peer has a new socket, which is told even where the old one was not known to be lost.
    pub(super) fn resume(&mut self, peer: RemotePeer, tell: &mut dyn FnMut(SessionEvent)) -> Result<(), Violation> {
        if let Ok(at) = self.find(&peer.peer)
            && let Some(known) = self.peers.get_mut(at)
        {
            known.suspended = true;
        }
        self.put(peer, tell)
    }

    /// Takes a change of a peer, if it is known.
    pub(super) fn change(
        &mut self,
        peer: &PeerId,
        change: impl FnOnce(&mut RemotePeer),
        tell: &mut dyn FnMut(SessionEvent),
    ) -> Result<(), Violation> {
        let known = self.find(peer).ok().and_then(|at| self.peers.get(at)).cloned();
        let Some(mut peer) = known else { return Ok(()) };
        change(&mut peer);
        self.put(peer, tell)
    }

    pub(super) fn leave(&mut self, peer: &PeerId, reason: LeaveReason, tell: &mut dyn FnMut(SessionEvent)) {
        self.missing.retain(|(missing, _)| missing != peer);
        if let Ok(at) = self.find(peer) {
            let gone = self.peers.remove(at);
            tell(SessionEvent::PeerLeft { peer: gone.peer, reason });
        }
    }

    fn find(&self, peer: &PeerId) -> Result<usize, usize> {
        self.peers.binary_search_by(|known| known.peer.cmp(peer))
    }
}
