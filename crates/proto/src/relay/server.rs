//! What the server says to a client.

use core::fmt;
use core::mem::take;
use core::time::Duration;

use super::limits::{DEFAULT_HEARTBEAT, DEFAULT_RESUME_WINDOW, MAX_MESSAGE_BYTES};
use super::wire::{Fields, WireIceServer, WirePeer, from_ms, to_ms};
use super::{ErrorCode, ErrorMessage, Malformed, Token, Wire};
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
        Ok(match wire.r#type.as_str() {
            "welcome" => Self::Welcome(to_welcome(&mut wire)?),
            "peerJoined" => {
                let fields = Fields("peerJoined");
                Self::PeerJoined { peer: fields.peer(wire.peer.take())?, info: fields.info(wire.info.take())? }
            }
            "peerLeft" => Self::PeerLeft {
                peer: Fields("peerLeft").peer(wire.peer.take())?,
                reason: wire.reason.as_deref().map_or(LeaveReason::Unknown, LeaveReason::from_name),
            },
            "peerSuspended" => Self::PeerSuspended { peer: Fields("peerSuspended").peer(wire.peer.take())? },
            "peerResumed" => {
                let fields = Fields("peerResumed");
                Self::PeerResumed { peer: fields.peer(wire.peer.take())?, info: fields.info(wire.info.take())? }
            }
            "peerInfo" => {
                let fields = Fields("peerInfo");
                Self::PeerInfo { peer: fields.peer(wire.peer.take())?, info: fields.info(wire.info.take())? }
            }
            "signal" => {
                let fields = Fields("signal");
                Self::Signal { from: fields.id("from", wire.from.take())?, data: fields.data(wire.data.take())? }
            }
            "pong" => Self::Pong { resume: Fields("pong").token("resume", wire.resume.take())? },
            "error" => Self::Error(ErrorMessage {
                code: wire.code.as_deref().map_or(ErrorCode::Unknown, ErrorCode::from_name),
                message: wire.message.take().unwrap_or_default(),
                retryable: wire.retryable.unwrap_or(false),
                retry_after: wire.retry_after_ms.map(from_ms),
            }),
            "goingAway" => Self::GoingAway { reconnect_after: from_ms(wire.reconnect_after_ms.unwrap_or(0)) },
            "" => return Err(Malformed::Missing { message: "message", field: "type" }),
            _ => Self::Unknown { r#type: take(&mut wire.r#type) },
        })
    }
}

fn to_welcome(wire: &mut Wire) -> Result<Welcome, Malformed> {
    let fields = Fields("welcome");
    let mut peers = Vec::new();
    for remote in wire.peers.take().unwrap_or_default() {
        peers.push(RemotePeer {
            peer: fields.id("peers", Some(remote.peer))?,
            info: fields.info(remote.info)?,
            suspended: remote.suspended.unwrap_or(false),
        });
    }
    let server = |server: WireIceServer| IceServer {
        urls: server.urls,
        username: server.username,
        credential: server.credential,
    };
    let is_usable = |server: &WireIceServer| !server.urls.is_empty();
    Ok(Welcome {
        peer: fields.peer(wire.peer.take())?,
        resume: fields
            .token("resume", wire.resume.take())?
            .ok_or(Malformed::Missing { message: "welcome", field: "resume" })?,
        peers,
        heartbeat: match wire.heartbeat_ms {
            None => DEFAULT_HEARTBEAT,
            Some(0) => return Err(Malformed::OutOfRange { message: "welcome", field: "heartbeatMs" }),
            Some(ms) => from_ms(ms),
        },
        resume_window: wire.resume_window_ms.map_or(DEFAULT_RESUME_WINDOW, from_ms),
        max_message_bytes: wire.max_message_bytes.map_or(MAX_MESSAGE_BYTES, |bytes| bytes as usize),
        ice_servers: wire.ice_servers.take().map(|servers| servers.into_iter().filter(is_usable).map(server).collect()),
    })
}
