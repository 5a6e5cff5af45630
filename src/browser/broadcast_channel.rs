//! [BroadcastChannel](https://html.spec.whatwg.org/multipage/web-messaging.html#broadcasting-to-other-browsing-contexts):
//! text to every other page of the same origin that has a channel of the same name.

use core::fmt;
use std::cell::Cell;
use std::rc::Rc;

use wasm_bindgen::{JsCast, JsValue};

use super::error::BrowserError;
use super::listener::Listener;
use crate::room::events::{Events, Publisher};

/// A channel between the pages of one origin in one browser. Dropping it closes it.
pub struct BroadcastChannel {
    raw: web_sys::BroadcastChannel,
    closed: Cell<bool>,
    publisher: Rc<Publisher<String>>,
    listener: Listener,
}

impl BroadcastChannel {
    /// Opens the channel of this name.
    ///
    /// # Errors
    /// The browser's, where it has none for this page (such as one of an opaque origin).
    pub fn new(name: &str) -> Result<Self, BrowserError> {
        let raw = web_sys::BroadcastChannel::new(name).map_err(BrowserError::from)?;
        let publisher = Rc::new(Publisher::default());
        let told = Rc::clone(&publisher);
        let listener = Listener::new(&raw, &["message"], move |event| {
            // What is not text was not sent by us.
            if let Some(text) = event.unchecked_ref::<web_sys::MessageEvent>().data().as_string() {
                told.publish(text);
            }
        });
        Ok(Self { raw, closed: Cell::new(false), publisher, listener })
    }

    /// The browser's object, still owned here.
    pub const fn as_raw(&self) -> &web_sys::BroadcastChannel {
        &self.raw
    }

    /// The name by which the pages find one another.
    pub fn name(&self) -> String {
        self.raw.name()
    }

    /// Sends `text` to the other pages; this page's own channels of the same name get it too, this one does not.
    ///
    /// # Errors
    /// An `InvalidStateError` after [`close`](Self::close).
    pub fn post(&self, text: &str) -> Result<(), BrowserError> {
        if self.closed.get() {
            return Err(BrowserError::new("InvalidStateError", "the channel is closed"));
        }
        self.raw.post_message(&JsValue::from_str(text)).map_err(BrowserError::from)
    }

    /// The texts that come from now on, as a stream that ends when the channel is closed.
    pub fn messages(&self) -> Events<String> {
        self.publisher.subscribe()
    }

    /// Closes the channel; again it does nothing.
    pub fn close(&self) {
        if !self.closed.replace(true) {
            self.listener.detach();
            self.raw.close();
            self.publisher.close();
        }
    }
}

impl Drop for BroadcastChannel {
    fn drop(&mut self) {
        self.close();
    }
}

impl fmt::Debug for BroadcastChannel {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("BroadcastChannel").finish_non_exhaustive()
    }
}
