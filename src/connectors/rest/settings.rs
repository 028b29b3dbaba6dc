//! The settings of a connection that is described in JSON, as people write them.
//!
//! It must not read the environment and never holds a secret: only the names of the variables that do. What the texts in
//! here mean is read in `description`.

mod auth;
mod calls;

use std::{collections::BTreeMap, time::Duration};

use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::Value;

pub(super) use self::{
    auth::{Auth, CredentialsIn, Oauth},
    calls::{Call, Method, When},
};
use crate::connectors::http::Patience;

/// The key of remarks. It may stand in every object of the settings and means nothing.
const COMMENT: &str = "$comment";

/// An API for lists and their members, described in JSON.
///
/// Where something stands in an answer is a path (`data.items`, `emails[*].value`, `['@odata.nextLink']`, `$` for the
/// whole); what is filled into a request stands in braces.
#[derive(Debug, Clone, PartialEq, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[schemars(title = "REST by configuration")]
pub struct Settings {
    /// The address that every path below comes after (`https://api.example.com/v2`).
    pub url: String,
    /// How requests prove who they are.
    pub auth: Auth,
    /// Further headers of every request; never credentials.
    #[serde(default)]
    pub headers: BTreeMap<String, String>,
    /// Where lists are found by their names. Without it a list is named by its id.
    #[serde(default)]
    pub lists: Option<ListsAt>,
    /// Where the members of a list are.
    pub members: MembersAt,
    /// Where things stand in a member.
    pub member: MemberAt,
    /// How the next page is asked for; without it every answer is whole.
    #[serde(default)]
    pub paging: Option<Paging>,
    /// How members are added; without it the lists can only be read.
    #[serde(default)]
    pub add: Option<Call>,
    /// How members are removed; without it nobody is.
    #[serde(default)]
    pub remove: Option<Call>,
    /// How fields of members are changed; without it none are. The fields are those the body names.
    #[serde(default)]
    pub update: Option<Call>,
    /// How a list is created; needs `lists`, so that it is looked up first.
    #[serde(default)]
    pub create: Option<Call>,
    /// Where an answer says what went wrong.
    #[serde(default)]
    pub errors: ErrorsAt,
    /// The two-letter country of phone numbers without a country code (`CH`).
    #[serde(default)]
    pub phone_region: Option<String>,
    /// What members are added by.
    #[serde(default)]
    pub adds_by: Key,
    /// With `addsBy` `phone`: the field that holds the number, so that a mapping to it says which number that is.
    #[serde(default)]
    pub key_field: Option<String>,
    /// Never write to this connection.
    #[serde(default)]
    pub read_only: bool,
    /// How long one piece of work (one read, one hand-over of changes) waits in all for a service that is overloaded
    /// or silent, in seconds (1 to 3600).
    #[serde(default = "usual_patience")]
    #[schemars(range(min = 1, max = 3600))]
    pub max_wait_seconds: u16,
    /// What follows when the answer to a change was lost.
    #[serde(default)]
    pub retry_after_lost: AfterLost,
}

/// Where lists are.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct ListsAt {
    /// The path of the request.
    pub path: String,
    /// Where the lists stand in the answer.
    pub items: String,
    /// Where a list says its id.
    pub id: String,
    /// Where a list says its name.
    pub name: String,
}

/// Where the members of a list are.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct MembersAt {
    /// The path of the request, with `{list}` for the list's id.
    pub path: String,
    /// Where the members stand in the answer.
    pub items: String,
    /// Where the answer says how many members there are in all: the proof that all of them came.
    #[serde(default)]
    pub total: Option<String>,
}

/// Where things stand in a member. Whatever else stands there directly as text, number, yes or no, or list of texts is
/// an attribute by its own name.
#[derive(Debug, Clone, Default, PartialEq, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct MemberAt {
    /// The platform's own id of the member.
    #[serde(default)]
    pub id: Option<String>,
    /// The e-mail addresses, the primary one first.
    #[serde(default)]
    pub addresses: Paths,
    /// The phone numbers, the one for messages first.
    #[serde(default)]
    pub phones: Paths,
    /// The number HR gave the person.
    #[serde(default)]
    pub employee_id: Option<String>,
    /// The Entra object id, where the platform keeps it.
    #[serde(default)]
    pub directory_id: Option<String>,
    /// Whether the person unsubscribed.
    #[serde(default)]
    pub opted_out: Option<OptedOut>,
    /// Attributes by other names, or from further inside: name → path.
    #[serde(default)]
    pub attributes: BTreeMap<String, String>,
}

