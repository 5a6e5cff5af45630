//! Whether the other side is still heard.

use super::super::*;
use super::pair::{A, B, Pair};
use super::recovering::{reason, stable};

/// What A sends does not arrive any more; both hear a first beat before.
fn beating() -> Pair {
    let mut pair = stable();
    assert_eq!([pair.state(A), pair.state(B)], [LinkState::Connected; 2]);
    pair.pass_ms(5_000);
    pair
}

fn count(outputs: &mut Link, now: Instant) -> (usize, usize) {
    outputs.handle_timeout(now);
    let (mut pings, mut counts) = (0, 0);
    while let Some(output) = outputs.poll_output() {
        match output {
            Output::Beat { beat: Beat::Ping, .. } => pings += 1,
            Output::CountBytes { .. } => counts += 1,
            _ => {}
        }
    }
    (pings, counts)
}

#[test]
fn silence_is_noticed_within_three_seconds() {
    let mut pair = beating();
    pair.sides[A].deaf = true;
    pair.pass_ms(2_999);
    assert_eq!(reason(pair.state(A)), Some(Trouble::Silent));
    assert_eq!(pair.state(B), LinkState::Connected);
}

#[test]
fn silence_right_after_the_connection_came_up_is_noticed_too() {
    let mut pair = Pair::connected();
    pair.pass_ms(1);
    pair.sides[A].deaf = true;
    pair.pass_ms(2_999);
    assert_eq!(reason(pair.state(A)), Some(Trouble::Silent));
    assert_eq!(pair.state(B), LinkState::Connected);
}

#[test]
fn silence_of_less_than_the_timeout_is_none() {
    let mut pair = beating();
    for _ in 0..20 {
        pair.sides[A].deaf = true;
        pair.pass_ms(700);
        pair.sides[A].deaf = false;
        pair.pass_ms(1_300);
    }
    assert_eq!((pair.state(A), pair.events(A)), (LinkState::Connected, vec![]));
}

#[test]
fn bytes_that_come_show_that_a_busy_side_is_there() {
    let mut pair = beating();
    pair.sides[A].deaf = true;
    for n in 0..100 {
        pair.sides[A].bytes = Some(n * 1_000);
        pair.pass_ms(300);
    }
    assert_eq!(pair.state(A), LinkState::Connected);
    // And no more bytes show that it is not.
    pair.pass_ms(4_500);
    assert_eq!(reason(pair.state(A)), Some(Trouble::Silent));
}

#[test]
fn bytes_that_come_again_bring_the_connection_back() {
    let mut pair = beating();
    pair.sides[A].deaf = true;
    pair.sides[A].bytes = Some(7);
    pair.pass_ms(3_000);
    assert_eq!(reason(pair.state(A)), Some(Trouble::Silent));
    pair.sides[A].bytes = Some(8);
    pair.pass_ms(300);
    assert_eq!(pair.state(A), LinkState::Connected);
}

#[test]
fn a_beat_brings_the_connection_back() {
    let mut pair = beating();
    pair.sides[A].deaf = true;
    pair.pass_ms(5_000);
    assert!(matches!(pair.state(A), LinkState::Reconnecting { step: Step::Restart, .. }));
    pair.browser(A, BrowserEvent::Beat(Beat::Pong));
    pair.run();
    assert_eq!((pair.state(A), pair.link(A).epoch()), (LinkState::Connected, Epoch(1)));
}

#[test]
fn what_can_be_replaced_without_loss_is_replaced_when_contact_is_back() {
    for which in [A, B] {
        let mut pair = beating();
        pair.link(which).set_replaceable(true);
        pair.sides[which].deaf = true;
        pair.sides[which].bytes = Some(7);
        pair.pass_ms(3_000);
        assert!(matches!(pair.state(which), LinkState::Reconnecting { step: Step::Grace, .. }));
        pair.actions(A);
        // While nothing comes, the connection is kept.
        pair.sides[which].bytes = Some(8);
        pair.pass_ms(300);
        assert!(matches!(pair.state(which), LinkState::Reconnecting { step: Step::Rebuild, .. }));
        assert_eq!(pair.actions(A), ["open 2 Offerer", "local 2 offer", "remote 2 answer"], "by either side");
        pair.up();
        assert_eq!([pair.state(A), pair.state(B)], [LinkState::Connected; 2]);
        assert_eq!([pair.link(A).epoch(), pair.link(B).epoch()], [Epoch(2); 2]);
    }
}

#[test]
fn what_the_other_side_replaces_is_not_returned_to_when_contact_is_back_here_too() {
    let mut pair = beating();
    pair.link(B).set_replaceable(true);
    // The offerer has lost contact, or never did.
    for deaf in [true, true, false, false] {
        let epoch = pair.link(A).epoch();
        pair.sides[A].deaf = deaf;
        pair.sides[B].deaf = true;
        pair.pass_ms(5_000);
        pair.browser(B, BrowserEvent::Beat(Beat::Pong));
        pair.run();
        pair.browser(A, BrowserEvent::Beat(Beat::Pong));
        for which in [A, B] {
            pair.sides[which].deaf = false;
        }
        // A connection that did not hold for the stable time is followed by the next after the first delay.
        pair.pass_ms(1_000);
        pair.up();
        assert_eq!([pair.state(A), pair.state(B)], [LinkState::Connected; 2], "deaf {deaf}");
        assert_eq!([pair.link(A).epoch(), pair.link(B).epoch()], [epoch.next(); 2], "deaf {deaf}");
        // Long enough for beats, and not for stable.
        pair.pass_ms(2_000);
    }
}

