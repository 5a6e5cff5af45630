//! The end of a link.

use super::super::*;
use super::pair::{A, B, Pair, config};
use super::recovering::reason;
use crate::state::ConnectionState;

fn close(pair: &mut Pair, which: usize, reason: CloseReason) {
    let now = pair.now;
    pair.link(which).close(reason, now);
    pair.run();
}

#[test]
fn a_hang_up_ends_both_sides_at_once() {
    let mut pair = Pair::connected();
    pair.actions(A);
    close(&mut pair, A, CloseReason::HungUp);
    assert_eq!(pair.state(A), LinkState::Closed { reason: CloseReason::HungUp });
    assert_eq!(pair.state(B), LinkState::Closed { reason: CloseReason::RemoteHungUp });
    assert_eq!(pair.actions(A), ["close 1"]);
    for (which, reason) in [(A, CloseReason::HungUp), (B, CloseReason::RemoteHungUp)] {
        let events = pair.events(which);
        let last = &events[events.len() - 2..];
        let changed = LinkEvent::StateChanged(LinkState::Closed { reason });
        assert_eq!(last, [changed, LinkEvent::Closed(reason)]);
    }
    assert!(pair.link(A).is_drained() && pair.link(B).is_drained());
    pair.said(A);
    pair.pass_ms(60_000);
    assert_eq!([pair.link(A).poll_timeout(), pair.link(B).poll_timeout()], [None; 2]);
    assert_eq!(pair.said(A), []);
}

#[test]
fn the_reason_of_the_other_side_is_told() {
    for (said, told) in [
        (CloseReason::Declined, CloseReason::Declined),
        (CloseReason::Kicked, CloseReason::Kicked),
        (CloseReason::Protocol, CloseReason::Protocol),
        (CloseReason::PeerGone, CloseReason::RemoteHungUp),
        (CloseReason::Unknown, CloseReason::RemoteHungUp),
    ] {
        let mut pair = Pair::connected();
        close(&mut pair, B, said);
        assert_eq!(pair.state(A), LinkState::Closed { reason: told });
    }
}

#[test]
fn a_goodbye_does_not_wait_for_what_was_said_before() {
    let mut pair = Pair::connected();
    pair.sides[A].mute = true;
    let now = pair.now;
    pair.link(A).set_sources(Sources(vec![Source::default()]), now);
    pair.run();
    pair.sides[A].mute = false;
    close(&mut pair, A, CloseReason::HungUp);
    assert_eq!(pair.state(B), LinkState::Closed { reason: CloseReason::RemoteHungUp });
}

#[test]
fn a_goodbye_is_said_again_until_it_is_heard_or_its_time_is_over() {
    let mut pair = Pair::connected();
    pair.sides[A].mute = true;
    pair.said(A);
    close(&mut pair, A, CloseReason::HungUp);
    assert!(!pair.link(A).is_drained());
    pair.pass_ms(9_999);
    let said = pair.said(A);
    assert_eq!(said.len(), 5);
    assert!(said.iter().all(|body| matches!(body, Body::Bye { .. })));
    assert!(!pair.link(A).is_drained());
    pair.pass_ms(1);
    assert!(pair.link(A).is_drained());
    assert_eq!(pair.link(A).poll_timeout(), None);
    assert_eq!(reason(pair.state(B)), Some(Trouble::Silent), "who heard none waits for more");
}

#[test]
fn a_goodbye_that_comes_again_is_acknowledged_again() {
    let mut pair = Pair::connected();
    pair.sides[B].mute = true;
    close(&mut pair, A, CloseReason::HungUp);
    assert!(!pair.link(A).is_drained());
    assert!(pair.link(B).is_drained());
    pair.sides[B].mute = false;
    pair.pass_ms(500);
    assert!(pair.link(A).is_drained());
}

#[test]
fn two_goodbyes_that_cross_are_enough() {
    let mut pair = Pair::connected();
    let now = pair.now;
    pair.link(A).close(CloseReason::HungUp, now);
    pair.link(B).close(CloseReason::HungUp, now);
    pair.run();
    let closed = LinkState::Closed { reason: CloseReason::HungUp };
    assert_eq!([pair.state(A), pair.state(B)], [closed; 2]);
    pair.pass_ms(100);
    assert!(pair.link(A).is_drained() && pair.link(B).is_drained());
}

#[test]
fn a_closed_link_stays_closed() {
    let mut pair = Pair::connected();
    close(&mut pair, A, CloseReason::HungUp);
    pair.events(A);
    pair.actions(A);
    let now = pair.now;
    let link = pair.link(A);
    link.connect(now);
    link.reconnect(now);
    link.close(CloseReason::Declined, now);
    link.set_need(Need::new(1, 1), now);
    link.set_sources(Sources(vec![Source::default()]), now);
    link.handle_presence(Presence::Gone, now);
    link.handle_carrier(Carrier::Down, now);
    link.handle_carrier(Carrier::Up, now);
    link.handle_browser(Epoch(1), BrowserEvent::ConnectionState(ConnectionState::Failed), now);
    pair.pass_ms(60_000);
    assert_eq!(pair.state(A), LinkState::Closed { reason: CloseReason::HungUp });
    assert_eq!((pair.events(A), pair.actions(A)), (vec![], vec![]));
}

#[test]
fn a_link_nobody_was_told_of_is_closed_without_a_word() {
    let mut pair = Pair::new();
    close(&mut pair, A, CloseReason::HungUp);
    assert!(pair.link(A).is_drained());
    assert_eq!(pair.said(A), []);
}

