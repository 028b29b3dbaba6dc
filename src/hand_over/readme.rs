//! What a package says to the person who opens it.

use std::fmt::Write as _;

use jiff::Timestamp;

use super::{Manifest, Row, RowAction};
use crate::{
    model::{capabilities::HandOver, list::ListRef},
    plan::text::on_one_line,
};

/// So many people are named in the text; the summary names all.
const NAMED: usize = 100;

/// The text of `README.md`.
pub(super) fn readme(manifest: &Manifest) -> String {
    let mut text = String::new();
    facts(manifest, &mut text);
    before(manifest, &mut text);
    contents(manifest, &mut text);
    if manifest.counts.invite > 0 {
        guests(manifest, &mut text);
    }
    if manifest.counts.add + manifest.counts.remove > 0 {
        match manifest.with {
            HandOver::Directory => {
                admin_centre(manifest, &mut text);
                script("apply-graph.ps1", GRAPH, &mut text);
            }
            HandOver::Exchange => {
                text.push_str(NO_ADMIN_CENTRE);
                script("apply-exchange.ps1", EXCHANGE, &mut text);
            }
        }
    }
    text.push_str(RECOGNISED);
    people(manifest, &mut text);
    text
}

fn facts(manifest: &Manifest, text: &mut String) {
    let Manifest {
        list,
        group_id,
        sync,
        run,
        why,
        counts,
        ..
    } = manifest;
    let ListRef { connection, list } = list;
    let _ = write!(
        text,
        "# Members of {name}: changes for an administrator\n\n\
         rollcall keeps this group in step with another list, and does not change it itself: {why}.\n\
         This package holds what has to change. It was planned with the same checks and limits as any other run.\n\n\
         - Group: {name}, object id {id}, on the connection {connection}\n\
         - Sync and run: {sync}, {run}\n\
         - Made: {made}\n\
         - To add: {add}\n\
         - To remove: {remove}\n\
         - Guests to invite first: {invite}\n",
        name = code(list),
        why = on_one_line(why),
        id = code(group_id),
        connection = code(connection),
        sync = code(sync),
        run = code(run),
        made = moment(manifest.made),
        add = counts.add,
        remove = counts.remove,
        invite = counts.invite,
    );
}

fn before(manifest: &Manifest, text: &mut String) {
    let _ = write!(
        text,
        "\n## Before you begin\n\n\
         Apply it before {last}, and only while it is the latest one: people may leave or opt out meanwhile.\n\
         `rollcall hand-over SYNC`, with the name of the sync, names the latest package, and says when this one is \
         superseded. The script refuses to work after that day; the files for the admin centre cannot.\n",
        last = moment(manifest.apply_before),
    );
    if let Some(earlier) = &manifest.replaces {
        let _ = writeln!(
            text,
            "\nIt replaces the package of run {}: do not apply that one any more.",
            code(earlier)
        );
    }
}

fn contents(manifest: &Manifest, text: &mut String) {
    text.push_str(
        "\n## What is in it\n\n\
         - `summary.json`: everything this package says, for programs; every member with the reason\n",
    );
    let ids = "object ids, one for each member";
    if manifest.counts.add > 0 {
        let _ = writeln!(text, "- `add-members.csv`: whom to add; {ids}");
    }
    if manifest.counts.remove > 0 {
        let _ = writeln!(text, "- `remove-members.csv`: whom to remove; {ids}");
    }
    text.push_str(match manifest.with {
        HandOver::Directory => {
            "- `apply-graph.ps1`: a script that applies both files with Microsoft Graph PowerShell\n"
        }
        HandOver::Exchange => {
            "- `apply-exchange.ps1`: a script that applies both files with Exchange Online PowerShell\n"
        }
    });
}

fn guests(manifest: &Manifest, text: &mut String) {
    text.push_str(
        "\n## Invite the guests\n\n\
         Nobody in the directory has these addresses. Invite them in the Microsoft Entra admin centre under Users > All \
         users > New user > Invite external user, or leave them out. rollcall invites nobody for this group: once a \
         guest is in the directory, the next package adds them.\n\n",
    );
    list(manifest, RowAction::Invite, text);
}

