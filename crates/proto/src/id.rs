//! Who and where: the names that travel in the protocols, each a type of its own.

use core::fmt;

use crate::display_words;
use crate::text::{Words, join};

/// A name that is not acceptable as an id.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub struct InvalidId {
    /// The most characters such an id has.
    pub max: usize,
    /// The first 32 characters of what was given.
    pub found: String,
}

impl Words for InvalidId {
    fn words(&self, text: &mut String) {
        let Self { max, found } = self;
        join(text, &[&"an id has 1 to ", max, &" characters of A-Z a-z 0-9 . _ ~ -, this has \"", found, &"\""]);
    }
}

display_words!(InvalidId);

macro_rules! id {
    ($(#[$doc:meta])* $name:ident, $max:literal) => {
        $(#[$doc])*
        #[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name(String);

        impl $name {
            /// The most characters it has.
            pub const MAX_LENGTH: usize = $max;

            /// Takes `text` as an id.
            ///
            /// # Errors
            /// [`InvalidId`] where `text` is empty, too long, or holds a character that needs
            /// escaping in a URL.
            pub fn new(text: impl Into<String>) -> Result<Self, InvalidId> {
                let text = text.into();
                if !text.is_empty() && text.len() <= Self::MAX_LENGTH && text.bytes().all(is_unreserved) {
                    Ok(Self(text))
                } else {
                    Err(InvalidId { max: Self::MAX_LENGTH, found: text.chars().take(32).collect() })
                }
            }

            /// The id as text.
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }

        impl From<$name> for String {
            fn from(id: $name) -> Self {
                id.0
            }
        }

        impl TryFrom<String> for $name {
            type Error = InvalidId;

            fn try_from(text: String) -> Result<Self, InvalidId> {
                Self::new(text)
            }
        }
    };
}

id!(
    /// The name of a room: who knows it may join, so make it hard to guess.
    RoomId,
    128
);
id!(
    /// The name the server gave a peer; it keeps it while its resume token is valid.
    PeerId,
    64
);
id!(
    /// One life of one side of a link: drawn anew by each side for each link, so that a message
    /// to or from an earlier life is known as such.
    Incarnation,
    32
);

impl PeerId {
    /// The id with these random bits.
    pub fn from_random(bits: u128) -> Self {
        Self(format!("{bits:032x}"))
    }
}

impl Incarnation {
    /// The incarnation with these random bits.
    pub fn from_random(bits: u64) -> Self {
        Self((0..16).rev().filter_map(|digit| char::from_digit((bits >> (4 * digit)) as u32 & 15, 16)).collect())
    }
}

/// One RTCPeerConnection of a link, counted from 1 by the side that offers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Epoch(pub u32);

impl Epoch {
    /// Before the first connection.
    pub const NONE: Self = Self(0);

    /// The next one.
    #[must_use = "an epoch does not change in place"]
    pub const fn next(self) -> Self {
        Self(self.0.saturating_add(1))
    }
}

impl fmt::Display for Epoch {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.0)
    }
}

const fn is_unreserved(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'_' | b'~' | b'-')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_is_short_and_needs_no_escaping() {
        assert_eq!(PeerId::new("a-B_9.~").map(|id| id.to_string()), Ok("a-B_9.~".to_owned()));
        for bad in ["", " ", "a/b", "é", &"x".repeat(65)] {
            assert!(PeerId::new(bad).is_err(), "{bad:?} was taken");
        }
        assert!(PeerId::new("x".repeat(64)).is_ok());
    }

    #[test]
    fn epochs_count_up_and_stop_at_the_end() {
        assert_eq!(Epoch::NONE.next(), Epoch(1));
        assert_eq!(Epoch(u32::MAX).next(), Epoch(u32::MAX));
    }
}
