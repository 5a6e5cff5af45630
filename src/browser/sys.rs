//! What web-sys lacks, or binds without `catch`: private `extern` types only.

use js_sys::{Array, Function, Object, Promise};
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

    /// A plain object to be filled, for the browser's dictionaries.
    #[wasm_bindgen(extends = Object, js_name = Object, typescript_type = "object")]
    pub(crate) type Dict;
    #[wasm_bindgen(constructor, js_class = "Object")]
    pub(crate) fn new() -> Dict;
    #[wasm_bindgen(method, structural, indexing_setter)]
    pub(crate) fn set(this: &Dict, key: &str, value: &JsValue);

    #[wasm_bindgen(js_namespace = Promise, js_name = race)]
    pub(crate) fn promise_race(promises: &Array) -> Promise;

    #[wasm_bindgen(catch, js_namespace = AbortSignal, js_name = timeout)]
    pub(crate) fn abort_after(ms: u32) -> Result<JsValue, JsValue>;

    // web-sys has it behind a cfg that a library cannot set. `navigator.locks` is missing on insecure pages.
    #[wasm_bindgen(catch, js_namespace = ["navigator", "locks"], js_name = request)]
    pub(crate) fn request_lock(name: &str, options: &Dict, granted: &Function) -> Result<Promise, JsValue>;

    // By the global name, for the getter throws where the page is denied its storage.
    #[wasm_bindgen(catch, js_namespace = sessionStorage, js_name = getItem)]
    pub(crate) fn session_item(key: &str) -> Result<Option<String>, JsValue>;
    #[wasm_bindgen(catch, js_namespace = sessionStorage, js_name = setItem)]
    pub(crate) fn set_session_item(key: &str, value: &str) -> Result<(), JsValue>;
    #[wasm_bindgen(catch, js_namespace = sessionStorage, js_name = removeItem)]
    pub(crate) fn remove_session_item(key: &str) -> Result<(), JsValue>;

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
