//! [Web Locks](https://w3c.github.io/web-locks/): what one page of an origin at a time can have.

use core::time::Duration;

use js_sys::{Array, Function, Promise};
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::JsFuture;

use super::sys;

/// A lock that this page has. Dropping it gives it back; so does the end of the page.
pub(crate) struct Lock {
    release: Function,
}

impl Lock {
    /// Waits until the lock of this name is free, and takes it; `None` where it is not within `patience`, or where the
    /// browser has no locks for this page: an insecure one, or one of an opaque origin.
    pub(crate) async fn request(name: &str, patience: Duration) -> Option<Self> {
        let (held, release) = promise();
        let (granted, grant) = promise();
        let callback = Closure::<dyn Fn() -> Promise>::new(move || {
            call(&grant);
            held.clone()
        });
        let options = sys::Dict::new();
        options.set("signal", &sys::abort_after(patience.subsec_millis() + patience.as_secs() as u32 * 1000).ok()?);
        // Settled when the lock is given back again, or when it was waited for in vain.
        let over = sys::request_lock(name, &options, callback.as_ref().unchecked_ref()).ok()?;
        JsFuture::from(sys::promise_race(&Array::of2(&granted, &over))).await.ok()?;
        Some(Self { release })
    }
}

impl Drop for Lock {
    fn drop(&mut self) {
        call(&self.release);
    }
}

/// A promise and what fulfils it.
fn promise() -> (Promise, Function) {
    // In an array, for a closure that changes what is of Rust does not compile where a panic unwinds.
    let fulfil = Array::new();
    let promise = Promise::new(&mut |resolve: Function, _| {
        fulfil.push(&resolve);
    });
    (promise, fulfil.get(0).unchecked_into())
}

fn call(fulfil: &Function) {
    // A promise's own resolve function does not throw.
    let _ = fulfil.call0(&JsValue::UNDEFINED);
}
