//! What the program says of itself: the one table of events, which the code that sends them, the queries and the alerts
//! are held to by tests.
//!
//! An event is one line of the log. Its name stands in the field `event`, its other fields beside it at the top level.
//! No field may hold an address, the name of a person or a secret: a problem is told by its code, and a list whose name
//! holds an `@` by a hash of it ([`told_list`](super::told_list)).

use tracing::Level;

/// One kind of event.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Event {
    /// Its name: `run.ended`.
    pub name: &'static str,
    /// The levels it is sent at; the second one when something went wrong.
    pub levels: &'static [Level],
    /// When it is sent.
    pub about: &'static str,
    /// Its fields.
    pub fields: &'static [Field],
}

/// One field of an event.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Field {
    /// Its name.
    pub name: &'static str,
    /// What its value is.
    pub kind: Kind,
    /// Whether it is left out where it does not apply.
    pub optional: bool,
    /// What it says.
    pub about: &'static str,
}

/// What a field's value is, and in which unit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// A text: a name, an id or a code.
    Text,
    /// One of these words.
    Word(&'static [&'static str]),
    /// A time, as RFC 3339 says it.
    Time,
    /// A whole number, from 0 on.
    Count,
    /// A whole number of milliseconds.
    Milliseconds,
    /// Hours, with a fraction.
    Hours,
    /// True or false.
    Flag,
}

const fn field(name: &'static str, kind: Kind, about: &'static str) -> Field {
    Field {
        name,
        kind,
        optional: false,
        about,
    }
}

const fn optional(name: &'static str, kind: Kind, about: &'static str) -> Field {
    Field {
        name,
        kind,
        optional: true,
        about,
    }
}

const SYNC: Field = field("sync", Kind::Text, "the sync");
const LIST: Field = optional(
    "list",
    Kind::Text,
    "the list, of a sync that routes people to many; `#` and 12 digits of its SHA-256 where its name holds an `@`",
);
const RUN: Field = field("run", Kind::Text, "the run's id");
const FAILURES: Field = field("failures", Kind::Count, "how many runs in a row failed");
const VERSION: Field = field("version", Kind::Text, "the version of the program");

const INFO: &[Level] = &[Level::INFO];
const WARN: &[Level] = &[Level::WARN];
const ERROR: &[Level] = &[Level::ERROR];

