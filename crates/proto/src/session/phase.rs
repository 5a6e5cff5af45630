//! Where a session stands, with what belongs to just that.

use core::time::Duration;

use super::{Failure, Loss, SessionState};
use crate::time::Instant;

/// The longest that a socket may take to open, however many attempts have failed.
///
/// Firefox holds a connection back for up to 60 s after others to the same host have failed
/// (<https://searchfox.org/mozilla-central/source/netwerk/protocol/websocket/WebSocketChannel.cpp>, `FailDelay`):
/// a shorter bound would end each attempt before it was made.
pub const LONGEST_CONNECT: Duration = Duration::from_secs(75);

/// The longest that the server can ask to stay away.
pub const LONGEST_FLOOR: Duration = Duration::from_secs(300);

/// How late a deadline must be noticed for the page to count as having slept: the server is asked once more.
pub const LATE: Duration = Duration::from_secs(2);

/// How long a page that goes into the cache waits before it dials; in the cache its clock stands still.
pub(super) const HIDDEN: Duration = Duration::from_secs(5);

/// How long a page that was loaded anew waits for the id that it had. The page before it has let it go by then; a
/// duplicate of a page that lives waits in vain, and is somebody else.
pub const CLAIM: Duration = Duration::from_secs(1);

#[derive(Debug)]
pub(super) enum Phase {
    /// Whether the id is another page's is being found out, before anything is said under it.
    Claiming { deadline: Instant },
    /// A socket is being opened.
    Dialing { deadline: Instant },
    /// The hello is said.
    Greeting { deadline: Instant },
    /// In the room.
    Joined { ping_at: Instant, pong: Option<Pong> },
    /// No socket; the next comes at `until`, and not before `floor` whatever happens.
    Waiting { until: Instant, floor: Instant, delay: Duration, reason: Loss },
    /// No socket, and none will come by itself.
    Failed(Failure),
    /// No socket, and none will come.
    Closed,
}

/// A ping that is not answered yet.
#[derive(Debug, Clone, Copy)]
pub(super) struct Pong {
    pub(super) deadline: Instant,
    pub(super) asked: Asked,
}

/// Whether a ping was sent because the answer to the one before was missed asleep.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Asked {
    Once,
    Again,
}

impl Phase {
    pub(super) const fn has_socket(&self) -> bool {
        matches!(self, Self::Dialing { .. } | Self::Greeting { .. } | Self::Joined { .. })
    }

    pub(super) fn timeout(&self) -> Option<Instant> {
        match self {
            Self::Claiming { deadline } | Self::Dialing { deadline } | Self::Greeting { deadline } => Some(*deadline),
            Self::Joined { ping_at, pong } => Some(pong.map_or(*ping_at, |pong| pong.deadline.min(*ping_at))),
            Self::Waiting { until, .. } => Some(*until),
            Self::Failed(_) | Self::Closed => None,
        }
    }

    pub(super) fn state(&self, attempt: u32) -> SessionState {
        match self {
            Self::Claiming { .. } | Self::Dialing { .. } | Self::Greeting { .. } => {
                SessionState::Connecting { attempt }
            }
            Self::Joined { .. } => SessionState::Joined,
            Self::Waiting { delay, reason, .. } => {
                SessionState::Waiting { attempt, delay: *delay, reason: reason.clone() }
            }
            Self::Failed(reason) => SessionState::Failed { reason: reason.clone() },
            Self::Closed => SessionState::Closed,
        }
    }
}
