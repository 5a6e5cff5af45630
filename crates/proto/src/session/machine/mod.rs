//! The session machine.

mod identity;
mod messages;

use core::time::Duration;
use std::collections::VecDeque;

use super::phase::{Asked, CLAIM, HIDDEN, LATE, LONGEST_CONNECT, LONGEST_FLOOR, Phase, Pong};
use super::roster::Roster;
use super::{
    Claim, Failure, Identity, Loss, NetworkChange, NotJoined, Output, SessionConfig, SessionEvent, SessionState,
    Violation,
};
use crate::backoff::Backoff;
use crate::id::PeerId;
use crate::relay::{ClientMessage, CloseCode, Hello, IceServer, RemotePeer, ServerMessage, Token};
use crate::time::Instant;

/// A session in a room, over one socket after another.
///
/// After each call of a `handle_…` or of a command, take [`poll_output`](Self::poll_output) until it is
/// empty, do what it says, and set one timer to [`poll_timeout`](Self::poll_timeout) that calls
/// [`handle_timeout`](Self::handle_timeout). `now` never goes back. What an older socket says may be
/// given in too: it is ignored by its number.
#[derive(Debug)]
pub struct Session {
    config: SessionConfig,
    random: fastrand::Rng,
    backoff: Backoff,
    phase: Phase,
    generation: u32,
    heartbeat: Duration,
    /// What the server asked us to wait after the close of this socket, and why.
    floor: Duration,
    going_away: bool,
    peer: Option<PeerId>,
    resume: Option<Token>,
    ice_servers: Option<Vec<IceServer>>,
    max_message_bytes: usize,
    roster: Roster,
    violations: u32,
    told: SessionState,
    outputs: VecDeque<Output>,
}

impl Session {
    /// A session that dials at once, or once it has claimed the identity of the configuration. `seed` is random, different in each page.
    pub fn new(config: SessionConfig, seed: u64, now: Instant) -> Self {
        let mut session = Self {
            backoff: Backoff::new(config.backoff),
            config,
            random: fastrand::Rng::with_seed(seed),
            phase: Phase::Closed,
            generation: 0,
            heartbeat: Duration::ZERO,
            floor: Duration::ZERO,
            going_away: false,
            peer: None,
            resume: None,
            ice_servers: None,
            max_message_bytes: crate::relay::limits::MAX_MESSAGE_BYTES,
            roster: Roster::default(),
            violations: 0,
            // As the first dial makes it: a beginning is not a change.
            told: SessionState::Connecting { attempt: 1 },
            outputs: VecDeque::new(),
        };
        match session.config.identity.take() {
            Some(Identity { peer, resume }) => {
                session.phase = Phase::Claiming { deadline: now + CLAIM };
                session.outputs.push_back(Output::Claim);
                (session.peer, session.resume) = (Some(peer), Some(resume));
            }
            None => session.dial(now),
        }
        session
    }

    // What is.

    /// Where the session stands.
    pub fn state(&self) -> SessionState {
        self.phase.state(self.backoff.failed().saturating_add(1))
    }

    /// The id of this peer, from the first welcome on; kept while the connection is lost.
    pub const fn peer_id(&self) -> Option<&PeerId> {
        self.peer.as_ref()
    }

    /// The other peers, as far as the server has told; kept while the connection is lost.
    pub fn peers(&self) -> &[RemotePeer] {
        self.roster.peers()
    }

    /// The STUN and TURN servers that the newest welcome named.
    pub fn ice_servers(&self) -> Option<&[IceServer]> {
        self.ice_servers.as_deref()
    }

    /// The most bytes of a frame that the server takes.
    pub const fn max_message_bytes(&self) -> usize {
        self.max_message_bytes
    }

    /// How many frames of the server were ignored, for they did not belong where they came.
    pub const fn violations(&self) -> u32 {
        self.violations
    }

    // What to do.

    /// What the shell has to do next, if anything.
    pub fn poll_output(&mut self) -> Option<Output> {
        self.outputs.pop_front()
    }

    /// When to call [`handle_timeout`](Self::handle_timeout); `None` once failed or closed.
    pub fn poll_timeout(&self) -> Option<Instant> {
        let missing = self.roster.timeout().filter(|_| matches!(self.phase, Phase::Joined { .. }));
        match (self.phase.timeout(), missing) {
            (Some(phase), Some(missing)) => Some(phase.min(missing)),
            (phase, missing) => phase.or(missing),
        }
    }

    // What happened.

