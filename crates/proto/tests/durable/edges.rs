//! Rules at their edges: each of these was the one that told a mutant from the machine.

use rejoin_proto::channel::{Message, Order};
use rejoin_proto::durable::{Direction, Durable, DurableEvent, MAX_BYTES, MAX_MESSAGES, Spoken, StreamId};
use rejoin_proto::id::Epoch;

use crate::hostile::{ME, OTHER, data, resume, send, victim};

fn fin(last: u64, got: bool) -> Vec<u8> {
    [&last.to_be_bytes()[..], &[5 | u8::from(got) << 7]].concat()
}

fn losses(end: &mut Durable) -> Vec<(Direction, u64, Option<u64>)> {
    let lost = |event| match event {
        DurableEvent::Lost(lost) => Some((lost.direction, lost.from, lost.to)),
        _ => None,
    };
    std::iter::from_fn(|| end.poll_event()).filter_map(lost).collect()
}

#[test]
fn a_direction_is_one_word() {
    assert_eq!([Direction::Sent, Direction::Received].map(Direction::as_str), ["sent", "received"]);
}

#[test]
fn it_is_ready_where_a_leg_carries_and_it_is_known_from_where_on() {
    let mut end = Durable::new(ME, Order::Ordered);
    assert!(!end.is_ready(), "there is no leg");
    end.handle_leg(Some(Epoch(1)));
    assert!(end.is_ready(), "nothing was sent, so nothing is in doubt");
    assert!(end.push(Message::from("x")).is_ok());
    send(&mut end);
    end.handle_leg(None);
    assert!(!end.is_ready());
    end.handle_leg(Some(Epoch(2)));
    assert!(!end.is_ready(), "whether the first arrived is in doubt");
    end.handle_other(Epoch(2), OTHER);
    end.handle_frame(OTHER, resume(1, 1, ME.0));
    assert!(end.is_ready());
}

#[test]
fn it_is_closing_from_the_close_to_the_end() {
    let mut end = victim(Order::Ordered);
    assert!(!end.is_closing());
    end.close();
    assert!(end.is_closing());
    end.abort();
    assert!(!end.is_closing());
}

#[test]
fn an_older_leg_that_is_heard_of_late_brings_no_former_end_back() {
    let mut end = victim(Order::Ordered);
    end.handle_other(Epoch(3), StreamId(3));
    end.handle_other(Epoch(2), OTHER);
    assert_eq!(end.other(), Some(StreamId(3)));
    // On the same connection a label may be closed and opened again.
    end.handle_other(Epoch(3), StreamId(4));
    assert_eq!(end.other(), Some(StreamId(4)));
}

#[test]
fn who_says_that_it_has_what_was_not_sent_yet_does_not_end_the_channel() {
    let mut end = victim(Order::Ordered);
    assert!(end.push(Message::from("x")).is_ok());
    end.handle_frame(OTHER, fin(0, true));
    send(&mut end);
    assert!(!end.is_closed());
    end.handle_frame(OTHER, fin(0, true));
    assert!(end.is_closed());
}

#[test]
fn a_close_waits_for_who_has_not_all_yet() {
    let mut end = victim(Order::Ordered);
    assert!(end.push(Message::from("x")).is_ok());
    end.close();
    send(&mut end);
    end.handle_frame(OTHER, fin(0, false));
    send(&mut end);
    assert!(!end.is_closed());
}

#[test]
fn a_deadline_names_what_was_announced_and_did_not_come_and_nothing_else() {
    let mut end = victim(Order::Ordered);
    end.handle_frame(OTHER, data(1, b"x"));
    end.handle_frame(OTHER, fin(3, true));
    end.handle_deadline();
    assert_eq!(losses(&mut end), [(Direction::Received, 2, Some(3))]);

    let mut end = victim(Order::Ordered);
    end.handle_frame(OTHER, data(1, b"x"));
    end.handle_frame(OTHER, fin(1, false));
    end.handle_deadline();
    assert_eq!(losses(&mut end), []);
}

