//! Texts of the browser and of other peers' browsers: descriptions, and lines of candidates.

use rejoin_proto::ice::{IceCandidate, ParsedCandidate};
use rejoin_proto::sdp::{MediaKind, Sdp, ufrags};

/// A session description is read or refused; both readers of its ICE generations agree.
pub fn sdp(text: &str) {
    let parsed = Sdp::parse(text);
    let short = ufrags(text);
    let sdp = match parsed {
        Ok(sdp) => sdp,
        Err(error) => return assert_eq!(short, Err(error)),
    };
    assert_eq!(short, Ok(sdp.ufrags().into_iter().map(str::to_owned).collect()));
    assert!(sdp.media.len() <= Sdp::MAX_MEDIA);
    let kinds = [MediaKind::Audio, MediaKind::Video, MediaKind::Application, MediaKind::Unknown];
    assert_eq!(kinds.map(|kind| sdp.count(kind)).iter().sum::<usize>(), sdp.media.len());
    assert_eq!(sdp.max_message_size().is_some(), sdp.count(MediaKind::Application) > 0);
    for print in sdp.fingerprints() {
        assert!(text.contains(print.algorithm) && text.contains(print.value));
    }
}

/// A line is taken apart or refused; what is told of its generation is the same in both ways of asking.
pub fn candidate(line: &str) {
    let candidate = IceCandidate { candidate: line.to_owned(), ..IceCandidate::default() };
    if let Ok(parsed) = candidate.parsed() {
        assert_eq!(parsed.username_fragment, candidate.ufrag());
        assert!(!parsed.foundation.is_empty() && !parsed.address.is_empty());
        // The `a=` of a line in a description is no part of it.
        let bare = line.strip_prefix("a=").unwrap_or(line);
        assert_eq!(ParsedCandidate::parse(bare), Ok(parsed));
    }
}
