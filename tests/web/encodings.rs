//! How a track is encoded is the application's to say, once for all connections.

use gloo_timers::future::TimeoutFuture;
use js_sys::{Array, Reflect};
use rejoin::media::{AudioConstraints, MediaConstraints, VideoConstraints, get_user_media};
use rejoin::{Peer, RtpSender};
use wasm_bindgen::JsCast;
use wasm_bindgen_test::wasm_bindgen_test;

use crate::peer::{connected, pair};
use crate::support::within;

fn sender(peer: &Peer, kind: &str) -> RtpSender {
    let senders = peer.peer_connection().unwrap().get_senders();
    let mut senders = senders.iter().map(|sender| RtpSender::from_raw(sender.unchecked_into()));
    senders.find(|sender| sender.track().is_some_and(|track| track.kind() == kind)).unwrap()
}

/// The first layer of these parameters.
fn layer(parameters: &js_sys::Object) -> js_sys::Object {
    let encodings: Array = Reflect::get(parameters, &"encodings".into()).unwrap().unchecked_into();
    encodings.get(0).unchecked_into()
}

async fn set(peer: &Peer, members: &[(&str, f64)]) {
    let sender = sender(peer, "video");
    let parameters = sender.parameters().unwrap();
    for (name, value) in members {
        Reflect::set(&layer(&parameters), &(*name).into(), &(*value).into()).unwrap();
    }
    within("the setting", sender.set_parameters(&parameters)).await.unwrap();
}

fn get(peer: &Peer, kind: &str, name: &str) -> Option<f64> {
    Reflect::get(&layer(&sender(peer, kind).parameters().unwrap()), &name.into()).unwrap().as_f64()
}

#[wasm_bindgen_test]
async fn how_a_track_is_encoded_is_carried_over_to_each_next_connection() {
    let (a, b) = pair();
    let media =
        get_user_media(&MediaConstraints::both(AudioConstraints::new(), VideoConstraints::new())).await.unwrap();
    for peer in [&a, &b] {
        peer.publish(&media);
    }
    connected(&a, &b).await;
    set(&a, &[("maxBitrate", 123_000.0), ("scaleResolutionDownBy", 2.0)]).await;
    set(&b, &[("maxBitrate", 456_000.0), ("maxFramerate", 7.0)]).await;

    let end = |peer: &Peer| peer.peer_connection().unwrap().close();
    let ways: [&dyn Fn(); 4] = [&|| a.reconnect(), &|| b.reconnect(), &|| end(&a), &|| end(&b)];
    for (which, way) in ways.into_iter().enumerate() {
        let before = [&a, &b].map(|peer| peer.peer_connection().unwrap());
        way();
        let renewed = async {
            while [&a, &b]
                .into_iter()
                .zip(&before)
                .any(|(peer, before)| peer.peer_connection().as_ref() == Some(before))
            {
                TimeoutFuture::new(20).await;
            }
        };
        within("another connection", renewed).await;
        connected(&a, &b).await;
        let found = [&a, &b].map(|peer| get(peer, "video", "maxBitrate"));
        assert_eq!(found, [Some(123_000.0), Some(456_000.0)], "way {which}");
        assert_eq!(get(&a, "video", "scaleResolutionDownBy"), Some(2.0), "way {which}");
        assert_eq!(get(&b, "video", "maxFramerate"), Some(7.0), "way {which}");
        assert_eq!(get(&a, "audio", "maxBitrate"), None, "what was not set is the browser's");
    }

    // What was set last counts.
    set(&a, &[("maxBitrate", 99_000.0)]).await;
    let before = a.peer_connection().unwrap();
    a.reconnect();
    let renewed = async {
        while a.peer_connection().as_ref() == Some(&before) {
            TimeoutFuture::new(20).await;
        }
    };
    within("another connection", renewed).await;
    connected(&a, &b).await;
    assert_eq!(get(&a, "video", "maxBitrate"), Some(99_000.0));
}
