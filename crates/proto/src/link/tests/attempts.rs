//! Deadlines, delays and attempts, and what they wait for.

use core::time::Duration;

use super::super::*;
use super::pair::{A, B, Pair, config};
use super::recovering::{FAILED, reason, rebuilding, stable};
use crate::backoff::BackoffConfig;

#[test]
fn a_connection_that_did_not_hold_is_replaced_after_a_delay_and_counts() {
    let mut pair = Pair::connected();
    pair.pass_ms(5_000);
    pair.browser(A, FAILED);
    pair.run();
    let LinkState::Reconnecting { attempt: 2, next: Some(_), .. } = pair.state(A) else {
        panic!("{:?}", pair.state(A))
    };
    pair.pass_ms(500);
    pair.up();
    // The second one holds, and the count starts over.
    pair.pass_ms(10_000);
    pair.browser(A, FAILED);
    pair.run();
    assert_eq!(pair.state(A), rebuilding(Trouble::ConnectionFailed));
}

#[test]
fn the_attempts_are_used_up_and_a_person_can_ask_for_more() {
    let mut pair = Pair::new();
    let now = pair.now;
    pair.link(A).connect(now);
    pair.link(B).connect(now);
    pair.run();
    pair.sides[B].mute = true;
    pair.pass_ms(300_000);
    assert_eq!(pair.state(A), LinkState::Failed { reason: Trouble::ConnectTimeout });
    let attempts = pair.actions(A).iter().filter(|action| action.starts_with("open")).count();
    assert_eq!(attempts, 4);
    assert_eq!(pair.link(A).poll_timeout(), None);
    let now = pair.now;
    pair.link(A).reconnect(now);
    pair.run();
    assert_eq!(pair.state(A), LinkState::Connecting { attempt: 1 });
}

#[test]
fn a_connection_that_is_not_back_in_time_is_given_up() {
    let recovery = RecoveryConfig::new().with_max_elapsed(Some(Duration::from_secs(30)));
    let mut pair = Pair::with(LinkConfig { recovery, ..config("a") }, LinkConfig { recovery, ..config("b") });
    pair.connect();
    pair.pass_ms(20_000);
    pair.browser(A, FAILED);
    // Tries of 10 and 15 s, and up to 1 s between them.
    pair.pass_ms(27_500);
    assert!(matches!(pair.state(A), LinkState::Reconnecting { .. }), "{:?}", pair.state(A));
    pair.pass_ms(40_000);
    assert_eq!(pair.state(A), LinkState::Failed { reason: Trouble::ConnectTimeout });
}

#[test]
fn a_link_without_attempts_left_closes_its_connections() {
    let mut pair = stable();
    pair.sides[A].mute = true;
    pair.browser(A, FAILED);
    pair.pass_ms(300_000);
    assert_eq!(pair.state(A), LinkState::Failed { reason: Trouble::ConnectTimeout });
    let actions = pair.actions(A);
    assert_eq!(actions.last().map(String::as_str), Some("close 5"));
    assert!(actions.contains(&"close 1".to_owned()));
}

#[test]
fn the_attempts_of_the_other_side_are_served_by_a_side_that_has_none_left() {
    let patient = RecoveryConfig::new().with_backoff(BackoffConfig::new().with_max(Duration::from_secs(1)));
    let hasty = RecoveryConfig::new().with_backoff(BackoffConfig::new().with_max_attempts(Some(1)));
    for (a, b) in [(hasty, patient), (patient, hasty)] {
        let mut pair = Pair::with(LinkConfig { recovery: a, ..config("a") }, LinkConfig { recovery: b, ..config("b") });
        let now = pair.now;
        pair.link(A).connect(now);
        pair.link(B).connect(now);
        pair.run();
        let which = if a == hasty { A } else { B };
        pair.browser(which, FAILED);
        pair.run();
        assert_eq!(pair.state(which), LinkState::Failed { reason: Trouble::ConnectionFailed });
        pair.pass_ms(16_000);
        let epoch = pair.link(A).epoch();
        assert!(epoch >= Epoch(2), "{epoch}");
        pair.up();
        assert_eq!([pair.state(A), pair.state(B)], [LinkState::Connected; 2]);
    }
}

