//! When a list is believed to be whole: far fewer members than before, and lists that are empty on purpose.

use jiff::SignedDuration;

use super::{
    Case, one_way,
    story::{Story, in_short},
    two_way,
};
use crate::{
    model::{list::Side, reading::Reading},
    plan::{change::Because, text::render, value::Plan},
};

fn people(count: usize) -> Vec<String> {
    (0..count)
        .map(|number| format!("p{number:03}@acme.example"))
        .collect()
}

/// Both lists have so many people and agree.
fn agreed(count: usize) -> Story {
    let (rows, members) = (people(count), people(count));
    let rows: Vec<&str> = rows.iter().map(String::as_str).collect();
    let members: Vec<String> = members
        .iter()
        .map(|text| format!("#{text} {text}"))
        .collect();
    let members: Vec<&str> = members.iter().map(String::as_str).collect();
    let mut story = Story::of(two_way(&rows, &members, None).knowing(&members));
    assert!(story.run().is_empty());
    story
}

/// The source's reading as if only the first `count` had come.
fn broken_off(story: &Story, count: usize) -> Reading {
    let mut reading = story.case.source.clone();
    reading.members.truncate(count);
    reading
}

fn removals(plan: &Plan) -> usize {
    plan.totals().remove
}

#[test]
fn most_of_a_list_gone_at_once_is_believed_only_once_a_later_run_reads_the_same() {
    let mut story = agreed(100);
    let few = broken_off(&story, 40);
    let first = story.run_seeing(Side::Source, &few);
    assert_eq!((removals(&first), first.withheld.len()), (0, 60));
    let told = "csv:staff had 100 members after the last run and has 40 now; removals wait for one more run that reads the same";
    assert_eq!(first.doubts.source, [told]);
    assert!(
        matches!(&first.withheld[0].because, Because::NoProof(why) if *why == [told]),
        "{first:?}"
    );
    assert!(render(&first).contains(&format!("Doubt about csv:staff: {told}")));
    // Another run, but too soon.
    story.wait_minutes(9);
    assert_eq!(removals(&story.run_seeing(Side::Source, &few)), 0);
    let settled = story.case.baseline.clone();
    assert_eq!(removals(&story.run_seeing(Side::Source, &few)), 0);
    assert_eq!(story.case.baseline, settled, "nothing is learned twice");
    // Later, and one more left meanwhile: still the same reading.
    story.wait_minutes(1);
    let fewer = broken_off(&story, 39);
    let believed = story.run_seeing(Side::Source, &fewer);
    assert_eq!(removals(&believed), 61);
    assert!(believed.doubts.source.is_empty());
}

#[test]
fn readings_that_change_back_and_forth_confirm_nothing() {
    // What is read run after run, ten minutes apart.
    let table: [&[usize]; 6] = [
        &[40, 100, 40, 100, 40],
        &[40, 20, 40, 20],
        &[40, 0, 40, 0, 40],
        &[40, 34, 28, 23, 19],
        &[0, 0, 0],
        &[0, 5],
    ];
    for counts in table {
        let mut story = agreed(100);
        for count in counts {
            story.wait_minutes(10);
            let reading = broken_off(&story, *count);
            let plan = story.run_seeing(Side::Source, &reading);
            assert_eq!(removals(&plan), 0, "{counts:?} at {count}");
        }
    }
}

#[test]
fn a_reading_with_a_doubt_of_its_own_confirms_nothing_and_is_not_remembered() {
    let mut story = agreed(100);
    let few = broken_off(&story, 40);
    story.run_seeing(Side::Source, &few);
    story.wait_minutes(20);
    let mut doubtful = few.clone();
    doubtful.doubts.push("a page may be missing".to_owned());
    assert_eq!(removals(&story.run_seeing(Side::Source, &doubtful)), 0);
    assert_eq!(removals(&story.run_seeing(Side::Source, &few)), 0);
    story.wait_minutes(10);
    assert_eq!(removals(&story.run_seeing(Side::Source, &few)), 60);
}

#[test]
fn a_run_does_not_confirm_itself() {
    let mut story = agreed(100);
    let few = broken_off(&story, 40);
    story.run_seeing(Side::Source, &few);
    story.wait(SignedDuration::from_hours(1));
    *story.reading(Side::Source) = few;
    assert_eq!(removals(&story.plan()), 60, "another run would");
    let baseline = story.case.baseline.as_mut().unwrap();
    baseline.read_anew_by("run-1", story.now);
    assert_eq!(removals(&story.plan()), 60, "that is another run");
    let baseline = story.case.baseline.as_mut().unwrap();
    baseline.read_anew_by("run-2", story.now);
    assert_eq!(removals(&story.plan()), 0);
}

#[test]
fn few_of_a_few_and_half_of_many_are_no_surprise() {
    for (before, now, expected) in [
        (9, 1, 8),
        (10, 5, 5),
        (10, 4, 0),
        (100, 50, 50),
        (100, 49, 0),
    ] {
        let mut story = agreed(before);
        let reading = broken_off(&story, now);
        let plan = story.run_seeing(Side::Source, &reading);
        assert_eq!(removals(&plan), expected, "{before} to {now}");
    }
}

