//! A whole world for the program: a stand-in tenant, a folder of CSV files, a storage account, and hosts that run it.

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    path::PathBuf,
    sync::Arc,
    time::{Duration, Instant},
};

use futures::{StreamExt as _, stream};
use jiff::{SignedDuration, Timestamp};
use rollcall::{
    agenda::{self, ListKey},
    sandbox::{
        self, Sandbox, Scenario,
        scenario::{Group, User},
    },
    store::{
        azure::{self, connection::Connection},
        keys::key_of,
        ports::{Stores, Table},
    },
};
use serde_json::{Value, json};
use tempfile::TempDir;

use super::{
    accounts,
    wire::{Tap, Wire},
};
use crate::{
    deployed::{self, Deployed},
    storage::{Account, Queues},
};

/// The queue of jobs.
pub(crate) const JOBS: &str = "sync-jobs";

/// Where the host puts what failed too often.
pub(crate) const POISON: &str = "sync-jobs-poison";

/// How long anything here may take.
pub(crate) const PATIENCE: Duration = Duration::from_secs(180);

/// How much faster the host's own clock goes: 10 minutes are 10 seconds, 30 seconds are half a second.
pub(crate) const FASTER: u32 = 60;

/// Everything outside the program.
pub(crate) struct World {
    /// The tenant.
    pub(crate) sandbox: Sandbox,
    /// The account's queues, for looking.
    pub(crate) queues: Queues,
    /// The account.
    pub(crate) account: Account,
    /// Counts what the program sends.
    pub(crate) tap: Arc<Tap>,
    /// The wire to the blobs.
    pub(crate) blobs: Wire,
    folder: TempDir,
    graph: String,
    tenant: (String, String),
    settings: BTreeMap<String, String>,
}

impl World {
    /// A tenant with so many people and with empty groups of these names.
    pub(crate) async fn open(people: usize, groups: &[&str]) -> Self {
        let mut scenario = Scenario::with_people(people);
        for (number, name) in groups.iter().enumerate() {
            scenario.groups.push(Group {
                id: group_id(number),
                display_name: (*name).to_owned(),
                ..Group::default()
            });
        }
        let tenant = (scenario.tenant_id.clone(), scenario.client_id.clone());
        let secret = scenario.client_secret.clone();
        let sandbox = sandbox::start(scenario, 0).await.unwrap();
        let account = Account::parse(&accounts::account());
        let tap = Arc::new(Tap::default());
        let place = sandbox.url().trim_start_matches("http://").to_owned();
        let graph = Wire::to(&place, &tap).await;
        let blobs = Wire::to(&account.blob, &tap).await;
        let wired = Account {
            blob: blobs.address.clone(),
            queue: Wire::to(&account.queue, &tap).await.address,
            table: Wire::to(&account.table, &tap).await.address,
            ..account.clone()
        };
        let folder = tempfile::tempdir().unwrap();
        fs::create_dir(folder.path().join("lists")).unwrap();
        let settings = [
            ("AzureWebJobsStorage", wired.connection_string()),
            ("ROLLCALL_SCHEDULE", "0 * * * * *".to_owned()),
            ("ROLLCALL_LEASE_SECONDS", LEASE_SECONDS.to_owned()),
            ("ROLLCALL_DATA", folder.path().display().to_string()),
            ("ROLLCALL_ENTRA_CLIENT_SECRET", secret),
        ];
        let settings = settings.map(|(name, value)| (name.to_owned(), value));
        Self {
            queues: Queues::of(&account),
            account,
            sandbox,
            tap,
            blobs,
            folder,
            graph: format!("http://{}", graph.address),
            tenant,
            settings: settings.into(),
        }
    }

    /// The staged package with this world's app settings.
    pub(crate) fn deployed(&self) -> Deployed {
        Deployed::read(deployed::package(), self.settings.clone())
    }

