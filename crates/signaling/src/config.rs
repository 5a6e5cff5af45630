//! Everything that can be set about a server.

use std::path::PathBuf;
use std::time::Duration;

use rejoin_proto::relay::{IceServer, limits};

use crate::{Admin, Key, Origins};

macro_rules! config {
    ($($(#[$doc:meta])* $field:ident, $with:ident: $type:ty = $default:expr;)*) => {
        /// What a server allows, how long it waits, and what it serves.
        ///
        /// `Config::new(key).with_x(..)`; the defaults suit a public server on one small machine.
        #[derive(Debug, Clone)]
        #[non_exhaustive]
        pub struct Config {
            /// Signs the resume tokens. Servers with the same key accept each other's tokens.
            pub key: Key,
            $($(#[$doc])* pub $field: $type,)*
        }

        impl Config {
            /// The defaults with this key.
            pub fn new(key: Key) -> Self {
                Self { key, $($field: $default,)* }
            }

            $(
                $(#[$doc])*
                #[must_use = "this returns the changed configuration"]
                pub fn $with(mut self, $field: $type) -> Self {
                    self.$field = $field;
                    self
                }
            )*
        }
    };
}

config! {
    /// Pages of which other origins may connect. Default: none, pages of this server only.
    origins, with_origins: Origins = Origins::same();
    /// The key under which the application signs access tokens; with one, nobody is let in without. Default: none, and
    /// whoever knows a room's name may enter.
    access_key, with_access_key: Option<Key> = None;
    /// By which the server can be looked at, and peers be kicked, while it runs. Default: none.
    admin, with_admin: Option<Admin> = None;
    /// The file that keeps what was revoked. Default: none, and a restart forgets it.
    revoked_file, with_revoked_file: Option<PathBuf> = None;
    /// STUN and TURN servers named to the clients in `welcome`. Default: none named.
    ice_servers, with_ice_servers: Option<Vec<IceServer>> = None;
    /// A folder to serve as files. Default: none.
    assets, with_assets: Option<PathBuf> = None;
    /// Take the address of a client from the last entry of `X-Forwarded-For`. Only right behind a proxy that
    /// sets it. Default: no.
    trust_proxy, with_trust_proxy: bool = false;

    /// The most connections, of all kinds, at one time. Default 4096. More are refused with 503.
    connections, with_connections: usize = 4096;
    /// The most connections of one address (IPv6: of one /64) at one time. Default 256. More are refused
    /// with 429.
    connections_per_address, with_connections_per_address: usize = 256;
    /// The most rooms at one time. Default 4096. More are refused with `serverFull`.
    rooms, with_rooms: usize = 4096;
    /// The most peers of a room, whatever its creator asks for. Default 64, at least 1; rejoin's clients
    /// take at most 1024. More are refused with `roomFull`.
    peers_per_room, with_peers_per_room: u16 = 64;
    /// The most bytes of a frame. Default and most: 256 KiB. A larger one closes the socket with `tooLarge`.
    message_bytes, with_message_bytes: usize = limits::MAX_MESSAGE_BYTES;
    /// The most bytes of a peer's info. Default and most: 4 KiB. A larger one is refused with `tooLarge`.
    info_bytes, with_info_bytes: usize = limits::MAX_INFO_BYTES;
    /// How many messages a client may send a second in the long run; one of more than 4 KiB counts as one more
    /// for every 4 KiB. Default 100. More close the socket with `tooFast`.
    rate, with_rate: u32 = 100;
    /// How many messages a client may send at once after a pause. Default 500.
    burst, with_burst: u32 = 500;
    /// The most messages that wait for a client to read them. Default 1024. One more closes its socket with
    /// `tooSlow`.
    queue_messages, with_queue_messages: usize = 1024;
    /// The most bytes that wait for a client to read them. Default 4 MiB. More close its socket with `tooSlow`.
    queue_bytes, with_queue_bytes: usize = 4 * 1024 * 1024;

    /// How soon a new socket must say `hello`. Default 10 s; the same holds for the head of an HTTP request.
    hello_timeout, with_hello_timeout: Duration = Duration::from_secs(10);
    /// How often a client is asked to `ping`, and is pinged. Default 10 s.
    heartbeat, with_heartbeat: Duration = limits::DEFAULT_HEARTBEAT;
    /// A socket of which nothing was heard for so long is closed and its peer suspended. Default 25 s.
    silent_after, with_silent_after: Duration = Duration::from_secs(25);
    /// How long the place of a suspended peer is kept. Default 30 s.
    resume_window, with_resume_window: Duration = limits::DEFAULT_RESUME_WINDOW;
    /// How long a resume token is valid, and an access token may be. Default 7 days; a connected client gets a new
    /// resume token at half time. What is revoked is remembered for as long.
    token_lifetime, with_token_lifetime: Duration = Duration::from_secs(7 * 24 * 60 * 60);
    /// How long a shutdown may take. Default 5 s.
    shutdown_timeout, with_shutdown_timeout: Duration = Duration::from_secs(5);
    /// Over how long a time the clients come back after a shutdown. Default 3 s.
    reconnect_spread, with_reconnect_spread: Duration = Duration::from_secs(3);
}
