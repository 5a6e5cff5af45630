//! Two connections of one page: descriptions, candidates, states, and what must not go wrong.

use futures_util::StreamExt;
use rejoin::{
    BundlePolicy, Certificate, ChannelOptions, Configuration, ConnectionState, DataChannelState, IceCandidate,
    IceConnectionState, IceGatheringState, IceServer, IceTransportPolicy, InvalidConfiguration, PeerConnection,
    PeerConnectionError, PeerConnectionEvent, SdpType, SessionDescription, SignalingState,
};
use wasm_bindgen_test::wasm_bindgen_test;

use crate::pair::{Pair, first, soon};

#[wasm_bindgen_test]
async fn states_lead_from_new_to_connected_to_closed() {
    let mut pair = Pair::new();
    let mut events = pair.a.events();
    let _channel = pair.a.create_data_channel("test", &ChannelOptions::new()).unwrap();
    assert_eq!(pair.a.connection_state(), ConnectionState::New);
    assert_eq!(pair.a.ice_connection_state(), IceConnectionState::New);
    assert_eq!(pair.a.ice_gathering_state(), IceGatheringState::New);
    assert_eq!(pair.a.signaling_state(), SignalingState::Stable);
    assert_eq!(pair.a.max_message_size(), None);
    first(&mut pair.a.events(), "negotiation needed", needed).await;
    pair.negotiate().await;
    pair.connected().await;
    assert!(pair.a.max_message_size().unwrap() >= 64 * 1024);
    pair.a.close();

    let (mut connection, mut signaling, mut gathering, mut ice) = (vec![], vec![], vec![], vec![]);
    let (mut candidates, mut negotiations) = (0, 0);
    while let Some(event) = soon("the end", events.next()).await {
        match event {
            PeerConnectionEvent::ConnectionState(state) => connection.push(state),
            PeerConnectionEvent::SignalingState(state) => signaling.push(state),
            PeerConnectionEvent::IceGatheringState(state) => gathering.push(state),
            PeerConnectionEvent::IceConnectionState(state) => ice.push(state),
            PeerConnectionEvent::IceCandidate(Some(candidate)) => {
                candidates += 1;
                assert!(candidate.sdp_mid.is_some() && candidate.sdp_m_line_index == Some(0), "{candidate:?}");
                assert!(candidate.username_fragment.is_some(), "{candidate:?}");
            }
            PeerConnectionEvent::NegotiationNeeded => negotiations += 1,
            _ => {}
        }
    }
    assert_eq!(signaling, [SignalingState::HaveLocalOffer, SignalingState::Stable]);
    assert_eq!(connection, [ConnectionState::Connecting, ConnectionState::Connected, ConnectionState::Closed]);
    assert_eq!(gathering.first(), Some(&IceGatheringState::Gathering));
    assert!(ice.starts_with(&[IceConnectionState::Checking, IceConnectionState::Connected]), "{ice:?}");
    assert!(candidates > 0);
    assert_eq!(negotiations, 1);
}

#[wasm_bindgen_test]
async fn descriptions_say_what_was_negotiated_and_a_rollback_takes_an_offer_back() {
    let pair = Pair::new();
    let _channel = pair.a.create_data_channel("test", &ChannelOptions::new()).unwrap();
    assert_eq!((pair.a.local_description(), pair.a.remote_description()), (None, None));
    let offer = pair.a.set_local_description().await.unwrap();
    assert_eq!(offer.kind, SdpType::Offer);
    assert_eq!(pair.a.signaling_state(), SignalingState::HaveLocalOffer);
    soon("rollback", pair.a.rollback()).await.unwrap();
    assert_eq!(pair.a.signaling_state(), SignalingState::Stable);
    assert_eq!(pair.a.local_description(), None);

    pair.b.set_remote_description(&offer).await.unwrap();
    assert_eq!(pair.b.signaling_state(), SignalingState::HaveRemoteOffer);
    soon("rollback", pair.b.rollback()).await.unwrap();
    assert_eq!(pair.b.signaling_state(), SignalingState::Stable);
    let nothing = soon("rollback", pair.b.rollback()).await;
    assert!(matches!(nothing, Err(PeerConnectionError::InvalidState(_))), "{nothing:?}");

    // With fresh ones: after such a rollback Chromium offers no data channels any more.
    let (pair, ..) = Pair::with_channel(&ChannelOptions::new()).await;
    assert_eq!(pair.a.local_description().unwrap().kind, SdpType::Offer);
    assert_eq!(pair.b.local_description().unwrap().kind, SdpType::Answer);
    assert_eq!(pair.b.remote_description().unwrap().kind, SdpType::Offer);
}

