//! When a connection is given up and when the next one is tried.
//!
//! ```text
//!            begin              up                lost              over
//!   idle ----------> trying ----------> up <------------------> grace ------> restarting --+
//!                    ^    |             ^ |         back          |            |  |  ^     | over
//!              retry |    | fail        | | fail             fail |       back |  |  +-----+
//!                    |    v             | v                       v            |  | fail, or no restart is left
//!                   waiting <----------------------------------------------------+
//!                                       +--------------------------------------+       attempts used up: spent
//! ```
//!
//! Contact that is lost may come back, so the connection is kept while ICE is restarted; one that has failed does not
//! (Firefox, [webrtc-pc#3133](https://github.com/w3c/webrtc-pc/issues/3133)), and is replaced.
//!
//! Deadlines and delays stand still while the other side cannot be reached: no attempt counts that
//! could not have succeeded. A connection that held for the stable time is replaced at once when it
//! is lost, and the attempts are counted from 1 again.

use core::time::Duration;

use crate::backoff::Backoff;
use crate::time::Instant;

use super::config::{RecoveryConfig, Relay, Role};
use super::countdown::Countdown;
use super::event::{IceRestart, LinkState, Step, Trouble};

#[derive(Debug)]
pub(super) struct Recovery {
    config: RecoveryConfig,
    backoff: Backoff,
    rng: fastrand::Rng,
    phase: Phase,
    relay: Relay,
    /// How often ICE was restarted since contact was lost.
    restarts: u32,
    restarted_at: Option<Instant>,
    reason: Trouble,
    was_up: bool,
    /// Since when there is no connection, and one is wanted.
    lost_since: Option<Instant>,
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
    /// ICE is restarted, or will be as soon as the other side can be reached.
    Restarting(Countdown),
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
    /// Contact did not come back: restart ICE, or take the connection for lost.
    Restart,
    /// Make the next attempt.
    Retry,
}

impl Recovery {
    pub(super) fn new(config: RecoveryConfig, relay: Relay, seed: u64) -> Self {
        Self {
            config,
            backoff: Backoff::new(config.backoff),
            rng: fastrand::Rng::with_seed(seed),
            phase: Phase::Idle,
            relay,
            restarts: 0,
            restarted_at: None,
            reason: Trouble::Unknown,
            was_up: false,
            lost_since: None,
            up_since: None,
            round: None,
            followed: false,
            running: false,
        }
    }

    pub(super) const fn config(&self) -> &RecoveryConfig {
        &self.config
    }

    pub(super) const fn phase(&self) -> Phase {
        self.phase
    }

    /// What the last connection failed of.
    pub(super) const fn reason(&self) -> Trouble {
        self.reason
    }

    pub(super) fn state(&self) -> LinkState {
        let reason = self.reason;
        let failed = self.backoff.failed();
        let trying = |next| {
            if self.was_up {
                let attempt = failed.saturating_add(self.restarts).saturating_add(1);
                LinkState::Reconnecting { step: Step::Rebuild, attempt, reason, next }
            } else {
                LinkState::Connecting { attempt: failed.saturating_add(1) }
            }
        };
        match self.phase {
            Phase::Idle => LinkState::New,
            Phase::Trying(_) => trying(None),
            Phase::Waiting(_, delay) => trying(Some(delay)),
            Phase::Up => LinkState::Connected,
            Phase::Grace(_) => {
                let next = Some(self.config.grace_timeout);
                LinkState::Reconnecting { step: Step::Grace, attempt: 0, reason, next }
            }
            Phase::Restarting(_) => {
                let attempt = failed.saturating_add(self.restarts.max(1));
                let step =
                    if self.kind_of(self.restarts.max(1)) == IceRestart::Relay { Step::Relay } else { Step::Restart };
                LinkState::Reconnecting { step, attempt, reason, next: None }
            }
            Phase::Spent => LinkState::Failed { reason: self.reason },
        }
    }

    /// Time passes only while the other side can be reached.
    pub(super) fn set_running(&mut self, running: bool, now: Instant) {
        self.running = running;
        if let Some(countdown) = self.countdown() {
            countdown.set_running(running, now);
        }
        if let Some(round) = &mut self.round {
            round.set_running(running, now);
        }
    }

    /// This side slept from `from` until now: an attempt gets the rest of its time.
    pub(super) fn handle_sleep(&mut self, from: Instant, now: Instant) {
        let running = self.running;
        if let Some(countdown) = self.countdown() {
            countdown.set_running(false, from);
            countdown.set_running(running, now);
        }
    }

    const fn countdown(&mut self) -> Option<&mut Countdown> {
        match &mut self.phase {
            Phase::Trying(countdown) | Phase::Waiting(countdown, _) | Phase::Restarting(countdown) => Some(countdown),
            Phase::Idle | Phase::Up | Phase::Grace(_) | Phase::Spent => None,
        }
    }

    /// any --attempt--> trying, with a deadline. The answerer's is longer, so that normally the offerer acts.
    pub(super) fn begin(&mut self, role: Option<Role>, now: Instant) {
        self.leave_up(now);
        let deadline = self.config.deadline(self.backoff.failed());
        self.phase = Phase::Trying(Countdown::new(longer(deadline, role), self.running, now));
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
        self.lost_since = None;
        self.restarts = 0;
    }

