//! When a run last changed one person's place or fields on the lists of a sync.

use jiff::Timestamp;
use serde::Serialize;
use utoipa::ToSchema;

use super::{page, run_file};
use crate::{
    model::member::Member,
    plan::change::Action,
    store::ports::{StoreError, Stores},
    summary::{Status, changes::in_words},
};

/// How many runs back somebody is looked for.
pub const MOST_RUNS: usize = 50;

/// What the history says of one person on the lists of one sync.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Touched {
    /// The changes of the last run that was to change anything about the person, in the order of its plan; none when no
    /// run that was looked at did.
    pub last: Vec<Touch>,
    /// How many runs were looked at, newest first.
    pub runs: usize,
    /// When the oldest of them began.
    #[schema(value_type = Option<String>, format = DateTime)]
    pub since: Option<Timestamp>,
    /// Whether there are older runs, which were not looked at.
    pub more: bool,
    /// How many of these runs changed something and have no changes kept any more.
    pub gone: usize,
}

/// One change of a run.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Touch {
    /// The run.
    pub run: String,
    /// When it began.
    #[schema(value_type = String, format = DateTime)]
    pub at: Timestamp,
    /// Why it ran, in words.
    pub cause: String,
    /// The list (`entra-id:Region Asia`).
    pub list: String,
    /// What was to be done (`add`, `remove`).
    pub action: String,
    /// The fields that were to change, where it was an update.
    pub fields: Vec<String>,
    /// Why.
    pub reason: String,
    /// What became of it: `applied`, `already so`, `refused`, `failed`, `handed over`, `waiting`; `unknown` when the run did not write it
    /// down.
    pub result: String,
    /// Why it was not made.
    pub problem: Option<String>,
}

/// Looks through the newest runs of a sync for the last one with a change of somebody for whom `is_them` holds.
pub async fn last_touch(
    stores: &Stores,
    sync: &str,
    is_them: impl Fn(&Member) -> bool,
) -> Result<Touched, StoreError> {
    let (summaries, older) = page(stores, sync, None, MOST_RUNS).await?;
    let mut touched = Touched {
        last: Vec::new(),
        runs: 0,
        since: None,
        more: older.is_some(),
        gone: 0,
    };
    let count = summaries.len();
    for summary in summaries {
        touched.runs += 1;
        touched.since = Some(summary.started);
        let planned = summary.planned;
        let nothing_planned = planned.add + planned.update + planned.remove == 0;
        // A preview changes nothing, whatever its plan says.
        let changes_nothing = nothing_planned || summary.status == Some(Status::Previewed);
        if changes_nothing && summary.finished.is_some() {
            continue;
        }
        let Some(file) = run_file(stores, sync, &summary.run).await? else {
            touched.gone += 1;
            continue;
        };
        let outcomes = file.outcomes.as_deref();
        let changes = file.plan.changes.iter().enumerate();
        let theirs = changes.filter(|(_, change)| is_them(&change.member));
        touched.last = theirs
            .map(|(at, change)| {
                let (result, problem) = match outcomes {
                    Some(outcomes) => in_words(outcomes.get(at).and_then(Option::as_ref)),
                    None => ("unknown", None),
                };
                Touch {
                    run: summary.run.clone(),
                    at: summary.started,
                    cause: summary.cause.clone(),
                    list: summary.lists.of(change.side).to_string(),
                    action: change.action.name().to_owned(),
                    fields: match &change.action {
                        Action::Update(fields) => {
                            fields.iter().map(|field| field.field.clone()).collect()
                        }
                        Action::Invite | Action::Add | Action::Remove => Vec::new(),
                    },
                    reason: change.reason.to_string(),
                    result: result.to_owned(),
                    problem: problem.map(|problem| problem.message.clone()),
                }
            })
            .collect();
        if !touched.last.is_empty() {
            touched.more |= touched.runs < count;
            break;
        }
    }
    Ok(touched)
}
