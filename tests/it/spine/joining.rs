//! People come and go: what a run does with them, and that a second run has nothing to do.

use rollcall::{
    definition::sync::Mode,
    model::{list::Side, member::Standing},
    plan::change::{Because, Considered},
    summary::Status,
};

use super::stage::{Stage, entry, group, mail};

#[tokio::test]
async fn the_first_one_way_run_makes_the_target_the_source() {
    let stage = Stage::one_way("ada bob", "bob cyd");
    let summary = stage.run().await;
    assert_eq!(summary.status, Some(Status::Succeeded));
    assert!(summary.first_run);
    assert_eq!((summary.done.added, summary.done.removed), (1, 1));
    stage.holds("ada bob", "ada bob");
    stage.is_settled().await;
}

#[tokio::test]
async fn the_first_two_way_run_unites_and_removes_nobody() {
    let stage = Stage::two_way("ada bob", "bob cyd");
    let summary = stage.run().await;
    assert_eq!(summary.status, Some(Status::Succeeded));
    stage.holds("ada bob cyd", "ada bob cyd");
    stage.is_settled().await;
    assert!(!stage.history().await[0].first_run);
}

#[tokio::test]
async fn joiners_and_leavers_cross_over_both_ways() {
    let stage = Stage::two_way("ada bob cyd dan", "ada bob cyd dan");
    stage.run().await;
    stage.joins(&mail(), "eve");
    stage.leaves(&mail(), "ada");
    stage.joins(&group(), "fay gus");
    stage.leaves(&group(), "bob");
    let summary = stage.run().await;
    assert_eq!(summary.status, Some(Status::Succeeded));
    assert_eq!((summary.done.added, summary.done.removed), (3, 2));
    stage.holds("cyd dan eve fay gus", "cyd dan eve fay gus");
    stage.is_settled().await;
}

#[tokio::test]
async fn one_way_the_target_loses_what_others_put_there() {
    let stage = Stage::one_way("ada bob cyd", "ada bob cyd");
    stage.run().await;
    stage.joins(&mail(), "dan");
    stage.leaves(&mail(), "ada");
    stage.joins(&group(), "eve");
    stage.leaves(&group(), "bob");
    stage.run().await;
    stage.holds("bob cyd dan", "bob cyd dan");
    stage.is_settled().await;
}

#[tokio::test]
async fn adding_only_removes_nobody_ever() {
    let mut stage = Stage::one_way("ada bob", "cyd");
    stage.sync.mode = Mode::AddOnly;
    stage.run().await;
    stage.leaves(&mail(), "bob");
    stage.is_settled().await;
    stage.holds("ada", "ada bob cyd");
}

#[tokio::test]
async fn somebody_who_comes_back_is_added_again() {
    let stage = Stage::two_way("ada bob", "ada bob");
    stage.run().await;
    stage.leaves(&mail(), "bob");
    stage.run().await;
    stage.holds("ada", "ada");
    stage.joins(&mail(), "bob");
    stage.run().await;
    stage.holds("ada bob", "ada bob");
    stage.is_settled().await;
}

#[tokio::test]
async fn who_opted_out_is_not_added_and_not_forgotten() {
    let stage = Stage::two_way("ada", "ada");
    let mut eve = entry("eve");
    eve.standing = Standing::OptedOut;
    stage.world.edit(&mail(), |members| members.push(eve));
    for _ in 0..2 {
        let plan = stage.try_run(&stage.request()).await.unwrap();
        assert_eq!(plan.summary.status, Some(Status::Unchanged));
        let withheld = plan.file.unwrap().plan.withheld;
        assert_eq!(withheld[0].because, Because::OptedOut);
        stage.holds("ada eve", "ada");
    }
    // Whoever puts them into the group does not bring them back to the list.
    stage.joins(&group(), "eve");
    stage.run().await;
    stage.is_settled().await;
    stage.holds("ada eve", "ada eve");
}

#[tokio::test]
async fn an_external_address_is_reported_or_invited_and_never_dropped() {
    let mut stage = Stage::two_way("ada joe@partner.example", "ada");
    let finished = stage.try_run(&stage.request()).await.unwrap();
    assert_eq!(finished.summary.status, Some(Status::Unchanged));
    assert_eq!(
        finished.file.unwrap().plan.withheld[0].because,
        Because::External
    );
    stage.is_settled().await;
    stage.sync.guests.invite = true;
    let summary = stage.run_agreed().await;
    assert_eq!(summary.status, Some(Status::Succeeded));
    assert_eq!(summary.done.invited, 1);
    stage.holds("ada joe@partner.example", "ada joe@partner.example");
    stage.is_settled().await;
    // A guest who leaves the group leaves the list.
    stage.leaves(&group(), "joe@partner.example");
    stage.run().await;
    stage.holds("ada", "ada");
    stage.is_settled().await;
}

#[tokio::test]
async fn a_misspelled_address_stays_and_is_named_with_the_nearest() {
    let stage = Stage::two_way("ada kimm@acme.example", "ada");
    let mut since: Option<jiff::Timestamp> = None;
    for _ in 0..2 {
        let finished = stage.try_run(&stage.request()).await.unwrap();
        let withheld = &finished.file.unwrap().plan.withheld[0];
        let expected = Because::Unresolved {
            nearest: Some("kim@acme.example".to_owned()),
            hint: Some("spelled nearly so".to_owned()),
            since,
        };
        assert_eq!(withheld.because, expected);
        let ageing = since.map_or_else(String::new, |since| {
            format!(", the oldest since {}", since.strftime("%Y-%m-%d"))
        });
        assert_eq!(
            finished.summary.next,
            [format!("correct 1 address that nobody has{ageing}")]
        );
        stage.holds("ada kimm", "ada");
        since = since.or(Some(stage.now()));
    }
}

#[tokio::test]
async fn a_list_that_cannot_be_written_is_left_alone_with_the_reason() {
    let stage = Stage::two_way("ada bob", "ada cyd");
    let why = "it is synced from on-premises";
    stage.world.set_read_only(&group(), Some(why));
    let finished = stage.try_run(&stage.request()).await.unwrap();
    let withheld = finished.file.unwrap().plan.withheld;
    assert_eq!(withheld.len(), 1);
    assert_eq!(
        (withheld[0].side, withheld[0].considered),
        (Side::Target, Considered::Add)
    );
    assert_eq!(withheld[0].because, Because::ReadOnly(why.to_owned()));
    stage.holds("ada bob cyd", "ada cyd");
    // Again: nothing is written, and nobody is told that there was nothing to do.
    let writers = stage.world.counters().writers;
    let again = stage.run().await;
    assert_eq!(again.status, Some(Status::Partial));
    assert!(
        again.next[0].ends_with(&format!("cannot be written: {why}")),
        "{:?}",
        again.next
    );
    assert_eq!(stage.world.counters().writers, writers);
    stage.holds("ada bob cyd", "ada cyd");
    stage.world.set_read_only(&group(), None);
    stage.run().await;
    stage.holds("ada bob cyd", "ada bob cyd");
    stage.is_settled().await;
}
