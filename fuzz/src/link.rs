//! A link with a browser that does anything, and another side that says anything, at any time.

use std::collections::VecDeque;
use std::time::Duration;

use arbitrary::Arbitrary;
use rejoin_proto::backoff::BackoffConfig;
use rejoin_proto::ice::{CandidateQueue, IceCandidate};
use rejoin_proto::id::{Epoch, Incarnation};
use rejoin_proto::link::{
    Action, Admission, Body, BrowserEvent, Carrier, CloseReason, InternalChannel, Link, LinkConfig, LinkEvent,
    LinkMessage, LinkState, MAX_CANDIDATES, Need, Output, Presence, RecoveryConfig, Relay, RetiredIncarnations, Role,
    RoleRule, SdpType, SessionDescription, Source, Sources, Sync, Trouble, admit,
};
use rejoin_proto::session::NetworkChange;
use rejoin_proto::state::ConnectionState;
use rejoin_proto::time::Instant;

use crate::messages::link_is_read_as_written;
use crate::word::Word;

/// A life of a link.
#[derive(Debug, Arbitrary)]
pub struct Story {
    seed: u64,
    role: Rule,
    attempts: Option<u8>,
    need: (u8, u8),
    steps: Vec<Step>,
}

#[derive(Debug, Arbitrary)]
enum Rule {
    Offerer,
    Answerer,
    ByIncarnation,
}

#[derive(Debug, Arbitrary)]
enum Step {
    Hear(Message),
    /// What the other side of a link that works would say next.
    HearNext(Said),
    Malformed,
    Carrier(bool),
    Presence(u8),
    Browser(Which, Event),
    /// The browser does the oldest of what it was told.
    Obey(Sdp),
    /// It refuses that.
    Refuse,
    /// The newest connection comes up.
    Up,
    Need(u8, u8),
    Sources(Vec<(Word, Word, bool, bool)>),
    Connect,
    Reconnect,
    Network(bool),
    Close,
    Pass(u32),
    Timeout,
}

#[derive(Debug, Arbitrary)]
struct Message {
    from: Who,
    to: Option<Who>,
    epoch: Which,
    base: u32,
    number: Option<u32>,
    ack: u32,
    wanted: bool,
    said: Said,
}

#[derive(Debug, Clone, Copy, Arbitrary)]
enum Who {
    Us,
    Them,
    Reloaded,
    Other(u8),
}

#[derive(Debug, Clone, Copy, Arbitrary)]
enum Which {
    Newest,
    Next,
    Before,
    Any(u32),
}

#[derive(Debug, Arbitrary)]
enum Said {
    Offer(Sdp),
    Answer(Sdp),
    Other(Sdp),
    Candidates(Vec<Option<Candidate>>),
    Negotiate(u8, u8),
    Rebuild,
    Restart,
    Sources(Vec<(Word, Word, bool, bool)>),
    Bye,
    Sync { need: (u8, u8), answer: bool, probe: Option<u32>, proof: Proof },
    Ack,
    Unknown,
}

#[derive(Debug, Clone, Copy, Arbitrary)]
enum Proof {
    None,
    /// The last that we asked for.
    Right,
    Any(u32),
}

#[derive(Debug, Clone, Arbitrary)]
enum Sdp {
    Generation(u8),
    Text(String),
}

#[derive(Debug, Clone, Arbitrary)]
struct Candidate {
    line: Word,
    generation: Option<u8>,
    index: Option<u16>,
}

#[derive(Debug, Arbitrary)]
enum Event {
    Local(bool, Sdp),
    RemoteSet,
    Failed(u8),
    Candidate(Option<Candidate>),
    NegotiationNeeded,
    State(u8),
    Channel(bool),
}

/// A message resent for each that is kept, the candidates that waited, and a few.
const MAX_OUTPUTS: usize = 256 + CandidateQueue::MAX + 64;

/// Timers that fire at one and the same time are a loop that burns a processor.
const MAX_AT_ONCE: usize = 16;

/// The newest connection and the one before it.
const MAX_OPEN: usize = 2;

struct World {
    link: Link,
    now: Instant,
    /// What the browser was told and has not answered.
    asked: VecDeque<Output>,
    open: Vec<Epoch>,
    highest: Epoch,
    state: LinkState,
    told_end: bool,
    /// Of the other side: the next number, and the last number of ours that came.
    next: u32,
    got: u32,
    probe: Option<u32>,
    retired: RetiredIncarnations,
}