/// Every event there is.
pub const EVENTS: &[Event] = &[
    Event {
        name: "app.started",
        levels: INFO,
        about: "the set-up is done",
        fields: &[
            VERSION,
            field(
                "format",
                Kind::Count,
                "the version of what it keeps in the store",
            ),
        ],
    },
    Event {
        name: "app.refused",
        levels: ERROR,
        about: "the app cannot be set up, or does nothing",
        fields: &[
            VERSION,
            field(
                "reason",
                Kind::Word(&["newer-data", "storage", "settings"]),
                "what is in the way",
            ),
        ],
    },
    Event {
        name: "tick.ended",
        levels: INFO,
        about: "the scheduler looked for what is due",
        fields: &[
            field("syncs", Kind::Count, "how many syncs there are"),
            field("due", Kind::Count, "how many runs it put on the queue"),
            field(
                "forgotten",
                Kind::Count,
                "of how many runs the files were kept long enough and are gone",
            ),
            field("problems", Kind::Count, "how much it could not look at"),
        ],
    },
    Event {
        name: "list.standing",
        levels: INFO,
        about: "how a list stands, told about every 15 minutes",
        fields: &[
            SYNC,
            LIST,
            field(
                "state",
                Kind::Word(&[
                    "new",
                    "unchanged",
                    "succeeded",
                    "partial",
                    "packaged",
                    "held",
                    "failed",
                    "paused",
                ]),
                "how it stands",
            ),
            field("hours", Kind::Hours, "for how long it has stood so"),
            FAILURES,
            optional("last_run", Kind::Text, "the id of its last run"),
            optional("last_ended", Kind::Time, "when that ended"),
            optional("next_due", Kind::Time, "when it runs by itself next"),
            field(
                "overdue_periods",
                Kind::Count,
                "how many times of its schedule passed since its last run began; 0 where nothing is scheduled",
            ),
        ],
    },
    Event {
        name: "run.ended",
        levels: &[Level::INFO, Level::ERROR],
        about: "a run has ended; an error when it failed",
        fields: &[
            SYNC,
            LIST,
            RUN,
            field(
                "mode",
                Kind::Word(&["preview", "apply"]),
                "whether lists were to be written",
            ),
            field(
                "trigger",
                Kind::Word(&["schedule", "notice", "hand", "approval"]),
                "what asked for it",
            ),
            field(
                "status",
                Kind::Word(&[
                    "unchanged",
                    "succeeded",
                    "partial",
                    "held",
                    "failed",
                    "packaged",
                    "previewed",
                    "split",
                ]),
                "how it ended",
            ),
            optional("problem", Kind::Text, "the code of what stopped it"),
            field(
                "milliseconds",
                Kind::Milliseconds,
                "from its beginning to its end",
            ),
            field("created", Kind::Count, "lists created"),
            field("added", Kind::Count, "members added"),
            field("invited", Kind::Count, "guests invited and added"),
            field("updated", Kind::Count, "members updated"),
            field("removed", Kind::Count, "members removed"),
            field(
                "already_so",
                Kind::Count,
                "changes the platform said were so before",
            ),
            field("refused", Kind::Count, "changes the platform refused"),
            field(
                "failed",
                Kind::Count,
                "changes that did not happen, or of which nobody knows",
            ),
            field("waiting", Kind::Count, "changes that wait for approval"),
            field(
                "handed_over",
                Kind::Count,
                "changes that wait for an administrator",
            ),
            field(
                "withheld",
                Kind::Count,
                "changes that were wished for and not planned",
            ),
            field(
                "members_source",
                Kind::Count,
                "how many members the source had before",
            ),
            field(
                "members_target",
                Kind::Count,
                "how many members the target had before",
            ),
            field("requests", Kind::Count, "requests to platforms"),
            field(
                "throttled",
                Kind::Count,
                "answers 429 or 503 that asked to wait",
            ),
            field(
                "waited_milliseconds",
                Kind::Milliseconds,
                "how long it waited before requests it repeated",
            ),
            field("first_run", Kind::Flag, "whether the list never ran before"),
            field("deaths", Kind::Count, "how many attempts at it died before"),
        ],
    },
    Event {
        name: "list.paused",
        levels: ERROR,
        about: "a list was paused after too many failures",
        fields: &[SYNC, LIST, RUN, FAILURES],
    },
    Event {
        name: "list.resumed",
        levels: INFO,
        about: "somebody lets a list run by itself again",
        fields: &[SYNC, LIST],
    },
    Event {
        name: "plan.decided",
        levels: INFO,
        about: "somebody decided about a plan that waited",
        fields: &[
            SYNC,
            RUN,
            field(
                "verdict",
                Kind::Word(&["approved", "rejected"]),
                "what they decided",
            ),
        ],
    },
    Event {
        name: "job.poisoned",
        levels: ERROR,
        about: "a message that failed every time was written down",
        fields: &[
            optional("sync", Kind::Text, "the sync, where the message names one"),
            optional("run", Kind::Text, "the run, where the message names one"),
            field("problem", Kind::Text, "its code"),
        ],
    },
    Event {
        name: "intake.accepted",
        levels: INFO,
        about: "a delivery of an HR system was taken in",
        fields: &[
            field("connection", Kind::Text, "the connection"),
            field("format", Kind::Text, "the form of what came"),
            optional("rows", Kind::Count, "how many rows it has"),
            field("runs", Kind::Count, "how many runs it asked for"),
        ],
    },
    Event {
        name: "intake.refused",
        levels: WARN,
        about: "a call was refused",
        fields: &[
            optional(
                "connection",
                Kind::Text,
                "the connection, where there is one of that name",
            ),
            field("problem", Kind::Text, "the code of what is wrong with it"),
        ],
    },
    Event {
        name: "intake.failed",
        levels: ERROR,
        about: "a call could not be kept",
        fields: &[
            optional(
                "connection",
                Kind::Text,
                "the connection, where the caller was proven",
            ),
            field("problem", Kind::Text, "its code"),
        ],
    },
    Event {
        name: "person.forgotten",
        levels: INFO,
        about: "somebody was erased from what is kept",
        fields: &[
            field("records", Kind::Count, "how many records were changed"),
            field("blobs", Kind::Count, "how many files were changed"),
        ],
    },
    Event {
        name: "format.migrated",
        levels: INFO,
        about: "what is kept was brought forward",
        fields: &[
            field("from", Kind::Count, "the version it had"),
            field("to", Kind::Count, "the version it has now"),
        ],
    },
];
