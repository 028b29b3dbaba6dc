//! Packages where the storage fails, or holds what it did not before.

use std::sync::{
    Arc,
    atomic::{AtomicUsize, Ordering},
};

use jiff::SignedDuration;

use super::*;
use crate::spine::hooks::{Trouble, troubled};

#[tokio::test]
async fn a_storage_that_fails_makes_no_package_that_nobody_knows_of() {
    for place in ["packages/", "State/", "baselines/", "History/"] {
        let stage = one_way("ada bob", "bob dan");
        let full = troubled(&stage.stores, move |at| match at.starts_with(place) {
            true => Trouble::Full,
            false => Trouble::None,
        });
        for _ in 0..2 {
            let request = stage.request();
            let ended = stage.run_through(&stage.world, &full, &request).await;
            assert!(ended.is_err(), "{place}");
        }
        let summary = run(&stage).await;
        let note = only_note(&summary);
        assert!(note.is_open(), "{place}: {note:?}");
        assert_eq!(
            changes_in(&stage.stores, &note.run).await,
            "+ada -dan",
            "{place}"
        );
        apply(&stage, &stage.stores, &note.run, None).await;
        assert_eq!(told(&run(&stage).await).1, PackageState::Applied, "{place}");
        stage.is_settled().await;
    }
}

#[tokio::test]
async fn a_package_that_was_deleted_is_made_anew() {
    let stage = one_way("ada bob", "bob");
    run(&stage).await;
    for name in stage.stores.blobs.list("packages/").await.unwrap() {
        stage.stores.blobs.delete(&name).await.unwrap();
    }
    let summary = run(&stage).await;
    assert_eq!(told(&summary).1, PackageState::Made);
    assert_eq!(changes_in(&stage.stores, &summary.run).await, "+ada");
}

#[tokio::test]
async fn a_package_of_a_newer_version_is_left_alone() {
    let stage = one_way("ada bob", "bob");
    run(&stage).await;
    let names = stage.stores.blobs.list("packages/").await.unwrap();
    let name = names.iter().find(|name| name.ends_with(".json")).unwrap();
    let bytes = stage.stores.blobs.get(name).await.unwrap().unwrap();
    let text = String::from_utf8(bytes).unwrap();
    let newer = text.replacen("\"version\":1", "\"version\":2", 1);
    stage
        .stores
        .blobs
        .put(name, newer.into_bytes())
        .await
        .unwrap();
    let ended = stage.try_run(&stage.request()).await;
    assert!(matches!(ended, Err(RunError::Store(_))), "{ended:?}");
    let problem = stage.history().await.remove(0).problem.unwrap();
    assert_eq!(problem.code, "storage");
    assert!(problem.message.contains("a newer rollcall wrote it"));
    assert_eq!(stage.names(&group()), "bob");
}

#[tokio::test]
async fn a_run_that_dies_at_any_write_leaves_one_package_when_it_comes_again() {
    let mut deaths = 0;
    loop {
        let stage = two_way("ada bob", "bob cyd");
        let written = Arc::new(AtomicUsize::new(0));
        let count = written.clone();
        let dying = troubled(&stage.stores, move |_| {
            match count.fetch_add(1, Ordering::Relaxed) >= deaths {
                true => Trouble::Full,
                false => Trouble::None,
            }
        });
        let mut request = stage.request();
        let first = stage.run_through(&stage.world, &dying, &request).await;
        if first.is_ok() && written.load(Ordering::Relaxed) <= deaths {
            break;
        }
        stage.wait(LEASE.as_secs() as i64);
        request.worker = "another".to_owned();
        stage.run_as(&request).await;
        // Whatever the second attempt found, the next run knows the one package that waits.
        let next = run(&stage).await;
        let note = only_note(&next);
        assert_eq!(
            (&note.run, note.open),
            (&request.run, 1),
            "{deaths}: {note:?}"
        );
        assert_eq!(packages_kept(&stage.stores).await, 1, "{deaths}");
        assert_eq!(
            changes_in(&stage.stores, &note.run).await,
            "+ada",
            "{deaths}"
        );
        apply(&stage, &stage.stores, &note.run, None).await;
        assert_eq!(
            told(&run(&stage).await).1,
            PackageState::Applied,
            "{deaths}"
        );
        stage.holds("ada bob cyd", "ada bob cyd");
        stage.is_settled().await;
        deaths += 1;
    }
    assert!(deaths > 10, "{deaths}");
}

#[tokio::test]
async fn nothing_is_called_handed_over_without_a_package() {
    let (mut packaged, mut without) = (0, 0);
    for failing in 0..12 {
        let stage = one_way("ada bob", "bob dan");
        let renewed = Arc::new(AtomicUsize::new(0));
        let count = renewed.clone();
        // One write of a lease fails, and the next one does not.
        let shaky = troubled(&stage.stores, move |at| {
            let is_it =
                at.starts_with("Leases/") && count.fetch_add(1, Ordering::Relaxed) == failing;
            if is_it { Trouble::Full } else { Trouble::None }
        });
        let request = stage.request();
        let ended = stage.run_through(&stage.world, &shaky, &request).await;
        let Ok(finished) = ended else { continue };
        let is_made = package(&stage.stores, &request.run).await.is_some();
        let handed_over = finished.summary.done.handed_over;
        assert!(
            handed_over == 0 || is_made,
            "{failing}: {:#?}",
            finished.summary
        );
        packaged += usize::from(handed_over > 0);
        let failures = finished.summary.first_failures.iter();
        let mut failures = failures.map(|failure| failure.problem.message.as_str());
        without += usize::from(failures.any(|why| why == "no package was made for the list"));
    }
    assert!(without > 0, "no run went on without its package");
    assert!(packaged > 0, "no run got as far as a package");
}

#[tokio::test]
async fn a_package_that_still_waits_is_not_forgotten() {
    let stage = one_way("ada bob", "ada");
    let made = run(&stage).await;
    let days = |days: i64| SignedDuration::from_hours(24 * days);
    let forgets = async || {
        stage.wait(days(3).as_secs());
        let swept = history::sweep(&stage.stores, days(1), stage.now(), 100);
        assert!(swept.await.unwrap().is_over);
    };
    run(&stage).await;
    forgets().await;
    assert!(package(&stage.stores, &made.run).await.is_some());
    let waiting = run(&stage).await;
    assert_eq!(waiting.packages[0].state, PackageState::Waiting);
    assert_eq!(waiting.packages[0].run, made.run);
    apply(&stage, &stage.stores, &made.run, None).await;
    run(&stage).await;
    forgets().await;
    assert!(package(&stage.stores, &made.run).await.is_none());
}
