//! What can go wrong with a channel.

use core::fmt;

use rejoin_proto::channel::Message;
use rejoin_proto::display_words;
use rejoin_proto::names::named;
use rejoin_proto::state::DataChannelState;
use rejoin_proto::text::{Words, join};

use crate::browser::error::BrowserError;

/// Why a channel ended, or cannot be waited for.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum DataChannelError {
    /// The channel is closed, or closing: nothing more can be sent. Open another.
    Closed,
    /// The transport failed under the channel, which closes. What was in flight may be lost.
    Transport {
        /// What failed.
        detail: ErrorDetail,
        /// The [SCTP cause code](https://www.iana.org/assignments/sctp-parameters/sctp-parameters.xhtml#sctp-parameters-24);
        /// 12 is the other side closing its connection.
        sctp_cause: Option<u16>,
        /// The browser's words.
        #[source]
        source: BrowserError,
    },
    /// More was received than was read, and a browser cannot be told to wait: the channel closes. What was received
    /// before can still be read. Read sooner, or raise the limit.
    Unread {
        /// What was allowed to lie unread, in bytes.
        limit: usize,
    },
    /// A message came in a form that was not asked for (its `binaryType` was changed); it is lost.
    UnknownForm,
    /// A message was not sent; it is inside.
    Send(#[from] SendError),
}

impl Words for DataChannelError {
    fn words(&self, text: &mut String) {
        match self {
            Self::Closed => text.push_str("the channel is closed"),
            Self::Transport { detail, .. } => {
                join(text, &[&"the transport of the channel failed (", &detail.as_str(), &")"]);
            }
            Self::Unread { limit } => join(text, &[&"more than ", limit, &" bytes were not read"]),
            Self::UnknownForm => text.push_str("a message came in an unknown form"),
            Self::Send(_) => text.push_str(NOT_SENT),
        }
    }
}

display_words!(DataChannelError);

/// What failed, as [RTCErrorDetailType](https://www.w3.org/TR/webrtc/#rtcerrordetailtype-enum).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ErrorDetail {
    /// The channel itself.
    DataChannelFailure,
    /// The encryption: a fatal alert.
    DtlsFailure,
    /// The other side is not who its description said.
    FingerprintFailure,
    /// The association that carries all channels.
    SctpFailure,
    /// Something else; the browser's words tell.
    Unknown,
}

impl ErrorDetail {
    /// The detail of this name.
    pub fn from_name(name: &str) -> Self {
        let known = &[
            ("data-channel-failure", Self::DataChannelFailure),
            ("dtls-failure", Self::DtlsFailure),
            ("fingerprint-failure", Self::FingerprintFailure),
            ("sctp-failure", Self::SctpFailure),
        ];
        named(known, name, Self::Unknown)
    }

    /// The name in the specification.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::DataChannelFailure => "data-channel-failure",
            Self::DtlsFailure => "dtls-failure",
            Self::FingerprintFailure => "fingerprint-failure",
            Self::SctpFailure => "sctp-failure",
            Self::Unknown => "unknown",
        }
    }
}

impl fmt::Display for ErrorDetail {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// A message that was not sent, and why; nothing of it has left.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{NOT_SENT}")]
pub struct SendError {
    /// The message, given back.
    pub message: Message,
    /// Why.
    #[source]
    pub kind: SendErrorKind,
}

/// Why a message was not sent.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum SendErrorKind {
    /// The channel is not open. While it is connecting, wait for it by `ready`; else open another.
    NotOpen {
        /// What it is instead.
        state: DataChannelState,
    },
    /// The other side does not take so much at once; the channel lives on. Cut the message into pieces.
    TooLarge {
        /// What it takes, in bytes.
        max: u32,
    },
    /// The browser has no room for it now. Wait for room (`send_when_ready`, or the `Sink`) and send again.
    BufferFull,
    /// The browser refused for another reason.
    Other(#[source] BrowserError),
}

impl Words for SendErrorKind {
    fn words(&self, text: &mut String) {
        match self {
            Self::NotOpen { state } => join(text, &[&"the channel is ", &state.as_str()]),
            Self::TooLarge { max } => join(text, &[&"a message has at most ", max, &" bytes here"]),
            Self::BufferFull => text.push_str("the send buffer is full"),
            Self::Other(_) => text.push_str("the browser refused"),
        }
    }
}

display_words!(SendErrorKind);

const NOT_SENT: &str = "the message was not sent";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_detail_is_known_by_its_name_and_a_new_name_is_unknown() {
        assert_eq!(ErrorDetail::from_name("sctp-failure"), ErrorDetail::SctpFailure);
        assert_eq!(ErrorDetail::from_name("sctp-surprise"), ErrorDetail::Unknown);
    }
}
