//! Clients of the real server: they find each other, come back, and bear what is done to them.

use std::cell::Cell;
use std::rc::Rc;
use std::time::Duration;

use futures_util::StreamExt;
use futures_util::future::{Either, select};
use gloo_timers::future::TimeoutFuture;
use rejoin::signaling::{
    Failure, LeaveReason, Loss, SignalingClientEvent, SignalingError, SignalingOptions, SignalingState, default_url,
};
use rejoin::{BackoffConfig, Events, RoomId, SignalingClient, WebSocketError};
use wasm_bindgen_test::wasm_bindgen_test;
use web_sys::Event;

use crate::support::{come_and_go, fresh_name, server, within};

/// A room that no other test is in.
fn options() -> SignalingOptions {
    SignalingOptions::new(server(), RoomId::new(fresh_name()).unwrap())
}

async fn client(options: &SignalingOptions) -> SignalingClient {
    let client = SignalingClient::connect(options.clone()).unwrap();
    within("joining", client.joined()).await.unwrap();
    client
}

async fn next<T>(
    events: &mut Events<SignalingClientEvent>,
    what: &str,
    mut pick: impl FnMut(SignalingClientEvent) -> Option<T>,
) -> T {
    within(what, async {
        loop {
            if let Some(value) = pick(events.next().await.expect("the client ended")) {
                return value;
            }
        }
    })
    .await
}

fn signal(event: SignalingClientEvent) -> Option<String> {
    match event {
        SignalingClientEvent::Signal { data, .. } => Some(data),
        _ => None,
    }
}

fn left(event: SignalingClientEvent) -> Option<LeaveReason> {
    match event {
        SignalingClientEvent::PeerLeft { reason, .. } => Some(reason),
        _ => None,
    }
}

#[wasm_bindgen_test]
async fn two_clients_find_each_other_and_exchange_messages() {
    let options = options();
    let a = client(&options.clone().with_info(Some("I am a".into()))).await;
    let mut events_a = a.events();
    let b = client(&options).await;
    let mut events_b = b.events();
    let (id_a, id_b) = (a.peer_id().unwrap(), b.peer_id().unwrap());

    let known = b.peers();
    let known: Vec<_> = known.iter().map(|remote| (&remote.peer, remote.info.as_deref())).collect();
    assert_eq!(known, [(&id_a, Some("I am a"))]);
    let joined = next(&mut events_a, "b joining", |event| match event {
        SignalingClientEvent::PeerJoined(remote) => Some(remote.peer),
        _ => None,
    });
    assert_eq!(joined.await, id_b);

    for n in 0..100 {
        a.send(&id_b, format!("{{\"n\":{n}}}")).unwrap();
        b.send(&id_a, format!("\u{1f44b} {n}")).unwrap();
    }
    for n in 0..100 {
        assert_eq!(next(&mut events_b, "a's message", signal).await, format!("{{\"n\":{n}}}"));
        assert_eq!(next(&mut events_a, "b's message", signal).await, format!("\u{1f44b} {n}"));
    }
    assert_eq!((a.violations(), b.violations()), (0, 0));
}

#[wasm_bindgen_test]
async fn a_change_of_info_is_told() {
    let options = options();
    let (a, b) = (client(&options).await, client(&options).await);
    let mut events = b.events();
    a.set_info(Some("away".into())).unwrap();
    let info = next(&mut events, "the info", |event| match event {
        SignalingClientEvent::PeerInfo(remote) => Some(remote.info),
        _ => None,
    });
    assert_eq!(info.await.as_deref(), Some("away"));
    assert_eq!(a.set_info(Some("x".repeat(5000))), Err(SignalingError::InvalidOption { option: "info" }));
}

