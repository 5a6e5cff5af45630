//! What a session asks of its shell.

use super::SessionEvent;
use crate::relay::{ClientMessage, CloseCode};

/// What the shell has to do next.
#[derive(Debug, Clone, PartialEq)]
pub enum Output {
    /// Open a socket, and name it by this number from now on. There is no other at that time.
    Dial {
        /// The number of the socket.
        generation: u32,
    },
    /// Send this on the socket. Where that fails do nothing: the missing answer will tell.
    Send {
        /// The number of the socket.
        generation: u32,
        /// What to send.
        message: ClientMessage,
    },
    /// Close the socket and forget it; what it still says is not heard.
    CloseSocket {
        /// The number of the socket.
        generation: u32,
        /// With this code.
        code: CloseCode,
    },
    /// Claim the id of [`peer_id`](super::Session::peer_id), which one page of this browser can have at a time, instead of
    /// what was claimed before; tell [`handle_claim`](super::Session::handle_claim), within [`CLAIM`](super::CLAIM).
    Claim,
    /// Store the [`identity`](super::Session::identity) for when the page is loaded anew.
    Keep,
    /// Let go of what was claimed, and of what was stored.
    Forget,
    /// Tell the user.
    Event(SessionEvent),
}

/// Whether an id is claimed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Claim {
    /// It is this page's alone, until it lets go of it or ends.
    Held,
    /// Another page has it, or it cannot be known.
    Refused,
}

/// A signal was not sent, for there is no connection to the server now.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not in the room now")]
pub struct NotJoined;
