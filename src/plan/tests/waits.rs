//! What waits beside too many additions and removals: everything after a change of the definition, removals beside too
//! many unresolved entries, and most of a small list.

use jiff::Timestamp;
use proptest::{prelude::*, test_runner::RngSeed};

use super::*;
use crate::plan::{
    limits::{Limit, Limits, OverLimit},
    outcome::Outcome,
    review::{Approval, Held, Limited, Review, review},
    text::{render, render_held},
};

const NOW: Timestamp = Timestamp::UNIX_EPOCH;

fn reviewed(plan: &Plan, limits: &Limits, digest: Option<&str>) -> Review {
    let approval = digest.map(|digest| Approval {
        digest: digest.to_owned(),
        by: "ada".to_owned(),
        expires: Timestamp::MAX,
    });
    review(plan.clone(), limits, approval.as_ref(), NOW)
}

fn held(plan: &Plan, limits: &Limits) -> Option<Held> {
    reviewed(plan, limits, None).held
}

fn redefined(mut plan: Plan, to: &str) -> Plan {
    plan.redefined = vec!["filters".to_owned(), "mapping".to_owned()];
    plan.redefined_to = Some(to.to_owned());
    plan
}

fn removals(count: usize, members: usize) -> Plan {
    let mut plan = plan(
        (0..count)
            .map(|number| remove(Side::Target, &format!("old{number}")))
            .collect(),
    );
    plan.members.target = members;
    plan
}

fn percent(percent: u8) -> Limit {
    Limit {
        count: None,
        percent: Some(percent),
    }
}

#[test]
fn after_a_change_of_the_definition_everything_waits_for_one_approval() {
    let calm = || plan(vec![add(Side::Target, "ada"), remove(Side::Source, "lee")]);
    assert_eq!(held(&calm(), &Limits::default()), None);
    let plan = redefined(calm(), "v2");
    let found = reviewed(&plan, &Limits::default(), None);
    assert_eq!(found.approved.changes().count(), 0);
    let held = found.held.unwrap();
    assert_eq!(held.waiting, 2);
    assert_eq!(held.redefined, ["filters", "mapping"]);
    assert!(held.breaches.is_empty());
    assert_eq!(held.digest, plan.digest());
    let text = render_held(&plan, &held);
    assert!(
        text.starts_with("HELD (definition changed: filters, mapping): everything waits"),
        "{text}"
    );
    assert!(render(&plan).contains("\nDefinition changed since the last run: filters, mapping.\n"));
    let approved = reviewed(&plan, &Limits::default(), Some(held.digest.short()));
    assert_eq!(approved.held, None);
    assert_eq!(approved.approved.changes().count(), 2);
}

#[test]
fn a_list_is_not_created_by_a_definition_that_changed() {
    let mut plan = redefined(plan(Vec::new()), "v2");
    plan.create = Some(Side::Target);
    let found = reviewed(&plan, &Limits::default(), None);
    assert_eq!(found.approved.create(), None);
    let held = found.held.unwrap();
    assert_eq!(held.waiting, 0);
    assert!(render_held(&plan, &held).contains("The list waits to be created."));
    let approved = reviewed(&plan, &Limits::default(), Some(held.digest.short()));
    assert_eq!(approved.approved.create(), Some(Side::Target));
    assert_eq!(approved.held, None);
}

#[test]
fn nothing_to_do_waits_for_nothing() {
    let plan = redefined(plan(Vec::new()), "v2");
    assert_eq!(held(&plan, &Limits::default()), None);
}

#[test]
fn an_approval_from_before_the_definition_changed_fits_no_more() {
    let calm = || removals(2, 20);
    let before = calm().digest();
    let second = redefined(calm(), "v2").digest();
    for plan in [redefined(calm(), "v2"), redefined(calm(), "v3")] {
        let found = reviewed(&plan, &Limits::default(), Some(before.as_str()));
        assert_eq!(found.approved.changes().count(), 0);
        assert!(found.held.unwrap().misfit.is_some());
    }
    // Nor does one that was given for another change of the same parts, or for none after all.
    for plan in [redefined(calm(), "v3"), calm()] {
        let found = reviewed(&plan, &Limits::default(), Some(second.as_str()));
        assert_eq!(found.approved.changes().count(), 0);
    }
}

#[test]
fn whoever_approved_a_changed_definition_approved_what_a_deadline_left() {
    let plan = redefined(removals(3, 20), "v2");
    let outcomes = [Some(Outcome::Applied), None, None];
    let mut rest = plan.clone();
    rest.changes.remove(0);
    assert_eq!(plan.digest_of_rest(&outcomes), rest.digest());
}

