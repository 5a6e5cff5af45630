//! The public async API that drives the machines of `rejoin-proto`.

pub(crate) mod channel;
mod channels;
mod connection;
mod driver;
pub(crate) mod events;
pub(crate) mod memory;
pub(crate) mod peer;
mod published;
mod remote_media;

pub(crate) mod signaling;
pub(crate) mod signaling_client;
