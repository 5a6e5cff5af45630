//! Tracks and transceivers of a connection.

use js_sys::Array;
use rejoin_proto::media::MediaKind;
use wasm_bindgen::JsCast;
use web_sys::{MediaStream, MediaStreamTrack};

use super::error::{PeerConnectionError, thrown};
use super::{PeerConnection, RtpReceiver, RtpSender, TrackOrKind, Transceiver, TransceiverDirection, TransceiverInit};

impl PeerConnection {
    /// Sends `track` from the next negotiation on; the other side finds it in `streams`. Tracks that shall stay in
    /// sync belong in one stream.
    ///
    /// # Errors
    /// [`PeerConnectionError::InvalidAccess`] where it is sent already, [`PeerConnectionError::Closed`] after
    /// [`close`](Self::close).
    pub fn add_track(
        &self,
        track: &MediaStreamTrack,
        streams: &[&MediaStream],
    ) -> Result<RtpSender, PeerConnectionError> {
        self.live()?;
        let sender = self.raw.add_track_to(track, &streams.iter().copied().collect::<Array>()).map_err(thrown)?;
        Ok(RtpSender::new(sender, self.shared.calls.clone()))
    }

    /// Stops sending the track of `sender`, for the other side from the next negotiation on. A sender that has no
    /// track is left as it is: set the direction of its transceiver instead.
    ///
    /// # Errors
    /// [`PeerConnectionError::InvalidAccess`] for the sender of another connection,
    /// [`PeerConnectionError::Closed`] after [`close`](Self::close).
    pub fn remove_track(&self, sender: &RtpSender) -> Result<(), PeerConnectionError> {
        self.live()?;
        self.raw.remove_sender(sender.raw()).map_err(thrown)
    }

    /// Adds an m-line to the next offer: to send a track, or to receive without sending.
    ///
    /// # Errors
    /// [`PeerConnectionError::Closed`] after [`close`](Self::close), [`PeerConnectionError::Type`] for a
    /// direction that cannot be set, this or [`PeerConnectionError::InvalidAccess`] for encodings that cannot be.
    pub fn add_transceiver(
        &self,
        what: TrackOrKind<'_>,
        init: &TransceiverInit,
    ) -> Result<Transceiver, PeerConnectionError> {
        self.live()?;
        init.direction.settable()?;
        let transceiver = self.raw.add_transceiver_for(&what.to_js(), &init.to_js()).map_err(thrown)?;
        Ok(Transceiver::new(transceiver, self.shared.calls.clone()))
    }

    /// Adds an m-line of `kind` without a track.
    ///
    /// # Errors
    /// As [`add_transceiver`](Self::add_transceiver).
    pub fn add_transceiver_of(
        &self,
        kind: MediaKind,
        direction: TransceiverDirection,
    ) -> Result<Transceiver, PeerConnectionError> {
        self.add_transceiver(TrackOrKind::Kind(kind), &TransceiverInit::new().with_direction(direction))
    }

    /// The transceivers that are not stopped for good, in the order they were made.
    pub fn transceivers(&self) -> Vec<Transceiver> {
        let transceivers = self.raw.get_transceivers();
        let wrap = |raw: wasm_bindgen::JsValue| Transceiver::new(raw.unchecked_into(), self.shared.calls.clone());
        transceivers.iter().map(wrap).collect()
    }

    /// The senders of the transceivers.
    pub fn senders(&self) -> Vec<RtpSender> {
        self.transceivers().iter().map(Transceiver::sender).collect()
    }

    /// The receivers of the transceivers.
    pub fn receivers(&self) -> Vec<RtpReceiver> {
        self.transceivers().iter().map(Transceiver::receiver).collect()
    }
}
