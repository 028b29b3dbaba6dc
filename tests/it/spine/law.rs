//! The law of the spine: whatever goes wrong in whichever run, once nothing goes wrong any more the lists become what
//! they would have become at once, nobody who should stay is lost on the way, and the history tells each run.

use std::{
    collections::BTreeSet,
    sync::atomic::{AtomicUsize, Ordering},
};

use proptest::{prelude::*, test_runner::RngSeed};
use rollcall::{
    model::list::ListRef,
    plan::value::Totals,
    run::{Finished, LEASE, RunError},
    summary::{Status, Summary},
};

use super::{
    hooks::{Trouble, troubled},
    stage::{Stage, away, group, mail},
};

/// Three clean runs are enough: one does the work, one may learn who is there, one finds nothing to do.
const CLEAN_RUNS: usize = 3;

#[derive(Debug, Clone)]
struct Case {
    two_way: bool,
    /// Whether there is somebody who is on both lists all the time. Without, a list may run empty on the way, and an
    /// empty list is no proof that anybody left: then more people may stay than without faults.
    anchored: bool,
    /// Who is on the mailing list and in the group when both first agree; `None` when they never did.
    agreed: Option<(String, String)>,
    /// Who is on them by now.
    mail: String,
    group: String,
    faults: Vec<Fault>,
}

/// What goes wrong in one run.
#[derive(Debug, Clone, Copy)]
enum Fault {
    None,
    Read(bool),
    Directory,
    Doubt(bool),
    ReadOnly(bool),
    Writes(bool, usize),
    Answers(bool, usize),
    Dies(bool, usize),
    /// After so many writes there is no room left.
    StoreIsFull(usize),
    TimeIsUp,
}

fn some_people() -> impl Strategy<Value = String> {
    let everybody = vec!["ada", "bob", "cyd", "dan", "eve"];
    prop::sample::subsequence(everybody, 0..=5).prop_map(|people| people.join(" "))
}

fn faults() -> impl Strategy<Value = Fault> {
    let side = any::<bool>;
    prop_oneof![
        Just(Fault::None),
        side().prop_map(Fault::Read),
        Just(Fault::Directory),
        side().prop_map(Fault::Doubt),
        side().prop_map(Fault::ReadOnly),
        (side(), 1..4usize).prop_map(|(side, count)| Fault::Writes(side, count)),
        (side(), 1..4usize).prop_map(|(side, count)| Fault::Answers(side, count)),
        (side(), 0..4usize).prop_map(|(side, count)| Fault::Dies(side, count)),
        (0..20usize).prop_map(Fault::StoreIsFull),
        Just(Fault::TimeIsUp),
    ]
}

fn cases() -> impl Strategy<Value = Case> {
    let agreed = prop::option::weighted(0.7, (some_people(), some_people()));
    let faults = prop::collection::vec(faults(), 1..4);
    let how = (any::<bool>(), prop::bool::weighted(0.8));
    (how, agreed, some_people(), some_people(), faults).prop_map(
        |((two_way, anchored), agreed, mail, group, faults)| {
            let people = |people: String| match anchored {
                true => format!("{people} pam"),
                false => people,
            };
            Case {
                two_way,
                anchored,
                agreed: agreed.map(|(mail, group)| (people(mail), people(group))),
                mail: people(mail),
                group: people(group),
                faults,
            }
        },
    )
}

impl Case {
    async fn stage(&self) -> Stage {
        let (mail_then, group_then) = self
            .agreed
            .as_ref()
            .map_or((&self.mail, &self.group), |(mail, group)| (mail, group));
        let stage = match self.two_way {
            true => Stage::two_way(mail_then, group_then),
            false => Stage::one_way(mail_then, group_then),
        };
        if self.agreed.is_some() {
            settle(&stage).await;
        }
        for (list, people) in [(mail(), &self.mail), (group(), &self.group)] {
            let there = stage.names(&list);
            stage.leaves(&list, &without(&there, people));
            stage.joins(&list, &without(people, &there));
        }
        stage
    }
}

fn without(people: &str, others: &str) -> String {
    let others: BTreeSet<&str> = others.split_whitespace().collect();
    let left = people
        .split_whitespace()
        .filter(|name| !others.contains(name));
    left.collect::<Vec<_>>().join(" ")
}

/// Clean runs until there is nothing to do, as far as a run can tell.
async fn settle(stage: &Stage) {
    for _ in 0..CLEAN_RUNS {
        if is_at_rest(&stage.run().await) {
            return;
        }
    }
    panic!("{CLEAN_RUNS} clean runs did not settle it");
}

/// Whether a run did nothing and had nothing to say, but that a list came back empty where somebody was before: that is
/// for a person to judge, and said until somebody has.
fn is_at_rest(summary: &Summary) -> bool {
    let Totals {
        add,
        update,
        remove,
        ..
    } = summary.planned;
    let mut next = summary.next.iter();
    match summary.status {
        Some(Status::Unchanged) => true,
        Some(Status::Partial) => {
            add + update + remove == 0 && next.all(|step| step.contains("came back empty"))
        }
        _ => false,
    }
}

