//! [sessionStorage](https://html.spec.whatwg.org/multipage/webstorage.html#dom-sessionstorage): texts of one tab and
//! origin, which outlive the page. A duplicated tab begins with a copy.
//!
//! It may be denied or full. Then nothing is stored, and nothing is there.

use super::sys;

/// What is stored under `key`.
pub(crate) fn get(key: &str) -> Option<String> {
    sys::session_item(key).ok().flatten()
}

/// Stores `value` under `key`, where the browser lets it.
pub(crate) fn set(key: &str, value: &str) {
    let _ = sys::set_session_item(key, value);
}

/// Removes what is stored under `key`.
pub(crate) fn remove(key: &str) {
    let _ = sys::remove_session_item(key);
}
