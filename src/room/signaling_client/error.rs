//! What can go wrong with a signaling client.

use rejoin_proto::relay::{CloseCode, ErrorMessage};
use rejoin_proto::session::{Failure, Loss};

use crate::browser::websocket::WebSocketError;

/// Why a signaling client could not be made, is not in the room, or did not send.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum SignalingError {
    /// The page may not open a socket to this address, or it is none: see the source for what to change.
    #[error("the server's address cannot be used: {0}")]
    Address(#[source] WebSocketError),
    /// An option is empty or exceeds its bound: correct it.
    #[error("the option {option} is out of its bounds")]
    InvalidOption {
        /// Which one.
        option: &'static str,
    },
    /// There is no connection to the server now; it comes back by itself. Send again when the state is `Joined`.
    #[error("not in the room now")]
    NotJoined,
    /// The message has more bytes than the server takes, with the JSON around it: send less at once.
    #[error("a message of {length} bytes, the server takes {max}")]
    TooLarge {
        /// What it would take on the wire.
        length: usize,
        /// The server's bound.
        max: usize,
    },
    /// The connection is slower than what is sent; the message was not taken. Send again later.
    #[error("too much waits to be sent")]
    Busy,
    /// The server refused, for good: the room is full, or this client may not be in it. Its words say which.
    #[error("the server refused: {0}")]
    Refused(#[source] ErrorMessage),
    /// The server closed the connection for good; with [`CloseCode::Replaced`] this client went on in another page.
    #[error("the server closed the connection: {0}")]
    ClosedByServer(CloseCode),
    /// The attempts are used up; `reconnect` tries again.
    #[error("gave up: {0}")]
    GaveUp(Loss),
    /// The client was closed here: make a new one.
    #[error("the client is closed")]
    Closed,
}

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
