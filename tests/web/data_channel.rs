//! Data channels between two connections of one page.

use std::time::Duration;

use futures_util::{SinkExt, StreamExt};
use rejoin::{
    ChannelOptions, DataChannel, DataChannelError, DataChannelEvent, DataChannelState, Message, Order,
    PeerConnectionError, Priority, Reliability, SendErrorKind, WaterMarks,
};
use wasm_bindgen_test::wasm_bindgen_test;

use crate::pair::{Pair, first, incoming, open, soon};
use crate::support::{grows_by, receives};

#[wasm_bindgen_test]
async fn every_mode_is_what_the_browser_reports_and_carries_text_and_binary() {
    let life_time = Duration::from_millis(1500);
    let modes = [
        ChannelOptions::new(),
        ChannelOptions::new().unordered(),
        ChannelOptions::new().with_max_retransmits(0),
        ChannelOptions::new().unordered().with_max_retransmits(0),
        ChannelOptions::new().with_max_retransmits(7),
        ChannelOptions::new().with_max_packet_life_time(life_time),
        ChannelOptions::new().unordered().with_max_packet_life_time(life_time),
        ChannelOptions::new().with_protocol("chat.v1, ünï"),
        ChannelOptions::new().unordered().with_max_retransmits(3).with_protocol("p"),
    ];
    let mut pair = Pair::new();
    let mut events = pair.b.events();
    let label = |n: usize| format!("mode {n} ✓");
    let ours: Vec<_> =
        modes.iter().enumerate().map(|(n, mode)| pair.a.create_data_channel(&label(n), mode).unwrap()).collect();
    pair.negotiate().await;
    let mut theirs = Vec::new();
    for _ in &modes {
        theirs.push(incoming(&mut events).await);
    }
    for (n, (mode, mut ours)) in modes.iter().zip(ours).enumerate() {
        let mut theirs = theirs.iter().find(|channel| channel.label() == label(n)).unwrap().clone();
        open(&ours).await;
        open(&theirs).await;
        for side in [&ours, &theirs] {
            assert_eq!((side.order(), side.reliability()), (mode.order, mode.reliability), "mode {n}");
            assert_eq!(side.protocol(), mode.protocol);
            assert!(!side.is_negotiated());
        }
        assert_eq!(ours.id(), theirs.id());
        carries(&ours, &mut theirs).await;
        carries(&theirs, &mut ours).await;
    }
}

#[wasm_bindgen_test]
async fn a_negotiated_channel_needs_no_announcement() {
    let options = ChannelOptions::new().unordered().with_max_retransmits(0).with_id(5);
    let (pair, mut ours, mut theirs) = Pair::with_channel(&options).await;
    for side in [&ours, &theirs] {
        assert!(side.is_negotiated());
        assert_eq!(side.id(), Some(5));
        assert_eq!(side.reliability(), Reliability::MaxRetransmits(0));
        assert_eq!(side.options().id, Some(5));
    }
    carries(&ours, &mut theirs).await;
    carries(&theirs, &mut ours).await;
    let taken = pair.a.create_data_channel("again", &options);
    assert!(matches!(taken, Err(PeerConnectionError::Operation(_))), "{taken:?}");
}

#[wasm_bindgen_test]
async fn a_priority_is_reported_where_the_browser_knows_it_and_an_unknown_one_is_left_to_it() {
    let pair = Pair::new();
    for priority in [Priority::VeryLow, Priority::Low, Priority::Medium, Priority::High] {
        let channel = pair.a.create_data_channel("p", &ChannelOptions::new().with_priority(priority)).unwrap();
        let reported = channel.priority();
        assert!(reported.is_none() || reported == Some(priority), "{reported:?}");
    }
    let channel = pair.a.create_data_channel("p", &ChannelOptions::new().with_priority(Priority::Unknown)).unwrap();
    assert!(matches!(channel.priority(), None | Some(Priority::Low)), "{:?}", channel.priority());
}

#[wasm_bindgen_test]
async fn options_that_cannot_be_are_refused_with_the_reason() {
    let pair = Pair::new();
    let refused = |options| pair.a.create_data_channel("x", &options).unwrap_err();
    assert!(matches!(refused(ChannelOptions::new().with_id(65_535)), PeerConnectionError::Channel(_)));
    let long = ChannelOptions::new().with_max_packet_life_time(Duration::from_secs(100));
    assert!(matches!(refused(long), PeerConnectionError::Channel(_)));
    // The label counts in bytes.
    let label = "é".repeat(32_768);
    let refused = pair.a.create_data_channel(&label, &ChannelOptions::new()).unwrap_err();
    assert!(matches!(refused, PeerConnectionError::Channel(_)));
    assert!(pair.a.create_data_channel(&"x".repeat(65_535), &ChannelOptions::new()).is_ok());
}

