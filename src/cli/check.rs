//! `check` and `schema`: the definition file by itself.

use std::path::Path;

use serde::Serialize;

use super::{Exit, Failure, print, print_json};
use crate::app::{self, LoadError};

/// What `check --json` prints.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Checked<'a> {
    version: u32,
    file: String,
    valid: bool,
    syncs: Vec<&'a str>,
    faults: Vec<CheckedFault>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct CheckedFault {
    path: String,
    message: String,
    help: Option<String>,
}

/// Validates a definition file.
pub(super) fn check(file: &Path, json: bool) -> Result<Exit, Failure> {
    let result = app::definition(file);
    if json {
        return check_as_json(file, &result);
    }
    let definition = result?;
    let count =
        |count: usize, what: &str| format!("{count} {what}{}", if count == 1 { "" } else { "s" });
    print(&format!(
        "`{}` is valid: {} over {}.\n",
        file.display(),
        count(definition.syncs.len(), "sync"),
        count(definition.connections.len(), "connection"),
    ));
    for sync in &definition.syncs {
        let schedule = if sync.schedule.automatic {
            "runs by itself"
        } else {
            "runs when asked"
        };
        print(&format!(
            "  {}: {} -> {}, {schedule}\n",
            sync.id, sync.source.connection, sync.target.connection
        ));
    }
    Ok(Exit::Done)
}

fn check_as_json(
    file: &Path,
    result: &Result<crate::definition::sync::Definition, LoadError>,
) -> Result<Exit, Failure> {
    let mut checked = Checked {
        version: 1,
        file: file.display().to_string(),
        valid: result.is_ok(),
        syncs: Vec::new(),
        faults: Vec::new(),
    };
    let exit = match result {
        Ok(definition) => {
            checked.syncs = definition
                .syncs
                .iter()
                .map(|sync| sync.id.as_str())
                .collect();
            Exit::Done
        }
        Err(LoadError::Faults { faults, .. }) => {
            checked.faults = faults
                .iter()
                .map(|fault| CheckedFault {
                    path: fault.path.clone(),
                    message: fault.message.clone(),
                    help: fault.help.clone(),
                })
                .collect();
            Exit::InvalidInput
        }
        Err(LoadError::Unreadable { problem, .. }) => {
            checked.faults = vec![CheckedFault {
                path: String::new(),
                message: problem.clone(),
                help: None,
            }];
            Exit::InvalidInput
        }
    };
    print_json(&checked)?;
    Ok(exit)
}

/// Prints the JSON Schema.
pub(super) fn schema() -> Result<Exit, Failure> {
    print_json(&app::schema())?;
    Ok(Exit::Done)
}
