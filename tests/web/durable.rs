//! Durable channels: each message once, over connections that come and go, and typed where that is not possible.

use std::cell::{Cell, RefCell};
use std::rc::Rc;
use std::task::{Context, Poll};
use std::time::Duration;

use futures_util::{FutureExt, SinkExt, StreamExt};
use gloo_timers::future::TimeoutFuture;
use rejoin::signaling::{MemorySignaling, NotCarried, Signaling, SignalingEvent, memory};
use rejoin::{
    Channel, ChannelError, ChannelEvent, ChannelOptions, DataChannelState, Direction, Events, Lost, Message, Peer,
    PeerEvent, PeerOptions, RecoveryConfig,
};
use wasm_bindgen::JsCast;
use wasm_bindgen_futures::spawn_local;
use wasm_bindgen_test::wasm_bindgen_test;

use crate::peer::{connected, event, pair};
use crate::support::{until, within};

fn durable() -> ChannelOptions {
    ChannelOptions::new().durable()
}

/// Peers that replace a lost connection at once.
fn quick() -> PeerOptions {
    PeerOptions::new()
        .with_recovery(RecoveryConfig::new().with_grace_timeout(Duration::from_millis(200)).with_restarts(0))
}

fn quick_pair() -> (Peer, Peer) {
    let (a, b) = memory();
    (Peer::connect(a, quick()), Peer::connect(b, quick()))
}

fn channels(a: &Peer, b: &Peer, options: &ChannelOptions) -> (Channel, Channel) {
    (a.channel("data", options.clone()).unwrap(), b.channel("data", options.clone()).unwrap())
}

fn announced(peer: &Peer) -> impl Future<Output = Channel> {
    event(peer, "a channel", |event| match event {
        PeerEvent::Channel(channel) => Some(channel),
        _ => None,
    })
}

/// The next event that `pick` finds.
async fn heard<T>(events: &mut Events<ChannelEvent>, what: &str, mut pick: impl FnMut(ChannelEvent) -> Option<T>) -> T {
    within(what, async {
        loop {
            if let Some(found) = pick(events.next().await.expect("the events ended")) {
                return found;
            }
        }
    })
    .await
}

/// What was told lost until the events end.
async fn losses(events: Events<ChannelEvent>) -> Vec<(Direction, u64, Option<u64>)> {
    let lost = events.filter_map(async |event| match event {
        ChannelEvent::Lost(Lost { direction, from, to, .. }) => Some((direction, from, to)),
        _ => None,
    });
    within("the end of the events", lost.collect()).await
}

async fn next(channel: &Channel) -> Message {
    within("a message", channel.receive()).await.expect("the channel is closed")
}

/// Sends these numbers, some at a time.
fn send_all(channel: &Channel, numbers: core::ops::Range<u32>) -> Rc<Cell<bool>> {
    let (channel, done) = (channel.clone(), Rc::new(Cell::new(false)));
    spawn_local({
        let done = done.clone();
        async move {
            for number in numbers {
                channel.send(number.to_string()).await.unwrap();
                if number % 50 == 0 {
                    TimeoutFuture::new(5).await;
                }
            }
            done.set(true);
        }
    });
    done
}

async fn number(channel: &Channel) -> u32 {
    next(channel).await.as_text().unwrap().parse().unwrap()
}

/// Loses the connection between two messages, and with it what is under way.
async fn break_connection(peer: &Peer) {
    within("a connection", peer.connected()).await.unwrap();
    peer.peer_connection().unwrap().close();
}

#[wasm_bindgen_test]
async fn texts_and_bytes_of_any_size_arrive_as_they_were_sent() {
    let (a, b) = pair();
    let (to_b, to_a) = channels(&a, &b, &durable().with_protocol("numbers"));
    // What is larger than every browser takes waits for the connection to tell.
    let sizes = [0, 1, 8 * 1024, 64 * 1024, 200 * 1024];
    let messages: Vec<Message> =
        sizes.iter().flat_map(|size| [Message::from("é".repeat(size / 2)), Message::Binary(vec![7; *size])]).collect();
    let sends: Vec<_> = messages.iter().map(|message| to_b.send(message.clone())).collect();
    for message in &messages {
        assert!(next(&to_a).await == *message, "a message of {} bytes", message.len());
        to_a.send(message.clone()).await.unwrap();
        assert!(next(&to_b).await == *message);
    }
    for send in sends {
        assert_eq!(within("the send", send).await, Ok(()));
    }
    assert!(to_b.options() == durable().with_protocol("numbers") && to_b.state() == DataChannelState::Open);
    within("acknowledgements", until(|| to_a.buffered_amount() == 0 && to_b.buffered_amount() == 0)).await;
}

