//! Trouble, and the way out of it.

use super::super::*;
use super::pair::{A, B, Pair};
use crate::state::ConnectionState;

const DISCONNECTED: BrowserEvent = BrowserEvent::ConnectionState(ConnectionState::Disconnected);
const CONNECTED: BrowserEvent = BrowserEvent::ConnectionState(ConnectionState::Connected);
pub(super) const FAILED: BrowserEvent = BrowserEvent::ConnectionState(ConnectionState::Failed);
const CLOSED: BrowserEvent = BrowserEvent::InternalChannel(InternalChannel::Closed);

/// Connected for so long that the next loss starts anew.
pub(super) fn stable() -> Pair {
    stable_of(Pair::new())
}

/// The same of this pair.
pub(super) fn stable_of(mut pair: Pair) -> Pair {
    pair.connect();
    pair.pass_ms(20_000);
    for which in [A, B] {
        pair.actions(which);
        pair.events(which);
        pair.said(which);
    }
    pair
}

pub(super) fn reason(state: LinkState) -> Option<Trouble> {
    match state {
        LinkState::Reconnecting { reason, .. } | LinkState::Failed { reason } => Some(reason),
        _ => None,
    }
}

/// The first new connection is on its way.
pub(super) const fn rebuilding(reason: Trouble) -> LinkState {
    LinkState::Reconnecting { step: Step::Rebuild, attempt: 1, reason, next: None }
}

#[test]
fn both_signs_are_needed_to_be_connected() {
    let mut pair = Pair::new();
    let now = pair.now;
    pair.link(A).connect(now);
    pair.link(B).connect(now);
    pair.run();
    pair.browser(A, CONNECTED);
    pair.browser(B, BrowserEvent::InternalChannel(InternalChannel::Open));
    pair.run();
    let connecting = LinkState::Connecting { attempt: 1 };
    assert_eq!([pair.state(A), pair.state(B)], [connecting; 2]);
}

#[test]
fn a_failed_connection_that_held_is_replaced_at_once_and_kept_until_the_next_is_up() {
    let mut pair = stable();
    pair.browser(A, FAILED);
    pair.run();
    assert_eq!(pair.actions(A), ["open 2 Offerer", "local 2 offer", "remote 2 answer"]);
    assert_eq!(pair.actions(B), ["open 2 Answerer", "remote 2 offer", "local 2 answer"]);
    assert_eq!(pair.state(A), rebuilding(Trouble::ConnectionFailed));
    assert_eq!(pair.state(B), rebuilding(Trouble::RemoteAsked));
    pair.up();
    assert_eq!([pair.actions(A), pair.actions(B)], [["close 1"], ["close 1"]]);
    assert_eq!([pair.state(A), pair.state(B)], [LinkState::Connected; 2]);
}

#[test]
fn the_answerer_asks_for_a_new_connection() {
    let mut pair = stable();
    pair.browser(B, CLOSED);
    pair.run();
    assert_eq!(pair.said(B)[0], Body::Rebuild { reason: Trouble::ChannelClosed });
    assert_eq!(pair.link(A).epoch(), Epoch(2));
    assert_eq!(reason(pair.state(A)), Some(Trouble::ChannelClosed));
    assert_eq!(reason(pair.state(B)), Some(Trouble::ChannelClosed));
    pair.up();
}

#[test]
fn both_sides_failing_at_once_make_one_new_connection() {
    let mut pair = stable();
    let now = pair.now;
    for which in [A, B] {
        pair.link(which).handle_browser(Epoch(1), FAILED, now);
        pair.link(which).handle_browser(Epoch(1), CLOSED, now);
    }
    pair.run();
    assert_eq!(pair.link(A).epoch(), Epoch(2));
    let troubles = pair.events(A).iter().filter(|event| matches!(event, LinkEvent::Trouble { .. })).count();
    assert_eq!(troubles, 1);
    assert_eq!(pair.link(A).counters().old_epoch, 1);
}

#[test]
fn an_unknown_state_is_no_state() {
    let mut pair = stable();
    pair.browser(A, BrowserEvent::ConnectionState(ConnectionState::Unknown));
    pair.pass_ms(60_000);
    assert_eq!((pair.state(A), pair.link(A).epoch()), (LinkState::Connected, Epoch(1)));
}

