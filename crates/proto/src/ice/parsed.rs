//! The fields of a candidate line ([RFC 8839](https://www.rfc-editor.org/rfc/rfc8839#section-5.1)).

/// A candidate line, taken apart; the fields of
/// [RTCIceCandidate](https://www.w3.org/TR/webrtc/#rtcicecandidate-interface).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct ParsedCandidate<'a> {
    /// Equal for candidates of the same type, base and server.
    pub foundation: &'a str,
    /// 1 is RTP (and everything else today), 2 is RTCP.
    pub component: u16,
    /// UDP or TCP.
    pub protocol: Protocol,
    /// The larger, the better.
    pub priority: u32,
    /// An IP address, or a name ending in `.local` that hides one.
    pub address: &'a str,
    /// The port.
    pub port: u16,
    /// How the candidate was found.
    pub kind: CandidateType,
    /// What a server-reflexive, peer-reflexive or relay candidate was made from.
    pub related_address: Option<&'a str>,
    /// The port of `related_address`.
    pub related_port: Option<u16>,
    /// Who opens the TCP connection; `None` for UDP.
    pub tcp_type: Option<TcpType>,
    /// The generation, where the line names it.
    pub username_fragment: Option<&'a str>,
}

/// The transport protocol of a candidate.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Protocol {
    /// UDP.
    Udp,
    /// TCP.
    Tcp,
    /// One this version of rejoin does not know.
    Unknown,
}

/// How a candidate was found, as [RTCIceCandidateType](https://www.w3.org/TR/webrtc/#rtcicecandidatetype-enum).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum CandidateType {
    /// `host`: an address of the device.
    Host,
    /// `srflx`: what a STUN server saw.
    ServerReflexive,
    /// `prflx`: what the other side saw.
    PeerReflexive,
    /// `relay`: an address of a TURN server.
    Relay,
    /// One this version of rejoin does not know.
    Unknown,
}

/// Who opens the connection of a TCP candidate.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum TcpType {
    /// This side opens.
    Active,
    /// The other side opens.
    Passive,
    /// Both open at the same time.
    SimultaneousOpen,
    /// One this version of rejoin does not know.
    Unknown,
}

/// A line that is not a candidate.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not a candidate line: {what} is missing or cannot be read")]
pub struct InvalidCandidate {
    /// The first field that is not as it should be.
    pub what: &'static str,
}

/// The ufrag of a line, as [`ParsedCandidate::parse`] would read it; whether the other fields can be read is not asked.
pub(super) fn ufrag(line: &str) -> Option<&str> {
    let mut words = line.split_ascii_whitespace();
    // Behind foundation, component, protocol, priority, address and port.
    if words.nth(6)? != "typ" {
        return None;
    }
    words.next()?;
    let mut ufrag = None;
    while let (Some(name), Some(value)) = (words.next(), words.next()) {
        if name == "ufrag" {
            ufrag = Some(value);
        }
    }
    ufrag
}

impl<'a> ParsedCandidate<'a> {
    /// Reads a line, with or without `a=` before it.
    ///
    /// # Errors
    /// [`InvalidCandidate`], naming the first field that cannot be read.
    pub fn parse(line: &'a str) -> Result<Self, InvalidCandidate> {
        let line = line.strip_prefix("a=").unwrap_or(line);
        let line = line.strip_prefix("candidate:").ok_or(InvalidCandidate { what: "candidate" })?;
        // Behind a space would be the next field.
        if line.bytes().next().is_none_or(|byte| byte.is_ascii_whitespace()) {
            return Err(InvalidCandidate { what: "foundation" });
        }
        let mut words = line.split_ascii_whitespace();
        let mut next = |what| words.next().ok_or(InvalidCandidate { what });
        let foundation = next("foundation")?;
        let component = number(next("component")?, "component")?;
        let protocol = protocol(next("protocol")?);
        let priority = number(next("priority")?, "priority")?;
        let address = next("address")?;
        let port = number(next("port")?, "port")?;
        if next("typ")? != "typ" {
            return Err(InvalidCandidate { what: "typ" });
        }
        let kind = match next("type")? {
            "host" => CandidateType::Host,
            "srflx" => CandidateType::ServerReflexive,
            "prflx" => CandidateType::PeerReflexive,
            "relay" => CandidateType::Relay,
            _ => CandidateType::Unknown,
        };
        let mut parsed = Self {
            foundation,
            component,
            protocol,
            priority,
            address,
            port,
            kind,
            related_address: None,
            related_port: None,
            tcp_type: None,
            username_fragment: None,
        };
        // The rest are pairs of a name and a value, in no order; what is not known is skipped.
        while let (Some(name), Some(value)) = (words.next(), words.next()) {
            match name {
                "raddr" => parsed.related_address = Some(value),
                "rport" => parsed.related_port = value.parse().ok(),
                "tcptype" => parsed.tcp_type = Some(tcp_type(value)),
                "ufrag" => parsed.username_fragment = Some(value),
                _ => {}
            }
        }
        Ok(parsed)
    }
}

