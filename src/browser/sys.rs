//! What web-sys lacks, or binds without `catch`: private `extern` types only.

use wasm_bindgen::prelude::*;

#[wasm_bindgen]
extern "C" {
    #[wasm_bindgen(js_namespace = performance, js_name = now)]
    pub(crate) fn performance_now() -> f64;

    #[wasm_bindgen(catch, js_namespace = crypto, js_name = getRandomValues)]
    pub(crate) fn get_random_values(into: &js_sys::Uint8Array) -> Result<JsValue, JsValue>;
}
