//! The real signaling server, which the test command starts beside the tests in browsers.

use futures_channel::oneshot;
use futures_util::future::{Either, select};
use gloo_timers::future::TimeoutFuture;
use wasm_bindgen_test::wasm_bindgen_test;
use web_sys::WebSocket;

/// Where it listens. The test command sets the address when it compiles the tests (see tests/README.md).
pub(crate) const URL: &str = match option_env!("REJOIN_TEST_SERVER") {
    Some(url) => url,
    None => "ws://127.0.0.1:18080/ws",
};

#[wasm_bindgen_test]
async fn the_server_takes_a_socket_that_speaks_its_protocol() {
    let socket = WebSocket::new_with_str(URL, "rejoin.v1").unwrap();
    let (tell, opened) = oneshot::channel();
    let listener = gloo_events::EventListener::once(&socket, "open", |_| _ = tell.send(()));
    let first = select(opened, TimeoutFuture::new(10_000)).await;
    assert!(matches!(first, Either::Left((Ok(()), _))), "the socket opens in time");
    drop(listener);
    assert_eq!(socket.protocol(), "rejoin.v1");
    socket.close().unwrap();
}
