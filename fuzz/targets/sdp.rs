//! A session description.
#![no_main]

libfuzzer_sys::fuzz_target!(|text: &str| rejoin_fuzz::texts::sdp(text));
