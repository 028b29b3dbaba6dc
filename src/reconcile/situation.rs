//! What every decision looks at: the sync, both readings, the baseline, and whom they hold.

mod emptied;
mod moves;

use jiff::Timestamp;

use super::{
    consent::Tombstones,
    counted,
    directory::DirectoryIndex,
    guests::Guests,
    keyed::in_e164,
    lag::is_settling,
    ledger::TakenIndex,
    matching::{
        Person,
        keys::{Keyed, search, searchable},
    },
};
use crate::{
    definition::{
        mapping::Rule,
        pattern::Pattern,
        sync::{FirstRun, Sync},
    },
    model::{
        address::Address,
        attributes::{Attributes, Value},
        baseline::{Baseline, BaselineEntry},
        left_out::LeftOutIndex,
        list::{Side, Sides},
        member::{ExternalId, Kind, Member, Standing},
        reading::Reading,
    },
    plan::aliases,
};

/// From how many people on, a list that is suddenly empty is a surprise.
pub(super) const A_LIST: usize = 3;

/// What every decision looks at.
pub(super) struct Situation<'a> {
    pub(super) sync: &'a Sync,
    pub(super) readings: Sides<&'a Reading>,
    pub(super) baseline: Option<&'a Baseline>,
    pub(super) now: Timestamp,
    /// Why each list is not believed to be whole: what its connection doubts, and a reading that is much smaller than before.
    pub(super) doubts: Sides<Vec<String>>,
    /// Whom rollcall took off the lists.
    taken: TakenIndex<'a>,
    /// Whether somebody was taken off each list so lately that it may still show them.
    still_shows: Sides<bool>,
    /// The directories, ready to be searched.
    pub(super) directories: Sides<Option<DirectoryIndex<'a>>>,
    /// What each side's filter asks for and nobody there has: a column or permission that is not there, or a slip.
    asked_in_vain: Sides<Vec<&'a str>>,
    /// For each rule of the mapping, whether anybody on that side has a value for it.
    shown: Sides<Vec<bool>>,
    /// Who must not be added to each list, as its platform said before.
    pub(super) tombstones: Tombstones<'a>,
    /// Which guests were invited or refused lately.
    pub(super) guests: Guests<'a>,
    /// Who is left out of each list.
    left_out: Sides<LeftOutIndex<'a>>,
    /// The ids on each list that has a directory: elsewhere nobody is added by id.
    ids: Sides<Vec<Keyed<'a>>>,
}

