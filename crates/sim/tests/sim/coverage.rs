//! What the schedules have reached. A list of what they must reach keeps the simulation honest.

use std::collections::BTreeMap;

use rejoin_proto::link::{BrowserEvent, InternalChannel, LinkState, SdpType, Step};
use rejoin_proto::session::{Loss, SessionEvent, SessionState};
use rejoin_proto::state::ConnectionState;

#[derive(Debug, Default)]
pub(crate) struct Coverage {
    counts: BTreeMap<&'static str, u64>,
    transitions: BTreeMap<(&'static str, &'static str), u64>,
}

impl Coverage {
    pub(crate) fn add(&mut self, what: &'static str) {
        self.add_many(what, 1);
    }

    pub(crate) fn add_many(&mut self, what: &'static str, times: u64) {
        if times > 0 {
            *self.counts.entry(what).or_default() += times;
        }
    }

    pub(crate) fn merge(&mut self, other: Self) {
        for (what, times) in other.counts {
            *self.counts.entry(what).or_default() += times;
        }
        for (pair, times) in other.transitions {
            *self.transitions.entry(pair).or_default() += times;
        }
    }

    /// A link is in another state.
    pub(crate) fn transition(&mut self, from: &LinkState, to: &LinkState) {
        assert_ne!(from, to, "a state that is no change");
        assert!(!matches!(from, LinkState::Closed { .. }), "a state after the end");
        *self.transitions.entry((name(from), name(to))).or_default() += 1;
    }

    /// What a connection said follows on what it had said last.
    pub(crate) fn said(&mut self, last: &mut &'static str, event: &BrowserEvent) {
        if let Some(said) = said(event) {
            *self.transitions.entry((core::mem::replace(last, said), said)).or_default() += 1;
        }
    }

    /// A session says something.
    pub(crate) fn session(&mut self, shown: &mut &'static str, event: &SessionEvent) {
        let SessionEvent::StateChanged(state) = event else { return };
        let state = match state {
            SessionState::Connecting { .. } => "session connecting",
            SessionState::Joined => "session joined",
            SessionState::Waiting { reason, .. } => {
                self.add(loss(reason));
                "session waiting"
            }
            SessionState::Failed { .. } => "session failed",
            SessionState::Closed => "session closed",
            other => panic!("no name for {other:?}"),
        };
        *self.transitions.entry((core::mem::replace(shown, state), state)).or_default() += 1;
    }

    pub(crate) fn missing(&self, what: &[&'static str], transitions: &[(&'static str, &'static str)]) -> Vec<String> {
        let what = what.iter().filter(|what| !self.counts.contains_key(*what)).map(|what| (*what).to_owned());
        let transitions = transitions
            .iter()
            .filter(|pair| !self.transitions.contains_key(*pair))
            .map(|(from, to)| format!("{from} -> {to}"));
        what.chain(transitions).collect()
    }

    pub(crate) fn report(&self) -> String {
        let mut lines: Vec<_> =
            self.transitions.iter().map(|((from, to), n)| format!("  {from} -> {to}: {n}")).collect();
        lines.extend(self.counts.iter().map(|(what, n)| format!("  {what}: {n}")));
        lines.join("\n")
    }
}

pub(crate) fn name(state: &LinkState) -> &'static str {
    match state {
        LinkState::New => "new",
        LinkState::Connecting { .. } => "connecting",
        LinkState::Connected => "connected",
        LinkState::Reconnecting { step: Step::Grace, .. } => "grace",
        LinkState::Reconnecting { step: Step::Restart, .. } => "restarting",
        LinkState::Reconnecting { step: Step::Relay, .. } => "relaying",
        LinkState::Reconnecting { next: Some(_), .. } => "waiting",
        LinkState::Reconnecting { .. } => "reconnecting",
        LinkState::Failed { .. } => "failed",
        LinkState::Closed { .. } => "closed",
        other => panic!("no name for {other:?}"),
    }
}

/// What an event of a connection is called; `None` for what no RTCPeerConnection says by itself.
pub(crate) fn said(event: &BrowserEvent) -> Option<&'static str> {
    Some(match event {
        BrowserEvent::LocalDescription(description) if description.kind == SdpType::Offer => "offer is set",
        BrowserEvent::LocalDescription(_) => "answer is set",
        BrowserEvent::RemoteDescriptionSet => "remote description is set",
        BrowserEvent::Candidate(Some(_)) => "candidate",
        BrowserEvent::Candidate(None) => "end of candidates",
        BrowserEvent::NegotiationNeeded => "negotiationneeded",
        BrowserEvent::InternalChannel(InternalChannel::Open) => "channel open",
        BrowserEvent::InternalChannel(InternalChannel::Closed) => "channel is closed",
        BrowserEvent::ConnectionState(ConnectionState::Connecting) => "state connecting",
        BrowserEvent::ConnectionState(ConnectionState::Connected) => "state connected",
        BrowserEvent::ConnectionState(ConnectionState::Disconnected) => "state disconnected",
        BrowserEvent::ConnectionState(ConnectionState::Failed) => "state failed",
        BrowserEvent::ConnectionState(_) => "another state",
        BrowserEvent::ActionFailed { .. } => "failure",
        BrowserEvent::Beat(_) | BrowserEvent::BytesReceived(_) => return None,
        other => panic!("no name for {other:?}"),
    })
}

fn loss(reason: &Loss) -> &'static str {
    match reason {
        Loss::Unreachable => "server unreachable",
        Loss::NoWelcome => "no welcome",
        Loss::NoPong => "no pong",
        Loss::Closed(_) => "socket closed",
        Loss::GoingAway => "server going away",
        Loss::PageHidden => "page hidden",
        Loss::Refused(_) => "refused for now",
        other => panic!("no name for {other:?}"),
    }
}
