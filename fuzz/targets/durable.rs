//! The end of a durable channel, its legs and whatever the other side may say.
#![no_main]

libfuzzer_sys::fuzz_target!(|story: rejoin_fuzz::durable::Story| story.run());
