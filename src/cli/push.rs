//! `push`: brings the definitions of a file to a running app.

use std::io::{self, BufRead, IsTerminal, Write};

use serde::Serialize;
use serde_json::Value;

use super::{Exit, Failure, Session, arguments::PushArguments, complain, print, print_json};
use crate::{
    definition::strict_json,
    push::{self, Difference, PushError, Remote, Step},
    settings::API_KEY,
};

/// What `push --json` prints.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Pushed<'a> {
    version: u32,
    /// Whether the changes were made.
    applied: bool,
    steps: Vec<PushedStep<'a>>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct PushedStep<'a> {
    action: &'static str,
    kind: String,
    name: &'a str,
    keys: Vec<PushedKey>,
}

#[derive(Serialize)]
struct PushedKey {
    key: String,
    old: Option<Value>,
    new: Option<Value>,
}

/// Shows what differs, and makes it so when somebody agrees.
pub(super) async fn push(session: &Session, arguments: &PushArguments) -> Result<Exit, Failure> {
    let items = {
        let definition = session.definition()?;
        let ids: Vec<&str> = definition
            .syncs
            .iter()
            .map(|sync| sync.id.as_str())
            .collect();
        push::items(&file(session)?, &ids)
    };
    let url = arguments
        .to
        .clone()
        .or_else(|| session.settings.api_url.clone());
    let url = url.ok_or_else(|| {
        let message = "nobody said where to push to\nsay `--to URL`, or set `ROLLCALL_API_URL`";
        failure(Exit::InvalidInput, message.to_owned())
    })?;
    let key = (session.secrets)(API_KEY);
    let remote = Remote::new(&url, key.as_deref())?;
    let difference = push::compare(&remote, &items, arguments.prune).await?;
    if !session.json {
        print(&difference.to_string());
    }
    if difference.unlisted > 0 {
        complain(&format!(
            "{} syncs could not be listed and are not pruned; the app's log says why",
            difference.unlisted
        ));
    }
    let agreed = difference.steps.is_empty() || arguments.yes || (!session.json && asked()?);
    let done = if agreed {
        push::carry_out(&remote, &difference.steps, |step| {
            if !session.json {
                print(&format!("{}d {step}\n", step.action()));
            }
        })
        .await
    } else {
        if !session.json {
            complain("nothing was changed; `--yes` makes the changes");
        }
        Ok(())
    };
    if session.json {
        print_json(&told(&difference, agreed && done.is_ok()))?;
    }
    match done {
        // Some may be done, and some are not.
        Err(error) => Err(failure(Exit::SomeFailed, error.message)),
        Ok(()) if agreed => Ok(Exit::Done),
        Ok(()) => Ok(Exit::ChangesFound),
    }
}

/// The file as JSON, as it is written.
fn file(session: &Session) -> Result<Value, Failure> {
    let place = session.config.display();
    let text = std::fs::read_to_string(&session.config).map_err(|error| {
        let message = format!("the definition file `{place}` cannot be read: {error}");
        failure(Exit::InvalidInput, message)
    })?;
    strict_json(&text).map_err(|faults| {
        let first = faults.first().map(ToString::to_string).unwrap_or_default();
        failure(Exit::InvalidInput, format!("`{place}`: {first}"))
    })
}

/// Asks whoever sits at the terminal; nobody agrees where nobody sits.
fn asked() -> Result<bool, Failure> {
    if !(io::stdin().is_terminal() && io::stderr().is_terminal()) {
        return Ok(false);
    }
    agrees(&mut io::stdin().lock(), &mut io::stderr()).map_err(|error| {
        let message = format!("the answer cannot be read: {error}\nsay `--yes` instead");
        failure(Exit::Unexpected, message)
    })
}

fn agrees(input: &mut dyn BufRead, output: &mut dyn Write) -> io::Result<bool> {
    write!(output, "Make these changes? [y/N] ")?;
    output.flush()?;
    let mut line = String::new();
    input.read_line(&mut line)?;
    Ok(["y", "yes"].contains(&line.trim().to_lowercase().as_str()))
}

fn told(difference: &Difference, applied: bool) -> Pushed<'_> {
    let step = |step: &'_ Step| -> Vec<PushedKey> {
        let keys = step.keys().into_iter();
        keys.map(|change| PushedKey {
            key: change.key,
            old: change.old,
            new: change.new,
        })
        .collect()
    };
    let steps = difference.steps.iter().map(|change| PushedStep {
        action: change.action(),
        kind: change.shelf.to_string(),
        name: &change.name,
        keys: step(change),
    });
    Pushed {
        version: 1,
        applied,
        steps: steps.collect(),
    }
}

fn failure(exit: Exit, message: String) -> Failure {
    Failure { exit, message }
}

impl From<PushError> for Failure {
    fn from(error: PushError) -> Self {
        let exit = if error.is_input {
            Exit::InvalidInput
        } else {
            Exit::Unexpected
        };
        failure(exit, error.message)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_yes_is_one() {
        for (line, expected) in [
            ("y\n", true),
            (" YES \r\n", true),
            ("\n", false),
            ("", false),
            ("n\n", false),
            ("yesterday\n", false),
        ] {
            let mut shown = Vec::new();
            let agreed = agrees(&mut line.as_bytes(), &mut shown).unwrap();
            assert_eq!(agreed, expected, "{line:?}");
            assert_eq!(shown, b"Make these changes? [y/N] ");
        }
    }
}
