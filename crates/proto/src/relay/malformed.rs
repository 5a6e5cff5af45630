//! Why a frame is not a message of this protocol.

use crate::id::InvalidId;

/// A frame that is not a message of this protocol.
///
/// The receiver ignores the frame; a server also says `error` with this text.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Malformed {
    /// The text is not a JSON object, or a known field has another JSON type. The JSON reader's words.
    #[error("not a JSON object of this protocol: {0}")]
    Unreadable(String),
    /// A field that the message must have is not there (or is `null`).
    #[error("{message} lacks {field}")]
    Missing {
        /// The type of the message, or `message` where that is what is missing.
        message: &'static str,
        /// The field.
        field: &'static str,
    },
    /// A field does not hold a valid id.
    #[error("{message}.{field}: {source}")]
    InvalidId {
        /// The type of the message.
        message: &'static str,
        /// The field.
        field: &'static str,
        /// What is wrong with it.
        source: InvalidId,
    },
    /// A field has more bytes than its bound.
    #[error("{message}.{field} has more than {max} bytes")]
    TooLong {
        /// The type of the message.
        message: &'static str,
        /// The field.
        field: &'static str,
        /// The bound, in bytes of UTF-8.
        max: usize,
    },
    /// A number is outside its bounds, or a text that must not be empty is.
    #[error("{message}.{field} is out of range")]
    OutOfRange {
        /// The type of the message.
        message: &'static str,
        /// The field.
        field: &'static str,
    },
}
