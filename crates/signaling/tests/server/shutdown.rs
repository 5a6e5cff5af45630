//! The server stops in good order.

use std::time::Duration;

use rejoin_proto::relay::{CloseCode, ServerMessage};
use tokio::net::TcpStream;

use crate::support::{Server, config};

#[tokio::test]
async fn everybody_is_told_when_to_come_back_and_closed_with_1012() {
    let spread = Duration::from_secs(2);
    let mut server = Server::start(config().with_reconnect_spread(spread)).await;
    let (mut a, _) = server.join("r").await;
    let (mut b, _) = server.join("r").await;
    a.next().await;
    let mut greeting = server.client().await;
    // Its loop has begun, so the server knows of it.
    greeting.say_text(r#"{"type":"hello","room":"q"}"#).await;
    greeting.next().await;

    server.begin_stop();
    let mut delays = Vec::new();
    for client in [&mut a, &mut b, &mut greeting] {
        let ServerMessage::GoingAway { reconnect_after } = client.next().await else { panic!("no goingAway") };
        assert!(reconnect_after <= spread);
        delays.push(reconnect_after);
        assert_eq!(client.closed().await, CloseCode::Restart);
    }
    assert!(delays[0] != delays[1] || delays[1] != delays[2], "all come back at the same time: {delays:?}");
    let address = server.address;
    server.stopped().await;
    assert!(TcpStream::connect(address).await.is_err(), "it still accepts");
}

#[tokio::test]
async fn a_client_that_does_not_answer_does_not_hold_the_shutdown_up() {
    let mut server = Server::start(config().with_shutdown_timeout(Duration::from_millis(200))).await;
    let (_deaf, _) = server.join("r").await;
    let _idle = TcpStream::connect(server.address).await.unwrap();
    server.begin_stop();
    let began = std::time::Instant::now();
    server.stopped().await;
    assert!(began.elapsed() < Duration::from_secs(5), "{:?}", began.elapsed());
}

#[tokio::test]
async fn a_server_with_nobody_stops_at_once() {
    let mut server = Server::start(config().with_shutdown_timeout(Duration::from_secs(600))).await;
    server.begin_stop();
    server.stopped().await;
}
