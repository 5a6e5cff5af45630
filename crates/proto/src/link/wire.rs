//! A link message as it is on the wire: one flat object, every field optional but `type`.

use serde::{Deserialize, Serialize};

use crate::fields::{Fields, Visit};
use crate::ice::IceCandidate;
use crate::id::{Epoch, Incarnation};

use super::event::{CloseReason, Trouble};
use super::message::{Body, LinkMessage, Need, SdpType, SessionDescription, Source, Sources, Sync};

/// A link message as JSON has it; made from, and turned into, [`LinkMessage`], which documents the fields.
///
/// `Debug` shows descriptions and addresses: do not log it.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(default, rename_all = "camelCase")]
#[expect(missing_docs, reason = "the fields are documented where they get their meaning, in LinkMessage and Body")]
pub struct Wire {
    pub r#type: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub from: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub to: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub epoch: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub base: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub number: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ack: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub wanted: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sdp_type: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sdp: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub candidates: Option<Vec<Option<IceCandidate>>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub need_audio: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub need_video: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sources: Option<Vec<WireSource>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub answer: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub probe: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub proof: Option<u32>,
}

/// One source of `sources`; see [`Source`].
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(default, rename_all = "camelCase")]
#[expect(missing_docs, reason = "the fields are documented in Source")]
pub struct WireSource {
    pub stream: String,
    pub name: String,
    pub audio_muted: bool,
    pub video_muted: bool,
}

impl Fields for Wire {
    fn fields(&mut self, visit: &mut dyn Visit) {
        visit.string("type", &mut self.r#type);
        visit.text("from", &mut self.from);
        visit.text("to", &mut self.to);
        visit.number("epoch", &mut self.epoch);
        visit.number("base", &mut self.base);
        visit.number("number", &mut self.number);
        visit.number("ack", &mut self.ack);
        visit.flag("wanted", &mut self.wanted);
        visit.text("sdpType", &mut self.sdp_type);
        visit.text("sdp", &mut self.sdp);
        visit.list("candidates", MAX_CANDIDATES, &mut self.candidates);
        visit.number("needAudio", &mut self.need_audio);
        visit.number("needVideo", &mut self.need_video);
        visit.list("sources", Sources::MAX, &mut self.sources);
        visit.text("reason", &mut self.reason);
        visit.flag("answer", &mut self.answer);
        visit.number("probe", &mut self.probe);
        visit.number("proof", &mut self.proof);
    }
}

impl Fields for WireSource {
    fn fields(&mut self, visit: &mut dyn Visit) {
        visit.string("stream", &mut self.stream);
        visit.string("name", &mut self.name);
        visit.switch("audioMuted", &mut self.audio_muted);
        visit.switch("videoMuted", &mut self.video_muted);
    }
}

/// A text that is no message of this protocol; it is ignored and counted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Malformed {
    /// A field that the message must have is not there.
    #[error("{field} is missing")]
    Missing {
        /// The field.
        field: &'static str,
    },
    /// A field is too long, too large, or not of the characters or names it may have.
    #[error("{field} is out of range")]
    OutOfRange {
        /// The field.
        field: &'static str,
    },
}

/// The most candidates of one message.
pub const MAX_CANDIDATES: usize = 64;

impl From<&LinkMessage> for Wire {
    fn from(message: &LinkMessage) -> Self {
        let mut wire = Self {
            from: Some(message.from.as_str().to_owned()),
            to: message.to.as_ref().map(|to| to.as_str().to_owned()),
            epoch: Some(message.epoch.0),
            base: Some(message.base),
            number: message.number,
            ack: Some(message.ack),
            wanted: message.wanted.then_some(true),
            ..Self::default()
        };
        let kind = match &message.body {
            Body::Description(description) => {
                wire.sdp_type = Some(description.kind.as_str().to_owned());
                wire.sdp = Some(description.sdp.clone());
                "description"
            }
            Body::Candidates(candidates) => {
                wire.candidates = Some(candidates.clone());
                "candidates"
            }
            Body::Negotiate { need } => {
                wire.set_need(*need);
                "negotiate"
            }
            Body::Rebuild { reason } => {
                wire.reason = Some(reason.as_str().to_owned());
                "rebuild"
            }
            Body::Restart { reason } => {
                wire.reason = Some(reason.as_str().to_owned());
                "restart"
            }
            Body::Sources(sources) => {
                wire.sources = Some(sources.0.iter().map(WireSource::from).collect());
                "sources"
            }
            Body::Bye { reason } => {
                wire.reason = Some(reason.as_str().to_owned());
                "bye"
            }
            Body::Sync(sync) => {
                wire.set_need(sync.need);
                wire.answer = sync.answer.then_some(true);
                wire.probe = sync.probe;
                wire.proof = sync.proof;
                "sync"
            }
            Body::Ack => "ack",
            Body::Unknown => "unknown",
        };
        wire.r#type.push_str(kind);
        wire
    }
}

