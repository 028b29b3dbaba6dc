//! Who is meant: everything one person is known by in what is stored.
//!
//! The first address of an entry, an id and a directory object's id tell a person. An alias or a number may be shared:
//! it tells one only where nothing says that these are two people, and a number only who has no address.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use crate::model::{
    address::Address,
    baseline::{BaselineEntry, Identity, Tombstone},
    list::{ListRef, Side, Sides},
    member::{ExternalId, Member},
    phone::PhoneNumber,
};

/// What is told of one person in one place: an entry of a list, or several that are known to be one person's.
pub(super) type Told = Vec<Seen>;

/// One entry, as it was seen on a list.
#[derive(Debug, Clone, Default, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Seen {
    /// The list's name; ids mean nothing beyond it.
    list: String,
    connection: String,
    ids: Vec<ExternalId>,
    /// The first one is the primary one.
    addresses: Vec<Address>,
    phones: Vec<PhoneNumber>,
    employee_ids: Vec<String>,
}

/// Whom somebody asks for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Given {
    Address(Address),
    Phone(PhoneNumber),
}

/// Everything one person is known by.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Person {
    /// Addresses that came first somewhere.
    pub(super) first: BTreeSet<Address>,
    /// The other addresses.
    pub(super) others: BTreeSet<Address>,
    pub(super) phones: BTreeSet<PhoneNumber>,
    /// Numbers by which somebody else is known as well: they tell nobody.
    #[serde(default)]
    pub(super) shared_phones: BTreeSet<PhoneNumber>,
    pub(super) employee_ids: BTreeSet<String>,
    /// Ids as they were read, with where they mean something: on their list, or those that are unique everywhere (UUIDs)
    /// on their connection, and once more without a place.
    pub(super) ids: BTreeSet<(String, ExternalId)>,
}

impl Given {
    /// An address, or a number in E.164; `None` for everything else.
    pub(super) fn parse(text: &str) -> Option<Self> {
        let address = Address::parse(text).ok().map(Self::Address);
        address.or_else(|| PhoneNumber::parse(text, None).ok().map(Self::Phone))
    }

    /// Whether one of these entries has it.
    pub(super) fn is_among(&self, told: &[Seen]) -> bool {
        told.iter().any(|seen| self.is_of(seen))
    }

    fn is_of(&self, seen: &Seen) -> bool {
        match self {
            Self::Address(address) => seen.addresses.contains(address),
            Self::Phone(phone) => seen.phones.contains(phone),
        }
    }

    /// Whether an entry is told by it and by nothing stronger.
    fn tells(&self, seen: &Seen) -> bool {
        match self {
            Self::Address(address) => seen.addresses.first() == Some(address),
            Self::Phone(phone) => seen.addresses.is_empty() && seen.phones.contains(phone),
        }
    }
}

impl Seen {
    fn on(list: &ListRef) -> Self {
        Self {
            list: list.to_string().to_lowercase(),
            connection: list.connection.clone(),
            ..Self::default()
        }
    }

    pub(super) fn member(list: &ListRef, member: &Member) -> Self {
        Self {
            ids: member
                .id
                .iter()
                .chain(&member.directory_id)
                .cloned()
                .collect(),
            addresses: member.addresses.clone(),
            phones: member.phones.clone(),
            employee_ids: member.employee_id.iter().cloned().collect(),
            ..Self::on(list)
        }
    }

    pub(super) fn identity(list: &ListRef, who: &Identity) -> Self {
        Self {
            ids: who.id.iter().cloned().collect(),
            addresses: who.address.iter().cloned().collect(),
            phones: who.phone.iter().cloned().collect(),
            ..Self::on(list)
        }
    }

    /// Both sides of an entry of the baseline.
    pub(super) fn entry(lists: &Sides<ListRef>, entry: &BaselineEntry) -> Told {
        let of = |side: Side| Self::identity(lists.of(side), entry.who.of(side));
        vec![of(Side::Source), of(Side::Target)]
    }

    /// Everything that a tombstone keeps.
    pub(super) fn tombstone(lists: &Sides<ListRef>, stone: &Tombstone) -> Told {
        let known = &stone.known_by;
        let mut own = Self::identity(lists.of(stone.side), &stone.who);
        own.phones.extend(known.phones.iter().cloned());
        own.employee_ids.extend(known.employee_ids.iter().cloned());
        own.ids.extend(known.directory_ids.iter().cloned());
        let mut told = vec![own];
        for side in [Side::Source, Side::Target] {
            told.push(Self {
                ids: known.ids.of(side).iter().cloned().collect(),
                ..Self::on(lists.of(side))
            });
        }
        for first in &known.addresses {
            let aliases = known.aliases.iter().cloned();
            told.push(Self {
                addresses: std::iter::once(first.clone()).chain(aliases).collect(),
                ..Self::default()
            });
        }
        told
    }

