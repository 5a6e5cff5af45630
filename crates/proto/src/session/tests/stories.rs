//! Dialing, greeting, loss and the end.

use super::*;
use crate::backoff::BackoffConfig;
use crate::relay::limits::MAX_MESSAGE_BYTES;
use crate::relay::{IceServer, Malformed};

#[test]
fn it_dials_says_hello_and_is_in_the_room() {
    let token = Token::new("t").unwrap();
    let mut world =
        World::with(|config| config.with_token(Some(token.clone())).with_info(Some("i".into())).with_capacity(Some(2)));
    assert_eq!(world.session.state(), SessionState::Connecting { attempt: 1 });
    world.open();
    let hello = world.hello();
    assert_eq!(hello.token.as_ref().map(Token::as_str), Some(token.as_str()));
    assert_eq!((hello.info.as_deref(), hello.capacity, &hello.resume), (Some("i"), Some(2), &None));
    world.hear(welcome("me", &["a", "b"]));
    assert_eq!(world.session.state(), SessionState::Joined);
    assert_eq!(world.session.peer_id(), Some(&id("me")));
    assert_eq!(world.states(), [SessionState::Joined]);
    let joined = SessionEvent::Joined { peer: id("me"), fresh: true };
    assert_eq!(world.events(), [joined, SessionEvent::PeerJoined(peer("a")), SessionEvent::PeerJoined(peer("b"))]);
}

#[test]
fn a_socket_that_does_not_open_in_time_is_given_up_and_the_next_has_more_time() {
    let mut world = World::with(|config| config);
    world.pass(ms(9_999));
    assert_eq!(world.generation, 1);
    world.pass(ms(1));
    assert_eq!(world.closed, [CloseCode::Silent]);
    assert!(matches!(world.session.state(), SessionState::Waiting { attempt: 2, reason: Loss::Unreachable, .. }));
    world.pass(world.wait());
    assert_eq!((world.generation, world.session.state()), (2, SessionState::Connecting { attempt: 2 }));
    world.pass(ms(19_999));
    assert_eq!(world.session.state(), SessionState::Connecting { attempt: 2 });
    world.pass(ms(1));
    assert!(matches!(world.session.state(), SessionState::Waiting { attempt: 3, .. }));
}

#[test]
fn no_attempt_is_given_more_time_than_the_longest() {
    let mut world = World::with(|config| config);
    for _ in 0..20 {
        world.lose(1006);
        world.pass(world.wait());
    }
    world.pass(LONGEST_CONNECT - ms(1));
    assert_eq!(world.session.state(), SessionState::Connecting { attempt: 21 });
    world.pass(ms(1));
    assert!(matches!(world.session.state(), SessionState::Waiting { .. }));
}

#[test]
fn a_server_that_does_not_welcome_in_time_is_left() {
    let mut world = World::with(|config| config);
    world.open();
    world.pass(ms(10_000));
    assert!(matches!(world.session.state(), SessionState::Waiting { reason: Loss::NoWelcome, .. }));
    assert_eq!(world.closed, [CloseCode::Silent]);
}

#[test]
fn a_lost_socket_comes_back_under_the_same_id() {
    let mut world = World::joined(&["a"]);
    world.events.clear();
    world.lose(1006);
    assert!(matches!(world.session.state(), SessionState::Waiting { reason: Loss::Closed(CloseCode::Abnormal), .. }));
    assert_eq!(world.session.peers(), [peer("a")], "nobody left for a socket of ours");
    world.pass(world.wait());
    world.open();
    assert_eq!(world.hello().resume.as_ref().map(Token::as_str), Some("token of me"));
    world.hear(welcome("me", &["a"]));
    assert_eq!(world.events(), [SessionEvent::Joined { peer: id("me"), fresh: false }]);
}

