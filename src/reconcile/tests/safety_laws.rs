//! Laws of safety: what never happens, whatever the lists say and however late they say it.

use std::collections::BTreeSet;

use jiff::SignedDuration;
use proptest::prelude::*;

use super::{
    Case, applied, applied_by,
    laws::{cases, config, holds_back, share_a_mailbox, show},
    now,
};
use crate::{
    definition::sync::{Direction, OptOuts, Removes},
    model::{
        baseline::BaselineEntry,
        ledger::{Counted, Move},
        list::{Side, Sides},
        member::{Kind, Member},
        reading::Reading,
    },
    plan::{
        change::{Change, Reason},
        value::Plan,
    },
};

const SETTLES_IN: u32 = 60;

fn reading(case: &Case, side: Side) -> &Reading {
    match side {
        Side::Source => &case.source,
        Side::Target => &case.target,
    }
}

fn removals(plan: &Plan) -> impl Iterator<Item = &Change> {
    plan.changes.iter().filter(|change| change.is_removal())
}

/// Both lists settle after an hour. Nobody is invited: how long a guest takes is another matter.
fn settling(case: Case) -> Case {
    case.with(|case| {
        case.source.capabilities.settles_in = SETTLES_IN;
        case.target.capabilities.settles_in = SETTLES_IN;
        case.sync.guests.invite = false;
    })
}

/// The case after its plan, with the lists named read as they were before it.
fn read_late(before: &Case, after: Case, late: Sides<bool>) -> Case {
    after.with(|after| {
        if late.source {
            after.source = before.source.clone();
        }
        if late.target {
            after.target = before.target.clone();
        }
    })
}

/// Whether another run may bring to light what held a first one back.
fn is_one_run_enough(case: &Case, plan: &Plan) -> bool {
    !plan.withheld.iter().any(holds_back) && !share_a_mailbox(&case.target.members)
}

fn some_sides() -> impl Strategy<Value = Sides<bool>> {
    (any::<bool>(), any::<bool>()).prop_map(|(source, target)| Sides { source, target })
}

