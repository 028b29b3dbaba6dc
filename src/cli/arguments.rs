//! What can be typed.

use std::{net::IpAddr, path::PathBuf};

use clap::{Parser, Subcommand};

/// The end of `--help`.
const AFTER_HELP: &str = "\
Exit codes:
  0  done, or nothing to do
  1  something unexpected
  2  `plan` or `restore` found changes; `push` found some and was not told to make them; `forget` found what can be erased
  3  something waits for a person: an approval, a new or a stale package, a paused list
  4  some changes were not made, a list was not proven to be whole, or a guest is not shown yet; `forget` left something
  5  the input cannot be used (arguments, definition, names, what was read); `explain` knows nobody by the name
  6  `doctor` found a problem: it is not safe to enable

Environment:
  ROLLCALL_CONFIG, ROLLCALL_STATE     defaults for --config and --state
  ROLLCALL_KEEP_DAYS                  how many days plans and snapshots of runs are kept [default: 90]
  ROLLCALL_LOG                        what to log, for example `rollcall=debug`
  ROLLCALL_API_URL, ROLLCALL_API_KEY  where `push` goes, and the key that opens it
  ROLLCALL_LOCAL_KEY                  the key that `local` asks for
  ROLLCALL_ENTRA_TENANT_ID, ROLLCALL_ENTRA_CLIENT_ID, ROLLCALL_ENTRA_CLIENT_SECRET
                                      for Entra ID connections that do not say otherwise
  ROLLCALL_MAILROUTE_LOGIN, ROLLCALL_MAILROUTE_API_KEY, ROLLCALL_MAILROUTE_URL
                                      for MailRoute connections that do not say otherwise
  ROLLCALL_MESSAGEMEDIA_API_KEY, ROLLCALL_MESSAGEMEDIA_API_SECRET, ROLLCALL_MESSAGEMEDIA_URL
                                      for MessageMedia connections that do not say otherwise
  ROLLCALL_POLITEMAIL_URL, ROLLCALL_POLITEMAIL_TOKEN (or _USER and _PASSWORD)
                                      for PoliteMail connections that do not say otherwise";

/// Keeps messaging lists and Entra ID groups saying the same thing.
#[derive(Debug, Parser)]
#[command(name = "rollcall", version, after_help = AFTER_HELP, arg_required_else_help = true)]
pub struct Arguments {
    /// The definition file [default: rollcall.json].
    #[arg(short, long, global = true, value_name = "FILE")]
    pub config: Option<PathBuf>,
    /// The folder that keeps state and history [default: .rollcall].
    #[arg(long, global = true, value_name = "DIR")]
    pub state: Option<PathBuf>,
    /// Print results as JSON.
    #[arg(long, global = true)]
    pub json: bool,
    /// What to do.
    #[command(subcommand)]
    pub command: Command,
}

