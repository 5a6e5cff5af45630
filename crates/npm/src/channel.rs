//! A channel to one peer.

use core::time::Duration;

use js_sys::{Function, Promise, Uint8Array};
use rejoin::{Channel, ChannelEvent, ChannelOptions, Lost, Message, Priority};
use wasm_bindgen::prelude::*;
use web_sys::AbortSignal;

use crate::abort::abortable;
use crate::failure;
use crate::forward::{event, forward, forward_messages};
use crate::value::Options;

/// A handle on a [`Channel`].
#[wasm_bindgen]
pub struct ChannelHandle(pub(crate) Channel);

#[wasm_bindgen]
impl ChannelHandle {
    /// The name by which both sides know it.
    #[wasm_bindgen(unchecked_return_type = "string")]
    pub fn label(&self) -> JsValue {
        self.0.label().into()
    }

    /// The state now.
    #[wasm_bindgen(unchecked_return_type = "RTCDataChannelState")]
    pub fn state(&self) -> JsValue {
        self.0.state().as_str().into()
    }

    /// Bytes that wait here.
    #[wasm_bindgen(js_name = bufferedAmount)]
    pub fn buffered_amount(&self) -> f64 {
        self.0.buffered_amount() as f64
    }

    /// Whether both are handles on the same channel.
    pub fn is(&self, other: &ChannelHandle) -> bool {
        self.0 == other.0
    }

    /// Sends a text or bytes.
    #[wasm_bindgen(unchecked_return_type = "Promise<void>")]
    pub fn send(
        &self,
        #[wasm_bindgen(unchecked_param_type = "string | Uint8Array")] data: &JsValue,
        signal: Option<AbortSignal>,
    ) -> Promise {
        let (channel, message) = (self.0.clone(), message(data));
        // Where the signal has aborted, nothing is sent; else it is asked at once, before the next send.
        abortable(signal, async move {
            channel.send(message).await.map_err(|error| failure::channel(&error.reason))?;
            Ok(JsValue::UNDEFINED)
        })
    }

    /// Waits until messages flow.
    #[wasm_bindgen(unchecked_return_type = "Promise<void>")]
    pub fn ready(&self, signal: Option<AbortSignal>) -> Promise {
        let channel = self.0.clone();
        abortable(signal, async move {
            channel.ready().await.map_err(|error| failure::channel(&error))?;
            Ok(JsValue::UNDEFINED)
        })
    }

    /// The next message; undefined when nothing more will come.
    #[wasm_bindgen(unchecked_return_type = "Promise<string | ArrayBuffer | undefined>")]
    pub fn receive(&self, signal: Option<AbortSignal>) -> Promise {
        let channel = self.0.clone();
        abortable(signal, async move { Ok(channel.receive().await.map_or(JsValue::UNDEFINED, data)) })
    }

    /// Closes it on both sides; done when it is closed.
    #[wasm_bindgen(unchecked_return_type = "Promise<void>")]
    pub fn close(&self) -> Promise {
        self.0.close();
        let closed = self.0.closed();
        abortable(None, async move {
            closed.await;
            Ok(JsValue::UNDEFINED)
        })
    }

    /// Closes it on both sides now.
    pub fn abort(&self) {
        self.0.abort();
    }

    /// Tells what happens, besides messages.
    pub fn listen(
        &self,
        #[wasm_bindgen(
            unchecked_param_type = "(name?: \"statechange\" | \"error\" | \"paused\" | \"resumed\" | \"lost\", values?: object) => void"
        )]
        listener: Function,
    ) {
        forward(self.0.events(), listener, |happened| match happened {
            ChannelEvent::StateChanged(state) => event("statechange", &[("state", state.as_str().into())]),
            ChannelEvent::Error(error) => event("error", &[("error", failure::channel(error))]),
            ChannelEvent::Paused => event("paused", &[]),
            ChannelEvent::Resumed => event("resumed", &[]),
            ChannelEvent::Lost(lost) => event("lost", &lost_members(*lost)),
            _ => None,
        });
    }

    /// Tells each message, from the oldest unread one on.
    #[wasm_bindgen(js_name = listenToMessages)]
    pub fn listen_to_messages(
        &self,
        #[wasm_bindgen(unchecked_param_type = "(name?: \"message\", values?: object) => void")] listener: Function,
    ) {
        forward_messages(self.0.clone(), listener, |message| event("message", &[("data", data(message))]));
    }
}

/// What of a durable channel is lost.
pub(crate) fn lost_members(lost: Lost) -> [(&'static str, JsValue); 3] {
    [
        ("direction", lost.direction.as_str().into()),
        // Below 2^53: nobody sends so many.
        ("from", (lost.from as f64).into()),
        ("to", lost.to.map(|to| to as f64).into()),
    ]
}

/// The options of a channel that a user gave.
pub(crate) fn channel_options(given: JsValue) -> Result<ChannelOptions, JsValue> {
    let given = Options(given);
    let mut options = ChannelOptions::new().with_protocol(given.text("protocol")?.unwrap_or_default());
    if given.flag("ordered")? == Some(false) {
        options = options.unordered();
    }
    let durable = given.flag("durable")? == Some(true);
    let limits = (given.number("maxRetransmits", 65_535)?, given.number("maxPacketLifeTimeMs", 65_535)?);
    options = match limits {
        (None, None) if durable => options.durable(),
        (None, None) => options,
        (_, _) if durable => {
            return Err(failure::option("a durable channel has no maxRetransmits and no maxPacketLifeTimeMs"));
        }
        // The bound of 65,535 was checked above.
        (Some(times), None) => options.with_max_retransmits(times as u16),
        (None, Some(ms)) => options.with_max_packet_life_time(Duration::from_millis(ms.into())),
        (Some(_), Some(_)) => return Err(failure::option("maxRetransmits and maxPacketLifeTimeMs exclude each other")),
    };
    if let Some(priority) = given.text("priority")? {
        options = options.with_priority(Priority::from_name(&priority));
    }
    Ok(options)
}

/// A message as JavaScript sees it.
pub(crate) fn data(message: Message) -> JsValue {
    match message {
        Message::Text(text) => text.into(),
        Message::Binary(bytes) => Uint8Array::from(&*bytes).buffer().into(),
    }
}

/// What the facade hands over: a string or bytes.
pub(crate) fn message(data: &JsValue) -> Message {
    match data.as_string() {
        Some(text) => Message::Text(text),
        None => Message::Binary(Uint8Array::new(data).to_vec()),
    }
}
