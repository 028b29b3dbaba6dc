//! One sync, validated: every field has its final meaning and its default.

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde::Serialize;

use super::{filter::Filter, mapping::Mapping, pattern::Pattern, schedule::Schedule};
use crate::{
    model::list::{GroupKind, ListRef, Sides},
    plan::limits::Limits,
};

/// A whole definition file, validated.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Definition {
    /// The connections by name.
    pub connections: BTreeMap<String, Connection>,
    /// The syncs in the order of the file; ids are unique.
    pub syncs: Vec<Sync>,
}

impl Definition {
    /// The sync of that id; the sync too that routes people to the list of `sync/list`.
    pub fn named(&self, wanted: &str) -> Vec<&Sync> {
        let is_it = |sync: &&Sync| {
            let list = wanted.strip_prefix(sync.id.as_str());
            let routes = sync.mapping.route.is_some();
            list.is_some_and(|list| list.is_empty() || routes && list.starts_with('/'))
        };
        self.syncs.iter().filter(is_it).collect()
    }
}

/// One outside system, as the file describes it.
#[derive(Debug, Clone, PartialEq)]
pub struct Connection {
    /// Its name, used by syncs.
    pub name: String,
    /// Which kind of system it is (`entra-id`, `csv`).
    pub kind: String,
    /// Its settings without `type`, already checked against what the kind declares.
    pub settings: serde_json::Value,
}

/// One sync.
#[derive(Debug, Clone, PartialEq)]
pub struct Sync {
    /// Its id, unique in the file: lower-case letters, digits, `-` and `_`.
    pub id: String,
    /// Where a one-way sync reads.
    pub source: Endpoint,
    /// Where a one-way sync writes.
    pub target: Endpoint,
    /// Which sides are written.
    pub direction: Direction,
    /// Whether a one-way sync also removes.
    pub mode: Mode,
    /// What the first run, without a baseline, may do.
    pub first_run: FirstRun,
    /// When it runs by itself.
    pub schedule: Schedule,
    /// Which members of each side this sync is about; judged over that side's own attributes.
    pub filters: Sides<Filter>,
    /// Which attribute of the source goes to which field of the target.
    pub mapping: Mapping,
    /// How members are recognised, strongest key first; the pairs stored by the last run always come before these.
    pub matching: Vec<MatchKey>,
    /// How much may change without a person's approval.
    pub limits: Limits,
    /// Members that are never removed, on either side.
    pub protected: Vec<Pattern>,
    /// Members this sync does not see, on either side.
    pub exclude: Vec<Pattern>,
    /// Whom a run may remove.
    pub removes: Removes,
    /// What somebody's opt-out on the platform of one list does to their place on the other.
    pub opt_outs: OptOuts,
    /// What unresolved members do to removals.
    pub unresolved: Unresolved,
    /// What happens to external addresses without a directory object.
    pub guests: Guests,
}

/// One side of a sync.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Endpoint {
    /// The connection's name.
    pub connection: String,
    /// The lists, by name or id; empty means the connection as a whole (the whole directory).
    pub lists: Vec<String>,
    /// Lists whose members are left out.
    pub exclude_lists: Vec<String>,
    /// What members of nested groups are.
    pub nested: Nested,
    /// How the list is created when it is not there; `None` makes an absent list an error.
    #[serde(skip)]
    pub create: Option<GroupKind>,
    /// Until when an empty answer, or a much smaller one than before, is meant and not a failed read.
    #[serde(skip)]
    pub empty_until: Option<Timestamp>,
    /// Only who reports to this person, directly or through others, and that person; for a connection as a whole.
    pub under: Option<String>,
    /// What belongs to a connection as a whole beside its people.
    pub include: Vec<Included>,
}

/// What may belong to a connection as a whole beside its people.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub enum Included {
    /// Organisational contacts.
    Contacts,
    /// Groups that have an address, as one member each.
    MailGroups,
}

/// Which sides are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub enum Direction {
    /// The target becomes what the source is.
    OneWay,
    /// Both sides become one.
    TwoWay,
}

/// Whether a one-way sync also removes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub enum Mode {
    /// The target becomes the source.
    Mirror,
    /// The target only gains.
    AddOnly,
}

/// What the first run may do, when there is no baseline yet.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub enum FirstRun {
    /// Bring both together and remove nobody. The only choice for a two-way sync.
    Union,
    /// Do what every other run does. The default of a one-way sync.
    Mirror,
}

