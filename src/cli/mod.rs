//! The command line: what was asked for, and which exit code it ends with.
//!
//! This room must not know reqwest, a connector or a store by name: it gets them from `app`.

mod apply;
mod approve;
mod arguments;
mod backup;
mod check;
mod cost;
#[cfg(feature = "sandbox")]
mod demo;
mod doctor;
mod explain;
mod failure;
mod forget;
mod hand_over;
mod history;
mod lists;
mod local;
mod opt_outs;
mod plan;
mod progress;
mod push;
mod report;
mod restore;
mod resume;
#[cfg(feature = "sandbox")]
mod sandbox;
mod serve;
mod show;
mod sweep;
mod table;
mod test;

use std::{
    io::{self, Write},
    path::{Path, PathBuf},
    sync::OnceLock,
};

use jiff::Timestamp;

use crate::{
    app::{self, Connections, LoadError, Secrets},
    definition::sync::{Definition, Sync},
    format,
    plan::text::harmless,
    run::{self, Ports},
    settings::Settings,
    store::ports::Stores,
};
pub use arguments::{Arguments, Command, LocalArguments};
use failure::exit_of;
pub use failure::{Exit, Failure};

/// Does what the arguments ask for. Prints results to standard output, everything else to standard error.
pub async fn execute(arguments: Arguments, settings: Settings) -> Result<Exit, Failure> {
    let done = command(arguments, settings).await;
    match UNPRINTED.get() {
        None => done,
        Some(problem) => {
            let message = format!(
                "the result cannot be printed: {problem}\n\
                 whatever was asked for has been done; `rollcall history` says what a run did"
            );
            let unprinted = Failure {
                exit: Exit::Unexpected,
                message,
            };
            Failure::all(
                done.err().into_iter().chain([unprinted]).collect(),
                Exit::Done,
            )
        }
    }
}

async fn command(arguments: Arguments, settings: Settings) -> Result<Exit, Failure> {
    let session = Session::new(&arguments, settings);
    match arguments.command {
        #[cfg(feature = "sandbox")]
        Command::Demo(demo) => demo::demo(&demo).await,
        Command::Check { file } => {
            check::check(file.as_deref().unwrap_or(&session.config), session.json)
        }
        Command::Schema => check::schema(),
        Command::Plan { sync } => plan::plan(&session, sync.as_deref()).await,
        Command::Apply { sync, approve } => {
            apply::apply(&session, sync.as_deref(), approve.as_deref()).await
        }
        Command::Approve {
            about,
            digest,
            reason,
        } => approve::approve(&session, &about, digest.as_deref(), reason.as_deref()).await,
        Command::Reject { run, reason } => approve::reject(&session, &run, &reason).await,
        Command::Restore {
            run,
            apply,
            approve,
        } => match apply {
            false => restore::plan(&session, &run).await,
            true => restore::apply(&session, &run, approve.as_deref()).await,
        },
        Command::Resume { sync } => resume::resume(&session, &sync).await,
        Command::History { sync, limit } => {
            history::history(&session, sync.as_deref(), limit).await
        }
        Command::Show { run, csv, only } => show::show(&session, &run, csv, only.as_deref()).await,
        Command::Explain { sync, who } => explain::explain(&session, &sync, &who).await,
        Command::Forget { who, erase, reason } => match (erase, reason) {
            (true, Some(reason)) => forget::erase(&session, &who, &reason).await,
            _ => forget::look(&session, &who).await,
        },
        Command::HandOver { name, to } => {
            hand_over::hand_over(&session, &name, to.as_deref()).await
        }
        Command::OptOuts { sync, lift, reason } => match (lift, reason) {
            (Some(who), Some(reason)) => opt_outs::lift(&session, &sync, &who, &reason).await,
            _ => opt_outs::list(&session, &sync).await,
        },
        Command::Push(arguments) => push::push(&session, &arguments).await,
        Command::Lists { connection } => lists::lists(&session, &connection).await,
        Command::Test { connection } => test::test(&session, &connection).await,
        Command::Doctor(arguments) => doctor::doctor(&session, &arguments).await,
        Command::Backup { to } => backup::backup(&session, &to).await,
        Command::Recover { from } => backup::recover(&session, &from).await,
        Command::Serve => serve::serve(session).await,
        Command::Local(arguments) => local::local(&session, &arguments).await,
        #[cfg(feature = "sandbox")]
        Command::Sandbox { scenario, port } => sandbox::sandbox(scenario.as_deref(), port).await,
    }
}

/// What every command works with.
struct Session {
    config: PathBuf,
    state: PathBuf,
    json: bool,
    settings: Settings,
    secrets: Box<Secrets>,
}

impl Session {
    fn new(arguments: &Arguments, settings: Settings) -> Self {
        let config = arguments.config.clone().or_else(|| settings.config.clone());
        let state = arguments.state.clone().or_else(|| settings.state.clone());
        Self {
            config: config.unwrap_or_else(|| PathBuf::from("rollcall.json")),
            state: state.unwrap_or_else(|| PathBuf::from(".rollcall")),
            json: arguments.json,
            settings,
            secrets: Box::new(crate::settings::variable),
        }
    }

    fn definition(&self) -> Result<Definition, Failure> {
        Ok(self.load()?)
    }

    fn load(&self) -> Result<Definition, LoadError> {
        app::definition(&self.config)
    }

    fn connections(&self, definition: &Definition) -> Connections {
        let base = self.config.parent().unwrap_or(Path::new(""));
        Connections::new(definition, base, &self.settings, self.secrets.as_ref())
    }

