//! `show`: one run, change by change.

use serde::Serialize;

use super::{Exit, Failure, Session, print, print_json, report};
use crate::{
    history::{self, RunFile},
    model::cell,
    plan::{
        change::Change,
        outcome::{Outcome, Problem},
        text::render,
    },
    summary::{Summary, action_name},
};

/// What `show --json` prints.
#[derive(Serialize)]
struct Shown<'a> {
    version: u32,
    summary: &'a Summary,
    file: Option<&'a RunFile>,
}

/// Shows one run.
pub(super) async fn show(session: &Session, run: &str, csv: bool) -> Result<Exit, Failure> {
    let stores = session.stores_to_look()?;
    let Some(summary) = history::find(&stores, run).await? else {
        let message = format!("there is no run `{run}`\n`rollcall history` lists them");
        return Err(Failure {
            exit: Exit::InvalidInput,
            message,
        });
    };
    let file = history::run_file(&stores, &summary.sync, run).await?;
    if csv {
        print(&as_csv(&summary, file.as_ref())?);
    } else if session.json {
        print_json(&Shown {
            version: 1,
            summary: &summary,
            file: file.as_ref(),
        })?;
    } else {
        print(&as_text(&summary, file.as_ref()));
    }
    Ok(Exit::Done)
}

fn as_text(summary: &Summary, file: Option<&RunFile>) -> String {
    let mut text = report::summary(summary);
    let Some(file) = file else { return text };
    text.push('\n');
    text.push_str(&render(&file.plan));
    if let Some(outcomes) = &file.outcomes {
        let problems = file
            .plan
            .changes
            .iter()
            .zip(outcomes)
            .filter_map(|(change, outcome)| {
                let (result, problem) = words(outcome.as_ref());
                let problem = problem?;
                Some(format!(
                    "{result}: {} {}: {}\n",
                    action_name(&change.action),
                    change.member.label(),
                    problem.message
                ))
            });
        text.extend(problems);
    } else {
        text.push_str(
            "This run did not write down what became of its changes; it is at work or it died.\n",
        );
    }
    text
}

/// The changes as CSV: one row for each change and each withheld one, safe to open in a spreadsheet.
fn as_csv(summary: &Summary, file: Option<&RunFile>) -> Result<String, Failure> {
    let mut writer = csv::Writer::from_writer(Vec::new());
    let broken = |error: csv::Error| Failure {
        exit: Exit::Unexpected,
        message: error.to_string(),
    };
    writer
        .write_record([
            "run", "list", "action", "member", "id", "reason", "result", "code", "message",
        ])
        .map_err(broken)?;
    let mut row = |cells: [&str; 9]| {
        writer.write_record(cells.map(|text| cell::escape(text, false).into_owned()))
    };
    for (position, change) in file
        .iter()
        .flat_map(|file| file.plan.changes.iter().enumerate())
    {
        let Change {
            side,
            action,
            member,
            reason,
            ..
        } = change;
        let outcomes = file.and_then(|file| file.outcomes.as_ref());
        let (result, problem) = match outcomes {
            Some(outcomes) => words(outcomes.get(position).and_then(Option::as_ref)),
            None => ("unknown", None),
        };
        let list = summary.lists.of(*side).to_string();
        let id = member.id.as_ref().map_or("", |id| id.as_str());
        let code = problem.map_or("", |problem| problem.code.as_str());
        let message = problem.map_or("", |problem| problem.message.as_str());
        let reason = reason.to_string();
        row([
            &summary.run,
            &list,
            action_name(action),
            member.label(),
            id,
            &reason,
            result,
            code,
            message,
        ])
        .map_err(broken)?;
    }
    for withheld in file.iter().flat_map(|file| &file.plan.withheld) {
        let list = summary.lists.of(withheld.side).to_string();
        let (considered, reason) = (
            withheld.considered.to_string(),
            withheld.because.to_string(),
        );
        row([
            &summary.run,
            &list,
            &considered,
            &withheld.label,
            "",
            &reason,
            "withheld",
            "",
            "",
        ])
        .map_err(broken)?;
    }
    let bytes = writer.into_inner().map_err(|error| Failure {
        exit: Exit::Unexpected,
        message: error.to_string(),
    })?;
    Ok(String::from_utf8_lossy(&bytes).into_owned())
}

/// An outcome in one word, and what went wrong.
fn words(outcome: Option<&Outcome>) -> (&'static str, Option<&Problem>) {
    match outcome {
        None => ("waiting", None),
        Some(Outcome::Applied) => ("applied", None),
        Some(Outcome::AlreadySo) => ("already so", None),
        Some(Outcome::Refused(problem)) => ("refused", Some(problem)),
        Some(Outcome::Failed(problem)) => ("failed", Some(problem)),
    }
}
