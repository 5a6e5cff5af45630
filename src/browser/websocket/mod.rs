//! [WebSocket](https://websockets.spec.whatwg.org/#the-websocket-interface): messages to and from a server.

mod error;
mod url;

use core::fmt;
use std::rc::Rc;

use futures_util::StreamExt;
use js_sys::{ArrayBuffer, Uint8Array};
use wasm_bindgen::{JsCast, JsValue};

pub use self::error::{WebSocketError, WebSocketSendError};
use super::emitter::Emitter;
use super::error::BrowserError;
use super::listener::Listener;
use super::sys;
use crate::room::events::Events;

/// How a [`WebSocket`] is opened.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct WebSocketOptions {
    /// The subprotocol that the server must speak. Default none.
    pub protocol: Option<String>,
    /// How many bytes may wait to be sent before `send_…` gives the message back. Default 1 MiB.
    pub max_buffered: u32,
}

impl WebSocketOptions {
    /// The defaults.
    pub const fn new() -> Self {
        Self { protocol: None, max_buffered: 1 << 20 }
    }

    /// Sets the subprotocol.
    #[must_use = "the options are returned, not changed in place"]
    pub fn with_protocol(mut self, protocol: impl Into<String>) -> Self {
        self.protocol = Some(protocol.into());
        self
    }

    /// Sets how many bytes may wait.
    #[must_use = "the options are returned, not changed in place"]
    pub const fn with_max_buffered(mut self, bytes: u32) -> Self {
        self.max_buffered = bytes;
        self
    }
}

impl Default for WebSocketOptions {
    fn default() -> Self {
        Self::new()
    }
}

/// `readyState` as an enum.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum WebSocketState {
    /// The connection is being made.
    Connecting,
    /// Messages flow.
    Open,
    /// The connection is being closed.
    Closing,
    /// The connection is closed, or could not be made.
    Closed,
}

impl WebSocketState {
    const fn as_str(self) -> &'static str {
        match self {
            Self::Connecting => "connecting",
            Self::Open => "open",
            Self::Closing => "closing",
            Self::Closed => "closed",
        }
    }
}

impl fmt::Display for WebSocketState {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// What happened to a [`WebSocket`].
///
/// There is no error event: the browser's tells nothing, and a close always follows it.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum WebSocketEvent {
    /// The connection is made: messages can be sent.
    Open,
    /// A text message.
    Text(String),
    /// A binary message.
    Binary(Vec<u8>),
    /// The connection is closed, or could not be made. The last event.
    Closed {
        /// Why, by number: <https://www.rfc-editor.org/rfc/rfc6455#section-7.4>.
        code: u16,
        /// Why, in the other side's words; mostly empty.
        reason: String,
        /// Whether both sides took part in the closing.
        clean: bool,
    },
}

/// One connection to a server. It does not reconnect; [`SignalingClient`](crate::SignalingClient) does.
///
/// Dropping it closes it.
pub struct WebSocket {
    raw: web_sys::WebSocket,
    max_buffered: u32,
    emitter: Rc<Emitter<WebSocketEvent>>,
    /// Taken out by [`into_raw`](Self::into_raw), so that Drop knows to leave the socket open.
    listener: Option<Listener>,
}

impl WebSocket {
    /// Starts to connect to `url` (`ws://…` or `wss://…`); what becomes of it is told by [`events`](Self::events).
    ///
    /// # Errors
    /// [`WebSocketError::BadUrl`], [`WebSocketError::Insecure`], or [`WebSocketError::Browser`] for a
    /// subprotocol that is not a token.
    pub fn connect(url: &str, options: &WebSocketOptions) -> Result<Self, WebSocketError> {
        url::check(url, sys::page_protocol().as_deref())?;
        Self::opened(
            url,
            options.max_buffered,
            match &options.protocol {
                Some(protocol) => web_sys::WebSocket::new_with_str(url, protocol),
                None => web_sys::WebSocket::new(url),
            },
        )
    }

    /// [`connect`](Self::connect) with a subprotocol and the defaults.
    pub(crate) fn connect_with(url: &str, protocol: &str) -> Result<Self, WebSocketError> {
        url::check(url, sys::page_protocol().as_deref())?;
        let max_buffered = WebSocketOptions::new().max_buffered;
        Self::opened(url, max_buffered, web_sys::WebSocket::new_with_str(url, protocol))
    }

    fn opened(url: &str, max_buffered: u32, raw: Result<web_sys::WebSocket, JsValue>) -> Result<Self, WebSocketError> {
        let raw = raw.map_err(|thrown| {
            let error = BrowserError::from(thrown);
            // A page's policy may refuse what its protocol would allow.
            if error.name() == "SecurityError" {
                WebSocketError::Insecure { url: url.to_owned() }
            } else {
                WebSocketError::Browser(error)
            }
        })?;
        Ok(Self::wrap(raw, max_buffered))
    }

    /// Takes over a socket of the page. Messages that came before are not seen.
    pub fn from_raw(raw: web_sys::WebSocket) -> Self {
        Self::wrap(raw, WebSocketOptions::new().max_buffered)
    }

    /// The browser's object, still owned here.
    pub const fn as_raw(&self) -> &web_sys::WebSocket {
        &self.raw
    }

    /// Gives the browser's object away, without closing it.
    pub fn into_raw(mut self) -> web_sys::WebSocket {
        self.listener = None;
        self.raw.clone()
    }

    /// What happens from now on, as a stream that ends when the socket is dropped.
    pub fn events(&self) -> Events<WebSocketEvent> {
        self.emitter.subscribe()
    }

