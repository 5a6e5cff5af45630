//! Short texts, so that a run does not spend its bytes on spelling.

use arbitrary::Arbitrary;

/// A word of a few, or a text of the run's own.
#[derive(Debug, Clone, Arbitrary)]
pub enum Word {
    Empty,
    One,
    Two,
    Long(u16),
    Other(String),
}

impl Word {
    pub fn text(&self) -> String {
        match self {
            Self::Empty => String::new(),
            Self::One => "one".to_owned(),
            Self::Two => "two".to_owned(),
            Self::Long(length) => "x".repeat((*length).into()),
            Self::Other(text) => text.clone(),
        }
    }
}
