//! Delivery over a network that loses, doubles and reorders, whatever is said when.

use proptest::prelude::*;

use super::super::*;
use super::delivery::End;

/// What the network does with the messages of one moment.
#[derive(Debug, Clone, Copy)]
enum Fate {
    Deliver,
    Lose,
    Double,
    Late(u64),
}

fn fate() -> impl Strategy<Value = Fate> {
    prop_oneof![
        3 => Just(Fate::Deliver),
        2 => Just(Fate::Lose),
        1 => Just(Fate::Double),
        2 => (1u64..3000).prop_map(Fate::Late),
    ]
}

/// Runs two ends: at each step of 100 ms each says some messages, and may give up what is not delivered yet.
fn run(steps: &[(u8, u8, bool)], fates: &[Fate]) -> [(Vec<u32>, Vec<u32>); 2] {
    let mut ends = [End::new("a"), End::new("b")];
    let mut said = [Vec::new(), Vec::new()];
    let mut flying: Vec<(u64, usize, LinkMessage)> = Vec::new();
    let mut fates = fates.iter().copied();
    let (mut next, mut ms, mut calm) = (0, 0, 0);
    while calm < 200 {
        let (a, b, give_up) = steps.get(ms as usize / 100).copied().unwrap_or_default();
        for (end, count) in [(0, a), (1, b)] {
            for _ in 0..count {
                next += 1;
                ends[end].say(next);
                said[end].push(next);
            }
        }
        if give_up {
            ends[0].transport.outbox().clear();
        }
        let now = Instant::from_millis(ms);
        for (end, other) in [(0, 1), (1, 0)] {
            for message in ends[end].poll(now) {
                // The network gets well in the end: a message that is lost at every try never arrives.
                let fate = if calm < 100 { fates.next() } else { None };
                let at = match fate.unwrap_or(Fate::Deliver) {
                    Fate::Deliver => ms,
                    Fate::Lose => continue,
                    Fate::Double => {
                        flying.push((ms + 150, other, message.clone()));
                        ms
                    }
                    Fate::Late(by) => ms + by,
                };
                flying.push((at, other, message));
            }
        }
        // Newest first: what arrives at the same time arrives in the wrong order.
        let (due, rest) = flying.drain(..).rev().partition(|(at, ..)| *at <= ms);
        flying = rest;
        for (_, to, message) in due {
            ends[to].hear(message, now);
        }
        ms += 100;
        calm = if ms as usize / 100 > steps.len() { calm + 1 } else { 0 };
    }
    let [a, b] = ends;
    assert!(a.transport.is_idle() && b.transport.is_idle(), "something is not delivered");
    let [from_a, from_b] = said;
    [(from_a, b.got), (from_b, a.got)]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    #[test]
    fn each_message_arrives_once_and_in_order(
        steps in prop::collection::vec((0u8..5, 0u8..5, Just(false)), 1..30),
        fates in prop::collection::vec(fate(), 0..200),
    ) {
        for (said, got) in run(&steps, &fates) {
            prop_assert_eq!(said, got);
        }
    }

    #[test]
    fn what_is_given_up_is_skipped_and_the_rest_arrives_once_and_in_order(
        steps in prop::collection::vec((0u8..5, 0u8..5, prop::bool::weighted(0.2)), 1..30),
        fates in prop::collection::vec(fate(), 0..200),
    ) {
        let last = steps.iter().rposition(|(.., give_up)| *give_up).map_or(0, |step| step + 1);
        let after: usize = steps[last..].iter().map(|(a, ..)| usize::from(*a)).sum();
        let [(from_a, at_b), (from_b, at_a)] = run(&steps, &fates);
        prop_assert_eq!(from_b, at_a);
        prop_assert!(at_b.is_sorted_by(|a, b| a < b));
        prop_assert!(at_b.ends_with(&from_a[from_a.len() - after..]));
    }
}