#[wasm_bindgen_test]
async fn leaving_is_seen_at_once_and_closing_twice_or_using_it_afterwards_is_an_error_or_nothing() {
    let options = options();
    let (a, b) = (client(&options).await, client(&options).await);
    let mut events = b.events();
    let mut own = a.events();
    a.close();
    a.close();
    assert_eq!(next(&mut events, "the leave", left).await, LeaveReason::Left);
    assert_eq!(a.state(), SignalingState::Closed);
    assert_eq!(a.send(&b.peer_id().unwrap(), "x".into()), Err(SignalingError::Closed));
    assert_eq!(a.joined().await, Err(SignalingError::Closed));
    a.reconnect();
    a.set_info(None).unwrap();
    assert_eq!(a.state(), SignalingState::Closed);
    assert_eq!(own.next().await, Some(SignalingClientEvent::StateChanged(SignalingState::Closed)));
    assert_eq!(own.next().await, None);
    assert_eq!(a.events().next().await, None);
}

#[wasm_bindgen_test]
async fn dropping_the_last_handle_leaves_and_an_earlier_one_does_not() {
    let options = options();
    let (a, b) = (client(&options).await, client(&options).await);
    let mut events = b.events();
    let other_handle = a.clone();
    drop(a);
    other_handle.send(&b.peer_id().unwrap(), "still here".into()).unwrap();
    assert_eq!(next(&mut events, "the message", signal).await, "still here");
    drop(other_handle);
    assert_eq!(next(&mut events, "the leave", left).await, LeaveReason::Left);
}

#[wasm_bindgen_test]
async fn a_dropped_wait_is_only_a_dropped_wait() {
    let client = SignalingClient::connect(options()).unwrap();
    drop(client.joined());
    {
        let waiting = client.joined();
        let nothing = core::future::ready(());
        assert!(matches!(select(Box::pin(waiting), nothing).await, Either::Right(_)), "joined within no time");
    }
    within("joining", client.joined()).await.unwrap();
    assert_eq!(client.state(), SignalingState::Joined);
}

#[wasm_bindgen_test]
async fn before_the_welcome_nothing_can_be_sent_and_afterwards_not_too_much() {
    let options = options();
    let a = SignalingClient::connect(options.clone()).unwrap();
    let b = client(&options).await;
    let to = b.peer_id().unwrap();
    if a.state() != SignalingState::Joined {
        assert_eq!(a.send(&to, "x".into()), Err(SignalingError::NotJoined));
    }
    within("joining", a.joined()).await.unwrap();
    let error = a.send(&to, "x".repeat(1 << 20)).unwrap_err();
    assert!(matches!(error, SignalingError::TooLarge { .. }), "{error}");
    let mut events = b.events();
    a.send(&to, "after".into()).unwrap();
    assert_eq!(next(&mut events, "the message", signal).await, "after");
}

#[wasm_bindgen_test]
async fn a_room_that_is_full_refuses_for_good_and_says_so() {
    let options = options().with_capacity(Some(1));
    let _a = client(&options).await;
    let b = SignalingClient::connect(options).unwrap();
    let error = within("the refusal", b.joined()).await.unwrap_err();
    assert!(matches!(&error, SignalingError::Refused(_)), "{error}");
    assert!(!error.is_retryable());
    assert!(matches!(b.state(), SignalingState::Failed { reason: Failure::Refused(_) }));
}

#[wasm_bindgen_test]
async fn a_signal_to_nobody_is_answered_by_an_error_event() {
    let a = client(&options()).await;
    let mut events = a.events();
    a.send(&rejoin::PeerId::new("nobody").unwrap(), "x".into()).unwrap();
    let error = next(&mut events, "the error", |event| match event {
        SignalingClientEvent::ServerError(error) => Some(error),
        _ => None,
    });
    assert_eq!(error.await.code, rejoin::signaling::ErrorCode::UnknownPeer);
    assert_eq!(a.state(), SignalingState::Joined);
}

