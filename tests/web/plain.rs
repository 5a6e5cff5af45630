//! Plain channels of a peer: what is refused, who closes them when, and in what order messages arrive.

use std::time::Duration;

use futures_util::{FutureExt, StreamExt};
use rejoin::signaling::memory;
use rejoin::{
    Channel, ChannelError, ChannelOptions, DataChannelState, Message, Peer, PeerEvent, PeerOptions, PeerState,
    RecoveryConfig,
};
use wasm_bindgen_test::wasm_bindgen_test;

use crate::peer::{connected, event, pair};
use crate::support::within;

/// Peers that replace a lost connection at once.
fn quick_pair() -> (Peer, Peer) {
    let quick = RecoveryConfig::new().with_grace_timeout(Duration::from_millis(200)).with_restarts(0);
    let options = || PeerOptions::new().with_recovery(quick);
    let (a, b) = memory();
    (Peer::connect(a, options()), Peer::connect(b, options()))
}

fn announced(peer: &Peer, label: &'static str) -> impl Future<Output = Channel> {
    event(peer, "a channel", move |event| match event {
        PeerEvent::Channel(channel) if channel.label() == label => Some(channel),
        _ => None,
    })
}

fn chat(peer: &Peer) -> Channel {
    peer.channel("chat", ChannelOptions::new()).unwrap()
}

async fn arrives(from: &Channel, to: &Channel, text: &str) {
    within(text, from.send(text)).await.unwrap();
    assert_eq!(within(text, to.receive()).await, Some(Message::from(text)));
}

#[wasm_bindgen_test]
async fn what_no_channel_can_be_is_refused_while_there_is_no_connection() {
    let (end, _other) = memory();
    let peer = Peer::connect(end, PeerOptions::new());
    let plain = ChannelOptions::new;
    peer.channel("taken", plain().with_id(7)).unwrap();
    let long = "x".repeat(70_000);
    for (label, options) in [
        ("rejoin", plain()),
        (long.as_str(), plain()),
        ("chat", plain().with_id(0)),
        ("chat", plain().with_id(7)),
        ("chat", plain().with_id(u16::MAX)),
        ("chat", plain().with_protocol(long.as_str())),
        ("chat", plain().with_protocol("rejoin.durable.1/0000000000000001/0000000000000000/")),
        ("chat", plain().with_protocol("rejoin.closed")),
        ("chat", plain().with_max_packet_life_time(Duration::from_secs(100))),
        ("chat", plain().durable().with_id(9)),
    ] {
        let refused = peer.channel(label, options.clone());
        assert!(matches!(refused, Err(ChannelError::CannotOpen(_))), "{options:?}");
    }
    assert!(peer.channel("taken", plain().with_id(7)).is_ok(), "the one there is");
    chat(&peer);
    assert_eq!(peer.channel("chat", plain().durable()).unwrap_err(), ChannelError::Mismatch);
}

#[wasm_bindgen_test]
async fn an_ordered_channel_keeps_its_order_where_the_side_that_answers_opens_it_too() {
    const FEW: usize = 100;
    let (a, b) = pair();
    connected(&a, &b).await;
    let announced = announced(&b, "chat");
    let at_a = chat(&a);
    let at_b = announced.await;
    // More than leaves at once, so that what goes by another way would be first.
    for n in 0..FEW {
        drop(at_b.send(vec![n as u8; 60_000]).now_or_never());
    }
    assert!(chat(&b) == at_b);
    within("sending", at_b.send(vec![FEW as u8])).await.unwrap();
    within("opening, and sending", async {
        gloo_timers::future::TimeoutFuture::new(200).await;
        at_b.send(vec![FEW as u8 + 1]).await.unwrap();
    })
    .await;
    for n in 0..FEW + 2 {
        match within("a message", at_a.receive()).await {
            Some(Message::Binary(bytes)) => assert_eq!(bytes.first(), Some(&(n as u8))),
            other => panic!("{other:?}"),
        }
    }
    arrives(&at_a, &at_b, "back").await;
}

/// Who opens a channel.
#[derive(Debug, Clone, Copy)]
enum By {
    A,
    B,
    Both,
}

