//! Everything that fails, in virtual time: every schedule must end connected, or closed or failed with a reason.
//!
//! - Two links, a network that loses, doubles, reorders and delays, and browsers with their quirks.
//! - [`stacks`]: two whole stacks with the server between them, and durable channels.
//! - [`foreign`]: two sides of perfect negotiation.
//!
//! `REJOIN_SCHEDULES=n` runs more (default 10,000), `REJOIN_SEED=n` runs one and tells it. `npm run simulate` runs 100,000.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::unreachable,
    reason = "a test fails by panicking"
)]

mod browser;
mod connections;
mod coverage;
mod ending;
mod engine;
mod foreign;
mod path;
mod plan;
mod schedule;
mod shell;
mod side;
mod stacks;
mod traces;
mod world;

use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Instant;

use coverage::Coverage;

fn number(name: &str) -> Option<u64> {
    std::env::var(name).ok().map(|value| value.parse().unwrap_or_else(|_| panic!("{name} is a number")))
}

/// Runs the schedules of all seeds, on every core; a seed that fails is printed.
fn every_schedule(what: &str, run: fn(u64, &mut Coverage, bool)) -> Option<Coverage> {
    if let Some(seed) = number("REJOIN_SEED") {
        run(seed, &mut Coverage::default(), true);
        return None;
    }
    let schedules = number("REJOIN_SCHEDULES").unwrap_or(10_000);
    let threads = std::thread::available_parallelism().map_or(1, usize::from);
    let begin = Instant::now();
    let failed = AtomicBool::new(false);
    let part = |first: usize| {
        let mut coverage = Coverage::default();
        for seed in (first as u64..schedules).step_by(threads) {
            if failed.load(Ordering::Relaxed) {
                break;
            }
            if catch_unwind(AssertUnwindSafe(|| run(seed, &mut coverage, false))).is_err() {
                failed.store(true, Ordering::Relaxed);
                let test = what.replace(' ', "_");
                panic!(
                    "{what}: the schedule of seed {seed} failed; this tells it: \
                     REJOIN_SEED={seed} cargo test -p rejoin-sim {test} -- --nocapture"
                );
            }
        }
        coverage
    };
    let coverage = std::thread::scope(|scope| {
        let parts: Vec<_> = (0..threads).map(|first| scope.spawn(move || part(first))).collect();
        let mut coverage = Coverage::default();
        for part in parts {
            coverage.merge(part.join().unwrap_or_else(|panic| resume_unwind(panic)));
        }
        coverage
    });
    let seconds = begin.elapsed().as_secs_f64();
    println!("{what}: {schedules} schedules in {seconds:.1} s, {:.0} a second", schedules as f64 / seconds);
    println!("{}", coverage.report());
    (schedules >= 10_000).then_some(coverage)
}

/// What ten thousand schedules of two links must reach, or the simulation does not try hard enough.
const MUST: &[&str] = &[
    // What goes wrong.
    "action refused",
    "candidate dropped",
    "carrier lost",
    "channel closed",
    "close seen by the channel",
    "close seen late",
    "connection failed",
    "connection that never comes up",
    "connectionState of an unknown name",
    "connectionState that is stuck",
    "constructor refused",
    "doubled",
    "forged",
    "ICE restarted",
    "ICE restarted in a silence",
    "internal channel that never opens",
    "late by seconds",
    "lost",
    "lost: no carrier",
    "lost: in band",
    "lost: nobody there",
    "negotiationneeded that never ends",
    "path lost",
    "path lost for a moment",
    "restart with relayed candidates",
    "silence",
    "silence at one end",
    "timers stand still",
    "network changed",
    "beat",
    "stale delivery",
    // What persons do.
    "person: call",
    "person: hang up",
    "person: reconnect",
    "person: tracks",
    "reload",
    "reload with a goodbye",
    // What the links find.
    "admission: create",
    "admission: ignore",
    "admission: reply",
    "duplicate",
    "late browser event",
    "malformed",
    "misaddressed",
    "old epoch",
    "other side loaded anew",
    "opened beside the last",
    "refused round",
    "resent",
    "retired",
    "sources told",
    "unknown type",
    "unproved",
    "actionFailed",
    "channelClosed",
    "connectTimeout",
    "connectionFailed",
    "disconnected",
    "negotiationTimeout",
    "oldEpoch",
    "requested",
    "silent",
    // How it ends.
    "attempts used up",
    "closed: gone",
    "closed: hung up",
    "closed: the other side hung up",
    "ended closed",
    "ended connected",
    "ended gone",
    "hang-up seen within a second",
    "in band",
    "in band: hang-up without a carrier",
];

/// The changes of state that ten thousand schedules must reach.
const MUST_CHANGE: &[(&str, &str)] = &[
    ("new", "connecting"),
    ("connecting", "connecting"),
    ("connecting", "connected"),
    ("connecting", "failed"),
    ("connecting", "closed"),
    ("connected", "grace"),
    ("connected", "waiting"),
    ("connected", "reconnecting"),
    ("connected", "failed"),
    ("connected", "closed"),
    ("grace", "connected"),
    ("grace", "restarting"),
    ("restarting", "connected"),
    ("restarting", "relaying"),
    ("restarting", "restarting"),
    ("restarting", "waiting"),
    ("restarting", "reconnecting"),
    ("restarting", "closed"),
    ("relaying", "connected"),
    ("relaying", "waiting"),
    ("relaying", "closed"),
    ("grace", "waiting"),
    ("grace", "reconnecting"),
    ("grace", "closed"),
    ("waiting", "reconnecting"),
    ("waiting", "closed"),
    ("reconnecting", "connected"),
    ("reconnecting", "waiting"),
    ("reconnecting", "failed"),
    ("reconnecting", "closed"),
    ("failed", "connecting"),
    ("failed", "reconnecting"),
    ("failed", "closed"),
];

#[test]
fn two_links_end_connected_or_closed_with_a_reason() {
    let Some(coverage) = every_schedule("two links", schedule::run) else { return };
    let missing = coverage.missing(MUST, MUST_CHANGE);
    assert!(missing.is_empty(), "not reached: {missing:?}");
    let missing = coverage.missing(&[], &traces::said_in_order());
    assert!(missing.is_empty(), "real browsers say this one after the other, the simulated ones never: {missing:?}");
}

/// What ten thousand schedules of perfect negotiation must reach.
const FOREIGN_MUST: &[&str] = &[
    "action refused",
    "answer refused and offered anew",
    "ended agreed",
    "ended failed",
    "glare of different kinds",
    "glare of first offers",
    "offer ignored",
    "offer yielded",
];

#[test]
fn perfect_negotiation_ends_agreed_or_says_why_not() {
    let Some(coverage) = every_schedule("perfect negotiation", foreign::run) else { return };
    let missing = coverage.missing(FOREIGN_MUST, &[]);
    assert!(missing.is_empty(), "not reached: {missing:?}");
}

#[test]
fn a_seed_gives_the_same_schedule_each_time() {
    for run in [schedule::run, foreign::run, stacks::run] {
        let report = || {
            let mut coverage = Coverage::default();
            (0..60).for_each(|seed| run(seed, &mut coverage, false));
            coverage.report()
        };
        assert_eq!(report(), report());
    }
}