/// One path, or several.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(untagged, expecting = "expected a path, or a list of paths")]
pub enum Paths {
    /// One.
    One(String),
    /// Several, the most important first.
    Several(Vec<String>),
}

/// How somebody who unsubscribed is told.
#[derive(Debug, Clone, PartialEq, Deserialize, JsonSchema)]
#[serde(
    untagged,
    expecting = "expected a path, or an object with `path` and `equals`"
)]
pub enum OptedOut {
    /// By anything that stands there, but for `false`, `no`, `0` and nothing.
    Path(String),
    /// By one of these values.
    Equals(PathEquals),
}

/// A path, and the values that count.
#[derive(Debug, Clone, PartialEq, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct PathEquals {
    /// Where to look.
    pub path: String,
    /// The values; texts are compared without case.
    pub equals: Vec<Value>,
}

/// How the next page is asked for.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub enum Paging {
    /// The answer holds the address of the next page.
    Link(Link),
    /// The answer holds what the next request has to give.
    Token(Token),
    /// The request says how many to leave out.
    Offset(Counted),
    /// The request says the number of the page.
    Page(Counted),
}

/// The answer holds the address of the next page.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Link {
    /// Where it stands; without it, it is the one that the `Link` header calls `next`.
    #[serde(default)]
    pub next: Option<String>,
}

/// The answer holds what the next request has to give.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Token {
    /// Where it stands.
    pub next: String,
    /// The parameter of the next request.
    pub parameter: String,
}

/// The request counts. A page with nothing on it is the last one.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Counted {
    /// The parameter that counts.
    pub parameter: String,
    /// The parameter for how many come at a time.
    #[serde(default)]
    pub size_parameter: Option<String>,
    /// How many come at a time.
    #[serde(default)]
    pub size: Option<u32>,
    /// The number of the first one; 0 for an offset and 1 for a page unless it is said.
    #[serde(default)]
    pub first: Option<u32>,
    /// Where the answer says how many there are in all, for lists and members alike.
    #[serde(default)]
    pub total: Option<String>,
}

/// Where an answer says what went wrong.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct ErrorsAt {
    /// In words.
    #[serde(default)]
    pub message: Option<String>,
    /// As a code.
    #[serde(default)]
    pub code: Option<String>,
}

/// What members are added by.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub enum Key {
    /// An e-mail address.
    #[default]
    Address,
    /// A phone number.
    Phone,
}

/// What follows when the answer to a change was lost.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub enum AfterLost {
    /// The list is read again.
    #[default]
    Read,
    /// The request is made again, because twice is the same as once; then the list is read.
    Repeat,
}

impl Default for Paths {
    fn default() -> Self {
        Self::Several(Vec::new())
    }
}

impl Paths {
    /// Each path with its place below `at`.
    pub(super) fn each(&self, at: &str) -> Vec<(String, &str)> {
        match self {
            Self::One(path) => vec![(at.to_owned(), path)],
            Self::Several(paths) => {
                let paths = paths.iter().enumerate();
                let paths = paths.map(|(index, path)| (format!("{at}[{index}]"), path.as_str()));
                paths.collect()
            }
        }
    }
}

impl Settings {
    /// Reads settings as they stand in a definition file; the place and the fault otherwise.
    pub fn read(settings: &Value) -> Result<Self, (String, String)> {
        let settings = without_comments(settings);
        serde_path_to_error::deserialize::<_, Self>(&settings).map_err(|error| {
            let path = match error.path().to_string() {
                whole if whole == "." => String::new(),
                path => path,
            };
            (path, error.inner().to_string())
        })
    }

    /// How long one piece of work may wait.
    pub fn patience(&self) -> Patience {
        Patience {
            total_wait: Duration::from_secs(self.max_wait_seconds.into()),
            ..Patience::default()
        }
    }
}

fn without_comments(value: &Value) -> Value {
    match value {
        Value::Object(entries) => {
            let entries = entries.iter().filter(|(key, _)| *key != COMMENT);
            let entries = entries.map(|(key, value)| (key.clone(), without_comments(value)));
            Value::Object(entries.collect())
        }
        Value::Array(values) => Value::Array(values.iter().map(without_comments).collect()),
        other => other.clone(),
    }
}

/// Five minutes: as long as the other connections wait.
fn usual_patience() -> u16 {
    300
}
