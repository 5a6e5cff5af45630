//! Two links in one world: messages and browser actions are taken in order, time is moved by hand.

use core::time::Duration;
use std::collections::VecDeque;

use super::super::*;
use crate::backoff::BackoffConfig;
use crate::state::ConnectionState;

/// The side with the smaller incarnation: it offers.
pub(super) const A: usize = 0;
/// The side that answers.
pub(super) const B: usize = 1;

pub(super) struct Side {
    pub(super) link: Link,
    /// What the browser was told to do.
    pub(super) actions: Vec<Output>,
    pub(super) events: Vec<LinkEvent>,
    /// Messages for this side that are not delivered yet.
    pub(super) inbound: VecDeque<LinkMessage>,
    /// Everything this side has sent.
    pub(super) sent: Vec<LinkMessage>,
    /// The browser does not answer by itself.
    pub(super) manual: bool,
    /// What this side sends is lost.
    pub(super) mute: bool,
    /// Beats and bytes of the connection do not come to this side.
    pub(super) deaf: bool,
    /// The bytes that came by the connection, where its browser counts them.
    pub(super) bytes: Option<u64>,
}

pub(super) struct Pair {
    pub(super) sides: [Side; 2],
    pub(super) now: Instant,
}

pub(super) fn config(name: &str) -> LinkConfig {
    LinkConfig {
        local: Incarnation::new(name).unwrap(),
        role: RoleRule::ByIncarnation,
        remote_need: Need::default(),
        seed: 7,
        relay: Relay::Unavailable,
        recovery: RecoveryConfig::new().with_restarts(2).with_backoff(BackoffConfig::new().with_max_attempts(Some(4))),
    }
}

fn side(config: LinkConfig, now: Instant) -> Side {
    Side {
        link: Link::new(config, now),
        actions: Vec::new(),
        events: Vec::new(),
        inbound: VecDeque::new(),
        sent: Vec::new(),
        manual: false,
        mute: false,
        deaf: false,
        bytes: None,
    }
}

impl Pair {
    /// Two links with their carriers up, nobody has asked for them.
    pub(super) fn new() -> Self {
        Self::with(config("a"), config("b"))
    }

    pub(super) fn with(a: LinkConfig, b: LinkConfig) -> Self {
        let now = Instant::from_millis(1000);
        let mut pair = Self { sides: [side(a, now), side(b, now)], now };
        for which in [A, B] {
            pair.link(which).handle_carrier(Carrier::Up, now);
        }
        pair
    }

    /// Both want it, and it is there.
    pub(super) fn connected() -> Self {
        let mut pair = Self::new();
        pair.connect();
        pair
    }

    pub(super) fn connect(&mut self) {
        for which in [A, B] {
            let now = self.now;
            self.link(which).connect(now);
        }
        self.run();
        self.up();
        assert_eq!([A, B].map(|which| *self.sides[which].link.state()), [LinkState::Connected; 2]);
    }

    /// The newest connection of both sides comes up.
    pub(super) fn up(&mut self) {
        for which in [A, B] {
            self.browser(which, BrowserEvent::ConnectionState(ConnectionState::Connected));
            self.browser(which, BrowserEvent::InternalChannel(InternalChannel::Open));
        }
        self.run();
    }

    /// This side was loaded anew.
    pub(super) fn reload(&mut self, which: usize, name: &str) {
        let now = self.now;
        let mut fresh = side(config(name), now);
        fresh.link.handle_carrier(Carrier::Up, now);
        self.sides[which] = fresh;
    }

    pub(super) fn link(&mut self, which: usize) -> &mut Link {
        &mut self.sides[which].link
    }

    pub(super) fn state(&self, which: usize) -> LinkState {
        *self.sides[which].link.state()
    }

    /// The newest connection of a side did this.
    pub(super) fn browser(&mut self, which: usize, event: BrowserEvent) {
        let (now, epoch) = (self.now, self.sides[which].link.epoch());
        self.link(which).handle_browser(epoch, event, now);
    }

    /// Takes what there is to do, until there is nothing more to do at this time.
    pub(super) fn run(&mut self) {
        for _ in 0..10_000 {
            if !self.step() {
                return;
            }
        }
        panic!("the two never come to rest");
    }

