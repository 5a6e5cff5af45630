//! A stream shown in an element.

use js_sys::{Function, Promise};
use rejoin::media::{Attachment, AttachmentEvent, attach};
use wasm_bindgen::prelude::*;
use web_sys::{HtmlMediaElement, MediaStream};

use crate::abort::abortable;
use crate::failure;
use crate::forward::{event, forward};
use crate::local_stream::LocalStreamHandle;

/// A handle on an [`Attachment`]; `None` once it is detached.
#[wasm_bindgen]
pub struct AttachmentHandle(Option<Attachment>);

#[wasm_bindgen]
impl AttachmentHandle {
    /// Shows a stream of this page, without its sound.
    pub fn local(element: &HtmlMediaElement, stream: &LocalStreamHandle) -> Self {
        Self(Some(attach(element, &stream.0)))
    }

    /// Shows a stream of the browser's, with its sound.
    pub fn remote(element: &HtmlMediaElement, stream: &MediaStream) -> Self {
        Self(Some(attach(element, stream)))
    }

    /// Whether the stream is seen.
    #[wasm_bindgen(unchecked_return_type = "\"waiting\" | \"playing\" | \"blocked\" | \"detached\"")]
    pub fn state(&self) -> JsValue {
        self.0.as_ref().map_or("detached", |attachment| attachment.state().as_str()).into()
    }

    /// Plays, from a click: the browser is asked at once.
    #[wasm_bindgen(unchecked_return_type = "Promise<void>")]
    pub fn retry(&self) -> Promise {
        let attempt = self.0.as_ref().map(Attachment::retry);
        abortable(None, async move {
            if let Some(attempt) = attempt {
                attempt.await.map_err(failure::media)?;
            }
            Ok(JsValue::UNDEFINED)
        })
    }

    /// Takes the stream out.
    pub fn detach(&mut self) {
        self.0 = None;
    }

    /// Tells what happens.
    pub fn listen(
        &self,
        #[wasm_bindgen(unchecked_param_type = "(name?: \"playing\" | \"blocked\", values?: object) => void")]
        listener: Function,
    ) {
        let Some(attachment) = &self.0 else { return };
        forward(attachment.events(), listener, |happened| match happened {
            AttachmentEvent::Playing => event("playing", &[]),
            AttachmentEvent::Blocked => event("blocked", &[]),
            _ => None,
        });
    }
}
