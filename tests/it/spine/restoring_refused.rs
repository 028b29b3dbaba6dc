//! What cannot be undone, with the reason, and that nothing is changed then.

use rollcall::{
    connectors::memory::list_ref,
    definition::sync::Direction,
    history::{self, NOT_UNDOABLE},
    plan::change::{Because, Withheld},
    run::{LEASE, RunError},
    store::lease,
    summary::Status,
};

use super::{
    restoring::a_mistake,
    stage::{Stage, away, group, group_can, mail},
};

#[tokio::test]
async fn what_cannot_be_undone_says_why_and_changes_nothing() {
    let (mut stage, mistake) = a_mistake(false).await;
    let before = stage.both();
    let refused = async |stage: &Stage, run: &str| -> String {
        let Err(RunError::CannotRestore(problem)) = stage.preview_restore(run).await else {
            panic!("`{run}` would be undone");
        };
        assert_eq!(problem.code, NOT_UNDOABLE);
        let ended = stage
            .restore_through(&stage.stores, &stage.request(), run)
            .await;
        let Err(RunError::CannotRestore(applied)) = ended else {
            panic!("{ended:?}");
        };
        assert_eq!(applied.message, problem.message);
        assert!(problem.help.is_some());
        assert!(stage.paused().await.is_none());
        problem.message
    };
    assert_eq!(refused(&stage, "absent").await, "there is no run `absent`");
    let idle = stage.run().await;
    assert_eq!(idle.status, Some(Status::Unchanged));
    assert!(
        refused(&stage, &idle.run)
            .await
            .contains("changed no member")
    );
    stage.world.fail_read(&mail(), Some((1, away())));
    let failed = stage.run().await;
    stage.world.fail_read(&mail(), None);
    assert!(
        refused(&stage, &failed.run)
            .await
            .contains("changed no member")
    );

    // The group was deleted and made anew: another list with the same name.
    let members = stage.world.members(&group());
    stage.world.put_list(&group(), group_can(), members.clone());
    let said = refused(&stage, &mistake).await;
    assert!(said.contains("is another list"), "{said}");

    // The definition means another list now, or none any more.
    stage
        .world
        .put_list(&list_ref("entra-id", "other"), group_can(), members);
    stage.sync.target.lists = vec!["other".to_owned()];
    let said = refused(&stage, &mistake).await;
    assert!(said.contains("`entra-id:other` is another list"), "{said}");
    stage.sync.target.lists = vec!["staff".to_owned()];
    stage.sync.id = "others".to_owned();
    let said = refused(&stage, &mistake).await;
    assert!(
        said.contains("is one of `staff`, not of `others`"),
        "{said}"
    );
    stage.sync.id = "staff".to_owned();
    assert_eq!(stage.both(), before);
}

#[tokio::test]
async fn a_side_that_is_not_written_any_more_is_not_written() {
    let mut stage = Stage::two_way("ada", "ada");
    stage.run().await;
    stage.joins(&group(), "bob");
    let mistake = stage.run().await.run;
    stage.holds("ada bob", "ada bob");
    stage.sync.direction = Direction::OneWay;
    let Err(RunError::CannotRestore(problem)) = stage.preview_restore(&mistake).await else {
        panic!("the source would be written");
    };
    assert!(
        problem.message.contains("does not write now"),
        "{problem:?}"
    );
    stage.sync.direction = Direction::TwoWay;
    assert_eq!(stage.restore(&mistake).await.done.removed, 1);
    stage.holds("ada", "ada bob");
}

#[tokio::test]
async fn what_is_gone_or_newer_or_at_work_is_told() {
    let (stage, mistake) = a_mistake(false).await;
    let why = async |stage: &Stage| -> String {
        let Err(RunError::CannotRestore(problem)) = stage.preview_restore(&mistake).await else {
            panic!("it would be undone");
        };
        problem.message
    };
    let blobs = &stage.stores.blobs;
    let (snapshot, file) = (
        format!("snapshots/staff/{mistake}.json"),
        format!("runs/staff/{mistake}.json"),
    );
    for (name, from, to) in [
        (
            &snapshot,
            "{\"version\":1,",
            "{\"version\":9,\"members\":7,",
        ),
        (
            &file,
            "{\"plan\":{\"version\":1,",
            "{\"plan\":{\"version\":9,",
        ),
    ] {
        let kept = blobs.get(name).await.unwrap().unwrap();
        let text = String::from_utf8(kept.clone()).unwrap();
        assert!(text.starts_with(from), "{text}");
        let newer = text.replacen(from, to, 1);
        blobs.put(name, newer.into_bytes()).await.unwrap();
        assert!(why(&stage).await.contains("a newer rollcall"), "{name}");
        blobs.put(name, kept).await.unwrap();
    }
    let kept = blobs.get(&snapshot).await.unwrap().unwrap();
    blobs.delete(&snapshot).await.unwrap();
    assert!(why(&stage).await.contains("is not kept any more"));
    blobs.put(&snapshot, kept).await.unwrap();

    // A run without an end is at work as long as somebody holds its list, and dead afterwards.
    stage.joins(&mail(), "ida jon");
    stage.world.die_after(&group(), 1);
    let dead = stage.request();
    tokio::select! {
        _ = stage.try_run(&dead) => panic!("it outlived its writer"),
        () = stage.world.until_dead() => {}
    }
    stage.world.die_after(&group(), usize::MAX);
    let Err(RunError::CannotRestore(problem)) = stage.preview_restore(&dead.run).await else {
        panic!("it is at work");
    };
    assert!(problem.message.contains("has not ended"), "{problem:?}");
    let busy = stage
        .restore_through(&stage.stores, &stage.request(), &dead.run)
        .await;
    assert!(matches!(busy, Err(RunError::Busy { .. })), "{busy:?}");
    stage.wait(LEASE.as_secs() as i64);
    let holder = lease::holder(stage.stores.records.as_ref(), "entra-id:staff", stage.now());
    assert_eq!(holder.await.unwrap(), None);
    let preview = stage.preview_restore(&dead.run).await.unwrap();
    assert_eq!(preview.review.approved.plan().totals().remove, 1);
    let restored = stage.restore(&dead.run).await;
    assert_eq!(restored.status, Some(Status::Succeeded));
    stage.holds("ada gus hal ida jon", "ada gus hal");
    let told = history::find(&stage.stores, &dead.run)
        .await
        .unwrap()
        .unwrap();
    assert_eq!(told.problem.unwrap().code, "interrupted");
}

/// What rollcall may not write any more, an administrator puts right: the plan says so, and no package is made of it.
#[tokio::test]
async fn a_list_that_an_administrator_changes_by_now_is_left_alone() {
    let (stage, mistake) = a_mistake(false).await;
    let members = stage.world.members(&group());
    stage
        .world
        .hand_over(&group(), "the permission was taken away");
    let request = stage.request();
    let finished = stage
        .restore_through(&stage.stores, &request, &mistake)
        .await
        .unwrap();
    let plan = finished.file.unwrap().plan;
    assert!(plan.is_empty() && plan.withheld.len() == 6, "{plan:#?}");
    let closed = |withheld: &Withheld| matches!(withheld.because, Because::ReadOnly(_));
    assert!(plan.withheld.iter().all(closed), "{plan:#?}");
    assert_eq!(finished.summary.status, Some(Status::Partial));
    assert!(finished.summary.packages.is_empty());
    assert_eq!(stage.world.members(&group()), members);
}
