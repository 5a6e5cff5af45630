//! Joining, speaking, leaving.

use rejoin_proto::relay::{ClientMessage, CloseCode, ErrorCode, Hello, IceServer, LeaveReason, ServerMessage};

use crate::support::{Server, config, hello};

#[tokio::test]
async fn two_peers_meet_speak_and_part() {
    let server = Server::start(config()).await;
    let (mut a, first) = server.enter(Hello { info: Some("A".to_owned()), ..hello("r") }).await;
    let (mut b, second) = server.enter(Hello { info: Some("B".to_owned()), ..hello("r") }).await;
    assert_eq!(second.peers[0].peer, first.peer);
    assert_eq!(second.peers[0].info.as_deref(), Some("A"));
    let joined = ServerMessage::PeerJoined { peer: second.peer.clone(), info: Some("B".to_owned()) };
    assert_eq!(a.next().await, joined);

    for number in 0..50 {
        a.signal(&second.peer, &format!("to b {number} \u{1F980} \"quoted\"\n")).await;
        b.signal(&first.peer, &format!("to a {number}")).await;
    }
    for number in 0..50 {
        let data = format!("to b {number} \u{1F980} \"quoted\"\n");
        assert_eq!(b.next().await, ServerMessage::Signal { from: first.peer.clone(), data });
        let data = format!("to a {number}");
        assert_eq!(a.next().await, ServerMessage::Signal { from: second.peer.clone(), data });
    }

    a.say(ClientMessage::Info { info: Some("A2".to_owned()) }).await;
    assert_eq!(b.next().await, ServerMessage::PeerInfo { peer: first.peer.clone(), info: Some("A2".to_owned()) });

    a.say(ClientMessage::Leave).await;
    assert_eq!(a.closed().await, CloseCode::Normal);
    assert_eq!(b.next().await, ServerMessage::PeerLeft { peer: first.peer, reason: LeaveReason::Left });
}

#[tokio::test]
async fn a_page_that_is_left_is_gone_at_once() {
    let server = Server::start(config()).await;
    let (mut a, _) = server.join("r").await;
    for code in [1000, 1001] {
        let (b, second) = server.join("r").await;
        a.next().await;
        b.close(code).await;
        assert_eq!(a.next().await, ServerMessage::PeerLeft { peer: second.peer, reason: LeaveReason::Left });
    }
}

#[tokio::test]
async fn two_rooms_never_mix() {
    let server = Server::start(config()).await;
    let (mut a, first) = server.join("kitchen").await;
    let (mut b, second) = server.join("cellar").await;
    assert_eq!((first.peers, second.peers), (vec![], vec![]));
    a.signal(&second.peer, "hi").await;
    assert_eq!(a.error().await.code, ErrorCode::UnknownPeer);
    a.say_text("junk").await;
    assert_eq!(a.error().await.code, ErrorCode::BadMessage);
    a.lose();
    assert_eq!(b.heard_so_far().await, []);
}

#[tokio::test]
async fn a_third_is_refused_and_the_two_inside_go_on() {
    let server = Server::start(config()).await;
    let (mut a, first) = server.enter(Hello { capacity: Some(2), ..hello("r") }).await;
    let (mut b, second) = server.join("r").await;
    a.next().await;
    let mut third = server.client().await;
    third.say(ClientMessage::Hello(hello("r"))).await;
    let error = third.error().await;
    assert_eq!((error.code, error.retryable), (ErrorCode::RoomFull, false));
    assert_eq!(third.closed().await, CloseCode::RoomFull);

    a.signal(&second.peer, "still here").await;
    let data = "still here".to_owned();
    assert_eq!(b.heard_so_far().await, [ServerMessage::Signal { from: first.peer, data }]);
    assert_eq!(a.heard_so_far().await, []);
}

#[tokio::test]
async fn the_ice_servers_of_the_server_reach_the_clients() {
    let turn = IceServer {
        urls: vec!["turn:turn.example.org".to_owned()],
        username: Some("u".to_owned()),
        credential: Some("c".to_owned()),
    };
    let server = Server::start(config().with_ice_servers(Some(vec![turn.clone()]))).await;
    let (_, welcome) = server.join("r").await;
    assert_eq!(welcome.ice_servers, Some(vec![turn]));
}

#[tokio::test]
async fn many_rooms_at_once_each_hear_their_own() {
    let server = Server::start(config()).await;
    let server = &server;
    let rooms = (0..20).map(|number| async move {
        let room = format!("room-{number}");
        let ((mut a, first), (mut b, second)) = tokio::join!(server.join(&room), server.join(&room));
        a.signal(&second.peer, &room).await;
        b.signal(&first.peer, &room).await;
        for (client, from) in [(&mut a, &second.peer), (&mut b, &first.peer)] {
            let mut heard = client.next().await;
            if matches!(heard, ServerMessage::PeerJoined { .. }) {
                heard = client.next().await;
            }
            assert_eq!(heard, ServerMessage::Signal { from: from.clone(), data: room.clone() });
        }
    });
    futures_util::future::join_all(rooms).await;
}
