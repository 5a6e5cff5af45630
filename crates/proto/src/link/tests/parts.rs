//! The small parts: configuration, need, counters, admission.

use super::super::counters::count;
use super::super::*;
use super::pair::{A, B, Pair, config};
use core::time::Duration;

#[test]
fn deadlines_grow_up_to_their_bound_and_are_never_too_short() {
    let seconds = |config: RecoveryConfig, failed| config.deadline(failed).as_secs_f64();
    let default = RecoveryConfig::default();
    assert_eq!([0, 1, 2, 3, 4].map(|failed| seconds(default, failed)), [10.0, 15.0, 22.5, 33.75, 40.0]);
    assert_eq!(seconds(default.with_timeout_growth(f64::NAN), 1), 15.0);
    assert_eq!(seconds(default.with_timeout_growth(2.0).with_max_connect_timeout(Duration::from_secs(30)), 9), 30.0);
    assert_eq!(seconds(default.with_connect_timeout(Duration::from_secs(60)), 3), 60.0);
    assert_eq!(default.with_connect_timeout(Duration::ZERO).deadline(0), RecoveryConfig::MIN_DEADLINE);
    let quick = default
        .with_ping_interval(Duration::from_millis(200))
        .with_silence_timeout(Duration::from_millis(600))
        .with_grace_timeout(Duration::from_millis(300))
        .with_restart_timeout(Duration::from_millis(400))
        .with_restarts(5);
    let times = [quick.ping_interval, quick.silence_timeout, quick.grace_timeout, quick.restart_timeout];
    assert_eq!((times.map(|time| time.as_millis()), quick.restarts), ([200, 600, 300, 400], 5));
    assert_eq!(RecoveryConfig::new(), default);
}

#[test]
fn a_need_is_bounded_and_met_by_as_much_of_each() {
    assert_eq!(Need::new(200, 3), Need { audio: Need::MAX, video: 3 });
    assert!(Need::new(1, 2).is_met_by(Need::new(1, 2)) && Need::new(0, 0).is_met_by(Need::new(1, 2)));
    assert!(!Need::new(2, 2).is_met_by(Need::new(1, 2)) && !Need::new(1, 3).is_met_by(Need::new(1, 2)));
}

#[test]
fn a_counter_stops_at_its_end() {
    let mut counter = u32::MAX - 1;
    count(&mut counter);
    count(&mut counter);
    assert_eq!(counter, u32::MAX);
}

fn message(from: &str, to: Option<&str>, wanted: bool, number: Option<u32>, body: Body) -> LinkMessage {
    LinkMessage {
        from: Incarnation::new(from).unwrap(),
        to: to.map(|to| Incarnation::new(to).unwrap()),
        epoch: Epoch::NONE,
        base: 1,
        number,
        ack: 0,
        wanted,
        body,
    }
}

const BYE: Body = Body::Bye { reason: CloseReason::HungUp };

#[test]
fn who_wants_a_link_gets_one_and_a_leftover_does_not() {
    let mut retired = RetiredIncarnations::new();
    retired.retire(Incarnation::new("over").unwrap());
    let admitted = |from, to, wanted| admit(&message(from, to, wanted, None, Body::Ack), &retired);
    assert_eq!(admitted("new", None, true), Admission::Create);
    // It speaks to an earlier life of this page.
    assert_eq!(admitted("new", Some("before"), true), Admission::Create);
    assert_eq!(admitted("new", None, false), Admission::Ignore);
    assert_eq!(admitted("new", Some("before"), false), Admission::ReplyBye);
    assert_eq!(admitted("over", None, true), Admission::Ignore);
    assert_eq!(admitted("over", Some("me"), true), Admission::ReplyBye);
    assert_eq!(admitted("new", Some("over"), true), Admission::ReplyBye);
}

#[test]
fn a_goodbye_never_makes_a_link_and_is_answered_once() {
    let retired = RetiredIncarnations::new();
    let admitted = |to, number| admit(&message("new", to, true, number, BYE), &retired);
    assert_eq!(admitted(Some("me"), Some(3)), Admission::ReplyBye);
    assert_eq!(admitted(None, Some(3)), Admission::Ignore);
    assert_eq!(admitted(Some("me"), None), Admission::Ignore);
    let answer = farewell(&message("new", Some("me"), true, Some(3), BYE)).unwrap();
    assert_eq!(answer, message("me", Some("new"), false, None, BYE));
    assert_eq!(farewell(&message("new", None, true, Some(3), BYE)), None);
}

#[test]
fn the_last_incarnations_that_are_over_are_remembered() {
    let mut retired = RetiredIncarnations::new();
    let incarnation = |number: usize| Incarnation::new(number.to_string()).unwrap();
    for number in 0..=RetiredIncarnations::MAX {
        retired.retire(incarnation(number));
        retired.retire(incarnation(number));
    }
    assert!(!retired.contains(&incarnation(0)));
    assert!((1..=RetiredIncarnations::MAX).all(|number| retired.contains(&incarnation(number))));
}

#[test]
fn a_link_that_is_over_is_retired_with_every_life_of_the_other_side_unless_nobody_wanted_it() {
    let mut pair = Pair::connected();
    pair.reload(B, "c");
    let now = pair.now;
    pair.link(B).connect(now);
    pair.pass_ms(1000);
    let mut retired = RetiredIncarnations::new();
    retired.retire_link(pair.link(A));
    assert!(["a", "b", "c"].iter().all(|name| retired.contains(&Incarnation::new(*name).unwrap())));

    let mut retired = RetiredIncarnations::new();
    let mut ghost = Link::new(config("g"), now);
    ghost.handle_message(message("x", None, true, None, Body::Ack), now);
    retired.retire_link(&ghost);
    assert!(!retired.contains(&Incarnation::new("x").unwrap()));
}

#[test]
fn a_side_that_asks_for_restarts_gets_one_a_second() {
    let at = Instant::from_millis;
    let mut recovery = Recovery::new(RecoveryConfig::new(), Relay::Unavailable, 1);
    recovery.begin(Some(Role::Offerer), at(0));
    recovery.handle_up(at(0));
    let given = |ms| recovery.restart_asked(Trouble::Silent, at(ms)).map(|_| ms);
    assert_eq!([1, 500, 1_000, 1_001, 2_000, 2_001].map(given), [Some(1), None, None, Some(1_001), None, Some(2_001)]);
}
