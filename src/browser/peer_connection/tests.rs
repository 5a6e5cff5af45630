//! The callbacks that `room` hangs on connections and channels, in a real browser.

use std::cell::{Cell, RefCell};
use std::rc::Rc;

use futures_util::StreamExt;
use gloo_timers::future::TimeoutFuture;
use rejoin_proto::channel::{ChannelOptions, Message};
use rejoin_proto::state::{ConnectionState, DataChannelState};
use wasm_bindgen_test::wasm_bindgen_test;

use super::{Configuration, DataChannel, DataChannelEvent, PeerConnection, PeerConnectionEvent};

/// Two connections that hang on each other by their callbacks, and what each reported.
struct Pair {
    a: Slot,
    b: Slot,
}

type Slot = Rc<RefCell<Option<PeerConnection>>>;

/// Connects two; `also` is called after the candidates are carried, in the same callback, with who reports.
async fn connect(options: &ChannelOptions, also: impl Fn(&str, PeerConnectionEvent) + 'static) -> (Pair, DataChannel) {
    let make = || Rc::new(RefCell::new(Some(PeerConnection::new(&Configuration::new()).unwrap())));
    let (a, b): (Slot, Slot) = (make(), make());
    let also = Rc::new(also);
    let channel = a.borrow().as_ref().unwrap().create_data_channel("test", options).unwrap();
    let calling = |slot: &Slot| slot.borrow().as_ref().unwrap().set_local_description();
    let setting = |slot: &Slot, description| slot.borrow().as_ref().unwrap().set_remote_description(description);
    let offer = calling(&a).await.unwrap();
    setting(&b, &offer).await.unwrap();
    for (name, from, to) in [("a", &a, &b), ("b", &b, &a)] {
        let (to, also) = (to.clone(), also.clone());
        let sink = move |event: PeerConnectionEvent| {
            if let (PeerConnectionEvent::IceCandidate(candidate), Some(to)) = (&event, to.borrow().as_ref()) {
                drop(to.add_ice_candidate(candidate.as_ref()));
            }
            also(name, event);
        };
        from.borrow().as_ref().unwrap().on_event(Rc::new(sink));
    }
    // What `a` has found before its callback was set is in its description.
    let answer = calling(&b).await.unwrap();
    setting(&a, &answer).await.unwrap();
    let offer = a.borrow().as_ref().unwrap().local_description().unwrap();
    for line in offer.sdp.lines().filter_map(|line| line.strip_prefix("a=candidate")) {
        let candidate = rejoin_proto::ice::IceCandidate {
            candidate: format!("candidate{line}"),
            sdp_m_line_index: Some(0),
            ..Default::default()
        };
        drop(b.borrow().as_ref().unwrap().add_ice_candidate(Some(&candidate)));
    }
    (Pair { a, b }, channel)
}

/// Looks until `done`, for at most 20 s.
async fn until(what: &str, mut done: impl FnMut() -> bool) {
    let mut looks = 0;
    while !done() {
        looks += 1;
        assert!(looks < 2000, "not within 20 s: {what}");
        TimeoutFuture::new(10).await;
    }
}

#[wasm_bindgen_test]
async fn a_connection_may_be_dropped_in_its_own_event() {
    let fallen: Rc<Cell<u32>> = Rc::default();
    let slot: Rc<RefCell<Option<Slot>>> = Rc::default();
    let sink = {
        let (fallen, slot) = (fallen.clone(), slot.clone());
        move |name: &str, event: PeerConnectionEvent| {
            if name == "b" && matches!(event, PeerConnectionEvent::ConnectionState(ConnectionState::Connected)) {
                let connection = slot.borrow().as_ref().unwrap().borrow_mut().take();
                drop(connection);
                fallen.set(fallen.get() + 1);
            }
        }
    };
    let (pair, channel) = connect(&ChannelOptions::new(), sink).await;
    slot.replace(Some(pair.b.clone()));
    until("dropped", || fallen.get() == 1).await;
    assert!(pair.b.borrow().is_none());
    until("the other side has noticed", || channel.state() == DataChannelState::Closed).await;
    assert_eq!(fallen.get(), 1);
    slot.replace(None);
}

