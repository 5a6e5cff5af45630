//! A frame of the server.
#![no_main]

libfuzzer_sys::fuzz_target!(|text: &str| rejoin_fuzz::messages::relay_server(text));
