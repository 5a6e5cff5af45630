//! Who is told inside the browser's callback.

use std::cell::RefCell;
use std::rc::Rc;

/// What is called with each `T`; shared, so that it can be called with no borrow held.
pub(crate) type Callback<T> = Rc<dyn Fn(T)>;

/// A place for one callback, which may replace itself or drop the place while it is called.
pub(super) struct CallbackSlot<T>(RefCell<Option<Callback<T>>>);

impl<T> CallbackSlot<T> {
    /// Puts `callback` in the place of the earlier one.
    pub(super) fn set(&self, callback: Callback<T>) {
        // Dropped after the borrow: what it held may come back here.
        let earlier = self.0.borrow_mut().replace(callback);
        drop(earlier);
    }

    /// The callback, to be called with no borrow held.
    pub(super) fn get(&self) -> Option<Callback<T>> {
        self.0.borrow().clone()
    }

    /// Frees what the callback holds.
    pub(super) fn clear(&self) {
        let earlier = self.0.borrow_mut().take();
        drop(earlier);
    }
}

impl<T> Default for CallbackSlot<T> {
    fn default() -> Self {
        Self(RefCell::new(None))
    }
}
