//! The RTCDataChannels a channel runs over: one a connection and direction.

use core::cell::{Cell, RefCell};

use rejoin_proto::id::Epoch;
use rejoin_proto::state::DataChannelState;

use crate::browser::peer_connection::DataChannel;

/// Sends go over the legs this side opened, where it opens the channel at all, else over the other side's; so both
/// sides may open the same label at once, and neither direction ever changes its leg within one connection.
pub(super) struct Legs {
    ours: Cell<bool>,
    legs: RefCell<Vec<Leg>>,
}

struct Leg {
    epoch: Epoch,
    ours: bool,
    channel: DataChannel,
}

impl Legs {
    pub(super) fn new(ours: bool) -> Self {
        Self { ours: Cell::new(ours), legs: RefCell::default() }
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
            .filter(|leg| leg.ours == self.ours.get() && leg.channel.state() == DataChannelState::Open)
            .max_by_key(|leg| leg.epoch);
        open.map(|leg| (leg.epoch, leg.channel.clone()))
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

    pub(super) fn close(&self) {
        for leg in self.legs.take() {
            leg.channel.close();
        }
    }
}
