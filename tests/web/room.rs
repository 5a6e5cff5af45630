//! Rooms over the real server: a mesh, channels to all, who comes and goes, and a full room.

use std::time::Duration;

use futures_util::StreamExt;
use rejoin::media::{AudioConstraints, MediaConstraints, VideoConstraints, get_user_media};
use rejoin::signaling::{ErrorCode, LeaveReason, RoomId, SignalingClientEvent, SignalingError, SignalingOptions};
use rejoin::{
    ChannelError, ChannelOptions, CloseReason, Configuration, ConnectError, ConnectMode, Direction, Events, IceServer,
    InvalidConfiguration, Message, Peer, Room, RoomChannel, RoomChannelEvent, RoomEvent, RoomOptions, SignalingClient,
};
use wasm_bindgen_test::wasm_bindgen_test;

use crate::support::{fresh_name, server, within};

fn options(name: &str) -> RoomOptions {
    RoomOptions::new(server(), RoomId::new(name).unwrap())
}

async fn join(options: RoomOptions) -> Room {
    within("joining", Room::join(options)).await.unwrap()
}

/// What `pick` finds among the events from now on.
fn event<T>(room: &Room, what: &str, mut pick: impl FnMut(RoomEvent) -> Option<T>) -> impl Future<Output = T> {
    let mut events = room.events();
    within(what, async move {
        loop {
            if let Some(value) = pick(events.next().await.expect("the events ended")) {
                return value;
            }
        }
    })
}

/// Two in a room that know of each other.
async fn two(options: impl Fn() -> RoomOptions) -> (Room, Room) {
    let a = join(options()).await;
    let joined = event(&a, "the member", |event| matches!(event, RoomEvent::MemberJoined(_)).then_some(()));
    let b = join(options()).await;
    joined.await;
    (a, b)
}

#[wasm_bindgen_test]
async fn three_in_a_room_are_all_connected_and_a_channel_reaches_everybody() {
    let name = fresh_name();
    let rooms = [join(options(&name)).await, join(options(&name)).await, join(options(&name)).await];
    assert!(rooms[0] == rooms[0].clone() && rooms[0] != rooms[1]);
    let channels = rooms.each_ref().map(|room| room.channel("chat", ChannelOptions::new()).unwrap());
    for room in &rooms {
        within("two peers", async {
            while room.peers().len() < 2 {
                gloo_timers::future::TimeoutFuture::new(10).await;
            }
        })
        .await;
        for peer in room.peers() {
            within("connecting", peer.connected()).await.unwrap();
        }
    }
    channels[0].send("to all").await.unwrap();
    let me = rooms[0].peer_id().unwrap();
    for channel in &channels[1..] {
        assert_eq!(within("the message", channel.clone().next()).await, Some((me.clone(), Message::from("to all"))));
    }
    rooms[0].leave();
    assert_eq!(within("the end", channels[0].clone().next()).await, None, "a room that is left ends its channels");
}

/// Two in a room, connected, with a channel to everybody at each.
async fn two_with(options_of_channel: ChannelOptions) -> ([Room; 2], [RoomChannel; 2]) {
    let name = fresh_name();
    let (a, b) = two(|| options(&name)).await;
    let rooms = [a, b];
    let channels = rooms.each_ref().map(|room| room.channel("chat", options_of_channel.clone()).unwrap());
    for (room, other) in [(&rooms[0], &rooms[1]), (&rooms[1], &rooms[0])] {
        let other = other.peer_id().unwrap();
        within("the peer", async {
            while !room.peers().iter().any(|peer| peer.id() == Some(&other)) {
                gloo_timers::future::TimeoutFuture::new(10).await;
            }
        })
        .await;
        for peer in room.peers() {
            within("connecting", peer.connected()).await.unwrap();
        }
    }
    (rooms, channels)
}

#[wasm_bindgen_test]
async fn a_channel_to_everybody_that_one_of_them_closes_and_opens_again_goes_on() {
    let (rooms, [at_a, at_b]) = two_with(ChannelOptions::new()).await;
    let [a, b] = rooms.each_ref().map(|room| room.peer_id().unwrap());
    at_a.send("first").await.unwrap();
    assert_eq!(within("the first", at_b.clone().next()).await, Some((a.clone(), Message::from("first"))));
    let before = at_a.to(&b).unwrap();
    at_b.close();
    within("the close", before.closed()).await;
    let again = rooms[1].channel("chat", ChannelOptions::new()).unwrap();
    again.send("from b").await.unwrap();
    assert_eq!(within("from b", at_a.clone().next()).await, Some((b, Message::from("from b"))));
    at_a.send("from a").await.unwrap();
    assert_eq!(within("from a", again.clone().next()).await, Some((a, Message::from("from a"))));
}