/// What to do.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Show four companies' syncs at work, with stand-ins for the platforms on this machine.
    #[cfg(feature = "sandbox")]
    Demo(DemoArguments),
    /// Validate a definition file; every fault at once.
    Check {
        /// The file [default: the one of --config].
        file: Option<PathBuf>,
    },
    /// Print the JSON Schema of definition files.
    Schema,
    /// Show what a run would do. Writes nothing.
    Plan {
        /// The sync [default: all].
        sync: Option<String>,
    },
    /// Run: read both lists, plan, make the changes, keep the summary.
    Apply {
        /// The sync [default: all].
        sync: Option<String>,
        /// Approve the held plan with this digest.
        #[arg(long, value_name = "DIGEST", requires = "sync")]
        approve: Option<String>,
    },
    /// Approve what a run holds, and apply it if it still is the same plan.
    Approve {
        /// The run, or its sync when --digest says which plan is meant.
        #[arg(value_name = "RUN|SYNC")]
        about: String,
        /// The plan that was looked at: at least 12 digits of its digest.
        #[arg(long, value_name = "DIGEST")]
        digest: Option<String>,
        /// Why, for the history.
        #[arg(long, value_name = "TEXT")]
        reason: Option<String>,
    },
    /// Reject what a run holds. It stays rejected when the same plan comes again.
    Reject {
        /// The run.
        run: String,
        /// Why, for the history.
        #[arg(long, value_name = "TEXT")]
        reason: String,
    },
    /// Undo a run: whom it touched goes back to what they were. Shows what it would do, unless it is told to do it.
    Restore {
        /// The run's id.
        run: String,
        /// Do it, and pause the list.
        #[arg(long)]
        apply: bool,
        /// Approve the held restore with this digest.
        #[arg(long, value_name = "DIGEST", requires = "apply")]
        approve: Option<String>,
    },
    /// Let a list that was paused run again.
    Resume {
        /// The sync, or `SYNC/LIST` for one of the lists it routes people to.
        sync: String,
    },
    /// List past runs, newest first.
    History {
        /// The sync [default: all].
        sync: Option<String>,
        /// How many runs of each sync.
        #[arg(long, default_value_t = 20, value_name = "N", value_parser = clap::value_parser!(u32).range(1..=1000))]
        limit: u32,
    },
    /// Show one run: its summary and what became of every change.
    Show {
        /// The run's id.
        run: String,
        /// Print the changes as CSV.
        #[arg(long)]
        csv: bool,
        /// Print only the changes with these reasons, a line each (`conflict,oscillates`).
        #[arg(long, value_name = "CODES")]
        only: Option<String>,
    },
    /// Name the latest package for an administrator, or unpack one.
    HandOver {
        /// A sync, for its latest package, or the run that made one.
        #[arg(value_name = "SYNC|RUN")]
        name: String,
        /// Unpack it into this folder, which must be empty or new.
        #[arg(long, value_name = "DIR")]
        to: Option<PathBuf>,
    },
    /// List who opted out and is not added again, or lift that for one person.
    OptOuts {
        /// The sync; `SYNC/LIST` for one of the lists it routes people to.
        sync: String,
        /// Let this person be added again: their address or number.
        #[arg(long, value_name = "ADDRESS", requires = "reason")]
        lift: Option<String>,
        /// Why, for the record.
        #[arg(long, value_name = "TEXT", requires = "lift")]
        reason: Option<String>,
    },
    /// Show what is stored about one person, or erase it. Touches no list.
    Forget {
        /// The person: an address, or a phone number in E.164.
        #[arg(value_name = "ADDRESS")]
        who: String,
        /// Erase it; opt-outs stay.
        #[arg(long, requires = "reason")]
        erase: bool,
        /// Why, for the record.
        #[arg(long, value_name = "TEXT", requires = "erase")]
        reason: Option<String>,
    },
    /// Tell why one person is, is not, or will be on a list. Writes nothing.
    Explain {
        /// The sync; `sync/list` for one of the lists it routes people to.
        sync: String,
        /// The person: an address, a phone number in E.164, an id on one of the platforms, or an employee id.
        #[arg(value_name = "ADDRESS")]
        who: String,
    },
    /// Bring the definitions of a file to a running app; shows the difference first.
    Push(PushArguments),
    /// Name the lists of a connection.
    Lists {
        /// The connection's name.
        connection: String,
    },
    /// Try a connection out.
    Test {
        /// The connection's name.
        connection: String,
    },
    /// Look whether it is safe to enable syncs: settings, permissions, lists, limits, cost, storage.
    ///
    /// Writes to no platform. In the storage it writes a record of its own, and deletes it.
    ///
    /// With `--cost` it looks at nothing, and computes what the functions app uses and costs in a month.
    Doctor(DoctorArguments),
    /// Copy everything the storage holds (the account that the environment names, or the state folder) into a folder.
    Backup {
        /// The folder, which must be new or empty.
        #[arg(long, value_name = "DIR")]
        to: PathBuf,
    },
    /// Bring a backup back into a storage that holds nothing yet.
    Recover {
        /// The folder that `backup` wrote.
        #[arg(long, value_name = "DIR")]
        from: PathBuf,
    },
    /// What the Azure Functions host starts: answers it on the port it names. Exits with 200 when it is asked to stop.
    Serve,
    /// Run scheduler, workers and management API in this process, without the Functions host.
    Local(LocalArguments),
    /// Serve stand-ins for Microsoft Graph, PoliteMail, MailRoute and MessageMedia on this machine.
    #[cfg(feature = "sandbox")]
    Sandbox {
        /// What the tenant holds and how it behaves [default: 25 people and an empty group].
        #[arg(long, value_name = "FILE")]
        scenario: Option<PathBuf>,
        /// The port of Microsoft Graph; the platforms have the next three. 0 takes any free ones.
        #[arg(long, default_value_t = 7080, value_name = "N", value_parser = clap::value_parser!(u16).range(..=65_532))]
        port: u16,
    },
}

