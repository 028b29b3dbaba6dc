//! Who is meant and what is stored of them: everything is gone through until nothing new is learned.

use std::collections::{BTreeMap, BTreeSet};

use super::{
    NotForgotten,
    person::{Given, Person, Told},
    plans, record,
    redact::{self, Form, Next, Whom},
    stored::{Index, Place, Thing},
    tell::{Counts, Kind, KnownAs, StillOn, Stored},
    text::Needles,
};
use crate::{
    history::RunFile,
    model::list::Side,
    store::{
        keys::key_of,
        ports::{StoreError, Stores},
    },
    summary::Summary,
};

/// How often everything is gone through at most: each time teaches another address or id.
const MOST_ROUNDS: usize = 12;

/// A person, and what is stored of them.
pub(super) struct Survey {
    pub(super) person: Person,
    pub(super) needles: Needles,
    pub(super) stored: Stored,
    /// What is to be changed or deleted, without its bytes.
    pub(super) things: Vec<Thing>,
    pub(super) index: Index,
    /// Whether an erasure of the person was begun and did not end.
    pub(super) is_begun: bool,
}

/// Finds out who is meant, and what is stored of them.
pub(super) async fn survey(stores: &Stores, who: &str) -> Result<Survey, NotForgotten> {
    let given = Given::parse(who).ok_or(NotForgotten::Unusable)?;
    let index = Index::of(stores).await?;
    let named = Person::named(&given, &BTreeSet::new()).map_err(NotForgotten::Several)?;
    let needles = Needles::of(&named);
    let mut touched: BTreeSet<Told> = BTreeSet::new();
    index
        .each(stores, |thing| {
            if is_read_by_keys(&thing.form) && needles.may_be_in(&thing.bytes) {
                let told = redact::told(&thing.form, &thing.bytes).unwrap_or_default();
                touched.extend(told.into_iter().filter(|told| given.is_among(told)));
            }
        })
        .await?;
    let mut person = Person::named(&given, &touched).map_err(NotForgotten::Several)?;
    drop(touched);
    for begun in record::unfinished(stores, |person| person.has(&given)).await? {
        person.join(begun.person.unwrap_or_default());
    }
    Ok(survey_of(stores, index, &given, person).await?)
}

/// The same for somebody of whom something is known that is perhaps erased by now.
pub(super) async fn survey_again(
    stores: &Stores,
    who: &str,
    person: Person,
) -> Result<Survey, NotForgotten> {
    let given = Given::parse(who).ok_or(NotForgotten::Unusable)?;
    let index = Index::of(stores).await?;
    Ok(survey_of(stores, index, &given, person).await?)
}

async fn survey_of(
    stores: &Stores,
    index: Index,
    given: &Given,
    mut person: Person,
) -> Result<Survey, StoreError> {
    let mut round = 0;
    loop {
        round += 1;
        let needles = Needles::of(&person);
        let whom = Whom {
            person: &person,
            needles: &needles,
        };
        let mut seen = Round::new(whom, &index);
        index.each(stores, |thing| seen.see(thing)).await?;
        let mut wiser = person.clone();
        if wiser.grow(&seen.found) && round < MOST_ROUNDS {
            person = wiser;
            continue;
        }
        let (mut stored, things) = seen.into_stored();
        let unfinished = record::unfinished(stores, |person| person.has(given)).await?;
        let mut counts = Counts::default();
        unfinished
            .iter()
            .for_each(|_| counts.add(Kind::Erasures, 1));
        stored.items.extend(counts.items());
        stored.items.sort_by_key(|item| item.kind);
        stored.known_as = KnownAs::of(&person);
        return Ok(Survey {
            person,
            needles,
            stored,
            things,
            index,
            is_begun: !unfinished.is_empty(),
        });
    }
}

fn is_read_by_keys(form: &Form) -> bool {
    matches!(form, Form::Baseline(_) | Form::Run | Form::Snapshot)
}

/// One time through everything.
struct Round<'a> {
    whom: Whom<'a>,
    index: &'a Index,
    /// What is told of the person, or may be.
    found: BTreeSet<Told>,
    counts: Counts,
    things: Vec<Thing>,
    still_on: BTreeSet<StillOn>,
    packages: BTreeSet<String>,
    unreadable: Vec<String>,
    /// The newest run of each partition that had a plan. History comes before the runs' files.
    newest: BTreeMap<String, String>,
}

