//! Lists that an administrator changes: a run makes a package, and the next runs see what became of it.

mod people;
mod storage;

use std::collections::BTreeMap;

use rollcall::{
    connectors::memory::MemoryConnections,
    definition::{
        mapping::Rule,
        sync::{Direction, FirstRun},
    },
    hand_over::{Manifest, archive::unzip},
    history,
    model::{
        attributes::Value,
        capabilities::{Capabilities, HandOver, Updatable},
        list::Side,
        member::{Member, Standing},
    },
    plan::{
        change::Because,
        handed::{PackageNote, PackageState},
        limits::Limit,
        outcome::Outcome,
    },
    run::{Finished, LEASE, RunError},
    store::ports::Stores,
    summary::{Status, Summary},
};

use super::stage::{Stage, entry, group, group_can, mail, mail_can};

const PEOPLE: &str = "ada bob cyd dan eve fay gus hal ida jon kim lee mia ned oli pam";

/// The object id of somebody.
fn id(name: &str) -> String {
    let number = PEOPLE.split(' ').position(|known| known == name).unwrap();
    format!("00000000-0000-4000-8000-{number:012}")
}

fn person(name: &str) -> Member {
    Member {
        id: Some(id(name).into()),
        ..entry(name)
    }
}

fn handed_over() -> Capabilities {
    Capabilities {
        read_only: Some("Microsoft Graph cannot write a distribution list".to_owned()),
        hand_over: Some(HandOver::Exchange),
        ..group_can()
    }
}

/// A mailing list, and a group that rollcall may not write.
fn one_way(in_mail: &str, in_group: &str) -> Stage {
    let mut stage = Stage::without_lists();
    stage.world = MemoryConnections::new();
    let people = PEOPLE.split(' ').map(person).collect();
    stage.world.put_people("entra-id", people);
    stage.world.set_own_domains("entra-id", &["acme.example"]);
    let entries = in_mail.split_whitespace().map(entry).collect();
    stage.world.put_list(&mail(), mail_can(), entries);
    let members = in_group.split_whitespace().map(person).collect();
    stage.world.put_list(&group(), handed_over(), members);
    stage
}

fn two_way(in_mail: &str, in_group: &str) -> Stage {
    let mut stage = one_way(in_mail, in_group);
    stage.sync.direction = Direction::TwoWay;
    stage.sync.first_run = FirstRun::Union;
    stage
}

/// Runs, and holds that the group was left alone: no writer of it was opened and nobody came or went.
async fn run_through(stage: &Stage, stores: &Stores) -> Finished {
    let before = (stage.names(&group()), stage.world.counters().writers);
    let mail_before = stage.names(&mail());
    let request = stage.request();
    let finished = stage
        .run_through(&stage.world, stores, &request)
        .await
        .unwrap();
    super::stage::accounts_for_its_plan(&finished.summary);
    assert_eq!(stage.names(&group()), before.0, "the group was written");
    if stage.names(&mail()) == mail_before {
        assert_eq!(
            stage.world.counters().writers,
            before.1,
            "a writer was opened"
        );
    }
    finished
}

async fn run(stage: &Stage) -> Summary {
    run_through(stage, &stage.stores).await.summary
}

/// The package of a run, unpacked.
async fn package(stores: &Stores, run: &str) -> Option<BTreeMap<String, String>> {
    let zip = history::package(stores, "staff", run).await.unwrap()?;
    let files = unzip(&zip).unwrap().into_iter();
    Some(
        files
            .map(|file| (file.path, String::from_utf8(file.bytes).unwrap()))
            .collect(),
    )
}

/// Whom the package of a run adds (`+ada`) and removes (`-bob`), as its files for the admin centre say.
async fn changes_in(stores: &Stores, run: &str) -> String {
    let files = package(stores, run).await.expect("a package");
    let mut told = Vec::new();
    for (file, sign) in [("add-members.csv", '+'), ("remove-members.csv", '-')] {
        let text = files.get(file).map_or("", String::as_str);
        for line in text.lines().skip(1) {
            let name = PEOPLE.split(' ').find(|name| id(name) == line);
            told.push(format!("{sign}{}", name.unwrap()));
        }
    }
    told.join(" ")
}

