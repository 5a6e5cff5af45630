//! A session with a server that says anything, at any time.

use std::time::Duration;

use arbitrary::Arbitrary;
use rejoin_proto::backoff::BackoffConfig;
use rejoin_proto::id::{PeerId, RoomId};
use rejoin_proto::relay::{
    CloseCode, ErrorCode, ErrorMessage, IceServer, LeaveReason, RemotePeer, ServerMessage, Token, Welcome,
};
use rejoin_proto::session::{
    Claim, Identity, MAX_PEERS, NetworkChange, Output, Session, SessionConfig, SessionEvent, SessionState,
};
use rejoin_proto::time::Instant;

use crate::word::Word;

const RELOAD: Duration = Duration::from_secs(10);

/// A life of a session.
#[derive(Debug, Arbitrary)]
pub struct Story {
    seed: u64,
    attempts: Option<u8>,
    /// Whether the page was loaded anew, in the place of another.
    again: bool,
    steps: Vec<Step>,
}

#[derive(Debug, Arbitrary)]
enum Step {
    Open(Socket),
    Closed(Socket, u16),
    Hear(Socket, Message),
    Junk(Socket),
    Network(Network),
    Signal(Peer),
    Info(Option<Word>),
    Reconnect,
    Claim(bool),
    Close,
    Pass(u32),
    Timeout,
}

#[derive(Debug, Clone, Copy, Arbitrary)]
enum Socket {
    Newest,
    Before,
    Any(u32),
}

#[derive(Debug, Clone, Copy, Arbitrary)]
enum Network {
    Online,
    Offline,
    Visible,
    PageHide,
    PageShow,
}

/// One of a few, so that they meet.
#[derive(Debug, Clone, Copy, Arbitrary)]
struct Peer(u8);

#[derive(Debug, Arbitrary)]
struct Other(Peer, Option<Word>, bool);

#[derive(Debug, Arbitrary)]
enum Message {
    Welcome { me: Peer, others: Vec<Other>, crowd: Option<u16>, heartbeat: u32, window: u32, bytes: u32 },
    Joined(Peer, Option<Word>),
    Left(Peer, u8),
    Suspended(Peer),
    Resumed(Peer, Option<Word>),
    Info(Peer, Option<Word>),
    Signal(Peer),
    Pong { resume: bool },
    Error { code: u8, retryable: bool, after: Option<u32> },
    GoingAway(u32),
    Unknown,
}

impl Peer {
    fn id(self) -> PeerId {
        PeerId::new(format!("peer{}", self.0 % 8)).expect("it is an id")
    }
}

