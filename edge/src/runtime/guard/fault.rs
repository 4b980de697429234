//! Why a model file is refused.

/// A part of a model file that no network written here has, and that a runtime is not trusted with.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ModelFault {
    /// The model as a whole.
    #[error("its {field} is {found}, {allowed} is allowed")]
    Model {
        /// Which part.
        field: &'static str,
        /// What it is.
        found: String,
        /// What it may be.
        allowed: String,
    },
    /// An operator that is not run here.
    #[error("node {node} has operator {operator}; those run here are {}", super::operators::names())]
    Operator {
        /// The node.
        node: String,
        /// Its operator, with its domain.
        operator: String,
    },
    /// An attribute out of its limits.
    #[error("attribute {attribute} of node {node} is {found}, {allowed} is allowed")]
    Attribute {
        /// The node.
        node: String,
        /// The attribute.
        attribute: String,
        /// Its value.
        found: String,
        /// What it may be.
        allowed: String,
    },
    /// A name that nothing or too much stands behind.
    #[error("value {name} {problem}")]
    Name {
        /// The value's name.
        name: String,
        /// What is wrong with it.
        problem: &'static str,
    },
    /// A stored tensor that is not what it says.
    #[error("tensor {tensor} has {found}, {expected} is needed")]
    Tensor {
        /// Its name.
        tensor: String,
        /// What it has.
        found: String,
        /// What it would have to have.
        expected: String,
    },
    /// A node that cannot read what it is given.
    #[error("node {node} is given {found}, {expected} is needed")]
    Given {
        /// The node.
        node: String,
        /// What it is given.
        found: String,
        /// What it needs.
        expected: String,
    },
    /// More than a network for such pictures needs.
    #[error("node {node} makes {found} {what} and at most {limit} are allowed for pictures of this size")]
    Size {
        /// The node.
        node: String,
        /// What is counted.
        what: &'static str,
        /// How many.
        found: u64,
        /// How many may be.
        limit: u64,
    },
}
