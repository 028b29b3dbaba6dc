//! Lists that are read as they were before a run wrote them.

use rollcall::{
    definition::{mapping::Rule, sync::Direction},
    model::{
        attributes::Value,
        capabilities::{Capabilities, Updatable},
        list::{ListRef, Side},
    },
    plan::change::{Because, Withheld},
    run::Finished,
    summary::Status,
};

use super::stage::{Stage, group, group_can, mail, mail_can};

const HOUR: i64 = 60 * 60;

/// Both lists settle within an hour.
fn slow(stage: Stage) -> Stage {
    for list in [mail(), group()] {
        stage.world.set_settles_in(&list, 60);
    }
    stage
}

fn agreed(direction: Direction) -> Stage {
    let mut stage = slow(Stage::two_way("ada bob pam", "ada bob pam"));
    stage.sync.direction = direction;
    stage
}

/// Two more runs read the list as `shown` has it: they leave both lists as they are, and say for whom they wait.
async fn waits(
    stage: &Stage,
    list: &ListRef,
    shown: Vec<rollcall::model::member::Member>,
) -> Vec<Withheld> {
    let before = (stage.names(&mail()), stage.names(&group()));
    let effects = stage.world.counters().effects;
    stage.world.show(list, Some(shown));
    let mut withheld = Vec::new();
    for _ in 0..2 {
        stage.wait(HOUR / 4);
        let finished: Finished = stage.try_run(&stage.request()).await.unwrap();
        assert_eq!(finished.summary.done.removed, 0);
        withheld = finished.file.map_or(Vec::new(), |file| file.plan.withheld);
    }
    stage.world.show(list, None);
    assert_eq!(stage.world.counters().effects, effects);
    assert_eq!(before, (stage.names(&mail()), stage.names(&group())));
    withheld
}

#[tokio::test]
async fn after_an_addition() {
    for direction in [Direction::TwoWay, Direction::OneWay] {
        let stage = agreed(direction);
        stage.run().await;
        stage.joins(&mail(), "cyd");
        let before = stage.world.members(&group());
        stage.run().await;
        let withheld = waits(&stage, &group(), before).await;
        assert!(
            matches!(
                withheld[..],
                [Withheld {
                    because: Because::NotShownYet { .. },
                    side: Side::Target,
                    ..
                }]
            ),
            "{withheld:?}"
        );
        stage.holds("ada bob cyd pam", "ada bob cyd pam");
        stage.is_settled().await;
        // An hour later people are believed again.
        stage.wait(HOUR);
        stage.leaves(&group(), "cyd");
        stage.run().await;
        match direction {
            Direction::TwoWay => stage.holds("ada bob pam", "ada bob pam"),
            Direction::OneWay => stage.holds("ada bob cyd pam", "ada bob cyd pam"),
        }
    }
}

#[tokio::test]
async fn after_an_addition_to_the_source() {
    let stage = agreed(Direction::TwoWay);
    stage.run().await;
    stage.joins(&group(), "cyd");
    let before = stage.world.members(&mail());
    stage.run().await;
    let withheld = waits(&stage, &mail(), before).await;
    assert_eq!((withheld.len(), withheld[0].side), (1, Side::Source));
    stage.holds("ada bob cyd pam", "ada bob cyd pam");
    stage.is_settled().await;
}

#[tokio::test]
async fn after_a_removal() {
    for direction in [Direction::TwoWay, Direction::OneWay] {
        let stage = agreed(direction);
        stage.run().await;
        stage.leaves(&mail(), "bob");
        let before = stage.world.members(&group());
        stage.run().await;
        let withheld = waits(&stage, &group(), before).await;
        assert!(
            matches!(
                withheld[..],
                [Withheld {
                    because: Because::StillShown { .. },
                    ..
                }]
            ),
            "{withheld:?}"
        );
        stage.holds("ada pam", "ada pam");
        stage.is_settled().await;
    }
}