#[wasm_bindgen_test]
async fn a_durable_channel_of_one_side_is_announced_as_such() {
    let (a, b) = pair();
    let incoming = announced(&b);
    let ours = a.channel("data", durable().unordered().with_protocol("chat")).unwrap();
    ours.send("first").await.unwrap();
    let theirs = incoming.await;
    assert_eq!(theirs.options(), durable().unordered().with_protocol("chat"));
    assert_eq!(next(&theirs).await, Message::from("first"));
    theirs.send("back").await.unwrap();
    assert_eq!(next(&ours).await, Message::from("back"));
    assert!(b.channel("data", durable().unordered()).unwrap() == theirs);
}

#[wasm_bindgen_test]
async fn every_message_arrives_once_and_in_order_over_connections_that_break() {
    let (a, b) = quick_pair();
    let (to_b, to_a) = channels(&a, &b, &durable());
    let events = to_b.events();
    const COUNT: u32 = 6000;
    let sent = [send_all(&to_b, 0..COUNT), send_all(&to_a, 0..COUNT)];
    for at in 0..COUNT {
        assert_eq!((number(&to_a).await, number(&to_b).await), (at, at));
        // In the midst of what is on its way; by either side.
        if at % 2000 == 1000 {
            break_connection(if at == 3000 { &b } else { &a }).await;
        }
    }
    assert!(sent.iter().all(|done| done.get()));
    within("acknowledgements", until(|| to_a.buffered_amount() == 0 && to_b.buffered_amount() == 0)).await;
    assert!(to_a.receive().now_or_never().is_none() && to_b.receive().now_or_never().is_none(), "a message too many");
    to_b.abort();
    assert_eq!(losses(events).await, []);
}

#[wasm_bindgen_test]
async fn the_application_hears_that_a_channel_is_paused_and_goes_on() {
    let (a, b) = quick_pair();
    let (to_b, to_a) = channels(&a, &b, &durable());
    within("the channel", to_b.ready()).await.unwrap();
    let mut events = to_b.events();
    break_connection(&b).await;
    heard(&mut events, "paused", |event| (event == ChannelEvent::Paused).then_some(())).await;
    assert_eq!(to_b.state(), DataChannelState::Connecting);
    to_b.send("meanwhile").now_or_never().expect("there is room").unwrap();
    heard(&mut events, "resumed", |event| (event == ChannelEvent::Resumed).then_some(())).await;
    assert_eq!(next(&to_a).await, Message::from("meanwhile"));
}

#[wasm_bindgen_test]
async fn without_order_every_message_arrives_once_too() {
    let (a, b) = quick_pair();
    let (to_b, to_a) = channels(&a, &b, &durable().unordered());
    const COUNT: u32 = 2000;
    let _sent = send_all(&to_b, 0..COUNT);
    let mut got = Vec::new();
    while got.len() < COUNT as usize {
        got.push(number(&to_a).await);
        if got.len() == 500 {
            break_connection(&b).await;
        }
    }
    got.sort_unstable();
    assert!(got.into_iter().eq(0..COUNT));
}

#[wasm_bindgen_test]
async fn messages_are_accepted_while_there_is_no_connection_and_a_slow_reader_holds_the_sender_up() {
    let (a, b) = pair();
    let to_b = a.channel("data", durable()).unwrap();
    // No connection yet: 16 MiB are taken, the rest waits.
    let message = vec![1; 60 * 1024];
    let full = (16 << 20) / message.len();
    for _ in 0..full {
        to_b.send(message.clone()).now_or_never().expect("there is room").unwrap();
    }
    let waiting = to_b.send(message.clone());
    let to_a = announced(&b).await;
    connected(&a, &b).await;
    TimeoutFuture::new(500).await;
    assert!(to_b.buffered_amount() > full * message.len(), "all that is not read counts");
    for _ in 0..=full {
        assert_eq!(next(&to_a).await.len(), message.len());
    }
    within("the send", waiting).await.unwrap();
    within("acknowledgements", until(|| to_b.buffered_amount() == 0)).await;
}