impl<'a> Situation<'a> {
    pub(super) fn new(
        sync: &'a Sync,
        source: &'a Reading,
        target: &'a Reading,
        baseline: Option<&'a Baseline>,
        now: Timestamp,
    ) -> Self {
        let index = |reading: &'a Reading| reading.directory.as_ref().map(DirectoryIndex::new);
        let ids = |reading: &'a Reading| {
            let members = (0..).zip(&reading.members);
            let ids = members.filter_map(|(position, member)| {
                let id = member.id.as_ref().filter(|_| reading.directory.is_some())?;
                Some((id.as_str(), position))
            });
            searchable(ids)
        };
        let taken = baseline.map_or(&[][..], |baseline| &baseline.taken);
        let still_shows = |side: Side, reading: &Reading| {
            let mut here = taken.iter().filter(|taken| taken.by.side == side);
            here.any(|taken| is_settling(reading, taken.by.at, now))
        };
        let rules = &sync.mapping.rules;
        let anybody = |reading: &Reading, has: &dyn Fn(&Attributes) -> bool| {
            let mut members = reading.members.iter();
            members.any(|member| has(&member.attributes))
        };
        let asked_in_vain = |side: Side, reading: &Reading| -> Vec<&'a str> {
            let asked = sync.filters.of(side).attributes().into_iter();
            asked
                .filter(|name| !anybody(reading, &|attributes| attributes.contains_key(*name)))
                .collect()
        };
        let shown_by_source = rules.iter().map(|rule| {
            anybody(source, &|attributes| {
                !matches!(rule.value(attributes), Ok(None))
            })
        });
        let shown_by_target = rules
            .iter()
            .map(|rule| anybody(target, &|attributes| attributes.contains_key(&rule.field)));
        Self {
            asked_in_vain: Sides {
                source: asked_in_vain(Side::Source, source),
                target: asked_in_vain(Side::Target, target),
            },
            shown: Sides {
                source: shown_by_source.collect(),
                target: shown_by_target.collect(),
            },
            tombstones: Tombstones::new(Sides { source, target }, baseline),
            guests: Guests::new(baseline, now),
            doubts: Sides {
                source: counted::doubts(sync, source, baseline, Side::Source, now),
                target: counted::doubts(sync, target, baseline, Side::Target, now),
            },
            taken: TakenIndex::new(taken),
            still_shows: Sides {
                source: still_shows(Side::Source, source),
                target: still_shows(Side::Target, target),
            },
            left_out: Sides {
                source: source.left_out.index(),
                target: target.left_out.index(),
            },
            sync,
            baseline: baseline.filter(|baseline| !baseline.of_other_lists),
            now,
            directories: Sides {
                source: index(source),
                target: index(target),
            },
            ids: Sides {
                source: ids(source),
                target: ids(target),
            },
            readings: Sides { source, target },
        }
    }

    pub(super) fn reading(&self, side: Side) -> &'a Reading {
        self.readings.of(side)
    }

    pub(super) fn member(&self, side: Side, position: u32) -> Option<&'a Member> {
        self.reading(side).members.get(position as usize)
    }

    pub(super) fn member_of(&self, person: &Person, side: Side) -> Option<&'a Member> {
        self.member(side, (*person.at.of(side))?)
    }

    pub(super) fn entry(&self, person: &Person) -> Option<&'a BaselineEntry> {
        self.baseline?.entries.get(person.entry? as usize)
    }

    /// Whether the list shows this object by nothing but its id, which then is its label.
    pub(super) fn is_unreadable(&self, side: Side, id: &ExternalId) -> bool {
        let members = &self.reading(side).members;
        members
            .binary_search_by(|member| member.label().cmp(id.as_str()))
            .ok()
            .and_then(|position| members.get(position))
            .is_some_and(|member| member.kind == Kind::Unreadable)
    }

    pub(super) fn is_on_list(&self, side: Side, id: &ExternalId) -> bool {
        search(self.ids.of(side), id.as_str()).next().is_some()
    }

    /// Why nothing follows from who does not pass the filter of a side; `None` when it can be judged.
    pub(super) fn filter_is_blind(&self, side: Side) -> Option<Vec<String>> {
        let (list, in_vain) = (&self.reading(side).list, self.asked_in_vain.of(side));
        let told = in_vain
            .iter()
            .map(|name| format!("nobody on {list} has `{name}`, which the filter asks for"));
        (!in_vain.is_empty()).then(|| told.collect())
    }

    /// Why the sync is not about this person on a side; `None` when it is, or they are not there. Of several entries one
    /// that is wanted is enough: by itself it would bring the person back.
    pub(super) fn outside(&self, person: &Person, side: Side) -> Option<String> {
        let why_not = |member: &Member| match &member.left_out {
            Some(why) => Some(why.to_string()),
            None => self.sync.filters.of(side).why_not(&member.attributes),
        };
        let clause = why_not(self.member_of(person, side)?)?;
        let mut others = person.second.iter().filter(|(at, _)| *at == side);
        let is_wanted = others.any(|(side, position)| {
            self.member(*side, *position)
                .is_some_and(|member| why_not(member).is_none())
        });
        (!is_wanted).then_some(clause)
    }

    /// Why it cannot be told whether the source's filter is about this member, where it leaves them out.
    pub(super) fn cannot_be_told(&self, source: &Member) -> Option<String> {
        if source.left_out.is_some() {
            return None;
        }
        self.sync.filters.source.cannot_tell(&source.attributes)
    }

    /// Why the sync is not about this person, with the side that says so. The source speaks first.
    pub(super) fn outside_on(&self, person: &Person) -> Option<(Side, String)> {
        let sides = [Side::Source, Side::Target].into_iter();
        let mut outside = sides.filter_map(|side| Some((side, self.outside(person, side)?)));
        outside.next()
    }

    /// Whether anybody on this side has a value for the rule at this position. A field that nobody has any more is a
    /// column or a permission that went away, not everybody's value.
    pub(super) fn shows(&self, side: Side, rule: usize) -> bool {
        self.shown.of(side).get(rule).copied().unwrap_or(false)
    }

    /// The value of a rule for the target's field; a number that members are added by in the form the platform keeps.
    pub(super) fn value(
        &self,
        rule: &Rule,
        attributes: &Attributes,
    ) -> Result<Option<Value>, String> {
        let value = rule.value(attributes)?;
        let value = self.seen(if rule.field == aliases::FIELD {
            aliases::each_once(value)
        } else {
            value
        });
        if self.readings.target.capabilities.key_field.as_deref() == Some(rule.field.as_str()) {
            in_e164(value, rule)
        } else {
            Ok(value)
        }
    }

    /// The target's value for a rule, as the source would keep it.
    pub(super) fn value_there(
        &self,
        rule: &Rule,
        attributes: &Attributes,
    ) -> Result<Option<Value>, String> {
        let value = self.seen(attributes.get(&rule.field).cloned());
        if self.readings.source.capabilities.key_field.as_deref() == Some(rule.attribute.as_str()) {
            in_e164(value, rule)
        } else {
            Ok(value)
        }
    }

    /// A value without the addresses that the definition excludes.
    pub(super) fn seen(&self, value: Option<Value>) -> Option<Value> {
        match value {
            Some(Value::Texts(mut texts)) if !self.sync.exclude.is_empty() => {
                texts.retain(|text| {
                    let address = Address::parse(text).ok().map(Member::with_address);
                    !address.is_some_and(|member| fits_any(&self.sync.exclude, &member))
                });
                (!texts.is_empty()).then_some(Value::Texts(texts))
            }
            value => value,
        }
    }

    /// Why the attribute that members are added by on `side` cannot be used, where there is one.
    pub(super) fn unusable_key(&self, side: Side, from: &Member) -> Option<String> {
        super::keyed::key_of(
            self.sync,
            side,
            &self.reading(side).capabilities,
            &from.attributes,
        )
        .err()
    }

    pub(super) fn is_excluded(&self, person: &Person) -> bool {
        self.any_fits(&self.sync.exclude, person)
    }

    pub(super) fn is_protected(&self, person: &Person) -> bool {
        self.any_fits(&self.sync.protected, person)
    }

    fn any_fits(&self, patterns: &[Pattern], person: &Person) -> bool {
        !patterns.is_empty()
            && positions(person).any(|(side, position)| {
                self.member(side, position)
                    .is_some_and(|member| fits_any(patterns, member))
            })
    }

    /// Whether any entry of the person on this side opted out: one is enough.
    pub(super) fn is_opted_out(&self, person: &Person, side: Side) -> bool {
        positions(person)
            .filter(|(at, _)| *at == side)
            .any(|(side, position)| {
                self.member(side, position)
                    .is_some_and(|member| member.standing == Standing::OptedOut)
            })
    }

    /// Why somebody who is about to join a list is left out of it; `None` when they are not.
    pub(super) fn left_out(&self, side: Side, newcomer: &Member) -> Option<&'a str> {
        self.left_out.of(side).why(newcomer)
    }

    /// Whether the rule for the first run keeps everyone where they are.
    pub(super) fn first_run_removes_nobody(&self) -> bool {
        self.baseline.is_none() && self.sync.first_run == FirstRun::Union
    }
}

/// Whether any of the patterns fits the member.
pub(super) fn fits_any(patterns: &[Pattern], member: &Member) -> bool {
    patterns.iter().any(|pattern| pattern.fits(member))
}

/// Every position of a person.
pub(super) fn positions(person: &Person) -> impl Iterator<Item = (Side, u32)> {
    let first = [
        (Side::Source, person.at.source),
        (Side::Target, person.at.target),
    ];
    let first = first
        .into_iter()
        .filter_map(|(side, position)| Some((side, position?)));
    first.chain(person.second.iter().copied())
}
