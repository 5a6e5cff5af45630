//! Two peers in one page: negotiation, channels, media, recovery and the end.

use std::cell::Cell;
use std::rc::Rc;
use std::time::Duration;

use futures_util::{FutureExt, StreamExt};
use gloo_events::EventListener;
use gloo_timers::future::TimeoutFuture;
use js_sys::{Function, Promise};
use rejoin::media::{
    Attachment, AudioConstraints, LocalStream, MediaConstraints, MediaKind, VideoConstraints, attach, get_user_media,
};
use rejoin::signaling::memory;
use rejoin::{
    ChannelOptions, CloseReason, DataChannelState, Message, Peer, PeerEvent, PeerOptions, PeerState, RecoveryConfig,
};
use wasm_bindgen::JsCast;
use wasm_bindgen_futures::JsFuture;
use wasm_bindgen_test::wasm_bindgen_test;
use web_sys::{MediaStream, MediaStreamTrack};

use crate::support::{video, within};

pub(crate) fn pair() -> (Peer, Peer) {
    let (a, b) = memory();
    (Peer::connect(a, PeerOptions::new()), Peer::connect(b, PeerOptions::new()))
}

pub(crate) async fn connected(a: &Peer, b: &Peer) {
    within("connecting", async {
        a.connected().await.unwrap();
        b.connected().await.unwrap();
    })
    .await;
}

/// What `pick` finds among the events from now on.
pub(crate) fn event<T>(
    peer: &Peer,
    what: &str,
    mut pick: impl FnMut(PeerEvent) -> Option<T>,
) -> impl Future<Output = T> {
    let mut events = peer.events();
    within(what, async move {
        loop {
            if let Some(value) = pick(events.next().await.expect("the events ended")) {
                return value;
            }
        }
    })
}

/// The next stream of the other side.
fn added(peer: &Peer) -> impl Future<Output = MediaStream> {
    event(peer, "a stream", |event| match event {
        PeerEvent::StreamAdded(stream) => Some(stream),
        _ => None,
    })
}

/// The next stream of the other side that is over.
fn removed(peer: &Peer) -> impl Future<Output = MediaStream> {
    event(peer, "the removal", |event| match event {
        PeerEvent::StreamRemoved(stream) => Some(stream),
        _ => None,
    })
}

async fn camera_and_microphone() -> LocalStream {
    get_user_media(&MediaConstraints::both(AudioConstraints::new(), VideoConstraints::new())).await.unwrap()
}

fn kinds(stream: &MediaStream) -> Vec<String> {
    let mut kinds: Vec<_> = stream.get_tracks().iter().map(|track| MediaStreamTrack::from(track).kind()).collect();
    kinds.sort();
    kinds
}

/// Waits until the peer has said nothing for a while.
async fn comes_to_rest(peer: &Peer) {
    within("rest", async {
        let mut sent = None;
        while sent.replace(peer.counters().sent) != Some(peer.counters().sent) {
            TimeoutFuture::new(400).await;
        }
    })
    .await;
}

/// The first stream of the other side, once it is there.
async fn stream_of(peer: &Peer) -> MediaStream {
    match peer.streams().into_iter().next() {
        Some(stream) => stream,
        None => added(peer).await,
    }
}

#[wasm_bindgen_test]
async fn who_listens_hears_each_event_until_the_listening_is_dropped() {
    let (a, b) = pair();
    let heard = Rc::new(Cell::new(0));
    let count = Rc::clone(&heard);
    let reading = a.events().listen(move |event| {
        if matches!(event, PeerEvent::StateChanged(_)) {
            count.set(count.get() + 1);
        }
    });
    connected(&a, &b).await;
    // The listening was there first, and so reads first.
    assert!(heard.replace(0) > 0);

    drop(reading);
    let closed = event(&a, "the end", |event| matches!(event, PeerEvent::Closed(_)).then_some(()));
    a.close();
    closed.await;
    within("what was listening to be freed", async {
        while Rc::strong_count(&heard) > 1 {
            TimeoutFuture::new(0).await;
        }
    })
    .await;
    assert_eq!(heard.get(), 0);
}

