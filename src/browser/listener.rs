//! One closure on many events of one target, taken off again on Drop.

use wasm_bindgen::prelude::*;
use web_sys::{Event, EventTarget};

/// Calls one closure for every event of the given types while it lives.
///
/// gloo-events has a closure per event type; one for all types of an object costs a ninth of that for a
/// connection. It is a `Fn`, so an event inside an event cannot be refused as a recursive call.
#[derive(Debug)]
pub(crate) struct Listener {
    target: EventTarget,
    types: &'static [&'static str],
    closure: Closure<dyn Fn(Event)>,
}

impl Listener {
    /// Listens to `types` on `target`.
    pub(crate) fn new(target: &EventTarget, types: &'static [&'static str], on: impl Fn(Event) + 'static) -> Self {
        Self::with(target, types, Box::new(on))
    }

    fn with(target: &EventTarget, types: &'static [&'static str], on: Box<dyn Fn(Event)>) -> Self {
        let closure = Closure::wrap_assert_unwind_safe(on);
        for event in types {
            // addEventListener throws for no target and no type of ours.
            let _ = target.add_event_listener_with_callback(event, closure.as_ref().unchecked_ref());
        }
        Self { target: target.clone(), types, closure }
    }

    /// Takes the closure off the target; it is freed later, with `self`. Twice is as good as once.
    pub(crate) fn detach(&self) {
        for event in self.types {
            let _ = self.target.remove_event_listener_with_callback(event, self.closure.as_ref().unchecked_ref());
        }
    }
}

impl Drop for Listener {
    fn drop(&mut self) {
        self.detach();
    }
}
