//! How a connection finds its way: servers, policies, certificate.

use core::fmt;

use js_sys::Array;
use rejoin_proto::display_words;
use rejoin_proto::link::Relay;
use rejoin_proto::relay;
use rejoin_proto::text::{Words, cut, join};
use wasm_bindgen::JsValue;

use super::certificate::Certificate;
use super::sys::Dict;

/// What a [`PeerConnection`](super::PeerConnection) is made with; [`new`](Self::new) has no servers, which is
/// enough on one machine or one local network.
///
/// ```
/// use rejoin::{Configuration, IceServer};
///
/// let configuration = Configuration::new()
///     .with_ice_server(IceServer::new("stun:stun.example.org"))
///     .with_ice_server(IceServer::new("turn:turn.example.org?transport=udp").with_credentials("user", "secret"));
/// ```
#[derive(Debug, Clone, Default)]
#[non_exhaustive]
pub struct Configuration {
    /// The STUN and TURN servers. Default: none.
    pub ice_servers: Vec<IceServer>,
    /// Which candidates may be used. Default: all.
    pub ice_transport_policy: IceTransportPolicy,
    /// How many transports are gathered for a side that cannot bundle. Default: balanced.
    pub bundle_policy: BundlePolicy,
    /// How many transports gather candidates before there is a description, 0 to 255. Default: 0.
    pub ice_candidate_pool_size: u8,
    /// Who we are to the other side. Default: none, the browser makes a new one for each connection.
    pub certificates: Vec<Certificate>,
}

impl Configuration {
    /// No servers, and the browser's defaults.
    #[must_use = "a configuration does nothing until a connection is made with it"]
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds a STUN or TURN server.
    #[must_use = "a configuration does not change in place"]
    pub fn with_ice_server(mut self, server: IceServer) -> Self {
        self.ice_servers.push(server);
        self
    }

    /// Takes these servers in place of what was there.
    #[must_use = "a configuration does not change in place"]
    pub fn with_ice_servers(mut self, servers: impl IntoIterator<Item = IceServer>) -> Self {
        self.ice_servers = servers.into_iter().collect();
        self
    }

    /// Takes this certificate where there is none.
    pub(crate) fn identify(&mut self, identity: Option<Certificate>) {
        if self.certificates.is_empty() {
            self.certificates.extend(identity);
        }
    }

    /// Whether there is a TURN server that a restart could fall back on.
    pub(crate) fn relay(&self) -> Relay {
        let turn = |server: &IceServer| server.urls.iter().any(|url| url.starts_with("turn"));
        if self.ice_transport_policy == IceTransportPolicy::All && self.ice_servers.iter().any(turn) {
            Relay::Available
        } else {
            Relay::Unavailable
        }
    }

    /// Sets which candidates may be used.
    #[must_use = "a configuration does not change in place"]
    pub fn with_ice_transport_policy(mut self, policy: IceTransportPolicy) -> Self {
        self.ice_transport_policy = policy;
        self
    }

    /// Sets how many transports are gathered for a side that cannot bundle.
    #[must_use = "a configuration does not change in place"]
    pub fn with_bundle_policy(mut self, policy: BundlePolicy) -> Self {
        self.bundle_policy = policy;
        self
    }

    /// Gathers for so many transports before there is a description: connects sooner, costs sockets.
    #[must_use = "a configuration does not change in place"]
    pub fn with_ice_candidate_pool_size(mut self, size: u8) -> Self {
        self.ice_candidate_pool_size = size;
        self
    }

    /// Adds a certificate, so that several connections are known as one side.
    #[must_use = "a configuration does not change in place"]
    pub fn with_certificate(mut self, certificate: Certificate) -> Self {
        self.certificates.push(certificate);
        self
    }

    /// Checks what every browser would refuse, and what no server could be reached with.
    ///
    /// # Errors
    /// [`InvalidConfiguration`], with the server in question.
    pub fn validate(&self) -> Result<(), InvalidConfiguration> {
        self.ice_servers.iter().try_for_each(IceServer::validate)
    }

    /// As the browser's `RTCConfiguration`.
    pub(super) fn to_js(&self) -> JsValue {
        let dict = Dict::new();
        dict.set("iceServers", &self.ice_servers.iter().map(IceServer::to_js).collect::<Array>());
        dict.set("iceTransportPolicy", &self.ice_transport_policy.as_str().into());
        dict.set("bundlePolicy", &self.bundle_policy.as_str().into());
        dict.set("iceCandidatePoolSize", &self.ice_candidate_pool_size.into());
        if !self.certificates.is_empty() {
            let certificates = self.certificates.iter().map(|certificate| certificate.as_raw().clone());
            dict.set("certificates", &certificates.collect::<Array>());
        }
        dict.into()
    }
}

/// One STUN or TURN server, by all the addresses it has.
#[derive(Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct IceServer {
    /// `stun:`, `stuns:`, `turn:` or `turns:` addresses; at least one.
    pub urls: Vec<String>,
    /// The name for TURN.
    pub username: Option<String>,
    /// The password for TURN.
    pub credential: Option<String>,
}

impl IceServer {
    /// The server at this address.
    #[must_use = "a server does nothing until it is in a configuration"]
    pub fn new(url: impl Into<String>) -> Self {
        Self { urls: vec![url.into()], username: None, credential: None }
    }

