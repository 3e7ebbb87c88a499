//! What can be wrong with a template's text.

use std::fmt;

/// A place in a text.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Place {
    /// The line, from 1.
    pub line: usize,
    /// The column in characters, from 1.
    pub column: usize,
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "line {}, column {}", self.line, self.column)
    }
}

/// Why a text is no template.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum DocumentError {
    /// The text is larger than CloudFormation takes.
    #[error("the template has {size} bytes; CloudFormation takes at most {most}")]
    TooLarge {
        /// Its size in bytes.
        size: usize,
        /// The limit in bytes.
        most: usize,
    },
    /// The bytes are no text.
    #[error("{place}: the template is not UTF-8 text")]
    NotText {
        /// The first byte that is wrong.
        place: Place,
    },
    /// The text is neither YAML nor JSON.
    #[error("{place}: {what}")]
    Syntax {
        /// Where reading stopped.
        place: Place,
        /// What the parser met.
        what: String,
    },
    /// A key stands twice in one mapping.
    #[error("{place}: {key} is given twice; the first is at {first}")]
    Duplicate {
        /// The second of the two.
        place: Place,
        /// The key.
        key: String,
        /// The first of the two.
        first: Place,
    },
    /// Something that YAML knows and CloudFormation doesn't.
    #[error("{place}: {what}")]
    Unsupported {
        /// Where.
        place: Place,
        /// What it is, and what to write instead.
        what: String,
    },
    /// The text grows beyond measure when its aliases are replaced.
    #[error("{place}: the template has more than {most} values once its aliases are replaced")]
    TooMany {
        /// Where the limit was passed.
        place: Place,
        /// The limit.
        most: usize,
    },
    /// The text is YAML or JSON, but no template.
    #[error("{}{path}: {what}", place.map(|place| format!("{place}: ")).unwrap_or_default())]
    Structure {
        /// Where, if the place is known.
        place: Option<Place>,
        /// The path, such as `Resources.Queue.Type`.
        path: String,
        /// What is wrong, and what to write instead.
        what: String,
    },
}

impl DocumentError {
    /// Where it is wrong, if that is known.
    pub fn place(&self) -> Option<Place> {
        match self {
            Self::TooLarge { .. } => None,
            Self::NotText { place }
            | Self::Syntax { place, .. }
            | Self::Duplicate { place, .. }
            | Self::Unsupported { place, .. }
            | Self::TooMany { place, .. } => Some(*place),
            Self::Structure { place, .. } => *place,
        }
    }
}