#[wasm_bindgen_test]
async fn an_ice_restart_asks_for_a_negotiation_and_keeps_the_connection() {
    let (mut pair, ours, mut theirs) = Pair::with_channel(&ChannelOptions::new()).await;
    pair.connected().await;
    let mut events = pair.a.events();
    let fragment = |description: Option<SessionDescription>| {
        description.unwrap().sdp.lines().find(|line| line.starts_with("a=ice-ufrag")).unwrap().to_owned()
    };
    let before = fragment(pair.a.local_description());
    pair.a.restart_ice().unwrap();
    first(&mut events, "negotiation needed", needed).await;
    pair.negotiate().await;
    assert_ne!(fragment(pair.a.local_description()), before);
    ours.send_when_ready("still here").await.unwrap();
    assert_eq!(soon("message", theirs.next()).await.unwrap().as_text(), Some("still here"));
}

#[wasm_bindgen_test]
async fn a_wrong_description_is_a_typed_error_and_the_connection_can_still_be_used() {
    let mut pair = Pair::new();
    let _channel = pair.a.create_data_channel("test", &ChannelOptions::new()).unwrap();
    for sdp in
        ["", "junk", "v=0\r\n", "v=0\r\no=- 1 1 IN IP4 0.0.0.0\r\ns=-\r\nt=0 0\r\nm=audio\r\n", "\u{0}\u{ffff}🎥"]
    {
        let offer = SessionDescription { kind: SdpType::Offer, sdp: sdp.to_owned() };
        let refused = soon("refusal", pair.b.set_remote_description(&offer)).await;
        // By name: Chromium says OperationError, Firefox also InvalidAccessError and SyntaxError.
        assert!(
            matches!(
                refused,
                Err(PeerConnectionError::Operation(_)
                    | PeerConnectionError::InvalidAccess(_)
                    | PeerConnectionError::Syntax(_)
                    | PeerConnectionError::Type(_))
            ),
            "{sdp:?}: {refused:?}"
        );
    }
    let offer = pair.a.set_local_description().await.unwrap();
    let answer = SessionDescription { kind: SdpType::Answer, sdp: offer.sdp };
    let refused = pair.b.set_remote_description(&answer).await;
    assert!(matches!(refused, Err(PeerConnectionError::InvalidState(_))), "{refused:?}");
    pair.negotiate().await;
    pair.connected().await;
}

#[wasm_bindgen_test]
async fn a_candidate_before_the_description_is_a_typed_error() {
    let pair = Pair::new();
    for candidate in [Some(candidate(LINE, Some("0"))), None] {
        let refused = soon("refusal", pair.a.add_ice_candidate(candidate.as_ref())).await;
        let early = matches!(refused, Err(PeerConnectionError::InvalidState(_)));
        assert!(early || candidate.is_none(), "{refused:?}");
    }
}

#[wasm_bindgen_test]
async fn junk_candidates_are_typed_errors_or_ignored_and_the_connection_comes_up() {
    let mut pair = Pair::new();
    let _channel = pair.a.create_data_channel("test", &ChannelOptions::new()).unwrap();
    let offer = pair.a.set_local_description().await.unwrap();
    pair.b.set_remote_description(&offer).await.unwrap();

    let refused = pair.b.add_ice_candidate(Some(&candidate(LINE, Some("no such mid")))).await;
    assert!(matches!(refused, Err(PeerConnectionError::Operation(_))), "{refused:?}");
    let homeless = IceCandidate { sdp_m_line_index: None, ..candidate(LINE, None) };
    let refused = pair.b.add_ice_candidate(Some(&homeless)).await;
    assert!(matches!(refused, Err(PeerConnectionError::Type(_))), "{refused:?}");
    let stale = IceCandidate { username_fragment: Some("old".to_owned()), ..candidate(LINE, Some("0")) };
    for junk in [
        stale,
        candidate("candidate:junk", Some("0")),
        candidate("", Some("0")),
        candidate("\u{0}", Some("0")),
        candidate(&"x".repeat(100_000), Some("0")),
        IceCandidate { sdp_m_line_index: Some(u16::MAX), ..candidate(LINE, None) },
    ] {
        // Browsers differ in which of these they refuse; what counts is that each is answered.
        let _ = soon("answer", pair.b.add_ice_candidate(Some(&junk))).await;
    }
    pair.answer().await;
    pair.connected().await;
}

