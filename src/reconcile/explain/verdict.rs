//! All that is known of a person in one sentence.

use super::{Does, EntryFound, Explanation, NextStep, PersonFound};
use crate::model::list::{ListRef, Side};

/// The sentence. It says where the person is, what the next run does, and why.
pub(super) fn verdict(explanation: &Explanation, two_way: bool) -> String {
    match explanation.people.as_slice() {
        [] => nobody(explanation),
        [person] => of_person(explanation, person, two_way),
        several => of_several(explanation, several),
    }
}

fn of_several(explanation: &Explanation, people: &[PersonFound]) -> String {
    let (asked, count) = (&explanation.asked, people.len());
    let left_alone = |person: &PersonFound| {
        let mut next = person.next.iter();
        next.all(|next| next.does == Does::LeftAlone)
    };
    if people.iter().all(left_alone) {
        format!(
            "`{asked}` leads to {count} entries that cannot be told to be one person; a person has to decide, and until \
             then they are left alone."
        )
    } else {
        format!(
            "`{asked}` leads to {count} people on these lists; what is done with each is told below."
        )
    }
}

fn of_person(explanation: &Explanation, person: &PersonFound, two_way: bool) -> String {
    let name = name(explanation, person);
    let list = |side: Side| explanation.lists.of(side);
    let Some(next) = person.next.iter().min_by_key(|next| rank(next.does)) else {
        return format!(
            "{name} is on {}; nothing will change.",
            places(explanation, person)
        );
    };
    let (there, why) = (list(next.side), &next.why);
    let on_both = person.on(Side::Source).is_some() && person.on(Side::Target).is_some();
    match next.does {
        Does::Add => planned(&format!("{name} is not on {there}"), "add them", next),
        Does::Invite => planned(
            &format!("{name} is not on {there}"),
            "invite them as a guest and add them",
            next,
        ),
        Does::Remove => planned(&format!("{name} is on {there}"), "remove them", next),
        Does::Update => planned(
            &format!("{name} is on {}", places(explanation, person)),
            &format!("change their entry on {there}"),
            next,
        ),
        Does::NotAdded => match why.strip_prefix(OUTSIDE) {
            Some(clause) => format!("{name} is not on {there} because {}.", because(clause)),
            None => format!("{name} is not on {there} and is not added: {why}."),
        },
        Does::Stays => format!("{name} is on {there} and stays: {why}."),
        Does::NotUpdated => format!(
            "{name} is on {}; {there} is not changed: {why}.",
            places(explanation, person)
        ),
        Does::LeftAlone if on_both => {
            format!("{name} is on both lists and is left alone on {there}: {why}.")
        }
        Does::LeftAlone => format!("{name} is left alone on {there}: {why}."),
        Does::Ignored => ignored(explanation, person, &name, why, two_way),
        Does::SecondEntry => format!("{name} is on {there} as a {why}."),
        Does::Unchanged => format!(
            "{name} is on {}; nothing will change.",
            places(explanation, person)
        ),
    }
}

/// How the plan begins the reason of whoever does not pass a filter.
const OUTSIDE: &str = "outside the filter: ";

/// What matters more comes first.
fn rank(does: Does) -> u8 {
    match does {
        Does::Remove => 0,
        Does::Invite | Does::Add => 1,
        Does::Stays => 2,
        Does::NotAdded => 3,
        Does::LeftAlone => 4,
        Does::Update => 5,
        Does::NotUpdated => 6,
        Does::Ignored => 7,
        Does::Unchanged => 8,
        Does::SecondEntry => 9,
    }
}

fn planned(is: &str, does: &str, next: &NextStep) -> String {
    let why = &next.why;
    if next.waits {
        format!("{is}; the next run would {does}, and that waits for approval: {why}.")
    } else {
        format!("{is}; the next run will {does}: {why}.")
    }
}

