//! Why a server closed the socket, and whether a client should come back.

use crate::display_words;
use crate::text::{Words, join};

macro_rules! codes {
    ($($(#[$doc:meta])* $variant:ident = $code:literal, $name:literal;)*) => {
        /// The close code of a socket.
        ///
        /// **4000 to 4499 are final**: a client that comes back by itself would only meet the same answer, or
        /// would fight with another. **Every other code is retried**, with backoff: 4500 to 4999, the standard
        /// codes, and 1006, by which a browser says that there was no close frame or no connection at all.
        /// So a client knows what to do with a code of a later server too.
        ///
        /// | code | name | |
        /// |---|---|---|
        /// | 1000, 1001 | normal, going away | retried by a client that did not ask for it |
        /// | 1006 | abnormal | retried |
        /// | 1012 | service restart | retried, after `goingAway.reconnectAfterMs` |
        /// | 4000 | bad message | final |
        /// | 4001 | bad hello | final |
        /// | 4002 | too large | final |
        /// | 4003 | not allowed | final |
        /// | 4004 | room full | final (the `error` before it may say when to try again) |
        /// | 4005 | replaced | final |
        /// | 4006 | kicked | final |
        /// | 4500 | bad resume | retried, without the resume token |
        /// | 4501 | hello timeout | retried |
        /// | 4502 | too slow | retried |
        /// | 4503 | silent | retried |
        /// | 4504 | too fast | retried, after `error.retryAfterMs` |
        /// | 4505 | server full | retried |
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
        #[non_exhaustive]
        pub enum CloseCode {
            $($(#[$doc])* $variant,)*
            /// Any other code.
            Other(u16),
        }

        impl CloseCode {
            /// The code of this number.
            pub const fn from_u16(code: u16) -> Self {
                // One loop: branches are several times the code.
                let mut known: &[(u16, Self)] = &[$(($code, Self::$variant),)*];
                while let [(number, named), rest @ ..] = known {
                    if *number == code {
                        return *named;
                    }
                    known = rest;
                }
                Self::Other(code)
            }

            /// The number of the code.
            pub const fn as_u16(self) -> u16 {
                match self {
                    $(Self::$variant => $code,)*
                    Self::Other(other) => other,
                }
            }

            /// The code in words.
            pub const fn as_str(self) -> &'static str {
                match self {
                    $(Self::$variant => $name,)*
                    Self::Other(_) => "closed",
                }
            }
        }
    };
}

codes! {
    /// The client had said `leave`, or the other end is done.
    Normal = 1000, "normal";
    /// The page or the server goes away.
    GoingAway = 1001, "going away";
    /// The connection was lost, or never came about. Never sent: what a browser reports.
    Abnormal = 1006, "connection lost";
    /// The server is restarted; `goingAway` came before.
    Restart = 1012, "service restart";
    /// A frame that cannot belong to this protocol: binary, or anything but one `hello` at first.
    BadMessage = 4000, "bad message";
    /// The `hello` was malformed.
    BadHello = 4001, "bad hello";
    /// A frame larger than the server takes.
    TooLarge = 4002, "too large";
    /// The server does not let this client into this room.
    NotAllowed = 4003, "not allowed";
    /// The room holds as many peers as it may.
    RoomFull = 4004, "room full";
    /// A newer socket proved the same id and took its place.
    Replaced = 4005, "replaced";
    /// The application shows this peer the door, and its tokens are worth nothing any more.
    Kicked = 4006, "kicked";
    /// The resume token is not valid here.
    BadResume = 4500, "bad resume token";
    /// No `hello` came in time.
    HelloTimeout = 4501, "no hello in time";
    /// The client did not read fast enough for its queue at the server.
    TooSlow = 4502, "too slow";
    /// Nothing was heard of the client for too long.
    Silent = 4503, "silent";
    /// More messages than the server's rate allows.
    TooFast = 4504, "too fast";
    /// The server holds as many rooms as it may.
    ServerFull = 4505, "server full";
}

impl CloseCode {
    /// The words as one, such as `roomFull`: where the server also said it by an error, that has the same name.
    pub fn name(self) -> String {
        let mut capital = false;
        let letter = |letter: char| {
            let was_space = core::mem::replace(&mut capital, letter == ' ');
            let letter = if was_space { letter.to_ascii_uppercase() } else { letter };
            (letter != ' ').then_some(letter)
        };
        self.as_str().chars().filter_map(letter).collect()
    }

    /// Whether a client must not come back by itself.
    pub const fn is_final(self) -> bool {
        matches!(self.as_u16(), 4000..=4499)
    }
}

impl Words for CloseCode {
    fn words(&self, text: &mut String) {
        join(text, &[&self.as_str(), &" (", &self.as_u16(), &")"]);
    }
}

display_words!(CloseCode);

#[cfg(test)]
mod tests {
    use super::*;
    use crate::relay::ErrorCode;

    #[test]
    fn a_code_has_the_name_of_the_error_that_says_the_same() {
        for (code, error) in [
            (CloseCode::BadMessage, ErrorCode::BadMessage),
            (CloseCode::BadHello, ErrorCode::BadHello),
            (CloseCode::TooLarge, ErrorCode::TooLarge),
            (CloseCode::NotAllowed, ErrorCode::NotAllowed),
            (CloseCode::RoomFull, ErrorCode::RoomFull),
            (CloseCode::TooFast, ErrorCode::TooFast),
            (CloseCode::ServerFull, ErrorCode::ServerFull),
        ] {
            assert_eq!(code.name(), error.as_str());
        }
        assert_eq!(CloseCode::Kicked.name(), "kicked");
        assert_eq!(CloseCode::BadResume.name(), "badResumeToken");
    }

    #[test]
    fn every_number_becomes_a_code_and_the_same_number_again() {
        for number in 0..=u16::MAX {
            assert_eq!(CloseCode::from_u16(number).as_u16(), number);
        }
    }

    #[test]
    fn only_4000_to_4499_are_final() {
        for code in [CloseCode::Replaced, CloseCode::RoomFull, CloseCode::Other(4000), CloseCode::Other(4499)] {
            assert!(code.is_final(), "{code}");
        }
        for code in [
            CloseCode::Normal,
            CloseCode::Abnormal,
            CloseCode::Restart,
            CloseCode::BadResume,
            CloseCode::Other(3999),
            CloseCode::Other(4500),
            CloseCode::Other(4999),
        ] {
            assert!(!code.is_final(), "{code}");
        }
    }
}
