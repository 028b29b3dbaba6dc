//! One person forgotten: what is stored of them is shown, and erased.
//!
//! Lists are not touched, nor what systems outside keep. What is stored is gone through thing by thing, found by
//! everything the person is known by, and written back without them: where numbers have to stay true `(forgotten)` stands
//! in their place. What decides about changes to come stays, and is told with the reason: what both lists agreed on, which
//! the runs take out themselves once both lists are without the person, and an opt-out, without which the person would be
//! written to again. So no run plans anything else for it.
//!
//! Everything may be repeated: an erasure that was cut off is taken up where it stopped. This room must not know what a
//! run does, nor HTTP or the command line.

mod hold;
mod person;
mod plans;
mod record;
mod redact;
mod stored;
mod survey;
mod tell;
#[cfg(test)]
mod tests;
mod text;
mod words;

use std::{
    collections::{BTreeMap, BTreeSet},
    time::Duration,
};

use jiff::Timestamp;

use self::{
    hold::{Held, Hold},
    redact::{Form, Next, Whom},
    stored::{Index, Place, Thing},
    survey::{Survey, survey, survey_again},
};
use crate::store::ports::{StoreError, Stores};
pub use tell::{Erased, Item, Kind, KnownAs, StillOn, Stored};

/// How often what is found is erased and looked for again: runs may write meanwhile.
const MOST_ROUNDS: usize = 3;

/// What this works with. Cheap to copy.
#[derive(Clone, Copy)]
pub struct Work<'a> {
    /// Where everything is kept.
    pub stores: &'a Stores,
    /// The time, asked at the edge.
    pub now: &'a (dyn Fn() -> Timestamp + Send + Sync),
    /// How long a hold on a list lasts without being renewed.
    pub lease: Duration,
}

/// What is asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Wish {
    /// An address of the person, or a number in E.164.
    pub who: String,
    /// Who asks.
    pub by: String,
    /// Why, in words.
    pub reason: String,
    /// Who holds the lists meanwhile; unique for each attempt.
    pub holder: String,
}

/// Why nothing is shown or erased.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum NotForgotten {
    /// It is neither an address nor a number.
    #[error("that is neither an address nor a phone number with its country (`+61…`)")]
    Unusable,
    /// Several people share it; their own names.
    #[error("several people share that address or number")]
    Several(Vec<String>),
    /// Storage failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// What is stored of a person, and where. Changes nothing.
pub async fn look(stores: &Stores, who: &str) -> Result<Stored, NotForgotten> {
    Ok(survey(stores, who).await?.stored)
}

/// Erases what is stored of a person, and writes down that it was done. Safe to repeat.
pub async fn erase(work: Work<'_>, wish: &Wish) -> Result<Erased, NotForgotten> {
    let stores = work.stores;
    let mut found = survey(stores, &wish.who).await?;
    let mut erased = Erased {
        left: found.stored.items.clone(),
        found: found.stored.clone(),
        ..Erased::default()
    };
    if !found.stored.has_something() {
        return Ok(erased);
    }
    if !found.is_begun {
        // Whoever writes a reason may name the person in it.
        let clean = |text: &str| {
            let clean = found.needles.without(text, false);
            clean.unwrap_or_else(|| text.to_owned())
        };
        let (items, person) = (found.stored.items.clone(), found.person.clone());
        let (by, reason) = (clean(&wish.by), clean(&wish.reason));
        record::begin(stores, (work.now)(), &by, &reason, items, person).await?;
    }
    let mut busy = BTreeSet::new();
    for _ in 0..MOST_ROUNDS {
        busy = erase_found(work, wish, &found, &mut erased).await?;
        found = survey_again(stores, &wish.who, found.person).await?;
        if found.things.is_empty() || !busy.is_empty() {
            break;
        }
    }
    let is_over = found.things.is_empty();
    erased.busy = busy.into_iter().collect();
    erased.left = found.stored.items;
    erased.left.retain(|item| item.kind != Kind::Erasures);
    erased.found.unreadable = found.stored.unreadable;
    let ended = is_over.then(|| (work.now)());
    let done = (erased.records, erased.blobs);
    record::note(stores, &found.person, done, ended).await?;
    if is_over {
        let (records, blobs) = done;
        tracing::info!(
            event = "person.forgotten",
            records,
            blobs,
            "a person was forgotten"
        );
    }
    Ok(erased)
}

