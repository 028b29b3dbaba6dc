//! `hand-over`: packages for an administrator, named and unpacked.

use std::{fs, io, path::Path};

use serde::Serialize;

use super::{Exit, Failure, Session, print, print_json};
use crate::{
    hand_over::archive::unzip,
    history,
    plan::handed::{PackageNote, PackageState},
    store::ports::Stores,
    summary::Summary,
};

/// How many runs back the latest package is looked for.
const LOOK_BACK: usize = 1000;

/// What `hand-over --json` prints.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Named<'a> {
    version: u32,
    sync: &'a str,
    /// The run that looked last.
    seen_by: &'a str,
    packages: &'a [PackageNote],
}

/// Names the packages of a sync or a run; unpacks one where a folder is given.
pub(super) async fn hand_over(
    session: &Session,
    name: &str,
    to: Option<&Path>,
) -> Result<Exit, Failure> {
    let stores = session.stores_to_look()?;
    let run = history::find(&stores, name).await?;
    let summary = match &run {
        Some(summary) => summary.clone(),
        None => latest(&stores, name).await?,
    };
    let Some(to) = to else {
        return named(session, &summary);
    };
    let made_by = match run {
        Some(summary) => summary.run,
        None => open_package(&summary)?.run.clone(),
    };
    let Some(zip) = history::package(&stores, &summary.sync, &made_by).await? else {
        return Err(invalid(format!(
            "run `{made_by}` made no package\n`rollcall hand-over {}` names the latest one",
            summary.sync
        )));
    };
    unpack(&zip, to)?;
    if session.json {
        named(session, &summary)?;
    } else {
        print(&format!(
            "The package of run {made_by} is in {}; README.md says how to apply it.\n",
            to.display()
        ));
    }
    Ok(Exit::Done)
}

/// The newest run of a sync that knew of a package.
async fn latest(stores: &Stores, sync: &str) -> Result<Summary, Failure> {
    let runs = history::list(stores, sync, LOOK_BACK).await?;
    let is_known = !runs.is_empty();
    let found = runs.into_iter().find(|run| !run.packages.is_empty());
    found.ok_or_else(|| {
        invalid(if is_known {
            format!("`{sync}` has no package: nothing of it waits for an administrator")
        } else {
            format!(
                "there is neither a sync nor a run `{sync}` with a history\n`rollcall history` lists the runs"
            )
        })
    })
}

/// The package of a sync that an administrator may still apply.
fn open_package(summary: &Summary) -> Result<&PackageNote, Failure> {
    let open = summary.packages.iter().find(|package| package.is_open());
    open.ok_or_else(|| {
        let told: Vec<String> = summary.packages.iter().map(ToString::to_string).collect();
        invalid(format!(
            "`{}` has no package to apply: {}\nto look into it all the same, name its run",
            summary.sync,
            told.join("; ")
        ))
    })
}

fn named(session: &Session, summary: &Summary) -> Result<Exit, Failure> {
    if session.json {
        print_json(&Named {
            version: 1,
            sync: &summary.sync,
            seen_by: &summary.run,
            packages: &summary.packages,
        })?;
        return Ok(Exit::Done);
    }
    if summary.packages.is_empty() {
        print(&format!("Run {} knew of no package.\n", summary.run));
    }
    for package in &summary.packages {
        let list = summary.lists.of(package.side);
        print(&format!(
            "{list}: {package} (seen by run {})\n",
            summary.run
        ));
        if package.state != PackageState::Superseded && package.is_open() {
            print(&format!("  rollcall hand-over {} --to DIR\n", package.run));
        }
    }
    Ok(Exit::Done)
}

/// Writes the files of a package into a folder that is new or empty: nothing of another package may stay beside them.
fn unpack(zip: &[u8], to: &Path) -> Result<(), Failure> {
    let files = unzip(zip).map_err(|error| Failure {
        exit: Exit::Unexpected,
        message: format!("the package cannot be read: {error}"),
    })?;
    let failed = |error: io::Error| Failure {
        exit: Exit::Unexpected,
        message: format!("`{}` cannot be written: {error}", to.display()),
    };
    if to.exists() && !to.is_dir() {
        return Err(invalid(format!("`{}` is no folder", to.display())));
    }
    if to.exists() && fs::read_dir(to).map_err(failed)?.next().is_some() {
        return Err(invalid(format!(
            "`{}` is not empty\nname a new folder",
            to.display()
        )));
    }
    fs::create_dir_all(to).map_err(failed)?;
    for file in files {
        let path = to.join(&file.path);
        if let Some(folder) = path.parent() {
            fs::create_dir_all(folder).map_err(failed)?;
        }
        fs::write(path, file.bytes).map_err(failed)?;
    }
    Ok(())
}

fn invalid(message: String) -> Failure {
    Failure {
        exit: Exit::InvalidInput,
        message,
    }
}
