//! `explain`: why one person is, is not, or will be on a list.

use super::{Exit, Failure, Session, chosen, now, print, print_json, progress::Progress};
use crate::explain::{self, Asked, Explained, Sources, Unanswered};

/// Tells what is known of one person. Writes nothing.
pub(super) async fn explain(session: &Session, sync: &str, who: &str) -> Result<Exit, Failure> {
    let Some(asked) = Asked::parse(who) else {
        let message = "there is nobody to explain\nname an address, a phone number (`+61…`), an id or an employee id";
        return Err(Failure {
            exit: Exit::InvalidInput,
            message: message.to_owned(),
        });
    };
    let definition = session.definition()?;
    let stores = session.stores_to_look().await?;
    let connections = session.connections(&definition).with_loads(&stores);
    let list = sync.split_once('/').map(|(_, list)| list);
    let mut exit = Exit::Done;
    for found in chosen(&definition, Some(sync))? {
        let progress = Progress::new();
        let sources = Sources {
            readers: &connections,
            stores: &stores,
            watch: &progress,
            now: &now,
        };
        let answer = explain::answer(sources, found, list, &asked).await;
        progress.finish();
        let answer = answer.map_err(|error| failure(error).about(&found.id))?;
        exit = exit.worse(show(session, &answer)?);
    }
    Ok(exit)
}

fn show(session: &Session, answer: &Explained) -> Result<Exit, Failure> {
    if session.json {
        print_json(answer)?;
    } else {
        print(&answer.as_text());
    }
    Ok(if answer.knows_somebody() {
        Exit::Done
    } else {
        Exit::InvalidInput
    })
}

fn failure(error: Unanswered) -> Failure {
    match error {
        Unanswered::Connection(error) => error.into(),
        Unanswered::Store(error) => error.into(),
    }
}
