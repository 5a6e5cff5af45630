//! The files of a demo, and the headers that every answer has.

use std::path::PathBuf;

use axum::http::HeaderValue;
use axum::http::header::{CACHE_CONTROL, CONTENT_SECURITY_POLICY, HeaderName, REFERRER_POLICY, X_CONTENT_TYPE_OPTIONS};
use axum::response::Response;
use tower_http::services::ServeDir;

/// Serves `folder`: `index.html` for a folder in it, types by extension (`.wasm` among them).
pub(crate) fn service(folder: PathBuf) -> ServeDir {
    ServeDir::new(folder)
}

/// The headers of every answer.
///
/// Nothing here keeps a page from the camera: without a `Permissions-Policy` a page may ask for it, a frame of
/// another origin may not.
const HEADERS: [(HeaderName, &str); 4] = [
    // Ask each time (304 is cheap), so that a new build is seen at the next load.
    (CACHE_CONTROL, "no-cache"),
    (X_CONTENT_TYPE_OPTIONS, "nosniff"),
    // The address of a page holds its room: do not tell it to other sites.
    (REFERRER_POLICY, "same-origin"),
    // A page that has the camera must not sit in the frame of another site.
    (CONTENT_SECURITY_POLICY, "frame-ancestors 'self'; base-uri 'self'; object-src 'none'"),
];

pub(crate) async fn secure(mut response: Response) -> Response {
    for (name, value) in HEADERS {
        response.headers_mut().entry(name).or_insert(HeaderValue::from_static(value));
    }
    response
}
