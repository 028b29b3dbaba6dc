//! One sync between a platform and a list in memory that never fails, a clock that is moved by hand, and runs.

use std::{
    collections::BTreeMap,
    sync::{
        Mutex,
        atomic::{AtomicBool, AtomicI64, AtomicUsize, Ordering},
    },
};

use async_trait::async_trait;
use jiff::Timestamp;
use rollcall::{
    connectors::{
        memory::{MemoryConnections, by_address, list_ref},
        ports::{ConnectorError, ListReader, ListWriter, Readers, Unwatched, WantedList, Writers},
    },
    definition::sync::{Direction, FirstRun, Sync},
    model::{
        attributes::{Attributes, Value},
        list::{GroupKind, ListRef},
    },
    run::{self, Finished, Ports, RunRequest},
    store::{embedded, ports::Stores},
};

use super::{
    people::{People, number_of, person},
    subject::Subject,
    table::{Case, Pending},
};

const OTHER: &str = "other";
const PLATFORM: &str = "platform";

/// Everything that one case works with.
pub(super) struct Stage<S> {
    pub(super) subject: S,
    other: MemoryConnections,
    sync: Sync,
    stores: Stores,
    clock: AtomicI64,
    runs: AtomicUsize,
    /// What begins when the platform's writer is opened.
    armed: Mutex<Option<Case>>,
    /// Whether a writer of the platform was opened in this run.
    pub(super) wrote: AtomicBool,
    _folder: tempfile::TempDir,
}

fn other_list() -> ListRef {
    list_ref(OTHER, "staff")
}

fn sync_of<S: Subject>(pending: Pending) -> Sync {
    let mut sync = Sync::between("staff", OTHER, PLATFORM);
    sync.source.lists = vec!["staff".to_owned()];
    sync.target.lists = vec![S::LIST.to_owned()];
    // Also where the list is there: a list that is not found must not be made a second time.
    sync.target.create = Some(GroupKind::Security);
    sync.direction = S::DIRECTION;
    if S::DIRECTION == Direction::TwoWay {
        sync.first_run = FirstRun::Union;
    }
    sync.mapping.rules = S::rules();
    sync.guests.invite = pending == Pending::Inviting;
    sync.guests.send_message = true;
    sync
}

impl<S: Subject> Stage<S> {
    /// Both lists hold these people.
    pub(super) async fn open(pending: Pending, people: &People) -> Self {
        let other = MemoryConnections::new();
        let members = people.iter().map(|number| person(*number)).collect();
        other.put_list(&other_list(), by_address(), members);
        // In memory where the system has such a place: the cases are many, and none of them pulls the plug.
        let folder = tempfile::tempdir_in("/dev/shm").or_else(|_| tempfile::tempdir());
        let folder = folder.unwrap();
        Self {
            subject: S::start(pending).await,
            other,
            sync: sync_of::<S>(pending),
            stores: embedded::open(folder.path()).unwrap(),
            clock: AtomicI64::new(1_800_000_000),
            runs: AtomicUsize::new(0),
            armed: Mutex::new(None),
            wrote: AtomicBool::new(false),
            _folder: folder,
        }
    }

    /// Somebody joins the other list by hand.
    pub(super) fn joins_other(&self, number: usize) {
        let edit = |members: &mut Vec<_>| members.push(person(number));
        self.other.edit(&other_list(), edit);
    }

    /// Somebody leaves the other list by hand.
    pub(super) fn leaves_other(&self, number: usize) {
        self.other.edit(&other_list(), |members| {
            members.retain(|member| number_of(member.label()) != Some(number));
        });
    }

    /// Somebody has another value in a field on the other list.
    pub(super) fn changes_on_other(&self, number: usize, field: &str, value: &str) {
        self.other.edit(&other_list(), |members| {
            let mut members = members.iter_mut();
            let found = members.find(|member| number_of(member.label()) == Some(number));
            let value = Value::Text(value.to_owned());
            found.unwrap().attributes.insert(field.to_owned(), value);
        });
    }

    /// Whether somebody's field is the new one on the other list.
    pub(super) fn has_new_field_on_other(&self, number: usize) -> bool {
        let members = self.other.members(&other_list());
        let mut members = members.iter();
        let found = members.find(|member| number_of(member.label()) == Some(number));
        let field = found.and_then(|member| member.attributes.get(S::FIELD?));
        field == Some(&Value::Text(S::new_field()))
    }

    /// The fields of everybody on the other list, by number.
    pub(super) fn fields_on_other(&self) -> BTreeMap<usize, Attributes> {
        let members = self.other.members(&other_list()).into_iter();
        let fields =
            members.filter_map(|member| Some((number_of(member.label())?, member.attributes)));
        fields.collect()
    }

    /// Who is on the other list.
    pub(super) fn on_other(&self) -> People {
        let labels = self.other.labels(&other_list());
        labels.iter().filter_map(|label| number_of(label)).collect()
    }

    /// Lets something go wrong when the platform's writer is opened.
    pub(super) fn arm(&self, case: Option<Case>) {
        *self.armed.lock().unwrap() = case;
    }

    pub(super) fn wait(&self, seconds: i64) {
        self.clock.fetch_add(seconds, Ordering::Relaxed);
    }

    fn now(&self) -> Timestamp {
        Timestamp::from_second(self.clock.load(Ordering::Relaxed)).unwrap()
    }

    /// One run.
    pub(super) async fn run(&self) -> Finished {
        self.wait(1);
        self.wrote.store(false, Ordering::Relaxed);
        let number = self.runs.fetch_add(1, Ordering::Relaxed);
        let request = RunRequest {
            run: format!("run-{number}"),
            cause: "a test".to_owned(),
            worker: format!("worker-{number}"),
            approval: None,
            deadline: None,
        };
        let now = || self.now();
        let ports = Ports {
            readers: self,
            stores: &self.stores,
            watch: &Unwatched,
            now: &now,
            lease: run::LEASE,
        };
        let finished = run::run(ports, self, &self.sync, &request).await;
        finished.unwrap_or_else(|error| panic!("a run that is not told: {error}"))
    }
}

#[async_trait]
impl<S: Subject> Readers for Stage<S> {
    async fn reader(&self, wanted: &WantedList) -> Result<Box<dyn ListReader>, ConnectorError> {
        if wanted.list.connection == OTHER {
            return self.other.reader(wanted).await;
        }
        self.subject.connector().reader(wanted)
    }
}

#[async_trait]
impl<S: Subject> Writers for Stage<S> {
    async fn writer(
        &self,
        wanted: &WantedList,
        list_id: Option<&str>,
    ) -> Result<Box<dyn ListWriter>, ConnectorError> {
        if wanted.list.connection == OTHER {
            return self.other.writer(wanted, list_id).await;
        }
        self.wrote.store(true, Ordering::Relaxed);
        if let Some(case) = self.armed.lock().unwrap().take() {
            self.subject.trouble(&case);
        }
        self.subject.connector().writer(wanted, list_id)
    }
}
