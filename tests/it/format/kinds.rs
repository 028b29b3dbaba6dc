//! Every kind of record that is stored: it says the version of its form, and a newer one is refused.

use futures::future::BoxFuture;
use rollcall::{
    agenda::{self, ListKey, State},
    catalog::{self, Shelf},
    connectors::memory::list_ref,
    format, history, intake,
    job::Job,
    model::list::{Side, Sides},
    store::{
        embedded, lease,
        ports::{Stores, Table},
    },
};
use serde_json::{Value, json};

use super::recorded::{FORMAT_ROW, Stage, all, at, folder, place, put, recorded, restore, text};

const NEWER: u32 = 99;

/// Where the records of a kind lie.
enum Lies {
    /// Rows of a table, by how their partition and their key begin.
    Rows(Table, &'static str, &'static str),
    /// Blobs, by how their names begin and end.
    Blobs(&'static str, &'static str),
}

/// One kind.
struct Kind {
    name: &'static str,
    lies: Lies,
    /// Where in it the version stands; nothing where it is raw bytes of somebody else's, or a blob that its row speaks for.
    version: Option<&'static str>,
    read: fn(&Stage) -> BoxFuture<'_, Result<(), String>>,
}

macro_rules! kind {
    ($name:literal, $lies:expr, $version:expr, $stage:ident => $read:expr) => {
        Kind {
            name: $name,
            lies: $lies,
            version: $version,
            read: |$stage| {
                Box::pin(async move { $read.await.map(drop).map_err(|e| e.to_string()) })
            },
        }
    };
    ($name:literal, $lies:expr) => {
        Kind {
            name: $name,
            lies: $lies,
            version: None,
            read: |_| Box::pin(async { Ok(()) }),
        }
    };
}

fn staff() -> Sides<rollcall::model::list::ListRef> {
    Sides {
        source: list_ref("hr", "staff"),
        target: list_ref("mail", "staff"),
    }
}

async fn undone(stores: &Stores) -> Result<(), String> {
    let found = history::undoable(stores, "20261103T070000-staff", Some(at())).await;
    match found.map_err(|error| error.to_string())? {
        Ok(_) => Ok(()),
        Err(history::NotUndoable::Newer { version, .. }) => {
            Err(format!("a newer rollcall wrote it (version {version})"))
        }
        Err(other) => Err(format!("{other:?}")),
    }
}

/// All there are. A new kind that is not here fails the test below.
fn kinds() -> Vec<Kind> {
    use Lies::{Blobs, Rows};
    let version = Some("version");
    vec![
        kind!("the format", Rows(Table::State, "~format", "format"), version, stage => format::look(&stage.service.stores)),
        kind!("a sync", Rows(Table::Definitions, "syncs", ""), version, stage => catalog::list(&stage.service.stores, Shelf::Syncs)),
        kind!("a connection", Rows(Table::Definitions, "connections", ""), version, stage => catalog::list(&stage.service.stores, Shelf::Connections)),
        kind!("a list of the agenda", Rows(Table::Lists, "all", ""), version, stage => async {
            let key = ListKey { sync: "staff".to_owned(), list: None };
            agenda::get(&stage.service.stores, &key).await
        }),
        kind!("its state", Rows(Table::Lists, "state:", ""), version, stage => agenda::in_state(&stage.service.stores, State::Succeeded)),
        kind!("a summary", Rows(Table::History, "", ""), version, stage => history::list(&stage.service.stores, "staff", 5)),
        kind!("where a run is found", Rows(Table::Runs, "runs", ""), version, stage => history::find(&stage.service.stores, "20261103T070000-staff")),
        kind!("a decision", Rows(Table::Runs, "decisions", ""), version, stage => history::decision(&stage.service.stores, "20261103T070000-many")),
        kind!("a request", Rows(Table::Runs, "queued", ""), version, stage => history::queued(&stage.service.stores, "20261103T070000-many.a")),
        kind!("a lease", Rows(Table::Leases, "lease", ""), Some("v"), stage => lease::holder(stage.service.stores.records.as_ref(), "mail:staff", at())),
        kind!("a baseline", Rows(Table::State, "", "baseline-"), version, stage => history::opt_outs(&stage.service.stores, "staff", staff())),
        kind!("a baseline's people", Blobs("baselines/", ".json")),
        kind!("a scope", Rows(Table::State, "", "scope"), version, stage => history::scope(&stage.service.stores, "staff")),
        kind!("a scope's parts", Blobs("scopes/", ".json")),
        kind!("a lift", Rows(Table::State, "lifts~~", ""), version, stage => history::opt_outs(&stage.service.stores, "staff", staff())),
        kind!("the last decision about changes", Rows(Table::State, "", "decided~"), version, stage => async {
            let decided = history::decision(&stage.service.stores, "20261103T070000-refused").await?.unwrap();
            history::rejection(&stage.service.stores, "refused", &decided.digest).await
        }),
        kind!("the last package", Rows(Table::State, "", "package-"), version, stage => async {
            let list = list_ref("mail", "package");
            history::last_package(&stage.service.stores, "package", Side::Target, &list).await
        }),
        kind!("what a package says", Blobs("packages/", "summary.json"), version, stage => async {
            let list = list_ref("mail", "package");
            history::last_package(&stage.service.stores, "package", Side::Target, &list).await
        }),
        kind!("a package", Blobs("packages/", "package.zip")),
        kind!("how far old runs are forgotten", Rows(Table::State, "~kept", "mark"), version, stage => history::sweep(&stage.service.stores, stage.service.keep, at(), 1)),
        kind!("a plan with its outcomes", Blobs("runs/", ".json"), Some("plan/version"), stage => history::run_file(&stage.service.stores, "staff", "20261103T070000-staff")),
        kind!("both lists before a run", Blobs("snapshots/", ".json"), version, stage => undone(&stage.service.stores)),
        kind!("a delivery", Rows(Table::Deliveries, "calls:", ""), version, stage => async {
            let receipt = "c1309958c4c72c4cd46d94aff2dff42d-b110796aad6f4252b50610aa96402ee3";
            intake::status(&stage.service.stores, "workday", receipt).await
        }),
        kind!("a delivery as it came", Blobs("deliveries/", "")),
        kind!("the newest load", Rows(Table::Deliveries, "loads", ""), version, stage => intake::feed::latest(&stage.service.stores, "workday")),
        kind!("a load as it came", Blobs("feeds/", "")),
        kind!("a message that is no job", Blobs("garbage/", ".txt")),
    ]
}

