//! What a durable channel promises, one story each.

use rejoin_proto::channel::{Message, Order};
use rejoin_proto::durable::{Direction, Durable, Lost, MAX_BYTES, MAX_MESSAGES, OVERHEAD, Refusal, StreamId};
use rejoin_proto::id::Epoch;

use crate::world::{Token, World};

fn connected(order: Order) -> World {
    let mut world = World::new(order);
    world.connect_now();
    world
}

fn of(stream: u64, numbers: impl IntoIterator<Item = u64>) -> Vec<Token> {
    numbers.into_iter().map(|number| (stream, number)).collect()
}

fn lost(world: &World, side: usize) -> Vec<(Direction, u64, Option<u64>)> {
    world.sides[side].lost.iter().map(|Lost { direction, from, to, .. }| (*direction, *from, *to)).collect()
}

#[test]
fn messages_arrive_in_order_both_ways_with_five_bytes_each() {
    let mut world = connected(Order::Ordered);
    (0..10).for_each(|_| assert!(world.push(0) && world.push(1)));
    world.settle();
    assert_eq!(world.sides[1].got, of(1, 1..=10));
    assert_eq!(world.sides[0].got, of(2, 1..=10));
    assert_eq!(world.sides[0].end.unacknowledged_bytes(), 0);

    assert!(world.sides[0].end.push(Message::from("hello")).is_ok());
    let frame = world.sides[0].end.poll_frame().unwrap();
    assert_eq!(frame.bytes.len(), "hello".len() + OVERHEAD - 8);
    world.sides[0].end.handle_sent(frame);
}

#[test]
fn the_first_message_waits_for_nobody() {
    let mut world = World::new(Order::Ordered);
    assert!(world.push(0));
    world.connect();
    world.open(0, 0);
    // Where it stands, and the message.
    assert!(world.flush(0, 2, false));
    while world.deliver(0, 0, 0) {}
    assert!(world.take(1));
}

#[test]
fn what_a_lost_connection_swallowed_is_replayed_and_no_more() {
    let mut world = connected(Order::Ordered);
    (0..10).for_each(|_| assert!(world.push(0)));
    assert!(world.flush(0, 100, false));
    // Its leg, where it stands, and four messages arrive.
    (0..6).for_each(|_| assert!(world.deliver(0, 0, 0)));
    world.lose(0);
    assert!(!world.sides[0].end.is_ready());
    world.connect_now();
    world.settle();
    assert_eq!(world.sides[1].got, of(1, 1..=10));
    assert_eq!(world.sides[0].end.counters().replayed, 6);
    assert_eq!(world.sides[1].end.counters().duplicate, 0);
}

#[test]
fn a_message_on_two_connections_is_taken_once() {
    let mut world = connected(Order::Ordered);
    world.settle();
    (0..5).for_each(|_| assert!(world.push(0)));
    assert!(world.flush(0, 100, false));
    // The next connection is there before the last is gone.
    world.connect_now();
    (0..2).for_each(|side| assert!(world.flush(side, 100, false)));
    for side in [1, 0, 1, 0] {
        while world.deliver(1, side, 0) {}
        world.flush(0, 100, false);
    }
    while world.deliver(0, 0, 0) {}
    world.settle();
    assert_eq!(world.sides[1].got, of(1, 1..=5));
    assert_eq!(world.sides[1].end.counters().duplicate, 5);
}

#[test]
fn a_side_that_falls_back_to_the_old_connection_goes_on_there() {
    let mut world = connected(Order::Ordered);
    world.settle();
    // Only this side ever used the new one, and it is gone with what it carried.
    world.connect();
    world.open(1, 0);
    (0..3).for_each(|_| assert!(world.push(0)));
    assert!(world.flush(0, 100, false));
    world.lose(1);
    world.settle();
    assert_eq!(world.sides[1].got, of(1, 1..=3));
}

#[test]
fn without_order_a_late_message_holds_up_no_other() {
    let mut world = connected(Order::Unordered);
    world.settle();
    (0..3).for_each(|_| assert!(world.push(0)));
    assert!(world.flush(0, 100, false));
    assert!(world.deliver(0, 0, 2) && world.deliver(0, 0, 1));
    while world.take(1) {}
    assert_eq!(world.sides[1].got, of(1, [3, 2]));
    world.settle();
    assert_eq!(world.sides[1].got, of(1, [3, 2, 1]));
}

#[test]
fn without_order_only_what_is_missing_is_replayed() {
    let mut world = connected(Order::Unordered);
    world.settle();
    (0..9).for_each(|_| assert!(world.push(0)));
    assert!(world.flush(0, 100, false));
    // 3, 4, 6 arrive.
    assert!(world.deliver(0, 0, 2) && world.deliver(0, 0, 2) && world.deliver(0, 0, 3));
    world.lose(0);
    world.connect_now();
    world.settle();
    world.check();
    assert_eq!(world.sides[1].end.counters().duplicate, 0);
}