    fn keyed_ids(&self) -> impl Iterator<Item = (String, ExternalId)> {
        self.ids.iter().flat_map(|id| {
            scopes(&self.list, &self.connection, id).map(|scope| (scope, id.clone()))
        })
    }

    fn label(&self) -> String {
        let address = self.addresses.first().map(ToString::to_string);
        let phone = || self.phones.first().map(ToString::to_string);
        let id = || self.ids.first().map(ToString::to_string);
        address.or_else(phone).or_else(id).unwrap_or_default()
    }
}

/// Where an id means something: a UUID everywhere, and it tells two apart on its connection; any other on its list alone.
fn scopes(list: &str, connection: &str, id: &ExternalId) -> impl Iterator<Item = String> {
    let all = match uuid::Uuid::try_parse(id.as_str()) {
        Ok(_) => [Some(String::new()), Some(connection.to_owned())],
        Err(_) => [Some(list.to_owned()), None],
    };
    all.into_iter().flatten()
}

impl Person {
    /// Whoever the given address or number names in what was found. The error names several people who share it.
    pub(super) fn named(given: &Given, found: &BTreeSet<Told>) -> Result<Self, Vec<String>> {
        let mut person = Self::default();
        let mut touched = found.iter().filter(|told| given.is_among(told)).peekable();
        let is_unknown = touched.peek().is_none();
        let (sure, rest): (Vec<&Told>, Vec<&Told>) =
            touched.partition(|told| told.iter().any(|seen| given.tells(seen)));
        match given {
            // Where it comes first it is this person's own, whoever else has it as an alias.
            Given::Address(address) if is_unknown || !sure.is_empty() => {
                person.first.insert(address.clone());
            }
            Given::Address(address) => {
                person.others.insert(address.clone());
            }
            Given::Phone(phone) => {
                person.phones.insert(phone.clone());
            }
        }
        for told in &sure {
            person.learn(told);
        }
        match person.join_one(&rest) {
            // With an entry of its own it is nobody's of those who have it as well.
            Err(names) if sure.is_empty() => Err(names),
            Err(_) | Ok(_) => Ok(person),
        }
    }

    /// Takes over what entries that may be the person's tell, if they all are one person's; says whether any of it is
    /// new. The error names several.
    fn join_one(&mut self, rest: &[&Told]) -> Result<bool, Vec<String>> {
        let mut rest = rest.to_vec();
        rest.retain(|told| !self.is_one(told) && !told.iter().any(|seen| self.differs(seen)));
        let Some(first) = rest.first() else {
            return Ok(false);
        };
        let mut joined = self.clone();
        let is_new = joined.learn(first);
        while rest
            .iter()
            .any(|told| joined.is_one(told) && joined.learn(told))
        {}
        let others = rest.iter().filter(|told| !joined.is_one(told));
        let mut names: BTreeSet<String> = others.filter_map(|told| name(told)).collect();
        if names.is_empty() {
            *self = joined;
            return Ok(is_new);
        }
        names.extend(name(first));
        Err(names.into_iter().collect())
    }

    /// Takes over what is told of the person in what was found; says whether any of it is new.
    pub(super) fn grow(&mut self, found: &BTreeSet<Told>) -> bool {
        let before = self.clone();
        let mut is_wiser = false;
        for told in found.iter().filter(|told| before.shares_with(told)) {
            for phone in told.iter().flat_map(|seen| &seen.phones) {
                is_wiser |=
                    before.phones.contains(phone) && self.shared_phones.insert(phone.clone());
            }
        }
        for told in found.iter().filter(|told| before.is_one(told)) {
            is_wiser |= self.learn(told);
        }
        let perhaps: Vec<&Told> = found
            .iter()
            .filter(|told| before.is_perhaps(told))
            .collect();
        is_wiser || self.join_one(&perhaps).unwrap_or(false)
    }

    /// Whether one of these entries may be the person's: one of their own addresses is an alias there.
    pub(super) fn is_perhaps(&self, told: &[Seen]) -> bool {
        let has_alias = |seen: &Seen| {
            let mut aliases = seen.addresses.iter().skip(1);
            aliases.any(|alias| self.first.contains(alias)) && !self.differs(seen)
        };
        !self.is_one(told) && told.iter().any(has_alias)
    }

