//! Promises that an `AbortSignal` ends.

use core::future::Future;
use core::pin::Pin;
use core::task::{Context, Poll, Waker};

use futures_util::future::{AbortHandle, Abortable};
use js_sys::Promise;
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::future_to_promise;
use web_sys::{AbortSignal, Event};

/// A promise of what `work` gives; when `signal` aborts, `work` is dropped and the promise rejects with the signal's reason.
pub(crate) fn abortable(
    signal: Option<AbortSignal>,
    work: impl Future<Output = Result<JsValue, JsValue>> + 'static,
) -> Promise {
    start(signal, Box::pin(work))
}

type Work = Pin<Box<dyn Future<Output = Result<JsValue, JsValue>>>>;

fn start(signal: Option<AbortSignal>, mut work: Work) -> Promise {
    let reason = |signal: &AbortSignal| signal.unchecked_ref::<WithReason>().reason();
    if let Some(signal) = signal.as_ref().filter(|signal| signal.aborted()) {
        return Promise::reject(&reason(signal));
    }
    // Most is done at once, and a task costs several times what a small message does.
    match work.as_mut().poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(Ok(value)) => return Promise::resolve(&value),
        Poll::Ready(Err(error)) => return Promise::reject(&error),
        Poll::Pending => {}
    }
    let Some(signal) = signal else { return future_to_promise(work) };
    let (abort, registration) = AbortHandle::new_pair();
    let listener = Closure::<dyn Fn(Event)>::new(move |_| abort.abort());
    // Neither throws for a listener of ours.
    let _ = signal.add_event_listener_with_callback("abort", listener.as_ref().unchecked_ref());
    let work: Work = Box::pin(async move {
        let outcome = Abortable::new(work, registration).await;
        let _ = signal.remove_event_listener_with_callback("abort", listener.as_ref().unchecked_ref());
        outcome.unwrap_or_else(|_| Err(reason(&signal)))
    });
    future_to_promise(work)
}

#[wasm_bindgen]
extern "C" {
    /// `AbortSignal` with the member that web-sys lacks.
    type WithReason;

    #[wasm_bindgen(method, getter)]
    fn reason(this: &WithReason) -> JsValue;
}
