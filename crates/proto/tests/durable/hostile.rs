//! An other side that lies: nothing panics, nothing grows, what is dropped is counted.

use proptest::prelude::*;
use rejoin_proto::channel::{Message, Order};
use rejoin_proto::durable::{Durable, MAX_BYTES, MAX_MESSAGES, StreamId};
use rejoin_proto::id::Epoch;

pub(crate) const ME: StreamId = StreamId(1);
pub(crate) const OTHER: StreamId = StreamId(2);

pub(crate) fn victim(order: Order) -> Durable {
    let mut end = Durable::new(ME, order);
    end.handle_leg(Some(Epoch(1)));
    end.handle_other(Epoch(1), OTHER);
    end.handle_frame(OTHER, resume(0, 1, ME.0));
    end
}

pub(crate) fn resume(received: u64, base: u64, to: u64) -> Vec<u8> {
    [&[0], &base.to_be_bytes()[..], &received.to_be_bytes(), &to.to_be_bytes(), &[4]].concat()
}

pub(crate) fn data(number: u32, message: &[u8]) -> Vec<u8> {
    [message, &number.to_be_bytes(), &[1]].concat()
}

/// All that it sends now goes out; gives it.
pub(crate) fn send(end: &mut Durable) -> Vec<Vec<u8>> {
    let frames = std::iter::from_fn(|| {
        let frame = end.poll_frame()?;
        let bytes = frame.bytes.clone();
        end.handle_sent(frame);
        Some(bytes)
    });
    frames.collect()
}

#[test]
fn an_acknowledgement_of_what_was_never_sent_means_nothing() {
    let mut end = victim(Order::Ordered);
    (0..3).for_each(|_| assert!(end.push(Message::from("x")).is_ok()));
    let ack = |number: u32| [&1_u32.to_be_bytes()[..], &number.to_be_bytes(), &[3]].concat();
    end.handle_frame(OTHER, ack(1));
    assert_eq!((end.counters().bad_ack, end.unacknowledged_bytes()), (1, 3), "it was pushed and not sent");
    send(&mut end);
    end.handle_frame(OTHER, ack(4));
    end.handle_frame(OTHER, ack(u32::MAX));
    end.handle_frame(OTHER, resume(4, 1, ME.0));
    assert_eq!((end.counters().bad_ack, end.unacknowledged_bytes()), (4, 3));
    end.handle_frame(OTHER, [&7_u32.to_be_bytes()[..], &3_u32.to_be_bytes(), &[3]].concat());
    assert_eq!((end.counters().stale, end.unacknowledged_bytes()), (1, 3), "it is about another stream");
    end.handle_frame(OTHER, ack(3));
    assert_eq!(end.unacknowledged_bytes(), 0);
}

#[test]
fn messages_out_of_turn_far_ahead_or_again_are_dropped() {
    let mut end = victim(Order::Ordered);
    for number in [2, 1, 1, 0, u32::MAX] {
        end.handle_frame(OTHER, data(number, b"x"));
    }
    assert_eq!((end.counters().gap, end.counters().duplicate), (1, 3));
    assert_eq!(end.take(), Some(Message::Binary(b"x".to_vec())));

    let mut end = victim(Order::Unordered);
    end.handle_frame(OTHER, data(MAX_MESSAGES as u32 + 1, b"x"));
    end.handle_frame(OTHER, data(u32::MAX / 2, b"x"));
    assert_eq!(end.counters().overrun, 2);
    end.handle_frame(OTHER, data(MAX_MESSAGES as u32, b"x"));
    assert!(end.take().is_some());
}

#[test]
fn more_than_may_be_on_its_way_is_not_kept() {
    for order in [Order::Ordered, Order::Unordered] {
        let mut end = victim(order);
        for number in 1..=6 {
            end.handle_frame(OTHER, data(number, &vec![0; MAX_BYTES / 4]));
        }
        assert_eq!(end.counters().overrun + end.counters().gap, 2);
        assert_eq!(std::iter::from_fn(|| end.take()).count(), 4);
    }
}

