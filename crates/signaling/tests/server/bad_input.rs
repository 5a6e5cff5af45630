//! Junk, oversize, binary, unknown, out of order.

use futures_util::SinkExt;
use rejoin_proto::relay::{ClientMessage, CloseCode, ErrorCode, LeaveReason, ServerMessage};
use tokio_tungstenite::tungstenite::Message;

use crate::support::{Server, config, hello, soon};

/// Says `text` in a room and hands back the error it gets; the peer beside it hears nothing.
async fn junk_in_a_room(text: &str) -> (ErrorCode, String) {
    let server = Server::start(config()).await;
    let (mut beside, _) = server.join("r").await;
    let (mut client, _) = server.join("r").await;
    beside.next().await;
    client.say_text(text).await;
    let error = client.error().await;
    assert_eq!(client.heard_so_far().await, [], "{text}");
    assert_eq!(beside.heard_so_far().await, [], "{text}");
    (error.code, error.message)
}

#[tokio::test]
async fn junk_is_answered_and_the_socket_lives_on() {
    for (text, why) in [
        ("", "not a JSON object of this protocol"),
        ("junk", "not a JSON object of this protocol"),
        ("[]", "message lacks type"),
        ("null", "not a JSON object of this protocol"),
        ("{}", "message lacks type"),
        (r#"{"type":7}"#, "not a JSON object of this protocol"),
        (r#"{"type":"signal"}"#, "signal lacks to"),
        (r#"{"type":"signal","to":"","data":"d"}"#, "signal.to: an id has"),
        (r#"{"type":"signal","to":"b","data":{"a":1}}"#, "not a JSON object of this protocol"),
        (&"[".repeat(10_000), "not a JSON object of this protocol"),
    ] {
        let (code, message) = junk_in_a_room(text).await;
        assert_eq!(code, ErrorCode::BadMessage, "{text}");
        assert!(message.starts_with(why), "{text}: {message}");
    }
}

#[tokio::test]
async fn an_info_too_large_is_answered_and_the_socket_lives_on() {
    let text = format!(r#"{{"type":"info","info":"{}"}}"#, "x".repeat(5000));
    assert_eq!(junk_in_a_room(&text).await.0, ErrorCode::TooLarge);
}

#[tokio::test]
async fn what_is_not_a_hello_at_first_is_final() {
    let server = Server::start(config()).await;
    for (text, code, close) in [
        ("junk", ErrorCode::BadHello, CloseCode::BadHello),
        (r#"{"type":"hello"}"#, ErrorCode::BadHello, CloseCode::BadHello),
        (r#"{"type":"hello","room":"a room"}"#, ErrorCode::BadHello, CloseCode::BadHello),
        (r#"{"type":"hello","room":"r","capacity":0}"#, ErrorCode::BadHello, CloseCode::BadHello),
        (r#"{"type":"signal","to":"b","data":"d"}"#, ErrorCode::BadMessage, CloseCode::BadMessage),
        (r#"{"type":"ping"}"#, ErrorCode::BadMessage, CloseCode::BadMessage),
    ] {
        let mut client = server.client().await;
        client.say_text(text).await;
        assert_eq!(client.error().await.code, code, "{text}");
        assert_eq!(client.closed().await, close, "{text}");
        assert!(close.is_final());
    }
}

#[tokio::test]
async fn a_second_hello_ends_that_socket_only() {
    let server = Server::start(config()).await;
    let (mut beside, _) = server.join("r").await;
    let (mut client, welcome) = server.join("r").await;
    beside.next().await;
    client.say(ClientMessage::Hello(hello("other"))).await;
    assert_eq!(client.error().await.code, ErrorCode::BadMessage);
    assert_eq!(client.closed().await, CloseCode::BadMessage);
    assert!(matches!(beside.next().await, ServerMessage::PeerLeft { peer, .. } if peer == welcome.peer));
    assert_eq!(beside.heard_so_far().await, []);
}

#[tokio::test]
async fn unknown_types_and_fields_are_ignored() {
    let server = Server::start(config()).await;
    let mut client = server.client().await;
    client.say_text(r#"{"type":"dance"}"#).await;
    client.say_text(r#"{"type":"hello","room":"r","shoes":{"left":1,"right":[null]}}"#).await;
    assert!(matches!(client.next().await, ServerMessage::Welcome(_)));
    client.say_text(r#"{"type":"dance","to":"nobody"}"#).await;
    assert_eq!(client.heard_so_far().await, []);
}

#[tokio::test]
async fn a_binary_frame_is_refused() {
    let server = Server::start(config()).await;
    let (mut client, _) = server.join("r").await;
    soon(client.0.send(Message::binary(vec![1, 2, 3]))).await.unwrap();
    assert_eq!(client.error().await.code, ErrorCode::BadMessage);
    assert_eq!(client.closed().await, CloseCode::BadMessage);
}

#[tokio::test]
async fn a_frame_too_large_is_refused_however_large() {
    let server = Server::start(config().with_message_bytes(1000)).await;
    for bytes in [1001, 2001, 100_000] {
        let (mut client, welcome) = server.join("r").await;
        assert_eq!(welcome.max_message_bytes, 1000);
        client.say_text(&"x".repeat(bytes)).await;
        assert_eq!(client.error().await.code, ErrorCode::TooLarge, "{bytes}");
        assert_eq!(client.closed().await, CloseCode::TooLarge, "{bytes}");
    }
    let (mut client, _) = server.join("s").await;
    client.say_text(&"x".repeat(1000)).await;
    assert_eq!(client.error().await.code, ErrorCode::BadMessage);
}

#[tokio::test]
async fn a_text_that_is_not_utf_8_ends_its_socket_only() {
    use tokio_tungstenite::tungstenite::protocol::frame::Frame;
    use tokio_tungstenite::tungstenite::protocol::frame::coding::{Data, OpCode};
    let server = Server::start(config()).await;
    let (mut beside, _) = server.join("r").await;
    let (mut client, welcome) = server.join("r").await;
    beside.next().await;
    let frame = Frame::message(vec![0xff, 0xfe], OpCode::Data(Data::Text), true);
    soon(client.0.send(Message::Frame(frame))).await.unwrap();
    assert_eq!(client.error().await.code, ErrorCode::BadMessage);
    assert_eq!(client.closed().await, CloseCode::BadMessage);
    let left = ServerMessage::PeerLeft { peer: welcome.peer, reason: LeaveReason::Removed };
    assert_eq!(beside.next().await, left);
}