#[wasm_bindgen_test]
async fn two_peers_connect_and_both_sides_may_open_the_same_label() {
    let (a, b) = pair();
    let chat_a = a.channel("chat", ChannelOptions::new()).unwrap();
    let chat_b = b.channel("chat", ChannelOptions::new()).unwrap();
    connected(&a, &b).await;
    for n in 0..50 {
        chat_a.send(format!("a{n}")).await.unwrap();
        chat_b.send(vec![n]).await.unwrap();
    }
    for n in 0..50 {
        assert_eq!(within("text", chat_b.receive()).await, Some(Message::Text(format!("a{n}"))));
        assert_eq!(within("bytes", chat_a.receive()).await, Some(Message::Binary(vec![n])));
    }
}

#[wasm_bindgen_test]
async fn a_channel_of_one_side_is_announced_and_its_close_is_seen() {
    let (a, b) = pair();
    let announced = event(&b, "a channel", |event| match event {
        PeerEvent::Channel(channel) => Some(channel),
        _ => None,
    });
    let sent = a.channel("news", ChannelOptions::new().unordered()).unwrap();
    sent.send_json(&vec![1, 2, 3]).await.unwrap();
    let got = announced.await;
    assert_eq!(within("json", got.receive_json::<Vec<u8>>()).await, Some(Ok(vec![1, 2, 3])));
    got.send("back").await.unwrap();
    assert_eq!(within("answer", sent.receive()).await, Some(Message::Text("back".to_owned())));
    sent.close();
    assert_eq!(within("the end", got.receive()).await, None);
    assert!(sent.send("late").await.is_err_and(|error| error.message == Message::Text("late".to_owned())));
    assert_eq!(a.state(), PeerState::Connected);
}

#[wasm_bindgen_test]
async fn a_closed_peer_is_seen_by_the_other_side_with_the_reason() {
    let (a, b) = pair();
    connected(&a, &b).await;
    let closed = event(&b, "the close", |event| match event {
        PeerEvent::Closed(reason) => Some(reason),
        _ => None,
    });
    a.close();
    a.close();
    assert_eq!(closed.await, CloseReason::RemoteHungUp);
    assert!(matches!(a.state(), PeerState::Closed { reason: CloseReason::HungUp }));
    assert!(a.channel("late", ChannelOptions::new()).is_err());
    assert!(a.connected().await.is_err());
}

#[wasm_bindgen_test]
async fn media_of_both_sides_arrives_and_mute_is_told() {
    let (a, b) = pair();
    let local =
        get_user_media(&MediaConstraints::both(AudioConstraints::new(), VideoConstraints::new())).await.unwrap();
    a.publish(&local);
    b.publish(&local);
    connected(&a, &b).await;
    assert_eq!(stream_of(&a).await.get_tracks().length(), 2);
    let at_b = stream_of(&b).await;
    assert_eq!(at_b.get_tracks().length(), 2);

    let muted = event(&b, "the mute", |event| match event {
        PeerEvent::Media(sources) if sources.0.iter().any(|source| source.audio_muted) => Some(()),
        _ => None,
    });
    local.set_muted(MediaKind::Audio, true);
    muted.await;

    let removed = event(&b, "the removal", |event| match event {
        PeerEvent::StreamRemoved(stream) => Some(stream),
        _ => None,
    });
    a.unpublish(&local);
    assert_eq!(removed.await.id(), at_b.id());
    assert_eq!(a.state(), PeerState::Connected);
}

#[wasm_bindgen_test]
async fn media_that_is_published_late_by_either_side_arrives() {
    let (a, b) = pair();
    connected(&a, &b).await;
    for (from, to) in [(&a, &b), (&b, &a)] {
        let local =
            get_user_media(&MediaConstraints::both(AudioConstraints::new(), VideoConstraints::new())).await.unwrap();
        let arrived = event(to, "the stream", |event| match event {
            PeerEvent::StreamAdded(stream) => Some(stream),
            _ => None,
        });
        from.publish(&local);
        assert!(arrived.await.get_tracks().length() > 0);
    }
}

