//! Runs that are undone: whatever goes wrong on the way, the lists come back to what they were.

use std::sync::atomic::{AtomicUsize, Ordering};

use rollcall::{
    agenda::{self, ListKey, Paused},
    connectors::ports::Unwatched,
    definition::sync::Direction,
    history::{self, NOT_UNDOABLE},
    model::list::{ListRef, Side},
    plan::{limits::Limit, text::render},
    run::{self, Finished, LEASE, Ports, Preview, RunError, RunRequest},
    store::{lease, ports::Stores},
    summary::{Status, Summary},
};

use super::{
    hooks::{Trouble, troubled},
    stage::{Stage, away, group, group_can, mail},
};

impl Stage {
    async fn restore_through(
        &self,
        stores: &Stores,
        request: &RunRequest,
        undone: &str,
    ) -> Result<Finished, RunError> {
        self.wait(1);
        let now = || self.now();
        let ports = Ports {
            readers: &self.world,
            stores,
            watch: &Unwatched,
            now: &now,
            lease: LEASE,
        };
        run::restore(ports, &self.world, &self.sync, request, undone).await
    }

    async fn restore(&self, undone: &str) -> Summary {
        let request = self.request();
        let finished = self.restore_through(&self.stores, &request, undone).await;
        finished.unwrap().summary
    }

    async fn preview_restore(&self, undone: &str) -> Result<Preview, RunError> {
        let now = || self.now();
        let ports = Ports {
            readers: &self.world,
            stores: &self.stores,
            watch: &Unwatched,
            now: &now,
            lease: LEASE,
        };
        run::restore_plan(ports, &self.sync, undone).await
    }

    async fn paused(&self) -> Option<Paused> {
        let found = agenda::pause_of(&self.stores, &ListKey::of("staff"), self.now()).await;
        found.unwrap()
    }

    async fn resume(&self) {
        let key = ListKey::of("staff");
        agenda::change(&self.stores, &key, self.now(), |entry| entry.resume())
            .await
            .unwrap();
    }

    fn both(&self) -> (String, String) {
        (self.names(&mail()), self.names(&group()))
    }
}

/// Five people vanished from the mailing list by mistake, and the run took them off the group.
async fn a_mistake(two_ways: bool) -> (Stage, String) {
    let everybody = "ada bob cyd dan eve fay gus";
    let stage = match two_ways {
        true => Stage::two_way(everybody, everybody),
        false => Stage::one_way(everybody, everybody),
    };
    stage.run().await;
    stage.leaves(&mail(), "bob cyd dan eve fay");
    stage.joins(&mail(), "hal");
    let mistake = stage.run().await;
    assert_eq!((mistake.done.removed, mistake.done.added), (5, 1));
    stage.holds("ada gus hal", "ada gus hal");
    (stage, mistake.run)
}

const BEFORE: &str = "ada bob cyd dan eve fay gus";

#[tokio::test]
async fn a_mistake_is_undone_and_the_list_waits_for_somebody() {
    for two_ways in [false, true] {
        let (stage, mistake) = a_mistake(two_ways).await;
        let counters = stage.world.counters();
        let preview = stage.preview_restore(&mistake).await.unwrap();
        let plan = preview.review.approved.plan();
        assert_eq!((plan.totals().add, plan.totals().remove), (5, 1));
        assert_eq!(stage.world.counters().writers, counters.writers);
        assert!(stage.paused().await.is_none(), "looking pauses nothing");

        let summary = stage.restore(&mistake).await;
        assert_eq!(summary.status, Some(Status::Succeeded), "{summary:#?}");
        assert_eq!(summary.restores.as_deref(), Some(mistake.as_str()));
        assert!(summary.next[0].contains("`rollcall plan staff`"));
        stage.holds("ada gus hal", BEFORE);
        let paused = stage.paused().await.unwrap();
        assert!(paused.reason.contains(&mistake), "{paused:?}");
        assert_eq!((paused.by.as_str(), paused.until), ("rollcall", None));

        // Nothing runs until somebody has looked; a second restore finds nothing to do.
        let refused = stage.try_run(&stage.request()).await;
        assert!(matches!(refused, Err(RunError::Paused(_))), "{refused:?}");
        let again = stage.restore(&mistake).await;
        assert_eq!(again.status, Some(Status::Unchanged));
        stage.holds("ada gus hal", BEFORE);

        // Resumed with nothing changed: one-way the same again, two-way nobody is removed.
        stage.resume().await;
        let next = stage.preview().await.unwrap();
        let totals = next.review.approved.plan().totals();
        let expected = if two_ways { (6, 0) } else { (1, 5) };
        assert_eq!(
            (totals.add, totals.remove),
            expected,
            "two ways: {two_ways}"
        );
        stage.run().await;
        let everybody = "ada bob cyd dan eve fay gus hal";
        match two_ways {
            true => stage.holds(everybody, everybody),
            false => stage.holds("ada gus hal", "ada gus hal"),
        }
        stage.is_settled().await;
    }
}

#[tokio::test]
async fn what_was_wrong_is_put_right_and_nobody_is_lost() {
    for two_ways in [false, true] {
        let (stage, mistake) = a_mistake(two_ways).await;
        stage.restore(&mistake).await;
        stage.joins(&mail(), "bob cyd dan eve fay");
        stage.resume().await;
        stage.run().await;
        let everybody = "ada bob cyd dan eve fay gus hal";
        stage.holds(&by_name(&stage, &mail()), everybody);
        stage.is_settled().await;
    }
}

