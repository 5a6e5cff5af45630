//! Errors on their way to the classes of `ts/errors.ts`: `[area, code, message, retryable, …more]`.

use js_sys::Array;
use rejoin::media::MediaError;
use wasm_bindgen::JsValue;

/// `more`: the browser's name of the error, what the user can do, the constraint.
pub(crate) fn media(error: MediaError) -> JsValue {
    let failure = failure("media", error.kind().as_str(), error.message(), error.is_retryable());
    failure.push(&error.name().into());
    failure.push(&error.advice().into());
    failure.push(&error.constraint().into());
    failure.into()
}

fn failure(area: &str, code: &str, message: &str, retryable: bool) -> Array {
    Array::of4(&area.into(), &code.into(), &message.into(), &retryable.into())
}
