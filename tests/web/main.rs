//! What only a browser can show. Runs in Chromium and in Firefox: `npm run test:web`.
//! One module a topic.
#![cfg(target_arch = "wasm32")]
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a failing test may panic")]

use wasm_bindgen_test::wasm_bindgen_test_configure;

mod browser;
mod data_channel;
mod drops;
mod durable;
mod encodings;
mod foreign;
mod hostile;
mod leaks;
mod media;
mod pair;
mod peer;
mod peer_connection;
mod plain;
mod reload;
mod room;
mod server;
mod signaling;
mod support;
mod transceiver;
mod websocket;

wasm_bindgen_test_configure!(run_in_browser);