impl<'a> Round<'a> {
    fn new(whom: Whom<'a>, index: &'a Index) -> Self {
        Self {
            whom,
            index,
            found: BTreeSet::new(),
            counts: Counts::default(),
            things: Vec::new(),
            still_on: BTreeSet::new(),
            packages: BTreeSet::new(),
            unreadable: Vec::new(),
            newest: BTreeMap::new(),
        }
    }

    fn see(&mut self, thing: Thing) {
        self.note_newest(&thing);
        let is_file = matches!(thing.form, Form::Delivery | Form::Load);
        if !is_file && !self.whom.needles.may_be_in(&thing.bytes) {
            return;
        }
        let redacted = redact::without(&thing.form, &thing.bytes, self.whom);
        let told = redact::told(&thing.form, &thing.bytes);
        let (redacted, told) = match (redacted, told) {
            (Ok(redacted), Ok(told)) => (redacted, told),
            (Err(why), _) | (_, Err(why)) => {
                self.unreadable
                    .push(format!("{}: {why}", thing.place.name()));
                return;
            }
        };
        let person = self.whom.person;
        let theirs = told.into_iter();
        self.found.extend(theirs.filter(|told| {
            person.is_one(told) || person.is_perhaps(told) || person.shares_with(told)
        }));
        for (kind, entries) in redacted.counts {
            self.counts.add(kind, entries);
        }
        self.still_on(&thing);
        if redacted.next == Next::Stays {
            return;
        }
        if let (Form::Package, Place::Blob(name)) = (&thing.form, &thing.place) {
            self.packages
                .extend(name.split('/').nth(2).map(str::to_owned));
        }
        self.things.push(Thing {
            bytes: Vec::new(),
            ..thing
        });
    }

    fn note_newest(&mut self, thing: &Thing) {
        let Some(partition) = thing
            .place
            .partition()
            .filter(|_| thing.form == Form::Summary)
        else {
            return;
        };
        if !self.newest.contains_key(partition)
            && let Ok(summary) = serde_json::from_slice::<Summary>(&thing.bytes)
            && summary.digest.is_some()
        {
            self.newest.insert(partition.to_owned(), summary.run);
        }
    }

    /// Which lists have the person still, as far as a baseline or the newest run says.
    fn still_on(&mut self, thing: &Thing) {
        let (Place::Blob(name), Some(partition)) = (&thing.place, thing.place.partition()) else {
            return;
        };
        let found = match &thing.form {
            Form::Baseline(lists) => {
                let named = self.index.baselines.get(name);
                let is_theirs = |told: &Told| self.whom.person.is_one(told);
                let told = redact::entries(&thing.form, &thing.bytes);
                named
                    .filter(|_| told.iter().any(is_theirs))
                    .map(|named| (named.run.clone(), (**lists).clone(), BOTH.to_vec()))
            }
            Form::Run => {
                let newest = self.newest.get(partition);
                let newest = newest.filter(|run| name.ends_with(&format!("/{}.json", key_of(run))));
                newest.and_then(|run| {
                    let file: RunFile = serde_json::from_slice(&thing.bytes).ok()?;
                    let sides = plans::sides_with(&file, self.whom.person);
                    Some((run.clone(), file.plan.lists, sides))
                })
            }
            _ => None,
        };
        let Some((run, lists, sides)) = found else {
            return;
        };
        let sync = self.index.syncs.get(partition);
        let sync = sync.map_or(partition, String::as_str);
        self.still_on.extend(sides.into_iter().map(|side| StillOn {
            list: lists.of(side).to_string(),
            sync: sync.to_owned(),
            run: run.clone(),
        }));
    }

    fn into_stored(self) -> (Stored, Vec<Thing>) {
        let stored = Stored {
            known_as: KnownAs::default(),
            items: self.counts.items(),
            still_on: self.still_on.into_iter().collect(),
            packages: self.packages.into_iter().collect(),
            unreadable: self.unreadable,
        };
        (stored, self.things)
    }
}

const BOTH: [Side; 2] = [Side::Source, Side::Target];
