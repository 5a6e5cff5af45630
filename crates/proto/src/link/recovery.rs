//! When a connection is given up and when the next one is tried.
//!
//! ```text
//!            begin              up                disconnected
//!   idle ----------> trying ----------> up <-------------------> grace
//!                    ^    |             |                          |
//!              retry |    | fail        | fail                     | fail, or its time is over
//!                    |    v             v                          v
//!                   waiting <---------------------------------------     attempts used up: spent
//! ```
//!
//! Deadlines and delays stand still while the other side cannot be reached: no attempt counts that
//! could not have succeeded. A connection that held for the stable time is replaced at once when it
//! is lost, and the attempts are counted from 1 again.

use core::time::Duration;

use crate::backoff::Backoff;
use crate::time::Instant;

use super::config::{RecoveryConfig, Role};
use super::countdown::Countdown;
use super::event::{LinkState, Trouble};

#[derive(Debug)]
pub(super) struct Recovery {
    config: RecoveryConfig,
    backoff: Backoff,
    rng: fastrand::Rng,
    phase: Phase,
    reason: Trouble,
    was_up: bool,
    up_since: Option<Instant>,
    round: Option<Countdown>,
    /// The attempt under way has its connection from the other side.
    followed: bool,
    running: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Phase {
    /// Nobody has asked for a connection.
    Idle,
    /// A connection is being set up, or asked for.
    Trying(Countdown),
    /// Connected.
    Up,
    /// Contact is lost and may come back by itself.
    Grace(Instant),
    /// The next attempt is in a while.
    Waiting(Countdown, Duration),
    /// The attempts are used up.
    Spent,
}

/// What the time that has come is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Due {
    /// The connection cannot be used.
    Trouble(Trouble),
    /// Make the next attempt.
    Retry,
}

impl Recovery {
    pub(super) fn new(config: RecoveryConfig, seed: u64) -> Self {
        Self {
            config,
            backoff: Backoff::new(config.backoff),
            rng: fastrand::Rng::with_seed(seed),
            phase: Phase::Idle,
            reason: Trouble::Unknown,
            was_up: false,
            up_since: None,
            round: None,
            followed: false,
            running: false,
        }
    }

    pub(super) const fn phase(&self) -> Phase {
        self.phase
    }

    /// What the last connection failed of.
    pub(super) const fn reason(&self) -> Trouble {
        self.reason
    }

    pub(super) fn state(&self) -> LinkState {
        let attempt = self.backoff.failed().saturating_add(1);
        let trying = |next| {
            if self.was_up {
                LinkState::Reconnecting { attempt, reason: self.reason, next }
            } else {
                LinkState::Connecting { attempt }
            }
        };
        match self.phase {
            Phase::Idle => LinkState::New,
            Phase::Trying(_) => trying(None),
            Phase::Waiting(_, delay) => trying(Some(delay)),
            Phase::Up => LinkState::Connected,
            Phase::Grace(_) => LinkState::Reconnecting {
                attempt: 0,
                reason: Trouble::Disconnected,
                next: Some(self.config.disconnected_timeout),
            },
            Phase::Spent => LinkState::Failed { reason: self.reason },
        }
    }

    /// Time passes only while the other side can be reached.
    pub(super) fn set_running(&mut self, running: bool, now: Instant) {
        self.running = running;
        if let Phase::Trying(countdown) | Phase::Waiting(countdown, _) = &mut self.phase {
            countdown.set_running(running, now);
        }
        if let Some(round) = &mut self.round {
            round.set_running(running, now);
        }
    }

    /// any --attempt--> trying, with a deadline. The answerer's is longer, so that normally the offerer acts.
    pub(super) fn begin(&mut self, role: Option<Role>, now: Instant) {
        self.leave_up(now);
        let deadline = self.config.deadline(self.backoff.failed());
        let deadline = match role {
            Some(Role::Offerer) => deadline,
            Some(Role::Answerer) | None => deadline.saturating_add(deadline / 2),
        };
        self.phase = Phase::Trying(Countdown::new(deadline, self.running, now));
        self.round = None;
        self.followed = false;
    }

