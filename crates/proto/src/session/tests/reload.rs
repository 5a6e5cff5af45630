//! A page that is loaded anew, and is the same peer again; and those that must not be.

use super::*;

const RELOAD: Option<Duration> = Some(Duration::from_secs(10));

fn kept() -> Identity {
    Identity::read("me old-token").unwrap()
}

/// A page that is loaded in the place of `me`.
fn loaded_anew() -> World {
    World::with(|config| config.with_reload(RELOAD, Some(kept())))
}

fn resume(world: &World) -> Option<&str> {
    world.hello().resume.as_ref().map(Token::as_str)
}

fn claim(world: &mut World, claim: Claim) {
    world.session.handle_claim(claim, world.now);
    world.drain();
}

#[test]
fn it_says_nothing_before_it_has_claimed_its_id_and_is_then_the_same_peer() {
    let mut world = loaded_anew();
    assert_eq!((world.socket, world.stored.as_slice()), (None, [Output::Claim].as_slice()));
    assert_eq!(world.session.state(), SessionState::Connecting { attempt: 1 });
    assert_eq!(world.session.peer_id(), Some(&id("me")));
    for change in [NetworkChange::Online, NetworkChange::PageHide, NetworkChange::PageShow] {
        world.network(change);
    }
    world.session.reconnect(world.now);
    world.drain();
    assert_eq!(world.socket, None);

    claim(&mut world, Claim::Held);
    world.open();
    assert_eq!((resume(&world), world.hello().reload), (Some("old-token"), RELOAD));
    world.hear(welcome("me", &[]));
    assert_eq!(world.events(), [SessionEvent::Joined { peer: id("me"), fresh: false }]);
    assert_eq!(world.stored, [Output::Claim, Output::Keep]);
    assert_eq!(world.session.identity().as_deref(), Some("me token of me"));
}

#[test]
fn a_duplicate_of_a_page_that_lives_is_somebody_new_at_once_or_after_a_second() {
    for waits in [false, true] {
        let mut world = loaded_anew();
        if waits {
            world.pass(CLAIM - ms(1));
            assert_eq!(world.socket, None);
            world.pass(ms(1));
        } else {
            claim(&mut world, Claim::Refused);
        }
        world.open();
        assert_eq!(resume(&world), None);
        world.hear(welcome("you", &["me"]));
        assert_eq!(world.session.peer_id(), Some(&id("you")));
        assert_eq!(world.stored, [Output::Claim, Output::Claim, Output::Keep], "an identity of its own");
        // The answer that was too late.
        claim(&mut world, Claim::Held);
        assert_eq!((world.generation, world.session.peer_id()), (1, Some(&id("you"))));
    }
}

#[test]
fn a_token_that_is_good_no_more_makes_it_somebody_new() {
    let mut world = loaded_anew();
    claim(&mut world, Claim::Held);
    world.open();
    world.hear(ServerMessage::Error(error(ErrorCode::BadResume, true, None)));
    world.open();
    assert_eq!(resume(&world), None);
    world.hear(welcome("you", &[]));
    assert_eq!(world.events(), [SessionEvent::Joined { peer: id("you"), fresh: true }]);
    assert_eq!(world.stored, [Output::Claim, Output::Claim, Output::Keep]);
    assert_eq!(world.session.identity().as_deref(), Some("you token of you"));
}

#[test]
fn the_newest_token_is_the_one_that_is_kept() {
    let mut world = World::with(|config| config.with_reload(RELOAD, None));
    world.open();
    world.hear(welcome("me", &[]));
    assert_eq!(world.stored, [Output::Claim, Output::Keep]);
    world.hear(PONG);
    assert_eq!(world.stored.len(), 2);
    world.hear(ServerMessage::Pong { resume: Token::new("newer").ok() });
    assert_eq!((world.stored.len(), world.session.identity().as_deref()), (3, Some("me newer")));
}

#[test]
fn a_page_that_goes_says_no_leave_and_one_that_is_left_forgets_who_it_was() {
    let mut world = World::with(|config| config.with_reload(RELOAD, None));
    world.open();
    world.hear(welcome("me", &[]));
    world.session.handle_page_gone();
    world.drain();
    assert_eq!((world.session.state(), world.socket.is_some()), (SessionState::Joined, true));
    world.session.close();
    world.drain();
    assert_eq!(world.stored, [Output::Claim, Output::Keep, Output::Forget]);
    assert_eq!(world.sent.last(), Some(&ClientMessage::Leave));
}

#[test]
fn without_the_option_nothing_is_kept_and_a_page_that_goes_leaves() {
    let mut world = World::joined(&[]);
    world.hear(ServerMessage::Pong { resume: Token::new("newer").ok() });
    assert_eq!(world.hello().reload, None);
    world.session.handle_page_gone();
    world.drain();
    assert_eq!((world.session.state(), world.stored.len()), (SessionState::Closed, 0));
    assert_eq!(world.sent.last(), Some(&ClientMessage::Leave));
}
