//! Camera, microphone and elements, with the browsers' fake devices.

use futures_util::{FutureExt, StreamExt};
use rejoin::media::{
    AttachmentEvent, AttachmentState, AudioConstraints, ContentHint, LocalStream, LocalStreamEvent, LocalTrackEvent,
    MediaConstraints, MediaErrorKind, MediaKind, VideoConstraints, at_least, attach, exact, get_user_media,
    get_user_media_with, range,
};
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::JsFuture;
use wasm_bindgen_test::wasm_bindgen_test;
use web_sys::{MediaStreamTrack, MediaStreamTrackState};

use crate::support::{until, video};

#[wasm_bindgen_test]
async fn the_simple_request_gives_a_live_camera_and_microphone() {
    let local = get_user_media(&MediaConstraints::default()).await.unwrap();
    assert_eq!(local.tracks().len(), 2);
    for kind in [MediaKind::Audio, MediaKind::Video] {
        let track = only(&local, kind);
        assert_eq!(track.kind(), kind);
        assert!(track.enabled() && !track.is_ended());
        assert!(!track.id().is_empty() && !track.label().is_empty());
    }
    assert!(!local.is_ended());
}

#[wasm_bindgen_test]
async fn what_is_not_asked_for_is_not_opened() {
    let local = get_user_media(&MediaConstraints::audio(AudioConstraints::new())).await.unwrap();
    assert_eq!(local.tracks().len(), 1);
    assert_eq!(local.tracks_of(MediaKind::Audio).len(), 1);
    assert!(local.is_muted(MediaKind::Video), "no camera, nothing to be seen");
}

#[wasm_bindgen_test]
async fn a_size_that_is_asked_for_is_what_the_settings_say() {
    let video = VideoConstraints::new().with_width(320).with_height(240).with_frame_rate(range(1.0..=60.0).unwrap());
    let local = get_user_media(&MediaConstraints::video(video)).await.unwrap();
    let settings = only(&local, MediaKind::Video).settings();
    assert_eq!((settings.width, settings.height), (Some(320), Some(240)));
    assert!(settings.frame_rate.is_some_and(|rate| (1.0..=60.0).contains(&rate)));
    assert!(settings.device_id.is_some_and(|id| !id.is_empty()));
}

#[wasm_bindgen_test]
async fn switches_of_the_microphone_are_read_back() {
    let audio = AudioConstraints::new().with_echo_cancellation(false).with_noise_suppression(false);
    let local = get_user_media(&MediaConstraints::audio(audio)).await.unwrap();
    let settings = only(&local, MediaKind::Audio).settings();
    assert_eq!(settings.echo_cancellation, Some(rejoin::media::EchoCancellation::Off));
    assert_eq!(settings.noise_suppression, Some(false));
}

#[wasm_bindgen_test]
async fn an_impossible_size_is_refused_by_the_name_of_the_constraint() {
    let video = VideoConstraints::new().with_width(at_least(100_000));
    let error = get_user_media(&MediaConstraints::video(video)).await.unwrap_err();
    assert_eq!(*error.kind(), MediaErrorKind::Overconstrained { constraint: "width".into() });
    assert_eq!(error.constraint(), Some("width"));
    assert_eq!(error.name(), "OverconstrainedError");
    assert!(!error.is_permission_denied() && !error.is_retryable());
    assert!(error.advice().contains("Choose another"));
}

#[wasm_bindgen_test]
async fn an_unknown_camera_is_refused_by_its_constraint() {
    let video = VideoConstraints::new().with_device_id(exact("no such camera"));
    let error = get_user_media(&MediaConstraints::video(video)).await.unwrap_err();
    assert_eq!(error.constraint(), Some("deviceId"));
}

#[wasm_bindgen_test]
async fn junk_for_constraints_is_a_typed_error() {
    for junk in ["{}", "{\"audio\":false,\"video\":false}", "7", "\"camera\"", "{\"video\":{\"advanced\":7}}"] {
        let junk = js_sys::JSON::parse(junk).unwrap();
        let error = get_user_media_with(&junk).await.unwrap_err();
        assert_eq!(*error.kind(), MediaErrorKind::Type, "{junk:?}: {error}");
        assert!(!error.message().is_empty());
    }
    assert_eq!(*get_user_media_with(&JsValue::UNDEFINED).await.unwrap_err().kind(), MediaErrorKind::Type);
}

