//! Whether the server still answers: heartbeats, and what the network and the page do to them.

use super::*;

#[test]
fn it_pings_at_every_heartbeat_and_any_frame_counts_as_life() {
    let mut world = World::joined(&["a"]);
    world.pass(ms(10_000));
    assert_eq!(pings(&world), 1);
    world.hear(ServerMessage::Signal { from: id("a"), data: "x".into() });
    world.pass(ms(10_000));
    assert_eq!(pings(&world), 2);
    world.session.handle_junk(world.generation, world.now);
    world.pass(ms(9_999));
    assert_eq!(world.session.state(), SessionState::Joined);
    assert_eq!(world.session.violations(), 1);
}

#[test]
fn a_server_that_answers_no_ping_is_left_at_the_deadline() {
    let mut world = World::joined(&[]);
    world.pass(ms(14_999));
    assert_eq!(world.session.state(), SessionState::Joined);
    world.pass(ms(1));
    assert!(matches!(world.session.state(), SessionState::Waiting { reason: Loss::NoPong, .. }));
    assert_eq!(world.closed, [CloseCode::Silent], "a leave would end the suspension");
}

#[test]
fn an_odd_heartbeat_neither_floods_the_server_nor_hides_its_death() {
    for (asked, after, expected) in [(1, 5_000, 4..=5), (u32::MAX, 60_000, 1..=1)] {
        let mut world = World::with(|config| config);
        world.open();
        let ServerMessage::Welcome(told) = welcome("me", &[]) else { panic!() };
        world.hear(ServerMessage::Welcome(Welcome { heartbeat: ms(asked.into()), ..told }));
        for _ in 0..after / 1_000 {
            world.pass(ms(1_000));
            world.hear(PONG);
        }
        assert!(expected.contains(&pings(&world)), "{} pings in {after} ms", pings(&world));
    }
}

#[test]
fn a_page_that_slept_asks_once_more_before_it_gives_the_server_up() {
    let mut world = World::joined(&[]);
    world.pass(ms(10_000));
    world.sleep(ms(3_600_000));
    assert_eq!((world.session.state(), pings(&world)), (SessionState::Joined, 2));
    world.sleep(ms(3_600_000));
    assert!(matches!(world.session.state(), SessionState::Waiting { reason: Loss::NoPong, .. }));

    // So late a timer may be without a sleep.
    let mut world = World::joined(&[]);
    world.pass(ms(10_000));
    world.now = world.session.poll_timeout().unwrap();
    world.sleep(LATE);
    assert!(matches!(world.session.state(), SessionState::Waiting { reason: Loss::NoPong, .. }));
}

#[test]
fn the_network_coming_back_ends_the_wait() {
    for change in [NetworkChange::Online, NetworkChange::Visible, NetworkChange::PageShow] {
        let mut world = World::joined(&[]);
        world.lose(1006);
        world.network(change);
        assert_eq!(world.generation, 2, "{change:?}");
    }
    let mut world = World::joined(&[]);
    world.lose(1006);
    world.network(NetworkChange::Offline);
    assert_eq!(world.generation, 1);
}

#[test]
fn a_change_of_the_network_asks_the_server_and_does_not_wait_long() {
    for change in [NetworkChange::Online, NetworkChange::Offline, NetworkChange::Visible] {
        let mut world = World::joined(&[]);
        world.network(change);
        assert_eq!(pings(&world), 1);
        world.pass(ms(2_999));
        world.network(change);
        world.pass(ms(1));
        assert!(matches!(world.session.state(), SessionState::Waiting { reason: Loss::NoPong, .. }), "{change:?}");
    }
}

#[test]
fn a_page_that_is_seen_again_asks_before_it_looks_at_a_deadline_it_missed() {
    let mut world = World::joined(&[]);
    world.pass(ms(10_000));
    world.now = world.now + ms(6_000);
    world.network(NetworkChange::Visible);
    world.sleep(ms(0));
    assert_eq!((world.session.state(), pings(&world)), (SessionState::Joined, 2));
}

#[test]
fn a_dial_of_the_old_network_is_replaced_when_there_is_a_new_one() {
    let mut world = World::with(|config| config);
    world.network(NetworkChange::Online);
    assert_eq!((world.generation, world.closed.as_slice()), (2, [CloseCode::Silent].as_slice()));
    assert_eq!(world.session.state(), SessionState::Connecting { attempt: 1 });
}

#[test]
fn a_page_back_from_the_cache_dials_anew_and_its_old_socket_is_not_heard() {
    let mut world = World::joined(&["a"]);
    world.network(NetworkChange::PageShow);
    assert_eq!((world.generation, world.closed.as_slice()), (2, [CloseCode::Silent].as_slice()));
    world.session.handle_closed(1, CloseCode::Replaced, world.now);
    world.session.handle_open(1, world.now);
    world.session.handle_message(1, welcome("x", &[]), world.now).unwrap();
    world.session.handle_junk(1, world.now);
    world.drain();
    assert_eq!(world.session.state(), SessionState::Connecting { attempt: 1 });
    assert_eq!((world.session.violations(), world.sent.len()), (0, 1), "no hello on a socket that is not open");
}

#[test]
fn a_page_that_goes_into_the_cache_is_suspended_at_once_and_back_at_once() {
    let mut world = World::joined(&["a"]);
    world.network(NetworkChange::PageHide);
    assert_eq!(world.closed, [CloseCode::Silent], "a leave would end the suspension");
    assert!(matches!(world.session.state(), SessionState::Waiting { attempt: 1, reason: Loss::PageHidden, .. }));
    world.network(NetworkChange::PageShow);
    world.open();
    assert_eq!(world.hello().resume.as_ref().map(Token::as_str), Some("token of me"));
}

#[test]
fn a_page_that_was_not_cached_after_all_comes_back_by_itself() {
    let mut world = World::joined(&[]);
    world.network(NetworkChange::PageHide);
    world.pass(ms(5_000));
    assert_eq!((world.generation, world.session.state()), (2, SessionState::Connecting { attempt: 1 }));
}

#[test]
fn an_answer_that_is_due_this_moment_has_time_again_when_the_network_changes() {
    let mut world = World::joined(&[]);
    world.pass(ms(10_000));
    assert_eq!(pings(&world), 1);
    world.now = world.session.poll_timeout().unwrap();
    world.network(NetworkChange::Visible);
    world.sleep(ms(1));
    assert_eq!((world.session.state(), pings(&world)), (SessionState::Joined, 2));
}
