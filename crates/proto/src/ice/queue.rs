//! Keeps the other side's candidates until the description they belong to is set.
//!
//! A candidate belongs to the description with its ufrag. Added too early it is refused by the
//! browser; added after an ICE restart has made its generation old, likewise.

use core::mem;
use std::collections::VecDeque;

use super::IceCandidate;

/// The other side's candidates of one RTCPeerConnection.
///
/// Give it every candidate by [`push`](Self::push) and the ufrags of every description of the other
/// side that was set by [`handle_description`](Self::handle_description).
#[derive(Debug, Clone, Default)]
pub struct CandidateQueue {
    generation: Option<Vec<String>>,
    past: VecDeque<String>,
    ignored: Vec<String>,
    waiting: Vec<Option<IceCandidate>>,
    taken: usize,
    dropped: u32,
}

/// What became of a candidate.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Queued {
    /// Its description is set: add it now.
    Ready(Option<IceCandidate>),
    /// It is kept until its description is set.
    Waiting,
    /// It is of an old generation, or one too many.
    Dropped,
}

impl CandidateQueue {
    /// The most candidates between one description and the next.
    pub const MAX: usize = 256;

    /// The most generations that are remembered as old.
    pub const MAX_PAST: usize = 64;

    /// No description is set.
    pub fn new() -> Self {
        Self::default()
    }

    /// How many candidates were dropped.
    pub const fn dropped(&self) -> u32 {
        self.dropped
    }

    /// How many wait for their description.
    pub fn waiting(&self) -> usize {
        self.waiting.len()
    }

    /// Takes a candidate of the other side; `None` is the end of them.
    pub fn push(&mut self, candidate: Option<IceCandidate>) -> Queued {
        let fate = self.fate(candidate.as_ref());
        if fate == Fate::Drop || self.taken >= Self::MAX {
            self.dropped = self.dropped.saturating_add(1);
            return Queued::Dropped;
        }
        self.taken += 1;
        if fate == Fate::Add {
            return Queued::Ready(candidate);
        }
        self.waiting.push(candidate);
        Queued::Waiting
    }

    /// A description of the other side with these ufrags is set. Returns the candidates that waited for it.
    ///
    /// A description without ufrags takes every candidate.
    pub fn handle_description(&mut self, ufrags: Vec<String>) -> Vec<Option<IceCandidate>> {
        let old = self.generation.take().unwrap_or_default();
        for old in old.into_iter().chain(mem::take(&mut self.ignored)) {
            if !ufrags.contains(&old) {
                self.remember(old);
            }
        }
        self.past.retain(|past| !ufrags.contains(past));
        self.generation = Some(ufrags);
        self.sort_waiting()
    }

    /// A description with these ufrags came and was not taken: unless the next one that is set has them, its
    /// candidates are dropped then, those to come too.
    pub fn ignore(&mut self, ufrags: Vec<String>) {
        let room = Self::MAX_PAST - self.ignored.len();
        let known = |ufrag: &String| self.generation.as_ref().is_some_and(|generation| generation.contains(ufrag));
        let new: Vec<_> = ufrags.into_iter().filter(|ufrag| !known(ufrag)).take(room).collect();
        self.ignored.extend(new);
    }

    fn sort_waiting(&mut self) -> Vec<Option<IceCandidate>> {
        let mut ready = Vec::new();
        self.taken = 0;
        for candidate in mem::take(&mut self.waiting) {
            if let Queued::Ready(candidate) = self.push(candidate) {
                ready.push(candidate);
            }
        }
        ready
    }

    fn fate(&self, candidate: Option<&IceCandidate>) -> Fate {
        let ufrag = candidate.and_then(IceCandidate::ufrag);
        match (&self.generation, ufrag) {
            (_, Some(ufrag)) if self.past.iter().any(|past| past == ufrag) => Fate::Drop,
            (None, _) => Fate::Wait,
            (Some(generation), Some(ufrag)) if generation.is_empty() || generation.iter().any(|own| own == ufrag) => {
                Fate::Add
            }
            (Some(_), Some(_)) => Fate::Wait,
            // Without a ufrag it belongs with those that came before it.
            (Some(_), None) if self.waiting.is_empty() => Fate::Add,
            (Some(_), None) => Fate::Wait,
        }
    }