#[wasm_bindgen_test]
async fn the_sink_waits_for_room_and_everything_arrives_in_order() {
    let (_pair, mut ours, mut theirs) = Pair::with_channel(&ChannelOptions::new()).await;
    let high = ours.water_marks().high();
    let (size, count) = (64 * 1024, 20 * 16);
    let mut most = 0;
    let send = async {
        for n in 0..count {
            ours.feed(Message::Binary(vec![n as u8; size])).await.unwrap();
            most = most.max(ours.buffered_amount());
        }
    };
    let receive = async {
        for n in 0..count {
            let message = theirs.next().await.unwrap();
            assert_eq!(message.as_bytes(), vec![n as u8; size], "message {n}");
        }
    };
    soon("20 MiB", futures_util::future::join(send, receive)).await;
    assert!(most <= high + size as u32, "{most} were buffered");
    assert!(most > high / 2, "only {most} were buffered");
    soon("drained", ours.drained()).await.unwrap();
    assert_eq!(ours.buffered_amount(), 0);
}

#[wasm_bindgen_test]
async fn two_writers_and_one_who_waits_for_the_last_byte_get_through() {
    let (_pair, ours, mut theirs) = Pair::with_channel(&ChannelOptions::new()).await;
    ours.set_water_marks(WaterMarks::new(0, 0));
    let write = |text: &'static str| {
        let channel = ours.clone();
        async move {
            for _ in 0..50 {
                channel.send_when_ready(text.repeat(5_000)).await.unwrap();
            }
            channel.drained().await.unwrap();
        }
    };
    let count = async { theirs.by_ref().take(100).count().await };
    let (_, _, arrived) = soon("writers", futures_util::future::join3(write("a"), write("b"), count)).await;
    assert_eq!(arrived, 100);
}

#[wasm_bindgen_test]
async fn what_is_too_large_is_given_back_and_the_channel_lives() {
    let (pair, mut ours, mut theirs) = Pair::with_channel(&ChannelOptions::new()).await;
    let max = pair.a.max_message_size().unwrap();
    assert_eq!(ours.max_message_size(), Some(max));
    // Firefox takes 1 GiB, which is not worth the memory here.
    if max < 1024 * 1024 {
        let message = Message::Binary(vec![1; max as usize + 1]);
        let error = ours.send(message.clone()).unwrap_err();
        assert_eq!(error.kind, SendErrorKind::TooLarge { max });
        assert_eq!(error.message, message);
        let error = ours.feed(message.clone()).await.unwrap_err();
        assert!(matches!(error, DataChannelError::Send(error) if error.message == message));
        let text = "é".repeat(max as usize / 2 + 1);
        assert_eq!(ours.send(text).unwrap_err().kind, SendErrorKind::TooLarge { max });
        ours.send(vec![2; max as usize]).unwrap();
        assert_eq!(soon("largest", theirs.next()).await.unwrap().len(), max as usize);
    }
    carries(&ours, &mut theirs).await;
}

#[wasm_bindgen_test]
async fn a_full_buffer_gives_the_message_back_and_nothing_that_was_taken_is_lost() {
    let (_pair, ours, theirs) = Pair::with_channel(&ChannelOptions::new()).await;
    theirs.set_max_unread(100 * 1024 * 1024);
    let mut sent = 0_u32;
    let refused = loop {
        let message = Message::Binary(sent.to_le_bytes().repeat(50_000));
        match ours.send(message) {
            Ok(()) => sent += 1,
            Err(refused) => break refused,
        }
        assert!(sent < 200, "the buffer has no end");
    };
    assert_eq!(refused.kind, SendErrorKind::BufferFull);
    assert_eq!(ours.state(), DataChannelState::Open);
    soon("room", ours.send_when_ready(refused.message)).await.unwrap();
    let mut theirs = theirs;
    for n in 0..=sent {
        let message = soon("message", theirs.next()).await.unwrap();
        assert_eq!(message.as_bytes(), n.to_le_bytes().repeat(50_000), "message {n} of {sent}");
    }
}

#[wasm_bindgen_test]
async fn before_it_is_open_a_message_is_given_back_and_a_writer_waits() {
    let mut pair = Pair::new();
    let mut events = pair.b.events();
    let ours = pair.a.create_data_channel("test", &ChannelOptions::new()).unwrap();
    let error = ours.send("early").unwrap_err();
    assert_eq!(error.message, Message::from("early"));
    assert_eq!(error.kind, SendErrorKind::NotOpen { state: DataChannelState::Connecting });
    let waiting = ours.send_when_ready("patient");
    let arrive = async {
        pair.negotiate().await;
        incoming(&mut events).await.next().await
    };
    let (sent, arrived) = soon("first message", futures_util::future::join(waiting, arrive)).await;
    sent.unwrap();
    assert_eq!(arrived, Some(Message::from("patient")));
}

