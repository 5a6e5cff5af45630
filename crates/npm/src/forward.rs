//! Events on their way to the listener of a handle.

use futures_util::StreamExt;
use js_sys::{Array, Function, Object, Reflect};
use rejoin::Events;
use wasm_bindgen::JsValue;
use wasm_bindgen_futures::spawn_local;

/// Calls `listener` with what `words` makes of each event, and with nothing after the last.
pub(crate) fn forward<T: 'static>(mut events: Events<T>, listener: Function, words: impl Fn(T) -> Array + 'static) {
    spawn_local(async move {
        while let Some(event) = events.next().await {
            let words = words(event);
            // An event this version has no words for.
            if words.length() > 0 {
                tell(&listener, &words);
            }
        }
        tell(&listener, &Array::new());
    });
}

/// An event by its name, with its values by theirs.
pub(crate) fn event(name: &str, values: &[(&str, JsValue)]) -> Array {
    let object = Object::new();
    for (name, value) in values {
        // Throws only for what is no object.
        let _ = Reflect::set(&object, &(*name).into(), value);
    }
    Array::of2(&name.into(), &object)
}

fn tell(listener: &Function, words: &Array) {
    // The facade's listener dispatches events, whose handlers' exceptions the browser reports by itself.
    let _ = listener.apply(&JsValue::UNDEFINED, words);
}
