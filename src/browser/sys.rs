//! What web-sys lacks, or binds without `catch`: private `extern` types only.

use wasm_bindgen::prelude::*;

#[wasm_bindgen]
extern "C" {
    #[wasm_bindgen(js_namespace = performance, js_name = now)]
    pub(crate) fn performance_now() -> f64;

    #[wasm_bindgen(js_name = setTimeout)]
    pub(crate) fn set_timeout(then: &Closure<dyn FnMut()>, ms: u32) -> JsValue;

    #[wasm_bindgen(js_name = clearTimeout)]
    pub(crate) fn clear_timeout(id: &JsValue);

    #[wasm_bindgen(catch, js_namespace = crypto, js_name = getRandomValues)]
    pub(crate) fn get_random_values(into: &js_sys::Uint8Array) -> Result<JsValue, JsValue>;

    // A window's or a worker's: both have what is read here.
    #[wasm_bindgen(thread_local_v2, js_name = location)]
    static LOCATION: Option<web_sys::Location>;
}

/// `location.protocol` (`https:`), where there is a location: not in Node.
pub(crate) fn page_protocol() -> Option<String> {
    location()?.protocol().ok()
}

/// `location.host` with its port, where there is a location.
pub(crate) fn page_host() -> Option<String> {
    location()?.host().ok()
}

fn location() -> Option<web_sys::Location> {
    LOCATION.with(Clone::clone)
}
