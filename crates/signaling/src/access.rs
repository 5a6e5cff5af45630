//! Access tokens: by which the application says who may enter which room.
//!
//! A [JSON Web Token](https://www.rfc-editor.org/rfc/rfc7519) signed by HMAC-SHA256 (`HS256`), because every language has a
//! library that makes them. Claims: `room` and `exp`, and if wanted `sub` (who it is, to be kicked by), `iat` and `nbf`.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use hmac::{Hmac, Mac};
use rejoin_proto::id::RoomId;
use rejoin_proto::relay::Token;
use rejoin_proto::time::Instant;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use crate::Key;

/// The most bytes of `sub`.
const MAX_SUBJECT_BYTES: usize = 256;
/// By how much the clock of who makes the tokens may be ahead of ours.
const SKEW_S: f64 = 60.0;

/// What the application allows by an access token.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Access {
    /// `room`: the room that may be entered.
    pub room: String,
    /// `exp`: until when, in seconds since 1970. Who is in the room by then stays.
    #[serde(rename = "exp")]
    pub expiry: f64,
    /// `sub`: who it is, at most 256 bytes; the server does not look inside. All peers of one can be kicked at once.
    #[serde(rename = "sub", default, skip_serializing_if = "Option::is_none")]
    pub subject: Option<String>,
    /// `iat`: when the token was made, in seconds since 1970. Without it the token is older than any kick.
    #[serde(rename = "iat", default, skip_serializing_if = "Option::is_none")]
    pub issued: Option<f64>,
    /// `nbf`: from when on it is valid, in seconds since 1970.
    #[serde(rename = "nbf", default, skip_serializing_if = "Option::is_none")]
    pub not_before: Option<f64>,
}

/// Why an access token is refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum AccessError {
    /// It is no JSON Web Token, or lacks a claim. Make one with `room` and `exp`.
    #[error("the access token is not a JSON Web Token with room and exp")]
    Unreadable,
    /// It says that it is signed in another way than this server takes. Sign by HS256.
    #[error("the access token is not signed by HS256")]
    Algorithm,
    /// It was signed under another key. Servers and application must have the same.
    #[error("the access token is signed under another key")]
    Forged,
    /// It is for another room.
    #[error("the access token is for another room")]
    OtherRoom,
    /// Its time is over. Get a new one from the application.
    #[error("the access token has expired")]
    Expired,
    /// Its time has not come, or its clock is ahead of the server's.
    #[error("the access token is not valid yet")]
    NotYet,
    /// It lives longer than the server remembers what was revoked (`--token-lifetime-s`). Make shorter ones.
    #[error("the access token lives too long")]
    TooLong,
}

#[derive(Serialize, Deserialize)]
struct Header {
    alg: String,
    /// Extensions that must be understood; none is.
    #[serde(default, skip_serializing)]
    crit: Option<Vec<String>>,
}

impl Access {
    /// Into `room`, until `expiry` in seconds since 1970.
    pub fn new(room: &RoomId, expiry: u64) -> Self {
        let expiry = seconds(expiry);
        Self { room: room.as_str().to_owned(), expiry, subject: None, issued: None, not_before: None }
    }

    /// Sets who it is, and when the token is made, in seconds since 1970.
    #[must_use = "this returns the changed claims"]
    pub fn with_subject(mut self, subject: impl Into<String>, issued: u64) -> Self {
        self.subject = Some(subject.into());
        self.issued = Some(seconds(issued));
        self
    }

    /// The token, signed. `None` where it would be longer than 4 KiB.
    pub fn sign(&self, key: &Key) -> Option<Token> {
        let part = |json: Vec<u8>| URL_SAFE_NO_PAD.encode(json);
        let header = serde_json::to_vec(&Header { alg: ALGORITHM.to_owned(), crit: None }).ok()?;
        let signed = format!("{}.{}", part(header), part(serde_json::to_vec(self).ok()?));
        let mac = mac(key, &signed)?.finalize().into_bytes();
        Token::new(format!("{signed}.{}", URL_SAFE_NO_PAD.encode(mac))).ok()
    }

