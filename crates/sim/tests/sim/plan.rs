//! What goes wrong in one schedule, and how much of it, drawn from its seed.

use fastrand::Rng;

/// The faults of one schedule. Probabilities are per event.
#[derive(Debug, Clone)]
pub(crate) struct Plan {
    /// A message is lost.
    pub(crate) loss: f64,
    /// A message comes twice.
    pub(crate) double: f64,
    /// How long a message takes, in ms: at least, at most.
    pub(crate) delay: (u64, u64),
    /// A message takes seconds.
    pub(crate) straggler: f64,
    /// The browser refuses an action.
    pub(crate) refuse: f64,
    /// A connection never comes up.
    pub(crate) never_up: f64,
    /// A connection comes up and `connectionState` does not say so.
    pub(crate) silent: f64,
    /// The internal channel never opens.
    pub(crate) no_channel: f64,
    /// The browser wants another round after every round.
    pub(crate) restless: f64,
    /// `connectionState` has a name nobody knows.
    pub(crate) unknown_state: f64,
    /// The browser counts the bytes that come.
    pub(crate) counts: bool,
    /// The mean time between two things a person does, in ms.
    pub(crate) person: u64,
    /// The mean time between two faults of carrier or connection, in ms.
    pub(crate) fault: u64,
    /// How long faults and persons go on, in ms.
    pub(crate) until: u64,
    /// Nothing is lost with a connection, on each side.
    pub(crate) replaceable: [bool; 2],
    /// How many connections in a row may fail, on each side.
    pub(crate) max_attempts: [Option<u32>; 2],
    /// Who offers.
    pub(crate) rule: Rule,
    /// How it ends.
    pub(crate) ending: Ending,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Rule {
    Fixed(usize),
    ByIncarnation,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Ending {
    /// Both want to be connected.
    Call,
    /// One side hangs up.
    HangUp,
    /// Both hang up at about the same time.
    BothHangUp,
    /// One side is gone without a word, and the server says so.
    Leave,
}

impl Plan {
    pub(crate) fn draw(rng: &mut Rng) -> Self {
        let pick = |rng: &mut Rng, of: &[f64]| of[rng.usize(..of.len())];
        let calm = rng.u8(..8) == 0;
        let until = if calm { 1_000 } else { rng.u64(2_000..40_000) };
        Self {
            loss: if calm { 0.0 } else { pick(rng, &[0.0, 0.0, 0.05, 0.2, 0.5]) },
            double: if calm { 0.0 } else { pick(rng, &[0.0, 0.1, 0.4]) },
            delay: [(0, 1), (1, 30), (20, 120), (1, 800)][rng.usize(..4)],
            straggler: if calm { 0.0 } else { pick(rng, &[0.0, 0.02, 0.1]) },
            refuse: if calm { 0.0 } else { pick(rng, &[0.0, 0.0, 0.02, 0.1]) },
            never_up: if calm { 0.0 } else { pick(rng, &[0.0, 0.1, 0.4]) },
            silent: if calm { 0.0 } else { pick(rng, &[0.0, 0.0, 0.1]) },
            no_channel: if calm { 0.0 } else { pick(rng, &[0.0, 0.0, 0.1]) },
            restless: if calm { 0.0 } else { pick(rng, &[0.0, 0.0, 0.1]) },
            unknown_state: if calm { 0.0 } else { pick(rng, &[0.0, 0.1]) },
            counts: rng.bool(),
            person: if calm { 10_000 } else { [500, 3_000, 15_000][rng.usize(..3)] },
            fault: if calm { 100_000 } else { [1_000, 5_000, 20_000][rng.usize(..3)] },
            until,
            replaceable: [0; 2].map(|_| rng.bool()),
            max_attempts: [0; 2].map(|_| if rng.u8(..4) == 0 { Some(rng.u32(1..5)) } else { None }),
            rule: [Rule::Fixed(0), Rule::Fixed(1), Rule::ByIncarnation, Rule::ByIncarnation][rng.usize(..4)],
            ending: [Ending::Call, Ending::Call, Ending::Call, Ending::HangUp, Ending::BothHangUp, Ending::Leave]
                [rng.usize(..6)],
        }
    }

    /// From now on nothing goes wrong.
    pub(crate) fn heal(&mut self) {
        *self = Self {
            loss: 0.0,
            double: 0.0,
            straggler: 0.0,
            refuse: 0.0,
            never_up: 0.0,
            silent: 0.0,
            no_channel: 0.0,
            restless: 0.0,
            unknown_state: 0.0,
            ..self.clone()
        };
    }
}
