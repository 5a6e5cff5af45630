//! WebRTC for Rust and WebAssembly that reconnects.
//!
//! Three layers, each usable alone:
//! 1. the browser's objects, typed: [`media`], [`PeerConnection`], [`DataChannel`], [`WebSocket`];
//! 2. [`Peer`]: one other side over any [`signaling::Signaling`], with negotiation and recovery;
//! 3. [`SignalingClient`] and [`Room`]: peers by the name of a room, over `rejoin-signaling`.
//!
//! # Features
//! Each takes in only the browser's interfaces that it needs. All are on by default; with `default-features = false` there
//! are the events of the network and the page, and `BroadcastChannel`.
//! - `media`: camera, microphone, and elements that show them: [`media`].
//! - `peer`: [`PeerConnection`], [`DataChannel`], and [`Peer`] over any signaling; takes in `media`.
//! - `signaling`: [`WebSocket`] and [`SignalingClient`].
//! - `room`: [`Room`]; takes in `peer` and `signaling`.

#![cfg_attr(
    not(feature = "room"),
    allow(dead_code, reason = "what only another feature calls is compiled all the same, and linked nowhere")
)]
#![cfg_attr(test, allow(clippy::unwrap_used, reason = "a failing test may panic"))]

mod browser;
mod room;

#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;

pub use browser::broadcast_channel::BroadcastChannel;
pub use browser::error::BrowserError;
#[cfg(feature = "media")]
pub use browser::media;
pub use browser::network::{NetworkEvent, NetworkWatcher};
#[cfg(feature = "peer")]
pub use browser::peer_connection::{
    BundlePolicy, Certificate, Configuration, DataChannel, DataChannelError, DataChannelEvent, ErrorDetail,
    Fingerprint, IceCandidateError, IceServer, IceTransportPolicy, InvalidConfiguration, PeerConnection,
    PeerConnectionError, PeerConnectionEvent, RtpReceiver, RtpSender, SendError, SendErrorKind, TrackEvent,
    TrackOrKind, Transceiver, TransceiverDirection, TransceiverInit, WaterMarks,
};
#[cfg(feature = "signaling")]
pub use browser::websocket::{
    WebSocket, WebSocketError, WebSocketEvent, WebSocketOptions, WebSocketSendError, WebSocketState,
};
pub use rejoin_proto::backoff::BackoffConfig;
#[cfg(feature = "peer")]
pub use rejoin_proto::channel::{ChannelOptions, InvalidChannel, Message, Order, Priority, Reliability};
#[cfg(feature = "peer")]
pub use rejoin_proto::durable::{Direction, Lost};
#[cfg(feature = "peer")]
pub use rejoin_proto::ice::IceCandidate;
pub use rejoin_proto::id::{InvalidId, PeerId, RoomId};
#[cfg(feature = "peer")]
pub use rejoin_proto::link::{
    CloseReason, Happening, RecoveryConfig, Source, Sources, Step, Timeline, TimelineEntry, Trouble,
};
#[cfg(feature = "peer")]
pub use rejoin_proto::link::{SdpType, SessionDescription};
#[cfg(feature = "peer")]
pub use rejoin_proto::state::{
    ConnectionState, DataChannelState, IceConnectionState, IceGatheringState, SignalingState,
};
#[cfg(feature = "peer")]
pub use room::channel::{Channel, ChannelError, ChannelEvent, ChannelSendError, OUTBOX_LIMIT, UNREAD_LIMIT};
pub use room::events::{EVENT_BUFFER, Events, ReadGuard};
#[cfg(feature = "peer")]
pub use room::peer::{Peer, PeerCounters, PeerError, PeerEvent, PeerOptions, PeerState};
#[cfg(feature = "room")]
pub use room::room::{ConnectError, ConnectMode, Member, Room, RoomChannel, RoomChannelEvent, RoomEvent, RoomOptions};
#[cfg(feature = "signaling")]
pub use room::signaling_client::SignalingClient;

/// How peers find each other: the trait to bring your own, and what comes with rejoin.
pub mod signaling {
    pub use rejoin_proto::id::{PeerId, RoomId};
    #[cfg(feature = "signaling")]
    pub use rejoin_proto::relay::{CloseCode, ErrorCode, ErrorMessage, IceServer, LeaveReason, RemotePeer};
    #[cfg(feature = "signaling")]
    pub use rejoin_proto::session::{
        Failure, Loss, SessionEvent as SignalingClientEvent, SessionState as SignalingState,
    };

    #[cfg(feature = "peer")]
    pub use crate::room::broadcast::BroadcastSignaling;
    #[cfg(feature = "peer")]
    pub use crate::room::memory::{MEMORY_QUEUE, MemorySignaling, memory};
    #[cfg(feature = "peer")]
    pub use crate::room::signaling::{NotCarried, Signaling, SignalingEvent};
    #[cfg(feature = "signaling")]
    pub use crate::room::signaling_client::{SignalingClient, SignalingError, SignalingOptions, default_url};
}
