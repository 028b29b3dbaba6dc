//! Lists that are read as they were before a change.

use super::{
    directory, one_way,
    story::{Story, in_short},
    two_way,
};
use crate::{
    definition::{
        filter::{Filter, Operand, Test},
        mapping::Rule,
        sync::Direction,
    },
    model::{
        attributes::Value,
        capabilities::{AddsBy, Updatable},
        list::Side,
    },
    plan::{
        outcome::{Outcome, Problem},
        text::render,
    },
};

const EVERYONE: &[&str] = &[
    "#1 ada@acme.example",
    "#2 bob@acme.example",
    "#3 cyd@acme.example",
];

/// Ada and Bob are on both lists, which settle after an hour.
fn agreed(direction: Direction) -> Story {
    let case = two_way(
        &["ada@acme.example", "bob@acme.example"],
        &["#1 ada@acme.example", "#2 bob@acme.example"],
        None,
    );
    let mut story = Story::of(case.knowing(EVERYONE)).settling_in(60);
    story.case.sync.direction = direction;
    assert!(story.run().is_empty());
    story
}

const BOTH_WAYS: [Direction; 2] = [Direction::TwoWay, Direction::OneWay];

#[test]
fn whoever_was_added_and_is_not_shown_yet_has_not_left() {
    for direction in BOTH_WAYS {
        let mut story = agreed(direction);
        story.joins(Side::Source, "cyd@acme.example");
        let stale = story.case.target.clone();
        assert_eq!(in_short(&story.run()), ["+ cyd Target"]);
        for _ in 0..3 {
            story.wait_minutes(19);
            let plan = story.run_seeing(Side::Target, &stale);
            assert_eq!(
                in_short(&plan),
                ["! cyd not added Target: not shown yet"],
                "{direction:?}"
            );
            assert!(plan.lapsed.is_empty());
        }
        assert!(story.plan().is_empty(), "it is shown at last");
        // A list that never shows it is believed in the end, and the run that added it is told of.
        story.wait_minutes(3);
        let plan = story.run_seeing(Side::Target, &stale);
        let expected = match direction {
            Direction::TwoWay => "- cyd Source",
            Direction::OneWay => "+ cyd Target",
        };
        assert_eq!(in_short(&plan), [expected]);
        assert_eq!(plan.lapsed.len(), 1);
        assert!(
            render(&plan).contains("1 change of run run-2 to entra-id:staff did not last."),
            "{}",
            render(&plan)
        );
    }
}

#[test]
fn whoever_was_removed_and_is_still_shown_has_not_joined() {
    for direction in BOTH_WAYS {
        let mut story = agreed(direction);
        story.leaves(Side::Source, "bob@acme.example");
        let stale = story.case.target.clone();
        assert_eq!(in_short(&story.run()), ["- bob Target"]);
        for _ in 0..3 {
            story.wait_minutes(19);
            let plan = story.run_seeing(Side::Target, &stale);
            let expected = match direction {
                Direction::TwoWay => "! bob not added Source: still shown",
                Direction::OneWay => "! bob stays Target: still shown",
            };
            assert_eq!(in_short(&plan), [expected]);
        }
        assert!(story.plan().is_empty());
        story.wait_minutes(3);
        let plan = story.run_seeing(Side::Target, &stale);
        let expected = match direction {
            Direction::TwoWay => "+ bob Source",
            Direction::OneWay => "- bob Target",
        };
        assert_eq!(in_short(&plan), [expected]);
        assert_eq!(plan.lapsed.len(), 1);
    }
}

#[test]
fn whoever_comes_back_while_the_other_list_still_shows_them_has_not_left_it_afterwards() {
    let mut story = agreed(Direction::TwoWay);
    story.leaves(Side::Source, "bob@acme.example");
    let stale = story.case.target.clone();
    story.run();
    story.wait_minutes(5);
    story.joins(Side::Source, "bob@acme.example");
    let plan = story.run_seeing(Side::Target, &stale);
    assert_eq!(in_short(&plan), ["! bob left alone Target: still shown"]);
    // The group shows it now: Bob is to be added there, and not removed here.
    assert_eq!(in_short(&story.run()), ["+ bob Target"]);
    story.wait_minutes(61);
    assert!(story.run().is_empty());
}

#[test]
fn whoever_left_before_the_other_list_showed_them_is_not_brought_back() {
    let mut story = agreed(Direction::TwoWay);
    story.joins(Side::Source, "cyd@acme.example");
    let stale = story.case.target.clone();
    story.run();
    story.wait_minutes(5);
    story.leaves(Side::Source, "cyd@acme.example");
    let plan = story.run_seeing(Side::Target, &stale);
    assert!(plan.is_empty(), "neither list shows Cyd");
    story.wait_minutes(5);
    assert_eq!(in_short(&story.run()), ["- cyd Target"]);
}

#[test]
fn reads_that_go_back_in_time_change_nothing() {
    let mut story = agreed(Direction::TwoWay);
    story.joins(Side::Source, "cyd@acme.example");
    story.leaves(Side::Source, "bob@acme.example");
    let stale = story.case.target.clone();
    story.run();
    for _ in 0..4 {
        story.wait_minutes(6);
        assert!(story.run().is_empty());
        story.wait_minutes(6);
        assert!(story.run_seeing(Side::Target, &stale).is_empty());
    }
    story.wait_minutes(60);
    assert!(story.run().is_empty());
}