/// An administrator applies a package: all of it, or what is about these people.
async fn apply(stage: &Stage, stores: &Stores, run: &str, only: Option<&str>) {
    let files = package(stores, run).await.expect("a package");
    let manifest: Manifest = serde_json::from_str(&files["summary.json"]).unwrap();
    assert!(manifest.group_id.starts_with("list-"), "{manifest:?}");
    for change in changes_in(stores, run).await.split(' ') {
        let (sign, name) = change.split_at(1);
        if only.is_some_and(|only| !only.split(' ').any(|one| one == name)) {
            continue;
        }
        match sign {
            "+" => stage
                .world
                .edit(&group(), |members| members.push(person(name))),
            _ => stage.leaves(&group(), name),
        }
    }
}

fn only_note(summary: &Summary) -> &PackageNote {
    let [note] = summary.packages.as_slice() else {
        panic!("{:?}", summary.packages);
    };
    note
}

fn told(summary: &Summary) -> (Option<Status>, PackageState, usize, usize) {
    let note = only_note(summary);
    (summary.status, note.state, note.done, note.open)
}

async fn packages_kept(stores: &Stores) -> usize {
    let names = stores.blobs.list("packages/").await.unwrap();
    names.iter().filter(|name| name.ends_with(".zip")).count()
}

/// Three runs: a package is made, nothing new, applied by hand and recognised. Over any storage.
pub(crate) async fn made_waiting_applied(stores: &Stores) {
    let stage = one_way("ada bob cyd", "cyd dan");
    let first = run_through(&stage, stores).await;
    let summary = &first.summary;
    assert_eq!(
        told(summary),
        (Some(Status::Packaged), PackageState::Made, 0, 3)
    );
    assert_eq!((summary.done.handed_over, summary.done.added), (3, 0));
    let outcome = Outcome::HandedOver {
        run: summary.run.clone(),
    };
    let outcomes = first.file.unwrap().outcomes.unwrap();
    assert_eq!(outcomes, vec![Some(outcome); 3]);
    assert_eq!(changes_in(stores, &summary.run).await, "+ada +bob -dan");
    assert_eq!(
        summary.next,
        [format!(
            "`entra-id:staff`: let an administrator apply the package of run {0}; \
             `rollcall hand-over {0} --to DIR` unpacks it",
            summary.run
        )]
    );

    for _ in 0..2 {
        let second = run_through(&stage, stores).await;
        assert_eq!(
            told(&second.summary),
            (Some(Status::Packaged), PackageState::Waiting, 0, 3)
        );
        assert_eq!(only_note(&second.summary).run, summary.run);
        assert_eq!(second.summary.done.handed_over, 0);
        assert_eq!(packages_kept(stores).await, 1);
        let plan = second.file.unwrap().plan;
        assert_eq!((plan.changes.len(), plan.in_packages()), (0, 3));
    }

    apply(&stage, stores, &summary.run, None).await;
    assert_eq!(stage.names(&group()), "ada bob cyd");
    let third = run_through(&stage, stores).await.summary;
    assert_eq!(
        told(&third),
        (Some(Status::Unchanged), PackageState::Applied, 3, 0)
    );
    // Seen once, and not told again.
    let fourth = run_through(&stage, stores).await.summary;
    assert_eq!(
        (fourth.status, fourth.packages.len()),
        (Some(Status::Unchanged), 0)
    );
    assert_eq!(packages_kept(stores).await, 1);
}

#[tokio::test]
async fn a_package_is_made_once_and_recognised_when_it_was_applied() {
    let stage = one_way("", "");
    made_waiting_applied(&stage.stores).await;
}

