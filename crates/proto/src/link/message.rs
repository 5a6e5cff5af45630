//! The messages of the link protocol, as values.

use crate::ice::IceCandidate;
use crate::id::{Epoch, Incarnation};

use super::event::{CloseReason, Trouble};

/// One message from peer to peer: the header that every message carries, and its body.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LinkMessage {
    /// Who sends: the sender's incarnation.
    pub from: Incarnation,
    /// Who is meant; `None` while the sender does not know the other side's incarnation.
    pub to: Option<Incarnation>,
    /// The epoch the body is about; [`Epoch::NONE`] before the first.
    pub epoch: Epoch,
    /// The first number that still counts: everything below it was given up by the sender.
    pub base: u32,
    /// The number of this message, from 1; `None` on messages that may be lost.
    pub number: Option<u32>,
    /// The sender has everything up to this number; 0 for nothing yet.
    pub ack: u32,
    /// The sender wants this link: somebody there asked for it, or it has answered a side that does.
    pub wanted: bool,
    /// What is said.
    pub body: Body,
}

/// What a link message says.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Body {
    /// An offer or an answer.
    Description(SessionDescription),
    /// Candidates, in the order they were found; `None` is the end of them.
    Candidates(Vec<Option<IceCandidate>>),
    /// Please offer anew: this is what I want to send.
    Negotiate {
        /// What the sender wants to send.
        need: Need,
    },
    /// Please open a new epoch: this one is of no use.
    Rebuild {
        /// Why.
        reason: Trouble,
    },
    /// Please restart ICE on this epoch's connection: nothing comes through.
    Restart {
        /// Why.
        reason: Trouble,
    },
    /// What the sender sends, by name, and what of it is muted.
    Sources(Sources),
    /// The sender has ended the link.
    Bye {
        /// Why.
        reason: CloseReason,
    },
    /// Who I am and where I stand (the header says it); sent when a side appears.
    Sync(Sync),
    /// Only the header counts.
    Ack,
    /// A type this version does not know; it is acknowledged and otherwise ignored.
    Unknown,
}

/// The body of a `sync`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Sync {
    /// What the sender wants to send; a `negotiate` that was delivered outranks it.
    pub need: Need,
    /// The sender asks for a `sync` in return.
    pub answer: bool,
    /// The sender does not believe yet that the receiver is alive: give this back as `proof`.
    pub probe: Option<u32>,
    /// The receiver's last `probe`.
    pub proof: Option<u32>,
}

/// What kind of description, as [RTCSdpType](https://www.w3.org/TR/webrtc/#dom-rtcsdptype).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SdpType {
    /// An offer.
    Offer,
    /// The answer that ends a round.
    Answer,
    /// A provisional answer.
    Pranswer,
    /// Back to the last stable state.
    Rollback,
}

impl SdpType {
    /// The type of this name, `None` where there is no such type.
    pub fn from_name(name: &str) -> Option<Self> {
        match name {
            "offer" => Some(Self::Offer),
            "answer" => Some(Self::Answer),
            "pranswer" => Some(Self::Pranswer),
            "rollback" => Some(Self::Rollback),
            _ => None,
        }
    }

    /// The name in the specification.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Offer => "offer",
            Self::Answer => "answer",
            Self::Pranswer => "pranswer",
            Self::Rollback => "rollback",
        }
    }
}

/// A description, as [RTCSessionDescription](https://www.w3.org/TR/webrtc/#rtcsessiondescription-class).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SessionDescription {
    /// Offer, answer, …
    pub kind: SdpType,
    /// The text, at most [`SessionDescription::MAX_LENGTH`] bytes when it comes from the other side.
    pub sdp: String,
}

impl SessionDescription {
    /// The longest SDP that is taken from the other side, in bytes: it must fit a relay frame of 256 KiB, escaped twice.
    pub const MAX_LENGTH: usize = 192 * 1024;

    /// An offer.
    pub fn offer(sdp: impl Into<String>) -> Self {
        Self { kind: SdpType::Offer, sdp: sdp.into() }
    }

    /// An answer.
    pub fn answer(sdp: impl Into<String>) -> Self {
        Self { kind: SdpType::Answer, sdp: sdp.into() }
    }
}

/// How many m-lines of each kind a side wants to send on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Need {
    /// Audio tracks, at most [`Need::MAX`].
    pub audio: u8,
    /// Video tracks, at most [`Need::MAX`].
    pub video: u8,
}

impl Need {
    /// The most m-lines of one kind.
    pub const MAX: u8 = 16;

    /// So many of each kind; more than [`Need::MAX`] counts as that.
    pub const fn new(audio: u8, video: u8) -> Self {
        const fn least(a: u8, b: u8) -> u8 {
            if a < b { a } else { b }
        }
        Self { audio: least(audio, Self::MAX), video: least(video, Self::MAX) }
    }

    /// Whether m-lines for `other` are enough for this too.
    pub const fn is_met_by(self, other: Self) -> bool {
        self.audio <= other.audio && self.video <= other.video
    }
}

/// What a side sends: the streams, by name, and what of them is muted.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Sources(pub Vec<Source>);

impl Sources {
    /// The most sources that are taken from the other side.
    pub const MAX: usize = 32;

    /// Where the stream of this id is: its name, and how many of that name come before it. A side that is loaded anew, and
    /// publishes the same again, has other ids in the same places.
    pub fn place(&self, stream: &str) -> Option<Place> {
        let source = self.0.iter().find(|source| source.stream == stream)?;
        let nth = self.0.iter().filter(|other| other.name == source.name).position(|other| other.stream == stream)?;
        Some(Place(source.name.clone(), nth))
    }
}

/// See [`Sources::place`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Place(String, usize);

/// One stream a side sends.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Source {
    /// The id by which the connection has it (msid), at most [`Source::MAX_LENGTH`] bytes.
    pub stream: String,
    /// The name the application gave it, at most [`Source::MAX_LENGTH`] bytes.
    pub name: String,
    /// Its audio is muted.
    pub audio_muted: bool,
    /// Its video is muted.
    pub video_muted: bool,
}

impl Source {
    /// The longest stream id or name that is taken from the other side, in bytes.
    pub const MAX_LENGTH: usize = 256;
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_published_again_in_the_same_order_is_in_the_same_places() {
        let sources = |streams: &[(&str, &str)]| {
            let source = |(stream, name): &(&str, &str)| Source {
                stream: (*stream).to_owned(),
                name: (*name).to_owned(),
                ..Source::default()
            };
            Sources(streams.iter().map(source).collect())
        };
        let before = sources(&[("1", ""), ("2", "screen"), ("3", "")]);
        let after = sources(&[("a", "screen"), ("b", ""), ("c", ""), ("d", "")]);
        for (old, new) in [("1", "b"), ("2", "a"), ("3", "c")] {
            assert_eq!(before.place(old), after.place(new), "{old} and {new}");
        }
        for (old, new) in [("1", "a"), ("1", "c"), ("2", "b"), ("3", "d")] {
            assert_ne!(before.place(old), after.place(new), "{old} and {new}");
        }
        assert_eq!(before.place("a"), None);
    }
}
