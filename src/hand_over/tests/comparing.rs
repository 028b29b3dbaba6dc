//! Applied, partly applied, waiting, superseded: told by the list and by what is planned now.

use super::*;
use crate::{
    hand_over::{
        Row,
        compare::{Progress, compare, set_aside},
        credit,
    },
    model::{
        attributes::Value,
        baseline::{Baseline, BaselineEntry, Identity},
    },
    plan::{
        change::{Because, Considered, FieldChange, Withheld},
        handed::PackageState,
    },
};

/// Adds 1 and 2, removes 8 and 9; the group has 8 and 9 when it is made.
fn usual() -> Manifest {
    package(HandOver::Exchange, &[add(1), add(2), remove(8), remove(9)])
}

fn later() -> Timestamp {
    "2026-11-22T06:00:00Z".parse().unwrap()
}

fn progress(people: &[usize], planned: Vec<Change>) -> Progress {
    let reading = reading(HandOver::Exchange, people);
    compare(&usual(), &reading, &plan(planned), later())
}

fn counts(progress: &Progress) -> (PackageState, usize, usize, usize, usize) {
    let Progress {
        state,
        done,
        open,
        unsure,
        unwanted,
    } = progress;
    (*state, done.len(), open.len(), unsure.len(), unwanted.len())
}

#[test]
fn what_the_list_shows_and_what_is_planned_decide() {
    use PackageState::{Applied, PartlyApplied, Superseded, Waiting};
    let all = || vec![add(1), add(2), remove(8), remove(9)];
    let cases = [
        ("nothing happened", &[8, 9][..], all(), (Waiting, 0, 4)),
        (
            "more is wanted as well",
            &[8, 9],
            [all(), vec![add(3)]].concat(),
            (Waiting, 0, 4),
        ),
        ("all of it was applied", &[1, 2], vec![], (Applied, 4, 0)),
        (
            "it was applied, and something else is wanted now",
            &[1, 2],
            vec![add(3), remove(2)],
            (Applied, 4, 0),
        ),
        (
            "a part of it was applied",
            &[1, 8, 9],
            vec![add(2), remove(8), remove(9)],
            (PartlyApplied, 1, 3),
        ),
        (
            "somebody is not to be added any more",
            &[8, 9],
            vec![add(2), remove(8), remove(9)],
            (Superseded, 0, 3),
        ),
        (
            "somebody is to stay after all",
            &[8, 9],
            vec![add(1), add(2), remove(9)],
            (Superseded, 0, 3),
        ),
        (
            "nothing of it is wanted",
            &[8, 9],
            vec![],
            (Superseded, 0, 0),
        ),
        (
            "applied in part, and the rest is not wanted",
            &[1, 2, 8],
            vec![],
            (Superseded, 3, 0),
        ),
    ];
    for (what, people, planned, expected) in cases {
        let found = progress(people, planned);
        assert_eq!(
            (found.state, found.done.len(), found.open.len()),
            expected,
            "{what}"
        );
    }
}

#[test]
fn the_order_of_members_and_changes_decides_nothing() {
    let one = progress(&[1, 8, 9], vec![add(2), remove(8), remove(9)]);
    let other = progress(&[9, 8, 1], vec![remove(9), remove(8), add(2)]);
    assert_eq!(one, other);
}

#[test]
fn who_opted_out_since_supersedes_the_package() {
    let mut now = plan(vec![add(2), remove(8), remove(9)]);
    now.withheld.push(Withheld {
        side: Side::Target,
        considered: Considered::Add,
        label: "p1@acme.example".to_owned(),
        because: Because::OptedOut,
        seen: Sides::default(),
    });
    let reading = reading(HandOver::Exchange, &[8, 9]);
    let found = compare(&usual(), &reading, &now, later());
    assert_eq!(found.state, PackageState::Superseded);
    assert_eq!(found.unwanted.len(), 1);
}

#[test]
fn a_removal_that_this_run_cannot_prove_neither_supersedes_nor_is_done() {
    let put_off = |because: Because| {
        let mut now = plan(vec![add(1), add(2), remove(9)]);
        let reading = reading(HandOver::Exchange, &[8, 9]);
        let place = reading.members.iter().position(|one| *one == person(8));
        now.withheld.push(Withheld {
            side: Side::Target,
            considered: Considered::Remove,
            label: "p8@acme.example".to_owned(),
            because,
            seen: Sides {
                source: None,
                target: place.map(|place| u32::try_from(place).unwrap()),
            },
        });
        counts(&compare(&usual(), &reading, &now, later()))
    };
    for because in [
        Because::NoProof(vec!["page 2 is missing".to_owned()]),
        Because::UnresolvedPresent,
        Because::PerhapsMeant("p88@acme.example".to_owned()),
    ] {
        assert_eq!(put_off(because), (PackageState::Waiting, 0, 3, 1, 0));
    }
    for because in [Because::Protected, Because::OptedOut, Because::NotOurs] {
        assert_eq!(put_off(because), (PackageState::Superseded, 0, 3, 0, 1));
    }
}

