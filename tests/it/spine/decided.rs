//! Plans that are held, and what is known of them: what is moot by now, what is new, who said no.

use rollcall::{
    definition::pattern::Pattern,
    history::{self, DECISION_VERSION, Decision, Verdict},
    plan::difference::{Difference, WhyMoot},
    summary::{Status, Summary},
};

use super::stage::{Stage, group, mail};

/// Four of eight are gone from the mailing list; one removal at most goes unseen.
async fn four_leavers() -> (Stage, Summary) {
    let mut stage = Stage::two_way(
        "ada bob cyd dan eve fay gus hal",
        "ada bob cyd dan eve fay gus hal",
    );
    stage.sync.limits.removals.count = Some(1);
    stage.run().await;
    stage.leaves(&mail(), "bob cyd dan eve");
    let held = stage.run().await;
    assert_eq!(held.status, Some(Status::Held));
    (stage, held)
}

fn digest(summary: &Summary) -> String {
    summary.held.as_ref().unwrap().digest.to_string()
}

fn decision(stage: &Stage, summary: &Summary, verdict: Verdict, by: &str) -> Decision {
    Decision {
        version: DECISION_VERSION,
        run: summary.run.clone(),
        verdict,
        digest: digest(summary),
        by: by.to_owned(),
        reason: Some("they still work here".to_owned()),
        at: stage.now(),
    }
}

fn whys(difference: &Difference) -> Vec<(String, WhyMoot)> {
    let moot = difference.first_moot.iter();
    moot.map(|moot| {
        let (name, _) = moot.change.member.split_once('@').unwrap();
        (name.to_owned(), moot.why.clone())
    })
    .collect()
}

#[tokio::test]
async fn what_became_moot_and_what_is_new_is_shown_and_the_new_plan_offered() {
    let (mut stage, held) = four_leavers().await;
    // One left the group, one is protected, one is back, and another one leaves.
    stage.leaves(&group(), "bob");
    stage.sync.protected = vec![Pattern::parse("cyd@acme.example").unwrap()];
    stage.joins(&mail(), "dan");
    stage.leaves(&mail(), "fay");
    let effects = stage.world.counters().effects;
    let summary = stage.run_as(&stage.approved(&digest(&held))).await;
    assert_eq!(summary.status, Some(Status::Held));
    assert_eq!(stage.world.counters().effects, effects);
    let offered = digest(&summary);
    let held_now = summary.held.unwrap();
    let difference = held_now.difference.unwrap();
    assert_eq!(difference.run, held.run);
    assert_eq!(
        (difference.approved, difference.moot, difference.new),
        (4, 3, 1)
    );
    assert_eq!(
        whys(&difference),
        [
            ("bob".to_owned(), WhyMoot::AlreadySo),
            ("cyd".to_owned(), WhyMoot::Withheld("protected".to_owned())),
            ("dan".to_owned(), WhyMoot::NotCalledFor),
        ]
    );
    assert_eq!(difference.first_new[0].member, "fay@acme.example");
    stage.run_as(&stage.approved(&offered)).await;
    assert_eq!(stage.names(&group()), "ada cyd dan gus hal");
    stage.is_settled().await;
}

#[tokio::test]
async fn a_part_of_what_was_approved_is_another_plan() {
    let (stage, held) = four_leavers().await;
    stage.joins(&mail(), "bob");
    let summary = stage.run_as(&stage.approved(&digest(&held))).await;
    assert_eq!(summary.status, Some(Status::Held));
    let difference = summary.held.as_ref().unwrap().difference.clone().unwrap();
    assert_eq!((difference.moot, difference.new), (1, 0));
    stage.run_as(&stage.approved(&digest(&summary))).await;
    assert_eq!(stage.names(&group()), "ada bob fay gus hal");
}

#[tokio::test]
async fn an_approval_of_what_no_run_held_tells_of_no_difference() {
    let (stage, held) = four_leavers().await;
    let summary = stage.run_as(&stage.approved("0123456789ab")).await;
    assert_eq!(summary.held.unwrap().difference, None);
    // Nor does one that is late.
    let mut late = stage.approved(&digest(&held));
    late.approval.as_mut().unwrap().expires = stage.now();
    let summary = stage.run_as(&late).await;
    let held = summary.held.unwrap();
    assert!(held.misfit.unwrap().starts_with("the approval expired"));
    assert_eq!(held.difference, None);
}

#[tokio::test]
async fn a_rejected_plan_stays_rejected_and_another_one_is_asked_about() {
    let (stage, held) = four_leavers().await;
    let no = decision(&stage, &held, Verdict::Rejected, "ada");
    history::decide(&stage.stores, "staff", &no).await.unwrap();
    let preview = stage.preview().await.unwrap().review.held.unwrap();
    assert_eq!(preview.rejected.unwrap().by, "ada");
    for _ in 0..2 {
        let again = stage.run().await;
        assert_eq!(again.status, Some(Status::Held));
        let rejected = again.held.unwrap().rejected.unwrap();
        assert_eq!(
            (rejected.run, rejected.by),
            (held.run.clone(), "ada".to_owned())
        );
        assert_eq!(rejected.reason.as_deref(), Some("they still work here"));
        assert!(again.next[0].starts_with("nothing: ada rejected this as run "));
    }
    stage.leaves(&mail(), "fay");
    assert_eq!(stage.run().await.held.unwrap().rejected, None);
    stage.joins(&mail(), "fay");
    let last = stage.run().await;
    assert!(last.held.as_ref().unwrap().rejected.is_some());
    // Approved after all, about a newer run: the no is over, also when the same comes again.
    stage.wait(1);
    let yes = decision(&stage, &last, Verdict::Approved, "bob");
    history::decide(&stage.stores, "staff", &yes).await.unwrap();
    assert_eq!(stage.run().await.held.unwrap().rejected, None);
    // The first answer was lost and the no is sent again: it does not come after the yes.
    history::decide(&stage.stores, "staff", &no).await.unwrap();
    assert_eq!(stage.run().await.held.unwrap().rejected, None);
    stage.run_as(&stage.approved(&digest(&last))).await;
    stage.holds("ada fay gus hal", "ada fay gus hal");
}

#[tokio::test]
async fn a_no_is_about_one_sync() {
    let (mut stage, held) = four_leavers().await;
    let no = decision(&stage, &held, Verdict::Rejected, "ada");
    history::decide(&stage.stores, "other", &no).await.unwrap();
    assert_eq!(stage.run().await.held.unwrap().rejected, None);
    let no = decision(&stage, &held, Verdict::Rejected, "ada");
    history::decide(&stage.stores, "staff", &no).await.unwrap();
    stage.sync.limits.removals.count = Some(0);
    assert!(stage.run().await.held.unwrap().rejected.is_some());
}
