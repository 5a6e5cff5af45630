//! One timer, set and reset: the browser half of a machine's `poll_timeout`.

use rejoin_proto::time::Instant;
use wasm_bindgen::prelude::*;

use super::{clock, sys};

/// Calls `then` in `ms` milliseconds, unless the timeout is dropped. One closure for whatever is called: each type of
/// closure that the browser calls is code of its own.
pub(crate) fn after(ms: u32, then: Box<dyn FnOnce()>) -> Timeout {
    let closure = Closure::once_assert_unwind_safe(then);
    Timeout { id: sys::set_timeout(&closure, ms), _closure: closure }
}

/// A call that is due; dropping it takes it back.
///
/// gloo-timers has no form of it that compiles where a panic unwinds.
#[must_use = "dropping it takes the call back"]
pub(crate) struct Timeout {
    id: JsValue,
    _closure: Closure<dyn FnMut()>,
}

impl Drop for Timeout {
    fn drop(&mut self) {
        sys::clear_timeout(&self.id);
    }
}

/// A timer that fires at a point in time; setting it again, or dropping it, cancels the old setting.
#[derive(Default)]
pub(crate) struct Timer {
    set: Option<(Instant, Timeout)>,
}

impl Timer {
    /// Fires `then` at `at`, or never where `at` is `None`. The same `at` again changes nothing.
    pub(crate) fn set(&mut self, at: Option<Instant>, then: impl FnOnce() + 'static) {
        self.set_boxed(at, Box::new(then));
    }

    fn set_boxed(&mut self, at: Option<Instant>, then: Box<dyn FnOnce()>) {
        if self.set.as_ref().map(|(at, _)| *at) == at {
            return;
        }
        self.set = at.map(|at| {
            let wait = at.saturating_since(clock::now()).as_secs_f64() * 1000.0;
            // Rounded up, so that it never fires before its time; 2^31 is the browsers' bound.
            (at, after(wait.ceil().min(f64::from(i32::MAX)) as u32, then))
        });
    }

    /// Forgets a setting that has fired, so that the same point can be set again.
    pub(crate) fn fired(&mut self) {
        self.set = None;
    }
}
