//! All channels of a link, by label: opened again on every connection.

use std::cell::RefCell;
use std::collections::VecDeque;
use std::rc::{Rc, Weak};

use rejoin_proto::channel::ChannelOptions;
use rejoin_proto::durable::{Spoken, StreamId};
use rejoin_proto::id::Epoch;
use rejoin_proto::state::DataChannelState;
use rejoin_proto::text::say;

use super::channel::{Channel, ChannelError};
use super::connection::{Connection, INTERNAL_ID, INTERNAL_LABEL};
use super::driver::Driver;
use super::untold::Untold;
use crate::browser::peer_connection::{DataChannel, DataChannelEvent};
use crate::browser::timer::{Timeout, after};

pub(crate) struct Channels {
    channels: RefCell<Vec<Channel>>,
    retired: RefCell<VecDeque<Channel>>,
    untold: Untold,
    /// Legs that closed, to be looked at once their connection has had the time to say that it closed too.
    closing: RefCell<Vec<(Epoch, String)>>,
    look: RefCell<Option<Timeout>>,
    driver: Weak<Driver>,
}

impl Channels {
    pub(crate) fn new(driver: Weak<Driver>) -> Self {
        Self {
            channels: RefCell::default(),
            retired: RefCell::default(),
            untold: Untold::default(),
            closing: RefCell::default(),
            look: RefCell::default(),
            driver,
        }
    }

    /// The channel of this label: the one that is there, or a new one that this side opens on every connection.
    pub(crate) fn channel(&self, label: &str, options: ChannelOptions) -> Result<Channel, ChannelError> {
        check(label, &options)?;
        let found = self.find(label);
        if options.id.is_some()
            && self.all().iter().any(|other| Some(other) != found.as_ref() && other.has_id(options.id))
        {
            return Err(ChannelError::CannotOpen("another channel has this id".to_owned()));
        }
        self.untold.settle(label);
        let channel = match found {
            Some(channel) if !channel.can_be(&options) => return Err(ChannelError::Mismatch),
            Some(channel) if channel.is_ours() => return Ok(channel),
            Some(channel) => {
                channel.make_ours(options);
                channel
            }
            None => {
                let channel = Channel::new(label.to_owned(), options, true);
                self.channels.borrow_mut().push(channel.clone());
                channel
            }
        };
        let opened = match self.driver.upgrade().and_then(|driver| driver.current()) {
            Some(connection) => self.open(&channel, &connection),
            None => Ok(()),
        };
        if let Err(error) = opened {
            self.remove(&channel);
            channel.abort();
            return Err(error);
        }
        Ok(channel)
    }

    /// Opens every channel of this side on a new connection.
    pub(crate) fn open_on(&self, connection: &Rc<Connection>) {
        self.sort_out();
        for channel in self.all().iter().filter(|channel| channel.is_ours()) {
            // What could be opened once fails only on a connection that is already over: the next one opens it.
            let _ = self.open(channel, connection);
        }
    }

    /// Takes a channel the other side opened; the channel where the label is new.
    pub(crate) fn accept(&self, epoch: Epoch, leg: DataChannel) -> Option<Channel> {
        let (label, mut options) = (leg.label(), leg.options());
        let mut ends = None;
        match Spoken::read(&options.protocol) {
            Spoken::Plain => {
                self.sort_out();
                if self.untold.is_unheard(&label, epoch) {
                    leg.close();
                    return None;
                }
            }
            Spoken::Closed => {
                self.hear_closed(&label, epoch, leg);
                return None;
            }
            Spoken::Durable(protocol) => {
                ends = Some((protocol.stream, protocol.to));
                options = protocol.channel(options);
            }
            Spoken::Unknown => {
                leg.close();
                return None;
            }
        }
        let known = self.find(&label);
        if let Some((stream, to)) = ends
            && let Some(retired) = self.retired(&label, stream, to)
        {
            retired.answer_gone(epoch, stream, leg);
            return None;
        }
        let known = known.filter(|known| !self.is_over(known, epoch, ends));
        if let Some(known) = &known
            && !known.can_be(&options)
        {
            known.mismatch();
            leg.close();
            return None;
        }
        let channel = known.clone().unwrap_or_else(|| {
            let channel = Channel::new(label, options, false);
            self.channels.borrow_mut().push(channel.clone());
            channel
        });
        // A label is one channel: a second one of the same side is not.
        if ends.is_none() && channel.leg(epoch, false).is_some() {
            leg.close();
            return None;
        }
        self.attach(&channel, epoch, false, ends.map(|(stream, _)| stream), leg);
        if let Some((stream, _)) = ends {
            channel.handle_other(epoch, stream);
            // What is durable has legs of both sides, whoever opened it first.
            self.open_missing(&channel);
        }
        known.is_none().then_some(channel)
    }

