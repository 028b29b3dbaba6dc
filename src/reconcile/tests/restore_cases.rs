//! What undoing a run does, case by case, and what the next run makes of it.

use super::{
    Case, applied, member, now, one_way,
    platform_cases::rule,
    reading,
    restored::{Fate, is_text, make, run},
    two_way,
};
use crate::{
    definition::pattern::Pattern,
    model::{
        attributes::Value,
        baseline::{Identity, Origin, Tombstone},
        capabilities::{AddsBy, Updatable},
        ledger::{Move, Taken},
        list::Side,
        reading::{Directory, Reading},
    },
    plan::{
        change::{Action, Because},
        outcome::Outcome,
        put_back::NotPutBack,
    },
};

const ADA: &str = "ada@acme.example";
const BOB: &str = "bob@acme.example";
const CYD: &str = "cyd@acme.example";
const DAN: &str = "dan@acme.example";

/// From one file to another.
fn files(source: &[&str], target: &[&str]) -> Case {
    let mut case = one_way(source, &[]);
    case.target = reading("mail", target, AddsBy::Address, Updatable::Everything);
    case
}

/// Between two files, which agreed on who is on both.
fn both_ways(source: &[&str], target: &[&str], agreed: &[&str]) -> Case {
    let pairs: Vec<(&str, &str)> = agreed.iter().map(|who| (*who, *who)).collect();
    let mut case = two_way(source, &[], Some(&pairs));
    case.target = reading("mail", target, AddsBy::Address, Updatable::Everything);
    case
}

fn leave(reading: &mut Reading, who: &str) {
    reading.members.retain(|member| member.label() != who);
}

