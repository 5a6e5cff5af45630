//! Signaling that the application carries: its `send`, and what it got.

use core::cell::RefCell;
use core::task::{Context, Poll, Waker};
use std::collections::VecDeque;
use std::rc::Rc;

use js_sys::Function;
use rejoin::signaling::{NotCarried, Signaling, SignalingEvent};
use wasm_bindgen::prelude::*;

/// The application's end of a signaling: what arrives there is put in here.
#[wasm_bindgen]
pub struct PortHandle {
    send: Function,
    inbox: Rc<RefCell<Inbox>>,
}

#[wasm_bindgen]
impl PortHandle {
    /// A port that can carry, and hands over messages by `send`.
    #[wasm_bindgen(constructor)]
    pub fn new(#[wasm_bindgen(unchecked_param_type = "(message: string) => unknown")] send: Function) -> Self {
        let port = Self { send, inbox: Rc::default() };
        port.up();
        port
    }

    /// A message came.
    pub fn message(&self, text: String) {
        self.put(SignalingEvent::Message(text));
    }

    /// Messages can be carried again.
    pub fn up(&self) {
        self.put(SignalingEvent::Up);
    }

    /// Messages cannot be carried for now.
    pub fn down(&self) {
        self.put(SignalingEvent::Down);
    }

    pub(crate) fn open(&self) -> Port {
        Port { send: self.send.clone(), inbox: self.inbox.clone() }
    }

    fn put(&self, event: SignalingEvent) {
        let waker = {
            let mut inbox = self.inbox.borrow_mut();
            // The link takes them out in the next microtask; a message that finds no place is sent again.
            if inbox.events.len() >= INBOX_LIMIT {
                return;
            }
            inbox.events.push_back(event);
            inbox.waker.take()
        };
        waker.into_iter().for_each(Waker::wake);
    }
}

#[derive(Default)]
struct Inbox {
    events: VecDeque<SignalingEvent>,
    waker: Option<Waker>,
}

/// The peer's end.
pub(crate) struct Port {
    send: Function,
    inbox: Rc<RefCell<Inbox>>,
}

impl Signaling for Port {
    fn send(&mut self, message: String) -> Result<(), NotCarried> {
        self.send.call1(&JsValue::UNDEFINED, &message.into()).map(drop).map_err(|_| NotCarried)
    }

    fn poll_event(&mut self, cx: &mut Context<'_>) -> Poll<Option<SignalingEvent>> {
        let mut inbox = self.inbox.borrow_mut();
        match inbox.events.pop_front() {
            Some(event) => Poll::Ready(Some(event)),
            None => {
                inbox.waker = Some(cx.waker().clone());
                Poll::Pending
            }
        }
    }
}

const INBOX_LIMIT: usize = 1024;
