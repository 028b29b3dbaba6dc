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

    /// Whether two values say the same, however a platform keeps them: one that knows only texts gives several of them
    /// back as one line and `true` as a word, and the order of several texts means nothing.
    pub fn says_the_same(&self, other: &Self) -> bool {
        let sorted = |texts: &[String]| {
            let mut texts = texts.to_vec();
            texts.sort_unstable();
            texts
        };
        match (self, other) {
            (Self::Texts(one), Self::Texts(other)) => one == other || sorted(one) == sorted(other),
            (Self::Text(one), Self::Text(other)) => one == other,
            (Self::Flag(_), _) | (_, Self::Flag(_)) => {
                self.to_line().eq_ignore_ascii_case(&other.to_line())
            }
            (Self::Texts(_), Self::Text(_)) | (Self::Text(_), Self::Texts(_)) => {
                self.to_line() == other.to_line()
            }
        }
    }
}

/// Whether two values, or their absence, say the same.
pub fn say_the_same(one: Option<&Value>, other: Option<&Value>) -> bool {
    match (one, other) {
        (Some(one), Some(other)) => one.says_the_same(other),
        (None, None) => true,
        (Some(_), None) | (None, Some(_)) => false,
    }
}
