//! What every scenario plays on: its folder, its definition, the commands that are shown, and what came of it.
//!
//! It must not know any scenario. What the commands say is what the program says.

use std::{
    collections::BTreeMap,
    fs,
    path::{Path, PathBuf},
};

use jiff::{SignedDuration, Timestamp};

use super::shown::shortened;
use crate::{
    app::{self, Connections},
    cli::{Exit, Failure, apply, complain, each_list, now, print, progress::Progress, report},
    definition::sync::{Definition, Sync},
    plan::{
        change::Because,
        text::{render, render_held},
    },
    run::{self, Finished, Ports, Preview},
    sandbox::{
        self, Sandbox, Scenario,
        platform::{self, Platform, StandIn},
    },
    settings::Settings,
    store::ports::Stores,
    summary::Status,
};

/// A stand-in that counts what it is asked.
pub(super) trait Asked: std::marker::Sync {
    /// Requests and writes since the last [`Asked::forget`].
    fn asked(&self) -> (u64, u64);

    /// Starts to count anew.
    fn forget(&self);
}

impl Asked for Sandbox {
    fn asked(&self) -> (u64, u64) {
        let counters = self.counters();
        (counters.requests, counters.writes)
    }

    fn forget(&self) {
        self.clear_log();
    }
}

impl<P: Platform> Asked for StandIn<P> {
    fn asked(&self) -> (u64, u64) {
        let counters = self.counters();
        (counters.requests, counters.writes)
    }

    fn forget(&self) {
        self.clear_log();
    }
}

/// The outside systems of a scenario, by the names people know them by.
pub(super) type Systems<'a> = &'a [(&'static str, &'a dyn Asked)];

/// Everything that the acts of one scenario work with.
pub(super) struct Stage {
    config: PathBuf,
    state: PathBuf,
    definition: Definition,
    connections: Connections,
    stores: Stores,
    clock: Clock,
    days_ago: i64,
    runs: usize,
    first: u64,
    idle: u64,
    untrue: Vec<&'static str>,
}

/// The time of a scenario.
type Clock = Box<dyn Fn() -> Timestamp + Send + std::marker::Sync>;

/// Every scenario begins so many days ago: days pass in it, and its history ends before tomorrow.
const FIRST_DAY: i64 = 2;

fn clock(days_ago: i64) -> Clock {
    let past = SignedDuration::from_hours(24 * days_ago);
    Box::new(move || now() - past)
}

/// What came of a scenario.
pub(super) struct Ended {
    /// How many runs there were.
    pub(super) runs: usize,
    /// How many members its lists have at the end.
    pub(super) members: usize,
    /// How many requests the first run made.
    pub(super) first: u64,
    /// How many a run with nothing to do made.
    pub(super) idle: u64,
    /// Whether it ended as told.
    pub(super) as_told: bool,
    /// Its definition.
    pub(super) config: PathBuf,
    /// Its history.
    pub(super) state: PathBuf,
}

impl Stage {
    /// Writes the definition into the folder and opens what it names; what it calls `entra-id` is the stand-in `tenant`.
    pub(super) fn set(
        folder: &Path,
        definition: &str,
        settings: &Settings,
        secrets: &[(&'static str, &'static str)],
        tenant: &Sandbox,
    ) -> Result<Self, Failure> {
        let (config, state) = (folder.join("rollcall.json"), folder.join("state"));
        write(&config, definition)?;
        let mut definition = app::definition(&config)?;
        // Microsoft has one address and a stand-in another: the only thing that no setting says.
        for connection in definition.connections.values_mut() {
            if let (true, Some(own)) = (
                connection.kind == "entra-id",
                connection.settings.as_object_mut(),
            ) {
                for key in ["graphUrl", "loginUrl"] {
                    own.insert(key.to_owned(), tenant.url().into());
                }
            }
        }
        let settings = Settings {
            entra_tenant_id: Some(tenant.snapshot().tenant_id),
            entra_client_id: Some(tenant.snapshot().client_id),
            ..settings.clone()
        };
        let known: BTreeMap<&str, &str> = secrets.iter().copied().collect();
        let secrets = move |name: &str| known.get(name).map(|value| (*value).to_owned());
        Ok(Self {
            connections: Connections::new(&definition, folder, &settings, &secrets),
            stores: app::stores(&state)?,
            clock: clock(FIRST_DAY),
            days_ago: FIRST_DAY,
            config,
            state,
            definition,
            runs: 0,
            first: 0,
            idle: 0,
            untrue: Vec::new(),
        })
    }

