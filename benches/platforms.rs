//! Requests per 1,000 members, for each platform: `cargo bench --bench platforms`.
//!
//! A file of 1,000 people is kept on a list of the platform, through the whole spine and against its stand-in, without
//! faults: the first sync finds the list empty and fills it, the idle one finds it as it should be. Requests to sign in
//! are left out. A platform is one function that opens its stand-in, and one line in `PLATFORMS`.
#![expect(clippy::print_stdout, reason = "printing is what it is for")]

use std::{collections::BTreeMap, fs, future::Future, path::Path, pin::Pin};

use anyhow::{Context, Result, anyhow, bail};
use jiff::Timestamp;
use rollcall::{
    app::{self, Connections},
    connectors::ports::Unwatched,
    definition::{sync::Definition, validate::load},
    run::{self, Ports, RunRequest},
    sandbox::{
        self, Scenario, mailroute::MailRoute, messagemedia::MessageMedia, platform::start,
        politemail::PoliteMail, scenario::User,
    },
    settings::Settings,
    store::ports::Stores,
    summary::{Status, Summary},
};
use serde_json::{Value, json};

const MEMBERS: usize = 1_000;

/// One platform with an empty list, and how it is reached.
struct Platform {
    /// Its name in the table.
    name: &'static str,
    /// Its connection, as a definition has it.
    connection: Value,
    /// The list, as the target of a sync.
    target: Value,
    /// How fields of the file are mapped, where the platform needs any.
    mapping: Value,
    /// The values of the variables that the connection names.
    secrets: BTreeMap<String, String>,
    /// Requests and writes since this was asked last.
    asked: Box<dyn Fn() -> Asked>,
}

/// How much was asked of a platform.
struct Asked {
    requests: u64,
    writes: u64,
}

type Opening = Pin<Box<dyn Future<Output = Result<Platform>>>>;

/// Every platform that is measured.
const PLATFORMS: [fn() -> Opening; 5] = [
    || Box::pin(entra()),
    || Box::pin(politemail("PoliteMail", json!({}))),
    || Box::pin(politemail("… with names", json!({ "name": "FirstName" }))),
    || Box::pin(messagemedia()),
    || Box::pin(mailroute()),
];

fn main() -> Result<()> {
    let runtime = tokio::runtime::Runtime::new()?;
    println!("{MEMBERS} members, one list, no faults, no requests to sign in\n");
    println!(
        "{:<16} {:>12} {:>8} {:>12} {:>8}",
        "", "first sync", "writes", "idle sync", "writes"
    );
    for open in PLATFORMS {
        runtime.block_on(async { measure(open().await?).await })?;
    }
    Ok(())
}

async fn entra() -> Result<Platform> {
    let scenario = Scenario::with_people(MEMBERS);
    let secret = scenario.client_secret.clone();
    let (tenant, client) = (scenario.tenant_id.clone(), scenario.client_id.clone());
    let sandbox = sandbox::start(scenario, 0).await?;
    Ok(Platform {
        name: "Entra ID group",
        connection: json!({
            "type": "entra-id", "tenantId": tenant, "clientId": client, "clientSecretVariable": "SECRET",
            "graphUrl": sandbox.url(), "loginUrl": sandbox.url(),
        }),
        target: json!({ "connection": "platform", "group": Scenario::EVERYONE }),
        mapping: json!({}),
        secrets: BTreeMap::from([("SECRET".to_owned(), secret)]),
        asked: Box::new(move || {
            let counters = sandbox.counters();
            sandbox.clear_log();
            Asked {
                requests: counters.requests,
                writes: counters.writes,
            }
        }),
    })
}

/// A server with an empty list; with a mapping every newcomer becomes a contact first.
async fn politemail(name: &'static str, mapping: Value) -> Result<Platform> {
    let mut state = PoliteMail::with_login("token", "token");
    state.put_list("Staff", []);
    let server = start(state, 0).await?;
    Ok(Platform {
        name,
        connection: json!({ "type": "politemail", "url": server.url(), "tokenVariable": "SECRET" }),
        target: json!({ "connection": "platform", "list": "Staff" }),
        mapping,
        secrets: BTreeMap::from([("SECRET".to_owned(), "token".to_owned())]),
        asked: Box::new(move || {
            let counters = server.counters();
            server.clear_log();
            Asked {
                requests: counters.requests,
                writes: counters.writes,
            }
        }),
    })
}

