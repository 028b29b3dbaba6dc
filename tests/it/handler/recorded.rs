//! The recorded requests of a real host, one file each. They came from an app with other function names.

use std::{fs, path::Path};

use serde::Deserialize;
use serde_json::Value;

/// One request as the handler got it.
#[derive(Debug, Clone, Deserialize)]
pub(super) struct Recorded {
    pub(super) method: String,
    pub(super) path: String,
    /// In order, and as they were spelled.
    pub(super) headers: Vec<(String, String)>,
    /// The raw text.
    pub(super) body: String,
    #[serde(rename = "note")]
    _note: String,
}

/// The recorded app called its functions otherwise; ours with the same trigger takes the place of each.
const IN_THE_PLACE_OF: [(&str, &str); 4] = [
    ("/QueueText", "/SyncWorker"),
    ("/QueueBinary", "/SyncWorker"),
    ("/TimerMinute", "/Scheduler"),
    ("/TimerFast", "/Scheduler"),
];

impl Recorded {
    /// One recording: `queue/48k`.
    pub(super) fn named(name: &str) -> Self {
        let file = folder().join(format!("{name}.json"));
        serde_json::from_str(&fs::read_to_string(file).unwrap()).unwrap()
    }

    /// The recordings of one folder, with their names.
    pub(super) fn all(kind: &str) -> Vec<(String, Self)> {
        let files = fs::read_dir(folder().join(kind)).unwrap();
        let mut names: Vec<String> = files
            .map(|file| {
                let path = file.unwrap().path();
                format!("{kind}/{}", path.file_stem().unwrap().to_str().unwrap())
            })
            .collect();
        names.sort();
        names
            .into_iter()
            .map(|name| (name.clone(), Self::named(&name)))
            .collect()
    }

    /// The same request to our function with that trigger.
    pub(super) fn for_ours(mut self) -> Self {
        let ours = IN_THE_PLACE_OF
            .iter()
            .find(|(theirs, _)| *theirs == self.path);
        self.path = ours.expect("a path of the recorded app").1.to_owned();
        self
    }

    pub(super) fn to(mut self, path: &str) -> Self {
        self.path = path.to_owned();
        self
    }

    pub(super) fn header(&self, name: &str) -> Option<&str> {
        let mut headers = self.headers.iter();
        let found = headers.find(|(known, _)| known.eq_ignore_ascii_case(name));
        found.map(|(_, value)| value.as_str())
    }

    /// The same with one header more.
    pub(super) fn with(mut self, name: &str, value: &str) -> Self {
        self.headers.push((name.to_owned(), value.to_owned()));
        self
    }

    /// The same without a header.
    pub(super) fn without(mut self, name: &str) -> Self {
        self.headers
            .retain(|(known, _)| !known.eq_ignore_ascii_case(name));
        self
    }

    /// The same with its length instead of in chunks.
    pub(super) fn with_length(self) -> Self {
        let length = self.body.len().to_string();
        self.without("Transfer-Encoding")
            .with("Content-Length", &length)
    }

    /// The same envelope around another message.
    pub(super) fn saying(mut self, message: &str) -> Self {
        let mut envelope: Value = serde_json::from_str(&self.body).unwrap();
        let twice = Value::String(message.to_owned()).to_string();
        envelope["Data"] = serde_json::json!({ "job": twice });
        self.body = envelope.to_string();
        self
    }
}

fn folder() -> &'static Path {
    Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/recorded"))
}

#[test]
fn the_recordings_are_all_there() {
    let counts = [
        "admin",
        "envelope",
        "http-forwarded",
        "http-proxied",
        "queue",
        "timer",
    ]
    .map(|kind| Recorded::all(kind).len());
    assert_eq!(counts, [2, 3, 3, 4, 14, 6]);
}
