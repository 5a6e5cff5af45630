//! The public async API that drives the machines of `rejoin-proto`.

pub(crate) mod broadcast;
pub(crate) mod channel;
mod channels;
mod connection;
mod driver;
pub(crate) mod events;
pub(crate) mod memory;
pub(crate) mod peer;
mod published;
mod remote_media;
#[expect(clippy::module_inception, reason = "the folder is the layer, the file the Room")]
pub(crate) mod room;
pub(crate) mod signaling;
pub(crate) mod signaling_client;
