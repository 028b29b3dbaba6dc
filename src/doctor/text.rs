//! A report as text.

use super::{Level, Report};
use crate::plan::text::on_one_line;

/// What was found, by what it is about, and in the last line whether it is safe.
pub(super) fn render(report: &Report) -> String {
    let mut text = String::new();
    let mut about = None;
    for told in &report.findings {
        if about != Some(&told.about) {
            about = Some(&told.about);
            text.push_str(&on_one_line(&told.about));
            text.push('\n');
        }
        let finding = &told.finding;
        let level = name(finding.level);
        let line = format!(
            "  {level:<8} {}: {}",
            finding.what,
            finding.found.replace('\n', "; ")
        );
        text.push_str(&on_one_line(&line));
        text.push('\n');
        for todo in finding.todo.iter().flat_map(|todo| todo.lines()) {
            text.push_str(&on_one_line(&format!("           {todo}")));
            text.push('\n');
        }
    }
    text.push_str(&last_line(report));
    text.push('\n');
    text
}

fn last_line(report: &Report) -> String {
    let count = |level: Level| {
        let findings = report.findings.iter();
        findings.filter(|told| told.finding.level == level).count()
    };
    let counted = |level: Level, one: &str, many: &str| {
        let count = count(level);
        format!("{count} {}", if count == 1 { one } else { many })
    };
    let counts = format!(
        "{} ok, {}, {}, {}",
        count(Level::Ok),
        counted(Level::Note, "note", "notes"),
        counted(Level::Warning, "warning", "warnings"),
        counted(Level::Problem, "problem", "problems"),
    );
    if !report.safe {
        format!("Not safe to enable: {counts}.")
    } else if count(Level::Warning) > 0 {
        format!("Safe to enable, with something to look at first: {counts}.")
    } else {
        format!("Safe to enable: {counts}.")
    }
}

fn name(level: Level) -> &'static str {
    match level {
        Level::Ok => "ok",
        Level::Note => "note",
        Level::Warning => "WARNING",
        Level::Problem => "PROBLEM",
    }
}
