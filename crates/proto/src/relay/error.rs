//! What a server says when it did not do as it was asked.

use core::fmt;
use core::time::Duration;

use crate::display_words;
use crate::names::named;
use crate::text::{Words, join};

macro_rules! codes {
    ($($(#[$doc:meta])* $variant:ident = $text:literal,)*) => {
        /// What went wrong, as a word a program can act on.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
        #[non_exhaustive]
        pub enum ErrorCode {
            $($(#[$doc])* $variant,)*
            /// A code this version of rejoin does not know.
            Unknown,
        }

        impl ErrorCode {
            /// The code of this name.
            pub fn from_name(name: &str) -> Self {
                named(&[$(($text, Self::$variant),)*], name, Self::Unknown)
            }

            /// The name of the code on the wire.
            pub const fn as_str(self) -> &'static str {
                match self {
                    $(Self::$variant => $text,)*
                    Self::Unknown => "unknown",
                }
            }
        }
    };
}

codes! {
    /// A frame that is no message of the protocol, or one out of order. It was ignored; a binary frame,
    /// a second `hello`, or anything but `hello` at first also closes the socket.
    BadMessage = "badMessage",
    /// The `hello` is malformed. The socket is closed; the same hello will not do another time.
    BadHello = "badHello",
    /// The resume token is forged, expired, of another room or of another server's key. The socket is
    /// closed; say `hello` again without it, and get a new id.
    BadResume = "badResume",
    /// The server does not let this client into this room. The socket is closed.
    NotAllowed = "notAllowed",
    /// A frame, `info` or `signal.data` has more bytes than the server takes. Too large a frame closes the
    /// socket; too large a field is ignored.
    TooLarge = "tooLarge",
    /// More messages than the server's rate allows. The socket is closed; come back after `retryAfterMs`.
    TooFast = "tooFast",
    /// The room holds as many peers as it may. The socket is closed. `retryable` and `retryAfterMs` are
    /// there where one of them is suspended, so that its place may soon be free.
    RoomFull = "roomFull",
    /// The server holds as many rooms as it may. The socket is closed; try again later.
    ServerFull = "serverFull",
    /// The peer a `signal` was for is not in the room, or its socket is lost just now. The signal is gone.
    UnknownPeer = "unknownPeer",
}

impl fmt::Display for ErrorCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// The server's `error`: something was not done. Whether the socket lives on is said by its close alone.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub struct ErrorMessage {
    /// For programs.
    pub code: ErrorCode,
    /// For people, in English.
    pub message: String,
    /// Whether the same request may succeed later.
    pub retryable: bool,
    /// When, where the server has an idea. On the wire in milliseconds.
    pub retry_after: Option<Duration>,
}

impl Words for ErrorMessage {
    fn words(&self, text: &mut String) {
        join(text, &[&self.code.as_str(), &": ", &self.message]);
    }
}

display_words!(ErrorMessage);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_code_is_known_by_its_name_and_a_new_name_is_unknown() {
        assert_eq!(ErrorCode::from_name("roomFull"), ErrorCode::RoomFull);
        assert_eq!(ErrorCode::from_name("outOfCoffee"), ErrorCode::Unknown);
    }
}
