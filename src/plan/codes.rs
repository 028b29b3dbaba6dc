//! The codes of reasons: stable, for programs and filters; the words for people are in `words`.

use super::change::{Because, Reason};

/// Every code a reason or a withheld change can have, sorted.
pub const CODES: [&str; 37] = [
    "conflict",
    "external",
    "field-conflict",
    "fields-differ",
    "first-run",
    "first-run-removes-nobody",
    "guest-refused",
    "handed-over",
    "invited",
    "joined-other-list",
    "keeps-members",
    "keeps-values",
    "left-other-list",
    "locked",
    "no-key",
    "no-longer-in-filter",
    "no-proof",
    "not-on-source",
    "not-ours",
    "not-put-back",
    "not-shown-yet",
    "not-taken",
    "on-source",
    "opted-out",
    "opted-out-there",
    "oscillates",
    "outside-filter",
    "perhaps-meant",
    "protected",
    "read-only",
    "restores",
    "still-shown",
    "suddenly-empty",
    "unreadable",
    "unresolved",
    "unresolved-present",
    "unusable-value",
];

impl Reason {
    /// The reason's code.
    pub fn code(&self) -> &'static str {
        match self {
            Self::OnSource => "on-source",
            Self::NotOnSource => "not-on-source",
            Self::OutsideFilter(_) => "no-longer-in-filter",
            Self::FirstRun => "first-run",
            Self::JoinedOtherSide => "joined-other-list",
            Self::LeftOtherSide => "left-other-list",
            Self::OptedOutThere => "opted-out-there",
            Self::Restores(_) => "restores",
            Self::FieldsDiffer => "fields-differ",
        }
    }
}

impl Because {
    /// The reason's code.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Protected => "protected",
            Self::NotOurs => "not-ours",
            Self::NotShownYet { .. } => "not-shown-yet",
            Self::StillShown { .. } => "still-shown",
            Self::Oscillates { .. } => "oscillates",
            Self::Invited { .. } => "invited",
            Self::GuestRefused { .. } => "guest-refused",
            Self::HandedOver { .. } => "handed-over",
            Self::OptedOut => "opted-out",
            Self::NotTaken { .. } => "not-taken",
            Self::Unresolved { .. } => "unresolved",
            Self::External => "external",
            Self::NoKey(_) => "no-key",
            Self::Conflict { .. } => "conflict",
            Self::FieldConflict { .. } => "field-conflict",
            Self::UnusableValue(_) => "unusable-value",
            Self::NoProof(_) => "no-proof",
            Self::SuddenlyEmpty(_) => "suddenly-empty",
            Self::FirstRun => "first-run-removes-nobody",
            Self::UnresolvedPresent => "unresolved-present",
            Self::PerhapsMeant(_) => "perhaps-meant",
            Self::Unreadable => "unreadable",
            Self::ReadOnly(_) => "read-only",
            Self::Keeps(_) => "keeps-members",
            Self::Locked { .. } => "locked",
            Self::KeepsValues { .. } => "keeps-values",
            Self::OutsideFilter(_) => "outside-filter",
            Self::NotPutBack(_) => "not-put-back",
        }
    }
}

#[cfg(test)]
mod tests {
    //! Every code is in the list, once.

    use super::*;

    #[test]
    fn the_codes_are_listed_once_and_sorted() {
        let text = include_str!("codes.rs");
        let arms = text
            .lines()
            .filter_map(|line| line.split_once("=> \"")?.1.split('"').next());
        let mut given: Vec<&str> = arms.collect();
        given.sort_unstable();
        assert_eq!(given, CODES);
    }
}
