//! What is kept of old runs is forgotten, the oldest first and a little at a time; what somebody still needs stays.

use jiff::{SignedDuration, Timestamp};
use rollcall::{
    definition::sync::Sync,
    history::{self, DECISION_VERSION, Decision, NotUndoable, RunFile, Verdict},
    model::{
        address::Address,
        capabilities::{AddsBy, Capabilities},
        list::{ListRef, Sides},
        member::Member,
        reading::Reading,
    },
    plan::{outcome::Outcome, review::review},
    reconcile::reconcile,
    store::{embedded, ports::Stores},
    summary::{Status, Summary},
};

const KEEP: SignedDuration = SignedDuration::from_hours(90 * 24);

fn now() -> Timestamp {
    "2026-11-20T06:00:00Z".parse().unwrap()
}

fn days_ago(days: i64) -> Timestamp {
    now() - SignedDuration::from_hours(days * 24)
}

fn reading(connection: &str, people: &[&str]) -> Reading {
    let list = ListRef {
        connection: connection.to_owned(),
        list: "staff".to_owned(),
    };
    let members = people
        .iter()
        .map(|name| Address::parse(&format!("{name}@acme.example")).unwrap());
    let members = members.map(Member::with_address).collect();
    Reading::whole(list, members, Capabilities::new(AddsBy::Address, 10))
}

/// How a run ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum End {
    Done,
    Held,
    Never,
}

/// A run of so many days ago with everything that is kept of it. Gives its id.
async fn run(stores: &Stores, sync: &str, days: i64, id: &str, end: End) -> String {
    restoring(stores, sync, days, id, end, None).await
}

async fn restoring(
    stores: &Stores,
    sync: &str,
    days: i64,
    id: &str,
    end: End,
    undone: Option<&str>,
) -> String {
    let started = days_ago(days);
    let run = match id {
        "" => format!("{}-{sync}", started.strftime("%Y%m%dT%H%M%S")),
        id => id.to_owned(),
    };
    let (source, target) = (reading("hr", &["ada"]), reading("mail", &["bob"]));
    let mut definition = Sync::between(sync, "hr", "mail");
    definition.limits.removals.count = Some(0);
    definition.limits.only_above = 0;
    let plan = reconcile(&definition, &source, &target, None, started);
    let lists = plan.lists.clone();
    let begun = Summary::begun(&run, sync, lists, "schedule", started).restoring(undone);
    history::begin(stores, &begun).await.unwrap();
    let outcomes = vec![Some(Outcome::Applied); plan.changes.len()];
    let file = RunFile {
        plan: plan.clone(),
        outcomes: Some(outcomes.clone()),
    };
    history::keep_run_file(stores, sync, &run, &file)
        .await
        .unwrap();
    let readings = Sides {
        source: &source,
        target: &target,
    };
    history::keep_snapshot(stores, sync, &run, readings)
        .await
        .unwrap();
    let held = review(plan.clone(), &definition.limits, None, started).held;
    let summary = match end {
        End::Never => return run,
        End::Done => begun.ended(&plan, None, &outcomes, started),
        End::Held => begun.ended(&plan, held, &[None, None], started),
    };
    history::end(stores, &summary).await.unwrap();
    run
}

/// The runs whose files are kept, and nothing of the others.
async fn kept(stores: &Stores) -> Vec<String> {
    let blobs = stores.blobs.list("").await.unwrap();
    let of = |folder: &str| -> Vec<String> {
        let names = blobs.iter().filter_map(|name| name.strip_prefix(folder));
        let names = names.map(|name| name.split('/').nth(1).unwrap().trim_end_matches(".json"));
        let mut names: Vec<String> = names.map(str::to_owned).collect();
        names.sort();
        names
    };
    assert_eq!(of("runs/"), of("snapshots/"), "half of a run was forgotten");
    of("runs/")
}

/// Sweeps until nothing is left to be done today; gives how many steps that took.
async fn sweep_all(stores: &Stores, most: usize, at: Timestamp) -> usize {
    for step in 1..200 {
        let swept = history::sweep(stores, KEEP, at, most).await.unwrap();
        assert!(swept.runs <= most);
        if swept.is_over {
            return step;
        }
    }
    panic!("it has no end");
}

