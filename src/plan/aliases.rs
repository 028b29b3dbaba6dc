//! How many aliases a change adds and takes away: platforms that keep addresses count them by themselves.

use std::{collections::BTreeSet, iter::Sum};

use super::change::{Action, Change, FieldChange};
use crate::model::attributes::{Attributes, Value};

/// The field that holds a member's aliases.
pub const FIELD: &str = "aliases";

/// The aliases in a value, each once and sorted, so that their order means nothing. A text may hold several, parted by
/// `;` or `,`.
pub fn each_once(value: Option<Value>) -> Option<Value> {
    let texts: Vec<String> = match value? {
        Value::Texts(texts) => texts,
        Value::Text(text) => text.split([';', ',']).map(str::to_owned).collect(),
        Value::Flag(_) => Vec::new(),
    };
    let texts = texts.iter().map(|text| text.trim().to_lowercase());
    let once: BTreeSet<String> = texts.filter(|text| !text.is_empty()).collect();
    (!once.is_empty()).then(|| Value::Texts(once.into_iter().collect()))
}

/// How many aliases are added and taken away.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Aliases {
    pub(super) added: usize,
    pub(super) removed: usize,
}

impl Sum for Aliases {
    fn sum<I: Iterator<Item = Self>>(all: I) -> Self {
        all.fold(Self::default(), |sum, one| Self {
            added: sum.added + one.added,
            removed: sum.removed + one.removed,
        })
    }
}

/// What one change does. Whoever is added or removed brings or takes their aliases along.
pub(super) fn of(change: &Change) -> Aliases {
    let own = || texts(held(&change.member.attributes)).len();
    match &change.action {
        Action::Add | Action::Invite => Aliases {
            added: own(),
            removed: 0,
        },
        Action::Remove => Aliases {
            added: 0,
            removed: own(),
        },
        Action::Update(fields) => fields
            .iter()
            .filter(|field| field.field == FIELD)
            .map(moved)
            .sum(),
    }
}

/// Whether an update changes anything but aliases.
pub(super) fn is_beside(change: &Change) -> bool {
    matches!(&change.action, Action::Update(fields) if fields.iter().any(|field| field.field != FIELD))
}

fn moved(field: &FieldChange) -> Aliases {
    let (before, after) = (texts(field.before.as_ref()), texts(field.after.as_ref()));
    Aliases {
        added: after.difference(&before).count(),
        removed: before.difference(&after).count(),
    }
}

fn held(attributes: &Attributes) -> Option<&Value> {
    attributes.get(FIELD)
}

fn texts(value: Option<&Value>) -> BTreeSet<&str> {
    match value {
        Some(Value::Texts(texts)) => texts.iter().map(String::as_str).collect(),
        Some(Value::Text(text)) => [text.as_str()].into(),
        Some(Value::Flag(_)) | None => BTreeSet::new(),
    }
}
