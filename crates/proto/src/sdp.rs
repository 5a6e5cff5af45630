//! What rejoin reads from a session description ([RFC 8866](https://www.rfc-editor.org/rfc/rfc8866)):
//! ICE generations, DTLS fingerprints, the bound of data channel messages, and the m-lines by kind.

use crate::text::cut;

/// A session description, as far as rejoin reads it. It borrows the text.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
#[non_exhaustive]
pub struct Sdp<'a> {
    /// What holds for every m-line that does not say otherwise.
    pub session: Attributes<'a>,
    /// The m-lines, in order.
    pub media: Vec<Media<'a>>,
}

/// One m-line and what belongs to it.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Media<'a> {
    /// Audio, video or data channels.
    pub kind: MediaKind,
    /// The port; 0 is a rejected m-line, or one that is bundled into another.
    pub port: u16,
    /// Its name.
    pub mid: Option<&'a str>,
    /// Its attributes.
    pub attributes: Attributes<'a>,
    /// `max-message-size` as it is written; see [`Sdp::max_message_size`].
    pub max_message_size: Option<u64>,
}

/// Attributes that stand at the session or at an m-line.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
#[non_exhaustive]
pub struct Attributes<'a> {
    /// The ICE generation.
    pub ice_ufrag: Option<&'a str>,
    /// The options of ICE, `trickle` for instance.
    pub ice_options: Vec<&'a str>,
    /// Hashes of the DTLS certificate.
    pub fingerprints: Vec<Fingerprint<'a>>,
}

/// A hash of a DTLS certificate.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Fingerprint<'a> {
    /// The hash function, `sha-256` for instance.
    pub algorithm: &'a str,
    /// The hash, as pairs of hexadecimal digits with colons between them.
    pub value: &'a str,
}

/// What an m-line carries.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum MediaKind {
    /// Audio.
    Audio,
    /// Video.
    Video,
    /// Data channels.
    Application,
    /// A kind this version of rejoin does not know.
    Unknown,
}

/// A text that is not a session description.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum SdpError {
    /// It does not begin with `v=0`.
    #[error("the session description does not begin with v=0")]
    Version,
    /// A line is not a letter, an equals sign and a value, or its value cannot be read.
    #[error("line {line} of the session description cannot be read")]
    Line {
        /// The line, from 1.
        line: usize,
    },
    /// It has more than [`Sdp::MAX_MEDIA`] m-lines.
    #[error("the session description has more than {} m-lines", Sdp::MAX_MEDIA)]
    TooManyMedia,
}

impl<'a> Sdp<'a> {
    /// The most m-lines that are read.
    pub const MAX_MEDIA: usize = 256;

    /// What a side takes that says nothing ([RFC 8841](https://www.rfc-editor.org/rfc/rfc8841#section-6.1)), in bytes.
    pub const DEFAULT_MAX_MESSAGE_SIZE: usize = 65_536;

    /// Reads a description.
    ///
    /// # Errors
    /// [`SdpError`] where the text is not a session description. Attributes that are not known, and
    /// values of known ones that make no sense, are passed over: the browser is the judge of those.
    pub fn parse(text: &'a str) -> Result<Self, SdpError> {
        let mut sdp = Self::default();
        read(text, &mut |line| match line {
            Line::Media(kind, port) => {
                let attributes = Attributes::default();
                sdp.media.push(Media { kind, port, mid: None, attributes, max_message_size: None });
            }
            Line::Attribute(name, value) => sdp.attribute(name, value),
        })?;
        Ok(sdp)
    }

