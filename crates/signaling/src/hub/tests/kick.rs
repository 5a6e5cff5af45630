//! Who is let in, who is shown the door, and who does not come in again.

use rejoin_proto::relay::LeaveReason;

use super::super::{Fault, Standing};
use super::*;
use crate::Access;

const SECRET: &str = "the key of the application, and 32 characters";

fn access_key() -> Key {
    Key::from_text(SECRET).unwrap()
}

/// A server that asks for access tokens.
fn guarded() -> World {
    World::new(config().with_access_key(Some(access_key())))
}

fn seconds(world: &World) -> u64 {
    world.now.since_origin().as_secs()
}

/// A hello with a token for `room` that `subject` was given now and that lives for a minute.
fn with_token(world: &World, room: &str, subject: &str) -> Hello {
    let now = seconds(world);
    let hello = hello(room);
    let access = Access::new(&hello.room, now + 60).with_subject(subject, now);
    Hello { token: access.sign(&access_key()), ..hello }
}

fn peer_kick(room: &str, peer: &PeerId) -> Kick {
    Kick::Peer { room: RoomId::new(room).unwrap(), peer: peer.clone() }
}

fn gone(peer: &PeerId) -> ServerMessage {
    ServerMessage::PeerLeft { peer: peer.clone(), reason: LeaveReason::Kicked }
}

const REFUSED: (ErrorCode, CloseCode) = (ErrorCode::NotAllowed, CloseCode::NotAllowed);

#[test]
fn a_kicked_peer_is_gone_for_the_others_and_its_resume_token_no_longer_works() {
    let mut world = World::new(config());
    let (a, _) = world.join(hello("r"));
    let (b, second) = world.join(hello("r"));
    world.commands.clear();
    assert_eq!(world.kick(&peer_kick("r", &second.peer)), 1);
    assert_eq!(world.commands_for(b), [Command::Close(CloseCode::Kicked)]);
    assert_eq!(world.heard(a), [gone(&second.peer)]);
    assert_eq!(world.hub.standing(b), Standing::Gone);
    assert!(CloseCode::Kicked.is_final());

    assert_eq!(world.refused(back("r", &second.resume)), REFUSED);
    assert_eq!(world.heard(a), []);
    // Without access tokens it is nobody in particular.
    let (_, other) = world.join(hello("r"));
    assert_ne!(other.peer, second.peer);
}

#[test]
fn a_suspended_peer_is_kicked_as_well_and_one_that_left_cannot_come_back() {
    let mut world = World::new(config());
    let (a, _) = world.join(hello("r"));
    let (b, second) = world.join(hello("r"));
    let (c, third) = world.join(hello("r"));
    world.lose(b);
    world.say(c, ClientMessage::Leave);
    world.commands.clear();
    assert_eq!(world.kick(&peer_kick("r", &second.peer)), 1);
    assert_eq!(world.kick(&peer_kick("r", &third.peer)), 0);
    assert_eq!(world.heard(a), [gone(&second.peer)]);
    assert_eq!(world.hub.poll_deadline(), None);
    assert_eq!(world.refused(back("r", &second.resume)), REFUSED);
    assert_eq!(world.refused(back("r", &third.resume)), REFUSED);
}

#[test]
fn who_was_away_meanwhile_hears_of_it_when_it_is_back() {
    let mut world = World::new(config());
    let (a, first) = world.join(hello("r"));
    let (_, second) = world.join(hello("r"));
    world.lose(a);
    assert_eq!(world.kick(&peer_kick("r", &second.peer)), 1);
    world.commands.clear();
    let conn = world.connect();
    world.say(conn, ClientMessage::Hello(back("r", &first.resume)));
    let heard = world.heard(conn);
    assert!(matches!(&heard[..], [ServerMessage::Welcome(_), left] if *left == gone(&second.peer)), "{heard:?}");
    // Who is new knew nobody.
    let (_, welcome) = world.join(hello("r"));
    assert_eq!(welcome.peers.len(), 1);
}

#[test]
fn a_kick_is_over_with_the_token_it_revoked() {
    let mut world = World::new(config());
    let (_, first) = world.join(hello("r"));
    let (_, second) = world.join(hello("r"));
    world.kick(&peer_kick("r", &second.peer));
    world.pass(config().token_lifetime);
    // Neither is good any more, each for its own reason.
    assert_eq!(world.refused(back("r", &first.resume)), (ErrorCode::BadResume, CloseCode::BadResume));
    assert_eq!(world.refused(back("r", &second.resume)), (ErrorCode::BadResume, CloseCode::BadResume));
}

#[test]
fn a_room_is_cleared() {
    let mut world = World::new(config());
    let (a, first) = world.join(hello("r"));
    let (b, second) = world.join(hello("r"));
    let (c, _) = world.join(hello("q"));
    world.commands.clear();
    assert_eq!(world.kick(&Kick::Room { room: RoomId::new("r").unwrap() }), 2);
    // Whichever is first, the other hears of it, or is gone too.
    for conn in [a, b] {
        assert_eq!(world.commands_for(conn).last(), Some(&Command::Close(CloseCode::Kicked)));
    }
    assert_eq!(world.heard(c), []);
    assert_eq!(world.hub.room_count(), 1);
    assert_eq!([&first, &second].map(|gone| world.refused(back("r", &gone.resume))), [REFUSED; 2]);
}

