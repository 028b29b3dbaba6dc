//! `demo`: four companies' lists kept in step, over real HTTP, with stand-ins for the platforms on this machine.
//!
//! This file is the frame: which scenarios are played, and what came of them. Each scenario is a file of its own.

mod company;
mod mailroute;
mod messagemedia;
mod politemail;
mod shown;
mod stage;
mod syncronym;

use std::path::{Path, PathBuf};

use clap::ValueEnum as _;

use self::stage::{Ended, trouble};
use super::{
    Exit, Failure,
    arguments::{DemoArguments, DemoScenario},
    print, table,
};

/// Plays the scenarios one after the other.
pub(super) async fn demo(arguments: &DemoArguments) -> Result<Exit, Failure> {
    let folder = folder(arguments.keep.as_deref())?;
    let all = DemoScenario::value_variants().iter().copied();
    let chosen: Vec<DemoScenario> = all
        .filter(|scenario| arguments.only.is_none_or(|only| only == *scenario))
        .collect();
    for scenario in &chosen {
        refuse_an_old_one(&folder.join(name(*scenario)))?;
    }
    let mut ended = Vec::new();
    for scenario in chosen {
        print(&format!("{}. {}\n\n", ended.len() + 1, title(scenario)));
        let folder = folder.join(name(scenario));
        let end = match scenario {
            DemoScenario::Politemail => politemail::play(&folder, arguments.members as usize).await,
            DemoScenario::Syncronym => syncronym::play(&folder).await,
            DemoScenario::Mailroute => mailroute::play(&folder).await,
            DemoScenario::Messagemedia => messagemedia::play(&folder).await,
        }?;
        print("\n");
        ended.push((scenario, end));
    }
    print(&outcome(&ended));
    let as_told = ended.iter().all(|(_, end)| end.as_told);
    Ok(if as_told {
        Exit::Done
    } else {
        Exit::Unexpected
    })
}

/// What a scenario is called in arguments, folders and the table.
fn name(scenario: DemoScenario) -> String {
    let known = scenario.to_possible_value();
    known.map_or_else(String::new, |known| known.get_name().to_owned())
}

/// What the arguments say of a scenario.
fn title(scenario: DemoScenario) -> String {
    let known = scenario.to_possible_value();
    let help = known.and_then(|known| known.get_help().map(ToString::to_string));
    help.unwrap_or_default()
}

/// The scenarios as a table, and where to look on.
fn outcome(ended: &[(DemoScenario, Ended)]) -> String {
    let header = [
        "scenario",
        "runs",
        "members",
        "requests (first)",
        "requests (idle)",
        "as told",
    ];
    let mut rows = vec![header.map(str::to_owned).to_vec()];
    let mut places = String::new();
    let program = std::env::args().next();
    let program = program.unwrap_or_else(|| "rollcall".to_owned());
    for (scenario, end) in ended {
        let numbers = [end.runs as u64, end.members as u64, end.first, end.idle];
        let mut row = vec![name(*scenario)];
        row.extend(numbers.iter().map(u64::to_string));
        row.push(if end.as_told { "yes" } else { "no" }.to_owned());
        rows.push(row);
        let (config, state) = (end.config.display(), end.state.display());
        places.push_str(&format!(
            "  {program} history -c {config} --state {state}\n"
        ));
    }
    format!("{}\nLook at it:\n{places}", table::render(&rows, ""))
}

fn folder(keep: Option<&Path>) -> Result<PathBuf, Failure> {
    match keep {
        Some(folder) => Ok(folder.to_owned()),
        None => tempfile::Builder::new()
            .prefix("rollcall-demo-")
            .tempdir()
            .map(tempfile::TempDir::keep)
            .map_err(|error| trouble("no temporary folder can be made", &error)),
    }
}

/// The stand-ins begin anew each time: a history of others before them would be another story.
fn refuse_an_old_one(folder: &Path) -> Result<(), Failure> {
    if !folder.exists() {
        return Ok(());
    }
    Err(Failure {
        exit: Exit::InvalidInput,
        message: format!(
            "`{}` is there already\nname another folder with `--keep DIR`, or delete this one",
            folder.display()
        ),
    })
}

/// The heading of an act.
fn act(title: &str) {
    print(&format!("\n-- {title}\n"));
}
