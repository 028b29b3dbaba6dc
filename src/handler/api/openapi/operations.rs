//! What is said about each operation, beside what the tables and types say themselves.

use serde_json::{Value, json};

use crate::{
    agenda::State,
    handler::api::{problem::Code, routes::Operation},
};

/// What is said about one operation.
pub(super) struct About {
    pub(super) id: &'static str,
    pub(super) summary: &'static str,
    /// The schema of its body, and an example.
    pub(super) body: Option<(&'static str, &'static str)>,
    /// The headers it reads.
    pub(super) headers: &'static [&'static str],
    pub(super) good: &'static [Good],
    /// What it may end in beyond what every call may.
    pub(super) problems: &'static [Code],
}

/// An answer that is no problem.
pub(super) struct Good {
    pub(super) status: u16,
    pub(super) about: &'static str,
    /// The media types, each with its schema; a text or bytes without.
    pub(super) content: &'static [(&'static str, Option<&'static str>)],
    pub(super) headers: &'static [(&'static str, &'static str)],
}

const IF_MATCH: &[&str] = &["If-Match"];
const IF_EITHER: &[&str] = &["If-Match", "If-None-Match"];
const VERSION: (&str, &str) = ("ETag", "Its version, for `If-Match`.");
const PLACE: (&str, &str) = ("Location", "Where it is.");
const FOLLOW: (&str, &str) = ("Location", "Where to look what became of it.");
const LOOK_AGAIN: (&str, &str) = ("Retry-After", "When to look again, in seconds.");
const PUT: &[Code] = &[
    Code::InvalidDefinition,
    Code::Changed,
    Code::VersionRequired,
];
const APPROVE: &[Code] = &[
    Code::NotHeld,
    Code::Superseded,
    Code::DigestMismatch,
    Code::AlreadyDecided,
    Code::Paused,
];
const RESTORE: &[Code] = &[
    Code::InvalidDefinition,
    Code::NotUndoable,
    Code::OtherRequest,
];
const DECIDE: &[Code] = &[
    Code::NotHeld,
    Code::Superseded,
    Code::DigestMismatch,
    Code::AlreadyDecided,
];

macro_rules! json_answer {
    ($status:literal, $schema:literal, $about:literal $(, $header:expr)*) => {
        Good {
            status: $status,
            about: $about,
            content: &[("application/json", Some($schema))],
            headers: &[$($header),*],
        }
    };
}

macro_rules! put_answers {
    ($schema:literal) => {
        &[
            json_answer!(200, $schema, "It was changed.", VERSION),
            json_answer!(201, $schema, "It was made.", VERSION, PLACE),
        ]
    };
}

