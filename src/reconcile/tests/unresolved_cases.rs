//! Entries that name nobody: what was probably meant, since when, and that nobody is removed for a slip of the pen.

use super::{Case, applied, member, now, one_way, two_way};
use crate::{
    model::ledger::Unresolved,
    plan::change::{Because, Withheld},
};

/// What is said of the first entry that names nobody: the nearest address and the hint.
fn told(case: &Case) -> (Option<String>, Option<String>) {
    let plan = case.plan();
    let told = plan
        .withheld
        .iter()
        .find_map(|withheld| match &withheld.because {
            Because::Unresolved { nearest, hint, .. } => Some((nearest.clone(), hint.clone())),
            _ => None,
        });
    told.unwrap_or_else(|| panic!("everybody is resolved: {plan:#?}"))
}

#[test]
fn what_was_probably_meant_is_suggested_and_never_matched() {
    let people = [
        "#1 jon.smith@acme.example",
        "#2 ada@acme.org.example",
        "#3 mary.ann.lee@acme.example",
        "#4 old.hand@acme.example accountEnabled=false",
        "#5 x@acme.example",
    ];
    for (wanted, nearest, hint) in [
        (
            "smith.jon@acme.example",
            "jon.smith@acme.example",
            "the parts of the name in another order",
        ),
        (
            "lee.mary.ann@acme.example",
            "mary.ann.lee@acme.example",
            "the parts of the name in another order",
        ),
        (
            "jon.smit@acme.example",
            "jon.smith@acme.example",
            "spelled nearly so",
        ),
        (
            "ada@acme.example",
            "ada@acme.org.example",
            "the same name at another domain",
        ),
        (
            "jon.smith@acme.org.example",
            "jon.smith@acme.example",
            "the same name at another domain",
        ),
        (
            "jon.smith@acm.example",
            "jon.smith@acme.example",
            "the domain is spelled nearly so",
        ),
        (
            "smith.jon@acm.example",
            "jon.smith@acme.example",
            "the domain is spelled nearly so, and the parts of the name in another order",
        ),
        (
            "old.hnd@acme.example",
            "old.hand@acme.example",
            "spelled nearly so; that account is disabled",
        ),
    ] {
        let case = one_way(&[wanted, "x@acme.example"], &["#5 x@acme.example"])
            .knowing(&people)
            .with(|case| {
                let directory = case.target.directory.as_mut().unwrap();
                directory.own_domains.push("acme.org.example".to_owned());
            });
        let expected = (Some(nearest.to_owned()), Some(hint.to_owned()));
        assert_eq!(told(&case), expected, "{wanted}");
        assert!(case.plan().is_empty());
    }
    let nobody = one_way(&["zebedee@acme.example"], &[]).knowing(&people);
    assert_eq!(told(&nobody), (None, None));
}

#[test]
fn nobody_who_was_perhaps_meant_is_removed_whatever_speaks_for_it() {
    let case = two_way(
        &[
            "smith.jon@acme.example",
            "jon.smiht@acme.example",
            "ada@acme.example",
            "x@acme.example",
        ],
        &[
            "#1 jon.smith@acme.example",
            "#2 ada@acme.org.example",
            "#3 adb@acme.example",
            "#9 x@acme.example",
        ],
        Some(&[
            ("jon.smith@acme.example", "#1 jon.smith@acme.example"),
            ("ada@acme.org.example", "#2 ada@acme.org.example"),
            ("adb@acme.example", "#3 adb@acme.example"),
            ("x@acme.example", "#9 x@acme.example"),
        ]),
    )
    .knowing(&[
        "#1 jon.smith@acme.example",
        "#2 ada@acme.org.example",
        "#3 adb@acme.example",
        "#9 x@acme.example",
    ])
    .with(|case| {
        let directory = case.target.directory.as_mut().unwrap();
        directory.own_domains.push("acme.org.example".to_owned());
    });
    let plan = case.plan();
    assert!(plan.is_empty(), "{plan:#?}");
    let meant = plan
        .withheld
        .iter()
        .filter(|withheld| matches!(withheld.because, Because::PerhapsMeant(_)));
    assert_eq!(
        meant.count(),
        3,
        "both who may be meant by one entry: {plan:#?}"
    );
}

