//! How a list stands, as people are shown it: the agenda's entry, held against the definition and the time.
//!
//! Reads; changes nothing. It must not know HTTP.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;
use serde::Serialize;
use utoipa::ToSchema;

use crate::{
    agenda::{self, Entry, LastRun, ListKey, Paused, State},
    catalog::{self, Item, Shelf},
    definition::sync::Sync,
    service::Service,
    store::ports::StoreError,
};

/// How a list stands.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(super) struct Standing {
    /// The sync.
    pub(super) id: String,
    /// The list, for one of the lists that a sync routes people to.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) list: Option<String>,
    /// How it stands.
    pub(super) state: State,
    /// Since when.
    #[schema(value_type = String, format = DateTime)]
    pub(super) since: Timestamp,
    /// Why it does not run by itself, where it does not.
    pub(super) paused: Option<Paused>,
    /// Its last run.
    pub(super) last_run: Option<LastRun>,
    /// How many runs in a row failed.
    pub(super) failures: u32,
    /// When it runs by itself next; `null` when it does not.
    #[schema(value_type = Option<String>, format = DateTime)]
    pub(super) next_due: Option<Timestamp>,
    /// Whether the definition can be run. It may have been valid when it was put there, for an older version.
    pub(super) valid: bool,
}

/// Everything in the catalog, and how it stands.
pub(super) struct Overview {
    connections: Vec<Item>,
    syncs: BTreeMap<String, Item>,
    entries: BTreeMap<ListKey, Entry>,
    /// Those whose entry cannot be read: nothing is said about them.
    broken: BTreeSet<ListKey>,
    /// How many entries cannot be read.
    pub(super) unreadable: usize,
}

/// Loads the catalog and the whole agenda.
pub(super) async fn overview(service: &Service) -> Result<Overview, StoreError> {
    let mut overview = catalog_alone(service).await?;
    for entry in agenda::all(&service.stores).await? {
        match entry {
            Ok((entry, _)) => {
                overview.entries.insert(entry.key.clone(), entry);
            }
            Err(_) => overview.unreadable += 1,
        }
    }
    if overview.unreadable > 0 {
        // Which ones? They must not pass for lists that never ran.
        let (ids, count): (Vec<String>, usize) = (
            overview.ids().map(str::to_owned).collect(),
            overview.unreadable,
        );
        for id in ids {
            overview.load(service, &whole(&id)).await?;
        }
        overview.unreadable = count;
    }
    Ok(overview)
}

/// Loads the catalog; entries are added one by one.
pub(super) async fn catalog_alone(service: &Service) -> Result<Overview, StoreError> {
    let connections = catalog::list(&service.stores, Shelf::Connections).await?;
    let syncs = catalog::list(&service.stores, Shelf::Syncs).await?;
    Ok(Overview {
        connections,
        syncs: syncs
            .into_iter()
            .map(|item| (item.name.clone(), item))
            .collect(),
        entries: BTreeMap::new(),
        broken: BTreeSet::new(),
        unreadable: 0,
    })
}

impl Overview {
    /// The ids of all syncs, sorted.
    pub(super) fn ids(&self) -> impl Iterator<Item = &str> {
        self.syncs.keys().map(String::as_str)
    }

    /// Whether there is such a sync.
    pub(super) fn has(&self, sync: &str) -> bool {
        self.syncs.contains_key(sync)
    }

    /// Loads the entry of one list, and that of its sync. Says whether the list has one.
    pub(super) async fn load(
        &mut self,
        service: &Service,
        key: &ListKey,
    ) -> Result<bool, StoreError> {
        let whole = whole(&key.sync);
        for key in [&whole, key] {
            if self.entries.contains_key(key) || self.broken.contains(key) {
                continue;
            }
            match agenda::get(&service.stores, key).await {
                Ok(None) => {}
                Ok(Some((entry, _))) => {
                    self.entries.insert(key.clone(), entry);
                }
                Err(error @ StoreError::Corrupt { .. }) => {
                    tracing::warn!("an entry of the agenda is left out: {error}");
                    self.broken.insert(key.clone());
                    self.unreadable += 1;
                }
                Err(error) => return Err(error),
            }
        }
        Ok(self.entries.contains_key(key))
    }

    /// Each sync and each list that a sync routes people to, in the order of their keys.
    pub(super) fn keys(&self) -> Vec<ListKey> {
        let mut keys: Vec<ListKey> = self.syncs.keys().map(|id| whole(id)).collect();
        let lists = self.entries.keys();
        keys.extend(
            lists
                .filter(|key| key.list.is_some() && self.syncs.contains_key(&key.sync))
                .cloned(),
        );
        keys.sort();
        keys
    }

    /// How a list stands at `now`; `None` when there is no such sync, or its entry cannot be read.
    pub(super) fn standing(
        &self,
        service: &Service,
        key: &ListKey,
        now: Timestamp,
    ) -> Option<Standing> {
        let item = self
            .syncs
            .get(&key.sync)
            .filter(|_| !self.broken.contains(key))?;
        let sync = catalog::alone(&service.kinds, &self.connections, item.clone());
        let sync = sync.ok().map(|(_, sync)| sync);
        // Before its first tick a list has no entry, and nothing to tell but since when it is there.
        let entry = match self.entries.get(key) {
            Some(entry) => entry.clone(),
            None => Entry::new(key.clone(), item.changed),
        };
        let whole = self.entries.get(&whole(&key.sync));
        let next_due = sync
            .as_ref()
            .and_then(|sync| next_due(&entry, whole, sync, now));
        let state = entry.judged(now);
        let since = match &entry.paused {
            // Nobody has written down yet that the pause is over.
            Some(Paused {
                until: Some(until), ..
            }) if state != entry.state => *until,
            _ => entry.since,
        };
        Some(Standing {
            id: entry.key.sync.clone(),
            list: entry.key.list.clone(),
            state,
            since,
            paused: entry.paused.clone().filter(|_| entry.is_paused(now)),
            last_run: entry.last.clone(),
            failures: entry.failures,
            next_due,
            valid: sync.is_some(),
        })
    }
}

/// The key of a sync as a whole.
pub(super) fn whole(sync: &str) -> ListKey {
    ListKey {
        sync: sync.to_owned(),
        list: None,
    }
}

/// A list runs when its sync does; whoever is paused longer decides.
fn next_due(
    entry: &Entry,
    whole: Option<&Entry>,
    sync: &Sync,
    now: Timestamp,
) -> Option<Timestamp> {
    let own = entry.next_due(&sync.schedule, now)?;
    match whole.filter(|whole| whole.key != entry.key) {
        None => Some(own),
        Some(whole) => Some(own.max(whole.next_due(&sync.schedule, now)?)),
    }
}
