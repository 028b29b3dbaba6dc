//! Limits and approvals in real runs.

use rollcall::{
    plan::limits::{Limit, OverLimit},
    run::RunRequest,
    summary::Status,
};

use super::stage::{Stage, group, mail};

/// Two of four are gone from the mailing list and one has joined; one removal at most goes unseen.
async fn too_many_leavers() -> Stage {
    let mut stage = Stage::two_way("ada bob cyd dan", "ada bob cyd dan");
    stage.sync.limits.removals.count = Some(1);
    stage.run().await;
    stage.leaves(&mail(), "bob cyd");
    stage.joins(&mail(), "eve");
    stage
}

#[tokio::test]
async fn removals_wait_while_additions_go_on() {
    let stage = too_many_leavers().await;
    let summary = stage.run().await;
    assert_eq!(summary.status, Some(Status::Held));
    assert_eq!((summary.done.added, summary.done.waiting), (1, 2));
    stage.holds("ada dan eve", "ada bob cyd dan eve");
    // It goes on waiting, and nothing more is written.
    let effects = stage.world.counters().effects;
    let again = stage.run().await;
    assert_eq!(again.status, Some(Status::Held));
    assert_eq!(again.done.waiting, 2);
    assert_eq!(stage.world.counters().effects, effects);
    // What people were told to approve can be approved, though the addition is done by now.
    let told = summary.held.unwrap().digest;
    assert_eq!(again.held.unwrap().digest, told);
    let summary = stage.run_as(&stage.approved(told.short())).await;
    assert_eq!(summary.status, Some(Status::Succeeded));
    assert_eq!(summary.approved_by.as_deref(), Some("ada"));
    assert_eq!(summary.done.removed, 2);
    stage.holds("ada dan eve", "ada dan eve");
    stage.is_settled().await;
    stage.history().await;
}

#[tokio::test]
async fn everything_waits_where_the_sync_says_so() {
    let mut stage = too_many_leavers().await;
    stage.sync.limits.over_limit = OverLimit::EverythingWaits;
    let writers = stage.world.counters().writers;
    for _ in 0..2 {
        let summary = stage.run().await;
        assert_eq!(summary.status, Some(Status::Held));
        assert_eq!(summary.done.waiting, 3);
    }
    assert_eq!(stage.world.counters().writers, writers);
    stage.holds("ada dan eve", "ada bob cyd dan");
    let told = stage.run().await.held.unwrap().digest;
    let summary = stage.run_as(&stage.approved(told.as_str())).await;
    assert_eq!(summary.status, Some(Status::Succeeded));
    stage.holds("ada dan eve", "ada dan eve");
    stage.is_settled().await;
}

#[tokio::test]
async fn too_many_additions_make_everything_wait() {
    let mut stage = Stage::two_way("ada bob", "ada bob");
    stage.run().await;
    stage.sync.limits.additions.count = Some(1);
    stage.joins(&mail(), "cyd dan");
    stage.leaves(&mail(), "bob");
    let summary = stage.run().await;
    assert_eq!(summary.status, Some(Status::Held));
    assert_eq!(summary.done.waiting, 3);
    stage.holds("ada cyd dan", "ada bob");
    let told = summary.held.unwrap().digest;
    stage.run_as(&stage.approved(told.short())).await;
    stage.holds("ada cyd dan", "ada cyd dan");
    stage.is_settled().await;
}

#[tokio::test]
async fn an_approval_of_something_else_lets_nothing_through() {
    let stage = too_many_leavers().await;
    let told = stage.preview().await.unwrap().review.held.unwrap().digest;
    let expired = || {
        let mut request = stage.approved(told.short());
        request.approval.as_mut().unwrap().expires = stage.now();
        request
    };
    let requests: [RunRequest; 3] = [
        stage.approved("0123456789ab"),
        stage.approved(&told.short()[..6]),
        expired(),
    ];
    let writers = stage.world.counters().writers;
    for request in requests {
        let summary = stage.run_as(&request).await;
        assert_eq!(summary.status, Some(Status::Held));
        assert_eq!(summary.done.waiting, 3, "even the addition waits");
        assert!(summary.held.unwrap().misfit.is_some());
    }
    assert_eq!(stage.world.counters().writers, writers);
    stage.holds("ada dan eve", "ada bob cyd dan");
}

#[tokio::test]
async fn an_approval_does_not_fit_once_more_would_go() {
    let stage = too_many_leavers().await;
    let told = stage.run().await.held.unwrap().digest;
    stage.leaves(&mail(), "dan");
    let summary = stage.run_as(&stage.approved(told.short())).await;
    assert_eq!(summary.status, Some(Status::Held));
    assert_eq!(summary.done.waiting, 3);
    assert_eq!(stage.names(&group()), "ada bob cyd dan eve");
    // Once it is used up there is nothing left for it to approve.
    stage.joins(&mail(), "dan");
    stage.run_as(&stage.approved(told.short())).await;
    assert_eq!(stage.names(&group()), "ada dan eve");
    let summary = stage.run_as(&stage.approved(told.short())).await;
    assert_eq!(summary.status, Some(Status::Unchanged));
    assert_eq!(summary.held, None);
    stage.is_settled().await;
}

#[tokio::test]
async fn limits_hold_on_the_first_run() {
    let mut stage = Stage::one_way("ada", "ada bob cyd dan");
    stage.sync.limits.only_above = 0;
    stage.sync.limits.removals = Limit {
        count: None,
        percent: Some(50),
    };
    for _ in 0..2 {
        let summary = stage.run().await;
        assert_eq!(summary.status, Some(Status::Held));
        assert_eq!(stage.names(&group()), "ada bob cyd dan");
    }
    stage.joins(&mail(), "bob");
    let summary = stage.run().await;
    assert_eq!(summary.status, Some(Status::Succeeded));
    assert_eq!(stage.names(&group()), "ada bob");
    stage.is_settled().await;
}