#[test]
fn an_end_that_comes_before_the_last_message_waits_for_it() {
    let mut end = victim(Order::Unordered);
    end.handle_frame(OTHER, fin(1, true));
    send(&mut end);
    assert!(!end.is_closed());
    end.handle_frame(OTHER, data(1, b"x"));
    send(&mut end);
    assert!(end.is_closed());
    assert_eq!(end.take(), Some(Message::Binary(b"x".to_vec())));
}

#[test]
fn a_stream_of_more_digits_than_there_are_is_of_no_version_known_here() {
    assert_eq!(Spoken::read("rejoin.durable.1/10000000000000001/0/"), Spoken::Unknown);
    assert!(matches!(Spoken::read("rejoin.durable.1/1000000000000001/0/"), Spoken::Durable(_)));
}

/// The other side's page is loaded anew: its end is this now.
fn replace(end: &mut Durable, stream: StreamId) {
    end.handle_other(Epoch(stream.0 as u32), stream);
    end.handle_frame(stream, resume(0, 1, ME.0));
}

#[test]
fn what_is_read_of_a_former_page_says_nothing_of_the_next_ones() {
    let mut end = victim(Order::Ordered);
    (1..=3).for_each(|number| end.handle_frame(OTHER, data(number, b"former")));
    replace(&mut end, StreamId(3));
    assert_eq!(std::iter::from_fn(|| end.take()).count(), 3);
    assert!(!end.owes(), "there is nobody to hear it");
    end.handle_frame(StreamId(3), data(1, b"next"));
    assert_eq!(end.take(), Some(Message::Binary(b"next".to_vec())));
    assert!(end.owes());
}

#[test]
fn of_former_pages_as_much_is_kept_unread_as_one_may_have_on_its_way() {
    let large = |byte| vec![byte; MAX_BYTES / 2 + 1];
    let mut end = victim(Order::Ordered);
    end.handle_frame(OTHER, data(1, &large(b'a')));
    replace(&mut end, StreamId(3));
    end.handle_frame(StreamId(3), data(1, &large(b'b')));
    assert_eq!(losses(&mut end), [(Direction::Received, 2, None)]);
    replace(&mut end, StreamId(4));
    assert_eq!(losses(&mut end), [(Direction::Received, 1, Some(1)), (Direction::Received, 2, None)]);
    end.handle_frame(StreamId(4), data(1, b"c"));
    let first = |message: Option<Message>| message.map(|message| message.as_bytes()[0]);
    assert_eq!(first(end.take()), Some(b'b'));
    assert!(!end.owes());
    assert_eq!(first(end.take()), Some(b'c'));
    assert!(end.owes());
}

#[test]
fn of_a_former_page_no_message_is_dropped_that_it_might_send() {
    let mut end = victim(Order::Ordered);
    (1..=MAX_MESSAGES as u32).for_each(|number| end.handle_frame(OTHER, data(number, b"x")));
    replace(&mut end, StreamId(3));
    assert_eq!(losses(&mut end), [(Direction::Received, MAX_MESSAGES as u64 + 1, None)]);
    assert_eq!(std::iter::from_fn(|| end.take()).count(), MAX_MESSAGES);

    let mut end = victim(Order::Ordered);
    end.handle_frame(OTHER, data(1, &vec![0; MAX_BYTES + 1]));
    replace(&mut end, StreamId(3));
    assert!(end.take().is_some(), "one alone may be of any size");
}

#[test]
fn the_page_that_takes_anothers_place_gets_what_only_that_one_had() {
    let mut end = victim(Order::Unordered);
    (0..3).for_each(|_| assert!(end.push(Message::from("x")).is_ok()));
    send(&mut end);
    // The second is there, the first is not.
    end.handle_leg(Some(Epoch(2)));
    end.handle_other(Epoch(2), OTHER);
    let above = [&2_u32.to_be_bytes()[..], &3_u32.to_be_bytes(), &[1], &resume(0, 1, ME.0)[1..]].concat();
    end.handle_frame(OTHER, above);
    end.handle_leg(Some(Epoch(3)));
    replace(&mut end, StreamId(3));
    let mut messages = 0;
    while let Some(frame) = end.poll_frame() {
        // Text, with its number behind it.
        messages += usize::from(frame.bytes.starts_with(b"x") && frame.bytes.len() == 6);
        end.handle_sent(frame);
    }
    assert_eq!(messages, 3);
}

