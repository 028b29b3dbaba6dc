//! Which permissions the application has, and which ones its syncs need: what is missing, and what is more than enough.
//!
//! Pure: it must not know requests. A token is taken apart and never shown.

mod level;
mod table;
#[cfg(test)]
mod tests;

use std::collections::BTreeSet;

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use serde::Deserialize;

pub(super) use self::level::level;
use self::table::{NEEDS, Need, danger, does_more_than_read};
use super::settings::is_object_id;
use crate::connectors::ports::examination::{Finding, Use};

/// What the token says the application may do.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Granted {
    permissions: BTreeSet<String>,
    /// The object id of the identity in its tenant, where the token says it.
    identity: Option<String>,
}

/// The part of a token that says so: application permissions as a list, delegated ones as one text.
#[derive(Deserialize)]
struct Claims {
    #[serde(default)]
    roles: Vec<String>,
    #[serde(default)]
    scp: Option<String>,
    #[serde(default)]
    oid: Option<String>,
}

impl Granted {
    /// What a token says. `None` of a token that only its service can read.
    pub(super) fn of(token: &str) -> Option<Self> {
        let mut parts = token.split('.');
        let (_, claims) = (parts.next()?, parts.next()?);
        let bytes = URL_SAFE_NO_PAD.decode(claims.trim_end_matches('=')).ok()?;
        let claims: Claims = serde_json::from_slice(&bytes).ok()?;
        let delegated = claims.scp.unwrap_or_default();
        let delegated = delegated.split_whitespace().map(str::to_owned);
        Some(Self {
            permissions: claims.roles.into_iter().chain(delegated).collect(),
            // It becomes a part of a command that somebody copies.
            identity: claims.oid.filter(|id| is_object_id(id)),
        })
    }

    /// These permissions, and no others.
    fn these(permissions: &[String]) -> Self {
        Self {
            permissions: permissions.iter().cloned().collect(),
            identity: None,
        }
    }

    fn has(&self, permission: &str) -> bool {
        self.permissions
            .iter()
            .any(|granted| granted.eq_ignore_ascii_case(permission))
    }
}

/// Holds what is granted against what the syncs do: what is missing, and where these are `all_known`, what is more than
/// enough, and what nothing needs.
pub(super) fn compared(
    granted: &Granted,
    uses: &[Use],
    all_known: bool,
    is_managed: bool,
) -> Vec<Finding> {
    let needed: Vec<(&Need, Vec<&Use>)> = NEEDS
        .iter()
        .map(|need| (need, uses.iter().filter(|one| (need.is)(one)).collect()))
        .filter(|(_, uses): &(_, Vec<&Use>)| !uses.is_empty())
        .collect();
    let mut findings = Vec::new();
    let mut in_use: BTreeSet<&str> = BTreeSet::new();
    // What was granted for something that less would do for, and the less.
    let mut too_much: Vec<(&str, &str, &str)> = Vec::new();
    for (need, uses) in &needed {
        let chosen = need.any_of.iter().find(|one| granted.has(one));
        let least = need.any_of.first();
        match (chosen, least) {
            (Some(chosen), Some(least)) => {
                in_use.insert(chosen);
                if chosen != least {
                    too_much.push((chosen, least, need.what));
                }
            }
            (None, Some(least)) if uses.iter().any(|one| one.asked) => {
                findings.push(missing(granted, need, least, uses, is_managed));
            }
            (None, _) | (_, None) => {}
        }
    }
    if findings.is_empty() {
        let words: Vec<&str> = needed.iter().map(|(need, _)| need.what).collect();
        findings.push(Finding::ok(
            "permissions",
            format!(
                "everything that is needed is granted: to {}",
                words.join(", to ")
            ),
        ));
    }
    if all_known {
        findings.extend(excessive(&needed, &too_much));
        findings.extend(unused(granted, &in_use));
    }
    findings
}

fn missing(
    granted: &Granted,
    need: &Need,
    least: &str,
    uses: &[&Use],
    is_managed: bool,
) -> Finding {
    let syncs: BTreeSet<&str> = uses
        .iter()
        .filter(|one| one.asked)
        .map(|one| one.sync.as_str())
        .collect();
    let syncs: Vec<String> = syncs.into_iter().map(|sync| format!("`{sync}`")).collect();
    let mut found = format!(
        "`{least}` is missing: without it the application cannot {}, as {} {} it to",
        need.what,
        syncs.join(", "),
        if syncs.len() == 1 { "asks" } else { "ask" },
    );
    if least == "User.Read.All" && granted.has("User.ReadBasic.All") {
        found.push_str("; `User.ReadBasic.All` shows names alone");
    }
    if least == "GroupMember.ReadWrite.All" {
        found.push_str(
            " (an application that owns a group may be let in without it, but Microsoft Graph does not show \
             applications as owners, so that this cannot be told before)",
        );
    }
    let mut todo =
        format!("grant the application `{least}` (application permission) and admin consent");
    if is_managed {
        todo.push_str("; the token of a managed identity can take a day to show it");
    }
    Finding::problem("permissions", found).todo(todo)
}

/// What is granted and in use, where less would do.
fn excessive(needed: &[(&Need, Vec<&Use>)], too_much: &[(&str, &str, &str)]) -> Vec<Finding> {
    let is_the_least_for_something = |permission: &str| {
        needed
            .iter()
            .any(|(need, _)| need.any_of.first() == Some(&permission))
    };
    let mut permissions: Vec<&str> = too_much.iter().map(|(chosen, ..)| *chosen).collect();
    permissions.sort_unstable();
    permissions.dedup();
    let excessive = permissions
        .into_iter()
        .filter(|permission| !is_the_least_for_something(permission));
    excessive
        .map(|permission| {
            let of_it = too_much.iter().filter(|(chosen, ..)| *chosen == permission);
            let mut less: Vec<String> = of_it.map(|(_, least, _)| format!("`{least}`")).collect();
            less.sort();
            less.dedup();
            let less = less.join(" and ");
            let danger = danger(permission).map_or_else(String::new, |why| format!("; {why}"));
            let found = format!("`{permission}` is more than these syncs need{danger}");
            let todo = format!("grant {less} instead, and take `{permission}` away");
            if does_more_than_read(permission) {
                Finding::warning("permissions", found).todo(todo)
            } else {
                Finding::note("permissions", found).todo(todo)
            }
        })
        .collect()
}

/// What is granted and nothing here needs.
fn unused(granted: &Granted, in_use: &BTreeSet<&str>) -> Vec<Finding> {
    let is_used = |permission: &str| {
        in_use
            .iter()
            .any(|one| one.eq_ignore_ascii_case(permission))
    };
    let unused = granted
        .permissions
        .iter()
        .filter(|permission| !is_used(permission));
    unused
        .map(|permission| {
            if permission.eq_ignore_ascii_case("Member.Read.Hidden") {
                let found = format!(
                    "`{permission}` is granted: only groups that hide their members need it"
                );
                return Finding::note("permissions", found);
            }
            let found = format!("`{permission}` is granted, and no sync here needs it");
            let found = match danger(permission) {
                Some(why) => format!("{found}; {why}"),
                None => found,
            };
            let todo = "take it away, unless something else signs in as the same application";
            if does_more_than_read(permission) {
                Finding::warning("permissions", found).todo(todo)
            } else {
                Finding::note("permissions", found).todo(todo)
            }
        })
        .collect()
}
