//! WebRTC for Rust and WebAssembly that reconnects.
//!
//! Three layers, each usable alone:
//! 1. the browser's objects, typed: [`media`], [`PeerConnection`], [`DataChannel`], [`WebSocket`];
//! 2. [`Peer`]: one other side over any [`signaling::Signaling`], with negotiation and recovery;
//! 3. [`SignalingClient`] and [`Room`]: peers by the name of a room, over `rejoin-signaling`.

mod browser;
mod room;

pub use browser::error::BrowserError;
pub use browser::media;
pub use room::events::{EVENT_BUFFER, Events};
