//! JSON text by the browser's own parser, typed through serde.

use serde::{Serialize, de::DeserializeOwned};
use serde_wasm_bindgen::Serializer;
use wasm_bindgen::JsValue;

use super::error::BrowserError;

/// Reads a `T` from JSON text.
pub(crate) fn parse<T: DeserializeOwned>(text: &str) -> Result<T, BrowserError> {
    let value = js_sys::JSON::parse(text).map_err(BrowserError::from)?;
    from_js(value)
}

/// Writes `value` as JSON text.
pub(crate) fn stringify<T: Serialize + ?Sized>(value: &T) -> Result<String, BrowserError> {
    let text = js_sys::JSON::stringify(&to_js(value)?).map_err(BrowserError::from)?;
    text.as_string().ok_or_else(|| BrowserError::new("DataError", "the value has no JSON form"))
}

/// `value` as a plain JavaScript value: maps as objects, missing options left out.
pub(crate) fn to_js<T: Serialize + ?Sized>(value: &T) -> Result<JsValue, BrowserError> {
    value.serialize(&Serializer::json_compatible()).map_err(data_error)
}

/// A `T` from a plain JavaScript value.
pub(crate) fn from_js<T: DeserializeOwned>(value: JsValue) -> Result<T, BrowserError> {
    serde_wasm_bindgen::from_value(value).map_err(data_error)
}

fn data_error(error: serde_wasm_bindgen::Error) -> BrowserError {
    BrowserError::new("DataError", error.to_string())
}