    /// Reads a token whose signature is right. Whether it is valid now is another question.
    fn read(key: &Key, token: &Token) -> Result<Self, AccessError> {
        let (signed, signature) = token.as_str().rsplit_once('.').ok_or(AccessError::Unreadable)?;
        let (header, claims) = signed.split_once('.').ok_or(AccessError::Unreadable)?;
        let bytes = |text: &str| URL_SAFE_NO_PAD.decode(text).map_err(|_| AccessError::Unreadable);
        let header: Header = serde_json::from_slice(&bytes(header)?).map_err(|_| AccessError::Unreadable)?;
        if header.alg != ALGORITHM || header.crit.is_some() {
            return Err(AccessError::Algorithm);
        }
        let expected = mac(key, signed).ok_or(AccessError::Forged)?;
        // In constant time, so that the time does not tell how many bytes were right.
        expected.verify_slice(&bytes(signature)?).map_err(|_| AccessError::Forged)?;
        // Only now that we know who wrote it.
        let access: Self = serde_json::from_slice(&bytes(claims)?).map_err(|_| AccessError::Unreadable)?;
        let is_short = access.subject.as_ref().is_none_or(|subject| subject.len() <= MAX_SUBJECT_BYTES);
        if is_short { Ok(access) } else { Err(AccessError::Unreadable) }
    }

    /// What `token` allows in `room` now. One that has expired is as good as new to who `is_back`: it was let in once.
    pub(crate) fn check(
        key: &Key,
        room: &RoomId,
        token: &Token,
        now: Instant,
        longest: core::time::Duration,
        is_back: bool,
    ) -> Result<Self, AccessError> {
        let access = Self::read(key, token)?;
        let now = now.since_origin().as_secs_f64();
        if access.room != room.as_str() {
            Err(AccessError::OtherRoom)
        } else if access.expiry <= now && !is_back {
            Err(AccessError::Expired)
        } else if access.expiry > now + longest.as_secs_f64() + SKEW_S {
            Err(AccessError::TooLong)
        } else if [access.not_before, access.issued].into_iter().flatten().any(|from| from > now + SKEW_S) {
            Err(AccessError::NotYet)
        } else {
            Ok(access)
        }
    }
}

/// Names a token without giving it away: for the list of those that are revoked.
pub(crate) fn fingerprint(token: &Token) -> String {
    // Of what is signed: the signature of one token can be written in more than one way.
    let signed = token.as_str().rsplit_once('.').map_or(token.as_str(), |(signed, _)| signed);
    URL_SAFE_NO_PAD.encode(Sha256::digest(signed))
}

fn mac(key: &Key, signed: &str) -> Option<Hmac<Sha256>> {
    // Any length of key will do for HMAC, so this is always there.
    let mut mac = Hmac::<Sha256>::new_from_slice(key.as_bytes()).ok()?;
    mac.update(signed.as_bytes());
    Some(mac)
}

#[expect(clippy::cast_precision_loss, reason = "exact for 200 million years")]
const fn seconds(seconds: u64) -> f64 {
    seconds as f64
}

