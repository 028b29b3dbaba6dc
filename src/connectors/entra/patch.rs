//! What is sent to change somebody's fields, and what the answer means.
//!
//! Pure: it must not know how requests travel. <https://learn.microsoft.com/graph/api/user-update>

use serde_json::{Map, Value as Json, json};

use super::{
    answer::Answer,
    verdict::{Later, Verdict, WRONG_PLACE, failed, refused},
    write::{self, object_id},
};
use crate::{
    model::attributes::Value,
    plan::{
        change::{Action, Change, FieldChange},
        outcome::Outcome,
    },
};

/// The permission that changing people needs.
pub(super) const CHANGE_PEOPLE: &str = "User.ReadWrite.All";

/// What Graph protects of people who hold an administrator role.
const PROTECTED: [&str; 2] = ["businessPhones", "mobilePhone"];

/// What Graph keeps in a list, of which it takes one.
const LISTED: &str = "businessPhones";

/// What Graph never empties.
const NEVER_EMPTY: [&str; 2] = ["displayName", "usageLocation"];

/// What to do about people whom Active Directory owns.
const IN_ACTIVE_DIRECTORY: &str =
    "change this person in Active Directory, or take the directory as the owner of these fields";

/// One person's fields as they shall be.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Patch {
    /// The person's object id.
    pub(super) id: String,
    /// What is sent.
    pub(super) body: Json,
    /// Whether it touches what is protected of administrators.
    pub(super) is_protected: bool,
}

/// The patch of a change, or why there is none. Only fields in `given` are written.
pub(super) fn patch(change: &Change, given: &[String]) -> Result<Patch, Outcome> {
    let id = object_id(change)?;
    let Action::Update(fields) = &change.action else {
        return Err(Outcome::not_tried("this is no change of fields"));
    };
    if let Some(field) = fields.iter().find(|field| !given.contains(&field.field)) {
        return Err(write::refused(
            "not-updatable",
            &format!(
                "the sync was not given `{}` of people in Entra ID",
                field.field
            ),
            "make the other side the owner of this field in the mapping, or leave it out",
        ));
    }
    // A plan holds back what is known to be locked; whoever asks all the same is not let through.
    let locked = fields
        .iter()
        .find_map(|field| change.member.lock(&field.field));
    if let Some(why) = locked {
        return Err(write::refused("locked", why, IN_ACTIVE_DIRECTORY));
    }
    let empties =
        |field: &&FieldChange| field.after.is_none() && NEVER_EMPTY.contains(&field.field.as_str());
    if let Some(field) = fields.iter().find(empties) {
        return Err(write::refused(
            "never-empty",
            &format!("Microsoft Graph does not empty `{}`", field.field),
            "give this field a value where it comes from",
        ));
    }
    let body: Map<String, Json> = fields
        .iter()
        .map(|field| (field.field.clone(), written(field)))
        .collect();
    Ok(Patch {
        id,
        body: Json::Object(body),
        is_protected: fields
            .iter()
            .any(|field| PROTECTED.contains(&field.field.as_str())),
    })
}

fn written(field: &FieldChange) -> Json {
    match (&field.after, field.field == LISTED) {
        (None, true) => json!([]),
        (None, false) => Json::Null,
        (Some(Value::Texts(texts)), true) => json!(texts),
        (Some(value), true) => json!([value.to_line()]),
        (Some(value), false) => json!(value.to_line()),
    }
}

/// Whether Graph understood and does not allow it: whom that is about is seen only beside other answers.
pub(super) fn is_denied(answer: &Answer) -> bool {
    answer.status == 403 && !answer.code().is_empty()
}

/// What any other answer means.
pub(super) fn judge(answer: &Answer) -> Verdict {
    let message = answer.message().to_ascii_lowercase();
    match answer.status {
        204 => Verdict::Done,
        // A portal or proxy that says 200 to everything has changed nobody.
        200..=299 => Verdict::Again(Later::Unavailable, None),
        401 => Verdict::List(failed(
            "sign-in-refused",
            answer,
            "check that the application's token is for this tenant",
        )),
        429 => Verdict::Again(Later::Throttled, answer.retry_after),
        _ if answer.status == 409 || answer.has_code("Directory_ConcurrencyViolation") => {
            Verdict::Again(Later::Conflict, answer.retry_after)
        }
        _ if answer.is_passing() => Verdict::Again(Later::Unavailable, answer.retry_after),
        300..=499 if answer.code().is_empty() => {
            Verdict::Request(failed("bad-data", answer, WRONG_PLACE))
        }
        404 => Verdict::One(refused(
            "not-found",
            answer,
            "the directory does not know this person; they were deleted since they were read",
        )),
        400 if message.contains("on-premises mastered") => Verdict::One(refused(
            "synced-from-on-premises",
            answer,
            IN_ACTIVE_DIRECTORY,
        )),
        400..=499 => Verdict::One(refused(
            "refused",
            answer,
            "see the message of Microsoft Graph",
        )),
        _ => Verdict::Request(failed("bad-data", answer, WRONG_PLACE)),
    }
}

/// The outcome when nobody may be changed.
pub(super) fn denied_for_all(answer: &Answer) -> Outcome {
    refused(
        "permission-missing",
        answer,
        &format!(
            "grant the application `{CHANGE_PEOPLE}` (application permission) and admin consent; numbers of people who \
             hold an administrator role need a higher role besides"
        ),
    )
}

/// The outcome when others could be changed, and this person not.
pub(super) fn denied_for_one(answer: &Answer, is_protected: bool) -> Outcome {
    if is_protected {
        refused(
            "admin-protected",
            answer,
            &format!(
                "phone numbers of people who hold an administrator role are protected: besides `{CHANGE_PEOPLE}` the \
                 application needs a role that ranks higher, such as Privileged Authentication Administrator; or \
                 protect these people in the sync"
            ),
        )
    } else {
        refused(
            "not-allowed",
            answer,
            "this person may be in a restricted management administrative unit; take them out of it, or protect them \
             in the sync",
        )
    }
}

#[cfg(test)]
mod tests;
