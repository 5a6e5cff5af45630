//! What is dropped in any order, while something waits for it, or in an event of its own, leaves nothing.

use core::task::{Context, Poll};
use std::any::Any;
use std::cell::{Cell, RefCell};
use std::rc::Rc;

use futures_util::future::{Either, select};
use gloo_timers::future::TimeoutFuture;
use rejoin::media::{LocalStream, MediaConstraints, MediaKind, VideoConstraints, attach, get_user_media};
use rejoin::signaling::{MemorySignaling, NotCarried, Signaling, SignalingEvent, SignalingOptions, memory};
use rejoin::{
    ChannelOptions, Configuration, Events, Peer, PeerConnection, PeerOptions, Room, RoomId, RoomOptions,
    SignalingClient, WebSocket, WebSocketOptions,
};
use wasm_bindgen_test::wasm_bindgen_test;

use crate::leaks::{leaves_nothing, peers};
use crate::pair::Pair;
use crate::support::{fresh_name, server, until, video, within};

async fn camera() -> LocalStream {
    get_user_media(&MediaConstraints::video(VideoConstraints::new())).await.unwrap()
}

fn room_id() -> RoomId {
    RoomId::new(fresh_name()).unwrap()
}

fn client() -> SignalingClient {
    SignalingClient::connect(SignalingOptions::new(server(), room_id())).unwrap()
}

fn socket() -> WebSocket {
    WebSocket::connect(server(), &WebSocketOptions::new().with_protocol("rejoin.v1")).unwrap()
}

/// The n-th order of these things, of as many as there are.
fn in_order(mut things: Vec<Box<dyn Any>>, mut n: usize) -> Vec<Box<dyn Any>> {
    let mut ordered = Vec::new();
    while !things.is_empty() {
        let left = things.len();
        ordered.push(things.remove(n % left));
        n /= left;
    }
    ordered
}

#[wasm_bindgen_test]
async fn a_peer_and_what_hangs_on_it_go_in_every_order() {
    // 24 orders of four things, each at least once.
    let mut order = 0;
    leaves_nothing("a peer, its channel, its events and its stream", async || {
        let (a, b) = peers();
        let (stream, events) = (camera().await, a.events());
        a.publish(&stream);
        let ours = a.channel("words", ChannelOptions::new()).unwrap();
        let theirs = b.channel("words", ChannelOptions::new()).unwrap();
        within("the words", async {
            ours.send("hello").await.unwrap();
            theirs.receive().await.unwrap();
        })
        .await;
        order += 1;
        for thing in in_order(vec![Box::new(a), Box::new(ours), Box::new(events), Box::new(stream)], order) {
            drop(thing);
            TimeoutFuture::new(0).await;
        }
    })
    .await;
}

#[wasm_bindgen_test]
async fn a_connection_and_what_hangs_on_it_go_in_every_order() {
    let mut order = 0;
    leaves_nothing("a connection, its other side, its channel and its events", async || {
        let (Pair { a, b, .. }, ours, theirs) = Pair::with_channel(&ChannelOptions::new()).await;
        let events = ours.events();
        order += 1;
        for thing in in_order(vec![Box::new(a), Box::new(b), Box::new((ours, theirs)), Box::new(events)], order) {
            drop(thing);
            TimeoutFuture::new(0).await;
        }
    })
    .await;
}

#[wasm_bindgen_test]
async fn a_room_and_what_hangs_on_it_go_in_every_order() {
    let mut order = 0;
    leaves_nothing("a room, its channel, its events and its stream", async || {
        let stream = camera().await;
        let options = RoomOptions::new(server(), room_id()).with_media(stream.clone());
        let room = within("joining", Room::join(options)).await.unwrap();
        let (channel, events) = (room.channel("all", ChannelOptions::new()).unwrap(), room.events());
        order += 1;
        for thing in in_order(vec![Box::new(room), Box::new(channel), Box::new(events), Box::new(stream)], order) {
            drop(thing);
            TimeoutFuture::new(0).await;
        }
    })
    .await;
}

/// Waits for `future`, and gives it up after a time that is another with each call: from no time at all to 200 ms.
async fn given_up<T>(turn: &mut u32, future: impl Future<Output = T>) {
    *turn += 1;
    // In a whole turn of 35 the times are spread evenly.
    let patience = TimeoutFuture::new(*turn * 12 % 35 * 6);
    if let Either::Left((outcome, _)) = select(Box::pin(future), patience).await {
        drop(outcome);
    }
}

#[wasm_bindgen_test]
async fn a_peer_goes_while_its_connection_is_waited_for() {
    let mut turn = 0;
    leaves_nothing("two peers that are given up", async || {
        let (a, b) = peers();
        let ours = a.channel("words", ChannelOptions::new()).unwrap();
        let waiting = async move {
            a.connected().await.unwrap();
            ours.send("hello").await.unwrap();
            ours.receive().await
        };
        given_up(&mut turn, waiting).await;
        drop(b);
    })
    .await;
}