const ALGORITHM: &str = "HS256";

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    const DAY: Duration = Duration::from_secs(86_400);

    fn key() -> Key {
        Key::from_text("your-256-bit-secret-of-32-chars!").unwrap()
    }

    fn room() -> RoomId {
        RoomId::new("kitchen").unwrap()
    }

    fn check(token: &Token, now: u64) -> Result<Access, AccessError> {
        Access::check(&key(), &room(), token, Instant::from_millis(now * 1000), DAY, false)
    }

    fn raw(header: &str, claims: &str) -> Token {
        let signed = format!("{}.{}", URL_SAFE_NO_PAD.encode(header), URL_SAFE_NO_PAD.encode(claims));
        let mac = mac(&key(), &signed).unwrap().finalize().into_bytes();
        Token::new(format!("{signed}.{}", URL_SAFE_NO_PAD.encode(mac))).unwrap()
    }

    const HEADER: &str = r#"{"alg":"HS256","typ":"JWT"}"#;

    #[test]
    fn a_token_lets_into_its_room_until_it_expires() {
        let access = Access::new(&room(), 1100).with_subject("ada", 1000);
        let token = access.sign(&key()).unwrap();
        assert_eq!(check(&token, 1000), Ok(access.clone()));
        assert_eq!(check(&token, 1100), Err(AccessError::Expired));
        let now = Instant::from_millis(1_100_000);
        assert_eq!(Access::check(&key(), &room(), &token, now, DAY, true), Ok(access));
        let cellar = RoomId::new("cellar").unwrap();
        assert_eq!(Access::check(&key(), &cellar, &token, now, DAY, true), Err(AccessError::OtherRoom));
    }

    #[test]
    fn a_token_of_another_library_is_read() {
        // Made with Node's crypto, as docs/protocol.md shows.
        let token = "eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9.\
                     eyJyb29tIjoia2l0Y2hlbiIsImV4cCI6MTEwMCwic3ViIjoiYWRhIiwiaWF0IjoxMDAwfQ.\
                     IMYu9r1RjYUNBGY5ZJhDSzaV0jbxiT_WTiXYhLkrjn8";
        let access = check(&Token::new(token).unwrap(), 1000).unwrap();
        assert_eq!((access.subject.as_deref(), access.issued), (Some("ada"), Some(1000.0)));
    }

    #[test]
    fn what_is_not_signed_as_it_should_be_is_refused() {
        let claims = r#"{"room":"kitchen","exp":1100}"#;
        assert!(check(&raw(HEADER, claims), 1000).is_ok());
        for header in [r#"{"alg":"none"}"#, r#"{"alg":"HS512"}"#, r#"{"alg":"HS256","crit":["exp"]}"#] {
            assert_eq!(check(&raw(header, claims), 1000), Err(AccessError::Algorithm), "{header}");
        }
        let other = Key::from_text(&"x".repeat(32)).unwrap();
        let forged = Access::new(&room(), 1100).sign(&other).unwrap();
        assert_eq!(check(&forged, 1000), Err(AccessError::Forged));
        let good = raw(HEADER, claims);
        for place in 0..good.as_str().len() {
            let mut text = good.as_str().as_bytes().to_vec();
            text[place] = if text[place] == b'A' { b'B' } else { b'A' };
            let changed = Token::new(String::from_utf8(text).unwrap()).unwrap();
            assert!(check(&changed, 1000).is_err(), "byte {place}");
        }
    }

    #[test]
    fn what_lacks_a_claim_or_is_junk_is_unreadable() {
        let long = format!(r#"{{"room":"kitchen","exp":1100,"sub":"{}"}}"#, "x".repeat(MAX_SUBJECT_BYTES + 1));
        for claims in
            ["{}", r#"{"room":"kitchen"}"#, r#"{"exp":1100}"#, r#"{"room":1,"exp":1100}"#, "[]", "junk", &long]
        {
            assert_eq!(check(&raw(HEADER, claims), 1000), Err(AccessError::Unreadable), "{claims}");
        }
        for junk in ["junk", "a.b", "a.b.c", "..", "🦀.🦀.🦀"] {
            assert_eq!(check(&Token::new(junk).unwrap(), 1000), Err(AccessError::Unreadable), "{junk}");
        }
    }

    #[test]
    fn a_token_that_is_early_or_lives_too_long_is_refused() {
        let with = |more: &str| raw(HEADER, &format!(r#"{{"room":"kitchen",{more}}}"#));
        assert_eq!(check(&with(r#""exp":2000,"nbf":1061"#), 1000), Err(AccessError::NotYet));
        assert_eq!(check(&with(r#""exp":2000,"iat":1061"#), 1000), Err(AccessError::NotYet));
        assert!(check(&with(r#""exp":2000.5,"nbf":1060,"iat":1060"#), 1000).is_ok());
        assert_eq!(check(&with(r#""exp":1e300"#), 1000), Err(AccessError::TooLong));
        assert_eq!(check(&with(r#""exp":-1"#), 1000), Err(AccessError::Expired));
    }
}
