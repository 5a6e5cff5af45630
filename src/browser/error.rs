//! An exception of the browser, kept by its name and message.

use core::fmt;

use wasm_bindgen::{JsCast, JsValue};

/// What the browser threw: the name of the `DOMException` or `Error`, and its own words.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BrowserError {
    name: String,
    message: String,
}

impl BrowserError {
    /// An error of this name and message.
    pub fn new(name: impl Into<String>, message: impl Into<String>) -> Self {
        Self { name: name.into(), message: message.into() }
    }

    /// The name by which the specifications know the error, such as `InvalidStateError`.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The browser's own words.
    pub fn message(&self) -> &str {
        &self.message
    }
}

impl fmt::Display for BrowserError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.name, self.message)
    }
}

impl core::error::Error for BrowserError {}

impl From<JsValue> for BrowserError {
    fn from(thrown: JsValue) -> Self {
        if let Some(exception) = thrown.dyn_ref::<web_sys::DomException>() {
            Self::new(exception.name(), exception.message())
        } else if let Some(error) = thrown.dyn_ref::<js_sys::Error>() {
            Self::new(String::from(error.name()), String::from(error.message()))
        } else {
            // Not every value can be turned into text (a Symbol, a hostile toString): only strings are read.
            Self::new("Error", thrown.as_string().unwrap_or_default())
        }
    }
}