#[test]
fn of_a_former_page_nothing_is_told_but_up_to_where_it_was_heard() {
    let mut end = victim(Order::Unordered);
    assert!(end.push(Message::from("x")).is_ok());
    send(&mut end);
    end.handle_frame(OTHER, data(1, b"former"));
    end.handle_other(Epoch(3), StreamId(3));
    // The second of the next page, and not the first.
    end.handle_frame(StreamId(3), resume(0, 1, ME.0));
    end.handle_frame(StreamId(3), data(2, b"next"));
    end.handle_leg(Some(Epoch(3)));
    let frames = send(&mut end);
    assert_eq!(frames[0], resume(1, 1, OTHER.0), "no ranges");
    let above = [&2_u32.to_be_bytes()[..], &3_u32.to_be_bytes(), &[1], &resume(0, 1, 3)[1..]].concat();
    assert_eq!(frames[1], above);
    // What was sent is in doubt now: the one question is in the second frame.
    end.handle_leg(Some(Epoch(4)));
    end.handle_other(Epoch(4), StreamId(3));
    let again = send(&mut end);
    assert_eq!(again[0], frames[0]);
    assert_eq!(again[1], [&above[..above.len() - 1], &[0x84]].concat());
}

#[test]
fn a_number_without_its_message_that_is_too_large_ends_the_use_of_the_leg() {
    let mut end = victim(Order::Ordered);
    send(&mut end);
    assert!(end.push(Message::from("x")).is_ok());
    for _ in 0..2 {
        assert!(end.is_ready());
        let frame = end.poll_frame().unwrap();
        end.handle_too_large(frame);
    }
    assert!(!end.is_ready() && end.poll_frame().is_none());
    assert_eq!(losses(&mut end), [(Direction::Sent, 1, Some(1))], "once");
    // The next takes it, as before.
    end.handle_leg(Some(Epoch(9)));
    end.handle_other(Epoch(9), OTHER);
    end.handle_frame(OTHER, resume(0, 1, ME.0));
    assert!(send(&mut end).contains(&vec![0, 0, 0, 1, 2]));
}

#[test]
fn much_that_was_taken_is_acknowledged_at_once() {
    let acknowledged = |messages: u32, bytes: usize| {
        let mut end = victim(Order::Ordered);
        send(&mut end);
        (1..=messages).for_each(|number| end.handle_frame(OTHER, data(number, &vec![0; bytes])));
        while end.take().is_some() {}
        assert_eq!(end.owes(), end.poll_frame().is_none());
        !end.owes()
    };
    assert!(!acknowledged(511, 0) && acknowledged(512, 0));
    assert!(!acknowledged(2, (256 << 10) - 1) && acknowledged(2, 256 << 10));
}

#[test]
fn what_was_acknowledged_over_a_leg_that_is_gone_is_acknowledged_again() {
    let mut end = victim(Order::Ordered);
    end.handle_leg(Some(Epoch(3)));
    end.handle_other(Epoch(3), OTHER);
    send(&mut end);
    assert!(!end.owes(), "nothing was taken");
    end.handle_frame(OTHER, data(1, b"x"));
    assert!(end.take().is_some());
    end.handle_ack_delay();
    let ack = send(&mut end);
    assert_eq!(ack.len(), 1);
    end.handle_leg(Some(Epoch(4)));
    end.handle_other(Epoch(4), OTHER);
    assert!(end.owes());
    send(&mut end);
    end.handle_ack_delay();
    assert_eq!(send(&mut end), ack);
}
