//! What can go wrong on a channel.

use rejoin_proto::channel::Message;

/// Why a channel could not do what was asked.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ChannelError {
    /// The channel is closed, by either side or with its peer: open another.
    #[error("the channel is closed")]
    Closed,
    /// The message is larger than the other side takes: split it.
    #[error("the message has {size} bytes, the other side takes at most {max}")]
    TooLarge {
        /// Bytes of the message.
        size: usize,
        /// Bytes the other side takes (the negotiated maxMessageSize).
        max: usize,
    },
    /// More than [`OUTBOX_LIMIT`](super::OUTBOX_LIMIT) bytes wait to be sent: await earlier sends first.
    #[error("too much waits to be sent")]
    QueueFull,
    /// More than [`UNREAD_LIMIT`](super::UNREAD_LIMIT) bytes lay unread, and the channel was closed: read faster.
    #[error("too much lay received and unread")]
    Unread,
    /// A value that has no JSON form, or a message that is not the JSON asked for.
    #[error("not the JSON expected: {0}")]
    Json(String),
    /// The browser reports an error of the transport; its words.
    #[error("the transport failed: {0}")]
    Transport(String),
    /// A channel of this label cannot be opened: the label is rejoin's own, or the options do not fit; the browser's words.
    #[error("the channel cannot be opened: {0}")]
    CannotOpen(String),
}

/// A message that was not sent, and why.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{reason}")]
pub struct ChannelSendError {
    /// The message, back.
    pub message: Message,
    /// Why it was not sent.
    #[source]
    pub reason: ChannelError,
}
