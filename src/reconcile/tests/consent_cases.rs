//! Opt-outs that outlive the entries they were read of.

use super::{Case, applied, directory, member, one_way, reading, two_way};
use crate::{
    definition::sync::OptOuts,
    model::{
        baseline::{Baseline, Origin, Tombstone},
        capabilities::{AddsBy, Updatable},
        list::Side,
        member::Standing,
    },
    plan::{
        change::{Because, Considered},
        value::Plan,
    },
};

/// A mailing list that takes addresses, with these members.
fn mailing_list(source: &[&str], members: &[&str]) -> Case {
    one_way(source, &[]).with(|case| {
        case.target = reading("mail", members, AddsBy::Address, Updatable::Nothing);
    })
}

/// The same lists after a run in which everything went well.
fn run(case: &Case) -> Case {
    applied(case, &case.plan())
}

fn stones(case: &Case) -> &[Tombstone] {
    &case.baseline.as_ref().unwrap().tombstones
}

fn gone(case: &mut Case, address: &str) {
    let members = &mut case.target.members;
    members.retain(|member| member.label() != address);
}

/// Why somebody is not added to the target.
fn why_not<'a>(plan: &'a Plan, label: &str) -> Option<&'a Because> {
    let mut withheld = plan.withheld.iter();
    let found = withheld.find(|withheld| {
        withheld.label == label
            && withheld.side == Side::Target
            && withheld.considered == Considered::Add
    })?;
    Some(&found.because)
}

fn is_remembered(because: Option<&Because>) -> bool {
    matches!(
        because,
        Some(Because::NotTaken {
            origin: Origin::OptedOut,
            ..
        })
    )
}

#[test]
fn whoever_opted_out_stays_out_when_the_entry_is_gone() {
    let case = mailing_list(
        &["ada@acme.example", "bob@acme.example"],
        &["#7 ada@acme.example opted-out", "#8 bob@acme.example"],
    );
    let seen = run(&case);
    let [stone] = stones(&seen) else {
        panic!("{:?}", stones(&seen));
    };
    assert!(stone.shown && stone.origin == Origin::OptedOut);
    assert_eq!(stone.who.label(), "ada@acme.example");
    let deleted = seen.with(|case| gone(case, "ada@acme.example"));
    deleted.check(
        "
        ! ada@acme.example  not added to mail  opted out, first seen on 2026-03-04: mail:staff showed them as opted out
        Plan: 0 to add, 0 to update, 0 to remove, 1 withheld, 1 unchanged; 2 members on csv:staff, 1 on mail:staff.
        ",
    );
    let again = run(&deleted);
    let kept = &stones(&again)[0];
    assert!(!kept.shown, "the platform does not say so any more");
    assert_eq!(again.plan().totals().add, 0);
    assert_eq!(
        run(&again).baseline,
        again.baseline,
        "nothing changes from here on"
    );
}

#[test]
fn fresh_consent_ends_it_and_nothing_else_the_platform_shows() {
    let case = mailing_list(
        &[
            "ada@acme.example ada.home@private.example",
            "x@acme.example",
        ],
        &["#7 ada@acme.example opted-out", "#8 x@acme.example"],
    );
    let deleted = run(&case).with(|case| gone(case, "ada@acme.example"));
    // Another entry of hers that was subscribed all the time says nothing of the one that opted out.
    let beside = run(&deleted).with(|case| {
        let entry = member("#9 ada.home@private.example");
        case.target.members.push(entry);
    });
    assert_eq!(stones(&run(&beside)).len(), 1);
    // A list that may not have been read whole may hide the opt-out.
    let shown = |case: Case| case.with(|case| case.target.members.push(member("ada@acme.example")));
    let doubted =
        shown(run(&deleted)).with(|case| case.target.doubts.push("no block list".to_owned()));
    assert_eq!(stones(&run(&doubted)).len(), 1);
    assert!(stones(&run(&shown(run(&deleted)))).is_empty());
    // Two entries of one address, one of which still says no.
    let both = shown(run(&case));
    assert_eq!(stones(&run(&both)).len(), 1);
}

