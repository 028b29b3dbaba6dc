//! Accounts of the Azurite that `tests/run` has started: one for each test, so that no test sees another's rows.

use std::{env, fs::OpenOptions, path::Path};

const KEY: &str = "cm9sbGNhbGwtdGVzdHMtdXNlLXRoaXMta2V5LWFuZC1pdC1vcGVucy1ub3RoaW5nLWVsc2U=";

/// The ports of its blobs, queues and tables on 127.0.0.1.
pub(crate) fn ports() -> [u16; 3] {
    let text = variable("ROLLCALL_AZURITE");
    let ports: Vec<u16> = text
        .split(':')
        .skip(1)
        .map(|port| port.parse().unwrap())
        .collect();
    ports.try_into().unwrap()
}

/// The connection string of an account that nobody else has used. Claimed by making a file, because several test
/// programs share one Azurite.
pub(crate) fn account() -> String {
    let claims = variable("ROLLCALL_AZURITE_CLAIMS");
    let claim = |name: &String| {
        let mut options = OpenOptions::new();
        let file = Path::new(&claims).join(name);
        options.write(true).create_new(true).open(file).is_ok()
    };
    let name = (0..200)
        .map(|number| format!("rollcall{number:03}"))
        .find(claim)
        .expect("all accounts are used up: give Azurite more of them in tests/run");
    let [blob, queue, table] = ports().map(|port| format!("http://127.0.0.1:{port}/{name}"));
    format!(
        "AccountName={name};AccountKey={KEY};BlobEndpoint={blob};QueueEndpoint={queue};TableEndpoint={table}"
    )
}

/// The key of every account.
pub(crate) fn key() -> &'static str {
    KEY
}

fn variable(name: &str) -> String {
    env::var(name).unwrap_or_else(|_| {
        panic!(
            "`{name}` is not set: run the tests with `tests/run`, which starts Azurite, \
             or leave these out with `tests/run --without-azurite`"
        )
    })
}
