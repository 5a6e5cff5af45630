//! Numbers, acknowledgements, bounds and times of delivery.

use core::time::Duration;

use super::super::counters::Counters;
use super::super::identity::Heard;
use super::super::inbox::{MAX_AHEAD, MAX_HELD_BYTES};
use super::super::outbox::{FIRST_RESEND, MAX_QUEUE, MAX_RESEND, WINDOW};
use super::super::transport::{Taken, Transport};
use super::super::*;

fn name(name: &str) -> Incarnation {
    Incarnation::new(name).unwrap()
}

/// One end of a carrier, and what came out of it.
pub(super) struct End {
    pub(super) transport: Transport,
    pub(super) counters: Counters,
    pub(super) got: Vec<u32>,
}

impl End {
    pub(super) fn new(local: &str) -> Self {
        let mut transport = Transport::new(name(local), 1);
        transport.set_reachable(true, Instant::default());
        Self { transport, counters: Counters::default(), got: Vec::new() }
    }

    /// A message that is never folded into another.
    pub(super) fn say(&mut self, number: u32) {
        let body = Body::Description(SessionDescription::offer(number.to_string()));
        self.transport.push(Epoch(1), body).unwrap();
    }

    pub(super) fn poll(&mut self, now: Instant) -> Vec<LinkMessage> {
        self.transport.handle_timeout(now);
        let transport = &mut self.transport;
        let counters = &mut self.counters;
        core::iter::from_fn(|| transport.poll(Epoch(1), Need::default(), now, counters)).collect()
    }

    pub(super) fn hear(&mut self, message: LinkMessage, now: Instant) -> Heard {
        let (heard, taken) = self.transport.handle(message, now, &mut self.counters);
        assert!(matches!(taken, Taken::Nothing | Taken::Now(LinkMessage { number: None, .. })));
        while let Some(message) = self.transport.pop() {
            if let Body::Description(description) = message.body {
                self.got.push(description.sdp.parse().unwrap());
            }
        }
        heard
    }
}

/// Two ends that know each other and have nothing to say.
fn acquainted() -> [End; 2] {
    let mut ends = [End::new("a"), End::new("b")];
    for second in 0..20 {
        let now = Instant::from_millis(1000 * second);
        for (end, other) in [(0, 1), (1, 0)] {
            for message in ends[end].poll(now) {
                ends[other].hear(message, now);
            }
        }
    }
    for end in &mut ends {
        assert!(end.transport.identity().is_established());
        assert_eq!(end.transport.poll_timeout(), None);
        end.counters = Counters::default();
    }
    ends
}

const START: Instant = Instant::from_millis(100_000);

#[test]
fn a_message_is_sent_again_later_and_later() {
    let [mut a, _] = acquainted();
    a.say(1);
    let mut sent = Vec::new();
    let mut now = START;
    for _ in 0..8 {
        assert_eq!(a.poll(now).len(), 1);
        sent.push(now - START);
        now = a.transport.poll_timeout().unwrap();
    }
    let seconds: Vec<_> = sent.iter().map(Duration::as_millis).collect();
    assert_eq!(seconds, [0, 500, 1500, 3500, 7500, 12_500, 17_500, 22_500]);
    assert_eq!((a.counters.resent, MAX_RESEND, FIRST_RESEND), (7, Duration::from_secs(5), Duration::from_millis(500)));
}

#[test]
fn progress_makes_the_delay_short_again() {
    let [mut a, mut b] = acquainted();
    a.say(1);
    a.poll(START);
    let later = START + FIRST_RESEND;
    a.poll(later);
    a.say(2);
    for message in a.poll(later) {
        b.hear(message, later);
    }
    assert_eq!(b.got, [0u32; 0]);
    // Only the second arrived; then the first does too.
    let again = later + 2 * FIRST_RESEND;
    for message in a.poll(again) {
        b.hear(message, again);
    }
    assert_eq!(b.got, [1, 2]);
    a.say(3);
    a.poll(again);
    for message in b.poll(again + Duration::from_millis(50)) {
        a.hear(message, again + Duration::from_millis(50));
    }
    assert_eq!(a.transport.poll_timeout(), Some(again + Duration::from_millis(50) + FIRST_RESEND));
}