#[test]
fn what_comes_before_it_can_be_placed_is_bounded_too() {
    let mut end = Durable::new(ME, Order::Unordered);
    end.handle_other(Epoch(1), OTHER);
    for number in 1..=6 {
        end.handle_frame(OTHER, data(number, &vec![0; MAX_BYTES / 4]));
    }
    assert_eq!(end.counters().overrun, 2);
    assert_eq!(end.take(), None);
    end.handle_frame(OTHER, resume(0, 1, ME.0));
    assert_eq!(std::iter::from_fn(|| end.take()).count(), 4);
}

#[test]
fn a_jump_of_the_numbers_is_a_loss_that_is_told_once_each() {
    let mut end = victim(Order::Ordered);
    for jump in [u64::MAX, 5, u64::MAX - 1] {
        end.handle_frame(OTHER, resume(0, jump, ME.0));
    }
    assert_eq!(std::iter::from_fn(|| end.poll_event()).count(), 1);
    end.handle_frame(OTHER, data(u32::MAX, b"x"));
    end.handle_frame(OTHER, data(0, b"x"));
    while end.take().is_some() {}
}

#[test]
fn losses_that_are_forged_are_not_kept_without_end() {
    let mut end = victim(Order::Ordered);
    for base in 1..1_000 {
        end.handle_frame(OTHER, resume(0, 10 * base, ME.0));
    }
    assert!(std::iter::from_fn(|| end.poll_event()).count() <= 64);
}

#[test]
fn an_other_side_that_takes_next_to_nothing_is_sent_nothing_and_not_without_end() {
    // As `max-message-size` says it, which the other side's description may have as small as it likes.
    for max in 0..40 {
        let mut end = victim(Order::Ordered);
        for text in ["", "a message", "another"] {
            assert!(end.push(Message::from(text)).is_ok());
        }
        end.handle_leg(Some(Epoch(2)));
        let mut frames = 0;
        while let Some(frame) = end.poll_frame() {
            frames += 1;
            assert!(frames < 20, "without end, where {max} bytes are taken");
            if frame.bytes.len() > max { end.handle_too_large(frame) } else { end.handle_sent(frame) }
        }
        if max < 26 {
            assert!(!end.is_ready(), "the word where it stands did not go out: {max}");
        }
        // A leg that takes more gets it all.
        end.handle_leg(Some(Epoch(3)));
        end.handle_other(Epoch(3), OTHER);
        end.handle_frame(OTHER, resume(0, 1, ME.0));
        assert!(end.is_ready());
        let frames = std::iter::from_fn(|| end.poll_frame().map(|frame| end.handle_sent(frame))).count();
        assert!(frames >= 3, "{frames} where {max} bytes are taken");
    }
}

#[test]
fn frames_of_another_stream_and_junk_are_counted_and_change_nothing() {
    let mut end = victim(Order::Ordered);
    assert!(end.push(Message::from("x")).is_ok());
    end.handle_frame(StreamId(9), data(1, b"x"));
    for junk in [&b""[..], b"junk", &[0xff; 40]] {
        end.handle_frame(OTHER, junk.to_vec());
    }
    assert_eq!((end.counters().stale, end.counters().malformed), (1, 3));
    assert_eq!((end.take(), end.poll_event()), (None, None));
}

#[test]
fn on_our_own_leg_only_the_word_that_it_is_over_is_believed() {
    let mut end = victim(Order::Ordered);
    assert!(end.push(Message::from("x")).is_ok());
    send(&mut end);
    let gone = |received: u64, to: u64| [&received.to_be_bytes()[..], &to.to_be_bytes(), &[6]].concat();
    assert!(!end.handle_answer(b"hello, who are you?".to_vec()));
    assert!(end.handle_answer(gone(1, 7)) && end.handle_answer(gone(2, ME.0)));
    assert!(!end.is_closed());
    assert!(end.handle_answer(gone(1, ME.0)));
    assert!(end.is_closed());
}

