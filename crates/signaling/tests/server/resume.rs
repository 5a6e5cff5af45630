//! Losing the socket, the server, or both, and coming back.

use std::time::Duration;

use rejoin_proto::relay::{ClientMessage, CloseCode, ErrorCode, Hello, LeaveReason, ServerMessage, Token};
use rejoin_signaling::Key;

use crate::support::{Server, back, config, hello, soon};

#[tokio::test]
async fn a_lost_socket_suspends_its_peer_and_it_comes_back_under_its_id() {
    let server = Server::start(config()).await;
    let (mut a, _) = server.join("r").await;
    let (b, second) = server.join("r").await;
    a.next().await;
    b.lose();
    assert_eq!(a.next().await, ServerMessage::PeerSuspended { peer: second.peer.clone() });
    a.signal(&second.peer, "lost").await;
    let error = a.error().await;
    assert_eq!((error.code, error.retryable), (ErrorCode::UnknownPeer, true));

    let (mut b, again) = server.enter(back("r", &second.resume)).await;
    assert_eq!(again.peer, second.peer);
    assert_eq!(a.next().await, ServerMessage::PeerResumed { peer: second.peer.clone(), info: None });
    a.signal(&second.peer, "hi").await;
    assert!(matches!(b.next().await, ServerMessage::Signal { data, .. } if data == "hi"));
}

#[tokio::test]
async fn who_does_not_come_back_within_the_window_has_left() {
    let server = Server::start(config().with_resume_window(Duration::from_millis(50))).await;
    let (mut a, _) = server.join("r").await;
    let (b, second) = server.join("r").await;
    a.next().await;
    b.lose();
    assert_eq!(a.next().await, ServerMessage::PeerSuspended { peer: second.peer.clone() });
    assert_eq!(a.next().await, ServerMessage::PeerLeft { peer: second.peer.clone(), reason: LeaveReason::Expired });

    let (_b, again) = server.enter(back("r", &second.resume)).await;
    assert_eq!(again.peer, second.peer);
    assert_eq!(a.next().await, ServerMessage::PeerJoined { peer: second.peer, info: None });
}

#[tokio::test]
async fn both_come_back_to_a_server_that_lost_its_memory() {
    let mut server = Server::start(config()).await;
    let (mut a, first) = server.join("r").await;
    let (mut b, second) = server.join("r").await;
    server.begin_stop();
    while a.receive().await.is_ok() {}
    while b.receive().await.is_ok() {}
    server.stopped().await;

    let server = Server::start(config()).await;
    let (mut a, first_again) = server.enter(back("r", &first.resume)).await;
    let (mut b, second_again) = server.enter(back("r", &second.resume)).await;
    assert_eq!((&first_again.peer, &second_again.peer), (&first.peer, &second.peer));
    assert!(matches!(a.next().await, ServerMessage::PeerJoined { peer, .. } if peer == second.peer));
    b.signal(&first.peer, "hi").await;
    assert!(matches!(a.next().await, ServerMessage::Signal { from, .. } if from == second.peer));
}

#[tokio::test]
async fn the_newer_socket_of_an_id_replaces_the_older() {
    let server = Server::start(config()).await;
    let (mut older, first) = server.enter(Hello { capacity: Some(1), ..hello("r") }).await;
    let (mut newer, again) = server.enter(back("r", &first.resume)).await;
    assert_eq!(again.peer, first.peer);
    assert_eq!(older.closed().await, CloseCode::Replaced);
    assert!(CloseCode::Replaced.is_final());
    assert_eq!(newer.heard_so_far().await, []);
}

#[tokio::test]
async fn a_token_that_proves_nothing_is_refused_and_a_hello_without_it_is_welcome() {
    let server = Server::start(config()).await;
    let (mut a, first) = server.join("r").await;

    let foreign_key = Key::from_text(&"another key ".repeat(4)).unwrap();
    let foreign = Server::start(rejoin_signaling::Config::new(foreign_key)).await;
    let (_, other) = foreign.join("r").await;
    let mut changed: String = first.resume.as_str().to_owned();
    let last = changed.pop();
    changed.push(if last == Some('A') { 'E' } else { 'A' });
    let short_lived = Server::start(config().with_token_lifetime(Duration::ZERO)).await;
    let (_, expired) = short_lived.join("r").await;

    for (case, hello) in [
        ("forged", back("r", &Token::new(changed).unwrap())),
        ("of another key", back("r", &other.resume)),
        ("of another room", back("q", &first.resume)),
        ("expired", back("r", &expired.resume)),
        ("junk", back("r", &Token::new("{\"a\":1}").unwrap())),
    ] {
        let mut client = server.client().await;
        client.say(ClientMessage::Hello(hello)).await;
        let error = client.error().await;
        assert_eq!((error.code, error.retryable), (ErrorCode::BadResume, true), "{case}");
        assert_eq!(client.closed().await, CloseCode::BadResume, "{case}");
    }
    assert!(!CloseCode::BadResume.is_final());
    assert_eq!(a.heard_so_far().await, []);
    let (_, fresh) = server.join("r").await;
    assert_ne!(fresh.peer, first.peer);
}

#[tokio::test]
async fn a_silent_client_is_suspended() {
    let config = config().with_silent_after(Duration::from_secs(1)).with_heartbeat(Duration::from_millis(100));
    let server = Server::start(config).await;
    let (mut a, _) = server.join("r").await;
    // Nobody reads this socket from now on, so nobody answers the pings that come over it.
    let (mut b, second) = server.join("r").await;
    a.next().await;
    assert_eq!(a.next().await, ServerMessage::PeerSuspended { peer: second.peer.clone() });
    assert_eq!(b.closed().await, CloseCode::Silent);
    let (_, again) = server.enter(back("r", &second.resume)).await;
    assert_eq!(again.peer, second.peer);
}

#[tokio::test]
async fn a_client_that_only_answers_pings_is_not_silent() {
    let config = config().with_silent_after(Duration::from_secs(1)).with_heartbeat(Duration::from_millis(100));
    let server = Server::start(config).await;
    let (mut a, _) = server.join("r").await;
    // Reading answers the server's pings. The deadline goes by, and it is still there.
    let waited = tokio::time::timeout(Duration::from_millis(1500), a.next()).await;
    assert!(waited.is_err(), "{waited:?}");
    assert_eq!(soon(a.heard_so_far()).await, []);
}
