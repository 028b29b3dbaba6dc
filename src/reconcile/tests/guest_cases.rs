//! Guests: invited once, found however the directory shows them, and not pressed upon a tenant that refuses them.

use jiff::{SignedDuration, Timestamp};

use super::{Case, member, now, one_way};
use crate::{
    model::{attributes::Value, baseline::Baseline, list::Sides, member::Member},
    plan::{
        change::{Action, Because},
        outcome::{GUEST_REFUSED, INVITATION_REFUSED, INVITED, Outcome, Problem, UNCONFIRMED},
        text::render,
        value::Plan,
    },
    reconcile::{reconcile, remember::next_baseline},
};

/// A group that invites guests, and one from outside who is to be in it.
fn case() -> Case {
    one_way(
        &["joe@partner.example", "x@acme.example"],
        &["#x x@acme.example"],
    )
    .knowing(&["#x x@acme.example"])
    .with(|case| case.sync.guests.invite = true)
}

fn plan_at(case: &Case, at: Timestamp) -> Plan {
    reconcile(
        &case.sync,
        &case.source,
        &case.target,
        case.baseline.as_ref(),
        at,
    )
}

/// The baseline after a run at this time whose changes all ended so.
fn after(case: &Case, at: Timestamp, outcome: &Outcome) -> Baseline {
    let plan = plan_at(case, at);
    let outcomes: Vec<Option<Outcome>> =
        plan.changes.iter().map(|_| Some(outcome.clone())).collect();
    let readings = Sides {
        source: &case.source,
        target: &case.target,
    };
    next_baseline(
        readings,
        &plan,
        &outcomes,
        case.baseline.as_ref(),
        "run-1",
        at,
    )
}

fn refused(code: &str) -> Outcome {
    Outcome::Refused(problem(code))
}

fn problem(code: &str) -> Problem {
    Problem {
        code: code.to_owned(),
        message: "the tenant says no".to_owned(),
        help: None,
    }
}

fn hours(hours: i64) -> Timestamp {
    now() + SignedDuration::from_hours(hours)
}

fn guest(id: &str, name: &str, addresses: &str) -> Member {
    let mut guest = member(&format!("#{id} {addresses}"));
    let name = Value::Text(format!("{name}#EXT#@acme.onmicrosoft.example"));
    guest
        .attributes
        .insert("userPrincipalName".to_owned(), name);
    guest
}

fn knows(case: &mut Case, guest: Member) {
    let directory = case.target.directory.as_mut().unwrap();
    directory.people.push(guest);
}

#[test]
fn whoever_is_a_guest_by_another_of_their_addresses_is_not_invited() {
    let two = "joe@partner.example joe.bloggs@partner.example";
    let case = case().with(|case| case.source.members[0] = member(two));
    let plain = case.plan();
    assert_eq!(
        plain.changes[0].action,
        Action::Invite,
        "{}",
        render(&plain)
    );
    let known = case.with(|case| {
        knows(case, guest("g", "joe.bloggs_partner.example", ""));
    });
    let plan = known.plan();
    assert_eq!(plan.changes[0].action, Action::Add, "{}", render(&plan));
    assert_eq!(plan.changes[0].member.id.as_ref().unwrap().as_str(), "g");
    // An account for each address: a person has to say which one it is.
    let both = known.with(|case| knows(case, guest("h", "joe_partner.example", "")));
    let plan = both.plan();
    assert!(plan.changes.is_empty(), "{}", render(&plan));
    assert!(matches!(plan.withheld[0].because, Because::Conflict { .. }));
}

#[test]
fn nobody_is_invited_again_before_the_directory_had_time_to_show_them() {
    for outcome in [Outcome::Applied, Outcome::Failed(problem(INVITED))] {
        let case = case();
        assert_eq!(case.plan().changes[0].action, Action::Invite);
        let invited = case.with(|case| case.baseline = Some(after(case, now(), &outcome)));
        invited.check(
            "
            ! joe@partner.example  not added to entra-id  invited on 2026-03-04 05:06 UTC; the directory does not show the guest yet
            Plan: 0 to add, 0 to update, 0 to remove, 1 withheld, 1 unchanged; 2 members on csv:staff, 1 on entra-id:staff.
            ",
        );
        // Every run says so until a month is over; then they are invited once more.
        let later = after(&invited, hours(29 * 24), &Outcome::Applied);
        assert_eq!(later.invited, invited.baseline.as_ref().unwrap().invited);
        let much_later = plan_at(&invited, hours(30 * 24));
        assert_eq!(much_later.changes[0].action, Action::Invite);
    }
}

#[test]
fn an_invitation_that_may_never_have_been_sent_is_sent_again_after_a_day() {
    let lost = Outcome::Failed(problem(UNCONFIRMED));
    let waits = case().with(|case| case.baseline = Some(after(case, now(), &lost)));
    waits.check(
        "
        ! joe@partner.example  not added to entra-id  an invitation of 2026-03-04 05:06 UTC got no answer, and the directory does not show the guest; sent again after a day
        Plan: 0 to add, 0 to update, 0 to remove, 1 withheld, 1 unchanged; 2 members on csv:staff, 1 on entra-id:staff.
        ",
    );
    assert!(plan_at(&waits, hours(23)).is_empty());
    let next_day = plan_at(&waits, hours(24));
    assert_eq!(next_day.changes[0].action, Action::Invite);
    // Once it is known to be sent, it is waited for.
    let sent = waits.with(|case| {
        let sent = Outcome::Failed(problem(INVITED));
        case.baseline = Some(after(case, hours(24), &sent));
    });
    assert!(plan_at(&sent, hours(24 * 29)).is_empty());
}