#[test]
fn a_newer_token_in_a_pong_is_the_one_that_is_shown() {
    let mut world = World::joined(&[]);
    world.hear(ServerMessage::Pong { resume: Token::new("newer").ok() });
    world.hear(PONG);
    world.lose(1006);
    world.pass(world.wait());
    world.open();
    assert_eq!(world.hello().resume.as_ref().map(Token::as_str), Some("newer"));
}

#[test]
fn a_token_that_is_refused_is_dropped_and_the_new_id_is_told() {
    let mut world = World::joined(&[]);
    world.lose(1006);
    world.pass(world.wait());
    world.open();
    world.events.clear();
    world.hear(ServerMessage::Error(error(ErrorCode::BadResume, true, None)));
    assert_eq!(world.generation, 3, "dials at once");
    world.open();
    assert_eq!(world.hello().resume, None);
    world.hear(welcome("other", &[]));
    assert_eq!(world.events(), [SessionEvent::Joined { peer: id("other"), fresh: true }]);
}

#[test]
fn a_refused_token_is_known_by_the_close_code_alone() {
    let mut world = World::joined(&[]);
    world.lose(1006);
    world.pass(world.wait());
    world.open();
    world.lose(4500);
    world.pass(world.wait());
    world.open();
    assert_eq!(world.hello().resume, None);
}

#[test]
fn after_going_away_it_waits_as_long_as_the_server_asked() {
    let mut world = World::joined(&[]);
    world.hear(ServerMessage::GoingAway { reconnect_after: ms(4_000) });
    world.lose(1012);
    let wait = world.wait();
    assert!(wait >= ms(4_000) && wait <= ms(4_500), "{wait:?}");
    assert!(matches!(world.session.state(), SessionState::Waiting { reason: Loss::GoingAway, .. }));
    world.network(NetworkChange::Online);
    assert!(matches!(world.session.state(), SessionState::Waiting { .. }), "not before the server is back");
    world.pass(ms(4_000));
    assert_eq!(world.session.state(), SessionState::Connecting { attempt: 2 });
}

#[test]
fn a_server_cannot_send_it_away_for_longer_than_the_bound() {
    let mut world = World::joined(&[]);
    world.hear(ServerMessage::GoingAway { reconnect_after: Duration::from_millis(u32::MAX.into()) });
    world.lose(1012);
    assert!(world.wait() <= LONGEST_FLOOR + ms(500));
}

#[test]
fn a_final_close_code_is_final_and_another_is_not() {
    for (code, is_final) in
        [(1000, false), (1001, false), (1012, false), (4003, true), (4005, true), (4499, true), (4502, false)]
    {
        let mut world = World::joined(&[]);
        world.lose(code);
        let failed = SessionState::Failed { reason: Failure::Closed(CloseCode::from_u16(code)) };
        assert_eq!(world.session.state() == failed, is_final, "{code}");
    }
}

#[test]
fn a_refusal_for_good_fails_and_one_for_now_waits_as_told() {
    let mut world = World::with(|config| config);
    world.open();
    let full = error(ErrorCode::RoomFull, false, None);
    world.hear(ServerMessage::Error(full.clone()));
    assert_eq!(world.session.state(), SessionState::Failed { reason: Failure::Refused(full) });

    let mut world = World::with(|config| config);
    world.open();
    world.hear(ServerMessage::Error(error(ErrorCode::RoomFull, true, Some(ms(20_000)))));
    assert!(world.wait() >= ms(20_000));
    world.lose(4004);
    assert!(world.wait() >= ms(20_000), "the close code of the socket that was left is not heard");
}

#[test]
fn an_error_in_the_room_is_told_and_its_time_is_kept_for_the_close() {
    let mut world = World::joined(&[]);
    world.events.clear();
    let fast = error(ErrorCode::TooFast, true, Some(ms(3_000)));
    world.hear(ServerMessage::Error(fast.clone()));
    assert_eq!(world.events(), [SessionEvent::ServerError(fast)]);
    assert_eq!(world.session.state(), SessionState::Joined);
    world.lose(4504);
    assert!(world.wait() >= ms(3_000));
}

