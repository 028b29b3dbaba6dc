//! Reads as a preview does, and tells what the plan and the history say of that one person.
//!
//! It holds readers only and writes nothing, not even history. It must not know a concrete connector, HTTP, or the
//! command line.

mod text;

use jiff::Timestamp;
use serde::Serialize;
use utoipa::ToSchema;

pub use crate::reconcile::explain::Asked;
use crate::{
    agenda::{self, ListKey, Paused},
    connectors::ports::{ConnectorError, Readers, Watch},
    definition::sync::Sync,
    history::{self, LoadedBaseline, Touched},
    model::{
        capabilities::AddsBy,
        list::{Side, Sides},
        reading::Reading,
    },
    plan::review::review,
    read::{self, ReadOnce},
    reconcile::explain::{Does, Explanation, explain},
    run::{self, Ports, RunError},
    store::ports::{StoreError, Stores},
};

/// The version of an answer's JSON.
pub const EXPLAINED_VERSION: u32 = 1;

/// What is known of whoever was asked for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Explained {
    /// The version of this form.
    pub version: u32,
    /// What was asked for.
    pub asked: String,
    /// The sync.
    pub sync: String,
    /// All of it in one sentence.
    pub verdict: String,
    /// What is known for each list of a sync that routes people to many: those the person is on or would be on; where
    /// there is none, for the first list alone. For any other sync there is one.
    pub lists: Vec<ExplainedList>,
    /// How many lists were looked at.
    pub looked_at: usize,
}

/// What is known of the person for one list.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct ExplainedList {
    /// What was read and what is planned.
    pub explanation: Explanation,
    /// What earlier runs did.
    pub history: Touched,
    /// Why nothing happens to the list for now, where it is paused.
    pub paused: Option<Paused>,
    /// Why people beyond the lists could not be looked up, where that failed.
    pub not_looked_up: Option<String>,
}

/// What an answer is made from. Readers and no writers.
#[derive(Clone, Copy)]
pub struct Sources<'a> {
    /// Opens lists for reading.
    pub readers: &'a dyn Readers,
    /// Where the history is.
    pub stores: &'a Stores,
    /// Who watches.
    pub watch: &'a dyn Watch,
    /// The time, asked at the edge.
    pub now: &'a (dyn Fn() -> Timestamp + Send + std::marker::Sync),
}

/// Why there is no answer.
#[derive(Debug)]
pub enum Unanswered {
    /// A connection could not be read.
    Connection(ConnectorError),
    /// The storage failed.
    Store(StoreError),
}

impl From<RunError> for Unanswered {
    fn from(error: RunError) -> Self {
        match error {
            RunError::Connection(error) => Self::Connection(error),
            RunError::Store(error) => Self::Store(error),
            // Nothing is written, so that nobody can be in the way.
            error @ (RunError::Busy { .. }
            | RunError::Paused(_)
            | RunError::Refused(_)
            | RunError::CannotRestore(_)
            | RunError::NotRecorded { .. }) => Self::Store(StoreError::Other {
                place: "a preview".to_owned(),
                problem: error.to_string(),
            }),
        }
    }
}

impl From<StoreError> for Unanswered {
    fn from(error: StoreError) -> Self {
        Self::Store(error)
    }
}

/// What is known of `asked` for a sync. For one that routes people to many lists: for `list`, or without it for every
/// list the person is on or would be on.
pub async fn answer(
    sources: Sources<'_>,
    sync: &Sync,
    list: Option<&str>,
    asked: &Asked,
) -> Result<Explained, Unanswered> {
    let readers = ReadOnce::of(sources.readers, &sync.source.connection);
    let ports = Ports {
        readers: &readers,
        stores: sources.stores,
        watch: sources.watch,
        now: sources.now,
        lease: run::LEASE,
    };
    let is_routed = sync.mapping.route.is_some() && list.is_none();
    let syncs: Vec<Sync> = match list {
        None if is_routed => {
            let lists = run::lists(ports, sync).await?;
            lists.iter().map(|list| sync.for_list(list)).collect()
        }
        Some(list) => vec![sync.for_list(list)],
        None => vec![sync.clone()],
    };
    let mut lists = Vec::new();
    let mut elsewhere = None;
    for sync in &syncs {
        let explained = one(ports, sync, asked).await?;
        if !is_routed || concerns(&explained.explanation) {
            lists.push(explained);
        } else if elsewhere.is_none() {
            elsewhere = Some(explained);
        }
    }
    let looked_at = syncs.len();
    let verdict = match (lists.as_slice(), &elsewhere) {
        ([one], _) => one.explanation.verdict.clone(),
        ([], None) => format!("`{}` routes people to no list yet.", sync.id),
        ([], Some(first)) => on_none(first, looked_at),
        (several, _) => format!(
            "{} is on {} of the {looked_at} lists that `{}` routes people to, or would be; see each below.",
            asked.text(),
            several.len(),
            sync.id
        ),
    };
    if lists.is_empty() {
        lists.extend(elsewhere);
    }
    Ok(Explained {
        version: EXPLAINED_VERSION,
        asked: asked.text().to_owned(),
        sync: match list {
            Some(list) => sync.for_list(list).id,
            None => sync.id.clone(),
        },
        verdict,
        lists,
        looked_at,
    })
}

