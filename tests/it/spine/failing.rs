//! Reads, writes and answers that fail: what is told, and that the next run does the rest.

use rollcall::{
    history,
    plan::{change::Because, outcome::Outcome},
    run::RunRequest,
    summary::Status,
};
use serde_json::Value;

use super::stage::{Stage, away, group, mail};

#[tokio::test]
async fn a_page_that_fails_stops_the_run_before_it_writes() {
    for list in [mail(), group()] {
        let stage = Stage::two_way("ada bob", "bob cyd");
        stage.world.fail_read(&list, Some((2, away())));
        for _ in 0..2 {
            let finished = stage.try_run(&stage.request()).await.unwrap();
            assert_eq!(finished.summary.status, Some(Status::Failed));
            assert_eq!(finished.stopped_by, Some(away()));
            let told = stage.history().await.remove(0);
            assert_eq!(told, finished.summary);
            let problem = told.problem.unwrap();
            assert_eq!(problem.code, "unavailable");
            assert!(problem.message.contains("page 2"));
            assert_eq!(told.next, ["look at the network"]);
        }
        assert_eq!(stage.world.counters().writers, 0);
        stage.holds("ada bob", "bob cyd");
        stage.world.fail_read(&list, None);
        stage.run().await;
        stage.holds("ada bob cyd", "ada bob cyd");
        stage.is_settled().await;
    }
}

#[tokio::test]
async fn a_directory_that_fails_stops_the_run_before_it_writes() {
    let stage = Stage::two_way("ada bob", "bob cyd");
    stage.world.fail_directory(&group(), Some(away()));
    let summary = stage.run().await;
    assert_eq!(summary.status, Some(Status::Failed));
    assert_eq!(stage.world.counters().writers, 0);
    stage.holds("ada bob", "bob cyd");
    stage.world.fail_directory(&group(), None);
    stage.run().await;
    stage.holds("ada bob cyd", "ada bob cyd");
    stage.is_settled().await;
}

#[tokio::test]
async fn an_answer_that_was_lost_is_no_success_and_is_not_repeated_in_vain() {
    let stage = Stage::two_way("ada bob cyd", "ada dan");
    stage.world.lose_answers(&group(), 1);
    let summary = stage.run().await;
    assert_eq!(summary.status, Some(Status::Partial));
    assert_eq!((summary.done.failed, summary.done.added), (1, 2));
    assert_eq!(summary.first_failures[0].problem.code, "no-answer");
    stage.holds("ada bob cyd dan", "ada bob cyd dan");
    stage.is_settled().await;
    // The baseline knows everybody, whoever's answer was lost.
    stage.leaves(&group(), "bob cyd dan");
    stage.world.lose_answers(&mail(), 2);
    assert_eq!(stage.run().await.done.failed, 2);
    stage.holds("ada", "ada");
    stage.is_settled().await;
}

#[tokio::test]
async fn one_refusal_stops_nobody_else() {
    let stage = Stage::two_way("ada bob cyd dan eve", "ada");
    stage.world.refuse(&group(), "cyd@acme.example", "denied");
    let summary = stage.run().await;
    assert_eq!(summary.status, Some(Status::Partial));
    assert_eq!((summary.done.added, summary.done.refused), (3, 1));
    stage.holds("ada bob cyd dan eve", "ada bob dan eve");
    let again = stage.run().await;
    assert_eq!(again.status, Some(Status::Partial), "not for one member");
    assert_eq!((again.planned.add, again.done.refused), (1, 1));
    assert_eq!(again.first_failures[0].member, "cyd@acme.example");
    stage.history().await;
}

#[tokio::test]
async fn a_removal_that_failed_is_tried_again_and_never_turns_round() {
    let stage = Stage::two_way("ada bob cyd", "ada bob cyd");
    stage.run().await;
    stage.leaves(&mail(), "bob cyd");
    stage.world.fail_writes(&group(), 1);
    let summary = stage.run().await;
    assert_eq!((summary.done.removed, summary.done.failed), (1, 1));
    stage.run().await;
    stage.holds("ada", "ada");
    stage.is_settled().await;
}

#[tokio::test]
async fn doubts_and_empty_sources_remove_nobody() {
    for empty in [false, true] {
        for two_way in [false, true] {
            let stage = if two_way {
                Stage::two_way("ada bob", "ada bob")
            } else {
                Stage::one_way("ada bob", "ada bob")
            };
            stage.run().await;
            if empty {
                stage.leaves(&mail(), "ada bob");
            } else {
                stage.leaves(&mail(), "bob");
                stage
                    .world
                    .doubt(&mail(), &["the count said 2, there were 1"]);
            }
            for _ in 0..2 {
                let finished = stage.try_run(&stage.request()).await.unwrap();
                let withheld = finished.file.unwrap().plan.withheld;
                assert!(!withheld.is_empty());
                assert!(
                    withheld
                        .iter()
                        .all(|one| matches!(one.because, Because::NoProof(_)))
                );
                assert_eq!(stage.names(&group()), "ada bob");
            }
            // Once there is proof, whoever is gone is removed.
            stage.world.doubt(&mail(), &[]);
            if empty {
                stage.joins(&mail(), "ada");
            }
            stage.run().await;
            stage.holds("ada", "ada");
            stage.is_settled().await;
        }
    }
}

#[tokio::test]
async fn a_run_whose_time_is_up_leaves_the_rest_to_the_next() {
    let stage = Stage::two_way("ada bob cyd dan eve", "ada");
    let request = RunRequest {
        deadline: Some(stage.now()),
        ..stage.request()
    };
    let finished = stage.try_run(&request).await.unwrap();
    assert_eq!(finished.summary.status, Some(Status::Failed));
    let outcomes = finished.file.unwrap().outcomes.unwrap();
    assert_eq!(outcomes.len(), 4);
    for outcome in outcomes {
        let Some(Outcome::Failed(problem)) = outcome else {
            panic!("{outcome:?}");
        };
        assert_eq!(problem.code, "not-tried");
    }
    assert_eq!(stage.world.counters().writes, 0);
    stage.run().await;
    stage.holds("ada bob cyd dan eve", "ada bob cyd dan eve");
    stage.is_settled().await;
}

#[tokio::test]
async fn both_lists_are_kept_before_the_first_change() {
    let stage = Stage::two_way("ada bob", "bob cyd");
    stage.world.die_after(&group(), 0);
    let request = stage.request();
    tokio::select! {
        _ = stage.try_run(&request) => panic!("the run outlived its writer"),
        () = stage.world.until_dead() => {}
    }
    let name = format!("snapshots/staff/{}.json", request.run);
    let bytes = stage.stores.blobs.get(&name).await.unwrap().unwrap();
    let snapshot: Value = serde_json::from_slice(&bytes).unwrap();
    let names = |side: &str| {
        let members = snapshot["members"][side].as_array().unwrap();
        let address = |member: &Value| member["addresses"][0].as_str().unwrap().to_owned();
        members.iter().map(address).collect::<Vec<_>>()
    };
    assert_eq!(names("source"), ["ada@acme.example", "bob@acme.example"]);
    assert_eq!(names("target"), ["bob@acme.example", "cyd@acme.example"]);
    let file = history::run_file(&stage.stores, "staff", &request.run).await;
    let file = file.unwrap().unwrap();
    assert_eq!((file.plan.changes.len(), file.outcomes), (2, None));
}
