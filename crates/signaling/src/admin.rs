//! For the operator and the application: who is where, and out with whom.

mod http;

use std::fmt;
use std::sync::{Arc, OnceLock, Weak};

use crate::hub::{Kick, RoomView};
use crate::switchboard::Switchboard;

pub use http::run_admin;

/// Looks at a server that runs, and kicks.
///
/// Give it to the server by [`Config::with_admin`](crate::Config::with_admin), and keep a clone. Before that server runs,
/// and after it has stopped, there is nobody to see or kick.
///
/// ```no_run
/// use rejoin_signaling::hub::Kick;
/// use rejoin_signaling::{Admin, Config, Key, Listener, run};
///
/// # async fn example() -> Result<(), Box<dyn std::error::Error>> {
/// let admin = Admin::new();
/// let config = Config::new(Key::random()?).with_admin(Some(admin.clone()));
/// tokio::spawn(run(Listener::bind("localhost", 8080).await?, config, std::future::pending()));
/// // Later:
/// admin.kick(&Kick::Subject { subject: "ada".to_owned() });
/// # Ok(()) }
/// ```
#[derive(Clone, Default)]
pub struct Admin(Arc<OnceLock<Weak<Switchboard>>>);

impl Admin {
    /// Of no server yet.
    pub fn new() -> Self {
        Self::default()
    }

    /// Shows somebody the door; how many peers that were.
    ///
    /// Their sockets are closed with 4006, which is final, the others hear `peerLeft` with the reason `kicked` and end
    /// their links to them, and their tokens are worth nothing any more.
    pub fn kick(&self, kick: &Kick) -> usize {
        self.server().map_or(0, |switchboard| switchboard.kick(kick))
    }

    /// All rooms and who is in them.
    pub fn rooms(&self) -> Vec<RoomView> {
        self.server().map(|switchboard| switchboard.view()).unwrap_or_default()
    }

    /// The first server that is given one has it.
    pub(crate) fn attach(&self, switchboard: &Arc<Switchboard>) {
        let _ = self.0.set(Arc::downgrade(switchboard));
    }

    fn server(&self) -> Option<Arc<Switchboard>> {
        self.0.get()?.upgrade()
    }
}

impl fmt::Debug for Admin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Admin").field("runs", &self.server().is_some()).finish()
    }
}
