//! Whether the other side is still heard on a connection that was up.
//!
//! ```text
//!            nothing for a while        still nothing         again             no bytes since
//!   hearing ────────────────────> asked ─────────────> counting ─────> judging ────────────────> silent
//!      ^           ping             │   ping, count       │    count      │                        │
//!      └──────────────────────────── a beat, or more bytes than before ───┴────────────────────────┘
//! ```
//!
//! A browser says `disconnected` after 6 to 10 seconds, for it knows of lost packets only. A side whose script is busy
//! answers no ping, but its browser still sends; one whose browser sends nothing of its own answers. Who shows neither
//! sign is not there. Only who has answered before is missed: another version may not know beats.

use core::time::Duration;

use crate::time::Instant;

use super::config::RecoveryConfig;

#[derive(Debug)]
pub(super) struct Liveness {
    interval: Duration,
    /// How long each of the steps from asked to silent takes.
    step: Duration,
    state: State,
    /// The bytes of the last count since something was heard.
    bytes: Option<u64>,
    has_answered: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    /// The connection has not been up, or is given up.
    Idle,
    Hearing {
        until: Instant,
    },
    Asked {
        until: Instant,
    },
    Counting {
        until: Instant,
    },
    /// The count that decides is under way.
    Judging {
        until: Instant,
    },
    Silent {
        look_at: Instant,
        ping_at: Instant,
    },
}

/// What to do to learn whether the other side is there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Probe {
    Ping,
    Count,
}

impl Liveness {
    pub(super) fn new(config: &RecoveryConfig) -> Self {
        let interval = config.ping_interval.max(SHORTEST);
        let step = (config.silence_timeout.saturating_sub(interval) / 2).max(SHORTEST);
        Self { interval, step, state: State::Idle, bytes: None, has_answered: false }
    }

    pub(super) const fn is_silent(&self) -> bool {
        matches!(self.state, State::Silent { .. })
    }

    /// any --the connection is up--> hearing. Who has not answered yet is asked at once, for until then it is not missed.
    pub(super) fn handle_up(&mut self, now: Instant) {
        self.handle_heard(now);
        if !self.has_answered {
            self.state = State::Hearing { until: now };
        }
    }

    /// any --something was heard--> hearing
    fn handle_heard(&mut self, now: Instant) {
        self.bytes = None;
        self.state = State::Hearing { until: now + self.interval };
    }

    /// The other side sent a beat.
    pub(super) fn handle_beat(&mut self, now: Instant) {
        if self.state != State::Idle {
            self.has_answered = true;
            self.handle_heard(now);
        }
    }

    /// any --the connection is of no use--> idle
    pub(super) const fn stop(&mut self) {
        self.state = State::Idle;
    }

