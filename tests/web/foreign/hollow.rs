//! Objects that have the methods of an interface, and nothing that they work on.

use std::rc::Rc;

use js_sys::Object;
use rejoin::media::{LocalStream, LocalTrack, attach};
use rejoin::{
    Configuration, DataChannel, PeerConnection, PeerConnectionError, RtpReceiver, RtpSender, Transceiver,
    TransceiverDirection, WebSocket, WebSocketState,
};
use wasm_bindgen::prelude::*;
use wasm_bindgen_test::wasm_bindgen_test;

use super::{CALLS, camera, holds, js, refusals};
use crate::pair::soon;
use crate::support::video;

/// An object that has the methods of this interface, and nothing that they work on.
fn hollow<T: JsCast>(interface: &str) -> T {
    js(&["Object.create(", interface, ".prototype)"].concat()).unchecked_into()
}

#[wasm_bindgen_test]
async fn a_hollow_connection_refuses_everything() {
    let connection = Rc::new(PeerConnection::from_raw(hollow("RTCPeerConnection")));
    let camera = camera().await;
    let track = camera.tracks().remove(0);
    for name in CALLS {
        let refused = refusals(&connection, &track, name).await;
        assert!(matches!(refused, Err(PeerConnectionError::Type(_))), "{name}: {refused:?}");
    }
    let ask = |what, question: fn(&PeerConnection)| {
        let asked = connection.clone();
        holds(what, move || question(&asked));
    };
    ask("connectionState", |connection| _ = connection.connection_state());
    ask("localDescription", |connection| drop(connection.local_description()));
    ask("rollback", |connection| drop(connection.rollback()));
    ask("transceivers", |connection| drop(connection.transceivers()));
    ask("events", |connection| drop(connection.events()));
    ask("close", PeerConnection::close);
    assert!(connection.is_closed());
    assert!(matches!(connection.restart_ice(), Err(PeerConnectionError::Closed)));
    // It says that it is closed, so that the drop asks nothing more of it.
    drop(connection);
}

#[wasm_bindgen_test]
async fn hollow_transceivers_senders_and_receivers_refuse_everything() {
    let line = Transceiver::from_raw(hollow("RTCRtpTransceiver"));
    assert!(line.set_direction(TransceiverDirection::SendOnly).is_err());
    assert!(line.set_codec_preferences(&[]).is_err());
    assert!(line.stop().is_err());
    let sender = RtpSender::from_raw(hollow("RTCRtpSender"));
    assert!(soon("replace", sender.replace_track(None)).await.is_err());
    assert!(sender.set_streams(&[]).is_err());
    assert!(sender.parameters().is_err());
    assert!(soon("set", sender.set_parameters(&Object::new())).await.is_err());
    let connection = PeerConnection::new(&Configuration::new()).unwrap();
    assert!(matches!(connection.remove_track(&sender), Err(PeerConnectionError::Type(_))));
    holds("the direction", {
        let line = line.clone();
        move || _ = line.direction()
    });
    holds("the sender", move || drop(line.sender()));
    holds("the track sent", move || drop(sender.track()));
    let receiver = RtpReceiver::from_raw(hollow("RTCRtpReceiver"));
    holds("the track received", move || drop(receiver.track()));
}

#[wasm_bindgen_test]
fn hollow_channels_sockets_tracks_and_streams_never_make_it_panic() {
    // They throw as soon as they are taken over, or asked.
    holds("a channel", || {
        let channel = DataChannel::from_raw(hollow("RTCDataChannel"));
        assert!(channel.send("x").is_err());
    });
    holds("a socket", || {
        let socket = WebSocket::from_raw(hollow("WebSocket"));
        assert_eq!(socket.state(), WebSocketState::Closed);
    });
    holds("a track", || drop(LocalTrack::from_raw(hollow("MediaStreamTrack"))));
    holds("a stream", || drop(LocalStream::from_raw(hollow("MediaStream"))));
    holds("a stream for a track", || drop(LocalStream::from_raw_track(hollow("MediaStreamTrack"))));
    holds("an element", || drop(attach(&video(), &hollow::<web_sys::MediaStream>("MediaStream"))));
}
