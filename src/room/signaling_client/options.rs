//! What a signaling client is told at the start.

use core::time::Duration;

use rejoin_proto::backoff::BackoffConfig;
use rejoin_proto::id::RoomId;
use rejoin_proto::relay::Token;
use rejoin_proto::relay::limits::MAX_INFO_BYTES;
use rejoin_proto::session::{Identity, SessionConfig};

use super::SignalingError;
use crate::browser::sys;

/// Which server and room, and how patiently.
///
/// ```no_run
/// use rejoin::signaling::{SignalingOptions, default_url};
/// use rejoin::{BackoffConfig, RoomId};
///
/// # fn options() -> Option<SignalingOptions> {
/// let options = SignalingOptions::new(default_url()?, RoomId::new("lobby").ok()?)
///     .with_info(Some("{\"name\":\"Ann\"}".into()))
///     .with_backoff(BackoffConfig::new().with_max_attempts(Some(20)));
/// # Some(options) }
/// ```
#[derive(Clone, PartialEq)]
#[non_exhaustive]
pub struct SignalingOptions {
    /// The server's address, `ws://…` or `wss://…`; see [`default_url`].
    pub url: String,
    /// The room to be in.
    pub room: RoomId,
    /// What the application's server asks for, 1 to 4096 bytes. Default none.
    pub token: Option<String>,
    /// What the other peers are told about this one, at most 4096 bytes. Default none.
    pub info: Option<String>,
    /// How many peers the room may hold, at least 1, where this client is the first in it. Default: the server's bound.
    pub capacity: Option<u16>,
    /// How long the others wait for this page when it is loaded anew; `None`, the default: it leaves the room then, and
    /// is somebody new. See [`with_reload`](Self::with_reload).
    pub reload: Option<Duration>,
    /// The delays between attempts. Default: at most 10 s, and never giving up.
    pub backoff: BackoffConfig,
    /// How long a socket may take to open. Default 10 s; it grows by as much with each attempt that failed, up to 75 s.
    pub connect_timeout: Duration,
    /// How long the server may take to answer a ping before it counts as lost. Default 5 s.
    pub pong_timeout: Duration,
}

impl SignalingOptions {
    /// The defaults, for this server and room.
    pub fn new(url: impl Into<String>, room: RoomId) -> Self {
        let defaults = SessionConfig::new(room);
        Self {
            url: url.into(),
            room: defaults.room,
            token: None,
            info: None,
            capacity: None,
            reload: None,
            backoff: defaults.backoff,
            connect_timeout: defaults.connect_timeout,
            pong_timeout: defaults.pong_timeout,
        }
    }

    /// Sets the application's access token.
    #[must_use = "the options are returned, not changed in place"]
    pub fn with_token(mut self, token: Option<String>) -> Self {
        self.token = token;
        self
    }

    /// Sets what the other peers are told.
    #[must_use = "the options are returned, not changed in place"]
    pub fn with_info(mut self, info: Option<String>) -> Self {
        self.info = info;
        self
    }

    /// Sets how many peers the room may hold.
    #[must_use = "the options are returned, not changed in place"]
    pub const fn with_capacity(mut self, capacity: Option<u16>) -> Self {
        self.capacity = capacity;
        self
    }

    /// Sets how long the others wait for this page when it is loaded anew, or come back to: it is then the same peer, by
    /// the same id. They wait as long for a page that was closed, and never longer than the server's resume window.
    ///
    /// The page's id and resume token are kept in `sessionStorage` until it [closes](super::SignalingClient::close) the
    /// client, and a [lock](https://w3c.github.io/web-locks/) on them by the page: a duplicate of its tab is somebody new,
    /// within a second. Where there is no storage, or are no locks (on insecure pages), each load is somebody new. A
    /// page keeps one identity for each server and room; it is not put into the back/forward cache.
    #[must_use = "the options are returned, not changed in place"]
    pub const fn with_reload(mut self, reload: Option<Duration>) -> Self {
        self.reload = reload;
        self
    }

    /// Sets the delays between attempts.
    #[must_use = "the options are returned, not changed in place"]
    pub const fn with_backoff(mut self, backoff: BackoffConfig) -> Self {
        self.backoff = backoff;
        self
    }

    /// Sets how long a socket may take to open.
    #[must_use = "the options are returned, not changed in place"]
    pub const fn with_connect_timeout(mut self, timeout: Duration) -> Self {
        self.connect_timeout = timeout;
        self
    }

    /// Sets how long the server may take to answer a ping.
    #[must_use = "the options are returned, not changed in place"]
    pub const fn with_pong_timeout(mut self, timeout: Duration) -> Self {
        self.pong_timeout = timeout;
        self
    }

    /// With whom this page was before it was loaded anew, where that is of interest.
    pub(super) fn into_config(self, kept: impl FnOnce() -> Option<Identity>) -> Result<SessionConfig, SignalingError> {
        check_info(self.info.as_ref())?;
        let token = match self.token.map(Token::new) {
            None => None,
            Some(Ok(token)) => Some(token),
            Some(Err(_)) => return Err(SignalingError::InvalidOption { option: "token" }),
        };
        if self.capacity == Some(0) {
            return Err(SignalingError::InvalidOption { option: "capacity" });
        }
        let mut config = SessionConfig::new(self.room);
        config.token = token;
        config.info = self.info;
        config.capacity = self.capacity;
        config.reload = self.reload;
        config.identity = self.reload.and_then(|_| kept());
        config.backoff = self.backoff;
        config.connect_timeout = self.connect_timeout;
        config.pong_timeout = self.pong_timeout;
        Ok(config)
    }
}

impl core::fmt::Debug for SignalingOptions {
    /// Without the token, so that it does not end in a log.
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.debug_struct("SignalingOptions").field("url", &self.url).field("room", &self.room).finish_non_exhaustive()
    }
}

/// The address of the server that served this page: `wss://its.host/ws`, or `ws:` where the page came by `http:`.
/// `None` outside of such a page.
pub fn default_url() -> Option<String> {
    let scheme = match sys::page_protocol()?.as_str() {
        "https:" => "wss://",
        "http:" => "ws://",
        _ => return None,
    };
    let host = sys::page_host().filter(|host| !host.is_empty())?;
    Some([scheme, &host, "/ws"].concat())
}

pub(super) fn check_info(info: Option<&String>) -> Result<(), SignalingError> {
    match info {
        Some(info) if info.len() > MAX_INFO_BYTES => Err(SignalingError::InvalidOption { option: "info" }),
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn options_that_no_server_would_take_are_refused_here() {
        let options = || SignalingOptions::new("ws://host/ws", RoomId::new("r").unwrap());
        assert!(options().into_config(|| None).is_ok());
        for (bad, name) in [
            (options().with_token(Some(String::new())), "token"),
            (options().with_info(Some("x".repeat(MAX_INFO_BYTES + 1))), "info"),
            (options().with_capacity(Some(0)), "capacity"),
        ] {
            assert_eq!(bad.into_config(|| None), Err(SignalingError::InvalidOption { option: name }));
        }
    }

    #[test]
    fn a_token_is_not_shown() {
        let options =
            SignalingOptions::new("ws://host/ws", RoomId::new("r").unwrap()).with_token(Some("secret".into()));
        assert!(!format!("{options:?}").contains("secret"));
    }
}