#[test]
fn a_person_on_the_other_side_does_not_wait_for_our_backoff_but_cannot_hurry_us_without_end() {
    let slow = RecoveryConfig::new()
        .with_backoff(BackoffConfig::new().with_initial(Duration::from_secs(1000)).with_max(Duration::from_secs(1000)));
    let mut pair = Pair::with(LinkConfig { recovery: slow, ..config("a") }, config("b"));
    pair.connect();
    pair.browser(A, FAILED);
    pair.run();
    let ask = |pair: &mut Pair| {
        let now = pair.now;
        pair.link(B).reconnect(now);
        pair.run();
        pair.link(A).epoch()
    };
    assert_eq!(ask(&mut pair), Epoch(1));
    pair.pass_ms(999);
    assert_eq!(pair.link(A).epoch(), Epoch(1));
    pair.pass_ms(1);
    assert_eq!(pair.link(A).epoch(), Epoch(2));
    pair.browser(A, FAILED);
    pair.pass_ms(5_000);
    assert_eq!(ask(&mut pair), Epoch(3));
    // Only a person can: the other side's own attempts wait for ours.
    pair.browser(A, FAILED);
    pair.run();
    pair.browser(B, FAILED);
    pair.pass_ms(60_000);
    assert_eq!(pair.link(A).epoch(), Epoch(3));
}

#[test]
fn a_round_that_does_not_end_is_trouble_on_a_live_connection() {
    let mut pair = stable();
    pair.sides[B].manual = true;
    pair.browser(A, BrowserEvent::NegotiationNeeded);
    pair.pass_ms(9_999);
    assert_eq!(pair.state(A), LinkState::Connected);
    pair.pass_ms(1);
    assert_eq!(reason(pair.state(A)), Some(Trouble::NegotiationTimeout));
}

#[test]
fn a_round_that_ends_in_time_is_no_trouble() {
    let mut pair = stable();
    pair.browser(A, BrowserEvent::NegotiationNeeded);
    pair.pass_ms(60_000);
    assert_eq!(pair.state(A), LinkState::Connected);
}

#[test]
fn deadlines_stand_still_while_the_other_side_cannot_be_reached() {
    let mut pair = Pair::new();
    let now = pair.now;
    pair.link(A).connect(now);
    pair.link(B).connect(now);
    pair.pass_ms(9_000);
    let now = pair.now;
    pair.link(A).handle_presence(Presence::Suspended, now);
    pair.link(B).handle_carrier(Carrier::Down, now);
    pair.pass_ms(100_000);
    assert_eq!(pair.state(A), LinkState::Connecting { attempt: 1 });
    let now = pair.now;
    pair.link(A).handle_presence(Presence::Present, now);
    pair.pass_ms(999);
    assert_eq!(pair.state(A), LinkState::Connecting { attempt: 1 });
    pair.pass_ms(1);
    assert_eq!(pair.state(A), LinkState::Connecting { attempt: 2 });
}

#[test]
fn a_round_waits_for_the_carrier_too() {
    let mut pair = stable();
    let now = pair.now;
    pair.link(A).handle_carrier(Carrier::Down, now);
    pair.browser(A, BrowserEvent::NegotiationNeeded);
    pair.pass_ms(100_000);
    assert_eq!(pair.state(A), LinkState::Connected);
    let now = pair.now;
    pair.link(A).handle_carrier(Carrier::Up, now);
    pair.pass_ms(1_000);
    assert_eq!(pair.state(A), LinkState::Connected);
    assert_eq!(pair.actions(A), ["local 1 offer", "remote 1 answer"]);
}

#[test]
fn the_offerer_is_the_first_to_give_a_connection_up() {
    let mut pair = Pair::new();
    let now = pair.now;
    pair.link(A).connect(now);
    pair.link(B).connect(now);
    pair.pass_ms(50_000);
    assert_eq!(pair.link(A).epoch(), Epoch(4));
    // Every time, the answerer followed: it never had to ask, and both count the same.
    assert!(!pair.said(B).iter().any(|body| matches!(body, Body::Rebuild { .. })));
    assert_eq!([pair.state(A), pair.state(B)], [LinkState::Connecting { attempt: 4 }; 2]);
}

#[test]
fn an_answerer_that_gets_no_offer_asks_for_one_when_its_longer_deadline_is_over() {
    let mut pair = Pair::new();
    pair.sides[A].manual = true;
    let now = pair.now;
    pair.link(B).connect(now);
    pair.run();
    pair.sides[A].mute = true;
    pair.said(B);
    pair.pass_ms(14_999);
    assert_eq!(pair.state(B), LinkState::Connecting { attempt: 1 });
    pair.pass_ms(1);
    assert_eq!(pair.state(B), LinkState::Connecting { attempt: 2 });
    pair.pass_ms(500);
    assert_eq!(pair.said(B), [Body::Rebuild { reason: Trouble::ConnectTimeout }]);
    // It is not said twice while the first is not delivered.
    pair.sides[B].mute = true;
    pair.pass_ms(100_000);
    let numbers: Vec<_> = pair.sides[B].sent.iter().filter_map(|message| message.number).collect();
    assert!(numbers.len() > 2 && numbers.iter().all(|number| *number == numbers[0]), "{numbers:?}");
}
