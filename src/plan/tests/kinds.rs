//! Limits by kind: aliases by themselves, and everything together.

use super::*;
use crate::plan::{
    limits::{Limit, Limits, OverLimit},
    review::{Limited, Review, review},
};

fn texts(names: &[&str]) -> Option<Value> {
    let texts: Vec<String> = names.iter().map(|name| (*name).to_owned()).collect();
    (!texts.is_empty()).then_some(Value::Texts(texts))
}

fn aliases(name: &str, before: &[&str], after: &[&str]) -> Change {
    let field = FieldChange {
        field: "aliases".to_owned(),
        before: texts(before),
        after: texts(after),
    };
    change(Side::Target, Action::Update(vec![field]), name)
}

fn with_aliases(mut change: Change, names: &[&str]) -> Change {
    let value = texts(names).unwrap();
    change.member.attributes.insert("aliases".to_owned(), value);
    change
}

fn reviewed(changes: Vec<Change>, limits: Limits) -> Review {
    review(plan(changes), &limits, None, jiff::Timestamp::UNIX_EPOCH)
}

fn at_most(count: usize) -> Limit {
    Limit {
        count: Some(count),
        percent: None,
    }
}

fn breaches(review: &Review) -> Vec<(Limited, usize)> {
    let held = review.held.iter();
    held.flat_map(|held| &held.breaches)
        .map(|breach| (breach.of, breach.planned))
        .collect()
}

#[test]
fn aliases_that_go_wait_and_the_rest_goes_on() {
    let limits = Limits {
        aliases_removed: at_most(1),
        ..Limits::default()
    };
    let changes = vec![
        aliases("ada", &["a@x.example", "b@x.example"], &["c@x.example"]),
        aliases("bob", &[], &["d@x.example"]),
        add(Side::Target, "eve"),
    ];
    let review = reviewed(changes.clone(), limits.clone());
    assert_eq!(breaches(&review), [(Limited::AliasesRemoved, 2)]);
    assert_eq!(review.approved.changes().count(), 2, "bob and eve go on");
    let everything = Limits {
        over_limit: OverLimit::EverythingWaits,
        ..limits
    };
    let review = reviewed(changes, everything);
    assert_eq!(review.approved.changes().count(), 0);
}

#[test]
fn aliases_of_new_and_removed_members_count() {
    let limits = Limits {
        aliases_added: at_most(1),
        aliases_removed: at_most(1),
        ..Limits::default()
    };
    let pair = ["a@x.example", "b@x.example"];
    let review = reviewed(
        vec![with_aliases(add(Side::Target, "eve"), &pair)],
        limits.clone(),
    );
    assert_eq!(breaches(&review), [(Limited::AliasesAdded, 2)]);
    assert_eq!(
        review.approved.changes().count(),
        0,
        "over an addition everything waits"
    );
    let review = reviewed(
        vec![with_aliases(remove(Side::Target, "ada"), &pair)],
        limits,
    );
    assert_eq!(breaches(&review), [(Limited::AliasesRemoved, 2)]);
}

#[test]
fn the_total_counts_each_change_and_each_alias() {
    let changes = vec![
        add(Side::Target, "eve"),
        remove(Side::Target, "ada"),
        rename(Side::Target, "kim", None, Some("Park")),
        aliases("bob", &["a@x.example"], &["b@x.example"]),
    ];
    let limits = |total| Limits {
        total: at_most(total),
        ..Limits::default()
    };
    assert!(breaches(&reviewed(changes.clone(), limits(5))).is_empty());
    let held = reviewed(changes, limits(4));
    assert_eq!(breaches(&held), [(Limited::Total, 5)]);
    let text = crate::plan::text::render_held(held.approved.plan(), &held.held.clone().unwrap());
    assert!(
        text.starts_with(
            "HELD (changes in all): 5 are planned for entra-id:staff, which has 20 members; the limit is 4."
        ),
        "{text}"
    );
}