    /// Calls `sink` for each event, inside the browser's callback.
    pub(crate) fn on_event(&self, sink: Rc<dyn Fn(WebSocketEvent)>) {
        self.emitter.set_sink(sink);
    }

    /// Where the connection stands.
    pub fn state(&self) -> WebSocketState {
        match self.raw.ready_state() {
            0 => WebSocketState::Connecting,
            1 => WebSocketState::Open,
            2 => WebSocketState::Closing,
            _ => WebSocketState::Closed,
        }
    }

    /// Waits until messages can be sent.
    ///
    /// # Errors
    /// [`WebSocketError::Unreachable`] where the connection is not made, [`WebSocketError::NotOpen`]
    /// where it was closed before this call.
    ///
    /// # Cancellation
    /// Dropping the future stops only the waiting.
    pub async fn ready(&self) -> Result<(), WebSocketError> {
        let mut events = self.events();
        match self.state() {
            WebSocketState::Open => return Ok(()),
            WebSocketState::Connecting => {}
            state => return Err(WebSocketError::NotOpen { state }),
        }
        while let Some(event) = events.next().await {
            match event {
                WebSocketEvent::Open => return Ok(()),
                WebSocketEvent::Closed { code, .. } => return Err(WebSocketError::Unreachable { code }),
                WebSocketEvent::Text(_) | WebSocketEvent::Binary(_) => {}
            }
        }
        Err(WebSocketError::NotOpen { state: self.state() })
    }

    /// The subprotocol the server chose; empty before the connection is made, or where there is none.
    pub fn protocol(&self) -> String {
        self.raw.protocol()
    }

    /// Bytes that were given to `send_…` and have not left the browser yet.
    pub fn buffered_amount(&self) -> u32 {
        self.raw.buffered_amount()
    }

    /// Sends a text message.
    ///
    /// # Errors
    /// Gives the text back: [`WebSocketError::NotOpen`] (the browser alone would lose it without a word),
    /// [`WebSocketError::Full`].
    pub fn send_text(&self, text: impl Into<String>) -> Result<(), WebSocketSendError<String>> {
        let message = text.into();
        self.send(&message).map_err(|error| WebSocketSendError { message, error })
    }

    /// [`send_text`](Self::send_text) for who keeps the text.
    pub(crate) fn send(&self, text: &str) -> Result<(), WebSocketError> {
        self.room_for(text.len())?;
        sent(self.raw.send_with_str(text))
    }

    /// Sends a binary message.
    ///
    /// # Errors
    /// As of [`send_text`](Self::send_text).
    pub fn send_bytes(&self, bytes: impl Into<Vec<u8>>) -> Result<(), WebSocketSendError<Vec<u8>>> {
        let message = bytes.into();
        let sent = self.room_for(message.len()).and_then(|()| sent(self.raw.send_with_u8_array(&message)));
        sent.map_err(|error| WebSocketSendError { message, error })
    }

    /// Closes the connection in order; again, or on a closed one, it does nothing.
    pub fn close(&self) {
        // Without arguments it throws nothing.
        let _ = self.raw.close();
    }

    /// Closes the connection with a `code` (1000, or 3000 to 4999) and a `reason` of at most 123 bytes.
    ///
    /// # Errors
    /// [`WebSocketError::Browser`] for another code or a longer reason; the socket then stays as it was.
    pub fn close_with(&self, code: u16, reason: &str) -> Result<(), WebSocketError> {
        sent(self.raw.close_with_code_and_reason(code, reason))
    }

    fn wrap(raw: web_sys::WebSocket, max_buffered: u32) -> Self {
        raw.set_binary_type(web_sys::BinaryType::Arraybuffer);
        let emitter = Rc::new(Emitter::default());
        let told = Rc::clone(&emitter);
        let listener = Listener::new(&raw, &["open", "message", "close"], move |event| {
            if let Some(event) = read(&event) {
                told.emit(event);
            }
        });
        Self { max_buffered, emitter, listener: Some(listener), raw }
    }

    fn room_for(&self, length: usize) -> Result<(), WebSocketError> {
        let state = self.state();
        if state != WebSocketState::Open {
            return Err(WebSocketError::NotOpen { state });
        }
        let (buffered, max) = (self.buffered_amount(), self.max_buffered);
        let length = u32::try_from(length).unwrap_or(u32::MAX);
        if buffered.saturating_add(length) > max {
            return Err(WebSocketError::Full { buffered, max });
        }
        Ok(())
    }
}

impl Drop for WebSocket {
    fn drop(&mut self) {
        if let Some(listener) = &self.listener {
            listener.detach();
            self.close();
        }
        // Freed even where this is dropped in the middle of its own event.
        self.emitter.close();
    }
}

impl fmt::Debug for WebSocket {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("WebSocket").finish_non_exhaustive()
    }
}

fn sent(result: Result<(), JsValue>) -> Result<(), WebSocketError> {
    result.map_err(|thrown| WebSocketError::Browser(thrown.into()))
}

fn read(event: &web_sys::Event) -> Option<WebSocketEvent> {
    match event.type_().as_str() {
        "open" => Some(WebSocketEvent::Open),
        "message" => {
            let data = event.unchecked_ref::<web_sys::MessageEvent>().data();
            match data.dyn_into::<ArrayBuffer>() {
                Ok(buffer) => Some(WebSocketEvent::Binary(Uint8Array::new(&buffer).to_vec())),
                Err(text) => text.as_string().map(WebSocketEvent::Text),
            }
        }
        "close" => {
            let close = event.unchecked_ref::<web_sys::CloseEvent>();
            Some(WebSocketEvent::Closed { code: close.code(), reason: close.reason(), clean: close.was_clean() })
        }
        _ => None,
    }
}
