//! Random schedules: whatever comes in whatever order, the hub's books agree.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};

use super::super::room::Presence;
use super::super::{Fault, Seat};
use super::*;

const SCHEDULES: u64 = 500;
const STEPS: u32 = 150;

#[test]
fn no_schedule_breaks_the_books() {
    let mut welcomes = 0;
    for seed in 0..SCHEDULES {
        welcomes += play(seed);
    }
    assert!(welcomes > SCHEDULES as usize * 10, "the schedules reached little: {welcomes} welcomes");
}

/// Plays one schedule and counts its welcomes.
fn play(seed: u64) -> usize {
    let mut random = fastrand::Rng::with_seed(seed);
    let config = config().with_peers_per_room(3).with_rooms(2).with_connections(4).with_info_bytes(4);
    let mut world = World::with_seed(config, seed);
    let mut open: Vec<ConnId> = Vec::new();
    let mut closed: HashSet<ConnId> = HashSet::new();
    let mut rooms_of: HashMap<PeerId, RoomId> = HashMap::new();
    let mut kicked: HashSet<PeerId> = HashSet::new();
    let mut tokens: Vec<Token> = Vec::new();
    let mut welcomes = 0;
    for _ in 0..STEPS {
        let conn = if open.is_empty() || random.u8(..) < 40 {
            open.push(world.connect());
            open[open.len() - 1]
        } else {
            open[random.usize(..open.len())]
        };
        let room = RoomId::new(["a", "b", "c"][random.usize(..3)]).unwrap();
        let now = world.now;
        match random.u8(..21) {
            0..8 => {
                let resume = random.bool().then(|| random.choice(&tokens).cloned()).flatten();
                let capacity = random.bool().then(|| random.u16(1..5));
                let info = random.bool().then(|| "x".repeat(random.usize(..6)));
                let reload = random.bool().then(|| Duration::from_millis(random.u64(..60_000)));
                let hello = Hello { resume, capacity, info, reload, ..Hello::new(room.clone()) };
                world.say(conn, ClientMessage::Hello(hello));
            }
            8..12 => {
                let peers: Vec<_> = rooms_of.keys().cloned().collect();
                if let Some(to) = random.choice(&peers) {
                    world.signal(conn, to, "hi");
                }
            }
            12 => world.say(conn, ClientMessage::Leave),
            13 => world.say(conn, ClientMessage::Ping),
            14 => world.say(conn, ClientMessage::Info { info: None }),
            15 => world.commands = world.hub.handle_fault(conn, Fault::TooSlow, world.now),
            16 => world.commands = world.hub.handle_fault(conn, Fault::NotText, world.now),
            17 | 18 => {
                let ways = [Departure::Left, Departure::Away, Departure::Lost];
                let departure = ways[random.usize(..ways.len())];
                world.commands = world.hub.handle_disconnected(conn, departure, world.now);
                closed.insert(conn);
            }
            19 => {
                let peers: Vec<_> = rooms_of.iter().collect();
                let Some((peer, room)) = random.choice(&peers) else { continue };
                let (room, peer) = ((*room).clone(), (*peer).clone());
                let one = random.u8(..10) > 0;
                // Who has left the room is not kicked with it.
                let all = world.hub.rooms.get(&room).into_iter().flat_map(|room| room.members.keys().cloned());
                kicked.extend(if one { vec![peer.clone()] } else { all.collect() });
                let kick = if one { Kick::Peer { room, peer } } else { Kick::Room { room } };
                let (count, commands) = world.hub.handle_kick(&kick, now);
                let left = |command: &Command| matches!(command, Command::Close(CloseCode::Kicked));
                assert!(commands.iter().filter(|(_, command)| left(command)).count() <= count);
                world.commands = commands;
            }
            _ => world.pass(Duration::from_secs(random.u64(..40))),
        }
        for (to, command) in std::mem::take(&mut world.commands) {
            assert!(!closed.contains(&to), "seed {seed}: {command:?} for {to}, which is closed");
            match command {
                Command::Close(_) => {
                    closed.insert(to);
                }
                Command::Send(ServerMessage::Welcome(welcome)) => {
                    welcomes += 1;
                    assert_eq!(world.hub.peer(to), Some(&welcome.peer));
                    assert!(!kicked.contains(&welcome.peer), "seed {seed}: a kicked peer was let in");
                    let before = rooms_of.insert(welcome.peer.clone(), room.clone());
                    assert!(before.is_none_or(|before| before == room), "seed {seed}: an id changed its room");
                    tokens.push(welcome.resume);
                }
                Command::Send(ServerMessage::Signal { from, .. }) => {
                    let to = world.hub.peer(to).expect("a signal for nobody");
                    assert_eq!(rooms_of[&from], rooms_of[to], "seed {seed}: a signal left its room");
                }
                Command::Send(_) => {}
            }
        }
        open.retain(|conn| !closed.contains(conn));
        the_books_agree(&world.hub, seed);
    }
    welcomes
}

fn the_books_agree(hub: &Hub, seed: u64) {
    let mut connected = BTreeMap::new();
    let mut suspended = BTreeSet::new();
    assert!(hub.rooms.len() <= hub.config.rooms, "seed {seed}: too many rooms");
    for (id, room) in &hub.rooms {
        assert!(!room.members.is_empty(), "seed {seed}: an empty room is kept");
        assert!(room.members.len() <= usize::from(room.capacity), "seed {seed}: a room holds too many");
        for (peer, member) in &room.members {
            let seat = Seat { room: id.clone(), peer: peer.clone() };
            match member.presence {
                Presence::Connected(conn) => assert_eq!(connected.insert(conn, seat), None, "seed {seed}"),
                Presence::Suspended { until, .. } => drop(suspended.insert((until, seat))),
            }
        }
    }
    let seated = hub.connections.iter().filter_map(|(conn, seat)| Some((*conn, seat.clone()?))).collect();
    assert_eq!(connected, seated, "seed {seed}: members and connections differ");
    assert_eq!(hub.expiries, suspended, "seed {seed}: the suspended and their deadlines differ");
    assert!(hub.expiries.len() <= hub.config.connections, "seed {seed}: too many suspended");
}
