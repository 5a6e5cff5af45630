//! The same peer again, in a page that is loaded anew.

use super::Session;
use crate::id::PeerId;
use crate::session::phase::Phase;
use crate::session::{Claim, Identity, Output};
use crate::time::Instant;

impl Session {
    /// What came of [`Output::Claim`]. Whether the session is that peer: else let go of what is held.
    pub fn handle_claim(&mut self, peer: &PeerId, claim: Claim, now: Instant) -> bool {
        let wanted = self.peer.as_ref() == Some(peer) && !matches!(self.phase, Phase::Closed);
        match self.phase {
            Phase::Claiming { .. } => self.claimed(claim, now),
            _ if wanted && claim == Claim::Held => {
                self.held = true;
                self.keep();
            }
            _ => {}
        }
        self.held && wanted
    }

    /// The page goes: out of the room with it, unless the others are to wait for the page that is loaded in its place.
    pub fn handle_page_gone(&mut self) {
        if self.config.reload.is_none() {
            self.close();
        }
    }

    /// Claiming --claimed, or late--> Dialing
    pub(super) fn claimed(&mut self, claim: Claim, now: Instant) {
        self.held = claim == Claim::Held;
        if !self.held {
            (self.peer, self.resume) = (None, None);
        }
        self.dial(now);
    }

    /// Lets the page be the same peer when it is loaded anew, if that is wanted and nobody else is that peer.
    pub(super) fn keep(&mut self) {
        let (Some(_), Some(peer), Some(resume)) = (self.config.reload, &self.peer, &self.resume) else { return };
        let peer = peer.clone();
        self.outputs.push_back(if self.held {
            Output::Keep(Identity { peer, resume: resume.clone() })
        } else {
            Output::Claim(peer)
        });
    }
}
