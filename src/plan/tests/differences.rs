//! What is told of an approved plan that is not the plan any more.

use super::*;
use crate::plan::difference::{Difference, WhyMoot, difference};

fn compared(approved: &Plan, now: &Plan, is_so: &[&str]) -> Difference {
    let before: Vec<&Change> = approved.changes.iter().collect();
    let waits: Vec<&Change> = now.changes.iter().collect();
    difference("run-1", &before, now, &waits, |change| {
        let label = change.member.label();
        is_so.iter().any(|name| label.starts_with(name))
    })
}

#[test]
fn what_is_moot_and_what_is_new_is_told_with_the_reason() {
    let approved = plan(vec![
        remove(Side::Target, "ada"),
        remove(Side::Target, "bob"),
        remove(Side::Target, "cyd"),
        remove(Side::Target, "dan"),
        rename(Side::Target, "kim", Some("Kim"), Some("Park")),
    ]);
    let mut now = plan(vec![
        remove(Side::Target, "dan"),
        remove(Side::Target, "eve"),
        rename(Side::Target, "kim", Some("Kim"), Some("Lee")),
    ]);
    now.withheld = vec![withheld(
        Side::Target,
        Considered::Remove,
        "bob",
        Because::Protected,
    )];
    let found = compared(&approved, &now, &["ada"]);
    assert_eq!((found.approved, found.moot, found.new), (5, 4, 2));
    let whys: Vec<(&str, WhyMoot)> = found
        .first_moot
        .iter()
        .map(|moot| (&moot.change.member[..3], moot.why.clone()))
        .collect();
    assert_eq!(
        whys,
        [
            ("kim", WhyMoot::Otherwise),
            ("ada", WhyMoot::AlreadySo),
            ("bob", WhyMoot::Withheld("protected".to_owned())),
            ("cyd", WhyMoot::NotCalledFor),
        ]
    );
    insta::assert_snapshot!(found.lines(&now).join("\n"), @r"
    4 of 5 approved changes of run run-1 are moot, 2 are new
    update kim@acme.example on entra-id:staff: to be done otherwise now
    remove ada@acme.example on entra-id:staff: already so
    remove bob@acme.example on entra-id:staff: withheld now: protected
    remove cyd@acme.example on entra-id:staff: not called for any more
    update kim@acme.example on entra-id:staff: not approved
    remove eve@acme.example on entra-id:staff: not approved
    ");
}

#[test]
fn the_same_on_another_list_is_something_else() {
    let approved = plan(vec![remove(Side::Source, "ada")]);
    let now = plan(vec![remove(Side::Target, "ada")]);
    let found = compared(&approved, &now, &[]);
    assert_eq!((found.moot, found.new), (1, 1));
    assert_eq!(found.first_moot[0].why, WhyMoot::NotCalledFor);
}

#[test]
fn the_same_changes_differ_in_what_is_behind_them() {
    let approved = plan(vec![remove(Side::Target, "ada")]);
    let mut now = approved.clone();
    now.redefined = vec!["filters".to_owned()];
    let found = compared(&approved, &now, &[]);
    assert_eq!((found.moot, found.new), (0, 0));
    assert_eq!(
        found.lines(&now),
        ["run run-1 had the same changes; what is behind them changed"]
    );
}

#[test]
fn ten_are_named_and_all_are_counted() {
    let leavers = |from: usize| {
        plan(
            (from..from + 25)
                .map(|number| remove(Side::Target, &format!("p{number:02}")))
                .collect(),
        )
    };
    let now = leavers(25);
    let found = compared(&leavers(0), &now, &[]);
    assert_eq!((found.moot, found.new), (25, 25));
    let lines = found.lines(&now);
    assert_eq!(lines.len(), 23);
    assert_eq!(lines[11], "… and 15 more are moot");
    assert_eq!(lines[22], "… and 15 more are new");
}
