//! Events as bounded streams, any number of readers.

use core::any::Any;
use core::marker::PhantomData;
use core::pin::Pin;
use core::task::{Context, Poll, Waker};
use std::cell::{Cell, RefCell};
use std::collections::VecDeque;
use std::rc::{Rc, Weak};

use futures_core::Stream;
use wasm_bindgen_futures::spawn_local;

/// The most events kept for a stream that is not read; past it the oldest goes and [`Events::missed`] counts it.
///
/// [`Events::listen`] and [`Events::for_each_ref`] read as events come, and miss none.
pub const EVENT_BUFFER: usize = 256;

/// Where events come from: every reader gets each event published after it subscribed.
///
/// Queues hold events of any type, shared by the readers: so there is one queue in the WebAssembly instead of one a type.
pub(crate) struct Publisher<T> {
    readers: Readers,
    events: PhantomData<fn() -> T>,
}

impl<T> Default for Publisher<T> {
    fn default() -> Self {
        Self { readers: Readers::default(), events: PhantomData }
    }
}

impl<T> core::fmt::Debug for Publisher<T> {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.debug_struct("Publisher").finish_non_exhaustive()
    }
}

impl<T: 'static> Publisher<T> {
    /// A new reader.
    pub(crate) fn subscribe(&self) -> Events<T> {
        Events { queue: self.readers.add(), events: PhantomData }
    }

    /// Gives `event` to every reader.
    pub(crate) fn publish(&self, event: T) {
        if self.has_readers() {
            self.readers.push(&(Rc::new(event) as Rc<dyn Any>));
        }
    }
}

impl<T> Publisher<T> {
    pub(crate) fn has_readers(&self) -> bool {
        !self.readers.queues.borrow().is_empty()
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

    /// Whether another event has come, or comes; false at the end. The event itself is left out.
    pub(crate) async fn more(&mut self) -> bool {
        core::future::poll_fn(|cx| poll(&self.queue, cx)).await.is_some()
    }

    /// Ends the reading of [`for_each_ref`](Self::for_each_ref) when it is dropped.
    pub(crate) fn guard(&self) -> ReadGuard {
        ReadGuard(Rc::downgrade(&self.queue))
    }
}

impl<T: 'static> Events<T> {
    /// Calls `read` with each event, and with `None` after the last. The events are lent, where a stream copies them; none
    /// is missed; and it is one future for events of all types.
    pub fn for_each_ref(self, mut read: impl FnMut(Option<&T>) + 'static) -> ForEachRef {
        self.queue.borrow_mut().bound = usize::MAX;
        ForEachRef {
            queue: self.queue,
            // Only events of this type are pushed.
            read: Box::new(move |event| read(event.and_then(<dyn Any>::downcast_ref))),
        }
    }

    /// Calls `read` with each event until what this returns is dropped: for what has an end of its own, such as an
    /// effect of a component.
    ///
    /// ```no_run
    /// # fn effect(peer: &rejoin::Peer, render: impl Fn() + 'static) -> impl FnOnce() {
    /// let reading = peer.events().listen(move |_| render());
    /// move || drop(reading)
    /// # }
    /// ```
    pub fn listen(self, mut read: impl FnMut(&T) + 'static) -> ReadGuard {
        let guard = self.guard();
        spawn_local(self.for_each_ref(move |event| {
            if let Some(event) = event {
                read(event);
            }
        }));
        guard
    }
}

/// Reads the events of one source; see [`Events::for_each_ref`].
#[must_use = "a future does nothing unless it is polled"]
pub struct ForEachRef {
    queue: Rc<RefCell<Queue>>,
    read: Box<Read>,
}

type Read = dyn FnMut(Option<&dyn Any>);

impl Future for ForEachRef {
    type Output = ();

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<()> {
        loop {
            match poll(&self.queue, cx) {
                Poll::Ready(Some(event)) => (self.read)(Some(&*event)),
                Poll::Ready(None) => {
                    (self.read)(None);
                    return Poll::Ready(());
                }
                Poll::Pending => return Poll::Pending,
            }
        }
    }
}

