//! Objects of the browser that throw, return what they should not, or are not what they claim to be.
//!
//! A page can change them: a polyfill, a mock, a script that watches the others. The answer is a typed error or what is
//! not known; where only an exception is left, it is the object's own and leaves the wrapper as it was. Never a panic.

mod hollow;
mod odd;
mod over;
mod throwing;

use js_sys::{Function, Object, Reflect};
use rejoin::media::{LocalStream, LocalTrack, MediaConstraints, MediaKind, VideoConstraints, get_user_media};
use rejoin::{
    ChannelOptions, Configuration, PeerConnection, PeerConnectionError, SessionDescription, TrackOrKind,
    TransceiverInit,
};
use wasm_bindgen::prelude::*;

use crate::pair::soon;

fn js(code: &str) -> JsValue {
    js_sys::eval(code).unwrap()
}

/// A property of one object, changed while this lives.
struct Changed<'a>(&'a JsValue, &'a str);

impl<'a> Changed<'a> {
    fn to(object: &'a JsValue, name: &'a str, descriptor: &str, value: &JsValue) -> Self {
        let code =
            ["(object, name, value) => Object.defineProperty(object, name, { configurable: true, ", descriptor, " })"];
        let define: Function = js(&code.concat()).unchecked_into();
        define.call3(&JsValue::UNDEFINED, object, &name.into(), value).unwrap();
        Self(object, name)
    }

    /// Calls of the method, and the setter, throw.
    fn throws(object: &'a JsValue, name: &'a str, thrown: &JsValue) -> Self {
        Self::to(object, name, "get: () => () => { throw value }, set: () => { throw value }", thrown)
    }

    fn returns(object: &'a JsValue, name: &'a str, returned: &JsValue) -> Self {
        Self::to(object, name, "value: () => value", returned)
    }

    fn is(object: &'a JsValue, name: &'a str, value: &JsValue) -> Self {
        Self::to(object, name, "value", value)
    }
}

impl Drop for Changed<'_> {
    fn drop(&mut self) {
        Reflect::delete_property(self.0.unchecked_ref::<Object>(), &self.1.into()).unwrap();
    }
}

/// Calls `call`, twice; an exception may come out of it, but of the object's making, and the same each time.
fn holds(what: &str, call: impl Fn() + 'static) {
    let call = Closure::<dyn Fn()>::new(call);
    let caught: Function = js("(call) => { try { call() } catch (caught) { return [caught] } }").unchecked_into();
    let is_panic: Function = js("(caught) => caught?.[0] instanceof WebAssembly.RuntimeError").unchecked_into();
    for time in ["first", "second"] {
        let caught = caught.call1(&JsValue::UNDEFINED, call.as_ref()).unwrap();
        let is_panic = is_panic.call1(&JsValue::UNDEFINED, &caught).unwrap();
        assert!(!is_panic.is_truthy(), "{what} panicked the {time} time: {caught:?}");
    }
}

async fn camera() -> LocalStream {
    soon("camera", get_user_media(&MediaConstraints::video(VideoConstraints::new()))).await.unwrap()
}

/// Each call that a connection answers by a result: its name in the browser and what it gives.
async fn refusals(connection: &PeerConnection, track: &LocalTrack, name: &str) -> Result<(), PeerConnectionError> {
    let offer = SessionDescription::offer("v=0\r\n".to_owned());
    match name {
        "createDataChannel" => connection.create_data_channel("x", &ChannelOptions::new()).map(drop),
        "addTrack" => connection.add_track(track.as_raw(), &[]).map(drop),
        "addTransceiver" => {
            connection.add_transceiver(TrackOrKind::Kind(MediaKind::Audio), &TransceiverInit::new()).map(drop)
        }
        "restartIce" => connection.restart_ice(),
        "setConfiguration" => connection.set_configuration(&Configuration::new()),
        "setLocalDescription" => soon(name, connection.set_local_description()).await.map(drop),
        "setRemoteDescription" => soon(name, connection.set_remote_description(&offer)).await,
        "addIceCandidate" => soon(name, connection.add_ice_candidate(None)).await,
        _ => panic!("no such call"),
    }
}

const CALLS: [&str; 8] = [
    "createDataChannel",
    "addTrack",
    "addTransceiver",
    "restartIce",
    "setConfiguration",
    "setLocalDescription",
    "setRemoteDescription",
    "addIceCandidate",
];
