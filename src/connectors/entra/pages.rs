//! Walks through the pages of a listing to the last one, or fails: there is no partial listing.
//!
//! It must not know what the objects are.

use std::collections::BTreeMap;

use serde_json::Value;

use super::{
    answer::Answer,
    call::Call,
    graph::Graph,
    people::{Object, text},
    properties::Properties,
};
use crate::{
    connectors::{
        http::{Waits, shorten},
        ports::{ConnectorError, ErrorKind, Watch},
    },
    model::member::ExternalId,
};

/// At 999 objects a page this is a directory of ten million; a listing that goes on longer goes in circles.
const MOST_PAGES: usize = 10_000;

/// What big pages fall back to when the service refuses them ("Cannot query data for more than 120 users at a time",
/// 2023, msgraph-sdk-powershell#1898); it is also what Graph serves when it is not asked for a size.
const SMALL_PAGE: u16 = 100;

/// One listing.
pub(super) struct Listing<'a, T> {
    /// What is listed, for messages (`the members of group …`).
    pub(super) what: String,
    /// What is counted, for whoever watches (`members read`).
    pub(super) progress: &'a str,
    /// The permission it needs.
    pub(super) grant: &'a str,
    /// What is made of an object; `None` of one that cannot be used.
    pub(super) entry: fn(&Object) -> Option<T>,
    /// What is asked for of people, where it is people.
    pub(super) properties: Option<&'a Properties>,
    /// The first page with pages of this size.
    pub(super) first: &'a (dyn Fn(u16) -> String + Send + Sync),
    /// How many objects are expected, where known.
    pub(super) total: Option<usize>,
}

/// How a walk ended early.
enum Stop {
    /// The page token expired: the listing must start anew.
    Expired(ConnectorError),
    /// It failed.
    Failed(ConnectorError),
}

impl<T> Listing<'_, T> {
    /// Every object once, whatever page it stood on; of an object that came twice the later one wins.
    /// `first` is the answer to the first page when it was fetched already.
    pub(super) async fn walk(
        &self,
        graph: &Graph,
        first: Option<Answer>,
        waits: &mut Waits,
        watch: &dyn Watch,
    ) -> Result<Vec<T>, ConnectorError> {
        let result = match self.once(graph, first, waits, watch).await {
            Err(Stop::Expired(_)) => {
                tracing::debug!(
                    what = self.progress,
                    "the page token expired; starting again"
                );
                self.once(graph, None, waits, watch).await
            }
            result => result,
        };
        match result {
            Ok(entries) => Ok(entries.into_values().collect()),
            Err(Stop::Expired(error) | Stop::Failed(error)) => Err(error),
        }
    }

    async fn once(
        &self,
        graph: &Graph,
        first: Option<Answer>,
        waits: &mut Waits,
        watch: &dyn Watch,
    ) -> Result<BTreeMap<ExternalId, T>, Stop> {
        let mut entries = BTreeMap::new();
        let mut answer = match first {
            Some(answer) => answer,
            None => {
                self.get(graph, (self.first)(graph.page_size), waits)
                    .await?
            }
        };
        if let Some(refused) = self.properties.and_then(|asked| asked.refused(&answer)) {
            return Err(Stop::Failed(refused));
        }
        if answer.status == 400 && graph.page_size > SMALL_PAGE && !is_expired(&answer) {
            tracing::debug!(
                why = answer.explain(),
                "a big page was refused; asking for small ones"
            );
            answer = self.get(graph, (self.first)(SMALL_PAGE), waits).await?;
        }
        let mut seen = BTreeMap::new();
        for page in 1..=MOST_PAGES {
            let expired = is_expired(&answer);
            let body = answer
                .into_body(&format!("page {page} of {}", self.what), self.grant)
                .map_err(|error| {
                    if expired {
                        Stop::Expired(error)
                    } else {
                        Stop::Failed(error)
                    }
                })?;
            let is_empty = body
                .get("value")
                .and_then(Value::as_array)
                .is_none_or(Vec::is_empty);
            let next = self.take(body, page, &mut entries).map_err(Stop::Failed)?;
            watch.progress(self.progress, entries.len(), self.total);
            let Some(next) = next else {
                return Ok(entries);
            };
            // An empty page can mean "ask again"; one with objects that leads back cannot.
            let sightings: &mut u8 = seen.entry(next.clone()).or_default();
            *sightings = sightings.saturating_add(1);
            if *sightings > if is_empty { 3 } else { 1 } {
                return Err(Stop::Failed(self.broken("its pages go in circles")));
            }
            answer = self.get(graph, next, waits).await?;
        }
        Err(Stop::Failed(
            self.broken(&format!("it has more than {MOST_PAGES} pages")),
        ))
    }

    async fn get(&self, graph: &Graph, url: String, waits: &mut Waits) -> Result<Answer, Stop> {
        let answer = graph
            .patiently(&Call::get(url), waits)
            .await
            .map_err(Stop::Failed)?;
        waits.relax();
        Ok(answer)
    }

    /// Takes the objects off a page and gives the link to the next one. A page may be short or even empty and still
    /// have a next one: only a missing link ends a listing.
    fn take(
        &self,
        mut body: Value,
        page: usize,
        entries: &mut BTreeMap<ExternalId, T>,
    ) -> Result<Option<String>, ConnectorError> {
        let Some(Value::Array(objects)) = body.get_mut("value").map(Value::take) else {
            return Err(self.broken(&format!("page {page} holds no list")));
        };
        for object in &objects {
            let object = object.as_object();
            let id = object.and_then(|object| text(object, "id"));
            let (Some(id), Some(entry)) = (id, object.and_then(self.entry)) else {
                return Err(self.broken(&format!("page {page} holds an object without an id")));
            };
            entries.insert(id.into(), entry);
        }
        match body.get_mut("@odata.nextLink").map(Value::take) {
            None | Some(Value::Null) => Ok(None),
            Some(Value::String(next)) if next.starts_with('/') => {
                Err(self.broken(&format!("page {page} leads to `{}`", shorten(&next))))
            }
            Some(Value::String(next)) => Ok(Some(next)),
            Some(_) => Err(self.broken(&format!("page {page} leads to something that is no link"))),
        }
    }

    fn broken(&self, why: &str) -> ConnectorError {
        ConnectorError::new(ErrorKind::BadData, format!("{}: {why}", self.what))
            .help("nothing was taken from this listing; try again, and report it if it stays so")
    }
}

/// Whether the listing must start anew: the link to its next page does not hold any more.
fn is_expired(answer: &Answer) -> bool {
    answer.status == 400 && answer.has_code("Directory_ExpiredPageToken")
}