    /// The time of [`poll_timeout`](Self::poll_timeout) has come; too early or without need it does nothing.
    pub fn handle_timeout(&mut self, now: Instant) {
        // Only with the server there can it be told who is back.
        if let Phase::Joined { .. } = self.phase {
            let outputs = &mut self.outputs;
            self.roster.give_up(now, &mut |event| outputs.push_back(Output::Event(event)));
        }
        match &self.phase {
            Phase::Claiming { deadline } if now >= *deadline => self.handle_claim(Claim::Refused, now),
            // Dialing, Greeting --late--> Waiting
            Phase::Dialing { deadline } if now >= *deadline => self.abandon(Loss::Unreachable, now),
            Phase::Greeting { deadline } if now >= *deadline => self.abandon(Loss::NoWelcome, now),
            Phase::Joined { ping_at, pong } => match *pong {
                Some(pong) if now >= pong.deadline => self.missed(pong, now),
                pong if now >= *ping_at => {
                    self.ping(
                        pong.unwrap_or(Pong { deadline: now + self.config.pong_timeout, asked: Asked::Once }),
                        now,
                    );
                }
                _ => {}
            },
            // Waiting --the time has come--> Dialing
            Phase::Waiting { until, .. } if now >= *until => self.dial(now),
            Phase::Claiming { .. } | Phase::Dialing { .. } | Phase::Greeting { .. } | Phase::Waiting { .. } => {}
            Phase::Failed(_) | Phase::Closed => {}
        }
    }

    /// The socket is open.
    pub fn handle_open(&mut self, generation: u32, now: Instant) {
        // Dialing --open--> Greeting
        if generation == self.generation && matches!(self.phase, Phase::Dialing { .. }) {
            let hello = Hello {
                room: self.config.room.clone(),
                token: self.config.token.clone(),
                resume: self.resume.clone(),
                info: self.config.info.clone(),
                capacity: self.config.capacity,
                reload: self.config.reload,
            };
            self.send(ClientMessage::Hello(hello));
            self.enter(Phase::Greeting { deadline: now + self.config.welcome_timeout });
        }
    }

    /// The socket is closed, or could not be opened.
    pub fn handle_closed(&mut self, generation: u32, code: CloseCode, now: Instant) {
        if generation != self.generation || !self.phase.has_socket() {
            return;
        }
        if code == CloseCode::BadResume {
            self.resume = None;
        }
        // any --closed--> Failed or Waiting
        if code.is_final() {
            self.fail(Failure::Closed(code));
        } else if self.going_away {
            self.lose(Loss::GoingAway, now);
        } else if matches!(self.phase, Phase::Dialing { .. }) {
            self.lose(Loss::Unreachable, now);
        } else {
            self.lose(Loss::Closed(code), now);
        }
    }

    /// The server said something.
    ///
    /// # Errors
    /// The [`Violation`], for the shell's log; it is counted and otherwise ignored.
    #[inline(never)]
    pub fn handle_message(&mut self, generation: u32, message: ServerMessage, now: Instant) -> Result<(), Violation> {
        if generation != self.generation {
            return Ok(());
        }
        self.handle_life(now);
        let result = match &self.phase {
            Phase::Greeting { .. } => self.greeted(message, now),
            Phase::Joined { .. } => self.heard(message),
            Phase::Dialing { .. } => Err(Violation::BeforeWelcome),
            Phase::Claiming { .. } | Phase::Waiting { .. } | Phase::Failed(_) | Phase::Closed => Ok(()),
        };
        if result.is_err() {
            self.violations = self.violations.saturating_add(1);
        }
        result
    }

    /// The server sent a frame that is no message. It is counted and ignored, but shows that the server lives.
    pub fn handle_junk(&mut self, generation: u32, now: Instant) {
        if generation == self.generation && self.phase.has_socket() {
            self.violations = self.violations.saturating_add(1);
            self.handle_life(now);
        }
    }

    /// The browser said something about the network or the page.
    pub fn handle_network(&mut self, change: NetworkChange, now: Instant) {
        match (&mut self.phase, change) {
            // Waiting --network--> Dialing
            (
                Phase::Waiting { until, floor, .. },
                NetworkChange::Online | NetworkChange::Visible | NetworkChange::PageShow,
            ) => {
                *until = now.max(*floor).min(*until);
                self.handle_timeout(now);
            }
            // Joined --network--> Joined, asked whether the server still hears us
            (Phase::Joined { pong, .. }, NetworkChange::Online | NetworkChange::Offline | NetworkChange::Visible) => {
                let deadline = now + self.config.probe_timeout;
                let earlier = pong.map(|pong| pong.deadline).filter(|deadline| *deadline > now);
                self.ping(
                    Pong { deadline: earlier.map_or(deadline, |other| other.min(deadline)), asked: Asked::Once },
                    now,
                );
            }
            // The socket is of another network, or died with the cached page: any --network--> Dialing
            (Phase::Joined { .. }, NetworkChange::PageShow)
            | (Phase::Dialing { .. } | Phase::Greeting { .. }, NetworkChange::Online | NetworkChange::PageShow) => {
                self.close_socket(CloseCode::Silent);
                self.backoff.handle_down();
                self.dial(now);
            }
            // Chromium keeps the socket of a cached page open, with nobody to answer on it: the others would see a
            // peer that is there. Closed so, it is suspended at once. any --page hidden--> Waiting
            (Phase::Dialing { .. } | Phase::Greeting { .. } | Phase::Joined { .. }, NetworkChange::PageHide) => {
                self.close_socket(CloseCode::Silent);
                self.backoff.handle_down();
                let (delay, reason) = (HIDDEN, Loss::PageHidden);
                self.enter(Phase::Waiting { until: now + delay, floor: now, delay, reason });
            }
            (Phase::Dialing { .. } | Phase::Greeting { .. }, NetworkChange::Offline | NetworkChange::Visible)
            | (Phase::Waiting { .. }, NetworkChange::Offline | NetworkChange::PageHide)
            | (Phase::Claiming { .. } | Phase::Failed(_) | Phase::Closed, _) => {}
        }
    }

