//! What undoing a run does, case by case, and what the next run makes of it.

use super::{
    Case, applied, member, one_way,
    platform_cases::rule,
    reading,
    restored::{Fate, is_text, make, run},
    two_way,
};
use crate::{
    model::{
        attributes::Value,
        capabilities::{AddsBy, Updatable},
        reading::Reading,
    },
    plan::change::Action,
};

pub(super) const ADA: &str = "ada@acme.example";
pub(super) const BOB: &str = "bob@acme.example";
pub(super) const CYD: &str = "cyd@acme.example";
pub(super) const DAN: &str = "dan@acme.example";

/// From one file to another.
pub(super) fn files(source: &[&str], target: &[&str]) -> Case {
    let mut case = one_way(source, &[]);
    case.target = reading("mail", target, AddsBy::Address, Updatable::Everything);
    case
}

/// Between two files, which agreed on who is on both.
pub(super) fn both_ways(source: &[&str], target: &[&str], agreed: &[&str]) -> Case {
    let pairs: Vec<(&str, &str)> = agreed.iter().map(|who| (*who, *who)).collect();
    let mut case = two_way(source, &[], Some(&pairs));
    case.target = reading("mail", target, AddsBy::Address, Updatable::Everything);
    case
}

pub(super) fn leave(reading: &mut Reading, who: &str) {
    reading.members.retain(|member| member.label() != who);
}

pub(super) fn labels(reading: &Reading) -> Vec<&str> {
    let members = reading.members.iter();
    members.map(|member| member.label()).collect()
}

#[test]
fn one_way_everybody_goes_back_and_the_next_plan_wants_the_same_again() {
    let mut case = files(&[ADA, CYD], &[ADA, BOB]);
    let before = case.target.clone();
    let ran = run(&mut case, &[]);
    assert_eq!(labels(&case.target), [ADA, CYD]);
    ran.check(
        &case,
        "
        + bob@acme.example  to mail    as it was before run R
        - cyd@acme.example  from mail  as it was before run R
        Plan: 1 to add, 0 to update, 1 to remove, 0 withheld, 1 unchanged; 2 members on csv:staff, 2 on mail:staff.
        ",
    );
    ran.undone(&mut case);
    assert_eq!(case.target.members, before.members);
    is_text(
        &case.plan(),
        "
        - bob@acme.example  from mail  is not on the source
        + cyd@acme.example  to mail    is on the source
        Plan: 1 to add, 0 to update, 1 to remove, 0 withheld, 1 unchanged; 2 members on csv:staff, 2 on mail:staff.
        ",
    );
    // A second time there is nothing left to undo.
    ran.check(
        &case,
        "
        Ignored: 2 as before already.
        Plan: 0 to add, 0 to update, 0 to remove, 0 withheld, 1 unchanged; 2 members on csv:staff, 2 on mail:staff.
        ",
    );
}

#[test]
fn a_restore_is_undone_like_any_run() {
    let mut case = files(&[ADA, CYD], &[ADA, BOB]);
    let ran = run(&mut case, &[]);
    let after = case.target.clone();
    let restored = ran.undone(&mut case);
    restored.check(
        &case,
        "
        - bob@acme.example  from mail  as it was before run S
        + cyd@acme.example  to mail    as it was before run S
        Plan: 1 to add, 0 to update, 1 to remove, 0 withheld, 1 unchanged; 2 members on csv:staff, 2 on mail:staff.
        ",
    );
    restored.undone(&mut case);
    assert_eq!(case.target.members, after.members);
}