    fn remember(&mut self, ufrag: String) {
        if self.past.len() == Self::MAX_PAST {
            self.past.pop_front();
        }
        self.past.push_back(ufrag);
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Fate {
    Add,
    Wait,
    Drop,
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn candidate(line: &str, ufrag: &str) -> Option<IceCandidate> {
        let username_fragment = (!ufrag.is_empty()).then(|| ufrag.to_owned());
        Some(IceCandidate { candidate: line.to_owned(), username_fragment, ..IceCandidate::default() })
    }

    fn ufrags(names: &[&str]) -> Vec<String> {
        names.iter().map(|name| (*name).to_owned()).collect()
    }

    #[test]
    fn candidates_wait_for_their_description_in_order() {
        let mut queue = CandidateQueue::new();
        assert_eq!(queue.push(candidate("1", "a")), Queued::Waiting);
        assert_eq!(queue.push(candidate("2", "b")), Queued::Waiting);
        assert_eq!(queue.push(None), Queued::Waiting);
        assert_eq!(queue.handle_description(ufrags(&["a", "b"])), [candidate("1", "a"), candidate("2", "b"), None]);
        assert_eq!(queue.push(candidate("3", "b")), Queued::Ready(candidate("3", "b")));
        assert_eq!(queue.push(None), Queued::Ready(None));
    }

    #[test]
    fn a_candidate_of_the_next_generation_waits_and_one_of_the_last_is_dropped() {
        let mut queue = CandidateQueue::new();
        queue.handle_description(ufrags(&["a"]));
        assert_eq!(queue.push(candidate("1", "b")), Queued::Waiting);
        // The end that follows it is the end of the same generation.
        assert_eq!(queue.push(None), Queued::Waiting);
        assert_eq!(queue.waiting(), 2);
        assert_eq!(queue.handle_description(ufrags(&["b"])), [candidate("1", "b"), None]);
        assert_eq!(queue.push(candidate("2", "a")), Queued::Dropped);
        assert_eq!(queue.dropped(), 1);
    }

    #[test]
    fn a_generation_that_goes_on_is_not_old_and_one_that_comes_back_is_taken() {
        let mut queue = CandidateQueue::new();
        queue.handle_description(ufrags(&["a"]));
        queue.handle_description(ufrags(&["a", "b"]));
        assert!(matches!(queue.push(candidate("1", "a")), Queued::Ready(_)));
        queue.handle_description(ufrags(&["b"]));
        assert_eq!(queue.push(candidate("2", "a")), Queued::Dropped);
        queue.handle_description(ufrags(&["a"]));
        assert!(matches!(queue.push(candidate("3", "a")), Queued::Ready(_)));
    }

    #[test]
    fn the_generation_is_also_read_from_the_line_and_without_one_the_order_decides() {
        let mut queue = CandidateQueue::new();
        queue.handle_description(ufrags(&["a"]));
        assert_eq!(queue.push(candidate("candidate:1 1 udp 1 h 1 typ host ufrag b", "")), Queued::Waiting);
        assert_eq!(queue.push(candidate("no ufrag", "")), Queued::Waiting);
        assert_eq!(queue.handle_description(ufrags(&["b"])).len(), 2);
        assert!(matches!(queue.push(candidate("no ufrag", "")), Queued::Ready(_)));
    }

    #[test]
    fn a_description_without_ufrags_takes_all() {
        let mut queue = CandidateQueue::new();
        queue.handle_description(Vec::new());
        assert!(matches!(queue.push(candidate("1", "a")), Queued::Ready(_)));
    }

    #[test]
    fn the_candidates_of_an_ignored_offer_are_dropped_before_and_after() {
        let mut queue = CandidateQueue::new();
        queue.push(candidate("1", "ignored"));
        queue.ignore(ufrags(&["ignored"]));
        queue.push(candidate("2", "b"));
        assert_eq!(queue.handle_description(ufrags(&["b"])), [candidate("2", "b")]);
        assert_eq!(queue.dropped(), 1);
        assert_eq!(queue.push(candidate("3", "ignored")), Queued::Dropped);
        // An ignored offer of the generation that is set ends nothing.
        queue.ignore(ufrags(&["b"]));
        queue.handle_description(ufrags(&["c"]));
        queue.handle_description(ufrags(&["b"]));
        assert!(matches!(queue.push(candidate("4", "b")), Queued::Ready(_)));
    }

    #[test]
    fn the_candidates_of_an_ignored_offer_are_taken_where_the_next_description_is_of_its_generation() {
        let mut queue = CandidateQueue::new();
        queue.push(candidate("1", "a"));
        queue.ignore(ufrags(&["a"]));
        queue.push(candidate("2", "a"));
        assert_eq!(queue.handle_description(ufrags(&["a"])), [candidate("1", "a"), candidate("2", "a")]);
        assert!(matches!(queue.push(candidate("3", "a")), Queued::Ready(_)));
    }

    #[test]
    fn ignored_offers_without_end_are_forgotten() {
        let mut queue = CandidateQueue::new();
        for name in 0..=CandidateQueue::MAX_PAST {
            queue.ignore(vec![name.to_string()]);
        }
        queue.handle_description(ufrags(&["a"]));
        assert_eq!(queue.push(candidate("1", "0")), Queued::Dropped);
        assert_eq!(queue.push(candidate("1", &CandidateQueue::MAX_PAST.to_string())), Queued::Waiting);
    }

    #[test]
    fn a_flood_is_dropped_and_the_next_description_begins_anew() {
        let mut queue = CandidateQueue::new();
        queue.handle_description(ufrags(&["a"]));
        for _ in 0..CandidateQueue::MAX {
            assert!(matches!(queue.push(candidate("1", "a")), Queued::Ready(_)));
        }
        assert_eq!(queue.push(candidate("1", "a")), Queued::Dropped);
        queue.handle_description(ufrags(&["a"]));
        assert!(matches!(queue.push(candidate("1", "a")), Queued::Ready(_)));
    }

    #[test]
    fn old_generations_are_forgotten_after_a_while() {
        let mut queue = CandidateQueue::new();
        for name in 0..=CandidateQueue::MAX_PAST + 1 {
            queue.handle_description(vec![name.to_string()]);
        }
        assert_eq!(queue.push(candidate("1", "1")), Queued::Dropped);
        assert_eq!(queue.push(candidate("1", "0")), Queued::Waiting);
    }

    proptest! {
        /// Whatever comes in whatever order: each candidate is added at most once, only under its own
        /// description, in the order it came; and the queue is bounded.
        #[test]
        fn candidates_are_added_once_in_order_and_only_under_their_description(
            steps in prop::collection::vec((0u8..3, 0u8..4), 0..300),
        ) {
            let mut queue = CandidateQueue::new();
            let (mut set, mut pushed, mut added) = (None, 0u32, Vec::new());
            for (step, name) in steps {
                let name = name.to_string();
                let ready = match step {
                    0 => {
                        set = Some(name.clone());
                        queue.handle_description(vec![name])
                    }
                    1 => {
                        queue.ignore(vec![name]);
                        Vec::new()
                    }
                    _ => {
                        pushed += 1;
                        match queue.push(candidate(&pushed.to_string(), &name)) {
                            Queued::Ready(candidate) => vec![candidate],
                            Queued::Waiting | Queued::Dropped => Vec::new(),
                        }
                    }
                };
                for candidate in ready.into_iter().flatten() {
                    prop_assert_eq!(&candidate.username_fragment, &set);
                    added.push((candidate.username_fragment, candidate.candidate.parse::<u32>().unwrap()));
                }
                prop_assert!(queue.waiting() <= CandidateQueue::MAX);
                let accounted = added.len() as u32 + queue.waiting() as u32 + queue.dropped();
                prop_assert_eq!(accounted, pushed);
            }
            for name in ["0", "1", "2", "3"] {
                let own: Vec<_> = added.iter().filter(|(ufrag, _)| ufrag.as_deref() == Some(name)).collect();
                prop_assert!(own.is_sorted_by_key(|(_, number)| number));
            }
        }
    }
}