    /// Whether these entries are the person's. A number or alias in one of them does not tell it where another one is
    /// somebody else's.
    pub(super) fn is_one(&self, told: &[Seen]) -> bool {
        let is_surely = |seen: &Seen| {
            let mut ids = seen.keyed_ids();
            let first = seen.addresses.first();
            ids.any(|id| self.ids.contains(&id))
                || first.is_some_and(|first| self.first.contains(first))
        };
        let is_of_another = |seen: &Seen| {
            let first = seen.addresses.first();
            self.differs(seen)
                || first.is_some_and(|it| !self.first.contains(it) && !self.others.contains(it))
        };
        told.iter().any(is_surely)
            || told.iter().any(|seen| self.is(seen)) && !told.iter().any(is_of_another)
    }

    /// Whether these entries are somebody else's who has one of the person's numbers too.
    pub(super) fn shares_with(&self, told: &[Seen]) -> bool {
        !self.is_one(told) && told.iter().any(|seen| self.is(seen))
    }

    /// Whether this entry is the person's.
    pub(super) fn is(&self, seen: &Seen) -> bool {
        if seen.keyed_ids().any(|id| self.ids.contains(&id)) {
            return true;
        }
        match seen.addresses.first() {
            Some(first) => {
                self.first.contains(first) || self.others.contains(first) && !self.differs(seen)
            }
            None if self.differs(seen) => false,
            None if !seen.phones.is_empty() => {
                let mut phones = seen.phones.iter();
                phones.any(|it| self.phones.contains(it) && !self.shared_phones.contains(it))
            }
            None => {
                let mut ids = seen.employee_ids.iter();
                ids.any(|id| self.employee_ids.contains(id))
            }
        }
    }

    /// Whether an id says that this entry is somebody else's.
    fn differs(&self, seen: &Seen) -> bool {
        seen.keyed_ids()
            .filter(|(scope, _)| !scope.is_empty())
            .any(|(scope, _)| self.ids.iter().any(|(known, _)| *known == scope))
    }

    /// Whether a plan names the person so; `lists` are those it may be about.
    pub(super) fn is_called(&self, label: &str, lists: &Sides<ListRef>) -> bool {
        if let Ok(address) = Address::parse(label) {
            return self.first.contains(&address) || self.others.contains(&address);
        }
        if let Ok(phone) = PhoneNumber::parse(label, None) {
            return self.phones.contains(&phone);
        }
        let id = ExternalId::from(label);
        let mut lists = [&lists.source, &lists.target].into_iter();
        lists.any(|list| {
            let seen = Seen {
                ids: vec![id.clone()],
                ..Seen::on(list)
            };
            seen.keyed_ids().any(|id| self.ids.contains(&id))
        })
    }

    /// Whether the person is known by what was given.
    pub(super) fn has(&self, given: &Given) -> bool {
        match given {
            Given::Address(address) => {
                self.first.contains(address) || self.others.contains(address)
            }
            Given::Phone(phone) => self.phones.contains(phone),
        }
    }

    /// Whether both have an address or number in common, as two erasures of one person have.
    pub(super) fn is_the_same_as(&self, other: &Self) -> bool {
        !self.first.is_disjoint(&other.first)
            || !self.phones.is_disjoint(&other.phones) && self.first.is_empty()
    }

    /// Takes over everything that is known of the same person.
    pub(super) fn join(&mut self, other: Self) {
        self.first.extend(other.first);
        self.others.extend(other.others);
        self.phones.extend(other.phones);
        self.shared_phones.extend(other.shared_phones);
        self.employee_ids.extend(other.employee_ids);
        self.ids.extend(other.ids);
    }

    /// Takes over what else is told of the person; says whether any of it is new.
    pub(super) fn learn(&mut self, told: &[Seen]) -> bool {
        let before = self.size();
        for seen in told {
            let mut addresses = seen.addresses.iter().cloned();
            // An alias stays one, wherever it stands: it may be somebody else's by now.
            let first = addresses
                .next()
                .filter(|first| !self.others.contains(first));
            self.first.extend(first);
            self.others
                .extend(addresses.filter(|other| !self.first.contains(other)));
            self.phones.extend(seen.phones.iter().cloned());
            self.employee_ids.extend(seen.employee_ids.iter().cloned());
            self.ids.extend(seen.keyed_ids());
        }
        self.size() > before
    }

    fn size(&self) -> usize {
        // What comes first somewhere may be an alias elsewhere, so both count.
        self.first.len()
            + self.others.len()
            + self.phones.len()
            + self.employee_ids.len()
            + self.ids.len()
    }
}

fn name(told: &Told) -> Option<String> {
    let mut labels = told.iter().map(Seen::label);
    labels.find(|label| !label.is_empty())
}
