//! What a room is joined with.

use rejoin_proto::fields::{Fields, Visit, to_json};
use rejoin_proto::id::RoomId;
use rejoin_proto::link::{Need, RecoveryConfig};

use super::super::published::need_of;
use crate::browser::json;
use crate::browser::peer_connection::Configuration;
use crate::media::LocalStream;
use crate::signaling::SignalingOptions;

/// Who makes the connections in a room.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum ConnectMode {
    /// Everybody is connected with everybody: a mesh, good for a handful of people. The default.
    #[default]
    Auto,
    /// Only [`Room::connect`](super::Room::connect) makes a connection; one that the other side makes is answered.
    Manual,
}

/// What a room is joined with.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct RoomOptions {
    /// The server, the room and how to come back to it.
    pub signaling: SignalingOptions,
    /// Who makes the connections. Default: [`ConnectMode::Auto`].
    pub connect: ConnectMode,
    /// Servers and policies for every connection; ICE servers that the signaling server hands out are added.
    pub configuration: Configuration,
    /// When a connection counts as lost, and how often it is tried again.
    pub recovery: RecoveryConfig,
    /// Streams for every peer, from the start. Default: none, which receives only.
    pub media: Vec<LocalStream>,
}

impl RoomOptions {
    /// The room `room` at the signaling server `url`, with the defaults.
    pub fn new(url: impl Into<String>, room: RoomId) -> Self {
        Self::of(SignalingOptions::new(url, room))
    }

    /// The room of these signaling options, else with the defaults.
    pub fn of(signaling: SignalingOptions) -> Self {
        Self {
            signaling,
            connect: ConnectMode::default(),
            configuration: Configuration::default(),
            recovery: RecoveryConfig::default(),
            media: Vec::new(),
        }
    }

    /// With these signaling options.
    #[must_use = "options do not change in place"]
    pub fn with_signaling(mut self, signaling: SignalingOptions) -> Self {
        self.signaling = signaling;
        self
    }

    /// With connections made in this way.
    #[must_use = "options do not change in place"]
    pub fn with_connect(mut self, connect: ConnectMode) -> Self {
        self.connect = connect;
        self
    }

    /// With these servers and policies.
    #[must_use = "options do not change in place"]
    pub fn with_configuration(mut self, configuration: Configuration) -> Self {
        self.configuration = configuration;
        self
    }

    /// With this recovery.
    #[must_use = "options do not change in place"]
    pub fn with_recovery(mut self, recovery: RecoveryConfig) -> Self {
        self.recovery = recovery;
        self
    }

    /// With `stream` for every peer, besides what was given before.
    #[must_use = "options do not change in place"]
    pub fn with_media(mut self, stream: LocalStream) -> Self {
        self.media.push(stream);
        self
    }
}

/// What a room's members tell each other in the opaque `info` of the relay protocol, as JSON text.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct RoomInfo {
    /// The application's own.
    pub(super) app: Option<String>,
    /// How many audio tracks the member sends, so that the first offer has room for them.
    pub(super) audio: u8,
    /// How many video tracks.
    pub(super) video: u8,
}

impl Fields for RoomInfo {
    fn fields(&mut self, visit: &mut dyn Visit) {
        visit.text("app", &mut self.app);
        for (name, count) in [("audio", &mut self.audio), ("video", &mut self.video)] {
            let mut number = Some(u32::from(*count));
            visit.number(name, &mut number);
            *count = number.unwrap_or_default().try_into().unwrap_or(u8::MAX);
        }
    }
}

impl RoomInfo {
    pub(super) fn new(app: Option<String>, media: &[LocalStream]) -> Self {
        let need = need_of(media);
        Self { app, audio: need.audio, video: need.video }
    }

    /// From the text of a member, which may be of anything: what cannot be read is taken as the application's.
    pub(super) fn read(info: Option<&str>) -> Self {
        let Some(text) = info else { return Self::default() };
        json::read(text).unwrap_or_else(|_| Self { app: Some(text.to_owned()), ..Self::default() })
    }

    pub(super) fn text(mut self) -> Option<String> {
        Some(to_json(&mut self))
    }

    pub(super) fn need(&self) -> Need {
        Need { audio: self.audio.min(Need::MAX), video: self.video.min(Need::MAX) }
    }
}
