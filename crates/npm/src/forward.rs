//! Events on their way to the listener of a handle.

use futures_util::stream::LocalBoxStream;
use futures_util::{Stream, StreamExt};
use js_sys::Function;
use rejoin::Events;
use wasm_bindgen::JsValue;
use wasm_bindgen_futures::spawn_local;

use crate::value::object;

/// What a listener is told: the name of an event, and the object with its values.
pub(crate) struct Told(&'static str, JsValue);

/// An event by its name, with its values by theirs.
pub(crate) fn event(name: &'static str, values: &[(&str, JsValue)]) -> Option<Told> {
    Some(Told(name, object(values)))
}

/// Calls `listener` with what `tell` makes of each event, and with nothing after the last.
pub(crate) fn forward<T: 'static>(events: Events<T>, listener: Function, tell: impl Fn(&T) -> Option<Told> + 'static) {
    spawn_local(events.for_each_ref(move |event| match event {
        Some(event) => call(&listener, tell(event)),
        None => end(&listener),
    }));
}

/// The same for the messages of a channel, each of which one reader gets.
pub(crate) fn forward_messages<T: 'static>(
    messages: impl Stream<Item = T> + 'static,
    listener: Function,
    tell: impl Fn(T) -> Option<Told> + 'static,
) {
    run(messages.map(tell).boxed_local(), listener);
}

/// One for all types of messages: it would be in the module once a type.
fn run(mut messages: LocalBoxStream<'static, Option<Told>>, listener: Function) {
    spawn_local(async move {
        while let Some(told) = messages.next().await {
            call(&listener, told);
        }
        end(&listener);
    });
}

fn call(listener: &Function, told: Option<Told>) {
    if let Some(Told(name, values)) = told {
        // The facade dispatches events: exceptions of their handlers are reported by the browser.
        let _ = listener.call2(&JsValue::UNDEFINED, &name.into(), &values);
    }
}

fn end(listener: &Function) {
    let _ = listener.call0(&JsValue::UNDEFINED);
}
