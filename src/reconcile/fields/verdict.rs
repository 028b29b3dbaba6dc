//! Which side of one field is written.

use crate::{
    definition::{mapping::Rule, sync::Direction},
    model::{
        attributes::{Value, say_the_same},
        list::Side,
    },
    reconcile::situation::Situation,
};

/// The values of one field.
pub(super) struct Values<'a> {
    /// The source's value, in the target's words.
    pub(super) ours: &'a Option<Value>,
    pub(super) theirs: &'a Option<Value>,
    /// What both agreed on last time.
    pub(super) before: &'a Option<Value>,
    /// Whether there was a last time.
    pub(super) known: bool,
}

/// What follows from them.
pub(super) enum Verdict {
    /// Both have the same.
    Agreed,
    /// They differ, and nothing may be done about it.
    Leave,
    WriteTarget {
        /// Both sides changed the field.
        conflict: bool,
    },
    WriteSource {
        /// Both sides changed the field.
        conflict: bool,
    },
}

/// Judges one field.
pub(super) fn judge(situation: &Situation<'_>, rule: &Rule, values: &Values<'_>) -> Verdict {
    let Values {
        ours,
        theirs,
        before,
        known,
    } = *values;
    let differ =
        |one: &Option<Value>, other: &Option<Value>| !say_the_same(one.as_ref(), other.as_ref());
    if !differ(ours, theirs) {
        return Verdict::Agreed;
    }
    let writable = |side: Side, field: &str| {
        let capabilities = &situation.reading(side).capabilities;
        capabilities.closed().is_none() && capabilities.updatable.allows(field)
    };
    let to_target = writable(Side::Target, &rule.field);
    let to_source = situation.sync.direction == Direction::TwoWay
        && writable(Side::Source, &rule.attribute)
        && rule.goes_back();
    // A value that is missing on one side wins over a value only if that side is known to have had it: a missing read
    // permission looks like an empty field.
    let source_changed = if known {
        differ(ours, before)
    } else {
        ours.is_some()
    };
    let target_changed = if known {
        differ(theirs, before)
    } else {
        theirs.is_some()
    };
    match (to_source, to_target) {
        (false, false) => Verdict::Leave,
        // Only one side can be written, so the other one's value stands.
        (false, true) if ours.is_some() || (known && source_changed) => {
            Verdict::WriteTarget { conflict: false }
        }
        (true, false) if theirs.is_some() || (known && target_changed) => {
            Verdict::WriteSource { conflict: false }
        }
        (false, true) | (true, false) => Verdict::Leave,
        (true, true) => match (source_changed, target_changed) {
            (true, false) => Verdict::WriteTarget { conflict: false },
            (false, true) => Verdict::WriteSource { conflict: false },
            (true, true) | (false, false) => match rule.owner {
                Side::Source => Verdict::WriteTarget { conflict: true },
                Side::Target => Verdict::WriteSource { conflict: true },
            },
        },
    }
}
