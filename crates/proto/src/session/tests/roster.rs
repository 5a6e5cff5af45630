//! Who is there, as the server tells it and as it is known while there is no server.

use super::*;
use crate::relay::LeaveReason;

fn left(name: &str, reason: LeaveReason) -> SessionEvent {
    SessionEvent::PeerLeft { peer: id(name), reason }
}

#[test]
fn the_roster_follows_what_the_server_says() {
    let mut world = World::joined(&["a"]);
    world.events.clear();
    let b = RemotePeer { info: Some("hi".into()), ..peer("b") };
    world.hear(ServerMessage::PeerJoined { peer: id("b"), info: Some("hi".into()) });
    world.hear(ServerMessage::PeerSuspended { peer: id("a") });
    world.hear(ServerMessage::PeerSuspended { peer: id("a") });
    world.hear(ServerMessage::PeerResumed { peer: id("a"), info: Some("back".into()) });
    world.hear(ServerMessage::PeerResumed { peer: id("a"), info: Some("back".into()) });
    world.hear(ServerMessage::PeerInfo { peer: id("b"), info: None });
    world.hear(ServerMessage::PeerLeft { peer: id("a"), reason: LeaveReason::Left });
    world.hear(ServerMessage::PeerLeft { peer: id("nobody"), reason: LeaveReason::Left });
    world.hear(ServerMessage::PeerJoined { peer: id("me"), info: None });
    let back = RemotePeer { info: Some("back".into()), ..peer("a") };
    let expected = [
        SessionEvent::PeerJoined(b),
        SessionEvent::PeerSuspended(RemotePeer { suspended: true, ..peer("a") }),
        SessionEvent::PeerResumed(back.clone()),
        SessionEvent::PeerInfo(back.clone()),
        SessionEvent::PeerResumed(back),
        SessionEvent::PeerInfo(peer("b")),
        left("a", LeaveReason::Left),
    ];
    assert_eq!(world.events(), expected);
    assert_eq!(world.session.peers(), [peer("b")]);
}

#[test]
fn what_changed_while_away_is_told_at_the_next_welcome() {
    let mut world = World::joined(&["a", "b", "c"]);
    world.events.clear();
    world.lose(1006);
    world.pass(world.wait());
    world.open();
    let b = RemotePeer { suspended: true, ..peer("b") };
    world.hear(welcome_with("me", vec![peer("me"), b.clone(), peer("c"), peer("d")]));
    let expected = [
        SessionEvent::Joined { peer: id("me"), fresh: false },
        SessionEvent::PeerSuspended(RemotePeer { suspended: true, ..peer("a") }),
        SessionEvent::PeerSuspended(b),
        SessionEvent::PeerJoined(peer("d")),
    ];
    assert_eq!(world.events(), expected);
}

#[test]
fn who_is_not_back_after_us_is_waited_for_as_long_as_a_server_keeps_a_place() {
    let mut world = World::joined(&["a", "b"]);
    world.lose(1006);
    world.pass(world.wait());
    world.open();
    world.hear(welcome("me", &[]));
    world.events.clear();
    world.pass(ms(14_000));
    world.hear(ServerMessage::PeerJoined { peer: id("a"), info: None });
    assert_eq!(world.events(), [SessionEvent::PeerResumed(peer("a"))]);
    world.events.clear();
    world.pass(ms(10_000));
    world.hear(PONG);
    world.pass(ms(5_999));
    assert_eq!(world.events(), []);
    world.pass(ms(1));
    assert_eq!(world.events(), [left("b", LeaveReason::Expired)]);
    assert_eq!(world.session.peers(), [peer("a")]);
}

#[test]
fn nobody_is_given_up_while_there_is_no_server_to_say_who_is_back() {
    let mut world = World::joined(&["a"]);
    world.lose(1006);
    world.pass(world.wait());
    world.open();
    world.hear(welcome("me", &[]));
    world.lose(1006);
    world.events.clear();
    world.pass(ms(60_000));
    assert!(!world.events().contains(&left("a", LeaveReason::Expired)));
    world.open();
    world.hear(welcome("me", &["a"]));
    assert!(world.events().contains(&SessionEvent::PeerResumed(peer("a"))));
}

#[test]
fn a_roster_without_end_is_cut_and_counted() {
    let many = (0..3 * MAX_PEERS).map(|n| peer(&format!("p{n}"))).collect();
    let mut world = World::with(|config| config);
    world.open();
    let result = world.session.handle_message(1, welcome_with("me", many), world.now);
    assert_eq!(result, Err(Violation::RosterFull));
    world.drain();
    let one_more = ServerMessage::PeerJoined { peer: id("x"), info: None };
    assert_eq!(world.session.handle_message(1, one_more, world.now), Err(Violation::RosterFull));
    assert_eq!((world.session.peers().len(), world.session.violations()), (MAX_PEERS, 2));

    let most = (0..MAX_PEERS).map(|n| peer(&format!("p{n}"))).collect();
    let mut world = World::with(|config| config);
    world.open();
    world.hear(welcome_with("me", most));
    assert_eq!((world.session.peers().len(), world.session.violations()), (MAX_PEERS, 0));
}

#[test]
fn what_the_server_says_of_ourselves_makes_us_no_peer_of_ours() {
    let mut world = World::joined(&[]);
    world.events.clear();
    world.hear(ServerMessage::PeerJoined { peer: id("me"), info: None });
    world.hear(ServerMessage::PeerResumed { peer: id("me"), info: None });
    assert_eq!((world.events(), world.session.peers()), (vec![], &[][..]));
}

#[test]
fn who_is_not_back_is_given_up_when_the_time_is_over_and_not_at_the_next_ping() {
    let mut world = World::joined(&["a", "b"]);
    world.lose(1006);
    world.pass(world.wait());
    world.open();
    let ServerMessage::Welcome(plain) = welcome("me", &[]) else { panic!("no welcome") };
    world.hear(ServerMessage::Welcome(Welcome { resume_window: ms(5_000), ..plain }));
    // That one is said to have left makes the other no less missed.
    world.hear(ServerMessage::PeerLeft { peer: id("b"), reason: LeaveReason::Left });
    world.events.clear();
    world.pass(ms(5_000));
    assert_eq!(world.events(), [left("a", LeaveReason::Expired)]);
}