#[test]
fn so_much_is_accepted_while_nobody_takes_it_and_then_the_sender_waits() {
    let mut world = World::new(Order::Ordered);
    let end = &mut world.sides[0].end;
    end.set_max_frame(usize::MAX);
    let large = || Message::Binary(vec![0; MAX_BYTES / 4]);
    (0..4).for_each(|_| assert!(end.push(large()).is_ok()));
    assert_eq!(end.unacknowledged_bytes(), MAX_BYTES);
    assert_eq!(end.push(Message::from("x")), Err(Message::from("x")));

    let mut world = connected(Order::Ordered);
    (0..MAX_MESSAGES).for_each(|_| assert!(world.push(0)));
    assert!(!world.push(0));
    assert!(world.flush(0, usize::MAX, false));
    while world.deliver(0, 0, 0) {}
    assert_eq!(world.sides[1].end.counters().overrun, 0);
    // What is received and not read is not acknowledged: the reader sets the pace.
    assert!(!world.sides[1].end.owes() && !world.push(0));
    world.settle();
    assert!(world.push(0));
}

#[test]
fn a_channel_that_nobody_has_heard_of_closes_at_once() {
    let mut world = World::new(Order::Ordered);
    world.sides[0].end.close();
    world.hear(0);
    assert!(world.sides[0].closed && world.sides[0].lost.is_empty());
    assert!(world.push(1));
    world.sides[1].end.close();
    assert!(!world.sides[1].end.is_closed(), "a message waits");
}

#[test]
fn what_the_other_side_may_not_take_waits_until_it_is_known() {
    let mut end = Durable::new(StreamId(1), Order::Ordered);
    let large = vec![0; (64 << 10) - OVERHEAD + 1];
    assert!(end.push(Message::Binary(large[1..].to_vec())).is_ok(), "every one takes this");
    assert_eq!(end.refusal(large.len()), Some(Refusal::NoRoom));
    end.set_max_frame(large.len() + OVERHEAD);
    assert!(end.push(Message::Binary(large.clone())).is_ok());
    assert_eq!(end.refusal(large.len() + 1), Some(Refusal::TooLarge { max: large.len() }));
}

#[test]
fn one_message_larger_than_the_bound_goes_when_it_is_alone() {
    let mut world = connected(Order::Ordered);
    world.settle();
    let [a, b] = &mut world.sides;
    a.end.set_max_frame(usize::MAX);
    assert!(a.end.push(Message::Binary(vec![7; MAX_BYTES + 1])).is_ok());
    assert_eq!(a.end.refusal(0), Some(Refusal::NoRoom));
    let frame = a.end.poll_frame().unwrap();
    b.end.handle_frame(a.end.stream(), frame.bytes.clone());
    a.end.handle_sent(frame);
    assert_eq!(b.end.take().map(|message| message.len()), Some(MAX_BYTES + 1));
}

#[test]
fn a_page_that_is_loaded_anew_gets_what_the_one_before_had_not_read() {
    let mut world = connected(Order::Ordered);
    world.settle();
    (0..5).for_each(|_| assert!(world.push(0) && world.push(1)));
    for side in 0..2 {
        assert!(world.flush(side, 100, false));
        while world.deliver(0, side, 0) {}
    }
    // Both are read, and one acknowledged.
    assert!(world.take(1) && world.take(1) && world.take(0));
    world.sides[1].end.handle_ack_delay();
    assert!(world.flush(1, 1, false) && world.deliver(0, 1, 0));
    assert!(world.push(1));

    world.reload(1);
    world.connect_now();
    assert!(world.push(1));
    world.settle();
    // The numbers go on for the side that stayed, and begin again for the other.
    assert_eq!(world.sides[1].got, of(1, 3..=5));
    // The sixth was never sent; nobody here knows that it was there.
    assert_eq!(world.sides[0].got, [of(2, 1..=5), of(3, 1..=1)].concat());
    assert_eq!(lost(&world, 0), [(Direction::Received, 6, None)]);
    assert_eq!(lost(&world, 1), [(Direction::Sent, 6, None)]);
    world.check();
}

#[test]
fn a_page_that_is_loaded_anew_is_told_of_the_loss_whichever_leg_comes_first() {
    for first in 0..2 {
        for refused in [false, true] {
            let mut world = connected(Order::Ordered);
            world.settle();
            (0..5).for_each(|_| assert!(world.push(1)));
            world.settle();
            world.reload(1);
            world.connect();
            // The other side hears of the leg of this one before its own is open, or after.
            world.open(0, first);
            while world.deliver(0, first, 0) {}
            world.open(0, 1 - first);
            if refused {
                world.flush(0, 0, true);
            }
            world.settle();
            assert_eq!(lost(&world, 0), [(Direction::Received, 6, None)]);
            assert_eq!(lost(&world, 1), [(Direction::Sent, 6, None)], "leg {first} first, refused: {refused}");
        }
    }
}

