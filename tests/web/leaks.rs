//! What comes and goes leaves nothing in the memory of the WebAssembly: every allocation is counted.

use std::alloc::System;

use gloo_timers::future::TimeoutFuture;
use rejoin::media::{MediaConstraints, VideoConstraints, attach, get_user_media};
use rejoin::signaling::memory;
use rejoin::{ChannelOptions, Peer, PeerOptions, WebSocket, WebSocketOptions};
use stats_alloc::{INSTRUMENTED_SYSTEM, StatsAlloc};
use wasm_bindgen_test::wasm_bindgen_test;

use crate::pair::Pair;
use crate::support::{server, video, within};

#[global_allocator]
static ALLOCATOR: &StatsAlloc<System> = &INSTRUMENTED_SYSTEM;

/// Does it a few times for what is made once, and then thirty times more, after which no more may be left than before.
pub(crate) async fn leaves_nothing(what: &str, mut once: impl AsyncFnMut()) {
    const TIMES: isize = 30;
    for _ in 0..5 {
        once().await;
    }
    let before = settled().await;
    for _ in 0..TIMES {
        once().await;
    }
    let mut left = settled().await - before;
    for _ in 0..20 {
        if left < TIMES / 2 {
            return;
        }
        left = settled().await - before;
    }
    panic!("{left} allocations are left after {TIMES} times {what}");
}

/// The allocations that live when everything under way is done.
async fn settled() -> isize {
    TimeoutFuture::new(100).await;
    let stats = ALLOCATOR.stats();
    stats.allocations as isize - stats.deallocations as isize
}

pub(crate) fn peers() -> (Peer, Peer) {
    let (a, b) = memory();
    (Peer::connect(a, PeerOptions::new()), Peer::connect(b, PeerOptions::new()))
}

#[wasm_bindgen_test]
async fn peers_that_are_closed_at_once_leave_nothing() {
    leaves_nothing("two peers", async || {
        let (a, b) = peers();
        TimeoutFuture::new(0).await;
        a.close();
        b.close();
    })
    .await;
}

#[wasm_bindgen_test]
async fn peers_that_were_connected_leave_nothing() {
    leaves_nothing("two peers with a channel", async || {
        let (a, b) = peers();
        let ours = a.channel("words", ChannelOptions::new()).unwrap();
        let theirs = b.channel("words", ChannelOptions::new()).unwrap();
        within("the words", async {
            ours.send("hello").await.unwrap();
            theirs.receive().await.unwrap();
        })
        .await;
    })
    .await;
}

#[wasm_bindgen_test]
async fn channels_leave_nothing_in_their_peers() {
    let (a, b) = peers();
    let mut count = 0;
    leaves_nothing("a channel", async || {
        count += 1;
        let label = format!("words {count}");
        let ours = a.channel(&label, ChannelOptions::new()).unwrap();
        let theirs = b.channel(&label, ChannelOptions::new()).unwrap();
        within("the words", async {
            ours.send("hello").await.unwrap();
            theirs.receive().await.unwrap();
        })
        .await;
        ours.close();
        theirs.close();
        // Until it is known that the other side knows: a connection lets go of what was open then with its next channel.
        TimeoutFuture::new(70).await;
    })
    .await;
}

#[wasm_bindgen_test]
async fn connections_and_their_channels_leave_nothing() {
    leaves_nothing("two connections", async || drop(Pair::with_channel(&ChannelOptions::new()).await)).await;
}

#[wasm_bindgen_test]
async fn streams_leave_nothing() {
    let video = video();
    leaves_nothing("a stream", async || {
        let stream = get_user_media(&MediaConstraints::video(VideoConstraints::new())).await.unwrap();
        drop(attach(&video, &stream));
    })
    .await;
    video.remove();
}

#[wasm_bindgen_test]
async fn sockets_leave_nothing() {
    leaves_nothing("a socket", async || {
        let socket = WebSocket::connect(server(), &WebSocketOptions::new().with_protocol("rejoin.v1")).unwrap();
        within("opening", socket.ready()).await.unwrap();
    })
    .await;
}