    /// Why there is a new connection, where it was not this side that found the old one of no use.
    pub(super) const fn set_reason(&mut self, reason: Trouble) {
        self.reason = reason;
    }

    /// any --connected--> up
    pub(super) const fn handle_up(&mut self, now: Instant) {
        self.phase = Phase::Up;
        self.lost_since = None;
        self.restarts = 0;
        self.was_up = true;
        if self.up_since.is_none() {
            self.up_since = Some(now);
            self.backoff.handle_up(now);
        }
    }

    /// up --contact lost--> grace
    pub(super) fn handle_lost(&mut self, reason: Trouble, now: Instant) {
        if self.phase == Phase::Up {
            self.backoff.handle_alive(now);
            self.reason = reason;
            self.restarts = 0;
            self.lost_since = Some(now);
            self.phase = Phase::Grace(now + self.config.grace_timeout);
        }
    }

    /// grace --its time is over--> restarting, when the other side can be reached
    pub(super) fn restart_soon(&mut self, now: Instant) {
        if let Phase::Grace(_) = self.phase {
            self.phase = Phase::Restarting(Countdown::new(Duration::ZERO, self.running, now));
        }
    }

    /// The next restart of ICE, with its deadline; `None` where it is time for a new connection.
    pub(super) fn restart(&mut self, role: Option<Role>, now: Instant) -> Option<IceRestart> {
        if self.restarts >= self.config.restarts {
            return None;
        }
        self.restarts += 1;
        self.restarted_at = Some(now);
        let time = longer(self.config.restart_timeout.max(RecoveryConfig::MIN_DEADLINE), role);
        self.phase = Phase::Restarting(Countdown::new(time, self.running, now));
        Some(self.kind_of(self.restarts))
    }

    /// The other side asks for a restart: it gets one, but no more than one a second.
    pub(super) fn restart_asked(&mut self, reason: Trouble, now: Instant) -> Option<IceRestart> {
        if self.restarted_at.is_some_and(|at| now - at < MIN_RESTART_TIME) {
            return None;
        }
        match self.phase {
            // What this side does by itself comes now, where it would come later.
            Phase::Grace(_) | Phase::Restarting(_) => self.restart(Some(Role::Offerer), now),
            Phase::Up => {
                self.reason = reason;
                self.restarts = self.restarts.saturating_add(1);
                self.restarted_at = Some(now);
                Some(self.kind_of(self.restarts))
            }
            Phase::Idle | Phase::Trying(_) | Phase::Waiting(..) | Phase::Spent => None,
        }
    }

    pub(super) const fn set_relay(&mut self, relay: Relay) {
        self.relay = relay;
    }

    /// Every second restart is with relayed candidates only, where there are any.
    const fn kind_of(&self, restart: u32) -> IceRestart {
        match self.relay {
            Relay::Available if restart.is_multiple_of(2) => IceRestart::Relay,
            Relay::Available | Relay::Unavailable => IceRestart::All,
        }
    }

    /// The network or the carrier is back: what waits is done now.
    pub(super) fn wake(&mut self, now: Instant) {
        match self.phase {
            Phase::Grace(_) => self.restart_soon(now),
            Phase::Waiting(..) => self.begin_soon(now),
            Phase::Idle | Phase::Trying(_) | Phase::Up | Phase::Restarting(_) | Phase::Spent => {}
        }
    }

    /// Whether there may be, or was a short while ago, a connection that works.
    pub(super) const fn is_live(&self) -> bool {
        matches!(self.phase, Phase::Up | Phase::Grace(_))
    }

    /// trying, up, grace, restarting --trouble--> waiting, or spent where the attempts are used up
    pub(super) fn fail(&mut self, reason: Trouble, now: Instant) {
        self.reason = reason;
        if self.leave_up(now) && self.backoff.failed() == 0 {
            self.wait(Duration::ZERO, now);
            return;
        }
        let lost_since = *self.lost_since.get_or_insert(now);
        let late = self.config.max_elapsed.is_some_and(|most| now - lost_since >= most);
        match self.backoff.next_delay(self.rng.f64()) {
            Some(delay) if !late => self.wait(delay, now),
            _ => {
                self.phase = Phase::Spent;
                self.round = None;
            }
        }
    }

    /// Says whether the connection, if there was one, held for the stable time.
    fn leave_up(&mut self, now: Instant) -> bool {
        if self.phase == Phase::Up {
            self.backoff.handle_alive(now);
            self.restarts = 0;
        }
        self.lost_since.get_or_insert(now);
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
            Phase::Grace(_) | Phase::Restarting(_) => Some(Due::Restart),
            Phase::Waiting(..) => Some(Due::Retry),
            Phase::Idle | Phase::Up | Phase::Spent => None,
        }
    }

    fn phase_ends(&self) -> Option<Instant> {
        match self.phase {
            Phase::Trying(countdown) | Phase::Waiting(countdown, _) | Phase::Restarting(countdown) => countdown.ends(),
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

/// The answerer has half as long again, so that normally the offerer acts.
fn longer(time: Duration, role: Option<Role>) -> Duration {
    match role {
        Some(Role::Offerer) => time,
        Some(Role::Answerer) | None => time.saturating_add(time / 2),
    }
}

/// A side that asks without end makes no more restarts than this.
const MIN_RESTART_TIME: Duration = Duration::from_secs(1);
