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

#[tokio::test]
async fn a_list_that_is_not_found_once_is_not_made_again_and_nobody_is_forgotten() {
    let stage = to_be_created();
    stage.joins(&mail(), "cyd dan");
    stage.run().await;
    stage.is_settled().await;
    stage.leaves(&group(), "ada");
    stage.leaves(&mail(), "bob");
    stage.world.hide(&group(), true);
    for _ in 0..2 {
        stage.wait(86_400);
        assert!(stage.preview().await.is_err(), "a preview says so too");
        let finished = stage.try_run(&stage.request()).await.unwrap();
        assert_eq!(finished.summary.status, Some(Status::Failed));
        let problem = finished.summary.problem.unwrap();
        assert_eq!(problem.code, "not-found");
        assert!(problem.message.contains("entra-id:staff"), "{problem:?}");
        assert!(finished.summary.next[0].contains("make it anew by hand"));
    }
    stage.holds("ada cyd dan", "bob cyd dan");
    assert_eq!(stage.world.counters().creations, 1);
    stage.world.hide(&group(), false);
    let summary = stage.run().await;
    assert!(!summary.first_run);
    stage.holds("cyd dan", "cyd dan");
    stage.is_settled().await;
}

#[tokio::test]
async fn a_list_that_was_just_made_and_is_not_shown_yet_is_waited_for() {
    let stage = to_be_created();
    assert_eq!(stage.run().await.done.created, 1);
    stage.world.hide(&group(), true);
    assert_eq!(stage.run().await.status, Some(Status::Failed));
    assert_eq!(stage.world.counters().creations, 1);
    stage.world.hide(&group(), false);
    stage.is_settled().await;
    stage.holds("ada bob", "ada bob");
}

#[tokio::test]
async fn a_list_that_was_deleted_is_told_until_somebody_makes_it_anew() {
    let stage = to_be_created();
    stage.run().await;
    stage.world.put_absent(&group(), group_can());
    for _ in 0..3 {
        stage.wait(30 * 86_400);
        assert_eq!(stage.run().await.status, Some(Status::Failed));
    }
    assert_eq!(stage.world.counters().creations, 1);
    stage.world.put_list(&group(), group_can(), Vec::new());
    let summary = stage.run().await;
    assert!(summary.first_run);
    stage.holds("ada bob", "ada bob");
    stage.is_settled().await;
}
