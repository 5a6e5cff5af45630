//! getUserMedia: the camera and the microphone.

use js_sys::Promise;
use rejoin_proto::media::{MediaConstraints, MediaErrorKind};
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::{JsFuture, spawn_local};
use web_sys::MediaStream;

use super::sys;
use super::{LocalStream, MediaError};
use crate::browser::json;

/// Opens the camera, the microphone or both; the browser asks the user where it has not yet.
///
/// # Errors
/// [`MediaError`], by kind: see [`MediaErrorKind`]. An insecure page and a browser without devices are told
/// before anybody is asked.
///
/// # Cancellation
/// Dropping the future gives the device up, also one that arrives later: no light stays on.
///
/// ```no_run
/// # async fn example() -> Result<(), Box<dyn std::error::Error>> {
/// use rejoin::media::{MediaConstraints, VideoConstraints, get_user_media};
///
/// let local = get_user_media(&MediaConstraints::video(VideoConstraints::new().with_width(1280))).await?;
/// # Ok(()) }
/// ```
pub async fn get_user_media(constraints: &MediaConstraints) -> Result<LocalStream, MediaError> {
    get_user_media_with(&json::to_js(constraints)?).await
}

/// [`get_user_media`] with the browser's own dictionary, a `MediaStreamConstraints`, for members rejoin has no type for.
///
/// # Errors
/// As [`get_user_media`]; [`MediaErrorKind::Type`] where the browser does not take `constraints` for its dictionary.
///
/// # Cancellation
/// As [`get_user_media`].
pub async fn get_user_media_with(constraints: &JsValue) -> Result<LocalStream, MediaError> {
    // What a page has put in the browser's place may give no promise.
    let promise = Promise::resolve(&devices()?.get_user_media(constraints)?);
    let pending = Pending { promise: Some(promise) };
    Ok(LocalStream::from_raw(pending.await_stream().await?))
}

fn devices() -> Result<sys::MediaDevices, MediaError> {
    let global = sys::global();
    let devices = global.navigator().and_then(|navigator| navigator.media_devices());
    devices.ok_or_else(|| {
        if global.is_secure_context() == Some(false) {
            let message = "the page is not a secure context: neither https nor localhost";
            MediaError::new(MediaErrorKind::InsecureContext, "SecurityError", message)
        } else {
            let message = "navigator.mediaDevices is missing";
            MediaError::new(MediaErrorKind::Unsupported, "NotSupportedError", message)
        }
    })
}

/// A request under way; where it is given up, what it brings is stopped.
struct Pending {
    promise: Option<Promise>,
}

impl Pending {
    async fn await_stream(mut self) -> Result<MediaStream, MediaError> {
        let Some(promise) = self.promise.clone() else { return Err(JsValue::UNDEFINED.into()) };
        let outcome = JsFuture::from(promise).await;
        self.promise = None;
        outcome?.dyn_into().map_err(|_| MediaError::new(MediaErrorKind::Type, "TypeError", "not a MediaStream"))
    }
}

impl Drop for Pending {
    fn drop(&mut self) {
        if let Some(promise) = self.promise.take() {
            spawn_local(async move {
                if let Ok(stream) = JsFuture::from(promise).await
                    && let Ok(stream) = stream.dyn_into()
                {
                    drop(LocalStream::from_raw(stream));
                }
            });
        }
    }
}
