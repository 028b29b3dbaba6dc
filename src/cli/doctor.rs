//! `doctor`: whether it is safe to let syncs run.

use super::{
    Exit, Failure, Session, arguments::DoctorArguments, chosen, cost, now, print, print_json,
    progress::Progress,
};
use crate::{
    app::{self, Connections, LoadError},
    connectors::ports::{
        ConnectionTest, ConnectorError, Examination, Readers,
        examination::{Finding, clock},
    },
    definition::sync::{Definition, Sync},
    doctor::{self, Doors, Patient, REPORT_VERSION, Report, Told, told},
    format,
    push::Remote,
    settings::API_KEY,
    store::ports::Stores,
};

/// How long one piece of work waits for a service that throttles: a person waits for the answer.
const PATIENCE: std::time::Duration = std::time::Duration::from_secs(15);

/// Looks everything over, here or where an app runs, or computes what the app costs. Writes nothing to any platform.
pub(super) async fn doctor(
    session: &Session,
    arguments: &DoctorArguments,
) -> Result<Exit, Failure> {
    let sync = arguments.sync.as_deref();
    if let Some(prices) = &arguments.cost {
        return cost::cost(session, prices, sync, &arguments.size).await;
    }
    let report = match &arguments.to {
        Some(url) => there(session, url, sync).await?,
        None => here(session, sync).await?,
    };
    if session.json {
        print_json(&report)?;
    } else {
        print(&report.as_text());
    }
    Ok(if report.safe {
        Exit::Done
    } else {
        Exit::Unsafe
    })
}

/// What the app at `url` finds when it looks itself over.
async fn there(session: &Session, url: &str, sync: Option<&str>) -> Result<Report, Failure> {
    let key = (session.secrets)(API_KEY);
    let remote = Remote::new(url, key.as_deref())?;
    let report = remote.doctor(sync).await?;
    let report: Option<Report> = serde_json::from_value(report).ok();
    let ours = report.filter(|report| report.version == REPORT_VERSION);
    ours.ok_or_else(|| Failure {
        exit: Exit::Unexpected,
        message: "what the app found is of a form that this program does not know\n\
                  use the version of rollcall that runs there"
            .to_owned(),
    })
}

async fn here(session: &Session, sync: Option<&str>) -> Result<Report, Failure> {
    let (stores, mut findings) = storage(session).await?;
    match session.load() {
        Err(error) => findings.splice(0..0, told("definition", faults(&error))),
        Ok(definition) => {
            let asked = chosen(&definition, sync)?;
            let looked = look(session, &definition, &asked, sync, &stores).await;
            findings.splice(0..0, looked)
        }
    };
    Ok(Report::of(findings))
}

async fn look(
    session: &Session,
    definition: &Definition,
    asked: &[&Sync],
    sync: Option<&str>,
    stores: &Stores,
) -> Vec<Told> {
    let connections = session.connections(definition).with_loads(stores);
    let connections = connections.waiting_at_most(PATIENCE);
    let progress = Progress::new();
    let patient = Patient {
        definition,
        asked,
        all: sync.is_none(),
        all_known: true,
        list: sync.and_then(|sync| Some(sync.split_once('/')?.1)),
        doors: &Open(&connections),
        stores,
        watch: &progress,
        now: &now,
    };
    let secrets = session.secrets.as_ref();
    let variables = app::variables(definition, asked, &session.settings, secrets);
    let mut findings = told("settings", doctor::settings(&variables));
    if let Err(problem) = app::lease(&session.settings) {
        findings.extend(told("settings", [doctor::said("lease", &problem)]));
    }
    findings.extend(doctor::connections(patient).await);
    findings.extend(doctor::syncs(patient).await);
    progress.finish();
    findings
}

/// The storage, tried out. Where it cannot be had, one that holds nothing, so that the rest can be looked at.
async fn storage(session: &Session) -> Result<(Stores, Vec<Told>), Failure> {
    let is_azure = session.settings.storage.is_named();
    let (about, opened) = if is_azure {
        let opened = app::azure_stores(&session.settings).await;
        ("storage account".to_owned(), opened)
    } else {
        let about = format!("state folder {}", session.state.display());
        (about, app::stores(&session.state))
    };
    let unique = uuid::Uuid::new_v4().simple().to_string();
    // Nothing is written beside newer records, not even to try whether it can be.
    let opened = match opened {
        Ok(stores) => match format::look(&stores).await {
            Ok(_) => Ok(stores),
            Err(refused) => Err(refused.into()),
        },
        Err(error) => Err(error),
    };
    let (stores, mut findings) = match opened {
        Ok(stores) => {
            let tried = doctor::storage(&stores, &unique).await;
            (stores, tried)
        }
        Err(error) => {
            let mut failed = doctor::storage_failed("storage", &error);
            failed
                .found
                .push_str("; syncs are looked at as if they had never run");
            (app::no_stores()?, vec![failed])
        }
    };
    if is_azure {
        let before = now();
        let theirs = app::azure_clock(&session.settings).await;
        let took = now().duration_since(before);
        findings.push(match theirs {
            Ok(Some(theirs)) => {
                let ours = before.checked_add(took / 2).unwrap_or(before);
                clock("the storage account", ours, theirs)
            }
            Ok(None) => Finding::note("clock", "not compared: the storage account told no time"),
            Err(error) => Finding::note("clock", format!("not compared: {error}")),
        });
    }
    Ok((stores, told(&about, findings)))
}

/// Why the definition cannot be used, fault by fault.
fn faults(error: &LoadError) -> Vec<Finding> {
    match error {
        LoadError::Unreadable { path, problem } => {
            let found = format!("`{}` cannot be read: {problem}", path.display());
            vec![Finding::problem("file", found).todo("name another one with `--config FILE`")]
        }
        LoadError::Faults { path, faults } => doctor::faults(&path.display().to_string(), faults),
    }
}

/// The connections as they are looked at.
struct Open<'a>(&'a Connections);

impl Doors for Open<'_> {
    fn readers(&self) -> &dyn Readers {
        self.0
    }

    fn test(&self, name: &str) -> Result<Box<dyn ConnectionTest>, ConnectorError> {
        self.0.test(name)
    }

    fn examination(&self, name: &str) -> Result<Option<Box<dyn Examination>>, ConnectorError> {
        self.0.examination(name)
    }
}
