//! Limits and approvals.

use jiff::Timestamp;
use proptest::{prelude::*, test_runner::RngSeed};

use super::*;
use crate::plan::{
    limits::{Limit, Limits, OverLimit},
    review::{Approval, Breach, Limited, Review, review},
};

const NOW: Timestamp = Timestamp::UNIX_EPOCH;

/// So many additions and removals on the source, and on the target; beside them one update.
fn numbers(source: (usize, usize), target: (usize, usize)) -> Plan {
    let mut changes = vec![rename(Side::Target, "kim", None, Some("Park"))];
    for (side, (additions, removals)) in [(Side::Source, source), (Side::Target, target)] {
        changes.extend((0..additions).map(|number| add(side, &format!("new{number}"))));
        changes.extend((0..removals).map(|number| remove(side, &format!("old{number}"))));
    }
    plan(changes)
}

fn limit(count: Option<usize>, percent: Option<u8>) -> Limit {
    Limit { count, percent }
}

fn removals(limit: Limit) -> Limits {
    Limits {
        removals: limit,
        ..Limits::default()
    }
}

fn goes_on(review: &Review) -> usize {
    review.approved.changes().count()
}

#[test]
fn limits_hold_what_is_over_them() {
    let none = limit(None, None);
    let one = limit(Some(1), None);
    let additions = |limit| Limits {
        additions: limit,
        removals: none,
        ..Limits::default()
    };
    let everything = |limits: Limits| Limits {
        over_limit: OverLimit::EverythingWaits,
        ..limits
    };
    // Name, limits, changes to the source, to the target; how many wait, and on how many counts.
    type Numbers = (usize, usize);
    let table: [(&str, Limits, Numbers, Numbers, usize, usize); 15] = [
        ("no limit", removals(none), (9, 9), (9, 9), 0, 0),
        ("at the count", removals(one), (0, 0), (0, 1), 0, 0),
        ("over the count", removals(one), (0, 0), (3, 2), 2, 1),
        ("on the source", removals(one), (3, 2), (0, 0), 2, 1),
        ("each side by itself", removals(one), (0, 1), (0, 1), 0, 0),
        ("on both sides", removals(one), (0, 2), (0, 2), 4, 2),
        (
            "one side over, both wait",
            removals(one),
            (0, 1),
            (0, 2),
            3,
            1,
        ),
        (
            "at a tenth of twenty",
            Limits::default(),
            (0, 0),
            (0, 2),
            0,
            0,
        ),
        (
            "over a tenth of twenty",
            Limits::default(),
            (0, 0),
            (0, 3),
            3,
            1,
        ),
        (
            "none at all",
            removals(limit(Some(0), None)),
            (0, 0),
            (0, 1),
            1,
            1,
        ),
        (
            "the stricter one",
            removals(limit(Some(9), Some(5))),
            (0, 0),
            (0, 2),
            2,
            1,
        ),
        ("additions", additions(one), (0, 1), (2, 1), 5, 1),
        ("additions below", additions(one), (1, 5), (1, 5), 0, 0),
        (
            "everything",
            everything(removals(one)),
            (3, 0),
            (0, 2),
            6,
            1,
        ),
        (
            "both kinds",
            Limits {
                additions: one,
                ..removals(one)
            },
            (2, 0),
            (0, 2),
            5,
            2,
        ),
    ];
    for (name, limits, source, target, waiting, breaches) in table {
        let plan = numbers(source, target);
        let all = plan.changes.len();
        let review = review(plan, &limits, None, NOW);
        let held = review.held.as_ref();
        assert_eq!(held.map_or(0, |held| held.waiting), waiting, "{name}");
        assert_eq!(
            held.map_or(0, |held| held.breaches.len()),
            breaches,
            "{name}"
        );
        assert_eq!(goes_on(&review), all - waiting, "{name}");
    }
}

#[test]
fn a_share_counts_only_above_a_size_and_a_number_always() {
    let share = |only_above| Limits {
        only_above,
        ..removals(limit(None, Some(10)))
    };
    for (only_above, members, is_held) in [(19, 20, true), (20, 20, false), (0, 1, true)] {
        let mut plan = numbers((0, 0), (0, 3));
        plan.members.target = members;
        let review = review(plan, &share(only_above), None, NOW);
        assert_eq!(review.held.is_some(), is_held, "{only_above} {members}");
    }
    let mut plan = numbers((0, 0), (0, 3));
    plan.members.target = 3;
    assert!(
        review(plan, &removals(limit(Some(2), None)), None, NOW)
            .held
            .is_some()
    );
}

#[test]
fn the_first_run_is_limited_like_any_other() {
    let mut plan = numbers((0, 0), (0, 3));
    plan.first_run = true;
    let held = review(plan, &Limits::default(), None, NOW).held.unwrap();
    let breach = Breach {
        side: Side::Target,
        of: Limited::Removals,
        planned: 3,
        members: 20,
        limit: limit(None, Some(10)),
    };
    assert_eq!(held.breaches, [breach]);
}

#[test]
fn a_list_is_not_created_while_everything_waits() {
    let limits = Limits {
        additions: limit(Some(1), None),
        ..Limits::default()
    };
    let mut plan = numbers((0, 0), (2, 0));
    plan.create = Some(Side::Target);
    let held = review(plan.clone(), &limits, None, NOW);
    assert_eq!(held.approved.create(), None);
    let approval = approval(held.held.unwrap().digest.short());
    let approved = review(plan, &limits, Some(&approval), NOW);
    assert_eq!(approved.approved.create(), Some(Side::Target));
    assert_eq!(approved.held, None);
}