/// A key by which members are recognised across the two sides.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "camelCase")]
pub enum MatchKey {
    /// The Entra object id.
    ObjectId,
    /// Any e-mail address the person has.
    Address,
    /// A phone number in E.164.
    Phone,
    /// The employee id.
    EmployeeId,
}

/// What counts as a member of a group that holds groups.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub enum Nested {
    /// Direct members only.
    Direct,
    /// Members of nested groups too (read only: a nested membership cannot be removed).
    Flatten,
}

/// Whom a run may remove.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub enum Removes {
    /// Whoever is not wanted, whoever put them there.
    Anybody,
    /// Only whom a run of this sync put on the list.
    OnlyAdded,
}

/// What somebody's opt-out on the platform of one list does to their place on the other list.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub enum OptOuts {
    /// They stay on it.
    Stay,
    /// They leave it (two-way only: the other list has to be writable).
    Leave,
}

/// What unresolved members do to removals.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub enum Unresolved {
    /// They are reported; the rest goes on.
    Report,
    /// They are reported, and removals wait until nobody is unresolved.
    RemovalsWait,
}

/// What happens to external addresses without a directory object.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Guests {
    /// Whether they are invited. Otherwise they are reported.
    pub invite: bool,
    /// The domains that may be invited (punycode); empty means any.
    pub domains: Vec<String>,
    /// Where an invited person lands after accepting.
    pub redirect_url: String,
    /// Whether Microsoft sends its invitation mail.
    pub send_message: bool,
}

impl Endpoint {
    /// Everything that is read of it as one list, by all the names.
    pub fn as_one_list(&self) -> ListRef {
        let mut names = self.lists.join(", ");
        if !self.exclude_lists.is_empty() {
            names = format!("{names} without {}", self.exclude_lists.join(", "));
        }
        ListRef {
            connection: self.connection.clone(),
            list: names.trim().to_owned(),
        }
    }
}

impl Sync {
    /// Both lists by name, as runs keep what they know of them.
    pub fn lists(&self) -> Sides<ListRef> {
        Sides {
            source: self.source.as_one_list(),
            target: self.target.as_one_list(),
        }
    }

    /// The sync of one of the lists that people are routed to: who has this value, and nobody else. Its id is the
    /// sync's and the list's, so that every list has a history and a baseline of its own.
    ///
    /// A sync that routes nobody is given back as it is.
    #[must_use]
    pub fn for_list(&self, list: &str) -> Self {
        let Some(rule) = &self.mapping.route else {
            return self.clone();
        };
        let is_routed_here = Filter::RoutedTo {
            rule: Box::new(rule.clone()),
            list: list.to_owned(),
        };
        let mut one = self.clone();
        one.id = format!("{}/{list}", self.id);
        one.filters.source = Filter::All(vec![self.filters.source.clone(), is_routed_here]);
        one.target.lists = vec![list.to_owned()];
        one.mapping.route = None;
        one
    }

    /// A one-way mirror of everything between two connections, with every default.
    pub fn between(id: &str, source: &str, target: &str) -> Self {
        let endpoint = |connection: &str| Endpoint {
            connection: connection.to_owned(),
            lists: Vec::new(),
            exclude_lists: Vec::new(),
            nested: Nested::Direct,
            create: None,
            empty_until: None,
            under: None,
            include: Vec::new(),
        };
        Self {
            id: id.to_owned(),
            source: endpoint(source),
            target: endpoint(target),
            direction: Direction::OneWay,
            mode: Mode::Mirror,
            first_run: FirstRun::Mirror,
            schedule: Schedule {
                automatic: false,
                when: None,
                zone: "UTC".to_owned(),
            },
            filters: Sides::default(),
            mapping: Mapping::default(),
            matching: vec![
                MatchKey::ObjectId,
                MatchKey::Address,
                MatchKey::Phone,
                MatchKey::EmployeeId,
            ],
            limits: Limits::default(),
            protected: Vec::new(),
            exclude: Vec::new(),
            removes: Removes::Anybody,
            opt_outs: OptOuts::Stay,
            unresolved: Unresolved::Report,
            guests: Guests {
                invite: false,
                domains: Vec::new(),
                redirect_url: "https://myapps.microsoft.com".to_owned(),
                send_message: false,
            },
        }
    }
}
