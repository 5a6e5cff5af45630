//! Which numbers are there: all below one, and some above it.

/// Numbers that were taken, in as few words as there are gaps.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Seen {
    next: u64,
    /// Ranges above `next`, each `start..end`: sorted, and none touches another.
    above: Vec<(u64, u64)>,
}

impl Seen {
    pub(super) const fn new(next: u64) -> Self {
        Self { next, above: Vec::new() }
    }

    /// The lowest number that is missing.
    pub(super) const fn next(&self) -> u64 {
        self.next
    }

    /// What is there above the lowest that is missing.
    pub(super) fn above(&self) -> &[(u64, u64)] {
        &self.above
    }

    pub(super) fn contains(&self, number: u64) -> bool {
        number < self.next || self.above.iter().any(|(start, end)| (*start..*end).contains(&number))
    }

    /// Takes a number that is not there yet.
    pub(super) fn insert(&mut self, number: u64) {
        if number == self.next {
            return self.skip_to(number.saturating_add(1));
        }
        // The first that ends behind it or just before it.
        let at = self.above.partition_point(|(_, end)| *end < number);
        match self.above.get_mut(at) {
            Some((_, end)) if *end == number => {
                *end = end.saturating_add(1);
                let joined = *end;
                if let Some((_, end)) = self.above.get(at + 1).copied().filter(|(start, _)| *start == joined) {
                    self.above.remove(at + 1);
                    self.above.iter_mut().skip(at).take(1).for_each(|range| range.1 = end);
                }
            }
            Some((start, _)) if *start == number.saturating_add(1) => *start = number,
            _ => self.above.insert(at, (number, number.saturating_add(1))),
        }
    }

    /// Counts all below `next` as there.
    pub(super) fn skip_to(&mut self, next: u64) {
        self.next = self.next.max(next);
        while let Some((start, end)) = self.above.first().copied().filter(|(start, _)| *start <= self.next) {
            debug_assert!(start < end);
            self.next = self.next.max(end);
            self.above.remove(0);
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn it_knows_what_a_set_knows(numbers in prop::collection::vec(1_u64..40, 0..80), skip in 0_u64..40) {
            let (mut seen, mut set) = (Seen::new(1), BTreeSet::new());
            for (at, number) in numbers.into_iter().enumerate() {
                prop_assert_eq!(seen.contains(number), set.contains(&number));
                if set.insert(number) {
                    seen.insert(number);
                }
                if at == 20 {
                    seen.skip_to(skip);
                    set.extend(1..skip);
                }
                let next = (1..).find(|number| !set.contains(number)).unwrap();
                prop_assert_eq!(seen.next(), next);
                let above: BTreeSet<_> = seen.above().iter().flat_map(|(start, end)| *start..*end).collect();
                prop_assert_eq!(above, set.range(next..).copied().collect::<BTreeSet<_>>());
                prop_assert!(seen.above().windows(2).all(|pair| pair[0].1 < pair[1].0));
            }
        }
    }
}
