//! Reads one group, or the whole directory.
//!
//! It must not write, and it must not guess: what may be incomplete becomes a doubt, what failed becomes an error.

use std::collections::BTreeMap;

use async_trait::async_trait;
use serde_json::Value;

use super::{
    answer::Answer,
    call::Call,
    graph::Graph,
    group::{self, Group, NO_WRITE_PERMISSION},
    others,
    pages::Listing,
    people,
    proof::{counted, doubts, missing_people, refuse_names_only},
    properties::Properties,
    reporting::{MANAGER, MANAGER_ID},
    settings::is_object_id,
    urls,
};
use crate::{
    connectors::{
        http::Waits,
        ports::{ConnectorError, ErrorKind, ListReader, WantedList, Watch},
    },
    model::{
        attributes::Attributes,
        capabilities::Capabilities,
        member::{ExternalId, Member},
        reading::{Directory, Reading},
    },
};

/// The permission that reading groups needs.
pub(super) const READ_GROUPS: &str = "GroupMember.Read.All";

/// The permission that reading people needs: with less, Graph leaves out everything but the id, and says 200.
pub(super) const READ_PEOPLE: &str = "User.Read.All";

/// Reads one list.
pub struct EntraReader {
    pub(super) graph: Graph,
    pub(super) wanted: WantedList,
    /// What is asked for of people.
    pub(super) properties: Properties,
}

/// A group that was found, with what came along on the first round trip.
struct Found {
    group: Group,
    count: Option<usize>,
    first: Answer,
}

impl EntraReader {
    /// A reader of this list. Says which attribute cannot be read or written.
    pub(super) fn new(graph: Graph, wanted: WantedList) -> Result<Self, ConnectorError> {
        let everyone = &wanted.everyone;
        if everyone.under.is_some() && (everyone.contacts || everyone.mail_groups) {
            return Err(ConnectorError::new(
                ErrorKind::Settings,
                "contacts and groups report to nobody, so that they do not go with everyone under a person",
            )
            .help("read them in a sync of their own"));
        }
        if !wanted.list.list.is_empty() && (everyone.under.is_some() || everyone.mail_groups) {
            return Err(ConnectorError::new(
                ErrorKind::Settings,
                "who reports to a person, and groups as members, are read of the whole directory and not of a group",
            )
            .help("read everyone, or leave them out"));
        }
        Ok(Self {
            properties: Properties::of(&wanted)?,
            graph,
            wanted,
        })
    }

    async fn read_group(&self, watch: &dyn Watch) -> Result<Reading, ConnectorError> {
        let mut waits = self.graph.patience.start();
        let found = if is_object_id(&self.wanted.list.list) {
            Some(self.open_by_id(&self.wanted.list.list, &mut waits).await?)
        } else {
            self.open_by_name(&mut waits).await?
        };
        let invites = self.wanted.invitation.is_some();
        let contacts = self.wanted.everyone.contacts;
        let Some(Found {
            group,
            count,
            first,
        }) = found
        else {
            if !self.graph.may_write {
                return Err(cannot_create(&self.wanted.list.list));
            }
            let capabilities = group::capabilities(None, invites, &self.wanted.given);
            return Ok(Reading::absent(self.wanted.list.clone(), capabilities));
        };
        let path = |page_size| self.members_path(&group.id, page_size);
        let listing = Listing {
            what: format!("the members of group `{}`", group.id),
            progress: "members read",
            grant: READ_GROUPS,
            entry: if contacts {
                others::member_or_contact
            } else {
                people::member
            },
            properties: Some(&self.properties),
            first: &path,
            total: count,
        };
        let mut members = listing
            .walk(&self.graph, Some(first), &mut waits, watch)
            .await?;
        refuse_names_only(&members)?;
        let untold = if self.properties.manager {
            self.tell_managers(&mut members, &mut waits, watch).await?
        } else {
            0
        };
        let grant = if contacts {
            "`User.Read.All` and `OrgContact.Read.All`"
        } else {
            "`User.Read.All`"
        };
        let mut doubts = doubts("the group", count, &members, grant);
        if group.hides_members() && members.is_empty() {
            doubts.push(
                "the group hides its members, and none were shown; grant the application `Member.Read.Hidden`"
                    .to_owned(),
            );
        }
        if untold > 0 {
            doubts.push(format!(
                "{untold} of {} members were not shown when everybody's manager was read",
                members.len()
            ));
        }
        let obstacle = group.obstacle(self.graph.may_write);
        let capabilities = Capabilities {
            package: self.graph.package,
            ..group::capabilities(obstacle, invites, &self.wanted.given)
        };
        Ok(Reading {
            list_id: Some(group.id),
            doubts,
            ..Reading::whole(self.wanted.list.clone(), members, capabilities)
        })
    }

    fn members_path(&self, group: &str, page_size: u16) -> String {
        urls::members(group, self.wanted.flatten, page_size, &self.properties).unwrap_or_default()
    }

    /// The group, the number of its members and their first page, in one round trip.
    async fn open_by_id(&self, id: &str, waits: &mut Waits) -> Result<Found, ConnectorError> {
        let mut answers = self
            .graph
            .read_batch(
                &[
                    Call::get(urls::group(id).unwrap_or_default()),
                    count_call(id, self.wanted.flatten),
                    Call::get(self.members_path(id, self.graph.page_size)),
                ],
                waits,
            )
            .await?
            .into_iter();
        let (Some(group), Some(count), Some(first)) =
            (answers.next(), answers.next(), answers.next())
        else {
            return Err(unreadable_answer("the group"));
        };
        if group.status == 404 && !group.code().is_empty() {
            return Err(ConnectorError::new(
                ErrorKind::NotFound,
                format!("there is no group with the id `{id}`"),
            )
            .help("check the id; a deleted group can be restored for 30 days"));
        }
        let group = group.into_body(&format!("group `{id}`"), READ_GROUPS)?;
        Ok(Found {
            group: parse_group(group)?,
            count: counted(count),
            first,
        })
    }

