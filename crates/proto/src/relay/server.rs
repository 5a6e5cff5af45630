//! What the server says to a client.

use core::fmt;
use core::time::Duration;

use super::limits::{DEFAULT_HEARTBEAT, DEFAULT_RESUME_WINDOW, MAX_CAPACITY, MAX_MESSAGE_BYTES};
use super::reading::Reading;
use super::wire::{WireIceServer, WirePeer, from_ms, to_ms};
use super::{ErrorCode, ErrorMessage, Malformed, Token, Wire};
use crate::fields::Read;
use crate::id::PeerId;
use crate::names::named;

/// A message from the server to a client.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub enum ServerMessage {
    /// `welcome`: in the room. The answer to `hello`, and the first message in a room.
    Welcome(Welcome),
    /// `peerJoined`: a peer is new in the room, or came back after its `peerLeft`.
    PeerJoined {
        /// Who.
        peer: PeerId,
        /// What it says about itself.
        info: Option<String>,
    },
    /// `peerLeft`: a peer is out of the room. But for [`LeaveReason::Kicked`] this ends no connection to it that works.
    PeerLeft {
        /// Who.
        peer: PeerId,
        /// How that came.
        reason: LeaveReason,
    },
    /// `peerSuspended`: the socket of a peer was lost; its place is kept for the resume window.
    PeerSuspended {
        /// Who.
        peer: PeerId,
    },
    /// `peerResumed`: a peer has a new socket. It need not have been suspended before.
    PeerResumed {
        /// Who.
        peer: PeerId,
        /// What it says about itself now.
        info: Option<String>,
    },
    /// `peerInfo`: the info of a peer changed.
    PeerInfo {
        /// Who.
        peer: PeerId,
        /// What it says about itself now; `None` (absent on the wire): nothing.
        info: Option<String>,
    },
    /// `signal`: a text from another peer of the room.
    Signal {
        /// Who sent it; the server vouches for this.
        from: PeerId,
        /// The text.
        data: String,
    },
    /// `pong`: the answer to `ping`.
    Pong {
        /// A resume token to keep instead of the earlier one; there from time to time.
        resume: Option<Token>,
    },
    /// `error`: something was not done.
    Error(ErrorMessage),
    /// `goingAway`: the server will close all sockets with 1012.
    GoingAway {
        /// Wait so long after the close before coming back; differs from client to client, so that they do
        /// not come all at once. On the wire in milliseconds.
        reconnect_after: Duration,
    },
    /// A type this version does not know: to be ignored.
    Unknown {
        /// The type.
        r#type: String,
    },
}

/// The `welcome` of the server.
#[derive(Debug, Clone, PartialEq)]
pub struct Welcome {
    /// The id of the client: the one its resume token proves, else a new one.
    pub peer: PeerId,
    /// Proves this id in a later `hello`, also to a server that has lost its memory.
    pub resume: Token,
    /// The others in the room.
    pub peers: Vec<RemotePeer>,
    /// How often to say `ping`. On the wire in milliseconds, at least 1; where it is absent, [`DEFAULT_HEARTBEAT`].
    pub heartbeat: Duration,
    /// How long the place is kept when the socket is lost. On the wire in milliseconds; where it is absent,
    /// [`DEFAULT_RESUME_WINDOW`].
    pub resume_window: Duration,
    /// The most bytes of a frame this server takes; where it is absent, [`MAX_MESSAGE_BYTES`].
    pub max_message_bytes: usize,
    /// STUN and TURN servers for the peer connections; `None`: this server names none.
    pub ice_servers: Option<Vec<IceServer>>,
}

/// Another peer of the room.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RemotePeer {
    /// Who.
    pub peer: PeerId,
    /// What it says about itself.
    pub info: Option<String>,
    /// Whether its socket is lost just now. Absent on the wire means no.
    pub suspended: bool,
}

/// A STUN or TURN server, as in [RTCIceServer](https://www.w3.org/TR/webrtc/#rtciceserver-dictionary).
#[derive(Clone, PartialEq, Eq)]
pub struct IceServer {
    /// Its addresses, such as `stun:stun.example.org`; never empty. On the wire always an array.
    pub urls: Vec<String>,
    /// For TURN.
    pub username: Option<String>,
    /// For TURN.
    pub credential: Option<String>,
}

impl fmt::Debug for IceServer {
    /// Without the credential, so that it does not end in a log.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("IceServer").field("urls", &self.urls).finish_non_exhaustive()
    }
}

