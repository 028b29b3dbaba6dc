//! What somebody's opt-out on the platform of one list does to their place on the other one.

use super::{
    Case, directory, member, now,
    story::{Story, in_short},
    two_way,
};
use crate::{
    definition::{
        pattern::Pattern,
        sync::{OptOuts, Removes},
    },
    model::{
        baseline::{Baseline, Identity, Origin, Tombstone},
        capabilities::{AddsBy, Capabilities},
        ledger::Move,
        list::Side,
    },
    plan::change::Reason,
};

/// Ada opted out on the messaging platform and is in the group; Bob is on both lists.
fn opted_out() -> Case {
    let mut case = two_way(
        &["ada@acme.example opted-out", "bob@acme.example"],
        &["#1 ada@acme.example", "#2 bob@acme.example"],
        Some(&[
            ("ada@acme.example", "#1 ada@acme.example"),
            ("bob@acme.example", "#2 bob@acme.example"),
        ]),
    )
    .knowing(&["#1 ada@acme.example", "#2 bob@acme.example"]);
    case.sync.opt_outs = OptOuts::Leave;
    case
}

#[test]
fn whoever_opted_out_leaves_the_other_list_where_the_sync_says_so() {
    let mut story = Story::of(opted_out());
    let plan = story.run();
    assert_eq!(in_short(&plan), ["- ada Target"]);
    assert_eq!(plan.changes[0].reason, Reason::OptedOutThere);
    for _ in 0..2 {
        assert_eq!(
            in_short(&story.run()),
            ["! ada not added Target: opted out"]
        );
    }
    let mut stays = opted_out();
    stays.sync.opt_outs = OptOuts::Stay;
    assert!(stays.plan().is_empty());
}

#[test]
fn it_goes_for_both_lists_and_for_people_nobody_synced() {
    let mut case = opted_out();
    std::mem::swap(&mut case.source, &mut case.target);
    case.source.list.connection = "entra-id".to_owned();
    case.baseline = Some(Baseline::default());
    assert_eq!(in_short(&case.plan()), ["- ada Source"]);
}

#[test]
fn it_is_a_removal_like_any_other() {
    type Objection = fn(&mut Case);
    let table: [(Objection, &str); 6] = [
        (
            |case| case.source.doubts.push("a page may be missing".to_owned()),
            "! ada stays Target: no proof",
        ),
        (
            |case| case.sync.protected = vec![Pattern::parse("ada@acme.example").unwrap()],
            "! ada stays Target: protected",
        ),
        (
            |case| case.sync.removes = Removes::OnlyAdded,
            "! ada stays Target: not ours",
        ),
        (
            |case| case.target.members[0].standing = crate::model::member::Standing::OptedOut,
            "! ada stays Target: opted out",
        ),
        (
            |case| case.target.capabilities.keeps = Some("a test".to_owned()),
            "! ada stays Target: nobody is removed there: a test",
        ),
        (
            |case| case.baseline = None,
            "! ada stays Target: the first run removes nobody",
        ),
    ];
    for (change, expected) in table {
        let case = opted_out().with(change);
        assert_eq!(in_short(&case.plan()), [expected]);
    }
    let excluded = opted_out()
        .with(|case| case.sync.exclude = vec![Pattern::parse("ada@acme.example").unwrap()]);
    assert!(excluded.plan().is_empty());
}

/// The platform knows these people beyond its list; Ada is in the group alone.
fn known_beyond(people: &[&str], ada: &str) -> Case {
    let mut case = two_way(
        &["bob@acme.example"],
        &[ada, "#2 bob@acme.example"],
        Some(&[("bob@acme.example", "#2 bob@acme.example")]),
    );
    case.source.capabilities = Capabilities {
        knows_people: true,
        ..Capabilities::new(AddsBy::Address, 100)
    };
    case.source.directory = Some(directory(people));
    case.sync.opt_outs = OptOuts::Leave;
    case
}

#[test]
fn whoever_the_platform_knows_as_opted_out_leaves_as_well() {
    let ada = "#1 ada@acme.example";
    let case = known_beyond(&["#c1 ada@acme.example opted-out"], ada);
    assert_eq!(in_short(&case.plan()), ["- ada Target"]);
    let mut story = Story::of(case);
    story.run();
    assert!(story.run().is_empty());
    let stays = known_beyond(&["#c1 ada@acme.example opted-out"], ada)
        .with(|case| case.sync.opt_outs = OptOuts::Stay);
    assert_eq!(
        in_short(&stays.plan()),
        ["! ada not added Source: opted out"]
    );
    let subscribed = known_beyond(&["#c1 ada@acme.example"], ada);
    assert_eq!(in_short(&subscribed.plan()), ["+ ada Source"]);
    // Nobody was asked yet: that says nothing.
    let unknown = known_beyond(&[], ada).with(|case| case.source.directory = None);
    assert_eq!(unknown.plan().totals().remove, 0);
}

#[test]
fn whoever_only_shares_a_telephone_with_an_opt_out_loses_no_place() {
    let ada = "#1 ada@acme.example +41446681800";
    for people in [
        &["#c1 eve@acme.example +41446681800 opted-out"][..],
        &[
            "#c1 +41446681800 opted-out",
            "#c2 ada@acme.example +41446681800",
        ],
    ] {
        let case = known_beyond(people, ada);
        assert_eq!(
            in_short(&case.plan()),
            ["! ada not added Source: opted out"],
            "{people:?}"
        );
    }
    let hers = known_beyond(&["#c1 +41446681800 opted-out"], ada);
    assert_eq!(in_short(&hers.plan()), ["- ada Target"]);
}

#[test]
fn an_opt_out_that_is_remembered_counts_and_a_refusal_without_a_reason_does_not() {
    for (origin, expected) in [
        (Origin::OptedOut, "- ada Target"),
        (
            Origin::NotTaken,
            "! ada not added Source: not taken on 2026-03-04, and not tried again: a test",
        ),
    ] {
        let mut case = known_beyond(&[], "#1 ada@acme.example");
        case.baseline.as_mut().unwrap().tombstones = vec![Tombstone {
            side: Side::Source,
            who: Identity::of(&member("ada@acme.example")),
            since: now(),
            said: "a test".to_owned(),
            origin,
            shown: false,
            known_by: Default::default(),
        }];
        assert_eq!(in_short(&case.plan()), [expected]);
    }
}

#[test]
fn going_back_and_forth_does_not_outweigh_an_opt_out() {
    let often = || {
        let mut case = opted_out();
        case.baseline.as_mut().unwrap().entries[0].put = Some(Box::new(Move {
            side: Side::Target,
            run: "run-5".to_owned(),
            at: now(),
            turns: vec![now(); 4],
        }));
        case
    };
    assert_eq!(in_short(&often().plan()), ["- ada Target"]);
    let left = often().with(|case| drop(case.source.members.remove(0)));
    assert_eq!(
        in_short(&left.plan()),
        ["! ada stays Target: oscillates after 4 turns"]
    );
}
