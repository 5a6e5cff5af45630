//! The server over real sockets, as its clients meet it.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    unreachable_pub,
    reason = "tests"
)]

mod bad_input;
mod http;
mod kick;
mod limits;
mod program;
mod resume;
mod rooms;
mod shutdown;
mod support;