#[test]
fn a_group_read_with_gaps_does_not_show_that_anybody_left() {
    let mut reading = reading(HandOver::Exchange, &[1, 2]);
    reading.doubts.push("2 members are not shown".to_owned());
    let found = compare(&usual(), &reading, &plan(vec![]), later());
    assert_eq!(counts(&found), (PackageState::PartlyApplied, 2, 0, 2, 0));
}

#[test]
fn a_package_that_is_too_old_or_for_another_group_is_superseded() {
    let all = vec![add(1), add(2), remove(8), remove(9)];
    let reading = reading(HandOver::Exchange, &[8, 9]);
    let manifest = usual();
    let at = |now: Timestamp| compare(&manifest, &reading, &plan(all.clone()), now).state;
    let last_moment = manifest.apply_before - jiff::SignedDuration::from_secs(1);
    assert_eq!(at(last_moment), PackageState::Waiting);
    assert_eq!(at(manifest.apply_before), PackageState::Superseded);

    let made_anew = Reading {
        list_id: Some(id(1000)),
        ..reading.clone()
    };
    let found = compare(&manifest, &made_anew, &plan(all), later());
    assert_eq!(found.state, PackageState::Superseded);

    // Who is in another group was not put there from this package, and is nobody whom rollcall added.
    let with_them = Reading {
        list_id: Some(id(1000)),
        ..self::reading(HandOver::Exchange, &[1, 2])
    };
    let found = compare(&manifest, &with_them, &plan(vec![]), later());
    assert_eq!(counts(&found), (PackageState::Superseded, 0, 0, 0, 4));
}

#[test]
fn a_guest_is_there_when_the_group_shows_the_address() {
    let manifest = package(HandOver::Directory, &[invite("gwen")]);
    let state = |members: Vec<Member>, planned: Vec<Change>| {
        let reading = Reading {
            members,
            ..reading(HandOver::Directory, &[])
        };
        compare(&manifest, &reading, &plan(planned), later()).state
    };
    assert_eq!(state(vec![], vec![invite("gwen")]), PackageState::Waiting);
    let gwen = Member {
        id: Some(id(5).into()),
        ..guest("gwen")
    };
    assert_eq!(state(vec![gwen.clone()], vec![]), PackageState::Applied);
    // In the directory and not in the group: the next package names the object.
    let invited = vec![change(Action::Add, gwen)];
    assert_eq!(state(vec![], invited), PackageState::Superseded);
}

#[test]
fn what_waits_is_set_aside_and_the_rest_is_planned() {
    let mut now = plan(vec![add(1), add(2), add(3), remove(8), remove(9)]);
    let reading = reading(HandOver::Exchange, &[8, 9]);
    let manifest = usual();
    let found = compare(&manifest, &reading, &now, later());
    set_aside(&mut now, Side::Target, &reading, Some((&manifest, &found)));
    assert_eq!(now.changes, [add(3)]);
    let told: Vec<String> = now
        .withheld
        .iter()
        .map(|one| format!("{} {}: {}", one.label, one.considered, one.because))
        .collect();
    let waits = "in a package since 2026-11-21; an administrator has to apply it";
    assert_eq!(
        told,
        [
            format!("p1@acme.example not added: {waits}"),
            format!("p2@acme.example not added: {waits}"),
            format!("p8@acme.example stays: {waits}"),
            format!("p9@acme.example stays: {waits}"),
        ]
    );
    let handed = now.handed.target.unwrap();
    assert_eq!(
        handed.package.unwrap().to_string(),
        "package of run r1: waits, nothing of its 4 changes is applied"
    );
}

#[test]
fn a_superseded_package_sets_nothing_aside() {
    let mut now = plan(vec![add(2), remove(8), remove(9)]);
    let reading = reading(HandOver::Exchange, &[8, 9]);
    let manifest = usual();
    let found = compare(&manifest, &reading, &now, later());
    set_aside(&mut now, Side::Target, &reading, Some((&manifest, &found)));
    assert_eq!(now.changes.len(), 3);
    assert_eq!(now.withheld, []);
}

