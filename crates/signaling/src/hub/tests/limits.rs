//! What there may only be so much of.

use rejoin_proto::relay::LeaveReason;

use super::super::Standing;
use super::*;

const FULL: (ErrorCode, CloseCode) = (ErrorCode::RoomFull, CloseCode::RoomFull);

#[test]
fn a_third_in_a_room_of_two_is_refused_and_the_two_hear_nothing_of_it() {
    let mut world = World::new(config());
    let (a, _) = world.join(small("r", 2));
    let (b, second) = world.join(hello("r"));
    world.commands.clear();
    assert_eq!(world.refused(hello("r")), FULL);
    assert_eq!(world.commands, []);
    world.signal(a, &second.peer, "hi");
    assert_eq!(world.heard(b).len(), 1);
}

#[test]
fn who_creates_the_room_sets_its_capacity_within_the_servers_bound() {
    let mut world = World::new(config().with_peers_per_room(2));
    world.join(small("large", 100));
    world.join(small("large", 100));
    assert_eq!(world.refused(small("large", 100)), FULL);
    world.join(small("small", 1));
    assert_eq!(world.refused(small("small", 2)), FULL);
    world.join(hello("default"));
    world.join(hello("default"));
    assert_eq!(world.refused(hello("default")), FULL);
}

#[test]
fn a_suspended_peer_keeps_its_place_against_others_and_for_itself() {
    let mut world = World::new(config());
    world.join(small("r", 2));
    let (b, second) = world.join(hello("r"));
    world.lose(b);
    world.pass(Duration::from_secs(10));
    let third = world.connect();
    world.say(third, ClientMessage::Hello(hello("r")));
    let commands = world.commands_for(third);
    let [Command::Send(ServerMessage::Error(error)), Command::Close(CloseCode::RoomFull)] = &commands[..] else {
        panic!("{commands:?}");
    };
    assert_eq!((error.retryable, error.retry_after), (true, Some(Duration::from_secs(20))));

    let (_, again) = world.join(back("r", &second.resume));
    assert_eq!(again.peer, second.peer);
}

#[test]
fn a_replaced_socket_in_a_full_room_is_no_third_peer() {
    let mut world = World::new(config());
    world.join(small("r", 2));
    let (_, second) = world.join(hello("r"));
    let (_, again) = world.join(back("r", &second.resume));
    assert_eq!(again.peer, second.peer);
}

#[test]
fn who_left_a_room_that_filled_up_meanwhile_is_refused_even_with_its_token() {
    let mut world = World::new(config());
    world.join(small("r", 2));
    let (b, second) = world.join(hello("r"));
    world.say(b, ClientMessage::Leave);
    world.join(hello("r"));
    assert_eq!(world.refused(back("r", &second.resume)), FULL);
}

#[test]
fn there_are_so_many_rooms_and_the_next_is_refused_until_one_ends() {
    let mut world = World::new(config().with_rooms(1));
    let (a, _) = world.join(hello("r"));
    assert_eq!(world.refused(hello("q")), (ErrorCode::ServerFull, CloseCode::ServerFull));
    world.join(hello("r"));
    let commands: Vec<_> = world.commands.drain(..).collect();
    assert!(commands.iter().all(|(conn, _)| *conn == a), "{commands:?}");
}

#[test]
fn an_info_larger_than_the_server_takes_is_refused_and_the_old_one_stays() {
    let mut world = World::new(config().with_info_bytes(3));
    let large = Some("four".to_owned());
    let refused = world.refused(Hello { info: large.clone(), ..hello("r") });
    assert_eq!(refused, (ErrorCode::TooLarge, CloseCode::BadHello));
    assert_eq!(world.hub.room_count(), 0);

    let (a, _) = world.join(Hello { info: Some("old".to_owned()), ..hello("r") });
    world.say(a, ClientMessage::Info { info: large });
    let [ServerMessage::Error(error)] = &world.heard(a)[..] else { panic!("no error") };
    assert_eq!((error.code, world.hub.standing(a)), (ErrorCode::TooLarge, Standing::Member));
    let (_, second) = world.join(hello("r"));
    assert_eq!(second.peers[0].info.as_deref(), Some("old"));
}

#[test]
fn of_too_many_suspended_peers_the_one_longest_away_makes_room() {
    let mut world = World::new(config().with_connections(2));
    let (watcher, _) = world.join(hello("r"));
    let mut peers = Vec::new();
    for _ in 0..3 {
        let (conn, welcome) = world.join(hello("r"));
        world.lose(conn);
        world.pass(Duration::from_millis(1));
        peers.push(welcome.peer);
    }
    let left: Vec<_> =
        world.heard(watcher).into_iter().filter(|it| matches!(it, ServerMessage::PeerLeft { .. })).collect();
    assert_eq!(left, [ServerMessage::PeerLeft { peer: peers[0].clone(), reason: LeaveReason::Expired }]);
}