    /// The ICE generations, each once, in order.
    pub fn ufrags(&self) -> Vec<&'a str> {
        let mut ufrags = Vec::new();
        for ufrag in self.attributes().filter_map(|attributes| attributes.ice_ufrag) {
            if !ufrags.contains(&ufrag) {
                ufrags.push(ufrag);
            }
        }
        ufrags
    }

    /// The hashes of the DTLS certificates, each once, in order.
    pub fn fingerprints(&self) -> Vec<Fingerprint<'a>> {
        let mut fingerprints = Vec::new();
        for fingerprint in self.attributes().flat_map(|attributes| &attributes.fingerprints) {
            if !fingerprints.contains(fingerprint) {
                fingerprints.push(*fingerprint);
            }
        }
        fingerprints
    }

    /// Whether an ICE option is given anywhere, `trickle` for instance.
    pub fn has_ice_option(&self, option: &str) -> bool {
        self.attributes().any(|attributes| attributes.ice_options.contains(&option))
    }

    /// The largest data channel message this side takes, in bytes: `usize::MAX` where it takes any,
    /// [`Sdp::DEFAULT_MAX_MESSAGE_SIZE`] where it does not say, `None` without data channels.
    pub fn max_message_size(&self) -> Option<usize> {
        let media = self.media.iter().find(|media| media.kind == MediaKind::Application)?;
        Some(match media.max_message_size {
            None => Self::DEFAULT_MAX_MESSAGE_SIZE,
            Some(0) => usize::MAX,
            Some(size) => usize::try_from(size).unwrap_or(usize::MAX),
        })
    }

    /// How many m-lines are of this kind, rejected ones too.
    pub fn count(&self, kind: MediaKind) -> usize {
        self.media.iter().filter(|media| media.kind == kind).count()
    }

    fn attributes(&self) -> impl Iterator<Item = &Attributes<'a>> {
        core::iter::once(&self.session).chain(self.media.iter().map(|media| &media.attributes))
    }

    fn attribute(&mut self, name: &'a str, value: &'a str) {
        let mut media = self.media.last_mut();
        match (name, &mut media) {
            ("mid", Some(media)) => media.mid = Some(value),
            ("max-message-size", Some(media)) => media.max_message_size = value.parse().ok(),
            _ => {
                let place = media.map_or(&mut self.session, |media| &mut media.attributes);
                match name {
                    "ice-ufrag" => place.ice_ufrag = Some(value),
                    "ice-options" => place.ice_options.extend(value.split_ascii_whitespace()),
                    "fingerprint" => {
                        if let Some((algorithm, value)) = cut(value, b' ') {
                            place.fingerprints.push(Fingerprint { algorithm, value });
                        }
                    }
                    _ => {}
                }
            }
        }
    }
}

/// The ICE generations of a description, each once, in order: as [`Sdp::ufrags`], without what a whole [`Sdp`] takes.
///
/// # Errors
/// As of [`Sdp::parse`].
pub fn ufrags(text: &str) -> Result<Vec<String>, SdpError> {
    let mut ufrags: Vec<String> = Vec::new();
    let mut last = None;
    let mut keep = |ufrag: Option<&str>| match ufrag {
        Some(ufrag) if !ufrags.iter().any(|known| known == ufrag) => ufrags.push(ufrag.to_owned()),
        _ => {}
    };
    read(text, &mut |line| match line {
        Line::Media(..) => keep(last.take()),
        Line::Attribute("ice-ufrag", value) => last = Some(value),
        Line::Attribute(..) => {}
    })?;
    keep(last);
    Ok(ufrags)
}

/// A line that says something we know.
enum Line<'a> {
    Media(MediaKind, u16),
    Attribute(&'a str, &'a str),
}

/// Hands the lines of a description to `take`, in order.
fn read<'a>(text: &'a str, take: &mut dyn FnMut(Line<'a>)) -> Result<(), SdpError> {
    let (mut rest, mut line, mut media) = (text, 0, 0);
    while !rest.is_empty() || line == 0 {
        let (content, more) = cut(rest, b'\n').unwrap_or((rest, ""));
        let content = content.strip_suffix("\r").unwrap_or(content);
        rest = more;
        line += 1;
        if line == 1 {
            if content != "v=0" {
                return Err(SdpError::Version);
            }
        } else if !content.is_empty() {
            let (name, value) = cut(content, b'=').ok_or(SdpError::Line { line })?;
            match name {
                "m" if media == Sdp::MAX_MEDIA => return Err(SdpError::TooManyMedia),
                "m" => {
                    media += 1;
                    let (kind, port) = self::media(value).ok_or(SdpError::Line { line })?;
                    take(Line::Media(kind, port));
                }
                "a" => {
                    let (name, value) = cut(value, b':').unwrap_or((value, ""));
                    take(Line::Attribute(name, value));
                }
                _ if name.len() == 1 && name.bytes().all(|byte| byte.is_ascii_lowercase()) => {}
                _ => return Err(SdpError::Line { line }),
            }
        }
    }
    Ok(())
}

