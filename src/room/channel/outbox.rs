//! What waits to be given to the browser, in the order it was sent.

use core::cell::{Cell, RefCell};
use core::pin::Pin;
use core::task::{Context, Poll, Waker};
use std::collections::VecDeque;
use std::rc::Rc;

use rejoin_proto::channel::Message;

use super::{ChannelError, ChannelSendError};
use crate::browser::peer_connection::{SendError as BrowserSendError, SendErrorKind};

/// How many bytes may wait in front of the browser's buffer: 64 MiB. More is refused with [`ChannelError::QueueFull`].
pub const OUTBOX_LIMIT: usize = 64 << 20;

#[derive(Default)]
pub(super) struct Outbox {
    entries: RefCell<VecDeque<Shared>>,
    bytes: Rc<Cell<usize>>,
    flushing: Cell<bool>,
}

/// Shared between the outbox and whoever waits for the send.
pub(super) type Shared = Rc<Entry>;

/// One message on its way: waiting (it has its message and no outcome), sent, or refused (it has both).
pub(super) struct Entry {
    message: RefCell<Option<Message>>,
    size: usize,
    /// Counts this message while it waits.
    bytes: Rc<Cell<usize>>,
    outcome: RefCell<Option<Result<(), ChannelError>>>,
    waker: RefCell<Option<Waker>>,
}

impl Entry {
    fn new(message: Message, bytes: Rc<Cell<usize>>) -> Shared {
        Rc::new(Self {
            size: message.len(),
            message: RefCell::new(Some(message)),
            bytes,
            outcome: RefCell::default(),
            waker: RefCell::default(),
        })
    }

    /// Why it was refused, if it was.
    pub(super) fn refusal(&self) -> Option<ChannelError> {
        self.outcome.borrow().clone().and_then(Result::err)
    }

    /// Whoever sent it no longer waits: it is not sent, where it has not been.
    fn take_back(&self) {
        let message = self.message.take();
        if message.is_some() && self.outcome.borrow().is_none() {
            self.uncount();
        }
    }

    fn uncount(&self) {
        self.bytes.set(self.bytes.get().saturating_sub(self.size));
    }

    fn settle(&self, outcome: Result<(), ChannelError>) {
        *self.outcome.borrow_mut() = Some(outcome);
        let waker = self.waker.take();
        waker.into_iter().for_each(Waker::wake);
    }
}

impl Outbox {
    /// A message that is not taken.
    pub(super) fn refused(message: Message, why: ChannelError) -> Shared {
        let entry = Entry::new(message, Rc::default());
        entry.settle(Err(why));
        entry
    }

    pub(super) fn push(&self, message: Message) -> Shared {
        let entry = Entry::new(message, self.bytes.clone());
        let bytes = self.bytes.get().saturating_add(entry.size);
        // One message of any size may always wait, so that no size is impossible by this bound alone.
        if bytes > OUTBOX_LIMIT && !self.is_empty() {
            entry.settle(Err(ChannelError::QueueFull));
        } else {
            self.bytes.set(bytes);
            let mut entries = self.entries.borrow_mut();
            // Sends that are cancelled, one after the other, do not gather.
            while entries.back().is_some_and(|last| last.message.borrow().is_none()) {
                entries.pop_back();
            }
            entries.push_back(entry.clone());
        }
        entry
    }

    /// Gives the messages to `send` in order, until it has no room or nothing is left.
    ///
    /// A refusal that nobody waits for (the message came through a `Sink`) goes to `unheard`.
    pub(super) fn flush(&self, send: impl Fn(Message) -> Result<(), BrowserSendError>, unheard: impl Fn(ChannelError)) {
        if self.flushing.replace(true) {
            return;
        }
        while let Some(entry) = self.first() {
            // A send that was cancelled has taken its message back.
            if let Some(message) = entry.message.take() {
                match send(message) {
                    Ok(()) => entry.settle(Ok(())),
                    Err(BrowserSendError { message, kind: SendErrorKind::TooLarge { max } }) => {
                        *entry.message.borrow_mut() = Some(message);
                        let refusal = ChannelError::TooLarge { size: entry.size, max: max as usize };
                        // Two owners are the queue and this loop.
                        if Rc::strong_count(&entry) == 2 {
                            unheard(refusal.clone());
                        }
                        entry.settle(Err(refusal));
                    }
                    // No room, or the channel is just closing: it stays at the front.
                    Err(BrowserSendError { message, .. }) => {
                        *entry.message.borrow_mut() = Some(message);
                        break;
                    }
                }
                entry.uncount();
            }
            self.entries.borrow_mut().pop_front();
        }
        self.flushing.set(false);
    }

    fn first(&self) -> Option<Shared> {
        self.entries.borrow().front().cloned()
    }

    pub(super) fn refuse_all(&self, why: &ChannelError) {
        let refused = self.entries.take();
        self.bytes.set(0);
        for entry in refused {
            entry.settle(Err(why.clone()));
        }
    }

    pub(super) fn bytes(&self) -> usize {
        self.bytes.get()
    }

    pub(super) fn is_empty(&self) -> bool {
        self.entries.borrow().is_empty()
    }
}

/// A send that is waited for.
pub(super) struct Sending {
    entry: Shared,
}

impl Sending {
    pub(super) fn new(entry: Shared) -> Self {
        Self { entry }
    }
}

impl Future for Sending {
    type Output = Result<(), ChannelSendError>;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let outcome = self.entry.outcome.borrow().clone();
        match outcome {
            Some(Ok(())) => Poll::Ready(Ok(())),
            Some(Err(reason)) => {
                let message = self.entry.message.take().unwrap_or_else(|| Message::Binary(Vec::new()));
                Poll::Ready(Err(ChannelSendError { message, reason }))
            }
            None => {
                *self.entry.waker.borrow_mut() = Some(cx.waker().clone());
                Poll::Pending
            }
        }
    }
}

impl Drop for Sending {
    fn drop(&mut self) {
        self.entry.take_back();
    }
}

#[cfg(test)]
mod tests {
    use futures_util::FutureExt;

    use super::*;

    fn text(length: usize) -> Message {
        Message::Text("x".repeat(length))
    }

    #[test]
    fn what_is_taken_back_is_neither_sent_nor_counted() {
        let (outbox, sent) = (Outbox::default(), RefCell::new(Vec::new()));
        let mut kept = Sending::new(outbox.push(text(1)));
        for _ in 0..4 {
            drop(Sending::new(outbox.push(text(OUTBOX_LIMIT - 1))));
        }
        assert_eq!((outbox.bytes(), outbox.entries.borrow().len()), (1, 2));
        let last = outbox.push(text(2));
        let refused = Sending::new(outbox.push(text(OUTBOX_LIMIT)));
        assert_eq!(refused.entry.refusal(), Some(ChannelError::QueueFull));
        drop(refused);
        assert_eq!(outbox.bytes(), 3);
        outbox.flush(
            |message| {
                sent.borrow_mut().push(message.len());
                Ok(())
            },
            |error| assert_eq!(error, ChannelError::Closed, "nothing is refused"),
        );
        assert_eq!((outbox.bytes(), outbox.is_empty()), (0, true));
        assert_eq!(*sent.borrow(), [1, 2]);
        assert_eq!((&mut kept).now_or_never(), Some(Ok(())));
        drop((kept, last));
        assert_eq!(outbox.bytes(), 0, "counted off once");
    }
}