    /// Whether the other side has closed this channel and opens another, on the same connection; the browser may tell the
    /// close later. A leg that is for this end is one more of the same channel.
    fn is_over(&self, known: &Channel, epoch: Epoch, ends: Option<(StreamId, StreamId)>) -> bool {
        let over = known.leg(epoch, false).is_some_and(|leg| match ends {
            Some((_, to)) => !known.is_stream(to),
            None => leg.state() != DataChannelState::Open,
        });
        if over {
            self.remove(known);
            known.closed_by_other();
        }
        over
    }

    /// Opens it where this side has not yet.
    fn open_missing(&self, channel: &Channel) {
        let Some(driver) = self.driver.upgrade() else { return };
        for connection in driver.connections() {
            if channel.leg(connection.epoch, true).is_none() {
                // As in open_on.
                let _ = self.open(channel, &connection);
            }
        }
    }

    /// Whether no channel loses messages with its connection that it should not lose.
    pub(crate) fn are_replaceable(&self) -> bool {
        self.channels.borrow().iter().all(|channel| channel.is_closed() || !channel.is_only_reliable())
    }

    /// The connection is gone: its channels wait for the next one.
    pub(crate) fn lose(&self, epoch: Epoch) {
        let retired = self.retired.borrow().clone();
        for channel in self.all().into_iter().chain(retired) {
            channel.lose(epoch);
        }
        self.untold.lose(epoch);
    }

    /// The connection is open: what was closed while there was none is told.
    pub(crate) fn tell(&self, connection: &Connection) {
        self.sort_out();
        self.untold.tell(connection, |label| {
            let (driver, epoch, label) = (self.driver.clone(), connection.epoch, label.to_owned());
            Rc::new(move |_| {
                if let Some(driver) = driver.upgrade() {
                    driver.channels.untold.answered(&label, epoch);
                    driver.channels.open_late(&label);
                }
            })
        });
    }

    /// Opens what waited for the label to be free.
    fn open_late(&self, label: &str) {
        if let Some(channel) = self.find(label).filter(Channel::is_ours) {
            self.open_missing(&channel);
        }
    }

    /// The other side says by `leg` that it has closed the plain channel of this label that there was before this connection.
    fn hear_closed(&self, label: &str, epoch: Epoch, leg: DataChannel) {
        let before = |known: &Channel| !known.is_durable() && known.used().is_some_and(|(first, _)| first < epoch);
        if let Some(known) = self.find(label).filter(before) {
            self.remove(&known);
            known.closed_by_other();
        }
        let free = {
            let (driver, label) = (self.driver.clone(), label.to_owned());
            Rc::new(move || {
                if let Some(driver) = driver.upgrade() {
                    driver.channels.untold.was_heard(&label, epoch);
                    driver.channels.open_late(&label);
                }
            })
        };
        // Either says that the other side knows: Firefox does not tell each close.
        leg.on_message({
            let free = free.clone();
            Rc::new(move |_| free())
        });
        leg.on_event(Rc::new(move |event| {
            if let DataChannelEvent::StateChanged(DataChannelState::Closed) = event {
                free();
            }
        }));
        self.untold.hear(label, epoch, leg);
        self.open_late(label);
    }

    /// The other side has begun anew: what only it had opened is over.
    pub(crate) fn remote_replaced(&self) {
        for channel in self.all().iter().filter(|channel| !channel.is_ours()) {
            self.remove(channel);
            channel.abort();
        }
        self.sort_out();
        self.untold.clear();
    }

    pub(crate) fn close_all(&self) {
        for channel in self.channels.take() {
            channel.abort();
        }
        self.retired.take();
        self.untold.clear();
    }

