//! Two ends of a durable channel over connections that come, overlap and go: each message arrives exactly once, or its
//! loss is told.
//!
//! `REJOIN_SCHEDULES=n` runs more (default 10,000), `REJOIN_SEED=n` runs one.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::unreachable,
    reason = "a test fails by panicking"
)]

mod edges;
mod hostile;
mod schedules;
mod stories;
mod world;
