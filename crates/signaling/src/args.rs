//! The command line and the environment, as a [`Config`].

use std::env;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::Duration;

use clap::Parser;
use rejoin_proto::relay::{IceServer, limits};
use rejoin_signaling::{Config, Key, KeyError, Origins};
use serde::Deserialize;

/// The signaling server of rejoin: rooms, presence and an at-most-once relay over WebSocket.
///
/// Serves the WebSocket at /ws (subprotocol rejoin.v1), /health, and a folder of files where --assets names
/// one. Prints one line to stdout once it listens; logs go to stderr (RUST_LOG sets what, such as
/// rejoin_signaling=debug). SIGTERM and SIGINT stop it in good order.
#[derive(Debug, Parser)]
#[command(version, name = "rejoin-signaling", max_term_width = 110)]
pub(crate) struct Args {
    /// Name or address to listen on. localhost is 127.0.0.1 and ::1; 0.0.0.0 is every IPv4 address.
    #[arg(long, env = "HOST", default_value = "localhost")]
    pub(crate) host: String,

    /// Port to listen on; 0 takes a free one.
    #[arg(long, env = "PORT", default_value_t = 8080)]
    pub(crate) port: u16,

    /// Folder to serve as files, index.html for a folder.
    #[arg(long, env = "REJOIN_ASSETS", value_name = "DIR")]
    assets: Option<PathBuf>,

    /// Let pages of this origin connect, besides those of this server: scheme://host[:port], or * for every
    /// page there is. May be given more than once.
    #[arg(long = "allow-origin", env = "REJOIN_ALLOW_ORIGIN", value_delimiter = ',', value_name = "ORIGIN")]
    allow_origins: Vec<String>,

    /// STUN or TURN server to tell the clients of: a URL, or JSON such as
    /// {"urls":"turn:turn.example.org","username":"u","credential":"c"}. May be given more than once.
    #[arg(long = "ice-server", value_name = "URL|JSON", value_parser = ice_server)]
    ice_servers: Vec<IceServer>,

    /// File with the key that signs resume tokens; made on the first start, for its owner only. [default:
    /// rejoin/signaling.key in $STATE_DIRECTORY, $XDG_STATE_HOME or ~/.local/state]
    #[arg(long, env = "REJOIN_KEY_FILE", value_name = "FILE")]
    key_file: Option<PathBuf>,

    /// The key itself instead of a file, at least 32 characters. Servers with the same key accept each other's
    /// resume tokens. Better set in the environment, where other users of the machine do not see it.
    #[arg(long, env = "REJOIN_KEY", hide_env_values = true, value_name = "KEY", conflicts_with = "key_file")]
    key: Option<String>,

    /// File with the key that signs access tokens, at least 32 characters, the same that your application signs them
    /// with. With it, a client is let in only by a JSON Web Token (HS256) with the claims room and exp, and if you want
    /// sub and iat; see docs/protocol.md. Without it, whoever knows a room's name may enter.
    #[arg(long, env = "REJOIN_ACCESS_KEY_FILE", value_name = "FILE")]
    access_key_file: Option<PathBuf>,