/// Where the app without the Functions host listens.
#[derive(Debug, clap::Args)]
pub struct LocalArguments {
    /// The address to listen on. Others than this machine's need a key in ROLLCALL_LOCAL_KEY.
    #[arg(long, default_value = "127.0.0.1", value_name = "ADDRESS")]
    pub listen: IpAddr,
    /// The port; 0 takes any free one.
    #[arg(long, default_value_t = 7071, value_name = "N")]
    pub port: u16,
}

/// What `doctor` can be told.
#[derive(Debug, clap::Args)]
pub struct DoctorArguments {
    /// The sync; `sync/list` for one of the lists it routes people to [default: all].
    pub sync: Option<String>,
    /// Ask the app that runs there, `https://…`: it looks with its own identity and settings.
    #[arg(long, value_name = "URL", conflicts_with = "cost")]
    pub to: Option<String>,
    /// Compute the cost of a month instead, with the prices in this file (like `docs/prices.sample.json`).
    #[arg(long, value_name = "PRICES")]
    pub cost: Option<PathBuf>,
    #[command(flatten)]
    pub size: SizeArguments,
}

/// For what `doctor --cost` computes, where the definition does not say it.
#[derive(Debug, clap::Args)]
pub struct SizeArguments {
    /// So many lists, in place of those of the definition.
    #[arg(long, value_name = "N", requires = "cost", conflicts_with = "sync", value_parser = clap::value_parser!(u32).range(1..=100_000))]
    pub lists: Option<u32>,
    /// How often each of these lists runs on a day.
    #[arg(long, default_value_t = 4, value_name = "N", requires = "cost", value_parser = clap::value_parser!(u32).range(1..=1440))]
    pub runs: u32,
    /// How many members a list has on average [default: as the last runs counted them, 250 where there were none].
    #[arg(long, value_name = "N", requires = "cost", value_parser = clap::value_parser!(u32).range(0..=1_000_000))]
    pub members: Option<u32>,
    /// How many changes a list has on a day.
    #[arg(long, default_value_t = 5, value_name = "N", requires = "cost", value_parser = clap::value_parser!(u32).range(0..=1_000_000))]
    pub changes: u32,
    /// The memory of an instance in MB: 512, 2048 or 4096.
    #[arg(long, default_value_t = 512, value_name = "MB", requires = "cost", value_parser = memory)]
    pub memory: u32,
    /// How many private endpoints there are.
    #[arg(long, default_value_t = 0, value_name = "N", requires = "cost", value_parser = clap::value_parser!(u32).range(0..=100))]
    pub endpoints: u32,
}

/// The sizes of instances there are.
fn memory(text: &str) -> Result<u32, String> {
    let size = text.parse().ok();
    let size = size.filter(|size| [512, 2048, 4096].contains(size));
    size.ok_or_else(|| "it is 512, 2048 or 4096".to_owned())
}

/// What `push` can be told.
#[derive(Debug, clap::Args)]
pub struct PushArguments {
    /// Where the app runs, `https://…` [default: ROLLCALL_API_URL].
    #[arg(long, value_name = "URL")]
    pub to: Option<String>,
    /// Delete what is there and not in the file.
    #[arg(long)]
    pub prune: bool,
    /// Make the changes without asking.
    #[arg(long)]
    pub yes: bool,
}

/// What the demonstration can be told.
#[cfg(feature = "sandbox")]
#[derive(Debug, clap::Args)]
pub struct DemoArguments {
    /// How many people are on the list of the first scenario.
    #[arg(long, default_value_t = 240, value_name = "N", value_parser = clap::value_parser!(u32).range(40..=200_000))]
    pub members: u32,
    /// Where its files and history go [default: a new temporary folder].
    #[arg(long, value_name = "DIR")]
    pub keep: Option<PathBuf>,
    /// Play this scenario alone.
    #[arg(long, value_enum, value_name = "SCENARIO")]
    pub only: Option<DemoScenario>,
}

/// What the demonstration can play, in this order; the first line of each is its heading.
#[cfg(feature = "sandbox")]
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub enum DemoScenario {
    /// A PoliteMail list and an Entra ID group, in both directions.
    Politemail,
    /// What HR says (Syncronym): a CSV file to a PoliteMail list, and the list to an Entra ID group.
    Syncronym,
    /// Microsoft 365 to MailRoute: users, aliases and distribution lists.
    Mailroute,
    /// Entra ID to MessageMedia, with the reference configuration as it is written.
    Messagemedia,
}
