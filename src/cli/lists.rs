//! `lists`: what a definition can name on a connection.

use serde::Serialize;

use super::{Exit, Failure, Session, complain, print, print_json, progress::Progress, table};
use crate::connectors::ports::KnownList;

/// What `lists --json` prints.
#[derive(Serialize)]
struct Named<'a> {
    version: u32,
    connection: &'a str,
    lists: Vec<NamedList<'a>>,
}

#[derive(Serialize)]
struct NamedList<'a> {
    /// Empty where the connection itself is the list.
    name: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    id: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    note: Option<&'a str>,
}

/// Names the lists of a connection, with what is to be known before a sync names one.
pub(super) async fn lists(session: &Session, connection: &str) -> Result<Exit, Failure> {
    let definition = session.definition()?;
    let stores = session.stores_to_look().await?;
    let connections = session.connections(&definition).with_loads(&stores);
    let progress = Progress::new();
    let found = connections.lists(connection)?.lists(&progress).await;
    progress.finish();
    let found = found?;
    if session.json {
        let lists = found.iter().map(list_as_json).collect();
        print_json(&Named {
            version: 1,
            connection,
            lists,
        })?;
    } else if found.is_empty() {
        complain(&format!("`{connection}` has no lists yet"));
    } else {
        print(&rows(&found));
    }
    Ok(Exit::Done)
}

fn list_as_json(list: &KnownList) -> NamedList<'_> {
    NamedList {
        name: &list.name,
        id: list.id.as_deref(),
        note: list.note.as_deref(),
    }
}

fn rows(lists: &[KnownList]) -> String {
    let mut rows = vec![["name", "id", "note"].map(str::to_owned).to_vec()];
    rows.extend(lists.iter().map(|list| {
        let name = match list.name.as_str() {
            "" => "(the connection itself)",
            name => name,
        };
        let or_nothing = |text: &Option<String>| text.clone().unwrap_or_default();
        vec![
            name.to_owned(),
            or_nothing(&list.id),
            or_nothing(&list.note),
        ]
    }));
    table::render(&rows, "")
}
