//! Access tokens and kicks, over real sockets.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use rejoin_proto::relay::{ClientMessage, CloseCode, ErrorCode, Hello, LeaveReason, ServerMessage};
use rejoin_signaling::hub::Kick;
use rejoin_signaling::{Access, Admin, Config, Key, run_admin};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

use crate::support::{Server, back, config, hello, soon};

fn access_key() -> Key {
    Key::from_text("the key of the application, and 32 characters").unwrap()
}

fn guarded() -> Config {
    config().with_access_key(Some(access_key()))
}

/// A hello by a token that was made so long ago and lives an hour.
fn allowed(room: &str, subject: &str, ago: Duration) -> Hello {
    let issued = (SystemTime::now().duration_since(UNIX_EPOCH).unwrap() - ago).as_secs();
    let hello = hello(room);
    let token = Access::new(&hello.room, issued + 3600).with_subject(subject, issued).sign(&access_key());
    Hello { token, ..hello }
}

/// Asks the admin interface, by hand, to see just what a browser or curl would have it do.
async fn ask(address: std::net::SocketAddr, request: &str, headers: &str) -> (u16, String) {
    let mut stream = TcpStream::connect(address).await.unwrap();
    let text = format!("{request} HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\n{headers}\r\n");
    stream.write_all(text.as_bytes()).await.unwrap();
    let mut answer = String::new();
    soon(stream.read_to_string(&mut answer)).await.unwrap();
    let (head, body) = answer.split_once("\r\n\r\n").unwrap();
    (head.split(' ').nth(1).unwrap().parse().unwrap(), body.to_owned())
}

#[tokio::test]
async fn a_kicked_peer_is_closed_for_good_and_the_others_are_told() {
    let admin = Admin::new();
    let server = Server::start(config().with_admin(Some(admin.clone()))).await;
    let (mut a, first) = server.join("r").await;
    let (mut b, second) = server.join("r").await;
    a.next().await;
    let kick = Kick::Peer { room: hello("r").room, peer: second.peer.clone() };
    assert_eq!(admin.kick(&kick), 1);
    assert_eq!(b.closed().await, CloseCode::Kicked);
    assert_eq!(a.next().await, ServerMessage::PeerLeft { peer: second.peer.clone(), reason: LeaveReason::Kicked });

    let mut again = server.client().await;
    again.say(ClientMessage::Hello(back("r", &second.resume))).await;
    let error = again.error().await;
    assert_eq!((error.code, error.retryable), (ErrorCode::NotAllowed, false));
    assert_eq!(again.closed().await, CloseCode::NotAllowed);
    a.signal(&second.peer, "lost").await;
    assert_eq!(a.error().await.code, ErrorCode::UnknownPeer);
    assert_eq!(admin.rooms()[0].peers[0].peer, first.peer.as_str());
}

#[tokio::test]
async fn one_that_has_access_is_let_in_and_kicked_does_not_come_in_again() {
    let admin = Admin::new();
    let server = Server::start(guarded().with_admin(Some(admin.clone()))).await;
    let mut stranger = server.client().await;
    stranger.say(ClientMessage::Hello(hello("r"))).await;
    assert_eq!(stranger.error().await.code, ErrorCode::NotAllowed);
    assert_eq!(stranger.closed().await, CloseCode::NotAllowed);

    let pass = allowed("r", "ada", Duration::from_secs(5));
    let (mut client, _) = server.enter(pass.clone()).await;
    assert_eq!(admin.kick(&Kick::Subject { subject: "ada".to_owned() }), 1);
    assert_eq!(client.closed().await, CloseCode::Kicked);
    for pass in [pass, allowed("q", "ada", Duration::from_secs(5))] {
        let mut client = server.client().await;
        client.say(ClientMessage::Hello(pass)).await;
        assert_eq!(client.error().await.code, ErrorCode::NotAllowed);
    }
    server.enter(allowed("r", "bob", Duration::from_secs(5))).await;
}

#[tokio::test]
async fn what_is_revoked_outlives_the_server_where_there_is_a_file() {
    let folder = tempfile::tempdir().unwrap();
    let admin = Admin::new();
    let config = guarded().with_revoked_file(Some(folder.path().join("revoked")));
    let mut server = Server::start(config.clone().with_admin(Some(admin.clone()))).await;
    let pass = allowed("r", "ada", Duration::from_secs(5));
    let (mut client, welcome) = server.enter(pass.clone()).await;
    assert_eq!(admin.kick(&Kick::Peer { room: pass.room.clone(), peer: welcome.peer.clone() }), 1);
    assert_eq!(client.closed().await, CloseCode::Kicked);
    server.begin_stop();
    server.stopped().await;
    assert_eq!((admin.kick(&Kick::Room { room: pass.room.clone() }), admin.rooms()), (0, vec![]));

    let server = Server::start(config).await;
    for hello in [pass.clone(), Hello { resume: Some(welcome.resume), ..allowed("r", "ada", Duration::ZERO) }] {
        let mut client = server.client().await;
        client.say(ClientMessage::Hello(hello)).await;
        assert_eq!(client.error().await.code, ErrorCode::NotAllowed);
    }
}

#[tokio::test]
async fn the_admin_interface_lists_and_kicks_and_hears_no_page() {
    let admin = Admin::new();
    let server = Server::start(config().with_admin(Some(admin.clone()))).await;
    let door = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = door.local_addr().unwrap();
    tokio::spawn(run_admin(door, admin));

    let (mut a, first) = server.join("r").await;
    let (mut b, second) = server.join("q").await;
    let (status, body) = ask(address, "GET /rooms", "").await;
    let expected = format!(
        r#"[{{"room":"q","peers":[{{"peer":"{}","suspended":false}}]}},{{"room":"r","peers":[{{"peer":"{}","suspended":false}}]}}]"#,
        second.peer, first.peer
    );
    assert_eq!((status, body.trim()), (200, expected.as_str()));

    for headers in ["Origin: https://example.org\r\n", "Origin: null\r\n", "Sec-Fetch-Site: none\r\n"] {
        assert_eq!(ask(address, "DELETE /rooms/r", headers).await.0, 403, "{headers}");
    }
    assert_eq!(ask(address, "DELETE /rooms/%20", "").await.0, 400);
    assert_eq!(ask(address, "GET /rooms/r", "").await.0, 405);
    assert_eq!(a.heard_so_far().await, []);

    let kick = format!("DELETE /rooms/r/peers/{}", first.peer);
    assert_eq!(ask(address, &kick, "").await, (200, "{\"kicked\":1}\n".to_owned()));
    assert_eq!(a.closed().await, CloseCode::Kicked);
    assert_eq!(ask(address, &kick, "").await, (200, "{\"kicked\":0}\n".to_owned()));
    assert_eq!(ask(address, "DELETE /rooms/q", "").await, (200, "{\"kicked\":1}\n".to_owned()));
    assert_eq!(b.closed().await, CloseCode::Kicked);
    assert_eq!(ask(address, "DELETE /subjects/ada%20b", "").await, (200, "{\"kicked\":0}\n".to_owned()));
}

#[tokio::test]
async fn the_admin_interface_does_not_listen_where_others_can_reach_it() {
    let door = TcpListener::bind("0.0.0.0:0").await.unwrap();
    assert_eq!(run_admin(door, Admin::new()).await.unwrap_err().kind(), std::io::ErrorKind::InvalidInput);
}
