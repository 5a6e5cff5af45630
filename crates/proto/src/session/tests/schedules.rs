use proptest::prelude::*;

use super::*;
use crate::backoff::BackoffConfig;
use crate::relay::LeaveReason;

/// Something that can happen to a session. `old` takes the socket before the present one.
#[derive(Debug, Clone)]
enum Step {
    Open { old: bool },
    Closed { old: bool, code: u16 },
    Hear { old: bool, message: ServerMessage },
    Junk { old: bool },
    Network(NetworkChange),
    Pass(u32),
    Sleep(u32),
    Signal,
    SetInfo(Option<String>),
    Reconnect,
    Claim(Claim),
    Close,
}

fn message() -> impl Strategy<Value = ServerMessage> {
    let name = prop::sample::select(vec!["a", "b", "c", "me", "you"]);
    let millis = prop_oneof![0..20_000u64, Just(u64::from(u32::MAX))];
    let codes =
        [ErrorCode::BadResume, ErrorCode::RoomFull, ErrorCode::TooFast, ErrorCode::UnknownPeer, ErrorCode::Unknown];
    prop_oneof![
        4 => (name.clone(), prop::collection::vec((name.clone(), any::<bool>()), 0..5), millis.clone()).prop_map(|(me, peers, beat)| {
            let peers = peers.into_iter().map(|(name, suspended)| RemotePeer { suspended, ..peer(name) }).collect();
            match welcome_with(me, peers) {
                ServerMessage::Welcome(welcome) => ServerMessage::Welcome(Welcome { heartbeat: ms(beat), ..welcome }),
                other => other,
            }
        }),
        1 => name.clone().prop_map(|name| ServerMessage::PeerJoined { peer: id(name), info: None }),
        1 => name.clone().prop_map(|name| ServerMessage::PeerLeft { peer: id(name), reason: LeaveReason::Left }),
        1 => name.clone().prop_map(|name| ServerMessage::PeerSuspended { peer: id(name) }),
        1 => name.clone().prop_map(|name| ServerMessage::PeerResumed { peer: id(name), info: Some("i".into()) }),
        1 => name.clone().prop_map(|name| ServerMessage::PeerInfo { peer: id(name), info: Some("j".into()) }),
        1 => name.prop_map(|name| ServerMessage::Signal { from: id(name), data: "d".into() }),
        2 => Just(ServerMessage::Pong { resume: Token::new("t").ok() }),
        2 => (prop::sample::select(codes.to_vec()), any::<bool>(), prop::option::of(millis.clone()))
            .prop_map(|(code, retryable, after)| ServerMessage::Error(error(code, retryable, after.map(ms)))),
        1 => millis.prop_map(|after| ServerMessage::GoingAway { reconnect_after: ms(after) }),
        1 => Just(ServerMessage::Unknown { r#type: "later".into() }),
    ]
}

fn step() -> impl Strategy<Value = Step> {
    let change = [
        NetworkChange::Online,
        NetworkChange::Offline,
        NetworkChange::Visible,
        NetworkChange::PageHide,
        NetworkChange::PageShow,
    ];
    let old = prop::bool::weighted(0.1);
    let code = prop_oneof![Just(1006), Just(1012), Just(4500), 1000..5000u16];
    prop_oneof![
        6 => old.prop_map(|old| Step::Open { old }),
        2 => (old, code).prop_map(|(old, code)| Step::Closed { old, code }),
        8 => (old, message()).prop_map(|(old, message)| Step::Hear { old, message }),
        1 => old.prop_map(|old| Step::Junk { old }),
        2 => prop::sample::select(change.to_vec()).prop_map(Step::Network),
        4 => (0..40_000u32).prop_map(Step::Pass),
        1 => any::<u32>().prop_map(Step::Sleep),
        1 => Just(Step::Signal),
        1 => prop::option::of("[a-c]").prop_map(Step::SetInfo),
        1 => Just(Step::Reconnect),
        2 => prop::sample::select(vec![Claim::Held, Claim::Refused]).prop_map(Step::Claim),
        1 => prop::bool::weighted(0.1).prop_map(|close| if close { Step::Close } else { Step::Reconnect }),
    ]
}

impl World {
    fn take(&mut self, step: Step) {
        let generation = |old| self.generation.wrapping_sub(u32::from(old));
        match step {
            Step::Open { old } => self.session.handle_open(generation(old), self.now),
            Step::Closed { old, code } => {
                if !old {
                    self.socket = None;
                }
                self.session.handle_closed(generation(old), CloseCode::from_u16(code), self.now);
            }
            // Whether it belonged there is asked by the stories.
            Step::Hear { old, message } => drop(self.session.handle_message(generation(old), message, self.now)),
            Step::Junk { old } => self.session.handle_junk(generation(old), self.now),
            Step::Network(change) => self.session.handle_network(change, self.now),
            Step::Pass(time) => self.pass(ms(time.into())),
            Step::Sleep(time) => self.sleep(ms(time.into())),
            Step::Signal => drop(self.session.signal(id("a"), "x".into())),
            Step::SetInfo(info) => self.session.set_info(info),
            Step::Reconnect => self.session.reconnect(self.now),
            Step::Claim(claim) => self.session.handle_claim(claim, self.now),
            Step::Close => self.session.close(),
        }
        self.drain();
    }

    /// Who is in the room, had one listened to the events only.
    fn listened(&self) -> Vec<PeerId> {
        let mut peers = Vec::new();
        for event in &self.events {
            match event {
                SessionEvent::PeerJoined(peer) => {
                    assert!(!peers.contains(&peer.peer), "joined twice");
                    peers.push(peer.peer.clone());
                }
                SessionEvent::PeerLeft { peer, .. } => {
                    assert!(peers.contains(peer), "left, and was not there");
                    peers.retain(|known| known != peer);
                }
                _ => {}
            }
        }
        peers.sort();
        peers
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    // `drain` asserts after each step: one socket at most, and always a deadline or an end.
    #[test]
    fn whatever_happens_there_is_one_socket_at_most_and_never_a_wait_without_end(
        seed in any::<u64>(), steps in prop::collection::vec(step(), 0..60), max in prop::option::of(1..5u32),
        reload in prop::option::of(Just(ms(10_000))), kept in prop::sample::select(vec!["", "me token"]),
    ) {
        let config = SessionConfig::new(RoomId::new("r").unwrap()).with_reload(reload, Identity::read(kept));
        let mut world = World::new(config.with_backoff(BackoffConfig::new().with_max_attempts(max)), seed);
        for step in steps {
            world.take(step);
        }
        let roster: Vec<_> = world.session.peers().iter().map(|peer| peer.peer.clone()).collect();
        prop_assert_eq!(roster, world.listened());
    }

    #[test]
    fn after_any_trouble_a_server_that_is_well_again_has_it_back(
        seed in any::<u64>(), steps in prop::collection::vec(step(), 0..40),
    ) {
        let mut world = World::new(SessionConfig::new(RoomId::new("r").unwrap()), seed);
        for step in steps {
            world.take(step);
        }
        if !matches!(world.session.state(), SessionState::Failed { .. } | SessionState::Closed) {
            // Nothing that was begun lasts longer than this.
            let bound = LONGEST_CONNECT + LONGEST_FLOOR + ms(75_000);
            let end = world.now + bound;
            while world.session.state() != SessionState::Joined {
                match world.session.state() {
                    SessionState::Connecting { .. } => {
                        world.open();
                        world.hear(welcome("me", &[]));
                    }
                    _ => world.pass(ms(100)),
                }
                prop_assert!(world.now <= end, "still {:?}", world.session.state());
            }
        }
    }

    #[test]
    fn two_pages_that_lose_the_same_server_do_not_come_back_together(one in any::<u64>(), other in any::<u64>()) {
        prop_assume!(one != other);
        let wait = |seed| {
            let mut world = World::new(SessionConfig::new(RoomId::new("r").unwrap()), seed);
            world.lose(1006);
            world.wait()
        };
        prop_assert_ne!(wait(one), wait(other));
    }
}
