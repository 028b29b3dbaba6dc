//! Runs that are undone: whatever goes wrong on the way, the lists come back to what they were.

use rollcall::{
    agenda::{self, ListKey, Paused},
    connectors::ports::Unwatched,
    model::{list::ListRef, member::Standing},
    plan::limits::Limit,
    run::{self, Finished, LEASE, Ports, Preview, RunError, RunRequest},
    store::ports::Stores,
    summary::{Status, Summary},
};

use super::stage::{Stage, group, group_can, mail};

impl Stage {
    pub(super) async fn restore_through(
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

    pub(super) async fn restore(&self, undone: &str) -> Summary {
        let request = self.request();
        let finished = self.restore_through(&self.stores, &request, undone).await;
        finished.unwrap().summary
    }

    pub(super) async fn preview_restore(&self, undone: &str) -> Result<Preview, RunError> {
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

    pub(super) async fn paused(&self) -> Option<Paused> {
        let found = agenda::pause_of(&self.stores, &ListKey::of("staff"), self.now()).await;
        found.unwrap()
    }

    pub(super) async fn resume(&self) {
        let key = ListKey::of("staff");
        agenda::change(&self.stores, &key, self.now(), |entry| entry.resume())
            .await
            .unwrap();
    }

    pub(super) fn both(&self) -> (String, String) {
        (self.names(&mail()), self.names(&group()))
    }
}

/// Five people vanished from the mailing list by mistake, and the run took them off the group.
pub(super) async fn a_mistake(two_ways: bool) -> (Stage, String) {
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

pub(super) const BEFORE: &str = "ada bob cyd dan eve fay gus";

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

#[tokio::test]
async fn who_opted_out_of_an_earlier_list_makes_a_first_run_that_died_no_second_one() {
    let stage = Stage::two_way("ada bob cyd", "ada bob cyd");
    stage.world.edit(&mail(), |members| {
        let bob = members
            .iter_mut()
            .find(|member| member.label().starts_with("bob"));
        bob.unwrap().standing = Standing::OptedOut;
    });
    stage.run().await;
    // The group is made anew: nothing was agreed on with it, but who opted out is known.
    stage.world.put_list(&group(), group_can(), Vec::new());
    stage.joins(&group(), "dan");
    let dead = stage.request();
    stage.world.die_after(&group(), 1);
    tokio::select! {
        _ = stage.try_run(&dead) => panic!("it outlived its writer"),
        () = stage.world.until_dead() => {}
    }
    stage.world.die_after(&group(), usize::MAX);
    stage.wait(LEASE.as_secs() as i64);
    stage.restore(&dead.run).await;
    assert_eq!(stage.names(&group()), "dan");
    stage.resume().await;
    let next = stage.preview().await.unwrap();
    let plan = next.review.approved.plan();
    assert!(plan.first_run);
    assert_eq!(plan.totals().remove, 0);
}
