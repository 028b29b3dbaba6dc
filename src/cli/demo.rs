//! `demo`: a two-way sync at work, over real HTTP, on a stand-in tenant on this machine.

mod company;

use std::{
    fs,
    path::{Path, PathBuf},
};

use serde_json::json;

use super::{
    Exit, Failure, apply, arguments::DemoArguments, history, plan, print, progress::Progress,
};
use crate::{
    app::{self, Connections},
    definition::sync::{Definition, Sync},
    plan::text::{render, render_held},
    run::{self, Finished, Ports},
    sandbox::{self, Sandbox},
    settings::Settings,
    store::ports::Stores,
};

/// The one sync of the demonstration.
const SYNC: &str = "region-asia";

/// Plays four acts: a first run, the day after, a run with nothing to do, and one that a limit holds.
pub(super) async fn demo(arguments: &DemoArguments) -> Result<Exit, Failure> {
    let members = arguments.members as usize;
    let folder = folder(arguments.keep.as_deref())?;
    let (scenario, list) = company::company(members);
    let employees = scenario.users.len();
    let sandbox = sandbox::start(scenario, 0)
        .await
        .map_err(|error| trouble("the sandbox cannot start", &error))?;
    let stage = Stage::set(&folder, &list, &sandbox)?;

    print(&format!(
        "A stand-in tenant with {employees} people serves Microsoft Graph at {}/v1.0.\n\
         The communications team keeps a list of {members} in {}.\n",
        sandbox.url(),
        stage.list.display(),
    ));

    act("1. The first run brings the list and the group together; it removes nobody.");
    stage.preview().await?;
    print("\n");
    stage.apply().await?;

    act(
        "2. A day later: people joined and left on both sides, and somebody took the director out of the group.",
    );
    the_day_after(&sandbox, &stage, members)?;
    stage.preview().await?;
    print("\n");
    stage.apply().await?;

    act("3. Again: nothing is left to do.");
    sandbox.clear_log();
    let again = stage.apply().await?;
    let counters = sandbox.counters();
    print(&format!(
        "  Microsoft Graph saw {} requests and {} writes.\n",
        counters.requests, counters.writes
    ));

    act("4. Somebody empties a third of the group by mistake. The limit for removals is 10 %.");
    a_third_disappears(&sandbox);
    stage.preview().await?;
    print("\n");
    let held = stage.apply().await?;

    act("What is kept:");
    print(&history::table_of(&stage.stores, SYNC).await?);
    let program = std::env::args()
        .next()
        .unwrap_or_else(|| "rollcall".to_owned());
    let (config, state) = (stage.config.display(), stage.state.display());
    print(&format!(
        "\nLook at it:\n  {program} history -c {config} --state {state}\n  {program} show {} --csv --state {state}\n",
        held.summary.run
    ));
    let as_told =
        again.summary.done == crate::summary::Done::default() && held.summary.held.is_some();
    Ok(if as_told {
        Exit::Done
    } else {
        Exit::Unexpected
    })
}

/// Everything the acts work with.
struct Stage {
    config: PathBuf,
    state: PathBuf,
    list: PathBuf,
    definition: Definition,
    connections: Connections,
    stores: Stores,
}

impl Stage {
    /// Writes list and definition, and opens what they name.
    fn set(folder: &Path, list: &str, sandbox: &Sandbox) -> Result<Self, Failure> {
        let (config, state) = (folder.join("rollcall.json"), folder.join("state"));
        let lists = folder.join("lists");
        let file = lists.join("region-asia.csv");
        fs::create_dir_all(&lists)
            .map_err(|error| trouble(&lists.display().to_string(), &error))?;
        for (path, text) in [(&file, list.to_owned()), (&config, definition(sandbox))] {
            fs::write(path, text).map_err(|error| trouble(&path.display().to_string(), &error))?;
        }
        let definition = app::definition(&config)?;
        let secrets = |name: &str| {
            (name == crate::settings::ENTRA_SECRET).then(|| company::SECRET.to_owned())
        };
        let connections = Connections::new(&definition, folder, &Settings::default(), &secrets);
        let stores = app::stores(&state)?;
        Ok(Self {
            config,
            state,
            list: file,
            definition,
            connections,
            stores,
        })
    }

    fn sync(&self) -> Result<&Sync, Failure> {
        Ok(super::chosen(&self.definition, Some(SYNC))?.remove(0))
    }

