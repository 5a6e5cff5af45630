//! RTCPeerConnection and what hangs on it: one Web interface per file, typed, without policy.

mod call;
mod callback;
mod candidate;
mod certificate;
mod configuration;
mod connection;
mod data_channel;
mod description;
mod error;
mod event;
mod negotiate;
mod receiver;
mod sender;
mod sys;
#[cfg(all(test, target_arch = "wasm32"))]
mod tests;
mod tracks;
mod transceiver;

use super::error::BrowserError;

pub(crate) use callback::Callback;
pub use certificate::{Certificate, Fingerprint};
pub use configuration::{BundlePolicy, Configuration, IceServer, IceTransportPolicy, InvalidConfiguration};
pub use connection::PeerConnection;
pub use data_channel::{
    DataChannel, DataChannelError, DataChannelEvent, ErrorDetail, SendError, SendErrorKind, WaterMarks,
};
pub use error::PeerConnectionError;
pub use event::{IceCandidateError, PeerConnectionEvent, TrackEvent};
pub use receiver::RtpReceiver;
pub use sender::RtpSender;
pub use transceiver::{TrackOrKind, Transceiver, TransceiverDirection, TransceiverInit};