#[test]
fn a_message_of_a_moment_ago_is_not_sent_again_with_the_older_ones() {
    let [mut a, _] = acquainted();
    a.say(1);
    a.poll(START);
    a.say(2);
    let late = START + (FIRST_RESEND - Duration::from_millis(1));
    assert_eq!(a.poll(late).len(), 1);
    assert_eq!(a.poll(START + FIRST_RESEND).len(), 1);
    assert_eq!(a.poll(START + 3 * FIRST_RESEND).len(), 2);
}

#[test]
fn an_acknowledgement_waits_a_moment_for_a_message_to_travel_with() {
    let [mut a, mut b] = acquainted();
    a.say(1);
    for message in a.poll(START) {
        b.hear(message, START);
    }
    assert_eq!(b.poll(START + Duration::from_millis(49)).len(), 0);
    let alone = b.poll(START + Duration::from_millis(50));
    assert!(matches!(&alone[..], [LinkMessage { number: None, body: Body::Ack, .. }]));
    assert!(b.transport.is_idle());
    // Nothing is on its way: no time is waited for.
    a.hear(alone[0].clone(), START);
    assert_eq!((a.transport.poll_timeout(), b.transport.poll_timeout()), (None, None));

    a.say(2);
    for message in a.poll(START) {
        b.hear(message, START);
    }
    assert!(!b.transport.is_idle());
    b.say(3);
    let with = b.poll(START);
    assert!(matches!(&with[..], [LinkMessage { number: Some(_), .. }]));
    assert!(with[0].ack > alone[0].ack);
    assert_eq!(b.transport.poll_timeout(), Some(START + FIRST_RESEND));
}

#[test]
fn a_window_of_messages_is_on_its_way_and_the_receiver_keeps_more_than_that() {
    let [mut a, mut b] = acquainted();
    for number in 0..MAX_QUEUE as u32 {
        a.say(number);
    }
    assert!(a.transport.push(Epoch(1), Body::Description(SessionDescription::offer(""))).is_err());
    let mut window = a.poll(START);
    assert_eq!(window.len(), WINDOW);
    assert!(WINDOW < MAX_AHEAD as usize);
    // The first is lost: nothing is in order.
    let first = window.remove(0);
    for message in window {
        b.hear(message, START);
    }
    assert_eq!((b.got.len(), b.counters.too_far_ahead), (0, 0));
    b.hear(first, START);
    assert_eq!(b.got.len(), WINDOW);
    for message in b.poll(START + Duration::from_millis(50)) {
        a.hear(message, START);
    }
    assert_eq!(a.poll(START).len(), WINDOW);
}

#[test]
fn what_is_too_far_ahead_or_too_much_is_not_kept() {
    let [mut a, mut b] = acquainted();
    a.say(1);
    let template = a.poll(START).remove(0);
    let first = template.number.unwrap();
    let ahead = |by: u32, sdp: String| LinkMessage {
        number: Some(first + by),
        body: Body::Description(SessionDescription::offer(sdp)),
        ..template.clone()
    };
    b.hear(ahead(MAX_AHEAD, "9".to_owned()), START);
    assert_eq!(b.counters.too_far_ahead, 1);
    b.hear(ahead(MAX_AHEAD - 1, "9".to_owned()), START);
    assert_eq!(b.counters.too_far_ahead, 1);
    // A flood of large ones that wait for the first.
    for by in 1..20 {
        b.hear(ahead(by, "9".repeat(SessionDescription::MAX_LENGTH)), START);
    }
    assert_eq!(b.counters.too_far_ahead, 15);
    b.hear(ahead(1, "9".to_owned()), START);
    assert_eq!((b.counters.duplicate, b.got.len()), (1, 0));
}

