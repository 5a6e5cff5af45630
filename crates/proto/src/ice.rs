//! ICE candidates, and the queue that keeps them until their description is there.

mod parsed;
mod queue;

use serde::{Deserialize, Serialize};

use crate::fields::{Fields, Visit};

pub use parsed::{CandidateType, InvalidCandidate, ParsedCandidate, Protocol, TcpType};
pub use queue::{CandidateQueue, Queued};

/// A candidate as it travels: the fields and JSON names of
/// [RTCIceCandidateInit](https://www.w3.org/TR/webrtc/#dom-rtcicecandidateinit).
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct IceCandidate {
    /// The candidate line; empty where it says that a generation has no more candidates.
    pub candidate: String,
    /// The m-line it belongs to, by its `mid`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sdp_mid: Option<String>,
    /// The m-line it belongs to, by its place in the description.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sdp_m_line_index: Option<u16>,
    /// The ICE generation it belongs to.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub username_fragment: Option<String>,
}

impl Fields for IceCandidate {
    fn fields(&mut self, visit: &mut dyn Visit) {
        let mut line = Some(core::mem::take(&mut self.candidate));
        visit.text("candidate", &mut line);
        match line {
            Some(line) => self.candidate = line,
            None => visit.refuse("candidate"),
        }
        visit.text("sdpMid", &mut self.sdp_mid);
        let mut index = self.sdp_m_line_index.map(u32::from);
        visit.number("sdpMLineIndex", &mut index);
        match index.map(u16::try_from).transpose() {
            Ok(index) => self.sdp_m_line_index = index,
            Err(_) => visit.refuse("sdpMLineIndex"),
        }
        visit.text("usernameFragment", &mut self.username_fragment);
    }
}

impl IceCandidate {
    /// The longest candidate line that is taken from the other side, in bytes.
    pub const MAX_LENGTH: usize = 1024;

    /// The longest `sdpMid` or `usernameFragment` that is taken from the other side, in bytes
    /// ([RFC 8839](https://www.rfc-editor.org/rfc/rfc8839#section-5.4) allows an ufrag 256).
    pub const MAX_NAME_LENGTH: usize = 256;

    /// The fields of the candidate line.
    ///
    /// # Errors
    /// [`InvalidCandidate`] where the line is not a candidate; an empty line, the end of a generation, is none.
    pub fn parsed(&self) -> Result<ParsedCandidate<'_>, InvalidCandidate> {
        ParsedCandidate::parse(&self.candidate)
    }

    /// The generation it belongs to: `usernameFragment`, else what the candidate line says.
    pub fn ufrag(&self) -> Option<&str> {
        self.username_fragment.as_deref().or_else(|| parsed::ufrag(&self.candidate))
    }

    /// Whether it keeps to the bounds.
    pub(crate) fn is_bounded(&self) -> bool {
        let short = |name: &Option<String>| name.as_ref().is_none_or(|name| name.len() <= Self::MAX_NAME_LENGTH);
        self.candidate.len() <= Self::MAX_LENGTH && short(&self.sdp_mid) && short(&self.username_fragment)
    }
}