#[test]
fn whom_rollcall_itself_removed_is_not_missed() {
    let mut story = agreed(100);
    let half = broken_off(&story, 50);
    *story.reading(Side::Source) = half;
    assert_eq!(removals(&story.run()), 50);
    let fewer = broken_off(&story, 30);
    *story.reading(Side::Source) = fewer;
    assert_eq!(removals(&story.run()), 20);
    // The group has 30 by now, of the 100 that a run last read there.
    assert!(story.run().is_empty());
    assert!(story.plan().doubts.target.is_empty());
}

#[test]
fn a_list_that_is_only_written_may_shrink_as_it_likes() {
    let mut story = agreed(100);
    story.case.sync.direction = crate::definition::sync::Direction::OneWay;
    story.run();
    story.reading(Side::Target).members.truncate(10);
    let plan = story.run();
    assert_eq!((plan.totals().add, plan.doubts.target.len()), (90, 0));
}

fn empty_on_purpose(mut story: Story) -> Story {
    story.case.sync.source.empty_until = Some(story.now + SignedDuration::from_hours(1));
    story
}

#[test]
fn a_list_may_be_empty_on_purpose_until_a_time() {
    for (count, left) in [(100, 0), (100, 3), (3, 0)] {
        let mut story = empty_on_purpose(agreed(count));
        story.reading(Side::Source).members.truncate(left);
        assert_eq!(removals(&story.plan()), count - left);
        assert!(story.plan().doubts.source.is_empty());
        story.wait_minutes(60);
        assert_eq!(removals(&story.plan()), 0, "the time is over");
    }
}

#[test]
fn what_is_not_there_or_doubted_is_not_empty_on_purpose() {
    let mut story = empty_on_purpose(agreed(5));
    story.reading(Side::Source).members.clear();
    let mut doubted = story.case.source.clone();
    doubted.doubts.push("a page may be missing".to_owned());
    let plan = story.run_seeing(Side::Source, &doubted);
    assert_eq!(removals(&plan), 0);
    assert_eq!(plan.doubts.source, ["a page may be missing"]);
    let absent = Reading::absent(
        story.case.source.list.clone(),
        story.case.source.capabilities.clone(),
    );
    let plan = story.run_seeing(Side::Source, &absent);
    assert_eq!(removals(&plan), 0);
    let told = "csv:staff is not there, and 5 people were on it after the last run";
    assert_eq!(plan.doubts.source, [told]);
}

#[test]
fn people_are_added_to_a_list_that_is_empty_on_purpose() {
    let mut story = empty_on_purpose(agreed(3));
    story.reading(Side::Source).members.clear();
    story.joins(Side::Target, "#p9 p9@acme.example");
    assert_eq!(
        in_short(&story.plan()),
        [
            "+ p9 Source",
            "- p000 Target",
            "- p001 Target",
            "- p002 Target"
        ]
    );
    story.case.sync.source.empty_until = None;
    let plan = story.plan();
    assert!(plan.is_empty(), "{}", render(&plan));
}

#[test]
fn a_first_run_has_nothing_to_compare_with() {
    let case: Case = one_way(&["p0@acme.example"], &["#p1 p1@acme.example"]);
    assert_eq!(removals(&case.plan()), 1);
}

#[test]
fn nobody_who_left_is_forgotten_while_the_other_list_is_not_believed() {
    // Empty, far fewer, and not there: whoever left the target meanwhile is on neither list as it was read.
    for count in [0, 4] {
        let mut story = agreed(100);
        let broken = broken_off(&story, count);
        story.leaves(Side::Target, "p099@acme.example");
        let plan = story.run_seeing(Side::Source, &broken);
        assert_eq!(plan.doubts.source.len(), 1, "{count}");
        assert_eq!(in_short(&story.run()), ["- p099 Source"], "{count}");
        assert!(story.run().is_empty());
    }
}

#[test]
fn whoever_left_both_lists_is_forgotten_once_both_are_believed() {
    let mut story = empty_on_purpose(agreed(3));
    story.reading(Side::Source).members.clear();
    story.leaves(Side::Target, "p000@acme.example");
    story.run();
    assert_eq!(story.case.baseline.as_ref().unwrap().entries, []);
    story.joins(Side::Target, "#p0 p000@acme.example");
    assert_eq!(in_short(&story.plan()), ["+ p000 Source"]);
}

#[test]
fn an_empty_list_is_in_doubt_whichever_side_it_is_on_and_only_where_somebody_was() {
    let mut story = agreed(1);
    story.case.sync.direction = crate::definition::sync::Direction::OneWay;
    story.reading(Side::Target).members.clear();
    let told = "entra-id:staff came back empty, and 1 person was on it after the last run";
    let plan = story.plan();
    assert_eq!(plan.doubts.target, [told]);
    assert!(plan.is_not_all());
    story.run();
    assert!(!story.plan().is_not_all());
    story.case.baseline = None;
    story.reading(Side::Target).members.clear();
    assert!(story.plan().doubts.target.is_empty());
}
