//! Every call after the end, and on a connection that has failed.

use js_sys::Object;
use rejoin::media::{MediaKind, VideoConstraints};
use rejoin::{
    ChannelOptions, ConnectionState, DataChannelState, PeerConnectionError, PeerConnectionEvent, SignalingState,
    TransceiverDirection,
};
use wasm_bindgen_test::wasm_bindgen_test;

use super::{CALLS, camera, refusals};
use crate::pair::{Pair, first, soon};

#[wasm_bindgen_test]
async fn after_the_end_every_call_is_refused_and_every_question_answered() {
    let camera = camera().await;
    let track = camera.tracks().remove(0);
    let (Pair { a, .. }, channel, _theirs) = Pair::with_channel(&ChannelOptions::new()).await;
    let line = a.add_transceiver_of(MediaKind::Video, TransceiverDirection::SendRecv).unwrap();
    let sender = line.sender();
    a.close();
    for name in CALLS {
        let refused = refusals(&a, &track, name).await;
        assert_eq!(refused, Err(PeerConnectionError::Closed), "{name}");
    }
    assert_eq!(soon("rollback", a.rollback()).await, Err(PeerConnectionError::Closed));
    assert_eq!((a.connection_state(), a.signaling_state()), (ConnectionState::Closed, SignalingState::Closed));
    assert!(line.set_direction(TransceiverDirection::SendOnly).is_err());
    assert_eq!(soon("replace", sender.replace_track(None)).await, Err(PeerConnectionError::Closed));
    assert!(sender.set_streams(&[]).is_err());
    assert_eq!(soon("set", sender.set_parameters(&Object::new())).await, Err(PeerConnectionError::Closed));
    let _ = (a.local_description(), a.max_message_size(), a.transceivers(), a.ice_gathering_state());
    let _ = (line.mid(), line.direction(), line.current_direction(), sender.track(), line.receiver().track());
    assert_eq!(channel.state(), DataChannelState::Closed);
    assert_eq!(channel.send("x").unwrap_err().message, "x".into());
    let _ = (channel.id(), channel.options(), channel.buffered_amount(), channel.max_message_size());

    camera.stop();
    track.set_enabled(false);
    let _ = (track.settings(), track.content_hint(), track.label(), track.muted());
    let _ = soon("constraints", track.apply_constraints(VideoConstraints::new())).await;
    assert!(camera.is_ended() && track.is_ended());
}

#[wasm_bindgen_test]
async fn a_failed_connection_answers_every_call() {
    let camera = camera().await;
    let track = camera.tracks().remove(0);
    let pair = Pair::new();
    let _channel = pair.a.create_data_channel("x", &ChannelOptions::new()).unwrap();
    let mut events = pair.a.events();
    let mut offer = soon("offer", pair.a.set_local_description()).await.unwrap();
    // Whoever has another certificate than was told is refused by DTLS.
    offer.sdp = forged(&offer.sdp);
    soon("set offer", pair.b.set_remote_description(&offer)).await.unwrap();
    let mut pair = pair;
    pair.answer().await;
    first(&mut events, "the failure", |event| {
        matches!(event, PeerConnectionEvent::ConnectionState(ConnectionState::Failed)).then_some(())
    })
    .await;
    for name in CALLS {
        // Taken or refused, by the browser; ICE may be restarted, for one.
        let _ = refusals(&pair.a, &track, name).await;
    }
    assert_eq!(pair.a.connection_state(), ConnectionState::Failed);
    pair.a.close();
}

/// The description with the fingerprint of another certificate.
fn forged(sdp: &str) -> String {
    let forge = |line: &str| match line.split_once("a=fingerprint:sha-256 ") {
        Some((before, hash)) => [before, "a=fingerprint:sha-256 ", &hash.chars().rev().collect::<String>()].concat(),
        None => line.to_owned(),
    };
    sdp.lines().map(|line| forge(line) + "\r\n").collect()
}