    /// any --the offerer opened a connection--> trying
    pub(super) fn follow(&mut self, now: Instant) {
        if self.followed && matches!(self.phase, Phase::Trying(_)) {
            // The offerer gave its last attempt up. Counted here too, the deadlines of both grow together.
            self.backoff.next_delay(0.0);
        }
        self.begin(Some(Role::Answerer), now);
        self.followed = true;
    }

    /// any --a new connection is wanted as soon as the other side can be reached--> waiting
    pub(super) fn begin_soon(&mut self, now: Instant) {
        self.wait(Duration::ZERO, now);
    }

    /// waiting --a person on the other side asks--> waiting no longer than this
    pub(super) fn hurry(&mut self, delay: Duration, now: Instant) {
        if let Phase::Waiting(countdown, _) = self.phase
            && countdown.ends().is_none_or(|ends| ends > now + delay)
        {
            self.wait(delay, now);
        }
    }

    /// Forgets the attempts that failed.
    pub(super) const fn reset(&mut self) {
        self.backoff.reset();
        self.up_since = None;
    }

    /// Why there is a new connection, where it was not this side that found the old one of no use.
    pub(super) const fn set_reason(&mut self, reason: Trouble) {
        self.reason = reason;
    }

    /// any --connected--> up
    pub(super) const fn handle_up(&mut self, now: Instant) {
        self.phase = Phase::Up;
        self.was_up = true;
        if self.up_since.is_none() {
            self.up_since = Some(now);
            self.backoff.handle_up(now);
        }
    }

    /// up --disconnected--> grace
    pub(super) fn handle_disconnected(&mut self, now: Instant) {
        if self.phase == Phase::Up {
            self.backoff.handle_alive(now);
            self.phase = Phase::Grace(now + self.config.disconnected_timeout);
        }
    }

    /// trying, up, grace --trouble--> waiting, or spent where the attempts are used up
    pub(super) fn fail(&mut self, reason: Trouble, now: Instant) {
        self.reason = reason;
        if self.leave_up(now) && self.backoff.failed() == 0 {
            self.wait(Duration::ZERO, now);
            return;
        }
        match self.backoff.next_delay(self.rng.f64()) {
            Some(delay) => self.wait(delay, now),
            None => {
                self.phase = Phase::Spent;
                self.round = None;
            }
        }
    }

    /// Says whether the connection, if there was one, held for the stable time.
    fn leave_up(&mut self, now: Instant) -> bool {
        if self.phase == Phase::Up {
            self.backoff.handle_alive(now);
        }
        self.backoff.handle_down();
        self.up_since.take().is_some_and(|since| now - since >= self.config.backoff.stable_after)
    }

    /// A round of negotiation is under way on a live connection, or none is.
    pub(super) fn set_round(&mut self, under_way: bool, now: Instant) {
        if !under_way {
            self.round = None;
        } else if self.round.is_none() {
            self.round = Some(Countdown::new(self.config.connect_timeout, self.running, now));
        }
    }

    pub(super) fn poll_timeout(&self) -> Option<Instant> {
        [self.phase_ends(), self.round_ends()].into_iter().flatten().min()
    }

    pub(super) fn poll_due(&self, now: Instant) -> Option<Due> {
        let is_due = |at: Option<Instant>| at.is_some_and(|at| at <= now);
        if is_due(self.round_ends()) {
            return Some(Due::Trouble(Trouble::NegotiationTimeout));
        }
        match self.phase {
            _ if !is_due(self.phase_ends()) => None,
            Phase::Trying(_) => Some(Due::Trouble(Trouble::ConnectTimeout)),
            Phase::Grace(_) => Some(Due::Trouble(Trouble::Disconnected)),
            Phase::Waiting(..) => Some(Due::Retry),
            Phase::Idle | Phase::Up | Phase::Spent => None,
        }
    }

    fn phase_ends(&self) -> Option<Instant> {
        match self.phase {
            Phase::Trying(countdown) | Phase::Waiting(countdown, _) => countdown.ends(),
            Phase::Grace(until) => Some(until),
            Phase::Idle | Phase::Up | Phase::Spent => None,
        }
    }

    fn round_ends(&self) -> Option<Instant> {
        self.round.as_ref().and_then(Countdown::ends)
    }

    fn wait(&mut self, delay: Duration, now: Instant) {
        self.phase = Phase::Waiting(Countdown::new(delay, self.running, now), delay);
        self.round = None;
    }
}
