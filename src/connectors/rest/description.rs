//! The settings as they are understood: paths and templates that were read once.
//!
//! It must not know how settings are written, nor make a request.

use reqwest::header::HeaderMap;
use serde_json::Value;
use url::Url;

use super::{
    path::JsonPath,
    settings::Key,
    template::{Body, Slot, Target},
};

/// An API as the settings describe it.
#[derive(Debug, Clone)]
pub(super) struct Description {
    pub(super) base: Url,
    pub(super) headers: HeaderMap,
    pub(super) lists: Option<Lists>,
    pub(super) members: Listing,
    pub(super) total: Option<JsonPath>,
    pub(super) member: MemberPaths,
    pub(super) paging: Pages,
    pub(super) add: Option<Operation>,
    pub(super) remove: Option<Operation>,
    pub(super) update: Option<Operation>,
    pub(super) create: Option<Operation>,
    /// Where the answer to `create` says the new list's id.
    pub(super) created_id: Option<JsonPath>,
    pub(super) error_message: Option<JsonPath>,
    pub(super) error_code: Option<JsonPath>,
    pub(super) adds_by: Key,
    pub(super) key_field: Option<String>,
    pub(super) read_only: bool,
    pub(super) repeats_lost: bool,
}

/// A request that lists something.
#[derive(Debug, Clone)]
pub(super) struct Listing {
    pub(super) target: Target,
    pub(super) items: JsonPath,
}

/// How lists are found.
#[derive(Debug, Clone)]
pub(super) struct Lists {
    pub(super) listing: Listing,
    pub(super) id: JsonPath,
    pub(super) name: JsonPath,
}

/// Where things stand in a member.
#[derive(Debug, Clone)]
pub(super) struct MemberPaths {
    pub(super) id: Option<JsonPath>,
    pub(super) addresses: Vec<JsonPath>,
    pub(super) phones: Vec<JsonPath>,
    pub(super) employee_id: Option<JsonPath>,
    pub(super) directory_id: Option<JsonPath>,
    /// With the values that count; none for anything that means yes.
    pub(super) opted_out: Option<(JsonPath, Option<Vec<Value>>)>,
    pub(super) attributes: Vec<(String, JsonPath)>,
    pub(super) region: Option<String>,
}

/// How the next page is asked for.
#[derive(Debug, Clone)]
pub(super) enum Pages {
    One,
    LinkInBody(JsonPath),
    LinkInHeader,
    Token {
        next: JsonPath,
        parameter: String,
    },
    Counted {
        parameter: String,
        size: Option<(String, String)>,
        first: usize,
        by_page: bool,
        total: Option<JsonPath>,
    },
}

/// A request that changes something.
#[derive(Debug, Clone)]
pub(super) struct Operation {
    pub(super) method: reqwest::Method,
    pub(super) target: Target,
    pub(super) body: Option<Body>,
    pub(super) item: Option<Body>,
    /// How many members one request is for; 1 unless it is a call for many.
    pub(super) chunk: usize,
    pub(super) done: Vec<Sign>,
    pub(super) already_so: Vec<Sign>,
    pub(super) refused: Vec<Sign>,
}

/// What an answer is told by.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Sign {
    pub(super) status: u16,
    pub(super) that: Option<(JsonPath, Value)>,
}

impl Operation {
    /// Whether one request is for many members.
    pub(super) fn is_for_many(&self) -> bool {
        self.item.is_some()
    }

    /// What is filled in for a member.
    pub(super) fn slots(&self) -> Vec<&Slot> {
        let bodies = self.body.iter().chain(&self.item);
        self.target
            .slots()
            .chain(bodies.flat_map(Body::slots))
            .collect()
    }

    /// The fields that it writes.
    pub(super) fn fields(&self) -> Vec<String> {
        let slots = self.slots().into_iter();
        let mut fields: Vec<String> = slots
            .filter_map(|slot| match slot {
                Slot::Field(name) => Some(name.clone()),
                _ => None,
            })
            .collect();
        fields.sort();
        fields.dedup();
        fields
    }
}
