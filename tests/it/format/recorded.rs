//! The store that an earlier version recorded, its lists, and a service over both.

use std::{
    fs,
    sync::{
        Arc,
        atomic::{AtomicI64, Ordering},
    },
    time::Duration,
};

use base64::{Engine, engine::general_purpose::STANDARD};
use jiff::Timestamp;
use rollcall::{
    app,
    connectors::{
        memory::{MemoryConnections, by_address, by_directory, list_ref},
        ports::{ConnectionTest, ConnectorError, ErrorKind, Examination, Readers, Writers},
    },
    definition::{connection::ConnectionKind, sync::Definition},
    job::{Job, Trigger},
    model::{
        address::Address,
        capabilities::{Capabilities, HandOver},
        member::Member,
    },
    service::{Opened, Opener, Service},
    store::ports::{Record, Stores, Table},
    worker::{self, Again, Delivery, Report},
};
use serde_json::{Value, json};

const FILE: &str = concat!(
    env!("CARGO_MANIFEST_DIR"),
    "/tests/recorded/stores/format-1.json"
);

/// Where the form is written down.
pub(super) const FORMAT_ROW: (Table, &str, &str) = (Table::State, "~format", "format");

/// What was recorded.
pub(super) fn recorded() -> Value {
    serde_json::from_str(&fs::read_to_string(FILE).unwrap()).unwrap()
}

pub(super) fn text<'a>(value: &'a Value, name: &str) -> &'a str {
    value[name].as_str().unwrap()
}

pub(super) fn all(recorded: &Value, what: &str) -> Vec<Value> {
    recorded[what].as_array().unwrap().clone()
}

/// Where a recorded row lies.
pub(super) fn place(row: &Value) -> (Table, String, String) {
    let table = Table::ALL
        .into_iter()
        .find(|table| table.name() == text(row, "table"));
    let (partition, key) = (text(row, "partition"), text(row, "row"));
    (table.unwrap(), partition.to_owned(), key.to_owned())
}

/// The bytes of a recorded blob.
pub(super) fn bytes(blob: &Value) -> Vec<u8> {
    match (&blob["json"], &blob["text"]) {
        (Value::Null, Value::Null) => STANDARD.decode(text(blob, "base64")).unwrap(),
        (Value::Null, text) => text.as_str().unwrap().as_bytes().to_vec(),
        (value, _) => value.to_string().into_bytes(),
    }
}

/// A folder in memory where the system has one.
pub(super) fn folder() -> tempfile::TempDir {
    let folder = tempfile::tempdir_in("/dev/shm").or_else(|_| tempfile::tempdir());
    folder.unwrap()
}

/// Puts everything there as it was.
pub(super) async fn restore(stores: &Stores) {
    let recorded = recorded();
    for row in all(&recorded, "records") {
        let (table, partition, key) = place(&row);
        let value = row["value"].to_string();
        let insert = stores.records.insert(table, &partition, &key, &value);
        insert.await.unwrap();
    }
    for blob in all(&recorded, "blobs") {
        let name = text(&blob, "name");
        stores.blobs.put(name, bytes(&blob)).await.unwrap();
    }
    for message in all(&recorded, "messages") {
        let (queue, body) = (text(&message, "queue"), text(&message, "body"));
        let send = stores.queue.send(queue, body, Duration::ZERO, at());
        send.await.unwrap();
    }
}

/// When it was recorded.
pub(super) fn at() -> Timestamp {
    text(&recorded(), "at").parse().unwrap()
}

/// One row of a store.
pub(super) async fn row(stores: &Stores, (table, partition, key): (Table, &str, &str)) -> Record {
    let found = stores.records.get(table, partition, key).await.unwrap();
    found.unwrap_or_else(|| panic!("{table:?}/{partition}/{key} is gone"))
}

/// Writes a row, whatever it said before.
pub(super) async fn put(
    stores: &Stores,
    (table, partition, key): (Table, &str, &str),
    value: &Value,
) {
    let (records, value) = (&stores.records, value.to_string());
    let found = records.get(table, partition, key).await.unwrap();
    let written = match found {
        Some(found) => {
            let version = &found.version;
            records
                .replace(table, partition, key, &value, version)
                .await
        }
        None => records.insert(table, partition, key, &value).await,
    };
    written.unwrap();
}

/// What a later version writes down.
pub(super) fn of_a_newer_program() -> Value {
    json!({ "version": 7, "writtenBy": "9.1.0", "since": "2027-01-01T00:00:00Z", "more": { "to": "come" } })
}

