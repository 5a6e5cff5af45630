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
    /// Deadlines and backoff.
    pub recovery: RecoveryConfig,
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
    /// How long `connectionState` may say `disconnected` before a new connection is made. Default 5 s.
    pub disconnected_timeout: Duration,
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
            disconnected_timeout: Duration::from_secs(5),
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

    /// Sets how long `connectionState` may say `disconnected`.
    #[must_use = "the configuration is returned, not changed in place"]
    pub const fn with_disconnected_timeout(mut self, timeout: Duration) -> Self {
        self.disconnected_timeout = timeout;
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