    /// For commands that write: what is stored is brought to the form of this program first.
    async fn stores(&self) -> Result<Stores, Failure> {
        let stores = app::stores(&self.state)?;
        format::ready(&stores, now()).await?;
        Ok(stores)
    }

    /// For commands that write nothing.
    async fn stores_to_look(&self) -> Result<Stores, Failure> {
        let stores = app::stores_to_look(&self.state)?;
        format::look(&stores).await?;
        Ok(stores)
    }

    /// The storage account that the settings name, or else the state folder; and what it is called. Its form is not looked
    /// at.
    async fn storage(&self) -> Result<(Stores, String), Failure> {
        match self.account().await? {
            Some(account) => Ok(account),
            None => Ok((app::stores(&self.state)?, self.folder_name())),
        }
    }

    /// The same for commands that write nothing there.
    async fn storage_to_look(&self) -> Result<(Stores, String), Failure> {
        let (stores, name) = match self.account().await? {
            Some(account) => account,
            None => (app::stores_to_look(&self.state)?, self.folder_name()),
        };
        format::look(&stores).await?;
        Ok((stores, name))
    }

    /// The same for commands that write there what an app may be working with: a folder is brought to the form of this
    /// program, an account only by the app itself, because an older one would have to stand back then.
    async fn storage_to_change(&self) -> Result<(Stores, String), Failure> {
        let Some((stores, name)) = self.account().await? else {
            return Ok((self.stores().await?, self.folder_name()));
        };
        match format::look(&stores).await? {
            Some(format::FORMAT) => Ok((stores, name)),
            _ => Err(Failure {
                exit: Exit::InvalidInput,
                message: format!(
                    "what is stored in {name} has an older format than this rollcall writes\n\
                     deploy this version first, or use the one that is deployed"
                ),
            }),
        }
    }

    async fn account(&self) -> Result<Option<(Stores, String)>, Failure> {
        if !self.settings.storage.is_named() {
            return Ok(None);
        }
        let stores = app::azure_stores(&self.settings).await?;
        Ok(Some((stores, "the storage account".to_owned())))
    }

    fn folder_name(&self) -> String {
        format!("the state folder `{}`", self.state.display())
    }

    fn user(&self) -> String {
        self.settings
            .user
            .clone()
            .unwrap_or_else(|| "somebody".to_owned())
    }
}

/// A sync as it is run: itself, or the sync of each list it routes people to. `wanted` may name one of those lists as
/// `sync/list`.
async fn each_list(
    ports: Ports<'_>,
    sync: &Sync,
    wanted: Option<&str>,
) -> Result<Vec<Sync>, Failure> {
    if sync.mapping.route.is_none() {
        return Ok(vec![sync.clone()]);
    }
    if let Some((_, list)) = wanted.and_then(|wanted| wanted.split_once('/')) {
        return Ok(vec![sync.for_list(list)]);
    }
    let lists = run::lists(ports, sync)
        .await
        .map_err(|error| Failure::from(error).about(&sync.id))?;
    Ok(lists.iter().map(|list| sync.for_list(list)).collect())
}

/// The syncs a command works on: the one that was named, or all.
fn chosen<'a>(definition: &'a Definition, sync: Option<&str>) -> Result<Vec<&'a Sync>, Failure> {
    if definition.syncs.is_empty() {
        complain("there are no syncs in the definition file, so there is nothing to do");
    }
    let Some(wanted) = sync else {
        return Ok(definition.syncs.iter().collect());
    };
    let found = definition.named(wanted);
    if found.is_empty() {
        let known: Vec<String> = definition
            .syncs
            .iter()
            .map(|sync| format!("`{}`", sync.id))
            .collect();
        let message = format!(
            "there is no sync `{wanted}`\nknown syncs: {}",
            known.join(", ")
        );
        return Err(Failure {
            exit: Exit::InvalidInput,
            message,
        });
    }
    Ok(found)
}

/// The time, asked here and in `handler` alone.
fn now() -> Timestamp {
    Timestamp::now()
}

/// Why a result could not be printed.
static UNPRINTED: OnceLock<String> = OnceLock::new();

/// Prints a text to standard output. A reader that went away (`| head`) is no failure of ours; a full disk is one, and
/// the command says so at its end, when its work is done.
///
/// Names and messages come from files and services: nothing in them may speak to the terminal.
fn print(text: &str) {
    print_as_it_is(&harmless(text));
}

/// Prints a text that is made for programs.
fn print_as_it_is(text: &str) {
    let mut output = io::stdout().lock();
    let printed = output
        .write_all(text.as_bytes())
        .and_then(|()| output.flush());
    match printed {
        Err(error) if error.kind() != io::ErrorKind::BrokenPipe => {
            let _already_known = UNPRINTED.set(error.to_string());
        }
        Ok(()) | Err(_) => {}
    }
}

/// Prints a line to standard error. There is nowhere left to say that this failed.
pub fn complain(text: &str) {
    let _ = writeln!(io::stderr(), "{}", harmless(text));
}

/// Prints a value as JSON.
fn print_json<T: serde::Serialize>(value: &T) -> Result<(), Failure> {
    let text = serde_json::to_string_pretty(value).map_err(|error| Failure {
        exit: Exit::Unexpected,
        message: error.to_string(),
    })?;
    print_as_it_is(&format!("{text}\n"));
    Ok(())
}
