//! A camera or microphone that was refused.

use core::fmt;

use rejoin_proto::media::MediaErrorKind;
use wasm_bindgen::{JsCast, JsValue};

use super::sys;
use crate::browser::error::BrowserError;

/// Why a camera, a microphone or the playing of a stream was refused.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MediaError {
    kind: MediaErrorKind,
    browser: BrowserError,
}

impl MediaError {
    pub(super) fn new(kind: MediaErrorKind, name: &str, message: &str) -> Self {
        Self { kind, browser: BrowserError::new(name, message) }
    }

    /// What went wrong, the same for every browser.
    pub const fn kind(&self) -> &MediaErrorKind {
        &self.kind
    }

    /// The browser's name for it, such as `NotAllowedError`.
    pub fn name(&self) -> &str {
        self.browser.name()
    }

    /// The browser's own words: for a log, not for a person.
    pub fn message(&self) -> &str {
        self.browser.message()
    }

    /// What the user can do about it, in words to show to a person.
    pub const fn advice(&self) -> &'static str {
        self.kind.advice()
    }

    /// The constraint that no device satisfies, where that is the reason and the browser tells.
    pub fn constraint(&self) -> Option<&str> {
        match &self.kind {
            MediaErrorKind::Overconstrained { constraint } => {
                Some(constraint).filter(|name| !name.is_empty()).map(|name| &**name)
            }
            _ => None,
        }
    }

    /// Whether the user, the browser's settings or the embedding page refused.
    pub const fn is_permission_denied(&self) -> bool {
        matches!(self.kind, MediaErrorKind::NotAllowed)
    }

    /// Whether the very same request may succeed if it is simply made again.
    pub const fn is_retryable(&self) -> bool {
        self.kind.is_retryable()
    }
}

impl fmt::Display for MediaError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.browser.fmt(f)
    }
}

impl core::error::Error for MediaError {
    fn source(&self) -> Option<&(dyn core::error::Error + 'static)> {
        Some(&self.browser)
    }
}

impl From<JsValue> for MediaError {
    fn from(thrown: JsValue) -> Self {
        if !thrown.is_object() {
            return BrowserError::from(thrown).into();
        }
        // Read by member, not by class: an OverconstrainedError is a DOMException in some browsers only.
        let thrown: sys::Thrown = thrown.unchecked_into();
        let name = thrown.name().as_string().unwrap_or_default();
        let kind = MediaErrorKind::from_name(&name, thrown.constraint().as_string());
        Self { kind, browser: BrowserError::new(name, thrown.message().as_string().unwrap_or_default()) }
    }
}

impl From<BrowserError> for MediaError {
    fn from(browser: BrowserError) -> Self {
        Self { kind: MediaErrorKind::from_name(browser.name(), None), browser }
    }
}
