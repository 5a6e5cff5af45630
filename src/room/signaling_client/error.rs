//! What can go wrong with a signaling client.

use rejoin_proto::display_words;
use rejoin_proto::relay::{CloseCode, ErrorMessage};
use rejoin_proto::session::{Failure, Loss};
use rejoin_proto::text::{Words, join};

use crate::browser::websocket::WebSocketError;

/// Why a signaling client could not be made, is not in the room, or did not send.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum SignalingError {
    /// The page may not open a socket to this address, or it is none: see the source for what to change.
    Address(#[source] WebSocketError),
    /// An option is empty or exceeds its bound: correct it.
    InvalidOption {
        /// Which one.
        option: &'static str,
    },
    /// There is no connection to the server now; it comes back by itself. Send again when the state is `Joined`.
    NotJoined,
    /// The message has more bytes than the server takes, with the JSON around it: send less at once.
    TooLarge {
        /// What it would take on the wire.
        length: usize,
        /// The server's bound.
        max: usize,
    },
    /// The connection is slower than what is sent; the message was not taken. Send again later.
    Busy,
    /// The server refused, for good: the room is full, or this client may not be in it. Its words say which.
    Refused(#[source] ErrorMessage),
    /// The server closed the connection for good; with [`CloseCode::Replaced`] this client went on in another page, with
    /// [`CloseCode::Kicked`] the application has shown it the door.
    ClosedByServer(CloseCode),
    /// The attempts are used up; `reconnect` tries again.
    GaveUp(Loss),
    /// The client was closed here: make a new one.
    Closed,
}

impl Words for SignalingError {
    fn words(&self, text: &mut String) {
        match self {
            Self::Address(error) => join(text, &[&"the server's address cannot be used: ", error]),
            Self::InvalidOption { option } => join(text, &[&"the option ", option, &" is out of its bounds"]),
            Self::NotJoined => text.push_str("not in the room now"),
            Self::TooLarge { length, max } => {
                join(text, &[&"a message of ", length, &" bytes, the server takes ", max])
            }
            Self::Busy => text.push_str("too much waits to be sent"),
            Self::Refused(error) => join(text, &[&"the server refused: ", error]),
            Self::ClosedByServer(code) => join(text, &[&"the server closed the connection: ", code]),
            Self::GaveUp(loss) => join(text, &[&"gave up: ", loss]),
            Self::Closed => text.push_str("the client is closed"),
        }
    }
}

display_words!(SignalingError);

impl SignalingError {
    /// Whether the same call can succeed later.
    pub const fn is_retryable(&self) -> bool {
        match self {
            Self::NotJoined | Self::Busy | Self::GaveUp(_) => true,
            Self::Refused(error) => error.retryable,
            Self::Address(_)
            | Self::InvalidOption { .. }
            | Self::TooLarge { .. }
            | Self::ClosedByServer(_)
            | Self::Closed => false,
        }
    }
}

impl From<Failure> for SignalingError {
    fn from(failure: Failure) -> Self {
        match failure {
            Failure::GaveUp(loss) => Self::GaveUp(loss),
            Failure::Refused(error) => Self::Refused(error),
            Failure::Closed(code) => Self::ClosedByServer(code),
            // Failure may grow: what is not known here is at least final.
            _ => Self::Closed,
        }
    }
}
