//! How a session is set up.

use core::time::Duration;

use super::Identity;
use crate::backoff::BackoffConfig;
use crate::id::RoomId;
use crate::relay::Token;

/// What a [`Session`](super::Session) says at its hello, and how patient it is.
///
/// ```
/// use rejoin_proto::{id::RoomId, session::SessionConfig};
///
/// let config = SessionConfig::new(RoomId::new("lobby")?).with_info(Some("{\"name\":\"Ann\"}".into()));
/// # Ok::<(), rejoin_proto::id::InvalidId>(())
/// ```
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct SessionConfig {
    /// The room to be in.
    pub room: RoomId,
    /// What the application's server asks for, if it asks. Default none.
    pub token: Option<Token>,
    /// What the other peers are told about this one. Default none.
    pub info: Option<String>,
    /// How many peers the room may hold, where this hello creates it. Default: the server's bound.
    pub capacity: Option<u16>,
    /// How long the others wait for this page when it is loaded anew or closed. Default: not at all.
    pub reload: Option<Duration>,
    /// Whom this page was before it was loaded anew. Default: nobody.
    pub identity: Option<Identity>,
    /// The delays between attempts. Default: at most 10 s, so that a server that is back is found soon, and never giving up.
    pub backoff: BackoffConfig,
    /// How long a socket may take to open. Default 10 s; it grows by as much with each attempt that failed,
    /// up to [`LONGEST_CONNECT`](super::LONGEST_CONNECT).
    pub connect_timeout: Duration,
    /// How long the server may take to answer the hello. Default 10 s.
    pub welcome_timeout: Duration,
    /// How long the server may take to answer a ping. Default 5 s.
    pub pong_timeout: Duration,
    /// How long the server may take to answer when the network has changed or the page was away. Default 3 s.
    pub probe_timeout: Duration,
}

impl SessionConfig {
    /// The defaults, for this room.
    pub const fn new(room: RoomId) -> Self {
        Self {
            room,
            token: None,
            info: None,
            capacity: None,
            reload: None,
            identity: None,
            backoff: BackoffConfig::new().with_max(Duration::from_secs(10)),
            connect_timeout: Duration::from_secs(10),
            welcome_timeout: Duration::from_secs(10),
            pong_timeout: Duration::from_secs(5),
            probe_timeout: Duration::from_secs(3),
        }
    }

    /// Sets the application's access token.
    #[must_use = "the configuration is returned, not changed in place"]
    pub fn with_token(mut self, token: Option<Token>) -> Self {
        self.token = token;
        self
    }

    /// Sets what the other peers are told.
    #[must_use = "the configuration is returned, not changed in place"]
    pub fn with_info(mut self, info: Option<String>) -> Self {
        self.info = info;
        self
    }

    /// Sets how many peers the room may hold.
    #[must_use = "the configuration is returned, not changed in place"]
    pub const fn with_capacity(mut self, capacity: Option<u16>) -> Self {
        self.capacity = capacity;
        self
    }

    /// Sets how long the others wait for this page when it is loaded anew, and whom it was before it was.
    #[must_use = "the configuration is returned, not changed in place"]
    pub fn with_reload(mut self, reload: Option<Duration>, identity: Option<Identity>) -> Self {
        (self.reload, self.identity) = (reload, identity);
        self
    }

    /// Sets the delays between attempts.
    #[must_use = "the configuration is returned, not changed in place"]
    pub const fn with_backoff(mut self, backoff: BackoffConfig) -> Self {
        self.backoff = backoff;
        self
    }

    /// Sets how long a socket may take to open.
    #[must_use = "the configuration is returned, not changed in place"]
    pub const fn with_connect_timeout(mut self, timeout: Duration) -> Self {
        self.connect_timeout = timeout;
        self
    }

    /// Sets how long the server may take to answer the hello.
    #[must_use = "the configuration is returned, not changed in place"]
    pub const fn with_welcome_timeout(mut self, timeout: Duration) -> Self {
        self.welcome_timeout = timeout;
        self
    }

    /// Sets how long the server may take to answer a ping.
    #[must_use = "the configuration is returned, not changed in place"]
    pub const fn with_pong_timeout(mut self, timeout: Duration) -> Self {
        self.pong_timeout = timeout;
        self
    }

    /// Sets how long the server may take to answer when the network has changed.
    #[must_use = "the configuration is returned, not changed in place"]
    pub const fn with_probe_timeout(mut self, timeout: Duration) -> Self {
        self.probe_timeout = timeout;
        self
    }
}
