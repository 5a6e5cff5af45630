//! Two links hear again what was recorded.

use std::collections::{BTreeMap, VecDeque};

use rejoin_proto::id::{Epoch, Incarnation};
use rejoin_proto::link::{
    BrowserEvent, Carrier, CloseReason, IceRestart, Link, LinkConfig, LinkMessage, Need, Output, RecoveryConfig, Relay,
    RoleRule,
};
use rejoin_proto::time::Instant;

use super::recording::{Entry, Of, SIDES, Trace, What};

pub(crate) struct Replay {
    trace: Trace,
    now: u64,
    links: [Link; 2],
    /// The epochs of each side's connections, and by how many ms later they were opened than when recorded.
    opened: [Vec<(Epoch, i64)>; 2],
    closed: Vec<Of>,
    /// What was asked and is not yet found in the recording.
    asked: BTreeMap<Of, VecDeque<String>>,
    /// All of it.
    all_asked: [Vec<(u64, String)>; 2],
    messages: VecDeque<(usize, LinkMessage)>,
}

impl Replay {
    pub(crate) fn new(trace: Trace) -> Self {
        let now = Instant::from_millis(trace.begin);
        let link = |name: &str| {
            let config = LinkConfig {
                local: Incarnation::new(name).unwrap(),
                role: RoleRule::ByIncarnation,
                remote_need: Need::default(),
                seed: 1,
                relay: Relay::Unavailable,
                recovery: RecoveryConfig::new(),
            };
            Link::new(config, now)
        };
        let links = ["a", "b"].map(link);
        Self {
            now: trace.begin,
            trace,
            links,
            opened: Default::default(),
            closed: Vec::new(),
            asked: BTreeMap::new(),
            all_asked: Default::default(),
            messages: VecDeque::new(),
        }
    }

    fn at(&self) -> Instant {
        Instant::from_millis(self.now)
    }

    pub(crate) fn run(&mut self) {
        let (now, need) = (self.at(), self.trace.need);
        for link in &mut self.links {
            link.set_need(need, now);
            link.handle_carrier(Carrier::Up, now);
            link.connect(now);
        }
        loop {
            self.drive();
            while self.find_asked() || self.hear() {
                self.drive();
            }
            let Some(next) = self.next_time() else { break };
            self.now = self.now.max(next);
            let now = self.at();
            for link in &mut self.links {
                if link.poll_timeout().is_some_and(|at| at <= now) {
                    link.handle_timeout(now);
                }
            }
        }
        let left: Vec<_> = self.asked.iter().filter(|(_, asked)| !asked.is_empty()).collect();
        assert!(left.is_empty(), "asked, and not when it was recorded: {left:?}");
        assert_eq!(self.all_asked, self.trace.asked, "what was asked of all connections, in its order");
        let states = self.links.each_ref().map(|link| link.state().as_str().to_owned());
        assert_eq!(states, self.trace.end, "the states at the end");
        for link in &self.links {
            let counters = link.counters();
            assert_eq!((counters.unexpected, counters.malformed, counters.old_epoch), (0, 0, 0), "{counters:?}");
        }
    }

    /// Links and carrier, until nothing moves.
    fn drive(&mut self) {
        loop {
            let now = self.at();
            if let Some(side) = (0..2).find_map(|side| self.links[side].poll_output().map(|output| (side, output))) {
                self.act(side.0, side.1);
            } else if let Some((to, message)) = self.messages.pop_front() {
                self.links[to].handle_message(message, now);
            } else {
                return;
            }
        }
    }

    fn act(&mut self, side: usize, output: Output) {
        let number = |epoch| {
            let at = self.opened[side].iter().position(|(of, _)| *of == epoch);
            at.unwrap_or_else(|| panic!("epoch {epoch} is not open")) as u64 + 1
        };
        let (of, what) = match output {
            Output::Send(message) => return self.messages.push_back((1 - side, message)),
            Output::Event(_) | Output::Beat { .. } => return,
            Output::CountBytes { epoch } => return self.count(side, number(epoch), epoch),
            Output::Open { epoch, .. } => {
                let number = self.opened[side].len() as u64 + 1;
                let recorded = self.trace.connections.get(&(side, number)).and_then(|queue| queue.front());
                let recorded = recorded.unwrap_or_else(|| panic!("{} opens a connection that was not", SIDES[side]));
                self.opened[side].push((epoch, self.now as i64 - recorded.at as i64));
                ((side, number), "open")
            }
            Output::SetLocalDescription { epoch, ice_restart, .. } => {
                let of = (side, number(epoch));
                if ice_restart != IceRestart::No {
                    self.ask(of, "restartIce");
                }
                (of, "setLocalDescription")
            }
            Output::SetRemoteDescription { epoch, .. } => ((side, number(epoch)), "setRemoteDescription"),
            Output::AddCandidate { epoch, .. } => ((side, number(epoch)), "addIceCandidate"),
            Output::Close { epoch } => {
                self.closed.push((side, number(epoch)));
                ((side, number(epoch)), "close")
            }
            other => panic!("unknown output {other:?}"),
        };
        self.ask(of, what);
    }

