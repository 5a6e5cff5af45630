//! Rounds of offer and answer, and candidates.

use super::super::*;
use super::pair::{A, B, Pair, config};
use crate::ice::IceCandidate;

const VIDEO: Need = Need::new(0, 1);

fn need(pair: &mut Pair, which: usize, need: Need) {
    let now = pair.now;
    pair.link(which).set_need(need, now);
    pair.run();
}

fn candidate(name: &str, ufrag: &str) -> Option<IceCandidate> {
    let username_fragment = Some(ufrag.to_owned());
    Some(IceCandidate { candidate: name.to_owned(), username_fragment, ..IceCandidate::default() })
}

#[test]
fn the_first_offer_has_room_for_what_presence_told() {
    let a = LinkConfig { role: RoleRule::Fixed(Role::Offerer), remote_need: VIDEO, ..config("a") };
    let mut pair = Pair::with(a, LinkConfig { role: RoleRule::Fixed(Role::Answerer), ..config("b") });
    let now = pair.now;
    pair.link(B).set_need(VIDEO, now);
    pair.connect();
    assert_eq!(pair.actions(A), ["open 1 Offerer", "local 1 offer 0+1", "remote 1 answer"]);
}

#[test]
fn the_first_offer_has_room_for_what_the_first_word_tells() {
    let mut pair = Pair::new();
    need(&mut pair, B, VIDEO);
    pair.connect();
    assert_eq!(pair.actions(A), ["open 1 Offerer", "local 1 offer 0+1", "remote 1 answer"]);
}

#[test]
fn what_the_answerer_wants_to_send_is_offered_room_for() {
    let mut pair = Pair::connected();
    pair.actions(A);
    need(&mut pair, B, VIDEO);
    assert_eq!(pair.actions(A), ["local 1 offer 0+1", "remote 1 answer"]);
    // The browser of the answerer has nothing to add: it was asked for.
    assert_eq!(pair.said(B).len(), 3);
    // The same again is nothing new.
    need(&mut pair, B, VIDEO);
    assert_eq!(pair.actions(A), [""; 0]);
}

#[test]
fn the_offerers_own_need_is_in_its_offers() {
    let mut pair = Pair::connected();
    pair.said(A);
    need(&mut pair, A, VIDEO);
    assert_eq!(pair.said(A), []);
    pair.actions(A);
    pair.browser(A, BrowserEvent::NegotiationNeeded);
    pair.run();
    assert_eq!(pair.actions(A), ["local 1 offer", "remote 1 answer"]);
}

#[test]
fn an_answerer_whose_browser_needs_a_round_asks_for_one() {
    let mut pair = Pair::connected();
    pair.actions(A);
    pair.browser(B, BrowserEvent::NegotiationNeeded);
    pair.browser(B, BrowserEvent::NegotiationNeeded);
    pair.run();
    assert_eq!(pair.actions(A), ["local 1 offer", "remote 1 answer"]);
}

#[test]
fn a_need_and_the_browsers_word_for_it_are_one_request() {
    let mut pair = Pair::connected();
    pair.said(B);
    let now = pair.now;
    pair.link(B).set_need(VIDEO, now);
    pair.browser(B, BrowserEvent::NegotiationNeeded);
    pair.run();
    let requests = pair.said(B).iter().filter(|body| matches!(body, Body::Negotiate { .. })).count();
    assert_eq!(requests, 1);
}

#[test]
fn a_change_while_the_answer_is_made_is_asked_for_after_it() {
    let mut pair = Pair::new();
    pair.sides[B].manual = true;
    let now = pair.now;
    pair.link(A).connect(now);
    pair.link(B).connect(now);
    pair.run();
    pair.browser(B, BrowserEvent::RemoteDescriptionSet);
    pair.browser(B, BrowserEvent::NegotiationNeeded);
    pair.said(B);
    pair.browser(B, BrowserEvent::LocalDescription(SessionDescription::answer("v=0\n")));
    pair.run();
    assert!(matches!(&pair.said(B)[..], [Body::Description(_), Body::Negotiate { .. }]));
}

#[test]
fn a_round_that_was_asked_for_in_an_earlier_epoch_is_not_made_again() {
    let mut pair = Pair::connected();
    pair.sides[B].mute = true;
    pair.browser(B, BrowserEvent::NegotiationNeeded);
    pair.run();
    let now = pair.now;
    pair.link(A).reconnect(now);
    pair.run();
    pair.sides[B].mute = false;
    pair.actions(A);
    pair.pass_ms(5000);
    assert_eq!(pair.actions(A), ["remote 2 answer"]);
}

