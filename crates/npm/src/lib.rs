//! The WebAssembly half of the npm package `rejoin`: converts, calls, converts back.
//!
//! Users never see these classes: the TypeScript in `ts/` wraps each in one of its own, with documentation,
//! events, errors and `AbortSignal`. What passes between the two halves:
//! - a *handle* is one class here, holding one object of the crate `rejoin`;
//! - an event is a call of the one listener a handle was given by `listen`: its name, then its values; a call
//!   without a name is the last;
//! - an error is an array, see `failure`.

pub mod attachment;
pub mod channel;
pub mod local_stream;
pub mod local_track;
pub mod peer;
pub mod port;
pub mod room;
pub mod room_channel;
pub mod signaling_client;
pub mod user_media;

mod abort;
mod configuration;
mod failure;
mod forward;
mod recovery;
mod value;

#[global_allocator]
static ALLOCATOR: rlsf::SmallGlobalTlsf = rlsf::SmallGlobalTlsf::new();
