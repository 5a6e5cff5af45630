//! The tasks that wait for one thing.

use core::task::{Context, Waker};
use std::cell::RefCell;

/// Tasks to be woken together; at most [`MAX_WAITING`] are kept.
#[derive(Default)]
pub(crate) struct Wakers(RefCell<Vec<Waker>>);

impl Wakers {
    /// Wakes this task at the next [`wake`](Self::wake). Where too many wait, all are woken and ask again: some of
    /// them may have given up long ago, and only those that still wait come back.
    pub(crate) fn register(&self, cx: &Context<'_>) {
        let mut waiting = self.0.borrow_mut();
        if waiting.iter().any(|waker| waker.will_wake(cx.waker())) {
            return;
        }
        let crowd = if waiting.len() < MAX_WAITING { Vec::new() } else { core::mem::take(&mut *waiting) };
        waiting.push(cx.waker().clone());
        drop(waiting);
        crowd.into_iter().for_each(Waker::wake);
    }

    /// Wakes all that wait.
    pub(crate) fn wake(&self) {
        let waiting = core::mem::take(&mut *self.0.borrow_mut());
        waiting.into_iter().for_each(Waker::wake);
    }
}

const MAX_WAITING: usize = 64;
