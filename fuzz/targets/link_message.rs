//! A text from peer to peer.
#![no_main]

libfuzzer_sys::fuzz_target!(|text: &str| rejoin_fuzz::messages::link(text));