async fn messagemedia() -> Result<Platform> {
    let account = MessageMedia::default();
    let (key, secret) = (account.api_key.clone(), account.api_secret.clone());
    let stand_in = start(account, 0).await?;
    Ok(Platform {
        name: "MessageMedia",
        connection: json!({
            "type": "messagemedia", "url": stand_in.url(), "apiKeyVariable": "KEY", "apiSecretVariable": "SECRET",
        }),
        target: json!({ "connection": "platform", "list": "Staff", "create": true }),
        mapping: json!({ "name": "contact_name", "mobilePhone": "phone_number", "email": "email" }),
        secrets: BTreeMap::from([("KEY".to_owned(), key), ("SECRET".to_owned(), secret)]),
        asked: Box::new(move || {
            let counters = stand_in.counters();
            stand_in.clear_log();
            Asked {
                requests: counters.requests,
                writes: counters.writes,
            }
        }),
    })
}

/// A domain without accounts; everybody gets one, with an alias.
async fn mailroute() -> Result<Platform> {
    let stand_in = start(MailRoute::with_accounts("contoso.example", 0), 0).await?;
    let keys = [("LOGIN", MailRoute::LOGIN), ("KEY", MailRoute::KEY)];
    Ok(Platform {
        name: "MailRoute",
        connection: json!({
            "type": "mailroute", "url": format!("{}/api/v1", stand_in.url()),
            "loginVariable": "LOGIN", "apiKeyVariable": "KEY",
        }),
        target: json!({ "connection": "platform", "list": "contoso.example" }),
        mapping: json!({ "alias": "aliases" }),
        secrets: keys
            .map(|(name, value)| (name.to_owned(), value.to_owned()))
            .into(),
        asked: Box::new(move || {
            let counters = stand_in.counters();
            stand_in.clear_log();
            Asked {
                requests: counters.requests,
                writes: counters.writes,
            }
        }),
    })
}

async fn measure(platform: Platform) -> Result<()> {
    let stage = Stage::open(&platform)?;
    let first = stage.run("first").await?;
    if first.status != Some(Status::Succeeded) || first.done.added != MEMBERS {
        bail!("{}: the first run ended as {first:?}", platform.name);
    }
    let at_first = (platform.asked)();
    let idle = stage.run("idle").await?;
    if idle.status != Some(Status::Unchanged) {
        bail!("{}: the idle run ended as {idle:?}", platform.name);
    }
    let at_last = (platform.asked)();
    if at_last.writes > 0 {
        bail!("{}: the idle run wrote something", platform.name);
    }
    println!(
        "{:<16} {:>12} {:>8} {:>12} {:>8}",
        platform.name, at_first.requests, at_first.writes, at_last.requests, at_last.writes
    );
    Ok(())
}

/// A file of people, and the sync from it to the platform.
struct Stage {
    _folder: tempfile::TempDir,
    definition: Definition,
    connections: Connections,
    stores: Stores,
}

impl Stage {
    fn open(platform: &Platform) -> Result<Self> {
        let definition = json!({
            "connections": {
                "platform": platform.connection,
                "files": { "type": "csv", "folder": "lists" },
            },
            "syncs": [{
                "id": "staff",
                "source": { "connection": "files", "list": "staff.csv" },
                "target": platform.target,
                "mapping": platform.mapping,
                "limits": { "removals": "none" },
            }],
        });
        let definition = load(&definition.to_string(), &app::kinds())
            .map_err(|faults| anyhow!("the definition has faults: {faults:?}"))?;
        let folder = tempfile::tempdir()?;
        fs::create_dir(folder.path().join("lists"))?;
        fs::write(folder.path().join(Path::new("lists/staff.csv")), people())?;
        let secrets = platform.secrets.clone();
        let secrets = move |name: &str| secrets.get(name).cloned();
        let settings = Settings::default();
        let connections = Connections::new(&definition, folder.path(), &settings, &secrets);
        let stores = app::stores(&folder.path().join("state"))?;
        Ok(Self {
            _folder: folder,
            definition,
            connections,
            stores,
        })
    }

    async fn run(&self, id: &str) -> Result<Summary> {
        let ports = Ports {
            readers: &self.connections,
            stores: &self.stores,
            watch: &Unwatched,
            now: &Timestamp::now,
            lease: run::LEASE,
        };
        let request = RunRequest {
            run: id.to_owned(),
            cause: "a measurement".to_owned(),
            worker: id.to_owned(),
            approval: None,
            deadline: None,
        };
        let sync = self.definition.syncs.first().context("a sync")?;
        let finished = run::run(ports, &self.connections, sync, &request)
            .await
            .map_err(|error| anyhow!("{error}"))?;
        Ok(finished.summary)
    }
}

/// Everybody with address, number and name: whatever a platform tells people by.
fn people() -> String {
    let mut text = "email,mobilePhone,name,alias\n".to_owned();
    for number in 0..MEMBERS {
        let address = User::numbered(number).user_principal_name;
        text.push_str(&format!(
            "{address},+4179{number:07},User {number:04},alias{number:04}@contoso.example\n"
        ));
    }
    text
}
