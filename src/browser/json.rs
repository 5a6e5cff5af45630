//! JSON text by the browser's own parser: rejoin's messages by their [`Fields`], what belongs to the user through serde.

use js_sys::{Array, Reflect};
use rejoin_proto::fields::{Fields, Items, Read, Visit, VisitItem};
use serde::{Serialize, de::DeserializeOwned};
use serde_wasm_bindgen::Serializer;
use wasm_bindgen::{JsCast, JsValue};

use super::error::BrowserError;

/// Reads a message from JSON text. Unknown members are passed over; null is as good as missing.
///
/// The outcome is [`parse`]'s, at a fraction of the code.
pub(crate) fn read<T: Fields + Default>(text: &str) -> Result<T, BrowserError> {
    let mut message = T::default();
    read_into(text, &mut message).map(|()| message)
}

fn read_into(text: &str, message: &mut dyn Fields) -> Result<(), BrowserError> {
    let mut reader = Reader { value: js_sys::JSON::parse(text).map_err(BrowserError::from)?, refused: None };
    reader.message(message);
    match reader.refused {
        None => Ok(()),
        Some(name) => Err(BrowserError::new("DataError", ["a wrong type: ", name].concat())),
    }
}

/// Reads a message from JSON text by `read`; `None` where the text is no object, or what `read` asks for is of a wrong type.
pub(crate) fn read_by<T, E>(text: &str, read: fn(&mut dyn Read) -> Result<T, E>) -> Option<T> {
    let mut reader = Reader { value: js_sys::JSON::parse(text).ok()?, refused: None };
    let message = if reader.is_object() { read(&mut reader).ok() } else { None };
    message.filter(|_| reader.refused.is_none())
}

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

/// Fills messages in from a value; keeps the name of a member that is of a wrong type.
struct Reader {
    value: JsValue,
    refused: Option<&'static str>,
}

impl Reader {
    fn is_object(&self) -> bool {
        self.value.is_object() && !Array::is_array(&self.value)
    }

    fn member<T>(&mut self, name: &'static str, read: impl FnOnce(&JsValue) -> Option<T>) -> Option<T> {
        // Throws only where the value is no object, which has been seen to.
        let value = Reflect::get(&self.value, &name.into()).unwrap_or_default();
        if value.is_undefined() || value.is_null() {
            return None;
        }
        let read = read(&value);
        if read.is_none() {
            self.refused = Some(name);
        }
        read
    }

    /// The items under `name`, each as what it is read from; whether they are there.
    fn each(&mut self, name: &'static str, max: usize, item: &mut dyn FnMut(&mut Self)) -> bool {
        let list =
            self.member(name, |value| value.dyn_ref().filter(|list: &&Array| list.length() as usize <= max).cloned());
        let Some(list) = list else { return false };
        for value in list.iter() {
            let mut reader = Self { value, refused: None };
            item(&mut reader);
            // A list of junk must not grow to what junk is turned into.
            if reader.refused.is_some() {
                self.refused = Some(name);
                break;
            }
        }
        true
    }
}

impl Read for Reader {
    fn text(&mut self, name: &'static str) -> Option<String> {
        self.member(name, JsValue::as_string)
    }

    fn number(&mut self, name: &'static str) -> Option<u32> {
        self.member(name, |value| value.as_f64().filter(is_whole).map(|number| number as u32))
    }

    fn flag(&mut self, name: &'static str) -> Option<bool> {
        self.member(name, JsValue::as_bool)
    }

    fn texts(&mut self, name: &'static str, max: usize) -> Option<Vec<String>> {
        let mut texts = Vec::new();
        let there = self.each(name, max, &mut |item| {
            let mut text = String::new();
            VisitItem::text(item, &mut text);
            texts.push(text);
        });
        there.then_some(texts)
    }

    fn messages(&mut self, name: &'static str, max: usize, item: &mut dyn FnMut(&mut dyn Read)) -> bool {
        self.each(name, max, &mut |reader| {
            if reader.is_object() {
                item(reader);
            } else {
                reader.refused = Some("object");
            }
        })
    }
}

fn is_whole(number: &f64) -> bool {
    number.fract() == 0.0 && (0.0..=f64::from(u32::MAX)).contains(number)
}

impl Visit for Reader {
    fn text(&mut self, name: &'static str, value: &mut Option<String>) {
        *value = Read::text(self, name);
    }

    fn number(&mut self, name: &'static str, value: &mut Option<u32>) {
        *value = Read::number(self, name);
    }

    fn flag(&mut self, name: &'static str, value: &mut Option<bool>) {
        *value = Read::flag(self, name);
    }

    fn list(&mut self, name: &'static str, max: usize, items: &mut dyn Items) {
        let mut first = true;
        let there = self.each(name, max, &mut |item| {
            if core::mem::take(&mut first) {
                items.clear();
            }
            items.add(item);
        });
        // Empty, but there.
        if there && first {
            items.clear();
        }
    }

    fn refuse(&mut self, name: &'static str) {
        self.refused = Some(name);
    }
}

impl VisitItem for Reader {
    fn text(&mut self, value: &mut String) {
        match self.value.as_string() {
            Some(text) => *value = text,
            None => self.refused = Some("text"),
        }
    }

    fn message(&mut self, value: &mut dyn Fields) {
        if self.is_object() {
            value.fields(self);
        } else {
            self.refused = Some("object");
        }
    }

    fn present(&mut self, _: bool) -> bool {
        !self.value.is_null()
    }
}

#[cfg(all(test, target_arch = "wasm32"))]
mod tests {
    use rejoin_proto::link::{MAX_CANDIDATES, Sources, Wire};
    use wasm_bindgen_test::wasm_bindgen_test;

    #[wasm_bindgen_test]
    fn a_list_of_wrong_or_too_many_items_is_refused() {
        let list = |name: &str, item: &str, count| {
            let text = format!(r#"{{"type":"{name}","{name}":[{}]}}"#, vec![item; count].join(","));
            super::read::<Wire>(&text).is_ok()
        };
        for candidate in [r#"{"candidate":""}"#, r#"{"candidate":"c","sdpMid":"0","sdpMLineIndex":null}"#, "null"] {
            assert!(list("candidates", candidate, MAX_CANDIDATES), "{candidate}");
            assert!(!list("candidates", candidate, MAX_CANDIDATES + 1), "{candidate}");
        }
        for candidate in ["{}", "7", "[]", r#"{"candidate":null}"#, r#"{"candidate":"c","sdpMLineIndex":65536}"#] {
            assert!(!list("candidates", candidate, 1), "{candidate}");
        }
        assert!(list("sources", "{}", Sources::MAX) && !list("sources", "{}", Sources::MAX + 1));
    }
}
