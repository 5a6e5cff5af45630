//! RTCRtpReceiver: where a track of the other side arrives.

use web_sys::{MediaStreamTrack, RtcRtpReceiver};

/// Where a track of the other side arrives.
#[derive(Debug, Clone, PartialEq)]
pub struct RtpReceiver(RtcRtpReceiver);

impl RtpReceiver {
    /// The track: there is one even while nothing is sent.
    pub fn track(&self) -> MediaStreamTrack {
        self.0.track()
    }

    /// Takes a receiver of the browser's.
    pub fn from_raw(raw: RtcRtpReceiver) -> Self {
        Self(raw)
    }

    /// The browser's own object.
    pub fn as_raw(&self) -> &RtcRtpReceiver {
        &self.0
    }

    /// The browser's own object.
    pub fn into_raw(self) -> RtcRtpReceiver {
        self.0
    }
}