    // What the user wants.

    /// Sends `data` to a peer of the room, at most once.
    ///
    /// # Errors
    /// [`NotJoined`] while there is no connection.
    pub fn signal(&mut self, to: PeerId, data: String) -> Result<(), NotJoined> {
        match self.phase {
            Phase::Joined { .. } => {
                self.send(ClientMessage::Signal { to, data });
                Ok(())
            }
            _ => Err(NotJoined),
        }
    }

    /// Sets what the other peers are told about this one, now or at the next hello.
    pub fn set_info(&mut self, info: Option<String>) {
        if self.config.info != info {
            self.config.info.clone_from(&info);
            if matches!(self.phase, Phase::Greeting { .. } | Phase::Joined { .. }) {
                self.send(ClientMessage::Info { info });
            }
        }
    }

    /// Tries now instead of later, also after a failure. Connected, or closed, it does nothing.
    pub fn reconnect(&mut self, now: Instant) {
        match self.phase {
            Phase::Failed(_) => self.backoff.reset(),
            Phase::Waiting { .. } => {}
            Phase::Claiming { .. }
            | Phase::Dialing { .. }
            | Phase::Greeting { .. }
            | Phase::Joined { .. }
            | Phase::Closed => return,
        }
        self.dial(now);
    }

    /// Leaves the room for good.
    pub fn close(&mut self) {
        // any --close--> Closed
        if matches!(self.phase, Phase::Greeting { .. } | Phase::Joined { .. }) {
            self.send(ClientMessage::Leave);
        }
        self.close_socket(CloseCode::Normal);
        self.for_reload(Output::Forget);
        self.enter(Phase::Closed);
    }

    // Below: steps.

    /// Whatever the server says, it lives.
    fn handle_life(&mut self, now: Instant) {
        if let Phase::Joined { pong, .. } = &mut self.phase {
            *pong = None;
            self.backoff.handle_alive(now);
        }
    }

    fn ping(&mut self, pong: Pong, now: Instant) {
        self.send(ClientMessage::Ping);
        self.enter(Phase::Joined { ping_at: now + self.heartbeat, pong: Some(pong) });
    }

    /// Joined --no pong--> Waiting, or asked again after a sleep
    fn missed(&mut self, pong: Pong, now: Instant) {
        if pong.asked == Asked::Once && now - pong.deadline > LATE {
            self.ping(Pong { deadline: now + self.config.probe_timeout, asked: Asked::Again }, now);
        } else {
            self.abandon(Loss::NoPong, now);
        }
    }

    fn dial(&mut self, now: Instant) {
        self.generation = self.generation.wrapping_add(1);
        self.floor = Duration::ZERO;
        self.going_away = false;
        self.outputs.push_back(Output::Dial { generation: self.generation });
        let step = self.config.connect_timeout;
        let patience = step.saturating_mul(self.backoff.failed().saturating_add(1)).min(LONGEST_CONNECT.max(step));
        self.enter(Phase::Dialing { deadline: now + patience });
    }

    /// Ends a socket that is of no use any more.
    fn abandon(&mut self, reason: Loss, now: Instant) {
        self.close_socket(CloseCode::Silent);
        self.lose(reason, now);
    }

    /// any with a socket --lost--> Waiting, or Failed where the attempts are used up
    fn lose(&mut self, reason: Loss, now: Instant) {
        self.backoff.handle_down();
        match self.backoff.next_delay(self.random.f64()) {
            None => self.fail(Failure::GaveUp(reason)),
            Some(jitter) => {
                let floor = self.floor.min(LONGEST_FLOOR);
                let delay = floor + jitter;
                self.enter(Phase::Waiting { until: now + delay, floor: now + floor, delay, reason });
            }
        }
    }

    fn fail(&mut self, reason: Failure) {
        self.backoff.handle_down();
        self.enter(Phase::Failed(reason));
    }

    fn close_socket(&mut self, code: CloseCode) {
        if self.phase.has_socket() {
            self.outputs.push_back(Output::CloseSocket { generation: self.generation, code });
        }
    }

    fn enter(&mut self, phase: Phase) {
        self.phase = phase;
        let state = self.state();
        if state != self.told {
            self.told = state.clone();
            self.tell(SessionEvent::StateChanged(state));
        }
    }

    fn send(&mut self, message: ClientMessage) {
        self.outputs.push_back(Output::Send { generation: self.generation, message });
    }

    fn tell(&mut self, event: SessionEvent) {
        self.outputs.push_back(Output::Event(event));
    }
}
