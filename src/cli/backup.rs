//! `backup` and `recover`: everything the storage holds, kept in a folder and brought back from one.

use std::path::Path;

use serde::Serialize;

use super::{Exit, Failure, Session, now, print, print_json};
use crate::{
    app,
    backup::{Copied, copy, is_unused},
    format,
    store::ports::Stores,
};

/// What `--json` prints.
#[derive(Serialize)]
struct Printed {
    version: u32,
    rows: usize,
    blobs: usize,
}

/// Copies the storage into a folder that holds nothing yet.
pub(super) async fn backup(session: &Session, to: &Path) -> Result<Exit, Failure> {
    let (from, name) = session.storage_to_look().await?;
    if is_unused(&from).await? {
        return Err(invalid(format!(
            "{name} holds nothing to copy\nname it with `--state`, or the account with `AzureWebJobsStorage`"
        )));
    }
    let folder = app::stores(to)?;
    unused(&folder, &format!("`{}`", to.display()), "name a new folder").await?;
    let copied = copy(&from, &folder, &copier("backup"), &now).await?;
    tell(session, copied, &name, &format!("`{}`", to.display()))
}

/// Copies what is in a folder into a storage that holds nothing yet.
pub(super) async fn recover(session: &Session, from: &Path) -> Result<Exit, Failure> {
    let folder = app::stores_to_look(from)?;
    format::look(&folder).await?;
    if is_unused(&folder).await? {
        return Err(invalid(format!(
            "`{}` holds no backup\nname the folder that `rollcall backup --to` wrote",
            from.display()
        )));
    }
    let (to, name) = session.storage().await?;
    unused(
        &to,
        &name,
        "recover into a new one: two histories cannot be joined",
    )
    .await?;
    let copied = copy(&folder, &to, &copier("recover"), &now).await?;
    tell(session, copied, &format!("`{}`", from.display()), &name)
}

/// What a copy is called: by the command, and by the process.
fn copier(command: &str) -> String {
    format!("rollcall {command}, process {}", std::process::id())
}

async fn unused(stores: &Stores, name: &str, todo: &str) -> Result<(), Failure> {
    if is_unused(stores).await? {
        return Ok(());
    }
    Err(invalid(format!(
        "{name} holds definitions or runs already\n{todo}"
    )))
}

fn invalid(message: String) -> Failure {
    Failure {
        exit: Exit::InvalidInput,
        message,
    }
}

fn tell(session: &Session, copied: Copied, from: &str, to: &str) -> Result<Exit, Failure> {
    let Copied { rows, blobs } = copied;
    if session.json {
        let version = 1;
        print_json(&Printed {
            version,
            rows,
            blobs,
        })?;
    } else {
        print(&format!(
            "{rows} rows and {blobs} blobs copied from {from} to {to}.\n"
        ));
    }
    Ok(Exit::Done)
}
