//! What web-sys lacks of the media interfaces, or binds without `catch`.

use js_sys::{Object, Promise};
use wasm_bindgen::prelude::*;

#[wasm_bindgen]
extern "C" {
    /// The global object, as far as it says whether there are devices.
    #[wasm_bindgen(extends = Object, typescript_type = "Window")]
    pub(super) type Global;

    #[wasm_bindgen(method, getter, js_name = isSecureContext)]
    pub(super) fn is_secure_context(this: &Global) -> Option<bool>;

    #[wasm_bindgen(method, getter)]
    pub(super) fn navigator(this: &Global) -> Option<Navigator>;

    /// `Navigator`, whose `mediaDevices` is missing on insecure pages.
    #[wasm_bindgen(extends = Object)]
    pub(super) type Navigator;

    #[wasm_bindgen(method, getter, js_name = mediaDevices)]
    pub(super) fn media_devices(this: &Navigator) -> Option<MediaDevices>;

    /// `MediaDevices`, taking any dictionary.
    #[wasm_bindgen(extends = Object)]
    pub(super) type MediaDevices;

    #[wasm_bindgen(method, catch, js_name = getUserMedia)]
    pub(super) fn get_user_media(this: &MediaDevices, constraints: &JsValue) -> Result<Promise, JsValue>;

    /// `MediaStreamTrack` with the members web-sys lacks.
    #[wasm_bindgen(extends = web_sys::MediaStreamTrack)]
    pub(super) type Track;

    #[wasm_bindgen(method, getter, js_name = contentHint)]
    pub(super) fn content_hint(this: &Track) -> JsValue;

    #[wasm_bindgen(method, setter, js_name = contentHint)]
    pub(super) fn set_content_hint(this: &Track, hint: &str);

    #[wasm_bindgen(method, catch, js_name = applyConstraints)]
    pub(super) fn apply_constraints(this: &Track, constraints: &JsValue) -> Result<Promise, JsValue>;

    #[wasm_bindgen(method, js_name = getSettings)]
    pub(super) fn settings(this: &Track) -> Settings;

    /// `MediaTrackSettings`.
    #[wasm_bindgen(extends = Object)]
    pub(super) type Settings;

    #[wasm_bindgen(method, getter)]
    pub(super) fn width(this: &Settings) -> Option<u32>;
    #[wasm_bindgen(method, getter)]
    pub(super) fn height(this: &Settings) -> Option<u32>;
    #[wasm_bindgen(method, getter, js_name = aspectRatio)]
    pub(super) fn aspect_ratio(this: &Settings) -> Option<f64>;
    #[wasm_bindgen(method, getter, js_name = frameRate)]
    pub(super) fn frame_rate(this: &Settings) -> Option<f64>;
    #[wasm_bindgen(method, getter, js_name = facingMode)]
    pub(super) fn facing_mode(this: &Settings) -> JsValue;
    #[wasm_bindgen(method, getter, js_name = resizeMode)]
    pub(super) fn resize_mode(this: &Settings) -> JsValue;
    #[wasm_bindgen(method, getter, js_name = sampleRate)]
    pub(super) fn sample_rate(this: &Settings) -> Option<u32>;
    #[wasm_bindgen(method, getter, js_name = sampleSize)]
    pub(super) fn sample_size(this: &Settings) -> Option<u32>;
    #[wasm_bindgen(method, getter, js_name = echoCancellation)]
    pub(super) fn echo_cancellation(this: &Settings) -> JsValue;
    #[wasm_bindgen(method, getter, js_name = autoGainControl)]
    pub(super) fn auto_gain_control(this: &Settings) -> Option<bool>;
    #[wasm_bindgen(method, getter, js_name = noiseSuppression)]
    pub(super) fn noise_suppression(this: &Settings) -> Option<bool>;
    #[wasm_bindgen(method, getter)]
    pub(super) fn latency(this: &Settings) -> Option<f64>;
    #[wasm_bindgen(method, getter, js_name = channelCount)]
    pub(super) fn channel_count(this: &Settings) -> Option<u32>;
    #[wasm_bindgen(method, getter, js_name = deviceId)]
    pub(super) fn device_id(this: &Settings) -> JsValue;
    #[wasm_bindgen(method, getter, js_name = groupId)]
    pub(super) fn group_id(this: &Settings) -> JsValue;

    /// `OverconstrainedError`, which in older browsers is neither an `Error` nor a `DOMException`.
    #[wasm_bindgen(extends = Object)]
    pub(super) type Thrown;

    #[wasm_bindgen(method, getter)]
    pub(super) fn name(this: &Thrown) -> JsValue;
    #[wasm_bindgen(method, getter)]
    pub(super) fn message(this: &Thrown) -> JsValue;
    #[wasm_bindgen(method, getter)]
    pub(super) fn constraint(this: &Thrown) -> JsValue;
}

/// The global object of the page or worker.
pub(super) fn global() -> Global {
    js_sys::global().unchecked_into()
}
