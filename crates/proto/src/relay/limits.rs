//! The bounds of the relay protocol. A server may set lower ones; no valid message exceeds these.
//!
//! Lengths are in bytes of UTF-8, before JSON escapes them.

use core::time::Duration;

/// The most bytes of one frame from a client, JSON and all: 256 KiB.
///
/// A session description with 20 media lines has about 60 KB. A server that takes less says so in
/// `welcome.maxMessageBytes`.
pub const MAX_MESSAGE_BYTES: usize = 256 * 1024;

/// The most bytes of `info`: 4 KiB.
pub const MAX_INFO_BYTES: usize = 4 * 1024;

/// The most bytes of `token` and of `resume`: 4 KiB.
pub const MAX_TOKEN_BYTES: usize = 4 * 1024;

/// The most peers a room can be asked to hold (`hello.capacity`).
pub const MAX_CAPACITY: u16 = u16::MAX;

/// How often a client says `ping` where the server names no time: 10 s.
pub const DEFAULT_HEARTBEAT: Duration = Duration::from_secs(10);

/// How long a server keeps the place of a peer whose socket was lost, unless configured otherwise: 30 s.
pub const DEFAULT_RESUME_WINDOW: Duration = Duration::from_secs(30);
