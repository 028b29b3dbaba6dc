//! One person forgotten between runs: nothing of what is stored names them afterwards, nobody leaves a list for it, and
//! nobody who opted out comes back.

mod interrupted;
mod undone;

use std::collections::BTreeMap;

use rollcall::{
    agenda::{self, ListKey, Paused},
    forget::{self, Erased, Kind, NotForgotten, Stored, Wish, Work},
    history::{self, DECISION_VERSION, Decision, Verdict},
    model::{
        address::Address,
        attributes::Value,
        member::{Member, Standing},
        phone::PhoneNumber,
    },
    run::LEASE,
    store::{
        partition::whole_partition,
        ports::{Stores, Table},
    },
    summary::Status,
};

use super::stage::{Stage, entry, group, mail};

const ADA: &str = "ada@acme.example";

/// What would name Ada, in lower case.
const TRACES: [&str; 5] = [
    "ada@acme.example",
    "countess@old.example",
    "lovelace",
    "491570006",
    "0491 570 006",
];

/// Ada as the mailing list has her.
fn ada() -> Member {
    let mut ada = entry("ada");
    ada.addresses
        .push(Address::parse("countess@old.example").unwrap());
    ada.phones
        .push(PhoneNumber::parse("+61491570006", None).unwrap());
    let name = Value::Text("Ada Lovelace".to_owned());
    ada.attributes.insert("displayName".to_owned(), name);
    ada
}

fn reports_to_ada(member: &mut Member) {
    let manager = Value::Text("Ada@ACME.example".to_owned());
    member.attributes.insert("manager".to_owned(), manager);
}

impl Stage {
    async fn stored(&self, who: &str) -> Stored {
        forget::look(&self.stores, who).await.unwrap()
    }

    async fn erase_through(&self, stores: &Stores, who: &str) -> Result<Erased, NotForgotten> {
        let now = || self.now();
        let work = Work {
            stores,
            now: &now,
            lease: LEASE,
        };
        let wish = Wish {
            who: who.to_owned(),
            by: "grace".to_owned(),
            reason: "Ada@acme.example asked for it".to_owned(),
            holder: "an erasure".to_owned(),
        };
        forget::erase(work, &wish).await
    }

    async fn erase(&self, who: &str) -> Erased {
        self.erase_through(&self.stores, who).await.unwrap()
    }
}

fn kinds(stored: &Stored) -> Vec<Kind> {
    stored.items.iter().map(|item| item.kind).collect()
}

/// Everything that is stored, by its place.
async fn dump(stores: &Stores) -> BTreeMap<String, String> {
    let mut all = BTreeMap::new();
    let syncs = history::partitions(stores).await.unwrap();
    let mut partitions: Vec<String> = syncs.keys().cloned().collect();
    partitions.extend(syncs.keys().map(|sync| history::lifts_beside(sync)));
    let fixed = "runs decisions queued all lease loads syncs connections ~forgotten ~kept calls:hr";
    partitions.extend(fixed.split(' ').map(str::to_owned));
    partitions.extend(agenda::State::ALL.map(|state| format!("state:{}", state.name())));
    for table in Table::ALL {
        for partition in &partitions {
            for record in whole_partition(stores, table, partition).await.unwrap() {
                let place = format!("{table:?}/{partition}/{}", record.row);
                all.insert(place, record.value);
            }
        }
    }
    for name in stores.blobs.list("").await.unwrap() {
        let bytes = stores.blobs.get(&name).await.unwrap().unwrap();
        all.insert(name, String::from_utf8_lossy(&bytes).into_owned());
    }
    all
}

/// Where Ada is named.
async fn traces(stores: &Stores) -> Vec<String> {
    let all = dump(stores).await.into_iter();
    let named = all.filter(|(place, value)| {
        let text = format!("{place} {value}").to_lowercase();
        TRACES.iter().any(|trace| text.contains(trace))
    });
    named.map(|(place, _)| place).collect()
}

/// The baselines that are in force.
async fn baselines(stores: &Stores) -> Vec<String> {
    let mut all = stores.blobs.list("baselines/").await.unwrap();
    all.retain(|name| !name.ends_with("0.json"));
    all
}

fn left(erased: &Erased) -> Vec<Kind> {
    erased.left.iter().map(|item| item.kind).collect()
}

