//! A link, its browser and whoever may write to it.
#![no_main]

libfuzzer_sys::fuzz_target!(|story: rejoin_fuzz::link::Story| story.run());