fn admin_centre(manifest: &Manifest, text: &mut String) {
    let _ = write!(
        text,
        "\n## With the admin centre\n\n\
         As a Groups Administrator or an owner of the group:\n\n\
         1. Open the Microsoft Entra admin centre, Groups > All groups, and the group with the object id {}.\n\
         2. Open Members, then Bulk operations.\n",
        code(&manifest.group_id),
    );
    let mut step = 2;
    for (count, what, file) in [
        (manifest.counts.add, "Import members", "add-members.csv"),
        (
            manifest.counts.remove,
            "Remove members",
            "remove-members.csv",
        ),
    ] {
        if count > 0 {
            step += 1;
            let _ = writeln!(
                text,
                "{step}. Choose {what}, upload `{file}` as it is, and submit."
            );
        }
    }
    text.push_str(
        "\nThe result is under Bulk operation results. A member who is there already, or gone already, is told as a \
         failure there and is none. The admin centre asks for at least two members in a file: for one alone use Members > \
         Add members or Remove, or the script.\n",
    );
}

const NO_ADMIN_CENTRE: &str = "\n## Not with the Entra admin centre\n\n\
    The Entra admin centre cannot change the members of a distribution list or a mail-enabled security group, and \
    neither can Microsoft Graph. The files are for the script below.\n";

const GRAPH: &str = "It needs the modules Microsoft.Graph.Authentication and Microsoft.Graph.Groups, and the delegated \
    permission `GroupMember.ReadWrite.All` for an owner of the group or a Groups Administrator.";

const EXCHANGE: &str = "It needs the module ExchangeOnlineManagement, 3.0 or later, and an Exchange Administrator, or an \
    account with the Exchange role Security Group Creation and Membership.";

fn script(name: &str, needs: &str, text: &mut String) {
    let _ = write!(
        text,
        "\n## With PowerShell\n\n\
         {needs}\n\n\
         1. Unpack the whole package into a folder of its own.\n\
         2. `.\\{name} -WhatIf` shows what would be done, and does nothing.\n\
         3. `.\\{name}` does it, goes on after a member that failed, and says what it did. It may be run again.\n\n\
         The script is the same in every package and runs nothing that stands in the other files.\n",
    );
}

const RECOGNISED: &str = "\n## When it is done\n\n\
    Nobody has to tell rollcall. The next run reads the group and sees what was applied: all of it, a part of it (the \
    rest waits in this package), or that something else is wanted by now; then it makes a new package that says which \
    one it replaces.\n";

fn people(manifest: &Manifest, text: &mut String) {
    for (action, heading) in [(RowAction::Add, "To add"), (RowAction::Remove, "To remove")] {
        if manifest.changes.iter().any(|row| row.action == action) {
            let _ = write!(text, "\n## {heading}\n\n");
            list(manifest, action, text);
        }
    }
}

/// A block of code: whatever a name holds, it is shown as it is.
fn list(manifest: &Manifest, action: RowAction, text: &mut String) {
    let rows: Vec<&Row> = manifest
        .changes
        .iter()
        .filter(|row| row.action == action)
        .collect();
    for row in rows.iter().take(NAMED) {
        let Row { member, reason, .. } = row;
        let id = row
            .id
            .as_ref()
            .map_or(String::new(), |id| format!("  {id}"));
        let _ = writeln!(text, "    {member}{id}  {reason}");
    }
    if rows.len() > NAMED {
        let _ = writeln!(
            text,
            "\nand {} more; see `summary.json`.",
            rows.len() - NAMED
        );
    }
}

/// A text that Markdown leaves as it is.
fn code(text: &str) -> String {
    format!("`{}`", on_one_line(text).replace('`', "'"))
}

fn moment(time: Timestamp) -> String {
    time.strftime("%Y-%m-%d %H:%M UTC").to_string()
}
