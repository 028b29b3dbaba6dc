//! The events that the program sends, with their fields, and the words that some fields are limited to.

use std::collections::BTreeMap;

/// The fields of each event, by its name.
pub(super) fn events() -> BTreeMap<&'static str, Vec<&'static str>> {
    CONTRACT
        .iter()
        .map(|(name, fields)| (*name, fields.to_vec()))
        .collect()
}

/// What a field may say; nothing where it may say anything.
pub(super) fn words(field: &str) -> Vec<&'static str> {
    let words = WORDS.iter().filter(|(name, _)| *name == field);
    words.flat_map(|(_, words)| words.iter().copied()).collect()
}

const WORDS: &[(&str, &[&str])] = &[
    ("mode", &["preview", "apply"]),
    ("reason", &["newer-data", "storage", "settings"]),
    (
        "state",
        &[
            "new",
            "unchanged",
            "succeeded",
            "partial",
            "packaged",
            "held",
            "failed",
            "paused",
        ],
    ),
    (
        "status",
        &[
            "unchanged",
            "succeeded",
            "partial",
            "held",
            "failed",
            "packaged",
            "previewed",
            "split",
        ],
    ),
    ("trigger", &["schedule", "notice", "hand", "approval"]),
    ("verdict", &["approved", "rejected"]),
];

const CONTRACT: &[(&str, &[&str])] = &[
    ("app.started", &["version", "format"]),
    ("app.refused", &["version", "reason"]),
    ("tick.ended", &["syncs", "due", "forgotten", "problems"]),
    (
        "list.standing",
        &[
            "sync",
            "list",
            "state",
            "hours",
            "failures",
            "last_run",
            "last_ended",
            "next_due",
            "overdue_periods",
        ],
    ),
    (
        "run.ended",
        &[
            "sync",
            "list",
            "run",
            "mode",
            "trigger",
            "status",
            "problem",
            "milliseconds",
            "created",
            "added",
            "invited",
            "updated",
            "removed",
            "already_so",
            "refused",
            "failed",
            "waiting",
            "handed_over",
            "withheld",
            "members_source",
            "members_target",
            "requests",
            "throttled",
            "waited_milliseconds",
            "first_run",
            "deaths",
        ],
    ),
    ("list.paused", &["sync", "list", "run", "failures"]),
    ("list.resumed", &["sync", "list"]),
    ("plan.decided", &["sync", "run", "verdict"]),
    ("job.poisoned", &["sync", "run", "problem"]),
    ("intake.accepted", &["connection", "format", "rows", "runs"]),
    ("intake.refused", &["connection", "problem"]),
    ("intake.failed", &["connection", "problem"]),
    ("person.forgotten", &["records", "blobs"]),
    ("format.migrated", &["from", "to"]),
];
