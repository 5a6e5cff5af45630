//! Signaling within one page: for tests, demonstrations and two peers side by side.

use core::task::{Context, Poll, Waker};
use std::cell::RefCell;
use std::collections::VecDeque;
use std::rc::Rc;

use super::signaling::{NotCarried, Signaling, SignalingEvent};

/// Two ends that carry messages to each other, in order and without loss.
///
/// At most [`MEMORY_QUEUE`] messages wait at an end; more are refused with [`NotCarried`].
pub fn memory() -> (MemorySignaling, MemorySignaling) {
    let ends = [Rc::<RefCell<Queue>>::default(), Rc::default()];
    let [a, b] = &ends;
    (MemorySignaling::new(a.clone(), b.clone()), MemorySignaling::new(b.clone(), a.clone()))
}

/// How many messages wait at one end of [`memory`] at the most.
pub const MEMORY_QUEUE: usize = 1024;

/// One end of [`memory`]. Dropping it ends the stream of the other.
pub struct MemorySignaling {
    inbox: Rc<RefCell<Queue>>,
    outbox: Rc<RefCell<Queue>>,
}

impl MemorySignaling {
    fn new(inbox: Rc<RefCell<Queue>>, outbox: Rc<RefCell<Queue>>) -> Self {
        inbox.borrow_mut().events.push_back(SignalingEvent::Up);
        Self { inbox, outbox }
    }
}

impl Signaling for MemorySignaling {
    fn send(&mut self, message: String) -> Result<(), NotCarried> {
        let waker = {
            let mut outbox = self.outbox.borrow_mut();
            if outbox.closed || outbox.events.len() >= MEMORY_QUEUE {
                return Err(NotCarried);
            }
            outbox.events.push_back(SignalingEvent::Message(message));
            outbox.waker.take()
        };
        waker.into_iter().for_each(Waker::wake);
        Ok(())
    }

    fn poll_event(&mut self, cx: &mut Context<'_>) -> Poll<Option<SignalingEvent>> {
        let mut inbox = self.inbox.borrow_mut();
        match inbox.events.pop_front() {
            Some(event) => Poll::Ready(Some(event)),
            None if inbox.closed => Poll::Ready(None),
            None => {
                inbox.waker = Some(cx.waker().clone());
                Poll::Pending
            }
        }
    }
}

impl Drop for MemorySignaling {
    fn drop(&mut self) {
        for queue in [&self.inbox, &self.outbox] {
            let waker = {
                let mut queue = queue.borrow_mut();
                queue.closed = true;
                queue.waker.take()
            };
            waker.into_iter().for_each(Waker::wake);
        }
    }
}

#[derive(Default)]
struct Queue {
    events: VecDeque<SignalingEvent>,
    closed: bool,
    waker: Option<Waker>,
}

#[cfg(test)]
mod tests {
    use super::*;

    fn poll(end: &mut MemorySignaling) -> Poll<Option<SignalingEvent>> {
        end.poll_event(&mut Context::from_waker(Waker::noop()))
    }

    #[test]
    fn what_one_end_sends_the_other_gets_in_order_and_then_the_end() {
        let (mut a, mut b) = memory();
        assert_eq!(poll(&mut b), Poll::Ready(Some(SignalingEvent::Up)));
        for text in ["one", "two"] {
            assert_eq!(a.send(text.to_owned()), Ok(()));
        }
        drop(a);
        assert_eq!(poll(&mut b), Poll::Ready(Some(SignalingEvent::Message("one".to_owned()))));
        assert_eq!(poll(&mut b), Poll::Ready(Some(SignalingEvent::Message("two".to_owned()))));
        assert_eq!(poll(&mut b), Poll::Ready(None));
        assert_eq!(b.send("late".to_owned()), Err(NotCarried));
    }

    #[test]
    fn an_end_that_is_not_read_refuses_what_is_too_much() {
        let (mut a, _b) = memory();
        // One place is taken by the Up at the start.
        let taken = (0..2 * MEMORY_QUEUE).filter(|_| a.send(String::new()).is_ok()).count();
        assert_eq!(taken, MEMORY_QUEUE - 1);
    }
}