#[wasm_bindgen_test]
async fn the_last_handle_of_a_channel_may_be_dropped_in_its_own_message() {
    let incoming: Rc<RefCell<Option<DataChannel>>> = Rc::default();
    let got: Rc<RefCell<Vec<Message>>> = Rc::default();
    let sink = {
        let (incoming, got) = (incoming.clone(), got.clone());
        move |_: &str, event: PeerConnectionEvent| {
            let PeerConnectionEvent::DataChannel(channel) = event else { return };
            let (holder, got) = (Rc::downgrade(&incoming), got.clone());
            channel.on_message(Rc::new(move |message| {
                got.borrow_mut().push(message);
                let channel = holder.upgrade().and_then(|holder| holder.borrow_mut().take());
                drop(channel);
            }));
            incoming.replace(Some(channel));
        }
    };
    let (_pair, channel) = connect(&ChannelOptions::new(), sink).await;
    channel.ready().await.unwrap();
    channel.send("one").unwrap();
    channel.send("two").unwrap();
    until("the other side closed", || channel.state() == DataChannelState::Closed).await;
    assert_eq!(*got.borrow(), [Message::from("one")]);
    assert!(incoming.borrow().is_none());
}

#[wasm_bindgen_test]
async fn a_callback_gets_what_was_unread_and_may_replace_itself() {
    let incoming: Rc<RefCell<Option<DataChannel>>> = Rc::default();
    let sink = {
        let incoming = incoming.clone();
        move |_: &str, event: PeerConnectionEvent| {
            if let PeerConnectionEvent::DataChannel(channel) = event {
                incoming.replace(Some(channel));
            }
        }
    };
    let (_pair, channel) = connect(&ChannelOptions::new(), sink).await;
    channel.ready().await.unwrap();
    for text in ["one", "two"] {
        channel.send(text).unwrap();
    }
    until("unread", || incoming.borrow().as_ref().is_some_and(|channel| channel.unread_bytes() > 128)).await;
    let theirs = incoming.borrow_mut().take().unwrap();
    let (first, second) = (Rc::new(RefCell::new(Vec::new())), Rc::new(RefCell::new(Vec::new())));
    theirs.on_message({
        let (first, second, channel) = (first.clone(), second.clone(), theirs.clone());
        Rc::new(move |message| {
            first.borrow_mut().push(message);
            if first.borrow().len() == 3 {
                let second = second.clone();
                channel.on_message(Rc::new(move |message| second.borrow_mut().push(message)));
            }
        })
    });
    assert_eq!(*first.borrow(), [Message::from("one"), Message::from("two")]);
    assert_eq!(theirs.unread_bytes(), 0);
    for text in ["three", "four"] {
        channel.send(text).unwrap();
    }
    until("four", || second.borrow().len() == 1).await;
    assert_eq!(first.borrow().len(), 3);
}

#[wasm_bindgen_test]
async fn closing_the_connection_calls_no_callback_and_frees_them_all() {
    let witness = Rc::new(());
    let told: Rc<Cell<u32>> = Rc::default();
    let sink = {
        let (witness, told) = (witness.clone(), told.clone());
        move |_: &str, _: PeerConnectionEvent| {
            let _ = &witness;
            told.set(told.get() + 1);
        }
    };
    let (pair, channel) = connect(&ChannelOptions::new().with_id(3), sink).await;
    let options = ChannelOptions::new().with_id(3);
    let theirs = pair.b.borrow().as_ref().unwrap().create_data_channel("test", &options).unwrap();
    for channel in [&channel, &theirs] {
        let (held, told) = (witness.clone(), told.clone());
        // It holds its own channel: a cycle, until the end.
        let own = channel.clone();
        channel.on_event(Rc::new(move |_: DataChannelEvent| {
            let _ = (&held, &own);
            told.set(told.get() + 1);
        }));
        let held = witness.clone();
        channel.on_message(Rc::new(move |_| drop(held.clone())));
    }
    channel.ready().await.unwrap();
    theirs.ready().await.unwrap();
    assert!(told.get() > 0);
    told.set(0);
    let mut events = channel.events();
    pair.a.borrow().as_ref().unwrap().close();
    pair.b.borrow().as_ref().unwrap().close();
    while events.next().await.is_some() {}
    TimeoutFuture::new(50).await;
    assert_eq!(told.get(), 0);
    assert_eq!(Rc::strong_count(&witness), 1);
    // Set too late, they are not kept either.
    let held = witness.clone();
    channel.on_event(Rc::new(move |_| drop(held.clone())));
    assert_eq!(Rc::strong_count(&witness), 1);
}
