//! The public async API that drives the machines of `rejoin-proto`.

#[cfg(feature = "peer")]
pub(crate) mod broadcast;
#[cfg(feature = "peer")]
pub(crate) mod channel;
#[cfg(feature = "peer")]
mod channels;
#[cfg(feature = "peer")]
mod connection;
#[cfg(feature = "peer")]
mod driver;
pub(crate) mod events;
#[cfg(feature = "peer")]
pub(crate) mod memory;
#[cfg(feature = "peer")]
pub(crate) mod peer;
#[cfg(feature = "peer")]
mod published;
#[cfg(feature = "peer")]
mod remote_media;
#[cfg(feature = "room")]
#[expect(clippy::module_inception, reason = "the folder is the layer, the file the Room")]
pub(crate) mod room;
#[cfg(feature = "peer")]
pub(crate) mod signaling;
#[cfg(feature = "signaling")]
pub(crate) mod signaling_client;
#[cfg(feature = "peer")]
mod untold;
