//! Who is who: the incarnations of the two sides, and what a message of an unknown one means.
//!
//! A message of a new incarnation may be the first word of a side that was loaded anew, or the last
//! word, long delayed, of one that is over. So it is believed at once only while the other side is
//! unknown. Later it has to prove that it lives: we send it a `probe` and it gives the number back.
//! An incarnation that was replaced is retired and never comes back.

use std::collections::VecDeque;

use crate::id::Incarnation;

use super::message::{Body, LinkMessage};

#[derive(Debug)]
pub(super) struct Identity {
    local: Incarnation,
    remote: Option<Incarnation>,
    retired: VecDeque<Incarnation>,
    probe: Option<Probe>,
    rng: fastrand::Rng,
    established: bool,
}

/// A question to an incarnation that may be alive.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Probe {
    pub(super) to: Incarnation,
    pub(super) number: u32,
    /// What it asked us: two sides that each were loaded anew ask each other.
    pub(super) proof: Option<u32>,
}

/// What the sender of a message is to us.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Heard {
    /// The other side of this link.
    Known,
    /// The other side of this link, heard for the first time.
    First,
    /// The other side of this link was loaded anew, and has proved it.
    Replaced,
    /// Perhaps the other side, loaded anew: ask.
    Unproved,
    /// The message is for another incarnation than ours.
    Misaddressed {
        /// Its sender should know ours.
        tell: bool,
    },
    /// Nobody this link has to do with: a life that is over, our own echo, the goodbye of a stranger.
    Stranger,
}

impl Identity {
    /// How many lives of the other side are remembered as over. One that is forgotten has to prove itself.
    const MAX_RETIRED: usize = 16;

    pub(super) fn new(local: Incarnation, seed: u64) -> Self {
        let rng = fastrand::Rng::with_seed(seed);
        Self { local, remote: None, retired: VecDeque::new(), probe: None, rng, established: false }
    }

    pub(super) const fn local(&self) -> &Incarnation {
        &self.local
    }

    pub(super) const fn remote(&self) -> Option<&Incarnation> {
        self.remote.as_ref()
    }

    /// This side, and every life of the other that is remembered.
    pub(super) fn lives(&self) -> impl Iterator<Item = &Incarnation> {
        core::iter::once(&self.local).chain(&self.retired).chain(&self.remote)
    }

    pub(super) const fn probe(&self) -> Option<&Probe> {
        self.probe.as_ref()
    }

    /// Whether the other side has shown that it takes us for the other side.
    pub(super) const fn is_established(&self) -> bool {
        self.established
    }

    pub(super) fn hear(&mut self, message: &LinkMessage) -> Heard {
        let (probe, proof) = match &message.body {
            Body::Sync(sync) => (sync.probe, sync.proof),
            _ => (None, None),
        };
        if message.from == self.local {
            return Heard::Stranger;
        }
        if message.to.as_ref().is_some_and(|to| *to != self.local) {
            return self.overhear(&message.from);
        }
        let heard = if self.remote.as_ref() == Some(&message.from) {
            Heard::Known
        } else if self.retired.contains(&message.from) || matches!(message.body, Body::Bye { .. }) {
            return Heard::Stranger;
        } else if self.remote.is_none() {
            self.remote = Some(message.from.clone());
            Heard::First
        } else if message.to.is_some()
            && self.probe.as_ref().is_some_and(|probe| probe.to == message.from && proof == Some(probe.number))
        {
            self.replace(message.from.clone());
            Heard::Replaced
        } else {
            self.ask(&message.from, probe.filter(|_| message.to.is_some()));
            return Heard::Unproved;
        };
        // Who probes does not believe yet that we live.
        if message.to.is_some() && probe.is_none() {
            self.established = true;
        }
        heard
    }

    /// A message for another life than ours: a life of ours that is over, or a third side.
    fn overhear(&mut self, from: &Incarnation) -> Heard {
        match &self.remote {
            Some(remote) if remote != from => {
                // While the one we know has not spoken to us, it may be what is left of a life that is over:
                // each side may know such a one of the other, and both would speak to nobody for ever.
                let doubtful = !self.established && !self.retired.contains(from);
                if doubtful {
                    self.ask(from, None);
                    return Heard::Unproved;
                }
                Heard::Misaddressed { tell: false }
            }
            Some(_) | None => Heard::Misaddressed { tell: true },
        }
    }

    fn replace(&mut self, new: Incarnation) {
        self.probe = None;
        self.established = false;
        if let Some(old) = self.remote.replace(new) {
            if self.retired.len() == Self::MAX_RETIRED {
                self.retired.pop_front();
            }
            self.retired.push_back(old);
        }
    }

