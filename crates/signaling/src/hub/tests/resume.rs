//! Losing the socket and coming back.

use rejoin_proto::relay::LeaveReason;

use super::super::{Fault, Standing};
use super::*;

const WINDOW: Duration = Duration::from_secs(30);

#[test]
fn a_lost_socket_suspends_its_peer_and_the_token_brings_it_back() {
    let mut world = World::new(config());
    let (a, _) = world.join(hello("r"));
    let (b, second) = world.join(hello("r"));
    world.commands.clear();
    world.lose(b);
    assert_eq!(world.heard(a), [ServerMessage::PeerSuspended { peer: second.peer.clone() }]);

    let (_, third) = world.join(hello("r"));
    let seen = third.peers.iter().find(|remote| remote.peer == second.peer);
    assert_eq!(seen.map(|remote| remote.suspended), Some(true));
    world.commands.clear();

    world.pass(WINDOW / 2);
    let (b, again) = world.join(Hello { info: Some("back".to_owned()), ..back("r", &second.resume) });
    assert_eq!(again.peer, second.peer);
    assert_eq!(again.peers.len(), 2);
    let resumed = ServerMessage::PeerResumed { peer: second.peer.clone(), info: Some("back".to_owned()) };
    assert_eq!(world.heard(a), [resumed]);

    // The old place's time is over; the peer is not.
    world.pass(WINDOW * 2);
    world.signal(a, &second.peer, "hi");
    assert_eq!(world.heard(b).len(), 1);
}

#[test]
fn who_does_not_come_back_in_time_has_left() {
    let mut world = World::new(config());
    let (a, _) = world.join(hello("r"));
    let (b, second) = world.join(hello("r"));
    world.lose(b);
    world.commands.clear();
    assert_eq!(world.hub.poll_deadline(), Some(world.now + WINDOW));
    world.pass(WINDOW - Duration::from_millis(1));
    assert_eq!(world.heard(a), []);
    world.pass(Duration::from_millis(1));
    let left = ServerMessage::PeerLeft { peer: second.peer.clone(), reason: LeaveReason::Expired };
    assert_eq!(world.heard(a), [left]);
    assert_eq!(world.hub.poll_deadline(), None);

    let (_, again) = world.join(back("r", &second.resume));
    assert_eq!(again.peer, second.peer);
    assert_eq!(world.heard(a), [ServerMessage::PeerJoined { peer: second.peer, info: None }]);
}

#[test]
fn a_page_that_goes_is_waited_for_as_long_as_it_asked_and_no_longer_than_a_lost_socket() {
    for (asked, time) in [(WINDOW / 3, WINDOW / 3), (WINDOW * 3, WINDOW)] {
        let mut world = World::new(config());
        let (a, _) = world.join(hello("r"));
        let page = Hello { reload: Some(asked), ..hello("r") };
        let (b, second) = world.join(page.clone());
        world.commands.clear();
        world.depart(b, Departure::Away);
        let peer = second.peer.clone();
        assert_eq!(world.heard(a), [ServerMessage::PeerSuspended { peer: peer.clone() }]);

        world.pass(time - Duration::from_millis(1));
        let (b, again) = world.join(Hello { resume: Some(second.resume), ..page });
        assert_eq!(world.heard(a), [ServerMessage::PeerResumed { peer: peer.clone(), info: None }]);
        world.depart(b, Departure::Away);
        world.pass(time);
        let left = ServerMessage::PeerLeft { peer: again.peer, reason: LeaveReason::Left };
        assert_eq!(world.heard(a), [ServerMessage::PeerSuspended { peer }, left]);
    }
}

#[test]
fn who_asked_to_be_waited_for_and_leaves_all_the_same_is_gone() {
    let mut world = World::new(config());
    let (a, _) = world.join(hello("r"));
    let (b, second) = world.join(Hello { reload: Some(WINDOW), ..hello("r") });
    world.commands.clear();
    world.depart(b, Departure::Left);
    assert_eq!(world.heard(a), [ServerMessage::PeerLeft { peer: second.peer, reason: LeaveReason::Left }]);
}

#[test]
fn a_room_of_suspended_peers_ends_with_the_last_window() {
    let mut world = World::new(config());
    let (a, _) = world.join(hello("r"));
    let (b, _) = world.join(hello("r"));
    world.lose(a);
    world.pass(WINDOW / 2);
    world.lose(b);
    world.pass(WINDOW / 2);
    assert_eq!(world.hub.room_count(), 1);
    world.pass(WINDOW / 2);
    assert_eq!(world.hub.room_count(), 0);
}

