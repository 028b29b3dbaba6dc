//! A definition that changed, in an app that runs by itself.

use jiff::SignedDuration;
use rollcall::{
    agenda::State,
    history,
    job::{Job, Trigger},
    model::list::ListRef,
    plan::review::Approval,
    summary::{Status, Summary},
};
use serde_json::json;

use super::stage::{HOUR, MINUTE, Stage, job, members, source, target};

fn approved(stage: &Stage, run: &str, held: &Summary) -> Job {
    let approval = Approval {
        digest: held.held.as_ref().unwrap().digest.to_string(),
        by: "ada".to_owned(),
        expires: stage.now() + SignedDuration::from_hours(24),
    };
    let (sync, list) = held
        .sync
        .split_once('/')
        .map_or((&*held.sync, None), |(sync, list)| {
            (sync, Some(list.to_owned()))
        });
    Job {
        sync: sync.to_owned(),
        list,
        approval: Some(approval),
        trigger: Trigger::Approval,
        ..job(run)
    }
}

#[tokio::test]
async fn a_run_that_is_due_after_a_change_waits_and_so_do_the_next_ones() {
    let stage = Stage::with("ada/Sales bob/Support cyd/Sales");
    stage.define("staff", json!({})).await;
    stage.tick().await;
    stage.work(&job("one")).await.unwrap();
    stage.target_holds("ada bob cyd");
    stage
        .define("staff", json!({ "filters": { "department": "Sales" } }))
        .await;
    for _ in 0..2 {
        stage.wait(24 * HOUR);
        assert_eq!(stage.tick().await.enqueued.len(), 1);
        stage.wait(10 * MINUTE);
        stage.pump().await;
        let held = stage.runs("staff").await.remove(0);
        assert_eq!(held.status, Some(Status::Held));
        assert_eq!(held.held.unwrap().redefined, ["filters"]);
        assert_eq!(stage.entry("staff").await.state, State::Held);
        stage.target_holds("ada bob cyd");
    }
    let held = stage.runs("staff").await.remove(0);
    stage.work(&approved(&stage, "two", &held)).await.unwrap();
    stage.target_holds("ada cyd");
    stage.wait(24 * HOUR);
    stage.tick().await;
    stage.wait(10 * MINUTE);
    stage.pump().await;
    assert_eq!(stage.entry("staff").await.state, State::Unchanged);
}

#[tokio::test]
async fn each_list_that_people_are_routed_to_is_approved_by_itself_and_a_new_one_is_not_held() {
    let stage = Stage::with("ada/Sales bob/Support");
    let routed = |more: serde_json::Value| {
        let mut sync = json!({ "target": "mail", "mapping": { "department": "group" } });
        sync.as_object_mut()
            .unwrap()
            .extend(more.as_object().unwrap().clone());
        sync
    };
    let list = |name: &str| ListRef {
        list: name.to_owned(),
        ..target()
    };
    let run = async |name: &str| {
        stage.work(&job(name)).await.unwrap();
        stage.wait(10);
        stage.pump().await;
    };
    stage.define("staff", routed(json!({}))).await;
    run("one").await;
    assert_eq!(stage.on(&list("Sales")), "ada");
    let exclude = json!({ "exclude": ["*@partner.example"] });
    stage.define("staff", routed(exclude)).await;
    stage.world.edit(&source(), |list| {
        *list = members("ada/Sales bob/Support cyd/Sales eve/Legal");
    });
    run("two").await;
    assert_eq!(
        stage.on(&list("Sales")),
        "ada cyd",
        "more care holds nothing"
    );

    stage
        .define("staff", routed(json!({ "matching": ["address"] })))
        .await;
    stage.world.edit(&source(), |list| {
        *list =
            members("ada/Sales bob/Support cyd/Sales dan/Sales fay/Support eve/Legal gus/Board");
    });
    run("three").await;
    assert_eq!(
        stage.on(&list("Board")),
        "gus",
        "nothing could have changed"
    );
    assert_eq!(stage.on(&list("Sales")), "ada cyd");
    let sales = stage.runs("staff/Sales").await.remove(0);
    let redefined = sales.held.as_ref().unwrap().redefined.clone();
    assert_eq!(redefined, ["exclude", "matching"]);
    stage.work(&approved(&stage, "four", &sales)).await.unwrap();
    assert_eq!(stage.on(&list("Sales")), "ada cyd dan");
    assert_eq!(
        stage.on(&list("Support")),
        "bob",
        "nobody approved this one"
    );
    // Nothing is to be done there, so nobody has to be asked.
    let legal = stage.runs("staff/Legal").await.remove(0);
    assert_eq!(legal.status, Some(Status::Unchanged));
    let four = history::find(&stage.stores, "four").await.unwrap().unwrap();
    assert_eq!(four.approved_by.as_deref(), Some("ada"));
}
