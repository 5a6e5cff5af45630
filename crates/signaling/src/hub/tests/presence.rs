//! Coming, going, and speaking.

use rejoin_proto::relay::{LeaveReason, Malformed, RemotePeer};

use super::super::{Fault, Standing};
use super::*;

#[test]
fn the_first_peer_sees_an_empty_room_and_then_the_second_who_sees_the_first() {
    let mut world = World::new(config());
    let (a, first) = world.join(Hello { info: Some("A".to_owned()), ..hello("r") });
    assert_eq!(first.peers, []);
    let (_, second) = world.join(Hello { info: Some("B".to_owned()), ..hello("r") });
    let expected = RemotePeer { peer: first.peer, info: Some("A".to_owned()), suspended: false };
    assert_eq!(second.peers, [expected]);
    let joined = ServerMessage::PeerJoined { peer: second.peer, info: Some("B".to_owned()) };
    assert_eq!(world.heard(a), [joined]);
}

#[test]
fn a_signal_reaches_its_peer_and_nobody_else() {
    let mut world = World::new(config());
    let (a, first) = world.join(hello("r"));
    let (b, second) = world.join(hello("r"));
    let (c, _) = world.join(hello("r"));
    world.commands.clear();
    world.signal(a, &second.peer, "hi");
    assert_eq!(world.heard(b), [ServerMessage::Signal { from: first.peer, data: "hi".to_owned() }]);
    assert_eq!((world.heard(a), world.heard(c)), (vec![], vec![]));
}

#[test]
fn two_rooms_never_mix() {
    let mut world = World::new(config());
    let (a, _) = world.join(hello("kitchen"));
    let (b, other) = world.join(hello("cellar"));
    world.signal(a, &other.peer, "hi");
    world.say(a, ClientMessage::Info { info: Some("x".to_owned()) });
    world.lose(a);
    assert_eq!(world.heard(b), []);
    assert_eq!(other.peers, []);
}

#[test]
fn a_signal_nobody_can_get_is_an_error_that_leaves_the_sender_alone() {
    let mut world = World::new(config());
    let (a, first) = world.join(hello("r"));
    let (b, second) = world.join(hello("r"));
    world.lose(b);
    world.commands.clear();
    for (to, retryable) in [(second.peer, true), (PeerId::new("nobody").unwrap(), false), (first.peer, false)] {
        world.signal(a, &to, "hi");
        let [ServerMessage::Error(error)] = &world.heard(a)[..] else { panic!("no error for {to}") };
        assert_eq!((error.code, error.retryable), (ErrorCode::UnknownPeer, retryable), "{to}");
    }
    assert_eq!(world.hub.standing(a), Standing::Member);
}

#[test]
fn who_leaves_is_gone_at_once_and_its_socket_is_closed() {
    let mut world = World::new(config());
    let (a, _) = world.join(hello("r"));
    let (b, second) = world.join(hello("r"));
    world.commands.clear();
    world.say(b, ClientMessage::Leave);
    assert_eq!(world.commands_for(b), [Command::Close(CloseCode::Normal)]);
    assert_eq!(world.heard(a), [ServerMessage::PeerLeft { peer: second.peer, reason: LeaveReason::Left }]);
    // The socket's end comes later and changes nothing.
    world.lose(b);
    assert_eq!(world.heard(a), []);
}

#[test]
fn a_socket_closed_by_its_client_or_with_its_page_leaves_too() {
    for departure in [Departure::Left, Departure::Away] {
        let mut world = World::new(config());
        let (a, _) = world.join(hello("r"));
        let (b, second) = world.join(hello("r"));
        world.commands.clear();
        world.depart(b, departure);
        assert_eq!(world.heard(a), [ServerMessage::PeerLeft { peer: second.peer, reason: LeaveReason::Left }]);
    }
}

#[test]
fn a_room_ends_with_its_last_peer() {
    let mut world = World::new(config());
    let (a, _) = world.join(small("r", 1));
    world.say(a, ClientMessage::Leave);
    assert_eq!(world.hub.room_count(), 0);
    world.join(small("r", 2));
    world.join(hello("r"));
}

#[test]
fn a_changed_info_is_told_to_the_others_and_to_those_who_come_later() {
    let mut world = World::new(config());
    let (a, first) = world.join(hello("r"));
    let (b, _) = world.join(hello("r"));
    world.commands.clear();
    world.say(a, ClientMessage::Info { info: Some("new".to_owned()) });
    let changed = ServerMessage::PeerInfo { peer: first.peer.clone(), info: Some("new".to_owned()) };
    assert_eq!((world.heard(b), world.heard(a)), (vec![changed], vec![]));
    let (_, third) = world.join(hello("r"));
    let seen = third.peers.iter().find(|remote| remote.peer == first.peer);
    assert_eq!(seen.and_then(|remote| remote.info.as_deref()), Some("new"));
    world.say(a, ClientMessage::Info { info: None });
    assert!(world.heard(b).contains(&ServerMessage::PeerInfo { peer: first.peer, info: None }));
}

