//! What the other side, or what carries its messages, may do to a peer.

use core::task::{Context, Poll};

use gloo_timers::future::TimeoutFuture;
use js_sys::{Function, Object, Reflect};
use rejoin::signaling::{MemorySignaling, NotCarried, Signaling, SignalingEvent, memory};
use rejoin::{ChannelOptions, DataChannelState, Peer, PeerEvent, PeerOptions, PeerState};
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_test::wasm_bindgen_test;

use crate::peer::{connected, event, pair};
use crate::support::{grows_by, receives, within};

/// Loses, doubles, delays and corrupts.
struct Hostile {
    inner: MemorySignaling,
    count: u32,
}

impl Signaling for Hostile {
    fn send(&mut self, message: String) -> Result<(), NotCarried> {
        self.count += 1;
        match self.count % 4 {
            0 => return Ok(()),
            1 => self.inner.send(message.clone())?,
            2 => self.inner.send("{\"type\":\"description\",\"from\":7}".to_owned())?,
            _ => self.inner.send(message.chars().take(message.len() / 2).collect())?,
        }
        self.inner.send(message)
    }

    fn poll_event(&mut self, cx: &mut Context<'_>) -> Poll<Option<SignalingEvent>> {
        self.inner.poll_event(cx)
    }
}

#[wasm_bindgen_test]
async fn a_signaling_that_loses_doubles_and_corrupts_still_connects() {
    let (a, b) = memory();
    let a = Peer::connect(Hostile { inner: a, count: 0 }, PeerOptions::new());
    let b = Peer::connect(Hostile { inner: b, count: 2 }, PeerOptions::new());
    connected(&a, &b).await;
    assert!(b.counters().malformed > 0, "{:?}", b.counters());
}

/// Sends every message first with so many blanks behind it that no server would carry it.
struct Padded(MemorySignaling);

impl Signaling for Padded {
    fn send(&mut self, message: String) -> Result<(), NotCarried> {
        self.0.send(message.clone() + &" ".repeat(256 * 1024))?;
        self.0.send(message)
    }

    fn poll_event(&mut self, cx: &mut Context<'_>) -> Poll<Option<SignalingEvent>> {
        self.0.poll_event(cx)
    }
}

#[wasm_bindgen_test]
async fn a_message_that_is_too_long_is_counted_and_not_read() {
    let (a, b) = memory();
    let a = Peer::connect(Padded(a), PeerOptions::new());
    let b = Peer::connect(b, PeerOptions::new());
    connected(&a, &b).await;
    assert!(b.counters().malformed > 0 && b.counters().duplicate == 0, "{:?}", b.counters());
}

#[wasm_bindgen_test]
async fn a_message_that_is_too_long_for_the_internal_channel_is_not_copied_and_the_peers_connect_again() {
    let spied: Object = js_sys::eval(SPY_ON_CHANNELS).unwrap().unchecked_into();
    let member = |name: &str| Reflect::get(&spied, &name.into()).unwrap();
    let (a, b) = pair();
    connected(&a, &b).await;
    member("restore").unchecked_ref::<Function>().call0(&JsValue::UNDEFINED).unwrap();
    let lost = event(&a, "the loss", |event| match event {
        PeerEvent::StateChanged(PeerState::Reconnecting { .. }) => Some(()),
        _ => None,
    });
    let internal = member("rejoin");
    assert!(grows_by(|| receives(internal.unchecked_ref(), "'x'.repeat(60_000_000)")) < 100, "it was copied");
    lost.await;
    connected(&a, &b).await;
}

/// Keeps the newest channel of each label, until it is restored.
const SPY_ON_CHANNELS: &str = "(() => {
    const { createDataChannel } = RTCPeerConnection.prototype;
    const spied = { restore: () => { RTCPeerConnection.prototype.createDataChannel = createDataChannel } };
    RTCPeerConnection.prototype.createDataChannel = function (label, options) {
        return (spied[label] = createDataChannel.call(this, label, options));
    };
    return spied;
})()";

/// Says in its descriptions that it takes messages of four bytes at most.
struct Grudging(MemorySignaling);

impl Signaling for Grudging {
    fn send(&mut self, message: String) -> Result<(), NotCarried> {
        const NAME: &str = "a=max-message-size:";
        self.0.send(match message.split_once(NAME) {
            Some((before, after)) => {
                format!("{before}{NAME}4{}", after.trim_start_matches(|digit: char| digit.is_ascii_digit()))
            }
            None => message,
        })
    }

    fn poll_event(&mut self, cx: &mut Context<'_>) -> Poll<Option<SignalingEvent>> {
        self.0.poll_event(cx)
    }
}

#[wasm_bindgen_test]
async fn an_other_side_that_takes_four_bytes_is_sent_no_more_and_the_page_goes_on() {
    let (a, b) = memory();
    let a = Peer::connect(Grudging(a), PeerOptions::new());
    let b = Peer::connect(b, PeerOptions::new());
    let durable = b.channel("durable", ChannelOptions::new().durable()).unwrap();
    // Taken before it is known what the other side takes.
    within("taken", durable.send("five!")).await.unwrap();
    connected(&a, &b).await;
    // Firefox sends none of the machine's words; Chromium not even that there is a channel, which it closes.
    TimeoutFuture::new(1_000).await;
    assert!(
        matches!(durable.state(), DataChannelState::Connecting | DataChannelState::Closed),
        "{:?}",
        durable.state()
    );
    assert_eq!((a.state(), b.state()), (PeerState::Connected, PeerState::Connected));
    let closed = event(&a, "the end", |event| matches!(event, PeerEvent::Closed(_)).then_some(()));
    b.close();
    closed.await;
}