#[wasm_bindgen_test]
async fn a_page_back_from_the_cache_is_in_the_room_again_under_its_id() {
    let options = options();
    let (a, b) = (client(&options).await, client(&options).await);
    let id = a.peer_id().unwrap();
    let streams = [a.events(), b.events()];
    come_and_go("pagehide", true);
    assert!(matches!(a.state(), SignalingState::Waiting { reason: Loss::PageHidden, .. }));
    come_and_go("pageshow", true);
    let mut again = Vec::new();
    for mut events in streams {
        let joined = next(&mut events, "the return", |event| match event {
            SignalingClientEvent::Joined { peer, fresh } => Some((peer, fresh)),
            SignalingClientEvent::PeerLeft { .. } => panic!("somebody left for a lost socket of ours"),
            _ => None,
        });
        again.push(joined.await);
    }
    assert_eq!(again, [(id.clone(), false), (b.peer_id().unwrap(), false)]);
    within("a in b's roster", async {
        while b.peers().iter().all(|remote| remote.suspended) {
            TimeoutFuture::new(20).await;
        }
    })
    .await;
    assert!(b.peers().iter().all(|remote| remote.peer == id));
}

#[wasm_bindgen_test]
async fn a_page_that_is_left_leaves_the_room() {
    let a = client(&options()).await;
    // The other tests of this page have no client at this time: they run one after another.
    come_and_go("pagehide", false);
    assert_eq!(a.state(), SignalingState::Closed);
}

#[wasm_bindgen_test]
async fn a_network_that_comes_and_goes_is_borne_by_a_working_connection() {
    let a = client(&options()).await;
    let window = web_sys::window().unwrap();
    for kind in ["offline", "online", "offline", "online"] {
        window.dispatch_event(&Event::new(kind).unwrap()).unwrap();
    }
    let document = window.document().unwrap();
    document.dispatch_event(&Event::new("visibilitychange").unwrap()).unwrap();
    // Longer than a probe may take.
    TimeoutFuture::new(3_500).await;
    assert_eq!(a.state(), SignalingState::Joined);
}

#[wasm_bindgen_test]
async fn a_server_that_is_away_is_waited_for_until_the_attempts_are_used_up() {
    let options = SignalingOptions::new("ws://127.0.0.1:9/ws", RoomId::new("away").unwrap());
    let backoff = BackoffConfig::new().with_initial(Duration::from_millis(10)).with_max_attempts(Some(3));
    let client = SignalingClient::connect(options.with_backoff(backoff)).unwrap();
    let mut events = client.events();
    let error = within("giving up", client.joined()).await.unwrap_err();
    assert_eq!(error, SignalingError::GaveUp(Loss::Unreachable));
    assert!(error.is_retryable());
    let mut waits = 0;
    while let Some(Some(event)) = futures_util::FutureExt::now_or_never(events.next()) {
        waits += u32::from(matches!(event, SignalingClientEvent::StateChanged(SignalingState::Waiting { .. })));
    }
    assert_eq!(waits, 2);
    client.reconnect();
    assert_eq!(client.state(), SignalingState::Connecting { attempt: 1 });
}

#[wasm_bindgen_test]
async fn an_address_that_cannot_be_is_told_at_once() {
    for bad in ["", "http://127.0.0.1/ws", "/ws", "ws://"] {
        let error = SignalingClient::connect(SignalingOptions::new(bad, RoomId::new("bad").unwrap())).unwrap_err();
        assert!(matches!(error, SignalingError::Address(WebSocketError::BadUrl { .. })), "{bad}: {error}");
    }
    let page = web_sys::window().unwrap().location().host().unwrap();
    assert_eq!(default_url(), Some(format!("ws://{page}/ws")));
}

#[wasm_bindgen_test]
async fn a_client_may_be_closed_by_a_reader_of_its_own_events() {
    let client = client(&options()).await;
    let seen = Rc::new(Cell::new(false));
    let (handle, done) = (client.clone(), Rc::clone(&seen));
    let mut events = client.events();
    wasm_bindgen_futures::spawn_local(async move {
        while events.next().await.is_some() {
            handle.close();
        }
        done.set(true);
    });
    client.send(&rejoin::PeerId::new("nobody").unwrap(), "x".into()).unwrap();
    within("the end", async {
        while !seen.get() {
            TimeoutFuture::new(10).await;
        }
    })
    .await;
    assert_eq!(client.state(), SignalingState::Closed);
}
