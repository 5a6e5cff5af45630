//! A side that has lost its place with the carrier.

use core::time::Duration;

use super::super::*;
use super::pair::{A, B, Pair, config};
use super::recovering::{stable, stable_of};
use crate::relay::LeaveReason;
use crate::state::ConnectionState;

const DISCONNECTED: BrowserEvent = BrowserEvent::ConnectionState(ConnectionState::Disconnected);
const FAILED: BrowserEvent = BrowserEvent::ConnectionState(ConnectionState::Failed);
const GONE: LinkState = LinkState::Closed { reason: CloseReason::PeerGone };

fn presence(pair: &mut Pair, which: usize, presence: Presence) {
    let now = pair.now;
    pair.link(which).handle_presence(presence, now);
    pair.run();
}

/// Nothing gets from one to the other any more, and each hears that the other's place has expired.
fn cut(pair: &mut Pair) {
    for which in [A, B] {
        pair.sides[which].mute = true;
        pair.browser(which, FAILED);
        presence(pair, which, Presence::Expired);
    }
}

#[test]
fn who_comes_back_in_time_is_connected_with_again_over_the_same_link() {
    let mut pair = stable();
    let lives = [A, B].map(|which| pair.link(which).local().clone());
    cut(&mut pair);
    pair.pass_ms(119_000);
    assert!([A, B].iter().all(|which| matches!(pair.state(*which), LinkState::Reconnecting { .. })));
    for which in [A, B] {
        pair.sides[which].mute = false;
        presence(&mut pair, which, Presence::Present);
    }
    pair.pass_ms(1_000);
    pair.up();
    pair.pass_ms(300_000);
    assert_eq!([A, B].map(|which| pair.state(which)), [LinkState::Connected; 2]);
    assert_eq!([A, B].map(|which| pair.link(which).local().clone()), lives);
}

#[test]
fn who_does_not_come_back_is_gone_when_its_time_is_over() {
    let mut pair = stable();
    cut(&mut pair);
    // Told again, it does not count anew.
    pair.pass_ms(60_000);
    presence(&mut pair, A, Presence::Expired);
    pair.pass_ms(59_999);
    assert!(matches!(pair.state(A), LinkState::Reconnecting { .. }));
    pair.pass_ms(1);
    assert_eq!([A, B].map(|which| pair.state(which)), [GONE; 2]);
    assert!(pair.link(A).is_drained());
}

#[test]
fn a_connection_that_lives_needs_no_place_and_the_time_counts_from_its_end() {
    let mut pair = stable();
    presence(&mut pair, A, Presence::Expired);
    pair.pass_ms(600_000);
    assert_eq!(pair.state(A), LinkState::Connected);
    pair.sides[A].mute = true;
    pair.browser(A, DISCONNECTED);
    // The grace of a second is no absence yet.
    pair.pass_ms(120_999);
    assert!(matches!(pair.state(A), LinkState::Reconnecting { .. }));
    pair.pass_ms(1);
    assert_eq!(pair.state(A), GONE);
}

#[test]
fn the_time_stands_still_without_a_carrier_and_starts_over_after_a_sleep() {
    let mut pair = stable();
    cut(&mut pair);
    pair.pass_ms(100_000);
    let now = pair.now;
    pair.link(A).handle_carrier(Carrier::Down, now);
    pair.pass_ms(3_600_000);
    let now = pair.now;
    pair.link(A).handle_carrier(Carrier::Up, now);
    pair.pass_ms(19_999);
    assert!(matches!(pair.state(A), LinkState::Reconnecting { .. }));
    // An hour in which no timer fired.
    let due = pair.now + Duration::from_millis(1);
    assert_eq!(pair.link(A).poll_timeout(), Some(due));
    pair.now = due + Duration::from_secs(3_600);
    let now = pair.now;
    pair.link(A).handle_timeout(now);
    pair.run();
    pair.pass_ms(119_999);
    assert!(matches!(pair.state(A), LinkState::Reconnecting { .. }));
    pair.pass_ms(1);
    assert_eq!(pair.state(A), GONE);
}

#[test]
fn without_patience_who_has_lost_its_place_is_gone_at_once() {
    let impatient = |name| {
        let config = config(name);
        LinkConfig { recovery: config.recovery.with_absence_timeout(Duration::ZERO), ..config }
    };
    let mut pair = stable_of(Pair::with(impatient("a"), impatient("b")));
    presence(&mut pair, A, Presence::Expired);
    assert_eq!(pair.state(A), LinkState::Connected);
    pair.browser(A, FAILED);
    pair.run();
    assert_eq!(pair.state(A), GONE);
}

#[test]
fn only_an_expired_place_leaves_hope() {
    let hopeful = |reason| Presence::from(reason) == Presence::Expired;
    assert!(hopeful(LeaveReason::Expired));
    for reason in [LeaveReason::Left, LeaveReason::Removed, LeaveReason::Kicked, LeaveReason::Unknown] {
        assert!(!hopeful(reason));
    }
}