#[test]
fn of_two_pages_before_it_a_page_is_told_of_the_last() {
    for first in 0..2 {
        let mut world = connected(Order::Ordered);
        for pushed in [5, 3] {
            (0..pushed).for_each(|_| assert!(world.push(1)));
            world.settle();
            world.reload(1);
            world.connect();
            world.open(0, first);
            while world.deliver(0, first, 0) {}
            world.flush(0, 100, false);
            world.open(0, 1 - first);
            world.settle();
        }
        assert_eq!(lost(&world, 0), [(Direction::Received, 6, None), (Direction::Received, 4, None)]);
        assert_eq!(lost(&world, 1), [(Direction::Sent, 4, None)], "leg {first} first");
    }
}

#[test]
fn a_close_waits_until_both_sides_have_all() {
    for order in [Order::Ordered, Order::Unordered] {
        let mut world = connected(order);
        (0..20).for_each(|_| assert!(world.push(0) && world.push(1)));
        world.sides[0].end.close();
        assert!(!world.push(0), "nothing more is accepted");
        world.settle();
        assert_eq!((world.sides[0].got.len(), world.sides[1].got.len()), (20, 20));
        assert!(world.sides.iter().all(|side| side.closed && side.lost.is_empty()));
    }
}

#[test]
fn a_close_goes_on_over_the_next_connection() {
    let mut world = connected(Order::Ordered);
    (0..20).for_each(|_| assert!(world.push(0) && world.push(1)));
    world.sides[0].end.close();
    assert!(world.flush(0, 10, false));
    world.lose(0);
    world.connect_now();
    world.settle();
    assert_eq!((world.sides[0].got.len(), world.sides[1].got.len()), (20, 20));
    assert!(world.sides.iter().all(|side| side.closed && side.lost.is_empty()));
}

#[test]
fn who_did_not_hear_the_end_asks_on_the_next_connection_and_is_told() {
    let mut world = connected(Order::Ordered);
    world.settle();
    (0..3).for_each(|_| assert!(world.push(0)));
    world.sides[1].end.close();
    for step in 0.. {
        assert!(step < 100);
        (0..2).for_each(|side| {
            world.flush(side, 100, false);
        });
        while !world.sides[1].closed && (world.deliver(0, 0, 0) || world.deliver(0, 1, 0)) {}
        if world.sides[1].closed || world.sides[0].closed {
            break;
        }
    }
    // One of them has heard all; what it said last is lost.
    assert!(world.sides[0].closed != world.sides[1].closed);
    world.lose(0);
    world.connect_now();
    world.settle();
    assert!(world.sides.iter().all(|side| side.closed && side.lost.is_empty()));
    assert_eq!(world.sides[1].got, of(1, 1..=3));
}

#[test]
fn an_abort_tells_both_sides_what_is_lost() {
    let mut world = connected(Order::Ordered);
    world.settle();
    (0..3).for_each(|_| assert!(world.push(0)));
    assert!(world.flush(0, 1, false) && world.deliver(0, 0, 0));
    world.abort(0);
    world.settle();
    assert!(world.sides.iter().all(|side| side.closed));
    assert_eq!(lost(&world, 0), [(Direction::Sent, 1, Some(3))]);
    assert_eq!(lost(&world, 1), [(Direction::Received, 2, None)]);
    // What had arrived is still read.
    assert_eq!(world.sides[1].got, of(1, 1..=1));
}

#[test]
fn a_close_that_nobody_answers_ends_by_its_deadline_and_names_what_is_not_acknowledged() {
    let mut world = connected(Order::Ordered);
    (0..3).for_each(|_| assert!(world.push(0)));
    world.lose(0);
    world.sides[0].end.close();
    assert!(world.sides[0].end.is_closing());
    world.sides[0].end.handle_deadline();
    world.hear(0);
    assert!(world.sides[0].closed);
    assert_eq!(lost(&world, 0), [(Direction::Sent, 1, Some(3))]);
}

#[test]
fn a_message_that_the_other_side_cannot_take_is_told_and_holds_up_no_other() {
    let mut world = connected(Order::Ordered);
    world.settle();
    (0..3).for_each(|_| assert!(world.push(0)));
    let end = &mut world.sides[0].end;
    let frame = end.poll_frame().unwrap();
    end.handle_sent(frame);
    let frame = end.poll_frame().unwrap();
    end.handle_too_large(frame);
    world.hear(0);
    world.lose(0);
    world.connect_now();
    world.settle();
    assert_eq!(world.sides[1].got, of(1, [1, 3]));
    assert_eq!(lost(&world, 0), [(Direction::Sent, 2, Some(2))]);
    assert_eq!(lost(&world, 1), [(Direction::Received, 2, Some(2))]);
    assert_eq!(world.sides[0].end.unacknowledged_bytes(), 0);
}

