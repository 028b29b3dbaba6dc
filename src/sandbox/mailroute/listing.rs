//! Listings: filters, `limit` and `offset`, and what an injected fault does to a page.

use serde_json::{Value, json};
use url::form_urlencoded;

use super::{MailRoute, view};
use crate::sandbox::{
    fault::Effect,
    platform::{PlatformAnswer, PlatformCall},
};

/// What a page holds when nobody says how much.
const USUAL: usize = 20;
/// No page holds more.
const MOST: usize = 1000;

impl MailRoute {
    /// `GET /api/v1/domain/`.
    pub(super) fn list_domains(&self, call: &PlatformCall) -> PlatformAnswer {
        let name = call.option("name__exact").or(call.option("name"));
        let domains = self.domains.iter();
        let domains = domains.filter(|domain| name.is_none_or(|name| domain.name == name));
        page(call, domains.map(view::domain).collect())
    }

    /// `GET /api/v1/email_account/`.
    pub(super) fn list_accounts(&self, call: &PlatformCall) -> PlatformAnswer {
        let many = |name: &str| -> Option<Vec<&str>> {
            call.option(name).map(|value| value.split(',').collect())
        };
        let (ids, parts) = (many("id__in"), many("localpart__in"));
        if (ids.is_some() || parts.is_some()) && !self.ways.looks_up_many {
            let message = "'in' is not an allowed filter on this field.";
            return PlatformAnswer::json(400, json!({ "error": message }));
        }
        let part = call.option("localpart__exact").or(call.option("localpart"));
        let domain = call.option("domain").map(|named| self.domain(named));
        let accounts = self.accounts.iter().filter(|account| {
            domain.is_none_or(|domain| domain.is_some_and(|domain| domain.id == account.domain))
                && part.is_none_or(|part| account.localpart == part)
                && parts
                    .as_ref()
                    .is_none_or(|parts| parts.contains(&account.localpart.as_str()))
                && ids
                    .as_ref()
                    .is_none_or(|ids| ids.contains(&account.id.to_string().as_str()))
        });
        page(call, accounts.map(|account| self.shown(account)).collect())
    }

    /// `GET /api/v1/localpart_alias/`.
    pub(super) fn list_aliases(&self, call: &PlatformCall) -> PlatformAnswer {
        let account = call.option("email_account");
        let accounts = self.accounts.iter();
        let accounts = accounts.filter(|one| account.is_none_or(|id| one.id.to_string() == id));
        let aliases = accounts.flat_map(|account| {
            let aliases = account.aliases.iter();
            aliases.map(move |alias| view::alias(alias, account))
        });
        page(call, aliases.collect())
    }
}

/// The page that was asked for, twisted as an injected fault wants it.
fn page(call: &PlatformCall, all: Vec<Value>) -> PlatformAnswer {
    let all = match call.twist {
        Some(Effect::EmptyListing) => Vec::new(),
        _ => all,
    };
    let number = |name: &str| call.option(name).map(str::parse::<usize>);
    let (limit, offset) = match (number("limit"), number("offset")) {
        (Some(Err(_)), _) | (_, Some(Err(_))) => {
            let message = "Invalid limit or offset. Please provide a positive integer.";
            return PlatformAnswer::json(400, json!({ "error": message }));
        }
        (limit, offset) => (
            limit.and_then(Result::ok).unwrap_or(USUAL),
            offset.and_then(Result::ok).unwrap_or(0),
        ),
    };
    let limit = if limit == 0 { MOST } else { limit.min(MOST) };
    let total = all.len();
    let take = match call.twist {
        Some(Effect::EmptyPage) => 0,
        Some(Effect::ShortPage { size } | Effect::TruncatedListing { size }) => size.min(limit),
        _ => limit,
    };
    let mut objects: Vec<Value> = all.into_iter().skip(offset).take(take).collect();
    let after = offset + objects.len();
    let mut next = (after < total).then(|| link(call, limit, after, None));
    match &call.twist {
        Some(Effect::EmptyPage) => next = Some(link(call, limit, offset, Some("again"))),
        Some(Effect::TruncatedListing { .. }) => next = None,
        Some(Effect::RepeatedObjects) => {
            objects.reverse();
            objects.extend(objects.first().cloned());
        }
        Some(Effect::ForeignNextLink { origin }) => {
            next = Some(format!("{origin}{}", link(call, limit, after, None)));
        }
        Some(Effect::CyclingNextLink) => next = Some(link(call, limit, offset, None)),
        _ => {}
    }
    let previous = (offset > 0).then(|| link(call, limit, offset.saturating_sub(limit), None));
    let meta = json!({
        "limit": limit, "next": next, "offset": offset, "previous": previous, "total_count": total,
    });
    PlatformAnswer::json(200, json!({ "meta": meta, "objects": objects }))
}

/// A page's address: a path with a query.
fn link(call: &PlatformCall, limit: usize, offset: usize, mark: Option<&str>) -> String {
    let mut query = form_urlencoded::Serializer::new(String::new());
    for (name, value) in &call.query {
        if !["limit", "offset", "mark"].contains(&name.as_str()) {
            query.append_pair(name, value);
        }
    }
    query.append_pair("limit", &limit.to_string());
    query.append_pair("offset", &offset.to_string());
    if let Some(mark) = mark {
        query.append_pair("mark", mark);
    }
    format!("{}?{}", call.path, query.finish())
}