impl Story {
    pub fn run(self) {
        let role = match self.role {
            Rule::Offerer => RoleRule::Fixed(Role::Offerer),
            Rule::Answerer => RoleRule::Fixed(Role::Answerer),
            Rule::ByIncarnation => RoleRule::ByIncarnation,
        };
        let backoff = BackoffConfig::new().with_max_attempts(self.attempts.map(u32::from));
        let config = LinkConfig {
            local: Who::Us.incarnation(),
            role,
            remote_need: Need::new(self.need.0, self.need.1),
            seed: self.seed,
            relay: if self.seed.is_multiple_of(2) { Relay::Available } else { Relay::Unavailable },
            recovery: RecoveryConfig::new().with_backoff(backoff),
        };
        let now = Instant::from_millis(1000);
        let mut world = World {
            link: Link::new(config, now),
            now,
            asked: VecDeque::new(),
            open: Vec::new(),
            highest: Epoch::NONE,
            state: LinkState::New,
            told_end: false,
            next: 1,
            got: 0,
            probe: None,
            retired: RetiredIncarnations::new(),
        };
        for step in self.steps {
            world.step(step);
        }
        world.wind_down();
    }
}

impl World {
    fn step(&mut self, step: Step) {
        let now = self.now;
        match step {
            Step::Hear(message) => {
                let message = LinkMessage {
                    from: message.from.incarnation(),
                    to: message.to.map(Who::incarnation),
                    epoch: self.epoch(message.epoch),
                    base: message.base.max(1),
                    number: message.number.map(|number| number.clamp(1, u32::MAX - 1)),
                    ack: message.ack,
                    wanted: message.wanted,
                    body: self.body(message.said),
                };
                self.hear(message);
            }
            Step::HearNext(said) => {
                let body = self.body(said);
                let number = (!matches!(body, Body::Sync(_) | Body::Ack)).then_some(self.next);
                self.next += u32::from(number.is_some());
                self.hear(LinkMessage {
                    from: Who::Them.incarnation(),
                    to: Some(Who::Us.incarnation()),
                    epoch: self.link.epoch(),
                    base: 1,
                    number,
                    ack: self.got,
                    wanted: true,
                    body,
                });
            }
            Step::Malformed => self.link.handle_malformed(now),
            Step::Carrier(up) => self.link.handle_carrier(if up { Carrier::Up } else { Carrier::Down }, now),
            Step::Presence(which) => {
                let presence =
                    [Presence::Present, Presence::Suspended, Presence::Expired, Presence::Gone][usize::from(which) % 4];
                self.link.handle_presence(presence, now);
            }
            Step::Browser(which, event) => self.link.handle_browser(self.epoch(which), event.event(), now),
            Step::Obey(sdp) => {
                if let Some((epoch, event)) = self.asked.pop_front().and_then(|asked| obeyed(asked, &sdp)) {
                    self.link.handle_browser(epoch, event, now);
                }
            }
            Step::Refuse => {
                if let Some((epoch, action)) = self.asked.pop_front().and_then(|asked| refused(&asked)) {
                    self.link.handle_browser(epoch, BrowserEvent::ActionFailed { action, error: "no".to_owned() }, now);
                }
            }
            Step::Up => {
                let (epoch, state) = (self.link.epoch(), ConnectionState::Connected);
                self.link.handle_browser(epoch, BrowserEvent::ConnectionState(state), now);
                self.link.handle_browser(epoch, BrowserEvent::InternalChannel(InternalChannel::Open), now);
            }
            Step::Need(audio, video) => self.link.set_need(Need::new(audio, video), now),
            Step::Sources(sources) => self.link.set_sources(sources_of(sources), now),
            Step::Connect => self.link.connect(now),
            Step::Reconnect => self.link.reconnect(now),
            Step::Network(there) => {
                let change = if there { NetworkChange::Online } else { NetworkChange::Offline };
                self.link.handle_network(change, now);
            }
            Step::Close => self.link.close(CloseReason::HungUp, now),
            Step::Pass(ms) => {
                self.now = self.now + Duration::from_millis(u64::from(ms));
                self.link.handle_timeout(self.now);
            }
            Step::Timeout => self.fire(),
        }
        self.drain();
    }

    fn hear(&mut self, message: LinkMessage) {
        link_is_read_as_written(&message);
        let admission = admit(&message, &self.retired);
        assert!(admission != Admission::Create || message.wanted);
        let closed = matches!(self.state, LinkState::Closed { .. });
        if !closed || self.link.is_for(&message) {
            self.link.handle_message(message, self.now);
        }
    }

