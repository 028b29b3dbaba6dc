//! What an answer to a change means.
//!
//! Pure. What the settings say about an answer decides; it must not know what was changed.

use super::{
    description::{Operation, Sign},
    member::says,
};
use crate::{connectors::web::Heard, plan::outcome::Problem};

/// What an answer to a change means.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Verdict {
    /// It was done.
    Done,
    /// It was so before.
    AlreadySo,
    /// No, and repeating will not help.
    Refused(Problem),
    /// It was not done; the next run may try again.
    Failed(Problem),
    /// Nobody may change anything with these credentials.
    SignIn(Problem),
    /// It may have been done.
    Unknown(Problem),
}

/// What this answer means; `said` is the answer in words.
pub(super) fn judge(operation: &Operation, heard: &Heard, said: String) -> Verdict {
    let fits = |signs: &[Sign], with_path: bool| {
        signs.iter().any(|sign| {
            sign.status == heard.status
                && sign.that.is_some() == with_path
                && sign.that.as_ref().is_none_or(|(path, wanted)| {
                    path.select(&heard.body)
                        .into_iter()
                        .any(|found| says(found, wanted))
                })
        })
    };
    // What looks into the answer knows more than a status, and a no more than a yes.
    if fits(&operation.refused, true) {
        return Verdict::Refused(refused(heard.status, said));
    }
    for with_path in [true, false] {
        if fits(&operation.already_so, with_path) {
            return Verdict::AlreadySo;
        }
        if fits(&operation.done, with_path) {
            return taken(heard, said);
        }
    }
    if operation.done.is_empty() && heard.is_done() {
        return taken(heard, said);
    }
    if fits(&operation.refused, false) {
        return Verdict::Refused(refused(heard.status, said));
    }
    match heard.status {
        401 => Verdict::SignIn(problem(
            "sign-in-refused",
            said,
            "check the credentials that `auth` names",
        )),
        // A yes that the settings do not know may be one all the same.
        408 | 200..=299 | 500..=599 => Verdict::Unknown(problem(
            "no-answer",
            said,
            "the next run looks again and tries again",
        )),
        _ => Verdict::Failed(problem(
            "bad-data",
            said,
            "say what this answer means: `done`, `alreadySo` or `refused`",
        )),
    }
}

/// A portal or proxy that says 200 to everything has not added anybody.
fn taken(heard: &Heard, said: String) -> Verdict {
    if heard.is_foreign() && heard.is_page() {
        let said = format!("{said} with a web page");
        return Verdict::Unknown(problem(
            "bad-data",
            said,
            "check `url` and any proxy on the way",
        ));
    }
    Verdict::Done
}

fn refused(status: u16, said: String) -> Problem {
    match status {
        403 => problem(
            "permission-missing",
            said,
            "the credentials that `auth` names may not do this; ask for the permission",
        ),
        404 | 410 => problem(
            "not-found",
            said,
            "look whether list and member are still there",
        ),
        409 => problem("conflict", said, "see the API's message"),
        _ => problem("refused", said, "see the API's message"),
    }
}

pub(super) fn problem(code: &str, message: impl Into<String>, help: &str) -> Problem {
    Problem {
        code: code.to_owned(),
        message: message.into(),
        help: Some(help.to_owned()),
    }
}
