//! Requests made, beside the fewest that could do: `cargo bench --bench requests`.
//!
//! A file of 10,000 people and a group, against the sandbox, without faults. One request for a token is left out on
//! both sides, as in the paper minimum: pages of 999 objects, 20 members in a request, 20 requests in a batch.
#![expect(clippy::print_stdout, reason = "printing is what it is for")]

use std::{fs, ops::Range, path::Path};

use anyhow::{Context, Result, anyhow, bail};
use jiff::Timestamp;
use rollcall::{
    app::{self, Connections},
    connectors::ports::Unwatched,
    definition::{sync::Definition, validate::load},
    run::{self, Ports, RunRequest},
    sandbox::{self, Counters, Sandbox, Scenario, scenario::User},
    settings::Settings,
    store::ports::Stores,
    summary::Status,
};
use serde_json::json;

const MEMBERS: usize = 10_000;
/// One more, who always stays: a list that is empty proves nothing, and nobody is removed because of it.
const STAYS: Range<usize> = MEMBERS..MEMBERS + 1;
const PAGE: usize = 999;
const BATCH: usize = 20;

/// A tenant, a file beside it, and the sync from the file to the group.
struct Stage {
    sandbox: Sandbox,
    folder: tempfile::TempDir,
    definition: Definition,
    connections: Connections,
    stores: Stores,
}

fn main() -> Result<()> {
    tokio::runtime::Runtime::new()?.block_on(measure())
}

async fn measure() -> Result<()> {
    let people = MEMBERS + 1;
    let stage = Stage::open(Scenario::with_people(people)).await?;
    println!("{people} people, {MEMBERS} of them to move; no faults, no token requests\n");
    println!(
        "{:<34} {:>8} {:>6} {:>7} {:>8}  formula",
        "", "requests", "least", "ratio", "writes"
    );

    stage.put(STAYS)?;
    stage.run("keeper", Status::Succeeded).await?;
    stage.put(0..people)?;
    let looked_up = stage.plan().await?;
    let pages = |objects: usize| objects.div_ceil(PAGE).max(1);
    let formula = format!("⌈1/{PAGE}⌉ + ⌈U/{PAGE}⌉, U = {people}");
    print(
        "read group and people",
        looked_up.requests,
        1 + pages(people),
        0,
        &formula,
    );

    let added = stage.run("add", Status::Succeeded).await?;
    let formula = format!("⌈A/(20·{BATCH})⌉, A = {MEMBERS}");
    print(
        "add all",
        added.requests - looked_up.requests,
        MEMBERS.div_ceil(20 * BATCH),
        added.writes,
        &formula,
    );

    let read = stage.plan().await?;
    let formula = format!("⌈M/{PAGE}⌉, M = {people}");
    print("read group", read.requests, pages(people), 0, &formula);

    let nothing = stage.run("nothing", Status::Unchanged).await?;
    print(
        "run with nothing to do",
        nothing.requests,
        pages(people),
        nothing.writes,
        &formula,
    );
    let by_delta = "2, by delta, which is not used yet";
    print(
        "the same, against delta",
        nothing.requests,
        2,
        nothing.writes,
        by_delta,
    );

    stage.put(STAYS)?;
    let removed = stage.run("remove", Status::Succeeded).await?;
    let formula = format!("⌈R/{BATCH}⌉, R = {MEMBERS}");
    print(
        "remove all",
        removed.requests - read.requests,
        MEMBERS.div_ceil(BATCH),
        removed.writes,
        &formula,
    );
    let left = stage.sandbox.members_of(Scenario::EVERYONE).len();
    if left != 1 {
        bail!("{left} members are left");
    }
    Ok(())
}

fn print(what: &str, requests: u64, least: usize, writes: u64, formula: &str) {
    let ratio = requests as f64 / least as f64;
    println!("{what:<34} {requests:>8} {least:>6} {ratio:>7.3} {writes:>8}  {formula}");
}

impl Stage {
    async fn open(scenario: Scenario) -> Result<Self> {
        let secret = scenario.client_secret.clone();
        let (tenant, client) = (scenario.tenant_id.clone(), scenario.client_id.clone());
        let sandbox = sandbox::start(scenario, 0).await?;
        let definition = json!({
            "connections": {
                "entra-id": {
                    "tenantId": tenant, "clientId": client, "clientSecretVariable": "SECRET",
                    "graphUrl": sandbox.url(), "loginUrl": sandbox.url(),
                },
                "files": { "type": "csv", "folder": "lists" },
            },
            "syncs": [{
                "id": "staff",
                "source": { "connection": "files", "list": "staff.csv" },
                "target": { "connection": "entra-id", "group": Scenario::EVERYONE },
                "limits": { "removals": "none" },
            }],
        });
        let definition = load(&definition.to_string(), &app::kinds())
            .map_err(|faults| anyhow!("the definition has faults: {faults:?}"))?;
        let folder = tempfile::tempdir()?;
        fs::create_dir(folder.path().join("lists"))?;
        let secrets = move |name: &str| (name == "SECRET").then(|| secret.clone());
        let settings = Settings::default();
        let connections = Connections::new(&definition, folder.path(), &settings, &secrets);
        let stores = app::stores(&folder.path().join("state"))?;
        Ok(Self {
            sandbox,
            folder,
            definition,
            connections,
            stores,
        })
    }

    /// Puts these people on the list.
    fn put(&self, numbers: Range<usize>) -> Result<()> {
        let mut text = "email\n".to_owned();
        for number in numbers {
            text.push_str(&User::numbered(number).user_principal_name);
            text.push('\n');
        }
        fs::write(self.folder.path().join(Path::new("lists/staff.csv")), text)?;
        Ok(())
    }

    /// What reading costs.
    async fn plan(&self) -> Result<Counters> {
        self.sandbox.clear_log();
        run::plan(self.ports(), self.sync()?)
            .await
            .map_err(|error| anyhow!("{error}"))?;
        Ok(self.sandbox.counters())
    }

    /// What a whole run costs.
    async fn run(&self, id: &str, wanted: Status) -> Result<Counters> {
        self.sandbox.clear_log();
        let request = RunRequest {
            run: id.to_owned(),
            cause: "a measurement".to_owned(),
            worker: id.to_owned(),
            approval: None,
            deadline: None,
        };
        let finished = run::run(self.ports(), &self.connections, self.sync()?, &request)
            .await
            .map_err(|error| anyhow!("{error}"))?;
        if finished.summary.status != Some(wanted) {
            bail!("run `{id}` ended as {:?}", finished.summary);
        }
        Ok(self.sandbox.counters())
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

    fn sync(&self) -> Result<&rollcall::definition::sync::Sync> {
        self.definition.syncs.first().context("a sync")
    }
}
