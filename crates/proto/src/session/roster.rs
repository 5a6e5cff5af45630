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
            Ok(_) => {
                if peer.suspended {
                    self.suspend(&peer.peer, tell);
                } else if self.set_suspended(&peer.peer, false) {
                    tell(SessionEvent::PeerResumed { peer: peer.peer.clone() });
                }
                self.inform(&peer.peer, peer.info, tell);
            }
        }
        Ok(())
    }

    /// Takes that a peer has a new socket, which is told even where the old one was not known to be lost.
    pub(super) fn resume(
        &mut self,
        peer: PeerId,
        info: Option<String>,
        tell: &mut impl FnMut(SessionEvent),
    ) -> Result<(), Violation> {
        if self.find(&peer).is_err() {
            return self.put(RemotePeer { peer, info, suspended: false }, tell);
        }
        self.set_suspended(&peer, false);
        tell(SessionEvent::PeerResumed { peer: peer.clone() });
        self.inform(&peer, info, tell);
        Ok(())
    }

    pub(super) fn suspend(&mut self, peer: &PeerId, tell: &mut impl FnMut(SessionEvent)) {
        if self.set_suspended(peer, true) {
            tell(SessionEvent::PeerSuspended { peer: peer.clone() });
        }
    }

    pub(super) fn inform(&mut self, peer: &PeerId, info: Option<String>, tell: &mut impl FnMut(SessionEvent)) {
        if let Some(known) = self.get_mut(peer)
            && known.info != info
        {
            known.info.clone_from(&info);
            tell(SessionEvent::PeerInfo { peer: peer.clone(), info });
        }
    }

    pub(super) fn leave(&mut self, peer: &PeerId, reason: LeaveReason, tell: &mut impl FnMut(SessionEvent)) {
        if let Ok(at) = self.find(peer) {
            let gone = self.peers.remove(at);
            tell(SessionEvent::PeerLeft { peer: gone.peer, reason: Some(reason) });
        }
    }

    /// Whether that was a change.
    fn set_suspended(&mut self, peer: &PeerId, suspended: bool) -> bool {
        self.get_mut(peer).is_some_and(|known| core::mem::replace(&mut known.suspended, suspended) != suspended)
    }

    fn find(&self, peer: &PeerId) -> Result<usize, usize> {
        self.peers.binary_search_by(|known| known.peer.cmp(peer))
    }

    fn get_mut(&mut self, peer: &PeerId) -> Option<&mut RemotePeer> {
        let at = self.find(peer).ok()?;
        self.peers.get_mut(at)
    }
}