#[wasm_bindgen_test]
async fn a_close_waits_for_what_is_on_its_way_even_to_the_next_connection() {
    for broken in [false, true] {
        let (a, b) = quick_pair();
        let (to_b, to_a) = channels(&a, &b, &durable());
        within("the channel", to_b.ready()).await.unwrap();
        if broken {
            break_connection(&a).await;
        }
        let sends: Vec<_> = (0..100).map(|number: u32| to_b.send(number.to_string())).collect();
        let events = to_b.events();
        to_b.close();
        to_b.close();
        assert_eq!(to_b.state(), DataChannelState::Closing);
        let late = to_b.send("late").await.unwrap_err();
        assert_eq!((late.message, late.reason), (Message::from("late"), ChannelError::Closed));
        within("the close", to_b.closed()).await;
        // The one that is told reads all the same.
        within("the close", to_a.closed()).await;
        assert_eq!(to_a.send("late").await.unwrap_err().reason, ChannelError::Closed);
        for number in 0..100_u32 {
            assert_eq!(next(&to_a).await, Message::from(number.to_string()));
        }
        assert_eq!(to_a.receive().await, None);
        for send in sends {
            assert_eq!(send.await, Ok(()));
        }
        assert_eq!(losses(events).await, []);
        // The label is free for another channel.
        let incoming = announced(&b);
        let again = a.channel("data", durable()).unwrap();
        again.send("again").await.unwrap();
        assert_eq!(next(&incoming.await).await, Message::from("again"));
    }
}

#[wasm_bindgen_test]
async fn a_channel_as_sink_is_closed_when_all_has_arrived() {
    let (a, b) = pair();
    let (mut to_b, to_a) = channels(&a, &b, &durable());
    SinkExt::send(&mut to_b, Message::from("one")).await.unwrap();
    SinkExt::feed(&mut to_b, Message::from("two")).await.unwrap();
    within("the close", SinkExt::close(&mut to_b)).await.unwrap();
    assert_eq!(SinkExt::send(&mut to_b, Message::from("late")).await, Err(ChannelError::Closed));
    assert_eq!((next(&to_a).await, next(&to_a).await), (Message::from("one"), Message::from("two")));
    assert_eq!(to_a.receive().await, None);
    assert_eq!(a.channel("unknown", durable()).map(|channel| channel.close()), Ok(()));
}

#[wasm_bindgen_test]
async fn what_is_given_up_is_told_on_both_sides() {
    let (a, b) = pair();
    let (to_b, to_a) = channels(&a, &b, &durable());
    to_b.send("read").await.unwrap();
    assert_eq!(next(&to_a).await, Message::from("read"));
    within("the acknowledgement", until(|| to_b.buffered_amount() == 0)).await;
    let (ours, theirs) = (to_b.events(), to_a.events());
    to_b.send("in vain").await.unwrap();
    to_b.abort();
    assert_eq!(losses(ours).await, [(Direction::Sent, 2, Some(2))]);
    within("the close", to_a.closed()).await;
    assert!(matches!(losses(theirs).await[..], [(Direction::Received, 2 | 3, None)]));

    // The peer hangs up.
    let to_b = a.channel("other", durable()).unwrap();
    let events = to_b.events();
    to_b.send("in vain").await.unwrap();
    a.close();
    assert_eq!(losses(events).await, [(Direction::Sent, 1, Some(1))]);
}

#[wasm_bindgen_test]
async fn an_end_that_is_closed_while_it_is_away_is_told_to_the_other_later() {
    let (a, b) = quick_pair();
    let (to_b, to_a) = channels(&a, &b, &durable());
    to_a.send("heard").await.unwrap();
    assert_eq!(next(&to_b).await, Message::from("heard"));
    break_connection(&a).await;
    let events = to_a.events();
    to_b.abort();
    to_a.send("in vain").await.unwrap();
    within("the close", to_a.closed()).await;
    assert!(losses(events).await.contains(&(Direction::Sent, 2, Some(2))));
    // And the label goes on with a new channel.
    let again = b.channel("data", durable()).unwrap();
    again.send("again").await.unwrap();
    assert_eq!(next(&announced(&a).await).await, Message::from("again"));
}

