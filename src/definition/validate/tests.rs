//! The file as people write it, and what they are told when they get it wrong.

mod examples;
mod faults;
mod laws;
mod meaning;

use schemars::json_schema;
use serde_json::Value;

use super::load;
use crate::definition::{connection::ConnectionKind, sync::Definition};

/// Made-up kinds of connections: this room must not know the real ones.
pub(crate) const KINDS: [ConnectionKind; 4] = [
    ConnectionKind {
        name: "entra-id",
        schema: nothing,
        check: refuse_unknown,
        implicit: true,
    },
    ConnectionKind {
        name: "messagemedia",
        schema: nothing,
        check: refuse_unknown,
        implicit: true,
    },
    ConnectionKind {
        name: "politemail",
        schema: nothing,
        check: refuse_unknown,
        implicit: true,
    },
    ConnectionKind {
        name: "csv",
        schema: folder,
        check: refuse_unknown_folder,
        implicit: false,
    },
];

fn nothing() -> schemars::Schema {
    json_schema!({ "type": "object", "additionalProperties": false, "properties": { "type": true } })
}

fn folder() -> schemars::Schema {
    json_schema!({
        "type": "object",
        "properties": { "folder": { "$ref": "#/$defs/Folder" } },
        "additionalProperties": false,
        "required": ["folder"],
        "$defs": { "Folder": { "type": "string" } },
    })
}

fn refuse_unknown(settings: &Value) -> Vec<(String, String)> {
    unknown(settings, &[])
}

fn refuse_unknown_folder(settings: &Value) -> Vec<(String, String)> {
    let mut faults = unknown(settings, &["folder"]);
    if !settings["folder"].is_string() {
        faults.push(("folder".to_owned(), "this key is missing".to_owned()));
    }
    faults
}

fn unknown(settings: &Value, known: &[&str]) -> Vec<(String, String)> {
    let keys = settings.as_object().unwrap().keys();
    keys.filter(|key| !known.contains(&key.as_str()))
        .map(|key| (key.clone(), "this key is not known".to_owned()))
        .collect()
}

/// The definition of a file that has no fault.
fn good(text: &str) -> Definition {
    load(text, &KINDS).unwrap_or_else(|faults| panic!("{text}\n{}", lines(&faults)))
}

/// All faults of a file, as a person sees them.
fn faults(text: &str) -> String {
    match load(text, &KINDS) {
        Ok(definition) => panic!("no fault in {text}\n{definition:#?}"),
        Err(faults) => lines(&faults),
    }
}

fn lines(faults: &[crate::definition::fault::Fault]) -> String {
    let lines: Vec<String> = faults.iter().map(ToString::to_string).collect();
    lines.join("\n")
}

/// A file with one sync that has these keys besides source and target.
fn one(keys: &str) -> String {
    let comma = if keys.is_empty() { "" } else { "," };
    format!(
        r#"{{"sync": {{"source": "entra-id", "target": {{"connection": "politemail", "list": "Asia"}}{comma} {keys}}}}}"#
    )
}