#[test]
fn messages_of_others_do_nothing_to_a_closed_link() {
    let mut pair = Pair::connected();
    pair.sides[A].mute = true;
    close(&mut pair, A, CloseReason::HungUp);
    let bye = |from: &str, to: &str| LinkMessage {
        from: Incarnation::new(from).unwrap(),
        to: Some(Incarnation::new(to).unwrap()),
        epoch: Epoch(1),
        base: 1,
        number: None,
        ack: 1,
        wanted: true,
        body: Body::Bye { reason: CloseReason::HungUp },
    };
    let now = pair.now;
    pair.link(A).handle_message(bye("c", "a"), now);
    pair.link(A).handle_message(bye("b", "x"), now);
    assert!(!pair.link(A).is_drained());
    pair.link(A).handle_message(bye("b", "a"), now);
    assert!(pair.link(A).is_drained());
}

#[test]
fn which_messages_are_for_a_link() {
    let mut pair = Pair::connected();
    let message = |from: &str, to: Option<&str>| LinkMessage {
        from: Incarnation::new(from).unwrap(),
        to: to.map(|to| Incarnation::new(to).unwrap()),
        epoch: Epoch(1),
        base: 1,
        number: None,
        ack: 0,
        wanted: true,
        body: Body::Ack,
    };
    let link = pair.link(A);
    assert!(link.is_for(&message("x", Some("a"))) && link.is_for(&message("b", None)));
    assert!(!link.is_for(&message("b", Some("x"))) && !link.is_for(&message("x", None)));
}

#[test]
fn a_side_that_is_gone_ends_a_link_that_is_not_connected() {
    let mut pair = Pair::new();
    let now = pair.now;
    pair.link(A).connect(now);
    pair.link(A).handle_presence(Presence::Gone, now);
    assert_eq!(pair.state(A), LinkState::Closed { reason: CloseReason::PeerGone });
    assert!(pair.link(A).is_drained());
}

#[test]
fn a_side_that_is_gone_for_the_server_does_not_end_a_live_link_until_there_is_trouble() {
    let mut pair = Pair::connected();
    let now = pair.now;
    pair.link(A).handle_presence(Presence::Gone, now);
    pair.browser(A, BrowserEvent::ConnectionState(ConnectionState::Disconnected));
    let now = pair.now;
    pair.link(A).handle_presence(Presence::Gone, now);
    pair.browser(A, BrowserEvent::ConnectionState(ConnectionState::Connected));
    pair.pass_ms(60_000);
    assert_eq!(pair.state(A), LinkState::Connected);
    pair.browser(A, BrowserEvent::InternalChannel(InternalChannel::Closed));
    pair.run();
    assert_eq!(pair.state(A), LinkState::Closed { reason: CloseReason::PeerGone });
}

#[test]
fn two_sides_that_both_offer_end_with_a_reason() {
    let fixed = |name, role| LinkConfig { role: RoleRule::Fixed(role), ..config(name) };
    let mut pair = Pair::with(fixed("a", Role::Offerer), fixed("b", Role::Offerer));
    let now = pair.now;
    pair.link(A).connect(now);
    pair.link(B).connect(now);
    pair.run();
    let closed = LinkState::Closed { reason: CloseReason::Protocol };
    assert_eq!([pair.state(A), pair.state(B)], [closed; 2]);
}

/// A message that was long on its way, of a side that is no more.
fn leftover(to: Option<&str>) -> LinkMessage {
    LinkMessage {
        from: Incarnation::new("gone").unwrap(),
        to: to.map(|to| Incarnation::new(to).unwrap()),
        epoch: Epoch::NONE,
        base: 1,
        number: None,
        ack: 0,
        wanted: true,
        body: Body::Sync(Sync::default()),
    }
}

#[test]
fn a_person_who_asks_for_another_connection_to_who_is_gone_keeps_the_one_there_is() {
    let mut pair = Pair::connected();
    let now = pair.now;
    pair.link(A).handle_presence(Presence::Gone, now);
    pair.link(A).reconnect(now);
    pair.pass_ms(1_000);
    assert_eq!(pair.state(A), LinkState::Connected);
    pair.browser(A, BrowserEvent::ConnectionState(ConnectionState::Failed));
    pair.run();
    assert_eq!(pair.state(A), LinkState::Closed { reason: CloseReason::PeerGone });
}

#[test]
fn a_link_made_by_a_leftover_ends_when_nobody_confirms_it() {
    let mut pair = Pair::new();
    let now = pair.now;
    pair.sides[A].mute = true;
    pair.link(A).handle_message(leftover(None), now);
    pair.pass_ms(9_999);
    assert!(matches!(pair.state(A), LinkState::Connecting { .. }));
    pair.pass_ms(1);
    assert_eq!(pair.state(A), LinkState::Closed { reason: CloseReason::PeerGone });
    assert!(!pair.said(A).iter().any(|body| matches!(body, Body::Bye { .. })));
}

#[test]
fn two_links_made_by_leftovers_of_each_other_are_not_a_call() {
    let mut pair = Pair::new();
    let now = pair.now;
    pair.link(A).handle_message(leftover(Some("before")), now);
    pair.link(B).handle_message(leftover(Some("before")), now);
    pair.pass_ms(16_000);
    assert_eq!([pair.state(A), pair.state(B)], [LinkState::Closed { reason: CloseReason::PeerGone }; 2]);
    assert!(pair.actions(B).iter().all(|action| !action.starts_with("local")));
}

#[test]
fn a_link_made_by_a_side_that_wants_it_is_wanted() {
    let mut pair = Pair::new();
    let now = pair.now;
    pair.link(A).connect(now);
    pair.run();
    pair.up();
    assert_eq!([pair.state(A), pair.state(B)], [LinkState::Connected; 2]);
    assert!(pair.sides[B].sent.last().unwrap().wanted);
}
