//! Plain JavaScript objects: options on their way in, states and events on their way out.

use js_sys::{Array, Object, Reflect};
use wasm_bindgen::JsValue;

use crate::failure;

/// An object with these members; those without a value are left out.
pub(crate) fn object(members: &[(&str, JsValue)]) -> JsValue {
    let object = Object::new();
    for (name, value) in members {
        if !value.is_undefined() {
            // Throws only for what is no object.
            let _ = Reflect::set(&object, &(*name).into(), value);
        }
    }
    object.into()
}

/// An array of these: cheaper than a `Vec`, which goes by way of the module's memory.
pub(crate) fn array(items: impl IntoIterator<Item = impl Into<JsValue>>) -> Array {
    let array = Array::new();
    for item in items {
        array.push(&item.into());
    }
    array
}

/// The options a user gave: what is missing is the default, what is of a wrong type is an error with its name.
pub(crate) struct Options(pub(crate) JsValue);

impl Options {
    /// A member as it is; undefined where it is missing.
    pub(crate) fn get(&self, name: &str) -> JsValue {
        // Throws where the options are no object, or a getter of theirs does: both are as good as missing.
        Reflect::get(&self.0, &name.into()).unwrap_or(JsValue::UNDEFINED)
    }

    /// A text.
    pub(crate) fn text(&self, name: &str) -> Result<Option<String>, JsValue> {
        let value = self.get(name);
        self.checked(name, "a string", &value, value.as_string())
    }

    /// A whole number from 0 to `max`.
    pub(crate) fn number(&self, name: &str, max: u32) -> Result<Option<u32>, JsValue> {
        let value = self.get(name);
        let number = value.as_f64().filter(|number| number.fract() == 0.0 && (0.0..=f64::from(max)).contains(number));
        self.checked(name, "a whole number within its bounds", &value, number.map(|number| number as u32))
    }

    /// A switch.
    pub(crate) fn flag(&self, name: &str) -> Result<Option<bool>, JsValue> {
        let value = self.get(name);
        self.checked(name, "a boolean", &value, value.as_bool())
    }

    fn checked<T>(&self, name: &str, wanted: &str, value: &JsValue, read: Option<T>) -> Result<Option<T>, JsValue> {
        if read.is_none() && !value.is_undefined() && !value.is_null() {
            return Err(failure::option(&["the option ", name, " must be ", wanted].concat()));
        }
        Ok(read)
    }
}