/// The lists as they were, under the same ids.
pub(super) fn world() -> MemoryConnections {
    let world = MemoryConnections::new();
    let lists = all(&recorded(), "lists");
    let put = |list: &Value| {
        let name = list_ref(text(list, "connection"), text(list, "list"));
        let members = serde_json::from_value(list["members"].clone()).unwrap();
        let is_package = (text(list, "connection"), text(list, "list")) == ("mail", "package");
        let can = if is_package { by_hand() } else { by_address() };
        if list["exists"] == true {
            world.put_list(&name, can, members);
        }
    };
    // Lists and people were numbered in this order.
    let (first, later) = lists.split_at(15);
    first.iter().for_each(put);
    world.put_people("mail", ["ada", "bob", "cyd"].map(person).to_vec());
    later.iter().for_each(put);
    world.open_connection("mail", by_address());
    let people = ["ada", "bob"].map(entry).to_vec();
    world.put_list(&list_ref("workday", ""), by_address(), people);
    world
}

fn by_hand() -> Capabilities {
    Capabilities {
        read_only: Some("Microsoft Graph cannot write a distribution list".to_owned()),
        hand_over: Some(HandOver::Exchange),
        ..by_directory()
    }
}

fn entry(name: &str) -> Member {
    Member::with_address(Address::parse(&format!("{name}@acme.example")).unwrap())
}

fn person(name: &str) -> Member {
    let number = ["ada", "bob", "cyd"]
        .iter()
        .position(|known| *known == name);
    let number = number.unwrap() + 1;
    Member {
        id: Some(format!("00000000-0000-4000-8000-{number:012}").into()),
        ..entry(name)
    }
}

struct World(MemoryConnections);

impl Opener for World {
    fn open(&self, _definition: &Definition) -> Box<dyn Opened> {
        Box::new(Self(self.0.clone()))
    }
}

impl Opened for World {
    fn readers(&self) -> &dyn Readers {
        &self.0
    }

    fn writers(&self) -> &dyn Writers {
        &self.0
    }

    fn test(&self, name: &str) -> Result<Box<dyn ConnectionTest>, ConnectorError> {
        Err(ConnectorError::new(ErrorKind::Settings, name))
    }

    fn examination(&self, _name: &str) -> Result<Option<Box<dyn Examination>>, ConnectorError> {
        Ok(None)
    }
}

/// A service over a store and its lists, with a clock that is moved by hand.
pub(super) struct Stage {
    pub(super) service: Service,
    pub(super) world: MemoryConnections,
    clock: Arc<AtomicI64>,
}

impl Stage {
    /// At the time of the recording.
    pub(super) fn over(stores: &Stores) -> Self {
        let clock = Arc::new(AtomicI64::new(at().as_second()));
        let world = world();
        let mut kinds = app::kinds();
        kinds.push(ConnectionKind {
            name: "memory",
            schema: || schemars::json_schema!({ "type": "object" }),
            check: |_| Vec::new(),
            implicit: false,
        });
        let ticking = clock.clone();
        let service = Service {
            stores: stores.clone(),
            kinds: Arc::new(kinds),
            opener: Arc::new(World(world.clone())),
            now: Arc::new(move || Timestamp::from_second(ticking.load(Ordering::SeqCst)).unwrap()),
            started: Timestamp::UNIX_EPOCH,
            lease: Duration::from_secs(60),
            keep: jiff::SignedDuration::from_hours(90 * 24),
        };
        Self {
            service,
            world,
            clock,
        }
    }

    pub(super) fn wait(&self, seconds: i64) {
        self.clock.fetch_add(seconds, Ordering::SeqCst);
    }

    pub(super) fn now(&self) -> Timestamp {
        self.service.now()
    }

    pub(super) async fn work(&self, message: &str) -> Result<Report, Again> {
        let delivery = Delivery {
            invocation: uuid::Uuid::new_v4().to_string(),
            deadline: Timestamp::MAX,
        };
        worker::work(&self.service, message, &delivery).await
    }

    /// One run of a sync, or of one of its lists.
    pub(super) async fn run(&self, id: &str, sync: &str) -> Report {
        let (sync, list) = match sync.split_once('/') {
            None => (sync, None),
            Some((sync, list)) => (sync, Some(list.to_owned())),
        };
        let list_part = list.as_deref().unwrap_or_default();
        let job = Job {
            list: list.clone(),
            ..Job::new(
                format!("{id}-{sync}{list_part}"),
                sync,
                Trigger::Schedule,
                "schedule",
            )
        };
        self.work(&job.render()).await.unwrap()
    }
}