#[wasm_bindgen_test]
async fn muting_switches_the_tracks_and_is_told_once() {
    let local = get_user_media(&MediaConstraints::default()).await.unwrap();
    let microphone = only(&local, MediaKind::Audio);
    let (mut events, mut track_events) = (local.events(), microphone.events());
    local.set_muted(MediaKind::Audio, true);
    local.set_muted(MediaKind::Audio, true);
    assert!(local.is_muted(MediaKind::Audio) && !local.is_muted(MediaKind::Video));
    assert!(!microphone.enabled() && !microphone.as_raw().enabled() && !microphone.is_ended());
    microphone.set_enabled(true);
    assert!(!local.is_muted(MediaKind::Audio));
    for muted in [true, false] {
        let told = LocalStreamEvent::MutedChanged { kind: MediaKind::Audio, muted };
        assert_eq!(events.next().now_or_never(), Some(Some(told)));
        assert_eq!(track_events.next().await, Some(LocalTrackEvent::EnabledChanged { enabled: !muted }));
    }
    assert_eq!(events.next().now_or_never(), None);
}

#[wasm_bindgen_test]
async fn the_last_drop_stops_the_devices() {
    let local = get_user_media(&MediaConstraints::default()).await.unwrap();
    let raw: Vec<MediaStreamTrack> = local.tracks().iter().map(|track| Clone::clone(track.as_raw())).collect();
    let handle = local.clone();
    drop(local);
    assert!(raw.iter().all(|track| track.ready_state() == MediaStreamTrackState::Live));
    drop(handle);
    assert!(raw.iter().all(|track| track.ready_state() == MediaStreamTrackState::Ended));
}

#[wasm_bindgen_test]
async fn a_track_handle_keeps_its_track_and_no_other() {
    let local = get_user_media(&MediaConstraints::default()).await.unwrap();
    let (microphone, camera) = (only(&local, MediaKind::Audio), Clone::clone(only(&local, MediaKind::Video).as_raw()));
    drop(local);
    assert_eq!(camera.ready_state(), MediaStreamTrackState::Ended);
    assert!(!microphone.is_ended());
    microphone.stop();
    assert!(microphone.is_ended());
}

#[wasm_bindgen_test]
async fn stopping_twice_tells_the_end_once() {
    let local = get_user_media(&MediaConstraints::video(VideoConstraints::new())).await.unwrap();
    let camera = only(&local, MediaKind::Video);
    let (mut events, track_events) = (local.events(), camera.events());
    local.stop();
    local.stop();
    camera.stop();
    assert!(local.is_ended() && local.is_muted(MediaKind::Video));
    assert_eq!(track_events.collect::<Vec<_>>().await, [LocalTrackEvent::Ended]);
    assert_eq!(events.next().await, Some(LocalStreamEvent::TrackEnded { kind: MediaKind::Video }));
    assert_eq!(events.next().await, None);
    assert_eq!(camera.events().collect::<Vec<_>>().await, [], "nothing more is to come");
}

#[wasm_bindgen_test]
async fn dropping_the_request_releases_the_device_that_arrives_later() {
    // A stand-in for the browser's call shows which stream it gives, and when: the devices are the browser's own.
    let spy = Spy::install();
    let constraints = MediaConstraints::default();
    let mut request = Box::pin(get_user_media(&constraints));
    assert!((&mut request).now_or_never().is_none());
    drop(request);
    let stream: web_sys::MediaStream = JsFuture::from(spy.promise()).await.unwrap().unchecked_into();
    let stopped = || {
        stream
            .get_tracks()
            .iter()
            .all(|track| track.unchecked_into::<MediaStreamTrack>().ready_state() == MediaStreamTrackState::Ended)
    };
    until(stopped).await;
    assert_eq!(stream.get_tracks().length(), 2);
}

#[wasm_bindgen_test]
async fn a_request_that_is_never_polled_opens_nothing() {
    let spy = Spy::install();
    drop(get_user_media(&MediaConstraints::default()));
    assert!(spy.promise().is_undefined());
}

