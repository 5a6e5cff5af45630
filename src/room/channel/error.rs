//! What can go wrong on a channel.

use rejoin_proto::channel::Message;
use rejoin_proto::display_words;
use rejoin_proto::text::{Words, join};

/// Why a channel could not do what was asked.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ChannelError {
    /// The channel is closed, by either side or with its peer: open another.
    Closed,
    /// The message is larger than the other side takes: split it.
    TooLarge {
        /// Bytes of the message.
        size: usize,
        /// Bytes the other side takes (the negotiated maxMessageSize).
        max: usize,
    },
    /// More than [`OUTBOX_LIMIT`](super::OUTBOX_LIMIT) bytes wait to be sent: await earlier sends first.
    QueueFull,
    /// More than [`UNREAD_LIMIT`](super::UNREAD_LIMIT) bytes lay unread, and the channel was closed: read faster.
    Unread,
    /// A value that has no JSON form, or a message that is not the JSON asked for.
    Json(String),
    /// The browser reports an error of the transport; its words.
    Transport(String),
    /// A channel of this label cannot be opened: the label is rejoin's own, or the options do not fit; the browser's words.
    CannotOpen(String),
    /// The other side calls another channel by this label: one is durable and one is not, or only one keeps the order.
    /// Give both the same options, or another label.
    Mismatch,
}

impl Words for ChannelError {
    fn words(&self, text: &mut String) {
        match self {
            Self::Closed => text.push_str("the channel is closed"),
            Self::TooLarge { size, max } => {
                join(text, &[&"the message has ", size, &" bytes, the other side takes at most ", max]);
            }
            Self::QueueFull => text.push_str("too much waits to be sent"),
            Self::Unread => text.push_str("too much lay received and unread"),
            Self::Json(what) => join(text, &[&"not the JSON expected: ", what]),
            Self::Transport(what) => join(text, &[&"the transport failed: ", what]),
            Self::Mismatch => text.push_str("the other side has other options for this label"),
            Self::CannotOpen(what) => join(text, &[&"the channel cannot be opened: ", what]),
        }
    }
}

display_words!(ChannelError);

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