fn media(value: &str) -> Option<(MediaKind, u16)> {
    let (kind, rest) = cut(value, b' ')?;
    let kind = match kind {
        "audio" => MediaKind::Audio,
        "video" => MediaKind::Video,
        "application" => MediaKind::Application,
        _ => MediaKind::Unknown,
    };
    // A port may be written with a count: `49170/2`.
    let port = cut(rest, b' ').map_or(rest, |(port, _)| port);
    let port = cut(port, b'/').map_or(port, |(port, _)| port);
    Some((kind, port.parse().ok()?))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const OFFER: &str = "v=0\r\n\
        o=- 4611731400430051336 2 IN IP4 127.0.0.1\r\n\
        s=-\r\n\
        t=0 0\r\n\
        a=group:BUNDLE 0 1 2\r\n\
        a=fingerprint:sha-256 AA:BB\r\n\
        a=ice-options:trickle\r\n\
        m=audio 9 UDP/TLS/RTP/SAVPF 111\r\n\
        c=IN IP4 0.0.0.0\r\n\
        a=ice-ufrag:u1\r\n\
        a=mid:0\r\n\
        m=video 0 UDP/TLS/RTP/SAVPF 96\r\n\
        a=ice-ufrag:u1\r\n\
        a=ice-options:renomination ice2\r\n\
        a=fingerprint:sha-256 AA:BB\r\n\
        a=fingerprint:sha-1 CC\r\n\
        a=mid:1\r\n\
        m=application 9/2 UDP/DTLS/SCTP webrtc-datachannel\r\n\
        a=ice-ufrag:u2\r\n\
        a=mid:2\r\n\
        a=max-message-size:262144\r\n";

    #[test]
    fn an_offer_is_read() {
        let sdp = Sdp::parse(OFFER).unwrap();
        assert_eq!(sdp.ufrags(), ["u1", "u2"]);
        let fingerprints: Vec<_> = sdp.fingerprints().iter().map(|print| (print.algorithm, print.value)).collect();
        assert_eq!(fingerprints, [("sha-256", "AA:BB"), ("sha-1", "CC")]);
        assert!(sdp.has_ice_option("trickle") && sdp.has_ice_option("ice2") && !sdp.has_ice_option("u1"));
        assert_eq!(sdp.max_message_size(), Some(262_144));
        assert_eq!([MediaKind::Audio, MediaKind::Video, MediaKind::Application].map(|kind| sdp.count(kind)), [1, 1, 1]);
        assert_eq!(sdp.count(MediaKind::Unknown), 0);
        let media: Vec<_> = sdp.media.iter().map(|media| (media.mid, media.port)).collect();
        assert_eq!(media, [(Some("0"), 9), (Some("1"), 0), (Some("2"), 9)]);
    }

    #[test]
    fn the_bound_of_messages_has_its_default_and_zero_is_any() {
        let size = |line: &str| Sdp::parse(&["v=0\nm=application 9 x y\n", line].concat()).unwrap().max_message_size();
        assert_eq!(size(""), Some(65_536));
        assert_eq!(size("a=max-message-size:0"), Some(usize::MAX));
        assert_eq!(size("a=max-message-size:much"), Some(65_536));
        assert_eq!(Sdp::parse("v=0\nm=text 9 x y").unwrap().max_message_size(), None);
    }

    #[test]
    fn what_is_not_a_description_is_refused() {
        assert_eq!(Sdp::parse(""), Err(SdpError::Version));
        assert_eq!(Sdp::parse("v=1\n"), Err(SdpError::Version));
        assert_eq!(Sdp::parse("{\"sdp\":1}"), Err(SdpError::Version));
        assert_eq!(Sdp::parse("v=0\ns=-\nhello"), Err(SdpError::Line { line: 3 }));
        assert_eq!(Sdp::parse("v=0\nab=1"), Err(SdpError::Line { line: 2 }));
        assert_eq!(Sdp::parse("v=0\n7=1"), Err(SdpError::Line { line: 2 }));
        assert_eq!(Sdp::parse("v=0\nm=audio"), Err(SdpError::Line { line: 2 }));
        assert_eq!(Sdp::parse("v=0\nm=audio x"), Err(SdpError::Line { line: 2 }));
        let many = ["v=0\n", &"m=audio 9 x\n".repeat(Sdp::MAX_MEDIA)].concat();
        assert!(Sdp::parse(&many).is_ok());
        assert_eq!(Sdp::parse(&[&many, "m=audio 9 x"].concat()), Err(SdpError::TooManyMedia));
    }

    proptest! {
        #[test]
        fn any_text_is_read_or_refused(text in "(v=0\n)?([a-z]=[ -~]{0,20}\r?\n|m=[a-z]{0,12} [0-9/]{0,6}\n|a=(mid|ice-ufrag|fingerprint|max-message-size|ice-options):?[ -~]{0,20}\n|\\PC{0,8}\n){0,12}") {
            if let Ok(sdp) = Sdp::parse(&text) {
                let _ = (sdp.ufrags(), sdp.fingerprints(), sdp.max_message_size());
            }
        }
    }
}