#[test]
fn a_browser_that_is_never_content_does_not_make_rounds_without_end() {
    for side in [A, B] {
        let mut pair = Pair::connected();
        pair.actions(A);
        let rounds = |pair: &mut Pair| pair.actions(A).iter().filter(|action| action.contains("offer")).count();
        for _ in 0..50 {
            pair.browser(side, BrowserEvent::NegotiationNeeded);
            pair.run();
        }
        assert_eq!(rounds(&mut pair), 10);
        assert_eq!(pair.link(side).counters().refused_rounds, 40);
        // What was refused is made up for when something changes, and then it may ask again.
        need(&mut pair, side, VIDEO);
        assert_eq!(rounds(&mut pair), 1);
        pair.browser(side, BrowserEvent::NegotiationNeeded);
        pair.run();
        assert_eq!(rounds(&mut pair), 1);
    }
}

#[test]
fn a_browser_that_asks_now_and_then_gets_every_round() {
    for side in [A, B] {
        let mut pair = Pair::connected();
        for _ in 0..50 {
            pair.actions(A);
            pair.browser(side, BrowserEvent::NegotiationNeeded);
            pair.run();
            assert_eq!(pair.actions(A), ["local 1 offer", "remote 1 answer"]);
            pair.pass_ms(1_000);
        }
    }
}

#[test]
fn what_is_said_in_a_round_waits_for_its_end() {
    let mut pair = Pair::connected();
    pair.sides[A].manual = true;
    pair.actions(A);
    pair.browser(A, BrowserEvent::NegotiationNeeded);
    need(&mut pair, B, VIDEO);
    assert_eq!(pair.actions(A), ["local 1 offer"]);
    pair.browser(A, BrowserEvent::LocalDescription(SessionDescription::offer("v=0\n")));
    pair.run();
    assert_eq!(pair.actions(A), ["remote 1 answer"]);
    pair.browser(A, BrowserEvent::RemoteDescriptionSet);
    pair.run();
    assert_eq!(pair.actions(A), ["local 1 offer 0+1"]);
}

#[test]
fn candidates_go_out_after_the_description_and_come_in_after_theirs() {
    let mut pair = Pair::new();
    for side in &mut pair.sides {
        side.manual = true;
    }
    let now = pair.now;
    pair.link(A).connect(now);
    pair.link(B).connect(now);
    pair.run();
    pair.browser(A, BrowserEvent::Candidate(candidate("1", "ua")));
    pair.run();
    assert_eq!(pair.said(A), []);
    let offer = SessionDescription::offer("v=0\na=ice-ufrag:ua\n");
    pair.browser(A, BrowserEvent::LocalDescription(offer.clone()));
    pair.browser(A, BrowserEvent::Candidate(None));
    pair.run();
    let candidates = Body::Candidates(vec![candidate("1", "ua"), None]);
    assert_eq!(pair.said(A), [Body::Description(offer), candidates]);
    assert_eq!(pair.actions(B), ["open 1 Answerer", "remote 1 offer"]);
    pair.browser(B, BrowserEvent::RemoteDescriptionSet);
    pair.run();
    assert_eq!(pair.actions(B), ["local 1 answer", "add 1 1", "add 1 end"]);
    pair.browser(A, BrowserEvent::Candidate(candidate("2", "ua")));
    pair.browser(A, BrowserEvent::Candidate(candidate("3", "another")));
    pair.run();
    assert_eq!(pair.actions(B), ["add 1 2"]);
}

#[test]
fn many_candidates_go_out_in_several_messages() {
    let mut pair = Pair::connected();
    pair.said(A);
    for _ in 0..MAX_CANDIDATES + 1 {
        let (now, epoch) = (pair.now, pair.link(A).epoch());
        pair.link(A).handle_browser(epoch, BrowserEvent::Candidate(None), now);
    }
    pair.run();
    let lengths: Vec<_> = pair
        .said(A)
        .iter()
        .map(|body| match body {
            Body::Candidates(candidates) => candidates.len(),
            _ => 0,
        })
        .collect();
    assert_eq!(lengths, [MAX_CANDIDATES, 1]);
}

#[test]
fn a_refused_candidate_is_counted_and_nothing_more() {
    let mut pair = Pair::connected();
    let refused = BrowserEvent::ActionFailed { action: Action::AddCandidate, error: "no".to_owned() };
    pair.browser(A, refused);
    pair.run();
    assert_eq!((pair.state(A), pair.link(A).counters().candidates_dropped), (LinkState::Connected, 1));
}

