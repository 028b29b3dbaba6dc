//! Fields that a run has just written, and that their list shows as they were before.

use jiff::Timestamp;

use super::{
    super::{lag, matching::Person, situation::Situation},
    verdict::{Values, Verdict, judge},
};
use crate::{
    model::{attributes::say_the_same, list::Side, member::Member},
    plan::aliases,
};

/// The list that shows other fields than both sides agreed on, so shortly after a run wrote there that this means
/// nothing, and since when; `None` when its fields can be believed, or nothing would follow from them. Otherwise a value
/// that does not show yet would be written back over the one it came from.
pub(super) fn shown_as_before(
    situation: &Situation<'_>,
    person: &Person,
    source: &Member,
    target: &Member,
) -> Option<(Side, Timestamp)> {
    let entry = situation.entry(person)?;
    let since = |side: Side| {
        let written = entry
            .settling
            .as_deref()
            .is_some_and(|at| at.of(side).is_some());
        let reading = situation.reading(side);
        lag::settling(entry, reading, side, situation.now).filter(|_| written)
    };
    let (source_since, target_since) = (since(Side::Source), since(Side::Target));
    if source_since.is_none() && target_since.is_none() {
        return None;
    }
    situation.sync.mapping.rules.iter().find_map(|rule| {
        let before = entry.fields.get(&rule.field).cloned();
        let ours = situation.value(rule, &source.attributes).ok()?;
        let theirs = situation.value_there(rule, &target.attributes).ok()?;
        let (ours, theirs) = if rule.field == aliases::FIELD {
            aliases::beside(ours, theirs, source.address(), target.address())
        } else {
            (ours, theirs)
        };
        let values = Values {
            ours: &ours,
            theirs: &theirs,
            before: &before,
            known: true,
        };
        if let Verdict::Agreed | Verdict::Leave = judge(situation, rule, &values) {
            return None;
        }
        let differs = |value| !say_the_same(value, before.as_ref());
        let on_target = target_since.filter(|_| differs(theirs.as_ref()));
        let on_source = source_since.filter(|_| differs(ours.as_ref()));
        let on_target = on_target.map(|since| (Side::Target, since));
        on_target.or(on_source.map(|since| (Side::Source, since)))
    })
}
