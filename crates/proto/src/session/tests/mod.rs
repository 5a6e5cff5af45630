//! The session machine against a server that is written line by line, in virtual time.

mod page;
mod reload;
mod roster;
mod schedules;
mod stories;

use core::time::Duration;

use super::*;
use crate::id::{PeerId, RoomId};
use crate::relay::{
    ClientMessage, CloseCode, ErrorCode, ErrorMessage, Hello, RemotePeer, ServerMessage, Token, Welcome,
};
use crate::time::Instant;

const PONG: ServerMessage = ServerMessage::Pong { resume: None };

fn pings(world: &World) -> usize {
    world.sent.iter().filter(|message| **message == ClientMessage::Ping).count()
}

/// A session, its clock, and what it has done.
struct World {
    session: Session,
    now: Instant,
    /// The socket that is open or being opened. There is never more than one.
    socket: Option<u32>,
    generation: u32,
    sent: Vec<ClientMessage>,
    closed: Vec<CloseCode>,
    events: Vec<SessionEvent>,
    /// What it wants done with its identity.
    stored: Vec<Output>,
}

impl World {
    fn new(config: SessionConfig, seed: u64) -> Self {
        let now = Instant::from_millis(1000);
        let mut world = Self {
            session: Session::new(config, seed, now),
            now,
            socket: None,
            generation: 0,
            sent: Vec::new(),
            closed: Vec::new(),
            events: Vec::new(),
            stored: Vec::new(),
        };
        world.drain();
        world
    }

    fn with(config: impl FnOnce(SessionConfig) -> SessionConfig) -> Self {
        Self::new(config(SessionConfig::new(RoomId::new("r").unwrap())), 7)
    }

    /// A session that is in the room as `me`, with these others.
    fn joined(others: &[&str]) -> Self {
        let mut world = Self::with(|config| config);
        world.open();
        world.hear(welcome("me", others));
        world
    }

    fn drain(&mut self) {
        while let Some(output) = self.session.poll_output() {
            match output {
                Output::Dial { generation } => {
                    assert_eq!(self.socket, None, "a second socket");
                    assert!(generation > self.generation);
                    (self.socket, self.generation) = (Some(generation), generation);
                }
                Output::Send { generation, message } => {
                    assert_eq!(self.socket, Some(generation), "{message:?} on a socket that is not there");
                    self.sent.push(message);
                }
                Output::CloseSocket { generation, code } => {
                    assert_eq!(self.socket.take(), Some(generation), "closed a socket that is not there");
                    self.closed.push(code);
                }
                Output::Event(event) => self.events.push(event),
                Output::Claim | Output::Keep | Output::Forget => self.stored.push(output),
            }
        }
        let ended = matches!(self.session.state(), SessionState::Failed { .. } | SessionState::Closed);
        assert_eq!(self.session.poll_timeout().is_none(), ended, "waits without a deadline");
        assert!(!ended || self.socket.is_none(), "ended with a socket");
    }

    fn open(&mut self) {
        self.session.handle_open(self.generation, self.now);
        self.drain();
    }

    fn hear(&mut self, message: ServerMessage) {
        self.session.handle_message(self.generation, message, self.now).unwrap();
        self.drain();
    }

    fn lose(&mut self, code: u16) {
        self.socket = None;
        self.session.handle_closed(self.generation, CloseCode::from_u16(code), self.now);
        self.drain();
    }

    fn network(&mut self, change: NetworkChange) {
        self.session.handle_network(change, self.now);
        self.drain();
    }

    /// Lets time pass, with the timer firing when it is due.
    fn pass(&mut self, time: Duration) {
        let end = self.now + time;
        while let Some(at) = self.session.poll_timeout().filter(|at| *at <= end) {
            self.now = self.now.max(at);
            self.session.handle_timeout(self.now);
            self.drain();
        }
        self.now = end;
    }

    /// Lets time pass with the timer asleep, and then wakes it.
    fn sleep(&mut self, time: Duration) {
        self.now = self.now + time;
        self.session.handle_timeout(self.now);
        self.drain();
    }

    fn wait(&self) -> Duration {
        match self.session.state() {
            SessionState::Waiting { delay, .. } => delay,
            other => panic!("not waiting: {other:?}"),
        }
    }

    fn hello(&self) -> &Hello {
        match self.sent.iter().rev().find(|message| matches!(message, ClientMessage::Hello(_))) {
            Some(ClientMessage::Hello(hello)) => hello,
            _ => panic!("no hello: {:?}", self.sent),
        }
    }

    fn events(&mut self) -> Vec<SessionEvent> {
        let events = core::mem::take(&mut self.events);
        events.into_iter().filter(|event| !matches!(event, SessionEvent::StateChanged(_))).collect()
    }

    fn states(&self) -> Vec<SessionState> {
        let state = |event: &SessionEvent| match event {
            SessionEvent::StateChanged(state) => Some(state.clone()),
            _ => None,
        };
        self.events.iter().filter_map(state).collect()
    }
}

const fn ms(ms: u64) -> Duration {
    Duration::from_millis(ms)
}

fn id(name: &str) -> PeerId {
    PeerId::new(name).unwrap()
}

fn peer(name: &str) -> RemotePeer {
    RemotePeer { peer: id(name), info: None, suspended: false }
}

fn welcome(me: &str, others: &[&str]) -> ServerMessage {
    welcome_with(me, others.iter().map(|name| peer(name)).collect())
}

fn welcome_with(me: &str, peers: Vec<RemotePeer>) -> ServerMessage {
    ServerMessage::Welcome(Welcome {
        peer: id(me),
        resume: Token::new(format!("token of {me}")).unwrap(),
        peers,
        heartbeat: ms(10_000),
        resume_window: ms(30_000),
        max_message_bytes: 65_536,
        ice_servers: None,
    })
}

fn error(code: ErrorCode, retryable: bool, retry_after: Option<Duration>) -> ErrorMessage {
    ErrorMessage { code, message: "no".into(), retryable, retry_after }
}