#[wasm_bindgen_test]
async fn after_close_every_call_is_a_typed_error_and_a_call_under_way_ends() {
    let (pair, ..) = Pair::with_channel(&ChannelOptions::new()).await;
    let connection = &pair.a;
    let description = connection.remote_description().unwrap();
    let under_way = connection.set_local_description();
    connection.close();
    connection.close();
    assert!(connection.is_closed());
    assert_eq!(soon("under way", under_way).await, Err(PeerConnectionError::Closed));
    assert_eq!(soon("local", connection.set_local_description()).await, Err(PeerConnectionError::Closed));
    assert_eq!(soon("remote", connection.set_remote_description(&description)).await, Err(PeerConnectionError::Closed));
    assert_eq!(soon("candidate", connection.add_ice_candidate(None)).await, Err(PeerConnectionError::Closed));
    assert_eq!(soon("rollback", connection.rollback()).await, Err(PeerConnectionError::Closed));
    assert_eq!(connection.restart_ice(), Err(PeerConnectionError::Closed));
    assert_eq!(connection.set_configuration(&Configuration::new()), Err(PeerConnectionError::Closed));
    assert_eq!(connection.connection_state(), ConnectionState::Closed);
    assert_eq!(connection.ice_connection_state(), IceConnectionState::Closed);
    assert_eq!(connection.signaling_state(), SignalingState::Closed);
    assert!(soon("no more events", connection.events().next()).await.is_none());
}

#[wasm_bindgen_test]
async fn everything_may_be_dropped_at_any_point_of_a_negotiation() {
    for steps in 0..6 {
        let pair = Pair::new();
        let channel = pair.a.create_data_channel("test", &ChannelOptions::new()).unwrap();
        let ready = channel.ready();
        let offering = pair.a.set_local_description();
        if steps == 0 {
            // The future is dropped first, then all else.
            drop(offering);
            drop((channel, pair));
            assert!(soon("ready", ready).await.is_err());
            continue;
        }
        let Pair { a, b, .. } = pair;
        if steps == 1 {
            drop((a, b));
            assert_eq!(soon("offer", offering).await, Err(PeerConnectionError::Closed));
            assert!(soon("ready", ready).await.is_err());
            continue;
        }
        let offer = offering.await.unwrap();
        let taking = b.set_remote_description(&offer);
        if steps == 2 {
            drop((a, b));
            assert_eq!(soon("offer", taking).await, Err(PeerConnectionError::Closed));
            continue;
        }
        taking.await.unwrap();
        let answering = b.set_local_description();
        if steps == 3 {
            drop(b);
            assert_eq!(soon("answer", answering).await, Err(PeerConnectionError::Closed));
            continue;
        }
        let answer = answering.await.unwrap();
        let taking = a.set_remote_description(&answer);
        if steps == 4 {
            drop(taking);
            continue;
        }
        taking.await.unwrap();
        drop(a);
        assert_eq!(channel.state(), DataChannelState::Closed);
        assert!(soon("ready", ready).await.is_err());
    }
}

#[wasm_bindgen_test]
async fn the_order_of_calls_is_the_order_of_their_effects_without_waiting() {
    let mut pair = Pair::new();
    let _channel = pair.a.create_data_channel("test", &ChannelOptions::new()).unwrap();
    let offer = pair.a.set_local_description().await.unwrap();
    // Begun at once, in this order, although nobody waits for the first.
    drop(pair.b.set_remote_description(&offer));
    pair.answer().await;
    assert_eq!(pair.b.local_description().unwrap().kind, SdpType::Answer);
}

#[wasm_bindgen_test]
async fn a_certificate_is_the_one_in_the_description_of_every_connection() {
    let certificate = soon("certificate", Certificate::generate()).await.unwrap();
    let now = js_sys::Date::now() / 1000.0;
    assert!(certificate.expires().as_secs_f64() > now + 86_400.0);
    let fingerprints = certificate.fingerprints().unwrap();
    let fingerprint = fingerprints.iter().find(|fingerprint| fingerprint.algorithm == "sha-256").unwrap();
    let configuration = Configuration::new().with_certificate(certificate.clone());
    for _ in 0..2 {
        let connection = PeerConnection::new(&configuration).unwrap();
        let _channel = connection.create_data_channel("test", &ChannelOptions::new()).unwrap();
        let sdp = connection.set_local_description().await.unwrap().sdp;
        assert!(sdp.to_lowercase().contains(&fingerprint.value.to_lowercase()));
    }
}

