//! From nothing to a connection.

use super::super::*;
use super::pair::{A, B, Pair, config};
use super::recovering::rebuilding;

#[test]
fn the_smaller_incarnation_offers_and_the_other_answers() {
    let mut pair = Pair::connected();
    assert_eq!(pair.actions(A), ["open 1 Offerer", "local 1 offer", "remote 1 answer"]);
    assert_eq!(pair.actions(B), ["open 1 Answerer", "remote 1 offer", "local 1 answer"]);
    assert_eq!(pair.link(A).role(), Some(Role::Offerer));
    assert_eq!(pair.link(B).role(), Some(Role::Answerer));
}

#[test]
fn a_fixed_offerer_offers_before_it_knows_the_other_side() {
    let fixed = |name, role| LinkConfig { role: RoleRule::Fixed(role), ..config(name) };
    let mut pair = Pair::with(fixed("z", Role::Offerer), fixed("b", Role::Answerer));
    let now = pair.now;
    pair.link(A).connect(now);
    pair.run();
    // The other side was not asked: the message makes it take part.
    pair.up();
    assert_eq!(pair.state(A), LinkState::Connected);
    assert_eq!(pair.state(B), LinkState::Connected);
    assert_eq!(pair.link(A).epoch(), Epoch(1));
}

#[test]
fn both_ends_are_told_what_happens() {
    let mut pair = Pair::new();
    pair.connect();
    let told =
        [LinkEvent::StateChanged(LinkState::Connecting { attempt: 1 }), LinkEvent::StateChanged(LinkState::Connected)];
    assert_eq!(pair.events(A), told);
    assert_eq!(pair.events(B), told);
}

#[test]
fn a_connection_that_does_not_come_up_is_made_anew_with_a_longer_deadline() {
    let mut pair = Pair::new();
    let now = pair.now;
    pair.link(A).connect(now);
    pair.link(B).connect(now);
    pair.pass_ms(9_999);
    assert_eq!(pair.link(A).epoch(), Epoch(1));
    pair.pass_ms(600);
    assert_eq!(pair.link(A).epoch(), Epoch(2));
    assert_eq!(pair.state(A), LinkState::Connecting { attempt: 2 });
    assert_eq!(pair.link(B).epoch(), Epoch(2));
    pair.said(A);
    pair.pass_ms(14_000);
    assert_eq!(pair.link(A).epoch(), Epoch(2));
    pair.pass_ms(3_000);
    assert_eq!(pair.link(A).epoch(), Epoch(3));
    assert!(matches!(pair.said(A).as_slice(), [Body::Description(_)]));
}

#[test]
fn a_side_that_was_loaded_anew_is_met_anew_and_epochs_go_on() {
    let mut pair = Pair::connected();
    pair.events(A);
    pair.reload(B, "c");
    let now = pair.now;
    pair.link(B).connect(now);
    pair.pass_ms(100);
    assert_eq!(pair.link(A).epoch(), Epoch(2));
    assert!(pair.events(A).contains(&LinkEvent::RemoteReplaced));
    assert_eq!(pair.state(A), rebuilding(Trouble::Replaced));
    pair.up();
    assert_eq!([pair.state(A), pair.state(B)], [LinkState::Connected; 2]);
}

#[test]
fn an_offerer_that_was_loaded_anew_goes_on_from_the_epoch_the_other_side_has_seen() {
    let mut pair = Pair::connected();
    pair.reload(A, "a2");
    let now = pair.now;
    pair.link(A).connect(now);
    pair.pass_ms(100);
    assert_eq!([pair.link(A).epoch(), pair.link(B).epoch()], [Epoch(2); 2]);
    pair.up();
    assert_eq!([pair.state(A), pair.state(B)], [LinkState::Connected; 2]);
}

#[test]
fn an_offer_into_the_void_under_an_epoch_that_is_over_is_made_anew_at_once_and_is_no_trouble() {
    // The second of them is under the number of the offer into the void.
    for (connections, next) in [(2, 3), (1, 2)] {
        let fixed = |name, role| LinkConfig { role: RoleRule::Fixed(role), ..config(name) };
        let mut pair = Pair::with(fixed("a", Role::Offerer), fixed("b", Role::Answerer));
        pair.connect();
        let now = pair.now;
        for _ in 1..connections {
            pair.link(A).reconnect(now);
            pair.run();
            pair.up();
        }
        assert_eq!(pair.link(B).epoch(), Epoch(connections));
        pair.reload(A, "a2");
        *pair.link(A) = Link::new(fixed("a2", Role::Offerer), now);
        pair.link(A).handle_carrier(Carrier::Up, now);
        pair.link(A).connect(now);
        pair.pass_ms(100);
        let again =
            ["open {} Offerer", "local {} offer", "remote {} answer"].map(|act| act.replace("{}", &next.to_string()));
        let acts = ["open 1 Offerer", "local 1 offer", "close 1"].map(str::to_owned).into_iter().chain(again);
        assert_eq!(pair.actions(A), acts.collect::<Vec<_>>());
        assert_eq!(pair.events(A), [LinkEvent::StateChanged(LinkState::Connecting { attempt: 1 })]);
    }
}
