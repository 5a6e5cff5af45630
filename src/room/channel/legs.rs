//! The RTCDataChannels a channel runs over: one a connection and direction.

use core::cell::{Cell, RefCell};

use rejoin_proto::id::Epoch;
use rejoin_proto::state::DataChannelState;

use crate::browser::peer_connection::DataChannel;

/// Sends go over the legs this side opened, where it opens the channel at all, else over the other side's; so both
/// sides may open the same label at once. No direction changes its leg within one connection, or what is ordered would
/// overtake itself.
pub(super) struct Legs {
    ours: Cell<bool>,
    /// The connection on which the other side's leg has sent: it does so until that is replaced.
    borrowed: Cell<Option<Epoch>>,
    /// The first and the newest connection on which there was one to send over: the other side knows the channel.
    used: Cell<Option<(Epoch, Epoch)>>,
    legs: RefCell<Vec<Leg>>,
}

struct Leg {
    epoch: Epoch,
    ours: bool,
    channel: DataChannel,
}

impl Legs {
    pub(super) fn new(ours: bool) -> Self {
        Self { ours: Cell::new(ours), borrowed: Cell::default(), used: Cell::default(), legs: RefCell::default() }
    }

    pub(super) fn is_ours(&self) -> bool {
        self.ours.get()
    }

    pub(super) fn make_ours(&self) {
        self.ours.set(true);
    }

    /// Takes a leg, instead of the one that is there.
    pub(super) fn add(&self, epoch: Epoch, ours: bool, channel: DataChannel) {
        self.remove(|leg| leg.epoch == epoch && leg.ours == ours);
        self.legs.borrow_mut().push(Leg { epoch, ours, channel });
    }

    pub(super) fn find(&self, epoch: Epoch, ours: bool) -> Option<DataChannel> {
        let legs = self.legs.borrow();
        legs.iter().find(|leg| leg.epoch == epoch && leg.ours == ours).map(|leg| leg.channel.clone())
    }

    /// The leg that sends now: an open one of the newest connection that has one.
    pub(super) fn sending(&self) -> Option<(Epoch, DataChannel)> {
        let legs = self.legs.borrow();
        let open = legs
            .iter()
            .filter(|leg| leg.ours == self.sends_over_ours(leg.epoch) && leg.channel.state() == DataChannelState::Open)
            .max_by_key(|leg| leg.epoch);
        let open = open.map(|leg| (leg.epoch, leg.channel.clone()));
        if let Some((epoch, _)) = open {
            let (first, newest) = self.used.get().unwrap_or((epoch, epoch));
            self.used.set(Some((first.min(epoch), newest.max(epoch))));
        }
        open
    }

    fn sends_over_ours(&self, epoch: Epoch) -> bool {
        self.ours.get() && self.borrowed.get() != Some(epoch)
    }

    /// The leg that sends on this connection has sent.
    pub(super) fn has_sent(&self, epoch: Epoch) {
        if !self.ours.get() {
            self.borrowed.set(Some(epoch));
        }
    }

    pub(super) fn lose(&self, epoch: Epoch) {
        self.remove(|leg| leg.epoch == epoch);
    }

    fn remove(&self, which: impl FnMut(&Leg) -> bool) {
        let (removed, kept) = self.legs.take().into_iter().partition(which);
        *self.legs.borrow_mut() = kept;
        // Dropped only now, outside the borrow: a dropped handle detaches its listeners.
        drop::<Vec<_>>(removed);
    }

    pub(super) fn used(&self) -> Option<(Epoch, Epoch)> {
        self.used.get()
    }

    /// The other side knows that the channel is over.
    pub(super) fn told(&self) {
        self.used.set(None);
    }

    /// Closes them, and keeps them until they are closed.
    pub(super) fn close(&self) {
        let legs: Vec<_> = self.legs.borrow().iter().map(|leg| leg.channel.clone()).collect();
        for leg in legs {
            leg.close();
        }
    }

    pub(super) fn clear(&self) {
        self.remove(|_| true);
    }
}