#[test]
fn a_repetition_that_was_so_already_is_waited_for_as_well() {
    let lost = || {
        Outcome::Failed(Problem {
            code: "no-answer".to_owned(),
            message: "no answer".to_owned(),
            help: None,
        })
    };
    // The addition takes effect, its answer is lost, and the list does not show it for a while.
    let mut story = agreed(Direction::TwoWay);
    story.joins(Side::Source, "cyd@acme.example");
    story.run_told(&[lost()]);
    story.wait_minutes(1);
    let again = story.run_told(&[Outcome::AlreadySo]);
    assert_eq!(in_short(&again), ["+ cyd Target"]);
    story.wait_minutes(10);
    let plan = story.run();
    assert_eq!(in_short(&plan), ["! cyd not added Target: not shown yet"]);
    assert_eq!(story.case.baseline.as_ref().unwrap().entries[2].put, None);

    // The same with a removal.
    let mut story = agreed(Direction::TwoWay);
    story.leaves(Side::Source, "bob@acme.example");
    story.run_told(&[lost()]);
    story.wait_minutes(1);
    let again = story.run_told(&[Outcome::AlreadySo]);
    assert_eq!(in_short(&again), ["- bob Target"]);
    story.wait_minutes(10);
    assert_eq!(
        in_short(&story.run()),
        ["! bob not added Source: still shown"]
    );
}

/// Ada's team is mapped both ways, between two lists that take fields.
fn with_teams() -> Story {
    let case = two_way(
        &["ada@acme.example team=Sales", "bob@acme.example team=Sales"],
        &["ada@acme.example team=Sales", "bob@acme.example team=Sales"],
        None,
    );
    let mut story = Story::of(case).settling_in(60);
    let can = &mut story.case.target.capabilities;
    can.adds_by = AddsBy::Address;
    can.updatable = Updatable::Everything;
    story.case.sync.mapping.rules = vec![Rule {
        attribute: "team".to_owned(),
        field: "team".to_owned(),
        transforms: Vec::new(),
        owner: Side::Source,
        owner_is_said: false,
    }];
    assert!(story.run().is_empty());
    story
}

fn set_team(story: &mut Story, side: Side, team: &str) {
    set_team_of(story, side, 0, team);
}

fn set_team_of(story: &mut Story, side: Side, place: usize, team: &str) {
    let member = &mut story.reading(side).members[place];
    let team = Value::Text(team.to_owned());
    member.attributes.insert("team".to_owned(), team);
}

#[test]
fn a_field_that_is_shown_as_before_was_not_changed_back() {
    let mut story = with_teams();
    set_team(&mut story, Side::Source, "Legal");
    let stale = story.case.target.clone();
    assert_eq!(in_short(&story.run()), ["~ ada Target"]);
    story.wait_minutes(10);
    let plan = story.run_seeing(Side::Target, &stale);
    assert_eq!(in_short(&plan), ["! ada not updated Target: not shown yet"]);
    // Another change goes on as soon as the list shows the first one.
    set_team(&mut story, Side::Source, "Finance");
    assert_eq!(in_short(&story.run_seeing(Side::Target, &stale)).len(), 1);
    assert_eq!(in_short(&story.run()), ["~ ada Target"]);
    assert!(story.plan().is_empty());
    // After the time is over a change back is a change.
    story.wait_minutes(61);
    set_team(&mut story, Side::Target, "Sales");
    assert_eq!(in_short(&story.run()), ["~ ada Source"]);
    story.wait_minutes(61);
    assert!(story.run().is_empty());
    let kept = story.case.baseline.clone();
    story.run();
    assert_eq!(story.case.baseline, kept, "nothing is settling any more");
}

#[test]
fn nobody_leaves_for_a_filter_over_a_field_that_is_shown_as_before() {
    let mut story = with_teams();
    for side in [Side::Source, Side::Target] {
        set_team_of(&mut story, side, 1, "Legal");
    }
    set_team(&mut story, Side::Source, "Legal");
    let stale = story.case.target.clone();
    story.run();
    story.case.sync.filters.target = Filter::Attribute {
        name: "team".to_owned(),
        test: Test::OneOf(vec![Operand::Text("Legal".to_owned())]),
    };
    let plan = story.run_seeing(Side::Target, &stale);
    assert_eq!(in_short(&plan), ["! ada not updated Target: not shown yet"]);
    story.wait_minutes(60);
    let plan = story.run_seeing(Side::Target, &stale);
    assert_eq!(in_short(&plan), ["- ada Source"]);
}

#[test]
fn lists_that_settle_at_once_are_believed_at_once() {
    let mut story = agreed(Direction::TwoWay).settling_in(0);
    story.joins(Side::Source, "cyd@acme.example");
    story.run();
    story.leaves(Side::Target, "cyd@acme.example");
    assert_eq!(in_short(&story.run()), ["- cyd Source"]);
    story.joins(Side::Source, "cyd@acme.example");
    assert_eq!(in_short(&story.run()), ["+ cyd Target"]);
}

#[test]
fn what_is_no_person_is_not_waited_for() {
    let mut story = Story::of(one_way(
        &["ada@acme.example"],
        &["#1 ada@acme.example", "#9 device"],
    ))
    .settling_in(60);
    story.case.target.directory = Some(directory(EVERYONE));
    for _ in 0..3 {
        let plan = story.run();
        assert!(plan.is_empty() && plan.withheld.is_empty());
        assert_eq!(plan.ignored.len(), 1);
    }
}