#[tokio::test]
async fn a_package_applied_in_part_waits_with_the_rest() {
    let stage = one_way("ada bob cyd", "cyd dan");
    let made = run(&stage).await;
    apply(&stage, &stage.stores, &made.run, Some("ada dan")).await;
    for _ in 0..2 {
        let summary = run(&stage).await;
        assert_eq!(
            told(&summary),
            (Some(Status::Packaged), PackageState::PartlyApplied, 2, 1)
        );
        assert_eq!(packages_kept(&stage.stores).await, 1);
    }
    apply(&stage, &stage.stores, &made.run, Some("bob")).await;
    let summary = run(&stage).await;
    assert_eq!(told(&summary).1, PackageState::Applied);
    stage.is_settled().await;
}

#[tokio::test]
async fn a_package_that_would_do_what_is_not_wanted_any_more_is_replaced() {
    let stage = one_way("ada bob cyd", "cyd dan");
    let made = run(&stage).await;
    stage.leaves(&mail(), "bob");
    stage.joins(&mail(), "eve");
    let second = run(&stage).await;
    let note = only_note(&second);
    assert_eq!(note.state, PackageState::Made);
    assert_eq!(note.replaces.as_deref(), Some(made.run.as_str()));
    assert_eq!(
        changes_in(&stage.stores, &second.run).await,
        "+ada +eve -dan"
    );
    let readme = &package(&stage.stores, &second.run).await.unwrap()["README.md"];
    assert!(
        readme.contains(&format!(
            "It replaces the package of run `{}`: do not apply that one any more.",
            made.run
        )),
        "{readme}"
    );
    apply(&stage, &stage.stores, &second.run, None).await;
    assert_eq!(told(&run(&stage).await).1, PackageState::Applied);
    stage.holds("ada cyd eve", "ada cyd eve");
    stage.is_settled().await;
}

#[tokio::test]
async fn a_package_of_which_nothing_is_wanted_is_closed_without_another() {
    let stage = one_way("ada bob", "bob");
    let made = run(&stage).await;
    assert_eq!(changes_in(&stage.stores, &made.run).await, "+ada");
    stage.leaves(&mail(), "ada");
    let summary = run(&stage).await;
    assert_eq!(
        told(&summary),
        (Some(Status::Unchanged), PackageState::Superseded, 0, 1)
    );
    assert_eq!(
        summary.next,
        [format!(
            "do not apply the package of run {} for `entra-id:staff`: it is superseded",
            made.run
        )]
    );
    stage.is_settled().await;
    // It stays closed, also when the same is wanted again.
    stage.joins(&mail(), "ada");
    let summary = run(&stage).await;
    assert_eq!(told(&summary).1, PackageState::Made);
    assert_eq!(only_note(&summary).replaces, None);
}

#[tokio::test]
async fn more_of_the_same_makes_one_package_of_all() {
    let stage = one_way("ada bob", "bob");
    let made = run(&stage).await;
    stage.joins(&mail(), "cyd");
    let summary = run(&stage).await;
    assert_eq!(
        summary.done.handed_over, 1,
        "the rest was handed over before"
    );
    assert_eq!(changes_in(&stage.stores, &summary.run).await, "+ada +cyd");
    assert_eq!(
        only_note(&summary).replaces.as_deref(),
        Some(made.run.as_str())
    );
    let again = run(&stage).await;
    assert_eq!(told(&again).1, PackageState::Waiting);
    assert_eq!(only_note(&again).run, summary.run);
}

#[tokio::test]
async fn a_package_that_nobody_applied_for_weeks_is_made_anew() {
    let stage = one_way("ada bob", "bob");
    let made = run(&stage).await;
    stage.wait(13 * 24 * 60 * 60);
    assert_eq!(told(&run(&stage).await).1, PackageState::Waiting);
    stage.wait(24 * 60 * 60);
    let summary = run(&stage).await;
    let note = only_note(&summary);
    assert_eq!(note.state, PackageState::Made);
    assert_eq!(note.replaces.as_deref(), Some(made.run.as_str()));
}

