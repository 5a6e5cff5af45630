//! The browser's objects with types and owners: one Web interface per file, no policy.

pub(crate) mod clock;
pub(crate) mod emitter;
pub(crate) mod error;
pub(crate) mod json;
pub(crate) mod listener;
pub(crate) mod random;
pub(crate) mod sys;
pub(crate) mod timer;
pub(crate) mod wakers;

pub(crate) mod broadcast_channel;
pub mod media;
pub(crate) mod network;
pub(crate) mod peer_connection;
pub(crate) mod websocket;
