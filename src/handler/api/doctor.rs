//! Whether it is safe to let syncs run, looked at from inside the app: with its own identity, settings and lists.

use std::{pin::Pin, time::Duration};

use axum::{http::StatusCode, response::Response};
use futures::{StreamExt, stream::FuturesUnordered};
use tokio::time::Instant;

use super::{answer, call::Call, problem::Problem, syncs::no_sync};
use crate::{
    catalog::{self, Unfit, Whole},
    connectors::ports::{
        ConnectionTest, ConnectorError, Examination, Readers, Unwatched, examination::Finding,
    },
    definition::sync::Sync,
    doctor::{self, Doors, Patient, Report, Told, told},
    service::Opened,
    store::ports::StoreError,
};

/// How long everything together may take. Whoever asks waits a little longer.
pub(super) const PATIENCE: Duration = Duration::from_secs(80);

/// How many things are looked at together.
const AT_ONCE: usize = 4;

/// How many of the things that there was no time for are named.
const NAMED: usize = 5;

/// `GET /doctor`
pub(super) async fn doctor(call: Call) -> Result<Response, Problem> {
    let until = Instant::now() + PATIENCE;
    let service = &call.service;
    let (Whole { definition, unfit }, broken) =
        catalog::whole(&service.stores, &service.kinds).await?;
    let wanted = call.query.get("sync").map(String::as_str);
    let id = wanted.map(|wanted| wanted.split_once('/').map_or(wanted, |(id, _)| id));
    let asked: Vec<&Sync> = match wanted {
        Some(wanted) => definition.named(wanted),
        None => definition.syncs.iter().collect(),
    };
    let all_known = unfit.is_empty() && broken.is_empty();
    // What is wrong with another sync is no fault of this one.
    let unfit: Vec<Unfit> = unfit
        .into_iter()
        .filter(|unfit| id.is_none() || unfit.sync.is_none() || unfit.sync.as_deref() == id)
        .collect();
    if wanted.is_some() && asked.is_empty() && unfit.is_empty() {
        return Err(no_sync());
    }
    let opened = service.opener.open(&definition);
    let doors = Open(&*opened);
    let now = || service.now();
    let patient = Patient {
        definition: &definition,
        asked: &asked,
        all: wanted.is_none(),
        all_known,
        list: wanted.and_then(|wanted| Some(wanted.split_once('/')?.1)),
        doors: &doors,
        stores: &service.stores,
        watch: &Unwatched,
        now: &now,
    };
    let mut findings = definitions(&unfit, &broken);
    let variables = service.opener.variables(&definition, &asked);
    findings.extend(told("settings", doctor::settings(&variables)));
    let singles: Vec<[&Sync; 1]> = asked.iter().map(|sync| [*sync]).collect();
    let (seen, late) = within(until, parts(patient, &singles)).await;
    findings.extend(seen);
    findings.extend(told("time", too_late(&late)));
    answer::json(StatusCode::OK, &Report::of(findings))
}

/// What is wrong with definitions, as far as it concerns those that somebody asks about.
fn definitions(unfit: &[Unfit], broken: &[StoreError]) -> Vec<Told> {
    let mut all = Vec::new();
    for error in broken {
        all.extend(told(
            "definition",
            [doctor::storage_failed("storage", error)],
        ));
    }
    for Unfit { sync, faults } in unfit {
        let about = match sync {
            Some(sync) => format!("sync {sync}"),
            None => "definition".to_owned(),
        };
        all.extend(told(&about, doctor::faults("definition", faults)));
    }
    all
}

/// Something that is looked at: what it is about, and the looking.
type Part<'a> = (String, Pin<Box<dyn Future<Output = Vec<Told>> + Send + 'a>>);

/// Everything that is looked at, in the order of the report.
fn parts<'a>(patient: Patient<'a>, singles: &'a [[&'a Sync; 1]]) -> Vec<Part<'a>> {
    let mut parts: Vec<Part<'a>> = Vec::new();
    for name in doctor::connection_names(patient) {
        let looking = Box::pin(doctor::connection(patient, name));
        parts.push((format!("connection {name}"), looking));
    }
    for asked in singles {
        let about = asked.map(|sync| format!("sync {}", sync.id)).concat();
        let looking = doctor::syncs(Patient { asked, ..patient });
        parts.push((about, Box::pin(looking)));
    }
    let stores = patient.stores;
    let storage = async move { told("storage", doctor::storage_to_look(stores).await) };
    parts.push(("storage".to_owned(), Box::pin(storage)));
    parts
}

/// Looks at the parts, a few at the same time. Gives what was found, and what there was no time for.
async fn within(until: Instant, parts: Vec<Part<'_>>) -> (Vec<Told>, Vec<String>) {
    let mut waiting = parts.into_iter().enumerate();
    let mut going = FuturesUnordered::new();
    let mut looked = Vec::new();
    // One that does not answer keeps no other waiting, and the report has its own order.
    loop {
        for (place, part) in waiting.by_ref().take(AT_ONCE - going.len()) {
            going.push(look(until, place, part));
        }
        match going.next().await {
            Some(found) => looked.push(found),
            None => break,
        }
    }
    looked.sort_by_key(|(place, _)| *place);
    let (mut seen, mut late) = (Vec::new(), Vec::new());
    for (_, found) in looked {
        match found {
            Ok(found) => seen.extend(found),
            Err(about) => late.push(about),
        }
    }
    (seen, late)
}

/// Looks at one part; without an answer in time it gives what the part is about.
async fn look(
    until: Instant,
    place: usize,
    (about, part): Part<'_>,
) -> (usize, Result<Vec<Told>, String>) {
    let found = tokio::time::timeout_at(until, part).await;
    (place, found.map_err(|_| about))
}

fn too_late(late: &[String]) -> Option<Finding> {
    if late.is_empty() {
        return None;
    }
    let named: Vec<&str> = late.iter().take(NAMED).map(String::as_str).collect();
    let more = match late.len().saturating_sub(NAMED) {
        0 => String::new(),
        more => format!(" and {more} more"),
    };
    let found = format!(
        "there was no time within {} s for: {}{more}",
        PATIENCE.as_secs(),
        named.join(", ")
    );
    let todo = "ask about one sync alone: `rollcall doctor SYNC --to URL`";
    Some(Finding::problem("unfinished", found).todo(todo))
}

/// The connections as they are looked at: nothing here opens a list for writing.
struct Open<'a>(&'a dyn Opened);

impl Doors for Open<'_> {
    fn readers(&self) -> &dyn Readers {
        self.0.readers()
    }

    fn test(&self, name: &str) -> Result<Box<dyn ConnectionTest>, ConnectorError> {
        self.0.test(name)
    }

    fn examination(&self, name: &str) -> Result<Option<Box<dyn Examination>>, ConnectorError> {
        self.0.examination(name)
    }
}