    /// The next act happens a day later.
    pub(super) fn a_day_passes(&mut self) {
        self.days_ago -= 1;
        self.clock = clock(self.days_ago);
    }

    /// `rollcall plan`.
    pub(super) async fn plan(&self) -> Result<Vec<Preview>, Failure> {
        print("\n$ rollcall plan\n");
        let mut previews = Vec::new();
        for sync in self.syncs().await? {
            let progress = Progress::new();
            let preview = run::plan(self.ports(&progress), &sync).await;
            progress.finish();
            let preview = preview.map_err(|error| Failure::from(error).about(&sync.id))?;
            let plan = preview.review.approved.plan();
            print(&shortened(&render(plan)));
            if let Some(held) = &preview.review.held {
                print(&render_held(plan, held));
            }
            previews.push(preview);
        }
        Ok(previews)
    }

    /// `rollcall apply`, without the plans.
    pub(super) async fn apply(&mut self) -> Result<Vec<Finished>, Failure> {
        self.run(false).await
    }

    /// `rollcall apply`, with the plans.
    pub(super) async fn apply_and_show(&mut self) -> Result<Vec<Finished>, Failure> {
        self.run(true).await
    }

    /// The same as [`Stage::apply`], and remembers what it cost as the first run. It has to bring everybody along.
    pub(super) async fn first(
        &mut self,
        systems: Systems<'_>,
        shows_plans: bool,
    ) -> Result<Vec<Finished>, Failure> {
        systems.iter().for_each(|(_, system)| system.forget());
        let finished = self.run(shows_plans).await?;
        self.first = systems.iter().map(|(_, system)| system.asked().0).sum();
        self.told("the first run succeeds", all(&finished, Status::Succeeded));
        Ok(finished)
    }

    /// A run with nothing to do: it says so, and writes nothing anywhere.
    pub(super) async fn idle(&mut self, systems: Systems<'_>) -> Result<(), Failure> {
        systems.iter().for_each(|(_, system)| system.forget());
        let finished = self.run(false).await?;
        let told: Vec<String> = systems
            .iter()
            .map(|(name, system)| {
                let (requests, writes) = system.asked();
                let plural = if requests == 1 { "" } else { "s" };
                format!("{name} saw {requests} request{plural} and {writes} writes")
            })
            .collect();
        print(&format!("  {}.\n", told.join(", ")));
        let asked = systems.iter().map(|(_, system)| system.asked());
        let (requests, writes) = asked.fold((0, 0), |(requests, writes), one| {
            (requests + one.0, writes + one.1)
        });
        self.idle = requests;
        self.told(
            "a run with nothing to do is unchanged and writes nothing",
            all(&finished, Status::Unchanged) && writes == 0,
        );
        Ok(())
    }

    /// Holds a scenario to what it says.
    pub(super) fn told(&mut self, what: &'static str, is_so: bool) {
        if !is_so {
            self.untrue.push(what);
        }
    }

    /// The end of the scenario; complains of whatever was not as told.
    pub(super) fn ended(self, members: usize) -> Ended {
        for what in &self.untrue {
            complain(&format!("the demonstration did not go as told: {what}"));
        }
        Ended {
            runs: self.runs,
            members,
            first: self.first,
            idle: self.idle,
            as_told: self.untrue.is_empty(),
            config: self.config,
            state: self.state,
        }
    }

