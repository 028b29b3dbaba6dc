//! Names the groups of a tenant.
//!
//! It must not read who is in them, nor know what is done with them.

use std::collections::BTreeMap;

use async_trait::async_trait;
use serde_json::Value;

use super::{
    EntraConnection, group::Group, pages::Listing, people::Object, read::READ_GROUPS,
    settings::is_object_id, urls,
};
use crate::connectors::ports::{ConnectorError, KnownList, Lists, Watch};

/// Groups by their ids: one that came twice is one group.
type Found = BTreeMap<String, Group>;

#[async_trait]
impl Lists for EntraConnection {
    async fn lists(&self, watch: &dyn Watch) -> Result<Vec<KnownList>, ConnectorError> {
        let listing = Listing {
            what: "the groups".to_owned(),
            progress: "groups read",
            grant: READ_GROUPS,
            entry: group,
            properties: None,
            first: &urls::groups,
            total: None,
        };
        let mut waits = self.graph.patience.start();
        let groups = listing.walk(&self.graph, None, &mut waits, watch).await?;
        let found = groups.into_iter().map(|group| (group.id.clone(), group));
        Ok(known(found.collect()))
    }
}

/// The group an object is; `None` when it is none.
fn group(object: &Object) -> Option<Group> {
    let group: Group = serde_json::from_value(Value::Object(object.clone())).ok()?;
    is_object_id(&group.id).then_some(group)
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
