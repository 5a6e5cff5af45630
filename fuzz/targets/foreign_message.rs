//! A text of a peer that is not rejoin.
#![no_main]

libfuzzer_sys::fuzz_target!(|text: &str| rejoin_fuzz::messages::foreign(text));