impl Kind {
    fn is_row(&self, table: Table, partition: &str, row: &str) -> bool {
        matches!(self.lies, Lies::Rows(of, begins, with) if of == table && partition.starts_with(begins) && row.starts_with(with))
    }

    fn is_blob(&self, name: &str) -> bool {
        matches!(self.lies, Lies::Blobs(begins, ends) if name.starts_with(begins) && name.ends_with(ends))
    }

    /// The same value, of a newer form.
    fn newer(&self, value: &Value) -> Value {
        let path = format!("/{}", self.version.unwrap());
        let mut value = value.clone();
        match value.pointer_mut(&path) {
            Some(version) => *version = json!(NEWER),
            // A kind that said none at first.
            None => value["version"] = json!(NEWER),
        }
        value
    }

    /// Puts every record of this kind there in a newer form; gives how many there are.
    async fn make_newer(&self, stores: &Stores) -> usize {
        let mut count = 0;
        let format = json!({ "table": "state", "partition": "~format", "row": "format" });
        let recorded = recorded();
        for row in all(&recorded, "records").iter().chain([&format]) {
            let (table, partition, key) = place(row);
            if self.is_row(table, &partition, &key) {
                let found = stores.records.get(table, &partition, &key).await.unwrap();
                let value = serde_json::from_str(&found.unwrap().value).unwrap();
                put(stores, (table, &partition, &key), &self.newer(&value)).await;
                count += 1;
            }
        }
        for blob in all(&recorded, "blobs") {
            if self.is_blob(text(&blob, "name")) {
                let bytes = self.newer(&blob["json"]).to_string().into_bytes();
                stores.blobs.put(text(&blob, "name"), bytes).await.unwrap();
                count += 1;
            }
        }
        count
    }
}

#[tokio::test]
async fn every_kind_refuses_what_a_newer_program_wrote() {
    for kind in kinds().iter().filter(|kind| kind.version.is_some()) {
        let folder = folder();
        let stores = embedded::open(folder.path()).unwrap();
        restore(&stores).await;
        let stage = Stage::over(&stores);
        format::ready(&stores, stage.now()).await.unwrap();
        // Its counterpart: what is there is read.
        assert_eq!((kind.read)(&stage).await, Ok(()), "{}", kind.name);
        assert!(
            kind.make_newer(&stores).await > 0,
            "{}: none there",
            kind.name
        );
        let refused = (kind.read)(&stage).await.expect_err(kind.name);
        let expected = match kind.name {
            "the format" => "has format 99",
            _ => "a newer rollcall wrote it (version 99)",
        };
        assert!(refused.contains(expected), "{}: {refused}", kind.name);
    }
    let job = text(&all(&recorded(), "messages")[0], "body").replacen(
        "\"version\":1",
        "\"version\":99",
        1,
    );
    assert!(
        Job::parse(&job)
            .unwrap_err()
            .to_string()
            .contains("a newer one wrote it")
    );
}

#[test]
fn everything_that_was_stored_is_of_a_kind() {
    let (kinds, recorded) = (kinds(), recorded());
    for row in all(&recorded, "records") {
        let (table, partition, key) = place(&row);
        let of: Vec<&str> = kinds
            .iter()
            .filter(|kind| kind.is_row(table, &partition, &key))
            .map(|kind| kind.name)
            .collect();
        assert_eq!(of.len(), 1, "{table:?}/{partition}/{key}: {of:?}");
    }
    for blob in all(&recorded, "blobs") {
        let name = text(&blob, "name");
        let count = kinds.iter().filter(|kind| kind.is_blob(name)).count();
        assert_eq!(count, 1, "{name}");
    }
    assert_eq!(FORMAT_ROW.0, Table::State);
}

/// Whatever is written from now on says its version, also where it said none at first.
#[tokio::test]
async fn whatever_is_written_now_says_its_version() {
    let folder = folder();
    let stores = embedded::open(folder.path()).unwrap();
    restore(&stores).await;
    let stage = Stage::over(&stores);
    stage.wait(24 * 3600);
    stage.run("20261104T070000", "staff").await;
    let row = stores
        .records
        .get(Table::Runs, "runs", "20261104T070000-staff")
        .await
        .unwrap();
    let index = stores
        .records
        .get(Table::Lists, "state:unchanged", "staff")
        .await
        .unwrap();
    for row in [row, index] {
        let value: Value = serde_json::from_str(&row.unwrap().value).unwrap();
        assert_eq!(value["version"], 1, "{value}");
    }
}