#[wasm_bindgen_test]
async fn a_durable_message_to_everybody_is_acknowledged_when_it_is_read_and_not_before() {
    let (rooms, [at_a, at_b]) = two_with(ChannelOptions::new().durable()).await;
    let (a, to_b) = (rooms[0].peer_id().unwrap(), at_a.to(&rooms[1].peer_id().unwrap()).unwrap());
    at_a.send("kept").await.unwrap();
    within("connecting", to_b.ready()).await.unwrap();
    // Long enough for it to arrive, and for an acknowledgement to come back.
    gloo_timers::future::TimeoutFuture::new(500).await;
    assert_eq!(to_b.buffered_amount(), 4);
    assert_eq!(within("the message", at_b.clone().next()).await, Some((a, Message::from("kept"))));
    within("the acknowledgement", async {
        while to_b.buffered_amount() > 0 {
            gloo_timers::future::TimeoutFuture::new(10).await;
        }
    })
    .await;
}

#[wasm_bindgen_test]
async fn in_a_manual_room_one_side_calls_and_hangs_up_and_calls_again() {
    let name = fresh_name();
    let stream =
        get_user_media(&MediaConstraints::both(AudioConstraints::new(), VideoConstraints::new())).await.unwrap();
    let manual = || options(&name).with_connect(ConnectMode::Manual).with_media(stream.clone());
    let (a, b) = two(manual).await;
    let other = b.peer_id().unwrap();
    for _ in 0..3 {
        let incoming = event(&b, "the call", |event| match event {
            RoomEvent::Peer(peer) => Some(peer),
            _ => None,
        });
        let outgoing = a.connect(&other).unwrap();
        assert_eq!(a.peers().len(), 1);
        let incoming = incoming.await;
        within("connecting", outgoing.connected()).await.unwrap();
        within("connecting", incoming.connected()).await.unwrap();
        assert_eq!(outgoing.streams().len(), 1);
        let ended = event(&b, "the hang-up", |event| match event {
            RoomEvent::PeerClosed(_, reason) => Some(reason),
            _ => None,
        });
        outgoing.close();
        assert_eq!(ended.await, CloseReason::RemoteHungUp);
        assert!(a.peers().is_empty() && b.peers().is_empty());
        assert_eq!(a.members().len(), 1);
    }
}

#[wasm_bindgen_test]
async fn who_was_hung_up_on_is_called_again_in_the_same_turn() {
    let name = fresh_name();
    let (a, b) = two(|| options(&name).with_connect(ConnectMode::Manual)).await;
    let (to_b, at_b) =
        (a.channel("chat", ChannelOptions::new()).unwrap(), b.channel("chat", ChannelOptions::new()).unwrap());
    let other = b.peer_id().unwrap();
    let mut before = a.connect(&other).unwrap();
    for _ in 0..3 {
        within("connecting", before.connected()).await.unwrap();
        before.close();
        assert!(a.peers().is_empty());
        let mut ended = before.events();
        assert!(within("the end", ended.next()).await.is_none(), "who listens after the end hears the end");
        let again = a.connect(&other).unwrap();
        assert!(again != before);
        assert!(a.channel("more", ChannelOptions::new()).is_ok());
        within("connecting", again.connected()).await.unwrap();
        to_b.send("hello").await.unwrap();
        let hello = (a.peer_id().unwrap(), Message::from("hello"));
        assert_eq!(within("the message", at_b.clone().next()).await, Some(hello));
        assert_eq!(a.peers().len(), 1);
        before = again;
    }
}

#[wasm_bindgen_test]
async fn other_servers_are_taken_by_the_peers_that_are_there_and_by_those_that_come() {
    let (rooms, _) = two_with(ChannelOptions::new()).await;
    let servers = |peer: &Peer| {
        let configuration = peer.peer_connection().unwrap().get_configuration();
        let configuration = js_sys::JSON::stringify(&configuration.into()).unwrap();
        String::from(configuration).contains("stun:127.0.0.1:34009")
    };
    let peer = rooms[0].peers().remove(0);
    let bad = Configuration::new().with_ice_server(IceServer::new("turn:127.0.0.1:34009"));
    let refusal = Err(InvalidConfiguration::NoCredentials { url: "turn:127.0.0.1:34009".to_owned() });
    assert_eq!(rooms[0].set_configuration(bad.clone()), refusal);
    assert_eq!(peer.set_configuration(bad), refusal);
    let given = Configuration::new().with_ice_server(IceServer::new("stun:127.0.0.1:34009"));
    for room in &rooms {
        room.set_configuration(given.clone()).unwrap();
    }
    assert!(!servers(&peer), "the connection there is goes on as it is");
    let before = peer.peer_connection();
    peer.reconnect();
    within("another connection", async {
        while peer.peer_connection() == before {
            gloo_timers::future::TimeoutFuture::new(10).await;
        }
        peer.connected().await.unwrap();
    })
    .await;
    assert!(servers(&peer));
    let third = peer_of(&rooms[1], &rooms[0]);
    within("connecting", third.connected()).await.unwrap();
    third.close();
    let again = rooms[1].connect(&rooms[0].peer_id().unwrap()).unwrap();
    within("connecting", again.connected()).await.unwrap();
    assert!(servers(&again));
}

