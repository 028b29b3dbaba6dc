//! The files of a package.
//!
//! What comes from outside stands in files that are read and never run: the scripts are the same bytes in every
//! package.

use super::{Manifest, RowAction, readme};
use crate::model::capabilities::{HandOver, MemberCsv};

/// The heading of the one column that the admin centre's file for members has; the scripts know it as well.
/// <https://learn.microsoft.com/entra/identity/users/groups-bulk-import-members>
pub const COLUMN: &str = "Member object ID or user principal name [memberObjectIdOrUpn] Required";

/// The first row of the template of 2020 to 2024.
const LEGACY_VERSION: &str = "version:v1.0";

/// The script for groups that Microsoft Graph can write.
pub const APPLY_GRAPH: &str = include_str!("scripts/apply-graph.ps1");

/// The script for distribution lists and mail-enabled security groups.
pub const APPLY_EXCHANGE: &str = include_str!("scripts/apply-exchange.ps1");

/// One file of a package.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct File {
    /// Its path within the package.
    pub path: String,
    /// What it holds.
    pub bytes: Vec<u8>,
}

/// The files of one package, in the order in which people read them. A file of members that would be empty is left out:
/// the admin centre takes none.
pub fn files(manifest: &Manifest, form: MemberCsv) -> Result<Vec<File>, serde_json::Error> {
    let mut files = vec![
        file("README.md", readme::readme(manifest)),
        file(
            "summary.json",
            serde_json::to_string_pretty(manifest)? + "\n",
        ),
    ];
    for (name, action) in [
        ("add-members.csv", RowAction::Add),
        ("remove-members.csv", RowAction::Remove),
    ] {
        files.extend(members(manifest, action, form).map(|text| file(name, text)));
    }
    files.push(match manifest.with {
        HandOver::Directory => file("apply-graph.ps1", APPLY_GRAPH.to_owned()),
        HandOver::Exchange => file("apply-exchange.ps1", APPLY_EXCHANGE.to_owned()),
    });
    Ok(files)
}

fn file(path: &str, text: String) -> File {
    File {
        path: path.to_owned(),
        bytes: text.into_bytes(),
    }
}

/// The members of one kind of change in the admin centre's form: UTF-8 without a mark, lines that end as in DOS.
///
/// Every cell is an object id, of hexadecimal digits and hyphens with a digit of either kind in front, so that no
/// spreadsheet takes one for a formula and nothing has to be quoted.
fn members(manifest: &Manifest, action: RowAction, form: MemberCsv) -> Option<String> {
    let rows = manifest.changes.iter().filter(|row| row.action == action);
    let ids: Vec<&str> = rows
        .filter_map(|row| Some(row.id.as_ref()?.as_str()))
        .collect();
    if ids.is_empty() {
        return None;
    }
    let heading = match form {
        MemberCsv::Current => vec![COLUMN],
        MemberCsv::Legacy => vec![LEGACY_VERSION, COLUMN],
    };
    let lines = heading.into_iter().chain(ids);
    Some(lines.map(|line| format!("{line}\r\n")).collect())
}