#[test]
fn nobody_is_let_in_without_an_access_token_for_this_room() {
    let mut world = guarded();
    assert_eq!(world.refused(hello("r")), REFUSED);
    let other_room = Hello { room: RoomId::new("q").unwrap(), ..with_token(&world, "r", "ada") };
    assert_eq!(world.refused(other_room), REFUSED);
    let junk = Hello { token: Some(Token::new("junk").unwrap()), ..hello("r") };
    assert_eq!(world.refused(junk), REFUSED);
    world.join(with_token(&world, "r", "ada"));
    let late = with_token(&world, "r", "ada");
    world.pass(Duration::from_secs(60));
    assert_eq!(world.refused(late), REFUSED);
    // A server that asks for none lets in who has one.
    let mut open = World::new(config());
    open.join(with_token(&open, "r", "ada"));
}

#[test]
fn who_was_let_in_comes_back_when_its_access_token_has_expired() {
    let mut world = guarded();
    let hello = with_token(&world, "r", "ada");
    let (conn, welcome) = world.join(hello.clone());
    world.pass(Duration::from_secs(3600));
    world.lose(conn);
    let (_, again) = world.join(Hello { resume: Some(welcome.resume.clone()), ..hello.clone() });
    assert_eq!(again.peer, welcome.peer);
    // But not without it, and no token of another room or time makes it good.
    assert_eq!(world.refused(back("r", &welcome.resume)), REFUSED);
    let forged = Hello { resume: Some(Token::new("junk").unwrap()), ..hello };
    assert_eq!(world.refused(forged), (ErrorCode::BadResume, CloseCode::BadResume));
}

#[test]
fn a_kicked_peer_does_not_come_in_by_the_same_access_token() {
    let mut world = guarded();
    let hello = with_token(&world, "r", "ada");
    let (_, welcome) = world.join(hello.clone());
    world.kick(&peer_kick("r", &welcome.peer));
    assert_eq!(world.refused(hello.clone()), REFUSED);
    assert_eq!(world.refused(Hello { resume: Some(welcome.resume.clone()), ..hello }), REFUSED);
    // The application may give it another; the id is gone for good.
    world.pass(Duration::from_secs(1));
    let another = with_token(&world, "r", "ada");
    assert_eq!(world.refused(Hello { resume: Some(welcome.resume.clone()), ..another.clone() }), REFUSED);
    let (_, again) = world.join(another);
    assert_ne!(again.peer, welcome.peer);
}

#[test]
fn a_subject_is_kicked_out_of_all_rooms_with_all_tokens_it_had_by_then() {
    let mut world = guarded();
    let unused = with_token(&world, "s", "ada");
    let (a, _) = world.join(with_token(&world, "r", "ada"));
    let (b, _) = world.join(with_token(&world, "q", "ada"));
    let (c, _) = world.join(with_token(&world, "q", "bob"));
    world.commands.clear();
    assert_eq!(world.kick(&Kick::Subject { subject: "ada".to_owned() }), 2);
    for conn in [a, b] {
        assert_eq!(world.commands_for(conn), [Command::Close(CloseCode::Kicked)]);
    }
    assert!(matches!(&world.heard(c)[..], [ServerMessage::PeerLeft { reason: LeaveReason::Kicked, .. }]));
    assert_eq!(world.refused(unused), REFUSED);
    let undated = Access::new(&RoomId::new("r").unwrap(), seconds(&world) + 60);
    let undated = Access { subject: Some("ada".to_owned()), ..undated };
    assert_eq!(world.refused(Hello { token: undated.sign(&access_key()), ..hello("r") }), REFUSED);
    world.pass(Duration::from_secs(1));
    world.join(with_token(&world, "r", "ada"));
}

#[test]
fn what_was_revoked_is_handed_out_once_and_taken_by_the_next_process() {
    let mut world = guarded();
    let hello = with_token(&world, "r", "ada");
    let (_, welcome) = world.join(hello.clone());
    world.kick(&peer_kick("r", &welcome.peer));
    let revoked = world.hub.take_revoked();
    assert!(!revoked.is_empty());
    assert_eq!(world.hub.take_revoked(), []);

    let mut next = guarded();
    revoked.into_iter().for_each(|revocation| next.hub.handle_revoked(revocation));
    assert_eq!(next.refused(hello), REFUSED);
    assert_eq!(next.hub.take_revoked(), []);
}

#[test]
fn a_view_shows_who_is_where() {
    let mut world = guarded();
    let (conn, welcome) = world.join(with_token(&world, "r", "ada"));
    world.lose(conn);
    let view = world.hub.view();
    assert_eq!(view.len(), 1);
    assert_eq!((view[0].room.as_str(), view[0].peers.len()), ("r", 1));
    let peer = &view[0].peers[0];
    let seen = (peer.peer.as_str(), peer.subject.as_deref(), peer.suspended);
    assert_eq!(seen, (welcome.peer.as_str(), Some("ada"), true));
}

#[test]
fn what_else_closes_a_kicked_socket_changes_nothing() {
    let mut world = World::new(config());
    let (a, _) = world.join(hello("r"));
    let (b, second) = world.join(hello("r"));
    world.kick(&peer_kick("r", &second.peer));
    world.commands.clear();
    let commands = world.hub.handle_fault(b, Fault::TooSlow, world.now);
    assert_eq!(commands, []);
    world.lose(b);
    assert_eq!((world.heard(a), world.kick(&peer_kick("r", &second.peer))), (vec![], 0));
}
