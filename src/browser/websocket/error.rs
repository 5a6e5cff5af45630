//! What can go wrong with a WebSocket.

use rejoin_proto::display_words;
use rejoin_proto::text::{Words, join};

use super::WebSocketState;
use crate::browser::error::BrowserError;

/// Why a WebSocket could not be opened or used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum WebSocketError {
    /// The address is not of the form `ws://host…` or `wss://host…`, or has a fragment: correct it.
    BadUrl {
        /// What was given, cut to 200 characters.
        url: String,
    },
    /// A page loaded by `https:` may not use `ws:` (but to this machine itself): use `wss:`, or serve the page by `http:` for a trial.
    Insecure {
        /// What was given.
        url: String,
    },
    /// The socket is not open yet, or no longer: wait for [`WebSocketEvent::Open`](super::WebSocketEvent::Open), or make a new one.
    NotOpen {
        /// What it is instead.
        state: WebSocketState,
    },
    /// Too much waits to be sent already: send again when [`buffered_amount`](super::WebSocket::buffered_amount) has fallen.
    Full {
        /// Bytes that wait.
        buffered: u32,
        /// The bound, see [`WebSocketOptions::max_buffered`](super::WebSocketOptions::max_buffered).
        max: u32,
    },
    /// The server could not be reached, or refused: the browser does not say which. Try again later, with growing delays.
    Unreachable {
        /// The code of the close event, mostly 1006.
        code: u16,
    },
    /// The browser refused otherwise, as for a close code or subprotocol that is not allowed: its words say what.
    Browser(#[source] BrowserError),
}

impl Words for WebSocketError {
    fn words(&self, text: &mut String) {
        match self {
            Self::BadUrl { url } => join(text, &[&"not a WebSocket address: ", url]),
            Self::Insecure { url } => join(text, &[&"a page loaded by https may not open ", url, &": use wss"]),
            Self::NotOpen { state } => join(text, &[&"the socket is ", &state.as_str()]),
            Self::Full { buffered, max } => join(text, &[buffered, &" bytes wait to be sent, the bound is ", max]),
            Self::Unreachable { code } => join(text, &[&"the server could not be reached (close code ", code, &")"]),
            Self::Browser(error) => join(text, &[&"the browser refused: ", error]),
        }
    }
}

display_words!(WebSocketError);

impl WebSocketError {
    /// Whether the same call can succeed later.
    pub fn is_retryable(&self) -> bool {
        match self {
            Self::Full { .. } | Self::Unreachable { .. } => true,
            Self::NotOpen { state } => *state == WebSocketState::Connecting,
            Self::BadUrl { .. } | Self::Insecure { .. } | Self::Browser(_) => false,
        }
    }
}

/// A message that was not sent, with the reason.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("not sent: {error}")]
#[non_exhaustive]
pub struct WebSocketSendError<T> {
    /// The message, unchanged.
    pub message: T,
    /// Why.
    #[source]
    pub error: WebSocketError,
}