/// How a peer came to leave.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum LeaveReason {
    /// `left`: it said so, or closed its socket cleanly.
    Left,
    /// `expired`: its socket was lost, and it did not come back within the resume window.
    Expired,
    /// `removed`: the server closed its socket with a final code.
    Removed,
    /// `kicked`: the application showed it the door. This alone ends a connection to it that works.
    Kicked,
    /// A reason this version of rejoin does not know.
    Unknown,
}

impl LeaveReason {
    /// The reason of this name.
    pub fn from_name(name: &str) -> Self {
        let names = [Self::Left, Self::Expired, Self::Removed, Self::Kicked].map(|reason| (reason.as_str(), reason));
        named(&names, name, Self::Unknown)
    }

    /// The name of the reason on the wire.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Left => "left",
            Self::Expired => "expired",
            Self::Removed => "removed",
            Self::Kicked => "kicked",
            Self::Unknown => "unknown",
        }
    }
}

impl fmt::Display for LeaveReason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl From<ServerMessage> for Wire {
    fn from(message: ServerMessage) -> Self {
        let about = |name, peer: PeerId, info| Self { peer: Some(peer.to_string()), info, ..Self::of_type(name) };
        match message {
            ServerMessage::Welcome(welcome) => from_welcome(welcome),
            ServerMessage::PeerJoined { peer, info } => about("peerJoined", peer, info),
            ServerMessage::PeerLeft { peer, reason } => {
                Self { reason: Some(reason.as_str().to_owned()), ..about("peerLeft", peer, None) }
            }
            ServerMessage::PeerSuspended { peer } => about("peerSuspended", peer, None),
            ServerMessage::PeerResumed { peer, info } => about("peerResumed", peer, info),
            ServerMessage::PeerInfo { peer, info } => about("peerInfo", peer, info),
            ServerMessage::Signal { from, data } => {
                Self { from: Some(from.to_string()), data: Some(data), ..Self::of_type("signal") }
            }
            ServerMessage::Pong { resume } => Self { resume: resume.map(String::from), ..Self::of_type("pong") },
            ServerMessage::Error(error) => Self {
                code: Some(error.code.as_str().to_owned()),
                message: Some(error.message),
                retryable: Some(error.retryable),
                retry_after_ms: error.retry_after.map(to_ms),
                ..Self::of_type("error")
            },
            ServerMessage::GoingAway { reconnect_after } => {
                Self { reconnect_after_ms: Some(to_ms(reconnect_after)), ..Self::of_type("goingAway") }
            }
            ServerMessage::Unknown { r#type } => Self { r#type, ..Self::default() },
        }
    }
}

fn from_welcome(welcome: Welcome) -> Wire {
    let peer = |peer: RemotePeer| WirePeer {
        peer: peer.peer.to_string(),
        info: peer.info,
        suspended: peer.suspended.then_some(true),
    };
    let server = |server: IceServer| WireIceServer {
        urls: server.urls,
        username: server.username,
        credential: server.credential,
    };
    Wire {
        peer: Some(welcome.peer.to_string()),
        resume: Some(welcome.resume.into()),
        peers: Some(welcome.peers.into_iter().map(peer).collect()),
        heartbeat_ms: Some(to_ms(welcome.heartbeat)),
        resume_window_ms: Some(to_ms(welcome.resume_window)),
        max_message_bytes: Some(u32::try_from(welcome.max_message_bytes).unwrap_or(u32::MAX)),
        ice_servers: welcome.ice_servers.map(|servers| servers.into_iter().map(server).collect()),
        ..Wire::of_type("welcome")
    }
}

impl TryFrom<Wire> for ServerMessage {
    type Error = Malformed;

