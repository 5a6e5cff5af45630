//! Whatever comes, from whomever: no panic, no growth without bound, no harm to a live link.

use core::time::Duration;

use proptest::prelude::*;

use super::super::*;
use super::pair::{A, B, Pair, config};
use crate::ice::IceCandidate;
use crate::state::ConnectionState;

fn text(text: &str) -> Incarnation {
    Incarnation::new(text).unwrap()
}

/// A message to `to` that the other side of a connected pair could have sent.
fn forged(pair: &Pair, to: usize, number: Option<u32>, body: Body) -> LinkMessage {
    let link = &pair.sides[to].link;
    LinkMessage {
        from: link.remote().unwrap().clone(),
        to: Some(link.local().clone()),
        epoch: link.epoch(),
        base: number.unwrap_or(1),
        number,
        ack: 0,
        wanted: true,
        body,
    }
}

fn say(pair: &mut Pair, to: usize, message: LinkMessage) {
    let now = pair.now;
    pair.link(to).handle_message(message, now);
    pair.run();
}

#[test]
fn an_epoch_that_jumps_is_not_believed() {
    let mut pair = Pair::connected();
    let offer = Body::Description(SessionDescription::offer("v=0\n"));
    let epoch = Epoch(pair.link(B).epoch().0 + MAX_EPOCH_JUMP + 1);
    let message = LinkMessage { epoch, ..forged(&pair, B, Some(1000), offer.clone()) };
    say(&mut pair, B, message);
    assert_eq!((pair.state(B), pair.link(B).epoch()), (LinkState::Connected, Epoch(1)));
    assert_eq!(pair.link(B).counters().epoch_jump, 1);
    // One less is.
    let epoch = Epoch(epoch.0 - 1);
    let message = LinkMessage { epoch, ..forged(&pair, B, Some(1001), offer) };
    say(&mut pair, B, message);
    assert_eq!(pair.link(B).epoch(), epoch);
}

#[test]
fn an_answerer_cannot_make_the_offerers_epochs_jump() {
    let mut pair = Pair::connected();
    let epoch = Epoch(pair.link(A).epoch().0 + MAX_EPOCH_JUMP + 1);
    let message = LinkMessage { epoch, ..forged(&pair, A, None, Body::Ack) };
    say(&mut pair, A, message);
    assert_eq!((pair.state(A), pair.link(A).counters().epoch_jump), (LinkState::Connected, 1));
    // Not addressed, it is not believed either.
    let message = LinkMessage { epoch: Epoch(5), to: None, ..forged(&pair, A, None, Body::Ack) };
    say(&mut pair, A, message);
    assert_eq!(pair.state(A), LinkState::Connected);
    // What an answerer may have seen, the offerer goes on from.
    let message = LinkMessage { epoch: Epoch(5), ..forged(&pair, A, None, Body::Ack) };
    say(&mut pair, A, message);
    pair.pass_ms(1000);
    assert_eq!(pair.link(A).epoch(), Epoch(6));
}

#[test]
fn a_description_that_cannot_be_read_is_trouble_and_not_a_panic() {
    let mut pair = Pair::connected();
    let message = forged(&pair, B, Some(1000), Body::Description(SessionDescription::offer("{}")));
    say(&mut pair, B, message);
    assert_eq!(pair.link(B).counters().unexpected, 1);
    let trouble = pair
        .events(B)
        .into_iter()
        .any(|event| matches!(event, LinkEvent::Trouble { reason: Trouble::Unexpected, detail: Some(_), .. }));
    assert!(trouble);
}