#[wasm_bindgen_test]
async fn a_channel_that_is_aborted_and_opened_again_at_once_is_another() {
    // Also while the other side's leg is still on its way.
    for early in [false, true] {
        let (a, b) = pair();
        let (to_b, to_a) = channels(&a, &b, &durable());
        within("the channel", to_b.ready()).await.unwrap();
        if !early {
            to_a.send("heard").await.unwrap();
            assert_eq!(next(&to_b).await, Message::from("heard"));
        }
        let incoming = announced(&b);
        to_b.abort();
        let again = a.channel("data", durable()).unwrap();
        assert!(again != to_b);
        again.send("again").await.unwrap();
        assert_eq!(next(&incoming.await).await, Message::from("again"));
        assert_eq!(to_a.state(), DataChannelState::Closed);
        TimeoutFuture::new(200).await;
        assert_eq!(again.state(), DataChannelState::Open);
    }
}

#[wasm_bindgen_test]
async fn one_label_with_two_meanings_is_told_on_both_sides_and_harms_nothing_else() {
    let mismatches = [(durable(), ChannelOptions::new()), (durable(), durable().unordered())];
    for (one, other) in mismatches {
        let (a, b) = pair();
        let (to_b, to_a) = (a.channel("data", one.clone()).unwrap(), b.channel("data", other.clone()).unwrap());
        for (channel, mut events) in [(&to_b, to_b.events()), (&to_a, to_a.events())] {
            heard(&mut events, "the mismatch", |event| {
                (event == ChannelEvent::Error(ChannelError::Mismatch)).then_some(())
            })
            .await;
            assert_eq!(channel.state(), DataChannelState::Closed);
        }
        let chat = a.channel("chat", one.clone()).unwrap();
        assert_eq!(a.channel("chat", other).unwrap_err(), ChannelError::Mismatch);
        chat.send("works").await.unwrap();
        assert_eq!(next(&announced(&b).await).await, Message::from("works"));
    }
}

#[wasm_bindgen_test]
async fn a_message_that_the_other_side_does_not_take_is_given_back() {
    let (a, b) = pair();
    let (to_b, to_a) = channels(&a, &b, &durable());
    within("the channel", to_b.ready()).await.unwrap();
    let sctp = js_sys::Reflect::get(&a.peer_connection().unwrap(), &"sctp".into()).unwrap();
    let max = js_sys::Reflect::get(&sctp, &"maxMessageSize".into()).unwrap().as_f64().unwrap();
    // Firefox takes up to 1 GiB: more than a test should hold.
    if max <= 16_000_000.0 {
        let refused = to_b.send(vec![0; max as usize]).await.unwrap_err();
        assert_eq!(refused.message.len(), max as usize);
        assert!(matches!(refused.reason, ChannelError::TooLarge { size, max } if size > max));
    }
    to_b.send("small").await.unwrap();
    assert_eq!(next(&to_a).await, Message::from("small"));
}

/// The RTCDataChannels that are created from now on, until it is dropped.
struct Created(js_sys::Array);

impl Created {
    fn new() -> Self {
        let watch = "const prototype = RTCPeerConnection.prototype, create = prototype.createDataChannel, created = [];
            prototype.createDataChannel = function (...args) {
                const channel = create.apply(this, args);
                created.push(channel);
                return channel;
            };
            created.stop = () => prototype.createDataChannel = create;
            return created;";
        Self(js_sys::Function::new_no_args(watch).call0(&wasm_bindgen::JsValue::NULL).unwrap().unchecked_into())
    }

    fn labelled(&self, label: &str) -> web_sys::RtcDataChannel {
        self.0.iter().map(web_sys::RtcDataChannel::from).find(|channel| channel.label() == label).unwrap()
    }
}

impl Drop for Created {
    fn drop(&mut self) {
        let stop = js_sys::Reflect::get(&self.0, &"stop".into()).unwrap();
        stop.unchecked_into::<js_sys::Function>().call0(&self.0).unwrap();
    }
}

