//! The decisions of rejoin, made without a browser.
//!
//! Everything here is a value or a state machine: time and randomness are arguments, what
//! happened goes in by `handle_…`, what is to be done comes out by `poll_…`. There is no
//! clock, no global, no browser type and no async, so that every rule can be tested natively
//! and two machines can be run against each other over a simulated network.

#![cfg_attr(
    test,
    allow(
        clippy::unwrap_used,
        clippy::expect_used,
        clippy::panic,
        clippy::indexing_slicing,
        reason = "a test fails by panicking"
    )
)]

pub mod backoff;
pub mod channel;
pub mod durable;
pub mod fields;
pub mod ice;
pub mod id;
pub mod link;
pub mod media;
pub mod names;
pub mod negotiation;
pub mod relay;
pub mod sdp;
pub mod session;
pub mod state;
pub mod text;
pub mod time;
