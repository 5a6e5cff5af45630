//! ICE candidates to and from the browser.

use rejoin_proto::ice::IceCandidate;
use wasm_bindgen::JsValue;

use super::sys::{self, Dict};

/// As the browser's `RTCIceCandidateInit`.
pub(super) fn to_js(candidate: &IceCandidate) -> JsValue {
    let dict = Dict::new();
    dict.set("candidate", &candidate.candidate.as_str().into());
    // Null, not left out, is what browsers have for "not said".
    dict.set("sdpMid", &candidate.sdp_mid.as_deref().into());
    dict.set("sdpMLineIndex", &candidate.sdp_m_line_index.map_or(JsValue::NULL, JsValue::from));
    dict.set("usernameFragment", &candidate.username_fragment.as_deref().into());
    dict.into()
}

/// What the browser found.
pub(super) fn from_js(candidate: &sys::IceCandidate) -> IceCandidate {
    IceCandidate {
        candidate: candidate.candidate().as_string().unwrap_or_default(),
        sdp_mid: candidate.sdp_mid().as_string(),
        sdp_m_line_index: candidate.sdp_m_line_index(),
        username_fragment: candidate.username_fragment().as_string(),
    }
}
