//! What a link is started with.

use core::time::Duration;

use crate::backoff::BackoffConfig;
use crate::id::Incarnation;

use super::message::Need;

/// Which side makes the offers and opens the epochs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Role {
    /// This side offers.
    Offerer,
    /// The other side offers, this side answers.
    Answerer,
}

/// How the role is found.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RoleRule {
    /// It is known, for instance because the smaller peer id offers.
    Fixed(Role),
    /// The side with the smaller incarnation offers: known when the other side is heard of.
    ByIncarnation,
}

/// What a link is started with.
#[derive(Debug, Clone)]
pub struct LinkConfig {
    /// The incarnation of this side, drawn for this link.
    pub local: Incarnation,
    /// Who offers.
    pub role: RoleRule,
    /// What the other side wants to send, as far as presence tells.
    pub remote_need: Need,
    /// The seed of the jitter.
    pub seed: u64,
    /// Whether ICE may be restarted with relayed candidates only.
    pub relay: Relay,
    /// Deadlines and backoff.
    pub recovery: RecoveryConfig,
}

/// Whether relayed candidates alone can be tried.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Relay {
    /// There is a TURN server, and other candidates are used as a rule.
    Available,
    /// There is no TURN server, or nothing else is used anyway.
    Unavailable,
}

/// Deadlines and backoff of a link.
///
/// ```
/// use core::time::Duration;
/// use rejoin_proto::link::RecoveryConfig;
///
/// let config = RecoveryConfig::new().with_connect_timeout(Duration::from_secs(5));
/// ```
#[derive(Debug, Clone, Copy, PartialEq)]
#[non_exhaustive]
pub struct RecoveryConfig {
    /// How long the first connection may take. Default 10 s.
    pub connect_timeout: Duration,
    /// By what the deadline is multiplied after each try that failed, so that slow links are not
    /// livelocked. Default 1.5; taken as 1 to 10, and what is not a number as 1.5.
    pub timeout_growth: f64,
    /// The longest deadline. Default 40 s.
    pub max_connect_timeout: Duration,
    /// How long nothing may be heard of the other side before it is asked whether it is there. Default 1 s; at
    /// least 100 ms.
    pub ping_interval: Duration,
    /// How long nothing may be heard of it, no answer and no bytes, before contact counts as lost. Default 2.5 s;
    /// browsers take 6 to 10 s. At least 200 ms more than [`ping_interval`](Self::ping_interval).
    pub silence_timeout: Duration,
    /// How long contact that is lost may come back by itself before ICE is restarted. Default 1 s.
    pub grace_timeout: Duration,
    /// How long a restart of ICE may take. Default 5 s.
    pub restart_timeout: Duration,
    /// How often ICE is restarted before a new connection is made, every second time with relayed candidates only
    /// where there is a TURN server. Default 4, some 24 s in all: what is on its way still arrives when contact comes back
    /// to the old connection, and is lost with it. 0 makes a new connection at once.
    pub restarts: u32,
    /// How long it is tried to bring a lost connection back, or to make the first, before giving up. Default `None`: for
    /// as long as it takes.
    pub max_elapsed: Option<Duration>,
    /// How long a side is still waited for that has lost its place and has no connection to this one: it may come back
    /// under its id, and the link goes on. Counted while this side has a carrier. Default 2 min; 0 ends the link at once.
    pub absence_timeout: Duration,
    /// The delays between tries, how many there are, and how long a connection must have held for
    /// the next loss to start over.
    pub backoff: BackoffConfig,
}

impl RecoveryConfig {
    /// No connection has less time than this.
    pub const MIN_DEADLINE: Duration = Duration::from_millis(100);

    /// The defaults.
    pub const fn new() -> Self {
        Self {
            connect_timeout: Duration::from_secs(10),
            timeout_growth: 1.5,
            max_connect_timeout: Duration::from_secs(40),
            ping_interval: Duration::from_secs(1),
            silence_timeout: Duration::from_millis(2_500),
            grace_timeout: Duration::from_secs(1),
            restart_timeout: Duration::from_secs(5),
            restarts: 4,
            max_elapsed: None,
            absence_timeout: Duration::from_secs(120),
            backoff: BackoffConfig::new(),
        }
    }

    /// Sets how long the first connection may take.
    #[must_use = "the configuration is returned, not changed in place"]
    pub const fn with_connect_timeout(mut self, timeout: Duration) -> Self {
        self.connect_timeout = timeout;
        self
    }

    /// Sets by what the deadline is multiplied after each try that failed.
    #[must_use = "the configuration is returned, not changed in place"]
    pub const fn with_timeout_growth(mut self, factor: f64) -> Self {
        self.timeout_growth = factor;
        self
    }

    /// Sets the longest deadline.
    #[must_use = "the configuration is returned, not changed in place"]
    pub const fn with_max_connect_timeout(mut self, timeout: Duration) -> Self {
        self.max_connect_timeout = timeout;
        self
    }

    /// Sets how long nothing may be heard before the other side is asked.
    #[must_use = "the configuration is returned, not changed in place"]
    pub const fn with_ping_interval(mut self, interval: Duration) -> Self {
        self.ping_interval = interval;
        self
    }

    /// Sets how long nothing may be heard before contact counts as lost.
    #[must_use = "the configuration is returned, not changed in place"]
    pub const fn with_silence_timeout(mut self, timeout: Duration) -> Self {
        self.silence_timeout = timeout;
        self
    }

    /// Sets how long lost contact may come back by itself.
    #[must_use = "the configuration is returned, not changed in place"]
    pub const fn with_grace_timeout(mut self, timeout: Duration) -> Self {
        self.grace_timeout = timeout;
        self
    }

    /// Sets how long a restart of ICE may take.
    #[must_use = "the configuration is returned, not changed in place"]
    pub const fn with_restart_timeout(mut self, timeout: Duration) -> Self {
        self.restart_timeout = timeout;
        self
    }

    /// Sets how often ICE is restarted before a new connection is made.
    #[must_use = "the configuration is returned, not changed in place"]
    pub const fn with_restarts(mut self, restarts: u32) -> Self {
        self.restarts = restarts;
        self
    }

    /// Sets how long it is tried; `None` never gives up.
    #[must_use = "the configuration is returned, not changed in place"]
    pub const fn with_max_elapsed(mut self, max_elapsed: Option<Duration>) -> Self {
        self.max_elapsed = max_elapsed;
        self
    }

    /// Sets how long a side is still waited for that has lost its place.
    #[must_use = "the configuration is returned, not changed in place"]
    pub const fn with_absence_timeout(mut self, timeout: Duration) -> Self {
        self.absence_timeout = timeout;
        self
    }

    /// Sets the delays between tries, and how many there are.
    #[must_use = "the configuration is returned, not changed in place"]
    pub const fn with_backoff(mut self, backoff: BackoffConfig) -> Self {
        self.backoff = backoff;
        self
    }

    /// How long the connection after `failed` failed ones may take.
    pub fn deadline(&self, failed: u32) -> Duration {
        BackoffConfig::new()
            .with_initial(self.connect_timeout)
            .with_max(self.max_connect_timeout.max(self.connect_timeout))
            .with_factor(if self.timeout_growth.is_nan() { 1.5 } else { self.timeout_growth })
            .bound(failed)
            .max(Self::MIN_DEADLINE)
    }
}

impl Default for RecoveryConfig {
    fn default() -> Self {
        Self::new()
    }
}
