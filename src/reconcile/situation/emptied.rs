//! What is known of lists that came back empty.

use super::{A_LIST, Situation, counted};
use crate::{definition::sync::Direction, model::list::Side};

impl Situation<'_> {
    /// Why it cannot be told who is left out on a side; `None` when it can. Nobody is let in then.
    pub(in crate::reconcile) fn leaves_out_blindly(&self, side: Side) -> Option<Vec<String>> {
        let left_out = &self.reading(side).left_out;
        let before = |name| self.baseline?.left_out.of(side).get(name).copied();
        let empty = left_out.counts.iter().filter(|(_, count)| **count == 0);
        let emptied = empty.filter_map(|(name, _)| {
            let before = before(name).filter(|before| *before >= A_LIST)?;
            Some(format!(
                "{name}, whose members are left out, came back empty, and {before} people were on it before; \
                 put somebody on it, or leave it out of the definition"
            ))
        });
        let doubts: Vec<String> = left_out.doubts.iter().cloned().chain(emptied).collect();
        (!doubts.is_empty()).then_some(doubts)
    }

    /// How many people were on a list of a two-way sync that now came back empty; `None` when that is no surprise.
    pub(in crate::reconcile) fn suddenly_empty(&self, side: Side) -> Option<usize> {
        let before = self.baseline.map_or(0, |baseline| baseline.entries.len());
        let is_empty = self.reading(side).members.is_empty();
        let surprises = self.sync.direction == Direction::TwoWay && is_empty && before >= A_LIST;
        (surprises && !self.is_meant_to_shrink(side)).then_some(before)
    }

    /// Whether the definition says that the list on `side` is empty, or nearly so, on purpose by now.
    pub(in crate::reconcile) fn is_meant_to_shrink(&self, side: Side) -> bool {
        counted::is_meant_to_shrink(self.sync, side, self.now)
    }
}