proptest! {
    #![proptest_config(config())]

    #[test]
    fn nobody_is_removed_without_proof(case in cases(), before in prop::option::of(0..40usize), is_target in any::<bool>()) {
        let side = if is_target { Side::Target } else { Side::Source };
        let mut case = case;
        let baseline = case.baseline.get_or_insert_default();
        *baseline.read.of_mut(side) = before.map(|members| Counted { members, fewer: None });
        let plan = case.plan();
        for change in removals(&plan) {
            let other = reading(&case, change.side.other());
            prop_assert!(other.is_whole() && other.exists && !other.members.is_empty());
            let before = before.filter(|_| change.side.other() == side).unwrap_or(0);
            prop_assert!(before < 10 || other.members.len() * 2 >= before, "{before} before\n{}", show(&case, &plan));
        }
        let far_fewer = |side: Side| !plan.doubts.of(side).is_empty() && reading(&case, side).is_whole();
        if far_fewer(side) {
            prop_assert!(plan.changes_to(side.other()).all(|change| !change.is_removal()));
        }
    }

    #[test]
    fn a_late_reading_moves_nobody(case in cases(), late in some_sides(), minutes in 0..SETTLES_IN) {
        let case = settling(case);
        let plan = case.plan();
        prop_assume!(is_one_run_enough(&case, &plan));
        let after = read_late(&case, applied(&case, &plan), late);
        let again = after.plan_at(now() + SignedDuration::from_mins(minutes.into()));
        prop_assert!(again.changes.is_empty(), "{}\nthen\n{}", show(&case, &plan), show(&after, &again));
    }

    #[test]
    fn a_late_reading_leaves_nothing_behind(case in cases(), late in some_sides(), minutes in 0..SETTLES_IN) {
        // What follows from it neither removes nor adds anybody once the lists show what was done.
        let case = settling(case);
        let plan = case.plan();
        prop_assume!(is_one_run_enough(&case, &plan));
        let after = applied(&case, &plan);
        let seen = read_late(&case, applied(&case, &plan), late);
        let soon = now() + SignedDuration::from_mins(minutes.into());
        let learned = applied_by(&seen, &seen.plan_at(soon), "run-2", soon).baseline;
        let after = after.with(|after| after.baseline = learned);
        for later in [soon, soon + SignedDuration::from_hours(2)] {
            let again = after.plan_at(later);
            prop_assert!(again.changes.is_empty(), "{}\nthen\n{}", show(&case, &plan), show(&after, &again));
        }
    }

    #[test]
    fn an_unchanged_world_is_stable_once_it_settled(case in cases()) {
        let case = settling(case);
        let plan = case.plan();
        prop_assume!(is_one_run_enough(&case, &plan));
        let mut case = applied(&case, &plan);
        for hours in 1..20 {
            let then = now() + SignedDuration::from_hours(24 * hours);
            let plan = case.plan_at(then);
            prop_assert!(plan.is_empty(), "{}", show(&case, &plan));
            case = applied_by(&case, &plan, "run-2", then);
        }
        let kept = case.baseline.clone();
        let then = now() + SignedDuration::from_hours(24 * 20);
        let plan = case.plan_at(then);
        prop_assert_eq!(applied_by(&case, &plan, "run-3", then).baseline, kept);
    }

    #[test]
    fn nobody_is_removed_whom_somebody_else_put_there(case in cases(), ours in prop::collection::vec(any::<Option<bool>>(), 6)) {
        let mut case = case;
        case.sync.removes = Removes::OnlyAdded;
        let entries = case.baseline.iter_mut().flat_map(|baseline| &mut baseline.entries);
        for (entry, ours) in entries.zip(ours) {
            entry.put = ours.map(|is_target| {
                let side = if is_target { Side::Target } else { Side::Source };
                Box::new(Move { side, run: "run-0".to_owned(), at: now(), turns: Vec::new() })
            });
        }
        let plan = case.plan();
        let entries = case.baseline.as_ref().map_or(&[][..], |baseline| &baseline.entries);
        for change in removals(&plan) {
            let is_about = |entry: &&BaselineEntry| {
                let who = entry.who.of(change.side);
                who.id == change.member.id || who.address.as_ref() == change.member.address()
            };
            let put = entries.iter().filter(is_about).filter_map(|entry| entry.put.as_deref());
            prop_assert!(put.into_iter().any(|put| put.side == change.side), "{}", show(&case, &plan));
        }
    }

    #[test]
    fn a_merge_loses_nobody_whom_both_sides_kept(case in cases(), leave in any::<bool>()) {
        let mut case = case;
        case.sync.direction = Direction::TwoWay;
        if leave {
            case.sync.opt_outs = OptOuts::Leave;
        }
        let plan = case.plan();
        let both: BTreeSet<(u32, u32)> = plan.people.iter()
            .filter_map(|person| Some((person.seen.source?, person.seen.target?)))
            .collect();
        for change in removals(&plan) {
            let kept = change.seen.source.zip(change.seen.target).is_some_and(|at| both.contains(&at));
            let is_said = matches!(change.reason, Reason::OutsideFilter(_) | Reason::OptedOutThere);
            prop_assert!(!kept || is_said, "{}", show(&case, &plan));
            prop_assert!(leave || change.reason != Reason::OptedOutThere);
        }
    }

    #[test]
    fn only_people_are_touched(case in cases(), late in some_sides()) {
        let case = settling(case).with(|case| case.sync.opt_outs = OptOuts::Leave);
        let plan = case.plan();
        let after = read_late(&case, applied(&case, &plan), late);
        let again = after.plan();
        let is_person = |member: &Member| member.kind == Kind::Person;
        for plan in [&plan, &again] {
            prop_assert!(plan.changes.iter().all(|change| is_person(&change.member)));
        }
        let others = |reading: &Reading| reading.members.iter().filter(|member| !is_person(member)).count();
        let after = applied(&case, &plan);
        prop_assert_eq!((others(&after.source), others(&after.target)), (others(&case.source), others(&case.target)));
    }

    #[test]
    fn the_order_of_pages_changes_nothing_of_what_is_remembered(case in cases(), turns in 0..7usize) {
        let case = settling(case);
        let first = applied(&case, &case.plan());
        let turned = |reading: &Reading| {
            let mut members = reading.members.clone();
            let turns = turns % members.len().max(1);
            members.rotate_left(turns);
            let sorted = Reading::whole(reading.list.clone(), members, reading.capabilities.clone());
            Reading { members: sorted.members, ..reading.clone() }
        };
        let other = Case {
            sync: case.sync.clone(),
            source: turned(&case.source),
            target: turned(&case.target),
            baseline: case.baseline.clone(),
        };
        let second = applied(&other, &other.plan());
        let taken = |case: &Case| case.baseline.as_ref().map(|baseline| (baseline.taken.clone(), baseline.read.clone()));
        prop_assert_eq!(taken(&first), taken(&second));
    }
}