fn by_name(stage: &Stage, list: &ListRef) -> String {
    stage.names(list)
}

#[tokio::test]
async fn a_restore_is_undone_as_well() {
    let (stage, mistake) = a_mistake(true).await;
    let restored = stage.restore(&mistake).await;
    let back = stage.restore(&restored.run).await;
    assert_eq!(back.status, Some(Status::Succeeded));
    stage.holds("ada gus hal", "ada gus hal");
    let paused = stage.paused().await.unwrap();
    assert!(paused.reason.contains(&restored.run), "{paused:?}");
    stage.resume().await;
    stage.is_settled().await;
}

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

#[tokio::test]
async fn limits_hold_and_an_approval_lets_it_through() {
    let mut stage = Stage::one_way("ada", "ada");
    stage.run().await;
    stage.joins(&mail(), "bob cyd dan eve fay");
    let mistake = stage.run().await.run;
    stage.sync.limits.removals = Limit {
        count: Some(2),
        percent: None,
    };
    let held = stage.restore(&mistake).await;
    assert_eq!(held.status, Some(Status::Held));
    let digest = held.held.unwrap().digest;
    let step = format!(
        "rollcall restore {mistake} --apply --approve {}",
        digest.short()
    );
    assert!(held.next[0].contains(&step), "{:?}", held.next);
    stage.holds("ada bob cyd dan eve fay", "ada bob cyd dan eve fay");
    // Nobody's schedule overtakes what somebody wants undone.
    assert!(stage.paused().await.is_some());
    let wrong = stage.approved("000000000000");
    let wrong = stage.restore_through(&stage.stores, &wrong, &mistake).await;
    assert_eq!(wrong.unwrap().summary.status, Some(Status::Held));
    let request = stage.approved(digest.as_str());
    let done = stage
        .restore_through(&stage.stores, &request, &mistake)
        .await;
    let done = done.unwrap().summary;
    assert_eq!(done.status, Some(Status::Succeeded));
    assert_eq!(done.approved_by.as_deref(), Some("ada"));
    stage.holds("ada bob cyd dan eve fay", "ada");
}

#[tokio::test]
async fn a_list_that_the_run_created_stays_and_is_emptied() {
    let stage = Stage::without_lists();
    let mut stage = stage;
    stage.sync.target.create = Some(rollcall::model::list::GroupKind::Security);
    let members = ["ada", "bob"].map(super::stage::entry).to_vec();
    stage
        .world
        .put_list(&mail(), super::stage::mail_can(), members);
    stage.world.put_absent(&group(), group_can());
    let first = stage.run().await;
    assert_eq!((first.done.created, first.done.added), (1, 2));
    let restored = stage.restore(&first.run).await;
    assert_eq!(restored.done.removed, 2);
    assert!(stage.world.exists(&group()));
    stage.holds("ada bob", "");
}

#[tokio::test]
async fn a_pause_that_was_there_is_told_in_the_new_one_and_does_not_grow() {
    let (stage, mistake) = a_mistake(false).await;
    let key = ListKey::of("staff");
    agenda::change(&stage.stores, &key, stage.now(), |entry| {
        entry.paused = Some(Paused {
            reason: "the export is broken".to_owned(),
            by: "bob".to_owned(),
            since: stage.now(),
            until: None,
        });
    })
    .await
    .unwrap();
    let restored = stage.restore(&mistake).await;
    let reason = stage.paused().await.unwrap().reason;
    assert!(
        reason.contains("paused before by bob: the export is broken"),
        "{reason}"
    );
    let back = stage.restore(&restored.run).await;
    stage.restore(&back.run).await;
    let last = stage.paused().await.unwrap().reason;
    assert!(last.len() < 2 * reason.len(), "{last}");
}

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
    stage.world.put_list(
        &rollcall::connectors::memory::list_ref("entra-id", "other"),
        group_can(),
        members,
    );
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

#[tokio::test]
async fn a_first_run_that_died_stays_a_first_run() {
    let stage = Stage::two_way("ada bob cyd", "ada dan");
    let dead = stage.request();
    stage.world.die_after(&group(), 1);
    tokio::select! {
        _ = stage.try_run(&dead) => panic!("it outlived its writer"),
        () = stage.world.until_dead() => {}
    }
    stage.world.die_after(&group(), usize::MAX);
    stage.wait(LEASE.as_secs() as i64);
    stage.restore(&dead.run).await;
    stage.holds("ada bob cyd", "ada dan");
    stage.resume().await;
    let next = stage.preview().await.unwrap();
    assert!(next.review.approved.plan().first_run);
    assert_eq!(next.review.approved.plan().totals().remove, 0);
}

#[tokio::test]
async fn whoever_undid_a_run_just_now_is_not_overtaken() {
    let (stage, mistake) = a_mistake(false).await;
    stage.restore(&mistake).await;
    let before = stage.world.counters();
    // A run that looked for a pause before there was one finds it when it holds the list.
    let late = stage.try_run(&stage.request()).await;
    let Err(error @ RunError::Paused(_)) = late else {
        panic!("{late:?}");
    };
    assert!(error.to_string().contains("resume it first"), "{error}");
    assert_eq!(stage.world.counters(), before);
    stage.holds("ada gus hal", BEFORE);
}
