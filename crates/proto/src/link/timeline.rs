//! What a link did, and why, in the order it happened: for a person who looks for the reason of a lost call.

use std::collections::VecDeque;

use crate::id::Epoch;
use crate::session::NetworkChange;
use crate::state::ConnectionState;
use crate::time::Instant;

use super::event::{Carrier, InternalChannel, LinkState, Presence, Step, Trouble};

/// The newest things that happened; of more than [`Timeline::MAX`] the oldest are gone.
#[derive(Debug, Clone, Default)]
pub struct Timeline {
    entries: VecDeque<TimelineEntry>,
    dropped: u32,
}

/// One thing that happened.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct TimelineEntry {
    /// When, on the page's own clock.
    pub at: Instant,
    /// The newest connection at that time.
    pub epoch: Epoch,
    /// What.
    pub what: Happening,
}

/// What happened.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Happening {
    /// The link is in another state, with its step, attempt, reason and delay.
    State(LinkState),
    /// A connection was found to be of no use.
    Trouble(Trouble, Option<String>),
    /// A new connection was begun.
    Opened,
    /// `connectionState` is another.
    Connection(ConnectionState),
    /// The internal channel did this.
    Channel(InternalChannel),
    /// The other side asked for this.
    Asked(Step, Trouble),
    /// The carrier came or went.
    Carrier(Carrier),
    /// The carrier said this of the other side.
    Presence(Presence),
    /// The browser said this of the network or the page.
    Network(NetworkChange),
}

impl Timeline {
    /// The most that is kept.
    pub const MAX: usize = 256;

    /// What is kept, the oldest first.
    pub fn entries(&self) -> impl ExactSizeIterator<Item = &TimelineEntry> {
        self.entries.iter()
    }

    /// How many older ones are gone.
    pub const fn dropped(&self) -> u32 {
        self.dropped
    }

    pub(super) fn add(&mut self, at: Instant, epoch: Epoch, what: Happening) {
        // Said again and again it would push out what led to it.
        if self.entries.back().is_some_and(|last| last.what == what) {
            return;
        }
        if self.entries.len() == Self::MAX {
            self.entries.pop_front();
            self.dropped = self.dropped.saturating_add(1);
        }
        self.entries.push_back(TimelineEntry { at, epoch, what });
    }
}

impl Happening {
    /// What it is about, and what it is, in the words of the specification where there are such.
    pub const fn as_str(&self) -> (&'static str, &'static str) {
        match self {
            Self::State(state) => ("state", state.as_str()),
            Self::Trouble(reason, _) => ("trouble", reason.as_str()),
            Self::Opened => ("connection", "opened"),
            Self::Connection(state) => ("connectionState", state.as_str()),
            Self::Channel(InternalChannel::Open) => ("channel", "open"),
            Self::Channel(InternalChannel::Closed) => ("channel", "closed"),
            Self::Asked(step, _) => ("asked", step.as_str()),
            Self::Carrier(Carrier::Up) => ("carrier", "up"),
            Self::Carrier(Carrier::Down) => ("carrier", "down"),
            Self::Presence(Presence::Present) => ("presence", "present"),
            Self::Presence(Presence::Suspended) => ("presence", "suspended"),
            Self::Presence(Presence::Expired) => ("presence", "expired"),
            Self::Presence(Presence::Gone) => ("presence", "gone"),
            Self::Network(change) => ("network", change.as_str()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_newest_are_kept_and_the_others_counted() {
        let mut timeline = Timeline::default();
        for ms in 0..300 {
            let state = if ms % 2 == 0 { ConnectionState::Connected } else { ConnectionState::Disconnected };
            timeline.add(Instant::from_millis(ms), Epoch::NONE, Happening::Connection(state));
            timeline.add(Instant::from_millis(ms), Epoch::NONE, Happening::Connection(state));
        }
        let first = timeline.entries().next().map(|entry| entry.at);
        assert_eq!((timeline.entries().len(), timeline.dropped(), first), (256, 44, Some(Instant::from_millis(44))));
    }

    #[test]
    fn each_has_its_topic_and_its_word() {
        let said = [
            Happening::State(LinkState::Connected),
            Happening::Trouble(Trouble::Silent, None),
            Happening::Asked(Step::Restart, Trouble::Silent),
            Happening::Network(NetworkChange::PageShow),
            Happening::Connection(ConnectionState::Disconnected),
        ];
        let words = [
            ("state", "connected"),
            ("trouble", "silent"),
            ("asked", "restart"),
            ("network", "pageshow"),
            ("connectionState", "disconnected"),
        ];
        assert_eq!(said.map(|what| what.as_str()), words);
    }
}
