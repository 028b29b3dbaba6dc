//! What really happened to one change.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// The code of a refusal because the member opted out on the platform.
pub const OPTED_OUT: &str = "opted-out";

/// The code of a member that a platform took without a word and does not show: they opted out, or it refused them.
pub const OPTED_OUT_OR_REFUSED: &str = "opted-out-or-refused";

/// The code of a guest who was invited and is not on the list yet.
pub const INVITED: &str = "invited";

/// The code of a guest of whose invitation nobody knows whether it was sent.
pub const UNCONFIRMED: &str = "unconfirmed";

/// The code of a refusal because the list takes no guests.
pub const GUEST_REFUSED: &str = "guest-refused";

/// The code of a refusal because the tenant does not invite this guest.
pub const INVITATION_REFUSED: &str = "invitation-refused";
/// The code of a change for which no request was made.
pub const NOT_TRIED: &str = "not-tried";

/// What really happened to one change. Anything that is not a confirmed success is not `Applied`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", tag = "result")]
pub enum Outcome {
    /// The platform confirmed the change.
    Applied,
    /// The platform said that it was so before.
    AlreadySo,
    /// The platform understood and said no; repeating will not help.
    Refused(Problem),
    /// It did not happen, or nobody knows; the next run tries again.
    Failed(Problem),
    /// It did not happen yet: it waits for an administrator, in the package of a run.
    HandedOver {
        /// The run.
        run: String,
    },
}

/// Why a change was not made.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Problem {
    /// A stable code (`permission-missing`, `guest-refused`, `not-tried`).
    pub code: String,
    /// What happened, in words; values in backticks, shortened, without secrets.
    pub message: String,
    /// What to do about it.
    pub help: Option<String>,
}

impl Problem {
    /// The same problem with something to do about it, whoever told it.
    #[must_use]
    pub fn advised(mut self) -> Self {
        let advice = || advice(&self.code).to_owned();
        self.help = Some(self.help.take().unwrap_or_else(advice));
        self
    }
}

/// What to do about a problem of which nothing more is known than its code.
pub fn advice(code: &str) -> &'static str {
    match code {
        "unavailable" | "throttled" | "conflict" | "not-confirmed" | "not-yet-visible" => {
            "nothing: the next run tries again; if it goes on, look at the platform and the way to it"
        }
        NOT_TRIED => "nothing: the next run does it",
        UNCONFIRMED | INVITED => "nothing: the next runs look for the guest",
        "not-found" => "look whether it is there; the next run reads the lists anew",
        "sign-in-refused" => "check the credentials; `rollcall test` tries the connection",
        "permission-missing" => {
            "grant what the message names; `rollcall doctor` tells what is missing"
        }
        "bad-data" => {
            "see with `rollcall test` what the platform sends; something on the way may answer in its place"
        }
        "settings" | "ambiguous-name" => {
            "correct the definition or the connection's settings; `rollcall check` reads them"
        }
        "file" => "see that the file is there and may be read and written",
        _ => "look at the member on its platform and at its source; the next run tries again",
    }
}

impl Outcome {
    /// Whether the list now is as the change wanted it.
    pub fn is_done(&self) -> bool {
        matches!(self, Self::Applied | Self::AlreadySo)
    }

    /// What the platform said when it did not take somebody because they opted out, or without a reason; `None` for
    /// everything else.
    pub fn opted_out(&self) -> Option<&str> {
        match self {
            Self::Refused(problem)
                if [OPTED_OUT, OPTED_OUT_OR_REFUSED].contains(&problem.code.as_str()) =>
            {
                Some(&problem.message)
            }
            _ => None,
        }
    }

    /// Whether an invitation was sent, or may have been: the guest must not be invited again before the directory had
    /// time to show them.
    pub fn may_have_invited(&self) -> bool {
        const SENT: [&str; 3] = [INVITED, UNCONFIRMED, GUEST_REFUSED];
        match self {
            Self::Applied => true,
            // The guest was there before, or nobody was invited yet.
            Self::AlreadySo | Self::HandedOver { .. } => false,
            Self::Refused(problem) | Self::Failed(problem) => SENT.contains(&problem.code.as_str()),
        }
    }

    /// Whether nobody knows if an invitation was sent.
    pub fn lost_the_invitation(&self) -> bool {
        matches!(self, Self::Refused(problem) | Self::Failed(problem) if problem.code == UNCONFIRMED)
    }

    /// What was said when the tenant or the list did not take a guest by a rule of theirs; `None` for everything else.
    pub fn guest_refused(&self) -> Option<&str> {
        const RULES: [&str; 2] = [GUEST_REFUSED, INVITATION_REFUSED];
        match self {
            Self::Refused(problem) if RULES.contains(&problem.code.as_str()) => {
                Some(&problem.message)
            }
            _ => None,
        }
    }

    /// Whether it was, or may have been, the one who asked that made the change.
    pub fn may_be_ours(&self) -> bool {
        match self {
            Self::Applied => true,
            Self::Failed(problem) => problem.code != NOT_TRIED,
            // What was handed over an administrator did, or did not.
            Self::AlreadySo | Self::Refused(_) | Self::HandedOver { .. } => false,
        }
    }

    /// Whether the platform said no because of this one member, and would take others.
    pub fn is_about_the_member(&self) -> bool {
        const ABOUT_US: [&str; 4] = [
            "permission-missing",
            "sign-in-refused",
            "settings",
            "read-only",
        ];
        matches!(self, Self::Refused(problem) if !ABOUT_US.contains(&problem.code.as_str()))
    }

    /// A failure for which no request was made, because the run had to stop.
    pub fn not_tried(why: &str) -> Self {
        Self::Failed(Problem {
            code: NOT_TRIED.to_owned(),
            message: why.to_owned(),
            help: None,
        })
    }
}
