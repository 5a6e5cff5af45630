//! What all handles on one channel share, and what its events change.

use std::cell::{Cell, RefCell};
use std::collections::VecDeque;
use std::rc::{Rc, Weak};

use js_sys::{ArrayBuffer, JsString, Uint8Array};
use rejoin_proto::channel::Message;
use rejoin_proto::state::DataChannelState;
use wasm_bindgen::{JsCast, JsValue};

use super::super::callback::{Callback, CallbackSlot};
use super::{DataChannelError, DataChannelEvent, ErrorDetail, WaterMarks, sys};
use crate::browser::emitter::Emitter;
use crate::browser::error::BrowserError;
use crate::browser::listener::Listener;
use crate::browser::wakers::Wakers;

pub(in super::super) struct Inner {
    pub(super) raw: sys::DataChannel,
    /// For the size that was negotiated.
    pub(super) connection: Option<sys::PeerConnection>,
    /// Our own word on it: browsers call a channel open after its connection was closed.
    closed: Cell<bool>,
    /// Whether it may be written to, as far as we were told: spares a writer to ask the browser for each message.
    writable: Cell<bool>,
    unread: RefCell<Unread>,
    pub(super) max_unread: Cell<usize>,
    pub(super) marks: Cell<WaterMarks>,
    /// Who waits for a message or the end.
    pub(super) readers: Wakers,
    /// Who waits for the channel to open, or for room in the send buffer.
    pub(super) writers: Wakers,
    pub(super) events: Emitter<DataChannelEvent>,
    pub(super) error: RefCell<Option<DataChannelError>>,
    message_sink: CallbackSlot<Message>,
    listener: Listener,
}

#[derive(Default)]
struct Unread {
    messages: VecDeque<Message>,
    bytes: usize,
}

impl Inner {
    pub(super) fn new(raw: sys::DataChannel, connection: Option<sys::PeerConnection>) -> Rc<Self> {
        raw.set_binary_type_name("arraybuffer");
        let state = state_of(&raw);
        Rc::new_cyclic(|this: &Weak<Self>| {
            let this = this.clone();
            let listener = Listener::new(&raw, EVENTS, move |event| {
                // Held for the length of the callback: what it calls may drop the last handle.
                if let Some(this) = this.upgrade() {
                    this.handle(event.unchecked_ref());
                }
            });
            Self {
                raw,
                connection,
                closed: Cell::new(state == DataChannelState::Closed),
                writable: Cell::new(state == DataChannelState::Open),
                unread: RefCell::default(),
                max_unread: Cell::new(DEFAULT_MAX_UNREAD),
                marks: Cell::default(),
                readers: Wakers::default(),
                writers: Wakers::default(),
                events: Emitter::default(),
                error: RefCell::default(),
                message_sink: CallbackSlot::default(),
                listener,
            }
        })
    }

    pub(super) fn state(&self) -> DataChannelState {
        if self.closed.get() { DataChannelState::Closed } else { state_of(&self.raw) }
    }

    /// Whether it may be written to, as far as we were told.
    pub(super) fn is_writable(&self) -> bool {
        self.writable.get()
    }

    pub(super) fn close(&self) {
        if self.state() != DataChannelState::Closed {
            self.raw.close();
            self.refuse_writers();
        }
    }

    /// Whether no message can come any more.
    pub(super) fn is_over(&self) -> bool {
        self.closed.get()
    }

    /// Takes the oldest unread message.
    pub(super) fn read(&self) -> Option<Message> {
        let mut unread = self.unread.borrow_mut();
        let message = unread.messages.pop_front()?;
        unread.bytes = unread.bytes.saturating_sub(weight(message.len()));
        Some(message)
    }

    /// How much lies unread.
    pub(super) fn unread_bytes(&self) -> usize {
        self.unread.borrow().bytes
    }

    /// Tells that the channel was closed with its connection: to those who wait, not to the sinks, whose owner did it.
    pub(super) fn closed_with_connection(&self) {
        self.listener.detach();
        if self.end() {
            self.events.publish(DataChannelEvent::StateChanged(DataChannelState::Closed));
            self.let_go();
        }
    }

    /// Takes our handlers off, for a channel that is given away.
    pub(super) fn detach(&self) {
        self.listener.detach();
        self.end();
        self.let_go();
    }

    pub(super) fn set_event_sink(&self, sink: Callback<DataChannelEvent>) {
        // After the end it would only keep alive what it holds.
        if !self.is_over() {
            self.events.set_sink(sink);
        }
    }

