//! Who put whom on a list, also where runs die; and that nobody is removed whom somebody else put there.

use rollcall::{
    definition::sync::Removes,
    plan::change::Because,
    run::{LEASE, RunRequest},
    summary::Status,
};

use super::stage::{Stage, group, mail};

fn only_added(mut stage: Stage) -> Stage {
    stage.sync.removes = Removes::OnlyAdded;
    stage
}

/// A run whose writer falls silent after so many effects; the same run is asked for again.
async fn dies_and_comes_again(stage: &Stage, effects: usize) -> RunRequest {
    let mut request = stage.request();
    stage.world.die_after(&group(), effects);
    tokio::select! {
        _ = stage.try_run(&request) => panic!("the run outlived its writer"),
        () = stage.world.until_dead() => {}
    }
    stage.wait(LEASE.as_secs() as i64);
    request.worker = "another".to_owned();
    assert_eq!(stage.run_as(&request).await.status, Some(Status::Succeeded));
    request
}

#[tokio::test]
async fn only_whom_the_sync_added_is_removed() {
    for two_way in [false, true] {
        let stage = only_added(match two_way {
            true => Stage::two_way("ada bob pam", "bob pam"),
            false => Stage::one_way("ada bob pam", "bob pam"),
        });
        stage.run().await;
        stage.leaves(&mail(), "ada bob");
        let finished = stage.try_run(&stage.request()).await.unwrap();
        stage.holds("pam", "bob pam");
        let withheld = finished.file.unwrap().plan.withheld;
        assert!(matches!(withheld[..], [ref one] if one.because == Because::NotOurs));
        stage.is_settled().await;
    }
}

#[tokio::test]
async fn what_a_first_attempt_added_is_ours() {
    for effects in 0..=3 {
        let stage = only_added(Stage::two_way("ada bob cyd pam", "pam"));
        dies_and_comes_again(&stage, effects).await;
        stage.holds("ada bob cyd pam", "ada bob cyd pam");
        stage.leaves(&mail(), "ada bob cyd");
        stage.run().await;
        stage.holds("pam", "pam");
        stage.is_settled().await;
    }
}

#[tokio::test]
async fn what_a_first_attempt_removed_is_not_taken_for_a_newcomer() {
    for effects in 0..=2 {
        let stage = Stage::two_way("ada bob pam", "ada bob pam");
        for list in [mail(), group()] {
            stage.world.set_settles_in(&list, 60);
        }
        stage.run().await;
        stage.leaves(&mail(), "ada bob");
        let before = stage.world.members(&group());
        dies_and_comes_again(&stage, effects).await;
        stage.holds("pam", "pam");
        stage.world.show(&group(), Some(before));
        stage.run().await;
        stage.holds("pam", "pam");
        stage.world.show(&group(), None);
        stage.is_settled().await;
    }
}

#[tokio::test]
async fn whoever_goes_back_and_forth_is_left_alone_and_told_of() {
    let stage = Stage::one_way("ada pam", "pam");
    for _ in 0..5 {
        assert_eq!(stage.run().await.done.added, 1);
        stage.leaves(&group(), "ada");
    }
    for _ in 0..2 {
        let summary = stage.run().await;
        assert_eq!(summary.status, Some(Status::Unchanged));
        assert!(
            summary.next[0].starts_with("`ada@acme.example` goes back and forth"),
            "{:?}",
            summary.next
        );
    }
    stage.holds("ada pam", "pam");
    stage.wait(14 * 24 * 60 * 60);
    stage.run().await;
    stage.holds("ada pam", "ada pam");
    stage.is_settled().await;
}

#[tokio::test]
async fn whom_a_list_with_gaps_does_not_show_no_first_attempt_removed() {
    let stage = Stage::one_way("ada bob cyd pam", "ada bob cyd pam");
    stage.run().await;
    stage.leaves(&mail(), "bob cyd");
    let mut request = stage.request();
    stage.world.die_after(&group(), 0);
    tokio::select! {
        _ = stage.try_run(&request) => panic!("the run outlived its writer"),
        () = stage.world.until_dead() => {}
    }
    stage.world.die_after(&group(), usize::MAX);
    stage.wait(LEASE.as_secs() as i64);
    request.worker = "another".to_owned();
    let mut shown = stage.world.members(&group());
    shown.retain(|member| ["ada@acme.example", "pam@acme.example"].contains(&member.label()));
    stage.world.show(&group(), Some(shown));
    stage.world.doubt(&group(), &["a page may be missing"]);
    let again = stage.run_as(&request).await;
    assert_eq!(again.done.removed, 0, "{again:#?}");
    stage.world.show(&group(), None);
    stage.world.doubt(&group(), &[]);
    assert_eq!(stage.run().await.done.removed, 2);
    stage.is_settled().await;
}