#[test]
fn acknowledgements_travel_with_messages_or_after_a_while_alone() {
    let mut world = connected(Order::Ordered);
    world.settle();
    assert!(world.push(0) && world.flush(0, 1, false) && world.deliver(0, 0, 0) && world.take(1));
    let end = &mut world.sides[1].end;
    assert!(end.owes() && end.poll_frame().is_none(), "it waits for company");
    assert!(end.push(Message::from("a")).is_ok());
    let frame = end.poll_frame().unwrap();
    assert_eq!(frame.bytes.len(), 1 + OVERHEAD);
    end.handle_sent(frame);
    assert!(!end.owes());

    assert!(world.push(0) && world.flush(0, 1, false) && world.deliver(0, 0, 0) && world.take(1));
    let end = &mut world.sides[1].end;
    end.handle_ack_delay();
    let frame = end.poll_frame().unwrap();
    assert_eq!(frame.bytes.len(), 9);
    end.handle_sent(frame);
    assert!(end.poll_frame().is_none());
}

#[test]
fn what_was_read_of_a_former_page_is_not_acknowledged_to_the_next() {
    let mut world = connected(Order::Ordered);
    world.settle();
    (0..3).for_each(|_| assert!(world.push(1)));
    assert!(world.flush(1, 100, false));
    while world.deliver(0, 1, 0) {}
    world.reload(1);
    world.connect_now();
    (0..5).for_each(|_| assert!(world.push(1)));
    for side in [0, 1] {
        assert!(world.flush(side, 100, false));
        while world.deliver(0, side, 0) {}
    }
    // Three of the former page.
    (0..3).for_each(|_| assert!(world.take(0)));
    world.sides[0].end.handle_ack_delay();
    world.flush(0, 100, false);
    while world.deliver(0, 0, 0) {}
    assert!(world.sides[1].end.unacknowledged_bytes() > 0);
    world.settle();
    assert_eq!(world.sides[0].got, [of(2, 1..=3), of(3, 1..=5)].concat());
    assert_eq!(world.sides[1].end.unacknowledged_bytes(), 0);
}

#[test]
fn an_acknowledgement_of_a_channel_that_was_closed_and_opened_again_counts_for_the_new_one_never() {
    let (mut old, mut new) = (Durable::new(StreamId(1), Order::Ordered), Durable::new(StreamId(3), Order::Ordered));
    let mut other = Durable::new(StreamId(2), Order::Ordered);
    for end in [&mut old, &mut other, &mut new] {
        end.handle_leg(Some(Epoch(1)));
        assert!(end.push(Message::from("x")).is_ok());
    }
    other.handle_other(Epoch(1), StreamId(1));
    new.handle_other(Epoch(1), StreamId(2));
    let mut sent = Vec::new();
    let mut send = |from: &mut Durable| {
        sent.clear();
        while let Some(frame) = from.poll_frame() {
            sent.push(frame.bytes.clone());
            from.handle_sent(frame);
        }
        sent.clone()
    };
    send(&mut old).into_iter().for_each(|bytes| other.handle_frame(StreamId(1), bytes));
    assert!(other.take().is_some());
    other.handle_ack_delay();
    send(&mut new);
    send(&mut other).into_iter().for_each(|bytes| new.handle_frame(StreamId(2), bytes));
    assert_eq!(new.unacknowledged_bytes(), 1);
}

#[test]
fn who_is_not_read_over_many_reloads_of_the_other_side_keeps_no_more_than_so_much() {
    let mut end = Durable::new(StreamId(1), Order::Ordered);
    for stream in 2..10 {
        let mut other = Durable::new(StreamId(stream), Order::Ordered);
        other.set_max_frame(usize::MAX);
        other.handle_leg(Some(Epoch(1)));
        end.handle_other(Epoch(stream as u32), StreamId(stream));
        for _ in 0..4 {
            assert!(other.push(Message::Binary(vec![0; MAX_BYTES / 4])).is_ok());
        }
        while let Some(frame) = other.poll_frame() {
            end.handle_frame(StreamId(stream), frame.bytes.clone());
            other.handle_sent(frame);
        }
    }
    let kept = std::iter::from_fn(|| end.take()).count();
    assert_eq!(kept, 8, "four of this page, four of the one before");
    let lost: Vec<_> = std::iter::from_fn(|| end.poll_event()).collect();
    // Once a reload: what may have been on its way; and from the second on what is dropped unread.
    assert_eq!(lost.len(), 7 + 6);
}
