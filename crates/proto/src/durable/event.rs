//! What the application of a durable channel hears besides its messages.

use super::Durable;

/// What the application must hear.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum DurableEvent {
    /// Messages are lost.
    Lost(Lost),
    /// The channel is over, on both sides or by the deadline. The last event.
    Closed,
}

/// Messages that did not arrive, or of which it is not known; by their numbers, of which each sender's first is 1.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct Lost {
    /// Whose they were.
    pub direction: Direction,
    /// The first.
    pub from: u64,
    /// The last; `None` for all that there may have been from [`from`](Self::from) on.
    pub to: Option<u64>,
}

/// Whose messages.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Direction {
    /// This side's; or those of the page that this one took the place of.
    Sent,
    /// The other side's.
    Received,
}

impl Direction {
    /// In one word.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Sent => "sent",
            Self::Received => "received",
        }
    }
}

impl Durable {
    pub(super) fn lose(&mut self, direction: Direction, lost: Option<(u64, Option<u64>)>) {
        let Some((from, to)) = lost else { return };
        // The shell hears them at once; who forges losses makes it remember no more than these.
        if self.events.len() < MAX_EVENTS {
            self.events.push_back(DurableEvent::Lost(Lost { direction, from, to }));
        }
    }
}

const MAX_EVENTS: usize = 64;