    /// Something has changed, or this side slept: what was not heard until now says nothing.
    ///
    /// hearing, asked, counting, judging --look at once--> asked
    pub(super) fn probe(&mut self, now: Instant) -> &'static [Probe] {
        match self.state {
            State::Idle | State::Silent { .. } => &[],
            State::Hearing { .. } | State::Asked { .. } | State::Counting { .. } | State::Judging { .. } => {
                self.ask(now)
            }
        }
    }

    /// So many bytes have come by the connection so far.
    pub(super) fn handle_bytes(&mut self, bytes: Option<u64>, now: Instant) {
        if self.state == State::Idle {
            return;
        }
        let grown = self.bytes.zip(bytes).is_some_and(|(before, after)| after > before);
        if grown {
            self.handle_heard(now);
            return;
        }
        self.bytes = bytes.or(self.bytes);
        // judging --no more than before--> silent
        if let State::Judging { .. } = self.state {
            self.judge(now);
        }
    }

    pub(super) const fn poll_timeout(&self) -> Option<Instant> {
        match self.state {
            State::Idle => None,
            State::Hearing { until }
            | State::Asked { until }
            | State::Counting { until }
            | State::Judging { until }
            | State::Silent { look_at: until, .. } => Some(until),
        }
    }

    /// Does what the time has come for; says what the shell has to do.
    pub(super) fn handle_timeout(&mut self, now: Instant) -> &'static [Probe] {
        if self.poll_timeout().is_none_or(|at| at > now) {
            return &[];
        }
        let until = now + self.step;
        match self.state {
            State::Idle => &[],
            State::Hearing { .. } => self.ask(now),
            State::Asked { .. } => {
                self.state = State::Counting { until };
                &[Probe::Ping, Probe::Count]
            }
            State::Counting { .. } => {
                self.state = State::Judging { until: now + COUNT_TIME };
                &[Probe::Count]
            }
            State::Judging { .. } => {
                self.judge(now);
                &[]
            }
            State::Silent { ping_at, .. } => {
                let due = ping_at <= now;
                let ping_at = if due { now + self.interval } else { ping_at };
                self.state = State::Silent { look_at: now + LOOK, ping_at };
                if due { &[Probe::Ping, Probe::Count] } else { &[Probe::Count] }
            }
        }
    }

    fn ask(&mut self, now: Instant) -> &'static [Probe] {
        self.bytes = None;
        self.state = State::Asked { until: now + self.step };
        &[Probe::Ping]
    }

    fn judge(&mut self, now: Instant) {
        self.state = if self.has_answered {
            State::Silent { look_at: now + LOOK, ping_at: now + self.interval }
        } else {
            State::Hearing { until: now + self.interval }
        };
    }
}

/// No interval is shorter.
const SHORTEST: Duration = Duration::from_millis(100);

/// How long the browser may take to count; it takes some milliseconds.
const COUNT_TIME: Duration = Duration::from_millis(400);

/// How often it is looked whether bytes come again: it is seen by them first, for pings wait for SCTP to send them anew.
const LOOK: Duration = Duration::from_millis(250);

#[cfg(test)]
mod tests {
    use super::*;

    /// An hour of pings whose answers and timers are late by random times, up to these, in ms; how often it was silent.
    fn an_hour(answer: u64, timer: u64, bytes: bool) -> u32 {
        let mut rng = fastrand::Rng::with_seed(7);
        let mut liveness = Liveness::new(&RecoveryConfig::new());
        let (mut now, mut silent, mut pongs) = (0, 0, std::collections::VecDeque::new());
        liveness.handle_heard(Instant::from_millis(0));
        liveness.handle_beat(Instant::from_millis(0));
        while now < 3_600_000 {
            let due = liveness.poll_timeout().unwrap().since_origin().as_millis() as u64;
            let fires = due.max(now) + rng.u64(0..=timer);
            if let Some(pong) = pongs.front().copied().filter(|pong| *pong <= fires) {
                pongs.pop_front();
                now = pong;
                liveness.handle_beat(Instant::from_millis(now));
                continue;
            }
            now = fires;
            let at = Instant::from_millis(now);
            for probe in liveness.handle_timeout(at) {
                match probe {
                    Probe::Ping => {
                        // One after the other, as they were sent.
                        let comes = now + rng.u64(0..=answer);
                        pongs.push_back(comes.max(pongs.back().copied().unwrap_or(0)));
                    }
                    Probe::Count => liveness.handle_bytes(bytes.then_some(now), at),
                }
            }
            if liveness.is_silent() {
                silent += 1;
                liveness.handle_beat(at);
            }
        }
        silent
    }

    #[test]
    fn an_hour_of_load_on_both_sides_is_no_alarm() {
        // This side's timers are late, that side's script takes its time.
        assert_eq!(an_hour(1_400, 900, false), 0);
        // That side's script is as good as stuck, and its browser sends.
        assert_eq!(an_hour(30_000, 900, true), 0);
        // The test can fail: nobody waits for answers that take so long where nothing else is heard.
        assert!(an_hour(30_000, 900, false) > 100);
    }
}