#[wasm_bindgen_test]
async fn a_page_without_devices_is_told_before_the_call() {
    let hidden = Hidden::new();
    let error = get_user_media(&MediaConstraints::default()).await.unwrap_err();
    drop(hidden);
    // The test page is served from localhost: a secure context.
    assert_eq!(*error.kind(), MediaErrorKind::Unsupported);
    assert!(!error.is_retryable());
}

#[wasm_bindgen_test]
async fn constraints_on_a_live_track_change_what_it_delivers() {
    let local = get_user_media(&MediaConstraints::video(VideoConstraints::new().with_width(640).with_height(480)))
        .await
        .unwrap();
    let camera = only(&local, MediaKind::Video);
    camera.apply_constraints(VideoConstraints::new().with_width(320).with_height(240)).await.unwrap();
    until(|| camera.settings().width == Some(320) || is_firefox()).await;

    let impossible = camera.apply_constraints(VideoConstraints::new().with_width(at_least(100_000))).await;
    // Firefox's fake camera takes any new constraints and changes nothing.
    assert!(is_firefox() || impossible.unwrap_err().constraint() == Some("width"));
    let error = camera.apply_constraints(AudioConstraints::new()).await.unwrap_err();
    assert_eq!(*error.kind(), MediaErrorKind::Type);
}

#[wasm_bindgen_test]
async fn a_content_hint_is_kept() {
    let local = get_user_media(&MediaConstraints::video(VideoConstraints::new())).await.unwrap();
    let camera = only(&local, MediaKind::Video);
    assert_eq!(camera.content_hint(), ContentHint::None);
    camera.set_content_hint(&ContentHint::Detail);
    assert_eq!(camera.content_hint(), ContentHint::Detail);
}

#[wasm_bindgen_test]
async fn a_track_from_elsewhere_makes_a_stream_that_owns_it() {
    let camera = get_user_media(&MediaConstraints::video(VideoConstraints::new())).await.unwrap();
    let camera = only(&camera, MediaKind::Video);
    // The browser's own clone: a second track of the same camera, as a filter would make.
    let processed: MediaStreamTrack = browser_clone(camera.as_raw());
    let stream = LocalStream::from_raw_track(Clone::clone(&processed)).unwrap();
    assert_eq!(only(&stream, MediaKind::Video).id(), processed.id());
    drop(stream);
    assert_eq!(processed.ready_state(), MediaStreamTrackState::Ended);
    assert!(!camera.is_ended());
}

#[wasm_bindgen_test]
async fn an_attached_stream_plays_and_is_taken_out_on_drop() {
    let local = get_user_media(&MediaConstraints::default()).await.unwrap();
    let video = video();
    let attachment = attach(&video, &local);
    let mut events = attachment.events();
    assert_eq!(attachment.state(), AttachmentState::Waiting);
    assert_eq!(events.next().await, Some(AttachmentEvent::Playing));
    assert_eq!(attachment.state(), AttachmentState::Playing);
    assert!(video.muted(), "nobody hears himself");
    assert!(video.autoplay() && video.has_attribute("playsinline"));
    until(|| video.current_time() > 0.0 && video.video_width() > 0).await;

    drop(attachment);
    assert!(video.src_object().is_none());
    assert!(!video.muted() && !video.autoplay() && !video.has_attribute("playsinline"), "as it was found");
    assert_eq!(events.next().await, None);
    video.remove();
}

#[wasm_bindgen_test]
async fn a_stream_of_the_other_side_is_not_silenced() {
    let local = get_user_media(&MediaConstraints::default()).await.unwrap();
    let video = video();
    let attachment = attach(&video, local.as_raw());
    assert!(!video.muted());
    attachment.retry().await.unwrap();
    assert_eq!(attachment.state(), AttachmentState::Playing);
    video.remove();
}