#[test]
fn a_ping_is_answered() {
    let mut world = World::new(config());
    let (a, _) = world.join(hello("r"));
    world.say(a, ClientMessage::Ping);
    assert_eq!(world.heard(a), [ServerMessage::Pong { resume: None }]);
}

#[test]
fn what_comes_before_the_hello_is_final() {
    let mut world = World::new(config());
    for message in [ClientMessage::Ping, ClientMessage::Info { info: None }] {
        let conn = world.connect();
        world.say(conn, message);
        assert_eq!(world.error_and_close(conn), (ErrorCode::BadMessage, CloseCode::BadMessage));
    }
    let conn = world.connect();
    world.signal(conn, &PeerId::new("b").unwrap(), "hi");
    assert_eq!(world.error_and_close(conn), (ErrorCode::BadMessage, CloseCode::BadMessage));
}

#[test]
fn a_second_hello_removes_its_peer_and_disturbs_no_other() {
    let mut world = World::new(config());
    let (a, _) = world.join(hello("r"));
    let (b, second) = world.join(hello("r"));
    world.commands.clear();
    world.say(b, ClientMessage::Hello(hello("elsewhere")));
    assert_eq!(world.error_and_close(b), (ErrorCode::BadMessage, CloseCode::BadMessage));
    assert_eq!(world.heard(a), [ServerMessage::PeerLeft { peer: second.peer, reason: LeaveReason::Removed }]);
    assert_eq!(world.hub.room_count(), 1);
}

#[test]
fn an_unknown_type_is_ignored_at_any_time() {
    let mut world = World::new(config());
    let conn = world.connect();
    let unknown = ClientMessage::Unknown { r#type: "dance".to_owned() };
    world.say(conn, unknown.clone());
    world.say(conn, ClientMessage::Hello(hello("r")));
    world.say(conn, unknown);
    assert_eq!(world.heard(conn).len(), 1);
    assert_eq!(world.hub.standing(conn), Standing::Member);
}

#[test]
fn junk_in_a_room_is_reported_and_junk_before_it_is_final() {
    let mut world = World::new(config());
    let why = Malformed::Missing { message: "signal", field: "to" };
    let (a, _) = world.join(hello("r"));
    world.commands = world.hub.handle_malformed(a, &why, world.now);
    let [ServerMessage::Error(error)] = &world.heard(a)[..] else { panic!("no error") };
    assert_eq!((error.code, error.message.as_str()), (ErrorCode::BadMessage, "signal lacks to"));
    assert_eq!(world.hub.standing(a), Standing::Member);

    let b = world.connect();
    world.commands = world.hub.handle_malformed(b, &why, world.now);
    assert_eq!(world.error_and_close(b), (ErrorCode::BadHello, CloseCode::BadHello));
}

#[test]
fn nothing_is_heard_of_a_connection_after_its_close() {
    let mut world = World::new(config());
    let (a, _) = world.join(hello("r"));
    world.say(a, ClientMessage::Leave);
    world.commands.clear();
    world.say(a, ClientMessage::Hello(hello("r")));
    world.say(a, ClientMessage::Ping);
    world.commands.extend(world.hub.handle_fault(a, Fault::NotText, world.now));
    world.lose(a);
    assert_eq!(world.commands, []);
    assert_eq!((world.hub.standing(a), world.hub.room_count()), (Standing::Gone, 0));
}

#[test]
fn a_shutdown_tells_everybody_another_time_to_come_back_and_nobody_that_the_others_left() {
    let mut world = World::new(config().with_reconnect_spread(Duration::from_secs(2)));
    let (a, _) = world.join(hello("r"));
    let (b, _) = world.join(hello("r"));
    let greeting = world.connect();
    world.commands = world.hub.handle_shutdown();
    let mut delays = Vec::new();
    for conn in [a, b, greeting] {
        match &world.commands_for(conn)[..] {
            [Command::Send(ServerMessage::GoingAway { reconnect_after }), Command::Close(CloseCode::Restart)] => {
                delays.push(*reconnect_after);
            }
            other => panic!("{other:?}"),
        }
    }
    assert!(delays.iter().all(|delay| *delay < Duration::from_secs(2)), "{delays:?}");
    assert!(delays[0] != delays[1] && delays[1] != delays[2], "{delays:?}");
    assert_eq!((world.hub.room_count(), world.hub.poll_deadline()), (0, None));
}
