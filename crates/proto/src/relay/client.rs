//! What a client says to the server.

use super::limits::MAX_CAPACITY;
use super::wire::Fields;
use super::{Malformed, Token, Wire};
use crate::id::{PeerId, RoomId};

/// A message from a client to the server.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub enum ClientMessage {
    /// `hello`: into a room. The first message of a socket, and only that.
    Hello(Hello),
    /// `signal`: a text for one other peer of the room, at most once.
    Signal {
        /// Who gets it.
        to: PeerId,
        /// The text; the server does not look inside. At most
        /// [`MAX_MESSAGE_BYTES`](super::limits::MAX_MESSAGE_BYTES) less the JSON around it.
        data: String,
    },
    /// `info`: the sender's info is this now; `None` (absent on the wire) takes it away.
    Info {
        /// At most [`MAX_INFO_BYTES`](super::limits::MAX_INFO_BYTES).
        info: Option<String>,
    },
    /// `ping`: answer with `pong`. Said every `welcome.heartbeatMs`.
    Ping,
    /// `leave`: out of the room now, and close the socket.
    Leave,
    /// A type this version does not know: to be ignored.
    Unknown {
        /// The type.
        r#type: String,
    },
}

/// The `hello` of a client.
#[derive(Debug, Clone, PartialEq)]
pub struct Hello {
    /// The room. It exists from its first peer to its last.
    pub room: RoomId,
    /// Access token of the application, for servers that ask for one.
    pub token: Option<Token>,
    /// The newest resume token the client has: asks for the id it proves.
    pub resume: Option<Token>,
    /// What the others are told about this peer; the server does not look inside.
    /// At most [`MAX_INFO_BYTES`](super::limits::MAX_INFO_BYTES).
    pub info: Option<String>,
    /// How many peers the room may hold, 1 to [`MAX_CAPACITY`]. Counts only where this hello creates
    /// the room; the server's own bound holds as well.
    pub capacity: Option<u16>,
}

impl Hello {
    /// A hello into `room` as a new peer.
    pub const fn new(room: RoomId) -> Self {
        Self { room, token: None, resume: None, info: None, capacity: None }
    }
}

impl From<ClientMessage> for Wire {
    fn from(message: ClientMessage) -> Self {
        let mut wire = Self::default();
        let name = match message {
            ClientMessage::Hello(hello) => {
                wire.room = Some(hello.room.into());
                wire.token = hello.token.map(String::from);
                wire.resume = hello.resume.map(String::from);
                wire.info = hello.info;
                wire.capacity = hello.capacity.map(u32::from);
                "hello"
            }
            ClientMessage::Signal { to, data } => {
                wire.to = Some(to.into());
                wire.data = Some(data);
                "signal"
            }
            ClientMessage::Info { info } => {
                wire.info = info;
                "info"
            }
            ClientMessage::Ping => "ping",
            ClientMessage::Leave => "leave",
            ClientMessage::Unknown { r#type } => {
                wire.r#type = r#type;
                ""
            }
        };
        wire.r#type.push_str(name);
        wire
    }
}

impl TryFrom<Wire> for ClientMessage {
    type Error = Malformed;

    fn try_from(wire: Wire) -> Result<Self, Malformed> {
        Ok(match wire.r#type.as_str() {
            "hello" => Self::Hello(hello(wire)?),
            "signal" => {
                let fields = Fields("signal");
                Self::Signal { to: fields.id("to", wire.to)?, data: fields.data(wire.data)? }
            }
            "info" => Self::Info { info: Fields("info").info(wire.info)? },
            "ping" => Self::Ping,
            "leave" => Self::Leave,
            "" => return Err(Malformed::Missing { message: "message", field: "type" }),
            _ => Self::Unknown { r#type: wire.r#type },
        })
    }
}

fn hello(wire: Wire) -> Result<Hello, Malformed> {
    let fields = Fields("hello");
    let capacity = match wire.capacity {
        None => None,
        Some(number) => match u16::try_from(number) {
            Ok(capacity @ 1..=MAX_CAPACITY) => Some(capacity),
            _ => return Err(Malformed::OutOfRange { message: "hello", field: "capacity" }),
        },
    };
    Ok(Hello {
        room: fields.id("room", wire.room)?,
        token: fields.token("token", wire.token)?,
        resume: fields.token("resume", wire.resume)?,
        info: fields.info(wire.info)?,
        capacity,
    })
}
