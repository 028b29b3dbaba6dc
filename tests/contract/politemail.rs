//! PoliteMail: every request of the product and every answer of the stand-in in whole scenarios, held against the
//! vendor's published Swagger 2.0.
//!
//! Knows the product by its definition and its runs alone. Not checked are answers that are no success: none is described.

use std::{collections::BTreeSet, fs};

use rollcall::{
    app::{self, Connections},
    connectors::ports::{Unwatched, WantedList},
    definition::{sync::Definition, validate::load},
    run::{self, Ports, RunRequest},
    sandbox::{
        Exchange,
        platform::{StandIn, start},
        politemail::{Envelope, Links, PoliteMail},
    },
    settings::Settings,
    store::ports::Stores,
    summary::Status,
};
use serde_json::{Value, json};
use tempfile::TempDir;

use crate::swagger::contract;

/// One server and a folder of lists, with the syncs between them.
struct Office {
    server: StandIn<PoliteMail>,
    folder: TempDir,
    definition: Definition,
    connections: Connections,
    stores: Stores,
}

impl Office {
    async fn open(state: PoliteMail, syncs: Value) -> Self {
        let server = start(state, 0).await.expect("it starts");
        let definition = json!({
            "connections": {
                "politemail": {
                    "type": "politemail", "url": server.url(), "tokenVariable": "TOKEN", "chunk": 20,
                    "shared": true, "ownerId": 1, "businessId": 2, "regionId": 3,
                },
                "files": { "type": "csv", "folder": "." },
            },
            "syncs": syncs,
        });
        let definition = load(&definition.to_string(), &app::kinds()).expect("a definition");
        let folder = tempfile::tempdir().expect("a folder");
        let known = |name: &str| (name == "TOKEN").then(|| "t0k3n".to_owned());
        let connections =
            Connections::new(&definition, folder.path(), &Settings::default(), &known);
        let stores = app::stores(&folder.path().join("state")).expect("stores");
        Self {
            server,
            folder,
            definition,
            connections,
            stores,
        }
    }

    fn put(&self, people: std::ops::Range<usize>) {
        let mut text = "email,first,mobile\n".to_owned();
        for number in people {
            text.push_str(&format!("p{number}@acme.example,Kim,+4144668{number:04}\n"));
        }
        fs::write(self.folder.path().join("staff.csv"), text).expect("written");
    }

    async fn run(&self, sync: &str, wanted: Status) {
        let sync = self
            .definition
            .syncs
            .iter()
            .find(|one| one.id == sync)
            .expect("a sync");
        let ports = Ports {
            readers: &self.connections,
            stores: &self.stores,
            watch: &Unwatched,
            now: &jiff::Timestamp::now,
            lease: run::LEASE,
        };
        let request = RunRequest {
            run: format!("run-{}", self.server.counters().requests),
            cause: "a contract check".to_owned(),
            worker: "worker".to_owned(),
            approval: None,
            deadline: None,
        };
        let finished = run::run(ports, &self.connections, sync, &request)
            .await
            .expect("an end");
        assert_eq!(
            finished.summary.status,
            Some(wanted),
            "{:#?}",
            finished.summary
        );
    }

    /// Everything asked and answered fits; gives the operations that took part.
    fn verdict(&self) -> BTreeSet<String> {
        let log = self.server.log();
        let mut operations = BTreeSet::new();
        let mut faults = Vec::new();
        for exchange in &log {
            let (operation, found) = contract().judge(exchange);
            operations.insert(operation);
            let asked = &exchange.request;
            faults.extend(
                found
                    .into_iter()
                    .map(|fault| format!("{} {}: {fault}", asked.method, asked.url)),
            );
        }
        assert!(
            faults.is_empty(),
            "{} faults:\n{}",
            faults.len(),
            faults.join("\n")
        );
        assert_eq!(self.server.counters().not_there, 0);
        operations
    }
}

fn syncs() -> Value {
    let to = |id: &str, more: Value| {
        let mut sync = json!({
            "id": id,
            "source": { "connection": "files", "list": "staff.csv" },
            "target": { "connection": "politemail", "list": "Staff", "create": true },
            "limits": { "removals": "none" },
        });
        for (name, value) in more.as_object().expect("an object") {
            sync[name] = value.clone();
        }
        sync
    };
    json!([
        to(
            "named",
            json!({ "mapping": { "first": "FirstName", "mobile": "MobileNumber" } })
        ),
        to(
            "bare",
            json!({ "target": { "connection": "politemail", "list": "Bare", "create": true } })
        ),
    ])
}

#[tokio::test]
async fn whole_runs_stay_within_what_is_published() {
    for envelope in [Envelope::V3, Envelope::V4] {
        for links in [Links::Absolute, Links::FromService] {
            let state = PoliteMail {
                page_size: 25,
                envelope,
                links,
                counts: links == Links::Absolute,
                ..PoliteMail::with_login("t0k3n", "t0k3n")
            };
            let office = Office::open(state, syncs()).await;
            office.put(0..60);
            for sync in ["named", "bare"] {
                office.run(sync, Status::Succeeded).await;
                office.run(sync, Status::Unchanged).await;
            }
            office.put(30..80);
            office.run("named", Status::Succeeded).await;
            assert_eq!(office.server.snapshot().emails_on("Staff").len(), 50);
            let test = office.connections.test("politemail").expect("a connection");
            for line in test.test().await {
                assert!(line.result.is_ok(), "{line:?}");
            }
            let operations = office.verdict();
            let wanted = [
                "Contacts_CreateContact",
                "Contacts_GetContactsFromList",
                "Lists_AddEmailsById",
                "Lists_GetLists",
                "Lists_NewList",
                "Lists_RemoveEmailsById",
            ];
            assert_eq!(operations, wanted.map(str::to_owned).into());
        }
    }
}

#[tokio::test]
async fn lists_of_a_whole_server_are_read_as_published() {
    let mut state = PoliteMail {
        page_size: 2,
        ..PoliteMail::with_login("t0k3n", "t0k3n")
    };
    for name in ["a", "b", "c"] {
        state.put_list(name, []);
    }
    // A server that does not know the mark answers 400, which nobody described: that one exchange is left out.
    state.shows_marks = false;
    let office = Office::open(state, json!([])).await;
    let list = rollcall::model::list::ListRef {
        connection: "politemail".to_owned(),
        list: "c".to_owned(),
    };
    let readers: &dyn rollcall::connectors::ports::Readers = &office.connections;
    let reader = readers
        .reader(&WantedList::of(list))
        .await
        .expect("a reader");
    assert!(reader.read(&Unwatched).await.expect("a reading").exists);
    let log = office.server.log();
    let refused = |exchange: &&Exchange| {
        exchange
            .response
            .as_ref()
            .is_some_and(|answer| answer.status == 400)
    };
    assert_eq!(log.iter().filter(refused).count(), 1);
    for exchange in log.iter().filter(|exchange| !refused(exchange)) {
        assert_eq!(contract().judge(exchange).1, Vec::<String>::new());
    }
}