fn labels(reading: &Reading) -> Vec<&str> {
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
fn whom_a_later_run_moved_again_is_left_alone_and_the_run_is_told() {
    let mut case = both_ways(&[ADA, CYD], &[ADA, BOB], &[ADA, BOB]);
    let ran = run(&mut case, &[]);
    let by = |side| Move {
        side,
        run: "later".to_owned(),
        at: now(),
        turns: 0,
    };
    let agreed = case.baseline.as_mut().unwrap();
    for entry in &mut agreed.entries {
        if entry.who.target == Identity::of(&member(CYD)) {
            entry.put = Some(Box::new(by(Side::Target)));
        }
    }
    agreed.taken.push(Taken {
        who: Identity::of(&member(BOB)),
        by: by(Side::Target),
    });
    ran.check(
        &case,
        "
        ! bob@acme.example  not added to mail  run later did it again since
        ! cyd@acme.example  stays on mail      run later did it again since
        Plan: 0 to add, 0 to update, 0 to remove, 2 withheld, 1 unchanged; 2 members on csv:staff, 2 on mail:staff.
        ",
    );
}

#[test]
fn opt_outs_win_whoever_tells_them() {
    let mut case = both_ways(&[ADA], &[ADA, BOB, CYD, DAN], &[ADA, BOB, CYD, DAN]);
    let ran = run(&mut case, &[]);
    // Bob comes back to the other list as somebody who opted out there; the platform did not take Cyd meanwhile; Dan
    // opted out on the other platform before he vanished from it.
    case.source
        .members
        .push(member("bob@acme.example opted-out"));
    let stone = |side, who: &str, origin| Tombstone {
        side,
        who: Identity::of(&member(who)),
        since: now(),
        said: "unsubscribed".to_owned(),
        origin,
    };
    case.baseline.as_mut().unwrap().tombstones = vec![
        stone(Side::Target, CYD, Origin::NotTaken),
        stone(Side::Source, DAN, Origin::OptedOut),
    ];
    ran.check(
        &case,
        "
        ! bob@acme.example  not added to mail  opted out
        ! cyd@acme.example  not added to mail  not taken on 2026-03-04, and not tried again: unsubscribed
        ! dan@acme.example  not added to mail  not taken on 2026-03-04, and not tried again: unsubscribed
        Plan: 0 to add, 0 to update, 0 to remove, 3 withheld, 1 unchanged; 2 members on csv:staff, 1 on mail:staff.
        ",
    );
}

#[test]
fn who_opted_out_on_the_whole_platform_is_not_put_back_on_a_list_of_it() {
    let mut case = one_way(&["+61255500001 name=Ada"], &[]);
    let people = [
        "#1 +61255500001 name=Ada",
        "#2 +61255500002 name=Bob",
        "#3 +61255500003 name=Cyd",
    ];
    case.target = reading("sms", &people, AddsBy::Phone, Updatable::Everything);
    case.target.capabilities.knows_people = true;
    case.sync.mapping.rules = vec![rule("name", "name", Vec::new())];
    let ran = run(&mut case, &[]);
    assert_eq!(labels(&case.target), ["+61255500001"]);
    let plan = ran.undo(&case);
    assert!(plan.wants_directory.target && plan.is_empty());
    case.target.directory = Some(Directory {
        people: [
            "#1 +61255500001 name=Ada",
            "#2 +61255500002 name=Robert opted-out",
            "#3 +61255500003 name=Cyd",
        ]
        .map(member)
        .to_vec(),
        own_domains: Vec::new(),
    });
    ran.check(
        &case,
        "
        ! +61255500002  not added to sms  opted out
        + +61255500003  to sms            as it was before run R
        Plan: 1 to add, 0 to update, 0 to remove, 1 withheld, 1 unchanged; 1 member on csv:staff, 1 on sms:staff.
        ",
    );
    let plan = ran.undo(&case);
    let back = &plan.changes[0].member;
    assert_eq!(
        back.id.as_ref().unwrap().as_str(),
        "3",
        "as the platform knows her"
    );
}

#[test]
fn protected_excluded_and_opted_out_members_stay_and_lists_say_what_cannot_be_done() {
    let mut case = files(&[ADA, BOB, CYD, DAN], &[ADA]);
    let ran = run(&mut case, &[]);
    case.sync.protected = vec![Pattern(BOB.to_owned())];
    case.sync.exclude = vec![Pattern(CYD.to_owned())];
    let members = case.target.members.iter_mut();
    for member in members.filter(|member| member.label() == DAN) {
        member.standing = crate::model::member::Standing::OptedOut;
    }
    ran.check(
        &case,
        "
        ! bob@acme.example  stays on mail  protected
        ! dan@acme.example  stays on mail  opted out
        Ignored: 1 excluded.
        Plan: 0 to add, 0 to update, 0 to remove, 2 withheld, 1 unchanged; 4 members on csv:staff, 4 on mail:staff.
        ",
    );
    case.sync.protected.clear();
    case.target.capabilities.keeps = Some("accounts are never deleted".to_owned());
    let plan = ran.undo(&case);
    assert!(plan.changes.is_empty());
    let keeps = |because: &Because| matches!(because, Because::Keeps(_));
    assert!(
        plan.withheld
            .iter()
            .all(|withheld| keeps(&withheld.because))
    );
    case.target.capabilities.read_only = Some("it is locked".to_owned());
    let plan = ran.undo(&case);
    assert!(plan.changes.is_empty() && plan.unwritable().next().is_some());
}

#[test]
fn what_the_run_did_not_do_itself_stays() {
    let mut case = files(&[ADA, BOB, CYD, DAN], &[ADA]);
    let ran = run(&mut case, &[Fate::Found, Fate::Lost, Fate::NotTried]);
    assert_eq!(labels(&case.target), [ADA, BOB, CYD]);
    ran.check(
        &case,
        "
        ! bob@acme.example  stays on mail  was so before that run
        - cyd@acme.example  from mail      as it was before run R
        Plan: 0 to add, 0 to update, 1 to remove, 1 withheld, 1 unchanged; 4 members on csv:staff, 3 on mail:staff.
        ",
    );
    for fate in [Fate::Refused, Fate::NotTried, Fate::Held] {
        let mut case = files(&[ADA, BOB], &[ADA]);
        let ran = run(&mut case, &[fate]);
        // Somebody else adds him afterwards: that is none of the run's doing.
        case.target.members.push(member(BOB));
        let plan = ran.undo(&case);
        assert!(plan.is_empty() && plan.withheld.is_empty(), "{fate:?}");
    }
}

#[test]
fn of_a_run_that_died_everything_it_planned_may_be_its_work() {
    let mut case = files(&[ADA, CYD], &[ADA, BOB]);
    let mut ran = run(&mut case, &[]);
    ran.outcomes.clear();
    ran.is_told = false;
    let whole = "
        + bob@acme.example  to mail    as it was before run R
        - cyd@acme.example  from mail  as it was before run R
        Plan: 1 to add, 0 to update, 1 to remove, 0 withheld, 1 unchanged; 2 members on csv:staff, 2 on mail:staff.
        ";
    ran.check(&case, whole);
    // A second attempt had written down what the first one did, and died as well.
    ran.outcomes = vec![Some(Outcome::Applied), None];
    ran.check(&case, whole);
    // Where the list was not read whole before, nobody knows who was on it.
    ran.plan.doubts.target = vec!["page 2 is missing".to_owned()];
    ran.outcomes.clear();
    ran.check(
        &case,
        "
        + bob@acme.example  to mail        as it was before run R
        ! cyd@acme.example  stays on mail  the list may not have been read whole: page 2 is missing
        Plan: 1 to add, 0 to update, 0 to remove, 1 withheld, 1 unchanged; 2 members on csv:staff, 2 on mail:staff.
        ",
    );
}

#[test]
fn right_after_a_run_a_list_that_is_slow_says_nothing() {
    let mut case = files(&[ADA, CYD], &[ADA, BOB]);
    let before = case.target.members.clone();
    let mut ran = run(&mut case, &[]);
    case.target.capabilities.settles_in = 60;
    case.target.members = before;
    ran.check(
        &case,
        "
        ! bob@acme.example  not added to mail  the list may not show yet what that run did until 2026-03-04 06:01 UTC; restore again later
        ! cyd@acme.example  stays on mail      the list may not show yet what that run did until 2026-03-04 06:01 UTC; restore again later
        Plan: 0 to add, 0 to update, 0 to remove, 2 withheld, 1 unchanged; 2 members on csv:staff, 2 on mail:staff.
        ",
    );
    ran.minutes_ago = 61;
    assert!(ran.undo(&case).withheld.is_empty());
}

#[test]
fn a_list_that_may_not_be_whole_now_proves_nobody_gone() {
    let mut case = both_ways(&[ADA, BOB], &[ADA], &[ADA]);
    let ran = run(&mut case, &[]);
    leave(&mut case.target, BOB);
    case.target.doubts = vec!["page 2 is missing".to_owned()];
    let plan = ran.undo(&case);
    let because = &plan.withheld[0].because;
    assert!(matches!(
        because,
        Because::NotPutBack(NotPutBack::Doubtful(_))
    ));
    assert!(plan.forgets.is_empty(), "he may be there");
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
fn a_list_that_came_back_empty_gets_nobody_as_long_as_many_should_be_on_it() {
    let agreed = [ADA, BOB, CYD, DAN];
    let mut case = both_ways(&[ADA, BOB, CYD], &agreed, &agreed);
    let ran = run(&mut case, &[]);
    case.target.members.clear();
    let plan = ran.undo(&case);
    assert!(plan.is_empty());
    assert_eq!(plan.withheld[0].because, Because::SuddenlyEmpty(3));
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
