//! The machine by itself.

use super::*;

const ERROR: &str = "the browser's words";

fn candidate(ufrag: &str) -> Option<IceCandidate> {
    let username_fragment = Some(ufrag.to_owned());
    Some(IceCandidate { candidate: "c".to_owned(), username_fragment, ..IceCandidate::default() })
}

fn sdp(ufrag: &str) -> String {
    ["v=0\na=ice-ufrag:", ufrag, "\n"].concat()
}

fn offer(ufrag: &str) -> Message {
    Message::Description(SessionDescription::offer(sdp(ufrag)))
}

fn answer() -> Message {
    Message::Description(SessionDescription::answer(sdp("them")))
}

fn local(kind: SdpType) -> BrowserEvent {
    BrowserEvent::LocalDescription(SessionDescription { kind, sdp: sdp("us") })
}

fn refused(action: Action) -> BrowserEvent {
    BrowserEvent::ActionFailed { action, error: ERROR.to_owned() }
}

/// What is to be done, in a short form.
fn outputs(perfect: &mut Perfect) -> Vec<String> {
    let short = |output| match output {
        PerfectOutput::Send(Message::Description(description)) => format!("send {}", description.kind.as_str()),
        PerfectOutput::Send(Message::Candidate(_)) => "send candidate".to_owned(),
        PerfectOutput::Open { epoch } => format!("open {epoch}"),
        PerfectOutput::SetLocalDescription { epoch } => format!("local {epoch}"),
        PerfectOutput::SetRemoteDescription { epoch, description } => {
            format!("remote {epoch} {}", description.kind.as_str())
        }
        PerfectOutput::AddCandidate { epoch, .. } => format!("add {epoch}"),
        PerfectOutput::Rollback { epoch } => format!("rollback {epoch}"),
        PerfectOutput::Close { epoch } => format!("close {epoch}"),
        PerfectOutput::Failed { epoch, action, error } => {
            assert_eq!(error, ERROR);
            format!("failed {epoch} {action:?}")
        }
    };
    core::iter::from_fn(|| perfect.poll_output()).map(short).collect()
}

/// Does `events` on the newest connection.
fn browser(perfect: &mut Perfect, events: &[BrowserEvent]) -> Vec<String> {
    for event in events {
        let epoch = perfect.epoch();
        perfect.handle_browser(epoch, event.clone());
    }
    outputs(perfect)
}

/// One round is over.
fn settled(politeness: Politeness) -> Perfect {
    let mut perfect = Perfect::new(politeness);
    assert_eq!(browser(&mut perfect, &[BrowserEvent::NegotiationNeeded]), ["open 1", "local 1"]);
    assert_eq!(browser(&mut perfect, &[local(SdpType::Offer)]), ["send offer"]);
    perfect.handle_message(answer());
    assert_eq!(browser(&mut perfect, &[BrowserEvent::RemoteDescriptionSet]), ["remote 1 answer"]);
    perfect
}

#[test]
fn an_offer_is_answered() {
    let mut perfect = Perfect::new(Politeness::Impolite);
    perfect.handle_message(Message::Candidate(candidate("them")));
    perfect.handle_message(offer("them"));
    assert_eq!(outputs(&mut perfect), ["open 1", "remote 1 offer"]);
    assert_eq!(browser(&mut perfect, &[BrowserEvent::RemoteDescriptionSet]), ["local 1", "add 1"]);
    assert_eq!(browser(&mut perfect, &[local(SdpType::Answer)]), ["send answer"]);
    perfect.handle_message(Message::Candidate(None));
    assert_eq!(outputs(&mut perfect), ["add 1"]);
    assert_eq!(browser(&mut perfect, &[BrowserEvent::Candidate(None)]), ["send candidate"]);
    assert_eq!(*perfect.counters(), PerfectCounters::default());
}

