//! Restores with something going wrong on the way: once nothing goes wrong any more the lists are what they were.

use std::sync::atomic::{AtomicUsize, Ordering};

use rollcall::{
    model::list::Side,
    plan::text::render,
    run::{LEASE, RunRequest},
    summary::Status,
};

use super::{
    hooks::{Trouble, troubled},
    restoring::{BEFORE, a_mistake},
    stage::{Stage, away, group, mail},
};

/// After whatever happened: the same restore is asked for again, as the same run and as new ones, until it finds nothing
/// to do. The group is as it was, and so is what the next run makes of it.
async fn comes_back(
    stage: &Stage,
    request: &RunRequest,
    mistake: &str,
    two_ways: bool,
    what: &str,
) {
    stage.wait(LEASE.as_secs() as i64);
    let again = RunRequest {
        worker: "again".to_owned(),
        ..request.clone()
    };
    stage
        .restore_through(&stage.stores, &again, mistake)
        .await
        .unwrap();
    let mut rounds = 0;
    while stage.restore(mistake).await.status != Some(Status::Unchanged) {
        rounds += 1;
        assert!(rounds < 4, "{what}: it has no end");
    }
    assert_eq!(
        stage.both(),
        ("ada gus hal".to_owned(), BEFORE.to_owned()),
        "{what}"
    );
    stage.history().await;
    assert!(
        stage.paused().await.is_some(),
        "{what}: nothing holds the list back"
    );
    stage.resume().await;
    let next = stage.preview().await.unwrap();
    let plan = next.review.approved.plan();
    let off_mail = plan
        .changes_to(Side::Source)
        .filter(|change| change.is_removal());
    assert_eq!(off_mail.count(), 0, "{what}\n{}", render(plan));
    let removed = plan.totals().remove;
    assert_eq!(
        removed,
        if two_ways { 0 } else { 5 },
        "{what}\n{}",
        render(plan)
    );
}

#[tokio::test]
async fn a_restore_that_dies_anywhere_is_done_by_another_attempt() {
    for two_ways in [false, true] {
        for effects in 0..=6 {
            let (stage, mistake) = a_mistake(two_ways).await;
            let request = stage.request();
            stage.world.die_after(&group(), effects);
            tokio::select! {
                _ = stage.restore_through(&stage.stores, &request, &mistake) => panic!("it outlived its writer"),
                () = stage.world.until_dead() => {}
            }
            stage.world.die_after(&group(), usize::MAX);
            let what = format!("died after {effects}, two ways: {two_ways}");
            comes_back(&stage, &request, &mistake, two_ways, &what).await;
        }
    }
}

#[tokio::test]
async fn a_store_that_is_full_at_any_moment_loses_nothing() {
    for two_ways in [false, true] {
        let mut after = 0;
        loop {
            let (stage, mistake) = a_mistake(two_ways).await;
            let left = AtomicUsize::new(after);
            let full = troubled(&stage.stores, move |_| {
                let count = |left: usize| left.checked_sub(1);
                match left.fetch_update(Ordering::Relaxed, Ordering::Relaxed, count) {
                    Ok(_) => Trouble::None,
                    Err(_) => Trouble::Full,
                }
            });
            let request = stage.request();
            let ended = stage.restore_through(&full, &request, &mistake).await;
            let is_over = ended.is_ok();
            let what = format!("full after {after} writes, two ways: {two_ways}");
            comes_back(&stage, &request, &mistake, two_ways, &what).await;
            if is_over {
                assert!(after > 8, "{after}");
                break;
            }
            after += 1;
        }
    }
}

#[tokio::test]
async fn platforms_that_fail_in_the_middle_are_asked_again() {
    for two_ways in [false, true] {
        for count in 1..=4 {
            for lost in [false, true] {
                let (stage, mistake) = a_mistake(two_ways).await;
                match lost {
                    true => stage.world.lose_answers(&group(), count),
                    false => stage.world.fail_writes(&group(), count),
                }
                let request = stage.request();
                let first = stage
                    .restore_through(&stage.stores, &request, &mistake)
                    .await;
                assert_eq!(first.unwrap().summary.status, Some(Status::Partial));
                assert!(stage.paused().await.is_some());
                let what = format!("{count} failed, lost: {lost}, two ways: {two_ways}");
                comes_back(&stage, &request, &mistake, two_ways, &what).await;
            }
        }
    }
}

#[tokio::test]
async fn what_cannot_be_read_is_not_undone_and_nothing_is_paused() {
    let (stage, mistake) = a_mistake(false).await;
    for list in [mail(), group()] {
        stage.world.fail_read(&list, Some((1, away())));
        let summary = stage.restore(&mistake).await;
        assert_eq!(summary.status, Some(Status::Failed));
        assert!(stage.paused().await.is_none());
        stage.world.fail_read(&list, None);
    }
    stage.holds("ada gus hal", "ada gus hal");
}
