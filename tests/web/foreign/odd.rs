//! What the browser answers, or holds, that is not what it should be.

use std::rc::Rc;

use futures_util::StreamExt;
use js_sys::{Array, Function};
use rejoin::media::{MediaConstraints, MediaKind, VideoConstraints, get_user_media};
use rejoin::{
    ChannelOptions, Configuration, ConnectionState, DataChannelError, DataChannelEvent, DataChannelState,
    IceConnectionState, IceGatheringState, PeerConnection, PeerConnectionError, Priority, SignalingState,
    TransceiverDirection,
};
use wasm_bindgen::prelude::*;
use wasm_bindgen_test::wasm_bindgen_test;

use super::{CALLS, Changed, camera, holds, js, refusals};
use crate::pair::{first, soon};

/// What a call may give back instead of what it should.
fn odd() -> Array {
    js("[undefined, null, 7, 'text', {}, [], { then() { throw 'no' } }, { then: (done) => done({}) }, Promise.resolve(), \
        Promise.resolve({}), Promise.reject(new DOMException('no', 'OperationError')), Promise.reject(Symbol('no'))]")
    .unchecked_into()
}

#[wasm_bindgen_test]
async fn odd_answers_are_read_or_refused_and_the_connection_goes_on() {
    let camera = camera().await;
    let track = camera.tracks().remove(0);
    let connection = PeerConnection::new(&Configuration::new()).unwrap();
    for odd in odd().iter() {
        for name in CALLS.iter().filter(|name| name.starts_with("set") || name.ends_with("Candidate")) {
            let changed = Changed::returns(connection.as_raw(), name, &odd);
            // Taken for done, or refused.
            let _ = refusals(&connection, &track, name).await;
            drop(changed);
        }
        let devices: JsValue = web_sys::window().unwrap().navigator().media_devices().unwrap().into();
        let _devices = Changed::returns(&devices, "getUserMedia", &odd);
        let got = soon("no camera", get_user_media(&MediaConstraints::default())).await;
        assert!(got.is_err(), "{odd:?} for a stream: {got:?}");
        let _track = Changed::returns(track.as_raw(), "applyConstraints", &odd);
        let _ = soon("constraints", track.apply_constraints(VideoConstraints::new())).await;
    }
    let _channel = connection.create_data_channel("x", &ChannelOptions::new()).unwrap();
    soon("offer", connection.set_local_description()).await.unwrap();
}

/// What a property may hold instead of the name it should.
fn odd_names() -> Array {
    js("['teleported', '', 'closed ', undefined, null, 7, {}, [], Symbol('no'), 'x'.repeat(100_000)]").unchecked_into()
}

#[wasm_bindgen_test]
async fn names_that_are_none_are_unknown() {
    let connection = Rc::new(PeerConnection::new(&Configuration::new()).unwrap());
    let channel = connection.create_data_channel("x", &ChannelOptions::new()).unwrap();
    let line = connection.add_transceiver_of(MediaKind::Video, TransceiverDirection::SendRecv).unwrap();
    for odd in odd_names().iter() {
        let names = ["connectionState", "iceConnectionState", "iceGatheringState", "signalingState", "sctp"];
        let changed = names.map(|name| Changed::is(connection.as_raw(), name, &odd));
        assert_eq!(connection.connection_state(), ConnectionState::Unknown, "{odd:?}");
        assert_eq!(connection.ice_connection_state(), IceConnectionState::Unknown, "{odd:?}");
        assert_eq!(connection.ice_gathering_state(), IceGatheringState::Unknown, "{odd:?}");
        assert_eq!(connection.signaling_state(), SignalingState::Unknown, "{odd:?}");
        let asked = connection.clone();
        holds("the size of a message", move || _ = asked.max_message_size());
        drop(changed);

        let changed = ["direction", "currentDirection"].map(|name| Changed::is(line.as_raw(), name, &odd));
        assert_eq!(line.direction(), TransceiverDirection::Unknown, "{odd:?}");
        assert!(!line.can_receive(MediaKind::Video));
        assert!(line.current_direction().is_none_or(|direction| direction == TransceiverDirection::Unknown));
        drop(changed);

        let names = ["readyState", "priority", "protocol", "id", "ordered", "maxRetransmits", "negotiated"];
        let changed = names.map(|name| Changed::is(channel.as_raw(), name, &odd));
        assert_eq!(channel.state(), DataChannelState::Unknown, "{odd:?}");
        assert!(channel.priority().is_none_or(|priority| priority == Priority::Unknown));
        let asked = channel.clone();
        holds("the options", move || drop(asked.options()));
        assert!(channel.send("x").is_err());
        drop(changed);
    }
    assert_eq!(connection.connection_state(), ConnectionState::New);
    assert_eq!(channel.state(), DataChannelState::Connecting);
}

#[wasm_bindgen_test]
async fn descriptions_and_candidates_that_are_none_are_not_there() {
    let connection = PeerConnection::new(&Configuration::new()).unwrap();
    let _channel = connection.create_data_channel("x", &ChannelOptions::new()).unwrap();
    for odd in js("[undefined, null, {}, { type: 'bribe', sdp: 7 }, { type: 7 }]").unchecked_into::<Array>().iter() {
        let _changed =
            ["localDescription", "remoteDescription"].map(|name| Changed::is(connection.as_raw(), name, &odd));
        assert_eq!((connection.local_description(), connection.remote_description()), (None, None), "{odd:?}");
        let refused = soon("offer", connection.set_local_description()).await;
        assert!(matches!(refused, Err(PeerConnectionError::InvalidState(_))), "{odd:?}: {refused:?}");
    }
}

#[wasm_bindgen_test]
async fn events_of_a_wrong_shape_are_read_as_far_as_they_go() {
    let connection = PeerConnection::new(&Configuration::new()).unwrap();
    let channel = connection.create_data_channel("x", &ChannelOptions::new().with_id(1)).unwrap();
    let mut events = (connection.events(), channel.events());
    let types =
        ["icecandidate", "connectionstatechange", "icecandidateerror", "signalingstatechange", "negotiationneeded"];
    for kind in types {
        connection.as_raw().dispatch_event(&web_sys::Event::new(kind).unwrap()).unwrap();
    }
    for kind in ["bufferedamountlow", "open", "closing", "error", "message"] {
        channel.as_raw().dispatch_event(&web_sys::Event::new(kind).unwrap()).unwrap();
    }
    assert_eq!(events.0.by_ref().take(5).count().await, 5);
    assert_eq!(events.1.by_ref().take(4).count().await, 4);
    let said: Function =
        js("(target, data) => target.dispatchEvent(new MessageEvent('message', { data }))").unchecked_into();
    for data in js("[null, 7, {}, new Blob(['x']), Symbol('no')]").unchecked_into::<Array>().iter() {
        said.call2(&JsValue::UNDEFINED, channel.as_raw(), &data).unwrap();
        let error = first(&mut events.1, "the error", Some).await;
        assert!(matches!(error, DataChannelEvent::Error(DataChannelError::UnknownForm)), "{error:?}");
    }
    said.call2(&JsValue::UNDEFINED, channel.as_raw(), &"text".into()).unwrap();
    assert_eq!(soon("the text", channel.clone().next()).await, Some("text".into()));
}
