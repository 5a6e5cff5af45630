//! Tracks and transceivers between two connections of one page.

use rejoin::media::{AudioConstraints, LocalStream, MediaConstraints, MediaKind, VideoConstraints, get_user_media};
use rejoin::{
    Events, PeerConnectionError, PeerConnectionEvent, TrackEvent, TrackOrKind, Transceiver, TransceiverDirection,
    TransceiverInit,
};
use wasm_bindgen_test::wasm_bindgen_test;

use crate::pair::{Pair, first, soon};

#[wasm_bindgen_test]
async fn each_direction_is_answered_by_its_counterpart() {
    use TransceiverDirection::{Inactive, RecvOnly, SendOnly, SendRecv};
    let mut pair = Pair::new();
    let ours: Vec<_> = [SendRecv, SendOnly, RecvOnly, Inactive]
        .into_iter()
        .map(|direction| pair.a.add_transceiver_of(MediaKind::Audio, direction).unwrap())
        .collect();
    assert!(ours.iter().all(|transceiver| transceiver.mid().is_none() && transceiver.current_direction().is_none()));
    pair.negotiate().await;
    let theirs = pair.b.transceivers();
    let answered = |transceivers: &[Transceiver]| -> Vec<_> {
        transceivers.iter().map(|transceiver| transceiver.current_direction().unwrap()).collect()
    };
    // Who was only asked answers that it receives, as far as it was offered something.
    assert_eq!(answered(&ours), [SendOnly, SendOnly, Inactive, Inactive]);
    assert_eq!(answered(&theirs), [RecvOnly, RecvOnly, Inactive, Inactive]);
    assert_eq!(pair.a.transceivers(), ours);
    assert_eq!(pair.a.senders().len(), 4);
    assert_eq!(pair.a.receivers().len(), 4);
    for (ours, theirs) in ours.iter().zip(&theirs) {
        assert_eq!(ours.mid(), theirs.mid());
        assert_eq!((ours.kind(), theirs.kind()), (Some(MediaKind::Audio), Some(MediaKind::Audio)));
        theirs.set_direction(SendRecv).unwrap();
    }
    pair.negotiate().await;
    assert_eq!(answered(&ours), [SendRecv, SendOnly, RecvOnly, Inactive]);
    assert_eq!(answered(&theirs), [SendRecv, RecvOnly, SendOnly, Inactive]);
    assert!(theirs.iter().all(|transceiver| transceiver.can_receive(MediaKind::Audio)));
    assert!(!theirs.iter().any(|transceiver| transceiver.can_receive(MediaKind::Video)));
}

#[wasm_bindgen_test]
async fn a_direction_that_cannot_be_set_is_a_typed_error() {
    let pair = Pair::new();
    let transceiver = pair.a.add_transceiver_of(MediaKind::Video, TransceiverDirection::SendRecv).unwrap();
    for wrong in [TransceiverDirection::Stopped, TransceiverDirection::Unknown] {
        assert!(matches!(transceiver.set_direction(wrong), Err(PeerConnectionError::Type(_))));
        let refused = pair.a.add_transceiver_of(MediaKind::Video, wrong);
        assert!(matches!(refused, Err(PeerConnectionError::Type(_))), "{refused:?}");
    }
    assert_eq!(transceiver.direction(), TransceiverDirection::SendRecv);
    transceiver.stop().unwrap();
    assert_eq!(transceiver.direction(), TransceiverDirection::Stopped);
    assert!(!transceiver.can_receive(MediaKind::Video));
    let refused = transceiver.set_direction(TransceiverDirection::SendOnly);
    assert!(matches!(refused, Err(PeerConnectionError::InvalidState(_))), "{refused:?}");
}

