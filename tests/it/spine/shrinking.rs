//! Lists that have far fewer members all at once, and lists that are empty on purpose.

use jiff::SignedDuration;
use rollcall::{run::LEASE, summary::Status};

use super::stage::{Stage, group, mail};

const EVERYBODY: &str = "ada bob cyd dan eve fay gus hal ida jon kim lee";
const TEN_MINUTES: i64 = 10 * 60;

/// Twelve people on both lists, of whom the mailing list shows three from now on.
async fn shrunk() -> Stage {
    let stage = Stage::two_way(EVERYBODY, EVERYBODY);
    stage.run().await;
    let few = stage.world.members(&mail());
    stage
        .world
        .show(&mail(), Some(few.into_iter().take(3).collect()));
    stage
}

#[tokio::test]
async fn a_broken_answer_removes_nobody_and_is_told() {
    let stage = shrunk().await;
    let summary = stage.run().await;
    assert_eq!(summary.status, Some(Status::Partial));
    assert_eq!(
        summary.next,
        [
            "removals waited: mail:staff had 12 members after the last run and has 3 now; removals wait for one more run \
             that reads the same"
        ]
    );
    stage.holds(EVERYBODY, EVERYBODY);
    stage.world.show(&mail(), None);
    stage.wait(TEN_MINUTES);
    assert!(stage.run().await.next.is_empty());
    stage.is_settled().await;
}

#[tokio::test]
async fn a_second_run_that_reads_the_same_later_believes_it_and_a_preview_does_not_count() {
    let stage = shrunk().await;
    let planned = async || {
        let preview = stage.preview().await.unwrap();
        preview.review.approved.plan().changes.len()
    };
    assert_eq!(planned().await, 0);
    stage.wait(TEN_MINUTES);
    assert_eq!(planned().await, 0);
    stage.run().await;
    stage.run().await;
    assert_eq!(stage.names(&group()), EVERYBODY, "too soon");
    stage.wait(TEN_MINUTES);
    assert_eq!(planned().await, 9);
    stage.run().await;
    assert_eq!(stage.names(&group()), "ada bob cyd");
}

#[tokio::test]
async fn an_attempt_that_is_made_once_more_does_not_confirm_itself() {
    let stage = shrunk().await;
    // The run writes the baseline, and dies before it has ended.
    stage.joins(&group(), "pam");
    let mut request = stage.request();
    let full = super::hooks::troubled(&stage.stores, {
        let began = std::sync::atomic::AtomicUsize::new(0);
        move |place| {
            let is_end = place.starts_with("History")
                && began.fetch_add(1, std::sync::atomic::Ordering::Relaxed) > 0;
            match is_end {
                true => super::hooks::Trouble::Full,
                false => super::hooks::Trouble::None,
            }
        }
    });
    let ended = stage.run_through(&stage.world, &full, &request).await;
    assert!(ended.is_err(), "{ended:?}");
    stage.wait(TEN_MINUTES + LEASE.as_secs() as i64);
    request.worker = "another".to_owned();
    let summary = stage.run_as(&request).await;
    assert_eq!(summary.done.removed, 0, "{summary:#?}");
    stage.wait(TEN_MINUTES);
    // Another run does; and Pam, whom the list does not show, leaves with the nine.
    assert_eq!(stage.run().await.done.removed, 10);
}

#[tokio::test]
async fn an_empty_list_counts_only_while_the_definition_says_so() {
    let mut stage = Stage::two_way(EVERYBODY, EVERYBODY);
    stage.run().await;
    stage.leaves(&mail(), EVERYBODY);
    for _ in 0..2 {
        stage.wait(TEN_MINUTES);
        let summary = stage.run().await;
        assert_eq!(summary.done.removed, 0);
        let next = &summary.next[0];
        assert!(next.contains("set `emptyUntil` for it"), "{next}");
    }
    stage.sync.source.empty_until = Some(stage.now());
    assert_eq!(stage.run().await.done.removed, 0, "that time is over");
    stage.sync.source.empty_until = Some(stage.now() + SignedDuration::from_mins(10));
    assert_eq!(stage.run().await.done.removed, 12);
    stage.holds("", "");
    stage.is_settled().await;
}

#[tokio::test]
async fn whoever_left_while_a_list_came_back_empty_is_not_brought_back() {
    let stage = Stage::two_way(EVERYBODY, EVERYBODY);
    stage.run().await;
    stage.leaves(&mail(), "ada");
    stage.leaves(&group(), "bob");
    stage.joins(&mail(), "mia");
    stage.world.show(&group(), Some(Vec::new()));
    for _ in 0..2 {
        stage.wait(TEN_MINUTES);
        let summary = stage.run().await;
        assert_eq!(summary.status, Some(Status::Partial));
        assert_eq!(
            summary.next,
            [
                "removals waited: entra-id:staff came back empty, and 12 people were on it after the last run; if this is \
                 meant, set `emptyUntil` for it, or put one member back by hand"
            ]
        );
    }
    stage.world.show(&group(), None);
    stage.run().await;
    let rest = "cyd dan eve fay gus hal ida jon kim lee mia";
    stage.holds(rest, rest);
    stage.is_settled().await;
}

#[tokio::test]
async fn a_run_that_saw_nobody_on_the_list_it_writes_does_not_say_that_all_is_done() {
    let stage = Stage::one_way(EVERYBODY, EVERYBODY);
    stage.run().await;
    stage.leaves(&mail(), "ada");
    stage.world.show(&group(), Some(Vec::new()));
    let summary = stage.run().await;
    assert_eq!(summary.status, Some(Status::Partial), "{summary:#?}");
    assert!(summary.next[0].contains("entra-id:staff came back empty"));
    stage.world.show(&group(), None);
    assert_eq!(stage.run().await.done.removed, 1);
    stage.is_settled().await;
}