#[test]
fn two_ways_an_undone_removal_comes_back_to_the_other_list_and_never_as_a_removal() {
    let mut case = both_ways(&[ADA], &[ADA, BOB], &[ADA, BOB]);
    let ran = run(&mut case, &[]);
    assert_eq!(labels(&case.target), [ADA]);
    ran.undone(&mut case);
    assert_eq!(labels(&case.target), [ADA, BOB]);
    is_text(
        &case.plan(),
        "
        + bob@acme.example  to csv  joined the other list
        Plan: 1 to add, 0 to update, 0 to remove, 0 withheld, 1 unchanged; 1 member on csv:staff, 2 on mail:staff.
        ",
    );
    // Also where the run did not know whether it had removed him, so that the removal was still to be done.
    let mut case = both_ways(&[ADA], &[ADA, BOB], &[ADA, BOB]);
    let ran = run(&mut case, &[Fate::Lost]);
    assert_eq!(case.baseline.as_ref().unwrap().entries.len(), 2);
    ran.undone(&mut case);
    assert_eq!(case.plan().totals().remove, 0);
    // Or where it had not, and nothing is left to be undone.
    let mut case = both_ways(&[ADA], &[ADA, BOB], &[ADA, BOB]);
    let ran = run(&mut case, &[Fate::Broken]);
    assert!(ran.undo(&case).is_empty());
    ran.undone(&mut case);
    assert_eq!(case.plan().totals().remove, 0);
}

#[test]
fn two_ways_an_undone_addition_is_offered_again_and_never_leaves_the_other_list() {
    let mut case = both_ways(&[ADA, BOB], &[ADA], &[ADA]);
    let ran = run(&mut case, &[]);
    assert_eq!(labels(&case.target), [ADA, BOB]);
    ran.undone(&mut case);
    assert_eq!(labels(&case.target), [ADA]);
    is_text(
        &case.plan(),
        "
        + bob@acme.example  to mail  joined the other list
        Plan: 1 to add, 0 to update, 0 to remove, 0 withheld, 1 unchanged; 2 members on csv:staff, 1 on mail:staff.
        ",
    );
}

#[test]
fn an_attempt_that_died_before_the_baseline_takes_nobody_off_the_other_list() {
    let mut case = both_ways(&[ADA, BOB], &[ADA], &[ADA]);
    let ran = run(&mut case, &[]);
    let agreed = case.baseline.clone();
    let plan = ran.undo(&case);
    make(&mut case, "S", plan, &[]);
    // The lists are written, what was agreed on is not.
    case.baseline = agreed;
    assert!(ran.undo(&case).is_empty());
    ran.undone(&mut case);
    is_text(
        &case.plan(),
        "
        + bob@acme.example  to mail  joined the other list
        Plan: 1 to add, 0 to update, 0 to remove, 0 withheld, 1 unchanged; 2 members on csv:staff, 1 on mail:staff.
        ",
    );
}

/// One person on both lists with a team that changed at the source.
fn team(two_ways: bool) -> Case {
    let mut case = match two_ways {
        false => files(&[], &[]),
        true => both_ways(&[], &[], &[ADA]),
    };
    case.source.members = vec![member(&format!("{ADA} team=Sales"))];
    case.target.members = vec![member(&format!("{ADA} team=Sales"))];
    case.source.capabilities.updatable = Updatable::Everything;
    case.sync.mapping.rules = vec![rule("team", "team", Vec::new())];
    let mut case = applied(&case, &case.plan());
    set_team(&mut case.source, "Legal");
    case
}

fn set_team(reading: &mut Reading, team: &str) {
    let value = Value::Text(team.to_owned());
    for member in &mut reading.members {
        member.attributes.insert("team".to_owned(), value.clone());
    }
}

#[test]
fn a_field_gets_its_old_value_and_the_next_plan_never_writes_it_to_the_other_list() {
    for two_ways in [false, true] {
        let mut case = team(two_ways);
        let ran = run(&mut case, &[]);
        ran.check(
            &case,
            "
            ~ ada@acme.example  on mail  team Legal => Sales
            Plan: 0 to add, 1 to update, 0 to remove, 0 withheld, 0 unchanged; 1 member on csv:staff, 1 on mail:staff.
            ",
        );
        ran.undone(&mut case);
        let next = "
            ~ ada@acme.example  on mail  team Sales => Legal
            Plan: 0 to add, 1 to update, 0 to remove, 0 withheld, 0 unchanged; 1 member on csv:staff, 1 on mail:staff.
            ";
        is_text(&case.plan(), next);
        // The same where an attempt at it died before it wrote down what both sides agree on.
        let mut case = team(two_ways);
        let ran = run(&mut case, &[]);
        let agreed = case.baseline.clone();
        ran.undone(&mut case);
        case.baseline = agreed;
        assert!(ran.undo(&case).is_empty());
        ran.undone(&mut case);
        is_text(&case.plan(), next);
    }
}

