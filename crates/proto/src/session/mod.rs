//! The signaling session: in a room of the server, and back in it whatever happens to the socket.
//!
//! ```text
//!  Claiming    for a page that was loaded anew: until it is known whether it is the only one of its identity
//!     |
//!     v      open            welcome
//!  Dialing ---------> Greeting --------> Joined
//!   ^  |                 |                 |
//!   |  | closed, late    | closed, late,   | closed, no pong
//!   |  v                 v refused for now v
//!   +--- Waiting <-------+<----------------+
//!     until the time has come,        any ---> Failed   a final refusal or close code, attempts used up
//!     the network is back,            any ---> Closed   the user's word
//!     the page is seen again
//! ```
//!
//! Decided here: when to dial, what to say first, when a silent server counts as lost, how long to
//! wait, what is final, and who is in the room. What the messages look like is
//! [`relay`](crate::relay)'s, and the socket is the shell's.

mod config;
mod event;
mod identity;
mod machine;
mod output;
mod phase;
mod roster;
#[cfg(test)]
mod tests;

pub use config::SessionConfig;
pub use event::{Failure, Loss, NetworkChange, SessionEvent, SessionState, Violation};
pub use identity::Identity;
pub use machine::Session;
pub use output::{Claim, NotJoined, Output};
pub use phase::{CLAIM, LATE, LONGEST_CONNECT, LONGEST_FLOOR};
pub use roster::MAX_PEERS;
