//! A frame of a client.
#![no_main]

libfuzzer_sys::fuzz_target!(|text: &str| rejoin_fuzz::messages::relay_client(text));