    /// The connections of this world, as they are put: a name and a definition each.
    pub(crate) fn connections(&self) -> [(&'static str, Value); 2] {
        let (tenant, client) = &self.tenant;
        let entra = json!({
            "type": "entra-id", "graphUrl": self.graph, "loginUrl": self.graph,
            "tenantId": tenant, "clientId": client, "maxWaitSeconds": 5,
        });
        let files = json!({ "type": "csv", "folder": "lists" });
        [("entra-id", entra), ("files", files)]
    }

    /// Writes the file of a list: a header, and a row for each address.
    pub(crate) fn write(&self, list: &str, people: impl IntoIterator<Item = usize>) {
        let rows: String = people
            .into_iter()
            .map(|number| address(number) + "\n")
            .collect();
        fs::write(self.path(list), format!("email\n{rows}")).unwrap();
    }

    /// Who is in the file of a list.
    pub(crate) fn read(&self, list: &str) -> BTreeSet<String> {
        let text = fs::read_to_string(self.path(list)).unwrap();
        let mut rows: Vec<&str> = text.lines().skip(1).collect();
        let count = rows.len();
        rows.dedup();
        assert_eq!(rows.len(), count, "{list}: {text}");
        rows.into_iter().map(str::to_owned).collect()
    }

    fn path(&self, list: &str) -> PathBuf {
        self.folder.path().join("lists").join(list)
    }

    /// The addresses of a group's members.
    pub(crate) fn members(&self, group: usize) -> BTreeSet<String> {
        let ids = self.sandbox.members_of(&group_id(group));
        let people = self.sandbox.snapshot().users;
        let name = |id: &String| {
            let person = people.iter().find(|person| person.id == *id);
            person.unwrap().user_principal_name.clone()
        };
        ids.iter().map(name).collect()
    }

    /// Somebody else changes who is in a group.
    pub(crate) fn edit_group(&self, group: usize, people: impl IntoIterator<Item = usize>) {
        let members: Vec<String> = people.into_iter().map(User::numbered_id).collect();
        self.sandbox.edit(|scenario| {
            let groups = &mut scenario.groups;
            let found = groups.iter_mut().find(|found| found.id == group_id(group));
            found.unwrap().members = members;
        });
    }

    /// The account as the program's own storage code sees it: for what a test wants to find or plant there.
    pub(crate) async fn stores(&self) -> Stores {
        let connection = Connection::from_text(&self.account.connection_string()).unwrap();
        azure::open(&connection, &[JOBS, POISON]).await.unwrap()
    }

    /// Makes so many syncs of the one that is there, with what is known about its list, and turns all of them back by
    /// two days. Their ids are `PREFIX0`, `PREFIX1` and so on, the first one being there.
    pub(crate) async fn multiply(&self, prefix: &str, count: usize) {
        let stores = self.stores().await;
        let (now, records) = (Timestamp::now(), &stores.records);
        let rows = records
            .list(Table::Definitions, "syncs", None, 10)
            .await
            .unwrap();
        let [row] = rows.as_slice() else {
            panic!("{rows:?}");
        };
        let id = |number: usize| format!("{prefix}{number}");
        let key = |number: usize| ListKey {
            sync: id(number),
            list: None,
        };
        let (entry, _) = agenda::get(&stores, &key(0)).await.unwrap().unwrap();
        let copies = (0..count).map(async |number| {
            let sync = id(number);
            if number > 0 {
                let text = row.value.replace(&id(0), &sync);
                records
                    .insert(Table::Definitions, "syncs", &key_of(&sync), &text)
                    .await
                    .unwrap();
            }
            agenda::change(&stores, &key(number), now, |copy| {
                copy.mark = entry.mark.clone();
                if let Some(mark) = &mut copy.mark {
                    mark.through = now - SignedDuration::from_hours(48);
                }
            })
            .await
            .unwrap();
        });
        stream::iter(copies)
            .buffer_unordered(16)
            .collect::<Vec<()>>()
            .await;
    }

    /// Waits until something is so.
    pub(crate) async fn until(&self, what: &str, mut is_so: impl AsyncFnMut() -> bool) {
        let deadline = Instant::now() + PATIENCE;
        let mut poll = tokio::time::interval(Duration::from_millis(50));
        while !is_so().await {
            assert!(Instant::now() < deadline, "waited in vain until {what}");
            poll.tick().await;
        }
    }

    /// Waits until no job is left on the queue.
    pub(crate) async fn idle(&self) {
        self.holds(JOBS, 0).await;
    }

    /// Waits until a queue holds so many messages, hidden ones included.
    pub(crate) async fn holds(&self, queue: &str, count: usize) {
        self.until(&format!("`{queue}` holds {count}"), async || {
            self.queues.count(queue).await.unwrap_or_default() == count
        })
        .await;
    }
}

/// How long a hold on a list lasts.
pub(crate) const LEASE_SECONDS: &str = "2";

/// The two-way sync between the file `NAME.csv` and the group of the same name, due every second.
pub(crate) fn two_way(name: &str) -> Value {
    json!({
        "source": { "connection": "files", "list": format!("{name}.csv") },
        "target": { "connection": "entra-id", "group": name },
        "direction": "two-way", "schedule": "* * * * * *",
    })
}

/// `user0003@contoso.example`.
pub(crate) fn address(number: usize) -> String {
    User::numbered(number).user_principal_name
}

/// The addresses of these people.
pub(crate) fn addresses(people: impl IntoIterator<Item = usize>) -> BTreeSet<String> {
    people.into_iter().map(address).collect()
}

fn group_id(number: usize) -> String {
    format!("00000000-0000-4000-8000-00000000d{number:03}")
}
