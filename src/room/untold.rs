//! Plain channels that were closed here, until the other side has surely heard it.
//!
//! A browser closes a data channel on both sides by a word over the connection. Where there is none, or where it ends
//! before the word has arrived, the other side opens the channel again on the next: it is told there. While that is under
//! way, neither side opens another by the label on this connection, so that old ones and new ones are not mistaken.

use std::cell::RefCell;

use rejoin_proto::channel::{ChannelOptions, Message};
use rejoin_proto::durable::CLOSED;
use rejoin_proto::id::Epoch;

use super::channel::Channel;
use super::connection::Connection;
use crate::browser::peer_connection::{Callback, DataChannel};

#[derive(Default)]
pub(crate) struct Untold {
    entries: RefCell<Vec<Entry>>,
    /// What the other side tells: it closes this when it knows that it was heard.
    heard: RefCell<Vec<(Epoch, DataChannel)>>,
}

struct Entry {
    channel: Channel,
    /// What tells it: the other side answers when it has heard.
    telling: Option<(Epoch, DataChannel)>,
    /// The label is another channel now.
    settled: bool,
}

impl Untold {
    pub(crate) fn add(&self, channel: Channel) {
        self.forget(channel.label());
        let mut entries = self.entries.borrow_mut();
        if entries.len() < MAX_UNTOLD {
            entries.push(Entry { channel, telling: None, settled: false });
        }
    }

    /// Tells it on this connection, which is open; `heard` makes what takes the answer.
    pub(crate) fn tell(&self, connection: &Connection, heard: impl Fn(&str) -> Callback<Message>) {
        for entry in self.entries.borrow_mut().iter_mut().filter(|entry| entry.is_untold_on(connection.epoch)) {
            let label = entry.channel.label();
            let options = ChannelOptions::new().with_protocol(CLOSED);
            // Fails only on a connection that is already over: the next one tells it.
            if let Ok(leg) = connection.pc.create_data_channel(label, &options) {
                leg.on_message(heard(label));
                entry.telling = Some((connection.epoch, leg));
            }
        }
    }

    /// Answers the other side, which tells it by `leg`.
    pub(crate) fn hear(&self, label: &str, epoch: Epoch, leg: DataChannel) {
        // Not sent on a connection that is over: it is told again on the next.
        let answered = leg.send("").is_ok();
        // Where both have said so, what comes by the label from here on is another, at both.
        let is_mutual = self.is(label, |entry| entry.is_told_on(epoch));
        self.forget(label);
        let mut heard = self.heard.borrow_mut();
        if answered && !is_mutual && heard.len() < MAX_UNTOLD {
            heard.push((epoch, leg));
        }
    }

    /// The other side has heard: it is told that this side knows.
    pub(crate) fn answered(&self, label: &str, epoch: Epoch) {
        self.is(label, |entry| {
            entry.is_told_on(epoch) && entry.telling.as_ref().is_some_and(|(_, leg)| leg.send("").is_ok())
        });
        self.forget(label);
    }

    /// The other side knows that it was heard.
    pub(crate) fn was_heard(&self, label: &str, epoch: Epoch) {
        self.drop_heard(|on, leg| on == epoch && leg.label() == label);
    }

    /// Whether the other side may not have heard of it on this connection: what it opens by this label is what was closed.
    pub(crate) fn is_unheard(&self, label: &str, epoch: Epoch) -> bool {
        self.is(label, |entry| entry.is_untold_on(epoch) || entry.is_told_on(epoch))
    }

    /// Whether the label is not to be opened on this connection now.
    pub(crate) fn is_busy(&self, label: &str, epoch: Epoch) -> bool {
        self.is(label, |entry| entry.is_told_on(epoch))
            || self.heard.borrow().iter().any(|(on, leg)| *on == epoch && leg.label() == label)
    }

    fn forget(&self, label: &str) {
        let mut entries = self.entries.borrow_mut();
        let at = entries.iter().position(|entry| entry.channel.label() == label);
        let forgotten = at.map(|at| entries.swap_remove(at));
        drop(entries);
        // Outside the borrow: a dropped handle detaches its listeners.
        drop(forgotten);
    }

    /// The channel has closed on a connection that lives, in the browser's own way.
    pub(crate) fn closed(&self, label: &str, epoch: Epoch) {
        if self.is(label, |entry| entry.has_closed_on(epoch)) {
            self.forget(label);
        }
    }

    /// The label is another channel now. What is being told is told to the end.
    pub(crate) fn settle(&self, label: &str) {
        let is_told = self.is(label, |entry| {
            entry.settled = true;
            entry.telling.is_some()
        });
        if !is_told {
            self.forget(label);
        }
    }

    /// The connection is gone.
    pub(crate) fn lose(&self, epoch: Epoch) {
        let mut lost = Vec::new();
        self.entries.borrow_mut().retain_mut(|entry| {
            entry.channel.lose(epoch);
            if entry.is_told_on(epoch) {
                lost.extend(entry.telling.take());
            }
            !(entry.settled && entry.telling.is_none())
        });
        drop(lost);
        self.drop_heard(|on, _| on == epoch);
    }

    pub(crate) fn clear(&self) {
        drop((self.entries.take(), self.heard.take()));
    }

    fn is(&self, label: &str, mut which: impl FnMut(&mut Entry) -> bool) -> bool {
        self.entries.borrow_mut().iter_mut().any(|entry| entry.channel.label() == label && which(entry))
    }

    fn drop_heard(&self, which: impl Fn(Epoch, &DataChannel) -> bool) {
        let mut dropped = Vec::new();
        self.heard.borrow_mut().retain(|(on, leg)| {
            let over = which(*on, leg);
            if over {
                dropped.push(leg.clone());
            }
            !over
        });
        drop(dropped);
    }
}

impl Entry {
    /// Whether the channel has carried nothing on this connection: there it closed in the browser's own way.
    fn is_untold_on(&self, epoch: Epoch) -> bool {
        !self.settled && self.channel.used().is_some_and(|(_, newest)| newest < epoch)
    }

    fn has_closed_on(&self, epoch: Epoch) -> bool {
        // A leg that closes before it is open is never announced: nothing is heard of it.
        self.channel.used().is_some_and(|(_, newest)| newest == epoch) && self.channel.has_closed_leg(epoch)
    }

    fn is_told_on(&self, epoch: Epoch) -> bool {
        self.telling.as_ref().is_some_and(|(on, _)| *on == epoch)
    }
}

/// How many channels are kept: more than a link has at once.
const MAX_UNTOLD: usize = 1024;
