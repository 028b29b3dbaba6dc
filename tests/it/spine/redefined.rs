//! Runs after a change of the definition: everything waits for one approval, and no crash hides the change.

use rollcall::{
    definition::{
        pattern::Pattern,
        sync::{MatchKey, Mode},
    },
    history,
    model::list::GroupKind,
    plan::difference::WhyMoot,
    run::RunError,
    store::ports::{StoreError, Table},
    summary::{Status, Summary},
};

use super::{
    hooks::{Trouble, troubled},
    stage::{Stage, away, group, group_can, mail},
};

/// Nobody is removed from the group, until the definition says otherwise; then `dan` and `eve` would go.
async fn adding_only() -> Stage {
    let mut stage = Stage::one_way("ada bob cyd", "ada bob cyd dan eve");
    stage.sync.mode = Mode::AddOnly;
    let summary = stage.run().await;
    assert_eq!(summary.status, Some(Status::Unchanged));
    stage
}

fn digest(summary: &Summary) -> String {
    summary.held.as_ref().unwrap().digest.to_string()
}

#[tokio::test]
async fn everything_waits_for_one_approval_of_what_a_changed_definition_does() {
    let mut stage = adding_only().await;
    stage.joins(&mail(), "fay");
    stage.sync.mode = Mode::Mirror;
    let writers = stage.world.counters().writers;
    let preview = stage.preview().await.unwrap().review;
    assert_eq!(preview.approved.plan().redefined, ["mode"]);
    assert_eq!(preview.approved.changes().count(), 0);
    let mut held = Vec::new();
    for _ in 0..2 {
        let summary = stage.run().await;
        assert_eq!(summary.status, Some(Status::Held));
        assert_eq!(summary.done.waiting, 3, "the addition waits too");
        assert!(summary.next[0].starts_with("the definition changed (mode): look at the plan"));
        held.push(summary.held.unwrap());
    }
    assert_eq!(held[0], held[1]);
    assert_eq!(Some(&held[0]), preview.held.as_ref());
    assert_eq!(held[0].redefined, ["mode"]);
    assert_eq!(stage.world.counters().writers, writers);
    let summary = stage.run_as(&stage.approved(held[0].digest.short())).await;
    assert_eq!(summary.status, Some(Status::Succeeded));
    stage.holds("ada bob cyd fay", "ada bob cyd fay");
    stage.is_settled().await;
    // It is the definition now: what follows from it later is held by nothing but the limits.
    stage.leaves(&mail(), "fay");
    assert_eq!(stage.run().await.status, Some(Status::Succeeded));
    stage.holds("ada bob cyd", "ada bob cyd");
    stage.history().await;
}

#[tokio::test]
async fn a_list_waits_to_be_created_when_the_definition_changed() {
    let mut stage = Stage::one_way("ada bob cyd", "");
    stage.world.put_absent(&group(), group_can());
    stage.world.fail_create(&group(), Some(away()));
    stage.sync.target.create = Some(GroupKind::Security);
    assert_eq!(stage.run().await.status, Some(Status::Failed));
    stage.world.fail_create(&group(), None);
    stage.sync.matching = vec![MatchKey::Address];
    let summary = stage.run().await;
    assert_eq!(summary.status, Some(Status::Held));
    assert!(!stage.world.exists(&group()));
    stage.run_as(&stage.approved(&digest(&summary))).await;
    stage.holds("ada bob cyd", "ada bob cyd");
    stage.is_settled().await;
}

#[tokio::test]
async fn a_change_that_changes_nothing_is_taken_silently() {
    let mut stage = adding_only().await;
    stage.leaves(&group(), "dan eve");
    stage.sync.mode = Mode::Mirror;
    let summary = stage.run().await;
    assert_eq!(summary.status, Some(Status::Unchanged));
    assert_eq!(summary.next, Vec::<String>::new());
    stage.joins(&group(), "gus");
    assert_eq!(stage.run().await.status, Some(Status::Succeeded));
    stage.holds("ada bob cyd", "ada bob cyd");
    stage.is_settled().await;
}

#[tokio::test]
async fn a_change_whose_effect_cannot_be_seen_yet_is_not_taken() {
    let mut stage = adding_only().await;
    stage.world.doubt(&mail(), &["a page is missing"]);
    stage.sync.mode = Mode::Mirror;
    for _ in 0..2 {
        let summary = stage.run().await;
        assert_eq!(summary.status, Some(Status::Partial));
        assert!(
            summary.next[0].starts_with("the definition changed (mode); somebody will be asked")
        );
    }
    stage.world.doubt(&mail(), &[]);
    let summary = stage.run().await;
    assert_eq!(summary.status, Some(Status::Held));
    assert_eq!(summary.held.unwrap().redefined, ["mode"]);
    stage.holds("ada bob cyd", "ada bob cyd dan eve");
}