/// Ends the reading of one reader when it is dropped; see [`Events::listen`].
#[must_use = "dropping it ends the reading"]
pub struct ReadGuard(Weak<RefCell<Queue>>);

impl core::fmt::Debug for ReadGuard {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.debug_struct("ReadGuard").finish_non_exhaustive()
    }
}

impl Drop for ReadGuard {
    fn drop(&mut self) {
        let Some(queue) = self.0.upgrade() else { return };
        let (unread, waker) = {
            let mut queue = queue.borrow_mut();
            queue.open = false;
            (core::mem::take(&mut queue.events), queue.waker.take())
        };
        // Freed after the borrow, as in `push`.
        drop(unread);
        waker.into_iter().for_each(Waker::wake);
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
struct Readers {
    queues: RefCell<Vec<Weak<RefCell<Queue>>>>,
    closed: Cell<bool>,
}

impl Readers {
    fn add(&self) -> Rc<RefCell<Queue>> {
        let open = !self.closed.get();
        let (events, bound) = (VecDeque::new(), EVENT_BUFFER);
        let queue = Rc::new(RefCell::new(Queue { events, bound, missed: 0, open, waker: None }));
        if open {
            self.queues.borrow_mut().push(Rc::downgrade(&queue));
        }
        queue
    }

    fn push(&self, event: &Rc<dyn Any>) {
        // Freed after the borrow: what an event holds may have a Drop of its own.
        let mut lost = Vec::new();
        self.each(&mut |queue| {
            if !queue.open {
                return;
            }
            if queue.events.len() >= queue.bound {
                lost.extend(queue.events.pop_front());
                queue.missed += 1;
            }
            queue.events.push_back(event.clone());
        });
    }

    fn close(&self) {
        self.closed.set(true);
        self.each(&mut |queue| queue.open = false);
    }

    fn each(&self, change: &mut dyn FnMut(&mut Queue)) {
        let mut wakers = Vec::new();
        self.queues.borrow_mut().retain(|reader| {
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
    /// The most that wait.
    bound: usize,
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
        publisher.publish(1);
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
            publisher.publish(n);
        }
        assert_eq!(reader.missed(), 1);
        assert_eq!(reader.next().now_or_never(), Some(Some(1)));
    }

    #[test]
    fn what_is_read_as_it_comes_misses_nothing() {
        let publisher = Publisher::default();
        let read = Rc::new(RefCell::new(0));
        let count = Rc::clone(&read);
        let mut reading = publisher.subscribe().for_each_ref(move |event: Option<&usize>| {
            if let Some(n) = event {
                let mut count = count.borrow_mut();
                assert_eq!(n, &*count);
                *count += 1;
            }
        });
        for n in 0..4 * EVENT_BUFFER {
            publisher.publish(n);
        }
        assert_eq!((&mut reading).now_or_never(), None);
        assert_eq!(*read.borrow(), 4 * EVENT_BUFFER);
    }

    #[test]
    fn a_reader_that_comes_after_the_end_gets_the_end() {
        let publisher = Publisher::<u8>::default();
        publisher.close();
        assert_eq!(publisher.subscribe().next().now_or_never(), Some(None));
        assert!(!publisher.has_readers(), "nothing is kept for it");
    }

    #[test]
    fn events_are_lent_to_the_last_and_then_the_end_is_told() {
        let publisher = Publisher::default();
        let (reader, read) = (publisher.subscribe(), Rc::new(RefCell::new(Vec::new())));
        let log = Rc::clone(&read);
        let mut reading = reader.for_each_ref(move |event: Option<&i32>| log.borrow_mut().push(event.copied()));
        publisher.publish(1);
        assert_eq!((&mut reading).now_or_never(), None);
        publisher.publish(2);
        drop(publisher);
        assert_eq!((&mut reading).now_or_never(), Some(()));
        assert_eq!(*read.borrow(), [Some(1), Some(2), None]);
    }

    #[test]
    fn without_its_guard_a_reader_reads_nothing_more() {
        let publisher = Publisher::default();
        let mut reader = publisher.subscribe();
        let guard = reader.guard();
        publisher.publish(1);
        drop(guard);
        publisher.publish(2);
        assert_eq!(reader.next().now_or_never(), Some(None));
    }
}