fn peer_of(room: &Room, other: &Room) -> Peer {
    let id = other.peer_id();
    room.peers().into_iter().find(|peer| peer.id() == id.as_ref()).unwrap()
}

#[wasm_bindgen_test]
async fn what_is_lost_of_a_durable_channel_to_everybody_is_told() {
    let (rooms, [at_a, at_b]) = two_with(ChannelOptions::new().durable()).await;
    let [a, b] = rooms.each_ref().map(|room| room.peer_id().unwrap());
    let mut events = at_a.events();
    // Both have opened it, and know that of each other.
    for (from, to, sender) in [(&at_a, &at_b, &a), (&at_b, &at_a, &b)] {
        from.send("in time").await.unwrap();
        let read = within("the message", to.clone().next()).await;
        assert_eq!(read, Some((sender.clone(), Message::from("in time"))));
    }
    // In one turn: it is sent before that is heard, and arrives where nobody takes it.
    at_b.to(&a).unwrap().abort();
    at_a.send("too late").await.unwrap();
    within("the loss", async {
        while let Some(event) = events.next().await {
            match event {
                RoomChannelEvent::Lost(from, lost) => {
                    assert_eq!((from, lost.from), (b.clone(), 2));
                    if lost.direction == Direction::Sent {
                        return;
                    }
                }
                // What the browser says of a leg that closes.
                RoomChannelEvent::Error(from, ChannelError::Transport(_)) => assert_eq!(from, b),
                other => panic!("{other:?}"),
            }
        }
        panic!("it is not told");
    })
    .await;
    at_a.close();
    while within("the end of the events", events.next()).await.is_some() {}
}

#[wasm_bindgen_test]
async fn a_channel_to_everybody_is_one_of_its_kind() {
    let room = join(options(&fresh_name())).await;
    for (label, options) in [("rejoin", ChannelOptions::new()), ("chat", ChannelOptions::new().with_id(0))] {
        assert!(matches!(room.channel(label, options), Err(ChannelError::CannotOpen(_))));
    }
    let chat = room.channel("chat", ChannelOptions::new()).unwrap();
    assert!(room.channel("chat", ChannelOptions::new().unordered()) == Ok(chat.clone()));
    let durable = ChannelOptions::new().durable();
    assert_eq!(room.channel("chat", durable.clone()).unwrap_err(), ChannelError::Mismatch);
    chat.close();
    assert!(room.channel("chat", durable).is_ok());
}

#[wasm_bindgen_test]
async fn both_sides_calling_at_once_is_one_call() {
    let name = fresh_name();
    let manual = || options(&name).with_connect(ConnectMode::Manual);
    let (a, b) = two(manual).await;
    let (at_a, at_b) = (a.connect(&b.peer_id().unwrap()).unwrap(), b.connect(&a.peer_id().unwrap()).unwrap());
    within("connecting", at_a.connected()).await.unwrap();
    within("connecting", at_b.connected()).await.unwrap();
    assert_eq!((a.peers().len(), b.peers().len()), (1, 1));
}

/// A room in which nobody calls by itself, and a member of it that only speaks when told to.
async fn room_and_member() -> (Room, SignalingClient) {
    let name = fresh_name();
    let room = join(options(&name).with_connect(ConnectMode::Manual)).await;
    let joined = event(&room, "the member", |event| matches!(event, RoomEvent::MemberJoined(_)).then_some(()));
    let member = SignalingClient::connect(SignalingOptions::new(server(), RoomId::new(name).unwrap())).unwrap();
    joined.await;
    within("joining", member.joined()).await.unwrap();
    (room, member)
}

/// The next link message for a member.
async fn link_message(events: &mut Events<SignalingClientEvent>) -> String {
    within("a link message", async {
        loop {
            if let SignalingClientEvent::Signal { data, .. } = events.next().await.expect("the client ended") {
                return data;
            }
        }
    })
    .await
}

/// A text of a link message.
fn field<'a>(message: &'a str, name: &str) -> Option<&'a str> {
    message.split_once(&format!("\"{name}\":\""))?.1.split('"').next()
}