/// One run with a fault; the fault is over afterwards. `None` when the run died.
async fn run_with(stage: &Stage, fault: Fault) -> (String, Option<Result<Finished, RunError>>) {
    let list = |is_source: bool| if is_source { mail() } else { group() };
    let world = &stage.world;
    let mut request = stage.request();
    let mut stores = stage.stores.clone();
    match fault {
        Fault::None => {}
        Fault::Read(side) => world.fail_read(&list(side), Some((1, away()))),
        Fault::Directory => world.fail_directory(&group(), Some(away())),
        Fault::Doubt(side) => world.doubt(&list(side), &["a page may be missing"]),
        Fault::ReadOnly(side) => world.set_read_only(&list(side), Some("locked")),
        Fault::Writes(side, count) => world.fail_writes(&list(side), count),
        Fault::Answers(side, count) => world.lose_answers(&list(side), count),
        Fault::Dies(side, count) => world.die_after(&list(side), count),
        Fault::StoreIsFull(after) => {
            let left = AtomicUsize::new(after);
            let count = |left: usize| left.checked_sub(1);
            stores = troubled(&stores, move |_| {
                match left.fetch_update(Ordering::Relaxed, Ordering::Relaxed, count) {
                    Ok(_) => Trouble::None,
                    Err(_) => Trouble::Full,
                }
            });
        }
        Fault::TimeIsUp => request.deadline = Some(stage.now()),
    }
    let ended = tokio::select! {
        ended = stage.run_through(world, &stores, &request) => Some(ended),
        () = world.until_dead() => None,
    };
    for list in [mail(), group()] {
        world.fail_read(&list, None);
        world.fail_directory(&list, None);
        world.doubt(&list, &[]);
        world.set_read_only(&list, None);
        world.fail_writes(&list, 0);
        world.lose_answers(&list, 0);
        world.die_after(&list, usize::MAX);
    }
    // Whatever was held is free by then.
    stage.wait(LEASE.as_secs() as i64);
    (request.run, ended)
}

/// Everybody who was there before and is there in the end was there all the time.
fn nobody_is_lost(stage: &Stage, list: &ListRef, before: &str, in_the_end: &str) {
    let stays = without(before, &without(before, in_the_end));
    let lost = without(&stays, &stage.names(list));
    assert_eq!(lost, "", "lost from {list}");
}

async fn check(case: &Case) {
    let oracle = case.stage().await;
    settle(&oracle).await;
    let in_the_end = (oracle.names(&mail()), oracle.names(&group()));

    let stage = case.stage().await;
    let mut told: Vec<(String, Option<Finished>)> = Vec::new();
    for fault in &case.faults {
        let before = (stage.names(&mail()), stage.names(&group()));
        let effects = stage.world.counters().effects;
        let (run, ended) = run_with(&stage, *fault).await;
        let effects = stage.world.counters().effects - effects;
        nobody_is_lost(&stage, &mail(), &before.0, &in_the_end.0);
        nobody_is_lost(&stage, &group(), &before.1, &in_the_end.1);
        match ended {
            None | Some(Err(RunError::NotRecorded { .. })) => told.push((run, None)),
            Some(Ok(finished)) => {
                let done = finished.summary.done;
                let confirmed = done.added + done.invited + done.updated + done.removed;
                let possible = confirmed..=confirmed + done.failed;
                assert!(
                    possible.contains(&effects),
                    "{effects} took effect: {done:?}"
                );
                told.push((run, Some(finished)));
            }
            Some(Err(RunError::Store(_))) => assert_eq!(effects, 0),
            Some(Err(error)) => panic!("{error}"),
        }
    }
    settle(&stage).await;
    let came_to = (stage.names(&mail()), stage.names(&group()));
    if case.anchored {
        assert_eq!(came_to, in_the_end);
    } else {
        assert_eq!(without(&in_the_end.0, &came_to.0), "", "{came_to:?}");
        assert_eq!(without(&in_the_end.1, &came_to.1), "", "{came_to:?}");
    }
    stage.is_settled_as(is_at_rest).await;

    let history = stage.history().await;
    for (run, finished) in told {
        let row = history.iter().find(|row| row.run == run);
        let row = row.unwrap_or_else(|| panic!("{run} is not in the history"));
        match finished {
            Some(finished) => assert_eq!(*row, finished.summary),
            None => assert_eq!(row.problem.as_ref().unwrap().code, "interrupted"),
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig {
        cases: ProptestConfig::default().cases / 4,
        rng_seed: RngSeed::Fixed(1),
        failure_persistence: None,
        ..ProptestConfig::default()
    })]

    #[test]
    fn whatever_goes_wrong_the_lists_converge(case in cases()) {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(check(&case));
    }
}
