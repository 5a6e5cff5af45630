//! Whom a page is, kept for when it is loaded anew.

use crate::id::PeerId;
use crate::relay::Token;
use crate::text::cut;

/// The id of a peer and the resume token that proves it, as one text for the page's storage.
///
/// The text has a secret in it: it is for this tab alone. `Debug` does not show it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Identity {
    /// Who.
    pub peer: PeerId,
    /// The proof.
    pub resume: Token,
}

impl Identity {
    /// From what was stored; `None` where that is anything else.
    pub fn read(stored: &str) -> Option<Self> {
        let (peer, resume) = cut(stored, SEPARATOR)?;
        Some(Self { peer: PeerId::new(peer).ok()?, resume: Token::new(resume).ok()? })
    }

    /// What is to be stored.
    pub fn text(&self) -> String {
        [self.peer.as_str(), " ", self.resume.as_str()].concat()
    }
}

/// No id has one.
const SEPARATOR: u8 = b' ';

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_stored_is_read_again() {
        let identity = Identity { peer: PeerId::new("a").unwrap(), resume: Token::new("t o ken").unwrap() };
        assert_eq!(Identity::read(&identity.text()), Some(identity));
    }

    #[test]
    fn junk_is_nobody() {
        for junk in ["", " ", "a", "a ", " token", "é token", "null", "{\"peer\":\"a\"}", &"x ".repeat(5_000)] {
            assert_eq!(Identity::read(junk), None, "{junk}");
        }
    }
}
