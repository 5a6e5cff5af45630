//! Session descriptions to and from the browser.

use rejoin_proto::link::{SdpType, SessionDescription};
use wasm_bindgen::JsValue;

use super::sys::{self, Dict};

/// As the browser's `RTCSessionDescriptionInit`.
pub(super) fn to_js(description: &SessionDescription) -> JsValue {
    let dict = Dict::new();
    dict.set("type", &description.kind.as_str().into());
    dict.set("sdp", &description.sdp.as_str().into());
    dict.into()
}

/// What undoes an offer.
pub(super) fn rollback() -> JsValue {
    let dict = Dict::new();
    dict.set("type", &"rollback".into());
    dict.into()
}

/// What the browser holds; `None` also for a type this version of rejoin does not know, and where it will not say.
pub(super) fn from_js(held: Result<Option<sys::Description>, JsValue>) -> Option<SessionDescription> {
    let description = held.ok()??;
    let kind = SdpType::from_name(&description.kind().as_string()?)?;
    Some(SessionDescription { kind, sdp: description.sdp().as_string().unwrap_or_default() })
}
