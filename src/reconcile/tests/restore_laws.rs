//! Laws of undoing, over the same random lists as the laws of every plan.

use std::collections::BTreeSet;

use proptest::prelude::*;

use super::{
    Case,
    laws::{cases, config, share_a_mailbox, show},
    restored::{Fate, run},
};
use crate::{
    model::{list::Side, member::Member},
    plan::{change::Change, value::Plan},
};

fn fates() -> impl Strategy<Value = Vec<Fate>> {
    let fate = prop_oneof![
        6 => Just(Fate::Made),
        1 => Just(Fate::Lost),
        1 => Just(Fate::Found),
        1 => Just(Fate::Broken),
        1 => Just(Fate::Refused),
        1 => Just(Fate::NotTried),
        1 => Just(Fate::Held),
    ];
    prop::collection::vec(fate, 0..12)
}

fn name(member: &Member) -> String {
    let id = member.id.as_ref().map(|id| id.as_str());
    id.unwrap_or_else(|| member.label()).to_owned()
}

/// Who is on a list, by id or label.
fn on(case: &Case, side: Side) -> BTreeSet<String> {
    let reading = match side {
        Side::Source => &case.source,
        Side::Target => &case.target,
    };
    reading.members.iter().map(name).collect()
}

/// Whom a plan tells about on one side, by label.
fn told(plan: &Plan, side: Side) -> BTreeSet<String> {
    let withheld = plan
        .withheld
        .iter()
        .filter(|withheld| withheld.side == side);
    let ignored = plan.ignored.iter().filter(|ignored| ignored.side == side);
    let withheld = withheld.map(|withheld| withheld.label.clone());
    withheld
        .chain(ignored.map(|ignored| ignored.label.clone()))
        .collect()
}

fn clone(case: &Case) -> Case {
    Case {
        sync: case.sync.clone(),
        source: case.source.clone(),
        target: case.target.clone(),
        baseline: case.baseline.clone(),
    }
}

proptest! {
    #![proptest_config(config())]

    #[test]
    fn everybody_the_run_touched_is_as_before_or_told(case in cases(), fates in fates()) {
        prop_assume!(!share_a_mailbox(&case.source.members) && !share_a_mailbox(&case.target.members));
        let before = clone(&case);
        let mut case = case;
        let ran = run(&mut case, &fates);
        let after = clone(&case);
        let plan = ran.undo(&case);
        ran.undone(&mut case);
        for side in [Side::Source, Side::Target] {
            let (was, then, is) = (on(&before, side), on(&after, side), on(&case, side));
            let told = told(&plan, side);
            let touched: Vec<&Change> = ran.plan.changes_to(side).collect();
            // A guest gets an id, and somebody who comes back by address has none that is known.
            let labels = |case: &Case| -> BTreeSet<String> {
                let reading = if side == Side::Source { &case.source } else { &case.target };
                reading.members.iter().map(|member| member.label().to_owned()).collect()
            };
            let (was_l, is_l) = (labels(&before), labels(&case));
            for (change, fate) in touched.iter().zip(ran.plan.changes.iter().enumerate().filter(|(_, change)| change.side == side).map(|(place, _)| fates.get(place).copied().unwrap_or(Fate::Made))) {
                let label = change.member.label().to_owned();
                if matches!(fate, Fate::Made | Fate::Lost) && !told.contains(&label) {
                    prop_assert_eq!(was_l.contains(&label), is_l.contains(&label), "{} on {:?}\n{}", label, side, show(&case, &plan));
                }
            }
            // Nobody else comes or goes.
            let names: BTreeSet<String> = touched.iter().map(|change| name(&change.member)).collect();
            let labels: BTreeSet<&str> = touched.iter().map(|change| change.member.label()).collect();
            let is_touched = |who: &String| names.contains(who) || labels.contains(who.trim_start_matches("guest-"));
            let others = |set: &BTreeSet<String>| -> BTreeSet<String> { set.iter().filter(|who| !is_touched(who)).cloned().collect() };
            prop_assert_eq!(others(&then), others(&is), "{}", show(&case, &plan));
            prop_assert!(others(&was) == others(&is));
        }
    }

    #[test]
    fn undoing_twice_changes_nothing_more(case in cases(), fates in fates()) {
        let mut case = case;
        let ran = run(&mut case, &fates);
        let first = ran.undo(&case);
        ran.undone(&mut case);
        let again = ran.undo(&case);
        prop_assert!(again.is_empty(), "{}\nthen\n{}", show(&case, &first), show(&case, &again));
    }

    #[test]
    fn nobody_protected_excluded_or_opted_out_is_moved(case in cases(), fates in fates()) {
        let mut case = case;
        let ran = run(&mut case, &fates);
        for change in ran.undo(&case).changes {
            let member = &change.member;
            let fits = |patterns: &[crate::definition::pattern::Pattern]| patterns.iter().any(|pattern| pattern.fits(member));
            prop_assert!(!fits(&case.sync.exclude));
            prop_assert!(!change.is_removal() || !fits(&case.sync.protected));
            prop_assert!(member.standing == crate::model::member::Standing::Subscribed);
            prop_assert!(case.target.capabilities.keeps.is_none() || !change.is_removal() || change.side == Side::Source);
        }
    }

    #[test]
    fn what_was_undone_takes_nobody_off_the_other_list(case in cases(), fates in fates()) {
        prop_assume!(case.sync.direction == crate::definition::sync::Direction::TwoWay);
        prop_assume!(!share_a_mailbox(&case.source.members) && !share_a_mailbox(&case.target.members));
        let mut case = case;
        let ran = run(&mut case, &fates);
        let agreed = case.baseline.clone();
        let plan = ran.undo(&case);
        ran.undone(&mut case);
        let moved: Vec<&Change> = plan.changes.iter().filter(|change| !matches!(change.action, crate::plan::change::Action::Update(_))).collect();
        for died in [false, true] {
            if died {
                // Another attempt at what died before it wrote down what both sides agree on.
                case.baseline = agreed.clone();
                ran.undone(&mut case);
            }
            for removal in case.plan().changes.iter().filter(|change| change.is_removal()) {
                let is_moved = moved.iter().any(|change| change.member.addresses.iter().any(|address| removal.member.addresses.contains(address)));
                // Whom the sync is not about leaves for that reason.
                let for_filter = matches!(removal.reason, crate::plan::change::Reason::OutsideFilter(_));
                prop_assert!(!is_moved || for_filter, "died {died}: {}\nnext {}", show(&case, &plan), show(&case, &case.plan()));
            }
        }
    }

    #[test]
    fn a_restore_undone_is_as_if_nothing_had_been(case in cases()) {
        prop_assume!(!share_a_mailbox(&case.source.members) && !share_a_mailbox(&case.target.members));
        let mut case = case;
        let ran = run(&mut case, &[]);
        let after = clone(&case);
        let plan = ran.undo(&case);
        prop_assume!(plan.withheld.is_empty() && plan.ignored.is_empty());
        let restored = ran.undone(&mut case);
        let back = restored.undo(&case);
        prop_assume!(back.withheld.is_empty() && back.ignored.is_empty());
        restored.undone(&mut case);
        for side in [Side::Source, Side::Target] {
            prop_assert_eq!(on(&after, side), on(&case, side), "{}", show(&case, &back));
        }
    }
}
