//! A call of everybody who opens the page with the same `?room=`, with chat: rejoin in Yew.

mod chat;

use std::error::Error;

use chat::Chat;
use rejoin::media::{self, Attachable, AudioConstraints, LocalStream, MediaConstraints, VideoConstraints};
use rejoin::signaling::{SignalingState, default_url};
use rejoin::{ChannelOptions, Events, Peer, PeerId, PeerState, Room, RoomChannel, RoomId, RoomOptions};
use wasm_bindgen::prelude::wasm_bindgen;
use web_sys::{HtmlMediaElement, MediaStream, UrlSearchParams};
use yew::platform::spawn_local;
use yew::prelude::*;

#[wasm_bindgen(start)]
fn start() {
    yew::Renderer::<App>::new().render();
}

#[component]
fn App() -> Html {
    let call = use_state(|| Err("Opening camera and microphone, joining the room…".to_owned()));
    let (joined, left) = (call.setter(), call.setter());
    use_effect_with((), move |()| {
        spawn_local(async move { joined.set(join().await.map_err(|error| format!("No call: {error}"))) });
    });
    let leave = move |_: MouseEvent| left.set(Err("You have left. Reload the page to come back.".to_owned()));
    match &*call {
        Ok(call) => html! { <><Call ..call.clone() /><button id="leave" onclick={leave}>{ "Leave" }</button></> },
        Err(words) => html! { <p class="status">{ words }</p> },
    }
}

/// What there is in a call: the last handle on the room leaves it, that on the stream gives camera and microphone back.
#[derive(Clone, PartialEq, Properties)]
struct Joined {
    room: Room,
    media: LocalStream,
    chat: RoomChannel,
}

async fn join() -> Result<Joined, Box<dyn Error>> {
    let url = default_url().ok_or("this page has no server")?;
    let query = web_sys::window().and_then(|window| window.location().search().ok()).unwrap_or_default();
    let name = UrlSearchParams::new_with_str(&query).ok().and_then(|query| query.get("room"));
    let room = RoomId::new(name.as_deref().unwrap_or("yew"))?;
    let wanted = MediaConstraints::both(AudioConstraints::new(), VideoConstraints::new());
    let media = media::get_user_media(&wanted).await?;
    let room = Room::join(RoomOptions::new(url, room).with_media(media.clone())).await?;
    let chat = room.channel("chat", ChannelOptions::new().durable())?;
    Ok(Joined { room, media, chat })
}

#[component]
fn Call(Joined { room, media, chat }: &Joined) -> Html {
    use_render_on(room, Room::events);
    let peers = room.peers();
    html! {
        <>
            <p class="status">{ room_words(&room.signaling_state(), peers.len()) }</p>
            <div class="people">
                <figure id="me"><Video<LocalStream> stream={media.clone()} /><figcaption>{ "You" }</figcaption></figure>
                { for peers.iter().map(|peer| html! { <Person key={peer.id().map_or("", PeerId::as_str)} peer={peer.clone()} /> }) }
            </div>
            <Chat chat={chat.clone()} />
        </>
    }
}

#[derive(PartialEq, Properties)]
struct PersonProps {
    peer: Peer,
}

/// Somebody else: what they send, and how the connection to them is.
#[component]
fn Person(PersonProps { peer }: &PersonProps) -> Html {
    use_render_on(peer, Peer::events);
    // Moved, not cloned: `clone` of a MediaStream is the browser's, which makes another stream.
    let video = |stream: MediaStream| html! { <Video<MediaStream> {stream} /> };
    html! {
        <figure class="person">
            { for peer.streams().into_iter().map(video) }
            <figcaption>{ peer.id().map(name) }{ ": " }{ peer_words(&peer.state()) }</figcaption>
        </figure>
    }
}

#[derive(PartialEq, Properties)]
struct VideoProps<S: PartialEq> {
    stream: S,
}

/// A stream of ours, without sound, or of somebody else.
#[component]
fn Video<S: Attachable + Clone + PartialEq + 'static>(VideoProps { stream }: &VideoProps<S>) -> Html {
    let video = use_node_ref();
    use_effect_with((video.clone(), stream.clone()), |(video, stream)| {
        let shown = video.cast::<HtmlMediaElement>().map(|element| media::attach(&element, stream));
        move || drop(shown)
    });
    html! { <video ref={video} /> }
}

/// Renders the component again with each event of `source`, whose getters tell the rest.
#[hook]
fn use_render_on<S: Clone + PartialEq + 'static, T: 'static>(source: &S, events: fn(&S) -> Events<T>) {
    let render = use_force_update();
    use_effect_with(source.clone(), move |source| {
        let reading = events(source).listen(move |_| render.force_update());
        move || drop(reading)
    });
}

fn room_words(server: &SignalingState, others: usize) -> String {
    match (server, others) {
        (SignalingState::Joined, 0) => "Nobody else is here yet: open this address in another window.".to_owned(),
        (SignalingState::Joined, others) => format!("Others here: {others}."),
        (SignalingState::Failed { .. } | SignalingState::Closed, _) => "The room is closed.".to_owned(),
        _ => "The server is away; who is connected stays connected.".to_owned(),
    }
}

fn peer_words(state: &PeerState) -> &'static str {
    match state {
        PeerState::New | PeerState::Connecting { .. } => "connecting…",
        PeerState::Connected => "connected",
        PeerState::Reconnecting { .. } => "connection lost, trying again…",
        PeerState::Failed { .. } => "no connection could be made",
        _ => "gone",
    }
}

/// Enough of an id for people to tell each other apart.
fn name(id: &PeerId) -> String {
    id.as_str().chars().take(4).collect()
}