#[test]
fn a_field_that_was_changed_since_stays_and_both_values_are_told() {
    let mut case = team(false);
    let ran = run(&mut case, &[]);
    set_team(&mut case.target, "Support");
    ran.check(
        &case,
        "
        ! ada@acme.example  not updated on mail  team was changed since: that run wrote Legal, now it is Support
        Plan: 0 to add, 0 to update, 0 to remove, 1 withheld, 0 unchanged; 1 member on csv:staff, 1 on mail:staff.
        ",
    );
    // Whoever is gone is told, and so is a field that the definition no longer names.
    case.sync.mapping.rules.clear();
    ran.check(
        &case,
        "
        ! ada@acme.example  not updated on mail  the sync does not read team any more
        Plan: 0 to add, 0 to update, 0 to remove, 1 withheld, 0 unchanged; 1 member on csv:staff, 1 on mail:staff.
        ",
    );
    leave(&mut case.target, ADA);
    ran.check(
        &case,
        "
        Ignored: 1 no longer there.
        Plan: 0 to add, 0 to update, 0 to remove, 0 withheld, 0 unchanged; 1 member on csv:staff, 0 on mail:staff.
        ",
    );
}

#[test]
fn whoever_was_moved_by_others_since_is_left_alone() {
    let mut case = files(&[ADA, CYD, DAN], &[ADA, BOB]);
    let ran = run(&mut case, &[]);
    // Somebody took Cyd off again, and put Bob back under his own steam.
    leave(&mut case.target, CYD);
    case.target
        .members
        .push(member("bob@acme.example team=New"));
    ran.check(
        &case,
        "
        - dan@acme.example  from mail  as it was before run R
        Ignored: 2 as before already.
        Plan: 0 to add, 0 to update, 1 to remove, 0 withheld, 1 unchanged; 3 members on csv:staff, 3 on mail:staff.
        ",
    );
}

#[test]
fn people_are_found_by_id_and_another_object_with_the_address_is_another_person() {
    let everyone = [
        "#1 ada@acme.example",
        "#2 bob@acme.example",
        "#3 cyd@acme.example",
    ];
    let mut case = one_way(&[ADA, BOB], &["#1 ada@acme.example", "#3 cyd@acme.example"]);
    case = case.knowing(&everyone);
    let ran = run(&mut case, &[]);
    assert_eq!(labels(&case.target), [ADA, BOB]);
    // Bob has another address by now, and somebody else got his.
    leave(&mut case.target, BOB);
    case.target.members.push(member("#2 robert@acme.example"));
    case.target.members.push(member("#9 bob@acme.example"));
    ran.check(
        &case,
        "
        + cyd@acme.example     to entra-id    as it was before run R
        - robert@acme.example  from entra-id  as it was before run R
        Plan: 1 to add, 0 to update, 1 to remove, 0 withheld, 1 unchanged; 2 members on csv:staff, 3 on entra-id:staff.
        ",
    );
    let plan = ran.undo(&case);
    let ids: Vec<_> = plan
        .changes
        .iter()
        .map(|change| change.member.id.clone())
        .collect();
    assert_eq!(ids, [Some("3".into()), Some("2".into())]);
}

#[test]
fn a_guest_leaves_the_list_and_stays_in_the_directory() {
    let mut case = one_way(&[ADA, "zoe@partner.example"], &["#1 ada@acme.example"]);
    case = case.knowing(&["#1 ada@acme.example"]);
    case.sync.guests.invite = true;
    let ran = run(&mut case, &[]);
    assert_eq!(ran.plan.changes[0].action, Action::Invite);
    let plan = ran.undo(&case);
    assert_eq!(plan.changes.len(), 1);
    assert_eq!(plan.changes[0].action, Action::Remove);
    assert_eq!(
        plan.changes[0].member.id,
        Some("guest-zoe@partner.example".into())
    );
}

