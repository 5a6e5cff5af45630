//! RTCRtpSender: what sends one track.

use core::fmt;
use std::rc::Rc;

use js_sys::{Array, JSON, Object};
use wasm_bindgen::{JsCast, JsValue};
use web_sys::{MediaStream, MediaStreamTrack};

use super::call::Calls;
use super::error::{PeerConnectionError, thrown};
use super::sys;

/// What sends one track. Clones are handles on the same sender.
#[derive(Clone)]
pub struct RtpSender {
    raw: sys::RtpSender,
    calls: Rc<Calls>,
}

impl RtpSender {
    pub(super) fn new(raw: sys::RtpSender, calls: Rc<Calls>) -> Self {
        Self { raw, calls }
    }

    /// The track it sends, if any.
    pub fn track(&self) -> Option<MediaStreamTrack> {
        self.raw.track()
    }

    /// Sends another track of the same kind, or nothing, without negotiation. Begins at once.
    ///
    /// # Errors
    /// [`PeerConnectionError::Type`] for another kind, [`PeerConnectionError::InvalidState`] on a stopped
    /// transceiver, [`PeerConnectionError::InvalidModification`] where it would need a negotiation.
    ///
    /// # Cancellation
    /// Dropping the future stops the waiting, not the replacing.
    pub fn replace_track(
        &self,
        track: Option<&MediaStreamTrack>,
    ) -> impl Future<Output = Result<(), PeerConnectionError>> + use<> {
        let track = track.map_or(JsValue::NULL, JsValue::from);
        let answer = self.calls.run(self.raw.replace_track_checked(&track));
        async move { answer.await.map(drop) }
    }

    /// Sets in which streams the other side finds the track; counts from the next negotiation on.
    ///
    /// # Errors
    /// [`PeerConnectionError::InvalidState`] on a closed connection.
    pub fn set_streams(&self, streams: &[&MediaStream]) -> Result<(), PeerConnectionError> {
        self.raw.set_streams(&streams.iter().copied().collect::<Array>()).map_err(thrown)
    }

    /// The browser's `RTCRtpSendParameters`: encodings, codecs. Change it and hand it to
    /// [`set_parameters`](Self::set_parameters) in the same turn.
    ///
    /// # Errors
    /// What the browser throws.
    pub fn parameters(&self) -> Result<Object, PeerConnectionError> {
        self.raw.get_parameters_checked().map_err(thrown)
    }

    /// Sets the parameters that [`parameters`](Self::parameters) gave, changed. Begins at once.
    ///
    /// # Errors
    /// [`PeerConnectionError::InvalidState`] where they are not the latest, [`PeerConnectionError::Type`] or
    /// [`PeerConnectionError::InvalidModification`] where they cannot be.
    ///
    /// # Cancellation
    /// Dropping the future stops the waiting, not the setting.
    pub fn set_parameters(&self, parameters: &Object) -> impl Future<Output = Result<(), PeerConnectionError>> + use<> {
        let answer = self.calls.run(self.raw.set_parameters_checked(parameters));
        async move { answer.await.map(drop) }
    }

    /// How it encodes: a dictionary for each layer. `None` where the browser tells of none.
    pub(crate) fn encodings(&self) -> Option<Array> {
        let encodings = encodings_of(&self.parameters().ok()?)?;
        (encodings.length() > 0).then_some(encodings)
    }

    /// Encodes as another sender did, layer by layer, where that was told to encode in another way than by itself.
    pub(crate) fn adopt_encodings(&self, others: &Array) {
        let Ok(parameters) = self.parameters() else { return };
        let Some(encodings) = encodings_of(&parameters) else { return };
        let text = |encodings: &Array| JSON::stringify(encodings).ok();
        if text(&encodings) == text(others) {
            return;
        }
        for (encoding, other) in encodings.iter().zip(others.iter()) {
            Object::<JsValue>::assign(encoding.unchecked_ref(), other.unchecked_ref());
        }
        // Where the browser does not take them, it encodes by itself, as before.
        drop(self.set_parameters(&parameters));
    }

    /// Takes a sender of the browser's.
    pub fn from_raw(raw: web_sys::RtcRtpSender) -> Self {
        Self::new(raw.unchecked_into(), Calls::new())
    }

    /// The browser's own object.
    pub fn as_raw(&self) -> &web_sys::RtcRtpSender {
        &self.raw
    }

    /// The browser's own object.
    pub fn into_raw(self) -> web_sys::RtcRtpSender {
        self.raw.into()
    }

    pub(super) fn raw(&self) -> &sys::RtpSender {
        &self.raw
    }
}

fn encodings_of(parameters: &Object) -> Option<Array> {
    parameters.unchecked_ref::<sys::SendParameters>().encodings()
}

impl fmt::Debug for RtpSender {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RtpSender").field("track", &self.track()).finish_non_exhaustive()
    }
}

impl PartialEq for RtpSender {
    /// Whether both are the same sender.
    fn eq(&self, other: &Self) -> bool {
        self.as_raw() == other.as_raw()
    }
}
