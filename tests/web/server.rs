//! The real signaling server, which the test command starts beside the tests in browsers.

use futures_channel::oneshot;
use wasm_bindgen_test::wasm_bindgen_test;
use web_sys::WebSocket;

use crate::support::{server, within};

#[wasm_bindgen_test]
async fn the_server_takes_a_socket_that_speaks_its_protocol() {
    let socket = WebSocket::new_with_str(server(), "rejoin.v1").unwrap();
    let (tell, opened) = oneshot::channel();
    let listener = gloo_events::EventListener::once(&socket, "open", |_| _ = tell.send(()));
    within("opening the socket", opened).await.unwrap();
    drop(listener);
    assert_eq!(socket.protocol(), "rejoin.v1");
    socket.close().unwrap();
}
