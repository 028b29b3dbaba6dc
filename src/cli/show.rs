//! `show`: one run, change by change.

use serde::Serialize;

use super::{Exit, Failure, Session, print, print_as_it_is, print_json, report};
use crate::{
    history::{self, Decision, RunFile},
    plan::text::{render, render_held},
    summary::{
        Summary,
        changes::{self, ChangeRow, in_words},
    },
};

/// What `show --json` prints.
#[derive(Serialize)]
struct Shown<'a> {
    version: u32,
    summary: &'a Summary,
    file: Option<&'a RunFile>,
    /// What was decided about what it held.
    decision: Option<&'a Decision>,
}

/// What `show --only --json` prints.
#[derive(Serialize)]
struct Rows<'a> {
    version: u32,
    changes: &'a [ChangeRow],
}

/// Shows one run.
pub(super) async fn show(
    session: &Session,
    run: &str,
    csv: bool,
    only: Option<&str>,
) -> Result<Exit, Failure> {
    let stores = session.stores_to_look().await?;
    let Some(summary) = history::find(&stores, run).await? else {
        let message = format!("there is no run `{run}`\n`rollcall history` lists them");
        return Err(Failure {
            exit: Exit::InvalidInput,
            message,
        });
    };
    let file = history::run_file(&stores, &summary.sync, run).await?;
    let rows = file.as_ref().map_or_else(Vec::new, |file| {
        changes::rows(&summary.lists, &file.plan, file.outcomes.as_deref())
    });
    let rows = match only {
        Some(codes) => changes::only(rows, codes).map_err(|message| Failure {
            exit: Exit::InvalidInput,
            message,
        })?,
        None => rows,
    };
    let decision = history::decision(&stores, run).await?;
    if csv {
        let text = changes::csv(&summary.run, &rows).map_err(|error| Failure {
            exit: Exit::Unexpected,
            message: error.to_string(),
        })?;
        print_as_it_is(&text);
    } else if only.is_some() {
        show_rows(session, &rows)?;
    } else if session.json {
        print_json(&Shown {
            version: 1,
            summary: &summary,
            file: file.as_ref(),
            decision: decision.as_ref(),
        })?;
    } else {
        print(&as_text(&summary, file.as_ref(), decision.as_ref()));
    }
    Ok(Exit::Done)
}

/// The rows alone, one line each.
fn show_rows(session: &Session, rows: &[ChangeRow]) -> Result<(), Failure> {
    if session.json {
        return print_json(&Rows {
            version: 1,
            changes: rows,
        });
    }
    for row in rows {
        let (list, action, member, reason, result) = (
            &row.list,
            &row.action,
            &row.member,
            &row.reason,
            &row.result,
        );
        print(&format!("{result}: {member}  {action}  {list}  {reason}\n"));
    }
    Ok(())
}

fn as_text(summary: &Summary, file: Option<&RunFile>, decision: Option<&Decision>) -> String {
    let mut text = report::summary(summary);
    if let Some(decision) = decision {
        text.push_str(&format!("  {}\n", report::decision(decision)));
    }
    let Some(file) = file else { return text };
    text.push('\n');
    text.push_str(&render(&file.plan));
    if let Some(held) = &summary.held {
        text.push_str(&render_held(&file.plan, held));
    }
    if let Some(outcomes) = &file.outcomes {
        let problems = file
            .plan
            .changes
            .iter()
            .zip(outcomes)
            .filter_map(|(change, outcome)| {
                let (result, problem) = in_words(outcome.as_ref());
                let problem = problem?;
                Some(format!(
                    "{result}: {} {}: {}\n",
                    change.action.name(),
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
