//! What a client says to the server.

use core::time::Duration;

use super::limits::MAX_CAPACITY;
use super::reading::Reading;
use super::wire::{from_ms, to_ms};
use super::{Malformed, Token, Wire};
use crate::fields::{Read, Writer};
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
    /// How long the place is kept when the page goes without a `leave`, by which it closes with 1001: it may be loaded
    /// anew. At most as long as that of a lost socket; absent: not at all. On the wire in milliseconds.
    pub reload: Option<Duration>,
}

impl Hello {
    /// A hello into `room` as a new peer.
    pub const fn new(room: RoomId) -> Self {
        Self { room, token: None, resume: None, info: None, capacity: None, reload: None }
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
                wire.reload_ms = hello.reload.map(to_ms);
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

    fn try_from(mut wire: Wire) -> Result<Self, Malformed> {
        Self::read(&mut wire)
    }
}

impl ClientMessage {
    /// Reads a message.
    ///
    /// # Errors
    /// [`Malformed`] where a field that must be there is not, or one is out of its bounds.
    pub fn read(from: &mut dyn Read) -> Result<Self, Malformed> {
        let r#type = from.text("type").unwrap_or_default();
        match r#type.as_str() {
            "hello" => {
                let mut fields = Reading::of("hello", from);
                let hello = read_hello(&mut fields).map(Self::Hello);
                fields.finish(hello)
            }
            "signal" => {
                let mut fields = Reading::of("signal", from);
                let signal = read_signal(&mut fields);
                fields.finish(signal)
            }
            "info" => {
                let mut fields = Reading::of("info", from);
                let info = fields.info();
                fields.finish(Some(Self::Info { info }))
            }
            "ping" => Ok(Self::Ping),
            "leave" => Ok(Self::Leave),
            "" => Err(Malformed::Missing { message: "message", field: "type" }),
            _ => Ok(Self::Unknown { r#type }),
        }
    }

    /// The message as JSON text: what serde writes of its [`Wire`], which a client then has no need of.
    pub fn to_json(&self) -> String {
        match self {
            Self::Hello(hello) => {
                let mut json = Writer::of_type("hello");
                json.member("room", hello.room.as_str());
                json.optional("token", hello.token.as_ref().map(Token::as_str));
                json.optional("resume", hello.resume.as_ref().map(Token::as_str));
                json.optional("info", hello.info.as_deref());
                if let Some(capacity) = hello.capacity {
                    json.whole("capacity", capacity.into());
                }
                if let Some(reload) = hello.reload {
                    json.whole("reloadMs", to_ms(reload));
                }
                json
            }
            Self::Signal { to, data } => {
                let mut json = Writer::of_type("signal");
                json.member("to", to.as_str());
                json.member("data", data);
                json
            }
            Self::Info { info } => {
                let mut json = Writer::of_type("info");
                json.optional("info", info.as_deref());
                json
            }
            Self::Ping => Writer::of_type("ping"),
            Self::Leave => Writer::of_type("leave"),
            Self::Unknown { r#type } => Writer::of_type(r#type),
        }
        .finish()
    }
}

fn read_signal(fields: &mut Reading<'_>) -> Option<ClientMessage> {
    Some(ClientMessage::Signal { to: fields.id("to")?, data: fields.data()? })
}

fn read_hello(fields: &mut Reading<'_>) -> Option<Hello> {
    let capacity = fields.from.number("capacity");
    let in_bounds =
        capacity.and_then(|number| u16::try_from(number).ok()).filter(|number| (1..=MAX_CAPACITY).contains(number));
    if in_bounds.is_none() && capacity.is_some() {
        fields.out_of_range("capacity");
    }
    Some(Hello {
        room: fields.id("room")?,
        token: fields.token("token"),
        resume: fields.token("resume"),
        info: fields.info(),
        capacity: in_bounds,
        reload: fields.from.number("reloadMs").map(from_ms),
    })
}
