//! A mailing list, a group and a store, and everything a scenario does with them.

use std::sync::atomic::{AtomicI64, AtomicUsize, Ordering};

use jiff::Timestamp;
use rollcall::{
    connectors::{
        memory::{MemoryConnections, by_address, by_directory, list_ref},
        ports::{ConnectorError, ErrorKind, Readers, Unwatched, Writers},
    },
    definition::sync::{Direction, FirstRun, Sync},
    history,
    model::{address::Address, capabilities::Capabilities, list::ListRef, member::Member},
    plan::{limits::Limit, review::Approval},
    run::{self, Finished, Ports, Preview, RunError, RunRequest},
    store::{embedded, ports::Stores},
    summary::{Status, Summary},
};

/// Everyone the directory behind the group knows.
const PEOPLE: &str = "ada bob cyd dan eve fay gus hal ida jon kim lee mia ned oli pam";

/// How many changes are handed over at a time: few, so that a run has many places to stop.
const CHUNK: usize = 2;

pub(super) struct Stage {
    pub(super) world: MemoryConnections,
    pub(super) stores: Stores,
    pub(super) sync: Sync,
    _folder: tempfile::TempDir,
    clock: AtomicI64,
    runs: AtomicUsize,
}

/// The mailing list; takes any address.
pub(super) fn mail() -> ListRef {
    list_ref("mail", "staff")
}

/// The group; takes only people of its directory.
pub(super) fn group() -> ListRef {
    list_ref("entra-id", "staff")
}

pub(super) fn mail_can() -> Capabilities {
    Capabilities {
        chunk: CHUNK,
        ..by_address()
    }
}

pub(super) fn group_can() -> Capabilities {
    Capabilities {
        chunk: CHUNK,
        ..by_directory()
    }
}

/// `ada` is short for `ada@acme.example`.
pub(super) fn address(name: &str) -> String {
    if name.contains('@') {
        name.to_owned()
    } else {
        format!("{name}@acme.example")
    }
}

pub(super) fn entry(name: &str) -> Member {
    Member::with_address(Address::parse(&address(name)).unwrap())
}

pub(super) fn away() -> ConnectorError {
    ConnectorError::new(ErrorKind::Unavailable(None), "page 2 of members: no answer")
        .help("look at the network")
}

/// The mailing list is the source, the group the target; both exist with the people named.
impl Stage {
    pub(super) fn two_way(mail: &str, group: &str) -> Self {
        let mut stage = Self::one_way(mail, group);
        stage.sync.direction = Direction::TwoWay;
        stage.sync.first_run = FirstRun::Union;
        stage
    }

    pub(super) fn one_way(mail: &str, group: &str) -> Self {
        let stage = Self::without_lists();
        let members = mail.split_whitespace().map(entry).collect();
        stage.world.put_list(&self::mail(), mail_can(), members);
        let members = group.split_whitespace().map(|name| stage.person(name));
        let members = members.collect();
        stage.world.put_list(&self::group(), group_can(), members);
        stage
    }

    /// Neither list is there; nothing is limited.
    pub(super) fn without_lists() -> Self {
        let world = MemoryConnections::new();
        let people = PEOPLE.split(' ').map(entry).collect();
        world.put_people("entra-id", people);
        world.set_own_domains("entra-id", &["acme.example"]);
        let mut sync = Sync::between("staff", "mail", "entra-id");
        sync.source.lists = vec!["staff".to_owned()];
        sync.target.lists = vec!["staff".to_owned()];
        sync.limits.removals = Limit::default();
        // In memory where the system has such a place: the scenarios are many, and none of them pulls the plug.
        let folder = tempfile::tempdir_in("/dev/shm").or_else(|_| tempfile::tempdir());
        let folder = folder.unwrap();
        Self {
            world,
            stores: embedded::open(folder.path()).unwrap(),
            sync,
            _folder: folder,
            clock: AtomicI64::new(1_800_000_000),
            runs: AtomicUsize::new(0),
        }
    }

    fn person(&self, name: &str) -> Member {
        let wanted = Address::parse(&address(name)).unwrap();
        let people = self.world.directory("entra-id").people;
        let mut found = people.into_iter();
        found
            .find(|person| person.addresses.contains(&wanted))
            .unwrap_or_else(|| panic!("{name} is not in the directory"))
    }

    pub(super) fn joins(&self, list: &ListRef, names: &str) {
        for name in names.split_whitespace() {
            let member = if *list == group() {
                self.person(name)
            } else {
                entry(name)
            };
            self.world.edit(list, |members| members.push(member));
        }
    }

    pub(super) fn leaves(&self, list: &ListRef, names: &str) {
        for name in names.split_whitespace() {
            let gone = address(name);
            self.world.edit(list, |members| {
                members.retain(|member| member.label() != gone);
            });
        }
    }

    /// Holds both lists against the people expected there, in the order of the alphabet.
    #[track_caller]
    pub(super) fn holds(&self, in_mail: &str, in_group: &str) {
        for (list, expected) in [(mail(), in_mail), (group(), in_group)] {
            assert_eq!(self.names(&list), expected, "on {list}");
        }
    }

