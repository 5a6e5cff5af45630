//! What a link has dropped, repeated or refused, by kind.

/// Counts what would otherwise pass in silence; for diagnosis and tests. Each stops at its maximum.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[non_exhaustive]
pub struct Counters {
    /// Messages handed to the carrier, repeats included.
    pub sent: u32,
    /// Messages sent again.
    pub resent: u32,
    /// Messages taken from the carrier, whatever became of them.
    pub received: u32,
    /// Texts that were no link message.
    pub malformed: u32,
    /// Messages of a type this version does not know.
    pub unknown: u32,
    /// Messages for another incarnation than ours.
    pub misaddressed: u32,
    /// Messages of an incarnation of the other side that is over, or of ourselves.
    pub retired: u32,
    /// Messages of an incarnation that has not proved yet that it lives.
    pub unproved: u32,
    /// Numbered messages that were there already, or given up by their sender.
    pub duplicate: u32,
    /// Numbered messages too far ahead to be kept.
    pub too_far_ahead: u32,
    /// Messages for an epoch that is over.
    pub old_epoch: u32,
    /// Epochs too far ahead to be believed.
    pub epoch_jump: u32,
    /// Acknowledgements of what was never sent.
    pub bad_ack: u32,
    /// Messages that have no place in the state they came in.
    pub unexpected: u32,
    /// Candidates dropped: of an old generation, too many, or refused by the browser.
    pub candidates_dropped: u32,
    /// Rounds that the browser asked for after too many in a row.
    pub refused_rounds: u32,
    /// Times that more was to be said than is kept.
    pub overflow: u32,
    /// Events of a connection that is closed.
    pub late_browser_event: u32,
}

/// One more, up to the maximum.
pub(crate) const fn count(counter: &mut u32) {
    *counter = counter.saturating_add(1);
}
