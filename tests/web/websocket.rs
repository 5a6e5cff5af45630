//! The typed WebSocket, the network watcher and the BroadcastChannel, against the real things.

use std::cell::RefCell;
use std::rc::Rc;

use futures_util::{FutureExt, StreamExt};
use rejoin::{
    BroadcastChannel, NetworkEvent, NetworkWatcher, WebSocket, WebSocketError, WebSocketEvent, WebSocketOptions,
    WebSocketState,
};
use wasm_bindgen::JsCast;
use wasm_bindgen::prelude::Closure;
use wasm_bindgen_test::wasm_bindgen_test;
use web_sys::Event;

use crate::support::{server, within};

fn rejoin_v1() -> WebSocketOptions {
    WebSocketOptions::new().with_protocol("rejoin.v1")
}

async fn open() -> WebSocket {
    let socket = WebSocket::connect(server(), &rejoin_v1()).unwrap();
    within("opening", socket.ready()).await.unwrap();
    socket
}

#[wasm_bindgen_test]
async fn a_socket_opens_sends_hears_and_closes_in_order() {
    let socket = WebSocket::connect(server(), &rejoin_v1()).unwrap();
    let mut events = socket.events();
    assert_eq!(socket.state(), WebSocketState::Connecting);
    within("opening", socket.ready()).await.unwrap();
    assert_eq!(events.next().await, Some(WebSocketEvent::Open));
    assert_eq!((socket.state(), socket.protocol()), (WebSocketState::Open, "rejoin.v1".into()));
    socket.send_text("{\"type\":\"hello\",\"room\":\"websocket-test\"}").unwrap();
    match within("the welcome", events.next()).await {
        Some(WebSocketEvent::Text(text)) => assert!(text.contains("\"type\":\"welcome\""), "{text}"),
        other => panic!("{other:?}"),
    }
    socket.close_with(1000, "done").unwrap();
    assert_eq!(socket.state(), WebSocketState::Closing);
    match within("the close", events.next()).await {
        Some(WebSocketEvent::Closed { code: 1000, clean: true, .. }) => {}
        other => panic!("{other:?}"),
    }
    assert_eq!(socket.state(), WebSocketState::Closed);
}

#[wasm_bindgen_test]
async fn what_cannot_be_sent_is_given_back() {
    let socket = WebSocket::connect(server(), &rejoin_v1().with_max_buffered(1000)).unwrap();
    let early = socket.send_text("early").unwrap_err();
    assert_eq!(early.message, "early");
    assert_eq!(early.error, WebSocketError::NotOpen { state: WebSocketState::Connecting });
    assert!(early.error.is_retryable());
    within("opening", socket.ready()).await.unwrap();
    let long = socket.send_bytes(vec![7; 1001]).unwrap_err();
    assert_eq!((long.message.len(), &long.error), (1001, &WebSocketError::Full { buffered: 0, max: 1000 }));
    socket.close();
    socket.close();
    let late = socket.send_text("late").unwrap_err();
    assert_eq!((late.message.as_str(), late.error.is_retryable()), ("late", false));
    assert!(matches!(socket.ready().await, Err(WebSocketError::NotOpen { .. })));
}

#[wasm_bindgen_test]
async fn a_binary_frame_arrives_as_such_and_the_server_closes_for_it() {
    let socket = open().await;
    let mut events = socket.events();
    socket.send_bytes([1, 2, 3]).unwrap();
    let code = within("the close", async {
        loop {
            if let WebSocketEvent::Closed { code, .. } = events.next().await.expect("the end") {
                return code;
            }
        }
    });
    assert_eq!(code.await, 4000);
}

#[wasm_bindgen_test]
async fn addresses_and_codes_that_cannot_be_are_typed_errors() {
    let connect = |url| WebSocket::connect(url, &WebSocketOptions::new());
    for bad in ["", "nonsense", "http://127.0.0.1/", "ws://127.0.0.1/#fragment"] {
        assert!(matches!(connect(bad), Err(WebSocketError::BadUrl { .. })), "{bad} was taken");
    }
    let odd = WebSocket::connect(server(), &WebSocketOptions::new().with_protocol("not a token"));
    assert!(matches!(odd, Err(WebSocketError::Browser(error)) if error.name() == "SyntaxError"));
    let socket = open().await;
    assert!(
        matches!(socket.close_with(999, ""), Err(WebSocketError::Browser(error)) if error.name() == "InvalidAccessError")
    );
    assert!(socket.close_with(1000, &"x".repeat(124)).is_err());
    assert_eq!(socket.state(), WebSocketState::Open);
}