    /// The key for access tokens itself instead of a file. Better set in the environment.
    #[arg(
        long,
        env = "REJOIN_ACCESS_KEY",
        hide_env_values = true,
        value_name = "KEY",
        conflicts_with = "access_key_file"
    )]
    access_key: Option<String>,

    /// Answer HTTP requests here that list rooms and kick peers: GET /rooms, DELETE /rooms/ROOM/peers/PEER,
    /// DELETE /rooms/ROOM, DELETE /subjects/SUB. A loopback address, such as 127.0.0.1:9090: who reaches it may do
    /// everything.
    #[arg(long, env = "REJOIN_ADMIN", value_name = "ADDRESS", value_parser = loopback)]
    pub(crate) admin: Option<SocketAddr>,

    /// File that keeps whose tokens were revoked by a kick, made on the first start. Without it a restart forgets.
    #[arg(long, env = "REJOIN_REVOKED_FILE", value_name = "FILE")]
    revoked_file: Option<PathBuf>,

    /// Take the clients' addresses from the last entry of X-Forwarded-For. Only right behind a proxy that sets
    /// it.
    #[arg(long)]
    trust_proxy: bool,

    /// Most connections at one time; more are refused with 503.
    #[arg(long, default_value_t = 4096)]
    max_connections: usize,

    /// Most connections of one address (IPv6: one /64) at one time; more are refused with 429.
    #[arg(long, default_value_t = 256)]
    max_connections_per_address: usize,

    /// Most rooms at one time.
    #[arg(long, default_value_t = 4096)]
    max_rooms: usize,

    /// Most peers of a room, whatever its creator asks for. At most 1024, which is what rejoin's clients take.
    #[arg(long, default_value_t = 64, value_parser = clap::value_parser!(u16).range(1..=1024))]
    max_peers_per_room: u16,

    /// Most bytes of a message; a larger one closes the socket. At most 262144.
    #[arg(long, default_value_t = limits::MAX_MESSAGE_BYTES, value_parser = at_most::<{ limits::MAX_MESSAGE_BYTES }>)]
    max_message_bytes: usize,

    /// Most bytes of a peer's info. At most 4096.
    #[arg(long, default_value_t = limits::MAX_INFO_BYTES, value_parser = at_most::<{ limits::MAX_INFO_BYTES }>)]
    max_info_bytes: usize,

    /// Messages a client may send a second in the long run; a large one counts once more for every 4096 bytes.
    #[arg(long, default_value_t = 100, value_parser = clap::value_parser!(u32).range(1..))]
    rate: u32,

    /// Messages a client may send at once after a pause.
    #[arg(long, default_value_t = 500, value_parser = clap::value_parser!(u32).range(1..))]
    burst: u32,

    /// Most messages that wait for a slow client; one more closes its socket.
    #[arg(long, default_value_t = 1024)]
    max_queue_messages: usize,

    /// Most bytes that wait for a slow client; more close its socket.
    #[arg(long, default_value_t = 4 * 1024 * 1024)]
    max_queue_bytes: usize,

    /// Milliseconds within which a new socket must say hello, and an HTTP client send its request.
    #[arg(long, default_value_t = 10_000, value_parser = positive)]
    hello_timeout_ms: u64,

    /// Milliseconds between two pings.
    #[arg(long, default_value_t = 10_000, value_parser = positive)]
    heartbeat_ms: u64,

    /// Milliseconds after which a client of which nothing was heard is closed and its peer suspended.
    #[arg(long, default_value_t = 25_000, value_parser = positive)]
    silent_after_ms: u64,

    /// Milliseconds for which the place of a suspended peer is kept.
    #[arg(long, default_value_t = 30_000)]
    resume_window_ms: u64,

    /// Seconds for which a resume token is valid, and an access token may be (604800 are 7 days).
    #[arg(long, default_value_t = 604_800, value_parser = positive)]
    token_lifetime_s: u64,

    /// Milliseconds a shutdown may take.
    #[arg(long, default_value_t = 5_000)]
    shutdown_timeout_ms: u64,

    /// Milliseconds over which the clients are told to spread their return after a shutdown.
    #[arg(long, default_value_t = 3_000)]
    reconnect_spread_ms: u64,
}

impl Args {
    /// The configuration, and the key read or made.
    pub(crate) fn config(self) -> Result<Config, Problem> {
        let key = match (&self.key, &self.key_file) {
            (Some(key), _) => Key::from_text(key)?,
            (None, Some(file)) => Key::from_file(file)?,
            (None, None) => Key::from_file(&default_key_file().ok_or(Problem::NoKeyFile)?)?,
        };
        let access_key = match (&self.access_key, &self.access_key_file) {
            (Some(key), _) => Some(Key::from_text(key)?),
            (None, Some(file)) => Some(Key::from_existing_file(file)?),
            (None, None) => None,
        };
        if let Some(path) = &self.revoked_file {
            // Before the program says that it listens.
            let opened = std::fs::OpenOptions::new().append(true).create(true).open(path);
            opened.map_err(|source| Problem::RevokedFile { path: path.clone(), source })?;
        }
        if let Some(folder) = self.assets.as_ref().filter(|folder| !folder.is_dir()) {
            return Err(Problem::Assets(folder.clone()));
        }
        let origins = self.allow_origins.iter().try_fold(Origins::same(), |origins, origin| origins.and(origin))?;
        Ok(Config::new(key)
            .with_access_key(access_key)
            .with_revoked_file(self.revoked_file)
            .with_origins(origins)
            .with_ice_servers(Some(self.ice_servers).filter(|servers| !servers.is_empty()))
            .with_assets(self.assets)
            .with_trust_proxy(self.trust_proxy)
            .with_connections(self.max_connections)
            .with_connections_per_address(self.max_connections_per_address)
            .with_rooms(self.max_rooms)
            .with_peers_per_room(self.max_peers_per_room)
            .with_message_bytes(self.max_message_bytes)
            .with_info_bytes(self.max_info_bytes)
            .with_rate(self.rate)
            .with_burst(self.burst)
            .with_queue_messages(self.max_queue_messages)
            .with_queue_bytes(self.max_queue_bytes)
            .with_hello_timeout(Duration::from_millis(self.hello_timeout_ms))
            .with_heartbeat(Duration::from_millis(self.heartbeat_ms))
            .with_silent_after(Duration::from_millis(self.silent_after_ms))
            .with_resume_window(Duration::from_millis(self.resume_window_ms))
            .with_token_lifetime(Duration::from_secs(self.token_lifetime_s))
            .with_shutdown_timeout(Duration::from_millis(self.shutdown_timeout_ms))
            .with_reconnect_spread(Duration::from_millis(self.reconnect_spread_ms)))
    }
}