    /// `rollcall plan`.
    async fn preview(&self) -> Result<(), Failure> {
        let progress = Progress::new();
        let ports = Ports {
            readers: &self.connections,
            stores: &self.stores,
            watch: &progress,
            now: &super::now,
            lease: run::LEASE,
        };
        let preview = run::plan(ports, self.sync()?).await;
        progress.finish();
        let preview = preview?;
        let plan = preview.review.approved.plan();
        print("$ rollcall plan\n");
        print(&plan::shortened(&render(plan)));
        if let Some(held) = &preview.review.held {
            print(&render_held(plan, held));
        }
        Ok(())
    }

    /// `rollcall apply`.
    async fn apply(&self) -> Result<Finished, Failure> {
        let progress = Progress::new();
        let finished = apply::run_once(
            &self.connections,
            &self.stores,
            &progress,
            self.sync()?,
            "demo",
            None,
        )
        .await;
        progress.finish();
        let finished = finished?;
        print("$ rollcall apply\n");
        print(&super::report::summary(&finished.summary));
        Ok(finished)
    }
}

fn definition(sandbox: &Sandbox) -> String {
    let scenario = sandbox.snapshot();
    let definition = json!({
        "connections": {
            "lists": { "type": "csv", "folder": "lists" },
            "entra-id": {
                "tenantId": scenario.tenant_id,
                "clientId": scenario.client_id,
                "graphUrl": sandbox.url(),
                "loginUrl": sandbox.url(),
            },
        },
        "syncs": [{
            "id": SYNC,
            "source": { "connection": "lists", "list": "region-asia.csv" },
            "target": { "connection": "entra-id", "group": company::GROUP_NAME },
            "direction": "two-way",
            "mapping": { "Name": "displayName" },
            "protected": [company::DIRECTOR],
            "limits": { "removals": { "percent": 10 } },
        }],
    });
    format!("{definition:#}\n")
}

/// Changes on both sides: in the tenant somebody leaves, two join the group, one marries, and the director is taken out
/// by mistake; on the list one row goes and a new colleague comes.
fn the_day_after(sandbox: &Sandbox, stage: &Stage, members: usize) -> Result<(), Failure> {
    let newcomers = members + 6..members + 8;
    sandbox.edit(|tenant| {
        tenant.users.retain(|user| user.id != company::id(5));
        for user in tenant
            .users
            .iter_mut()
            .filter(|user| user.id == company::id(7))
        {
            let surname = user.surname.clone().unwrap_or_default();
            user.display_name = user
                .display_name
                .as_ref()
                .map(|name| format!("{name}-Keller"));
            user.surname = Some(format!("{surname}-Keller"));
        }
        for group in tenant
            .groups
            .iter_mut()
            .filter(|group| group.id == company::GROUP)
        {
            group.members.retain(|member| *member != company::id(0));
            group.members.extend(newcomers.clone().map(company::id));
        }
    });
    let text = fs::read_to_string(&stage.list)
        .map_err(|error| trouble(&stage.list.display().to_string(), &error))?;
    let leaver = company::address(11);
    let kept = text
        .lines()
        .filter(|line| !line.starts_with(&leaver))
        .map(|line| format!("{line}\n"));
    let edited: String = kept.chain([company::row(members + 8)]).collect();
    fs::write(&stage.list, edited)
        .map_err(|error| trouble(&stage.list.display().to_string(), &error))
}

fn a_third_disappears(sandbox: &Sandbox) {
    sandbox.edit(|tenant| {
        for group in tenant
            .groups
            .iter_mut()
            .filter(|group| group.id == company::GROUP)
        {
            let third = group.members.len() / 3;
            group.members.truncate(group.members.len() - third);
        }
    });
}

fn folder(keep: Option<&Path>) -> Result<PathBuf, Failure> {
    match keep {
        Some(folder) => Ok(folder.to_owned()),
        None => tempfile::Builder::new()
            .prefix("rollcall-demo-")
            .tempdir()
            .map(tempfile::TempDir::keep)
            .map_err(|error| trouble("no temporary folder can be made", &error)),
    }
}

fn act(title: &str) {
    print(&format!("\n{title}\n\n"));
}

fn trouble(what: &str, error: &std::io::Error) -> Failure {
    Failure {
        exit: Exit::Unexpected,
        message: format!("{what}: {error}"),
    }
}