/// Over any store.
pub(crate) async fn old_runs_are_forgotten(stores: &Stores) {
    let mut young = Vec::new();
    for days in [1, 30, 89] {
        young.push(run(stores, "sales", days, "", End::Done).await);
    }
    // Asked for with a key: its id tells no time.
    young.push(run(stores, "sales", 3, "key-abc", End::Done).await);
    let mut old = Vec::new();
    for days in [91, 120, 400] {
        old.push(run(stores, "sales", days, "", End::Done).await);
    }
    old.push(run(stores, "routed/Größe Ost", 100, "key-abd", End::Done).await);
    let package = format!("packages/sales/{}/package.zip", old[0]);
    stores.blobs.put(&package, b"zip".to_vec()).await.unwrap();
    let other = format!("packages/sales/{}/package.zip", young[0]);
    stores.blobs.put(&other, b"zip".to_vec()).await.unwrap();

    // One at a time, the oldest first.
    history::sweep(stores, KEEP, now(), 1).await.unwrap();
    let left = kept(stores).await;
    assert!(!left.contains(&old[2]), "{left:?}");
    assert_eq!(left.len(), 7);
    assert_eq!(sweep_all(stores, 1, now()).await, 3);
    young.sort();
    assert_eq!(kept(stores).await, young);
    let packages = stores.blobs.list("packages/").await.unwrap();
    assert_eq!(packages, [other]);

    // The history stays, and says why such a run is not undone.
    for run in &old {
        let summary = history::find(stores, run).await.unwrap().unwrap();
        assert_eq!(summary.status, Some(Status::Succeeded));
        let refused = history::undoable(stores, run, Some(now())).await.unwrap();
        let refused = refused.unwrap_err();
        assert!(matches!(refused, NotUndoable::Gone { .. }), "{refused:?}");
        assert!(refused.to_string().contains("`ROLLCALL_KEEP_DAYS`"));
    }
    let fine = history::undoable(stores, &young[0], Some(now())).await;
    assert!(fine.unwrap().is_ok());

    // Nothing more today; tomorrow another one is old enough.
    let again = history::sweep(stores, KEEP, now(), 10).await.unwrap();
    assert_eq!((again.runs, again.is_over), (0, true));
    let tomorrow = days_ago(-2);
    sweep_all(stores, 10, tomorrow).await;
    assert_eq!(kept(stores).await.len(), young.len() - 1);
}

fn stores() -> (Stores, tempfile::TempDir) {
    let folder = tempfile::tempdir().unwrap();
    (embedded::open(folder.path()).unwrap(), folder)
}

#[tokio::test]
async fn old_runs_are_forgotten_by_the_embedded_store() {
    let (stores, _folder) = stores();
    old_runs_are_forgotten(&stores).await;
}

#[tokio::test]
async fn what_somebody_may_still_need_stays() {
    let (stores, _folder) = stores();
    let dead = run(&stores, "dead", 100, "", End::Never).await;
    let held = run(&stores, "held", 100, "", End::Held).await;
    let decided = run(&stores, "decided", 100, "", End::Held).await;
    let superseded = run(&stores, "superseded", 110, "", End::Held).await;
    let newer = run(&stores, "superseded", 100, "", End::Held).await;
    let undone = run(&stores, "undone", 100, "", End::Done).await;
    let restore = restoring(&stores, "undone", 1, "", End::Held, Some(&undone)).await;
    let in_part = run(&stores, "in-part", 100, "", End::Done).await;
    let partly = restoring(&stores, "in-part", 1, "", End::Done, Some(&in_part)).await;
    let decision = Decision {
        version: DECISION_VERSION,
        run: decided.clone(),
        verdict: Verdict::Rejected,
        digest: "0".repeat(64),
        by: "ada".to_owned(),
        reason: None,
        at: now(),
    };
    history::decide(&stores, "decided", &decision)
        .await
        .unwrap();
    sweep_all(&stores, 100, now()).await;
    let mut expected = vec![dead, held, newer, undone, restore, in_part, partly];
    expected.sort();
    let kept = kept(&stores).await;
    assert_eq!(kept, expected);
    assert!(!kept.contains(&superseded));
}

#[tokio::test]
async fn a_step_is_small_and_the_next_one_goes_on() {
    let (stores, _folder) = stores();
    // Many more than a step looks at, all of one day.
    for number in 0..1_300 {
        let id = format!("20260101T{:06}-s", number);
        let begun = days_ago(323);
        let lists = reconcile(
            &Sync::between("s", "hr", "mail"),
            &reading("hr", &[]),
            &reading("mail", &[]),
            None,
            begun,
        )
        .lists;
        let summary = Summary::begun(&id, "s", lists, "schedule", begun);
        history::begin(&stores, &summary).await.unwrap();
    }
    let last = run(&stores, "s", 300, "", End::Done).await;
    let first = history::sweep(&stores, KEEP, now(), 100).await.unwrap();
    assert!(!first.is_over && first.runs == 0);
    assert_eq!(kept(&stores).await, [last]);
    let steps = sweep_all(&stores, 100, now()).await;
    assert!(steps <= 2, "{steps}");
    assert!(kept(&stores).await.is_empty());
}

#[tokio::test]
async fn two_at_the_same_time_do_no_harm() {
    let (stores, _folder) = stores();
    for days in 91..111 {
        run(&stores, "sales", days, "", End::Done).await;
    }
    let young = run(&stores, "sales", 5, "", End::Done).await;
    for _ in 0..10 {
        let (one, other) = tokio::join!(
            history::sweep(&stores, KEEP, now(), 3),
            history::sweep(&stores, KEEP, now(), 3),
        );
        one.unwrap();
        other.unwrap();
    }
    assert_eq!(kept(&stores).await, [young]);
}
