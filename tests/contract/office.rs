//! The product at work beside a stand-in tenant: a folder of lists, a definition, stores, and runs.
//!
//! Uses the product as its command line does; knows nothing of the requests that a run makes.

use std::sync::atomic::{AtomicU32, Ordering};

use jiff::{Timestamp, ToSpan};
use rollcall::{
    app::{self, Connections},
    connectors::ports::{KnownList, TestLine, Unwatched},
    definition::{sync::Definition, validate::load},
    plan::review::Approval,
    run::{self, Finished, Ports, Preview, RunRequest},
    sandbox::{self, Sandbox, Scenario},
    settings::Settings,
    store::ports::Stores,
};
use serde_json::{Value, json};
use tempfile::TempDir;

use crate::judge::judge_log;

/// One tenant, one folder of lists, and the syncs between them.
pub(crate) struct Office {
    pub(crate) sandbox: Sandbox,
    folder: TempDir,
    definition: Definition,
    connections: Connections,
    stores: Stores,
    runs: AtomicU32,
}

impl Office {
    /// `syncs` go between the connections `entra-id` and `files`.
    pub(crate) async fn open(scenario: Scenario, syncs: Value) -> Self {
        Self::open_with(scenario, json!({}), syncs).await
    }

    /// `entra` are further settings of the connection `entra-id`.
    pub(crate) async fn open_with(scenario: Scenario, entra: Value, syncs: Value) -> Self {
        let mut settings = json!({
            "tenantId": scenario.tenant_id, "clientId": scenario.client_id, "clientSecretVariable": "SECRET",
        });
        let secret = scenario.client_secret.clone();
        let sandbox = sandbox::start(scenario, 0).await.expect("it starts");
        let own = entra.as_object().expect("settings are an object").clone();
        let settings_object = settings.as_object_mut().expect("an object");
        settings_object.extend(own);
        for address in ["graphUrl", "loginUrl"] {
            settings_object.insert(address.to_owned(), json!(sandbox.url()));
        }
        let definition = json!({
            "connections": { "entra-id": settings, "files": { "type": "csv", "folder": "lists" } },
            "syncs": syncs,
        });
        let definition = load(&definition.to_string(), &app::kinds()).expect("a definition");
        let folder = tempfile::tempdir().expect("a folder");
        std::fs::create_dir(folder.path().join("lists")).expect("a folder");
        let known = move |name: &str| (name == "SECRET").then(|| secret.clone());
        let connections =
            Connections::new(&definition, folder.path(), &Settings::default(), &known);
        let stores = app::stores(&folder.path().join("state")).expect("stores");
        Self {
            sandbox,
            folder,
            definition,
            connections,
            stores,
            runs: AtomicU32::new(0),
        }
    }

    /// Lets nothing be known of what earlier runs did.
    pub(crate) fn forget(&mut self) {
        self.stores = app::stores(&self.folder.path().join("another-state")).expect("stores");
    }

    /// Writes a list: a header and a line for each of these.
    pub(crate) fn put(&self, name: &str, lines: impl IntoIterator<Item = String>) {
        let mut text = "email,name\n".to_owned();
        for line in lines {
            text.push_str(&line);
            text.push('\n');
        }
        std::fs::write(self.folder.path().join("lists").join(name), text).expect("written");
    }

    /// How many members the list has now.
    pub(crate) fn lines(&self, name: &str) -> usize {
        let text = std::fs::read_to_string(self.folder.path().join("lists").join(name));
        text.expect("read").lines().count().saturating_sub(1)
    }

    pub(crate) async fn plan(&self, sync: &str) -> Preview {
        run::plan(self.ports(), self.sync(sync))
            .await
            .expect("a plan")
    }

    pub(crate) async fn run(&self, sync: &str) -> Finished {
        self.run_with(sync, None).await
    }

    /// Runs once, and once more with the approval the first one asked for.
    pub(crate) async fn run_and_approve(&self, sync: &str) -> Finished {
        let held = self.run(sync).await.summary.held.expect("something waits");
        let approval = Approval {
            digest: held.digest.as_str().to_owned(),
            by: "ada".to_owned(),
            expires: Timestamp::now() + 1.hour(),
        };
        self.run_with(sync, Some(approval)).await
    }

    async fn run_with(&self, sync: &str, approval: Option<Approval>) -> Finished {
        let number = self.runs.fetch_add(1, Ordering::Relaxed);
        let request = RunRequest {
            run: format!("run-{number}"),
            cause: "a contract check".to_owned(),
            worker: format!("worker-{number}"),
            approval,
            deadline: None,
        };
        run::run(self.ports(), &self.connections, self.sync(sync), &request)
            .await
            .expect("an end")
    }

    pub(crate) async fn test(&self) -> Vec<TestLine> {
        let test = self.connections.test("entra-id").expect("a connection");
        test.test().await
    }

    /// What is looked over before people rely on it: rights, the clock, the owners of a group.
    pub(crate) async fn look_over(&self, group: &str) -> Option<usize> {
        let examination = self
            .connections
            .examination("entra-id")
            .expect("a connection");
        let examination = examination.expect("an examination");
        assert!(!examination.examine(&[], true).await.is_empty());
        examination.owners(group).await.and_then(Result::ok)
    }

    pub(crate) async fn groups(&self) -> Vec<KnownList> {
        let lists = self.connections.lists("entra-id").expect("a connection");
        lists.lists(&Unwatched).await.expect("groups")
    }

    /// Everything asked and answered so far fits the slice, and nothing was asked that must never be.
    pub(crate) fn verdict(&self) {
        let log = self.sandbox.log();
        assert!(!log.is_empty());
        let faults = judge_log(&log);
        assert!(
            faults.is_empty(),
            "{} faults:\n{}",
            faults.len(),
            faults.join("\n")
        );
        let counters = self.sandbox.counters();
        assert!(counters.requests > 0);
        assert_eq!(
            (
                counters.unknown_paths,
                counters.deletes_without_ref,
                counters.users_deleted
            ),
            (0, 0, 0)
        );
    }

    fn ports(&self) -> Ports<'_> {
        Ports {
            readers: &self.connections,
            stores: &self.stores,
            watch: &Unwatched,
            now: &Timestamp::now,
            lease: run::LEASE,
        }
    }

    fn sync(&self, id: &str) -> &rollcall::definition::sync::Sync {
        let mut syncs = self.definition.syncs.iter();
        syncs.find(|sync| sync.id == id).expect("a sync")
    }
}
