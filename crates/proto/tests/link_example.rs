//! The example exchange in `docs/protocol.md` is what two links say to each other.
#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "tests")]

use core::time::Duration;
use std::collections::VecDeque;
use std::path::Path;

use rejoin_proto::ice::IceCandidate;
use rejoin_proto::id::Incarnation;
use rejoin_proto::link::{
    BrowserEvent, Carrier, CloseReason, InternalChannel, Link, LinkConfig, LinkMessage, LinkState, Need, Output,
    RecoveryConfig, Relay, Role, RoleRule, SessionDescription, Wire,
};
use rejoin_proto::state::ConnectionState;
use rejoin_proto::time::Instant;

/// Two members of a room, `a` and `b`, each with a camera and a microphone; `a` calls.
struct World {
    links: [Link; 2],
    inbound: [VecDeque<LinkMessage>; 2],
    now: Instant,
    said: Vec<String>,
}

const NAMES: [&str; 2] = ["a", "b"];
const SDP: &str = "v=0\r\na=ice-ufrag:EsAw\r\n";

fn link(side: usize, now: Instant) -> Link {
    let config = LinkConfig {
        local: Incarnation::new(NAMES[side]).unwrap(),
        role: RoleRule::Fixed(if side == 0 { Role::Offerer } else { Role::Answerer }),
        remote_need: Need::new(1, 1),
        seed: 1,
        relay: Relay::Unavailable,
        recovery: RecoveryConfig::new(),
    };
    let mut link = Link::new(config, now);
    link.handle_carrier(Carrier::Up, now);
    link.set_need(Need::new(1, 1), now);
    link
}

impl World {
    /// The browser does what it is told, and finds one candidate.
    fn act(&mut self, side: usize, output: Output) {
        let (link, now) = (&mut self.links[side], self.now);
        match output {
            Output::Send(message) => {
                let mut wire = Wire::from(&message);
                wire.sdp = wire.sdp.map(|_| "v=0…".to_owned());
                let json = serde_json::to_string(&wire).unwrap();
                self.said.push([NAMES[side], " → ", &json].concat());
                self.inbound[1 - side].push_back(message);
            }
            Output::SetLocalDescription { epoch, kind, .. } => {
                let description = SessionDescription { kind, sdp: SDP.to_owned() };
                link.handle_browser(epoch, BrowserEvent::LocalDescription(description), now);
                let candidate = "candidate:1 …".to_owned();
                let candidate = IceCandidate { candidate, sdp_mid: Some("0".to_owned()), ..IceCandidate::default() };
                for found in [Some(candidate), None] {
                    link.handle_browser(epoch, BrowserEvent::Candidate(found), now);
                }
            }
            Output::SetRemoteDescription { epoch, .. } => {
                link.handle_browser(epoch, BrowserEvent::RemoteDescriptionSet, now);
            }
            _ => {}
        }
    }

    /// Takes what there is to do now, one side after the other.
    fn run(&mut self) {
        loop {
            let mut rest = true;
            for side in [0, 1] {
                while let Some(output) = self.links[side].poll_output() {
                    self.act(side, output);
                    rest = false;
                }
                if let Some(message) = self.inbound[side].pop_front() {
                    self.links[side].handle_message(message, self.now);
                    rest = false;
                }
            }
            if rest {
                return;
            }
        }
    }

    /// Nothing is said any more.
    fn rest(&mut self) {
        self.now = self.now + Duration::from_millis(100);
        for link in &mut self.links {
            link.handle_timeout(self.now);
        }
        self.run();
    }

    fn up(&mut self) {
        for link in &mut self.links {
            let epoch = link.epoch();
            link.handle_browser(epoch, BrowserEvent::ConnectionState(ConnectionState::Connected), self.now);
            link.handle_browser(epoch, BrowserEvent::InternalChannel(InternalChannel::Open), self.now);
        }
        self.run();
    }
}

#[test]
fn the_example_of_the_protocol_is_what_two_links_say() {
    let now = Instant::from_millis(1000);
    let mut world = World { links: [link(0, now), link(1, now)], inbound: Default::default(), now, said: Vec::new() };
    world.links[0].connect(now);
    world.run();
    world.rest();
    world.up();
    assert_eq!([0, 1].map(|side| *world.links[side].state()), [LinkState::Connected; 2]);
    world.links[0].close(CloseReason::HungUp, world.now);
    world.run();
    let page = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/protocol.md");
    let page = std::fs::read_to_string(page).unwrap();
    let (_, page) = page.split_once("## Link protocol").unwrap();
    let (_, example) = page.split_once("```text\n").unwrap();
    let (example, _) = example.split_once("\n```").unwrap();
    assert_eq!(world.said.join("\n"), example, "the page has another exchange");
}