impl Message {
    fn message(&self) -> ServerMessage {
        let info = |info: &Option<Word>| info.as_ref().map(Word::text);
        let ms = |ms: u32| Duration::from_millis(ms.into());
        match self {
            Self::Welcome { me, others, crowd, heartbeat, window, bytes } => {
                let other = |Other(peer, said, suspended): &Other| RemotePeer {
                    peer: peer.id(),
                    info: info(said),
                    suspended: *suspended,
                };
                let many = (0..crowd.unwrap_or(0) % 2048).map(|number| RemotePeer {
                    peer: PeerId::new(format!("crowd{number}")).expect("it is an id"),
                    info: None,
                    suspended: false,
                });
                ServerMessage::Welcome(Welcome {
                    peer: me.id(),
                    resume: Token::new("resume").expect("it is a token"),
                    peers: others.iter().map(other).chain(many).collect(),
                    heartbeat: ms(*heartbeat),
                    resume_window: ms(*window),
                    max_message_bytes: *bytes as usize,
                    ice_servers: bytes.is_multiple_of(2).then(|| {
                        vec![IceServer { urls: vec!["stun:localhost".to_owned()], username: None, credential: None }]
                    }),
                })
            }
            Self::Joined(peer, said) => ServerMessage::PeerJoined { peer: peer.id(), info: info(said) },
            Self::Left(peer, reason) => {
                let names = ["left", "expired", "removed", "kicked", "bored"];
                let name = names[usize::from(*reason) % names.len()];
                ServerMessage::PeerLeft { peer: peer.id(), reason: LeaveReason::from_name(name) }
            }
            Self::Suspended(peer) => ServerMessage::PeerSuspended { peer: peer.id() },
            Self::Resumed(peer, said) => ServerMessage::PeerResumed { peer: peer.id(), info: info(said) },
            Self::Info(peer, said) => ServerMessage::PeerInfo { peer: peer.id(), info: info(said) },
            Self::Signal(peer) => ServerMessage::Signal { from: peer.id(), data: "data".to_owned() },
            Self::Pong { resume } => {
                ServerMessage::Pong { resume: resume.then(|| Token::new("newer").expect("it is a token")) }
            }
            Self::Error { code, retryable, after } => {
                let names = ["badMessage", "badHello", "badResume", "notAllowed", "roomFull", "tooFast", "other"];
                ServerMessage::Error(ErrorMessage {
                    code: ErrorCode::from_name(names[usize::from(*code) % names.len()]),
                    message: "no".to_owned(),
                    retryable: *retryable,
                    retry_after: after.map(ms),
                })
            }
            Self::GoingAway(after) => ServerMessage::GoingAway { reconnect_after: ms(*after) },
            Self::Unknown => ServerMessage::Unknown { r#type: "new".to_owned() },
        }
    }
}

/// More than one input can make a session say: a welcome that replaces a full room by another.
const MAX_OUTPUTS: usize = 3 * MAX_PEERS + 16;

/// Timers that fire at one and the same time are a loop that burns a processor.
const MAX_AT_ONCE: usize = 8;

/// The shell, and what it may believe.
struct World {
    session: Session,
    now: Instant,
    /// The socket that was asked for and not closed, and whether it is open.
    socket: Option<(u32, bool)>,
    generation: u32,
    /// What the events alone tell.
    peers: Vec<RemotePeer>,
    state: SessionState,
}

impl Story {
    pub fn run(self) {
        let room = RoomId::new("room").expect("it is an id");
        let backoff = BackoffConfig::new().with_max_attempts(self.attempts.map(u32::from));
        let kept = Identity::read(if self.again { "peer0 resume" } else { "" });
        let config = SessionConfig::new(room).with_backoff(backoff).with_reload(Some(RELOAD), kept);
        let now = Instant::from_millis(1000);
        let session = Session::new(config, self.seed, now);
        let state = session.state();
        let mut world = World { session, now, socket: None, generation: 0, peers: Vec::new(), state };
        world.drain();
        for step in &self.steps {
            world.step(step);
        }
        world.wind_down();
    }
}

impl World {
    fn step(&mut self, step: &Step) {
        let now = self.now;
        match step {
            Step::Open(socket) => {
                let generation = self.number(*socket);
                if let Some((newest, open)) = &mut self.socket {
                    *open |= *newest == generation;
                }
                self.session.handle_open(generation, now);
            }
            Step::Closed(socket, code) => {
                let generation = self.number(*socket);
                self.socket = self.socket.filter(|(newest, _)| *newest != generation);
                self.session.handle_closed(generation, CloseCode::from_u16(*code), now);
            }
            Step::Hear(socket, message) => {
                let generation = self.number(*socket);
                let before = self.session.violations();
                let result = self.session.handle_message(generation, message.message(), now);
                assert_eq!(self.session.violations() - before, u32::from(result.is_err()));
            }
            Step::Junk(socket) => self.session.handle_junk(self.number(*socket), now),
            Step::Network(change) => {
                let change = match change {
                    Network::Online => NetworkChange::Online,
                    Network::Offline => NetworkChange::Offline,
                    Network::Visible => NetworkChange::Visible,
                    Network::PageHide => NetworkChange::PageHide,
                    Network::PageShow => NetworkChange::PageShow,
                };
                self.session.handle_network(change, now);
            }
            Step::Signal(peer) => {
                let sent = self.session.signal(peer.id(), "data".to_owned());
                assert_eq!(sent.is_ok(), self.state == SessionState::Joined);
            }
            Step::Info(info) => self.session.set_info(info.as_ref().map(Word::text)),
            Step::Reconnect => self.session.reconnect(now),
            Step::Claim(held) => self.session.handle_claim(if *held { Claim::Held } else { Claim::Refused }, now),
            Step::Close => self.session.close(),
            Step::Pass(ms) => {
                self.now = self.now + Duration::from_millis(u64::from(*ms));
                self.session.handle_timeout(self.now);
            }
            Step::Timeout => self.fire(),
        }
        self.drain();
    }

