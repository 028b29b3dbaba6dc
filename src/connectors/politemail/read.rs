//! Reads one list, to its last page.

use std::{collections::HashMap, sync::Arc};

use async_trait::async_trait;
use serde_json::Value;

use super::{
    api::{Api, PLATFORM},
    contacts,
    lists::{self, List},
    pages,
};
use crate::{
    connectors::{
        http::Waits,
        ports::{ConnectorError, ErrorKind, ListReader, WantedList, Watch},
        web::SETTLES_IN,
    },
    model::{
        address::Address,
        capabilities::{AddsBy, Capabilities},
        member::{Kind, Member},
        reading::{Directory, Reading},
    },
};

/// Reads one list.
pub(super) struct Reader {
    pub(super) api: Api,
    pub(super) wanted: WantedList,
}

/// Who is on a list.
pub(super) struct OnList {
    /// Everybody, in the order in which they came.
    pub(super) members: Vec<Member>,
    /// Why this may not be all.
    pub(super) doubt: Option<String>,
    by_address: HashMap<Arc<str>, usize>,
}

#[async_trait]
impl ListReader for Reader {
    async fn read(&self, watch: &dyn Watch) -> Result<Reading, ConnectorError> {
        let mut waits = self.api.start();
        let name = self.wanted.list.clone();
        let all = lists::all(&self.api, &mut waits, watch).await?;
        let Some(list) = all.find(&name.list)? else {
            return if self.wanted.create.is_some() && !is_id(&name.list) {
                Ok(Reading::absent(name, self.capabilities(None)))
            } else {
                Err(not_there(&name.list))
            };
        };
        let found = contacts_of(&self.api, list.id, &name.list, &mut waits, watch).await?;
        let mut reading = Reading::whole(name, found.members, self.capabilities(Some(list)));
        reading.list_id = Some(list.id.to_string());
        reading.doubts.extend(found.doubt);
        Ok(reading)
    }

    /// Contacts are listed list by list: nobody beyond this list is known.
    async fn directory(&self, _watch: &dyn Watch) -> Result<Directory, ConnectorError> {
        Ok(Directory::default())
    }
}

impl Reader {
    fn capabilities(&self, list: Option<&List>) -> Capabilities {
        let subscription = list.filter(|list| list.is_subscription);
        Capabilities {
            read_only: subscription.map(|list| lists::read_only(&list.name)),
            settles_in: SETTLES_IN,
            ..Capabilities::new(AddsBy::Address, self.api.settings.chunk.into())
        }
    }
}

/// Reads the contacts on the list with this id; `called` is for messages.
pub(super) async fn contacts_of(
    api: &Api,
    list: i32,
    called: &str,
    waits: &mut Waits,
    watch: &dyn Watch,
) -> Result<OnList, ConnectorError> {
    let wanted = pages::Wanted {
        path: &path(list, "Contacts"),
        select: None,
        doing: &format!("reading list `{called}`"),
        counted: "members read",
    };
    let first = api.ask(&wanted.first(), waits).await?;
    let listing = pages::read(api, &wanted, first, waits, watch).await?;
    let members = listing.objects.iter().map(|object| match object {
        Value::Object(contact) => Ok(contacts::member(contact)),
        _ => {
            let message = format!(
                "{}: {PLATFORM} sent something that is no contact",
                wanted.doing
            );
            Err(ConnectorError::new(ErrorKind::BadData, message))
        }
    });
    let members = members.collect::<Result<Vec<_>, _>>()?;
    let doubt = listing.doubt.or_else(|| not_shown(&members));
    Ok(OnList::new(members, doubt))
}

/// Why nothing follows from who is missing, where contacts came with nothing but an id.
fn not_shown(members: &[Member]) -> Option<String> {
    let hidden = members.iter();
    let hidden = hidden.filter(|member| member.kind == Kind::Unreadable);
    let hidden = hidden.count();
    let all = members.len();
    (hidden > 0)
        .then(|| format!("{PLATFORM} showed {hidden} of {all} contacts without their addresses"))
}

/// Where something of a list is.
pub(super) fn path(list: i32, what: &str) -> String {
    format!("Lists({list})/{what}")
}

/// Whether a list is named by a number: such a name is never given to a new list, for it may be a mistyped id.
pub(super) fn is_id(called: &str) -> bool {
    let called = called.trim();
    !called.is_empty() && called.bytes().all(|byte| byte.is_ascii_digit())
}

pub(super) fn not_there(called: &str) -> ConnectorError {
    let message = if is_id(called) {
        format!("there is no list with the id `{called}`")
    } else {
        format!("there is no list named `{called}`, and the sync may not create it")
    };
    ConnectorError::new(ErrorKind::NotFound, message)
        .help("`rollcall lists` shows which ones there are")
}

impl OnList {
    /// Nobody.
    pub(super) fn nobody() -> Self {
        Self::new(Vec::new(), None)
    }

    fn new(members: Vec<Member>, doubt: Option<String>) -> Self {
        let mut by_address = HashMap::new();
        for (place, member) in members.iter().enumerate() {
            for address in &member.addresses {
                by_address.entry(address.as_str().into()).or_insert(place);
            }
        }
        Self {
            members,
            doubt,
            by_address,
        }
    }

    /// The member with this address.
    pub(super) fn with(&self, address: &Address) -> Option<&Member> {
        let place = self.by_address.get(address.as_str())?;
        self.members.get(*place)
    }
}
