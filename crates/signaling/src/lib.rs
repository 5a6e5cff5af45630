//! The signaling server of rejoin: rooms, presence and an at-most-once relay over WebSocket.
//!
//! ```text
//!   TCP -> server (accept, counts) -> http (/ws, /health, assets) -> socket (one loop each)
//!                                                                      |
//!                                       hub (pure: rooms, members) <- switchboard (lock, queues)
//! ```
//!
//! Who may enter is the application's to say, by [`Access`] tokens, and who has to go, by [`Admin`].
//!
//! [`run`] serves until it is told to stop. All decisions about rooms are made by the [`hub`], which does no
//! I/O and reads no clock. The protocol is [`rejoin_proto::relay`] and `docs/protocol.md`.
//!
//! ```no_run
//! use rejoin_signaling::{Config, Key, Listener, run};
//!
//! # async fn example() -> std::io::Result<()> {
//! let listener = Listener::bind("localhost", 8080).await?;
//! let config = Config::new(Key::random()?);
//! let shutdown = async { tokio::signal::ctrl_c().await.unwrap_or(()) };
//! run(listener, config, shutdown).await
//! # }
//! ```
#![cfg_attr(
    test,
    allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing, reason = "tests")
)]

mod access;
mod admin;
mod assets;
mod bucket;
mod clock;
pub mod config;
mod http;
pub mod hub;
mod key;
mod listener;
mod origin;
mod outbox;
mod places;
mod revoked;
mod revoked_file;
mod server;
mod socket;
mod switchboard;
mod token;

pub use access::{Access, AccessError};
pub use admin::{Admin, run_admin};
pub use config::Config;
pub use key::{Key, KeyError};
pub use listener::Listener;
pub use origin::{InvalidOrigin, Origins};
pub use server::run;
pub use token::TokenError;
