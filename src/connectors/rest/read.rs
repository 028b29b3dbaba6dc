//! Reads a list to its last page, with what is known of its completeness.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::{Arc, Mutex, PoisonError},
};

use async_trait::async_trait;
use serde_json::Value;

use super::{
    RestConnection,
    api::Api,
    list::{self, Found},
    member, pages,
    settings::Key,
    template::Filling,
};
use crate::{
    connectors::{
        http::Waits,
        ports::{ConnectorError, ErrorKind, ListReader, WantedList, Watch},
        web::SETTLES_IN,
    },
    model::{
        capabilities::{AddsBy, Capabilities, Updatable},
        member::{ExternalId, Member},
        reading::{Directory, Reading},
    },
};

/// How many changes are handed over at a time where each is a request of its own.
const AT_A_TIME: usize = 50;

/// The ids that are not written in lower letters alone, by list: a member's own id is compared without case, and a path
/// needs it as the platform spells it.
#[derive(Clone, Default)]
pub(super) struct Spellings(Arc<Mutex<BTreeMap<String, BTreeMap<ExternalId, String>>>>);

/// Reads one list.
pub(super) struct Reader {
    pub(super) connection: RestConnection,
    pub(super) wanted: WantedList,
}

/// The members of a list, and the reasons to doubt that they are all.
pub(super) struct Members {
    pub(super) members: Vec<Member>,
    pub(super) doubts: Vec<String>,
}

#[async_trait]
impl ListReader for Reader {
    async fn read(&self, watch: &dyn Watch) -> Result<Reading, ConnectorError> {
        let api = &*self.connection.api;
        let mut waits = api.start();
        let capabilities = capabilities(api);
        let name = &self.wanted.list.list;
        let Some(found) = list::named(api, name, &mut waits, watch).await? else {
            if self.wanted.create.is_none() {
                return Err(list::not_there(name));
            }
            if api.described.create.is_none() || capabilities.read_only.is_some() {
                return Err(list::not_there(name).help(
                    "make it on the platform: this connection's settings have no `create` that may be used",
                ));
            }
            return Ok(Reading::absent(self.wanted.list.clone(), capabilities));
        };
        let read = members(&self.connection, &found, &mut waits, watch).await?;
        let mut reading = Reading::whole(self.wanted.list.clone(), read.members, capabilities);
        reading.list_id = Some(found.id);
        reading.doubts = read.doubts;
        Ok(reading)
    }

    /// A list that is described in JSON knows nobody but its members.
    async fn directory(&self, _watch: &dyn Watch) -> Result<Directory, ConnectorError> {
        Ok(Directory::default())
    }
}

/// Reads the members of a list, all of them or none.
pub(super) async fn members(
    connection: &RestConnection,
    list: &Found,
    waits: &mut Waits,
    watch: &dyn Watch,
) -> Result<Members, ConnectorError> {
    let api = &*connection.api;
    let filling = Filling {
        list: &list.id,
        name: &list.name,
        ..Filling::default()
    };
    let (listing, total) = (&api.described.members, api.described.total.as_ref());
    let watch = (watch, "members read");
    let listed = pages::all(api, listing, &filling, total, usize::MAX, waits, watch).await;
    let listed = listed.map_err(|error| match error.kind {
        // The address of the list itself: without `lists` it is the only way to find out.
        ErrorKind::NotFound => ConnectorError::new(
            ErrorKind::NotFound,
            format!(
                "the members of list `{}` are not there: {}",
                list.id, error.message
            ),
        )
        .help("check the list's id, `url` and `members.path`"),
        _ => error,
    })?;
    let (items, repeated) = once_each(api, listed.items);
    let mut doubts = Vec::new();
    if let Some(total) = listed.total
        && u64::try_from(items.len()).is_ok_and(|count| count != total)
    {
        doubts.push(format!(
            "the API says {total} members and listed {}",
            items.len()
        ));
    }
    if listed.total.is_none() && listed.has_total {
        let doubt =
            "the API does not say how many members there are where the settings say it does";
        doubts.push(doubt.to_owned());
    }
    if repeated > 0 && listed.counted {
        doubts.push(format!(
            "{repeated} members came twice: the list changed while its pages were counted"
        ));
    }
    Ok(Members {
        members: connection.spellings.told_apart(api, &list.id, &items),
        doubts,
    })
}

