//! Who is in the room, as far as the server has told.

use crate::id::PeerId;
use crate::relay::{LeaveReason, RemotePeer};

use super::{SessionEvent, Violation};

/// The most peers that are kept; a server that names more is not believed.
pub const MAX_PEERS: usize = 1024;

/// The other peers of the room, in the order of their ids. Every change is also an event.
#[derive(Debug, Default)]
pub(super) struct Roster {
    peers: Vec<RemotePeer>,
}

impl Roster {
    pub(super) fn peers(&self) -> &[RemotePeer] {
        &self.peers
    }

    /// Takes the server's whole list, and tells the difference to what was known.
    pub(super) fn reconcile(
        &mut self,
        mut now: Vec<RemotePeer>,
        tell: &mut impl FnMut(SessionEvent),
    ) -> Result<(), Violation> {
        let result = if now.len() > MAX_PEERS { Err(Violation::RosterFull) } else { Ok(()) };
        now.truncate(MAX_PEERS);
        // Looked up one by one: bounded as it is, this is quick, and sorting costs code.
        self.peers.retain(|old| {
            let stays = now.iter().any(|peer| peer.peer == old.peer);
            if !stays {
                tell(SessionEvent::PeerLeft { peer: old.peer.clone(), reason: None });
            }
            stays
        });
        for peer in now {
            self.put(peer, tell)?;
        }
        result
    }

    /// Takes what the server says about one peer, and tells the difference.
    pub(super) fn put(&mut self, peer: RemotePeer, tell: &mut impl FnMut(SessionEvent)) -> Result<(), Violation> {
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
    pub(super) fn resume(&mut self, peer: RemotePeer, tell: &mut impl FnMut(SessionEvent)) -> Result<(), Violation> {
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
        tell: &mut impl FnMut(SessionEvent),
    ) -> Result<(), Violation> {
        let known = self.find(peer).ok().and_then(|at| self.peers.get(at)).cloned();
        let Some(mut peer) = known else { return Ok(()) };
        change(&mut peer);
        self.put(peer, tell)
    }

    pub(super) fn leave(&mut self, peer: &PeerId, reason: LeaveReason, tell: &mut impl FnMut(SessionEvent)) {
        if let Ok(at) = self.find(peer) {
            let gone = self.peers.remove(at);
            tell(SessionEvent::PeerLeft { peer: gone.peer, reason: Some(reason) });
        }
    }

    fn find(&self, peer: &PeerId) -> Result<usize, usize> {
        self.peers.binary_search_by(|known| known.peer.cmp(peer))
    }
}
