//! Which list, on which connection, on which side of a sync.

use std::fmt;

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// One side of a sync.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, ToSchema,
)]
#[serde(rename_all = "camelCase")]
pub enum Side {
    /// Where a one-way sync reads.
    Source,
    /// Where a one-way sync writes.
    Target,
}

impl Side {
    /// The side across.
    pub fn other(self) -> Self {
        match self {
            Self::Source => Self::Target,
            Self::Target => Self::Source,
        }
    }
}

/// A list on a connection, as people name it: `entra-id:Region Asia`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct ListRef {
    /// The connection's name in the definition file.
    pub connection: String,
    /// The list's name or id on that connection; empty for a connection that is one list (the whole directory).
    pub list: String,
}

impl ListRef {
    /// Whether both are one list by their names, in which platforms tell no capitals apart.
    pub fn is_named_like(&self, other: &Self) -> bool {
        self.connection == other.connection && self.list.to_lowercase() == other.list.to_lowercase()
    }

    /// The names that whoever writes this list holds it by: its own, and where others seem to be left out of it
    /// (`Staff without Guests`) the name before that too, because a list may be called so itself.
    pub fn held_as(&self) -> impl Iterator<Item = String> {
        let own = self.list.split_once(" without ").map(|(own, _)| own);
        let own = own.map(|own| Self {
            connection: self.connection.clone(),
            list: own.to_owned(),
        });
        let all = [Some(self.to_string()), own.map(|own| own.to_string())];
        all.into_iter().flatten().map(|name| name.to_lowercase())
    }
}

impl fmt::Display for ListRef {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.list.is_empty() {
            formatter.write_str(&self.connection)
        } else {
            write!(formatter, "{}:{}", self.connection, self.list)
        }
    }
}

/// Both sides of one thing.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Sides<T> {
    /// The source's.
    pub source: T,
    /// The target's.
    pub target: T,
}

impl<T> Sides<T> {
    /// The one of `side`.
    pub fn of(&self, side: Side) -> &T {
        match side {
            Side::Source => &self.source,
            Side::Target => &self.target,
        }
    }

    /// The one of `side`, to change it.
    pub fn of_mut(&mut self, side: Side) -> &mut T {
        match side {
            Side::Source => &mut self.source,
            Side::Target => &mut self.target,
        }
    }
}

/// Which kind of group is created.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum GroupKind {
    /// A security group.
    Security,
    /// A Microsoft 365 group.
    Microsoft365,
}