async fn put(stores: &Stores, name: &str, text: &str) {
    stores
        .blobs
        .put(name, text.as_bytes().to_vec())
        .await
        .unwrap();
}

/// Some runs with Ada in them, in everything that they and others leave. She is on both lists at the end.
async fn story(stage: &Stage) {
    stage.world.edit(&mail(), |members| {
        members.push(ada());
        members.iter_mut().take(1).for_each(reports_to_ada);
    });
    // She is not added at the first time, and the summary names her.
    stage.world.refuse(&group(), ADA, "not-a-person");
    let refused = stage.run().await;
    assert_eq!(refused.first_failures[0].member, ADA);
    stage.joins(&group(), "ada");
    stage.run().await;
    stage.leaves(&mail(), "cyd");
    let last = stage.run().await;
    assert_eq!(last.done.removed, 1);

    let stores = &stage.stores;
    let decision = Decision {
        version: DECISION_VERSION,
        run: last.run.clone(),
        verdict: Verdict::Rejected,
        digest: "0".repeat(64),
        by: "grace".to_owned(),
        reason: Some("ada@acme.example has to stay".to_owned()),
        at: stage.now(),
    };
    history::decide(stores, "staff", &decision).await.unwrap();
    let paused = Paused {
        reason: "ADA@acme.example complained".to_owned(),
        by: "grace".to_owned(),
        since: stage.now(),
        until: Some(stage.now()),
    };
    let key = ListKey::of("staff");
    let changed = agenda::change(stores, &key, stage.now(), |entry| {
        entry.paused = Some(paused.clone());
    });
    changed.await.unwrap();
    // What crashes, HR systems and packages leave.
    for name in stores.blobs.list("baselines/").await.unwrap() {
        let bytes = stores.blobs.get(&name).await.unwrap().unwrap();
        let left_over = name.replace(".json", "0.json");
        stores.blobs.put(&left_over, bytes).await.unwrap();
    }
    put(stores, "deliveries/hr/1-1", "mail\ncountess@old.example\n").await;
    put(stores, "deliveries/hr/2-2", "mail\nbob@acme.example\n").await;
    put(stores, "feeds/hr/1-1", "name,phone\nAda,0491 570 006\n").await;
    let package = format!("packages/staff/{}", last.run);
    put(
        stores,
        &format!("{package}/summary.json"),
        r#"{"member":"ada@acme.example"}"#,
    )
    .await;
    put(stores, &format!("{package}/package.zip"), "lovelace").await;
}

fn people() -> Stage {
    Stage::two_way("bob cyd dan", "bob cyd dan")
}

/// Over any store.
pub(crate) async fn nothing_names_them_afterwards(stores: &Stores) {
    let mut stage = people();
    stage.stores = stores.clone();
    story(&stage).await;
    let named = traces(stores).await;
    assert!(named.len() >= 12, "{named:#?}");
    let before = dump(stores).await;
    let stored = stage.stored("Countess@OLD.example").await;
    assert_eq!(dump(stores).await, before, "looking changes nothing");
    use Kind::{Baselines, Deliveries, LeftOvers, Packages, Plans, Remarks, Snapshots, Summaries};
    let expected = [
        Baselines, LeftOvers, Plans, Snapshots, Summaries, Packages, Remarks, Deliveries,
    ];
    assert_eq!(kinds(&stored), expected);
    assert_eq!(stored.known_as.addresses, [ADA, "countess@old.example"]);
    assert_eq!(stored.known_as.phones, ["+61491570006"]);
    let on: Vec<&str> = stored.still_on.iter().map(|on| on.list.as_str()).collect();
    assert_eq!(on, ["entra-id:staff", "mail:staff"]);

    let erased = stage.erase(ADA).await;
    assert!(erased.is_done(), "{erased:#?}");
    assert_eq!(left(&erased), [Baselines]);
    assert_eq!(erased.found.items, stored.items);
    assert!(erased.records >= 3 && erased.blobs >= 8, "{erased:#?}");
    // What both lists agreed on stays byte for byte.
    let after = dump(stores).await;
    let agreed = baselines(stores).await;
    assert_eq!(traces(stores).await, agreed);
    for name in &agreed {
        assert_eq!(after[name], before[name], "{name}");
    }
    // Others are named as before, and every run has its numbers.
    for name in ["bob@acme.example", "cyd@acme.example", "dan@acme.example"] {
        let named = |all: &BTreeMap<String, String>| {
            let texts = all.iter().filter(|(place, _)| !place.ends_with("0.json"));
            texts
                .map(|(_, text)| text.matches(name).count())
                .sum::<usize>()
        };
        assert_eq!(named(&after), named(&before), "{name}");
    }
    assert!(after.contains_key("deliveries/hr/2-2"));
    stage.history().await;
    let record = after
        .iter()
        .find(|(place, _)| place.contains("~forgotten"))
        .unwrap();
    for told in [
        "\"by\":\"grace\"",
        "(forgotten) asked for it",
        "\"finished\":",
    ] {
        assert!(record.1.contains(told), "{record:?}");
    }
    let again = stage.erase(ADA).await;
    assert_eq!((again.records, again.blobs), (0, 0));
    assert_eq!(left(&again), [Baselines]);

    // Nobody leaves for it.
    for _ in 0..2 {
        let next = stage.run().await;
        assert_eq!(next.status, Some(Status::Unchanged), "{next:#?}");
        stage.holds("ada bob dan", "ada bob dan");
    }
    // Off both lists she is forgotten for good.
    stage.leaves(&mail(), "ada");
    stage.leaves(&group(), "ada");
    stage.run().await;
    stage.erase(ADA).await;
    for _ in 0..2 {
        stage.run().await;
        stage.holds("bob dan", "bob dan");
    }
    assert!(stage.stored(ADA).await.items.is_empty());
    assert_eq!(traces(stores).await, Vec::<String>::new());
}