#[wasm_bindgen_test]
async fn a_refusal_to_play_is_told_and_can_be_tried_again() {
    let local = get_user_media(&MediaConstraints::default()).await.unwrap();
    let video = video();
    // The flags of the test browsers allow everything: the refusal itself is put in their place.
    let refuse = js_sys::Function::new_no_args(
        "return Promise.reject(new DOMException('not before a click', 'NotAllowedError'))",
    );
    js_sys::Reflect::set(&video, &"play".into(), &refuse).unwrap();
    let attachment = attach(&video, local.as_raw());
    let mut events = attachment.events();
    video.set_autoplay(false);
    assert_eq!(events.next().await, Some(AttachmentEvent::Blocked));
    assert_eq!(attachment.state(), AttachmentState::Blocked);
    let error = attachment.retry().await.unwrap_err();
    assert!(error.is_permission_denied());

    js_sys::Reflect::delete_property(&video, &"play".into()).unwrap();
    attachment.retry().await.unwrap();
    assert_eq!(attachment.state(), AttachmentState::Playing);
    video.remove();
}

#[wasm_bindgen_test]
async fn an_element_that_shows_something_else_by_now_is_left_alone() {
    let local = get_user_media(&MediaConstraints::default()).await.unwrap();
    let other = web_sys::MediaStream::new().unwrap();
    let video = video();
    let attachment = attach(&video, &local);
    video.set_src_object(Some(&other));
    drop(attachment);
    assert_eq!(video.src_object(), Some(other));
    video.remove();
}

#[wasm_bindgen_test]
async fn another_stream_takes_the_place_of_the_one_that_is_shown() {
    let local = get_user_media(&MediaConstraints::default()).await.unwrap();
    let remote = web_sys::MediaStream::new_with_stream(local.as_raw()).unwrap();
    let video = video();
    let preview = attach(&video, &local);
    assert!(video.muted());
    let picture = attach(&video, &remote);
    assert!(!video.muted(), "what was silent is heard");
    assert_eq!(picture.events().next().await, Some(AttachmentEvent::Playing));
    assert_eq!(preview.state(), AttachmentState::Waiting, "it is over");
    drop(preview);
    assert!(video.src_object() == Some(remote) && video.autoplay(), "it is not its element any more");
    drop(picture);
    assert!(video.src_object().is_none());
    assert!(!video.muted() && !video.autoplay() && !video.has_attribute("playsinline"), "as it was found");
    video.remove();
}

fn only(local: &LocalStream, kind: MediaKind) -> rejoin::media::LocalTrack {
    let mut tracks = local.tracks_of(kind);
    assert_eq!(tracks.len(), 1);
    tracks.remove(0)
}

#[expect(clippy::disallowed_methods, reason = "a new track of the same device is what is wanted here")]
fn browser_clone(track: &MediaStreamTrack) -> MediaStreamTrack {
    track.clone()
}

fn is_firefox() -> bool {
    web_sys::window().unwrap().navigator().user_agent().unwrap().contains("Firefox")
}

fn devices() -> js_sys::Object {
    web_sys::window().unwrap().navigator().media_devices().unwrap().unchecked_into()
}

/// Keeps the promise of the browser's getUserMedia as long as it lives.
struct Spy;

impl Spy {
    fn install() -> Self {
        let spy = js_sys::Function::new_with_args(
            "constraints",
            "return this.seen = MediaDevices.prototype.getUserMedia.call(this, constraints)",
        );
        js_sys::Reflect::set(&devices(), &"getUserMedia".into(), &spy).unwrap();
        Self
    }

    fn promise(&self) -> js_sys::Promise {
        js_sys::Reflect::get(&devices(), &"seen".into()).unwrap().unchecked_into()
    }
}

impl Drop for Spy {
    fn drop(&mut self) {
        js_sys::Reflect::delete_property(&devices(), &"getUserMedia".into()).unwrap();
        js_sys::Reflect::delete_property(&devices(), &"seen".into()).unwrap();
    }
}

/// Hides `navigator.mediaDevices` as long as it lives.
struct Hidden;

impl Hidden {
    fn new() -> Self {
        js_sys::eval("Object.defineProperty(navigator, 'mediaDevices', { value: undefined, configurable: true })")
            .unwrap();
        Self
    }
}

impl Drop for Hidden {
    fn drop(&mut self) {
        js_sys::eval("delete navigator.mediaDevices").unwrap();
    }
}