#[wasm_bindgen_test]
async fn a_room_goes_while_it_is_joined() {
    let mut turn = 0;
    leaves_nothing("a room that is given up", async || {
        given_up(&mut turn, Room::join(RoomOptions::new(server(), room_id()))).await;
    })
    .await;
}

#[wasm_bindgen_test]
async fn clients_and_sockets_go_while_they_are_waited_for() {
    let mut turn = 0;
    leaves_nothing("a client and a socket that are given up", async || {
        given_up(&mut turn, async {
            let (client, socket) = (client(), socket());
            futures_util::future::join(client.joined(), socket.ready()).await.0
        })
        .await;
    })
    .await;
}

#[wasm_bindgen_test]
async fn a_camera_is_given_up_while_it_is_waited_for() {
    let mut turn = 0;
    leaves_nothing("a camera that is given up", async || given_up(&mut turn, camera()).await).await;
}

/// Drops `thing`, its only handle, in the first event that is told.
async fn goes_in_its_event<T: 'static, E: 'static>(what: &str, thing: T, events: Events<E>, cause: impl FnOnce(&T)) {
    let holder = Rc::new(RefCell::new(None));
    let reading = events.listen({
        let holder = Rc::clone(&holder);
        move |_| drop::<Option<T>>(holder.take())
    });
    cause(&thing);
    holder.replace(Some(thing));
    within(what, async {
        while holder.borrow().is_some() {
            TimeoutFuture::new(1).await;
        }
    })
    .await;
    drop(reading);
}

#[wasm_bindgen_test]
async fn peers_channels_and_connections_go_in_an_event_of_their_own() {
    leaves_nothing("what goes in its event", async || {
        let (a, b) = peers();
        let events = a.events();
        goes_in_its_event("a peer's event", a, events, |_| ()).await;
        drop(b);

        let (a, b) = peers();
        let channel = a.channel("words", ChannelOptions::new()).unwrap();
        let events = channel.events();
        goes_in_its_event("a channel's event", channel, events, |_| ()).await;
        drop((a, b));

        let connection = PeerConnection::new(&Configuration::new()).unwrap();
        let events = connection.events();
        let open = |connection: &PeerConnection| {
            drop(connection.create_data_channel("words", &ChannelOptions::new()).unwrap());
            drop(connection.set_local_description());
        };
        goes_in_its_event("a connection's event", connection, events, open).await;

        let (pair, ours, theirs) = Pair::with_channel(&ChannelOptions::new()).await;
        let events = ours.events();
        goes_in_its_event("a data channel's event", ours, events, |_| theirs.close()).await;
        drop(pair);
    })
    .await;
}

#[wasm_bindgen_test]
async fn rooms_clients_and_sockets_go_in_an_event_of_their_own() {
    leaves_nothing("what goes in its event", async || {
        let room = within("joining", Room::join(RoomOptions::new(server(), room_id()))).await.unwrap();
        let events = room.events();
        goes_in_its_event("a room's event", room, events, |room| room.leave()).await;

        let client = client();
        let events = client.events();
        goes_in_its_event("a client's event", client, events, |_| ()).await;

        let socket = socket();
        let events = socket.events();
        goes_in_its_event("a socket's event", socket, events, |_| ()).await;
    })
    .await;
}

#[wasm_bindgen_test]
async fn streams_tracks_and_attachments_go_in_an_event_of_their_own() {
    let video = video();
    leaves_nothing("what goes in its event", async || {
        let stream = camera().await;
        let events = stream.events();
        goes_in_its_event("a stream's event", stream, events, |stream| stream.set_muted(MediaKind::Video, true)).await;

        let stream = camera().await;
        let track = stream.tracks().remove(0);
        drop(stream);
        let events = track.events();
        goes_in_its_event("a track's event", track, events, |track| track.set_enabled(false)).await;

        let stream = camera().await;
        let attachment = attach(&video, &stream);
        let events = attachment.events();
        goes_in_its_event("an attachment's event", attachment, events, |_| ()).await;
    })
    .await;
    video.remove();
}

/// Hangs up from within the message that it carries.
struct HangsUp {
    inner: MemorySignaling,
    peer: Rc<RefCell<Option<Peer>>>,
}

impl Signaling for HangsUp {
    fn send(&mut self, message: String) -> Result<(), NotCarried> {
        drop(self.peer.take());
        self.inner.send(message)
    }

    fn poll_event(&mut self, cx: &mut Context<'_>) -> Poll<Option<SignalingEvent>> {
        self.inner.poll_event(cx)
    }
}

#[wasm_bindgen_test]
async fn a_peer_goes_while_its_signaling_sends() {
    let gone = Rc::new(Cell::new(0));
    let count = Rc::clone(&gone);
    leaves_nothing("a peer that goes in its send", async move || {
        let (ours, _theirs) = memory();
        let slot: Rc<RefCell<Option<Peer>>> = Rc::default();
        let signaling = HangsUp { inner: ours, peer: Rc::clone(&slot) };
        slot.replace(Some(Peer::connect(signaling, PeerOptions::new())));
        until(|| slot.borrow().is_none()).await;
        count.set(count.get() + 1);
    })
    .await;
    assert_eq!(gone.get(), 35);
}