#[tokio::test]
async fn nothing_that_is_stored_names_them_afterwards() {
    let stage = people();
    nothing_names_them_afterwards(&stage.stores).await;
}

#[tokio::test]
async fn an_opt_out_outlives_the_erasure() {
    let mut stage = people();
    stage.sync.direction = rollcall::definition::sync::Direction::OneWay;
    stage.world.edit(&mail(), |members| members.push(ada()));
    stage.joins(&group(), "ada");
    stage.world.edit(&group(), |members| {
        let ada = members.iter_mut().find(|member| member.label() == ADA);
        ada.unwrap().standing = Standing::OptedOut;
    });
    stage.run().await;
    stage.leaves(&group(), "ada");
    stage.run().await;
    stage.holds("ada bob cyd dan", "bob cyd dan");
    let erased = stage.erase(ADA).await;
    assert!(erased.is_done(), "{erased:#?}");
    assert_eq!(left(&erased), [Kind::Baselines, Kind::OptOuts]);
    // It says that she is on the one list, and by what she must not be written to, and is all that is left.
    let named = traces(&stage.stores).await;
    assert!(
        named.len() == 1 && named[0].starts_with("baselines/"),
        "{named:?}"
    );
    for _ in 0..2 {
        stage.run().await;
        stage.holds("ada bob cyd dan", "bob cyd dan");
    }
}

/// What becomes of both lists, and what is held or withheld, over the next runs.
async fn what_follows(stage: &Stage) -> Vec<String> {
    let mut told = Vec::new();
    for _ in 0..3 {
        let run = stage.run().await;
        let (planned, done) = (&run.planned, &run.done);
        told.push(format!(
            "{:?} {planned:?} {done:?} [{}] [{}]",
            run.status,
            stage.names(&mail()),
            stage.names(&group())
        ));
        stage.wait(3600);
    }
    told
}

/// Ada has left one list, and the run that is to take her off the other one is still to come, or could not yet.
#[tokio::test]
async fn no_run_does_anything_else_for_an_erasure() {
    type Happens = fn(&mut Stage);
    let happens: [(&str, Happens); 4] = [
        ("she left the list", |stage| stage.leaves(&mail(), "ada")),
        ("she left the group", |stage| stage.leaves(&group(), "ada")),
        ("her removal waits for approval", |stage| {
            stage.sync.limits.removals.count = Some(0);
            stage.leaves(&mail(), "ada");
        }),
        ("nothing", |_| {}),
    ];
    for (what, happens) in happens {
        let mut followed = Vec::new();
        for is_erased in [false, true] {
            let mut stage = people();
            story(&stage).await;
            happens(&mut stage);
            if what.ends_with("approval") {
                let held = stage.run().await;
                assert_eq!(
                    (held.done.removed, held.held.is_some()),
                    (0, true),
                    "{held:#?}"
                );
            }
            if is_erased {
                assert!(stage.erase(ADA).await.is_done(), "{what}");
            }
            followed.push(what_follows(&stage).await);
        }
        assert_eq!(followed[0], followed[1], "{what}");
    }
}

