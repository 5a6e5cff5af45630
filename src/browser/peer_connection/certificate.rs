//! RTCCertificate: who we are to the other side.

use core::time::Duration;

use wasm_bindgen::JsCast;
use wasm_bindgen_futures::JsFuture;

use super::error::{PeerConnectionError, thrown};
use super::sys::{self, Dict};

/// A DTLS certificate (ECDSA P-256): given to several connections, the other side knows them as one.
#[derive(Debug, Clone)]
pub struct Certificate(sys::Certificate);

impl Certificate {
    /// Makes a new one; browsers let it live for 30 days.
    ///
    /// # Errors
    /// [`PeerConnectionError::Unsupported`] where there is no WebRTC.
    ///
    /// # Cancellation
    /// Dropping the future forgets the certificate.
    pub async fn generate() -> Result<Self, PeerConnectionError> {
        let algorithm = Dict::new();
        algorithm.set("name", &"ECDSA".into());
        algorithm.set("namedCurve", &"P-256".into());
        let promise = sys::PeerConnection::generate_certificate(&algorithm).map_err(thrown)?;
        let certificate = JsFuture::from(promise).await.map_err(thrown)?;
        Ok(Self(certificate.unchecked_into()))
    }

    /// When it stops being valid, counted from 1970 (`Date.now()` is on the same scale). A connection that is made
    /// with it later is refused.
    pub fn expires(&self) -> Duration {
        Duration::try_from_secs_f64(self.0.expires_ms() / 1000.0).unwrap_or_default()
    }

    /// Its fingerprints, as they stand in the session descriptions.
    ///
    /// # Errors
    /// [`PeerConnectionError::Type`] where the browser cannot tell.
    pub fn fingerprints(&self) -> Result<Vec<Fingerprint>, PeerConnectionError> {
        let fingerprints = self.0.get_fingerprints().map_err(thrown)?;
        Ok(fingerprints
            .iter()
            .map(|fingerprint| {
                let fingerprint: sys::Fingerprint = fingerprint.unchecked_into();
                Fingerprint {
                    algorithm: fingerprint.algorithm().as_string().unwrap_or_default(),
                    value: fingerprint.value().as_string().unwrap_or_default(),
                }
            })
            .collect())
    }

    /// Takes a certificate of the browser's, one from IndexedDB for instance.
    pub fn from_raw(raw: web_sys::RtcCertificate) -> Self {
        Self(raw.unchecked_into())
    }

    /// The browser's own object.
    pub fn as_raw(&self) -> &web_sys::RtcCertificate {
        &self.0
    }

    /// The browser's own object.
    pub fn into_raw(self) -> web_sys::RtcCertificate {
        self.0.into()
    }
}

/// The hash of a certificate.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Fingerprint {
    /// The hash function, such as `sha-256`.
    pub algorithm: String,
    /// The hash as pairs of hexadecimal digits with colons between.
    pub value: String,
}
