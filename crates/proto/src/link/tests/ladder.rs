//! The steps from lost contact to a new connection: grace, restart, relay, rebuild.

use core::time::Duration;

use super::super::*;
use super::pair::{A, B, Pair, config};
use super::recovering::{reason, stable, stable_of};
use crate::session::NetworkChange;
use crate::state::ConnectionState;

const DISCONNECTED: BrowserEvent = BrowserEvent::ConnectionState(ConnectionState::Disconnected);
const CONNECTED: BrowserEvent = BrowserEvent::ConnectionState(ConnectionState::Connected);
const FAILED: BrowserEvent = BrowserEvent::ConnectionState(ConnectionState::Failed);
const CLOSED: BrowserEvent = BrowserEvent::InternalChannel(InternalChannel::Closed);

const GRACE: LinkState = LinkState::Reconnecting {
    step: Step::Grace,
    attempt: 0,
    reason: Trouble::Disconnected,
    next: Some(Duration::from_secs(1)),
};

fn restarting(step: Step, attempt: u32) -> LinkState {
    LinkState::Reconnecting { step, attempt, reason: Trouble::Disconnected, next: None }
}

#[test]
fn lost_contact_may_come_back_by_itself_for_a_while() {
    let mut pair = stable();
    pair.browser(A, DISCONNECTED);
    pair.run();
    assert_eq!(pair.state(A), GRACE);
    pair.pass_ms(999);
    assert_eq!(pair.state(A), GRACE);
    pair.browser(A, CONNECTED);
    pair.pass_ms(60_000);
    assert_eq!((pair.state(A), pair.link(A).epoch(), pair.actions(A)), (LinkState::Connected, Epoch(1), vec![]));
}

#[test]
fn ice_is_restarted_twice_and_then_there_is_a_new_connection() {
    let mut pair = stable();
    pair.browser(A, DISCONNECTED);
    pair.pass_ms(1_000);
    assert_eq!(pair.state(A), restarting(Step::Restart, 1));
    assert_eq!(pair.actions(A), ["local 1 offer restart All", "remote 1 answer"]);
    assert_eq!(pair.actions(B), ["remote 1 offer", "local 1 answer"]);
    pair.pass_ms(5_000);
    assert_eq!(pair.state(A), restarting(Step::Restart, 2));
    assert_eq!(pair.actions(A), ["local 1 offer restart All", "remote 1 answer"]);
    pair.pass_ms(5_000);
    let rebuilding =
        LinkState::Reconnecting { step: Step::Rebuild, attempt: 3, reason: Trouble::Disconnected, next: None };
    assert_eq!(pair.state(A), rebuilding);
    assert_eq!(pair.actions(A), ["open 2 Offerer", "local 2 offer", "remote 2 answer"]);
    pair.up();
    assert_eq!([pair.state(A), pair.state(B)], [LinkState::Connected; 2]);
}

#[test]
fn a_turn_server_that_comes_later_is_used_and_one_that_goes_is_not() {
    for (first, then, step) in
        [(Relay::Unavailable, Relay::Available, Step::Relay), (Relay::Available, Relay::Unavailable, Step::Restart)]
    {
        let mut pair = stable_of(Pair::with(LinkConfig { relay: first, ..config("a") }, config("b")));
        pair.link(A).set_relay(then);
        pair.browser(A, DISCONNECTED);
        pair.pass_ms(6_000);
        assert_eq!(pair.state(A), restarting(step, 2));
    }
}

#[test]
fn the_second_restart_is_relayed_where_there_is_a_turn_server() {
    let relay = Relay::Available;
    let mut pair = stable_of(Pair::with(LinkConfig { relay, ..config("a") }, config("b")));
    pair.browser(A, DISCONNECTED);
    pair.pass_ms(6_000);
    assert_eq!(pair.state(A), restarting(Step::Relay, 2));
    let offers = pair.actions(A).into_iter().filter(|action| action.contains("offer")).collect::<Vec<_>>();
    assert_eq!(offers, ["local 1 offer restart All", "local 1 offer restart Relay"]);
    // Healed, and lost again: from the start, with all candidates.
    pair.browser(A, CONNECTED);
    pair.run();
    assert_eq!(pair.state(A), LinkState::Connected);
    pair.actions(A);
    pair.browser(A, DISCONNECTED);
    pair.pass_ms(1_000);
    assert_eq!(pair.actions(A)[0], "local 1 offer restart All");
}

#[test]
fn a_restart_that_helps_keeps_the_connection() {
    let mut pair = stable();
    pair.browser(A, DISCONNECTED);
    pair.pass_ms(2_000);
    pair.browser(A, CONNECTED);
    pair.pass_ms(60_000);
    assert_eq!((pair.state(A), pair.link(A).epoch()), (LinkState::Connected, Epoch(1)));
    // The next loss begins with grace again.
    pair.browser(A, DISCONNECTED);
    pair.run();
    assert_eq!(pair.state(A), GRACE);
}

#[test]
fn the_answerer_asks_for_a_restart_and_gets_it_while_the_offerer_hears() {
    let mut pair = stable();
    pair.browser(B, DISCONNECTED);
    pair.pass_ms(1_000);
    assert_eq!(pair.said(B)[0], Body::Restart { reason: Trouble::Disconnected });
    assert_eq!((pair.state(A), pair.state(B)), (LinkState::Connected, restarting(Step::Restart, 1)));
    assert_eq!(pair.actions(A), ["local 1 offer restart All", "remote 1 answer"]);
    pair.browser(B, CONNECTED);
    pair.run();
    assert_eq!(pair.state(B), LinkState::Connected);
}