    /// Display names are not unique: two groups of one name must be told apart by a person.
    async fn open_by_name(&self, waits: &mut Waits) -> Result<Option<Found>, ConnectorError> {
        let name = &self.wanted.list.list;
        let what = format!("groups named `{name}`");
        let call = Call::get(urls::groups_named(name));
        let body = self
            .graph
            .patiently(&call, waits)
            .await?
            .into_body(&what, READ_GROUPS)?;
        let Some(Value::Array(groups)) = body.get("value") else {
            return Err(unreadable_answer(&what));
        };
        let mut groups: Vec<Group> = groups
            .iter()
            .map(|group| parse_group(group.clone()))
            .collect::<Result<_, _>>()?;
        let more = body
            .get("@odata.nextLink")
            .is_some_and(|next| !next.is_null());
        if groups.len() > 1 || more {
            let ids: Vec<String> = groups
                .iter()
                .take(5)
                .map(|group| format!("`{}`", group.id))
                .collect();
            return Err(ConnectorError::new(
                ErrorKind::Ambiguous,
                format!("several groups are named `{name}`: {}", ids.join(", ")),
            )
            .help("name the group by its id"));
        }
        let Some(group) = groups.pop() else {
            return if self.wanted.create.is_some() {
                Ok(None)
            } else {
                Err(ConnectorError::new(
                    ErrorKind::NotFound,
                    format!("there is no group named `{name}`"),
                )
                .help("check the display name, or let the sync create the group"))
            };
        };
        let calls = [
            count_call(&group.id, self.wanted.flatten),
            Call::get(self.members_path(&group.id, self.graph.page_size)),
        ];
        let mut answers = self.graph.read_batch(&calls, waits).await?.into_iter();
        let (Some(count), Some(first)) = (answers.next(), answers.next()) else {
            return Err(unreadable_answer("the group"));
        };
        Ok(Some(Found {
            group,
            count: counted(count),
            first,
        }))
    }

    /// Tells the members of a group their managers: members of several types come without, so that everybody's manager
    /// is read. Gives the number of those who were not shown there: they may have one.
    async fn tell_managers(
        &self,
        members: &mut [Member],
        waits: &mut Waits,
        watch: &dyn Watch,
    ) -> Result<usize, ConnectorError> {
        let listing = Listing {
            what: "the managers".to_owned(),
            progress: "managers read",
            grant: READ_PEOPLE,
            entry: people::member,
            properties: None,
            first: &urls::managers,
            total: None,
        };
        let people = listing.walk(&self.graph, None, waits, watch).await?;
        let mut told: BTreeMap<ExternalId, Attributes> = people
            .into_iter()
            .filter_map(|person| Some((person.id?, person.attributes)))
            .collect();
        let mut untold = 0;
        for member in members.iter_mut().filter(|member| people::is_user(member)) {
            let Some(mut attributes) = member.id.as_ref().and_then(|id| told.remove(id)) else {
                untold += 1;
                continue;
            };
            attributes.retain(|name, _| [MANAGER, MANAGER_ID].contains(&name.as_str()));
            member.attributes.append(&mut attributes);
        }
        Ok(untold)
    }
}

#[async_trait]
impl ListReader for EntraReader {
    async fn read(&self, watch: &dyn Watch) -> Result<Reading, ConnectorError> {
        if self.wanted.list.list.is_empty() {
            self.read_everyone(watch).await
        } else {
            self.read_group(watch).await
        }
    }

    async fn directory(&self, watch: &dyn Watch) -> Result<Directory, ConnectorError> {
        let mut waits = self.graph.patience.start();
        // The number and the first page come in one round trip.
        let calls = [
            Call::count(urls::USER_COUNT),
            Call::get(urls::users(self.graph.page_size, &self.properties)),
        ];
        let mut answers = self.graph.read_batch(&calls, &mut waits).await?.into_iter();
        let (Some(count), first) = (answers.next().map(counted), answers.next()) else {
            return Err(unreadable_answer("the users"));
        };
        let mut people = self.people(first, count, &mut waits, watch).await?;
        people.sort_by(|left, right| {
            left.label()
                .cmp(right.label())
                .then_with(|| left.id.cmp(&right.id))
        });
        let own_domains = people::own_domains(&people);
        Ok(Directory {
            doubts: missing_people(count, people.len()),
            people,
            own_domains,
        })
    }
}

/// A group that is not there, where this connection may not make one.
pub(super) fn cannot_create(name: &str) -> ConnectorError {
    ConnectorError::new(
        ErrorKind::NotFound,
        format!("there is no group named `{name}`, and {NO_WRITE_PERMISSION}"),
    )
    .help("create the group in the Entra admin centre, and run again")
}

fn count_call(group: &str, flatten: bool) -> Call {
    Call::count(urls::member_count(group, flatten).unwrap_or_default())
}

pub(super) fn parse_group(body: Value) -> Result<Group, ConnectorError> {
    match serde_json::from_value::<Group>(body) {
        Ok(group) if is_object_id(&group.id) => Ok(group),
        _ => Err(unreadable_answer("a group")),
    }
}

pub(super) fn unreadable_answer(what: &str) -> ConnectorError {
    ConnectorError::new(
        ErrorKind::BadData,
        format!("{what}: the answer is not what Microsoft Graph sends"),
    )
}
