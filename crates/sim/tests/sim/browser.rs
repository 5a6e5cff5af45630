//! A simulated RTCPeerConnection: operations chain, signaling states, m-lines, candidates,
//! `negotiationneeded` as the specification has it, and the quirks of real browsers.

use std::collections::VecDeque;

use fastrand::Rng;
use rejoin_proto::ice::IceCandidate;
use rejoin_proto::id::Epoch;
use rejoin_proto::link::{Action, Need, SdpType, SessionDescription};
use rejoin_proto::sdp::{MediaKind, Sdp};
use rejoin_proto::state::SignalingState;

use crate::coverage::Coverage;
use crate::plan::Plan;

/// One RTCPeerConnection.
#[derive(Debug)]
pub(crate) struct Pc {
    pub(crate) id: usize,
    pub(crate) side: usize,
    pub(crate) owner: u64,
    pub(crate) epoch: Epoch,
    pub(crate) open: bool,
    pub(crate) signaling: SignalingState,
    pub(crate) chain: VecDeque<Op>,
    pub(crate) busy: bool,
    /// A round is over: the data channels are agreed.
    pub(crate) negotiated: bool,
    /// What this side wants to send.
    pub(crate) tracks: Need,
    /// The m-lines that are agreed.
    pub(crate) lines: Vec<Line>,
    /// The m-lines of the offer that is under way.
    pending: Vec<Line>,
    round: u32,
    pub(crate) gathering: bool,
    pub(crate) gathered: u32,
    /// The connection whose description was set last.
    pub(crate) remote: Option<usize>,
    /// The generation of ICE: each restart makes a new one, with another ufrag.
    pub(crate) ice: u32,
    /// The generation of the other side's last description.
    pub(crate) remote_ice: u32,
    /// The generation that has connected.
    pub(crate) connected_ice: u32,
    /// The generation whose candidates were looked for.
    pub(crate) gathered_ice: Option<u32>,
    pub(crate) path: Path,
    /// The candidates of the other side, in the order they were added.
    pub(crate) added: Vec<u32>,
    /// The candidates that were refused by chance.
    pub(crate) lost: Vec<u32>,
    pub(crate) connecting: bool,
    pub(crate) connected: bool,
    pub(crate) needed: bool,
    pub(crate) fate: Fate,
    /// An action was refused: what follows may find another state than its caller believes in.
    pub(crate) refused: bool,
    /// Quirk 1: this connection was in a glare of first offers and will never gather.
    pub(crate) wedged: bool,
    /// What it said last.
    pub(crate) last_said: &'static str,
}

/// What comes by a connection.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Path {
    /// Nothing comes to this end until then.
    pub(crate) deaf_until: u64,
    /// The last time that something came.
    pub(crate) bytes: u64,
    /// `connectionState` said `disconnected`, `failed`.
    pub(crate) noticed: bool,
    pub(crate) failed: bool,
}

/// What is to become of a connection.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Fate {
    pub(crate) never_up: bool,
    pub(crate) silent: bool,
    pub(crate) no_channel: bool,
    /// It says `negotiationneeded` after every round.
    pub(crate) restless: bool,
}

impl Fate {
    pub(crate) fn draw(plan: &Plan, rng: &mut Rng, coverage: &mut Coverage) -> Self {
        let fate = Self {
            never_up: rng.f64() < plan.never_up,
            silent: rng.f64() < plan.silent,
            no_channel: rng.f64() < plan.no_channel,
            restless: rng.f64() < plan.restless,
        };
        coverage.add_many("connection that never comes up", fate.never_up.into());
        coverage.add_many("connectionState that is stuck", fate.silent.into());
        coverage.add_many("internal channel that never opens", fate.no_channel.into());
        coverage.add_many("negotiationneeded that never ends", fate.restless.into());
        fate
    }
}

#[derive(Debug, Clone)]
pub(crate) enum Op {
    Local { kind: Option<SdpType>, need: Need, restart: bool },
    Remote(SessionDescription),
    Candidate(Option<IceCandidate>),
    Rollback,
}

