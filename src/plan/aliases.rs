//! Aliases: how those of two lists are compared, and how many a change adds and takes away, because platforms that keep
//! addresses count them by themselves.

use std::{collections::BTreeSet, iter::Sum};

use super::change::{Action, Change, FieldChange};
use crate::model::{
    address::Address,
    attributes::{Attributes, Value},
};

/// The field that holds a member's aliases.
pub const FIELD: &str = "aliases";

/// The aliases in a value, each once and sorted, as addresses are compared, so that their order and spelling mean
/// nothing. A text may hold several, parted by `;` or `,`.
pub fn each_once(value: Option<Value>) -> Option<Value> {
    together(once_each(value.as_ref()))
}

/// The aliases of one person on two lists, so that they can be compared: `source` and `target` are the primary addresses.
///
/// An address that is primary on one side may be an alias on the other. Target's own is none of its aliases; the
/// source's belongs to them once the source tells any, but only in the target's domain: an alias is in no other.
pub fn beside(
    ours: Option<Value>,
    theirs: Option<Value>,
    source: Option<&Address>,
    target: Option<&Address>,
) -> (Option<Value>, Option<Value>) {
    let (mut ours, mut theirs) = (once_each(ours.as_ref()), once_each(theirs.as_ref()));
    if let (Some(source), Some(target)) = (source, target)
        && source != target
    {
        if ours.is_empty() || source.domain() != target.domain() {
            theirs.remove(source.as_str());
        } else {
            ours.insert(source.as_str().to_owned());
        }
    }
    if let Some(target) = target {
        ours.remove(target.as_str());
    }
    (together(ours), together(theirs))
}

fn once_each(value: Option<&Value>) -> BTreeSet<String> {
    let texts: Vec<&str> = match value {
        Some(Value::Texts(texts)) => texts.iter().map(String::as_str).collect(),
        Some(Value::Text(text)) => text.split([';', ',']).collect(),
        Some(Value::Flag(_)) | None => Vec::new(),
    };
    let texts = texts.into_iter().map(str::trim);
    let texts = texts.filter(|text| !text.is_empty());
    let compared = texts.map(|text| match Address::parse(text) {
        Ok(address) => address.as_str().to_owned(),
        Err(_) => text.to_lowercase(),
    });
    compared.collect()
}

fn together(aliases: BTreeSet<String>) -> Option<Value> {
    (!aliases.is_empty()).then(|| Value::Texts(aliases.into_iter().collect()))
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
    let own = || once_each(held(&change.member.attributes)).len();
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
    let (before, after) = (
        once_each(field.before.as_ref()),
        once_each(field.after.as_ref()),
    );
    Aliases {
        added: after.difference(&before).count(),
        removed: before.difference(&after).count(),
    }
}

fn held(attributes: &Attributes) -> Option<&Value> {
    attributes.get(FIELD)
}