/// A channel that has carried something both ways.
async fn opened(a: &Peer, b: &Peer, by: By) -> (Channel, Channel) {
    let (of_a, of_b) = (announced(a, "chat"), announced(b, "chat"));
    let (at_a, at_b) = match by {
        By::A => (chat(a), of_b.await),
        By::B => {
            let at_b = chat(b);
            (of_a.await, at_b)
        }
        By::Both => (chat(a), chat(b)),
    };
    arrives(&at_a, &at_b, "one").await;
    arrives(&at_b, &at_a, "two").await;
    (at_a, at_b)
}

/// Ends the connection at `b`, now: done when `a` knows.
fn lose_connection(a: &Peer, b: &Peer) -> impl Future<Output = ()> {
    let lost = event(a, "the loss", |event| {
        matches!(event, PeerEvent::StateChanged(PeerState::Reconnecting { .. })).then_some(())
    });
    b.peer_connection().unwrap().close();
    lost
}

#[wasm_bindgen_test]
async fn a_channel_that_is_closed_while_there_is_no_connection_stays_closed() {
    // Before the loss is known, too: the word of it is lost.
    for (by, is_known) in [By::A, By::B, By::Both].into_iter().flat_map(|by| [(by, false), (by, true)]) {
        let what = format!("opened by {by:?}, closed when the loss is known: {is_known}");
        let (a, b) = quick_pair();
        connected(&a, &b).await;
        let (at_a, at_b) = opened(&a, &b, by).await;
        let [other_a, other_b] = [&a, &b].map(|peer| peer.channel("other", ChannelOptions::new()).unwrap());
        arrives(&other_a, &other_b, "three").await;
        let mut news = [a.events(), b.events()];

        let lost = lose_connection(&a, &b);
        if is_known {
            lost.await;
            at_a.close();
        } else {
            at_a.close();
            lost.await;
        }
        assert!(at_b.state() != DataChannelState::Closed, "{what}");
        connected(&a, &b).await;
        within(&what, at_b.closed()).await;
        arrives(&other_a, &other_b, "four").await;
        gloo_timers::future::TimeoutFuture::new(300).await;
        for news in &mut news {
            while let Some(Some(event)) = news.next().now_or_never() {
                assert!(!matches!(event, PeerEvent::Channel(_)), "{what}: it came back");
            }
        }
        // The label is free for another channel.
        let again = (chat(&a), chat(&b));
        assert!(again.0 != at_a && again.1 != at_b);
        arrives(&again.0, &again.1, "five").await;
        arrives(&again.1, &again.0, "six").await;
    }
}

#[wasm_bindgen_test]
async fn who_hears_late_that_a_channel_is_closed_can_open_another_at_once() {
    for by in [By::A, By::B, By::Both] {
        let (a, b) = quick_pair();
        connected(&a, &b).await;
        let (at_a, at_b) = opened(&a, &b, by).await;
        lose_connection(&a, &b).await;
        at_a.close();
        let announced = announced(&a, "chat");
        within("the close", at_b.closed()).await;
        let again = chat(&b);
        within("sending", again.send("three")).await.unwrap();
        let other = announced.await;
        assert_eq!(within("three", other.receive()).await, Some(Message::from("three")));
        arrives(&other, &again, "four").await;
    }
}

#[wasm_bindgen_test]
async fn a_channel_that_both_close_while_there_is_no_connection_is_closed_and_its_label_free() {
    let (a, b) = quick_pair();
    connected(&a, &b).await;
    let (at_a, at_b) = opened(&a, &b, By::Both).await;
    lose_connection(&a, &b).await;
    at_a.close();
    at_b.close();
    connected(&a, &b).await;
    let announced = announced(&b, "chat");
    let again = chat(&a);
    let other = announced.await;
    arrives(&again, &other, "three").await;
    arrives(&other, &again, "four").await;
}

#[wasm_bindgen_test]
async fn a_channel_that_is_closed_and_opened_again_while_there_is_no_connection_goes_on() {
    let (a, b) = quick_pair();
    connected(&a, &b).await;
    let (at_a, at_b) = opened(&a, &b, By::A).await;
    lose_connection(&a, &b).await;
    at_a.close();
    let again = chat(&a);
    assert!(again != at_a);
    connected(&a, &b).await;
    arrives(&again, &at_b, "three").await;
    arrives(&at_b, &again, "four").await;
}
