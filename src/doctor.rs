//! Everything is looked over before people rely on it.
//!
//! No check writes to a platform; the storage is tried with a record of its own. A check that fails is a finding itself
//! and stops no other. This room must not know a concrete connector or store, nor the environment: what is set there is
//! told to it by name.

mod advice;
mod connections;
mod limits;
mod list;
mod owners;
mod settings;
mod storage;
mod syncs;
#[cfg(test)]
mod tests;
mod text;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::{
    connectors::ports::{
        ConnectionTest, ConnectorError, Examination, Readers, Watch,
        examination::{Finding, Level},
    },
    definition::{
        fault::Fault,
        sync::{Definition, Sync},
    },
    store::ports::Stores,
};
pub use connections::{connection, connection_names, connections};
pub use settings::{Variables, settings};
pub use storage::{failed as storage_failed, storage, storage_to_look};
pub use syncs::syncs;

/// The version of a report's JSON.
pub const REPORT_VERSION: u32 = 1;

/// Everything that was looked at.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Report {
    /// The version of this form.
    pub version: u32,
    /// Whether it is safe to let the syncs run: nothing is a problem.
    pub safe: bool,
    /// What was found, in the order in which it was looked at.
    pub findings: Vec<Told>,
}

/// A finding with what it is about.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Told {
    /// `settings`, `connection entra-id`, `sync everyone`, `storage`.
    pub about: String,
    /// What was found.
    #[serde(flatten)]
    pub finding: Finding,
}

/// The connections of a definition, as far as they are looked at.
pub trait Doors: Send + std::marker::Sync {
    /// Opens lists for reading.
    fn readers(&self) -> &dyn Readers;
    /// What tries one connection out.
    fn test(&self, name: &str) -> Result<Box<dyn ConnectionTest>, ConnectorError>;
    /// What looks one connection over beside that; `None` where there is nothing more to be known.
    fn examination(&self, name: &str) -> Result<Option<Box<dyn Examination>>, ConnectorError>;
}

/// What is looked at.
#[derive(Clone, Copy)]
pub struct Patient<'a> {
    /// The whole definition.
    pub definition: &'a Definition,
    /// The syncs that somebody asks about.
    pub asked: &'a [&'a Sync],
    /// Whether these are all of them.
    pub all: bool,
    /// Whether the definition holds every sync there is: none was left out because it cannot be used.
    pub all_known: bool,
    /// The one list that somebody asks about, of those a sync routes people to.
    pub list: Option<&'a str>,
    /// The connections.
    pub doors: &'a dyn Doors,
    /// Where everything is kept.
    pub stores: &'a Stores,
    /// Who watches.
    pub watch: &'a dyn Watch,
    /// The time, asked at the edge.
    pub now: &'a (dyn Fn() -> Timestamp + Send + std::marker::Sync),
}

impl Report {
    /// The report of these findings.
    pub fn of(findings: Vec<Told>) -> Self {
        let is_problem = |told: &Told| told.finding.level == Level::Problem;
        Self {
            version: REPORT_VERSION,
            safe: !findings.iter().any(is_problem),
            findings,
        }
    }

    /// The report as text: what was found, by what it is about, and in the last line whether it is safe.
    pub fn as_text(&self) -> String {
        text::render(self)
    }
}

/// Findings about one thing.
pub fn told(about: &str, findings: impl IntoIterator<Item = Finding>) -> Vec<Told> {
    let findings = findings.into_iter();
    findings
        .map(|finding| Told {
            about: about.to_owned(),
            finding,
        })
        .collect()
}

/// What is wrong with a definition, fault by fault.
pub fn faults(what: &str, faults: &[Fault]) -> Vec<Finding> {
    let faults = faults.iter().map(|fault| {
        let found = match fault.path.as_str() {
            "" => fault.message.clone(),
            path => format!("{path}: {}", fault.message),
        };
        let help = fault.help.as_deref().unwrap_or("correct the definition");
        Finding::problem(what, found).todo(help)
    });
    faults.collect()
}

/// A text whose further lines say what to do, as a finding.
pub fn said(what: &str, text: &str) -> Finding {
    match text.split_once('\n') {
        Some((found, todo)) => Finding::problem(what, found).todo(todo),
        None => Finding::problem(what, text),
    }
}

/// An error as a finding.
pub fn failed(what: &str, error: &ConnectorError) -> Finding {
    let finding = Finding::problem(what, error.message.clone());
    match &error.help {
        Some(help) => finding.todo(help.clone()),
        None => finding,
    }
}