impl TryFrom<Wire> for LinkMessage {
    type Error = Malformed;

    fn try_from(mut wire: Wire) -> Result<Self, Malformed> {
        let from = incarnation("from", required("from", wire.from.take())?)?;
        let to = wire.to.take().map(|to| incarnation("to", to)).transpose()?;
        // The last number of all could not be followed by another.
        if matches!(wire.number, Some(0 | u32::MAX)) {
            return Err(Malformed::OutOfRange { field: "number" });
        }
        Ok(Self {
            from,
            to,
            epoch: Epoch(wire.epoch.unwrap_or(0)),
            base: wire.base.unwrap_or(1).max(1),
            number: wire.number,
            ack: wire.ack.unwrap_or(0),
            wanted: wire.wanted.unwrap_or(false),
            body: wire.take_body()?,
        })
    }
}

impl Wire {
    fn take_body(&mut self) -> Result<Body, Malformed> {
        Ok(match self.r#type.as_str() {
            "description" => {
                let kind = SdpType::from_name(&required("sdpType", self.sdp_type.take())?)
                    .ok_or(Malformed::OutOfRange { field: "sdpType" })?;
                let sdp = bounded("sdp", required("sdp", self.sdp.take())?, SessionDescription::MAX_LENGTH)?;
                Body::Description(SessionDescription { kind, sdp })
            }
            "candidates" => {
                let candidates = required("candidates", self.candidates.take())?;
                if candidates.len() > MAX_CANDIDATES || !candidates.iter().flatten().all(IceCandidate::is_bounded) {
                    return Err(Malformed::OutOfRange { field: "candidates" });
                }
                Body::Candidates(candidates)
            }
            "negotiate" => Body::Negotiate { need: self.need() },
            "rebuild" => Body::Rebuild { reason: Trouble::from_name(self.reason.as_deref().unwrap_or_default()) },
            "restart" => Body::Restart { reason: Trouble::from_name(self.reason.as_deref().unwrap_or_default()) },
            "sources" => {
                let sources = required("sources", self.sources.take())?;
                if sources.len() > Sources::MAX {
                    return Err(Malformed::OutOfRange { field: "sources" });
                }
                Body::Sources(Sources(sources.into_iter().map(Source::try_from).collect::<Result<_, _>>()?))
            }
            "bye" => Body::Bye { reason: CloseReason::from_name(self.reason.as_deref().unwrap_or_default()) },
            "sync" => Body::Sync(Sync {
                need: self.need(),
                answer: self.answer.unwrap_or(false),
                probe: self.probe,
                proof: self.proof,
            }),
            "ack" => Body::Ack,
            "" => return Err(Malformed::Missing { field: "type" }),
            _ => Body::Unknown,
        })
    }

    fn need(&self) -> Need {
        let bounded = |count: Option<u32>| u8::try_from(count.unwrap_or(0)).unwrap_or(u8::MAX);
        Need::new(bounded(self.need_audio), bounded(self.need_video))
    }

    fn set_need(&mut self, need: Need) {
        self.need_audio = Some(need.audio.into());
        self.need_video = Some(need.video.into());
    }
}

impl From<&Source> for WireSource {
    fn from(source: &Source) -> Self {
        Self {
            stream: source.stream.clone(),
            name: source.name.clone(),
            audio_muted: source.audio_muted,
            video_muted: source.video_muted,
        }
    }
}

impl TryFrom<WireSource> for Source {
    type Error = Malformed;

    fn try_from(wire: WireSource) -> Result<Self, Malformed> {
        Ok(Self {
            stream: bounded("stream", wire.stream, Self::MAX_LENGTH)?,
            name: bounded("name", wire.name, Self::MAX_LENGTH)?,
            audio_muted: wire.audio_muted,
            video_muted: wire.video_muted,
        })
    }
}

fn required<T>(field: &'static str, value: Option<T>) -> Result<T, Malformed> {
    value.ok_or(Malformed::Missing { field })
}

fn bounded(field: &'static str, text: String, max: usize) -> Result<String, Malformed> {
    if text.len() > max { Err(Malformed::OutOfRange { field }) } else { Ok(text) }
}

fn incarnation(field: &'static str, text: String) -> Result<Incarnation, Malformed> {
    Incarnation::new(text).map_err(|_| Malformed::OutOfRange { field })
}