#[test]
fn an_address_that_was_somebodys_is_told_as_such() {
    let agreed = [
        ("a.lovelace@acme.example", "#1 ada@acme.example"),
        ("x@acme.example", "#9 x@acme.example"),
    ];
    let case = two_way(
        &["a.lovelace@acme.example", "x@acme.example"],
        &["#9 x@acme.example"],
        Some(&agreed),
    )
    .with(|case| case.sync.direction = crate::definition::sync::Direction::OneWay);
    let (nearest, hint) = told(&case.knowing(&["#9 x@acme.example"]));
    assert_eq!(nearest, None);
    let was = "was ada@acme.example, who is gone from the directory";
    assert_eq!(hint.as_deref(), Some(was));

    // The same person with another address by now: most likely they are meant, and they are not removed.
    let case = two_way(
        &["ada@acme.example", "x@acme.example"],
        &["#1 countess@acme.example", "#9 x@acme.example"],
        Some(&[
            ("x@acme.example", "#9 x@acme.example"),
            ("somebody@acme.example", "#1 ada@acme.example"),
        ]),
    )
    .knowing(&["#1 countess@acme.example", "#9 x@acme.example"]);
    let (nearest, hint) = told(&case);
    assert_eq!(nearest.as_deref(), Some("countess@acme.example"));
    assert_eq!(
        hint.as_deref(),
        Some("was theirs before: countess@acme.example has it no more")
    );
    assert!(case.plan().is_empty(), "{:#?}", case.plan());
}

#[test]
fn it_is_kept_since_when_until_it_resolves_or_leaves_the_list() {
    let since = |case: &Case| -> Vec<Unresolved> {
        let baseline = case.baseline.as_ref().unwrap();
        baseline.unresolved.clone()
    };
    let case = one_way(
        &["jon.smiht@acme.example", "x@acme.example"],
        &["#9 x@acme.example"],
    )
    .knowing(&["#1 jon.smith@acme.example", "#9 x@acme.example"]);
    let mut seen = applied(&case, &case.plan());
    let [kept] = since(&seen).try_into().unwrap();
    assert_eq!(
        (kept.label.as_str(), kept.since),
        ("jon.smiht@acme.example", now())
    );
    let long_ago = "2026-01-05T00:00:00Z".parse().unwrap();
    seen.baseline.as_mut().unwrap().unresolved[0].since = long_ago;
    seen.check(
        "
        ! jon.smiht@acme.example  not added to entra-id  unresolved: nobody in the directory has this address; nearest: jon.smith@acme.example (spelled nearly so); since 2026-01-05
        Plan: 0 to add, 0 to update, 0 to remove, 1 withheld, 1 unchanged; 2 members on csv:staff, 1 on entra-id:staff.
        ",
    );
    let again = applied(&seen, &seen.plan());
    assert_eq!(since(&again)[0].since, long_ago);
    // A list that may not have been read whole says of nobody that they are gone from it.
    let doubted = applied(&again, &again.plan()).with(|case| {
        case.source.members.remove(0);
        case.source.doubts.push("a page may be missing".to_owned());
    });
    assert_eq!(
        since(&applied(&doubted, &doubted.plan()))[0].since,
        long_ago
    );
    let corrected = again.with(|case| case.source.members[0] = member("jon.smith@acme.example"));
    assert_eq!(corrected.plan().totals().add, 1);
    let healed = applied(&corrected, &corrected.plan());
    assert!(since(&healed).is_empty());
    assert!(healed.plan().is_empty());
    let withheld: Vec<Withheld> = healed.plan().withheld;
    assert!(withheld.is_empty());
}
