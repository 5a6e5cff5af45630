//! The same peer again, in a page that is loaded anew.

use super::Session;
#[cfg(doc)]
use crate::session::Identity;
use crate::session::phase::Phase;
use crate::session::{Claim, Output, identity};
use crate::time::Instant;

impl Session {
    /// Whom this page is, as [`Identity::read`] takes it: to be stored for the page that is loaded in its place.
    pub fn identity(&self) -> Option<String> {
        Some(identity::text(self.peer.as_ref()?, self.resume.as_ref()?))
    }

    /// What came of [`Output::Claim`].
    pub fn handle_claim(&mut self, claim: Claim, now: Instant) {
        // Claiming --claimed, or late--> Dialing
        if let Phase::Claiming { .. } = self.phase {
            if claim == Claim::Refused {
                (self.peer, self.resume) = (None, None);
            }
            self.dial(now);
        }
    }

    /// The page goes: out of the room with it, unless the others are to wait for the page that is loaded in its place.
    pub fn handle_page_gone(&mut self) {
        if self.config.reload.is_none() {
            self.close();
        }
    }

    /// Where the others are to wait for the page when it is loaded anew, has `output` done.
    pub(super) fn for_reload(&mut self, output: Output) {
        if self.config.reload.is_some() {
            self.outputs.push_back(output);
        }
    }
}
