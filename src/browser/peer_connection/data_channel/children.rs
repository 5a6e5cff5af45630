//! The channels of one connection, so that closing it closes them at once.

use std::cell::RefCell;
use std::rc::{Rc, Weak};

use super::inner::Inner;
use super::{DataChannel, sys};

/// The channels that live; it does not keep them alive.
#[derive(Default)]
pub(in super::super) struct Children(RefCell<Vec<Weak<Inner>>>);

impl Children {
    /// Takes a channel of `connection` in.
    pub(in super::super) fn adopt(&self, raw: sys::DataChannel, connection: &sys::PeerConnection) -> DataChannel {
        let inner = Inner::new(raw, Some(connection.clone()));
        let mut children = self.0.borrow_mut();
        children.retain(|child| child.strong_count() > 0);
        children.push(Rc::downgrade(&inner));
        DataChannel(inner)
    }

    /// Marks all as closed: after `RTCPeerConnection.close()` browsers still call their channels open for about a
    /// millisecond, and `send` succeeds into nothing.
    pub(in super::super) fn close(&self) {
        let children = core::mem::take(&mut *self.0.borrow_mut());
        for child in children.iter().filter_map(Weak::upgrade) {
            child.closed_with_connection();
        }
    }
}