#[wasm_bindgen_test]
async fn a_stream_that_comes_and_goes_costs_no_line_and_no_connection() {
    let (a, b) = pair();
    connected(&a, &b).await;
    let connections = [&a, &b].map(|peer| peer.peer_connection().unwrap());
    for _ in 0..3 {
        // One of the two answers; and both at once.
        for from in [vec![&a], vec![&b], vec![&a, &b]] {
            let mut published = Vec::new();
            for from in from {
                let to = if *from == a { &b } else { &a };
                let local = camera_and_microphone().await;
                let arrived = added(to);
                from.publish(&local);
                published.push((from, to, local, arrived));
            }
            let mut shown = Vec::new();
            for (from, to, local, arrived) in published {
                let stream = arrived.await;
                assert_eq!(kinds(&stream), ["audio", "video"]);
                let viewer = Viewer::of(to).await;
                viewer.sees().await;
                shown.push((from, to, local, stream));
            }
            for (from, to, local, stream) in shown {
                let gone = removed(to);
                from.unpublish(&local);
                assert_eq!(gone.await, stream);
                assert!(to.streams().is_empty());
            }
        }
    }
    for (peer, connection) in [&a, &b].into_iter().zip(connections) {
        assert_eq!(peer.state(), PeerState::Connected);
        assert_eq!(peer.peer_connection().unwrap(), connection, "the connection was rebuilt");
        assert_eq!(connection.get_transceivers().length(), 2);
        assert_eq!(connection.local_description().unwrap().sdp().matches("\nm=").count(), 3);
    }
    comes_to_rest(&a).await;
}

#[wasm_bindgen_test]
async fn a_stream_is_exchanged_or_published_again_in_one_turn() {
    let (a, b) = pair();
    connected(&a, &b).await;
    for (from, to) in [(&a, &b), (&b, &a)] {
        let first = camera_and_microphone().await;
        let arrived = added(to);
        from.publish(&first);
        let stream = arrived.await;

        // Nothing of the connection changes: the stream goes on.
        from.unpublish(&first);
        from.publish(&first);
        comes_to_rest(from).await;
        assert!(to.streams() == std::slice::from_ref(&stream));
        Viewer::of(to).await.sees().await;

        let second = camera_and_microphone().await;
        // The other camera takes the place of the first.
        from.unpublish(&first);
        from.publish(&second);
        drop(first);
        comes_to_rest(from).await;
        assert!(to.streams() == std::slice::from_ref(&stream));
        assert_eq!(kinds(&stream), ["audio", "video"]);
        Viewer::of(to).await.sees().await;

        // One of other tracks is another stream.
        let (gone, arrived) = (removed(to), added(to));
        let voice = get_user_media(&MediaConstraints::audio(AudioConstraints::new())).await.unwrap();
        from.unpublish(&second);
        from.publish(&voice);
        assert_eq!(gone.await, stream);
        assert_eq!(kinds(&arrived.await), ["audio"]);
        let (gone, arrived) = (removed(to), added(to));
        from.unpublish(&voice);
        from.publish(&second);
        gone.await;
        arrived.await;

        // The other side has not come to the end of one before the next.
        let gone = removed(to);
        from.unpublish(&second);
        TimeoutFuture::new(1).await;
        from.publish(&second);
        TimeoutFuture::new(1).await;
        from.unpublish(&second);
        gone.await;
        comes_to_rest(from).await;
        assert!(to.streams().is_empty());
        from.publish(&second);
        Viewer::of(to).await.sees().await;
    }
    for peer in [&a, &b] {
        // One more for the stream of a microphone alone.
        assert_eq!(peer.peer_connection().unwrap().get_transceivers().length(), 3);
    }
}

