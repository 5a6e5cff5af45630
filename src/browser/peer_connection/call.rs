//! Calls that the browser answers later, and that end when the connection does.

use core::panic::AssertUnwindSafe;
use std::cell::Cell;
use std::rc::Rc;

use js_sys::{Array, Function, Promise};
use wasm_bindgen::JsValue;
use wasm_bindgen_futures::JsFuture;

use super::error::{PeerConnectionError, thrown};
use super::sys;

/// The calls under way on one connection.
///
/// The promise of a call is never settled once its connection is closed ([W3C](https://www.w3.org/TR/webrtc/#chain-an-asynchronous-operation):
/// "If connection.[[IsClosed]] is true, abort these steps"), which would leave its future waiting for ever and its
/// callbacks in memory. So each is raced against a promise that [`end`](Self::end) settles.
pub(super) struct Calls {
    over: Cell<bool>,
    ended: Promise,
    end: Option<Function>,
}

impl Calls {
    /// The calls of a connection that lives.
    pub(super) fn new() -> Rc<Self> {
        let mut end = None;
        let mut slot = AssertUnwindSafe(&mut end);
        let ended = Promise::new(&mut move |resolve, _| **slot = Some(resolve));
        Rc::new(Self { over: Cell::new(false), ended, end })
    }

    /// Ends every call with [`PeerConnectionError::Closed`].
    pub(super) fn end(&self) {
        self.over.set(true);
        if let Some(end) = &self.end {
            // A promise's own resolve function does not throw.
            let _ = end.call0(&JsValue::UNDEFINED);
        }
    }

    /// Waits for what the browser answers to `started`. Dropping the future only stops the waiting.
    pub(super) fn run(
        self: &Rc<Self>,
        started: Result<Promise, JsValue>,
    ) -> impl Future<Output = Result<JsValue, PeerConnectionError>> + use<> {
        let calls = self.clone();
        let raced = started.map(|promise| JsFuture::from(sys::promise_race(&Array::of2(&promise, &calls.ended))));
        async move {
            let answer = match raced {
                Ok(raced) => raced.await,
                Err(refused) => Err(refused),
            };
            if calls.over.get() { Err(PeerConnectionError::Closed) } else { answer.map_err(thrown) }
        }
    }
}
