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
    bytes: Cell<usize>,
    flushing: Cell<bool>,
}

/// Shared between the outbox and whoever waits for the send.
pub(super) type Shared = Rc<Entry>;

/// One message on its way: waiting (it has its message and no outcome), sent, or refused (it has both).
pub(super) struct Entry {
    message: RefCell<Option<Message>>,
    size: usize,
    outcome: RefCell<Option<Result<(), ChannelError>>>,
    waker: RefCell<Option<Waker>>,
}

impl Entry {
    fn new(message: Message) -> Shared {
        Rc::new(Self {
            size: message.len(),
            message: RefCell::new(Some(message)),
            outcome: RefCell::default(),
            waker: RefCell::default(),
        })
    }

    /// Why it was refused, if it was.
    pub(super) fn refusal(&self) -> Option<ChannelError> {
        self.outcome.borrow().clone().and_then(Result::err)
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
        let entry = Entry::new(message);
        entry.settle(Err(why));
        entry
    }

    pub(super) fn push(&self, message: Message) -> Shared {
        let entry = Entry::new(message);
        let bytes = self.bytes.get().saturating_add(entry.size);
        // One message of any size may always wait, so that no size is impossible by this bound alone.
        if bytes > OUTBOX_LIMIT && !self.is_empty() {
            entry.settle(Err(ChannelError::QueueFull));
        } else {
            self.bytes.set(bytes);
            self.entries.borrow_mut().push_back(entry.clone());
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
            let message = entry.message.take();
            match message.map(&send) {
                None => {}
                Some(Ok(())) => entry.settle(Ok(())),
                Some(Err(BrowserSendError { message, kind: SendErrorKind::TooLarge { max } })) => {
                    *entry.message.borrow_mut() = Some(message);
                    let refusal = ChannelError::TooLarge { size: entry.size, max: max as usize };
                    // Two owners are the queue and this loop.
                    if Rc::strong_count(&entry) == 2 {
                        unheard(refusal.clone());
                    }
                    entry.settle(Err(refusal));
                }
                // No room, or the channel is just closing: it stays at the front.
                Some(Err(BrowserSendError { message, .. })) => {
                    *entry.message.borrow_mut() = Some(message);
                    break;
                }
            }
            self.bytes.set(self.bytes.get().saturating_sub(entry.size));
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
        self.entry.message.take();
    }
}
