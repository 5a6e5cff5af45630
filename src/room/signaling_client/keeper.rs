//! Keeps whom this page is for when it is loaded anew.

use std::cell::RefCell;

use rejoin_proto::id::PeerId;
use rejoin_proto::session::Identity;

use super::SignalingOptions;
use crate::browser::lock::Lock;
use crate::browser::session_storage;

/// The identity of this page in one room of one server: in the storage of its tab, which a duplicate of the tab has a
/// copy of, and under a lock, which the duplicate does not get.
pub(super) struct Keeper {
    /// Of what is stored, and so that of one server and room: a token is of no use elsewhere, and not to be shown there.
    key: String,
    lock: RefCell<Option<Lock>>,
}

impl Keeper {
    pub(super) fn new(options: &SignalingOptions) -> Self {
        Self { key: ["rejoin ", &options.url, " ", options.room.as_str()].concat(), lock: RefCell::default() }
    }

    /// Whom the page before this one was; junk is nobody.
    pub(super) fn identity(&self) -> Option<Identity> {
        Identity::read(&session_storage::get(&self.key)?)
    }

    /// What the lock on `peer` is called.
    pub(super) fn lock_name(&self, peer: &PeerId) -> String {
        [&self.key, " ", peer.as_str()].concat()
    }

    /// Holds the lock, in the place of the one before.
    pub(super) fn hold(&self, lock: Option<Lock>) {
        self.lock.replace(lock);
    }

    pub(super) fn keep(&self, identity: Option<String>) {
        if let Some(identity) = identity {
            session_storage::set(&self.key, &identity);
        }
    }

    pub(super) fn forget(&self) {
        session_storage::remove(&self.key);
        self.hold(None);
    }
}