#[test]
fn what_has_no_place_is_counted_and_the_link_goes_on() {
    let mut pair = Pair::connected();
    let candidate = Body::Candidates(vec![Some(IceCandidate::default())]);
    let description = |kind| Body::Description(SessionDescription { kind, sdp: "v=0\n".to_owned() });
    let mut number = 1000;
    let mut next = |pair: &mut Pair, to, epoch, body| {
        let message = LinkMessage { epoch, ..forged(pair, to, Some(number), body) };
        number += 1;
        say(pair, to, message);
    };
    // For the offerer: an answer nobody waits for, of this epoch and of another; candidates of another.
    next(&mut pair, A, Epoch(1), description(SdpType::Answer));
    next(&mut pair, A, Epoch(0), description(SdpType::Answer));
    next(&mut pair, A, Epoch(0), candidate.clone());
    next(&mut pair, A, Epoch(1), description(SdpType::Pranswer));
    next(&mut pair, A, Epoch(0), Body::Rebuild { reason: Trouble::Requested });
    next(&mut pair, A, Epoch(1), Body::Unknown);
    let counters = *pair.link(A).counters();
    assert_eq!((counters.unexpected, counters.old_epoch, counters.unknown), (2, 3, 1));
    // For the answerer: an answer, a rollback, an old offer, a request to rebuild.
    next(&mut pair, B, Epoch(1), description(SdpType::Answer));
    next(&mut pair, B, Epoch(1), description(SdpType::Rollback));
    next(&mut pair, B, Epoch(0), description(SdpType::Offer));
    next(&mut pair, B, Epoch(1), Body::Rebuild { reason: Trouble::Requested });
    next(&mut pair, B, Epoch(0), candidate);
    let counters = *pair.link(B).counters();
    assert_eq!((counters.unexpected, counters.old_epoch), (3, 2));
    assert_eq!([pair.state(A), pair.state(B)], [LinkState::Connected; 2]);
}

#[test]
fn a_carrier_that_comes_and_goes_with_each_message_makes_no_flood() {
    let mut pair = Pair::new();
    let now = pair.now;
    pair.link(A).connect(now);
    pair.link(B).connect(now);
    pair.run();
    pair.pass_ms(100);
    let now = pair.now;
    let source = Source { name: "camera".to_owned(), ..Source::default() };
    pair.link(B).set_sources(Sources(vec![source]), now);
    let mut sends = |now| {
        let link = pair.link(B);
        link.handle_timeout(now);
        let mut sent = 0;
        while let Some(output) = link.poll_output() {
            if let Output::Send(_) = output {
                sent += 1;
                assert!(sent < 10, "a flood");
                link.handle_carrier(Carrier::Down, now);
                link.handle_carrier(Carrier::Up, now);
            }
        }
        (sent, link.poll_timeout())
    };
    let (sent, later) = sends(now);
    assert!(sent >= 2, "it was said again when the carrier was back");
    let later = later.unwrap();
    assert_eq!(later, now + Duration::from_millis(50));
    assert!(sends(later).0 >= 1, "what may be lost is said again");
}

#[test]
fn browser_events_out_of_turn_are_counted() {
    let mut pair = Pair::connected();
    for which in [A, B] {
        pair.browser(which, BrowserEvent::RemoteDescriptionSet);
        pair.browser(which, BrowserEvent::LocalDescription(SessionDescription::answer("v=0\n")));
        let now = pair.now;
        pair.link(which).handle_browser(Epoch(7), BrowserEvent::NegotiationNeeded, now);
        let counters = *pair.link(which).counters();
        assert_eq!((counters.unexpected, counters.late_browser_event), (2, 1));
    }
}

#[test]
fn a_flood_of_candidates_is_dropped() {
    let mut pair = Pair::connected();
    let flood = Body::Candidates(vec![Some(IceCandidate { candidate: "c".into(), ..IceCandidate::default() }); 64]);
    for number in 1000..1010 {
        let message = forged(&pair, B, Some(number), flood.clone());
        say(&mut pair, B, message);
    }
    assert_eq!(pair.actions(B).iter().filter(|action| action.starts_with("add")).count(), 256);
    assert_eq!(pair.link(B).counters().candidates_dropped, 640 - 256);
    // The next description drops no more, and counts none twice.
    let offer = forged(&pair, B, Some(1010), Body::Description(SessionDescription::offer("v=0\na=ice-ufrag:ua\n")));
    say(&mut pair, B, offer);
    assert_eq!(pair.actions(B), ["remote 1 offer", "local 1 answer"]);
    assert_eq!(pair.link(B).counters().candidates_dropped, 640 - 256);
}

