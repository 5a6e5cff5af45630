//! What a durable channel has dropped or repeated, by kind.

/// Counts what would otherwise pass in silence; for diagnosis and tests. Each stops at its maximum.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[non_exhaustive]
pub struct Counters {
    /// What was no frame.
    pub malformed: u32,
    /// Frames of an end of the other side that is over.
    pub stale: u32,
    /// Messages that were there already: on their way over two connections, or sent again.
    pub duplicate: u32,
    /// Messages that came before their turn, where the channel keeps the order.
    pub gap: u32,
    /// Messages beyond what may be on its way.
    pub overrun: u32,
    /// Acknowledgements of what was never sent.
    pub bad_ack: u32,
    /// Messages sent again over another connection.
    pub replayed: u32,
}

impl Counters {
    pub(super) const ZERO: Self =
        Self { malformed: 0, stale: 0, duplicate: 0, gap: 0, overrun: 0, bad_ack: 0, replayed: 0 };
}

/// One more, up to the maximum.
pub(super) const fn count(counter: &mut u32) {
    *counter = counter.saturating_add(1);
}