#[test]
fn a_row_comes_back_with_all_its_columns_and_a_contact_with_what_the_sync_writes() {
    let mut case = files(&[ADA], &[ADA, "bob@acme.example room=7 team=Sales e=17"]);
    case.sync.mapping.rules = vec![rule("team", "team", Vec::new())];
    let ran = run(&mut case, &[]);
    let plan = ran.undo(&case);
    let names = |plan: &crate::plan::value::Plan| -> Vec<String> {
        plan.changes[0].member.attributes.keys().cloned().collect()
    };
    assert_eq!(names(&plan), ["room", "team"]);
    assert_eq!(plan.changes[0].member.employee_id.as_deref(), Some("17"));
    case.target.capabilities.updatable = Updatable::Nothing;
    assert_eq!(names(&ran.undo(&case)), ["team"]);
}

#[test]
fn who_was_replaced_by_another_object_with_the_same_address_comes_back() {
    let mut case = one_way(
        &[ADA, BOB],
        &["#1 ada@acme.example", "#2 robert@acme.example"],
    );
    case = case.knowing(&["#1 ada@acme.example", "#7 bob@acme.example"]);
    let mut ran = run(&mut case, &[]);
    assert_eq!(ran.plan.totals().add + ran.plan.totals().remove, 2);
    // The old object had the address that the new one has now.
    for member in &mut ran.snapshot.members.target {
        if member.id == Some("2".into()) {
            *member = super::member("#2 bob@acme.example");
        }
    }
    let plan = ran.undo(&case);
    assert_eq!(
        (plan.totals().add, plan.totals().remove),
        (1, 1),
        "{plan:#?}"
    );
}

#[test]
fn a_field_of_the_source_goes_back_as_well() {
    let mut case = team(true);
    set_team(&mut case.source, "Sales");
    set_team(&mut case.target, "Legal");
    let ran = run(&mut case, &[]);
    ran.check(
        &case,
        "
        ~ ada@acme.example  on csv  team Legal => Sales
        Plan: 0 to add, 1 to update, 0 to remove, 0 withheld, 0 unchanged; 1 member on csv:staff, 1 on mail:staff.
        ",
    );
    ran.undone(&mut case);
    is_text(
        &case.plan(),
        "
        ~ ada@acme.example  on csv  team Sales => Legal
        Plan: 0 to add, 1 to update, 0 to remove, 0 withheld, 0 unchanged; 1 member on csv:staff, 1 on mail:staff.
        ",
    );
}

#[test]
fn aliases_go_back_however_the_platform_orders_them() {
    let texts =
        |texts: &[&str]| Value::Texts(texts.iter().map(|text| (*text).to_owned()).collect());
    let mut case = files(&[ADA], &[ADA]);
    case.sync.mapping.rules = vec![rule("aliases", "aliases", Vec::new())];
    let set = |reading: &mut Reading, value: Value| {
        reading.members[0]
            .attributes
            .insert("aliases".to_owned(), value);
    };
    set(
        &mut case.source,
        texts(&["a.l@acme.example", "countess@acme.example"]),
    );
    set(&mut case.target, texts(&["a.l@acme.example"]));
    let ran = run(&mut case, &[]);
    assert_eq!(ran.plan.totals().update, 1);
    set(
        &mut case.target,
        texts(&["countess@acme.example", "A.L@acme.example", ADA]),
    );
    ran.check(
        &case,
        "
        ~ ada@acme.example  on mail  aliases a.l@acme.example; countess@acme.example => a.l@acme.example
        Plan: 0 to add, 1 to update, 0 to remove, 0 withheld, 0 unchanged; 1 member on csv:staff, 1 on mail:staff.
        ",
    );
}
