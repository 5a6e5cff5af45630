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
        // As a `String`, as ids are read elsewhere: each other way is code of its own.
        Some(Self { peer: PeerId::new(peer.to_owned()).ok()?, resume: Token::new(resume.to_owned()).ok()? })
    }
}

/// What is to be stored.
pub(super) fn text(peer: &PeerId, resume: &Token) -> String {
    [peer.as_str(), " ", resume.as_str()].concat()
}

/// No id has one.
const SEPARATOR: u8 = b' ';

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_stored_is_read_again() {
        let identity = Identity { peer: PeerId::new("a").unwrap(), resume: Token::new("t o ken").unwrap() };
        assert_eq!(Identity::read(&text(&identity.peer, &identity.resume)), Some(identity));
    }

    #[test]
    fn junk_is_nobody() {
        for junk in ["", " ", "a", "a ", " token", "é token", "null", "{\"peer\":\"a\"}", &"x ".repeat(5_000)] {
            assert_eq!(Identity::read(junk), None, "{junk}");
        }
    }
}
