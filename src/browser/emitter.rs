//! What an object tells: to any number of streams, and to one sink inside the browser's callback.

use std::cell::{Cell, RefCell};
use std::rc::Rc;

use crate::room::events::{Events, Publisher};

type Sink<T> = Rc<dyn Fn(T)>;
type Copy<T> = fn(&T) -> T;

/// Where the events of one object go.
pub(crate) struct Emitter<T> {
    publisher: Publisher<T>,
    /// Copies an event for the streams; there from the first on. In a WebAssembly without streams there is no copying.
    copy: Cell<Option<Copy<T>>>,
    sink: RefCell<Option<Sink<T>>>,
}

impl<T: Clone + 'static> Emitter<T> {
    /// A new stream of what is told from now on.
    pub(crate) fn subscribe(&self) -> Events<T> {
        self.copy.set(Some(T::clone));
        self.publisher.subscribe()
    }
}

impl<T: 'static> Emitter<T> {
    /// Sets who is told at once, instead of whom it was before.
    pub(crate) fn set_sink(&self, sink: Sink<T>) {
        let earlier = self.sink.replace(Some(sink));
        drop(earlier);
    }

    /// Tells `event`.
    pub(crate) fn emit(&self, event: T) {
        if let Some(copy) = self.copy.get().filter(|_| self.publisher.has_readers()) {
            self.publisher.publish(copy(&event));
        }
        // Cloned out, so that the sink may set another or drop everything.
        let sink = self.sink.borrow().clone();
        if let Some(sink) = sink {
            sink(event);
        }
    }

    /// Tells `event` to the streams only.
    pub(crate) fn publish(&self, event: T) {
        self.publisher.publish(event);
    }

    /// Ends the streams after what they have not yet read.
    pub(crate) fn close_streams(&self) {
        self.publisher.close();
    }

    /// Ends the streams after what they have not yet read, and frees what the sink holds.
    pub(crate) fn close(&self) {
        self.publisher.close();
        let sink = self.sink.take();
        drop(sink);
    }
}

impl<T> Default for Emitter<T> {
    fn default() -> Self {
        Self { publisher: Publisher::default(), copy: Cell::new(None), sink: RefCell::default() }
    }
}

#[cfg(test)]
mod tests {
    use futures_util::{FutureExt, StreamExt};

    use super::*;

    #[test]
    fn a_sink_may_end_what_calls_it() {
        let emitter = Rc::new(Emitter::default());
        let heard = Rc::new(Cell::new(0));
        let mut stream = emitter.subscribe();
        let (inner, count) = (Rc::clone(&emitter), Rc::clone(&heard));
        emitter.set_sink(Rc::new(move |()| {
            count.set(count.get() + 1);
            inner.close();
        }));
        emitter.emit(());
        emitter.emit(());
        assert_eq!((heard.get(), Rc::strong_count(&heard)), (1, 1), "told once, and freed");
        assert_eq!(stream.next().now_or_never(), Some(Some(())));
        assert_eq!(stream.next().now_or_never(), Some(None));
    }
}