    fn body(&self, said: Said) -> Body {
        match said {
            Said::Offer(sdp) => Body::Description(SessionDescription::offer(sdp.text())),
            Said::Answer(sdp) => Body::Description(SessionDescription::answer(sdp.text())),
            Said::Other(sdp) => {
                let kind = if sdp.text().len() % 2 == 0 { SdpType::Pranswer } else { SdpType::Rollback };
                Body::Description(SessionDescription { kind, sdp: sdp.text() })
            }
            Said::Candidates(candidates) => {
                let candidates = candidates.into_iter().take(MAX_CANDIDATES);
                Body::Candidates(candidates.map(|candidate| candidate.map(|candidate| candidate.candidate())).collect())
            }
            Said::Negotiate(audio, video) => Body::Negotiate { need: Need::new(audio, video) },
            Said::Rebuild => Body::Rebuild { reason: Trouble::ConnectionFailed },
            Said::Restart => Body::Restart { reason: Trouble::Disconnected },
            Said::Sources(sources) => Body::Sources(sources_of(sources)),
            Said::Bye => Body::Bye { reason: CloseReason::HungUp },
            Said::Sync { need, answer, probe, proof } => {
                let proof = match proof {
                    Proof::None => None,
                    Proof::Right => self.probe,
                    Proof::Any(number) => Some(number),
                };
                Body::Sync(Sync { need: Need::new(need.0, need.1), answer, probe, proof })
            }
            Said::Ack => Body::Ack,
            Said::Unknown => Body::Unknown,
        }
    }

    fn epoch(&self, which: Which) -> Epoch {
        let newest = self.link.epoch().0;
        Epoch(match which {
            Which::Newest => newest,
            Which::Next => newest.saturating_add(1),
            Which::Before => newest.saturating_sub(1),
            Which::Any(number) => number,
        })
    }

    fn fire(&mut self) {
        if let Some(at) = self.link.poll_timeout() {
            self.now = self.now.max(at);
            self.link.handle_timeout(self.now);
        }
    }

    /// Does what the link asks for; every promise it makes is held against it.
    fn drain(&mut self) {
        let mut count = 0;
        while let Some(output) = self.link.poll_output() {
            count += 1;
            assert!(count <= MAX_OUTPUTS, "more outputs than an input can need");
            if let Some(epoch) = needs(&output) {
                assert!(self.open.contains(&epoch), "{output:?} for a connection that is not open");
            }
            match output {
                Output::Send(message) => self.sent(&message),
                Output::Event(event) => self.told(event),
                Output::Open { epoch, role } => {
                    assert!(epoch > self.highest, "epochs only go up");
                    assert_eq!(self.link.role(), Some(role));
                    self.highest = epoch;
                    self.open.push(epoch);
                    assert!(self.open.len() <= MAX_OPEN, "more connections than the newest and one before it");
                    self.asked.push_back(Output::Open { epoch, role });
                }
                Output::Close { epoch } => {
                    self.open.retain(|open| *open != epoch);
                    self.asked.retain(|asked| needs(asked) != Some(epoch));
                }
                asked => self.asked.push_back(asked),
            }
        }
        assert_eq!(*self.link.state(), self.state, "the events tell another state");
        let closed = matches!(self.state, LinkState::Closed { .. });
        assert_eq!(closed, self.told_end, "the end is told, once, with the state");
        assert!(!closed || self.open.is_empty(), "a connection outlives its link");
        assert!(self.link.remote_sources().0.len() <= Sources::MAX);
    }

    fn sent(&mut self, message: &LinkMessage) {
        link_is_read_as_written(message);
        assert_eq!(message.from, Who::Us.incarnation());
        if message.to != Some(Who::Us.incarnation())
            && let Some(number) = message.number
        {
            assert!(number >= message.base, "what was given up is sent");
            self.got = number;
        }
        if let Body::Sync(Sync { probe: Some(probe), .. }) = message.body {
            self.probe = Some(probe);
        }
    }

    fn told(&mut self, event: LinkEvent) {
        assert!(!self.told_end, "{event:?} after the end");
        match event {
            LinkEvent::StateChanged(state) => self.state = state,
            LinkEvent::Closed(_) => self.told_end = true,
            LinkEvent::Trouble { .. } | LinkEvent::RemoteSources(_) | LinkEvent::RemoteReplaced => {}
            _ => {}
        }
    }

    /// With nobody there its timers bring it on and never stand still; closed, it is soon at rest.
    fn wind_down(&mut self) {
        self.fire_often(32);
        self.link.close(CloseReason::HungUp, self.now);
        self.drain();
        self.retired.retire_link(&self.link);
        let end = self.now + Duration::from_secs(11);
        while self.link.poll_timeout().is_some() && self.now < end {
            self.fire_often(4);
        }
        self.now = self.now.max(end);
        self.link.handle_timeout(self.now);
        self.drain();
        assert!(self.link.is_drained(), "a closed link has its say for 10 s");
        assert_eq!(self.link.poll_timeout(), None, "a link at rest has no timer");
    }