#[test]
fn the_newer_socket_of_an_id_replaces_the_older() {
    let mut world = World::new(config());
    let (a, _) = world.join(hello("r"));
    let (older, second) = world.join(hello("r"));
    world.commands.clear();
    let (newer, again) = world.join(back("r", &second.resume));
    assert_eq!(again.peer, second.peer);
    assert_eq!(world.commands_for(older), [Command::Close(CloseCode::Replaced)]);
    assert_eq!(world.heard(a), [ServerMessage::PeerResumed { peer: second.peer.clone(), info: None }]);

    // What the older one still says, and its end, do not touch the newer.
    world.say(older, ClientMessage::Leave);
    world.lose(older);
    world.signal(a, &second.peer, "hi");
    assert_eq!((world.heard(a), world.heard(newer).len()), (vec![], 1));
}

#[test]
fn a_hello_that_was_held_up_does_not_replace_the_socket_that_was_opened_since() {
    let mut world = World::new(config());
    let (a, _) = world.join(hello("r"));
    let (first, member) = world.join(hello("r"));
    world.lose(first);
    let held_up = world.connect();
    let (newer, _) = world.join(back("r", &member.resume));
    world.commands.clear();
    world.say(held_up, ClientMessage::Hello(back("r", &member.resume)));
    assert_eq!(world.commands, [(held_up, Command::Close(CloseCode::Replaced))]);
    world.commands.clear();
    world.signal(a, &member.peer, "hi");
    assert_eq!(world.heard(newer).len(), 1);
}

#[test]
fn a_token_takes_the_id_back_at_a_server_without_memory() {
    let mut before = World::with_seed(config(), 1);
    let (_, first) = before.join(hello("r"));
    let mut after = World::with_seed(config(), 2);
    let (_, again) = after.join(back("r", &first.resume));
    assert_eq!(again.peer, first.peer);
    assert_eq!(again.peers, []);
}

#[test]
fn a_token_that_proves_nothing_is_refused_and_disturbs_nobody() {
    let mut world = World::new(config().with_token_lifetime(Duration::from_secs(60)));
    let (a, first) = world.join(hello("r"));
    let mut other = World::new(Config::new(Key::from_text(&"x".repeat(32)).unwrap()));
    let (_, foreign) = other.join(hello("r"));
    let junk = Token::new("junk").unwrap();
    let bad = (ErrorCode::BadResume, CloseCode::BadResume);
    for (case, hello) in [
        ("of another key", back("r", &foreign.resume)),
        ("of another room", back("other", &first.resume)),
        ("junk", back("r", &junk)),
    ] {
        assert_eq!(world.refused(hello), bad, "{case}");
    }
    world.pass(Duration::from_secs(60));
    assert_eq!(world.refused(back("r", &first.resume)), bad, "expired");
    assert_eq!(world.heard(a), []);
    assert_eq!((world.hub.standing(a), world.hub.room_count()), (Standing::Member, 1));
}

#[test]
fn a_connected_client_gets_a_new_token_once_its_own_is_half_spent() {
    let mut world = World::new(config().with_token_lifetime(Duration::from_secs(60)));
    let (a, first) = world.join(hello("r"));
    world.pass(Duration::from_secs(30));
    world.say(a, ClientMessage::Ping);
    world.say(a, ClientMessage::Ping);
    let heard = world.heard(a);
    let [ServerMessage::Pong { resume: Some(newer) }, ServerMessage::Pong { resume: None }] = &heard[..] else {
        panic!("{heard:?}");
    };
    world.lose(a);
    world.now = world.now + Duration::from_secs(59);
    let (_, again) = world.join(back("r", newer));
    assert_eq!(again.peer, first.peer);
}

#[test]
fn a_fault_that_may_be_retried_suspends_and_a_final_one_removes() {
    let mut world = World::new(config());
    let (a, _) = world.join(hello("r"));
    for (fault, expected) in [
        (Fault::Silent, None),
        (Fault::TooSlow, None),
        (Fault::TooFast { retry_after: WINDOW }, None),
        (Fault::NotText, Some(LeaveReason::Removed)),
        (Fault::TooLarge { max: 1 }, Some(LeaveReason::Removed)),
    ] {
        let (b, second) = world.join(hello("r"));
        world.commands.clear();
        world.commands = world.hub.handle_fault(b, fault.clone(), world.now);
        assert_eq!(world.commands_for(b).last(), Some(&Command::Close(fault.close_code())));
        let peer = second.peer;
        let news = match expected {
            None => ServerMessage::PeerSuspended { peer },
            Some(reason) => ServerMessage::PeerLeft { peer, reason },
        };
        assert_eq!(world.heard(a), [news], "{fault:?}");
    }
}