    fn open(&self, channel: &Channel, connection: &Rc<Connection>) -> Result<(), ChannelError> {
        if self.untold.is_busy(channel.label(), connection.epoch) {
            return Ok(());
        }
        let leg = connection
            .pc
            .create_data_channel(channel.label(), &channel.leg_options())
            .map_err(|error| ChannelError::CannotOpen(say(&error)))?;
        self.attach(channel, connection.epoch, true, None, leg);
        Ok(())
    }

    fn attach(&self, channel: &Channel, epoch: Epoch, ours: bool, stream: Option<StreamId>, leg: DataChannel) {
        let (driver, label) = (self.driver.clone(), channel.label().to_owned());
        channel.attach(epoch, ours, stream, leg, move || {
            if let Some(driver) = driver.upgrade() {
                driver.channels.leg_closed(epoch, &label);
            }
        });
    }

    /// A leg closes alone when the other side closes the channel, and together with all others when the other side
    /// closes, or loses, the connection. Which it was is known a turn of the event loop later, by the internal channel.
    fn leg_closed(&self, epoch: Epoch, label: &str) {
        self.closing.borrow_mut().push((epoch, label.to_owned()));
        let driver = self.driver.clone();
        self.look.borrow_mut().get_or_insert_with(|| {
            let look = move || {
                if let Some(driver) = driver.upgrade() {
                    driver.channels.look(&driver.connections());
                }
            };
            after(LOOK_AFTER_MS, Box::new(look))
        });
    }

    fn look(&self, connections: &[Rc<Connection>]) {
        self.look.take();
        for (epoch, label) in self.closing.take() {
            let lives = connections.iter().any(|connection| connection.epoch == epoch && connection.is_usable());
            // The label may be another channel by now.
            let channel = self.find(&label).filter(|channel| channel.has_closed_leg(epoch));
            match channel {
                Some(channel) if lives => {
                    self.remove(&channel);
                    channel.closed_by_other();
                }
                Some(channel) => channel.lose(epoch),
                None if lives => self.untold.closed(&label, epoch),
                None => {}
            }
        }
    }

    /// Puts away what is closed: the ends of what is durable, for the other side that has not heard it, and what is plain
    /// until it has.
    fn sort_out(&self) {
        while let Some(channel) = self.take_closed() {
            if channel.is_durable() {
                let mut retired = self.retired.borrow_mut();
                if retired.len() == MAX_RETIRED {
                    retired.pop_front();
                }
                retired.push_back(channel);
            } else if channel.used().is_some() {
                self.untold.add(channel);
            }
        }
    }

    fn take_closed(&self) -> Option<Channel> {
        let mut channels = self.channels.borrow_mut();
        let at = channels.iter().position(Channel::is_closed)?;
        Some(channels.remove(at))
    }

    fn find(&self, label: &str) -> Option<Channel> {
        self.sort_out();
        self.channels.borrow().iter().find(|channel| channel.label() == label).cloned()
    }

    /// The end that is over of which the other side has not heard it.
    fn retired(&self, label: &str, stream: StreamId, to: StreamId) -> Option<Channel> {
        let retired = self.retired.borrow();
        let is_it = |channel: &&Channel| channel.label() == label && (channel.is_with(stream) || channel.is_stream(to));
        retired.iter().find(is_it).cloned()
    }

    fn remove(&self, channel: &Channel) {
        self.channels.borrow_mut().retain(|kept| kept.label() != channel.label());
    }

    fn all(&self) -> Vec<Channel> {
        self.channels.borrow().clone()
    }
}

/// Whether a channel can be called so, and opened with these options, as far as is known without a connection.
pub(crate) fn check(label: &str, options: &ChannelOptions) -> Result<(), ChannelError> {
    let reserved = label == INTERNAL_LABEL || options.id == Some(INTERNAL_ID);
    let wrong = if reserved || Spoken::read(&options.protocol) != Spoken::Plain {
        "the label, the id or the protocol is rejoin's own".to_owned()
    } else if let Err(error) = options.validate(label) {
        say(&error)
    } else {
        return Ok(());
    };
    Err(ChannelError::CannotOpen(wrong))
}

/// How many ends of durable channels are kept that are over.
const MAX_RETIRED: usize = 16;

/// How long after a channel its connection's own close may come: 1-2 ms were measured in Chromium.
const LOOK_AFTER_MS: u32 = 50;
