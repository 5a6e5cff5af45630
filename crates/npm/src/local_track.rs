//! One track of this page.

use js_sys::{Function, Promise};
use rejoin::media::{LocalTrack, LocalTrackEvent};
use wasm_bindgen::prelude::*;
use web_sys::MediaStreamTrack;

use crate::abort::abortable;
use crate::failure;
use crate::forward::{event, forward};

/// A handle on a [`LocalTrack`]; what the browser's track tells by itself is read there.
#[wasm_bindgen]
pub struct LocalTrackHandle(pub(crate) LocalTrack);

#[wasm_bindgen]
impl LocalTrackHandle {
    /// The browser's track.
    pub fn raw(&self) -> MediaStreamTrack {
        Clone::clone(self.0.as_raw())
    }

    /// Switches it on or off.
    #[wasm_bindgen(js_name = setEnabled)]
    pub fn set_enabled(&self, enabled: bool) {
        self.0.set_enabled(enabled);
    }

    /// Asks the device for something else.
    #[wasm_bindgen(js_name = applyConstraints, unchecked_return_type = "Promise<void>")]
    pub fn apply_constraints(&self, constraints: JsValue) -> Promise {
        let track = self.0.clone();
        abortable(None, async move {
            track.apply_constraints_with(&constraints).await.map_err(failure::media)?;
            Ok(JsValue::UNDEFINED)
        })
    }

    /// Whether it delivers no more.
    #[wasm_bindgen(js_name = isEnded)]
    pub fn is_ended(&self) -> bool {
        self.0.is_ended()
    }

    /// Gives the device back.
    pub fn stop(&self) {
        self.0.stop();
    }

    /// Tells what happens.
    pub fn listen(
        &self,
        #[wasm_bindgen(
            unchecked_param_type = "(name?: \"ended\" | \"mute\" | \"unmute\" | \"enabledchange\", values?: object) => void"
        )]
        listener: Function,
    ) {
        forward(self.0.events(), listener, |happened| match happened {
            LocalTrackEvent::Ended => event("ended", &[]),
            LocalTrackEvent::Muted => event("mute", &[]),
            LocalTrackEvent::Unmuted => event("unmute", &[]),
            LocalTrackEvent::EnabledChanged { enabled } => event("enabledchange", &[("enabled", (*enabled).into())]),
            _ => None,
        });
    }
}