#[test]
fn the_impolite_side_ignores_an_offer_that_collides_and_its_candidates() {
    for made in [false, true] {
        let mut perfect = settled(Politeness::Impolite);
        browser(&mut perfect, &[BrowserEvent::NegotiationNeeded]);
        if made {
            browser(&mut perfect, &[local(SdpType::Offer)]);
        }
        perfect.handle_message(offer("ignored"));
        perfect.handle_message(Message::Candidate(candidate("ignored")));
        assert_eq!(outputs(&mut perfect), [""; 0]);
        if !made {
            browser(&mut perfect, &[local(SdpType::Offer)]);
        }
        perfect.handle_message(answer());
        assert_eq!(browser(&mut perfect, &[BrowserEvent::RemoteDescriptionSet]), ["remote 1 answer"]);
        assert_eq!((perfect.counters().ignored_offers, perfect.counters().candidates_dropped), (1, 1));
        // The next round drops no more, and counts none twice.
        perfect.handle_message(offer("them"));
        browser(&mut perfect, &[BrowserEvent::RemoteDescriptionSet, local(SdpType::Answer)]);
        assert_eq!(perfect.counters().candidates_dropped, 1);
    }
}

#[test]
fn the_polite_side_gives_way() {
    let mut perfect = settled(Politeness::Polite);
    browser(&mut perfect, &[BrowserEvent::NegotiationNeeded, local(SdpType::Offer)]);
    perfect.handle_message(offer("them"));
    assert_eq!(outputs(&mut perfect), ["remote 1 offer"]);
    assert_eq!(browser(&mut perfect, &[BrowserEvent::RemoteDescriptionSet]), ["local 1"]);
    assert_eq!(browser(&mut perfect, &[local(SdpType::Answer)]), ["send answer"]);
    // What it wanted is wanted again, says the browser.
    assert_eq!(browser(&mut perfect, &[BrowserEvent::NegotiationNeeded]), ["local 1"]);
    assert_eq!(perfect.counters().yielded_offers, 1);
}

#[test]
fn an_offer_that_was_being_made_when_it_gave_way_is_not_sent() {
    let mut perfect = settled(Politeness::Polite);
    browser(&mut perfect, &[BrowserEvent::NegotiationNeeded]);
    perfect.handle_message(offer("them"));
    assert_eq!(browser(&mut perfect, &[local(SdpType::Offer)]), ["remote 1 offer"]);
    assert_eq!(browser(&mut perfect, &[BrowserEvent::RemoteDescriptionSet]), ["local 1"]);
    assert_eq!(browser(&mut perfect, &[local(SdpType::Offer)]), [""; 0]);
    assert_eq!(browser(&mut perfect, &[local(SdpType::Answer)]), ["send answer"]);
    assert_eq!(perfect.counters().unexpected, 0);
}

#[test]
fn a_first_offer_gives_way_with_its_connection() {
    let mut perfect = Perfect::new(Politeness::Polite);
    browser(&mut perfect, &[BrowserEvent::NegotiationNeeded, local(SdpType::Offer)]);
    perfect.handle_message(offer("them"));
    assert_eq!(outputs(&mut perfect), ["close 1", "open 2", "remote 2 offer"]);
    // What the closed one says late means nothing.
    perfect.handle_browser(Epoch(1), BrowserEvent::Candidate(None));
    perfect.handle_browser(Epoch(1), BrowserEvent::RemoteDescriptionSet);
    assert_eq!(outputs(&mut perfect), [""; 0]);
}

#[test]
fn an_offer_in_the_middle_of_a_round_it_does_not_collide_with_waits() {
    let mut perfect = settled(Politeness::Impolite);
    browser(&mut perfect, &[BrowserEvent::NegotiationNeeded, local(SdpType::Offer)]);
    perfect.handle_message(answer());
    perfect.handle_message(offer("older"));
    perfect.handle_message(offer("them"));
    assert_eq!(outputs(&mut perfect), ["remote 1 answer"]);
    // The browser wants a round too: it says so again after theirs.
    browser(&mut perfect, &[BrowserEvent::NegotiationNeeded]);
    assert_eq!(browser(&mut perfect, &[BrowserEvent::RemoteDescriptionSet]), ["remote 1 offer"]);
    assert_eq!(browser(&mut perfect, &[BrowserEvent::RemoteDescriptionSet]), ["local 1"]);
    assert_eq!(browser(&mut perfect, &[local(SdpType::Answer)]), ["send answer"]);
}