#[test]
fn a_connection_that_checks_new_candidates_is_still_connected() {
    let mut pair = stable();
    let connecting = BrowserEvent::ConnectionState(ConnectionState::Connecting);
    pair.browser(A, connecting.clone());
    pair.run();
    assert_eq!(pair.state(A), LinkState::Connected);
    // One that was lost is not back before it says so.
    pair.browser(A, DISCONNECTED);
    pair.browser(A, connecting);
    pair.run();
    assert_eq!(reason(pair.state(A)), Some(Trouble::Disconnected));
}

#[test]
fn an_action_that_fails_is_trouble_with_the_browsers_words() {
    let mut pair = stable();
    pair.browser(A, BrowserEvent::ActionFailed { action: Action::SetRemoteDescription, error: "no".to_owned() });
    pair.run();
    let trouble = LinkEvent::Trouble { epoch: Epoch(1), reason: Trouble::ActionFailed, detail: Some("no".to_owned()) };
    assert_eq!(pair.events(A)[0], trouble);
    assert_eq!(pair.link(A).epoch(), Epoch(2));
}

#[test]
fn a_third_connection_closes_the_second_and_not_the_one_that_was_up() {
    let mut pair = stable();
    pair.browser(A, FAILED);
    pair.run();
    pair.actions(A);
    pair.browser(A, FAILED);
    pair.pass_ms(1_000);
    assert_eq!(pair.actions(A), ["close 2", "open 3 Offerer", "local 3 offer", "remote 3 answer"]);
    pair.up();
    assert_eq!(pair.actions(A), ["close 1"]);
}

#[test]
fn a_person_gets_a_new_connection_from_either_side() {
    for which in [A, B] {
        let mut pair = stable();
        let now = pair.now;
        pair.link(which).reconnect(now);
        pair.run();
        assert_eq!(pair.link(A).epoch(), Epoch(2));
        assert_eq!(reason(pair.state(which)), Some(Trouble::Requested));
        pair.up();
    }
}

#[test]
fn what_a_connection_that_was_given_up_says_while_the_next_is_asked_for_is_no_new_trouble() {
    let mut pair = Pair::new();
    let now = pair.now;
    pair.link(A).connect(now);
    pair.link(B).connect(now);
    pair.run();
    pair.sides[A].mute = true;
    pair.pass_ms(16_000);
    let second = LinkState::Connecting { attempt: 2 };
    assert_eq!(
        (pair.state(B), pair.said(B).last()),
        (second, Some(&Body::Rebuild { reason: Trouble::ConnectTimeout }))
    );
    pair.events(B);
    pair.browser(B, FAILED);
    pair.run();
    assert_eq!((pair.state(B), pair.events(B)), (second, vec![]));
}

#[test]
fn a_link_that_is_asked_for_twice_is_asked_for_once() {
    let mut pair = stable();
    let now = pair.now;
    pair.link(A).connect(now);
    pair.run();
    assert_eq!((pair.events(A), pair.actions(A)), (vec![], vec![]));
}

#[test]
fn reconnect_on_a_new_link_connects() {
    let mut pair = Pair::new();
    let now = pair.now;
    pair.link(A).reconnect(now);
    pair.run();
    pair.up();
    assert_eq!([pair.state(A), pair.state(B)], [LinkState::Connected; 2]);
}

#[test]
fn more_than_can_be_kept_is_a_new_connection() {
    let mut pair = stable();
    pair.sides[A].mute = true;
    // Each fills a message of its own, because the one before is on its way or full.
    for _ in 0..300 {
        for _ in 0..MAX_CANDIDATES {
            let now = pair.now;
            let epoch = pair.link(A).epoch();
            pair.link(A).handle_browser(epoch, BrowserEvent::Candidate(None), now);
        }
        pair.run();
    }
    assert_eq!(pair.link(A).counters().overflow, 1);
    assert_eq!(pair.link(A).epoch(), Epoch(2));
    assert!(pair.events(A).iter().any(|event| matches!(event, LinkEvent::Trouble { reason: Trouble::Overflow, .. })));
}

#[test]
fn time_that_goes_back_changes_nothing() {
    let mut pair = stable();
    pair.link(A).handle_timeout(Instant::from_millis(0));
    pair.browser(A, FAILED);
    pair.run();
    assert_eq!(pair.link(A).epoch(), Epoch(2));
}
