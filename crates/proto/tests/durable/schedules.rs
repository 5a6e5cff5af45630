//! Schedules drawn from a seed: everything goes wrong at any moment, and still each message arrives once.

use std::collections::BTreeMap;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};

use rejoin_proto::channel::Order;

use crate::world::World;

/// What ten thousand schedules must reach, or they do not try hard enough.
const MUST: &[&str] = &[
    "a close in the middle",
    "a close over more than one connection",
    "a connection lost",
    "a connection beside another",
    "a duplicate dropped",
    "a frame delivered out of order",
    "a frame of a former page dropped",
    "a frame refused by the leg",
    "a loss told of one's own",
    "a loss told of the other's",
    "a message replayed",
    "a page loaded anew",
    "a page loaded anew with messages unread",
    "an abort",
    "a graceful end of both",
    "an end told on the next connection",
    "messages of a hundred or more",
];

type Coverage = BTreeMap<&'static str, u64>;

#[test]
fn every_message_arrives_once_whatever_becomes_of_the_connections() {
    let number = |name: &str| std::env::var(name).ok().map(|value| value.parse::<u64>().expect("a number"));
    if let Some(seed) = number("REJOIN_SEED") {
        let mut coverage = Coverage::new();
        run(seed, &mut coverage);
        println!("{coverage:#?}");
        return;
    }
    let schedules = number("REJOIN_SCHEDULES").unwrap_or(10_000);
    let (mut coverage, begin) = (Coverage::new(), std::time::Instant::now());
    for seed in 0..schedules {
        if let Err(panic) = catch_unwind(AssertUnwindSafe(|| run(seed, &mut coverage))) {
            println!("the schedule of seed {seed} failed; REJOIN_SEED={seed} runs it alone");
            resume_unwind(panic);
        }
    }
    println!("{schedules} schedules in {:.1} s: {coverage:#?}", begin.elapsed().as_secs_f64());
    let missing: Vec<_> = MUST.iter().filter(|what| !coverage.contains_key(*what)).collect();
    assert!(schedules < 10_000 || missing.is_empty(), "not reached: {missing:?}");
}

fn run(seed: u64, coverage: &mut Coverage) {
    let mut rng = fastrand::Rng::with_seed(seed);
    let order = if rng.bool() { Order::Ordered } else { Order::Unordered };
    let mut world = World::new(order);
    let mut met = |what: &'static str| *coverage.entry(what).or_default() += 1;
    // Some schedules are calm, some hectic; some end the channel.
    let (trouble, closes) = (rng.u32(1..20), rng.u32(0..4) == 0);
    let mut connections_at_close = None;
    let mut connections = 0;
    for _ in 0..rng.usize(50..1_000) {
        let side = rng.usize(0..2);
        match rng.u32(0..100) {
            0..25 => drop(world.push(side)),
            25..45 => drop(world.take(side)),
            45..65 => {
                let refuse = rng.u32(0..8) == 0;
                if refuse && !world.connections.is_empty() {
                    met("a frame refused by the leg");
                }
                world.flush(side, rng.usize(0..6), refuse);
            }
            65..90 if !world.connections.is_empty() => {
                let at = rng.usize(0..world.connections.len());
                let pick = rng.usize(0..8);
                for _ in 0..rng.usize(1..6) {
                    if world.deliver(at, side, pick) && pick > 0 && order == Order::Unordered {
                        met("a frame delivered out of order");
                    }
                }
            }
            90..92 if world.sides[side].end.owes() => world.sides[side].end.handle_ack_delay(),
            92..96 if !world.connections.is_empty() => {
                let at = rng.usize(0..world.connections.len());
                world.open(at, side);
            }
            _ if rng.u32(0..20) < trouble => match rng.u32(0..30) {
                0..10 if world.connections.len() < 3 => {
                    if !world.connections.is_empty() {
                        met("a connection beside another");
                    }
                    world.connect();
                    connections += 1;
                }
                10..16 if !world.connections.is_empty() => {
                    world.lose(rng.usize(0..world.connections.len()));
                    met("a connection lost");
                }
                16 => {
                    if !world.sides[1 - side].closed && world.sides[1 - side].end.unacknowledged_bytes() > 0 {
                        met("a page loaded anew with messages unread");
                    }
                    // A channel that is over stays over for the page that knows it: nothing would follow.
                    if !world.sides[1 - side].closed {
                        world.reload(side);
                        met("a page loaded anew");
                    }
                }
                17 if closes => {
                    world.sides[side].end.close();
                    world.hear(side);
                    connections_at_close.get_or_insert(connections);
                    met("a close in the middle");
                }
                18 if closes && rng.u32(0..4) == 0 => {
                    world.abort(side);
                    met("an abort");
                }
                _ => {}
            },
            _ => {}
        }
    }
    world.connect();
    connections += 1;
    let closed_before = world.sides.each_ref().map(|side| side.closed);
    world.settle();
    world.check();
    if closed_before[0] != closed_before[1] {
        met("an end told on the next connection");
    }
    for side in world.former.iter().flatten().chain(&world.sides) {
        let counters = side.end.counters();
        let found = [
            (counters.duplicate > 0, "a duplicate dropped"),
            (counters.replayed > 0, "a message replayed"),
            (counters.stale > 0, "a frame of a former page dropped"),
            (side.pushed >= 100, "messages of a hundred or more"),
        ];
        found.iter().filter(|(found, _)| *found).for_each(|(_, what)| met(what));
        for lost in &side.lost {
            let own = lost.direction == rejoin_proto::durable::Direction::Sent;
            met(if own { "a loss told of one's own" } else { "a loss told of the other's" });
        }
        assert_eq!((counters.malformed, counters.overrun, counters.bad_ack), (0, 0, 0));
        // Of a page that is new here the first messages are dropped until its newest leg is heard of; over that one all
        // come again.
        assert!(counters.gap == 0 || world.former.iter().any(|former| !former.is_empty()), "out of turn");
    }
    if world.sides.iter().all(|side| side.closed && side.lost.is_empty()) {
        met("a graceful end of both");
        if connections_at_close.is_some_and(|at| at < connections) {
            met("a close over more than one connection");
        }
    }
    // Where nobody closed it and no page was loaded anew, nothing is lost.
    if connections_at_close.is_none() && world.former.iter().all(Vec::is_empty) && !world.sides[0].closed {
        assert!(world.sides.iter().all(|side| side.lost.is_empty()), "a loss that was none");
        assert!(world.sides.iter().all(|side| side.end.unacknowledged_bytes() == 0), "not acknowledged");
    }
}