    fn ask(&mut self, who: &Incarnation, proof: Option<u32>) {
        match &mut self.probe {
            Some(probe) if probe.to == *who => probe.proof = proof.or(probe.proof),
            // Each question has its own number, which cannot be guessed: a late answer to an earlier one, or a
            // message of somebody who has not seen the question, proves nothing.
            _ => self.probe = Some(Probe { to: who.clone(), number: self.rng.u32(..), proof }),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::message::Sync;
    use super::super::{CloseReason, Trouble};
    use super::*;
    use crate::id::Epoch;

    fn name(name: &str) -> Incarnation {
        Incarnation::new(name).unwrap()
    }

    fn message(from: &str, to: &str, body: Body) -> LinkMessage {
        let to = (!to.is_empty()).then(|| name(to));
        LinkMessage { from: name(from), to, epoch: Epoch::NONE, base: 1, number: None, ack: 0, wanted: false, body }
    }

    fn proof(from: &str, number: u32) -> LinkMessage {
        message(from, "me", Body::Sync(Sync { proof: Some(number), ..Sync::default() }))
    }

    #[test]
    fn the_first_that_is_heard_is_the_other_side() {
        let mut me = Identity::new(name("me"), 1);
        assert_eq!(me.hear(&message("you", "", Body::Ack)), Heard::First);
        assert!(!me.is_established());
        assert_eq!(me.hear(&message("you", "me", Body::Ack)), Heard::Known);
        assert!(me.is_established());
        assert_eq!(me.remote(), Some(&name("you")));
    }

    #[test]
    fn a_message_for_another_life_is_not_taken_and_its_sender_is_told() {
        let mut me = Identity::new(name("me"), 1);
        assert_eq!(me.hear(&message("you", "old", Body::Ack)), Heard::Misaddressed { tell: true });
        assert_eq!(me.remote(), None);
        me.hear(&message("you", "", Body::Ack));
        assert_eq!(me.hear(&message("you", "old", Body::Ack)), Heard::Misaddressed { tell: true });
        me.hear(&message("you", "me", Body::Ack));
        assert_eq!(me.hear(&message("third", "fourth", Body::Ack)), Heard::Misaddressed { tell: false });
        assert_eq!(me.probe(), None);
    }

    #[test]
    fn who_speaks_to_a_life_that_is_over_is_asked_while_the_other_side_has_not_spoken_to_us() {
        let mut me = Identity::new(name("me"), 1);
        me.hear(&message("over", "", Body::Ack));
        assert_eq!(me.hear(&message("you", "also-over", Body::Ack)), Heard::Unproved);
        assert_eq!(me.probe().unwrap().to, name("you"));
    }

    #[test]
    fn a_new_life_is_believed_when_it_answers() {
        let mut me = Identity::new(name("me"), 1);
        me.hear(&message("you", "me", Body::Ack));
        assert_eq!(me.hear(&message("new", "", Body::Ack)), Heard::Unproved);
        let probe = me.probe().cloned().unwrap();
        assert_eq!(probe.to, name("new"));
        assert_eq!(me.hear(&proof("new", probe.number ^ 1)), Heard::Unproved);
        assert_eq!(me.hear(&proof("other", probe.number)), Heard::Unproved);
        // The question to the other has made the first one void.
        assert_eq!(me.hear(&proof("new", probe.number)), Heard::Unproved);
        let probe = me.probe().cloned().unwrap();
        assert_eq!(me.hear(&proof("new", probe.number)), Heard::Replaced);
        assert_eq!(me.remote(), Some(&name("new")));
        assert_eq!(me.probe(), None);
        assert!(me.is_established());
    }

    #[test]
    fn who_has_been_asked_is_asked_the_same_until_another_is() {
        let mut me = Identity::new(name("me"), 1);
        me.hear(&message("you", "me", Body::Ack));
        me.hear(&message("new", "", Body::Ack));
        let question = me.probe().cloned().unwrap();
        assert_eq!(question.proof, None);
        me.hear(&message("new", "me", Body::Sync(Sync { probe: Some(9), ..Sync::default() })));
        me.hear(&message("new", "me", Body::Ack));
        let question = Probe { proof: Some(9), ..question };
        assert_eq!(me.probe(), Some(&question));
        me.hear(&message("other", "me", Body::Ack));
        let other = me.probe().unwrap();
        assert_eq!((&other.to, other.proof), (&name("other"), None));
        assert_ne!(other.number, question.number);
    }

    #[test]
    fn the_replaced_life_never_comes_back() {
        let mut me = Identity::new(name("me"), 1);
        me.hear(&message("you", "me", Body::Ack));
        me.hear(&message("new", "", Body::Ack));
        let number = me.probe().unwrap().number;
        me.hear(&proof("new", number));
        assert_eq!(me.hear(&message("you", "me", Body::Ack)), Heard::Stranger);
        assert_eq!(me.probe(), None);
    }

    #[test]
    fn only_the_last_lives_are_remembered_and_the_forgotten_have_to_prove_themselves() {
        let mut me = Identity::new(name("me"), 1);
        me.hear(&message("0", "me", Body::Ack));
        for life in 1..=Identity::MAX_RETIRED + 1 {
            me.hear(&message(&life.to_string(), "me", Body::Ack));
            let number = me.probe().unwrap().number;
            me.hear(&proof(&life.to_string(), number));
        }
        assert_eq!(me.hear(&message("1", "me", Body::Ack)), Heard::Stranger);
        assert_eq!(me.hear(&message("0", "me", Body::Ack)), Heard::Unproved);
    }

    #[test]
    fn an_echo_and_the_goodbye_of_a_stranger_mean_nothing() {
        let mut me = Identity::new(name("me"), 1);
        assert_eq!(me.hear(&message("me", "", Body::Ack)), Heard::Stranger);
        let bye = Body::Bye { reason: CloseReason::HungUp };
        assert_eq!(me.hear(&message("you", "me", bye.clone())), Heard::Stranger);
        me.hear(&message("you", "me", Body::Rebuild { reason: Trouble::Requested }));
        assert_eq!(me.hear(&message("third", "me", bye.clone())), Heard::Stranger);
        assert_eq!(me.hear(&message("you", "me", bye)), Heard::Known);
    }

    #[test]
    fn who_asks_whether_we_live_does_not_take_us_for_the_other_side_yet() {
        let mut me = Identity::new(name("me"), 1);
        let asks = Body::Sync(Sync { probe: Some(1), ..Sync::default() });
        assert_eq!(me.hear(&message("you", "me", asks)), Heard::First);
        assert!(!me.is_established());
    }
}
