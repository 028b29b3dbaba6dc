//! What is known of the package an administrator changes a list with, where rollcall may not write it.

use std::fmt;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::model::{
    capabilities::HandOver,
    list::{Side, Sides},
};

/// One list that an administrator changes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Handed {
    /// With what.
    pub with: HandOver,
    /// Why rollcall does not, in words.
    pub why: String,
    /// The last package for it, unless an earlier run saw that it is done with.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub package: Option<PackageNote>,
}

/// How far a package is, as a run saw it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct PackageNote {
    /// The list it is for.
    pub side: Side,
    /// The run that made it; `rollcall hand-over RUN --to DIR` unpacks it.
    pub run: String,
    /// When it was made.
    #[schema(value_type = String, format = DateTime)]
    pub made: Timestamp,
    /// How far it is.
    pub state: PackageState,
    /// How many of its changes the list shows as made.
    pub done: usize,
    /// How many are still to be made.
    pub open: usize,
    /// How many of those this run could not confirm, because it could not read a list whole.
    #[serde(default, skip_serializing_if = "is_none")]
    pub unsure: usize,
    /// The run whose package this one replaces, where it replaces one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub replaces: Option<String>,
}

/// How far a package is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub enum PackageState {
    /// This run made it.
    Made,
    /// Nothing of it is applied yet, and it is still right.
    Waiting,
    /// Some of it is applied, and the rest is still right.
    PartlyApplied,
    /// All of it is so by now.
    Applied,
    /// It would do what is not wanted any more, or it is too old: nobody must apply it.
    Superseded,
}

impl PackageNote {
    /// Whether somebody still has to apply it.
    pub fn is_open(&self) -> bool {
        use PackageState::{Applied, Made, PartlyApplied, Superseded, Waiting};
        match self.state {
            Made | Waiting | PartlyApplied => true,
            Applied | Superseded => false,
        }
    }
}

impl fmt::Display for PackageNote {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            run,
            done,
            open,
            unsure,
            ..
        } = self;
        let changes = |count: usize| match count {
            1 => "1 change".to_owned(),
            count => format!("{count} changes"),
        };
        match self.state {
            PackageState::Made => {
                write!(formatter, "package of run {run}: made, {}", changes(*open))?;
            }
            PackageState::Waiting => {
                write!(
                    formatter,
                    "package of run {run}: waits, nothing of its {} is applied",
                    changes(*open)
                )?;
            }
            PackageState::PartlyApplied => write!(
                formatter,
                "package of run {run}: partly applied, {done} of {} made",
                changes(done + open)
            )?,
            PackageState::Applied => write!(formatter, "package of run {run}: applied")?,
            PackageState::Superseded => write!(
                formatter,
                "package of run {run}: superseded, nobody must apply it any more"
            )?,
        }
        if *unsure > 0 {
            write!(
                formatter,
                "; {} of it could not be confirmed this time",
                changes(*unsure)
            )?;
        }
        match &self.replaces {
            Some(earlier) => write!(formatter, "; it replaces the one of run {earlier}"),
            None => Ok(()),
        }
    }
}

/// Whether no list is changed by an administrator.
pub(super) fn nothing_is_handed_over(handed: &Sides<Option<Handed>>) -> bool {
    handed.source.is_none() && handed.target.is_none()
}

#[expect(
    clippy::trivially_copy_pass_by_ref,
    reason = "serde hands the field over by reference"
)]
fn is_none(count: &usize) -> bool {
    *count == 0
}
