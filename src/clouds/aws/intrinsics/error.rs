//! What can be wrong with an intrinsic function.

/// A function that can't be resolved, whatever the parameters are.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum IntrinsicError {
    /// The argument has the wrong form.
    #[error("{function} is written wrongly: {why}")]
    Form {
        /// The function, such as `Fn::Join`.
        function: String,
        /// What it wants.
        why: String,
    },
    /// A mapping has no such entry.
    #[error("Fn::FindInMap finds nothing: mapping {map} has no {top}.{second}")]
    Mapping {
        /// The mapping.
        map: String,
        /// The key at the top.
        top: String,
        /// The key inside.
        second: String,
    },
    /// An index that the list doesn't reach.
    #[error("Fn::Select takes item {index} of a list of {length}; the first item is 0")]
    Index {
        /// The index asked for.
        index: String,
        /// How many items there are.
        length: usize,
    },
    /// A condition that the template doesn't define.
    #[error("condition {name} is not defined in Conditions")]
    Condition {
        /// The name.
        name: String,
    },
    /// Conditions that refer to each other in a circle.
    #[error("condition {name} depends on itself")]
    Circle {
        /// One of them.
        name: String,
    },
    /// An address block that can't be divided as asked.
    #[error("Fn::Cidr can't divide {block}: {why}")]
    Cidr {
        /// The block.
        block: String,
        /// What is wrong.
        why: String,
    },
    /// Functions inside functions beyond measure.
    #[error("values are nested more than {most} deep; CloudFormation's own limit is lower")]
    Depth {
        /// The limit.
        most: usize,
    },
}

impl IntrinsicError {
    pub(super) fn form(function: &str, why: impl Into<String>) -> Self {
        Self::Form { function: function.to_owned(), why: why.into() }
    }
}
