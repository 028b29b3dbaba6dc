//! What goes wrong on purpose: which requests a fault meets, and what then happens.
//!
//! Knows nothing of how requests are answered; it only hands out effects.

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

/// One fault: met by matching requests and matching items of a `$batch`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Fault {
    /// Which requests meet it.
    #[serde(default)]
    pub when: When,
    /// What happens to them.
    pub then: Effect,
}

/// Which requests a fault meets. Everything that is absent matches all.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct When {
    /// HTTP method, such as `PATCH`.
    pub method: Option<String>,
    /// A piece of the decoded path and query, such as `/members` or `$batch`.
    pub path_contains: Option<String>,
    /// Lets this many matching requests through first.
    pub after_matches: u32,
    /// Strikes this many times, then is spent.
    pub times: u32,
}

/// What happens to a request that meets a fault.
///
/// `dropBefore`, `dropAfter` and `slow` concern the connection, so they make no sense for an item of a batch: they meet
/// the outer `$batch` request only. `badGateway` and `notJson` give a batch item a JSON string as its body.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(
    tag = "kind",
    rename_all = "camelCase",
    rename_all_fields = "camelCase",
    deny_unknown_fields
)]
pub enum Effect {
    /// 409 `Directory_ConcurrencyViolation`; nothing is done.
    Conflict,
    /// 429; nothing is done.
    Throttle {
        /// `Retry-After` in seconds, a fraction allowed; left out when absent.
        retry_after_seconds: Option<f64>,
    },
    /// 500 `InternalServerError`; nothing is done.
    ServerError,
    /// 502 with an HTML page; nothing is done.
    BadGateway,
    /// 503 `ServiceUnavailable`; nothing is done.
    Unavailable {
        /// `Retry-After` in seconds, a fraction allowed; left out when absent.
        retry_after_seconds: Option<f64>,
    },
    /// 504 `GatewayTimeout` after the request was carried out.
    GatewayTimeoutAfter,
    /// Any error status, 502 with an HTML page, after the request was carried out.
    ErrorAfter {
        /// HTTP status.
        status: u16,
    },
    /// The connection closes without an answer; nothing is done.
    DropBefore,
    /// The request is carried out, then the connection closes without an answer.
    DropAfter,
    /// The answer comes late.
    Slow {
        /// How late.
        milliseconds: u64,
    },
    /// All access tokens become invalid; the request that meets this is the first to find out.
    ExpireTokens,
    /// A permission is taken away for good, just before the request is looked at.
    RevokePermission {
        /// The permission, such as `GroupMember.ReadWrite.All`.
        permission: String,
    },
    /// All delta links so far become invalid: 410 with `Location`, just before the request is looked at.
    ExpireDeltaTokens,
    /// All next links of plain listings so far become invalid: 400 `Directory_ExpiredPageToken`.
    ExpirePageTokens,
    /// Objects come with id and type only, the rest null or empty.
    PartialObjects,
    /// A list comes empty with 200, as with hidden membership.
    HiddenMembership,
    /// A list comes empty with 200, and everything that counts it says none.
    EmptyListing,
    /// A page without objects that has a next link all the same; following it loses nothing.
    EmptyPage,
    /// A page with fewer objects than asked for; following its next link loses nothing.
    ShortPage {
        /// How many objects.
        size: usize,
    },
    /// A page that ends the listing although more objects exist.
    TruncatedListing {
        /// How many objects it still gives.
        size: usize,
    },
    /// A page in another order, with its first object twice, as delta feeds may send it.
    RepeatedObjects,
    /// The next link leads to another host.
    ForeignNextLink {
        /// Scheme and host, such as `https://graph.attacker.example`.
        origin: String,
    },
    /// The next link leads to the page it stands on.
    CyclingNextLink,
    /// 200 with a body that is no JSON.
    NotJson,
    /// 200 with a web page, as from a portal in between; nothing is done.
    Portal,
    /// Every object in the answer has one more field that nobody has heard of.
    UnknownFields,
    /// Any error in the Graph envelope; nothing is done.
    Error {
        /// HTTP status.
        status: u16,
        /// `error.code`.
        code: String,
        /// `error.message`.
        message: String,
    },
}

impl Default for When {
    fn default() -> Self {
        Self {
            method: None,
            path_contains: None,
            after_matches: 0,
            times: 1,
        }
    }
}

impl Fault {
    /// A fault that meets the next request, whichever it is.
    pub fn new(then: Effect) -> Self {
        Self {
            when: When::default(),
            then,
        }
    }

    /// Meets only requests with this method whose decoded path and query contain this.
    #[must_use]
    pub fn on(mut self, method: &str, path_contains: &str) -> Self {
        self.when.method = Some(method.to_owned());
        self.when.path_contains = Some(path_contains.to_owned());
        self
    }

    /// Lets the first `matches` matching requests through.
    #[must_use]
    pub fn after(mut self, matches: u32) -> Self {
        self.when.after_matches = matches;
        self
    }

    /// Strikes this many times.
    #[must_use]
    pub fn times(mut self, times: u32) -> Self {
        self.when.times = times;
        self
    }
}

impl Effect {
    /// Whether this concerns the connection and so cannot happen to one item of a batch.
    pub(crate) fn is_of_the_connection(&self) -> bool {
        matches!(self, Self::DropBefore | Self::DropAfter | Self::Slow { .. })
    }
}

/// Gives every object in `value` a field that nobody has heard of.
pub(crate) fn add_unknown_fields(value: &mut Value) {
    match value {
        Value::Array(items) => items.iter_mut().for_each(add_unknown_fields),
        Value::Object(fields) => {
            fields.values_mut().for_each(add_unknown_fields);
            let unknown = json!({ "kind": "neverHeardOf", "values": [1, null, "two"] });
            fields.insert("addedInANewerVersion".to_owned(), unknown);
        }
        _ => {}
    }
}

/// Takes the effect of the first waiting fault that this request meets.
pub(crate) fn strike(
    faults: &mut Vec<Fault>,
    method: &str,
    url: &str,
    in_batch: bool,
) -> Option<Effect> {
    let mut struck = None;
    for fault in faults.iter_mut() {
        let when = &mut fault.when;
        let meets = when.times > 0
            && when
                .method
                .as_deref()
                .is_none_or(|wanted| wanted.eq_ignore_ascii_case(method))
            && when
                .path_contains
                .as_deref()
                .is_none_or(|piece| url.contains(piece))
            && !(in_batch && fault.then.is_of_the_connection());
        if !meets {
            continue;
        }
        if when.after_matches > 0 {
            when.after_matches -= 1;
            continue;
        }
        when.times -= 1;
        struck = Some(fault.then.clone());
        break;
    }
    faults.retain(|fault| fault.when.times > 0);
    struck
}
