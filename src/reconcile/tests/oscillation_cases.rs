//! Whoever goes back and forth is left alone after a while.

use super::{
    one_way,
    story::{Story, in_short},
    two_way,
};
use crate::{
    model::list::Side,
    plan::change::{Because, Considered},
};

const EVERYONE: &[&str] = &["#1 ada@acme.example", "#2 bob@acme.example"];

/// One way; Bob is on both lists.
fn quiet() -> Story {
    let case = one_way(&["bob@acme.example"], &["#2 bob@acme.example"]);
    let mut story = Story::of(case.knowing(EVERYONE));
    story.run();
    story
}

const ADA: &str = "ada@acme.example";

#[test]
fn after_four_turns_the_next_removal_waits_until_the_last_move_is_a_fortnight_old() {
    let mut story = quiet();
    for turn in 0..5 {
        if turn % 2 == 0 {
            story.joins(Side::Source, ADA);
            assert_eq!(in_short(&story.run()), ["+ ada Target"], "turn {turn}");
        } else {
            story.leaves(Side::Source, ADA);
            assert_eq!(in_short(&story.run()), ["- ada Target"], "turn {turn}");
        }
        story.wait_days(1);
    }
    story.leaves(Side::Source, ADA);
    for _ in 0..13 {
        let plan = story.run();
        assert_eq!(
            in_short(&plan),
            ["! ada stays Target: oscillates after 4 turns"]
        );
        story.wait_days(1);
    }
    assert_eq!(in_short(&story.run()), ["- ada Target"]);
    // That was the first move of a new time.
    story.joins(Side::Source, ADA);
    assert_eq!(in_short(&story.run()), ["+ ada Target"]);
}

#[test]
fn after_four_turns_the_next_addition_waits_too() {
    let mut story = quiet();
    story.joins(Side::Source, ADA);
    story.joins(Side::Target, "#1 ada@acme.example");
    story.run();
    for turn in 0..5 {
        story.wait_days(1);
        if turn % 2 == 0 {
            story.leaves(Side::Source, ADA);
        } else {
            story.joins(Side::Source, ADA);
        }
        assert_eq!(story.run().changes.len(), 1, "turn {turn}");
    }
    story.joins(Side::Source, ADA);
    let plan = story.run();
    assert_eq!(
        in_short(&plan),
        ["! ada not added Target: oscillates after 4 turns"]
    );
    let Because::Oscillates { since, .. } = plan.withheld[0].because else {
        panic!("{plan:?}");
    };
    assert_eq!(since, story.now, "when it was moved last");
}

#[test]
fn whoever_somebody_else_takes_away_each_time_is_added_five_times() {
    let mut story = quiet();
    story.joins(Side::Source, ADA);
    for _ in 0..5 {
        assert_eq!(in_short(&story.run()), ["+ ada Target"]);
        story.wait_days(1);
        story.leaves(Side::Target, ADA);
    }
    let plan = story.run();
    assert_eq!(
        in_short(&plan),
        ["! ada not added Target: oscillates after 4 turns"]
    );
    assert_eq!(plan.lapsed.len(), 1);
    assert_eq!(
        (plan.lapsed[0].was, plan.lapsed[0].side),
        (Considered::Add, Side::Target)
    );
}

#[test]
fn two_systems_that_disagree_about_two_lists_are_stopped() {
    let case = two_way(&["bob@acme.example"], &["#2 bob@acme.example"], None);
    let mut story = Story::of(case.knowing(EVERYONE));
    story.run();
    // One system wants Ada on the group, the other one takes her off the mailing list.
    let mut moves = Vec::new();
    for _ in 0..4 {
        story.joins(Side::Target, "#1 ada@acme.example");
        moves.extend(in_short(&story.run()));
        story.wait_minutes(60);
        let is_there = story
            .case
            .source
            .members
            .iter()
            .any(|one| one.label() == ADA);
        if is_there {
            story.leaves(Side::Source, ADA);
        }
        moves.extend(in_short(&story.run()));
        story.wait_minutes(60);
        if moves.iter().any(|line| line.starts_with('!')) {
            break;
        }
    }
    assert_eq!(
        moves,
        [
            "+ ada Source",
            "- ada Target",
            "+ ada Source",
            "- ada Target",
            "+ ada Source",
            "! ada stays Target: oscillates after 4 turns"
        ]
    );
    for _ in 0..3 {
        assert!(story.run().is_empty());
    }
}

#[test]
fn ordinary_life_never_freezes() {
    // Days between one move and the next.
    for days in [5, 12, 60] {
        let mut story = quiet();
        for turn in 0..20 {
            if turn % 2 == 0 {
                story.joins(Side::Source, ADA);
            } else {
                story.leaves(Side::Source, ADA);
            }
            let plan = story.run();
            assert_eq!(plan.changes.len(), 1, "every {days} days, turn {turn}");
            story.wait_days(days);
        }
    }
}

#[test]
fn somebody_else_is_not_held_up() {
    let mut story = quiet();
    story.joins(Side::Source, ADA);
    for _ in 0..6 {
        story.run();
        story.wait_days(1);
        if story.case.target.members.len() == 2 {
            story.leaves(Side::Target, ADA);
        }
    }
    story.leaves(Side::Target, "bob@acme.example");
    assert_eq!(
        in_short(&story.run()),
        [
            "+ bob Target",
            "! ada not added Target: oscillates after 4 turns"
        ]
    );
}