#[wasm_bindgen_test]
async fn a_connection_that_is_gone_is_rebuilt_with_the_same_streams_and_channel() {
    let camera = VideoConstraints::new;
    let microphone_and_camera = MediaConstraints::both(AudioConstraints::new(), camera());
    // The last track of a stream is the hardest to replace.
    for constraints in [microphone_and_camera, MediaConstraints::video(camera())] {
        let (a, b) = memory();
        let quick = RecoveryConfig::new().with_grace_timeout(Duration::from_millis(500)).with_restarts(0);
        let a = Peer::connect(a, PeerOptions::new().with_recovery(quick));
        let b = Peer::connect(b, PeerOptions::new().with_recovery(quick));
        let local = get_user_media(&constraints).await.unwrap();
        let tracks = local.tracks().len() as u32;
        a.publish(&local);
        b.publish(&local);
        let chat_a = a.channel("chat", ChannelOptions::new()).unwrap();
        let chat_b = b.channel("chat", ChannelOptions::new()).unwrap();
        connected(&a, &b).await;
        within("the channel", chat_b.ready()).await.unwrap();
        for (closing, seeing) in [(&a, &b), (&b, &a)] {
            let streams = [stream_of(&a).await, stream_of(&b).await];
            let viewer = Viewer::of(seeing).await;
            viewer.sees().await;
            let lost = event(seeing, "the loss", |event| match event {
                PeerEvent::StateChanged(PeerState::Reconnecting { .. }) => Some(()),
                _ => None,
            });
            closing.peer_connection().unwrap().close();
            lost.await;
            connected(&a, &b).await;

            chat_b.send("after").await.unwrap();
            assert_eq!(within("the message", chat_a.receive()).await, Some(Message::Text("after".to_owned())));
            chat_a.send("too").await.unwrap();
            assert_eq!(within("the message", chat_b.receive()).await, Some(Message::Text("too".to_owned())));
            for (stream, peer) in streams.iter().zip([&a, &b]) {
                assert!(peer.streams() == std::slice::from_ref(stream), "the stream is another object");
                assert_eq!(stream.get_tracks().length(), tracks);
            }
            viewer.sees().await;
            assert_eq!(viewer.interruptions.get(), 0);
            assert_eq!(chat_a.state(), DataChannelState::Open);
        }
    }
}

#[wasm_bindgen_test]
async fn an_element_plays_where_the_first_connection_never_came_up() {
    let quick = RecoveryConfig::new().with_connect_timeout(Duration::from_millis(500));
    let local = camera_and_microphone().await;
    for first_watches in [true, false] {
        let (a, b) = memory();
        let [a, b] = [a, b].map(|signaling| Peer::connect(signaling, PeerOptions::new().with_recovery(quick)));
        let (watching, other) = if first_watches { (&a, &b) } else { (&b, &a) };
        a.publish(&local);
        b.publish(&local);
        let stream = added(watching).await;
        let viewer = Viewer::of(watching).await;
        other.peer_connection().unwrap().close();
        assert!(matches!(watching.state(), PeerState::Connecting { attempt: 1, .. }), "{:?}", watching.state());
        connected(watching, other).await;
        viewer.sees().await;
        assert_eq!(viewer.interruptions.get(), 0);
        assert_eq!(kinds(&stream), ["audio", "video"]);
        assert!(watching.streams() == [stream], "the stream is another object");
    }
}

#[wasm_bindgen_test]
async fn peers_that_are_dropped_at_once_leave_nothing_behind_that_panics() {
    for _ in 0..20 {
        let (a, b) = pair();
        let _never_awaited = a.channel("x", ChannelOptions::new()).unwrap().send("y");
        drop(b);
        let connecting = a.connected();
        assert!(connecting.now_or_never().is_none());
        drop(a);
    }
    TimeoutFuture::new(50).await;
}

/// Whoever watches the first stream of a peer.
struct Viewer {
    video: web_sys::HtmlVideoElement,
    /// How often the element paused, ended or began anew.
    interruptions: Rc<Cell<u32>>,
    _attachment: Attachment,
    _listeners: [EventListener; 3],
}

impl Viewer {
    async fn of(peer: &Peer) -> Self {
        let (stream, video) = (stream_of(peer).await, video());
        let interruptions = Rc::new(Cell::new(0));
        let listen = |name| {
            let interruptions = interruptions.clone();
            EventListener::new(&video, name, move |_| interruptions.set(interruptions.get() + 1))
        };
        video.set_muted(true);
        let attachment = attach(&video, &stream);
        let listeners = ["pause", "ended", "emptied"].map(listen);
        Self { _attachment: attachment, _listeners: listeners, video, interruptions }
    }

    /// Waits for new pictures.
    async fn sees(&self) {
        let next = Function::new_no_args("return new Promise((done) => this.requestVideoFrameCallback(done))");
        for _ in 0..3 {
            let shown = next.call0(&self.video).unwrap().unchecked_into::<Promise>();
            within("a picture", JsFuture::from(shown)).await.unwrap();
        }
    }
}

impl Drop for Viewer {
    fn drop(&mut self) {
        self.video.remove();
    }
}
