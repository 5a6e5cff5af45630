//! What a connection reports.

use core::fmt;

use rejoin_proto::ice::IceCandidate;
use rejoin_proto::state::{ConnectionState, IceConnectionState, IceGatheringState, SignalingState};
use web_sys::{MediaStream, MediaStreamTrack};

use super::{DataChannel, RtpReceiver, Transceiver};

/// What happened to a [`PeerConnection`](super::PeerConnection).
#[derive(Debug, Clone)]
#[non_exhaustive]
pub enum PeerConnectionEvent {
    /// An offer should be made: tracks, channels or directions have changed.
    NegotiationNeeded,
    /// A candidate was found: send it to the other side. An empty one ends its generation, `None` ends the gathering.
    IceCandidate(Option<IceCandidate>),
    /// A STUN or TURN server could not be used; others may.
    IceCandidateError(IceCandidateError),
    /// The state of ICE and DTLS together.
    ConnectionState(ConnectionState),
    /// The state of ICE.
    IceConnectionState(IceConnectionState),
    /// How far the search for candidates is.
    IceGatheringState(IceGatheringState),
    /// Where offer and answer are.
    SignalingState(SignalingState),
    /// The other side sends a track.
    Track(TrackEvent),
    /// The other side opened a channel. It is closed again where nobody keeps it; a stream of events keeps it until
    /// the event is read.
    DataChannel(DataChannel),
}

/// A track of the other side.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct TrackEvent {
    /// The track.
    pub track: MediaStreamTrack,
    /// The streams the other side has put it in; may be empty.
    pub streams: Vec<MediaStream>,
    /// Where it arrives.
    pub receiver: RtpReceiver,
    /// Its transceiver, for instance to send something back on it.
    pub transceiver: Transceiver,
}

/// Why a STUN or TURN server could not be used.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct IceCandidateError {
    /// The local address that was used, where the browser tells.
    pub address: Option<String>,
    /// The local port that was used, where the browser tells.
    pub port: Option<u16>,
    /// The server.
    pub url: String,
    /// The STUN error code, 300 to 699; 701 where the server did not answer.
    pub code: u16,
    /// The server's or the browser's words.
    pub text: String,
}

impl fmt::Display for IceCandidateError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} answered {} {}", self.url, self.code, self.text)
    }
}

impl core::error::Error for IceCandidateError {}