#[test]
fn it_is_over_when_the_directory_shows_the_guest() {
    let invited = case().with(|case| case.baseline = Some(after(case, now(), &Outcome::Applied)));
    for shown in [
        guest("g", "joe_partner.example", "joe@partner.example"),
        // Before they accept, some guests are shown with no address at all.
        guest("g", "Joe_Partner.example", ""),
    ] {
        let case = Case {
            sync: invited.sync.clone(),
            source: invited.source.clone(),
            target: invited.target.clone(),
            baseline: invited.baseline.clone(),
        }
        .with(|case| knows(case, shown));
        let plan = case.plan();
        assert_eq!(plan.changes[0].action, Action::Add, "{}", render(&plan));
        assert_eq!(plan.changes[0].member.id, Some("g".into()));
        assert!(after(&case, now(), &Outcome::Applied).invited.is_empty());
    }
    // The list shows them: nobody need ask the directory.
    let on_list = invited.with(|case| {
        case.target.directory = None;
        case.target
            .members
            .insert(0, member("#g joe@partner.example"));
    });
    assert!(on_list.plan().is_empty());
    assert!(after(&on_list, now(), &Outcome::Applied).invited.is_empty());
}

#[test]
fn an_account_that_was_made_for_the_address_and_has_another_by_now_is_for_a_person_to_judge() {
    let renamed = case().with(|case| {
        let guest = guest("g", "joe_partner.example", "joe@elsewhere.example");
        knows(case, guest);
    });
    renamed.check(
        "
        ! joe@partner.example  not added to entra-id  conflict: shares the name of a guest's account with joe@elsewhere.example; a person has to decide
        Plan: 0 to add, 0 to update, 0 to remove, 1 withheld, 1 unchanged; 2 members on csv:staff, 1 on entra-id:staff.
        ",
    );
    let uninvited = case().with(|case| {
        case.sync.guests.invite = false;
        knows(case, guest("g", "joe_partner.example", ""));
    });
    assert_eq!(uninvited.plan().totals().add, 1, "an account is an account");
}

#[test]
fn a_refusal_by_a_rule_is_tried_again_after_a_day() {
    for code in [INVITATION_REFUSED, GUEST_REFUSED] {
        let case = case();
        let refused = case.with(|case| case.baseline = Some(after(case, now(), &refused(code))));
        // Who was invited all the same is waited for as well.
        if code == INVITATION_REFUSED {
            refused.check(
                "
                ! joe@partner.example  not added to entra-id  the guest was not taken on 2026-03-04 05:06 UTC, and is tried again after a day: the tenant says no
                Plan: 0 to add, 0 to update, 0 to remove, 1 withheld, 1 unchanged; 2 members on csv:staff, 1 on entra-id:staff.
                ",
            );
            let next_day = plan_at(&refused, hours(24));
            assert_eq!(next_day.changes[0].action, Action::Invite);
        } else {
            let plan = refused.plan();
            assert!(matches!(plan.withheld[0].because, Because::Invited { .. }));
        }
        let meanwhile = after(&refused, hours(23), &Outcome::Applied);
        assert_eq!(
            meanwhile.refused,
            refused.baseline.as_ref().unwrap().refused
        );
        assert!(
            after(&refused, hours(24), &Outcome::AlreadySo)
                .refused
                .is_empty()
        );
        // A group that takes no guests refuses those who have an account just so.
        let shown = refused.with(|case| knows(case, member("#g joe@partner.example")));
        let plan = shown.plan();
        assert!(matches!(
            plan.withheld[0].because,
            Because::GuestRefused { .. }
        ));
        assert_eq!(plan_at(&shown, hours(24)).totals().add, 1);
    }
}

#[test]
fn only_the_domains_that_were_named_are_invited_however_they_are_spelled() {
    let planned = |address: &str, domains: &[&str]| {
        let case = one_way(&[address, "x@acme.example"], &["#x x@acme.example"])
            .knowing(&["#x x@acme.example"])
            .with(|case| {
                case.sync.guests.invite = true;
                case.sync.guests.domains =
                    domains.iter().map(|&domain| domain.to_owned()).collect();
            });
        let plan = case.plan();
        (
            plan.totals().add == 1,
            plan.withheld
                .iter()
                .any(|withheld| withheld.because == Because::External),
        )
    };
    let books = "xn--bcher-kva.example";
    assert_eq!(planned("joe@bücher.example", &[books]), (true, false));
    assert_eq!(planned("joe@BÜCHER.example", &[books]), (true, false));
    for address in [
        "joe@bucher.example",
        "joe@sub.bücher.example",
        "joe@bücher.example.evil.example",
        "joe@evilbücher.example",
    ] {
        assert_eq!(planned(address, &[books]), (false, true), "{address}");
    }
}