#[test]
fn it_gives_up_after_the_allowed_attempts_and_starts_again_at_the_users_word() {
    let mut world = World::with(|config| config.with_backoff(BackoffConfig::new().with_max_attempts(Some(3))));
    for _ in 0..2 {
        world.lose(1006);
        world.pass(world.wait());
    }
    world.lose(1006);
    assert_eq!(world.session.state(), SessionState::Failed { reason: Failure::GaveUp(Loss::Unreachable) });
    world.network(NetworkChange::Online);
    world.pass(ms(1_000_000));
    assert_eq!(world.generation, 3);
    world.session.reconnect(world.now);
    world.drain();
    assert_eq!((world.generation, world.session.state()), (4, SessionState::Connecting { attempt: 1 }));
}

#[test]
fn a_server_that_drops_it_at_once_each_time_is_not_hammered() {
    let mut world = World::joined(&[]);
    for _ in 0..8 {
        world.lose(1011);
        world.pass(world.wait());
        world.open();
        world.hear(welcome("me", &[]));
    }
    world.lose(1011);
    assert!(matches!(world.session.state(), SessionState::Waiting { attempt: 10, .. }));
}

#[test]
fn a_connection_that_held_starts_the_delays_over() {
    let mut world = World::joined(&[]);
    for _ in 0..5 {
        world.lose(1006);
        world.pass(world.wait());
        world.open();
        world.hear(welcome("me", &[]));
    }
    world.pass(ms(10_000));
    world.hear(PONG);
    world.lose(1006);
    assert!(matches!(world.session.state(), SessionState::Waiting { attempt: 2, .. }));
}

#[test]
fn what_one_socket_was_told_of_going_away_is_not_held_against_the_next() {
    let mut world = World::joined(&[]);
    world.hear(ServerMessage::GoingAway { reconnect_after: ms(60_000) });
    world.lose(1012);
    world.pass(world.wait());
    world.open();
    world.hear(welcome("me", &[]));
    world.lose(1011);
    let reason = Loss::Closed(CloseCode::from_u16(1011));
    assert!(matches!(world.session.state(), SessionState::Waiting { reason: told, .. } if told == reason));
    assert!(world.wait() <= ms(1_000));
}

