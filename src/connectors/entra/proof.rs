//! Whether a listing shows everybody, and all of them: what cannot be proven becomes a doubt, what would mislead an error.
//!
//! It must not know requests.

use serde_json::Value;

use super::{answer::Answer, people, read::READ_PEOPLE};
use crate::{
    connectors::ports::{ConnectorError, ErrorKind},
    model::member::{Kind, Member},
};

/// People without their attributes and aliases cannot be told apart from people who have none: nothing may follow from
/// such a reading, neither for who passes a filter nor for who is who.
pub(super) fn refuse_names_only(members: &[Member]) -> Result<(), ConnectorError> {
    if people::are_names_only(members) {
        return Err(
            ConnectorError::new(ErrorKind::Denied, people::NAMES_ONLY).help(format!(
                "grant the application `{READ_PEOPLE}` (application permission) and admin consent"
            )),
        );
    }
    Ok(())
}

/// Reasons to believe that this is not everybody. Fewer counted than read is only an index that lags behind.
/// `grant` are the permissions that show what is hidden.
pub(super) fn doubts(
    whose: &str,
    count: Option<usize>,
    members: &[Member],
    grant: &str,
) -> Vec<String> {
    let mut doubts: Vec<String> = missing(whose, count, members.len()).into_iter().collect();
    let hidden = members
        .iter()
        .filter(|member| member.kind == Kind::Unreadable)
        .count();
    if hidden > 0 {
        doubts.push(format!(
            "{hidden} of {} members were shown without name and address; grant the application {grant} \
             (application permission) and admin consent",
            members.len()
        ));
    }
    doubts
}

/// Reasons to believe that a directory has more people than these. Whoever is not found in it would look unknown.
pub(super) fn missing_people(count: Option<usize>, read: usize) -> Vec<String> {
    let nobody = (read == 0).then(|| "the directory shows nobody".to_owned());
    missing("the directory", count, read)
        .or(nobody)
        .into_iter()
        .collect()
}

fn missing(whose: &str, count: Option<usize>, read: usize) -> Option<String> {
    let count = count.filter(|&count| count > read)?;
    Some(format!("{whose} counts {count} members, {read} were read"))
}

/// The number, or none: a tenant or group that is not counted can still be read whole.
pub(super) fn counted(answer: Answer) -> Option<usize> {
    let number = match &answer.body {
        Value::String(text) => text.trim_start_matches('\u{feff}').trim().parse().ok(),
        Value::Object(page) => page.get("@odata.count").and_then(Value::as_u64),
        other => other.as_u64(),
    };
    let number = number.filter(|_| answer.is_success());
    if number.is_none() {
        tracing::debug!(why = answer.explain(), "there is no count to compare with");
    }
    usize::try_from(number?).ok()
}