#[test]
fn a_flood_of_our_own_candidates_is_bounded_too() {
    let mut pair = Pair::new();
    pair.sides[A].manual = true;
    let now = pair.now;
    pair.link(A).connect(now);
    pair.link(B).connect(now);
    pair.run();
    for _ in 0..600 {
        pair.browser(A, BrowserEvent::Candidate(None));
    }
    assert_eq!(pair.link(A).counters().candidates_dropped, 600 - 512);
}

#[test]
fn a_malformed_text_is_counted() {
    let mut pair = Pair::connected();
    let now = pair.now;
    pair.link(A).handle_malformed(now);
    assert_eq!(pair.link(A).counters().malformed, 1);
}

#[test]
fn a_stranger_cannot_end_or_take_over_a_link() {
    let mut pair = Pair::connected();
    for (body, to) in [
        (Body::Bye { reason: CloseReason::HungUp }, Some(text("a"))),
        (Body::Ack, None),
        (Body::Rebuild { reason: Trouble::Requested }, Some(text("a"))),
        (Body::Ack, Some(text("somebody"))),
    ] {
        let from = text("stranger");
        let message = LinkMessage { from, to, ..forged(&pair, A, Some(1000), body) };
        say(&mut pair, A, message);
    }
    pair.pass_ms(60_000);
    assert_eq!([pair.state(A), pair.state(B)], [LinkState::Connected; 2]);
    assert_eq!(pair.link(A).remote(), Some(&text("b")));
    assert_eq!((pair.link(A).counters().unproved, pair.link(A).counters().misaddressed), (2, 1));
}

fn any_incarnation() -> impl Strategy<Value = Incarnation> {
    prop_oneof![Just("a"), Just("b"), Just("c"), Just("z")].prop_map(text)
}

fn any_body() -> impl Strategy<Value = Body> {
    let sdp = prop_oneof![Just("v=0\na=ice-ufrag:ub\nm=audio 9 x\n"), Just("junk"), Just("v=0\n")];
    let kind = prop_oneof![
        Just(SdpType::Offer),
        Just(SdpType::Offer),
        Just(SdpType::Answer),
        Just(SdpType::Pranswer),
        Just(SdpType::Rollback)
    ];
    let candidate = prop_oneof![Just(None), Just(Some(IceCandidate::default()))];
    let need = (0u8..20, 0u8..20).prop_map(|(audio, video)| Need::new(audio, video));
    prop_oneof![
        (kind, sdp).prop_map(|(kind, sdp)| Body::Description(SessionDescription { kind, sdp: sdp.to_owned() })),
        prop::collection::vec(candidate, 0..5).prop_map(Body::Candidates),
        need.clone().prop_map(|need| Body::Negotiate { need }),
        Just(Body::Rebuild { reason: Trouble::Requested }),
        Just(Body::Rebuild { reason: Trouble::Unknown }),
        (0usize..3).prop_map(|count| Body::Sources(Sources(vec![Source::default(); count]))),
        Just(Body::Bye { reason: CloseReason::Unknown }),
        (need, any::<bool>(), any::<Option<u32>>(), any::<Option<u32>>())
            .prop_map(|(need, answer, probe, proof)| Body::Sync(Sync { need, answer, probe, proof })),
        Just(Body::Ack),
        Just(Body::Unknown),
    ]
}

/// Something that happens to a link.
#[derive(Debug, Clone)]
enum Input {
    Message(LinkMessage),
    Browser(u32, BrowserEvent),
    Carrier(Carrier),
    Presence(Presence),
    Need(u8),
    Pass(u64),
    Connect,
    Reconnect,
    Close,
}

