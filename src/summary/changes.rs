//! Every change of a run with what became of it, as rows that every view shows alike.

use serde::Serialize;
use utoipa::ToSchema;

use crate::{
    model::{cell, list::ListRef, list::Sides},
    plan::{
        change::{Action, FieldChange},
        codes::CODES,
        outcome::{Outcome, Problem},
        value::Plan,
    },
};

/// One change of a run, or one that was withheld.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct ChangeRow {
    /// The list (`entra-id:Region Asia`).
    pub list: String,
    /// What was to be done (`add`, `remove`), or what was considered (`not added`, `stays`).
    pub action: String,
    /// The member, by the name plans use.
    pub member: String,
    /// The member's id on its platform.
    pub id: Option<String>,
    /// The fields that an update changes.
    #[schema(value_type = Vec<Object>)]
    pub fields: Vec<FieldChange>,
    /// Why, as a stable code (`left-other-list`, `conflict`).
    pub reason_code: String,
    /// Why, in words.
    pub reason: String,
    /// What became of it: `applied`, `already so`, `refused`, `failed`, `handed over`, `waiting`, `withheld`; `unknown` while the run
    /// has not written it down.
    pub result: String,
    /// Why it was not made.
    pub problem: Option<Problem>,
}

/// Every change of a plan, then what was withheld. Without `outcomes` nobody knows what became of the changes.
pub fn rows(
    lists: &Sides<ListRef>,
    plan: &Plan,
    outcomes: Option<&[Option<Outcome>]>,
) -> Vec<ChangeRow> {
    let changes = plan.changes.iter().enumerate().map(|(position, change)| {
        let (result, problem) = match outcomes {
            Some(outcomes) => in_words(outcomes.get(position).and_then(Option::as_ref)),
            None => ("unknown", None),
        };
        ChangeRow {
            list: lists.of(change.side).to_string(),
            action: change.action.name().to_owned(),
            member: change.member.label().to_owned(),
            id: change.member.id.as_ref().map(ToString::to_string),
            fields: match &change.action {
                Action::Update(fields) => fields.clone(),
                Action::Invite | Action::Add | Action::Remove => Vec::new(),
            },
            reason_code: change.reason.code().to_owned(),
            reason: change.reason.to_string(),
            result: result.to_owned(),
            problem: problem.cloned().map(Problem::advised),
        }
    });
    let withheld = plan.withheld.iter().map(|withheld| ChangeRow {
        list: lists.of(withheld.side).to_string(),
        action: withheld.considered.to_string(),
        member: withheld.label.clone(),
        id: None,
        fields: Vec::new(),
        reason_code: withheld.because.code().to_owned(),
        reason: withheld.because.to_string(),
        result: "withheld".to_owned(),
        problem: None,
    });
    changes.chain(withheld).collect()
}

/// The rows with one of these codes, which stand in one text with commas between them (`conflict,oscillates`). The error
/// names the codes there are.
pub fn only(rows: Vec<ChangeRow>, codes: &str) -> Result<Vec<ChangeRow>, String> {
    let wanted: Vec<&str> = codes.split(',').map(str::trim).collect();
    if let Some(unknown) = wanted.iter().find(|code| !CODES.contains(code)) {
        let known = CODES.join("`, `");
        return Err(format!(
            "`{unknown}` is not a reason's code; allowed: `{known}`"
        ));
    }
    let mut rows = rows;
    rows.retain(|row| wanted.contains(&row.reason_code.as_str()));
    Ok(rows)
}

/// The rows as CSV, safe to open in a spreadsheet.
pub fn csv(run: &str, rows: &[ChangeRow]) -> Result<String, csv::Error> {
    let mut writer = csv::Writer::from_writer(Vec::new());
    writer.write_record([
        "run",
        "list",
        "action",
        "member",
        "id",
        "reason",
        "result",
        "code",
        "message",
        "reason-code",
    ])?;
    for row in rows {
        let problem = row.problem.as_ref();
        let cells = [
            run,
            &row.list,
            &row.action,
            &row.member,
            row.id.as_deref().unwrap_or_default(),
            &row.reason,
            &row.result,
            problem.map_or("", |problem| problem.code.as_str()),
            problem.map_or("", |problem| problem.message.as_str()),
            &row.reason_code,
        ];
        writer.write_record(cells.map(|text| cell::escape(text, false).into_owned()))?;
    }
    let bytes = writer
        .into_inner()
        .map_err(|error| csv::Error::from(error.into_error()))?;
    Ok(String::from_utf8_lossy(&bytes).into_owned())
}

/// An outcome in one word, and what went wrong.
pub fn in_words(outcome: Option<&Outcome>) -> (&'static str, Option<&Problem>) {
    match outcome {
        None => ("waiting", None),
        Some(Outcome::Applied) => ("applied", None),
        Some(Outcome::AlreadySo) => ("already so", None),
        Some(Outcome::HandedOver { .. }) => ("handed over", None),
        Some(Outcome::Refused(problem)) => ("refused", Some(problem)),
        Some(Outcome::Failed(problem)) => ("failed", Some(problem)),
    }
}
