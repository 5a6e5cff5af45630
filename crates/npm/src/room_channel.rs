//! A channel to everybody in a room.

use futures_util::StreamExt;
use js_sys::{Function, Promise};
use rejoin::{RoomChannel, RoomChannelEvent};
use wasm_bindgen::prelude::*;
use web_sys::AbortSignal;

use crate::abort::abortable;
use crate::channel::{data, lost_members, message};
use crate::failure;
use crate::forward::{event, forward, forward_messages};
use crate::value::object;

/// A handle on a [`RoomChannel`].
#[wasm_bindgen]
pub struct RoomChannelHandle(pub(crate) RoomChannel);

#[wasm_bindgen]
impl RoomChannelHandle {
    /// The label it has at every peer.
    #[wasm_bindgen(unchecked_return_type = "string")]
    pub fn label(&self) -> JsValue {
        self.0.label().into()
    }

    /// Whether both are handles on the same channel.
    pub fn is(&self, other: &RoomChannelHandle) -> bool {
        self.0 == other.0
    }

    /// Sends a text or bytes to everybody.
    #[wasm_bindgen(unchecked_return_type = "Promise<void>")]
    pub fn send(
        &self,
        #[wasm_bindgen(unchecked_param_type = "string | Uint8Array")] data: &JsValue,
        signal: Option<AbortSignal>,
    ) -> Promise {
        let (channel, message) = (self.0.clone(), message(data));
        abortable(signal, async move {
            channel.send(message).await.map_err(|error| failure::channel(&error))?;
            Ok(JsValue::UNDEFINED)
        })
    }

    /// The next message; undefined when nothing more will come.
    #[wasm_bindgen(unchecked_return_type = "Promise<{ from: string, data: string | ArrayBuffer } | undefined>")]
    pub fn receive(&self, signal: Option<AbortSignal>) -> Promise {
        let mut channel = self.0.clone();
        abortable(signal, async move {
            let next = channel.next().await;
            Ok(next.map_or(JsValue::UNDEFINED, |(from, message)| {
                object(&[("from", from.as_str().into()), ("data", data(message))])
            }))
        })
    }

    /// Closes it to everybody.
    pub fn close(&self) {
        self.0.close();
    }

    /// Tells what happens, besides messages.
    pub fn listen(
        &self,
        #[wasm_bindgen(unchecked_param_type = "(name?: \"error\" | \"lost\", values?: object) => void")]
        listener: Function,
    ) {
        forward(self.0.events(), listener, |happened| match happened {
            RoomChannelEvent::Error(member, error) => {
                event("error", &[("memberId", member.as_str().into()), ("error", failure::channel(error))])
            }
            RoomChannelEvent::Lost(member, lost) => {
                let [direction, from, to] = lost_members(*lost);
                event("lost", &[("memberId", member.as_str().into()), direction, from, to])
            }
            _ => None,
        });
    }

    /// Tells each message, from the oldest unread one on.
    #[wasm_bindgen(js_name = listenToMessages)]
    pub fn listen_to_messages(
        &self,
        #[wasm_bindgen(unchecked_param_type = "(name?: \"message\", values?: object) => void")] listener: Function,
    ) {
        forward_messages(self.0.clone(), listener, |(from, message)| {
            event("message", &[("from", from.as_str().into()), ("data", data(message))])
        });
    }
}
