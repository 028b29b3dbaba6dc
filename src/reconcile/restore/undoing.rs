//! The plan of a restore in the making.

mod finish;

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;

use super::{Undone, known::Known, people::People, proof::PutThere, touched::Touch};
use crate::{
    model::{
        attributes::Attributes,
        baseline::BaselineEntry,
        ledger::Move,
        list::{Side, Sides},
        member::Member,
    },
    plan::{
        change::{
            Action, Because, Change, Considered, FieldChange, Ignored, Reason, Seen, Why, Withheld,
        },
        put_back::NotPutBack,
        value::InPlay,
    },
    reconcile::{matching::Person, situation::Situation},
};

/// The plan of a restore in the making.
pub(super) struct Undoing<'a> {
    pub(super) undone: &'a Undone<'a>,
    pub(super) situation: &'a Situation<'a>,
    pub(super) now: Timestamp,
    /// Everybody who is on one of the lists now.
    pub(super) people: Vec<Person>,
    /// Who stands at each position of the readings, by their place among `people`.
    at: Sides<Vec<u32>>,
    /// The lists now, and before the run.
    pub(super) lists: Sides<People<'a>>,
    pub(super) before: Sides<People<'a>>,
    known: Known<'a>,
    /// Whom the run touched, by their place among the people.
    touched: BTreeSet<u32>,
    /// Who leaves a list, by their position there.
    pub(super) leaving: BTreeSet<(Side, u32)>,
    planned: Vec<Change>,
    pub(super) withheld: Vec<Withheld>,
    ignored: Vec<Ignored>,
    /// Whom earlier runs that undid it have put right, by what they are known by.
    put_right: BTreeSet<(Side, &'a str)>,
    in_play: BTreeMap<u32, InPlay>,
    more_in_play: Vec<InPlay>,
    forgets: BTreeSet<u32>,
    pub(super) wants_directory: Sides<bool>,
}

/// One member of a run's plan, found again.
pub(super) struct Standing<'a> {
    /// Their position in the reading.
    pub(super) place: u32,
    pub(super) member: &'a Member,
    /// Their place among the people.
    pub(super) person: u32,
}

impl<'a> Undoing<'a> {
    pub(super) fn new(
        undone: &'a Undone<'a>,
        situation: &'a Situation<'a>,
        people: Vec<Person>,
        now: Timestamp,
    ) -> Self {
        let list = |side: Side| {
            let reading = situation.reading(side);
            People::new(&reading.members, reading.capabilities.adds_by)
        };
        let before = |side: Side| {
            let adds_by = situation.reading(side).capabilities.adds_by;
            People::new(undone.snapshot.members.of(side), adds_by)
        };
        let nobody = |side: Side| vec![u32::MAX; situation.reading(side).members.len()];
        let mut at = Sides {
            source: nobody(Side::Source),
            target: nobody(Side::Target),
        };
        for (number, person) in (0..).zip(&people) {
            for (side, place) in crate::reconcile::situation::positions(person) {
                if let Some(slot) = at.of_mut(side).get_mut(place as usize) {
                    *slot = number;
                }
            }
        }
        let known = Known::new(situation, &people);
        Self {
            undone,
            situation,
            now,
            at,
            people,
            known,
            lists: Sides {
                source: list(Side::Source),
                target: list(Side::Target),
            },
            before: Sides {
                source: before(Side::Source),
                target: before(Side::Target),
            },
            touched: BTreeSet::new(),
            leaving: BTreeSet::new(),
            planned: Vec::new(),
            put_right: undone
                .put_right
                .iter()
                .flat_map(|change| change.member.keys().map(|key| (change.side, key)))
                .collect(),
            withheld: Vec::new(),
            ignored: Vec::new(),
            in_play: BTreeMap::new(),
            more_in_play: Vec::new(),
            forgets: BTreeSet::new(),
            wants_directory: Sides::default(),
        }
    }

