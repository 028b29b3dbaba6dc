//! Which variables there are, and which ones the connections of some syncs read: their names, and never a value.

use super::{Secrets, needed};
use crate::{
    definition::sync::{Definition, Sync},
    service::Variables,
    settings::{self, KNOWN, Settings},
};

/// What variables of ours begin with.
const OURS: &str = "ROLLCALL_";

/// What is known of the variables that the connections of the `asked` syncs read.
pub fn variables(
    definition: &Definition,
    asked: &[&Sync],
    settings: &Settings,
    secrets: &Secrets,
) -> Variables {
    let used = |name: &str| {
        let mut asked = asked.iter();
        asked.any(|sync| sync.source.connection == name || sync.target.connection == name)
    };
    let all = definition.connections.values();
    let read_by = |connection| needed(connection, secrets);
    let needed = all.clone().filter(|connection| used(&connection.name));
    let needed: Vec<(String, String)> = needed
        .flat_map(|connection| {
            let names = read_by(connection).into_iter();
            names.map(|name| (name, connection.name.clone()))
        })
        .collect();
    // Whoever names a storage account runs the functions app.
    let by_the_app = settings.storage.is_named().then(|| {
        let without = "the functions app starts no scheduler without it";
        ("ROLLCALL_SCHEDULE".to_owned(), without.to_owned())
    });
    let set = needed
        .iter()
        .chain(&by_the_app)
        .map(|(name, _)| name.clone());
    let set = set.filter(|name| secrets(name).is_some());
    let known = KNOWN.iter().map(|known| known.name.to_owned());
    Variables {
        set: set.collect(),
        unresolved: settings::unresolved()
            .into_iter()
            .map(|name| (name, settings::RESOLVE.to_owned()))
            .collect(),
        ours: settings::names(OURS),
        // A variable of a connection that was not asked about is nobody's slip.
        known: known.chain(all.flat_map(read_by)).collect(),
        by_the_app: by_the_app.into_iter().collect(),
        needed,
    }
}
