//! What a definition may mean that its author did not.

use jiff::{SignedDuration, Timestamp};

use super::Finding;
use crate::{
    definition::sync::{Endpoint, MatchKey, Sync},
    model::{
        list::{Side, Sides},
        member::{Kind, Member},
        reading::Reading,
    },
    plan::value::Plan,
};

/// For so long an empty list may be believed without a word.
const A_MONTH: SignedDuration = SignedDuration::from_hours(31 * 24);

/// From so many members on two lists with nobody in common are a surprise.
const MANY: usize = 10;

/// What is to be said of a definition by itself.
pub(super) fn of_definition(sync: &Sync, now: Timestamp) -> Vec<Finding> {
    let mut findings = Vec::new();
    for (side, endpoint) in [("source", &sync.source), ("target", &sync.target)] {
        findings.extend(empty_until(side, endpoint, now));
    }
    if sync.guests.invite && sync.guests.domains.is_empty() {
        let found =
            "guests of any domain are invited: whoever is put on the other list gets an account";
        let todo = "name the domains in `guests.domains`";
        findings.push(Finding::warning("guests", found).todo(todo));
    }
    findings
}

fn empty_until(side: &str, endpoint: &Endpoint, now: Timestamp) -> Option<Finding> {
    let until = endpoint.empty_until?;
    let day = until.strftime("%Y-%m-%d %H:%M UTC");
    Some(if until <= now {
        let found = format!("`{side}.emptyUntil` is over since {day} and does nothing");
        Finding::warning("empty lists", found)
            .todo("take it out, or set a later date if the list is still to be empty")
    } else {
        let found = format!(
            "until {day} an empty answer of the {side} is believed, and removals follow from it"
        );
        if until.duration_since(now) > A_MONTH {
            let todo =
                "set an earlier `emptyUntil`: until then a broken answer passes for an empty list";
            Finding::warning("empty lists", found).todo(todo)
        } else {
            Finding::note("empty lists", found)
        }
    })
}

/// What is to be said of a definition beside the lists as they are.
pub(super) fn of_lists(sync: &Sync, readings: &Sides<Reading>, plan: &Plan) -> Vec<Finding> {
    let mut findings = Vec::new();
    for side in [Side::Source, Side::Target] {
        findings.extend(asked_in_vain(sync, readings.of(side), side));
    }
    let people = |side: Side| {
        let members = readings.of(side).members.iter();
        members.filter(|member| member.kind == Kind::Person)
    };
    let has = |side: Side, key: MatchKey| people(side).any(|member| has_key(key, member));
    let both_have_people =
        people(Side::Source).next().is_some() && people(Side::Target).next().is_some();
    let leads_over = |key: &MatchKey| has(Side::Source, *key) && has(Side::Target, *key);
    let in_common = sync.matching.iter().any(leads_over);
    let updates = plan.totals().update;
    if both_have_people && !in_common {
        let found =
            "the lists have no kind of key in common: nobody can be recognised on the other list";
        let todo =
            "look at `matching` and at the mapping of the fields that hold addresses and numbers";
        findings.push(Finding::warning("matching", found).todo(todo));
    } else if plan.first_run
        && plan.unchanged + updates == 0
        && people(Side::Source).count() > MANY
        && people(Side::Target).count() > MANY
    {
        let found = "nobody is on both lists now";
        let todo = "look whether these are the lists that are meant";
        findings.push(Finding::warning("matching", found).todo(todo));
    }
    findings
}

/// Attributes that a filter asks for and nobody has: a slip, or a permission that is missing.
fn asked_in_vain(sync: &Sync, reading: &Reading, side: Side) -> Option<Finding> {
    if reading.members.is_empty() {
        return None;
    }
    let nobody_has = |name: &&str| {
        let mut members = reading.members.iter();
        !members.any(|member| member.attributes.contains_key(*name))
    };
    let asked = sync.filters.of(side).attributes();
    let in_vain: Vec<String> = asked
        .into_iter()
        .filter(nobody_has)
        .map(|name| format!("`{name}`"))
        .collect();
    (!in_vain.is_empty()).then(|| {
        let found = format!(
            "the filter asks for {}, and nobody on {} has it",
            in_vain.join(", "),
            reading.list
        );
        let todo = "correct the attribute's name, or let the connection read it; nobody is removed for a filter until then";
        Finding::warning("filters", found).todo(todo)
    })
}

fn has_key(key: MatchKey, member: &Member) -> bool {
    match key {
        MatchKey::ObjectId => member.id.is_some() || member.directory_id.is_some(),
        MatchKey::Address => !member.addresses.is_empty(),
        MatchKey::Phone => !member.phones.is_empty(),
        MatchKey::EmployeeId => member.employee_id.is_some(),
    }
}