#[wasm_bindgen_test]
async fn after_close_a_message_is_given_back_and_both_sides_are_told() {
    let (_pair, mut ours, mut theirs) = Pair::with_channel(&ChannelOptions::new()).await;
    let (mut our_events, mut their_events) = (ours.events(), theirs.events());
    ours.send("last words").unwrap();
    soon("drained", ours.drained()).await.unwrap();
    assert_eq!(soon("last words", theirs.next()).await, Some(Message::from("last words")));
    ours.close();
    ours.close();
    let error = ours.send("too late").unwrap_err();
    assert_eq!(error.message, Message::from("too late"));
    assert!(matches!(error.kind, SendErrorKind::NotOpen { state } if state != DataChannelState::Open));
    assert_eq!(ours.feed("too late".into()).await, Err(DataChannelError::Closed));
    for events in [&mut our_events, &mut their_events] {
        first(events, "closed", closed).await;
        assert!(soon("end", events.next()).await.is_none());
    }
    assert_eq!((ours.state(), theirs.state()), (DataChannelState::Closed, DataChannelState::Closed));
    assert_eq!(soon("end", theirs.next()).await, None);
    assert_eq!(soon("ready", theirs.ready()).await, Err(DataChannelError::Closed));
    assert_eq!(theirs.error(), None);
    ours.close();
    assert!(soon("no more events", ours.events().next()).await.is_none());
}

#[wasm_bindgen_test]
async fn the_sink_closes_after_the_last_byte() {
    let (_pair, mut ours, mut theirs) = Pair::with_channel(&ChannelOptions::new()).await;
    for n in 0..100_u8 {
        ours.feed(Message::Binary(vec![n; 10_000])).await.unwrap();
    }
    let arrived = async {
        let mut count = 0;
        while let Some(message) = theirs.next().await {
            assert_eq!(message.as_bytes(), vec![count; 10_000]);
            count += 1;
        }
        count
    };
    let (closed, arrived) =
        soon("close", futures_util::future::join(SinkExt::<Message>::close(&mut ours), arrived)).await;
    closed.unwrap();
    assert_eq!(arrived, 100);
}

#[wasm_bindgen_test]
async fn a_closed_connection_closes_its_channels_at_once() {
    let (pair, ours, mut theirs) = Pair::with_channel(&ChannelOptions::new()).await;
    let mut events = ours.events();
    let mut their_events = theirs.events();
    let reader = { ours.clone().collect::<Vec<_>>() };
    ours.send("on its way").unwrap();
    pair.a.close();
    assert_eq!(ours.state(), DataChannelState::Closed);
    let error = ours.send("into nothing").unwrap_err();
    assert_eq!(error.message, Message::from("into nothing"));
    assert_eq!(error.kind, SendErrorKind::NotOpen { state: DataChannelState::Closed });
    assert_eq!(soon("ready", ours.ready()).await, Err(DataChannelError::Closed));
    assert!(soon("reader", reader).await.is_empty());
    first(&mut events, "closed", closed).await;
    assert!(soon("end", events.next()).await.is_none());
    // The other side hears of it by the transport; Chromium says why.
    first(&mut their_events, "closed", closed).await;
    if let Some(DataChannelError::Transport { sctp_cause, source, .. }) = theirs.error() {
        assert_eq!(sctp_cause, Some(12), "{source}");
    }
    while soon("end", theirs.next()).await.is_some() {}
    assert!(
        pair.a.create_data_channel("late", &ChannelOptions::new()).is_err_and(|e| e == PeerConnectionError::Closed)
    );
}

#[wasm_bindgen_test]
async fn the_last_handle_closes_and_another_keeps_it_open() {
    let (_pair, ours, mut theirs) = Pair::with_channel(&ChannelOptions::new()).await;
    let other = ours.clone();
    assert_eq!(ours, other);
    drop(ours);
    other.send("still here").unwrap();
    assert_eq!(soon("message", theirs.next()).await, Some(Message::from("still here")));
    drop(other);
    assert_eq!(soon("end", theirs.next()).await, None);
}

#[wasm_bindgen_test]
async fn a_channel_that_nobody_keeps_is_closed_again() {
    let mut pair = Pair::new();
    let ours = pair.a.create_data_channel("unwanted", &ChannelOptions::new()).unwrap();
    let mut events = ours.events();
    // The only reader is the one that carries candidates, and it lets channels fall.
    pair.negotiate().await;
    first(&mut events, "closed", closed).await;
}

