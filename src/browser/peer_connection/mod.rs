//! RTCPeerConnection and what hangs on it.