    fn step(&mut self) -> bool {
        for which in [A, B] {
            let now = self.now;
            if let Some(output) = self.sides[which].link.poll_output() {
                self.act(which, output);
                return true;
            }
            if let Some(message) = self.sides[which].inbound.pop_front() {
                self.link(which).handle_message(message, now);
                return true;
            }
            if self.sides[which].link.poll_timeout().is_some_and(|at| at <= now) {
                self.link(which).handle_timeout(now);
                assert!(
                    self.sides[which].link.poll_timeout().is_none_or(|at| at > now)
                        || self.sides[which].link.poll_output().map(|output| self.act(which, output)).is_some(),
                    "a timeout that does nothing"
                );
                return true;
            }
        }
        false
    }

    fn act(&mut self, which: usize, output: Output) {
        let (now, manual) = (self.now, self.sides[which].manual);
        match &output {
            Output::Send(message) => {
                self.sides[which].sent.push(message.clone());
                if !self.sides[which].mute {
                    self.sides[1 - which].inbound.push_back(message.clone());
                }
                return;
            }
            Output::Event(event) => {
                self.sides[which].events.push(event.clone());
                return;
            }
            Output::Beat { epoch, beat } => {
                if !self.sides[1 - which].deaf {
                    self.link(1 - which).handle_browser(*epoch, BrowserEvent::Beat(*beat), now);
                }
                return;
            }
            Output::CountBytes { epoch } => {
                let bytes = self.sides[which].bytes;
                self.link(which).handle_browser(*epoch, BrowserEvent::BytesReceived(bytes), now);
                return;
            }
            Output::SetLocalDescription { epoch, kind, need, .. } if !manual => {
                let sdp = ["v=0\r\na=ice-ufrag:", if which == A { "ua" } else { "ub" }, "\r\n"].concat()
                    + &"m=audio 9 x\r\n".repeat(need.audio.into())
                    + &"m=video 9 x\r\n".repeat(need.video.into());
                let description = SessionDescription { kind: *kind, sdp };
                self.link(which).handle_browser(*epoch, BrowserEvent::LocalDescription(description), now);
            }
            Output::SetRemoteDescription { epoch, .. } if !manual => {
                self.link(which).handle_browser(*epoch, BrowserEvent::RemoteDescriptionSet, now);
            }
            _ => {}
        }
        self.sides[which].actions.push(output);
    }

    /// Moves time on, from timeout to timeout.
    pub(super) fn pass(&mut self, duration: Duration) {
        let end = self.now + duration;
        self.run();
        while let Some(next) = [A, B].iter().filter_map(|which| self.sides[*which].link.poll_timeout()).min()
            && next <= end
        {
            self.now = next;
            self.run();
        }
        self.now = end;
    }

    pub(super) fn pass_ms(&mut self, ms: u64) {
        self.pass(Duration::from_millis(ms));
    }

    /// The actions since the last call, in a short form.
    pub(super) fn actions(&mut self, which: usize) -> Vec<String> {
        let actions = core::mem::take(&mut self.sides[which].actions);
        actions.iter().map(short).collect()
    }

    pub(super) fn events(&mut self, which: usize) -> Vec<LinkEvent> {
        core::mem::take(&mut self.sides[which].events)
    }

    /// The bodies of the numbered messages a side has sent since the last call.
    pub(super) fn said(&mut self, which: usize) -> Vec<Body> {
        let sent = core::mem::take(&mut self.sides[which].sent);
        sent.into_iter().filter(|message| message.number.is_some()).map(|message| message.body).collect()
    }
}

fn short(output: &Output) -> String {
    match output {
        Output::Open { epoch, role } => format!("open {epoch} {role:?}"),
        Output::SetLocalDescription { epoch, kind, ice_restart, .. } if *ice_restart != IceRestart::No => {
            format!("local {epoch} {} restart {ice_restart:?}", kind.as_str())
        }
        Output::SetLocalDescription { epoch, kind, need, .. } if *need == Need::default() => {
            format!("local {epoch} {}", kind.as_str())
        }
        Output::SetLocalDescription { epoch, kind, need, .. } => {
            format!("local {epoch} {} {}+{}", kind.as_str(), need.audio, need.video)
        }
        Output::SetRemoteDescription { epoch, description } => format!("remote {epoch} {}", description.kind.as_str()),
        Output::AddCandidate { epoch, candidate } => {
            format!("add {epoch} {}", candidate.as_ref().map_or("end", |candidate| &candidate.candidate))
        }
        Output::Rollback { epoch } => format!("rollback {epoch}"),
        Output::Close { epoch } => format!("close {epoch}"),
        Output::Send(_) | Output::Event(_) | Output::Beat { .. } | Output::CountBytes { .. } => String::new(),
    }
}