    fn ask(&mut self, of: Of, what: &str) {
        self.asked.entry(of).or_default().push_back(what.to_owned());
        self.all_asked[of.0].push((of.1, what.to_owned()));
    }

    /// The browser counted some ms later, when it was recorded: what it had by then.
    fn count(&mut self, side: usize, number: u64, epoch: Epoch) {
        let later = self.opened[side][number as usize - 1].1;
        let counts = self.trace.bytes.get(&(side, number)).map(Vec::as_slice).unwrap_or_default();
        let recorded = self.now as i64 - later;
        let next = counts.iter().find(|(at, _)| *at as i64 >= recorded - 5).or(counts.last());
        let now = self.at();
        self.links[side].handle_browser(epoch, BrowserEvent::BytesReceived(next.map(|(_, bytes)| *bytes)), now);
    }

    /// When an entry of this connection is due: `None` while that is not open.
    fn due(&self, (side, number): Of, entry: &Entry) -> Option<u64> {
        let (_, later) = self.opened[side].get(number as usize - 1)?;
        u64::try_from(entry.at as i64 + later).ok()
    }

    /// Takes what was asked off the recording, where that is what comes next there.
    fn find_asked(&mut self) -> bool {
        let mut found = false;
        for (of, queue) in &mut self.trace.connections {
            let Some(Entry { what: What::Asked(expected), at }) = queue.front() else { continue };
            let Some(asked) = self.asked.get_mut(of).and_then(VecDeque::pop_front) else { continue };
            assert_eq!(asked, *expected, "asked of connection {of:?}, recorded at {at}");
            queue.pop_front();
            found = true;
        }
        found
    }

    /// One link hears what is due.
    fn hear(&mut self) -> bool {
        let now = self.at();
        if self.trace.persons.front().is_some_and(|(at, ..)| *at <= self.now)
            && let Some((_, side, what)) = self.trace.persons.pop_front()
        {
            match what.as_str() {
                "reconnect" => self.links[side].reconnect(now),
                "close" => self.links[side].close(CloseReason::HungUp, now),
                "closeConnection" => {
                    let number = self.opened[side].len() as u64;
                    self.ask((side, number), "close");
                }
                other => panic!("nobody does {other}"),
            }
            return true;
        }
        let said = self.trace.connections.iter().filter_map(|(of, queue)| {
            let entry = queue.front().filter(|entry| matches!(entry.what, What::Said(_)))?;
            Some((self.due(*of, entry)?, *of)).filter(|(due, _)| *due <= self.now)
        });
        let Some((_, of)) = said.min() else { return false };
        let Some(Entry { what: What::Said(event), .. }) =
            self.trace.connections.get_mut(&of).and_then(VecDeque::pop_front)
        else {
            return false;
        };
        // A connection that the link has closed is heard of no more.
        if !self.closed.contains(&of) {
            let (epoch, _) = self.opened[of.0][of.1 as usize - 1];
            self.links[of.0].handle_browser(epoch, event, now);
        }
        true
    }

    /// When something happens next; `None` at the end of the recording.
    fn next_time(&self) -> Option<u64> {
        let heads = self.trace.connections.iter().filter_map(|(of, queue)| Some((*of, queue.front()?)));
        let mut left = self.trace.persons.front().map(|(at, ..)| *at);
        for (of, entry) in heads {
            let due = self.due(of, entry);
            let late = due.map_or(0, |due| self.now.saturating_sub(due));
            assert!(late < PATIENCE, "{entry:?} of connection {of:?} was recorded and does not come");
            let due = if let What::Asked(_) = entry.what { due.map(|due| due + PATIENCE) } else { due };
            let due = due.unwrap_or(self.now + PATIENCE);
            left = Some(left.map_or(due, |left| left.min(due)));
        }
        let timeouts = self.links.iter().filter_map(Link::poll_timeout);
        let timeouts = timeouts.map(|at| at.since_origin().as_nanos().div_ceil(1_000_000) as u64);
        left.map(|left| timeouts.chain([left]).min().unwrap_or(left))
    }
}

/// How many ms later than recorded a link may ask for something: real messages take time, those here none, and timers are
/// counted from other moments.
const PATIENCE: u64 = 1_000;
