//! The relay protocol: what a client and the signaling server say to each other.
//!
//! JSON text frames over a WebSocket with the subprotocol [`SUBPROTOCOL`]. The whole of it is written
//! down in `docs/protocol.md`; the bytes are held by the golden files in `tests/golden/relay`.
//!
//! ```text
//!   client                                server
//!     | hello {room, resume?, info?}        |
//!     |------------------------------------>|
//!     |     welcome {peer, resume, peers}   |  -> others: peerJoined, or peerResumed
//!     |<------------------------------------|
//!     | signal {to, data}                   |
//!     |------------------------------------>|  -> that peer: signal {from, data}
//!     | ping                           pong |
//!     |<----------------------------------->|
//!     | leave                               |
//!     |------------------------------------>|  -> others: peerLeft {reason: left}
//! ```
//!
//! On the wire every message is one flat [`Wire`] object; [`ClientMessage`] and [`ServerMessage`] are
//! what it means. Unknown fields are ignored and an unknown type is `Unknown`, so the format can grow.
//! A field name has the same JSON type in every message, now and in later versions.

mod client;
mod close;
mod error;
pub mod limits;
mod malformed;
mod reading;
mod server;
mod token;
mod wire;

pub use client::{ClientMessage, Hello};
pub use close::CloseCode;
pub use error::{ErrorCode, ErrorMessage};
pub use malformed::Malformed;
pub use server::{IceServer, LeaveReason, RemotePeer, ServerMessage, Welcome};
pub use token::Token;
pub use wire::{Wire, WireIceServer, WirePeer};

/// The WebSocket subprotocol of this protocol.
pub const SUBPROTOCOL: &str = "rejoin.v1";
