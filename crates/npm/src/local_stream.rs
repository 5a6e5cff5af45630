//! Camera and microphone of this page.

use js_sys::{Array, Function};
use rejoin::media::{LocalStream, LocalStreamEvent, MediaKind};
use wasm_bindgen::prelude::*;
use web_sys::{MediaStream, MediaStreamTrack};

use crate::failure;
use crate::forward::{event, forward};
use crate::local_track::LocalTrackHandle;
use crate::value::array;

/// A handle on a [`LocalStream`].
#[wasm_bindgen]
pub struct LocalStreamHandle(pub(crate) LocalStream);

#[wasm_bindgen]
impl LocalStreamHandle {
    /// Takes over a stream of the browser's.
    #[wasm_bindgen(js_name = fromStream)]
    pub fn from_stream(raw: MediaStream) -> Self {
        Self(LocalStream::from_raw(raw))
    }

    /// Takes over a track of the browser's.
    #[wasm_bindgen(js_name = fromTrack)]
    pub fn from_track(raw: MediaStreamTrack) -> Result<Self, JsValue> {
        LocalStream::from_raw_track(raw).map(Self).map_err(failure::media)
    }

    /// Another handle on the same, to be given away.
    pub fn share(&self) -> Self {
        Self(self.0.clone())
    }

    /// The browser's stream.
    pub fn raw(&self) -> MediaStream {
        Clone::clone(self.0.as_raw())
    }

    /// Its tracks.
    #[wasm_bindgen(unchecked_return_type = "LocalTrackHandle[]")]
    pub fn tracks(&self) -> Array {
        array(self.0.tracks().into_iter().map(LocalTrackHandle))
    }

    /// Whether nothing of this kind is seen or heard.
    #[wasm_bindgen(js_name = isMuted)]
    pub fn is_muted(&self, #[wasm_bindgen(unchecked_param_type = "\"audio\" | \"video\"")] kind: &str) -> bool {
        MediaKind::from_name(kind).is_none_or(|kind| self.0.is_muted(kind))
    }

    /// Mutes or unmutes a kind of media.
    #[wasm_bindgen(js_name = setMuted)]
    pub fn set_muted(&self, #[wasm_bindgen(unchecked_param_type = "\"audio\" | \"video\"")] kind: &str, muted: bool) {
        if let Some(kind) = MediaKind::from_name(kind) {
            self.0.set_muted(kind, muted);
        }
    }

    /// Whether no track delivers any more.
    #[wasm_bindgen(js_name = isEnded)]
    pub fn is_ended(&self) -> bool {
        self.0.is_ended()
    }

    /// Gives the devices back.
    pub fn stop(&self) {
        self.0.stop();
    }

    /// Tells what happens.
    pub fn listen(
        &self,
        #[wasm_bindgen(
            unchecked_param_type = "(name?: \"ended\" | \"mutechange\", values?: object) => void"
        )]
        listener: Function,
    ) {
        forward(self.0.events(), listener, |happened| match happened {
            LocalStreamEvent::TrackEnded { kind } => event("ended", &[("kind", kind.as_str().into())]),
            LocalStreamEvent::MutedChanged { kind, muted } => {
                event("mutechange", &[("kind", kind.as_str().into()), ("muted", (*muted).into())])
            }
            _ => None,
        });
    }
}