#[wasm_bindgen_test]
async fn junk_on_a_leg_is_dropped_and_the_channel_goes_on() {
    let (a, b) = pair();
    let created = Created::new();
    let (to_b, to_a) = channels(&a, &b, &durable());
    within("the channel", to_b.ready()).await.unwrap();
    to_b.send("before").await.unwrap();
    // It may be the other side's, which opens when that has heard of the connection.
    let leg = created.labelled("data");
    within("the leg", until(|| leg.ready_state() == web_sys::RtcDataChannelState::Open)).await;
    leg.send_with_str("no frame").unwrap();
    // No frame of the kinds that there are is so short, and there are no others.
    (0..=255_u8).for_each(|kind| leg.send_with_u8_array(&[kind]).unwrap());
    (7..=127_u8).for_each(|kind| leg.send_with_u8_array(&[1, 2, 3, 4, 5, 6, 7, 8, kind]).unwrap());
    to_b.send("after").await.unwrap();
    assert_eq!((next(&to_a).await, next(&to_a).await), (Message::from("before"), Message::from("after")));
    to_a.send("back").await.unwrap();
    assert_eq!(next(&to_b).await, Message::from("back"));
}

#[wasm_bindgen_test]
async fn a_channel_of_a_later_version_is_refused() {
    let (a, b) = pair();
    connected(&a, &b).await;
    let init = web_sys::RtcDataChannelInit::new();
    init.set_protocol("rejoin.durable.9/1/0/");
    let leg = a.peer_connection().unwrap().create_data_channel_with_data_channel_dict("data", &init);
    within("the refusal", until(|| leg.ready_state() == web_sys::RtcDataChannelState::Closed)).await;
    let (to_b, to_a) = channels(&a, &b, &durable());
    to_b.send("works").await.unwrap();
    assert_eq!(next(&to_a).await, Message::from("works"));
}

/// The signaling of one page; the line goes on to the next page.
struct Page {
    line: Rc<RefCell<MemorySignaling>>,
    gone: Rc<Cell<bool>>,
    begun: bool,
}

impl Page {
    fn new(line: &Rc<RefCell<MemorySignaling>>) -> (Self, Rc<Cell<bool>>) {
        let gone = Rc::new(Cell::new(false));
        (Self { line: line.clone(), gone: gone.clone(), begun: false }, gone)
    }
}

impl Signaling for Page {
    fn send(&mut self, message: String) -> Result<(), NotCarried> {
        if self.gone.get() { Ok(()) } else { self.line.borrow_mut().send(message) }
    }

    fn poll_event(&mut self, cx: &mut Context<'_>) -> Poll<Option<SignalingEvent>> {
        if self.gone.get() {
            return Poll::Pending;
        }
        if !core::mem::replace(&mut self.begun, true) {
            return Poll::Ready(Some(SignalingEvent::Up));
        }
        self.line.borrow_mut().poll_event(cx)
    }
}

#[wasm_bindgen_test]
async fn after_a_reload_the_survivors_messages_arrive_and_both_hear_what_is_lost() {
    let (a, b) = memory();
    let line = Rc::new(RefCell::new(b));
    let a = Peer::connect(a, quick());
    let (page, gone) = Page::new(&line);
    let b = Peer::connect(page, quick());
    let (to_b, to_a) = channels(&a, &b, &durable());
    let mut events = to_b.events();
    for message in 1..=5_u32 {
        to_b.send(message.to_string()).await.unwrap();
        to_a.send(message.to_string()).await.unwrap();
        assert_eq!(number(&to_b).await, message);
    }
    assert_eq!((number(&to_a).await, number(&to_a).await), (1, 2));
    within("the acknowledgement", until(|| to_b.buffered_amount() == 3)).await;

    // The page ends without a word; three of the messages had not been read.
    gone.set(true);
    b.peer_connection().unwrap().close();
    drop((b, to_a));
    let (page, _gone) = Page::new(&line);
    let b = Peer::connect(page, quick());
    to_b.send("6").await.unwrap();
    let to_a = announced(&b).await;
    let told = to_a.events();
    for message in 3..=6 {
        assert_eq!(number(&to_a).await, message);
    }
    // The survivor: what else the page may have sent. The new page: what its former self may have sent.
    let lost = heard(&mut events, "the loss", |event| match event {
        ChannelEvent::Lost(lost) => Some((lost.direction, lost.from, lost.to)),
        _ => None,
    })
    .await;
    assert_eq!(lost, (Direction::Received, 6, None));
    to_a.send("anew").await.unwrap();
    assert_eq!(next(&to_b).await, Message::from("anew"));
    to_a.abort();
    let told = losses(told).await;
    assert!(told.iter().all(|lost| *lost == (Direction::Sent, 6, None) || lost.1 == 1), "{told:?}");
}
