//! RTCRtpTransceiver: one m-line of media, a sender and a receiver.

use core::fmt;
use std::rc::Rc;

use js_sys::{Array, Object};
use rejoin_proto::media::MediaKind;
use rejoin_proto::names::named;
use wasm_bindgen::{JsCast, JsValue};
use web_sys::{MediaStream, MediaStreamTrack};

use super::call::Calls;
use super::error::{PeerConnectionError, thrown};
use super::sys::{self, Dict};
use super::{BrowserError, RtpReceiver, RtpSender};

/// One m-line of media: a sender and a receiver of the same kind. Clones are handles on the same transceiver.
#[derive(Clone)]
pub struct Transceiver {
    raw: sys::RtpTransceiver,
    calls: Rc<Calls>,
}

impl Transceiver {
    pub(super) fn new(raw: sys::RtpTransceiver, calls: Rc<Calls>) -> Self {
        Self { raw, calls }
    }

    /// The name of its m-line; `None` before it is negotiated.
    pub fn mid(&self) -> Option<String> {
        self.raw.mid()
    }

    /// Audio or video.
    pub fn kind(&self) -> Option<MediaKind> {
        MediaKind::from_name(&self.receiver().track().kind())
    }

    /// What we want it to do.
    pub fn direction(&self) -> TransceiverDirection {
        TransceiverDirection::from_name(&self.raw.direction_name().as_string().unwrap_or_default())
    }

    /// What it does, by the last negotiation; `None` before the first.
    pub fn current_direction(&self) -> Option<TransceiverDirection> {
        self.raw.current_direction_name().as_string().map(|name| TransceiverDirection::from_name(&name))
    }

    /// Sets what we want it to do; counts from the next negotiation on.
    ///
    /// # Errors
    /// [`PeerConnectionError::InvalidState`] where it is stopped or its connection closed;
    /// [`PeerConnectionError::Type`] for a direction that cannot be set.
    pub fn set_direction(&self, direction: TransceiverDirection) -> Result<(), PeerConnectionError> {
        direction.settable()?;
        self.raw.set_direction_name(direction.as_str()).map_err(thrown)
    }

    /// Ends it for good: its m-line is rejected from the next negotiation on.
    ///
    /// # Errors
    /// [`PeerConnectionError::InvalidState`] where the connection is closed.
    pub fn stop(&self) -> Result<(), PeerConnectionError> {
        self.raw.stop_checked().map_err(thrown)
    }

    /// Sets which codecs are offered, best first: objects from the browser's `getCapabilities`.
    ///
    /// # Errors
    /// [`PeerConnectionError::InvalidModification`] for a codec the browser does not have.
    pub fn set_codec_preferences(&self, codecs: &[Object]) -> Result<(), PeerConnectionError> {
        self.raw.set_codec_preferences_checked(&codecs.iter().collect::<Array>()).map_err(thrown)
    }

    /// What sends on it.
    pub fn sender(&self) -> RtpSender {
        RtpSender::new(self.raw.its_sender(), self.calls.clone())
    }

    /// What receives on it.
    pub fn receiver(&self) -> RtpReceiver {
        RtpReceiver::from_raw(self.raw.receiver())
    }

    /// Whether a track of `kind` can arrive on it, if the other side sends one.
    pub fn can_receive(&self, kind: MediaKind) -> bool {
        let receives = matches!(self.direction(), TransceiverDirection::SendRecv | TransceiverDirection::RecvOnly);
        receives && self.kind() == Some(kind)
    }

    /// Takes a transceiver of the browser's.
    pub fn from_raw(raw: web_sys::RtcRtpTransceiver) -> Self {
        Self::new(raw.unchecked_into(), Calls::new())
    }

    /// The browser's own object.
    pub fn as_raw(&self) -> &web_sys::RtcRtpTransceiver {
        &self.raw
    }

    /// The browser's own object.
    pub fn into_raw(self) -> web_sys::RtcRtpTransceiver {
        self.raw.into()
    }
}

impl PartialEq for Transceiver {
    /// Whether both are the same transceiver.
    fn eq(&self, other: &Self) -> bool {
        self.as_raw() == other.as_raw()
    }
}

