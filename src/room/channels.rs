//! All channels of a link, by label: opened again on every connection.

use std::cell::RefCell;
use std::rc::{Rc, Weak};

use rejoin_proto::channel::ChannelOptions;
use rejoin_proto::id::Epoch;
use rejoin_proto::text::say;

use super::channel::{Channel, ChannelError};
use super::connection::{Connection, INTERNAL_LABEL};
use super::driver::Driver;
use crate::browser::peer_connection::DataChannel;
use crate::browser::timer::{Timeout, after};

pub(crate) struct Channels {
    channels: RefCell<Vec<Channel>>,
    /// Legs that closed, to be looked at once their connection has had the time to say that it closed too.
    closing: RefCell<Vec<(Epoch, String)>>,
    look: RefCell<Option<Timeout>>,
    driver: Weak<Driver>,
}

impl Channels {
    pub(crate) fn new(driver: Weak<Driver>) -> Self {
        Self { channels: RefCell::default(), closing: RefCell::default(), look: RefCell::default(), driver }
    }

    /// The channel of this label: the one that is there, or a new one that this side opens on every connection.
    pub(crate) fn channel(&self, label: &str, options: ChannelOptions) -> Result<Channel, ChannelError> {
        if label == INTERNAL_LABEL {
            return Err(ChannelError::CannotOpen("the label is rejoin's own".to_owned()));
        }
        let channel = match self.find(label) {
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
            channel.close();
            return Err(error);
        }
        Ok(channel)
    }

    /// Opens every channel of this side on a new connection.
    pub(crate) fn open_on(&self, connection: &Rc<Connection>) {
        for channel in self.all().iter().filter(|channel| channel.is_ours()) {
            // What could be opened once fails only on a connection that is already over: the next one opens it.
            let _ = self.open(channel, connection);
        }
    }

    /// Takes a channel the other side opened; the channel where the label is new.
    pub(crate) fn accept(&self, epoch: Epoch, leg: DataChannel) -> Option<Channel> {
        let label = leg.label();
        let known = self.find(&label);
        let channel = known.clone().unwrap_or_else(|| {
            let channel = Channel::new(label, leg.options(), false);
            self.channels.borrow_mut().push(channel.clone());
            channel
        });
        // A label is one channel: a second one of the same side is not.
        if channel.has_leg(epoch, false) {
            leg.close();
            return None;
        }
        self.attach(&channel, epoch, false, leg);
        known.is_none().then_some(channel)
    }

    /// The connection is gone: its channels wait for the next one.
    pub(crate) fn lose(&self, epoch: Epoch) {
        for channel in self.all() {
            channel.lose(epoch);
        }
    }

    /// The other side has begun anew: what only it had opened is over.
    pub(crate) fn remote_replaced(&self) {
        for channel in self.all().iter().filter(|channel| !channel.is_ours()) {
            self.remove(channel);
            channel.close();
        }
    }

    pub(crate) fn close_all(&self) {
        for channel in self.channels.take() {
            channel.close();
        }
    }

    fn open(&self, channel: &Channel, connection: &Rc<Connection>) -> Result<(), ChannelError> {
        let leg = connection
            .pc
            .create_data_channel(channel.label(), &channel.options())
            .map_err(|error| ChannelError::CannotOpen(say(&error)))?;
        self.attach(channel, connection.epoch, true, leg);
        Ok(())
    }

    fn attach(&self, channel: &Channel, epoch: Epoch, ours: bool, leg: DataChannel) {
        let (driver, label) = (self.driver.clone(), channel.label().to_owned());
        channel.attach(epoch, ours, leg, move || {
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
                    driver.channels.look(driver.current().as_deref());
                }
            };
            after(LOOK_AFTER_MS, Box::new(look))
        });
    }

    fn look(&self, current: Option<&Connection>) {
        self.look.take();
        for (epoch, label) in self.closing.take() {
            let Some(channel) = self.find(&label) else { continue };
            if current.is_some_and(|current| current.epoch == epoch && current.is_usable()) {
                self.remove(&channel);
                channel.close();
            } else {
                channel.lose(epoch);
            }
        }
    }

    fn find(&self, label: &str) -> Option<Channel> {
        self.channels.borrow_mut().retain(|channel| !channel.is_closed());
        self.channels.borrow().iter().find(|channel| channel.label() == label).cloned()
    }

    fn remove(&self, channel: &Channel) {
        self.channels.borrow_mut().retain(|kept| kept.label() != channel.label());
    }

    fn all(&self) -> Vec<Channel> {
        self.channels.borrow().clone()
    }
}

/// How long after a channel its connection's own close may come: 1-2 ms were measured in Chromium.
const LOOK_AFTER_MS: u32 = 50;
