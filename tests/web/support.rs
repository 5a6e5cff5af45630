//! What the tests share: deadlines, the server, names nobody else uses.

use futures_util::future::{Either, select};
use futures_util::pin_mut;
use gloo_timers::future::TimeoutFuture;
use js_sys::Function;
use wasm_bindgen::{JsCast, JsValue};
use web_sys::{HtmlVideoElement, PageTransitionEvent, PageTransitionEventInit};

/// Waits for `future`, at most 20 s.
pub(crate) fn within<T>(what: &str, future: impl Future<Output = T>) -> impl Future<Output = T> {
    let what = what.to_owned();
    async move {
        let deadline = TimeoutFuture::new(20_000);
        pin_mut!(future, deadline);
        match select(future, deadline).await {
            Either::Left((value, _)) => value,
            Either::Right(_) => panic!("{what} did not happen within 20 s"),
        }
    }
}

/// The signaling server that `npm run test:web` has started.
pub(crate) fn server() -> &'static str {
    option_env!("REJOIN_TEST_SERVER").unwrap_or("ws://127.0.0.1:18080/ws")
}

/// The name of a room of one test.
pub(crate) fn fresh_name() -> String {
    format!("test-{:x}", (js_sys::Math::random() * 1e15) as u64)
}

/// What the browser says of a page that goes, or comes back from the cache.
pub(crate) fn come_and_go(kind: &str, persisted: bool) {
    let init = PageTransitionEventInit::new();
    init.set_persisted(persisted);
    let event = PageTransitionEvent::new_with_event_init_dict(kind, &init).unwrap();
    web_sys::window().unwrap().dispatch_event(&event).unwrap();
}

/// An element in the page.
pub(crate) fn video() -> HtmlVideoElement {
    let document = web_sys::window().unwrap().document().unwrap();
    let video: HtmlVideoElement = document.create_element("video").unwrap().unchecked_into();
    document.body().unwrap().append_child(&video).unwrap();
    video
}

/// Waits for what no event tells, with a deadline.
pub(crate) async fn until(done: impl Fn() -> bool) {
    for _ in 0..500 {
        if done() {
            return;
        }
        TimeoutFuture::new(10).await;
    }
    panic!("not within 5 s");
}

/// Tells a channel of a message as the browser does; `data` is JavaScript.
pub(crate) fn receives(channel: &web_sys::RtcDataChannel, data: &str) {
    let body = ["channel.dispatchEvent(new MessageEvent('message', { data: ", data, " }))"].concat();
    Function::new_with_args("channel", &body).call1(&JsValue::UNDEFINED, channel).unwrap();
}

/// By how many pages `action` makes the memory grow.
pub(crate) fn grows_by(action: impl FnOnce()) -> usize {
    let before = core::arch::wasm32::memory_size::<0>();
    action();
    core::arch::wasm32::memory_size::<0>() - before
}