#[test]
fn what_is_wanted_while_the_browser_comes_to_an_end_is_offered_then() {
    let mut perfect = settled(Politeness::Polite);
    perfect.handle_message(offer("them"));
    browser(&mut perfect, &[BrowserEvent::RemoteDescriptionSet, BrowserEvent::NegotiationNeeded]);
    assert_eq!(browser(&mut perfect, &[local(SdpType::Answer)]), ["send answer", "local 1"]);
    // In the other states the browser says it again.
    assert_eq!(browser(&mut perfect, &[BrowserEvent::NegotiationNeeded, local(SdpType::Offer)]), ["send offer"]);
    assert_eq!(browser(&mut perfect, &[BrowserEvent::NegotiationNeeded]), [""; 0]);
    perfect.handle_message(answer());
    assert_eq!(browser(&mut perfect, &[BrowserEvent::RemoteDescriptionSet]), ["remote 1 answer"]);
}

#[test]
fn a_refused_answer_is_offered_anew_a_few_times() {
    let mut perfect = settled(Politeness::Impolite);
    browser(&mut perfect, &[BrowserEvent::NegotiationNeeded]);
    for _ in 0..3 {
        assert_eq!(browser(&mut perfect, &[local(SdpType::Offer)]), ["send offer"]);
        perfect.handle_message(answer());
        let done = browser(&mut perfect, &[refused(Action::SetRemoteDescription)]);
        assert_eq!(done, ["remote 1 answer", "rollback 1", "local 1"]);
    }
    browser(&mut perfect, &[local(SdpType::Offer)]);
    perfect.handle_message(answer());
    let done = browser(&mut perfect, &[refused(Action::SetRemoteDescription)]);
    assert_eq!(done, ["remote 1 answer", "failed 1 SetRemoteDescription"]);
    // It is over: nothing more is done or said.
    perfect.handle_message(offer("them"));
    let more = [BrowserEvent::NegotiationNeeded, refused(Action::SetRemoteDescription)];
    assert_eq!(browser(&mut perfect, &more), [""; 0]);
}

#[test]
fn an_answer_that_is_taken_makes_the_count_of_refused_ones_start_over() {
    let mut perfect = settled(Politeness::Impolite);
    for _ in 0..3 {
        browser(&mut perfect, &[BrowserEvent::NegotiationNeeded, local(SdpType::Offer)]);
        perfect.handle_message(answer());
        browser(&mut perfect, &[refused(Action::SetRemoteDescription), local(SdpType::Offer)]);
        perfect.handle_message(answer());
        let done = browser(&mut perfect, &[refused(Action::SetRemoteDescription), local(SdpType::Offer)]);
        assert_eq!(done, ["remote 1 answer", "rollback 1", "local 1", "send offer"]);
        perfect.handle_message(answer());
        browser(&mut perfect, &[BrowserEvent::RemoteDescriptionSet]);
    }
}

#[test]
fn after_a_refused_answer_an_offer_that_waits_goes_first() {
    let mut perfect = settled(Politeness::Impolite);
    browser(&mut perfect, &[BrowserEvent::NegotiationNeeded, local(SdpType::Offer)]);
    perfect.handle_message(answer());
    perfect.handle_message(offer("them"));
    let done = browser(&mut perfect, &[refused(Action::SetRemoteDescription)]);
    assert_eq!(done, ["remote 1 answer", "rollback 1", "remote 1 offer"]);
}

#[test]
fn what_cannot_be_mended_is_told() {
    let mut perfect = settled(Politeness::Polite);
    let done = browser(&mut perfect, &[BrowserEvent::NegotiationNeeded, refused(Action::SetLocalDescription)]);
    assert_eq!(done, ["local 1", "failed 1 SetLocalDescription"]);
    let mut perfect = settled(Politeness::Polite);
    perfect.handle_message(offer("them"));
    let done = browser(&mut perfect, &[refused(Action::SetRemoteDescription)]);
    assert_eq!(done, ["remote 1 offer", "failed 1 SetRemoteDescription"]);
    let mut perfect = settled(Politeness::Polite);
    assert_eq!(browser(&mut perfect, &[refused(Action::AddCandidate)]), [""; 0]);
    assert_eq!(perfect.counters().candidates_dropped, 1);
}

#[test]
fn what_has_no_place_is_counted() {
    let mut perfect = settled(Politeness::Polite);
    perfect.handle_message(answer());
    let kind = SdpType::Rollback;
    perfect.handle_message(Message::Description(SessionDescription { kind, sdp: String::new() }));
    let events = [BrowserEvent::RemoteDescriptionSet, local(SdpType::Offer), local(SdpType::Answer)];
    assert_eq!(browser(&mut perfect, &events), [""; 0]);
    assert_eq!(perfect.counters().unexpected, 5);
}
