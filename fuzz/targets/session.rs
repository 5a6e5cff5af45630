//! A session, its socket and whatever a server may say.
#![no_main]

libfuzzer_sys::fuzz_target!(|story: rejoin_fuzz::session::Story| story.run());