/// One m-line: who sends on it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Line {
    pub(crate) video: bool,
    pub(crate) sends: [bool; 2],
}

#[derive(Debug)]
pub(crate) enum Done {
    Local(SessionDescription),
    RemoteSet,
    Added,
    RolledBack,
    Failed(Action, &'static str),
}

impl Pc {
    pub(crate) fn new(id: usize, side: usize, owner: u64, epoch: Epoch, tracks: Need, fate: Fate) -> Self {
        Self {
            id,
            side,
            owner,
            epoch,
            open: true,
            signaling: SignalingState::Stable,
            chain: VecDeque::new(),
            busy: false,
            negotiated: false,
            tracks,
            lines: Vec::new(),
            pending: Vec::new(),
            round: 0,
            gathering: false,
            gathered: 0,
            remote: None,
            ice: 0,
            remote_ice: 0,
            connected_ice: 0,
            gathered_ice: None,
            path: Path::default(),
            added: Vec::new(),
            lost: Vec::new(),
            connecting: false,
            connected: false,
            needed: false,
            fate,
            refused: false,
            wedged: false,
            last_said: "opened",
        }
    }

    /// Does the first operation of the chain.
    pub(crate) fn execute(&mut self, wedge: bool) -> Done {
        match self.chain.pop_front() {
            Some(Op::Local { kind, need, restart }) => self.local(kind, need, restart),
            Some(Op::Remote(description)) => self.remote(&description, wedge),
            Some(Op::Candidate(candidate)) => self.candidate(candidate),
            Some(Op::Rollback) => {
                self.signaling = SignalingState::Stable;
                Done::RolledBack
            }
            None => panic!("an operation ended that was not begun"),
        }
    }

    fn local(&mut self, kind: Option<SdpType>, need: Need, restart: bool) -> Done {
        let answer = self.signaling == SignalingState::HaveRemoteOffer;
        let right = match kind {
            Some(SdpType::Offer) => self.signaling == SignalingState::Stable,
            Some(SdpType::Answer) => answer,
            Some(_) => false,
            None => true,
        };
        if !right {
            return Done::Failed(Action::SetLocalDescription, "InvalidStateError");
        }
        self.gathering = true;
        // The answer to an offer of a new generation is of a new one too.
        if restart || (answer && self.remote_ice > self.ice) {
            self.ice = self.remote_ice.max(self.ice + u32::from(restart));
        }
        if answer {
            self.pending = assign(&self.pending, self.side, self.tracks, Need::default(), false);
            self.lines = self.pending.clone();
            self.signaling = SignalingState::Stable;
            self.negotiated = true;
            Done::Local(self.describe(SdpType::Answer, &self.pending))
        } else {
            self.pending = assign(&self.lines, self.side, self.tracks, need, true);
            self.round += 1;
            self.signaling = SignalingState::HaveLocalOffer;
            Done::Local(self.describe(SdpType::Offer, &self.pending))
        }
    }

    fn remote(&mut self, description: &SessionDescription, wedge: bool) -> Done {
        let (remote, round, ice, lines) = read(&description.sdp);
        match (description.kind, self.signaling) {
            (SdpType::Offer, SignalingState::Stable | SignalingState::HaveLocalOffer) => {
                let glare = self.signaling == SignalingState::HaveLocalOffer;
                // Quirk 2: glare on a connected pair that adds different kinds.
                if glare && self.connected && kinds(&self.lines, &lines) != kinds(&self.lines, &self.pending) {
                    return Done::Failed(Action::SetRemoteDescription, "OperationError: RTP extension ID reassignment");
                }
                // Quirk 1: simultaneous first offers.
                if glare && !self.negotiated && wedge {
                    self.wedged = true;
                }
                self.pending = lines;
                self.round = round;
                self.signaling = SignalingState::HaveRemoteOffer;
            }
            (SdpType::Answer, SignalingState::HaveLocalOffer) => {
                if round != self.round {
                    return Done::Failed(
                        Action::SetRemoteDescription,
                        "InvalidAccessError: the answer to another offer",
                    );
                }
                self.lines = lines;
                self.signaling = SignalingState::Stable;
                self.negotiated = true;
            }
            _ => return Done::Failed(Action::SetRemoteDescription, "InvalidStateError"),
        }
        if ice != self.remote_ice {
            self.added.clear();
            self.lost.clear();
        }
        self.remote_ice = ice;
        self.remote = Some(remote);
        Done::RemoteSet
    }

