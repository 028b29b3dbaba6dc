//! `hand-over`: packages for an administrator, named and unpacked.

use std::{collections::BTreeSet, fs, io, path::Path};

use serde::Serialize;

use super::{Exit, Failure, Session, print, print_json};
use crate::{
    hand_over::{
        archive::{self, unzip},
        files::File,
    },
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
    let stores = session.stores_to_look().await?;
    let run = history::find(&stores, name).await?;
    let summary = match &run {
        Some(summary) => summary.clone(),
        None => latest(&stores, name).await?,
    };
    let Some(to) = to else {
        return named(session, &summary);
    };
    let (told, files) = match run {
        Some(summary) => (
            format!("The package of run {} is", summary.run),
            files_of(&stores, &summary.sync, &summary.run).await?,
        ),
        None => open_packages(&stores, &summary).await?,
    };
    unpack(&files, to)?;
    if session.json {
        named(session, &summary)?;
    } else {
        let whose = match files.iter().any(|file| file.path.contains('/')) {
            true => "README.md in each of its folders",
            false => "README.md",
        };
        print(&format!(
            "{told} in {}; {whose} says how to apply it.\n",
            to.display()
        ));
    }
    Ok(Exit::Done)
}

/// The files of the package of a run.
async fn files_of(stores: &Stores, sync: &str, run: &str) -> Result<Vec<File>, Failure> {
    let Some(zip) = history::package(stores, sync, run).await? else {
        return Err(invalid(format!(
            "run `{run}` made no package\n`rollcall hand-over {sync}` names the latest one"
        )));
    };
    unzip(&zip).map_err(|error| Failure {
        exit: Exit::Unexpected,
        message: format!("the package cannot be read: {error}"),
    })
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

/// What an administrator may still apply for a sync, and whose it is. Each list has its own last package; of one that was
/// made for both lists only the part is given that is not done with.
async fn open_packages(stores: &Stores, summary: &Summary) -> Result<(String, Vec<File>), Failure> {
    let open = summary.packages.iter().filter(|package| package.is_open());
    let open: Vec<&PackageNote> = open.collect();
    if open.is_empty() {
        let told: Vec<String> = summary.packages.iter().map(ToString::to_string).collect();
        return Err(invalid(format!(
            "`{}` has no package to apply: {}\nto look into it all the same, name its run",
            summary.sync,
            told.join("; ")
        )));
    }
    let mut files = Vec::new();
    for package in &open {
        let folder = archive::folder(package.side);
        let all = files_of(stores, &summary.sync, &package.run).await?;
        let is_for_both = all.iter().any(|file| file.path.contains('/'));
        for file in all {
            let name = match (is_for_both, file.path.strip_prefix(folder)) {
                (false, _) => file.path,
                (true, Some(name)) => name.to_owned(),
                (true, None) => continue,
            };
            let path = match open.len() {
                1 => name,
                _ => format!("{folder}{name}"),
            };
            files.push(File { path, ..file });
        }
    }
    let runs: BTreeSet<&str> = open.iter().map(|package| package.run.as_str()).collect();
    let runs: Vec<&str> = runs.into_iter().collect();
    let told = match runs.as_slice() {
        [one] => format!("The package of run {one} is"),
        several => format!("The packages of runs {} are", several.join(" and ")),
    };
    Ok((told, files))
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
fn unpack(files: &[File], to: &Path) -> Result<(), Failure> {
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
        fs::write(path, &file.bytes).map_err(failed)?;
    }
    Ok(())
}

fn invalid(message: String) -> Failure {
    Failure {
        exit: Exit::InvalidInput,
        message,
    }
}
