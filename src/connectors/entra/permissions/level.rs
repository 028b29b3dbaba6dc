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

/// Tells the level that is in force, what it allows and does not allow, and how the level is granted that the syncs
/// need, where that is another one.
pub(in super::super) fn level(granted: &Granted, uses: &[Use]) -> Finding {
    let levels = levels();
    let needs: Vec<&Need> = NEEDS
        .iter()
        .filter(|need| uses.iter().any(|one| (need.is)(one)))
        .collect();
    let in_force = levels.iter().rposition(|level| {
        let mut permissions = level.permissions.iter();
        permissions.all(|permission| covers(granted, permission))
    });
    let needed = levels.iter().position(|level| {
        let granted = Granted::these(&level.permissions);
        needs.iter().all(|need| allows(&granted, need))
    });
    let beside = beside(granted, in_force.and_then(|place| levels.get(place)));
    let is_last = in_force.is_some_and(|place| place + 1 == levels.len());
    let name = |place: Option<usize>| {
        let level = place.and_then(|place| levels.get(place));
        level.map_or("", |level| level.name.as_str())
    };
    let quoted: Vec<String> = beside.iter().map(|one| format!("`{one}`")).collect();
    let quoted = quoted.join(", ");
    let which = match (in_force, beside.is_empty()) {
        (None, true) => format!("less than `{}`", name(Some(0))),
        (None, false) => format!("less than `{}`, and beside it {quoted}", name(Some(0))),
        (Some(_), true) => format!("`{}`", name(in_force)),
        (Some(_), false) if is_last => format!("more than `{}` ({quoted})", name(in_force)),
        (Some(_), false) => format!("`{}`, and beside it {quoted}", name(in_force)),
    };
    let found = format!("{which}: {}", allowed(granted));
    let Some(level) = needed.map(|place| name(Some(place))) else {
        return Finding::note("level", found);
    };
    let is_missing = needs.iter().any(|need| !allows(granted, need));
    let is_used = |permission: &&str| needs.iter().any(|need| need.any_of.contains(permission));
    let is_too_much = in_force > needed || !beside.iter().all(is_used);
    if is_missing {
        let todo = format!(
            "these syncs need the level `{level}`: {}",
            commands(granted, level, "", "")
        );
        Finding::note("level", found).todo(todo)
    } else if is_too_much {
        let todo = format!(
            "the level `{level}` is enough for these syncs: {}",
            commands(granted, level, " --reduce", " -Reduce")
        );
        Finding::note("level", found).todo(todo)
    } else {
        Finding::ok("level", found)
    }
}

/// What grants a level to the identity that is signed in.
fn commands(granted: &Granted, level: &str, more: &str, more_of_powershell: &str) -> String {
    let identity = granted.identity.as_deref().unwrap_or("OBJECT_ID");
    format!(
        "`infra/grant.sh --identity {identity} --level {level}{more}`, or `infra/grant.ps1 -Identity {identity} -Level \
         {level}{more_of_powershell}`"
    )
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