#[test]
fn the_same_people_on_the_other_list_are_not_set_aside() {
    let mut mirrored = add(1);
    mirrored.side = Side::Source;
    let mut now = plan(vec![mirrored.clone(), add(1), add(2), remove(8), remove(9)]);
    let reading = reading(HandOver::Exchange, &[8, 9]);
    let manifest = usual();
    let found = compare(&manifest, &reading, &now, later());
    set_aside(&mut now, Side::Target, &reading, Some((&manifest, &found)));
    assert_eq!(now.changes, [mirrored]);
}

#[test]
fn a_new_package_takes_what_waited_along_with_its_date() {
    let reading = reading(HandOver::Exchange, &[8, 9]);
    let occasion = Occasion {
        sync: "staff",
        run: "r2",
        now: later(),
        side: Side::Target,
        reading: &reading,
        replaces: Some("r1"),
    };
    let kept = usual().changes;
    let second = manifest(&occasion, [add(3), add(1)].iter(), kept).unwrap();
    let rows: Vec<(&str, bool)> = second
        .changes
        .iter()
        .map(|row| (row.member.as_str(), row.since == made()))
        .collect();
    assert_eq!(
        rows,
        [
            ("p1@acme.example", true),
            ("p2@acme.example", true),
            ("p3@acme.example", false),
            ("p8@acme.example", true),
            ("p9@acme.example", true),
        ],
        "each once"
    );
    assert_eq!(second.replaces.as_deref(), Some("r1"));
}

#[test]
fn what_cannot_be_handed_over_says_why() {
    let contact = Member {
        attributes: [("objectType".to_owned(), Value::Text("contact".to_owned()))].into(),
        ..person(4)
    };
    let other = Member {
        id: Some("person-7".into()),
        ..person(7)
    };
    let fields = vec![FieldChange {
        field: "jobTitle".to_owned(),
        before: None,
        after: None,
    }];
    for (change, code) in [
        (change(Action::Remove, contact), "not-a-person"),
        (change(Action::Add, other), "no-object-id"),
        (change(Action::Add, guest("gwen")), "no-object-id"),
        (
            change(Action::Update(fields), person(1)),
            "not-in-a-package",
        ),
    ] {
        let problem = crate::hand_over::row(&change, made()).unwrap_err();
        assert_eq!(problem.code, code);
        let reading = reading(HandOver::Exchange, &[]);
        let occasion = Occasion {
            sync: "staff",
            run: "r1",
            now: made(),
            side: Side::Target,
            reading: &reading,
            replaces: None,
        };
        assert_eq!(manifest(&occasion, [change].iter(), Vec::new()), None);
    }
}

#[test]
fn whom_an_administrator_added_from_a_package_was_put_there_by_its_run() {
    let entry = |number: usize| BaselineEntry {
        who: Sides {
            source: Identity::default(),
            target: Identity::of(&person(number)),
        },
        fields: Default::default(),
        put: None,
        settling: None,
    };
    let mut next = Baseline {
        entries: vec![entry(1), entry(5)],
        ..Baseline::default()
    };
    let manifest = usual();
    let done: Vec<Row> = manifest.changes.clone();
    credit(&mut next, &manifest, &done);
    let put: Vec<Option<&str>> = next
        .entries
        .iter()
        .map(|entry| entry.put.as_deref().map(|put| put.run.as_str()))
        .collect();
    assert_eq!(put, [Some("r1"), None]);
}

#[test]
fn a_group_that_shrank_too_much_to_be_believed_does_not_show_that_anybody_left() {
    let empty = reading(HandOver::Exchange, &[]);
    let gone = |now: &Plan| counts(&compare(&usual(), &empty, now, later()));
    let mut believed = plan(vec![add(1), add(2)]);
    let waits = (PackageState::PartlyApplied, 2, 2, 0, 0);
    assert_eq!(gone(&believed), waits, "an empty group may be meant");

    let unsure = (PackageState::Waiting, 0, 2, 2, 0);
    believed.doubts.target = vec!["it had 20 members at the last run and has 0 now".to_owned()];
    assert_eq!(gone(&believed), unsure);

    let mut suddenly_empty = plan(vec![]);
    for label in ["p1@acme.example", "p2@acme.example"] {
        suddenly_empty.withheld.push(Withheld {
            side: Side::Target,
            considered: Considered::Add,
            label: label.to_owned(),
            because: Because::SuddenlyEmpty(20),
            seen: Sides::default(),
        });
    }
    let found = compare(&usual(), &empty, &suddenly_empty, later());
    assert_eq!((found.done.len(), found.unsure.len()), (0, 2), "{found:?}");
}
