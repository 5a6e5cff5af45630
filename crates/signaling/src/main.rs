//! The `rejoin-signaling` program.

fn main() {}
