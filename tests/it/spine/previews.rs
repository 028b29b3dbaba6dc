//! Previews: whatever goes wrong, nothing is written anywhere.

use rollcall::{
    model::list::GroupKind,
    plan::text,
    run::{Preview, RunError},
};

use super::{
    hooks::{Trouble, troubled},
    stage::{Stage, away, group, group_can, mail},
};

type GoWrong = fn(&mut Stage);

/// What can be wrong while somebody looks at a plan, and whether there is a plan then.
const WRONG: [(&str, GoWrong, bool); 11] = [
    ("nothing", |_| {}, true),
    ("page of the source", |stage| fails(stage, true), false),
    ("page of the target", |stage| fails(stage, false), false),
    (
        "directory",
        |stage| {
            stage.world.fail_directory(&group(), Some(away()));
        },
        false,
    ),
    (
        "doubts",
        |stage| stage.world.doubt(&mail(), &["a page is missing"]),
        true,
    ),
    (
        "read-only",
        |stage| stage.world.set_read_only(&group(), Some("dynamic")),
        true,
    ),
    ("writes", |stage| stage.world.fail_writes(&group(), 9), true),
    (
        "answers",
        |stage| stage.world.lose_answers(&group(), 9),
        true,
    ),
    (
        "limits",
        |stage| stage.sync.limits.removals.count = Some(0),
        true,
    ),
    (
        "absent",
        |stage| {
            stage.world.put_absent(&group(), group_can());
        },
        false,
    ),
    (
        "to be created",
        |stage| {
            stage.world.put_absent(&group(), group_can());
            stage.sync.target.create = Some(GroupKind::Microsoft365);
        },
        true,
    ),
];

fn fails(stage: &Stage, source: bool) {
    let list = if source { mail() } else { group() };
    stage.world.fail_read(&list, Some((1, away())));
}

#[tokio::test]
async fn a_preview_writes_nothing_whatever_goes_wrong() {
    for (name, go_wrong, has_plan) in WRONG {
        for after_a_run in [false, true] {
            let mut stage = Stage::two_way("ada bob cyd", "ada bob cyd");
            if after_a_run {
                stage.run().await;
            }
            stage.joins(&mail(), "dan joe@partner.example");
            stage.leaves(&mail(), "bob");
            go_wrong(&mut stage);
            let counters = stage.world.counters();
            let lists = (stage.names(&mail()), stage.names(&group()));
            // No storage takes anything; so whatever comes of it was made without writing.
            let full = troubled(&stage.stores, |_| Trouble::Full);
            let previews = [
                stage.preview_through(&full).await,
                stage.preview_through(&full).await,
            ];
            let after = stage.world.counters();
            assert_eq!(after.writers, counters.writers, "{name}");
            assert_eq!(after.effects, counters.effects, "{name}");
            assert_eq!(after.creations, counters.creations, "{name}");
            assert_eq!(lists, (stage.names(&mail()), stage.names(&group())));
            assert_eq!(stage.history().await.len(), usize::from(after_a_run));
            let [first, second] = previews.map(told);
            assert_eq!(first, second, "{name}");
            // A list that a run knew is not taken for one that is still to be created.
            let is_lost = after_a_run && name == "to be created";
            assert_eq!(first.is_ok(), has_plan && !is_lost, "{name}: {first:?}");
        }
    }
}

fn told(preview: Result<Preview, RunError>) -> Result<String, String> {
    preview
        .map(|preview| text::render(preview.review.approved.plan()))
        .map_err(|error| error.to_string())
}

#[tokio::test]
async fn a_preview_is_what_the_run_then_does() {
    let mut stage = Stage::two_way("ada bob cyd", "ada bob cyd");
    stage.run().await;
    stage.joins(&mail(), "dan");
    stage.leaves(&mail(), "bob");
    stage.sync.limits.removals.count = Some(0);
    let review = stage.preview().await.unwrap().review;
    let held = review.held.unwrap();
    let finished = stage.try_run(&stage.request()).await.unwrap();
    assert_eq!(finished.summary.held, Some(held));
    let planned = &finished.file.unwrap().plan;
    assert_eq!(text::render(review.approved.plan()), text::render(planned));
}