/// What keeps the server from starting.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Problem {
    #[error(transparent)]
    Key(#[from] KeyError),
    #[error("--allow-origin")]
    Origin(#[from] rejoin_signaling::InvalidOrigin),
    #[error("--assets: {} is not a folder", .0.display())]
    Assets(PathBuf),
    #[error("--revoked-file {}: {source}", .path.display())]
    RevokedFile { path: PathBuf, source: std::io::Error },
    #[error("there is no home folder to keep the key in: name a file with --key-file, or set REJOIN_KEY")]
    NoKeyFile,
}

fn default_key_file() -> Option<PathBuf> {
    let folder = |name| env::var_os(name).filter(|value| !value.is_empty()).map(PathBuf::from);
    let state = folder("STATE_DIRECTORY").or_else(|| folder("XDG_STATE_HOME"));
    let state = state.or_else(|| folder("LOCALAPPDATA"));
    let state = state.or_else(|| folder("HOME").map(|home| home.join(".local/state")));
    Some(state?.join("rejoin/signaling.key"))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct JsonIceServer {
    urls: Urls,
    username: Option<String>,
    credential: Option<String>,
}

#[derive(Deserialize)]
#[serde(untagged)]
enum Urls {
    One(String),
    Many(Vec<String>),
}

fn ice_server(text: &str) -> Result<IceServer, String> {
    let server = if text.trim_start().starts_with('{') {
        let json: JsonIceServer = serde_json::from_str(text).map_err(|error| error.to_string())?;
        let urls = match json.urls {
            Urls::One(url) => vec![url],
            Urls::Many(urls) => urls,
        };
        IceServer { urls, username: json.username, credential: json.credential }
    } else {
        IceServer { urls: vec![text.to_owned()], username: None, credential: None }
    };
    let is_ice = |url: &String| ["stun:", "stuns:", "turn:", "turns:"].iter().any(|scheme| url.starts_with(scheme));
    if server.urls.is_empty() || !server.urls.iter().all(is_ice) {
        return Err("a URL of an ICE server begins with stun:, stuns:, turn: or turns:".to_owned());
    }
    Ok(server)
}

fn at_most<const MAX: usize>(text: &str) -> Result<usize, String> {
    let number: usize = text.parse().map_err(|error| format!("{error}"))?;
    if (1..=MAX).contains(&number) { Ok(number) } else { Err(format!("1 to {MAX}")) }
}

fn loopback(text: &str) -> Result<SocketAddr, String> {
    let address: SocketAddr = text.parse().map_err(|_| "an address and a port, such as 127.0.0.1:9090".to_owned())?;
    if address.ip().is_loopback() { Ok(address) } else { Err("a loopback address: 127.0.0.1 or [::1]".to_owned()) }
}

fn positive(text: &str) -> Result<u64, String> {
    let number: u64 = text.parse().map_err(|error| format!("{error}"))?;
    if number == 0 { Err("at least 1".to_owned()) } else { Ok(number) }
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory;

    use super::*;

    #[test]
    fn every_flag_is_explained() {
        let command = Args::command();
        for flag in command.get_arguments().filter(|flag| !matches!(flag.get_id().as_str(), "help" | "version")) {
            assert!(flag.get_help().is_some(), "{}", flag.get_id());
        }
        command.debug_assert();
    }

    #[test]
    fn the_defaults_of_the_flags_are_those_of_the_configuration() {
        let key = "k".repeat(32);
        let args = Args::parse_from(["rejoin-signaling", "--key", &key]);
        let config = Config::new(Key::from_text(&key).unwrap());
        let from_flags = args.config().unwrap();
        assert_eq!(format!("{from_flags:?}"), format!("{config:?}"));
    }

    #[test]
    fn an_ice_server_is_a_url_or_json() {
        assert_eq!(ice_server("stun:stun.example.org").unwrap().urls, ["stun:stun.example.org"]);
        let turn = ice_server(r#"{"urls":["turn:a","turns:b"],"username":"u","credential":"c"}"#).unwrap();
        assert_eq!((turn.urls.len(), turn.username.as_deref(), turn.credential.as_deref()), (2, Some("u"), Some("c")));
        assert_eq!(ice_server(r#"{"urls":"turn:a"}"#).unwrap().urls, ["turn:a"]);
        for bad in ["https://example.org", "{}", r#"{"urls":[]}"#, r#"{"urls":"http:a"}"#, r#"{"url":"stun:a"}"#, ""] {
            assert!(ice_server(bad).is_err(), "{bad}");
        }
    }
}