/// Erases what was found, sync by sync under the hold on its lists. Gives the lists that somebody else was writing.
async fn erase_found(
    work: Work<'_>,
    wish: &Wish,
    found: &Survey,
    erased: &mut Erased,
) -> Result<BTreeSet<String>, StoreError> {
    let mut by_partition: BTreeMap<Option<&str>, Vec<&Thing>> = BTreeMap::new();
    for thing in &found.things {
        let things = by_partition.entry(thing.place.partition()).or_default();
        things.push(thing);
    }
    let mut busy = BTreeSet::new();
    for (partition, things) in by_partition {
        let mut held = match partition {
            None => None,
            Some(partition) => {
                match hold::hold(work, &found.index, partition, &wish.holder).await? {
                    Held::Ours(hold) => Some(hold),
                    Held::Busy(list) => {
                        busy.insert(list);
                        continue;
                    }
                }
            }
        };
        let done = erase_all(work, found, &things, held.as_mut(), erased).await;
        if let Some(held) = held {
            held.release(work.stores).await;
        }
        done?;
    }
    Ok(busy)
}

async fn erase_all(
    work: Work<'_>,
    found: &Survey,
    things: &[&Thing],
    mut held: Option<&mut Hold>,
    erased: &mut Erased,
) -> Result<(), StoreError> {
    for thing in things {
        if let Some(held) = held.as_deref_mut() {
            held.go_on(work).await?;
        }
        match erase_one(work.stores, found, thing).await {
            Ok((records, blobs)) => {
                erased.records += records;
                erased.blobs += blobs;
            }
            // Somebody else wrote it meanwhile: the next round looks at what they wrote.
            Err(StoreError::Conflict(_)) => {}
            Err(error) => return Err(error),
        }
    }
    Ok(())
}

/// Writes one thing without the person. Gives how many records and blobs were changed or deleted.
async fn erase_one(
    stores: &Stores,
    found: &Survey,
    thing: &Thing,
) -> Result<(usize, usize), StoreError> {
    let Some(thing) = found.index.again(stores, thing).await? else {
        return Ok((0, 0));
    };
    let whom = Whom {
        person: &found.person,
        needles: &found.needles,
    };
    // What cannot be read any more is told by the next look.
    let next = redact::without(&thing.form, &thing.bytes, whom).map(|redacted| redacted.next);
    let next = next.unwrap_or_default();
    match (&thing.place, next, &thing.version) {
        (_, Next::Stays, _) | (Place::Row { .. }, _, None) => Ok((0, 0)),
        (Place::Blob(_), Next::Goes, _) if !Index::is_still_unused(stores, &thing).await? => {
            Ok((0, 0))
        }
        (Place::Blob(name), Next::Goes, _) => {
            let mut gone = vec![name.clone()];
            if thing.form == Form::Package {
                // The package itself before what it says: whoever is cut off in between finds it again.
                let folder = name.trim_end_matches("summary.json");
                gone.splice(0..0, stores.blobs.list(folder).await?);
                gone.dedup();
                gone.retain(|other| other != name);
                gone.push(name.clone());
            }
            for name in &gone {
                stores.blobs.delete(name).await?;
            }
            Ok((0, gone.len()))
        }
        (Place::Blob(name), Next::Becomes(bytes), _) => {
            stores.blobs.put(name, bytes).await?;
            Ok((0, 1))
        }
        (
            Place::Row {
                table,
                partition,
                row,
            },
            next,
            Some(version),
        ) => {
            let records = &stores.records;
            match next {
                Next::Becomes(bytes) => {
                    let value = String::from_utf8_lossy(&bytes);
                    records
                        .replace(*table, partition, row, &value, version)
                        .await?;
                }
                Next::Stays | Next::Goes => {
                    records.delete(*table, partition, row, version).await?;
                }
            }
            Ok((1, 0))
        }
    }
}