    fn candidate(&mut self, candidate: Option<IceCandidate>) -> Done {
        let Some(candidate) = candidate else { return Done::Added };
        // As a browser does: a candidate of another generation than the description's is refused.
        if candidate.username_fragment != self.remote.map(|remote| ufrag(remote, self.remote_ice)) {
            return Done::Failed(Action::AddCandidate, "OperationError: unknown ufrag");
        }
        self.added.push(candidate.candidate.parse().unwrap());
        Done::Added
    }

    /// Whether `negotiationneeded` is to be said.
    pub(crate) fn needs_negotiation(&self) -> bool {
        let sent = sent(&self.lines, self.side);
        let settled = self.negotiated && !self.fate.restless && sent == (self.tracks.audio, self.tracks.video);
        self.signaling == SignalingState::Stable && !self.busy && !settled
    }

    fn describe(&self, kind: SdpType, lines: &[Line]) -> SessionDescription {
        let (id, round, ice) = (self.id, self.round, self.ice);
        let ufrag = ufrag(id, ice);
        let mut sdp = format!("v=0\r\na=round:{id} {round} {ice}\r\na=ice-ufrag:{ufrag}\r\nm=application 9 x\r\n");
        for line in lines {
            sdp.push_str(if line.video { "m=video 9 x\r\na=mid:" } else { "m=audio 9 x\r\na=mid:" });
            sdp.extend(line.sends.map(|sends| if sends { '+' } else { '-' }));
            sdp.push_str("\r\n");
        }
        SessionDescription { kind, sdp }
    }
}

/// How many m-lines a side sends on.
pub(crate) fn sent(lines: &[Line], side: usize) -> (u8, u8) {
    let count = |video| lines.iter().filter(|line| line.video == video && line.sends[side]).count() as u8;
    (count(false), count(true))
}

fn kinds(before: &[Line], after: &[Line]) -> (bool, bool) {
    let more = |video| {
        after.iter().filter(|line| line.video == video).count()
            > before.iter().filter(|line| line.video == video).count()
    };
    (more(false), more(true))
}

fn assign(lines: &[Line], side: usize, tracks: Need, receive: Need, may_add: bool) -> Vec<Line> {
    let mut lines = lines.to_vec();
    for (video, tracks, receive) in [(false, tracks.audio, receive.audio), (true, tracks.video, receive.video)] {
        let mut left = tracks;
        for line in lines.iter_mut().filter(|line| line.video == video) {
            line.sends[side] = left > 0;
            left = left.saturating_sub(1);
        }
        while may_add && left > 0 {
            let mut sends = [false; 2];
            sends[side] = true;
            lines.push(Line { video, sends });
            left -= 1;
        }
        while may_add && (lines.iter().filter(|line| line.video == video).count() as u8) < receive {
            lines.push(Line { video, sends: [false; 2] });
        }
    }
    lines
}

/// The name of a generation of a connection.
pub(crate) fn ufrag(id: usize, ice: u32) -> String {
    format!("{id}g{ice}")
}

fn read(sdp: &str) -> (usize, u32, u32, Vec<Line>) {
    let round = sdp.lines().find_map(|line| line.strip_prefix("a=round:")).unwrap();
    let [id, round, ice] = round.split(' ').collect::<Vec<_>>()[..] else { panic!("{round}") };
    let parsed = Sdp::parse(sdp).unwrap();
    let lines = parsed.media.iter().filter(|media| media.kind != MediaKind::Application).map(|media| {
        let sends = media.mid.unwrap().as_bytes();
        Line { video: media.kind == MediaKind::Video, sends: [sends[0] == b'+', sends[1] == b'+'] }
    });
    (id.parse().unwrap(), round.parse().unwrap(), ice.parse().unwrap(), lines.collect())
}