#[tokio::test]
async fn what_changes_nothing_of_the_lists_or_is_more_careful_holds_nothing() {
    let mut stage = adding_only().await;
    stage.sync.schedule.automatic = true;
    stage.sync.limits.additions.count = Some(9);
    stage.sync.limits.only_above = 3;
    stage.sync.source.empty_until = Some(stage.now());
    stage.sync.protected = vec![Pattern::parse("dan@acme.example").unwrap()];
    stage.joins(&mail(), "fay");
    assert_eq!(stage.run().await.status, Some(Status::Succeeded));
    // To protect fewer is another thing, and the run before remembers who was protected.
    stage.sync.protected.clear();
    stage.joins(&mail(), "gus");
    let summary = stage.run().await;
    assert_eq!(summary.held.unwrap().redefined, ["protected"]);
}

#[tokio::test]
async fn the_first_run_and_an_older_store_have_nothing_that_could_have_changed() {
    let mut stage = adding_only().await;
    let row = stage.stores.records.get(Table::State, "staff", "scope");
    let row = row.await.unwrap().unwrap();
    let gone = stage
        .stores
        .records
        .delete(Table::State, "staff", "scope", &row.version);
    gone.await.unwrap();
    stage.sync.mode = Mode::Mirror;
    assert_eq!(stage.run().await.status, Some(Status::Succeeded));
    stage.holds("ada bob cyd", "ada bob cyd");
    stage.sync.mode = Mode::AddOnly;
    stage.joins(&mail(), "fay");
    assert_eq!(stage.run().await.status, Some(Status::Held));
}

#[tokio::test]
async fn a_scope_that_is_gone_is_not_a_list_that_never_ran() {
    let mut stage = adding_only().await;
    for name in stage.stores.blobs.list("scopes/").await.unwrap() {
        stage.stores.blobs.delete(&name).await.unwrap();
    }
    stage.sync.mode = Mode::Mirror;
    let failed = stage.try_run(&stage.request()).await;
    assert!(
        matches!(failed, Err(RunError::Store(StoreError::Corrupt { .. }))),
        "{failed:?}"
    );
    let told = stage.history().await.remove(0);
    assert_eq!(told.problem.unwrap().code, "storage");
    stage.holds("ada bob cyd", "ada bob cyd dan eve");
}

#[tokio::test]
async fn a_change_of_one_list_does_not_concern_another() {
    let mut stage = adding_only().await;
    stage.sync.id = "other/asia".to_owned();
    stage.run().await;
    stage.sync.mode = Mode::Mirror;
    assert_eq!(stage.run().await.status, Some(Status::Held));
    stage.sync.id = "other/europe".to_owned();
    stage.sync.mode = Mode::AddOnly;
    stage.joins(&mail(), "fay");
    assert_eq!(stage.run().await.status, Some(Status::Succeeded));
}

#[tokio::test]
async fn an_approval_from_before_the_change_does_not_fit() {
    let mut stage = Stage::one_way("ada bob cyd", "ada bob cyd dan eve");
    stage.sync.limits.removals.count = Some(1);
    let before = digest(&stage.run().await);
    // The very same removals, but more may follow from the definition by now.
    stage.sync.matching = vec![MatchKey::Address];
    let summary = stage.run_as(&stage.approved(&before)).await;
    assert_eq!(summary.status, Some(Status::Held));
    let held = summary.held.unwrap();
    let difference = held.difference.unwrap();
    assert_eq!((difference.moot, difference.new), (0, 0));
    stage.holds("ada bob cyd", "ada bob cyd dan eve");
    // And once more: the same part, changed to something else.
    stage.sync.matching = vec![MatchKey::ObjectId];
    let again = stage.run_as(&stage.approved(held.digest.short())).await;
    assert_eq!(again.status, Some(Status::Held));
    // Back to what it was when it last ran.
    stage.sync.matching = Stage::one_way("ada", "ada").sync.matching;
    let summary = stage.run_as(&stage.approved(&before)).await;
    assert_eq!(summary.status, Some(Status::Succeeded));
    stage.holds("ada bob cyd", "ada bob cyd");
}