#[test]
fn another_address_or_number_does_not_bring_them_back() {
    let changes = [
        ("#d1 a.lovelace@acme.example", true),
        ("#d1 a.lovelace@acme.example +41446681801", true),
        ("#d9 ada@acme.example", true),
        ("#d9 a.lovelace@acme.example e=77", true),
        ("#d9 zoe@acme.example ada@acme.example", false),
        ("#d9 zoe@acme.example +41446681801", false),
    ];
    for (changed, stays_out) in changes {
        let case = mailing_list(
            &[
                "#d1 ada@acme.example +41446681800 e=77",
                "#d2 x@acme.example",
            ],
            &["#7 ada@acme.example opted-out", "#8 x@acme.example"],
        )
        .with(|case| case.source.capabilities.adds_by = AddsBy::DirectoryObject);
        let changed = run(&case).with(|case| {
            gone(case, "ada@acme.example");
            case.source.members[0] = member(changed);
        });
        let plan = changed.plan();
        let label = changed.source.members[0].label().to_owned();
        assert_eq!(is_remembered(why_not(&plan, &label)), stays_out, "{label}");
        assert_eq!(plan.totals().add, usize::from(!stays_out), "{label}");
    }
}

#[test]
fn one_change_after_the_other_is_followed() {
    let mut case = mailing_list(
        &["#d1 ada@acme.example", "#d2 x@acme.example"],
        &["#7 ada@acme.example opted-out", "#8 x@acme.example"],
    )
    .with(|case| case.source.capabilities.adds_by = AddsBy::DirectoryObject);
    case = run(&case);
    gone(&mut case, "ada@acme.example");
    for renamed in [
        "#d1 ada.l@acme.example",
        "#d5 ada.l@acme.example",
        "#d5 a@acme.example",
    ] {
        case.source.members[0] = member(renamed);
        let plan = case.plan();
        assert_eq!(plan.totals().add, 0, "{renamed}");
        case = applied(&case, &plan);
    }
    assert_eq!(stones(&case).len(), 1, "one for each person");
}

#[test]
fn a_number_counts_where_it_is_one_persons_alone() {
    let stays_out = |source: &[&str], then: &[&str]| {
        let case = mailing_list(
            source,
            &["#7 ada@acme.example opted-out", "#8 x@acme.example"],
        );
        let later = run(&case).with(|case| {
            gone(case, "ada@acme.example");
            case.source.members = then.iter().map(|text| member(text)).collect();
        });
        let plan = later.plan();
        is_remembered(why_not(&plan, "zoe@acme.example"))
    };
    let renamed = ["zoe@acme.example +41446681800", "x@acme.example"];
    let alone = ["ada@acme.example +41446681800", "x@acme.example"];
    assert!(stays_out(&alone, &renamed));
    let switchboard = [
        "ada@acme.example +41446681800",
        "x@acme.example +41446681800",
    ];
    assert!(!stays_out(&switchboard, &renamed));
    let shared_later = [
        "ada@acme.example +41446681800",
        "x@acme.example",
        "zoe@acme.example +41446681800",
    ];
    assert!(!stays_out(&alone, &shared_later));
}

#[test]
fn it_holds_for_additions_to_the_source_too() {
    let case = two_way(
        &[
            "ada@acme.example opted-out",
            "bob@acme.example",
            "cyd@acme.example",
        ],
        &[
            "#a ada@acme.example",
            "#b bob@acme.example",
            "#c cyd@acme.example",
        ],
        Some(&[
            ("ada@acme.example", "#a ada@acme.example"),
            ("bob@acme.example", "#b bob@acme.example"),
            ("cyd@acme.example", "#c cyd@acme.example"),
        ]),
    );
    let deleted = run(&case).with(|case| {
        let members = &mut case.source.members;
        members.retain(|member| member.label() != "ada@acme.example");
    });
    deleted.check(
        "
        ! ada@acme.example  stays on entra-id  opted out, first seen on 2026-03-04: csv:staff showed them as opted out
        Plan: 0 to add, 0 to update, 0 to remove, 1 withheld, 2 unchanged; 2 members on csv:staff, 3 on entra-id:staff.
        ",
    );
    // What both lists agreed on is forgotten: she has joined the group, and is added nowhere all the same.
    let forgotten = run(&deleted);
    forgotten.check(
        "
        ! ada@acme.example  not added to csv  opted out, first seen on 2026-03-04: csv:staff showed them as opted out
        Plan: 0 to add, 0 to update, 0 to remove, 1 withheld, 2 unchanged; 2 members on csv:staff, 3 on entra-id:staff.
        ",
    );
    // Once she is let in again she comes back, and does not leave the group instead.
    let let_in = run(&forgotten).with(|case| case.baseline.as_mut().unwrap().tombstones.clear());
    let_in.check(
        "
        + ada@acme.example  to csv  joined the other list
        Plan: 1 to add, 0 to update, 0 to remove, 0 withheld, 2 unchanged; 2 members on csv:staff, 3 on entra-id:staff.
        ",
    );
    let follows = deleted.with(|case| case.sync.opt_outs = OptOuts::Leave);
    assert_eq!(follows.plan().totals().remove, 1, "the sync says so");
}

