//! Two pages with all that rejoin has in them, their browsers, and the server, in virtual time.

use fastrand::Rng;
use rejoin_proto::link::{BrowserEvent, InternalChannel};
use rejoin_proto::time::Instant;

use super::channel::Ended;
use super::network::Socket;
use super::page::Page;
use super::plan::Plan;
use super::server::Server;
use crate::browser::Pc;
use crate::coverage::Coverage;
use crate::engine::{Agenda, Due, Engine, Happened, Inside};
use crate::world::MAX_STEPS;

/// What will happen.
#[derive(Debug, Clone)]
pub(crate) enum Thing {
    /// The next of what is on its way on this socket arrives.
    ToServer(usize),
    ToPage(usize),
    /// A signal that was overtaken, or comes once more.
    Late(usize, String),
    PageSeesCut(usize),
    ServerSeesCut(usize),
    ServerLooks(usize),
    /// The server comes back, with this key.
    ServerStarts(u32),
    /// By the internal channel of this connection.
    InBand(usize, Box<rejoin_proto::link::LinkMessage>),
    Beat(usize, rejoin_proto::link::Beat),
    Bytes(usize),
    Inside(usize, Inside),
    /// The leg that this end has made on its connection opens.
    LegOpens(usize),
    /// The next of what is on its way to this end by the legs arrives.
    Leg(usize),
    /// Of the channel of a link: the application reads, the leg has room again, a timer.
    Read(usize, u64),
    Flush(usize, u64),
    AckDelay(usize, u64),
    CloseDeadline(usize, u64),
    Person(usize),
    Fault,
    Load(usize),
    PageShow(usize),
}

pub(crate) struct World<'a> {
    pub(crate) now: u64,
    pub(crate) rng: Rng,
    pub(crate) plan: Plan,
    pub(crate) agenda: Agenda<Thing>,
    pub(crate) engine: Engine,
    pub(crate) server: Server,
    pub(crate) sockets: Vec<Socket>,
    pub(crate) pages: [Page; 2],
    pub(crate) legs: super::legs::Flight,
    /// Channels that are over, with what came of them.
    pub(crate) ended: Vec<Ended>,
    pub(crate) coverage: &'a mut Coverage,
    /// How many links there were.
    pub(crate) owners: u64,
    steps: u64,
    trace: bool,
}

impl<'a> World<'a> {
    pub(crate) fn new(seed: u64, coverage: &'a mut Coverage, trace: bool) -> Self {
        let mut rng = Rng::with_seed(seed);
        let plan = Plan::draw(&mut rng);
        if trace {
            println!("{plan:#?}");
        }
        let server = Server::new(rng.u64(..));
        Self {
            now: 0,
            rng,
            plan,
            agenda: Agenda::new(),
            engine: Engine::new(),
            server,
            sockets: Vec::new(),
            pages: [Page::new(), Page::new()],
            legs: Default::default(),
            ended: Vec::new(),
            coverage,
            owners: 0,
            steps: 0,
            trace,
        }
    }

    pub(crate) fn log(&self, line: impl FnOnce() -> String) {
        if self.trace {
            println!("{:>8} {}", self.now, line());
        }
    }

    pub(crate) fn at(&self) -> Instant {
        Instant::from_millis(self.now)
    }

    pub(crate) fn add_in(&mut self, ms: u64, thing: Thing) {
        self.agenda.add(self.now + ms, thing);
    }

    pub(crate) fn add_due(&mut self, due: Due) {
        for (ms, pc, inside) in due {
            self.add_in(ms, Thing::Inside(pc, inside));
        }
    }

    pub(crate) fn count_step(&mut self) {
        self.steps += 1;
        assert!(self.steps < MAX_STEPS, "it does not come to rest");
    }

    /// Lets the next thing happen. Persons and faults are the schedule's: they are given back. `None` where nothing happens
    /// until `end`.
    pub(crate) fn step(&mut self, end: u64) -> Option<Thing> {
        loop {
            let (timeout, thing) = (self.next_timeout(), self.agenda.next_time());
            let next = [timeout, thing].into_iter().flatten().min().filter(|next| *next <= end)?;
            self.now = self.now.max(next);
            self.engine.now = self.now;
            self.count_step();
            if thing != Some(next) {
                self.timeouts();
                continue;
            }
            let thing = self.agenda.pop()?;
            if let Some(until) = self.stands_still(&thing) {
                self.agenda.add(until, thing);
                continue;
            }
            if let Some(thing) = self.happen(thing) {
                return Some(thing);
            }
        }
    }

    /// A page that is frozen does nothing; what comes to it waits.
    fn stands_still(&self, thing: &Thing) -> Option<u64> {
        let side = match thing {
            Thing::ToPage(number) | Thing::Late(number, _) | Thing::PageSeesCut(number) => self.sockets[*number].side,
            Thing::InBand(pc, _) | Thing::Beat(pc, _) | Thing::Bytes(pc) | Thing::Leg(pc) | Thing::LegOpens(pc) => {
                self.engine.pcs[*pc].side
            }
            Thing::Inside(pc, _) => self.engine.pcs[*pc].side,
            Thing::Read(side, _) | Thing::Flush(side, _) | Thing::AckDelay(side, _) | Thing::CloseDeadline(side, _) => {
                *side
            }
            Thing::Person(side) => *side,
            Thing::ToServer(_)
            | Thing::ServerSeesCut(_)
            | Thing::ServerLooks(_)
            | Thing::ServerStarts(_)
            | Thing::Fault
            | Thing::Load(_)
            | Thing::PageShow(_) => return None,
        };
        Some(self.pages[side].frozen_until).filter(|until| *until > self.now)
    }