#[test]
fn who_is_gone_for_the_server_gets_the_old_connection_back() {
    let mut pair = beating();
    let now = pair.now;
    pair.link(A).set_replaceable(true);
    pair.link(A).handle_presence(Presence::Gone, now);
    pair.sides[A].deaf = true;
    pair.pass_ms(3_000);
    pair.browser(A, BrowserEvent::Beat(Beat::Pong));
    pair.run();
    assert_eq!((pair.state(A), pair.link(A).epoch()), (LinkState::Connected, Epoch(1)));
}

#[test]
fn without_a_carrier_the_old_connection_is_taken_back() {
    let mut pair = beating();
    let now = pair.now;
    pair.link(A).set_replaceable(true);
    pair.link(A).handle_carrier(Carrier::Down, now);
    pair.sides[A].deaf = true;
    pair.pass_ms(3_000);
    pair.browser(A, BrowserEvent::Beat(Beat::Pong));
    pair.run();
    assert_eq!((pair.state(A), pair.link(A).epoch()), (LinkState::Connected, Epoch(1)));
}

#[test]
fn who_never_answered_is_not_missed() {
    let mut pair = Pair::new();
    for which in [A, B] {
        pair.sides[which].deaf = true;
    }
    pair.connect();
    pair.pass_ms(60_000);
    assert_eq!([pair.state(A), pair.state(B)], [LinkState::Connected; 2]);
}

#[test]
fn a_ping_is_answered_by_whoever_gets_it() {
    let mut pair = stable();
    let now = pair.now;
    let link = pair.link(A);
    link.handle_browser(Epoch(1), BrowserEvent::Beat(Beat::Ping), now);
    assert_eq!(link.poll_output(), Some(Output::Beat { epoch: Epoch(1), beat: Beat::Pong }));
    link.handle_browser(Epoch(1), BrowserEvent::Beat(Beat::Pong), now);
    assert_eq!(link.poll_output(), None);
}

#[test]
fn a_link_that_rests_asks_once_a_second() {
    let mut pair = stable();
    pair.pass_ms(500);
    let mut pings = 0;
    for _ in 0..600 {
        let now = pair.now;
        for which in [A, B] {
            pings += count(pair.link(which), now).0;
        }
        for which in [A, B] {
            pair.browser(which, BrowserEvent::Beat(Beat::Pong));
        }
        pair.pass_ms(100);
    }
    assert!(pings <= 120, "{pings} in a minute");
}

#[test]
fn a_page_that_slept_asks_before_it_judges() {
    let mut pair = beating();
    for _ in 0..100 {
        // Its timers come once a minute, as those of a page that nobody sees.
        let due = pair.link(A).poll_timeout().unwrap();
        pair.now = due + Duration::from_secs(60);
        let now = pair.now;
        let (pings, _) = count(pair.link(A), now);
        assert_eq!(pings, 1);
    }
    assert_eq!(pair.state(A), LinkState::Connected);
}

#[test]
fn a_change_of_the_network_asks_at_once() {
    let mut pair = beating();
    let now = pair.now;
    pair.link(A).handle_network(crate::session::NetworkChange::Offline, now);
    let asked = core::iter::from_fn(|| pair.link(A).poll_output())
        .any(|output| output == Output::Beat { epoch: Epoch(1), beat: Beat::Ping });
    assert!(asked);
    // The next signs come as after any question: two more, then silence.
    pair.sides[A].deaf = true;
    pair.pass_ms(2_000);
    assert_eq!(reason(pair.state(A)), Some(Trouble::Silent));
}

#[test]
fn a_browser_that_does_not_count_holds_the_judgement_up_no_longer_than_it_may_take() {
    let mut pair = beating();
    pair.browser(A, BrowserEvent::Beat(Beat::Pong));
    let (heard, mut now) = (pair.now, pair.now);
    let link = pair.link(A);
    while *link.state() == LinkState::Connected {
        now = now.max(link.poll_timeout().unwrap());
        // What it is asked to count it does not tell.
        count(link, now);
    }
    // 2.5 s of silence, and 0.4 s for the count.
    assert_eq!(now - heard, Duration::from_millis(2_900));
}

#[test]
fn in_a_silence_it_is_looked_for_bytes_often_and_asked_once_a_second() {
    let mut pair = beating();
    pair.sides[A].deaf = true;
    pair.pass_ms(2_600);
    assert_eq!(reason(pair.state(A)), Some(Trouble::Silent));
    let (mut pings, mut counts) = (0, 0);
    for _ in 0..100 {
        pair.now = pair.now + Duration::from_millis(100);
        let now = pair.now;
        let (ping, count) = count(pair.link(A), now);
        (pings, counts) = (pings + ping, counts + count);
    }
    assert!((7..=10).contains(&pings), "{pings} in ten seconds");
    assert!((30..=40).contains(&counts), "{counts} in ten seconds");
}

#[test]
fn a_connection_that_was_given_up_is_not_asked_any_more() {
    let mut pair = beating();
    let now = pair.now;
    pair.link(A).handle_carrier(Carrier::Down, now);
    pair.browser(A, BrowserEvent::InternalChannel(InternalChannel::Closed));
    pair.run();
    let mut asked = (0, 0);
    for _ in 0..60 {
        pair.now = pair.now + Duration::from_secs(1);
        let now = pair.now;
        let (pings, counts) = count(pair.link(A), now);
        asked = (asked.0 + pings, asked.1 + counts);
    }
    assert_eq!(asked, (0, 0));
}