#[tokio::test]
async fn who_was_just_taken_off_is_not_put_back_for_being_forgotten() {
    let stage = people();
    stage.world.set_settles_in(&group(), 60);
    stage.joins(&mail(), "ada");
    stage.run().await;
    stage.wait(2 * 3600);
    stage.leaves(&mail(), "ada");
    let shown = stage.world.members(&group());
    stage.run().await;
    stage.holds("bob cyd dan", "bob cyd dan");
    // The group still shows her.
    stage.world.show(&group(), Some(shown));
    let erased = stage.erase(ADA).await;
    assert_eq!(left(&erased), [Kind::Baselines]);
    stage.wait(60);
    stage.run().await;
    assert_eq!(stage.names(&mail()), "bob cyd dan");
    stage.world.show(&group(), None);
    stage.wait(15 * 24 * 3600);
    stage.run().await;
    stage.erase(ADA).await;
    assert_eq!(traces(&stage.stores).await, Vec::<String>::new());
    stage.run().await;
    stage.holds("bob cyd dan", "bob cyd dan");
}

#[tokio::test]
async fn what_an_hr_system_sent_last_stays_its_list() {
    let stage = people();
    let stores = &stage.stores;
    let pointer = r#"{"version":1,"receipt":"2-2","sent":"2026-01-01T00:00:00Z","received":"2026-01-01T00:00:00Z"}"#;
    let records = &stores.records;
    records
        .insert(Table::Deliveries, "loads", "hr", pointer)
        .await
        .unwrap();
    put(stores, "feeds/hr/2-2", "mail\nada@acme.example\n").await;
    put(stores, "feeds/hr/1-1", "mail\nada@acme.example\n").await;
    let erased = stage.erase(ADA).await;
    assert!(erased.is_done());
    assert_eq!(left(&erased), [Kind::Loads]);
    assert_eq!(stores.blobs.list("feeds/").await.unwrap(), ["feeds/hr/2-2"]);
}

#[tokio::test]
async fn what_cannot_be_read_is_told_and_keeps_nothing_else() {
    let stage = people();
    story(&stage).await;
    put(
        &stage.stores,
        "runs/staff/broken.json",
        r#"{"plan":"ada@acme.example"}"#,
    )
    .await;
    let newer = r#"{"version":99,"members":["ada@acme.example"]}"#;
    put(&stage.stores, "snapshots/staff/newer.json", newer).await;
    let erased = stage.erase(ADA).await;
    assert!(!erased.is_done());
    assert_eq!(left(&erased), [Kind::Baselines]);
    let told = &erased.found.unreadable;
    assert!(
        told.len() == 2 && told[1].contains("a newer rollcall wrote it"),
        "{told:?}"
    );
    let mut named = traces(&stage.stores).await;
    named.retain(|place| !place.starts_with("baselines/"));
    assert_eq!(
        named,
        ["runs/staff/broken.json", "snapshots/staff/newer.json"]
    );
}

#[tokio::test]
async fn who_decided_stays_on_record_and_a_shared_name_is_refused() {
    let stage = people();
    story(&stage).await;
    let mut request = stage.request();
    request.cause = format!("by hand ({ADA})");
    stage.run_as(&request).await;
    let erased = stage.erase(ADA).await;
    assert_eq!(left(&erased), [Kind::Baselines, Kind::Deciders]);

    let office = Address::parse("office@acme.example").unwrap();
    stage.world.edit(&mail(), |members| {
        for member in members.iter_mut().filter(|member| member.label() != ADA) {
            member.addresses.push(office.clone());
        }
    });
    stage.joins(&mail(), "eve");
    stage.run().await;
    let refused = stage
        .erase_through(&stage.stores, "office@acme.example")
        .await;
    let Err(NotForgotten::Several(names)) = refused else {
        panic!("{refused:?}");
    };
    assert_eq!(names, ["bob@acme.example", "dan@acme.example"]);
}
