//! What follows when the program ends, held against what the real host did.

use std::collections::BTreeSet;

use super::*;
use crate::{fake, front::message_by_hand, invoke::invoke};

async fn call(host: &Host, text: &str) -> Result<crate::invoke::Done, String> {
    let function = host.deployed().named("Work");
    let envelope = message_by_hand(function, text, jiff::Timestamp::now());
    invoke(host, "Work", envelope).await
}

#[tokio::test]
async fn a_program_that_ends_with_0_is_never_started_again() {
    let folder = tempfile::tempdir().unwrap();
    let host = fake::start(folder.path(), &[]);
    host.ready().await;
    assert!(call(&host, "exit:0").await.is_err());
    host.reaches("unmanned", |state| *state == State::Unmanned)
        .await;
    let refused = call(&host, "hello").await;
    assert!(refused.is_err(), "{refused:?}");
    assert_eq!(host.launches(), 1);
}

#[tokio::test]
async fn the_third_crash_takes_the_host_down_and_200_does_not_count() {
    let folder = tempfile::tempdir().unwrap();
    let host = fake::start(folder.path(), &[]);
    for (before, code) in [200, 1, 200, 200, 1, 200].into_iter().enumerate() {
        host.launched(before + 1).await;
        assert!(call(&host, &format!("exit:{code}")).await.is_err());
    }
    host.launched(7).await;
    assert_eq!(call(&host, "hello").await.unwrap().logs, ["done"]);
    assert_eq!(host.launches(), 7);
    host.crash().await;
    host.reaches("down", |state| matches!(state, State::Down(_)))
        .await;
    assert!(call(&host, "hello").await.is_err());
    let processes: BTreeSet<u64> = fake::seen(folder.path())
        .iter()
        .map(|request| request["process"].as_u64().unwrap())
        .collect();
    assert_eq!(processes.len(), 7, "all on one port");
}

#[tokio::test]
async fn a_program_that_cannot_start_is_tried_three_times() {
    let folder = tempfile::tempdir().unwrap();
    let host = fake::start(folder.path(), &[("FAKE_EXIT", "3")]);
    host.reaches("down", |state| matches!(state, State::Down(_)))
        .await;
    assert_eq!(host.launches(), 3);
    let ends = |level: Level, text: &str| {
        let lines = host.lines();
        lines
            .iter()
            .filter(|line| line.level == level && line.text == text)
            .count()
    };
    let deadline = Instant::now() + Duration::from_secs(30);
    while ends(Level::Error, "the end") < 3 {
        assert!(Instant::now() < deadline, "{}", host.written());
        tokio::task::yield_now().await;
    }
    assert_eq!(ends(Level::Warning, "a warning before the end"), 3);
}

#[tokio::test]
async fn a_program_that_is_missing_leaves_every_invocation_waiting() {
    let folder = tempfile::tempdir().unwrap();
    let path = "AzureFunctionsJobHost__customHandler__description__defaultExecutablePath";
    let settings = [
        (path, "/nowhere/rollcall"),
        ("AzureFunctionsJobHost__functionTimeout", "00:00:01"),
    ];
    let host = fake::start(folder.path(), &settings);
    assert!(
        call(&host, "hello")
            .await
            .unwrap_err()
            .contains("took longer")
    );
    assert_eq!((host.state(), host.launches()), (State::Starting, 0));
    assert!(host.written().contains("Failed to start Worker Channel"));
}

#[tokio::test]
async fn an_answer_without_content_hangs_until_the_program_is_killed_uncounted() {
    let folder = tempfile::tempdir().unwrap();
    let settings = [("AzureFunctionsJobHost__functionTimeout", "00:00:01")];
    let host = fake::start(folder.path(), &settings);
    host.ready().await;
    for before in 0..4 {
        host.launched(before + 1).await;
        let beside = call(&host, "work:60000");
        let (hung, beside) = tokio::join!(call(&host, "empty"), beside);
        assert!(hung.unwrap_err().contains("took longer"));
        assert!(beside.is_err(), "what ran beside it is lost");
    }
    host.launched(5).await;
    assert!(call(&host, "hello").await.is_ok(), "{:?}", host.state());
}

#[tokio::test]
async fn a_stopped_host_takes_its_program_with_it() {
    let folder = tempfile::tempdir().unwrap();
    let host = fake::start(folder.path(), &[]);
    host.ready().await;
    let process = host.process().unwrap();
    host.stop().await;
    assert_eq!(host.state(), State::Stopped);
    assert!(!std::path::Path::new(&format!("/proc/{process}")).exists());
    assert!(call(&host, "hello").await.is_err());
}

#[tokio::test]
async fn answers_count_only_in_the_right_form() {
    let folder = tempfile::tempdir().unwrap();
    let host = fake::start(folder.path(), &[]);
    host.ready().await;
    assert!(
        call(&host, "plain")
            .await
            .unwrap_err()
            .contains("content type")
    );
    assert!(call(&host, "fail").await.unwrap_err().contains("500"));
    let calls = fake::calls(folder.path());
    let headers = calls[0]["headers"].as_array().unwrap();
    let names: BTreeSet<&str> = headers
        .iter()
        .map(|header| header[0].as_str().unwrap())
        .collect();
    for wanted in [
        "x-azure-functions-invocationid",
        "x-azure-functions-hostversion",
        "transfer-encoding",
    ] {
        assert!(names.contains(wanted), "{names:?}");
    }
    assert!(!names.contains("content-length"), "{names:?}");
}
