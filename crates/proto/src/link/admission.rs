//! What to do with a message that arrives where there is no live link.

use crate::id::Incarnation;

use super::Link;
use super::event::CloseReason;
use super::message::{Body, LinkMessage};
use crate::id::Epoch;

/// What to do with a message for which there is no live link; see [`admit`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Admission {
    /// The other side wants a link: make one, and give it this message.
    Create,
    /// A leftover: drop it.
    Ignore,
    /// The other side believes in a link that is over: send it [`farewell`].
    ReplyBye,
}

/// The incarnations whose links are over, the other side's and our own: the last
/// [`RetiredIncarnations::MAX`] of them.
#[derive(Debug, Clone, Default)]
pub struct RetiredIncarnations(std::collections::VecDeque<Incarnation>);

impl RetiredIncarnations {
    /// How many are remembered.
    pub const MAX: usize = 256;

    /// Nothing is over yet.
    pub fn new() -> Self {
        Self::default()
    }

    /// This one is over.
    pub fn retire(&mut self, incarnation: Incarnation) {
        if self.contains(&incarnation) {
            return;
        }
        if self.0.len() == Self::MAX {
            self.0.pop_front();
        }
        self.0.push_back(incarnation);
    }

    /// This link is over: its own incarnation and every one of the other side it has known.
    ///
    /// One that nobody is known to have wanted is forgotten instead, as if it had never been.
    pub fn retire_link(&mut self, link: &Link) {
        if !link.is_wanted() {
            return;
        }
        for incarnation in link.lives() {
            self.retire(incarnation.clone());
        }
    }

    /// Whether this one is over.
    pub fn contains(&self, incarnation: &Incarnation) -> bool {
        self.0.contains(incarnation)
    }
}

/// What to do with a message that arrives where there is no live link.
///
/// Only a side that wants the link makes one here: two links that were made by leftovers of each other
/// are not a call. So that a delayed duplicate never makes a ghost call, put the incarnations of a link that is over
/// into `retired` by [`RetiredIncarnations::retire_link`].
pub fn admit(message: &LinkMessage, retired: &RetiredIncarnations) -> Admission {
    let over = retired.contains(&message.from) || message.to.as_ref().is_some_and(|to| retired.contains(to));
    match (&message.body, over) {
        // A numbered bye waits for a word; an unnumbered one is that word, so two sides cannot go on for ever.
        (Body::Bye { .. }, _) if message.number.is_some() && message.to.is_some() => Admission::ReplyBye,
        (Body::Bye { .. }, _) => Admission::Ignore,
        (_, false) if message.wanted => Admission::Create,
        // Only who speaks to a life of ours that is over can be waiting for us.
        _ if message.to.is_some() => Admission::ReplyBye,
        _ => Admission::Ignore,
    }
}

/// The answer to a message for a link that is over; `None` where the message does not say for whom it is.
pub fn farewell(message: &LinkMessage) -> Option<LinkMessage> {
    Some(LinkMessage {
        from: message.to.clone()?,
        to: Some(message.from.clone()),
        epoch: Epoch::NONE,
        base: 1,
        number: None,
        ack: 0,
        wanted: false,
        body: Body::Bye { reason: CloseReason::HungUp },
    })
}