    async fn run(&mut self, shows_plans: bool) -> Result<Vec<Finished>, Failure> {
        print("\n$ rollcall apply\n");
        let mut all = Vec::new();
        for sync in self.syncs().await? {
            let progress = Progress::new();
            let ports = self.ports(&progress);
            let finished = apply::run_once(ports, &self.connections, &sync, "demo", None).await;
            progress.finish();
            let finished = finished.map_err(|error| Failure::from(error).about(&sync.id))?;
            self.runs += 1;
            print(&if shows_plans {
                shortened(&apply::told(&finished))
            } else {
                report::summary(&finished.summary)
            });
            all.push(finished);
        }
        Ok(all)
    }

    /// The syncs of the definition, each list that people are routed to by itself.
    async fn syncs(&self) -> Result<Vec<Sync>, Failure> {
        let progress = Progress::new();
        let mut syncs = Vec::new();
        for sync in &self.definition.syncs {
            syncs.extend(each_list(self.ports(&progress), sync, None).await?);
        }
        progress.finish();
        Ok(syncs)
    }

    fn ports<'a>(&'a self, progress: &'a Progress) -> Ports<'a> {
        Ports {
            readers: &self.connections,
            stores: &self.stores,
            watch: progress,
            now: &self.clock,
            lease: run::LEASE,
        }
    }
}

/// Whether there were runs, and all of them ended so.
pub(super) fn all(finished: &[Finished], status: Status) -> bool {
    let is_so = |one: &Finished| one.summary.status == Some(status);
    !finished.is_empty() && finished.iter().all(is_so)
}

/// Whether the plans of these runs report something for such a reason.
pub(super) fn reports(finished: &[Finished], is_why: impl Fn(&Because) -> bool) -> bool {
    let files = finished.iter().filter_map(|one| one.file.as_ref());
    let mut withheld = files.flat_map(|file| &file.plan.withheld);
    withheld.any(|withheld| is_why(&withheld.because))
}

/// Writes a file and the folders it lies in.
pub(super) fn write(path: &Path, text: &str) -> Result<(), Failure> {
    let made = path.parent().map_or(Ok(()), fs::create_dir_all);
    made.and_then(|()| fs::write(path, text))
        .map_err(|error| trouble(&path.display().to_string(), &error))
}

/// Starts the stand-in tenant.
pub(super) async fn start_tenant(scenario: Scenario) -> Result<Sandbox, Failure> {
    let started = sandbox::start(scenario, 0).await;
    started.map_err(|error| trouble("the stand-in tenant cannot start", &error))
}

/// Starts the stand-in of a platform.
pub(super) async fn start_platform<P: Platform>(platform: P) -> Result<StandIn<P>, Failure> {
    let started = platform::start(platform, 0).await;
    started.map_err(|error| trouble("the stand-in of a platform cannot start", &error))
}

/// Something on this machine that does not work.
pub(super) fn trouble(what: &str, error: &std::io::Error) -> Failure {
    Failure {
        exit: Exit::Unexpected,
        message: format!("{what}: {error}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn what_is_not_as_told_is_remembered() {
        let _ = rustls::crypto::ring::default_provider().install_default();
        let tenant = start_tenant(Scenario::with_people(1)).await.unwrap();
        let folder = tempfile::tempdir().unwrap();
        let definition = r#"{"sync": {"source": {"connection": "entra-id", "group": "Everyone"},
            "target": {"connection": "entra-id", "group": "Nobody"}}}"#;
        let set = |name: &str| {
            let settings = Settings::default();
            Stage::set(
                &folder.path().join(name),
                definition,
                &settings,
                &[],
                &tenant,
            )
            .unwrap()
        };
        let mut stage = set("one");
        stage.told("so", true);
        assert!(stage.ended(0).as_told);
        let mut stage = set("other");
        stage.told("so", true);
        stage.told("otherwise", false);
        assert!(!stage.ended(0).as_told);
        assert!(!all(&[], Status::Succeeded), "no run proves nothing");
    }
}
