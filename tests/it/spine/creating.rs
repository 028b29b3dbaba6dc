//! Lists that are not there: created when the sync allows it, and told apart from others of the same name.

use rollcall::{connectors::ports::ErrorKind, model::list::GroupKind, summary::Status};

use super::stage::{Stage, away, entry, group, group_can, mail, mail_can};

fn to_be_created() -> Stage {
    let mut stage = Stage::without_lists();
    let members = ["ada", "bob"].map(entry).into();
    stage.world.put_list(&mail(), mail_can(), members);
    stage.world.put_absent(&group(), group_can());
    stage.sync.target.create = Some(GroupKind::Security);
    stage.sync.direction = rollcall::definition::sync::Direction::TwoWay;
    stage.sync.first_run = rollcall::definition::sync::FirstRun::Union;
    stage
}

#[tokio::test]
async fn an_absent_list_is_created_and_remembered_by_its_id() {
    let stage = to_be_created();
    let summary = stage.run().await;
    assert_eq!(summary.status, Some(Status::Succeeded));
    stage.holds("ada bob", "ada bob");
    stage.is_settled().await;
    assert_eq!(stage.world.counters().creations, 1);
    // Only a baseline that knows the created list's id can tell that Bob left.
    stage.leaves(&group(), "bob");
    stage.run().await;
    stage.holds("ada", "ada");
    stage.is_settled().await;
}

#[tokio::test]
async fn an_absent_list_is_an_error_when_the_sync_does_not_create() {
    let mut stage = to_be_created();
    stage.sync.target.create = None;
    for _ in 0..2 {
        let finished = stage.try_run(&stage.request()).await.unwrap();
        assert_eq!(finished.summary.status, Some(Status::Failed));
        assert_eq!(finished.stopped_by.unwrap().kind, ErrorKind::NotFound);
        assert!(!stage.world.exists(&group()));
        assert_eq!(stage.world.counters().writers, 0);
    }
}

#[tokio::test]
async fn a_list_that_cannot_be_created_leaves_nothing_done() {
    let stage = to_be_created();
    stage.world.fail_create(&group(), Some(away()));
    let summary = stage.run().await;
    assert_eq!(summary.status, Some(Status::Failed));
    assert_eq!(summary.done.failed, 2);
    stage.world.fail_create(&group(), None);
    stage.run().await;
    stage.holds("ada bob", "ada bob");
    stage.is_settled().await;
    stage.history().await;
}

#[tokio::test]
async fn creating_an_empty_list_is_told_as_what_it_is() {
    let stage = to_be_created();
    stage.leaves(&mail(), "ada bob");
    stage.world.fail_create(&group(), Some(away()));
    let summary = stage.run().await;
    assert_eq!(summary.status, Some(Status::Failed), "{summary:#?}");
    assert_eq!(summary.problem.unwrap().code, "unavailable");
    stage.world.fail_create(&group(), None);
    let summary = stage.run().await;
    assert_eq!(summary.status, Some(Status::Succeeded), "{summary:#?}");
    assert_eq!(summary.done.created, 1);
    assert!(stage.world.exists(&group()));
    stage.is_settled().await;
}

#[tokio::test]
async fn a_list_that_was_deleted_and_made_anew_removes_nobody() {
    let stage = Stage::two_way("ada bob cyd", "ada bob cyd");
    stage.run().await;
    let members = vec![];
    stage.world.put_list(&group(), group_can(), members);
    stage.joins(&group(), "ada dan");
    let summary = stage.run().await;
    assert!(summary.first_run);
    assert_eq!(summary.done.removed, 0);
    stage.holds("ada bob cyd dan", "ada bob cyd dan");
    stage.is_settled().await;
}