    fn number(&self, socket: Socket) -> u32 {
        match socket {
            Socket::Newest => self.generation,
            Socket::Before => self.generation.wrapping_sub(1),
            Socket::Any(number) => number,
        }
    }

    fn fire(&mut self) {
        if let Some(at) = self.session.poll_timeout() {
            self.now = self.now.max(at);
            self.session.handle_timeout(self.now);
        }
    }

    /// Does what the session asks for; every promise it makes is held against it.
    fn drain(&mut self) {
        let mut count = 0;
        while let Some(output) = self.session.poll_output() {
            count += 1;
            assert!(count <= MAX_OUTPUTS, "more outputs than an input can need");
            match output {
                Output::Dial { generation } => {
                    assert!(self.socket.is_none(), "two sockets at once");
                    self.socket = Some((generation, false));
                    self.generation = generation;
                }
                Output::Send { generation, .. } => {
                    assert_eq!(self.socket, Some((generation, true)), "said on a socket that is not open");
                }
                Output::CloseSocket { generation, .. } => {
                    assert_eq!(self.socket.map(|(newest, _)| newest), Some(generation), "closed another socket");
                    self.socket = None;
                }
                Output::Claim => assert!(self.session.peer_id().is_some(), "claims nobody's id"),
                Output::Keep => assert!(self.session.identity().is_some(), "keeps nobody"),
                Output::Forget => {}
                Output::Event(event) => self.hear(event),
            }
        }
        let session = &self.session;
        assert_eq!(session.state(), self.state, "the events tell another state");
        assert_eq!(session.peers(), self.peers, "the events tell of other peers");
        assert!(session.peers().len() <= MAX_PEERS);
        let over = matches!(self.state, SessionState::Failed { .. } | SessionState::Closed);
        assert_eq!(session.poll_timeout().is_none(), over, "a timer is there while, and only while, it goes on");
        assert!(!over || self.socket.is_none(), "a socket is left");
    }

    fn hear(&mut self, event: SessionEvent) {
        let find = |peers: &[RemotePeer], peer: &PeerId| peers.iter().position(|known| known.peer == *peer);
        match event {
            SessionEvent::StateChanged(state) => {
                assert_ne!(self.state, SessionState::Closed, "news after the end");
                assert_ne!(state, self.state, "no change is told as one");
                self.state = state;
            }
            SessionEvent::Joined { .. } => assert_eq!(self.state, SessionState::Joined),
            SessionEvent::PeerJoined(peer) => {
                let at = self.peers.binary_search_by(|known| known.peer.cmp(&peer.peer));
                self.peers.insert(at.expect_err("who is there cannot join"), peer);
            }
            SessionEvent::PeerLeft { peer, .. } => {
                self.peers.remove(find(&self.peers, &peer).expect("who leaves was there"));
            }
            SessionEvent::PeerSuspended(peer) | SessionEvent::PeerResumed(peer) | SessionEvent::PeerInfo(peer) => {
                let at = find(&self.peers, &peer.peer).expect("who changes is there");
                self.peers[at] = peer;
            }
            SessionEvent::Signal { .. } | SessionEvent::ServerError(_) | SessionEvent::GoingAway { .. } => {}
            _ => {}
        }
    }

    /// With nobody there the timers bring it from one attempt to the next, and never stand still.
    fn wind_down(&mut self) {
        let (mut at, mut same) = (self.now, 0);
        for _ in 0..32 {
            if self.session.poll_timeout().is_none() {
                break;
            }
            self.fire();
            self.drain();
            same = if self.now > at { 0 } else { same + 1 };
            assert!(same <= MAX_AT_ONCE, "timers fire without end");
            at = self.now;
        }
        self.session.close();
        self.drain();
        assert_eq!(self.state, SessionState::Closed);
    }
}
