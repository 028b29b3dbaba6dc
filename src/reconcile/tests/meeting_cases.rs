//! How what is remembered of lists, of moves and of runs that were undone stand together.

use super::{
    Case, one_way,
    platform_cases::sales,
    restore_cases::{ADA, BOB, both_ways, files, leave},
    restored::{Fate, make, run},
    story::{Story, in_short},
    two_way,
};
use crate::{
    definition::sync::Removes,
    model::{list::Side, reading::Reading},
    plan::{change::Because, put_back::NotPutBack, text::render, value::Plan},
};

fn people(count: usize) -> Vec<String> {
    (0..count)
        .map(|number| format!("p{number:03}@acme.example"))
        .collect()
}

fn words(texts: &[String]) -> Vec<&str> {
    texts.iter().map(String::as_str).collect()
}

/// Two files that agree on so many people, and a run that said so.
fn agreed_files(count: usize) -> Case {
    let people = people(count);
    let people = words(&people);
    let mut case = both_ways(&people, &people, &people);
    let ran = run(&mut case, &[]);
    assert!(ran.plan.is_empty());
    case
}

/// A group and a file, of which the group has the first `there` of `count` people and the file all of them.
fn filling_up(count: usize, there: usize) -> Story {
    let rows = people(count);
    let members: Vec<String> = rows.iter().map(|text| format!("#{text} {text}")).collect();
    let members = words(&members);
    Story::of(two_way(&words(&rows), &members[..there], None).knowing(&members))
}

fn broken_off(reading: &Reading, count: usize) -> Reading {
    let mut reading = reading.clone();
    reading.members.truncate(count);
    reading
}

fn removals(plan: &Plan) -> usize {
    plan.totals().remove
}

#[test]
fn a_restore_does_not_make_a_broken_answer_believed() {
    let mut case = agreed_files(20);
    case.source.members.push(super::member("x@acme.example"));
    let ran = run(&mut case, &[]);
    assert_eq!(ran.plan.totals().add, 1);
    let few = broken_off(&case.source, 5);
    let whole = std::mem::replace(&mut case.source, few);
    assert_eq!(removals(&case.plan()), 0);
    let undone = ran.undone(&mut case);
    assert_eq!(removals(&undone.plan), 1);
    let plan = case.plan();
    assert_eq!(removals(&plan), 0, "{}", render(&plan));
    case.source = whole;
    assert!(case.plan().doubts.source.is_empty());
}

#[test]
fn whom_a_restore_took_off_a_list_is_not_missed() {
    let mut case = agreed_files(20);
    for name in people(50).iter().skip(20) {
        case.source.members.push(super::member(name));
    }
    let ran = run(&mut case, &[]);
    assert_eq!(case.target.members.len(), 50);
    ran.undone(&mut case);
    assert_eq!(case.target.members.len(), 20);
    let plan = case.plan();
    assert!(plan.doubts.target.is_empty(), "{:?}", plan.doubts);
}

#[test]
fn a_restore_that_died_over_a_list_with_gaps_proves_nobody_new_when_it_is_undone() {
    let mut case = files(&[ADA], &[ADA, BOB]);
    let ran = run(&mut case, &[]);
    assert_eq!(removals(&ran.plan), 1);
    // Somebody put Bob back by hand, and the reading of the restore is without him.
    case.target.doubts.push("a page may be missing".to_owned());
    let plan = ran.undo(&case);
    assert_eq!(plan.totals().add, 1);
    let mut died = make(&mut case, "S", plan, &[Fate::Lost]);
    died.is_told = false;
    died.outcomes = Vec::new();
    case.target.doubts.clear();
    let plan = died.undo(&case);
    assert_eq!(removals(&plan), 0, "{}", render(&plan));
    let because = &plan.withheld[0].because;
    assert!(
        matches!(because, Because::NotPutBack(NotPutBack::Doubtful(_))),
        "{because:?}"
    );
}