    pub(super) fn names(&self, list: &ListRef) -> String {
        let labels = self.world.labels(list);
        let names = labels
            .iter()
            .map(|label| label.strip_suffix("@acme.example").unwrap_or(label));
        names.collect::<Vec<_>>().join(" ")
    }
}

/// Running.
impl Stage {
    pub(super) fn now(&self) -> Timestamp {
        Timestamp::from_second(self.clock.load(Ordering::Relaxed)).unwrap()
    }

    pub(super) fn wait(&self, seconds: i64) {
        self.clock.fetch_add(seconds, Ordering::Relaxed);
    }

    /// A request for a run that was never asked for before.
    pub(super) fn request(&self) -> RunRequest {
        let number = self.runs.fetch_add(1, Ordering::Relaxed) + 1;
        RunRequest {
            run: format!("run-{number}"),
            cause: "by hand (ada)".to_owned(),
            worker: format!("worker-{number}"),
            approval: None,
            deadline: None,
        }
    }

    pub(super) fn approved(&self, digest: &str) -> RunRequest {
        let approval = Approval {
            digest: digest.to_owned(),
            by: "ada".to_owned(),
            expires: self.now() + jiff::SignedDuration::from_mins(60),
        };
        RunRequest {
            approval: Some(approval),
            ..self.request()
        }
    }

    /// One run over other doors or another store.
    pub(super) async fn run_through(
        &self,
        doors: &(impl Readers + Writers),
        stores: &Stores,
        request: &RunRequest,
    ) -> Result<Finished, RunError> {
        self.wait(1);
        let now = || self.now();
        let ports = Ports {
            readers: doors,
            stores,
            watch: &Unwatched,
            now: &now,
            lease: run::LEASE,
        };
        run::run(ports, doors, &self.sync, request).await
    }

    pub(super) async fn try_run(&self, request: &RunRequest) -> Result<Finished, RunError> {
        self.run_through(&self.world, &self.stores, request).await
    }

    pub(super) async fn run_as(&self, request: &RunRequest) -> Summary {
        self.try_run(request).await.unwrap().summary
    }

    pub(super) async fn run(&self) -> Summary {
        self.run_as(&self.request()).await
    }

    /// A run that is held, and the one that somebody approves: as after a change of the definition.
    pub(super) async fn run_agreed(&self) -> Summary {
        let held = self.run().await;
        let digest = held.held.expect("nothing is held").digest;
        self.run_as(&self.approved(digest.as_str())).await
    }

    pub(super) async fn preview(&self) -> Result<Preview, RunError> {
        self.preview_through(&self.stores).await
    }

    pub(super) async fn preview_through(&self, stores: &Stores) -> Result<Preview, RunError> {
        let now = || self.now();
        let ports = Ports {
            readers: &self.world,
            stores,
            watch: &Unwatched,
            now: &now,
            lease: run::LEASE,
        };
        run::plan(ports, &self.sync).await
    }

    /// Two more runs find nothing to do: no writer is opened, neither list changes. The first of them may learn who is
    /// on both lists by now; the second one leaves nothing in the store but its line of the history.
    pub(super) async fn is_settled(&self) {
        self.is_settled_as(|summary| summary.status == Some(Status::Unchanged))
            .await;
    }

    /// The same where runs end in another way.
    pub(super) async fn is_settled_as(&self, ends: fn(&Summary) -> bool) {
        self.has_nothing_to_do(ends).await;
        let kept = self.kept().await;
        self.has_nothing_to_do(ends).await;
        assert_eq!(self.kept().await, kept);
    }

    async fn has_nothing_to_do(&self, ends: fn(&Summary) -> bool) {
        let lists = (self.names(&mail()), self.names(&group()));
        let before = self.world.counters();
        let summary = self.run().await;
        let after = self.world.counters();
        assert!(ends(&summary), "{summary:#?}");
        assert_eq!(after.writers, before.writers, "a writer was opened");
        assert_eq!(after.effects, before.effects, "something was written");
        assert_eq!(lists, (self.names(&mail()), self.names(&group())));
    }

    /// What is stored beside plans and outcomes.
    async fn kept(&self) -> Vec<String> {
        let names = self.stores.blobs.list("").await.unwrap().into_iter();
        names.filter(|name| !name.starts_with("runs/")).collect()
    }

    /// The history, newest first; each run that went through accounts for every change it planned.
    pub(super) async fn history(&self) -> Vec<Summary> {
        let history = history::list(&self.stores, "staff", 100).await.unwrap();
        history.iter().for_each(accounts_for_its_plan);
        history
    }
}

/// The sum of the outcomes is the plan.
pub(super) fn accounts_for_its_plan(summary: &Summary) {
    let planned = summary.planned;
    let done = summary.done;
    assert_eq!(
        planned.add + planned.update + planned.remove,
        done.added
            + done.invited
            + done.updated
            + done.removed
            + done.already_so
            + done.refused
            + done.failed
            + done.waiting
            + done.handed_over,
        "{summary:#?}"
    );
}
