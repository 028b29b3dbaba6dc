//! The table of who may know whom, and that ARCHITECTURE.md shows the same one.

use std::fs;

use super::root;

/// Each room with the rooms it may use. A room within a room is written with a slash, and only the longest name counts:
/// what may use `connectors/ports` may use nothing else of `connectors`. ARCHITECTURE.md shows the same table.
pub(super) const MAY_USE: &[(&str, &[&str])] = &[
    ("model", &[]),
    ("definition", &["model", "plan"]),
    ("catalog", &["definition", "store"]),
    ("agenda", &["definition", "summary", "store"]),
    ("job", &["plan"]),
    ("format", &["store"]),
    ("backup", &["format", "store"]),
    ("service", &["definition", "connectors/ports", "store"]),
    (
        "scheduler",
        &[
            "definition",
            "catalog",
            "agenda",
            "job",
            "format",
            "service",
            "history",
            "store",
            "telemetry",
        ],
    ),
    (
        "intake",
        &[
            "catalog",
            "agenda",
            "job",
            "format",
            "service",
            "connectors/hr",
            "store",
            "telemetry",
        ],
    ),
    (
        "worker",
        &[
            "model",
            "definition",
            "catalog",
            "agenda",
            "job",
            "format",
            "service",
            "run",
            "plan",
            "apply",
            "summary",
            "history",
            "connectors/ports",
            "store",
            "telemetry",
        ],
    ),
    (
        "run",
        &[
            "model",
            "definition",
            "agenda",
            "format",
            "read",
            "reconcile",
            "plan",
            "apply",
            "hand_over",
            "summary",
            "history",
            "connectors/ports",
            "store",
        ],
    ),
    (
        "read",
        &[
            "model",
            "definition",
            "reconcile",
            "plan",
            "connectors/ports",
        ],
    ),
    ("reconcile", &["model", "definition", "plan"]),
    ("plan", &["model"]),
    ("apply", &["model", "plan", "connectors/ports"]),
    ("hand_over", &["model", "plan"]),
    ("summary", &["model", "plan"]),
    (
        "history",
        &["model", "job", "plan", "hand_over", "summary", "store"],
    ),
    (
        "forget",
        &[
            "model", "catalog", "agenda", "format", "intake", "plan", "summary", "history", "store",
        ],
    ),
    (
        "explain",
        &[
            "model",
            "definition",
            "agenda",
            "run",
            "read",
            "reconcile",
            "plan",
            "history",
            "connectors/ports",
            "store",
        ],
    ),
    (
        "doctor",
        &[
            "model",
            "definition",
            "agenda",
            "job",
            "service",
            "run",
            "read",
            "plan",
            "connectors/ports",
            "store",
        ],
    ),
    ("cost", &["definition"]),
    ("azure", &[]),
    ("connectors", &[]),
    ("connectors/ports", &["model", "plan"]),
    ("connectors/http", &["connectors/ports"]),
    (
        "connectors/web",
        &["connectors/ports", "connectors/http", "telemetry"],
    ),
    (
        "connectors/entra",
        &[
            "model",
            "plan",
            "azure",
            "connectors/ports",
            "connectors/http",
            "telemetry",
        ],
    ),
    ("connectors/csv", &["model", "plan", "connectors/ports"]),
    (
        "connectors/hr",
        &["model", "connectors/ports", "connectors/csv"],
    ),
    ("connectors/memory", &["model", "plan", "connectors/ports"]),
    (
        "connectors/politemail",
        &[
            "model",
            "plan",
            "connectors/ports",
            "connectors/http",
            "connectors/web",
        ],
    ),
    (
        "connectors/mailroute",
        &[
            "model",
            "plan",
            "connectors/ports",
            "connectors/http",
            "connectors/web",
        ],
    ),
    (
        "connectors/messagemedia",
        &[
            "model",
            "plan",
            "connectors/ports",
            "connectors/http",
            "connectors/web",
        ],
    ),
    (
        "connectors/rest",
        &[
            "model",
            "plan",
            "connectors/ports",
            "connectors/http",
            "connectors/web",
        ],
    ),
    ("store", &[]),
    ("store/azure", &["azure", "store", "settings"]),
    ("store/embedded", &["store"]),
    (
        "handler",
        &[
            "job",
            "format",
            "service",
            "scheduler",
            "intake",
            "worker",
            "plan",
            "handler/dashboard",
            "handler/api",
            "handler/problem",
            "handler/intake",
            "telemetry",
        ],
    ),
    (
        "handler/standing",
        &["definition", "catalog", "agenda", "service", "store"],
    ),
    (
        "handler/dashboard",
        &["agenda", "service", "store", "handler/standing"],
    ),
    (
        "handler/api",
        &[
            "definition",
            "catalog",
            "agenda",
            "job",
            "format",
            "service",
            "plan",
            "summary",
            "history",
            "forget",
            "explain",
            "doctor",
            "connectors/ports",
            "store",
            "handler/standing",
            "telemetry",
        ],
    ),
    ("handler/problem", &[]),
    ("handler/intake", &["intake", "service", "handler/problem"]),
    (
        "local",
        &[
            "job",
            "service",
            "scheduler",
            "worker",
            "store",
            "handler",
            "handler/problem",
            "telemetry",
        ],
    ),
    ("push", &["connectors/http"]),
    ("settings", &[]),
    ("telemetry", &[]),
    (
        "app",
        &[
            "definition",
            "job",
            "format",
            "service",
            "connectors/ports",
            "connectors/http",
            "connectors/entra",
            "connectors/csv",
            "connectors/hr",
            "connectors/politemail",
            "connectors/mailroute",
            "connectors/messagemedia",
            "connectors/rest",
            "intake",
            "store",
            "store/azure",
            "store/embedded",
            "handler",
            "settings",
            "telemetry",
            "azure",
        ],
    ),
    (
        "cli",
        &[
            "model",
            "definition",
            "agenda",
            "format",
            "run",
            "plan",
            "hand_over",
            "summary",
            "history",
            "forget",
            "explain",
            "doctor",
            "cost",
            "backup",
            "connectors/ports",
            "store",
            "handler",
            "local",
            "push",
            "settings",
            "app",
            "cli/demo",
            "cli/sandbox",
        ],
    ),
    (
        "cli/demo",
        &[
            "definition",
            "run",
            "plan",
            "summary",
            "store",
            "settings",
            "app",
            "cli",
            "sandbox",
        ],
    ),
    ("cli/sandbox", &["settings", "cli", "sandbox"]),
    ("sandbox", &[]),
    ("main", &["settings", "telemetry", "app", "cli"]),
];

#[test]
fn the_table_in_the_description_is_this_one() {
    let description = fs::read_to_string(root().join("ARCHITECTURE.md")).unwrap();
    let (_, rest) = description.split_once("<!-- may-use -->").unwrap();
    let (table, _) = rest.split_once("<!-- /may-use -->").unwrap();
    let names = |cell: &str| -> Vec<String> {
        let names = cell.split('`').skip(1).step_by(2);
        names.map(str::to_owned).collect()
    };
    let rows = table.lines().filter(|line| line.starts_with("| `"));
    let described: Vec<(String, Vec<String>)> = rows
        .map(|row| {
            let cells: Vec<&str> = row.split('|').collect();
            assert_eq!(cells.len(), 5, "{row}");
            (names(cells[1]).concat(), names(cells[2]))
        })
        .collect();
    let held: Vec<(String, Vec<String>)> = MAY_USE
        .iter()
        .map(|(room, may_use)| {
            let may_use = may_use.iter().map(|used| (*used).to_owned());
            ((*room).to_owned(), may_use.collect())
        })
        .collect();
    for (described, held) in described.iter().zip(&held) {
        assert_eq!(described, held, "ARCHITECTURE.md says something else");
    }
    assert_eq!(described.len(), held.len());
}
