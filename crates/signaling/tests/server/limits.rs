//! Too fast, too slow, too many, too late.

use std::time::Duration;

use futures_util::SinkExt;
use rejoin_proto::relay::{ClientMessage, CloseCode, ErrorCode, ServerMessage};
use tokio_tungstenite::tungstenite::Message;

use crate::support::{Server, back, config, soon};

#[tokio::test]
async fn a_client_above_its_rate_is_closed_and_may_come_back() {
    let server = Server::start(config().with_rate(1).with_burst(5)).await;
    let (mut beside, _) = server.join("r").await;
    let (mut client, welcome) = server.join("r").await;
    beside.next().await;
    for _ in 0..20 {
        client.say(ClientMessage::Ping).await;
    }
    // The hello was the first of the five; a slow machine may let another pass.
    let mut pongs = 0;
    let error = loop {
        match client.next().await {
            ServerMessage::Pong { .. } => pongs += 1,
            ServerMessage::Error(error) => break error,
            other => panic!("{other:?}"),
        }
    };
    assert!((4..20).contains(&pongs), "{pongs} passed");
    assert_eq!((error.code, error.retryable), (ErrorCode::TooFast, true));
    assert!(error.retry_after.is_some_and(|after| after <= Duration::from_secs(1)), "{error:?}");
    assert_eq!(client.closed().await, CloseCode::TooFast);
    assert_eq!(beside.next().await, ServerMessage::PeerSuspended { peer: welcome.peer.clone() });
    let (_, again) = server.enter(back("r", &welcome.resume)).await;
    assert_eq!(again.peer, welcome.peer);
}

#[tokio::test]
async fn a_client_that_does_not_read_is_closed_and_nobody_waits_for_it() {
    let config = config().with_queue_bytes(256 * 1024).with_rate(1_000_000).with_burst(1_000_000);
    let server = Server::start(config).await;
    let (mut a, _) = server.join("r").await;
    let (_slow, second) = server.join("r").await;
    let (mut quick, third) = server.join("r").await;
    a.next().await;
    a.next().await;

    // More than what the buffers of both kernels take.
    let data = "x".repeat(100_000);
    let mut suspended = false;
    for _ in 0..500 {
        a.signal(&second.peer, &data).await;
        a.signal(&third.peer, "on time").await;
        assert!(matches!(quick.next().await, ServerMessage::Signal { .. } | ServerMessage::PeerSuspended { .. }));
        if a.heard_so_far().await.contains(&ServerMessage::PeerSuspended { peer: second.peer.clone() }) {
            suspended = true;
            break;
        }
    }
    assert!(suspended, "50 MB wait for a client that does not read");
}

#[tokio::test]
async fn who_does_not_say_hello_in_time_is_closed() {
    let server = Server::start(config().with_hello_timeout(Duration::from_millis(100))).await;
    let mut client = server.client().await;
    assert_eq!(client.closed().await, CloseCode::HelloTimeout);

    // Frames that are no hello do not buy time.
    let mut chatty = server.client().await;
    let chatter = async {
        loop {
            if chatty.0.send(Message::text(r#"{"type":"dance"}"#)).await.is_err() {
                break;
            }
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    };
    soon(chatter).await;
}

#[tokio::test]
async fn rooms_are_counted() {
    let server = Server::start(config().with_rooms(1)).await;
    let (_a, _) = server.join("r").await;
    let mut client = server.client().await;
    client.say_text(r#"{"type":"hello","room":"q"}"#).await;
    let error = client.error().await;
    assert_eq!((error.code, error.retryable), (ErrorCode::ServerFull, true));
    assert_eq!(client.closed().await, CloseCode::ServerFull);
    server.join("r").await;
}

#[tokio::test]
async fn connections_of_one_address_are_counted_and_given_back() {
    let server = Server::start(config().with_connections_per_address(2)).await;
    let (a, _) = server.join("r").await;
    let (_b, _) = server.join("r").await;
    assert_eq!(server.request(server.upgrade()).await.err().map(|(status, _)| status), Some(429));
    a.close(1000).await;
    // The place is free when the server's side of the socket has ended too, which nothing tells.
    let again = async {
        while server.request(server.upgrade()).await.is_err() {
            tokio::task::yield_now().await;
        }
    };
    soon(again).await;
}

#[tokio::test]
async fn connections_in_all_are_counted() {
    let server = Server::start(config().with_connections(1)).await;
    let (_a, _) = server.join("r").await;
    assert_eq!(server.request(server.upgrade()).await.err().map(|(status, _)| status), Some(503));
}

#[tokio::test]
async fn behind_a_proxy_the_address_it_names_is_counted() {
    let server = Server::start(config().with_trust_proxy(true).with_connections_per_address(1)).await;
    let from = |address: &str| {
        let mut request = server.upgrade();
        request.headers_mut().insert("X-Forwarded-For", address.parse().unwrap());
        request
    };
    let _first = server.request(from("192.0.2.1")).await.unwrap();
    let _second = server.request(from("192.0.2.2")).await.unwrap();
    let refused = server.request(from("10.0.0.1, 192.0.2.1")).await.err().unwrap();
    assert_eq!(refused, (429, "too many connections from this address\n".to_owned()));
}
