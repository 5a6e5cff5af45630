//! Events as bounded streams, any number of readers.

use core::any::Any;
use core::marker::PhantomData;
use core::pin::Pin;
use core::task::{Context, Poll, Waker};
use std::cell::{Cell, RefCell};
use std::collections::VecDeque;
use std::rc::{Rc, Weak};

use futures_core::Stream;

/// The most events kept for a reader that does not read; past it the oldest goes and [`Events::missed`] counts it.
pub const EVENT_BUFFER: usize = 256;

/// Where events come from: every reader gets each event published after it subscribed.
///
/// Queues hold events of any type, shared by the readers: so there is one queue in the WebAssembly instead of one a type.
pub(crate) struct Publisher<T> {
    readers: Readers,
    /// Shares an event with the readers; there from the first on. What no code reads has no copying in the WebAssembly.
    share: Cell<Option<fn(&T) -> Rc<dyn Any>>>,
}

impl<T> Default for Publisher<T> {
    fn default() -> Self {
        Self { readers: Readers::default(), share: Cell::new(None) }
    }
}

impl<T> core::fmt::Debug for Publisher<T> {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.debug_struct("Publisher").finish_non_exhaustive()
    }
}

impl<T: Clone + 'static> Publisher<T> {
    /// A new reader.
    pub(crate) fn subscribe(&self) -> Events<T> {
        self.share.set(Some(|event| Rc::new(event.clone())));
        Events { queue: self.readers.add(), events: PhantomData }
    }
}

impl<T> Publisher<T> {
    /// Gives `event` to every reader.
    pub(crate) fn publish(&self, event: &T) {
        if let Some(share) = self.share.get().filter(|_| !self.readers.0.borrow().is_empty()) {
            self.readers.push(&share(event));
        }
    }

    /// Ends every reader's stream after what it has not yet read.
    pub(crate) fn close(&self) {
        self.readers.close();
    }
}

impl<T> Drop for Publisher<T> {
    fn drop(&mut self) {
        self.close();
    }
}

/// A stream of events: ends when their source is gone.
#[must_use = "a stream does nothing unless it is read"]
pub struct Events<T> {
    queue: Rc<RefCell<Queue>>,
    events: PhantomData<fn() -> T>,
}

impl<T> Events<T> {
    /// How many events were dropped because nobody read them in time.
    pub fn missed(&self) -> u32 {
        self.queue.borrow().missed
    }
}

impl<T: Clone + 'static> Stream for Events<T> {
    type Item = T;

    fn poll_next(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<T>> {
        match poll(&self.queue, cx) {
            // Only events of this type are pushed.
            Poll::Ready(Some(event)) => Poll::Ready(event.downcast_ref::<T>().cloned()),
            Poll::Ready(None) => Poll::Ready(None),
            Poll::Pending => Poll::Pending,
        }
    }
}

#[derive(Default)]
struct Readers(RefCell<Vec<Weak<RefCell<Queue>>>>);

impl Readers {
    fn add(&self) -> Rc<RefCell<Queue>> {
        let queue = Rc::new(RefCell::new(Queue { events: VecDeque::new(), missed: 0, open: true, waker: None }));
        self.0.borrow_mut().push(Rc::downgrade(&queue));
        queue
    }

    fn push(&self, event: &Rc<dyn Any>) {
        // Freed after the borrow: what an event holds may have a Drop of its own.
        let mut lost = Vec::new();
        self.each(&mut |queue| {
            if !queue.open {
                return;
            }
            if queue.events.len() == EVENT_BUFFER {
                lost.extend(queue.events.pop_front());
                queue.missed += 1;
            }
            queue.events.push_back(event.clone());
        });
    }

    fn close(&self) {
        self.each(&mut |queue| queue.open = false);
    }

    fn each(&self, change: &mut dyn FnMut(&mut Queue)) {
        let mut wakers = Vec::new();
        self.0.borrow_mut().retain(|reader| {
            let Some(queue) = reader.upgrade() else { return false };
            let mut queue = queue.borrow_mut();
            change(&mut queue);
            wakers.extend(queue.waker.take());
            true
        });
        wakers.into_iter().for_each(Waker::wake);
    }
}

struct Queue {
    events: VecDeque<Rc<dyn Any>>,
    missed: u32,
    open: bool,
    waker: Option<Waker>,
}

fn poll(queue: &RefCell<Queue>, cx: &Context<'_>) -> Poll<Option<Rc<dyn Any>>> {
    let mut queue = queue.borrow_mut();
    match queue.events.pop_front() {
        Some(event) => Poll::Ready(Some(event)),
        None if !queue.open => Poll::Ready(None),
        None => {
            queue.waker = Some(cx.waker().clone());
            Poll::Pending
        }
    }
}

#[cfg(test)]
mod tests {
    use futures_util::{FutureExt, StreamExt};

    use super::*;

    #[test]
    fn every_reader_gets_every_event_and_the_end() {
        let publisher = Publisher::default();
        let (mut one, mut two) = (publisher.subscribe(), publisher.subscribe());
        publisher.publish(&1);
        assert_eq!(one.next().now_or_never(), Some(Some(1)));
        assert_eq!(one.next().now_or_never(), None);
        drop(publisher);
        assert_eq!(one.next().now_or_never(), Some(None));
        assert_eq!(two.next().now_or_never(), Some(Some(1)));
        assert_eq!(two.next().now_or_never(), Some(None));
    }

    #[test]
    fn a_reader_that_does_not_read_loses_the_oldest_and_is_told() {
        let publisher = Publisher::default();
        let mut reader = publisher.subscribe();
        for n in 0..=EVENT_BUFFER {
            publisher.publish(&n);
        }
        assert_eq!(reader.missed(), 1);
        assert_eq!(reader.next().now_or_never(), Some(Some(1)));
    }
}
