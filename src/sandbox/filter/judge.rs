//! Whether Graph takes a filter: default operators everywhere, the others only with the advanced parameters.
//!
//! <https://learn.microsoft.com/en-us/graph/aad-advanced-queries>. Knows nothing of objects.

use serde_json::Value;

use super::{Clause, Comparison};
use crate::sandbox::directory::{Kind, is_known};
use crate::sandbox::refusal::unsupported_query;
use crate::sandbox::wire::Answer;

/// Values in `in` and clauses joined by `or`, without advanced parameters.
const MOST_CHOICES: usize = 15;
/// Characters of a value compared with `eq`, without advanced parameters.
const LONGEST_VALUE: usize = 120;

/// Properties that can be filtered by `eq`, `in` and `startsWith`.
const FILTERABLE: [&str; 24] = [
    "id",
    "accountEnabled",
    "userType",
    "onPremisesSyncEnabled",
    "department",
    "displayName",
    "givenName",
    "surname",
    "jobTitle",
    "companyName",
    "city",
    "country",
    "mail",
    "mailNickname",
    "userPrincipalName",
    "employeeId",
    "externalUserState",
    "createdDateTime",
    "uniqueName",
    "description",
    "mailEnabled",
    "securityEnabled",
    "isAssignableToRole",
    "officeLocation",
];
/// Lists that can be filtered with `any`.
const LISTS: [&str; 4] = [
    "otherMails",
    "proxyAddresses",
    "groupTypes",
    "businessPhones",
];
/// Properties that take `endsWith`.
const ENDS: [&str; 4] = ["mail", "otherMails", "userPrincipalName", "proxyAddresses"];

/// Refuses what Graph refuses.
pub(crate) fn judge(clause: &Clause, kind: Kind, advanced: bool) -> Result<(), Answer> {
    if !advanced {
        let most = widest(clause);
        if most > MOST_CHOICES {
            return Err(unsupported_query(&format!(
                "Too many child clauses specified in search filter expression containing 'OR' operators: {most}. \
                 Max allowed: {MOST_CHOICES}."
            )));
        }
    }
    clause_is_fine(clause, kind, advanced)
}

fn clause_is_fine(clause: &Clause, kind: Kind, advanced: bool) -> Result<(), Answer> {
    let needs_advanced = |operator: &str| {
        if advanced {
            Ok(())
        } else {
            Err(operator_refused(operator))
        }
    };
    match clause {
        Clause::Compare(name, comparison, value) => {
            property_is_fine(name, kind)?;
            match comparison {
                Comparison::NotEqual => needs_advanced("ne")?,
                Comparison::Equal if value.is_null() => needs_advanced("eq null")?,
                Comparison::Equal | Comparison::AtLeast | Comparison::AtMost => {}
            }
            value_is_fine(name, value, kind, advanced)
        }
        Clause::In(name, values) => {
            property_is_fine(name, kind)?;
            values
                .iter()
                .try_for_each(|value| value_is_fine(name, value, kind, advanced))
        }
        Clause::StartsWith(name, _) => property_is_fine(name, kind),
        Clause::EndsWith(name, _) => {
            if !ENDS.contains(&name.as_str()) {
                return Err(property_refused(name, kind));
            }
            needs_advanced("endsWith")
        }
        Clause::Any(list, inner) => {
            if !LISTS.contains(&list.as_str()) || !is_known(kind, list) {
                return Err(property_refused(list, kind));
            }
            inner.as_deref().map_or_else(
                || needs_advanced("any"),
                |inner| clause_is_fine(inner, kind, advanced),
            )
        }
        Clause::Not(inner) => {
            needs_advanced("not")?;
            clause_is_fine(inner, kind, advanced)
        }
        Clause::And(left, right) | Clause::Or(left, right) => {
            clause_is_fine(left, kind, advanced)?;
            clause_is_fine(right, kind, advanced)
        }
    }
}

fn property_is_fine(name: &str, kind: Kind) -> Result<(), Answer> {
    let listed = FILTERABLE.contains(&name) || LISTS.contains(&name);
    if listed && is_known(kind, name) {
        Ok(())
    } else {
        Err(property_refused(name, kind))
    }
}

fn value_is_fine(name: &str, value: &Value, kind: Kind, advanced: bool) -> Result<(), Answer> {
    let too_long = value
        .as_str()
        .is_some_and(|text| text.chars().count() > LONGEST_VALUE);
    if too_long && !advanced {
        Err(property_refused(name, kind))
    } else {
        Ok(())
    }
}

/// The most values that any one chain of `or`, or any one `in`, offers.
fn widest(clause: &Clause) -> usize {
    match clause {
        Clause::Or(..) => choices(clause),
        Clause::In(_, values) => values.len(),
        Clause::And(left, right) => widest(left).max(widest(right)),
        Clause::Not(inner) | Clause::Any(_, Some(inner)) => widest(inner),
        _ => 1,
    }
}

fn choices(clause: &Clause) -> usize {
    match clause {
        Clause::Or(left, right) => choices(left) + choices(right),
        Clause::Any(_, Some(inner)) => choices(inner),
        other => widest(other),
    }
}

fn operator_refused(operator: &str) -> Answer {
    unsupported_query(&format!(
        "Operator '{operator}' is not supported because the required parameters might be missing. Try adding \
         $count=true query parameter and ConsistencyLevel:eventual header."
    ))
}

fn property_refused(name: &str, kind: Kind) -> Answer {
    let name_of_kind = kind.name();
    let mut resource = name_of_kind.to_owned();
    if let Some(first) = resource.get_mut(..1) {
        first.make_ascii_uppercase();
    }
    unsupported_query(&format!(
        "Unsupported or invalid query filter clause specified for property '{name}' of resource '{resource}'."
    ))
}