#[wasm_bindgen_test]
async fn tracks_arrive_in_one_stream_and_go_again() {
    let stream = camera().await;
    let mut pair = Pair::new();
    let mut events = pair.b.events();
    let senders: Vec<_> =
        stream.tracks().iter().map(|track| pair.a.add_track(track.as_raw(), &[stream.as_raw()]).unwrap()).collect();
    assert_eq!(senders, pair.a.senders());
    let twice = pair.a.add_track(stream.tracks().first().unwrap().as_raw(), &[]);
    assert!(matches!(twice, Err(PeerConnectionError::InvalidAccess(_))), "{twice:?}");
    pair.negotiate().await;

    let (one, two) = (track(&mut events).await, track(&mut events).await);
    for event in [&one, &two] {
        assert_eq!(event.streams.first().unwrap().id(), stream.id());
        assert_eq!(event.streams.len(), 1);
        assert_eq!(event.receiver.track(), event.track);
        assert_eq!(event.transceiver.receiver(), event.receiver);
    }
    assert_eq!(one.streams, two.streams);
    assert_ne!(one.transceiver.kind(), two.transceiver.kind());

    let sender = senders.first().unwrap();
    assert!(sender.track().is_some());
    soon("replace", sender.replace_track(None)).await.unwrap();
    assert!(sender.track().is_none());
    let other = stream.tracks().into_iter().nth(1).unwrap();
    let wrong_kind = soon("replace", sender.replace_track(Some(other.as_raw()))).await;
    assert!(matches!(wrong_kind, Err(PeerConnectionError::Type(_))), "{wrong_kind:?}");
    let parameters = sender.parameters().unwrap();
    soon("parameters", sender.set_parameters(&parameters)).await.unwrap();
    let stale = soon("parameters", sender.set_parameters(&js_sys::Object::new())).await;
    assert!(matches!(stale, Err(PeerConnectionError::InvalidState(_) | PeerConnectionError::Type(_))), "{stale:?}");

    let track = stream.tracks().into_iter().next().unwrap();
    soon("replace", sender.replace_track(Some(track.as_raw()))).await.unwrap();
    for sender in &senders {
        pair.a.remove_track(sender).unwrap();
    }
    let foreign = pair.b.remove_track(sender);
    assert!(matches!(foreign, Err(PeerConnectionError::InvalidAccess(_))), "{foreign:?}");
    pair.negotiate().await;
    assert_eq!(one.streams.first().unwrap().get_tracks().length(), 0);

    pair.a.close();
    assert_eq!(pair.a.add_track(other.as_raw(), &[]), Err(PeerConnectionError::Closed));
    assert_eq!(pair.a.remove_track(sender), Err(PeerConnectionError::Closed));
    assert_eq!(soon("replace", sender.replace_track(None)).await, Err(PeerConnectionError::Closed));
    let late = pair.a.add_transceiver_of(MediaKind::Audio, TransceiverDirection::SendRecv);
    assert_eq!(late.map(drop), Err(PeerConnectionError::Closed));
    stream.stop();
}

#[wasm_bindgen_test]
async fn a_track_is_sent_back_on_the_transceiver_it_came_by() {
    let stream = camera().await;
    let audio = stream.tracks_of(MediaKind::Audio).into_iter().next().unwrap();
    let mut pair = Pair::new();
    let (mut at_a, mut at_b) = (pair.a.events(), pair.b.events());
    let init = TransceiverInit::new().with_direction(TransceiverDirection::SendRecv).with_stream(stream.as_raw());
    let ours = pair.a.add_transceiver(TrackOrKind::Track(audio.as_raw()), &init).unwrap();
    pair.negotiate().await;
    let event = track(&mut at_b).await;
    event.transceiver.set_direction(TransceiverDirection::SendRecv).unwrap();
    event.transceiver.sender().set_streams(&[stream.as_raw()]).unwrap();
    soon("replace", event.transceiver.sender().replace_track(Some(audio.as_raw()))).await.unwrap();
    pair.negotiate().await;
    let back = track(&mut at_a).await;
    assert_eq!(back.transceiver, ours);
    assert_eq!(back.streams.first().unwrap().id(), stream.id());
    assert_eq!(ours.current_direction(), Some(TransceiverDirection::SendRecv));
    stream.stop();
}

#[wasm_bindgen_test]
async fn codecs_are_preferred_by_the_browsers_own_objects() {
    let pair = Pair::new();
    let transceiver = pair.a.add_transceiver_of(MediaKind::Audio, TransceiverDirection::SendRecv).unwrap();
    transceiver.set_codec_preferences(&[]).unwrap();
    let junk = js_sys::Object::new();
    let refused = transceiver.set_codec_preferences(std::slice::from_ref(&junk));
    assert!(matches!(refused, Err(PeerConnectionError::Type(_))), "{refused:?}");
    js_sys::Reflect::set(&junk, &"mimeType".into(), &"audio/none".into()).unwrap();
    js_sys::Reflect::set(&junk, &"clockRate".into(), &8000.into()).unwrap();
    let refused = transceiver.set_codec_preferences(&[junk]);
    assert!(matches!(refused, Err(PeerConnectionError::InvalidModification(_))), "{refused:?}");
}

async fn camera() -> LocalStream {
    soon("camera", get_user_media(&MediaConstraints::both(AudioConstraints::new(), VideoConstraints::new())))
        .await
        .unwrap()
}

async fn track(events: &mut Events<PeerConnectionEvent>) -> TrackEvent {
    first(events, "track", |event| match event {
        PeerConnectionEvent::Track(track) => Some(track),
        _ => None,
    })
    .await
}