#[test]
fn a_tombstone_removes_nobody_and_hides_nobody() {
    let case = mailing_list(
        &["ada@acme.example", "bob@acme.example"],
        &["#7 ada@acme.example opted-out", "#8 bob@acme.example"],
    );
    // She signs up under another address: the platform has the word.
    let back = run(&case).with(|case| {
        case.target.members[0] = member("#9 ada.l@acme.example");
        case.source.members[0] = member("ada@acme.example ada.l@acme.example");
    });
    back.check(
        "
        Plan: 0 to add, 0 to update, 0 to remove, 0 withheld, 2 unchanged; 2 members on csv:staff, 2 on mail:staff.
        ",
    );
}

#[test]
fn what_the_platforms_directory_says_is_remembered_too() {
    let known = |case: &mut Case, people: &[&str]| {
        case.target.capabilities.knows_people = true;
        case.target.directory = Some(directory(people));
    };
    let case = mailing_list(
        &["#d1 ada@acme.example", "x@acme.example"],
        &["#8 x@acme.example"],
    )
    .with(|case| {
        known(
            case,
            &[
                "#7 ada@acme.example opted-out",
                "#9 zoe@acme.example opted-out",
            ],
        )
    });
    let plan = case.plan();
    assert_eq!(why_not(&plan, "ada@acme.example"), Some(&Because::OptedOut));
    let seen = applied(&case, &plan);
    let [stone] = stones(&seen) else {
        panic!("nobody asked about the others: {:?}", stones(&seen));
    };
    assert_eq!(
        stone.who,
        crate::model::baseline::Identity::of(&member("#7 ada@acme.example"))
    );
    let deleted = run(&seen).with(|case| known(case, &[]));
    assert!(is_remembered(why_not(&deleted.plan(), "ada@acme.example")));
    // Imported anew she is another entry, and nobody asked her. The very entry that is subscribed again is her consent.
    let imported = run(&deleted).with(|case| known(case, &["#70 ada@acme.example"]));
    assert!(is_remembered(why_not(&imported.plan(), "ada@acme.example")));
    let consents = run(&deleted).with(|case| known(case, &["#7 ada@acme.example"]));
    assert_eq!(consents.plan().totals().add, 1);
    assert!(stones(&run(&consents)).is_empty());
    // Before the directory was looked at nobody knows.
    let unasked = run(&deleted).with(|case| case.target.directory = None);
    let plan = unasked.plan();
    assert!(plan.wants_directory.target && plan.totals().add == 0);
}

#[test]
fn a_baseline_of_other_lists_says_who_opted_out_and_nothing_else() {
    let case = mailing_list(
        &["ada@acme.example", "bob@acme.example"],
        &["#7 ada@acme.example opted-out", "#8 bob@acme.example"],
    );
    let baseline = Baseline {
        of_other_lists: true,
        tombstones: run(&case).baseline.unwrap().tombstones,
        ..Baseline::default()
    };
    let anew = case.with(|case| {
        case.target.members.clear();
        case.target.members.push(member("#80 cyd@acme.example"));
        case.baseline = Some(baseline);
    });
    let plan = anew.plan();
    assert!(plan.first_run);
    assert!(is_remembered(why_not(&plan, "ada@acme.example")));
    let next = run(&anew).baseline.unwrap();
    assert!(!next.of_other_lists && next.tombstones.len() == 1);
    assert_eq!(next.entries.len(), 1);
}

#[test]
fn old_baselines_are_read() {
    let text = r#"{"entries": [], "tombstones": [{"side": "target", "who": {"address": "ada@acme.example"},
        "since": "2026-01-02T03:04:05Z", "said": "refused"}]}"#;
    let baseline: Baseline = serde_json::from_str(text).unwrap();
    let case = mailing_list(
        &["ada@acme.example", "x@acme.example"],
        &["#8 x@acme.example"],
    )
    .with(|case| case.baseline = Some(baseline));
    case.check(
        "
        ! ada@acme.example  not added to mail  not taken on 2026-01-02, and not tried again: refused
        Plan: 0 to add, 0 to update, 0 to remove, 1 withheld, 1 unchanged; 2 members on csv:staff, 1 on mail:staff.
        ",
    );
    // What the platform says plainly later counts, and the date stays.
    let plainly = case.with(|case| {
        let mut entry = member("#7 ada@acme.example");
        entry.standing = Standing::OptedOut;
        case.target.members.push(entry);
    });
    let [stone] = stones(&run(&plainly)).to_vec().try_into().unwrap();
    assert_eq!(stone.origin, Origin::OptedOut);
    assert_eq!(stone.since, "2026-01-02T03:04:05Z".parse().unwrap());
}