    /// Adds another address of the same server.
    #[must_use = "a server does not change in place"]
    pub fn with_url(mut self, url: impl Into<String>) -> Self {
        self.urls.push(url.into());
        self
    }

    /// Sets the name and password, which TURN asks for.
    #[must_use = "a server does not change in place"]
    pub fn with_credentials(mut self, username: impl Into<String>, credential: impl Into<String>) -> Self {
        self.username = Some(username.into());
        self.credential = Some(credential.into());
        self
    }

    pub(crate) fn validate(&self) -> Result<(), InvalidConfiguration> {
        if self.urls.is_empty() {
            return Err(InvalidConfiguration::NoUrl);
        }
        for url in &self.urls {
            let scheme = cut(url, b':').filter(|(_, host)| !host.is_empty()).map(|(scheme, _)| scheme);
            let is = |name: &str| scheme.is_some_and(|scheme| scheme.eq_ignore_ascii_case(name));
            if is("turn") || is("turns") {
                if self.username.is_none() || self.credential.is_none() {
                    return Err(InvalidConfiguration::NoCredentials { url: url.clone() });
                }
            } else if !is("stun") && !is("stuns") {
                return Err(InvalidConfiguration::NotAServer { url: url.clone() });
            }
        }
        Ok(())
    }

    fn to_js(&self) -> JsValue {
        let dict = Dict::new();
        dict.set("urls", &self.urls.iter().map(|url| JsValue::from_str(url)).collect::<Array>());
        if let Some(username) = &self.username {
            dict.set("username", &username.into());
        }
        if let Some(credential) = &self.credential {
            dict.set("credential", &credential.into());
        }
        dict.into()
    }
}

impl From<relay::IceServer> for IceServer {
    /// As the signaling server named it.
    fn from(server: relay::IceServer) -> Self {
        Self { urls: server.urls, username: server.username, credential: server.credential }
    }
}

/// Without the password, so that it does not end in a log.
impl fmt::Debug for IceServer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("IceServer").field("urls", &self.urls).finish_non_exhaustive()
    }
}

/// Which candidates may be used.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
#[non_exhaustive]
pub enum IceTransportPolicy {
    /// Any.
    #[default]
    All,
    /// Only through TURN: hides the addresses, costs the relay's bandwidth.
    Relay,
}

impl IceTransportPolicy {
    /// The name in the specification.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::All => "all",
            Self::Relay => "relay",
        }
    }
}

/// How many transports are gathered for a side that cannot bundle; two browsers always bundle.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
#[non_exhaustive]
pub enum BundlePolicy {
    /// One per kind of media.
    #[default]
    Balanced,
    /// One per track.
    MaxCompat,
    /// One for all.
    MaxBundle,
}

impl BundlePolicy {
    /// The name in the specification.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Balanced => "balanced",
            Self::MaxCompat => "max-compat",
            Self::MaxBundle => "max-bundle",
        }
    }
}

/// What is wrong with a configuration.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum InvalidConfiguration {
    /// A server has no address: give one, or leave the server out.
    NoUrl,
    /// The address is not one of a STUN or TURN server.
    NotAServer {
        /// The address.
        url: String,
    },
    /// TURN always asks for a name and a password.
    NoCredentials {
        /// The address.
        url: String,
    },
}

impl Words for InvalidConfiguration {
    fn words(&self, text: &mut String) {
        match self {
            Self::NoUrl => text.push_str("an ICE server has no url"),
            Self::NotAServer { url } => {
                join(text, &[&"\"", url, &"\" is not a stun:, stuns:, turn: or turns: address"]);
            }
            Self::NoCredentials { url } => join(text, &[&"\"", url, &"\" needs a username and a credential"]),
        }
    }
}

display_words!(InvalidConfiguration);

#[cfg(test)]
mod tests {
    use super::*;

    fn check(server: IceServer) -> Result<(), InvalidConfiguration> {
        Configuration::new().with_ice_server(server).validate()
    }

    #[test]
    fn stun_needs_no_credentials_and_turn_does() {
        assert_eq!(check(IceServer::new("stun:host:3478")), Ok(()));
        assert_eq!(check(IceServer::new("STUNS:host")), Ok(()));
        let turn = || IceServer::new("stun:host").with_url("turn:host?transport=tcp");
        let url = "turn:host?transport=tcp".to_owned();
        assert_eq!(check(turn()), Err(InvalidConfiguration::NoCredentials { url }));
        assert_eq!(check(turn().with_credentials("u", "p")), Ok(()));
    }

    #[test]
    fn what_is_no_server_is_refused_with_its_address() {
        for url in ["", "host", "http://host", "stun", "stun:", "turnx:host"] {
            assert_eq!(check(IceServer::new(url)), Err(InvalidConfiguration::NotAServer { url: url.to_owned() }));
        }
        assert_eq!(
            check(IceServer { urls: Vec::new(), username: None, credential: None }),
            Err(InvalidConfiguration::NoUrl)
        );
    }

    #[test]
    fn a_password_is_not_printed() {
        let server = IceServer::new("turn:host").with_credentials("user", "secret");
        assert!(!format!("{server:?}").contains("secret"));
    }
}
