//! The delta feeds: `/users/delta`, `/groups/delta`, `/contacts/delta`.
//!
//! Knows nothing of who made a change. <https://learn.microsoft.com/en-us/graph/delta-query-overview>

mod item;
mod token;
mod walk;

use std::collections::HashSet;

use serde_json::{Value, json};

use item::Wanted;
use token::{Phase, Token};
use walk::{changes, whole};

use super::listing;
use super::permissions::{READ_CONTACTS, READ_GROUPS, READ_USERS_FULLY, require};
use crate::sandbox::directory::{Kind, is_known};
use crate::sandbox::filter::{self, Clause, Comparison};
use crate::sandbox::refusal;
use crate::sandbox::wire::{Answer, Call, Outcome, put};
use crate::sandbox::world::World;

/// Ids that a filter may name.
const MOST_IDS: usize = 50;

/// One of the three feeds.
pub(super) struct Feed {
    /// The collection's name, in paths and contexts.
    name: &'static str,
    /// What it tells about.
    kind: Kind,
    /// Names that `$select` takes besides properties.
    relations: &'static [&'static str],
}

/// `GET /users/delta`.
pub(super) fn users(world: &World, call: &Call) -> Outcome {
    require(world, READ_USERS_FULLY)?;
    answer(
        world,
        call,
        &Feed {
            name: "users",
            kind: Kind::User,
            relations: &["manager"],
        },
    )
}

/// `GET /groups/delta`.
pub(super) fn groups(world: &World, call: &Call) -> Outcome {
    require(world, READ_GROUPS)?;
    answer(
        world,
        call,
        &Feed {
            name: "groups",
            kind: Kind::Group,
            relations: &["members", "owners"],
        },
    )
}

/// `GET /contacts/delta`.
pub(super) fn contacts(world: &World, call: &Call) -> Outcome {
    require(world, READ_CONTACTS)?;
    answer(
        world,
        call,
        &Feed {
            name: "contacts",
            kind: Kind::Contact,
            relations: &[],
        },
    )
}

fn answer(world: &World, call: &Call, feed: &Feed) -> Outcome {
    listing::refuse_unknown_options(call, &["$select", "$filter", "$skiptoken", "$deltatoken"])?;
    let given = call
        .option("$skiptoken")
        .or_else(|| call.option("$deltatoken"));
    let mut token = match given {
        None | Some("") => start(world, call, feed)?,
        Some("latest") => {
            let mut token = start(world, call, feed)?;
            token.phase = Phase::Since {
                from: world.events_shown(),
                upto: None,
            };
            return Ok(page(call, feed, &token, Vec::new(), None, &token));
        }
        Some(text) => {
            let token =
                Token::read(text).ok_or_else(|| refusal::bad_request("Badly formed token."))?;
            if token.feed != feed.name {
                // Seen live: a token of another collection gives an empty page, not an error.
                return Ok(page(call, feed, &token, Vec::new(), None, &token));
            }
            if token.is_expired(world) {
                return Err(expired(call, feed));
            }
            token
        }
    };
    if let Phase::Since { from, upto: None } = token.phase {
        token.phase = Phase::Since {
            from,
            upto: Some(world.events_shown()),
        };
    }
    let wanted = Wanted::of(&token, feed)?;
    let (values, next) = match token.phase {
        Phase::All { slot, member, upto } => {
            whole(world, call, feed, &wanted, (slot, member, upto))
        }
        Phase::Since { from, upto } => {
            changes(world, call, feed, &wanted, from, upto.unwrap_or(from))
        }
    };
    let next = next.map(|phase| Token {
        phase,
        ..token.clone()
    });
    let done = match token.phase {
        Phase::All { upto, .. } => Phase::Since {
            from: upto,
            upto: None,
        },
        Phase::Since { from, upto } => Phase::Since {
            from: upto.unwrap_or(from),
            upto: None,
        },
    };
    let done = Token {
        phase: done,
        ..token.renewed(world)
    };
    Ok(page(call, feed, &token, values, next, &done))
}

/// The state of a feed read from the beginning.
fn start(world: &World, call: &Call, feed: &Feed) -> Result<Token, Answer> {
    let select = call.option("$select").map(str::to_owned);
    for name in select.iter().flat_map(|names| names.split(',')) {
        if !is_known(feed.kind, name) && !feed.relations.contains(&name) {
            let kind = feed.kind.name();
            let message = format!(
                "Could not find a property named '{name}' on type 'microsoft.graph.{kind}'."
            );
            return Err(refusal::error(400, "BadRequest", &message));
        }
    }
    Ok(Token {
        feed: feed.name.to_owned(),
        select,
        filter: call.option("$filter").map(str::to_owned),
        minimal: call
            .header("prefer")
            .is_some_and(|prefer| prefer.contains("return=minimal")),
        phase: Phase::All {
            slot: 0,
            member: 0,
            upto: world.events_shown(),
        },
        ..Token::minted(world)
    })
}

/// One page with its link: on to `next`, or the delta link to `done`. `again` is this very page.
fn page(
    call: &Call,
    feed: &Feed,
    again: &Token,
    values: Vec<Value>,
    next: Option<Token>,
    done: &Token,
) -> Answer {
    let names = again
        .select
        .as_ref()
        .map(|names| format!("({names})"))
        .unwrap_or_default();
    let mut body =
        json!({"@odata.context": format!("{}/$metadata#{}{names}", call.base, feed.name)});
    let link = |option: &str, token: &Token| {
        format!(
            "{}/{}/delta?${option}={}",
            call.base,
            feed.name,
            token.sealed()
        )
    };
    let next = next.map(|token| link("skiptoken", &token));
    listing::twist(call, &mut body, values, next, link("skiptoken", again));
    if body.get("@odata.nextLink").is_none() {
        put(
            &mut body,
            "@odata.deltaLink",
            json!(link("deltatoken", done)),
        );
    }
    Answer::json(200, body)
}

/// 410: the reader has to start again, where `Location` says.
fn expired(call: &Call, feed: &Feed) -> Answer {
    refusal::error(
        410,
        "syncStateNotFound",
        "The sync state generation is not found.",
    )
    .with(
        "location",
        format!("{}/{}/delta?$deltatoken=", call.base, feed.name),
    )
}

/// The ids that `id eq '…' or id eq '…'` names; other filters are not for delta.
fn ids_of(filter: &str) -> Result<HashSet<String>, Answer> {
    fn collect(clause: &Clause, ids: &mut HashSet<String>) -> bool {
        match clause {
            Clause::Compare(name, Comparison::Equal, Value::String(id)) if name == "id" => {
                ids.insert(id.to_ascii_lowercase());
                true
            }
            Clause::Or(left, right) => collect(left, ids) && collect(right, ids),
            _ => false,
        }
    }
    let mut ids = HashSet::new();
    let clause = filter::parse(filter).map_err(|detail| {
        refusal::error(
            400,
            "BadRequest",
            &format!("Invalid filter clause: {detail}."),
        )
    })?;
    if !collect(&clause, &mut ids) || ids.len() > MOST_IDS {
        return Err(refusal::unsupported_query(
            "Unsupported or invalid query filter clause specified for a delta query.",
        ));
    }
    Ok(ids)
}