#[wasm_bindgen_test]
async fn who_hangs_up_before_the_other_side_has_spoken_is_not_called_back() {
    let (room, member) = room_and_member().await;
    let mut signals = member.events();
    room.connect(&member.peer_id().unwrap()).unwrap().close();
    let call = link_message(&mut signals).await;
    let caller = field(&call, "from").unwrap();
    while field(&link_message(&mut signals).await, "type") != Some("bye") {}
    // It was on its way.
    let answer =
        [r#"{"type":"negotiate","from":"b","to":""#, caller, r#"","number":1,"wanted":true,"needAudio":1}"#].concat();
    member.send(&room.peer_id().unwrap(), answer).unwrap();
    let mut last = link_message(&mut signals).await;
    while field(&last, "type") == Some("bye") {
        last = link_message(&mut signals).await;
    }
    assert_eq!((field(&last, "type"), field(&last, "from")), (Some("ack"), Some(caller)));
    assert!(room.peers().is_empty());
}

#[wasm_bindgen_test]
async fn a_call_is_wanted_only_when_the_caller_is_no_leftover() {
    let (room, member) = room_and_member().await;
    let mut signals = member.events();
    let id = room.peer_id().unwrap();
    let mut callee = None;
    for _ in 0..2 {
        member.send(&id, r#"{"type":"sync","from":"b","wanted":true,"answer":true}"#.to_owned()).unwrap();
        let mut answer = link_message(&mut signals).await;
        while field(&answer, "type") != Some("sync") {
            answer = link_message(&mut signals).await;
        }
        assert!(!answer.contains("\"wanted\""), "{answer}");
        callee = field(&answer, "from").map(str::to_owned);
    }
    let callee = callee.unwrap();
    let confirmed = [r#"{"type":"sync","from":"b","to":""#, &callee, r#"","wanted":true,"answer":true}"#].concat();
    member.send(&id, confirmed).unwrap();
    while !link_message(&mut signals).await.contains("\"wanted\":true") {}
}

#[wasm_bindgen_test]
async fn a_full_room_refuses_the_third_with_the_reason_and_the_two_go_on() {
    let name = fresh_name();
    let two = || {
        let signaling = SignalingOptions::new(server(), RoomId::new(&*name).unwrap()).with_capacity(Some(2));
        options(&name).with_signaling(signaling)
    };
    let (a, b) = (join(two()).await, join(two()).await);
    let third = within("the refusal", Room::join(two())).await;
    assert!(matches!(third, Err(SignalingError::Refused(ref error)) if error.code == ErrorCode::RoomFull), "{third:?}");
    for room in [&a, &b] {
        within("connecting", room.peers().first().unwrap().connected()).await.unwrap();
        assert_eq!(room.members().len(), 1);
    }
}

#[wasm_bindgen_test]
async fn info_is_told_and_a_leave_is_seen() {
    let name = fresh_name();
    let a = join(options(&name)).await;
    let joined = event(&a, "the member", |event| match event {
        RoomEvent::MemberJoined(member) => Some(member),
        _ => None,
    });
    let b = join(options(&name)).await;
    let member = joined.await;
    assert_eq!((Some(member.id), member.info), (b.peer_id(), None));
    let changed = event(&a, "the info", |event| match event {
        RoomEvent::MemberChanged(member) => member.info,
        _ => None,
    });
    b.set_info(Some("{\"name\":\"B\"}".to_owned())).unwrap();
    assert_eq!(changed.await, "{\"name\":\"B\"}");
    assert!(b.set_info(Some("x".repeat(10_000))).is_err());
    let left = event(&a, "the leave", |event| match event {
        RoomEvent::MemberLeft(id, reason) => Some((id, reason)),
        _ => None,
    });
    let id = b.peer_id().unwrap();
    b.leave();
    b.leave();
    assert_eq!(left.await, (id.clone(), LeaveReason::Left));
    assert_eq!(b.connect(&a.peer_id().unwrap()), Err(ConnectError::NotJoined), "it has left");
    assert_eq!(a.connect(&id), Err(ConnectError::UnknownMember));
}

#[wasm_bindgen_test]
async fn a_join_that_is_dropped_leaves_nobody_behind() {
    let name = fresh_name();
    let a = join(options(&name)).await;
    for _ in 0..5 {
        let joining = Room::join(options(&name));
        futures_util::pin_mut!(joining);
        let pause = gloo_timers::future::sleep(Duration::from_millis(3));
        futures_util::pin_mut!(pause);
        futures_util::future::select(joining, pause).await;
    }
    within("an empty room", async {
        while !a.members().is_empty() {
            gloo_timers::future::TimeoutFuture::new(20).await;
        }
    })
    .await;
}