    fn fire_often(&mut self, often: usize) {
        let mut same = 0;
        for _ in 0..often {
            let before = self.now;
            if self.link.poll_timeout().is_none() {
                return;
            }
            self.fire();
            self.drain();
            same = if self.now > before { 0 } else { same + 1 };
            assert!(same <= MAX_AT_ONCE, "timers fire without end");
        }
    }
}

/// The connection that has to be there for this.
fn needs(output: &Output) -> Option<Epoch> {
    match output {
        Output::SetLocalDescription { epoch, .. }
        | Output::SetRemoteDescription { epoch, .. }
        | Output::AddCandidate { epoch, .. }
        | Output::Rollback { epoch }
        | Output::Close { epoch } => Some(*epoch),
        _ => None,
    }
}

fn obeyed(asked: Output, sdp: &Sdp) -> Option<(Epoch, BrowserEvent)> {
    match asked {
        Output::SetLocalDescription { epoch, kind, .. } => {
            Some((epoch, BrowserEvent::LocalDescription(SessionDescription { kind, sdp: sdp.text() })))
        }
        Output::SetRemoteDescription { epoch, .. } => Some((epoch, BrowserEvent::RemoteDescriptionSet)),
        _ => None,
    }
}

fn refused(asked: &Output) -> Option<(Epoch, Action)> {
    match asked {
        Output::Open { epoch, .. } => Some((*epoch, Action::Open)),
        Output::SetLocalDescription { epoch, .. } => Some((*epoch, Action::SetLocalDescription)),
        Output::SetRemoteDescription { epoch, .. } => Some((*epoch, Action::SetRemoteDescription)),
        Output::AddCandidate { epoch, .. } => Some((*epoch, Action::AddCandidate)),
        Output::Rollback { epoch } => Some((*epoch, Action::Rollback)),
        _ => None,
    }
}

fn sources_of(sources: Vec<(Word, Word, bool, bool)>) -> Sources {
    let text = |word: &Word| word.text().chars().take(Source::MAX_LENGTH / 4).collect();
    let source = |(stream, name, audio_muted, video_muted): (Word, Word, bool, bool)| Source {
        stream: text(&stream),
        name: text(&name),
        audio_muted,
        video_muted,
    };
    Sources(sources.into_iter().take(Sources::MAX).map(source).collect())
}

impl Who {
    fn incarnation(self) -> Incarnation {
        let name = match self {
            Self::Us => "m".to_owned(),
            Self::Them => "t".to_owned(),
            Self::Reloaded => "u".to_owned(),
            Self::Other(number) => format!("a{number}"),
        };
        Incarnation::new(name).expect("it is an id")
    }
}

impl Sdp {
    fn text(&self) -> String {
        match self {
            Self::Generation(number) => format!("v=0\r\nm=audio 9 x\r\na=ice-ufrag:u{}\r\n", number % 4),
            Self::Text(text) => text.clone(),
        }
    }
}

impl Candidate {
    fn candidate(self) -> IceCandidate {
        IceCandidate {
            candidate: self.line.text().chars().take(IceCandidate::MAX_LENGTH / 4).collect(),
            sdp_mid: None,
            sdp_m_line_index: self.index,
            username_fragment: self.generation.map(|number| format!("u{}", number % 4)),
        }
    }
}

impl Event {
    fn event(self) -> BrowserEvent {
        match self {
            Self::Local(offer, sdp) => {
                let kind = if offer { SdpType::Offer } else { SdpType::Answer };
                BrowserEvent::LocalDescription(SessionDescription { kind, sdp: sdp.text() })
            }
            Self::RemoteSet => BrowserEvent::RemoteDescriptionSet,
            Self::Failed(which) => {
                let actions = [
                    Action::Open,
                    Action::SetLocalDescription,
                    Action::SetRemoteDescription,
                    Action::AddCandidate,
                    Action::Rollback,
                ];
                let action = actions[usize::from(which) % actions.len()];
                BrowserEvent::ActionFailed { action, error: "no".to_owned() }
            }
            Self::Candidate(candidate) => BrowserEvent::Candidate(candidate.map(Candidate::candidate)),
            Self::NegotiationNeeded => BrowserEvent::NegotiationNeeded,
            Self::State(which) => {
                let names = ["new", "connecting", "connected", "disconnected", "failed", "closed", "?"];
                BrowserEvent::ConnectionState(ConnectionState::from_name(names[usize::from(which) % names.len()]))
            }
            Self::Channel(open) => {
                BrowserEvent::InternalChannel(if open { InternalChannel::Open } else { InternalChannel::Closed })
            }
        }
    }
}
