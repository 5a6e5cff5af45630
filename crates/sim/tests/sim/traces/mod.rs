//! Calls of real browsers, recorded by `npm run traces`, replayed to the machines that were recorded: two links get what the
//! browsers said, when they said it, and must ask of each connection what was asked of it then, in that order, and end
//! in the same states.

mod recording;
mod replay;

use recording::{Trace, paths};
use replay::Replay;

pub(crate) use recording::said_in_order;

#[test]
fn recorded_calls_of_real_browsers_are_replayed() {
    for path in paths() {
        println!("{}", path.display());
        Replay::new(Trace::read(&path)).run();
    }
}