#[wasm_bindgen_test]
async fn too_much_unread_closes_the_channel_and_leaves_no_hole() {
    let (_pair, ours, mut theirs) = Pair::with_channel(&ChannelOptions::new()).await;
    let mut events = theirs.events();
    theirs.set_max_unread(100_000);
    for n in 0..20_u8 {
        ours.send_when_ready(vec![n; 10_000]).await.unwrap();
    }
    let limit = 100_000;
    let error = first(&mut events, "error", |event| match event {
        DataChannelEvent::Error(error) => Some(error),
        _ => None,
    })
    .await;
    assert_eq!(error, DataChannelError::Unread { limit });
    assert_eq!(theirs.error(), Some(DataChannelError::Unread { limit }));
    assert!(theirs.unread_bytes() <= limit);
    let mut read = 0;
    while let Some(message) = soon("unread", theirs.next()).await {
        assert_eq!(message.as_bytes(), vec![read; 10_000]);
        read += 1;
    }
    assert_eq!(read, 9);
    assert_eq!(theirs.unread_bytes(), 0);
    let mut ours = ours;
    assert_eq!(soon("end", ours.next()).await, None);
}

#[wasm_bindgen_test]
async fn a_message_that_is_too_large_is_not_copied() {
    for large in ["'x'.repeat(100_000_000)", "new ArrayBuffer(100_000_000)"] {
        let (_pair, _ours, theirs) = Pair::with_channel(&ChannelOptions::new()).await;
        assert!(grows_by(|| receives(theirs.as_raw(), large)) < 100, "{large} was copied");
        assert_eq!(theirs.error(), Some(DataChannelError::Unread { limit: 64 << 20 }));
        assert_ne!(theirs.state(), DataChannelState::Open);
    }
}

#[wasm_bindgen_test]
async fn a_raw_channel_goes_out_and_comes_in_again() {
    let (_pair, ours, mut theirs) = Pair::with_channel(&ChannelOptions::new()).await;
    let other = ours.clone();
    let ours = ours.into_raw().unwrap_err();
    drop(other);
    let raw = ours.into_raw().unwrap();
    raw.send_with_str("raw").unwrap();
    assert_eq!(soon("raw", theirs.next()).await, Some(Message::from("raw")));
    let mut ours = DataChannel::from_raw(raw);
    assert_eq!(ours.max_message_size(), None);
    carries(&ours, &mut theirs).await;
    carries(&theirs, &mut ours).await;
}

#[wasm_bindgen_test]
async fn a_blob_is_reported_and_not_passed_over() {
    let (_pair, ours, theirs) = Pair::with_channel(&ChannelOptions::new()).await;
    let mut events = theirs.events();
    theirs.as_raw().set_binary_type(web_sys::RtcDataChannelType::Blob);
    ours.send(vec![1, 2, 3]).unwrap();
    let error = first(&mut events, "error", |event| match event {
        DataChannelEvent::Error(error) => Some(error),
        _ => None,
    })
    .await;
    assert_eq!(error, DataChannelError::UnknownForm);
}

#[wasm_bindgen_test]
async fn an_ordered_channel_reads_in_one_queue_for_all_its_handles() {
    let (_pair, ours, theirs) = Pair::with_channel(&ChannelOptions::new()).await;
    assert_eq!(theirs.order(), Order::Ordered);
    for n in 0..10_u8 {
        ours.send(vec![n]).unwrap();
    }
    let half = |channel: DataChannel| channel.take(5).collect::<Vec<_>>();
    let (one, two) = soon("both", futures_util::future::join(half(theirs.clone()), half(theirs))).await;
    let mut all: Vec<_> = one.iter().chain(&two).map(Message::as_bytes).collect();
    all.sort_unstable();
    assert_eq!(all, (0..10).map(|n| [n]).collect::<Vec<_>>());
}

/// Each kind of message, and the empty ones, from one side to the other.
async fn carries(from: &DataChannel, to: &mut DataChannel) {
    let messages = [
        Message::from("text, ünï ✓ 🎥"),
        Message::from(vec![0, 1, 254, 255]),
        Message::from(""),
        Message::from(vec![]),
    ];
    for message in messages {
        from.send(message.clone()).unwrap();
        assert_eq!(soon("message", to.next()).await, Some(message));
    }
}

fn closed(event: DataChannelEvent) -> Option<()> {
    matches!(event, DataChannelEvent::StateChanged(DataChannelState::Closed)).then_some(())
}
