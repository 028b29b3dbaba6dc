//! Everything that people, systems and files can tell the program, each with how it stands to the limits. Whoever adds
//! an option, a route, a field, a variable or a key has to say so here, and to try it out where it could open a way past
//! a limit.

pub(crate) mod table;

use std::collections::BTreeSet;

use clap::CommandFactory;
use rollcall::{cli::Arguments, definition::schema::json_schema, handler::api, settings::KNOWN};
use serde_json::Value;

use self::table::{API, COMMANDS, Class, DEFINITIONS, SETTINGS, Table};

/// The names of a table, each once.
fn names(table: Table) -> BTreeSet<String> {
    let mut names = BTreeSet::new();
    for (owner, _, keys) in table {
        for key in keys.split_whitespace() {
            let is_new = names.insert(format!("{owner} {key}"));
            assert!(is_new, "`{owner} {key}` is in the table twice");
        }
    }
    names
}

/// The keys of an owner that are of a class.
pub(crate) fn of(table: Table, owner: &str, class: Class) -> BTreeSet<&'static str> {
    let rows = table.iter().filter(|row| row.0 == owner && row.1 == class);
    rows.flat_map(|row| row.2.split_whitespace()).collect()
}

#[track_caller]
fn is_classified(what: &str, found: &BTreeSet<String>, table: Table) {
    assert!(
        found.len() > 10,
        "{what}: the test no longer finds them: {found:?}"
    );
    let named = names(table);
    let new: Vec<_> = found.difference(&named).collect();
    assert!(
        new.is_empty(),
        "{what} that are new: say in tests/it/surface/table.rs how they stand to the limits: {new:#?}"
    );
    let gone: Vec<_> = named.difference(found).collect();
    assert!(
        gone.is_empty(),
        "{what} that are not there any more: {gone:#?}"
    );
}

#[test]
fn every_command_and_option_is_classified() {
    let mut found = BTreeSet::new();
    let mut program = Arguments::command();
    program.build();
    let mut commands = vec![("rollcall".to_owned(), program.clone())];
    let below = program.get_subcommands().cloned();
    commands.extend(below.map(|command| (command.get_name().to_owned(), command)));
    for (name, command) in commands {
        assert!(
            name == "rollcall" || name == "help" || !command.has_subcommands(),
            "`{name}` has commands of its own"
        );
        found.insert(format!("{name} (itself)"));
        for argument in command.get_arguments() {
            let is_global = argument.is_global_set() && name != "rollcall";
            let is_help = ["help", "version"].contains(&argument.get_id().as_str());
            if is_global || is_help || name == "help" {
                continue;
            }
            let key = match argument.get_long() {
                Some(long) => format!("--{long}"),
                None => argument.get_id().to_string(),
            };
            found.insert(format!("{name} {key}"));
        }
    }
    is_classified("commands and options", &found, COMMANDS);
}

#[test]
fn every_route_parameter_and_field_is_classified() {
    let document = api::document();
    let mut found = BTreeSet::new();
    for (path, operations) in document["paths"].as_object().unwrap() {
        for (_, operation) in operations.as_object().unwrap() {
            let id = operation["operationId"].as_str().unwrap();
            found.insert(format!("{id} (itself)"));
            for parameter in operation["parameters"].as_array().unwrap() {
                let name = parameter["name"].as_str().unwrap();
                found.insert(format!("{id} {name}"));
            }
            let body = &operation["requestBody"]["content"]["application/json"]["schema"]["$ref"];
            let Some(schema) = body.as_str().and_then(|body| body.rsplit('/').next()) else {
                continue;
            };
            let properties = &document["components"]["schemas"][schema]["properties"];
            for key in properties.as_object().into_iter().flat_map(|of| of.keys()) {
                found.insert(format!("{id} {key}"));
            }
        }
        assert!(path.starts_with("/api/v1/"));
    }
    is_classified("routes, parameters and fields", &found, API);
}

#[test]
fn every_setting_is_classified() {
    let known = KNOWN
        .iter()
        .map(|known| format!("environment {}", known.name));
    is_classified("settings", &known.collect(), SETTINGS);
}

#[test]
fn every_key_of_a_definition_is_classified() {
    let schema = json_schema(&rollcall::app::kinds());
    let mut found = BTreeSet::new();
    keys(&schema, "File", &mut found);
    for (owner, definition) in schema["$defs"].as_object().unwrap() {
        keys(definition, owner, &mut found);
    }
    is_classified("keys of definitions", &found, DEFINITIONS);
}

/// The keys of one part of the schema, whatever they are alternatives of. What has a name is a part by itself.
fn keys(schema: &Value, owner: &str, found: &mut BTreeSet<String>) {
    let properties = schema["properties"].as_object();
    for (key, property) in properties.into_iter().flatten() {
        if key.starts_with('$') {
            continue;
        }
        found.insert(format!("{owner} {key}"));
        keys(property, owner, found);
    }
    for alternatives in ["anyOf", "allOf", "oneOf"] {
        let alternatives = schema[alternatives].as_array();
        for alternative in alternatives.into_iter().flatten() {
            keys(alternative, owner, found);
        }
    }
    if schema["items"].is_object() {
        keys(&schema["items"], owner, found);
    }
}