#[derive(Debug, Clone)]
enum Step {
    Frame(Vec<u8>),
    Answer(Vec<u8>),
    Other(u32, u64),
    Leg(Option<u32>),
    Push,
    Take,
    Send,
    Unsent,
    TooLarge,
    Close,
    Deadline,
    Aborted,
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let small = || prop_oneof![0_u64..6, Just(u64::MAX), any::<u64>()];
    let number = prop_oneof![0_u32..6, Just(u32::MAX), any::<u32>()];
    let frame = prop_oneof![
        (number.clone(), prop::collection::vec(any::<u8>(), 0..4)).prop_map(|(number, bytes)| data(number, &bytes)),
        (number.clone(), number, 0_u8..3).prop_map(|(ack, number, kind)| [
            &1_u32.to_be_bytes()[..],
            &ack.to_be_bytes(),
            &number.to_be_bytes(),
            &[kind | 0x80]
        ]
        .concat()),
        (small(), small(), 0_u64..4, any::<bool>()).prop_map(|(received, base, to, ask)| {
            let mut bytes = resume(received, base, to);
            *bytes.last_mut().unwrap() |= u8::from(ask) << 7;
            [&[0, 0, 0, 3, 0, 0, 0, 2][..], &[1], &bytes[1..]].concat()
        }),
        (small(), 5_u8..6, any::<bool>())
            .prop_map(|(last, kind, got)| { [&last.to_be_bytes()[..], &[kind | u8::from(got) << 7]].concat() }),
        (small(), 0_u64..3).prop_map(|(a, b)| [&a.to_be_bytes()[..], &b.to_be_bytes(), &[6]].concat()),
        prop::collection::vec(any::<u8>(), 0..40),
    ];
    let step = prop_oneof![
        8 => frame.clone().prop_map(Step::Frame),
        1 => frame.prop_map(Step::Answer),
        1 => (0_u32..5, 2_u64..4).prop_map(|(epoch, stream)| Step::Other(epoch, stream)),
        1 => prop::option::of(0_u32..5).prop_map(Step::Leg),
        3 => Just(Step::Push),
        2 => Just(Step::Take),
        4 => Just(Step::Send),
        1 => Just(Step::Unsent),
        1 => Just(Step::TooLarge),
        1 => Just(Step::Close),
        1 => Just(Step::Deadline),
        1 => Just(Step::Aborted),
    ];
    prop::collection::vec(step, 0..60)
}

proptest! {
    #[test]
    fn whatever_the_other_side_does_nothing_panics_and_bounds_hold(steps in steps(), unordered: bool) {
        let mut end = victim(if unordered { Order::Unordered } else { Order::Ordered });
        let mut closed = 0;
        for step in steps {
            match step {
                Step::Frame(bytes) => end.handle_frame(OTHER, bytes),
                Step::Answer(bytes) => drop(end.handle_answer(bytes)),
                Step::Other(epoch, stream) => end.handle_other(Epoch(epoch), StreamId(stream)),
                Step::Leg(epoch) => end.handle_leg(epoch.map(Epoch)),
                Step::Push => drop(end.push(Message::from("push"))),
                Step::Take => drop(end.take()),
                Step::Send => drop(send(&mut end)),
                Step::Unsent => if let Some(frame) = end.poll_frame() { end.handle_unsent(frame) },
                Step::TooLarge => if let Some(frame) = end.poll_frame() { end.handle_too_large(frame) },
                Step::Close => end.close(),
                Step::Deadline => end.handle_deadline(),
                Step::Aborted => end.handle_aborted(),
            }
            prop_assert!(end.unacknowledged_bytes() <= MAX_BYTES);
            while let Some(event) = end.poll_event() {
                prop_assert_eq!(closed, 0, "after the end");
                closed += u32::from(event == rejoin_proto::durable::DurableEvent::Closed);
            }
            prop_assert_eq!(end.is_closed(), closed == 1);
        }
    }
}