    /// Who of those who may be meant is on the list, and was not before the run where `is_new`; why nobody can be told
    /// otherwise.
    pub(super) fn find(
        &mut self,
        side: Side,
        wanted: &Member,
        is_new: bool,
    ) -> Result<Option<Standing<'a>>, Because> {
        let list = self.lists.of(side);
        let mut all = list.all(wanted);
        if is_new && all.len() > 1 {
            let before = self.before.of(side);
            all.retain(|place| {
                let member = list.member(*place);
                member.is_some_and(|member| before.perhaps(member).next().is_none())
            });
        }
        let label = |place: &u32| list.member(*place).map_or("", |member| member.label());
        let nameless = |place: &u32| {
            list.member(*place)
                .is_some_and(|member| member.id.is_none())
        };
        // Rows of a file with one address are one entry.
        let is_one_entry = all.iter().all(nameless);
        let place = match all.as_slice() {
            [] => return Ok(None),
            [place, rest @ ..] if rest.is_empty() || is_one_entry => *place,
            several => {
                let with = several
                    .iter()
                    .map(|place| label(place).to_owned())
                    .collect();
                let key = format!("what is known of {}", wanted.label());
                return Err(Because::Conflict { key, with });
            }
        };
        let person = self.person_at(side, place);
        let standing = list.member(place).zip(person);
        self.touched.extend(person);
        Ok(standing.map(|(member, person)| Standing {
            place,
            member,
            person,
        }))
    }

    /// Who stands at a position, by their place among the people.
    pub(super) fn person_at(&self, side: Side, place: u32) -> Option<u32> {
        self.at.of(side).get(place as usize).copied()
    }

    pub(super) fn person(&self, number: u32) -> Option<&Person> {
        self.people.get(number as usize)
    }

    pub(super) fn entry(&self, number: u32) -> Option<&'a BaselineEntry> {
        let entries = &self.situation.baseline?.entries;
        entries.get(self.person(number)?.entry? as usize)
    }

    /// Until when the list may not show what the run surely did to somebody; `None` when it does.
    pub(super) fn unsettled(
        &self,
        side: Side,
        member: &Member,
        touch: Touch,
    ) -> Option<NotPutBack> {
        if member
            .keys()
            .any(|key| self.put_right.contains(&(side, key)))
        {
            return None;
        }
        let minutes = self.situation.reading(side).capabilities.settles_in;
        let wait = jiff::SignedDuration::from_mins(minutes.into());
        let until = self.undone.ended.checked_add(wait).ok()?;
        (touch == Touch::Surely && self.now < until).then_some(NotPutBack::NotSettled { until })
    }

    /// Why the list may not be all of what is on it; `None` when it was read whole.
    pub(super) fn doubt(&self, side: Side) -> Option<NotPutBack> {
        let doubts = &self.situation.reading(side).doubts;
        (!doubts.is_empty()).then(|| NotPutBack::Doubtful(doubts.clone()))
    }

    /// Whether another run made this move after the run that is undone.
    pub(super) fn is_later(&self, by: &Move) -> bool {
        by.run != self.undone.run && by.at > self.undone.ended
    }

    /// Takes somebody off a list, because the run put them there.
    pub(super) fn take_off(&mut self, put_there: &PutThere<'_>, seen: Seen) {
        let member = put_there.member().clone();
        self.plan(put_there.side(), Action::Remove, member, seen);
    }

    /// Puts somebody back on a list.
    pub(super) fn add(&mut self, side: Side, member: Member, seen: Seen) {
        self.plan(side, Action::Add, member, seen);
    }

    /// Gives somebody's fields other values.
    pub(super) fn update(
        &mut self,
        side: Side,
        fields: Vec<FieldChange>,
        member: Member,
        seen: Seen,
    ) {
        self.plan(side, Action::Update(fields), member, seen);
    }

    /// A change that undoes another one.
    fn plan(&mut self, side: Side, action: Action, member: Member, seen: Seen) {
        self.planned.push(Change {
            side,
            action,
            member,
            reason: Reason::Restores(self.undone.run.to_owned()),
            seen,
        });
    }

    pub(super) fn withhold(
        &mut self,
        side: Side,
        considered: Considered,
        member: &Member,
        because: Because,
        seen: Seen,
    ) {
        self.withheld.push(Withheld {
            side,
            considered,
            label: member.label().to_owned(),
            because,
            seen,
        });
    }

    /// Nobody knows any more whom the run touched there: neither list shows it, and nobody is guessed at.
    pub(super) fn leave_forgotten(&mut self, change: &Change) {
        let considered = match change.action {
            Action::Invite | Action::Add => Considered::Remove,
            Action::Update(_) => Considered::Update,
            Action::Remove => Considered::Add,
        };
        let because = Because::NotPutBack(NotPutBack::Forgotten);
        let seen = Seen::default();
        self.withhold(change.side, considered, &change.member, because, seen);
    }

    pub(super) fn ignore(&mut self, side: Side, member: &Member, why: Why) {
        self.ignored.push(Ignored {
            side,
            label: member.label().to_owned(),
            why,
            seen: Seen::default(),
        });
    }

    /// Lets the next baseline say what is known of a person once their changes are made. `fields` changes what both
    /// sides agree on.
    pub(super) fn remember(&mut self, person: u32, fields: impl FnOnce(&mut Attributes)) {
        let entry = self.entry(person);
        let Some(found) = self.people.get(person as usize) else {
            return;
        };
        let known = self.in_play.entry(person).or_insert_with(|| InPlay {
            seen: found.at.clone(),
            entry: found.entry,
            fields: entry.map(|entry| entry.fields.clone()).unwrap_or_default(),
        });
        fields(&mut known.fields);
    }

    /// Lets the next baseline know somebody who is on no list yet that they are put on.
    pub(super) fn remember_newcomer(&mut self, seen: Seen, entry: Option<u32>) {
        self.more_in_play.push(InPlay {
            seen,
            entry,
            fields: Attributes::new(),
        });
    }

    /// An addition that is undone already: the entries that still call the person agreed on end.
    pub(super) fn forget_absent(&mut self, side: Side, member: &Member) {
        let gone = self.known.naming(side, member).into_iter().filter(|entry| {
            let person = self.known.person(*entry);
            let person = person.and_then(|person| self.people.get(person as usize));
            // Somebody else stands there.
            person.is_none_or(|person| person.at.of(side).is_none())
        });
        let gone: Vec<u32> = gone.collect();
        self.forgets.extend(gone);
    }

    /// A removal that is undone already: the entry that still waits for it ends.
    pub(super) fn forget_present(&mut self, side: Side, person: u32) {
        self.touched.insert(person);
        let found = self.people.get(person as usize);
        let found = found.filter(|person| person.at.of(side.other()).is_none());
        self.forgets.extend(found.and_then(|person| person.entry));
    }
}