#[test]
fn both_sides_losing_contact_at_once_make_one_restart() {
    let mut pair = stable();
    let now = pair.now;
    for which in [A, B] {
        pair.link(which).handle_browser(Epoch(1), DISCONNECTED, now);
    }
    pair.pass_ms(1_000);
    assert_eq!(pair.actions(A), ["local 1 offer restart All", "remote 1 answer"]);
    assert_eq!([pair.state(A), pair.state(B)], [restarting(Step::Restart, 1); 2]);
}

#[test]
fn a_side_that_asks_without_end_gets_a_restart_a_second() {
    let mut pair = stable();
    for _ in 0..20 {
        let now = pair.now;
        let (base, ack) = (pair.sides[B].sent.last().map_or(1, |last| last.base), 0);
        let number = pair.sides[B].sent.iter().filter_map(|message| message.number).max().unwrap_or(0) + 1;
        let message = LinkMessage {
            from: pair.link(B).local().clone(),
            to: Some(pair.link(A).local().clone()),
            epoch: Epoch(1),
            base,
            number: Some(number),
            ack,
            wanted: true,
            body: Body::Restart { reason: Trouble::Silent },
        };
        pair.sides[B].sent.push(message.clone());
        pair.link(A).handle_message(message, now);
        pair.pass_ms(100);
    }
    let offers = pair.actions(A).iter().filter(|action| action.contains("restart")).count();
    assert!(offers <= 2, "{offers} restarts in two seconds");
}

#[test]
fn nothing_is_restarted_before_the_other_side_can_be_reached() {
    let mut pair = stable();
    let now = pair.now;
    pair.link(A).handle_carrier(Carrier::Down, now);
    pair.browser(A, DISCONNECTED);
    pair.pass_ms(60_000);
    assert_eq!((pair.state(A), pair.actions(A)), (restarting(Step::Restart, 1), vec![]));
    // It may come back all the same.
    pair.browser(A, CONNECTED);
    pair.run();
    assert_eq!(pair.state(A), LinkState::Connected);
    pair.browser(A, DISCONNECTED);
    pair.pass_ms(2_000);
    let now = pair.now;
    pair.link(A).handle_carrier(Carrier::Up, now);
    pair.run();
    assert_eq!(pair.actions(A), ["local 1 offer restart All", "remote 1 answer"]);
}

#[test]
fn contact_lost_with_somebody_who_has_left_is_the_end() {
    let mut pair = stable();
    let now = pair.now;
    pair.link(A).handle_presence(Presence::Gone, now);
    pair.run();
    assert_eq!(pair.state(A), LinkState::Connected);
    pair.browser(A, DISCONNECTED);
    pair.pass_ms(1_000);
    assert_eq!(pair.state(A), LinkState::Closed { reason: CloseReason::PeerGone });
}

#[test]
fn a_connection_that_fails_in_a_restart_is_replaced_at_once() {
    let mut pair = stable();
    pair.browser(A, DISCONNECTED);
    pair.pass_ms(1_000);
    pair.actions(A);
    pair.browser(A, FAILED);
    pair.run();
    assert_eq!(pair.actions(A), ["open 2 Offerer", "local 2 offer", "remote 2 answer"]);
    assert_eq!(reason(pair.state(A)), Some(Trouble::ConnectionFailed));
}

#[test]
fn an_answerers_old_connection_that_dies_while_the_next_is_asked_for_is_no_new_trouble() {
    let mut pair = stable();
    pair.sides[B].mute = true;
    pair.browser(B, DISCONNECTED);
    pair.pass_ms(16_000);
    pair.events(B);
    let rebuilding =
        LinkState::Reconnecting { step: Step::Rebuild, attempt: 3, reason: Trouble::Disconnected, next: None };
    assert_eq!(pair.state(B), rebuilding);
    pair.browser(B, FAILED);
    pair.browser(B, CLOSED);
    pair.run();
    assert_eq!((pair.events(B), pair.state(B)), (vec![], rebuilding));
}

#[test]
fn a_network_that_is_back_is_not_waited_for() {
    let mut pair = stable();
    pair.browser(A, DISCONNECTED);
    pair.pass_ms(100);
    let now = pair.now;
    pair.link(A).handle_network(NetworkChange::Online, now);
    pair.run();
    assert_eq!(pair.state(A), restarting(Step::Restart, 1));
}

#[test]
fn without_restarts_there_is_a_new_connection_after_the_grace() {
    let recovery = RecoveryConfig::new().with_restarts(0);
    let pair = Pair::with(LinkConfig { recovery, ..config("a") }, LinkConfig { recovery, ..config("b") });
    let mut pair = stable_of(pair);
    pair.browser(A, DISCONNECTED);
    pair.pass_ms(1_000);
    assert_eq!(pair.link(A).epoch(), Epoch(2));
}

#[test]
fn an_attempt_gets_the_rest_of_its_time_after_a_sleep() {
    let mut pair = stable();
    pair.browser(A, DISCONNECTED);
    pair.pass_ms(1_000);
    assert_eq!(pair.state(A), restarting(Step::Restart, 1));
    // The page sleeps for an hour, three seconds before the restart's time is over.
    pair.pass_ms(2_000);
    let due = pair.link(A).poll_timeout().unwrap();
    pair.now = due + Duration::from_secs(3_600);
    let now = pair.now;
    pair.link(A).handle_timeout(now);
    assert_eq!(pair.state(A), restarting(Step::Restart, 1));
    assert!(pair.link(A).poll_timeout().unwrap() > now);
}