#[test]
fn removals_wait_while_too_much_of_the_other_list_is_unresolved() {
    // Two of twenty are a tenth, three are more.
    for (unresolved, waits) in [(2, 0), (3, 2)] {
        let mut plan = plan(vec![
            add(Side::Target, "ada"),
            remove(Side::Target, "lee"),
            remove(Side::Target, "mia"),
            remove(Side::Source, "ned"),
        ]);
        plan.first_run = true;
        plan.withheld = (0..unresolved)
            .map(|number| {
                let because = Because::unresolved(None);
                withheld(
                    Side::Target,
                    Considered::Add,
                    &format!("x{number}"),
                    because,
                )
            })
            .collect();
        let found = reviewed(&plan, &Limits::default(), None);
        let waiting = found.held.as_ref().map_or(0, |held| held.waiting);
        assert_eq!(waiting, waits);
        let Some(held) = found.held else { continue };
        let breach = &held.breaches[0];
        assert_eq!(
            (breach.side, breach.of),
            (Side::Source, Limited::Unresolved)
        );
        assert_eq!((breach.planned, breach.members), (3, 20));
        let going: Vec<&str> = found
            .approved
            .changes()
            .map(|(_, change)| change.member.label())
            .collect();
        assert_eq!(
            going,
            ["ada@acme.example", "ned@acme.example"],
            "what goes from the list with the broken entries itself goes on"
        );
        assert!(
            render_held(&plan, &held).starts_with(
                "HELD (unresolved): 3 of 20 members of mail:staff (15 %) are unknown to the other side; \
                 the limit is 10 %, and removals from entra-id:staff wait.\n"
            )
        );
        let approved = reviewed(&plan, &Limits::default(), Some(held.digest.short()));
        assert_eq!(approved.approved.changes().count(), 4);
        let everything = Limits {
            over_limit: OverLimit::EverythingWaits,
            ..Limits::default()
        };
        let found = reviewed(&plan, &everything, None);
        assert_eq!(found.approved.changes().count(), 0);
    }
}

#[test]
fn unresolved_entries_hold_nothing_where_nobody_would_be_removed() {
    let mut plan = plan(vec![add(Side::Target, "ada"), remove(Side::Source, "ned")]);
    plan.withheld = (0..20)
        .map(|number| {
            let because = Because::unresolved(None);
            withheld(
                Side::Target,
                Considered::Add,
                &format!("x{number}"),
                because,
            )
        })
        .collect();
    assert_eq!(held(&plan, &Limits::default()), None);
}

#[test]
fn only_who_should_be_known_there_counts_as_unresolved() {
    let with = |because: Because| {
        let mut plan = removals(1, 20);
        plan.withheld = vec![withheld(Side::Target, Considered::Add, "x", because); 20];
        held(&plan, &Limits::default()).is_some()
    };
    assert!(with(Because::unresolved(Some("y@acme.example"))));
    assert!(!with(Because::External));
    assert!(!with(Because::NoKey("no phone number".to_owned())));
    assert!(!with(Because::OptedOut));
    let mut plan = removals(1, 20);
    let because = Because::unresolved(None);
    plan.withheld = vec![withheld(Side::Target, Considered::Add, "x", because); 20];
    let limits = Limits {
        unresolved: Limit::default(),
        ..Limits::default()
    };
    assert_eq!(held(&plan, &limits), None, "the limit can be taken away");
}

#[test]
fn a_small_list_does_not_lose_most_of_itself_unseen() {
    // Removals, members, the percentage; whether they wait. Percentages count above ten members.
    let table = [
        (9, 10, 10, true),
        (10, 10, 10, true),
        (6, 10, 10, true),
        (5, 10, 10, false),
        (3, 4, 10, true),
        (2, 4, 10, false),
        (2, 3, 10, false),
        (2, 2, 10, false),
        (3, 3, 10, true),
        (6, 10, 60, false),
        (7, 10, 60, true),
        (10, 10, 100, false),
        (2, 11, 10, true),
    ];
    for (count, members, share, waits) in table {
        let limits = Limits {
            removals: percent(share),
            ..Limits::default()
        };
        let found = held(&removals(count, members), &limits);
        assert_eq!(found.is_some(), waits, "{count} of {members}, {share} %");
    }
    let none = Limits {
        removals: Limit::default(),
        ..Limits::default()
    };
    assert_eq!(held(&removals(10, 10), &none), None);
}

#[test]
fn a_small_list_is_filled_all_the_same() {
    let mut plan = plan(
        (0..9)
            .map(|number| add(Side::Target, &format!("new{number}")))
            .collect(),
    );
    plan.members.target = 0;
    let limits = Limits {
        additions: percent(10),
        total: percent(10),
        ..Limits::default()
    };
    assert_eq!(held(&plan, &limits), None);
}

#[test]
fn what_is_stored_of_a_held_run_can_still_be_read() {
    let old = r#"{"digest":"00","breaches":[],"misfit":null,"waiting":3}"#;
    let held: Held = serde_json::from_str(old).unwrap();
    assert!(held.redefined.is_empty());
    assert_eq!((held.difference, held.rejected), (None, None));
}

proptest! {
    #![proptest_config(ProptestConfig {
        rng_seed: RngSeed::Fixed(5),
        failure_persistence: None,
        ..ProptestConfig::default()
    })]

    #[test]
    fn no_default_lets_more_than_half_of_a_list_go(count in 3..40usize, more in 0..40usize, changed in any::<bool>()) {
        let members = count + more;
        let mut plan = removals(count, members);
        if changed {
            plan = redefined(plan, "v2");
        }
        let found = reviewed(&plan, &Limits::default(), None);
        let gone = found.approved.changes().count();
        prop_assert!(gone * 2 <= members, "{} of {}", gone, members);
        prop_assert!(!changed || gone == 0);
    }
}