    pub(super) fn set_message_sink(&self, sink: Callback<Message>) {
        while let Some(message) = self.read() {
            sink(message);
        }
        if !self.is_over() {
            self.message_sink.set(sink);
        }
    }

    fn handle(&self, event: &sys::RtcEvent) {
        // Of our events only a message has data: its name, a string to be copied, need not be asked for.
        let data = event.data();
        if !data.is_undefined() {
            return self.receive(data);
        }
        match event.type_().as_str() {
            "bufferedamountlow" => {
                self.writers.wake();
                self.tell(DataChannelEvent::BufferedAmountLow);
            }
            "open" => {
                self.writable.set(true);
                self.writers.wake();
                self.tell(DataChannelEvent::StateChanged(DataChannelState::Open));
            }
            "closing" => {
                self.refuse_writers();
                self.tell(DataChannelEvent::StateChanged(DataChannelState::Closing));
            }
            "close" => {
                self.listener.detach();
                if self.end() {
                    self.tell(DataChannelEvent::StateChanged(DataChannelState::Closed));
                    self.let_go();
                }
            }
            "error" => self.fail(transport_error(event)),
            _ => {}
        }
    }

    fn receive(&self, data: JsValue) {
        // Measured before it is copied: the other side must not be able to make us run out of memory.
        let length = if let Some(buffer) = data.dyn_ref::<ArrayBuffer>() {
            buffer.byte_length()
        } else if let Some(text) = data.dyn_ref::<JsString>() {
            text.length()
        } else {
            return self.fail(DataChannelError::UnknownForm);
        };
        let limit = self.max_unread.get();
        let room = limit.saturating_sub(self.unread_bytes());
        let message = (length as usize <= room).then(|| match data.as_string() {
            Some(text) => Message::Text(text),
            None => Message::Binary(Uint8Array::new(&data).to_vec()),
        });
        match (message, self.message_sink.get()) {
            (Some(message), Some(sink)) => sink(message),
            (Some(message), None) => {
                let mut unread = self.unread.borrow_mut();
                unread.bytes = unread.bytes.saturating_add(weight(message.len()));
                unread.messages.push_back(message);
                drop(unread);
                self.readers.wake();
            }
            (None, _) => {
                // Later ones must not be taken either, or the reader would find a hole.
                self.max_unread.set(0);
                self.close();
                self.fail(DataChannelError::Unread { limit });
            }
        }
    }

    fn fail(&self, error: DataChannelError) {
        // The first one is the reason; what follows follows from it.
        self.error.borrow_mut().get_or_insert_with(|| error.clone());
        self.tell(DataChannelEvent::Error(error));
    }

    fn tell(&self, event: DataChannelEvent) {
        self.events.emit(event);
    }

    /// The end, once: whether this is the first time.
    fn end(&self) -> bool {
        let first = !self.closed.replace(true);
        self.readers.wake();
        self.refuse_writers();
        first
    }

    fn refuse_writers(&self) {
        self.writable.set(false);
        self.writers.wake();
    }

    /// Ends the streams and frees what the sinks hold: nothing comes any more.
    fn let_go(&self) {
        self.events.close();
        self.message_sink.clear();
    }
}

impl Drop for Inner {
    /// Detaches, closes, and only then lets the fields free the closure.
    fn drop(&mut self) {
        if !self.closed.get() {
            self.listener.detach();
            self.raw.close();
        }
    }
}

fn state_of(raw: &sys::DataChannel) -> DataChannelState {
    DataChannelState::from_name(&raw.ready_state_name().as_string().unwrap_or_default())
}

fn transport_error(event: &sys::RtcEvent) -> DataChannelError {
    let Some(error) = event.error() else {
        let source = BrowserError::new("OperationError", "");
        return DataChannelError::Transport { detail: ErrorDetail::Unknown, sctp_cause: None, source };
    };
    let detail = ErrorDetail::from_name(&error.error_detail().as_string().unwrap_or_default());
    let sctp_cause = error.sctp_cause_code();
    DataChannelError::Transport { detail, sctp_cause, source: JsValue::from(error).into() }
}

/// What a message counts as unread: an empty one takes memory too.
const fn weight(length: usize) -> usize {
    length.saturating_add(64)
}

const DEFAULT_MAX_UNREAD: usize = 64 * 1024 * 1024;

const EVENTS: &[&str] = &["message", "bufferedamountlow", "open", "closing", "close", "error"];
