//! Names the groups of a tenant.
//!
//! It must not read who is in them.

use std::collections::{BTreeMap, BTreeSet};

use async_trait::async_trait;
use serde_json::Value;

use super::{
    answer::Answer, call::Call, graph::Graph, group::Group, pages::is_expired, read::READ_GROUPS,
    settings::is_object_id, urls,
};
use crate::connectors::{
    http::Waits,
    ports::{ConnectorError, ErrorKind, KnownList, Lists, Watch},
};

/// At 999 groups a page this is a million groups; a listing that goes on longer goes in circles.
const MOST_PAGES: usize = 1_000;

/// How often in a row a page may be empty and lead back to itself: that can mean "ask again".
const MOST_EMPTY: usize = 3;

/// Every group.
pub(super) struct Groups {
    graph: Graph,
}

/// Groups by their ids: one that came twice is one group.
type Found = BTreeMap<String, Group>;

impl Groups {
    pub(super) fn new(graph: Graph) -> Self {
        Self { graph }
    }

    /// Walks to the last page; nothing when a link ran out of time on the way.
    async fn walk(
        &self,
        waits: &mut Waits,
        watch: &dyn Watch,
        starts_anew: bool,
    ) -> Result<Option<Found>, ConnectorError> {
        let mut found = Found::new();
        let mut seen = BTreeSet::new();
        let mut empty = 0;
        let mut url = urls::groups(self.graph.page_size);
        for page in 1..=MOST_PAGES {
            let answer = self.graph.patiently(&Call::get(url), waits).await?;
            waits.relax();
            if starts_anew && is_expired(&answer) {
                return Ok(None);
            }
            let before = found.len();
            let Some(next) = take(answer, page, &mut found)? else {
                return Ok(Some(found));
            };
            watch.progress("groups seen", found.len(), None);
            empty = if found.len() == before { empty + 1 } else { 0 };
            if !seen.insert(next.clone()) && (empty == 0 || empty > MOST_EMPTY) {
                return Err(broken("its pages go in circles"));
            }
            url = next;
        }
        Err(broken(&format!("it has more than {MOST_PAGES} pages")))
    }
}

#[async_trait]
impl Lists for Groups {
    async fn lists(&self, watch: &dyn Watch) -> Result<Vec<KnownList>, ConnectorError> {
        let mut waits = self.graph.patience.start();
        let found = match self.walk(&mut waits, watch, true).await? {
            Some(found) => Some(found),
            None => self.walk(&mut waits, watch, false).await?,
        };
        Ok(known(found.unwrap_or_default()))
    }
}

/// Takes the groups off a page and gives the link to the next one.
fn take(answer: Answer, page: usize, found: &mut Found) -> Result<Option<String>, ConnectorError> {
    let mut body = answer.into_body(&format!("page {page} of the groups"), READ_GROUPS)?;
    let Some(Value::Array(groups)) = body.get_mut("value").map(Value::take) else {
        return Err(broken(&format!("page {page} holds no list")));
    };
    for group in groups {
        match serde_json::from_value::<Group>(group) {
            Ok(group) if is_object_id(&group.id) => found.insert(group.id.clone(), group),
            _ => {
                return Err(broken(&format!(
                    "page {page} holds something that is no group"
                )));
            }
        };
    }
    match body.get_mut("@odata.nextLink").map(Value::take) {
        None | Some(Value::Null) => Ok(None),
        // A path would be taken for one of ours.
        Some(Value::String(next)) if !next.starts_with('/') => Ok(Some(next)),
        Some(_) => Err(broken(&format!(
            "page {page} leads to something that is no link"
        ))),
    }
}

/// Groups as lists: a name that several have does not say which one is meant.
fn known(found: Found) -> Vec<KnownList> {
    let mut bearers: BTreeMap<String, usize> = BTreeMap::new();
    for group in found.values() {
        *bearers.entry(name(group).to_lowercase()).or_default() += 1;
    }
    let known = found.values().map(|group| {
        let is_shared = bearers
            .get(&name(group).to_lowercase())
            .is_some_and(|&count| count > 1);
        let shared = is_shared.then(|| "others have this name: name it by its id".to_owned());
        let notes: Vec<String> = [shared, group.note()].into_iter().flatten().collect();
        KnownList {
            name: name(group).to_owned(),
            id: Some(group.id.clone()),
            note: (!notes.is_empty()).then(|| notes.join("; ")),
        }
    });
    KnownList::sorted(known.collect())
}

/// What a definition may call it: its id where it has no name.
fn name(group: &Group) -> &str {
    let name = group.display_name.as_deref().unwrap_or_default();
    if name.is_empty() { &group.id } else { name }
}

fn broken(why: &str) -> ConnectorError {
    ConnectorError::new(ErrorKind::BadData, format!("the groups: {why}"))
        .help("try again, and report it if it stays so")
}