/// Leaves out what came before under the same id, and says how many those were.
fn once_each(api: &Api, items: Vec<Value>) -> (Vec<Value>, usize) {
    let all = items.len();
    let mut seen = BTreeSet::new();
    let is_new = |item: &Value| match member::id(item, &api.described.member) {
        Some(id) => seen.insert(id),
        None => true,
    };
    let items: Vec<Value> = items.into_iter().filter(is_new).collect();
    let repeated = all - items.len();
    (items, repeated)
}

impl Spellings {
    /// The items as members; keeps how their ids are spelled. Ids that differ in case alone name nobody.
    fn told_apart(&self, api: &Api, list: &str, items: &[Value]) -> Vec<Member> {
        let paths = &api.described.member;
        let mut spellings: BTreeMap<ExternalId, String> = BTreeMap::new();
        let mut same = BTreeSet::new();
        for id in items.iter().filter_map(|item| member::id(item, paths)) {
            let key = ExternalId::from(id.as_str());
            if spellings.insert(key.clone(), id).is_some() {
                same.insert(key);
            }
        }
        let members = items.iter().map(|item| {
            let mut member = member::member(item, paths);
            if member.id.as_ref().is_some_and(|id| same.contains(id)) {
                member.id = None;
                let note = "another member's id differs in case alone".to_owned();
                member.note = Some(
                    member
                        .note
                        .map_or(note.clone(), |own| format!("{own}; {note}")),
                );
            }
            member
        });
        let members = members.collect();
        spellings.retain(|key, id| key.as_str() != id && !same.contains(key));
        self.lists().insert(list.to_owned(), spellings);
        members
    }

    /// Whether the ids of a list are known.
    pub(super) fn knows(&self, list: &str) -> bool {
        self.lists().contains_key(list)
    }

    /// An id as the platform spells it.
    pub(super) fn of(&self, list: &str, id: &ExternalId) -> String {
        let lists = self.lists();
        let spelled = lists.get(list).and_then(|spellings| spellings.get(id));
        spelled.cloned().unwrap_or_else(|| id.as_str().to_owned())
    }

    fn lists(&self) -> std::sync::MutexGuard<'_, BTreeMap<String, BTreeMap<ExternalId, String>>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// What the settings say can be done. What they do not say cannot, and the reason says which key is missing.
pub(super) fn capabilities(api: &Api) -> Capabilities {
    let described = &api.described;
    let calls = [&described.add, &described.remove, &described.update];
    let largest = calls.into_iter().flatten().map(|call| call.chunk).max();
    let adds_by = match described.adds_by {
        Key::Address => AddsBy::Address,
        Key::Phone => AddsBy::Phone,
    };
    let mut capabilities = Capabilities::new(adds_by, largest.unwrap_or(1).max(AT_A_TIME));
    capabilities.key_field.clone_from(&described.key_field);
    capabilities.settles_in = SETTLES_IN;
    if described.read_only {
        capabilities.read_only = Some(
            "the connection is set to `readOnly`; take that out to let it be written".to_owned(),
        );
    } else if described.add.is_none() {
        capabilities.read_only = Some(
            "the connection's settings do not say how members are added; write `add`".to_owned(),
        );
    }
    if described.remove.is_none() {
        capabilities.keeps = Some(
            "the connection's settings do not say how members are removed; write `remove`"
                .to_owned(),
        );
    }
    if let Some(update) = &described.update {
        capabilities.updatable = Updatable::Fields(update.fields());
    }
    capabilities
}
