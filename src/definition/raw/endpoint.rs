//! One side of a sync as it is written.

use std::{borrow::Cow, fmt};

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{
    Deserialize, Deserializer,
    de::{Error, Visitor, value::StrDeserializer},
};

use super::{
    details::Filters,
    forms::{Choice, Short as _},
};
use crate::{
    definition::sync::{Included, Nested},
    model::list::GroupKind,
};

/// One side of a sync: a connection and at most one of `list`, `lists`, `group`, `groups` and `everyone`.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[schemars(rename = "Endpoint")]
pub(crate) struct RawEndpoint {
    /// The connection's name.
    #[schemars(required)]
    pub(crate) connection: Option<String>,
    /// The list, by name or id.
    #[schemars(length(min = 1))]
    pub(crate) list: Option<String>,
    /// The group, by name, address or object id (the same as `list`).
    #[schemars(length(min = 1))]
    pub(crate) group: Option<String>,
    /// Several lists, read as one.
    #[schemars(length(min = 1), inner(length(min = 1)))]
    pub(crate) lists: Option<Vec<String>>,
    /// Several groups, read as one (the same as `lists`).
    #[schemars(length(min = 1), inner(length(min = 1)))]
    pub(crate) groups: Option<Vec<String>>,
    /// The connection as a whole: the whole directory.
    #[schemars(extend("const" = true))]
    pub(crate) everyone: Option<bool>,
    /// Only who reports to this person, directly or through others, and that person: an address or object id. For
    /// `everyone`.
    #[schemars(length(min = 1))]
    pub(crate) under: Option<String>,
    /// What belongs to `everyone` beside people.
    #[schemars(extend("uniqueItems" = true))]
    pub(crate) include: Option<Vec<Choice<Included>>>,
    /// Whether people join and leave this list by themselves (a subscription list): such a list is only read.
    pub(crate) subscription: Option<bool>,
    /// What members of nested groups are; `direct` unless it is said.
    pub(crate) nested: Option<Choice<Nested>>,
    /// Until when an empty answer, or one of much fewer members than before, is meant: a date (`2026-12-31`, its end in
    /// UTC) or a time. Without it, and afterwards, such an answer removes nobody.
    #[schemars(length(min = 1))]
    pub(crate) empty_until: Option<String>,
    /// Lists whose members are left out.
    #[schemars(inner(length(min = 1)))]
    pub(crate) exclude_lists: Option<Vec<String>>,
    /// Groups whose members are left out (the same as `excludeLists`).
    #[schemars(inner(length(min = 1)))]
    pub(crate) exclude_groups: Option<Vec<String>>,
    /// Which members of this list the sync is about; all of them unless it is said.
    pub(crate) filters: Option<Filters>,
    /// Whether the list is created when it is not there, and as what; `true` makes a security group.
    pub(crate) create: Option<RawCreate>,
}

/// Whether an absent list is created, and as what.
#[derive(Debug, Clone, Copy)]
pub(crate) enum RawCreate {
    /// Yes or no.
    Flag(bool),
    /// Yes, as this.
    Kind(GroupKind),
}

impl<'de> Deserialize<'de> for RawCreate {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(CreateVisitor)
    }
}

struct CreateVisitor;

impl Visitor<'_> for CreateVisitor {
    type Value = RawCreate;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            formatter,
            "`true`, `false`, {}",
            Choice::<GroupKind>::expected()
        )
    }

    fn visit_bool<E: Error>(self, flag: bool) -> Result<RawCreate, E> {
        Ok(RawCreate::Flag(flag))
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<RawCreate, E> {
        let Choice(kind) = Choice::<GroupKind>::deserialize(StrDeserializer::new(text))?;
        Ok(RawCreate::Kind(kind))
    }
}

impl JsonSchema for RawCreate {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> Cow<'static, str> {
        "Create".into()
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        let kind = generator.subschema_for::<Choice<GroupKind>>();
        json_schema!({ "anyOf": [{ "type": "boolean" }, kind] })
    }
}