    fn try_from(mut wire: Wire) -> Result<Self, Malformed> {
        Self::read(&mut wire)
    }
}

impl ServerMessage {
    /// Reads a message.
    ///
    /// # Errors
    /// [`Malformed`] where a field that must be there is not, or one is out of its bounds.
    // Inlined, each move of the message from hand to hand would be one of its fields, one by one.
    #[inline(never)]
    pub fn read(from: &mut dyn Read) -> Result<Self, Malformed> {
        let r#type = from.text("type").unwrap_or_default();
        let Some((name, kind)) = KINDS.iter().find(|(name, _)| *name == r#type) else {
            return if r#type.is_empty() {
                Err(Malformed::Missing { message: "message", field: "type" })
            } else {
                Ok(Self::Unknown { r#type })
            };
        };
        let mut fields = Reading::of(name, from);
        let message = read(*kind, &mut fields);
        fields.finish(message)
    }
}

#[inline(never)]
fn read(kind: Kind, fields: &mut Reading<'_>) -> Option<ServerMessage> {
    Some(match kind {
        Kind::Welcome => ServerMessage::Welcome(read_welcome(fields)?),
        Kind::PeerJoined => ServerMessage::PeerJoined { peer: fields.peer()?, info: fields.info() },
        Kind::PeerLeft => ServerMessage::PeerLeft {
            peer: fields.peer()?,
            reason: fields.from.text("reason").as_deref().map_or(LeaveReason::Unknown, LeaveReason::from_name),
        },
        Kind::PeerSuspended => ServerMessage::PeerSuspended { peer: fields.peer()? },
        Kind::PeerResumed => ServerMessage::PeerResumed { peer: fields.peer()?, info: fields.info() },
        Kind::PeerInfo => ServerMessage::PeerInfo { peer: fields.peer()?, info: fields.info() },
        Kind::Signal => ServerMessage::Signal { from: fields.id("from")?, data: fields.data()? },
        Kind::Pong => ServerMessage::Pong { resume: fields.token("resume") },
        Kind::Error => ServerMessage::Error(ErrorMessage {
            code: fields.from.text("code").as_deref().map_or(ErrorCode::Unknown, ErrorCode::from_name),
            message: fields.from.text("message").unwrap_or_default(),
            retryable: fields.from.flag("retryable").unwrap_or(false),
            retry_after: fields.from.number("retryAfterMs").map(from_ms),
        }),
        Kind::GoingAway => {
            ServerMessage::GoingAway { reconnect_after: from_ms(fields.from.number("reconnectAfterMs").unwrap_or(0)) }
        }
    })
}

#[inline(never)]
fn read_welcome(fields: &mut Reading<'_>) -> Option<Welcome> {
    let heartbeat = fields.from.number("heartbeatMs");
    if heartbeat == Some(0) {
        fields.out_of_range("heartbeatMs");
    }
    let peer = fields.peer()?;
    let resume = fields.token("resume");
    if resume.is_none() {
        fields.missing("resume");
    }
    let mut peers = Vec::new();
    let mut wrong = None;
    fields.from.messages("peers", MAX_ITEMS, &mut |from| {
        let mut fields = Reading::of("welcome", from);
        let read = read_peer(&mut fields);
        match fields.finish(read) {
            Ok(peer) => peers.push(peer),
            Err(malformed) => wrong = Some(malformed),
        }
    });
    fields.wrong(wrong);
    let mut servers = Vec::new();
    let named = fields.from.messages("iceServers", MAX_ITEMS, &mut |from| {
        let urls = from.texts("urls", MAX_ITEMS).unwrap_or_default();
        if !urls.is_empty() {
            servers.push(IceServer { urls, username: from.text("username"), credential: from.text("credential") });
        }
    });
    Some(Welcome {
        peer,
        resume: resume?,
        peers,
        heartbeat: heartbeat.map_or(DEFAULT_HEARTBEAT, from_ms),
        resume_window: fields.from.number("resumeWindowMs").map_or(DEFAULT_RESUME_WINDOW, from_ms),
        max_message_bytes: fields.from.number("maxMessageBytes").map_or(MAX_MESSAGE_BYTES, |bytes| bytes as usize),
        ice_servers: named.then_some(servers),
    })
}

fn read_peer(fields: &mut Reading<'_>) -> Option<RemotePeer> {
    let suspended = fields.from.flag("suspended").unwrap_or(false);
    Some(RemotePeer { peer: fields.peer()?, info: fields.info(), suspended })
}

#[derive(Clone, Copy)]
enum Kind {
    Welcome,
    PeerJoined,
    PeerLeft,
    PeerSuspended,
    PeerResumed,
    PeerInfo,
    Signal,
    Pong,
    Error,
    GoingAway,
}

/// Found by one loop: a comparison for each name is several times the code.
const KINDS: &[(&str, Kind)] = &[
    ("welcome", Kind::Welcome),
    ("peerJoined", Kind::PeerJoined),
    ("peerLeft", Kind::PeerLeft),
    ("peerSuspended", Kind::PeerSuspended),
    ("peerResumed", Kind::PeerResumed),
    ("peerInfo", Kind::PeerInfo),
    ("signal", Kind::Signal),
    ("pong", Kind::Pong),
    ("error", Kind::Error),
    ("goingAway", Kind::GoingAway),
];

/// The most items of a list: no room has more peers.
const MAX_ITEMS: usize = MAX_CAPACITY as usize;
