//! An exception of the browser, kept by its name and message.

use rejoin_proto::display_words;
use rejoin_proto::text::{Words, join};
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

impl Words for BrowserError {
    fn words(&self, text: &mut String) {
        join(text, &[&self.name, &": ", &self.message]);
    }
}

display_words!(BrowserError);

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