#[test]
fn candidates_of_an_old_generation_are_counted() {
    let mut pair = Pair::connected();
    let now = pair.now;
    for ufrag in ["later", "ua"] {
        let sdp = ["v=0\na=ice-ufrag:", ufrag, "\n"].concat();
        pair.sides[A].manual = true;
        pair.browser(A, BrowserEvent::NegotiationNeeded);
        pair.run();
        pair.link(A).handle_browser(Epoch(1), BrowserEvent::LocalDescription(SessionDescription::offer(sdp)), now);
        pair.run();
        pair.browser(A, BrowserEvent::RemoteDescriptionSet);
        pair.browser(A, BrowserEvent::Candidate(candidate("old", "gone")));
        pair.run();
        // One of a generation to come waits, and is dropped when that is over before it was there.
    }
    pair.browser(A, BrowserEvent::Candidate(candidate("old", "later")));
    pair.run();
    assert_eq!(pair.link(B).counters().candidates_dropped, 1);
}

#[test]
fn sources_are_told_when_they_change_and_only_then() {
    let mut pair = Pair::connected();
    let now = pair.now;
    let sources = Sources(vec![Source { name: "camera".to_owned(), ..Source::default() }]);
    pair.events(A);
    for _ in 0..2 {
        pair.link(B).set_sources(sources.clone(), now);
        pair.run();
    }
    assert_eq!(pair.events(A), [LinkEvent::RemoteSources(sources.clone())]);
    assert_eq!(pair.link(A).remote_sources(), &sources);
    let many = Sources(vec![Source::default(); Sources::MAX + 1]);
    pair.link(B).set_sources(many, now);
    pair.run();
    assert_eq!(pair.link(A).remote_sources().0.len(), Sources::MAX);
}

#[test]
fn sources_and_need_from_before_the_call_are_told_at_its_beginning() {
    let mut pair = Pair::new();
    let now = pair.now;
    let sources = Sources(vec![Source { name: "camera".to_owned(), ..Source::default() }]);
    pair.link(B).set_sources(sources.clone(), now);
    pair.link(A).set_sources(sources.clone(), now);
    pair.connect();
    assert_eq!(pair.link(A).remote_sources(), &sources);
    assert_eq!(pair.link(B).remote_sources(), &sources);
}

#[test]
fn a_need_that_was_delivered_outranks_one_in_a_late_sync() {
    let mut pair = Pair::connected();
    need(&mut pair, B, Need::new(2, 0));
    pair.actions(A);
    let sync = Body::Sync(Sync { need: Need::new(3, 0), ..Sync::default() });
    let message = LinkMessage {
        from: Incarnation::new("b").unwrap(),
        to: Some(Incarnation::new("a").unwrap()),
        epoch: Epoch(1),
        base: 1,
        number: None,
        ack: 0,
        wanted: true,
        body: sync,
    };
    let now = pair.now;
    pair.link(A).handle_message(message, now);
    pair.run();
    assert_eq!(pair.actions(A), [""; 0]);
}

#[test]
fn an_offer_in_the_middle_of_a_round_is_trouble() {
    let mut pair = Pair::connected();
    pair.sides[B].manual = true;
    pair.browser(A, BrowserEvent::NegotiationNeeded);
    pair.run();
    let mut again = pair.sides[A].sent.last().unwrap().clone();
    assert!(matches!(again.body, Body::Description(_)));
    again.number = again.number.map(|number| number + 1);
    let now = pair.now;
    pair.link(B).handle_message(again, now);
    pair.run();
    let unexpected = LinkEvent::Trouble { epoch: Epoch(1), reason: Trouble::Unexpected, detail: None };
    assert!(pair.events(B).contains(&unexpected));
}

#[test]
fn what_the_browser_wants_in_the_middle_of_a_round_counts_however_long_that_takes() {
    for side in [A, B] {
        let mut pair = Pair::connected();
        pair.pass_ms(5_000);
        pair.sides[B].manual = true;
        pair.browser(A, BrowserEvent::NegotiationNeeded);
        pair.pass_ms(2_000);
        for _ in 0..20 {
            pair.browser(side, BrowserEvent::NegotiationNeeded);
        }
        let heeded = if side == A { 9 } else { 10 };
        assert_eq!(pair.link(side).counters().refused_rounds, 20 - heeded);
    }
}

#[test]
fn what_the_other_side_wants_is_a_change_too() {
    let mut pair = Pair::connected();
    for _ in 0..50 {
        pair.browser(A, BrowserEvent::NegotiationNeeded);
        pair.run();
    }
    assert_eq!(pair.link(A).counters().refused_rounds, 40);
    need(&mut pair, B, VIDEO);
    pair.browser(A, BrowserEvent::NegotiationNeeded);
    pair.run();
    assert_eq!(pair.link(A).counters().refused_rounds, 40);
}
