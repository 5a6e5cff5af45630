//! The states of the WebRTC objects, by the names of the specification.
//!
//! A name the specification may gain later is `Unknown`, never an error.

use crate::names::named;

macro_rules! states {
    ($(#[$doc:meta])* $name:ident { $($(#[$vdoc:meta])* $variant:ident = $text:literal,)* }) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
        #[non_exhaustive]
        pub enum $name {
            $($(#[$vdoc])* $variant,)*
            /// A state this version of rejoin does not know.
            Unknown,
        }

        impl $name {
            /// The state of this name.
            pub fn from_name(name: &str) -> Self {
                named(&[$(($text, Self::$variant),)*], name, Self::Unknown)
            }

            /// The name of the state in the specification.
            pub const fn as_str(self) -> &'static str {
                match self {
                    $(Self::$variant => $text,)*
                    Self::Unknown => "unknown",
                }
            }
        }

        impl core::fmt::Display for $name {
            fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
                f.write_str(self.as_str())
            }
        }
    };
}

states!(
    /// [RTCPeerConnectionState](https://www.w3.org/TR/webrtc/#rtcpeerconnectionstate-enum): ICE and DTLS together.
    ConnectionState {
        /// Nothing has started.
        New = "new",
        /// ICE or DTLS is being set up.
        Connecting = "connecting",
        /// Everything is connected.
        Connected = "connected",
        /// A transport has lost contact; it may come back by itself.
        Disconnected = "disconnected",
        /// A transport has given up.
        Failed = "failed",
        /// The connection was closed here.
        Closed = "closed",
    }
);

states!(
    /// [RTCIceConnectionState](https://www.w3.org/TR/webrtc/#rtciceconnectionstate-enum).
    IceConnectionState {
        /// No candidate pair has been tried.
        New = "new",
        /// Candidate pairs are being tried.
        Checking = "checking",
        /// A pair works; others are still tried.
        Connected = "connected",
        /// A pair works, and all have been tried.
        Completed = "completed",
        /// Contact is lost; it may come back by itself.
        Disconnected = "disconnected",
        /// No pair works.
        Failed = "failed",
        /// The connection was closed here.
        Closed = "closed",
    }
);

states!(
    /// [RTCIceGatheringState](https://www.w3.org/TR/webrtc/#rtcicegatheringstate-enum).
    IceGatheringState {
        /// Gathering has not begun.
        New = "new",
        /// Candidates are being gathered.
        Gathering = "gathering",
        /// All candidates have been gathered.
        Complete = "complete",
    }
);

states!(
    /// [RTCSignalingState](https://www.w3.org/TR/webrtc/#rtcsignalingstate-enum).
    SignalingState {
        /// No offer is under way.
        Stable = "stable",
        /// Our offer waits for its answer.
        HaveLocalOffer = "have-local-offer",
        /// Their offer waits for our answer.
        HaveRemoteOffer = "have-remote-offer",
        /// We gave a provisional answer.
        HaveLocalPranswer = "have-local-pranswer",
        /// They gave a provisional answer.
        HaveRemotePranswer = "have-remote-pranswer",
        /// The connection was closed here.
        Closed = "closed",
    }
);

states!(
    /// [RTCDataChannelState](https://www.w3.org/TR/webrtc/#rtcdatachannelstate-enum).
    DataChannelState {
        /// The channel is being set up.
        Connecting = "connecting",
        /// Messages flow.
        Open = "open",
        /// The channel is being closed.
        Closing = "closing",
        /// The channel is closed, or could not be opened.
        Closed = "closed",
    }
);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_state_is_known_by_its_name_and_a_new_name_is_unknown() {
        assert_eq!(SignalingState::from_name("have-local-offer"), SignalingState::HaveLocalOffer);
        assert_eq!(ConnectionState::from_name("frozen"), ConnectionState::Unknown);
        assert_eq!(IceConnectionState::Completed.to_string(), "completed");
    }
}