#[wasm_bindgen_test]
async fn a_server_that_is_not_there_is_unreachable() {
    let socket = WebSocket::connect("ws://127.0.0.1:9/", &WebSocketOptions::new()).unwrap();
    assert_eq!(within("the failure", socket.ready()).await, Err(WebSocketError::Unreachable { code: 1006 }));
}

#[wasm_bindgen_test]
async fn dropping_a_socket_closes_it_and_ends_its_streams() {
    let socket = open().await;
    let raw = socket.as_raw().clone();
    let mut events = socket.events();
    drop(socket);
    assert_eq!(events.next().await, None);
    assert!(raw.ready_state() >= 2, "still open");
}

#[wasm_bindgen_test]
async fn a_socket_given_away_stays_open_and_can_be_taken_back() {
    let raw = open().await.into_raw();
    assert_eq!(raw.ready_state(), 1);
    let socket = WebSocket::from_raw(raw);
    let mut events = socket.events();
    socket.send_text("{\"type\":\"hello\",\"room\":\"given-away\"}").unwrap();
    assert!(matches!(within("the welcome", events.next()).await, Some(WebSocketEvent::Text(_))));
}

#[wasm_bindgen_test]
async fn a_socket_may_be_dropped_while_its_event_is_told() {
    let socket = WebSocket::connect(server(), &rejoin_v1()).unwrap();
    let raw = socket.as_raw().clone();
    let mut events = socket.events();
    // A listener of the page, called after ours.
    let holder = Rc::new(RefCell::new(Some(socket)));
    let inner = Rc::clone(&holder);
    let dropper = Closure::<dyn FnMut()>::new(move || drop(inner.borrow_mut().take()));
    raw.add_event_listener_with_callback("open", dropper.as_ref().unchecked_ref()).unwrap();
    assert_eq!(within("opening", events.next()).await, Some(WebSocketEvent::Open));
    assert_eq!(within("the end", events.next()).await, None);
    assert!(holder.borrow().is_none() && raw.ready_state() >= 2);
}

#[wasm_bindgen_test]
async fn the_network_watcher_hears_the_page_until_it_is_dropped() {
    let window = web_sys::window().unwrap();
    let tell = |kind| window.dispatch_event(&Event::new(kind).unwrap()).unwrap();
    let watcher = NetworkWatcher::new();
    let mut events = watcher.events();
    tell("offline");
    tell("online");
    // Without `persisted` it is the page's first showing.
    tell("pageshow");
    window.document().unwrap().dispatch_event(&Event::new("visibilitychange").unwrap()).unwrap();
    assert_eq!(events.next().await, Some(NetworkEvent::Offline));
    assert_eq!(events.next().await, Some(NetworkEvent::Online));
    assert!(matches!(events.next().await, Some(NetworkEvent::Visible | NetworkEvent::Hidden)));
    drop(watcher);
    tell("online");
    assert_eq!(events.next().await, None);
}

#[wasm_bindgen_test]
async fn a_broadcast_channel_carries_text_to_the_others_until_it_is_closed() {
    let name = format!("test-{}", js_sys::Math::random());
    let (a, b) = (BroadcastChannel::new(&name).unwrap(), BroadcastChannel::new(&name).unwrap());
    let (mut to_a, mut to_b) = (a.messages(), b.messages());
    // What is not text is not ours.
    b.as_raw().post_message(&js_sys::Object::new()).unwrap();
    a.post("hello").unwrap();
    b.post("hello yourself").unwrap();
    assert_eq!(within("a's message", to_b.next()).await.as_deref(), Some("hello"));
    assert_eq!(within("b's message", to_a.next()).await.as_deref(), Some("hello yourself"));
    assert_eq!(to_a.next().now_or_never(), None, "a heard itself");
    a.close();
    a.close();
    assert_eq!(to_a.next().await, None);
    assert_eq!(a.post("late").unwrap_err().name(), "InvalidStateError");
}