#[test]
fn what_was_agreed_on_outlives_a_broken_answer_while_they_leave_the_other_list() {
    for left in [8, 0] {
        let mut story = filling_up(20, 20);
        story.run();
        let few = broken_off(&story.case.source, left);
        story.leaves(Side::Target, "p010@acme.example");
        assert_eq!(removals(&story.run_seeing(Side::Source, &few)), 0);
        story.wait_minutes(30);
        assert_eq!(
            in_short(&story.run()),
            ["- p010 Source"],
            "{left} were read"
        );
    }
}

#[test]
fn lists_that_are_both_empty_agree_on_nobody() {
    let mut story = filling_up(2, 2);
    story.run();
    for side in [Side::Source, Side::Target] {
        story.reading(side).members.clear();
    }
    story.run();
    story.joins(Side::Source, "p000@acme.example");
    assert_eq!(in_short(&story.run()), ["+ p000 Target"]);
}

#[test]
fn a_list_that_rollcall_filled_is_known_to_have_many() {
    for there in [0, 5, 60] {
        let mut story = filling_up(100, there);
        assert_eq!(story.run().totals().add, 100 - there);
        story.wait_days(1);
        let few = broken_off(&story.case.target, 40);
        let plan = story.run_seeing(Side::Target, &few);
        assert_eq!(removals(&plan), 0, "{there} were there before");
        assert!(plan.doubts.target[0].contains("had 100 members"));
        story.wait_minutes(10);
        assert_eq!(removals(&story.run_seeing(Side::Target, &few)), 60);
    }
}

#[test]
fn a_baseline_that_tells_no_sizes_tells_how_many_agreed() {
    let mut story = filling_up(100, 100);
    story.run();
    let baseline = story.case.baseline.as_mut().unwrap();
    assert!(baseline.read.source.is_some());
    baseline.read = Default::default();
    let few = broken_off(&story.case.source, 40);
    assert_eq!(removals(&story.run_seeing(Side::Source, &few)), 0);
    story.wait_minutes(10);
    assert_eq!(removals(&story.run_seeing(Side::Source, &few)), 60);
}

#[test]
fn whom_a_restore_put_back_is_nobodys_but_theirs_who_put_them_there() {
    let mut case = files(
        &["ada@acme.example team=Sales", "bob@acme.example team=Legal"],
        &[ADA, BOB],
    );
    run(&mut case, &[]);
    case.sync.filters.source = sales();
    let mistake = run(&mut case, &[]);
    assert_eq!(removals(&mistake.plan), 1);
    mistake.undone(&mut case);
    assert_eq!(case.target.members.len(), 2);
    case.sync.removes = Removes::OnlyAdded;
    assert_eq!(in_short(&case.plan()), ["! bob stays Target: not ours"]);
    // Whom it put there itself it takes away.
    leave(&mut case.target, ADA);
    run(&mut case, &[]);
    leave(&mut case.source, ADA);
    case.source
        .members
        .push(super::member("dan@acme.example team=Sales"));
    assert!(in_short(&case.plan()).contains(&"- ada Target".to_owned()));
}

#[test]
fn a_plan_that_hides_nothing_stays_empty_while_time_passes() {
    let mut story = Story::of(
        one_way(&[BOB], &["#2 bob@acme.example"])
            .knowing(&["#1 ada@acme.example", "#2 bob@acme.example"]),
    );
    story.run();
    for turn in 0..5 {
        if turn % 2 == 0 {
            story.joins(Side::Source, ADA);
        } else {
            story.leaves(Side::Source, ADA);
        }
        story.run();
        story.wait_days(1);
    }
    story.leaves(Side::Source, ADA);
    let frozen = story.plan();
    assert!(frozen.is_empty() && matches!(frozen.withheld[0].because, Because::Oscillates { .. }));
    assert!(frozen.hides_changes(), "{}", render(&frozen));
    story.wait_days(14);
    assert_eq!(in_short(&story.plan()), ["- ada Target"]);
}
