//! What the browser throws, whatever it is, is a typed error, and the wrapper goes on.

use js_sys::{Array, Object};
use rejoin::media::{MediaConstraints, MediaKind, VideoConstraints, attach, get_user_media};
use rejoin::{
    BroadcastChannel, ChannelOptions, Configuration, DataChannelState, PeerConnection, SignalingState,
    TransceiverDirection, WebSocket, WebSocketOptions,
};
use wasm_bindgen::prelude::*;
use wasm_bindgen_test::wasm_bindgen_test;

use super::{CALLS, Changed, camera, js, refusals};
use crate::pair::{Pair, soon};
use crate::support::{server, video, within};

/// Everything that a script may throw, or reject with.
fn thrown() -> Array {
    js("[new DOMException('no', 'OperationError'), new TypeError('no'), 'no', undefined, null, 7, Symbol('no'), {}, \
        { get name() { return 7 }, get message() { return Symbol() } }, new (class extends Error {}), () => {}]")
    .unchecked_into()
}

#[wasm_bindgen_test]
async fn whatever_a_connection_throws_is_a_typed_error_and_it_goes_on() {
    let camera = camera().await;
    let track = camera.tracks().remove(0);
    let connection = PeerConnection::new(&Configuration::new()).unwrap();
    for thrown in thrown().iter() {
        for name in CALLS {
            let changed = Changed::throws(connection.as_raw(), name, &thrown);
            let refused = refusals(&connection, &track, name).await;
            assert!(refused.is_err(), "{name} threw {thrown:?}: {refused:?}");
            drop(changed);
        }
    }
    assert_eq!(connection.signaling_state(), SignalingState::Stable);
    let channel = connection.create_data_channel("x", &ChannelOptions::new()).unwrap();
    soon("offer", connection.set_local_description()).await.unwrap();
    assert_eq!(channel.state(), DataChannelState::Connecting);
}

#[wasm_bindgen_test]
async fn whatever_a_transceiver_and_its_sender_throw_is_a_typed_error() {
    let connection = PeerConnection::new(&Configuration::new()).unwrap();
    let line = connection.add_transceiver_of(MediaKind::Video, TransceiverDirection::SendRecv).unwrap();
    let sender = line.sender();
    for thrown in thrown().iter() {
        let changed =
            ["direction", "setCodecPreferences", "stop"].map(|name| Changed::throws(line.as_raw(), name, &thrown));
        assert!(line.set_direction(TransceiverDirection::SendOnly).is_err());
        assert!(line.set_codec_preferences(&[]).is_err());
        assert!(line.stop().is_err());
        drop(changed);
        let names = ["replaceTrack", "setStreams", "getParameters", "setParameters"];
        let changed = names.map(|name| Changed::throws(sender.as_raw(), name, &thrown));
        assert!(soon("replace", sender.replace_track(None)).await.is_err());
        assert!(sender.set_streams(&[]).is_err());
        assert!(sender.parameters().is_err());
        assert!(soon("set", sender.set_parameters(&Object::new())).await.is_err());
        drop(changed);
        let changed = Changed::throws(connection.as_raw(), "removeTrack", &thrown);
        assert!(connection.remove_track(&sender).is_err());
        drop(changed);
    }
    line.set_direction(TransceiverDirection::SendOnly).unwrap();
    assert_eq!(line.direction(), TransceiverDirection::SendOnly);
}

#[wasm_bindgen_test]
async fn whatever_channels_and_sockets_throw_gives_the_message_back() {
    let (_pair, ours, _theirs) = Pair::with_channel(&ChannelOptions::new()).await;
    let socket = WebSocket::connect(server(), &WebSocketOptions::new().with_protocol("rejoin.v1")).unwrap();
    within("opening", socket.ready()).await.unwrap();
    let broadcast = BroadcastChannel::new("foreign").unwrap();
    for thrown in thrown().iter() {
        let _send =
            [Changed::throws(ours.as_raw(), "send", &thrown), Changed::throws(socket.as_raw(), "send", &thrown)];
        assert_eq!(ours.send("text").unwrap_err().message, "text".into());
        assert_eq!(ours.send(vec![1, 2]).unwrap_err().message, vec![1, 2].into());
        assert_eq!(soon("send", ours.send_when_ready("text")).await.unwrap_err().message, "text".into());
        assert_eq!(socket.send_text("text").unwrap_err().message, "text");
        assert_eq!(socket.send_bytes([1, 2]).unwrap_err().message, [1, 2]);
        let _close = Changed::throws(socket.as_raw(), "close", &thrown);
        assert!(socket.close_with(1000, "").is_err());
        socket.close();
        let _post = Changed::throws(broadcast.as_raw(), "postMessage", &thrown);
        assert!(broadcast.post("text").is_err());
    }
    ours.send("text").unwrap();
    socket.send_text("text").unwrap();
    broadcast.post("text").unwrap();
}

#[wasm_bindgen_test]
async fn whatever_devices_and_elements_throw_is_a_typed_error() {
    let camera = camera().await;
    let track = camera.tracks().remove(0);
    let devices: JsValue = web_sys::window().unwrap().navigator().media_devices().unwrap().into();
    let video = video();
    for thrown in thrown().iter() {
        let _devices = Changed::throws(&devices, "getUserMedia", &thrown);
        assert!(get_user_media(&MediaConstraints::default()).await.is_err());
        let _track = Changed::throws(track.as_raw(), "applyConstraints", &thrown);
        assert!(track.apply_constraints(VideoConstraints::new()).await.is_err());
        let _video = Changed::throws(&video, "play", &thrown);
        assert!(attach(&video, &camera).retry().await.is_err());
    }
    drop(attach(&video, &camera));
    video.remove();
}
