//! Keeps whom this page is for when it is loaded anew.

use std::cell::RefCell;

use rejoin_proto::id::PeerId;
use rejoin_proto::session::{CLAIM, Claim, Identity};

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

    /// Asks for the lock on `peer`: what is then known, and the lock.
    pub(super) fn request(&self, peer: &PeerId) -> impl Future<Output = (Claim, Option<Lock>)> + use<> {
        let name = [&self.key, " ", peer.as_str()].concat();
        async move {
            let lock = Lock::request(&name, CLAIM).await;
            (if lock.is_some() { Claim::Held } else { Claim::Refused }, lock)
        }
    }

    /// Holds the lock, in the place of the one before.
    pub(super) fn hold(&self, lock: Option<Lock>) {
        self.lock.replace(lock);
    }

    pub(super) fn keep(&self, identity: &Identity) {
        session_storage::set(&self.key, &identity.text());
    }

    pub(super) fn forget(&self) {
        session_storage::remove(&self.key);
        self.hold(None);
    }
}
