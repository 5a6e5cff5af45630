//! What must be true of the messages of every schedule, and what is counted.

use std::collections::HashMap;

use rejoin_proto::durable::{Direction, StreamId};
use rejoin_proto::id::Incarnation;

use super::channel::{Channel, Told};
use super::page::Peer;
use super::world::World;

/// One end of a channel, of a link that lives or is over.
struct End<'a> {
    side: usize,
    channel: &'a Channel,
    local: &'a Incarnation,
    met: &'a [Incarnation],
}

impl End<'_> {
    /// Whether it went with its page, which could tell nobody of a loss.
    fn is_gone(&self, living: &[StreamId]) -> bool {
        !self.channel.closed && !living.contains(&self.channel.end.stream())
    }

    fn told(&self, direction: Direction, of: Option<StreamId>, number: u64) -> bool {
        let covers = |told: &&Told| told.lost.direction == direction && told.of == of;
        self.channel
            .lost
            .iter()
            .filter(covers)
            .any(|Told { lost, .. }| lost.from <= number && lost.to.is_none_or(|to| to >= number))
    }

    fn took(&self, stream: StreamId, number: u64) -> bool {
        self.channel.got.contains(&(stream, number))
    }
}

impl World<'_> {
    /// Every message arrived exactly once and in order, or its loss was told; none came from another call.
    pub(super) fn check_messages(&mut self) {
        let ended =
            self.ended.iter().map(|it| End { side: it.side, channel: &it.channel, local: &it.local, met: &it.met });
        let mut ends: Vec<_> = ended.collect();
        let over = ends.len();
        for (side, page) in self.pages.iter().enumerate() {
            ends.extend(page.links().map(|peer| End {
                side,
                channel: &peer.channel,
                local: peer.link.local(),
                met: &peer.met,
            }));
        }
        let living: Vec<_> = ends[over..].iter().map(|end| end.channel.end.stream()).collect();
        let streams: HashMap<_, _> = ends.iter().map(|end| (end.channel.end.stream().0, end)).collect();
        for receiver in &ends {
            self.check_received(receiver, &streams);
        }
        for sender in &ends {
            check_sent(sender, &ends, &living);
        }
        let told = check_told_on_both_sides(&ends, &living);
        self.coverage.add_many("loss told on both sides", told);
    }

    fn check_received(&self, receiver: &End<'_>, streams: &HashMap<u64, &End<'_>>) {
        let mut last: HashMap<u64, u64> = HashMap::new();
        let mut before = None;
        for (stream, number) in &receiver.channel.got {
            let sender = streams[&stream.0];
            assert_ne!(sender.side, receiver.side, "a message of its own side");
            let of_this_call = sender.met.contains(receiver.local) && receiver.met.contains(sender.local);
            assert!(of_this_call, "a message of another call");
            assert!(*number <= sender.channel.pushed, "a message that was never sent");
            let newest = last.get(&stream.0).copied().unwrap_or(0);
            if self.plan.order == rejoin_proto::channel::Order::Ordered {
                assert!(*number > newest, "{number} of {stream:?} after {newest}: twice, or out of order");
            }
            last.insert(stream.0, newest.max(*number));
            if before != Some(*stream) {
                assert!(newest == 0, "a former page's message after those of the next");
                before = Some(*stream);
            }
        }
        let mut all = receiver.channel.got.iter().map(|(stream, number)| (stream.0, *number)).collect::<Vec<_>>();
        all.sort_unstable();
        assert!(all.windows(2).all(|pair| pair[0] != pair[1]), "a message came twice");
    }

    pub(super) fn count_link(&mut self, peer: &Peer) {
        let counters = *peer.link.counters();
        let counts = [
            ("resent", counters.resent),
            ("misaddressed", counters.misaddressed),
            ("retired", counters.retired),
            ("unproved", counters.unproved),
            ("duplicate", counters.duplicate),
            ("old epoch", counters.old_epoch),
            ("candidate dropped", counters.candidates_dropped),
            ("late browser event", counters.late_browser_event),
        ];
        for (what, times) in counts {
            self.coverage.add_many(what, times.into());
        }
        assert!(peer.sent < 20_000, "{} messages were sent", peer.sent);
    }

    pub(super) fn count_channel(&mut self, channel: &Channel) {
        let counters = channel.end.counters();
        assert_eq!((counters.malformed, counters.overrun, counters.bad_ack), (0, 0, 0), "an honest other side");
        let counts = [
            ("durable: duplicate dropped", counters.duplicate),
            ("durable: replayed", counters.replayed),
            ("durable: stale", counters.stale),
        ];
        for (what, times) in counts {
            self.coverage.add_many(what, times.into());
        }
        self.coverage.add_many("durable: messages read", channel.got.len() as u64);
        for told in &channel.lost {
            self.coverage.add(match (told.lost.direction, told.of) {
                (Direction::Sent, Some(_)) => "durable: loss told of one's own",
                (Direction::Sent, None) => "durable: loss told of a former page's",
                (Direction::Received, _) => "durable: loss told of the other's",
            });
        }
    }
}

/// Each message that was accepted was read by somebody, or somebody was told.
fn check_sent(sender: &End<'_>, ends: &[End<'_>], living: &[StreamId]) {
    let stream = sender.channel.end.stream();
    let others = || ends.iter().filter(|end| end.side != sender.side && end.channel.knew.contains(&stream));
    // Where it went with its page, it is for those to know who knew it and neither are gone too nor hung up.
    if sender.is_gone(living) && others().all(|other| other.is_gone(living) || other.channel.hung_up) {
        return;
    }
    for number in 1..=sender.channel.pushed {
        let read = others().any(|other| other.took(stream, number));
        let told = sender.told(Direction::Sent, Some(stream), number)
            || others().any(|other| other.told(Direction::Received, Some(stream), number));
        assert!(
            read || told,
            "{number} of {stream:?} is lost and nobody was told: {:?}, {:?}",
            sender.channel.lost,
            others().map(|other| (&other.channel.lost, &other.channel.knew)).collect::<Vec<_>>()
        );
    }
}

/// A page that was loaded anew, and the one that stayed, hear of the same loss. How often that was.
fn check_told_on_both_sides(ends: &[End<'_>], living: &[StreamId]) -> u64 {
    let mut times = 0;
    for stayed in ends.iter().filter(|end| living.contains(&end.channel.end.stream())) {
        let Some([former, now]) = stayed.channel.knew.last_chunk::<2>() else { continue };
        let Some(loaded) = ends.iter().find(|end| end.channel.end.stream() == *now && living.contains(now)) else {
            continue;
        };
        let of_former = |told: &&Told| told.lost.direction == Direction::Received && told.of == Some(*former);
        let Some(here) = stayed.channel.lost.iter().filter(of_former).find(|told| told.lost.to.is_none()) else {
            continue;
        };
        let there = loaded.channel.lost.iter().find(|told| told.lost.direction == Direction::Sent && told.of.is_none());
        assert_eq!(
            there.map(|told| told.lost.from),
            Some(here.lost.from),
            "the loss that was told where the page stayed, and where it was loaded anew"
        );
        times += 1;
    }
    times
}