    fn happen(&mut self, thing: Thing) -> Option<Thing> {
        match thing {
            Thing::ToServer(number) => self.at_server(number),
            Thing::ToPage(number) => self.at_page(number),
            Thing::Late(number, text) => {
                if !self.is_cut(number) && self.sockets[number].conn.is_some() {
                    self.send_to_page(number, super::network::ToPage::Text(text));
                }
            }
            Thing::PageSeesCut(number) => self.page_sees_cut(number),
            Thing::ServerSeesCut(number) => self.lose_at_server(number, rejoin_signaling::hub::Departure::Lost),
            Thing::ServerLooks(number) => self.server_looks(number),
            Thing::ServerStarts(key) => self.start_server(key),
            Thing::InBand(pc, message) => self.in_band(pc, *message),
            Thing::Beat(pc, beat) => self.tell_link(pc, BrowserEvent::Beat(beat)),
            Thing::Bytes(pc) => {
                let bytes = self.plan.link.counts.then(|| self.engine.bytes(pc));
                self.tell_link(pc, BrowserEvent::BytesReceived(bytes));
            }
            Thing::Inside(pc, inside) => self.inside(pc, inside),
            Thing::LegOpens(pc) => self.leg_opens(pc),
            Thing::Leg(pc) => self.leg_brings(pc),
            Thing::Read(side, owner) => self.read(side, owner),
            Thing::Flush(side, owner) => self.flush_again(side, owner),
            Thing::AckDelay(side, owner) => self.ack_delay(side, owner),
            Thing::CloseDeadline(side, owner) => self.close_deadline(side, owner),
            Thing::Load(side) => self.load(side),
            Thing::PageShow(side) => self.network_change(side, rejoin_proto::session::NetworkChange::PageShow),
            // What persons and faults do is the schedule's.
            Thing::Person(_) | Thing::Fault => return Some(thing),
        }
        None
    }

    /// The next time that a machine asked for. Those of a page that sleeps come when it wakes up.
    fn next_timeout(&self) -> Option<u64> {
        let pages = self.pages.iter().filter_map(|page| {
            let links = page.links().filter_map(|peer| peer.link.poll_timeout());
            let session = page.session.as_ref().and_then(|session| session.poll_timeout());
            Some(millis(links.chain(session).min()?).max(page.sleeps_until))
        });
        pages.chain(self.server.deadline().map(millis)).min()
    }

    fn timeouts(&mut self) {
        let now = self.at();
        if self.server.deadline().is_some_and(|at| at <= now) {
            self.hub_time();
        }
        for side in 0..2 {
            if self.pages[side].sleeps_until > self.now {
                continue;
            }
            if let Some(session) = &mut self.pages[side].session
                && session.poll_timeout().is_some_and(|at| at <= now)
            {
                session.handle_timeout(now);
                let next = session.poll_timeout();
                assert!(next.is_none_or(|at| at > now), "a timeout that does nothing: {:?}", session.state());
                self.drive_session(side);
            }
            let owners: Vec<_> = self.pages[side].links().map(|peer| peer.owner).collect();
            for owner in owners {
                let Some(peer) = self.pages[side].peer(owner) else { continue };
                if peer.link.poll_timeout().is_some_and(|at| at <= now) {
                    peer.link.handle_timeout(now);
                    self.drive(side, owner);
                    let next = self.pages[side].peer(owner).and_then(|peer| peer.link.poll_timeout());
                    assert!(next.is_none_or(|at| at > now), "a timeout that does nothing");
                }
            }
        }
    }

    /// The link whose connection this is hears something of it.
    pub(crate) fn tell_link(&mut self, pc: usize, event: BrowserEvent) {
        let Pc { side, owner, epoch, open, .. } = self.engine.pcs[pc];
        let now = self.at();
        if let Some(peer) = self.pages[side].peer(owner).filter(|_| open) {
            if !matches!(event, BrowserEvent::Beat(_) | BrowserEvent::BytesReceived(_)) && self.trace {
                println!("{:>8} {side}.{owner} epoch {epoch} {event:?}", self.now);
            }
            peer.link.handle_browser(epoch, event, now);
            self.drive(side, owner);
        }
    }

    fn inside(&mut self, pc: usize, inside: Inside) {
        let (happened, due) = self.engine.inside(pc, inside, &self.plan.link, &mut self.rng, self.coverage);
        self.add_due(due);
        for Happened { event, .. } in happened {
            match event {
                BrowserEvent::InternalChannel(InternalChannel::Open) => {
                    let at = self.rng.u64(0..30);
                    self.add_in(at, Thing::LegOpens(pc));
                }
                BrowserEvent::InternalChannel(InternalChannel::Closed) => self.legs_close(pc),
                _ => {}
            }
            self.tell_link(pc, event);
        }
    }

    fn in_band(&mut self, pc: usize, message: rejoin_proto::link::LinkMessage) {
        let Pc { side, owner, open, .. } = self.engine.pcs[pc];
        if self.engine.pcs[pc].path.deaf_until > self.now {
            self.coverage.add("lost: in band");
            return;
        }
        let now = self.at();
        if let Some(peer) = self.pages[side].peer(owner).filter(|_| open) {
            self.coverage.add("in band");
            peer.link.handle_message(message, now);
            self.drive(side, owner);
        }
    }
}

/// Rounded up, as a browser's timer is.
fn millis(at: Instant) -> u64 {
    at.since_origin().as_nanos().div_ceil(1_000_000) as u64
}