#[tokio::test]
async fn a_definition_is_known_before_its_first_run_writes() {
    for place in ["State/staff/scope", "scopes/"] {
        let mut stage = Stage::one_way("ada bob cyd", "ada dan");
        stage.sync.mode = Mode::AddOnly;
        let full = troubled(&stage.stores, move |at| match at.starts_with(place) {
            true => Trouble::Full,
            false => Trouble::None,
        });
        let failed = stage
            .run_through(&stage.world, &full, &stage.request())
            .await;
        assert!(
            matches!(failed, Err(RunError::Store(StoreError::Full(_)))),
            "{failed:?}"
        );
        assert_eq!(stage.world.counters().effects, 0, "{place}");
        // It dies in the middle of writing, and the definition changes before anybody looks.
        stage.world.die_after(&group(), 1);
        let request = stage.request();
        tokio::select! {
            _ = stage.try_run(&request) => panic!("the run outlived its writer"),
            () = stage.world.until_dead() => {}
        }
        stage.wait(rollcall::run::LEASE.as_secs() as i64);
        stage.sync.mode = Mode::Mirror;
        let summary = stage.run().await;
        assert_eq!(summary.status, Some(Status::Held));
        assert_eq!(summary.held.as_ref().unwrap().redefined, ["mode"]);
        stage.run_as(&stage.approved(&digest(&summary))).await;
        stage.holds("ada bob cyd", "ada bob cyd");
        stage.is_settled().await;
    }
}

#[tokio::test]
async fn an_approved_definition_is_taken_after_its_changes() {
    for place in ["State/staff/scope", "scopes/"] {
        let mut stage = adding_only().await;
        stage.sync.mode = Mode::Mirror;
        let told = digest(&stage.run().await);
        let full = troubled(&stage.stores, move |at| match at.starts_with(place) {
            true => Trouble::Full,
            false => Trouble::None,
        });
        let request = stage.approved(&told);
        let failed = stage.run_through(&stage.world, &full, &request).await;
        assert!(
            matches!(failed, Err(RunError::NotRecorded { .. })),
            "{failed:?}"
        );
        stage.holds("ada bob cyd", "ada bob cyd");
        // Nothing is left to do, so it is taken now.
        stage.run().await;
        stage.is_settled().await;
        stage.joins(&group(), "gus");
        assert_eq!(stage.run().await.status, Some(Status::Succeeded));
    }
}

#[tokio::test]
async fn what_a_killed_run_left_of_an_approved_definition_is_approved_again() {
    for effects in 0..=1 {
        let mut stage = adding_only().await;
        stage.sync.mode = Mode::Mirror;
        let told = digest(&stage.run().await);
        let mut request = stage.approved(&told);
        stage.world.die_after(&group(), effects);
        tokio::select! {
            _ = stage.try_run(&request) => panic!("the run outlived its writer"),
            () = stage.world.until_dead() => {}
        }
        stage.wait(rollcall::run::LEASE.as_secs() as i64);
        request.worker = "another".to_owned();
        let summary = stage.run_as(&request).await;
        if effects == 0 {
            // Nothing was done, so it is the very plan that was approved.
            assert_eq!(summary.status, Some(Status::Succeeded));
        } else {
            assert_eq!(summary.status, Some(Status::Held));
            let held = summary.held.unwrap();
            let difference = held.difference.unwrap();
            assert_eq!(
                (difference.approved, difference.moot, difference.new),
                (2, 1, 0)
            );
            assert_eq!(difference.first_moot[0].why, WhyMoot::AlreadySo);
            stage.run_as(&stage.approved(held.digest.short())).await;
        }
        stage.holds("ada bob cyd", "ada bob cyd");
        stage.is_settled().await;
    }
}

#[tokio::test]
async fn what_a_deadline_left_keeps_its_definition_unapproved() {
    let mut stage = adding_only().await;
    stage.sync.mode = Mode::Mirror;
    let told = digest(&stage.run().await);
    let mut request = stage.approved(&told);
    request.deadline = Some(stage.now());
    let cut = stage.run_as(&request).await;
    assert!(cut.cut_short);
    stage.holds("ada bob cyd", "ada bob cyd dan eve");
    let file = history::run_file(&stage.stores, "staff", &cut.run).await;
    let file = file.unwrap().unwrap();
    let rest = file.plan.digest_of_rest(&file.outcomes.unwrap());
    assert_eq!(stage.run().await.status, Some(Status::Held));
    let summary = stage.run_as(&stage.approved(rest.short())).await;
    assert_eq!(summary.status, Some(Status::Succeeded));
    stage.holds("ada bob cyd", "ada bob cyd");
    stage.is_settled().await;
}
