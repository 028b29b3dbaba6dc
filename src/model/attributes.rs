//! Attributes: what a connection says about a member besides who it is.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

/// Attribute or field name → value, in the spelling of the connection it was read from (`department`, `contact_name`).
/// A value that is missing is absent here, never an empty text.
pub type Attributes = BTreeMap<String, Value>;

/// One attribute's value.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Value {
    /// A text; never empty.
    Text(String),
    /// Yes or no (`accountEnabled`).
    Flag(bool),
    /// Several texts (`otherMails`), in the order they were read.
    Texts(Vec<String>),
}

impl Value {
    /// A text value, or `None` when the text is empty or only white space: missing data is absent data.
    pub fn text(text: &str) -> Option<Self> {
        let text = text.trim();
        (!text.is_empty()).then(|| Self::Text(text.to_owned()))
    }

    /// The value as one line of text, for plans and for platforms that know only texts.
    pub fn to_line(&self) -> String {
        match self {
            Self::Text(text) => text.clone(),
            Self::Flag(flag) => flag.to_string(),
            Self::Texts(texts) => texts.join("; "),
        }
    }
}
