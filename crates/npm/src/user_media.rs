//! Camera and microphone.

use js_sys::Promise;
use rejoin::media::get_user_media_with;
use wasm_bindgen::prelude::*;
use web_sys::AbortSignal;

use crate::abort::abortable;
use crate::failure;
use crate::local_stream::LocalStreamHandle;

/// Opens camera, microphone or both.
#[wasm_bindgen(js_name = getUserMedia, unchecked_return_type = "Promise<LocalStreamHandle>")]
pub fn get_user_media(
    #[wasm_bindgen(unchecked_param_type = "MediaStreamConstraints")] constraints: JsValue,
    signal: Option<AbortSignal>,
) -> Promise {
    abortable(signal, async move {
        let stream = get_user_media_with(&constraints).await.map_err(failure::media)?;
        Ok(LocalStreamHandle(stream).into())
    })
}