#[tokio::test]
async fn limits_hold_before_and_an_approval_holds_after() {
    let mut stage = one_way("ada bob", "ada bob cyd dan eve");
    stage.sync.limits.removals = Limit {
        count: Some(2),
        percent: None,
    };
    let held = run(&stage).await;
    assert_eq!(held.status, Some(Status::Held));
    assert_eq!(
        (held.packages.len(), packages_kept(&stage.stores).await),
        (0, 0)
    );
    let digest = held.held.unwrap().digest;

    let approved = stage.run_as(&stage.approved(digest.as_str())).await;
    assert_eq!(told(&approved).1, PackageState::Made);
    assert_eq!(
        changes_in(&stage.stores, &approved.run).await,
        "-cyd -dan -eve"
    );
    // What was approved and handed over is not asked for again.
    let waiting = run(&stage).await;
    assert_eq!(
        told(&waiting),
        (Some(Status::Packaged), PackageState::Waiting, 0, 3)
    );
    // Nor when somebody joins meanwhile.
    stage.joins(&mail(), "fay");
    let more = run(&stage).await;
    assert_eq!(more.status, Some(Status::Packaged), "{more:?}");
    assert_eq!(
        changes_in(&stage.stores, &more.run).await,
        "+fay -cyd -dan -eve"
    );
    // But when it is not the same any more, it is.
    stage.joins(&mail(), "cyd");
    stage.leaves(&mail(), "ada");
    let other = run(&stage).await;
    assert_eq!(other.status, Some(Status::Held), "{other:?}");
    assert_eq!(
        only_note(&other).replaces.as_deref(),
        Some(more.run.as_str())
    );
    assert_eq!(
        changes_in(&stage.stores, &other.run).await,
        "+fay",
        "the removals wait for an approval of their own"
    );
}

#[tokio::test]
async fn the_list_that_can_be_written_is_written_beside_a_package() {
    let stage = two_way("ada bob", "bob cyd");
    let first = run(&stage).await;
    stage.holds("ada bob cyd", "bob cyd");
    assert_eq!(
        told(&first),
        (Some(Status::Packaged), PackageState::Made, 0, 1)
    );
    assert_eq!((first.done.added, first.done.handed_over), (1, 1));

    // Ada is on one list only, and nobody takes her for a leaver while her place waits.
    for _ in 0..2 {
        assert_eq!(told(&run(&stage).await).1, PackageState::Waiting);
        stage.holds("ada bob cyd", "bob cyd");
    }
    apply(&stage, &stage.stores, &first.run, None).await;
    assert_eq!(told(&run(&stage).await).1, PackageState::Applied);
    stage.is_settled().await;
    stage.holds("ada bob cyd", "ada bob cyd");

    // Who leaves the mailing list stays in the group until somebody applies it, and is not put back on the list.
    stage.leaves(&mail(), "bob");
    let removal = run(&stage).await;
    assert_eq!(changes_in(&stage.stores, &removal.run).await, "-bob");
    run(&stage).await;
    stage.holds("ada cyd", "ada bob cyd");
    apply(&stage, &stage.stores, &removal.run, None).await;
    assert_eq!(told(&run(&stage).await).1, PackageState::Applied);
    stage.holds("ada cyd", "ada cyd");
    stage.is_settled().await;
}

#[tokio::test]
async fn a_preview_looks_and_keeps_nothing() {
    let stage = one_way("ada bob", "bob");
    let preview = stage.preview().await.unwrap();
    assert_eq!(preview.review.approved.changes().count(), 1);
    assert_eq!(packages_kept(&stage.stores).await, 0);
    let made = run(&stage).await;
    let preview = stage.preview().await.unwrap();
    let plan = preview.review.approved.plan();
    assert!(plan.is_empty());
    assert!(matches!(
        plan.withheld[0].because,
        Because::HandedOver { .. }
    ));
    let note = plan.handed.target.as_ref().unwrap().package.as_ref();
    assert_eq!(
        note.map(|note| (&note.run, note.state)),
        Some((&made.run, PackageState::Waiting))
    );
    apply(&stage, &stage.stores, &made.run, None).await;
    for _ in 0..2 {
        let preview = stage.preview().await.unwrap();
        let handed = preview.review.approved.plan().handed.target.clone();
        let note = handed.unwrap().package.unwrap();
        assert_eq!(note.state, PackageState::Applied, "looking closes nothing");
    }
}