fn any_input() -> impl Strategy<Value = Input> {
    let small = || prop_oneof![4 => 0u32..6, 1 => any::<u32>()];
    let to = prop::option::weighted(0.8, any_incarnation());
    let number = prop::option::weighted(0.7, small());
    let message = (any_incarnation(), to, small(), small(), number, small(), any::<bool>(), any_body()).prop_map(
        |(from, to, epoch, base, number, ack, wanted, body)| {
            Input::Message(LinkMessage { from, to, epoch: Epoch(epoch), base, number, ack, wanted, body })
        },
    );
    let event = prop_oneof![
        Just(BrowserEvent::LocalDescription(SessionDescription::offer("v=0\n"))),
        Just(BrowserEvent::RemoteDescriptionSet),
        Just(BrowserEvent::ActionFailed { action: Action::SetRemoteDescription, error: String::new() }),
        Just(BrowserEvent::ActionFailed { action: Action::AddCandidate, error: String::new() }),
        Just(BrowserEvent::Candidate(None)),
        Just(BrowserEvent::NegotiationNeeded),
        prop_oneof![Just("connected"), Just("disconnected"), Just("failed"), Just("frozen"), Just("closed")]
            .prop_map(|name| BrowserEvent::ConnectionState(ConnectionState::from_name(name))),
        Just(BrowserEvent::InternalChannel(InternalChannel::Open)),
        Just(BrowserEvent::InternalChannel(InternalChannel::Closed)),
    ];
    prop_oneof![
        10 => message,
        8 => (0u32..6, event).prop_map(|(epoch, event)| Input::Browser(epoch, event)),
        1 => prop_oneof![Just(Carrier::Up), Just(Carrier::Down)].prop_map(Input::Carrier),
        1 => prop_oneof![
            Just(Presence::Present),
            Just(Presence::Suspended),
            Just(Presence::Expired),
            Just(Presence::Gone)
        ]
        .prop_map(Input::Presence),
        1 => (0u8..20).prop_map(Input::Need),
        3 => (0u64..20_000).prop_map(Input::Pass),
        1 => Just(Input::Connect),
        1 => Just(Input::Reconnect),
        1 => prop::bool::weighted(0.1).prop_map(|close| if close { Input::Close } else { Input::Connect }),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    #[test]
    fn whatever_comes_in_whatever_order_the_link_keeps_its_word(inputs in prop::collection::vec(any_input(), 0..80)) {
        let mut now = Instant::from_millis(1000);
        let mut link = Link::new(config("a"), now);
        link.handle_carrier(Carrier::Up, now);
        let mut open: Vec<Epoch> = Vec::new();
        let mut over = false;
        for input in inputs {
            match input {
                Input::Message(message) => link.handle_message(message, now),
                Input::Browser(epoch, event) => link.handle_browser(Epoch(epoch), event, now),
                Input::Carrier(carrier) => link.handle_carrier(carrier, now),
                Input::Presence(presence) => link.handle_presence(presence, now),
                Input::Need(audio) => link.set_need(Need::new(audio, 1), now),
                Input::Pass(ms) => {
                    now = now + Duration::from_millis(ms);
                    link.handle_timeout(now);
                }
                Input::Connect => link.connect(now),
                Input::Reconnect => link.reconnect(now),
                Input::Close => link.close(CloseReason::HungUp, now),
            }
            let mut outputs = 0;
            while let Some(output) = link.poll_output() {
                outputs += 1;
                prop_assert!(outputs < 200, "a flood of outputs");
                match output {
                    Output::Open { epoch, .. } => {
                        prop_assert!(open.iter().all(|old| *old < epoch));
                        open.push(epoch);
                        prop_assert!(open.len() <= 2, "three connections");
                    }
                    Output::Close { epoch } => {
                        prop_assert!(open.contains(&epoch), "closed and not open");
                        open.retain(|old| *old != epoch);
                    }
                    Output::SetLocalDescription { epoch, .. }
                    | Output::SetRemoteDescription { epoch, .. }
                    | Output::AddCandidate { epoch, .. }
                    | Output::Beat { epoch, .. }
                    | Output::CountBytes { epoch } => {
                        prop_assert!(open.contains(&epoch), "an action on what is not open");
                    }
                    Output::Event(event) => {
                        prop_assert!(!over, "an event after the end");
                        over = matches!(event, LinkEvent::Closed(_));
                    }
                    Output::Send(message) => prop_assert_eq!(&message.from, &text("a")),
                    Output::Rollback { .. } => prop_assert!(false, "nothing is rolled back between two links"),
                }
            }
            prop_assert!(link.poll_timeout().is_none_or(|at| at > now), "a timeout that is over");
            prop_assert!(!over || open.is_empty(), "closed with connections open");
        }
    }
}