/// Everything that is said about an operation.
pub(super) fn about(operation: Operation) -> About {
    let plain = |id, summary, good| About {
        id,
        summary,
        body: None,
        headers: &[],
        good,
        problems: &[],
    };
    match operation {
        Operation::Health => plain(
            "getHealth",
            "Whether the storage is reachable, and how the lists stand.",
            const { &[json_answer!(200, "Health", "The storage is reachable.")] },
        ),
        Operation::OpenApi => plain(
            "getOpenApi",
            "This document.",
            const { &[json_answer!(200, "OpenApiDocument", "This document.")] },
        ),
        Operation::GetDoctor => About {
            problems: &[Code::NotFound],
            ..plain(
                "getDoctor",
                "Whether it is safe to let the syncs run, as `rollcall doctor` tells it, looked at with the app's own \
                 identity and settings. Reads connections and lists, for up to 80 seconds; writes nothing.",
                const { &[json_answer!(200, "Report", "What was found.")] },
            )
        },
        Operation::ListSyncs => plain(
            "listSyncs",
            "The syncs and how they stand; with `state` every list that stands so.",
            const {
                &[json_answer!(
                    200,
                    "StandingPage",
                    "Some of them, sorted by id."
                )]
            },
        ),
        Operation::GetSync => plain(
            "getSync",
            "The definition of a sync.",
            const {
                &[json_answer!(
                    200,
                    "SyncDefinition",
                    "The definition.",
                    VERSION
                )]
            },
        ),
        Operation::ListLists => plain(
            "listLists",
            "How a sync stands, then each list that it routes people to.",
            const {
                &[json_answer!(
                    200,
                    "StandingPage",
                    "Some of them, sorted by name."
                )]
            },
        ),
        Operation::ListOptOuts => About {
            problems: &[Code::InvalidDefinition],
            ..plain(
                "listOptOuts",
                "Who opted out of a list and is not added again, and what was lifted.",
                const {
                    &[json_answer!(
                        200,
                        "OptOutPage",
                        "Some of them, by list and name."
                    )]
                },
            )
        },
        Operation::LiftOptOut => About {
            body: Some((
                "LiftBody",
                r#"{ "who": "ada@acme.example", "by": "grace", "reason": "she asked to be on it again" }"#,
            )),
            problems: &[Code::InvalidDefinition],
            ..plain(
                "liftOptOut",
                "Lets somebody be added again who had opted out. What the platform says now holds all the same.",
                const {
                    &[json_answer!(
                        200,
                        "LiftAnswer",
                        "It is lifted, now or before."
                    )]
                },
            )
        },
        Operation::ListRuns => plain(
            "listRuns",
            "The runs of a list, newest first.",
            const { &[json_answer!(200, "RunPage", "Some of them.")] },
        ),
        Operation::LookUpPerson => plain(
            "lookUpPerson",
            "What is stored about one person, by kind: what can be erased, and what stays and why. `address` may be a \
             phone number in E.164 as well. Goes through everything that is stored; changes nothing.",
            const {
                &[json_answer!(
                    200,
                    "Stored",
                    "What is stored; perhaps nothing."
                )]
            },
        ),
        Operation::ErasePerson => About {
            body: Some((
                "EraseBody",
                r#"{ "address": "ada@acme.example", "by": "grace", "reason": "she asked to be forgotten" }"#,
            )),
            ..plain(
                "erasePerson",
                "Erases what is stored about one person; opt-outs stay, and lists are not touched. Safe to repeat: what \
                 was cut off, or was in use, is taken up again.",
                const {
                    &[json_answer!(
                        200,
                        "Erased",
                        "What was erased. `busy` and `left` say what was not."
                    )]
                },
            )
        },
        Operation::ExplainPerson => About {
            problems: &[Code::InvalidDefinition, Code::ConnectionFailed],
            ..plain(
                "explainPerson",
                "Why one person is, is not, or will be on the lists of a sync. Reads the lists, for up to 60 seconds; \
                 writes nothing.",
                const {
                    &[json_answer!(
                        200,
                        "Explained",
                        "What is known of the person."
                    )]
                },
            )
        },
        Operation::ListConnections => plain(
            "listConnections",
            "The connections.",
            const { &[json_answer!(200, "ConnectionPage", "All of them, by name.")] },
        ),
        Operation::GetConnection => plain(
            "getConnection",
            "The definition of a connection.",
            const {
                &[json_answer!(
                    200,
                    "ConnectionDefinition",
                    "The definition.",
                    VERSION
                )]
            },
        ),
        Operation::GetRun => plain(
            "getRun",
            "One run: how far it is, its summary, and what was decided about it.",
            const { &[json_answer!(200, "RunView", "The run.", LOOK_AGAIN)] },
        ),
        Operation::GetPlan => plain(
            "getPlan",
            "The plan of a run: JSON, or text with `format=text` or `Accept: text/plain`.",
            const {
                &[Good {
                    status: 200,
                    about: "The plan.",
                    content: &[("application/json", Some("PlanView")), ("text/plain", None)],
                    headers: &[],
                }]
            },
        ),
        Operation::GetChanges => plain(
            "getChanges",
            "Every change of a run with what became of it, then what was withheld.",
            const { &[json_answer!(200, "ChangesView", "The changes.")] },
        ),
        Operation::GetChangesCsv => plain(
            "getChangesCsv",
            "The same as CSV, safe to open in a spreadsheet.",
            const {
                &[Good {
                    status: 200,
                    about: "The changes.",
                    content: &[("text/csv", None)],
                    headers: &[],
                }]
            },
        ),
        Operation::GetPackage => plain(
            "getPackage",
            "The package of a run, for an administrator who changes the list; a zip.",
            const {
                &[Good {
                    status: 200,
                    about: "The package.",
                    content: &[("application/zip", None)],
                    headers: &[("Content-Disposition", "The name of the file.")],
                }]
            },
        ),
        Operation::PutSync => About {
            body: Some((
                "SyncDefinition",
                r#"{ "source": "entra-id", "target": { "connection": "lists", "list": "everyone.csv" }, "schedule": "0 6 * * *" }"#,
            )),
            headers: IF_EITHER,
            problems: PUT,
            ..plain(
                "putSync",
                "Makes or changes a sync. To change one, name the version that is to be changed.",
                const { put_answers!("SyncDefinition") },
            )
        },
        Operation::PutConnection => About {
            body: Some((
                "ConnectionDefinition",
                r#"{ "type": "csv", "folder": "lists" }"#,
            )),
            headers: IF_EITHER,
            problems: PUT,
            ..plain(
                "putConnection",
                "Makes or changes a connection. To change one, name the version that is to be changed.",
                const { put_answers!("ConnectionDefinition") },
            )
        },
        Operation::DeleteSync => About {
            headers: IF_MATCH,
            problems: &[Code::Changed, Code::VersionRequired],
            ..plain(
                "deleteSync",
                "Deletes a sync and forgets how its lists stood. Lists and history stay.",
                const { &[json_answer!(200, "Deleted", "It is gone.")] },
            )
        },
        Operation::DeleteConnection => About {
            headers: IF_MATCH,
            problems: &[Code::Changed, Code::VersionRequired, Code::InUse],
            ..plain(
                "deleteConnection",
                "Deletes a connection that no sync uses.",
                const { &[json_answer!(200, "Deleted", "It is gone.")] },
            )
        },
        Operation::TestConnection => About {
            body: Some(("TestBody", "{}")),
            problems: &[Code::InvalidDefinition],
            ..plain(
                "testConnection",
                "Tries a connection out, for up to 60 seconds. Writes nothing.",
                const {
                    &[json_answer!(
                        200,
                        "Tested",
                        "What was tried, and how it went."
                    )]
                },
            )
        },
        Operation::PauseSync => About {
            body: Some((
                "PauseBody",
                r#"{ "reason": "the directory is being moved", "by": "ada", "until": "2026-12-01T06:00:00Z" }"#,
            )),
            ..plain(
                "pauseSync",
                "Pauses a sync, or one list that it routes people to.",
                const { &[json_answer!(200, "Standing", "How it stands now.")] },
            )
        },
        Operation::ResumeSync => About {
            body: Some(("ResumeBody", r#"{ "by": "ada" }"#)),
            ..plain(
                "resumeSync",
                "Ends a pause.",
                const { &[json_answer!(200, "Standing", "How it stands now.")] },
            )
        },
        Operation::StartRun => About {
            body: Some(("RunBody", r#"{ "mode": "preview", "by": "ada" }"#)),
            headers: &["Idempotency-Key"],
            problems: &[Code::InvalidDefinition, Code::OtherRequest, Code::Paused],
            ..plain(
                "startRun",
                "Asks for a run.",
                const {
                    &[json_answer!(
                        202,
                        "Accepted",
                        "It was written down and waits for its turn.",
                        FOLLOW,
                        LOOK_AGAIN
                    )]
                },
            )
        },
        Operation::ApproveRun => About {
            body: Some((
                "ApproveBody",
                r#"{ "digest": "3f6c0a9d51be", "by": "ada" }"#,
            )),
            problems: APPROVE,
            ..plain(
                "approveRun",
                "Approves what waits. The run that follows applies it if it still is the same plan.",
                const {
                    &[json_answer!(
                        202,
                        "Accepted",
                        "The run that follows waits for its turn.",
                        FOLLOW,
                        LOOK_AGAIN
                    )]
                },
            )
        },
        Operation::RejectRun => About {
            body: Some((
                "RejectBody",
                r#"{ "digest": "3f6c0a9d51be", "by": "ada", "reason": "these people still work here" }"#,
            )),
            problems: DECIDE,
            ..plain(
                "rejectRun",
                "Rejects what waits.",
                const { &[json_answer!(200, "Rejected", "It was written down.")] },
            )
        },
        Operation::RestoreRun => About {
            body: Some((
                "RestoreBody",
                r#"{ "mode": "preview", "by": "ada", "reason": "the export was cut off" }"#,
            )),
            headers: &["Idempotency-Key"],
            problems: RESTORE,
            ..plain(
                "restoreRun",
                "Asks for a run that undoes another one. Applied, it pauses the list; what it holds is approved like \
                 that of any run.",
                const {
                    &[json_answer!(
                        202,
                        "Accepted",
                        "It was written down and waits for its turn.",
                        FOLLOW,
                        LOOK_AGAIN
                    )]
                },
            )
        },
    }
}

/// The form of a query parameter, and what is said about it.
pub(super) fn query(name: &str) -> (Value, &'static str) {
    match name {
        "state" => {
            let states: Vec<&str> = State::ALL.iter().map(|state| state.name()).collect();
            (
                json!({ "type": "string", "enum": states }),
                "Only the lists that stand so.",
            )
        }
        "limit" => (
            json!({ "type": "integer", "minimum": 1 }),
            "How many items: up to 200, of runs up to 100.",
        ),
        "after" => (
            json!({ "type": "string" }),
            "The `next` of an earlier answer, to go on from there.",
        ),
        "only" => (
            json!({ "type": "string" }),
            "Only the changes with these reasons: codes, with commas between them (`conflict,oscillates`).",
        ),
        "address" => (
            json!({ "type": "string", "minLength": 1, "maxLength": 320 }),
            "The person: an address, a phone number in E.164, an id on one of the platforms, or an employee id.",
        ),
        "sync" => (
            json!({ "type": "string", "minLength": 1 }),
            "Only this sync; `sync/list` for one of the lists it routes people to.",
        ),
        "format" => (
            json!({ "type": "string", "enum": ["json", "text"] }),
            "The form of the answer; decides before `Accept`.",
        ),
        _ => (
            json!({ "type": "string" }),
            "The list, for one of the lists a sync routes people to.",
        ),
    }
}

/// What is said about a header.
pub(super) fn header(name: &str) -> &'static str {
    match name {
        "If-Match" => "The `ETag` of the version that is to be changed.",
        "If-None-Match" => "`*`: only if there is none yet.",
        _ => {
            "Up to 200 printable characters of the client's choice. The same key with the same body is the same run, \
             however often it is sent; with another body it is refused."
        }
    }
}
