//! A service over memory and the embedded store, with a clock that is moved by hand.

use std::{
    sync::{
        Arc,
        atomic::{AtomicI64, AtomicUsize, Ordering},
    },
    time::Duration,
};

use jiff::Timestamp;
use rollcall::{
    agenda::{self, Entry, ListKey},
    catalog::{self, Expected, Shelf},
    connectors::{
        memory::{MemoryConnections, by_address, list_ref},
        ports::{ConnectionTest, ConnectorError, ErrorKind, Examination, Readers, Writers},
    },
    definition::{connection::ConnectionKind, sync::Definition},
    format, history,
    job::{Job, QUEUE, Trigger},
    model::{address::Address, attributes::Value, list::ListRef, member::Member},
    scheduler::{self, Tick},
    service::{Opened, Opener, Service},
    store::{embedded, ports::Stores},
    summary::Summary,
    worker::{self, Again, Delivery, Report},
};
use serde_json::json;

pub(crate) const MINUTE: i64 = 60;
pub(crate) const HOUR: i64 = 60 * MINUTE;

pub(crate) struct Stage {
    pub(crate) world: MemoryConnections,
    pub(crate) stores: Stores,
    pub(crate) service: Service,
    clock: Arc<AtomicI64>,
    invocations: AtomicUsize,
    _folder: tempfile::TempDir,
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

pub(crate) fn source() -> ListRef {
    list_ref("hr", "staff")
}

pub(crate) fn target() -> ListRef {
    list_ref("mail", "staff")
}

/// `ada` or `ada/Sales`, with a department.
fn member(text: &str) -> Member {
    let (name, department) = text.split_once('/').unwrap_or((text, ""));
    let address = Address::parse(&format!("{name}@acme.example")).unwrap();
    let mut member = Member::with_address(address);
    if let Some(value) = Value::text(department) {
        member.attributes.insert("department".to_owned(), value);
    }
    member
}

pub(crate) fn members(names: &str) -> Vec<Member> {
    names.split_whitespace().map(member).collect()
}

impl Stage {
    /// At six in the morning, `names` on the source, nobody on the target, nothing defined.
    pub(crate) fn with(names: &str) -> Self {
        let folder = tempfile::tempdir_in("/dev/shm").or_else(|_| tempfile::tempdir());
        let folder = folder.unwrap();
        let world = MemoryConnections::new();
        world.put_list(&source(), by_address(), members(names));
        world.open_connection("mail", by_address());
        let start: Timestamp = "2026-11-20T06:00:00Z".parse().unwrap();
        let clock = Arc::new(AtomicI64::new(start.as_second()));
        let stores = embedded::open(folder.path()).unwrap();
        let kind = ConnectionKind {
            name: "memory",
            schema: || schemars::json_schema!({ "type": "object" }),
            check: |_| Vec::new(),
            implicit: false,
        };
        let ticking = clock.clone();
        let service = Service {
            stores: stores.clone(),
            kinds: Arc::new(vec![kind]),
            opener: Arc::new(World(world.clone())),
            now: Arc::new(move || Timestamp::from_second(ticking.load(Ordering::SeqCst)).unwrap()),
            started: Timestamp::UNIX_EPOCH,
            lease: Duration::from_secs(60),
            keep: jiff::SignedDuration::from_hours(90 * 24),
        };
        Self {
            world,
            stores,
            service,
            clock,
            invocations: AtomicUsize::new(0),
            _folder: folder,
        }
    }

    /// The same service over another store.
    pub(crate) fn service_over(&self, stores: Stores) -> Service {
        Service {
            stores,
            ..self.service.clone()
        }
    }

    pub(crate) fn now(&self) -> Timestamp {
        self.service.now()
    }

    pub(crate) fn wait(&self, seconds: i64) {
        self.clock.fetch_add(seconds, Ordering::SeqCst);
    }

    /// Puts the connections and a sync there that is due at seven every morning, whatever it said before.
    pub(crate) async fn define(&self, id: &str, more: serde_json::Value) {
        // As the start of the app does.
        format::ready(&self.stores, self.now()).await.unwrap();
        for connection in ["hr", "mail"] {
            let value = json!({ "type": "memory" });
            let put = catalog::put(
                &self.stores,
                &self.service.kinds,
                Shelf::Connections,
                connection,
                value,
                &Expected::Nothing,
                self.now(),
            );
            let _ = put.await;
        }
        let mut sync = json!({
            "source": { "connection": "hr", "list": "staff" },
            "target": { "connection": "mail", "list": id, "create": true },
            "schedule": "0 7 * * *",
            "limits": { "removals": { "percent": 100 } },
        });
        for (key, value) in more.as_object().unwrap() {
            sync[key] = value.clone();
        }
        let found = catalog::get(&self.stores, Shelf::Syncs, id).await.unwrap();
        let expected = found.map_or(Expected::Nothing, |item| Expected::Version(item.version));
        catalog::put(
            &self.stores,
            &self.service.kinds,
            Shelf::Syncs,
            id,
            sync,
            &expected,
            self.now(),
        )
        .await
        .unwrap();
    }

    pub(crate) async fn tick(&self) -> Tick {
        scheduler::tick(&self.service).await.unwrap()
    }

    pub(crate) fn delivery(&self) -> Delivery {
        let number = self.invocations.fetch_add(1, Ordering::SeqCst);
        Delivery {
            invocation: format!("invocation-{number}"),
            deadline: Timestamp::MAX,
        }
    }

    pub(crate) async fn work(&self, job: &Job) -> Result<Report, Again> {
        worker::work(&self.service, &job.render(), &self.delivery()).await
    }

    /// Takes every message that is visible now and does its job; gives how many there were.
    pub(crate) async fn pump(&self) -> usize {
        let mut done = 0;
        let queue = &self.stores.queue;
        let hidden = Duration::from_secs(600);
        while let Some(message) = queue.receive(QUEUE, hidden, self.now()).await.unwrap() {
            worker::work(&self.service, &message.body, &self.delivery())
                .await
                .unwrap();
            queue.delete(QUEUE, &message).await.unwrap();
            done += 1;
        }
        done
    }

    pub(crate) async fn queued(&self) -> usize {
        self.stores.queue.count(QUEUE).await.unwrap()
    }

    pub(crate) async fn runs(&self, sync: &str) -> Vec<Summary> {
        history::list(&self.stores, sync, 100).await.unwrap()
    }

    pub(crate) async fn entry(&self, sync: &str) -> Entry {
        let (entry, _) = agenda::get(&self.stores, &key(sync))
            .await
            .unwrap()
            .unwrap();
        entry
    }

    /// Holds the target of the sync `staff` against the people expected there.
    #[track_caller]
    pub(crate) fn target_holds(&self, names: &str) {
        assert_eq!(self.on(&target()), names);
    }

    pub(crate) fn on(&self, list: &ListRef) -> String {
        let labels = self.world.labels(list);
        let names: Vec<&str> = labels
            .iter()
            .map(|label| label.strip_suffix("@acme.example").unwrap_or(label))
            .collect();
        names.join(" ")
    }
}

pub(crate) fn key(sync: &str) -> ListKey {
    ListKey {
        sync: sync.to_owned(),
        list: None,
    }
}

pub(crate) fn job(run: &str) -> Job {
    Job::new(run.to_owned(), "staff", Trigger::Hand, "by hand (ada)")
}
