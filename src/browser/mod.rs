//! The browser's objects with types and owners: one Web interface per file, no policy.

#[cfg(any(feature = "peer", feature = "signaling"))]
pub(crate) mod clock;
pub(crate) mod emitter;
pub(crate) mod error;
#[cfg(any(feature = "media", feature = "signaling"))]
pub(crate) mod json;
pub(crate) mod listener;
#[cfg(feature = "signaling")]
pub(crate) mod lock;
#[cfg(any(feature = "peer", feature = "signaling"))]
pub(crate) mod random;
#[cfg(feature = "signaling")]
pub(crate) mod session_storage;
pub(crate) mod sys;
#[cfg(any(feature = "peer", feature = "signaling"))]
pub(crate) mod timer;
#[cfg(feature = "peer")]
pub(crate) mod wakers;

pub(crate) mod broadcast_channel;
#[cfg(feature = "media")]
pub mod media;
pub(crate) mod network;
#[cfg(feature = "peer")]
pub(crate) mod peer_connection;
#[cfg(feature = "signaling")]
pub(crate) mod websocket;