#[test]
fn what_does_not_belong_where_it_comes_is_counted_and_ignored() {
    let mut world = World::with(|config| config);
    world.open();
    let signal = ServerMessage::Signal { from: id("a"), data: "early".into() };
    assert_eq!(world.session.handle_message(1, signal, world.now), Err(Violation::BeforeWelcome));
    world.hear(ServerMessage::Unknown { r#type: "new".into() });
    world.hear(welcome("me", &[]));
    assert_eq!(world.session.handle_message(1, welcome("you", &["z"]), world.now), Err(Violation::SecondWelcome));
    world.session.handle_junk(1, world.now);
    world.drain();
    assert_eq!((world.session.violations(), world.session.peer_id()), (3, Some(&id("me"))));
    let text = Violation::from(Malformed::Missing { message: "welcome", field: "peer" }).to_string();
    assert_eq!(text, "welcome lacks peer");
}

#[test]
fn signals_go_out_only_from_the_room() {
    let mut world = World::with(|config| config);
    assert_eq!(world.session.signal(id("a"), "x".into()), Err(NotJoined));
    world.open();
    assert_eq!(world.session.signal(id("a"), "x".into()), Err(NotJoined));
    world.hear(welcome("me", &["a"]));
    assert_eq!(world.session.signal(id("a"), "x".into()), Ok(()));
    world.drain();
    assert_eq!(world.sent.last(), Some(&ClientMessage::Signal { to: id("a"), data: "x".into() }));
    world.lose(1006);
    assert_eq!(world.session.signal(id("a"), "x".into()), Err(NotJoined));
}

#[test]
fn info_is_told_at_once_or_at_the_next_hello() {
    let mut world = World::joined(&[]);
    world.session.set_info(Some("1".into()));
    world.session.set_info(Some("1".into()));
    world.drain();
    assert_eq!(world.sent.len(), 2, "the hello, and one info");
    world.lose(1006);
    world.session.set_info(Some("2".into()));
    world.pass(world.wait());
    world.open();
    assert_eq!(world.hello().info.as_deref(), Some("2"));
}

#[test]
fn closing_says_leave_and_closing_again_says_nothing() {
    let mut world = World::joined(&[]);
    world.session.close();
    world.session.close();
    world.drain();
    assert_eq!(world.sent.last(), Some(&ClientMessage::Leave));
    assert_eq!(world.closed, [CloseCode::Normal]);
    world.session.reconnect(world.now);
    world.network(NetworkChange::Online);
    world.lose(1006);
    world.pass(ms(1_000_000));
    assert_eq!((world.generation, world.session.state()), (1, SessionState::Closed));
}

#[test]
fn closing_while_dialing_or_waiting_leaves_nothing_behind() {
    let mut world = World::with(|config| config);
    world.session.close();
    world.drain();
    assert_eq!((world.closed.as_slice(), world.sent.len()), ([CloseCode::Normal].as_slice(), 0));

    let mut world = World::with(|config| config);
    world.lose(1006);
    world.session.close();
    world.drain();
    assert_eq!((world.session.state(), world.closed.len()), (SessionState::Closed, 0));
}

#[test]
fn a_timer_that_fires_early_does_nothing() {
    let mut world = World::with(|config| config);
    let early = |world: &mut World| {
        let before = (world.session.state(), world.socket, world.sent.len());
        world.sleep(ms(1));
        assert_eq!((world.session.state(), world.socket, world.sent.len()), before);
    };
    early(&mut world);
    world.open();
    early(&mut world);
    world.hear(welcome("me", &[]));
    early(&mut world);
    world.lose(1006);
    early(&mut world);
}

#[test]
fn what_the_server_grants_is_that_of_its_newest_welcome() {
    let mut world = World::with(|config| config);
    let granted = |world: &World| {
        let servers =
            world.session.ice_servers().map(|servers| servers.iter().map(|server| server.urls.clone()).collect());
        (servers, world.session.max_message_bytes())
    };
    assert_eq!(granted(&world), (None, MAX_MESSAGE_BYTES));
    world.open();
    let urls = vec!["stun:stun.example".to_owned()];
    let server = IceServer { urls: urls.clone(), username: None, credential: None };
    let ServerMessage::Welcome(plain) = welcome("me", &[]) else { panic!("no welcome") };
    world.hear(ServerMessage::Welcome(Welcome { ice_servers: Some(vec![server]), ..plain }));
    assert_eq!(granted(&world), (Some(vec![urls]), 65_536));
    world.lose(1006);
    world.pass(world.wait());
    world.open();
    world.hear(welcome("me", &[]));
    assert_eq!(granted(&world), (None::<Vec<Vec<String>>>, 65_536));
}

#[test]
fn losses_and_failures_are_put_into_words() {
    let refused = error(ErrorCode::RoomFull, false, None);
    for (loss, words) in [
        (Loss::Unreachable, "the server cannot be reached".to_owned()),
        (Loss::NoWelcome, "the server did not answer the hello".to_owned()),
        (Loss::NoPong, "the server stopped answering".to_owned()),
        (Loss::Closed(CloseCode::Replaced), CloseCode::Replaced.to_string()),
        (Loss::GoingAway, "the server is being restarted".to_owned()),
        (Loss::PageHidden, "the page was put away".to_owned()),
        (Loss::Refused(refused.clone()), refused.to_string()),
    ] {
        assert_eq!(loss.to_string(), words);
        assert_eq!(Failure::GaveUp(loss).to_string(), words);
    }
    assert_eq!(Failure::Refused(refused).to_string(), "roomFull: no");
    assert_eq!(Failure::Closed(CloseCode::Replaced).to_string(), CloseCode::Replaced.to_string());
}