/// Somebody the sync is not about: where they are, and which list says no.
fn ignored(
    explanation: &Explanation,
    person: &PersonFound,
    name: &str,
    why: &str,
    two_way: bool,
) -> String {
    let sides = if two_way {
        [Side::Source, Side::Target]
    } else {
        [Side::Target, Side::Source]
    };
    let mut entries = sides.into_iter().filter_map(|side| person.on(side));
    let Some((entry, clause)) = entries
        .find_map(|entry| Some((entry, says_no(entry)?)))
        .filter(|_| why.starts_with(OUTSIDE))
    else {
        return format!(
            "{name} is on {} and plays no part in this sync: {why}.",
            places(explanation, person)
        );
    };
    let (here, there) = (entry.side, entry.side.other());
    let brings = two_way || here == Side::Source;
    if brings && person.on(there).is_none() {
        format!(
            "{name} is not on {} because {clause}.",
            explanation.lists.of(there)
        )
    } else {
        format!(
            "{name} is on {} and is left as they are, because {clause} on {}.",
            places(explanation, person),
            explanation.lists.of(here)
        )
    }
}

/// Why the sync is not about an entry.
fn says_no(entry: &EntryFound) -> Option<String> {
    let clause = || entry.filter.as_ref()?.clause.clone();
    entry.left_out.as_deref().map(because).or_else(clause)
}

/// A clause after "because". Of whoever is left out for another list's sake the plan says `is on Leavers`.
fn because(clause: &str) -> String {
    match clause.strip_prefix("is on ") {
        Some(list) => format!("they are on {list}, whose members are left out"),
        None => clause.to_owned(),
    }
}

fn nobody(explanation: &Explanation) -> String {
    let Explanation { asked, lists, .. } = explanation;
    let known = explanation
        .known
        .iter()
        .find(|known| !known.people.is_empty());
    let before = if explanation.agreed {
        ", and was on both when the last run ended"
    } else {
        ""
    };
    if let Some(known) = known {
        let connection = &lists.of(known.side).connection;
        let people = known.people.join(", ");
        let them = if known.people.len() == 1 {
            format!("{connection} knows them as {people}")
        } else {
            format!("{connection} knows several people by it: {people}")
        };
        return format!("{asked} is on neither list{before}; {them}.");
    }
    if explanation.agreed {
        return format!("{asked} is on neither list{before}.");
    }
    let asked_elsewhere: Vec<&str> = explanation
        .known
        .iter()
        .filter(|known| known.asked)
        .map(|known| lists.of(known.side).connection.as_str())
        .collect();
    let elsewhere = if asked_elsewhere.is_empty() {
        String::new()
    } else {
        format!(
            ", nor anybody else whom {} knows,",
            asked_elsewhere.join(" or ")
        )
    };
    let meant = if explanation.nearest.is_empty() {
        String::new()
    } else {
        format!(" Perhaps meant: {}.", explanation.nearest.join(", "))
    };
    format!(
        "nobody on {} or {}{elsewhere} is known by `{asked}`.{meant}",
        lists.source, lists.target
    )
}

/// Where the person is.
fn places(explanation: &Explanation, person: &PersonFound) -> String {
    let on = |side: Side| person.on(side).is_some();
    let list = |side: Side| -> &ListRef { explanation.lists.of(side) };
    match (on(Side::Source), on(Side::Target)) {
        (true, true) => "both lists".to_owned(),
        (true, false) => format!("{} alone", list(Side::Source)),
        (false, true) => format!("{} alone", list(Side::Target)),
        (false, false) => "neither list".to_owned(),
    }
}

/// What was asked for, with the name of the entry where that is another one.
fn name(explanation: &Explanation, person: &PersonFound) -> String {
    let asked = &explanation.asked;
    let mut entries = person.entries.iter();
    let is_called_so = entries.any(|entry| entry.label.eq_ignore_ascii_case(asked));
    match person.entries.first() {
        Some(first) if !is_called_so => format!("{asked} ({})", first.label),
        _ => asked.clone(),
    }
}