#[tokio::test]
async fn after_a_removal_from_the_source() {
    let stage = agreed(Direction::TwoWay);
    stage.run().await;
    stage.leaves(&group(), "bob");
    let before = stage.world.members(&mail());
    stage.run().await;
    waits(&stage, &mail(), before).await;
    stage.holds("ada pam", "ada pam");
    stage.is_settled().await;
}

#[tokio::test]
async fn after_an_addition_whose_answer_was_lost() {
    let stage = agreed(Direction::TwoWay);
    stage.run().await;
    stage.joins(&mail(), "cyd");
    stage.leaves(&mail(), "bob");
    let before = stage.world.members(&group());
    stage.world.lose_answers(&group(), 2);
    assert_eq!(stage.run().await.status, Some(Status::Failed));
    // The group shows neither change, so both are asked for again, and are so already.
    stage.world.show(&group(), Some(before.clone()));
    assert_eq!(stage.run().await.done.already_so, 2);
    let withheld = waits(&stage, &group(), before).await;
    assert_eq!(withheld.len(), 2, "{withheld:?}");
    stage.holds("ada cyd pam", "ada cyd pam");
    stage.is_settled().await;
}

#[tokio::test]
async fn after_an_invitation() {
    let mut stage = agreed(Direction::TwoWay);
    stage.sync.guests.invite = true;
    stage.run().await;
    stage.joins(&mail(), "zoe@partner.example");
    let before = stage.world.members(&group());
    assert_eq!(stage.run().await.done.invited, 1);
    waits(&stage, &group(), before).await;
    let everybody = "ada bob pam zoe@partner.example";
    stage.holds(everybody, everybody);
    stage.is_settled().await;
}

#[tokio::test]
async fn after_an_update() {
    let mut stage = agreed(Direction::TwoWay);
    let can = |can: Capabilities| Capabilities {
        updatable: Updatable::Everything,
        settles_in: 60,
        ..can
    };
    for (list, capabilities) in [(mail(), can(mail_can())), (group(), can(group_can()))] {
        let members = stage.world.members(&list);
        stage.world.put_list(&list, capabilities, members);
    }
    stage.sync.mapping.rules = vec![Rule {
        attribute: "title".to_owned(),
        field: "title".to_owned(),
        transforms: Vec::new(),
        owner: Side::Source,
        owner_is_said: false,
    }];
    let set = |title: &str| {
        let title = Value::Text(title.to_owned());
        stage.world.edit(&mail(), |members| {
            members[0].attributes.insert("title".to_owned(), title);
        });
    };
    set("Clerk");
    stage.run().await;
    stage.wait(HOUR);
    stage.run().await;
    set("Head");
    let before = stage.world.members(&group());
    assert_eq!(stage.run().await.done.updated, 1);
    let withheld = waits(&stage, &group(), before).await;
    assert_eq!(withheld.len(), 1, "{withheld:?}");
    for list in [mail(), group()] {
        let members = stage.world.members(&list);
        let title = &members[0].attributes["title"];
        assert_eq!(*title, Value::Text("Head".to_owned()), "on {list}");
    }
    stage.is_settled().await;
}

/// Whoever is undone off a list that still shows them is not agreed on: the list shows it later, and they did not leave.
#[tokio::test]
async fn after_an_addition_that_was_undone() {
    for direction in [Direction::TwoWay, Direction::OneWay] {
        let stage = agreed(direction);
        stage.run().await;
        stage.joins(&mail(), "cyd");
        let mistake = stage.run().await;
        stage.wait(HOUR);
        let shown = stage.world.members(&group());
        let restored = stage.restore(&mistake.run).await;
        assert_eq!(restored.done.removed, 1);
        stage.resume().await;
        let withheld = waits(&stage, &group(), shown).await;
        assert!(
            matches!(
                withheld[..],
                [Withheld {
                    because: Because::StillShown { .. },
                    side: Side::Target,
                    ..
                }]
            ),
            "{withheld:?}"
        );
        // Once the group shows it, they are offered again, and nobody takes them off the other list.
        stage.run().await;
        stage.holds("ada bob cyd pam", "ada bob cyd pam");
        stage.is_settled().await;
    }
}
