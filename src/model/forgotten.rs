//! What stands in the place of somebody who was forgotten: it keeps counts and positions true and says nothing of them.

use super::{attributes::Value, member::Member};

/// The words that stand where something named a person.
pub const FORGOTTEN: &str = "(forgotten)";

impl Member {
    /// Somebody of whom nothing is known any more.
    pub fn forgotten() -> Self {
        Self {
            note: Some(FORGOTTEN.to_owned()),
            ..Self::default()
        }
    }

    /// Whether nothing is known of them any more.
    pub fn is_forgotten(&self) -> bool {
        let has_key = self.keys().next().is_some();
        !has_key && self.note.as_deref() == Some(FORGOTTEN)
    }
}

impl Value {
    /// Whether it named somebody who was forgotten. Such a value must not be written anywhere.
    pub fn is_forgotten(&self) -> bool {
        match self {
            Self::Text(text) => text.contains(FORGOTTEN),
            Self::Texts(texts) => texts.iter().any(|text| text.contains(FORGOTTEN)),
            Self::Flag(_) => false,
        }
    }
}
