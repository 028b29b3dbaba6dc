//! Which of the three levels of access is in force, and which one the syncs need.
//!
//! The levels are those that the deployment and its scripts grant: one table, `infra/graph-permissions.json`.

use serde::Deserialize;

use super::{
    Granted,
    table::{NEEDS, Need, does_more_than_read},
};
use crate::connectors::ports::examination::{Finding, Use};

/// The table, as it is deployed.
const TABLE: &str = include_str!("../../../../infra/graph-permissions.json");

/// The part of the table that is needed here: what is granted together, from least to most.
#[derive(Default, Deserialize)]
pub(super) struct Levels {
    pub(super) levels: Vec<Level>,
}

/// What is granted together.
#[derive(Deserialize)]
pub(super) struct Level {
    /// `read`.
    pub(super) name: String,
    /// Each of them; a level is complete in itself.
    pub(super) permissions: Vec<String>,
}

/// The levels, from least to most.
pub(super) fn levels() -> Vec<Level> {
    // A test reads the same text and would not let a broken one pass.
    let table: Levels = serde_json::from_str(TABLE).unwrap_or_default();
    table.levels
}

/// Tells the level that is in force, what it allows and does not allow, and how is granted what the syncs need, where that
/// is something else. Of syncs that are not `all_known` nobody can say what would be enough.
pub(in super::super) fn level(granted: &Granted, uses: &[Use], all_known: bool) -> Finding {
    let levels = levels();
    let needs: Vec<&Need> = NEEDS
        .iter()
        .filter(|need| uses.iter().any(|one| (need.is)(one)))
        .collect();
    let in_force = levels.iter().rposition(|level| {
        let mut permissions = level.permissions.iter();
        permissions.all(|permission| covers(granted, permission))
    });
    let beside = beside(granted, in_force.and_then(|place| levels.get(place)));
    let found = format!(
        "{}: {}",
        in_force_in_words(&levels, in_force, &beside),
        allowed(granted)
    );
    let Some((needed, wanted)) = enough(&levels, &needs) else {
        return Finding::note("level", found);
    };
    let is_missing = needs.iter().any(|need| !allows(granted, need));
    let is_used = |permission: &&str| needs.iter().any(|need| need.any_of.contains(permission));
    let is_too_much = in_force > Some(needed) || !beside.iter().all(is_used);
    if is_missing {
        let todo = format!(
            "these syncs need {}: {}",
            wanted.in_words(),
            wanted.commands(granted, "", "")
        );
        Finding::note("level", found).todo(todo)
    } else if is_too_much && !all_known {
        let todo = "correct the definitions that cannot be used first: what their syncs need is not known, so that \
                    nothing can be said to be too much";
        Finding::note("level", found).todo(todo)
    } else if is_too_much {
        let todo = format!(
            "{} is enough for these syncs: {}",
            wanted.in_words(),
            wanted.commands(granted, " --reduce", " -Reduce")
        );
        Finding::note("level", found).todo(todo)
    } else {
        Finding::ok("level", found)
    }
}

fn in_force_in_words(levels: &[Level], in_force: Option<usize>, beside: &[&str]) -> String {
    let is_last = in_force.is_some_and(|place| place + 1 == levels.len());
    let level = levels.get(in_force.unwrap_or(0));
    let name = level.map_or("", |level| level.name.as_str());
    let quoted: Vec<String> = beside.iter().map(|one| format!("`{one}`")).collect();
    let quoted = quoted.join(", ");
    match (in_force, beside.is_empty()) {
        (None, true) => format!("less than `{name}`"),
        (None, false) => format!("less than `{name}`, and beside it {quoted}"),
        (Some(_), true) => format!("`{name}`"),
        (Some(_), false) if is_last => format!("more than `{name}` ({quoted})"),
        (Some(_), false) => format!("`{name}`, and beside it {quoted}"),
    }
}

/// A level, and single permissions beside it.
struct Wanted<'a> {
    level: &'a str,
    beside: Vec<&'a str>,
}

/// What is enough for these needs, with the place of its level: the highest level of which everything is needed, or the
/// least one, and by name what that leaves out. So nothing is granted that no sync needs but what the least level has.
fn enough<'a>(levels: &'a [Level], needs: &[&Need]) -> Option<(usize, Wanted<'a>)> {
    let is_needed = |permission: &String| {
        let mut least = needs.iter().filter_map(|need| need.any_of.first());
        least.any(|least| least == permission)
    };
    let whole = levels
        .iter()
        .rposition(|level| level.permissions.iter().all(is_needed));
    let place = whole.unwrap_or(0);
    let level = levels.get(place)?;
    let of_it = Granted::these(&level.permissions);
    let left_out = needs.iter().filter(|need| !allows(&of_it, need));
    let beside = left_out.filter_map(|need| need.any_of.first().copied());
    let level = level.name.as_str();
    Some((
        place,
        Wanted {
            level,
            beside: beside.collect(),
        },
    ))
}

impl Wanted<'_> {
    fn in_words(&self) -> String {
        let beside: Vec<String> = self.beside.iter().map(|one| format!("`{one}`")).collect();
        match beside.as_slice() {
            [] => format!("the level `{}`", self.level),
            beside => format!("the level `{}` with {}", self.level, beside.join(", ")),
        }
    }

    /// What grants it to the identity that is signed in.
    fn commands(&self, granted: &Granted, more: &str, more_of_powershell: &str) -> String {
        let identity = granted.identity.as_deref().unwrap_or("OBJECT_ID");
        let level = self.level;
        let also = self.beside.iter().map(|one| format!(" --also {one}"));
        let also: String = also.collect();
        let also_of_powershell = match self.beside.as_slice() {
            [] => String::new(),
            beside => format!(" -Also {}", beside.join(",")),
        };
        format!(
            "`infra/grant.sh --identity {identity} --level {level}{also}{more}`, or `infra/grant.ps1 -Identity {identity} \
             -Level {level}{also_of_powershell}{more_of_powershell}`"
        )
    }
}

/// Whether the permission is granted, or one that includes it.
fn covers(granted: &Granted, permission: &str) -> bool {
    let mut same = NEEDS
        .iter()
        .filter(|need| need.any_of.first() == Some(&permission));
    granted.has(permission) || same.any(|need| allows(granted, need))
}

fn allows(granted: &Granted, need: &Need) -> bool {
    need.any_of.iter().any(|one| granted.has(one))
}

/// What is granted beyond a level and does more than read.
fn beside<'a>(granted: &'a Granted, level: Option<&Level>) -> Vec<&'a str> {
    let is_of_it = |permission: &str| {
        let mut permissions = level.into_iter().flat_map(|level| &level.permissions);
        permissions.any(|one| one.eq_ignore_ascii_case(permission))
    };
    let beside = granted.permissions.iter().map(String::as_str);
    beside
        .filter(|permission| does_more_than_read(permission) && !is_of_it(permission))
        .collect()
}

/// What the application may do, of all that syncs can ask for, and what it may not.
fn allowed(granted: &Granted) -> String {
    let (may, may_not): (Vec<&Need>, Vec<&Need>) =
        NEEDS.iter().partition(|need| allows(granted, need));
    let words = |needs: &[&Need]| -> String {
        let words: Vec<&str> = needs.iter().map(|need| need.what).collect();
        words.join(", ")
    };
    match (may.is_empty(), may_not.is_empty()) {
        (true, _) => "may do nothing of what syncs ask for".to_owned(),
        (false, true) => format!("may {}", words(&may)),
        (false, false) => format!("may {}; may not {}", words(&may), words(&may_not)),
    }
}
