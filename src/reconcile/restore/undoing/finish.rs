//! The plan of a restore, from what was gathered.

use std::collections::BTreeSet;

use super::Undoing;
use crate::{
    definition::sync::Direction,
    model::list::Sides,
    plan::value::{InPlay, PLAN_VERSION, Plan},
    reconcile::matching::Found,
};

impl Undoing<'_> {
    /// The plan.
    pub(in crate::reconcile::restore) fn finish(mut self) -> Plan {
        let Sides { source, target } = self.situation.readings;
        self.planned
            .sort_by(|left, right| left.order().cmp(&right.order()));
        self.withheld
            .sort_by(|left, right| (&left.label, left.side).cmp(&(&right.label, right.side)));
        self.ignored
            .sort_by(|left, right| (&left.label, left.side).cmp(&(&right.label, right.side)));
        let mut in_play: Vec<InPlay> = self.in_play.values().cloned().collect();
        in_play.append(&mut self.more_in_play);
        let forgotten = |entry: &u32| self.forgets.contains(entry);
        in_play.retain(|person| !person.entry.as_ref().is_some_and(forgotten));
        let spoken_for: BTreeSet<u32> = in_play.iter().filter_map(|known| known.entry).collect();
        let entries = self
            .situation
            .baseline
            .map_or(0, |known| known.entries.len());
        let others = (0..entries as u32)
            .filter(|entry| !spoken_for.contains(entry) && !self.forgets.contains(entry));
        in_play.extend(others.map(|entry| InPlay {
            entry: Some(entry),
            ..InPlay::default()
        }));
        let unchanged = (0..).zip(&self.people).filter(|(number, person)| {
            let is_on_both = person.at.source.is_some() && person.at.target.is_some();
            is_on_both && person.found == Found::Person && !self.touched.contains(number)
        });
        Plan {
            version: PLAN_VERSION,
            sync: self.situation.sync.id.clone(),
            two_way: self.situation.sync.direction == Direction::TwoWay,
            first_run: false,
            lists: Sides {
                source: source.list.clone(),
                target: target.list.clone(),
            },
            members: Sides {
                source: source.members.len(),
                target: target.members.len(),
            },
            // Nobody is removed because of who is not on the other list. But whoever undoes this run has to know whom its
            // snapshot may be without.
            doubts: Sides {
                source: source.doubts.clone(),
                target: target.doubts.clone(),
            },
            redefined: Vec::new(),
            redefined_to: None,
            handed: Sides::default(),
            restores: Some(self.undone.run.to_owned()),
            create: None,
            unchanged: unchanged.count(),
            changes: self.planned,
            withheld: self.withheld,
            ignored: self.ignored,
            lapsed: Vec::new(),
            people: in_play,
            forgets: self.forgets.into_iter().collect(),
            wants_directory: self.wants_directory,
        }
    }
}