fn approval(digest: &str) -> Approval {
    Approval {
        digest: digest.to_owned(),
        by: "ada".to_owned(),
        expires: Timestamp::MAX,
    }
}

#[test]
fn an_approval_names_what_waits_or_the_whole_plan() {
    let plan = || numbers((3, 0), (0, 3));
    let held = review(plan(), &Limits::default(), None, NOW).held.unwrap();
    let after_the_additions = crate::plan::tests::plan(
        plan()
            .changes
            .into_iter()
            .filter(|change| change.is_removal())
            .collect(),
    );
    assert_eq!(held.digest, after_the_additions.digest());
    assert_ne!(held.digest, plan().digest());
    for digest in [held.digest, plan().digest()] {
        let approval = approval(digest.short());
        let review = review(plan(), &Limits::default(), Some(&approval), NOW);
        assert_eq!(review.held, None);
        assert_eq!(goes_on(&review), plan().changes.len());
    }
}

#[test]
fn an_approval_that_does_not_fit_lets_nothing_through() {
    let plan = || numbers((3, 0), (0, 3));
    let digest = plan().digest();
    let until = |expires| Approval {
        expires,
        ..approval(digest.as_str())
    };
    let table = [
        (
            approval("0123456789ab"),
            "the approval names `0123456789ab`",
        ),
        (approval(&digest.as_str()[..11]), "the approval names"),
        (until(NOW), "the approval expired at 1970-01-01T00:00:00Z"),
    ];
    for (approval, why) in table {
        let review = review(plan(), &Limits::default(), Some(&approval), NOW);
        assert_eq!(goes_on(&review), 0);
        let held = review.held.unwrap();
        assert_eq!(held.waiting, plan().changes.len());
        assert!(held.misfit.unwrap().starts_with(why));
    }
    let just = until(NOW + jiff::SignedDuration::from_nanos(1));
    assert_eq!(
        review(plan(), &Limits::default(), Some(&just), NOW).held,
        None
    );
}

prop_compose! {
    fn some_limit()(
        count in prop::option::of(0..6usize),
        percent in prop::option::of(0..=100u8),
    ) -> Limit {
        limit(count, percent)
    }
}

prop_compose! {
    fn some_limits()(
        additions in some_limit(),
        removals in some_limit(),
        only_above in 0..30usize,
        everything in any::<bool>(),
    ) -> Limits {
        let over_limit = if everything { OverLimit::EverythingWaits } else { OverLimit::RemovalsWait };
        Limits { additions, removals, only_above, over_limit, ..Limits::default() }
    }
}

prop_compose! {
    fn some_plan()(
        source in (0..6usize, 0..6usize),
        target in (0..6usize, 0..6usize),
        members in (0..40usize, 0..40usize),
    ) -> Plan {
        let mut plan = numbers(source, target);
        plan.members = Sides { source: members.0, target: members.1 };
        plan
    }
}

fn raised(limit: Limit, by: usize) -> Limit {
    Limit {
        count: limit.count.map(|count| count + by),
        percent: limit
            .percent
            .map(|percent| percent.saturating_add(by as u8)),
    }
}

proptest! {
    #![proptest_config(ProptestConfig {
        rng_seed: RngSeed::Fixed(2),
        failure_persistence: None,
        ..ProptestConfig::default()
    })]

    #[test]
    fn raising_a_limit_never_adds_a_breach(plan in some_plan(), limits in some_limits(), by in 0..9usize, lift in any::<bool>()) {
        let higher = Limits {
            additions: if lift { Limit::default() } else { raised(limits.additions, by) },
            removals: raised(limits.removals, by),
            only_above: limits.only_above + by,
            ..limits
        };
        let breaches = |limits: &Limits| -> Vec<(Side, Limited)> {
            let held = review(plan.clone(), limits, None, NOW).held;
            held.into_iter().flat_map(|held| held.breaches).map(|breach| (breach.side, breach.of)).collect()
        };
        let before = breaches(&limits);
        prop_assert!(breaches(&higher).iter().all(|breach| before.contains(breach)));
        prop_assert!(goes_on(&review(plan.clone(), &higher, None, NOW)) >= goes_on(&review(plan.clone(), &limits, None, NOW)));
    }

    #[test]
    fn what_goes_on_and_what_waits_are_the_plan(plan in some_plan(), limits in some_limits()) {
        let review = review(plan.clone(), &limits, None, NOW);
        let waiting = review.held.as_ref().map_or(0, |held| held.waiting);
        prop_assert_eq!(goes_on(&review) + waiting, plan.changes.len());
        for (position, change) in review.approved.changes() {
            prop_assert_eq!(Some(change), plan.changes.get(position));
        }
        prop_assert_eq!(review.approved.plan(), &plan);
        prop_assert_eq!(review.held.is_some(), waiting > 0);
    }

    #[test]
    fn the_digest_people_are_told_lets_everything_through(plan in some_plan(), limits in some_limits()) {
        let told = review(plan.clone(), &limits, None, NOW).held.map_or(plan.digest(), |held| held.digest);
        let approved = review(plan.clone(), &limits, Some(&approval(told.short())), NOW);
        prop_assert_eq!(&approved.held, &None);
        prop_assert_eq!(goes_on(&approved), plan.changes.len());
        let other = review(plan, &limits, Some(&approval("0123456789abcdef")), NOW);
        prop_assert_eq!(goes_on(&other), 0);
    }
}