fn number<T: core::str::FromStr>(word: &str, what: &'static str) -> Result<T, InvalidCandidate> {
    word.parse().map_err(|_| InvalidCandidate { what })
}

fn protocol(word: &str) -> Protocol {
    if word.eq_ignore_ascii_case("udp") {
        Protocol::Udp
    } else if word.eq_ignore_ascii_case("tcp") {
        Protocol::Tcp
    } else {
        Protocol::Unknown
    }
}

fn tcp_type(word: &str) -> TcpType {
    match word {
        "active" => TcpType::Active,
        "passive" => TcpType::Passive,
        "so" => TcpType::SimultaneousOpen,
        _ => TcpType::Unknown,
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_line_of_chromium_is_taken_apart() {
        let line = "candidate:842163049 1 udp 1677729535 203.0.113.7 61665 typ srflx raddr 10.0.0.2 rport 61665 \
                    generation 0 ufrag EsAw network-cost 999";
        let parsed = ParsedCandidate::parse(line).unwrap();
        assert_eq!(parsed.foundation, "842163049");
        assert_eq!(parsed.component, 1);
        assert_eq!(parsed.protocol, Protocol::Udp);
        assert_eq!(parsed.priority, 1_677_729_535);
        assert_eq!((parsed.address, parsed.port), ("203.0.113.7", 61665));
        assert_eq!(parsed.kind, CandidateType::ServerReflexive);
        assert_eq!((parsed.related_address, parsed.related_port), (Some("10.0.0.2"), Some(61665)));
        assert_eq!(parsed.tcp_type, None);
        assert_eq!(parsed.username_fragment, Some("EsAw"));
    }

    #[test]
    fn a_tcp_line_of_firefox_is_taken_apart() {
        let line = "a=candidate:1 2 TCP 2105524479 7c1a.local 9 typ host tcptype active";
        let parsed = ParsedCandidate::parse(line).unwrap();
        assert_eq!((parsed.component, parsed.protocol), (2, Protocol::Tcp));
        assert_eq!((parsed.kind, parsed.tcp_type), (CandidateType::Host, Some(TcpType::Active)));
    }

    #[test]
    fn types_protocols_and_tcp_types_have_their_names_and_a_new_one_is_unknown() {
        let read = |protocol: &str, kind: &str, tcp_type: &str| {
            let line = ["candidate:1 1 ", protocol, " 1 h 1 typ ", kind, " tcptype ", tcp_type].concat();
            let parsed = ParsedCandidate::parse(&line).unwrap();
            (parsed.protocol, parsed.kind, parsed.tcp_type.unwrap())
        };
        assert_eq!(read("udp", "prflx", "passive"), (Protocol::Udp, CandidateType::PeerReflexive, TcpType::Passive));
        assert_eq!(read("tcp", "relay", "so"), (Protocol::Tcp, CandidateType::Relay, TcpType::SimultaneousOpen));
        assert_eq!(read("quic", "tunnel", "lazy"), (Protocol::Unknown, CandidateType::Unknown, TcpType::Unknown));
    }

    #[test]
    fn the_field_that_cannot_be_read_is_named() {
        let what = |line| ParsedCandidate::parse(line).unwrap_err().what;
        assert_eq!(what(""), "candidate");
        assert_eq!(what("candidate:"), "foundation");
        assert_eq!(what("candidate: 1 1 udp 1 h 1 typ host"), "foundation");
        assert_eq!(what("candidate:1 x"), "component");
        assert_eq!(what("candidate:1 1"), "protocol");
        assert_eq!(what("candidate:1 1 udp -1"), "priority");
        assert_eq!(what("candidate:1 1 udp 1"), "address");
        assert_eq!(what("candidate:1 1 udp 1 h 65536"), "port");
        assert_eq!(what("candidate:1 1 udp 1 h 1 type host"), "typ");
        assert_eq!(what("candidate:1 1 udp 1 h 1 typ"), "type");
    }

    proptest! {
        #[test]
        fn any_text_is_read_or_refused(line in "(a=)?(candidate:)?[ -~]{0,80}") {
            let _ = ParsedCandidate::parse(&line);
        }

        #[test]
        fn what_is_written_is_read(component in any::<u16>(), priority in any::<u32>(), port in any::<u16>(), ufrag in "[a-z0-9+/]{4,8}") {
            let line = format!("candidate:f {component} udp {priority} ::1 {port} typ host ufrag {ufrag}");
            let parsed = ParsedCandidate::parse(&line).unwrap();
            prop_assert_eq!((parsed.component, parsed.priority, parsed.port), (component, priority, port));
            prop_assert_eq!(parsed.username_fragment, Some(ufrag.as_str()));
        }
    }
}
