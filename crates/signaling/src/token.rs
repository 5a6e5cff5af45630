//! Resume tokens: by which a peer proves its id, also to a server that has lost its memory.
//!
//! `base64url(version 1 | expiry, seconds since 1970, u64 | HMAC-SHA256 | peer id)`; the HMAC is over the room,
//! the peer and the expiry. A token is good in one room only, and as long as the key and its expiry say.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use hmac::{Hmac, Mac};
use rejoin_proto::id::{PeerId, RoomId};
use rejoin_proto::relay::Token;
use rejoin_proto::time::Instant;
use sha2::Sha256;

use crate::Key;

const VERSION: u8 = 1;
/// Keeps these HMACs apart from any other use of the same key.
const DOMAIN: &[u8] = b"rejoin resume token v1\0";

/// Why a resume token is refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum TokenError {
    /// It is not of the form this server gives out.
    #[error("the resume token is not one of this server")]
    Unreadable,
    /// It was signed under another key or for another room, or not by a server at all.
    #[error("the resume token is not valid for this room")]
    Forged,
    /// It was valid, and is no more.
    #[error("the resume token has expired")]
    Expired,
}

/// The token by which `peer` takes its id back in `room`, until `expiry`.
///
/// `None` where there can be no such token; a [`PeerId`] is too short for that to happen.
pub(crate) fn issue(key: &Key, room: &RoomId, peer: &PeerId, expiry: Instant) -> Option<Token> {
    let expiry = expiry.since_origin().as_secs().to_be_bytes();
    let mac = mac(key, room, peer.as_str(), expiry)?.finalize().into_bytes();
    let bytes = [&[VERSION], &expiry[..], &mac[..], peer.as_str().as_bytes()].concat();
    Token::new(URL_SAFE_NO_PAD.encode(bytes)).ok()
}

/// The id that `token` proves in `room`.
pub(crate) fn check(key: &Key, room: &RoomId, token: &Token, now: Instant) -> Result<PeerId, TokenError> {
    let bytes = URL_SAFE_NO_PAD.decode(token.as_str()).map_err(|_| TokenError::Unreadable)?;
    let (&[version], rest) = bytes.split_first_chunk::<1>().ok_or(TokenError::Unreadable)?;
    let (expiry, rest) = rest.split_first_chunk::<8>().ok_or(TokenError::Unreadable)?;
    let (found, peer) = rest.split_first_chunk::<32>().ok_or(TokenError::Unreadable)?;
    let peer = core::str::from_utf8(peer).ok().and_then(|peer| PeerId::new(peer).ok());
    let peer = peer.filter(|_| version == VERSION).ok_or(TokenError::Unreadable)?;
    let expected = mac(key, room, peer.as_str(), *expiry).ok_or(TokenError::Forged)?;
    // In constant time, so that the time does not tell how many bytes were right.
    expected.verify_slice(found).map_err(|_| TokenError::Forged)?;
    if now.since_origin().as_secs() >= u64::from_be_bytes(*expiry) { Err(TokenError::Expired) } else { Ok(peer) }
}

fn mac(key: &Key, room: &RoomId, peer: &str, expiry: [u8; 8]) -> Option<Hmac<Sha256>> {
    // Any length of key will do for HMAC, so this is always there.
    let mut mac = Hmac::<Sha256>::new_from_slice(key.as_bytes()).ok()?;
    mac.update(DOMAIN);
    // An id holds no NUL, so no two pairs of room and peer are the same bytes.
    mac.update(room.as_str().as_bytes());
    mac.update(&[0]);
    mac.update(peer.as_bytes());
    mac.update(&[0]);
    mac.update(&expiry);
    Some(mac)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key(seed: &str) -> Key {
        Key::from_text(&seed.repeat(32)).unwrap()
    }

    fn room(name: &str) -> RoomId {
        RoomId::new(name).unwrap()
    }

    fn seconds(seconds: u64) -> Instant {
        Instant::from_millis(seconds * 1000)
    }

    fn token() -> Token {
        issue(&key("k"), &room("kitchen"), &PeerId::new("ada").unwrap(), seconds(100)).unwrap()
    }

    #[test]
    fn a_token_proves_its_id_until_it_expires() {
        let check = |now| check(&key("k"), &room("kitchen"), &token(), seconds(now));
        assert_eq!(check(0), Ok(PeerId::new("ada").unwrap()));
        assert_eq!(check(99), Ok(PeerId::new("ada").unwrap()));
        assert_eq!(check(100), Err(TokenError::Expired));
    }

    #[test]
    fn a_token_of_another_room_or_key_is_refused() {
        assert_eq!(check(&key("k"), &room("cellar"), &token(), seconds(0)), Err(TokenError::Forged));
        assert_eq!(check(&key("x"), &room("kitchen"), &token(), seconds(0)), Err(TokenError::Forged));
    }

    #[test]
    fn no_byte_of_a_token_can_be_changed() {
        let bytes = URL_SAFE_NO_PAD.decode(token().as_str()).unwrap();
        for place in 0..bytes.len() {
            let mut changed = bytes.clone();
            changed[place] ^= 1;
            let changed = Token::new(URL_SAFE_NO_PAD.encode(changed)).unwrap();
            let answer = check(&key("k"), &room("kitchen"), &changed, seconds(0));
            assert!(matches!(answer, Err(TokenError::Forged | TokenError::Unreadable)), "byte {place}: {answer:?}");
        }
    }

    #[test]
    fn a_token_cut_short_or_of_junk_is_unreadable() {
        let whole = token();
        for length in 1..(1 + 8 + 32) * 4 / 3 {
            let cut = Token::new(&whole.as_str()[..length]).unwrap();
            assert!(check(&key("k"), &room("kitchen"), &cut, seconds(0)).is_err(), "{length}");
        }
        for junk in ["junk", "🦀", "AAAA", "{}"] {
            let junk = Token::new(junk).unwrap();
            assert_eq!(check(&key("k"), &room("kitchen"), &junk, seconds(0)), Err(TokenError::Unreadable));
        }
    }
}