/// Whether one of many lists has to do with the person: they are on it, or the plan wants them there. An entry of the
/// source that nobody can make anything of belongs to no list more than to any other.
fn concerns(explanation: &Explanation) -> bool {
    explanation.people.iter().any(|person| {
        let mut entries = person.entries.iter();
        let mut next = person.next.iter();
        entries.any(|entry| entry.side == Side::Target)
            || next.any(|next| {
                !matches!(
                    next.does,
                    Does::Ignored | Does::SecondEntry | Does::LeftAlone
                )
            })
    }) || explanation.agreed
        || !explanation.opt_outs.is_empty()
}

/// Of somebody who is on none of many lists.
fn on_none(first: &ExplainedList, looked_at: usize) -> String {
    let Explanation {
        people,
        asked,
        lists,
        verdict,
        ..
    } = &first.explanation;
    let passed_over = people.iter().filter(|person| {
        let mut next = person.next.iter();
        next.all(|next| next.does == Does::Ignored)
    });
    let entries = passed_over.flat_map(|person| &person.entries);
    let mut clauses = entries.filter_map(|entry| entry.filter.as_ref()?.clause.as_deref());
    match clauses.next() {
        Some(clause) => format!(
            "{asked} is on {} and on none of the {looked_at} lists that people are routed to, because {clause}.",
            lists.source
        ),
        None => verdict.clone(),
    }
}

/// What is known of the person for one list.
async fn one(ports: Ports<'_>, sync: &Sync, asked: &Asked) -> Result<ExplainedList, Unanswered> {
    let (mut readings, LoadedBaseline { baseline, .. }, plan) =
        run::read_and_plan(ports, sync).await?;
    let not_looked_up = if stands_on_a_list(&readings, asked) {
        None
    } else {
        let looked_up = look_up(ports, sync, &mut readings).await;
        looked_up.err().map(|error| error.to_string())
    };
    let now = (ports.now)();
    let review = review(plan, &sync.limits, None, now);
    let readings = Sides {
        source: &readings.source,
        target: &readings.target,
    };
    let explanation = explain(sync, readings, baseline.as_ref(), &review, asked, now);
    let keys = &explanation.keys;
    let history = history::last_touch(ports.stores, &sync.id, |member| keys.fit(member)).await?;
    Ok(ExplainedList {
        explanation,
        paused: agenda::pause_of(ports.stores, &ListKey::of(&sync.id), now).await?,
        history,
        not_looked_up,
    })
}

fn stands_on_a_list(readings: &Sides<Reading>, asked: &Asked) -> bool {
    let keys = asked.keys();
    let members = readings.source.members.iter();
    let mut members = members.chain(&readings.target.members);
    members.any(|member| keys.fit(member))
}

/// Asks the connections that know people beyond their lists. The plan did so only where it had to look somebody up.
async fn look_up(
    ports: Ports<'_>,
    sync: &Sync,
    readings: &mut Sides<Reading>,
) -> Result<(), ConnectorError> {
    let open = read::open(ports.readers, sync).await?;
    for side in [Side::Source, Side::Target] {
        let reading = readings.of_mut(side);
        let capabilities = &reading.capabilities;
        let knows_more =
            capabilities.adds_by == AddsBy::DirectoryObject || capabilities.knows_people;
        if knows_more && reading.directory.is_none() {
            reading.directory = Some(open.of(side).directory(ports.watch).await?);
        }
    }
    Ok(())
}

impl Explained {
    /// Whether anybody is known by what was asked for: on the lists, to the connections, or from earlier runs.
    pub fn knows_somebody(&self) -> bool {
        self.lists.iter().any(|list| {
            let explanation = &list.explanation;
            let mut known = explanation.known.iter();
            !explanation.people.is_empty()
                || known.any(|known| !known.people.is_empty())
                || explanation.agreed
                || !explanation.opt_outs.is_empty()
                || !explanation.ledger.is_empty()
                || !list.history.last.is_empty()
        })
    }

    /// The answer as text, the verdict in its first line.
    pub fn as_text(&self) -> String {
        text::render(self)
    }
}
