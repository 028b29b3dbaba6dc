//! By what two entries were taken for one person, in words.

use super::keys;
use crate::{
    definition::sync::MatchKey,
    model::{
        baseline::{BaselineEntry, Identity},
        list::Side,
        member::Member,
    },
};

/// By what these two entries were taken for one person. `entry` is what the last run stored of them.
pub(in crate::reconcile) fn recognised(
    matching: &[MatchKey],
    entry: Option<&BaselineEntry>,
    source: &Member,
    target: &Member,
) -> String {
    let was_stored = |side: Side, member: &Member| {
        entry.is_some_and(|entry| is_stored(entry.who.of(side), member))
    };
    if was_stored(Side::Source, source) && was_stored(Side::Target, target) {
        return "known to be one person since an earlier run".to_owned();
    }
    let shared = matching.iter().find_map(|key| {
        let shared = shared(*key, source, target)?;
        Some(match key {
            MatchKey::ObjectId => format!("the object id {shared}"),
            MatchKey::Address => format!("the address {shared}"),
            MatchKey::Phone => format!("the phone number {shared}"),
            MatchKey::EmployeeId => format!("the employee id {shared}"),
        })
    });
    match shared {
        Some(key) => format!("known to be one person by {key}"),
        None => "known to be one person by another entry of theirs".to_owned(),
    }
}

/// Whether the entry of the baseline speaks of this member, as it is looked for by the strongest key.
fn is_stored(who: &Identity, member: &Member) -> bool {
    let stored = keys::stored(who);
    if stored.is_some() && stored == keys::own(member) {
        return true;
    }
    let address = who.address.as_ref().filter(|_| who.id.is_none());
    let phone = who.phone.as_ref().filter(|_| who.id.is_none());
    address.is_some_and(|address| member.addresses.contains(address))
        || phone.is_some_and(|phone| member.phones.contains(phone))
}

fn shared<'a>(key: MatchKey, source: &'a Member, target: &Member) -> Option<&'a str> {
    let (mut ours, mut theirs) = (Vec::new(), Vec::new());
    keys::collect(key, Some(source), 0, &mut ours);
    keys::collect(key, Some(target), 1, &mut theirs);
    let mut ours = ours.into_iter();
    let found = ours.find(|one| theirs.iter().any(|other| one.text == other.text))?;
    Some(found.text)
}
