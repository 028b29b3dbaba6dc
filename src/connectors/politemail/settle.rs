//! What became of each member, from what PoliteMail answered and from who is on the list afterwards.
//!
//! Pure. An answer alone settles nothing: "true" for many addresses does not say that each of them was taken.

use serde_json::Value;

use super::{
    api::{Api, PLATFORM},
    read::OnList,
};
use crate::{
    connectors::{
        ports::{ConnectorError, ErrorKind},
        web::Heard,
    },
    model::{address::Address, member::Standing},
    plan::outcome::{OPTED_OUT_OR_REFUSED, Outcome, Problem},
};

/// What is done to the list.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Doing {
    /// Members are added by their addresses.
    Adding,
    /// Members are taken off by their addresses.
    Removing,
}

/// What was answered to one request about several addresses.
#[derive(Debug, Clone)]
pub(super) enum Said {
    /// It was done, as far as PoliteMail knows.
    Yes,
    /// It was not done, and one of the addresses may be the reason.
    No(Outcome),
    /// It was not done, and no address is the reason: the same holds for all that is left.
    Never(Outcome),
    /// Nobody knows whether it was done.
    Unknown(Problem),
}

/// How often the list was looked at after it was written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Looks {
    /// Once: what does not show may show later.
    One,
    /// Twice, with a wait between.
    Two,
}

impl Doing {
    /// The name of the operation.
    pub(super) fn operation(self) -> &'static str {
        match self {
            Self::Adding => "AddEmails",
            Self::Removing => "RemoveEmails",
        }
    }

    /// In words.
    pub(super) fn in_words(self) -> &'static str {
        match self {
            Self::Adding => "adding members",
            Self::Removing => "removing members",
        }
    }
}

/// What this answer says.
pub(super) fn judge(api: &Api, doing: Doing, answer: &Result<Heard, ConnectorError>) -> Said {
    let heard = match answer {
        Ok(heard) => heard,
        Err(error) => return Said::Unknown(problem(error)),
    };
    if heard.is_done() {
        return match heard.body.get("value") {
            Some(Value::Bool(false)) => Said::No(refused(
                "not-done",
                format!(
                    "{}: {PLATFORM} answered that it was not done",
                    doing.in_words()
                ),
                "try it in PoliteMail; it gives no reason",
            )),
            Some(Value::Bool(true)) => Said::Yes,
            None if heard.body.is_null() && !heard.is_foreign() => Said::Yes,
            _ => Said::Unknown(problem(&api.foreign(doing.in_words()))),
        };
    }
    let error = api.trouble(heard, doing.in_words());
    let mut why = problem(&error);
    match heard.status {
        404 => {
            why.code = "list-gone".to_owned();
            why.help = Some("the list was deleted; the next run looks for it again".to_owned());
            Said::Never(Outcome::Failed(why))
        }
        403 => Said::Never(Outcome::Refused(why)),
        401 | 300..=399 => Said::Never(Outcome::Failed(why)),
        409 => Said::No(Outcome::Failed(why)),
        400..=499 if error.kind == ErrorKind::BadData => {
            why.code = "refused".to_owned();
            why.help = Some("see what PoliteMail said, and try this address there".to_owned());
            Said::No(Outcome::Refused(why))
        }
        _ => Said::Unknown(why),
    }
}

/// Whether the list does not show what was said to be done, and may show it later.
pub(super) fn is_contradicted(
    doing: Doing,
    address: &Address,
    said: &Said,
    after: &OnList,
) -> bool {
    let is_there = after.with(address).is_some();
    matches!(said, Said::Yes) && is_there == (doing == Doing::Removing)
}

/// What became of a member who was not as wanted before; `None` when nobody knows and it may be tried once more.
pub(super) fn settle(
    doing: Doing,
    address: &Address,
    said: &Said,
    after: &OnList,
    looks: Looks,
) -> Option<Outcome> {
    let there = after.with(address);
    let is_so = match (doing, there) {
        (Doing::Adding, Some(member)) => member.standing == Standing::Subscribed,
        (Doing::Removing, None) => after.doubt.is_none(),
        (Doing::Adding, None) | (Doing::Removing, Some(_)) => false,
    };
    match said {
        Said::Yes | Said::Unknown(_) if is_so => Some(Outcome::Applied),
        Said::No(_) | Said::Never(_) if is_so => Some(Outcome::AlreadySo),
        Said::No(outcome) | Said::Never(outcome) => Some(outcome.clone()),
        Said::Unknown(_) if there.is_none() || doing == Doing::Removing => None,
        Said::Yes | Said::Unknown(_) => Some(not_shown(doing, address, after, looks)),
    }
}

/// The outcome of what was said to be done and does not show.
fn not_shown(doing: Doing, address: &Address, after: &OnList, looks: Looks) -> Outcome {
    let not_seen = |why: &str| {
        let message = format!("it is not known whether `{address}` is on the list: {why}");
        failed("not-seen", message, "the next run looks again")
    };
    match (&after.doubt, doing, after.with(address)) {
        (Some(doubt), _, None) => not_seen(doubt),
        (_, Doing::Adding, None) | (_, Doing::Removing, Some(_)) if looks == Looks::One => {
            not_seen("it does not show what was done, and there was no second look")
        }
        (_, Doing::Removing, _) => refused(
            "still-on-the-list",
            format!("`{address}` is on the list although {PLATFORM} said that it was removed"),
            "look at the list in PoliteMail",
        ),
        (_, Doing::Adding, _) => refused(
            OPTED_OUT_OR_REFUSED,
            format!(
                "{PLATFORM} took `{address}` and does not show it on the list as active: the person opted out, or the \
                 address is refused"
            ),
            "look the contact up in PoliteMail; who opted out has to opt in again themselves",
        ),
    }
}

/// When nobody knows, and nothing is tried any more.
pub(super) fn unknown(said: &Said) -> Outcome {
    match said {
        Said::Unknown(problem) => Outcome::Failed(problem.clone()),
        Said::No(outcome) | Said::Never(outcome) => outcome.clone(),
        Said::Yes => Outcome::not_tried("nobody looked whether it was done"),
    }
}

/// A connector's error as an outcome has it.
pub(super) fn problem(error: &ConnectorError) -> Problem {
    Problem {
        code: error.code().to_owned(),
        message: error.message.clone(),
        help: error.help.clone(),
    }
}

pub(super) fn failed(code: &str, message: String, help: &str) -> Outcome {
    Outcome::Failed(Problem {
        code: code.to_owned(),
        message,
        help: Some(help.to_owned()),
    })
}

pub(super) fn refused(code: &str, message: String, help: &str) -> Outcome {
    Outcome::Refused(Problem {
        code: code.to_owned(),
        message,
        help: Some(help.to_owned()),
    })
}
