//! A call that is cut off at any of its writes, and comes again.

use super::{
    call::Call,
    stage::{PEOPLE, Stage},
    watched::Failing,
};

const BEFORE: &str = "email\nold@acme.org\n";

/// A first load is there, and its runs are over.
async fn stage() -> Stage {
    let stage = Stage::new().await;
    stage.send(Call::load("msg_0", BEFORE)).await.is(202);
    stage.wait(600);
    stage
}

#[tokio::test]
async fn a_call_that_is_cut_off_anywhere_and_comes_again_is_taken_in_once() {
    let control = stage().await;
    control.watched.writes();
    control.send(Call::load("msg_1", PEOPLE)).await.is(202);
    let writes = control.watched.writes();
    assert!(writes >= 8, "{writes}");
    for failing in [Failing::Undone, Failing::Done] {
        for write in 0..writes {
            // The sender comes again at once, or when the runs it may have asked for are over.
            for wait in [0, 250] {
                let stage = stage().await;
                stage.watched.fail_from(write, failing);
                let cut_off = stage.send(Call::load("msg_1", PEOPLE)).await;
                stage.watched.recover();
                let place = format!("cut off at {write} ({failing:?}), again after {wait} s");
                // The load before the newest may stay: a crash there costs the sender nothing.
                if cut_off.status != 202 {
                    cut_off.problem(503, "unavailable");
                }
                stage.wait(wait);
                let again = stage.send(Call::load("msg_1", PEOPLE)).await.receipt();
                assert_eq!(
                    stage.latest("workday").await.as_deref(),
                    Some(PEOPLE),
                    "{place}"
                );
                check_runs(&stage, wait, &place).await;
                // A run of the first while may have been over before the load was there.
                let is_noted = failing == Failing::Done && write == writes - 1;
                let end = match (wait, is_noted) {
                    (0, _) | (_, true) => "20270115T081100",
                    _ => "20270115T081500",
                };
                let expected = ["phones", "staff"].map(|sync| format!("{end}-{sync}.n"));
                assert_eq!(again.runs, expected, "{place}");
                stage.watched.writes();
                let last = stage.send(Call::load("msg_1", PEOPLE)).await.receipt();
                assert_eq!((last, stage.watched.writes()), (again, 0), "{place}");
                // A body that nobody knows of may be left over in each folder, and no more.
                assert!(stage.blobs("deliveries/").await.len() <= 3, "{place}");
                assert!(stage.blobs("feeds/").await.len() <= 2, "{place}");
            }
        }
    }
}

/// Each sync has a run that begins after the load was there; a run asked for twice has the same id.
async fn check_runs(stage: &Stage, wait: i64, place: &str) {
    let runs = stage.runs().await;
    for sync in ["phones", "staff"] {
        let of_sync: Vec<&String> = runs
            .iter()
            .filter(|run| run.ends_with(&format!("-{sync}.n")))
            .collect();
        // The one of the first load, and one or two of this one.
        let most = if wait == 0 { 2 } else { 3 };
        assert!((2..=most).contains(&of_sync.len()), "{place}: {runs:?}");
    }
}

/// What was sent first is older, also when it is taken in last: a cut off call keeps its time.
#[tokio::test]
async fn a_call_that_was_cut_off_does_not_overtake_what_came_in_between() {
    let control = stage().await;
    control.watched.writes();
    control.send(Call::load("msg_1", PEOPLE)).await.is(202);
    let newer = "email\nnew@acme.org\n";
    // From the third write on its row is there, with its time.
    for write in 2..control.watched.writes() {
        let stage = stage().await;
        stage.watched.fail_from(write, Failing::Undone);
        stage.send(Call::load("msg_1", PEOPLE)).await;
        stage.watched.recover();
        stage.wait(10);
        stage.send(Call::load("msg_2", newer)).await.is(202);
        stage.wait(10);
        stage.send(Call::load("msg_1", PEOPLE)).await.is(202);
        assert_eq!(
            stage.latest("workday").await.as_deref(),
            Some(newer),
            "{write}"
        );
    }
}

/// A client of the storage that repeats what it got no answer to sees its own write as somebody else's.
#[tokio::test]
async fn a_write_that_meets_itself_does_no_harm() {
    let control = stage().await;
    control.watched.writes();
    control.send(Call::load("msg_1", PEOPLE)).await.is(202);
    for write in 0..control.watched.writes() {
        let stage = stage().await;
        stage.watched.fail_from(write, Failing::DoneTwice);
        let receipt = stage.send(Call::load("msg_1", PEOPLE)).await.receipt();
        assert_eq!(stage.latest("workday").await.as_deref(), Some(PEOPLE));
        let blob = format!("deliveries/workday/{}", receipt.receipt);
        let kept = stage.stores().blobs.get(&blob).await.unwrap();
        assert_eq!(kept.as_deref(), Some(PEOPLE.as_bytes()), "{write}");
        assert_eq!(
            (receipt.runs.len(), stage.runs().await.len()),
            (2, 4),
            "{write}"
        );
    }
}
