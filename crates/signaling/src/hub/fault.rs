//! What closes a connection: the error that is said before, and the close code.

use std::time::Duration;

use rejoin_proto::relay::{CloseCode, ErrorCode, ErrorMessage, ServerMessage};

/// What a connection did so that it is closed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Fault {
    /// Its first message is not a hello.
    NotHello,
    /// It said hello again.
    SecondHello,
    /// Its hello cannot be read, or asks for what cannot be. The reason.
    BadHello(String),
    /// Its info has more bytes than this server takes.
    InfoTooLarge {
        /// The bound, in bytes.
        max: usize,
    },
    /// Its resume token is not valid. The reason.
    BadResume(String),
    /// It has no access token, or one that does not let it in; or it was kicked. The reason.
    NotAllowed(String),
    /// The room is full; when a place may be free, where that is known.
    RoomFull {
        /// How many peers it may hold.
        capacity: u16,
        /// When the place of a suspended peer ends, at the earliest.
        retry_after: Option<Duration>,
    },
    /// There are as many rooms as there may be.
    ServerFull,
    /// It sent a frame that is not text in UTF-8.
    NotText,
    /// It sent a frame larger than the server takes.
    TooLarge {
        /// The bound, in bytes.
        max: usize,
    },
    /// It sent more than its rate allows.
    TooFast {
        /// When there is room for one more message.
        retry_after: Duration,
    },
    /// It did not read what waits for it.
    TooSlow,
    /// Nothing was heard of it for too long.
    Silent,
    /// Its hello did not come in time.
    HelloTimeout,
    /// Its hello was held up: its peer is back by a socket that was opened later.
    Outdated,
}

impl Fault {
    /// The code that its socket is closed with.
    pub const fn close_code(&self) -> CloseCode {
        match self {
            Self::NotHello | Self::SecondHello | Self::NotText => CloseCode::BadMessage,
            Self::BadHello(_) | Self::InfoTooLarge { .. } => CloseCode::BadHello,
            Self::BadResume(_) => CloseCode::BadResume,
            Self::NotAllowed(_) => CloseCode::NotAllowed,
            Self::RoomFull { .. } => CloseCode::RoomFull,
            Self::ServerFull => CloseCode::ServerFull,
            Self::TooLarge { .. } => CloseCode::TooLarge,
            Self::TooFast { .. } => CloseCode::TooFast,
            Self::TooSlow => CloseCode::TooSlow,
            Self::Silent => CloseCode::Silent,
            Self::HelloTimeout => CloseCode::HelloTimeout,
            Self::Outdated => CloseCode::Replaced,
        }
    }

    /// The error that is said before; none to a client that does not listen.
    pub(super) fn into_message(self) -> Option<ServerMessage> {
        Some(match self {
            Self::NotHello => error(ErrorCode::BadMessage, "the first message must be hello"),
            Self::SecondHello => error(ErrorCode::BadMessage, "there is one hello on a socket"),
            Self::NotText => error(ErrorCode::BadMessage, "messages are text frames in UTF-8, not binary"),
            Self::BadHello(why) => error(ErrorCode::BadHello, &why),
            Self::InfoTooLarge { max } => error(ErrorCode::TooLarge, &format!("info has more than {max} bytes")),
            Self::BadResume(why) => retryable(ErrorCode::BadResume, &why, None),
            Self::NotAllowed(why) => error(ErrorCode::NotAllowed, &why),
            Self::RoomFull { capacity, retry_after } => {
                let message = format!("the room holds {capacity} peers, and that is all it may");
                match retry_after {
                    Some(_) => retryable(ErrorCode::RoomFull, &message, retry_after),
                    None => error(ErrorCode::RoomFull, &message),
                }
            }
            Self::ServerFull => retryable(ErrorCode::ServerFull, "the server holds as many rooms as it may", None),
            Self::TooLarge { max } => error(ErrorCode::TooLarge, &format!("a message has more than {max} bytes")),
            Self::TooFast { retry_after } => {
                retryable(ErrorCode::TooFast, "more messages than the server's rate allows", Some(retry_after))
            }
            Self::TooSlow | Self::Silent | Self::HelloTimeout | Self::Outdated => return None,
        })
    }
}

/// An `error` that the same request would meet again.
pub(super) fn error(code: ErrorCode, message: &str) -> ServerMessage {
    ServerMessage::Error(ErrorMessage { code, message: message.to_owned(), retryable: false, retry_after: None })
}

/// An `error` that the same request may not meet later.
pub(super) fn retryable(code: ErrorCode, message: &str, retry_after: Option<Duration>) -> ServerMessage {
    ServerMessage::Error(ErrorMessage { code, message: message.to_owned(), retryable: true, retry_after })
}