#[test]
fn as_much_as_the_bound_is_kept_and_not_a_byte_more() {
    let [mut a, mut b] = acquainted();
    a.say(1);
    let template = a.poll(START).remove(0);
    let first = template.number.unwrap();
    let mut hear = |by, length| {
        let body = Body::Description(SessionDescription::offer("9".repeat(length)));
        b.hear(LinkMessage { number: Some(first + by), body, ..template.clone() }, START);
        b.counters.too_far_ahead
    };
    for by in 1..6 {
        hear(by, SessionDescription::MAX_LENGTH);
    }
    assert_eq!(hear(6, MAX_HELD_BYTES - 5 * SessionDescription::MAX_LENGTH), 0);
    assert_eq!(hear(7, 1), 1);
}

#[test]
fn what_frees_the_others_is_always_taken() {
    let [mut a, mut b] = acquainted();
    a.say(1);
    let template = a.poll(START).remove(0);
    let first = template.number.unwrap();
    let large = |number, end| {
        let sdp = "0".repeat(SessionDescription::MAX_LENGTH - 1) + end;
        let body = Body::Description(SessionDescription::offer(sdp));
        LinkMessage { number: Some(number), body, ..template.clone() }
    };
    // The second time there is room for as much again: nothing is held any more.
    for first in [first, first + 6] {
        for by in 1..6 {
            b.hear(large(first + by, "7"), START);
        }
        b.hear(large(first, "1"), START);
        assert_eq!(b.counters.too_far_ahead, 0);
    }
    assert_eq!(b.got, [1, 7, 7, 7, 7, 7, 1, 7, 7, 7, 7, 7]);
}

#[test]
fn an_acknowledgement_of_what_was_never_sent_is_counted_and_means_nothing() {
    let [mut a, mut b] = acquainted();
    a.say(1);
    a.poll(START);
    b.transport.announce(START);
    let mut message = b.poll(START).remove(0);
    message.ack = 2;
    a.hear(message.clone(), START);
    assert_eq!((a.counters.bad_ack, a.transport.is_idle()), (1, false));
    message.ack = 1;
    // Not addressed: it may be meant for another life of ours.
    message.to = None;
    a.hear(message.clone(), START);
    assert!(!a.transport.is_idle());
    message.to = Some(name("a"));
    a.hear(message, START);
    assert!(a.transport.is_idle());
}

#[test]
fn nothing_goes_out_while_the_other_side_cannot_be_reached_and_all_of_it_when_it_can() {
    let [mut a, _] = acquainted();
    a.say(1);
    a.poll(START);
    assert!(a.transport.set_reachable(false, START));
    assert!(!a.transport.set_reachable(false, START));
    a.say(2);
    assert_eq!((a.poll(START + Duration::from_secs(60)).len(), a.transport.poll_timeout()), (0, None));
    let back = START + Duration::from_secs(100);
    assert!(a.transport.set_reachable(true, back));
    let said: Vec<_> = a.poll(back).iter().map(|message| message.number.is_some()).collect();
    assert_eq!(said, [false, true, true], "a sync, and both messages");
    // That it still can is no news.
    let later = back + Duration::from_millis(100);
    assert!(!a.transport.set_reachable(true, later));
    assert_eq!(a.poll(later), []);
}

#[test]
fn the_first_word_of_the_other_side_is_no_cause_to_send_again() {
    let [mut a, mut b] = [End::new("a"), End::new("b")];
    a.say(1);
    for message in a.poll(START) {
        b.hear(message, START);
    }
    for message in b.poll(START) {
        // As if it had been said before the other side had ours.
        a.hear(LinkMessage { ack: 0, ..message }, START);
    }
    assert!(a.transport.identity().is_established());
    a.poll(START);
    assert_eq!(a.counters.resent, 0);
}

#[test]
fn a_sync_is_answered_once_in_a_while_however_often_it_comes() {
    let [mut a, mut b] = acquainted();
    a.transport.announce(START);
    let ask = a.poll(START).remove(0);
    assert!(matches!(ask.body, Body::Sync(Sync { answer: true, .. })));
    for _ in 0..100 {
        b.hear(ask.clone(), START);
    }
    let answers = b.poll(START);
    assert!(matches!(&answers[..], [LinkMessage { body: Body::Sync(Sync { answer: false, .. }), .. }]));
    b.hear(ask, START);
    assert_eq!(b.poll(START + Duration::from_millis(49)).len(), 0);
    assert_eq!(b.poll(START + Duration::from_millis(50)).len(), 1);
}

