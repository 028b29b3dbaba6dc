//! The JSON Schema of the definition file, for editors and for checks before a deployment.

use schemars::generate::SchemaSettings;
use serde_json::{Map, Value, json};

use super::{connection::ConnectionKind, raw::RawFile, read::document::COMMENT};

/// The JSON Schema (draft 2020-12) of a definition file with these kinds of connections.
///
/// It refuses less than [`super::validate::load`]: what needs two parts of the file at once is beyond it.
pub fn json_schema(kinds: &[ConnectionKind]) -> Value {
    let generator = SchemaSettings::draft2020_12().into_generator();
    let mut schema = generator.into_root_schema_for::<RawFile>().to_value();
    without_null(&mut schema);
    let mut definitions = taken(&mut schema, "$defs");
    let connection = connection(kinds, &mut definitions);
    definitions.insert("Connection".to_owned(), connection);
    let mut properties = taken(&mut schema, "properties");
    for (key, patch) in [
        (
            "connections",
            json!({
                "additionalProperties": true,
                "propertyNames": { "pattern": r"^([A-Za-z0-9][A-Za-z0-9._-]{0,62}|\$comment)$" },
                "patternProperties": named(kinds),
            }),
        ),
        (
            "syncs",
            json!({ "items": { "allOf": [{ "$ref": "#/$defs/Sync" }], "required": ["id"] } }),
        ),
    ] {
        if let (Some(Value::Object(property)), Value::Object(patch)) =
            (properties.get_mut(key), patch)
        {
            property.extend(patch);
        }
    }
    let mut whole = Map::new();
    whole.insert(
        "$schema".to_owned(),
        json!("https://json-schema.org/draft/2020-12/schema"),
    );
    whole.insert("$id".to_owned(), json!("urn:rollcall:definition:1"));
    if let Value::Object(rest) = schema {
        whole.extend(rest);
    }
    whole.insert("$id".to_owned(), json!("urn:rollcall:definition:1"));
    whole.insert("title".to_owned(), json!("rollcall definition file"));
    whole.insert("properties".to_owned(), Value::Object(properties));
    whole.insert(
        "oneOf".to_owned(),
        json!([
            { "required": ["sync"] },
            { "anyOf": [{ "required": ["connections"] }, { "required": ["syncs"] }] },
        ]),
    );
    whole.insert("$defs".to_owned(), Value::Object(definitions));
    let mut whole = Value::Object(whole);
    with_comments(&mut whole);
    whole
}

/// Lets people write comments into every object with keys of its own.
fn with_comments(node: &mut Value) {
    match node {
        Value::Object(entries) => {
            entries.values_mut().for_each(with_comments);
            let counts = entries.contains_key("maxProperties");
            let is_object = entries.get("type") == Some(&json!("object"));
            if is_object && !counts {
                let properties = entries.entry("properties").or_insert_with(|| json!({}));
                if let Value::Object(properties) = properties {
                    let comment = json!({ "description": "A comment; nothing reads it." });
                    properties.entry(COMMENT).or_insert(comment);
                }
            }
        }
        Value::Array(elements) => elements.iter_mut().for_each(with_comments),
        _ => {}
    }
}

/// The schema for each connection by its name: one with the name of a kind may leave `type` out.
fn named(kinds: &[ConnectionKind]) -> Value {
    let mut named = Map::new();
    let names: Vec<&str> = kinds.iter().map(|kind| kind.name).collect();
    for name in &names {
        let own = json!({
            "if": { "required": ["type"] },
            "then": { "$ref": "#/$defs/Connection" },
            "else": { "$ref": format!("#/$defs/Connection.{name}") },
        });
        named.insert(format!("^{}$", escaped(name)), own);
    }
    let others = names.iter().map(|name| format!("{}$", escaped(name)));
    let others = others.collect::<Vec<_>>().join("|");
    let others = format!("{others}|").trim_start_matches('|').to_owned();
    let pattern = format!(r"^(?!{others}\$comment$)");
    named.insert(pattern, json!({ "$ref": "#/$defs/Connection" }));
    Value::Object(named)
}

/// One of the kinds, told apart by `type`; each kind's own schema goes to `definitions`.
fn connection(kinds: &[ConnectionKind], definitions: &mut Map<String, Value>) -> Value {
    let mut choices = Vec::new();
    for kind in kinds {
        let place = format!("Connection.{}", kind.name);
        let mut settings = (kind.schema)().to_value();
        without_null(&mut settings);
        for (name, mut definition) in taken(&mut settings, "$defs") {
            repoint(&mut definition, &place);
            definitions.insert(format!("{place}.{name}"), definition);
        }
        repoint(&mut settings, &place);
        let mut properties = taken(&mut settings, "properties");
        properties.insert(
            "type".to_owned(),
            json!({ "const": kind.name, "description": "The kind of connection." }),
        );
        if let Value::Object(settings) = &mut settings {
            settings.remove("$schema");
            settings.insert("type".to_owned(), json!("object"));
            settings.insert("properties".to_owned(), Value::Object(properties));
        }
        definitions.insert(place.clone(), settings);
        choices.push(
            json!({ "allOf": [{ "$ref": format!("#/$defs/{place}") }], "required": ["type"] }),
        );
    }
    json!({ "description": "An outside system and its settings.", "type": "object", "oneOf": choices })
}

/// Points references inside a kind's schema to where its definitions went.
fn repoint(node: &mut Value, place: &str) {
    match node {
        Value::Object(entries) => {
            for (key, value) in entries {
                match value {
                    Value::String(target) if key == "$ref" => {
                        if let Some(name) = target.strip_prefix("#/$defs/") {
                            *target = format!("#/$defs/{place}.{name}");
                        }
                    }
                    value => repoint(value, place),
                }
            }
        }
        Value::Array(elements) => {
            for element in elements {
                repoint(element, place);
            }
        }
        _ => {}
    }
}

/// Takes `null` out of what is allowed: a key that says nothing is left out instead.
fn without_null(node: &mut Value) {
    match node {
        Value::Object(entries) => {
            if let Some(Value::Array(types)) = entries.get_mut("type") {
                types.retain(|name| name != "null");
                if let [only] = types.as_slice() {
                    let only = only.clone();
                    entries.insert("type".to_owned(), only);
                }
            }
            if let Some(Value::Array(choices)) = entries.get_mut("anyOf") {
                choices.retain(|choice| choice != &json!({ "type": "null" }));
                if let [Value::Object(only)] = choices.as_slice() {
                    let only = only.clone();
                    entries.remove("anyOf");
                    for (key, value) in only {
                        entries.entry(key).or_insert(value);
                    }
                }
            }
            for value in entries.values_mut() {
                without_null(value);
            }
        }
        Value::Array(elements) => elements.iter_mut().for_each(without_null),
        _ => {}
    }
}

fn taken(schema: &mut Value, key: &str) -> Map<String, Value> {
    match schema.as_object_mut().and_then(|schema| schema.remove(key)) {
        Some(Value::Object(entries)) => entries,
        _ => Map::new(),
    }
}

fn escaped(name: &str) -> String {
    name.replace('.', "\\.")
}
