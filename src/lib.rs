//! rollcall keeps messaging lists and Entra ID groups saying the same thing.
//!
//! The rooms below stand in the order data takes through them; read top down, this file is the program's story.
//! Rooms marked *pure* take data and give data: no `async`, no clock, no environment, no logging.

/// The nouns: addresses, members, lists, one side as it was read. *Pure.*
pub mod model;

/// What people ask for: the definition file, from raw JSON to validated syncs. *Pure.*
pub mod definition;

/// The definitions as people put them into a running app: one row each, with versions.
pub mod catalog;

/// How each list stands between its runs: due, paused, held, failed.
pub mod agenda;

/// One message on the queue: a run that was asked for. *Pure.*
pub mod job;

/// What everything that runs by itself works with.
pub mod service;

/// Finds what is due and puts it on the queue, each run once.
pub mod scheduler;

/// What an HR system sends: told from forgeries, kept, and turned into jobs.
pub mod intake;

/// Does one job: a run, and what follows from how it ended.
pub mod worker;

/// The spine, one run of one sync: lease, read, reconcile, review, apply, summary, history.
pub mod run;

/// Both lists as they are, and the directory where somebody has to be looked up.
pub mod read;

/// Who is who, and what has to change: two readings and a baseline in, a plan out. *Pure.*
pub mod reconcile;

/// What a run would do, as one value that is printed, limited, stored, approved and applied. *Pure.*
pub mod plan;

/// An approved plan in, one outcome for each of its changes out.
pub mod apply;

/// Changes for an administrator, where rollcall may not make them itself: packages, and how far they are. *Pure.*
pub mod hand_over;

/// The result of a run, in numbers and words people can act on. *Pure.*
pub mod summary;

/// What happened: summaries, plans, outcomes, snapshots and baselines, kept in the store.
pub mod history;

/// Everything that one storage holds, copied into another one.
pub mod backup;
/// One person forgotten: what is stored of them, and what stays.
pub mod forget;

/// Why one person is, is not, or will be on a list.
pub mod explain;

/// Whether it is safe to let syncs run: settings, connections, lists, limits and storage, looked over.
pub mod doctor;

/// What the functions app uses and costs in a month. *Pure.*
pub mod cost;

/// Microsoft's client libraries over our own HTTP client.
pub mod azure;

/// The doors to the outside: Entra ID, CSV files, and the ports the spine sees them through.
pub mod connectors;

/// What must not be forgotten: queue, records and blobs, behind ports.
pub mod store;

/// The form of everything that is stored: older ones brought forward, newer ones left alone.
pub mod format;

/// The Functions app: what its host calls, and what the world outside may call.
pub mod handler;

/// The same app without the Functions host, for a laptop or a small installation.
pub mod local;

/// Definitions of a file, brought to a running app.
pub mod push;

/// The environment, read in one place.
pub mod settings;

/// Logs.
pub mod telemetry;

/// The composition root: definition and settings become connections and stores.
pub mod app;

/// The command line.
pub mod cli;

/// The stand-in for the outside world: Microsoft Graph over real HTTP, with quotas and faults.
#[cfg(feature = "sandbox")]
pub mod sandbox;