#[test]
fn a_sync_goes_out_again_until_the_other_side_has_answered() {
    let mut a = End::new("a");
    a.transport.announce(START);
    let mut sent = Vec::new();
    let mut now = START;
    for _ in 0..7 {
        assert_eq!(a.poll(now).len(), 1);
        sent.push((now - START).as_millis());
        now = a.transport.poll_timeout().unwrap();
    }
    assert_eq!(sent, [0, 500, 1500, 3500, 7500, 12_500, 17_500]);
}

#[test]
fn states_that_have_not_gone_out_are_folded_into_one_and_candidates_into_one_message() {
    let [mut a, _] = acquainted();
    let sources = |name: &str| Body::Sources(Sources(vec![Source { name: name.to_owned(), ..Source::default() }]));
    let candidates = |count| Body::Candidates(vec![None; count]);
    for body in [sources("1"), candidates(1), sources("2"), candidates(2), Body::Negotiate { need: Need::new(1, 0) }] {
        a.transport.push(Epoch(1), body).unwrap();
    }
    a.transport.push(Epoch(1), Body::Negotiate { need: Need::new(2, 0) }).unwrap();
    // Of another epoch it is another request.
    a.transport.push(Epoch(2), Body::Negotiate { need: Need::new(3, 0) }).unwrap();
    let bodies: Vec<_> = a.poll(START).into_iter().map(|message| message.body).collect();
    let need = |audio| Body::Negotiate { need: Need::new(audio, 0) };
    assert_eq!(bodies, [sources("2"), candidates(3), need(2), need(3)]);
    // What is on its way is not changed any more.
    a.transport.push(Epoch(1), sources("3")).unwrap();
    a.transport.push(Epoch(1), candidates(MAX_CANDIDATES)).unwrap();
    a.transport.push(Epoch(1), candidates(1)).unwrap();
    a.transport.push(Epoch(2), candidates(1)).unwrap();
    assert_eq!(a.poll(START).len(), 4);
}

#[test]
fn of_the_state_only_the_last_of_each_kind_is_kept_over_a_new_beginning() {
    let [mut a, mut b] = acquainted();
    let sources = |name: &str| Body::Sources(Sources(vec![Source { name: name.to_owned(), ..Source::default() }]));
    for name in ["1", "2"] {
        a.transport.push(Epoch(1), sources(name)).unwrap();
        a.poll(START);
    }
    a.say(1);
    a.transport.push(Epoch(1), Body::Negotiate { need: Need::new(1, 1) }).unwrap();
    a.transport.outbox().restart();
    a.say(2);
    let sent = a.poll(START);
    let base = sent[0].base;
    assert_eq!(sent.iter().map(|message| message.number.unwrap() - base).collect::<Vec<_>>(), [0, 1, 2]);
    assert_eq!(sent[0].body, sources("2"));
    assert_eq!(sent[1].body, Body::Negotiate { need: Need::new(1, 1) });
    assert_eq!(a.counters.resent, 0, "under a new number it is a new message");
    for message in sent {
        b.hear(message, START);
    }
    assert_eq!(b.got, [2]);
}

#[test]
fn a_message_from_before_a_new_beginning_is_dropped() {
    let [mut a, mut b] = acquainted();
    a.say(1);
    let old = a.poll(START).remove(0);
    a.transport.outbox().clear();
    a.say(2);
    let new = a.poll(START).remove(0);
    b.hear(new, START);
    b.hear(old.clone(), START);
    assert_eq!((&b.got, b.counters.duplicate), (&vec![2], 1));
    // Whatever number it has.
    b.hear(LinkMessage { number: Some(3), ..old }, START);
    assert_eq!((b.got, b.counters.duplicate), (vec![2], 2));
}