#[wasm_bindgen_test]
fn the_browser_takes_every_configuration_and_what_it_refuses_is_typed() {
    let full = Configuration::new()
        .with_ice_server(IceServer::new("stun:127.0.0.1:47809").with_url("stun:127.0.0.1:47810"))
        .with_ice_server(IceServer::new("turn:127.0.0.1:47809?transport=tcp").with_credentials("u", "p"))
        .with_ice_transport_policy(IceTransportPolicy::Relay)
        .with_bundle_policy(BundlePolicy::MaxBundle);
    let connection = PeerConnection::new(&full).unwrap();
    let fresh = IceServer::new("turn:127.0.0.1:47809").with_credentials("u", "newer");
    connection.set_configuration(&full.clone().with_ice_servers([fresh])).unwrap();
    let other = full.clone().with_bundle_policy(BundlePolicy::MaxCompat);
    assert!(matches!(connection.set_configuration(&other), Err(PeerConnectionError::InvalidModification(_))));

    let wrong = Configuration::new().with_ice_server(IceServer::new("http://example.org"));
    let refused = PeerConnection::new(&wrong).map(drop);
    assert!(matches!(refused, Err(PeerConnectionError::Configuration(InvalidConfiguration::NotAServer { .. }))));
    // What only the browser can know.
    let wrong = Configuration::new().with_ice_server(IceServer::new("stun:host:not-a-port"));
    let refused = PeerConnection::new(&wrong).map(drop);
    assert!(matches!(refused, Err(PeerConnectionError::Syntax(_))), "{refused:?}");
    assert!(refused.unwrap_err().browser_error().is_some_and(|error| !error.message().is_empty()));
}

#[wasm_bindgen_test]
async fn a_server_that_does_not_answer_is_reported_and_harmless() {
    let silent = Configuration::new().with_ice_server(IceServer::new("stun:10.99.0.1:47809"));
    let connection = PeerConnection::new(&silent).unwrap();
    let mut events = connection.events();
    let _channel = connection.create_data_channel("test", &ChannelOptions::new()).unwrap();
    connection.set_local_description().await.unwrap();
    first(&mut events, "a candidate", |event| {
        matches!(event, PeerConnectionEvent::IceCandidate(Some(_))).then_some(())
    })
    .await;
}

#[wasm_bindgen_test]
async fn a_raw_connection_goes_out_alive_and_comes_in_again() {
    let (Pair { a, b, .. }, ours, mut theirs) = Pair::with_channel(&ChannelOptions::new()).await;
    let mut events = a.events();
    let Ok(a) = std::rc::Rc::try_unwrap(a) else { panic!("someone else holds the connection") };
    let raw = a.into_raw();
    while soon("the end", events.next()).await.is_some() {}
    ours.send("still open").unwrap();
    assert_eq!(soon("message", theirs.next()).await.unwrap().as_text(), Some("still open"));
    let a = PeerConnection::from_raw(raw);
    assert_eq!(a.connection_state(), ConnectionState::Connected);
    assert_eq!(a.as_raw().signaling_state(), web_sys::RtcSignalingState::Stable);
    drop(a);
    assert_eq!(soon("end", theirs.next()).await, None);
    drop(b);
}

#[wasm_bindgen_test]
async fn two_hundred_connections_leave_nothing_behind() {
    let round = async || {
        let pair = Pair::new();
        let channel = pair.a.create_data_channel("test", &ChannelOptions::new()).unwrap();
        let offer = pair.a.set_local_description().await.unwrap();
        pair.b.set_remote_description(&offer).await.unwrap();
        // Never answered: closing the connection must free what waits for it.
        drop(pair.b.set_local_description());
        drop(channel);
    };
    for _ in 0..3 {
        round().await;
    }
    settled().await;
    let before = wasm_bindgen::externref_heap_live_count();
    for _ in 0..100 {
        round().await;
    }
    settled().await;
    let after = wasm_bindgen::externref_heap_live_count();
    assert!(after <= before + 5, "{before} objects of the browser were held before, {after} after");
}

fn needed(event: PeerConnectionEvent) -> Option<()> {
    matches!(event, PeerConnectionEvent::NegotiationNeeded).then_some(())
}

/// Lets the browser's queues run empty.
async fn settled() {
    for _ in 0..5 {
        gloo_timers::future::TimeoutFuture::new(10).await;
    }
}

fn candidate(line: &str, mid: Option<&str>) -> IceCandidate {
    IceCandidate {
        candidate: line.to_owned(),
        sdp_mid: mid.map(str::to_owned),
        sdp_m_line_index: Some(0),
        username_fragment: None,
    }
}

const LINE: &str = "candidate:1 1 udp 2122260223 10.99.0.1 50000 typ host";
