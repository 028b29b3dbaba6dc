//! Which objects of a list a call wants, and in which order: `$filter`, `$search`, `$orderby`.
//!
//! Knows nothing of pages and links.

use super::listing::{Listing, Places};
use crate::sandbox::directory::{Object, Slot, property};
use crate::sandbox::filter::{self, Clause};
use crate::sandbox::refusal;
use crate::sandbox::wire::{Answer, Call};
use crate::sandbox::world::World;

/// Characters of a URL with advanced parameters.
const LONGEST_URL: usize = 2048;

/// Which objects a call wants, apart from the page.
pub(super) struct Wanted {
    clause: Option<Clause>,
    search: Option<(String, String)>,
    order: Option<(String, bool)>,
}

impl Wanted {
    /// What the query options say; refuses what Graph refuses.
    pub(super) fn of(call: &Call, listing: &Listing<'_>) -> Result<Wanted, Answer> {
        let advanced = call.is_advanced()
            || (call.is_eventual() && call.segments.last().is_some_and(|last| last == "$count"));
        if advanced && !call.in_batch && call.own_link().len() > LONGEST_URL {
            return Err(refusal::bad_request(
                "The request URL is longer than 2048 characters.",
            ));
        }
        let clause = match call.option("$filter") {
            None => None,
            Some(text) => {
                let clause = filter::parse(text).map_err(|detail| {
                    refusal::error(
                        400,
                        "BadRequest",
                        &format!("Invalid filter clause: {detail}."),
                    )
                })?;
                if listing.filters_are_advanced && !advanced {
                    return Err(refusal::unsupported_query(
                        "The specified filter needs the $count=true query parameter and the ConsistencyLevel:eventual header.",
                    ));
                }
                filter::judge(&clause, listing.kind, advanced)?;
                Some(clause)
            }
        };
        let search = match call.option("$search") {
            None => None,
            Some(_) if !call.is_eventual() => {
                return Err(refusal::bad_request(
                    "Request with $search query parameter only works through MSGraph with a special request header: 'ConsistencyLevel: eventual'",
                ));
            }
            Some(text) => {
                let pair = text.trim_matches('"').split_once(':');
                let (name, value) =
                    pair.ok_or_else(|| refusal::bad_request("Syntax error in $search."))?;
                Some((name.to_owned(), value.to_lowercase()))
            }
        };
        let order = match call.option("$orderby") {
            None => None,
            Some(_) if clause.is_some() && !advanced => {
                return Err(refusal::unsupported_query(
                    "Sorting not supported for current query.",
                ));
            }
            Some(text) => {
                let mut words = text.split_ascii_whitespace();
                let name = words.next().unwrap_or_default();
                if !["displayName", "userPrincipalName", "createdDateTime"].contains(&name) {
                    return Err(refusal::unsupported_query(
                        "Sorting not supported for current query.",
                    ));
                }
                Some((name.to_owned(), words.next() == Some("desc")))
            }
        };
        Ok(Wanted {
            clause,
            search,
            order,
        })
    }

    /// Whether an object meets all of it.
    pub(super) fn takes(&self, object: &Object) -> bool {
        self.clause
            .as_ref()
            .is_none_or(|clause| clause.meets(object))
            && self.search.as_ref().is_none_or(|(name, text)| {
                let value =
                    property(object, name).and_then(|value| value.as_str().map(str::to_lowercase));
                value.is_some_and(|value| {
                    value
                        .split_whitespace()
                        .any(|word| word.starts_with(text.as_str()))
                })
            })
    }

    /// The objects to look at: the index knows them, or the order asked for is made, or the source gives them.
    pub(super) fn narrow<'w>(
        &self,
        world: &'w World,
        listing: &Listing<'_>,
        source: &dyn Fn(u64) -> Places<'w>,
        from: u64,
    ) -> Places<'w> {
        if let Some((name, descending)) = &self.order {
            let key = |slot: Slot| {
                let value = world
                    .directory
                    .get(slot)
                    .and_then(|object| property(object, name));
                value
                    .and_then(|value| value.as_str().map(str::to_lowercase))
                    .unwrap_or_default()
            };
            let mut slots: Vec<Slot> = source(0).map(|(_, slot)| slot).collect();
            slots.sort_by_cached_key(|slot| key(*slot));
            if *descending {
                slots.reverse();
            }
            return Box::new(
                (0..)
                    .zip(slots)
                    .skip(usize::try_from(from).unwrap_or(usize::MAX)),
            );
        }
        let whole_kind = !listing.typed && !listing.filters_are_advanced;
        let candidates = self.clause.as_ref().filter(|_| whole_kind);
        match candidates.and_then(|clause| clause.candidates(&world.directory, listing.kind)) {
            Some(slots) => Box::new(
                slots
                    .into_iter()
                    .map(|slot| (slot as u64, slot))
                    .filter(move |(place, _)| *place >= from),
            ),
            None => source(from),
        }
    }
}
