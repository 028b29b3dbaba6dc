//! What an answer to a write means for the members it was about.
//!
//! Pure. Status and code decide; the message is looked at only where Graph says different things with one code
//! (`Request_BadRequest`).

use std::time::Duration;

use super::answer::Answer;
use crate::{
    connectors::http::shorten,
    plan::outcome::{GUEST_REFUSED, Outcome, Problem},
};

/// What to do when something else than Graph answers.
pub(super) const WRONG_PLACE: &str = "check `graphUrl` and any proxy on the way";

/// What was asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Doing {
    /// Members are added: one request for up to 20, all or nothing.
    Adding,
    /// One member is removed.
    Removing,
}

/// What is known of the group while an answer is judged.
#[derive(Debug, Clone, Copy)]
pub(super) struct Circumstances<'a> {
    /// What was asked for.
    pub(super) doing: Doing,
    /// The group's object id.
    pub(super) group: &'a str,
    /// The group was created moments ago: not every server knows it yet.
    pub(super) young: bool,
    /// Members of nested groups count as members of this list.
    pub(super) flatten: bool,
}

/// What an answer means.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Verdict {
    /// It was done.
    Done,
    /// Nothing is settled: the same request again, after this long if the service said so.
    Again(Later, Option<Duration>),
    /// Something is so with at least one of the members. With several in the request it must be found out which.
    One(Outcome),
    /// It holds for every member in the request.
    Request(Outcome),
    /// It holds for the list: further requests are pointless.
    List(Outcome),
}

/// Why a request is made again.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Later {
    /// Too much was asked of the service.
    Throttled,
    /// The service is not itself.
    Unavailable,
    /// Others write to the group at the same time.
    Conflict,
    /// The group is too young.
    Young,
}

impl Later {
    /// The code of the failure when patience ends.
    pub(super) fn code(self) -> &'static str {
        match self {
            Self::Throttled => "throttled",
            Self::Unavailable => "unavailable",
            Self::Conflict => "conflict",
            Self::Young => "not-yet-visible",
        }
    }
}

/// What this answer means.
pub(super) fn judge(answer: &Answer, circumstances: Circumstances<'_>) -> Verdict {
    let message = answer.message().to_ascii_lowercase();
    let said = |words: &str| message.contains(words);
    let Circumstances {
        doing,
        group,
        young,
        flatten,
    } = circumstances;
    match answer.status {
        204 => Verdict::Done,
        // A portal or proxy that says 200 to everything has not added anybody.
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
        // Not from Graph: a gateway's 404 must not pass for "is no member any more".
        300..=499 if answer.code().is_empty() => {
            Verdict::Request(failed("bad-data", answer, WRONG_PLACE))
        }
        404 if said(&group.to_ascii_lowercase()) => {
            if young {
                Verdict::Again(Later::Young, None)
            } else {
                Verdict::List(refused(
                    "list-gone",
                    answer,
                    "the group was deleted; restore it, or change the sync",
                ))
            }
        }
        404 => match doing {
            Doing::Adding if young => Verdict::Again(Later::Young, None),
            Doing::Adding => Verdict::One(refused(
                "not-found",
                answer,
                "the directory does not know this object; it was deleted since it was read",
            )),
            Doing::Removing if answer.has_code("Request_ResourceNotFound") => {
                Verdict::One(not_a_member(answer, flatten))
            }
            // The path is not there, or something we do not know: that nobody is a member any more is not said.
            Doing::Removing => Verdict::One(failed(
                "not-found",
                answer,
                "see the message of Microsoft Graph; the next run tries again",
            )),
        },
        400 | 403 if answer.has_code("Directory_QuotaExceeded") => Verdict::Request(refused(
            "quota",
            answer,
            "the group or the directory is full; ask Microsoft for a higher quota, or use several groups",
        )),
        400 | 403 if said("mail-enabled security group") => Verdict::List(refused(
            "list-not-writable",
            answer,
            "change this group in the Exchange admin centre, or sync into a security or Microsoft 365 group",
        )),
        400 | 403 if said("on-premises mastered") => Verdict::List(refused(
            "list-not-writable",
            answer,
            "change this group in Active Directory, or sync into a cloud group",
        )),
        400 | 403 if said("guest") => Verdict::One(refused(
            GUEST_REFUSED,
            answer,
            "allow guests for this group in its settings or the tenant's, or leave guests out of the sync",
        )),
        400 if doing == Doing::Adding && said("references already exist") => {
            Verdict::One(Outcome::AlreadySo)
        }
        400 if doing == Doing::Removing && said("references do not exist") => {
            Verdict::One(not_a_member(answer, flatten))
        }
        400 if said("objects being referenced don't exist") => {
            if young {
                Verdict::Again(Later::Young, None)
            } else {
                Verdict::One(failed(
                    "not-yet-visible",
                    answer,
                    "the directory has not spread this object yet; the next run tries again",
                ))
            }
        }
        403 => Verdict::List(refused(
            "permission-missing",
            answer,
            "grant the application `GroupMember.ReadWrite.All` (application permission) and admin consent; a dynamic, \
             role-assignable or restricted group answers the same",
        )),
        // Understood and refused for a reason we do not know: with several members, one of them may be the reason.
        400..=499 => Verdict::One(refused(
            "refused",
            answer,
            "see the message of Microsoft Graph",
        )),
        _ => Verdict::Request(failed("bad-data", answer, WRONG_PLACE)),
    }
}

/// A member who is here only through a nested group cannot be taken off this group: that is not "already so".
fn not_a_member(answer: &Answer, flatten: bool) -> Outcome {
    if flatten {
        refused(
            "nested-member",
            answer,
            "this person is a member through a nested group; remove them there",
        )
    } else {
        Outcome::AlreadySo
    }
}

/// A refusal in Graph's words.
pub(super) fn refused(code: &str, answer: &Answer, help: &str) -> Outcome {
    Outcome::Refused(problem(code, answer, help))
}

/// A failure in Graph's words.
pub(super) fn failed(code: &str, answer: &Answer, help: &str) -> Outcome {
    Outcome::Failed(problem(code, answer, help))
}

fn problem(code: &str, answer: &Answer, help: &str) -> Problem {
    Problem {
        code: code.to_owned(),
        message: shorten(&format!("Microsoft Graph {}", answer.explain())),
        help: Some(help.to_owned()),
    }
}

#[cfg(test)]
mod tests;
