//! Two connections in one page, and waiting with a deadline.

use std::rc::Rc;
use std::time::Duration;

use futures_util::future::{Either, select};
use futures_util::{Stream, StreamExt};
use gloo_timers::future::TimeoutFuture;
use rejoin::{
    ChannelOptions, Configuration, ConnectionState, DataChannel, Events, PeerConnection, PeerConnectionEvent,
};
use wasm_bindgen_futures::spawn_local;

/// `a` offers, `b` answers; candidates go over by themselves after the first negotiation.
pub(crate) struct Pair {
    pub(crate) a: Rc<PeerConnection>,
    pub(crate) b: Rc<PeerConnection>,
    early: Option<(Events<PeerConnectionEvent>, Events<PeerConnectionEvent>)>,
}

impl Pair {
    pub(crate) fn new() -> Self {
        let a = Rc::new(PeerConnection::new(&Configuration::new()).unwrap());
        let b = Rc::new(PeerConnection::new(&Configuration::new()).unwrap());
        let early = Some((a.events(), b.events()));
        Self { a, b, early }
    }

    /// Connected, with the channel as each side has it.
    pub(crate) async fn with_channel(options: &ChannelOptions) -> (Self, DataChannel, DataChannel) {
        let mut pair = Self::new();
        let mut events = pair.b.events();
        let ours = pair.a.create_data_channel("test", options).unwrap();
        pair.negotiate().await;
        let theirs = match options.id {
            Some(_) => pair.b.create_data_channel("test", options).unwrap(),
            None => incoming(&mut events).await,
        };
        open(&ours).await;
        open(&theirs).await;
        (pair, ours, theirs)
    }

    pub(crate) async fn negotiate(&mut self) {
        let offer = soon("offer", self.a.set_local_description()).await.unwrap();
        soon("set offer", self.b.set_remote_description(&offer)).await.unwrap();
        self.answer().await;
    }

    /// The second half of a negotiation, after `b` took the offer of `a`.
    pub(crate) async fn answer(&mut self) {
        let answer = soon("answer", self.b.set_local_description()).await.unwrap();
        soon("set answer", self.a.set_remote_description(&answer)).await.unwrap();
        if let Some((from_a, from_b)) = self.early.take() {
            trickle(from_a, &self.b);
            trickle(from_b, &self.a);
        }
    }

    pub(crate) async fn connected(&self) {
        for connection in [&self.a, &self.b] {
            let mut events = connection.events();
            while connection.connection_state() != ConnectionState::Connected {
                soon("connected", events.next()).await.unwrap();
            }
        }
    }
}

fn trickle(mut events: Events<PeerConnectionEvent>, to: &Rc<PeerConnection>) {
    let to = Rc::downgrade(to);
    spawn_local(async move {
        while let Some(event) = events.next().await {
            let (PeerConnectionEvent::IceCandidate(candidate), Some(to)) = (event, to.upgrade()) else { continue };
            let added = to.add_ice_candidate(candidate.as_ref());
            // Not held while the browser thinks.
            drop(to);
            let _ = added.await;
        }
    });
}

pub(crate) async fn incoming(events: &mut Events<PeerConnectionEvent>) -> DataChannel {
    first(events, "channel", |event| match event {
        PeerConnectionEvent::DataChannel(channel) => Some(channel),
        _ => None,
    })
    .await
}

pub(crate) async fn open(channel: &DataChannel) {
    soon("open", channel.ready()).await.unwrap();
}

/// The first event that `pick` wants.
pub(crate) async fn first<T, U>(
    events: &mut (impl Stream<Item = T> + Unpin),
    what: &str,
    mut pick: impl FnMut(T) -> Option<U>,
) -> U {
    loop {
        let event = soon(what, events.next()).await.unwrap_or_else(|| panic!("the stream ended before: {what}"));
        if let Some(picked) = pick(event) {
            return picked;
        }
    }
}

/// What `future` gives within the deadline.
pub(crate) async fn soon<T>(what: &str, future: impl Future<Output = T>) -> T {
    let deadline = TimeoutFuture::new(DEADLINE.as_millis() as u32);
    match select(Box::pin(future), deadline).await {
        Either::Left((value, _)) => value,
        Either::Right(_) => panic!("not within {DEADLINE:?}: {what}"),
    }
}

const DEADLINE: Duration = Duration::from_secs(20);
