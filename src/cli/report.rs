//! Summaries as text.

use std::fmt::Write;

use jiff::Timestamp;

use super::table;
use crate::{
    history::Decision,
    summary::{Done, Status, Summary},
};

/// One summary: status and numbers first, then what went wrong, then what to do.
pub(super) fn summary(summary: &Summary) -> String {
    let mut text = String::new();
    let status = status(summary);
    let took = summary.finished.map_or(String::new(), |finished| {
        format!(" in {}", duration(summary.started, finished))
    });
    let _ = writeln!(
        text,
        "Run {} of {}: {status}{took}",
        summary.run, summary.sync
    );
    if let Some(undone) = &summary.restores {
        let _ = writeln!(text, "  undoes run {undone}");
    }
    if let Some(problem) = &summary.problem {
        let _ = writeln!(
            text,
            "  {} ({})",
            problem.message.replace('\n', "\n  "),
            problem.code
        );
    }
    if summary.done.created > 0 {
        let _ = writeln!(text, "  the list was created");
    }
    // Without a digest there was no plan, and no numbers.
    if summary.digest.is_some() {
        text.push_str(&numbers(&summary.done));
    }
    if let Some(by) = &summary.approved_by {
        let _ = writeln!(text, "  approved by {by}");
    }
    for failure in &summary.first_failures {
        let list = summary.lists.of(failure.side);
        let preposition = if failure.action == "remove" {
            "from"
        } else {
            "to"
        };
        let _ = writeln!(
            text,
            "  not done: {} {} {preposition} {list}: {} ({})",
            failure.action, failure.member, failure.problem.message, failure.problem.code
        );
    }
    let not_made = summary.done.refused + summary.done.failed;
    if not_made > summary.first_failures.len() {
        let rest = not_made - summary.first_failures.len();
        let _ = writeln!(
            text,
            "  … and {rest} more; `rollcall show {}` lists them",
            summary.run
        );
    }
    for step in &summary.next {
        let _ = writeln!(text, "  next: {step}");
    }
    text
}

/// What was decided, by whom, when and why.
pub(super) fn decision(decision: &Decision) -> String {
    let Decision {
        verdict, by, at, ..
    } = decision;
    let at = at.strftime("%Y-%m-%d %H:%M UTC");
    let reason = decision.reason.as_deref();
    let reason = reason.map_or(String::new(), |reason| format!(": {reason}"));
    format!("{} by {by} on {at}{reason}", verdict.name())
}

/// The status in one word; a run without an end is either at work or dead.
pub(super) fn status(summary: &Summary) -> &'static str {
    summary.status.map_or("not finished", Status::name)
}

fn numbers(done: &Done) -> String {
    let Done {
        added,
        invited,
        updated,
        removed,
        already_so,
        refused,
        failed,
        waiting,
        handed_over,
        created: _,
    } = done;
    let rows = [
        ("added", added),
        ("invited", invited),
        ("updated", updated),
        ("removed", removed),
        ("already so", already_so),
        ("refused", refused),
        ("failed", failed),
        ("waiting", waiting),
        ("handed over", handed_over),
    ];
    // Most syncs hand nothing over: a column of noughts would only be in the way.
    let rows = rows
        .into_iter()
        .filter(|(name, count)| *name != "handed over" || **count > 0);
    let (names, counts): (Vec<String>, Vec<String>) = rows
        .map(|(name, count)| (name.to_owned(), count.to_string()))
        .unzip();
    table::render(&[names, counts], "  ")
}

/// A time span for people.
fn duration(from: Timestamp, to: Timestamp) -> String {
    let seconds = to.duration_since(from).as_millis().max(0) as f64 / 1000.0;
    if seconds < 90.0 {
        format!("{seconds:.1} s")
    } else {
        format!("{:.1} min", seconds / 60.0)
    }
}
