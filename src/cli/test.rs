//! `test`: tries a connection out.

use serde::Serialize;

use super::{Exit, Failure, Session, exit_of, print, print_json};
use crate::connectors::ports::TestLine;

/// What `test --json` prints.
#[derive(Serialize)]
struct Tested<'a> {
    version: u32,
    connection: &'a str,
    works: bool,
    lines: Vec<TestedLine<'a>>,
}

#[derive(Serialize)]
struct TestedLine<'a> {
    what: &'a str,
    ok: bool,
    message: String,
}

/// Tries a connection out and shows each thing that was tried.
pub(super) async fn test(session: &Session, connection: &str) -> Result<Exit, Failure> {
    let definition = session.definition()?;
    let stores = session.stores_to_look().await?;
    let connections = session.connections(&definition).with_loads(&stores);
    let lines = connections.test(connection)?.test().await;
    let exit = lines
        .iter()
        .filter_map(|line| line.result.as_ref().err())
        .map(exit_of)
        .fold(Exit::Done, Exit::worse);
    if session.json {
        let lines = lines.iter().map(line_as_json).collect();
        print_json(&Tested {
            version: 1,
            connection,
            works: exit == Exit::Done,
            lines,
        })?;
    } else {
        for TestLine { what, result } in &lines {
            match result {
                Ok(found) => print(&format!("ok    {what}: {found}\n")),
                Err(error) => print(&format!(
                    "FAIL  {what}: {}\n",
                    error.to_string().replace('\n', "\n      ")
                )),
            }
        }
    }
    Ok(exit)
}

fn line_as_json(line: &TestLine) -> TestedLine<'_> {
    let message = line
        .result
        .as_ref()
        .map_or_else(|error| error.to_string(), Clone::clone);
    TestedLine {
        what: &line.what,
        ok: line.result.is_ok(),
        message,
    }
}