impl fmt::Debug for Transceiver {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Transceiver")
            .field("mid", &self.mid())
            .field("direction", &self.direction())
            .finish_non_exhaustive()
    }
}

/// What a new transceiver is for.
#[derive(Debug, Clone, Copy)]
pub enum TrackOrKind<'a> {
    /// To send this track.
    Track(&'a MediaStreamTrack),
    /// To receive, or to send what a later [`RtpSender::replace_track`] gives it.
    Kind(MediaKind),
}

impl TrackOrKind<'_> {
    pub(super) fn to_js(self) -> JsValue {
        match self {
            Self::Track(track) => track.into(),
            Self::Kind(kind) => kind.as_str().into(),
        }
    }
}

/// How a transceiver starts; [`new`](Self::new) sends and receives.
#[derive(Debug, Clone, Default)]
#[non_exhaustive]
pub struct TransceiverInit {
    /// What we want it to do. Default: send and receive.
    pub direction: TransceiverDirection,
    /// In which streams the other side finds the track. Default: none.
    pub streams: Vec<MediaStream>,
    /// The browser's `RTCRtpEncodingParameters`. Default: one encoding.
    pub send_encodings: Vec<Object>,
}

impl TransceiverInit {
    /// Sends and receives.
    #[must_use = "it does nothing until a transceiver is added with it"]
    pub fn new() -> Self {
        Self::default()
    }

    /// Sets what it shall do.
    #[must_use = "it does not change in place"]
    pub fn with_direction(mut self, direction: TransceiverDirection) -> Self {
        self.direction = direction;
        self
    }

    /// Adds a stream in which the other side finds the track.
    #[must_use = "it does not change in place"]
    pub fn with_stream(mut self, stream: &MediaStream) -> Self {
        self.streams.push(crate::browser::media::same(stream));
        self
    }

    /// Adds an encoding: the browser's `RTCRtpEncodingParameters`.
    #[must_use = "it does not change in place"]
    pub fn with_send_encoding(mut self, encoding: Object) -> Self {
        self.send_encodings.push(encoding);
        self
    }

    pub(super) fn to_js(&self) -> JsValue {
        let dict = Dict::new();
        dict.set("direction", &self.direction.as_str().into());
        dict.set("streams", &self.streams.iter().collect::<Array>());
        if !self.send_encodings.is_empty() {
            dict.set("sendEncodings", &self.send_encodings.iter().collect::<Array>());
        }
        dict.into()
    }
}

/// [RTCRtpTransceiverDirection](https://www.w3.org/TR/webrtc/#dom-rtcrtptransceiverdirection).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
#[non_exhaustive]
pub enum TransceiverDirection {
    /// Sends and receives.
    #[default]
    SendRecv,
    /// Only sends.
    SendOnly,
    /// Only receives.
    RecvOnly,
    /// Does neither, for now.
    Inactive,
    /// Does neither, for good.
    Stopped,
    /// A direction this version of rejoin does not know.
    Unknown,
}

impl TransceiverDirection {
    /// The direction of this name.
    pub fn from_name(name: &str) -> Self {
        let known = &[
            ("sendrecv", Self::SendRecv),
            ("sendonly", Self::SendOnly),
            ("recvonly", Self::RecvOnly),
            ("inactive", Self::Inactive),
            ("stopped", Self::Stopped),
        ];
        named(known, name, Self::Unknown)
    }

    /// The name in the specification.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::SendRecv => "sendrecv",
            Self::SendOnly => "sendonly",
            Self::RecvOnly => "recvonly",
            Self::Inactive => "inactive",
            Self::Stopped => "stopped",
            Self::Unknown => "unknown",
        }
    }

    /// Refuses what cannot be set, as the specification asks: a setter ignores a string that is not in its enum, and
    /// Chromium adds a transceiver that is "stopped".
    pub(super) fn settable(self) -> Result<(), PeerConnectionError> {
        match self {
            Self::SendRecv | Self::SendOnly | Self::RecvOnly | Self::Inactive => Ok(()),
            Self::Stopped | Self::Unknown => {
                Err(PeerConnectionError::Type(BrowserError::new("TypeError", "not a direction to set")))
            }
        }
    }
}

impl fmt::Display for TransceiverDirection {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}
