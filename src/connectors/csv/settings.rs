//! The settings of a CSV connection, and what can be wrong with them.

use std::path::PathBuf;

use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::{Map, Value};

/// A folder of CSV files; each file is a list.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[schemars(title = "CSV files")]
pub struct Settings {
    /// The folder with the files, relative to the folder of the definition file.
    pub folder: PathBuf,
    /// What separates the cells of a row; `auto` finds out from the header line of each file.
    #[serde(default)]
    #[schemars(with = "String", extend("enum" = DELIMITERS, "default" = "auto"))]
    pub delimiter: Delimiter,
    /// Which column says what; columns that are not named here are found by their usual headers.
    #[serde(default)]
    pub columns: Columns,
    /// The two-letter country that phone numbers without a country code belong to (`CH`).
    #[serde(default)]
    pub region: Option<String>,
    /// Never write to these files.
    #[serde(default)]
    pub read_only: bool,
}

/// How the rows are written down, wherever they come from.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Form {
    /// What separates the cells of a row; `auto` finds out from the header line.
    #[serde(default)]
    #[schemars(with = "String", extend("enum" = DELIMITERS, "default" = "auto"))]
    pub delimiter: Delimiter,
    /// Which column says what; columns that are not named here are found by their usual headers.
    #[serde(default)]
    pub columns: Columns,
    /// The two-letter country that phone numbers without a country code belong to (`CH`).
    #[serde(default)]
    pub region: Option<String>,
}

impl Settings {
    /// How the rows of the files are written down.
    pub fn form(&self) -> Form {
        Form {
            delimiter: self.delimiter,
            columns: self.columns.clone(),
            region: self.region.clone(),
        }
    }
}

/// Headers, compared without case.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Columns {
    /// The e-mail address (usual: `email`, `e-mail`, `mail`, `address`).
    #[serde(default)]
    pub address: Option<String>,
    /// The phone number (usual: `mobilePhone`, `mobile`, `phone`).
    #[serde(default)]
    pub phone: Option<String>,
    /// The number HR gave the person (usual: `employeeId`).
    #[serde(default)]
    pub employee_id: Option<String>,
    /// The Entra object id (usual: `objectId`, `id`).
    #[serde(default)]
    pub id: Option<String>,
    /// Whether the person unsubscribed: `yes`, `true`, `1`, `x` or `y` (usual: `optedOut`, `unsubscribed`).
    #[serde(default)]
    pub opted_out: Option<String>,
}

/// What separates the cells of a row.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
#[serde(try_from = "String")]
pub enum Delimiter {
    /// The one that splits the header line into the most cells.
    #[default]
    Auto,
    /// This character.
    Is(u8),
}

/// How a delimiter is written in the settings.
const DELIMITERS: [&str; 6] = ["auto", ",", ";", "|", "\t", "tab"];

impl TryFrom<String> for Delimiter {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        match text.as_str() {
            "auto" => Ok(Self::Auto),
            "," => Ok(Self::Is(b',')),
            ";" => Ok(Self::Is(b';')),
            "|" => Ok(Self::Is(b'|')),
            "\t" | "tab" => Ok(Self::Is(b'\t')),
            _ => Err(format!(
                "`{text}` is not a delimiter; write `auto`, `,`, `;`, `|` or `tab`"
            )),
        }
    }
}

/// Everything that is wrong with the settings of a connection: where, as a path within them, and what.
pub fn check(settings: &Value) -> Vec<(String, String)> {
    let Some(fields) = settings.as_object() else {
        return vec![fault("", "expected an object with a `folder`")];
    };
    let mut faults = Vec::new();
    let known = ["folder", "delimiter", "columns", "region", "readOnly"];
    unknown_keys(fields, &known, &mut faults);
    match fields.get("folder") {
        None => faults.push(fault(
            "folder",
            "is missing; name the folder that holds the files",
        )),
        Some(Value::String(folder)) if !folder.trim().is_empty() => {}
        Some(_) => faults.push(fault("folder", "expected the path of a folder")),
    }
    check_keys_of_form(fields, &mut faults);
    if !matches!(fields.get("readOnly"), None | Some(Value::Bool(_))) {
        faults.push(fault("readOnly", "expected `true` or `false`"));
    }
    faults
}

/// Everything that is wrong with a form: where, as a path within it, and what.
pub fn check_form(form: &Value) -> Vec<(String, String)> {
    let Some(fields) = form.as_object() else {
        let message = "expected an object with `delimiter`, `columns` or `region`";
        return vec![fault("", message)];
    };
    let mut faults = Vec::new();
    unknown_keys(fields, &["delimiter", "columns", "region"], &mut faults);
    check_keys_of_form(fields, &mut faults);
    faults
}

fn check_keys_of_form(fields: &Map<String, Value>, faults: &mut Vec<(String, String)>) {
    match fields.get("delimiter") {
        None => {}
        Some(Value::String(text)) => {
            if let Err(problem) = Delimiter::try_from(text.clone()) {
                faults.push(fault("delimiter", &problem));
            }
        }
        Some(_) => faults.push(fault(
            "delimiter",
            "expected `auto`, `,`, `;`, `|` or `tab`",
        )),
    }
    match fields.get("columns") {
        None => {}
        Some(Value::Object(columns)) => check_columns(columns, faults),
        Some(_) => faults.push(fault("columns", "expected an object of header names")),
    }
    match fields.get("region") {
        None | Some(Value::Null) => {}
        Some(Value::String(region)) if is_region(region) => {}
        Some(_) => faults.push(fault(
            "region",
            "expected a two-letter country, such as `CH`",
        )),
    }
}

fn check_columns(columns: &Map<String, Value>, faults: &mut Vec<(String, String)>) {
    let known = ["address", "phone", "employeeId", "id", "optedOut"];
    let mut unknown = Vec::new();
    unknown_keys(columns, &known, &mut unknown);
    let unknown = unknown.into_iter();
    faults.extend(unknown.map(|(key, message)| (format!("columns.{key}"), message)));
    let mut named: Vec<(String, &str)> = Vec::new();
    for key in known {
        let path = format!("columns.{key}");
        match columns.get(key) {
            None | Some(Value::Null) => {}
            Some(Value::String(header)) if !header.trim().is_empty() => {
                let header = header.trim().to_lowercase();
                match named.iter().find(|(other, _)| *other == header) {
                    Some((_, other)) => {
                        faults.push(fault(&path, &format!("names the same column as `{other}`")))
                    }
                    None => named.push((header, key)),
                }
            }
            Some(_) => faults.push(fault(&path, "expected the header of a column")),
        }
    }
}

fn unknown_keys(fields: &Map<String, Value>, known: &[&str], faults: &mut Vec<(String, String)>) {
    for key in fields.keys().filter(|key| !known.contains(&key.as_str())) {
        let message = format!("is not known here; the keys are `{}`", known.join("`, `"));
        faults.push((key.clone(), message));
    }
}

/// Asks the parser itself: what it does not know would make a fault of every number in the files.
fn is_region(region: &str) -> bool {
    use crate::model::phone::PhoneNumber;
    let unknown = PhoneNumber::parse("0", Some("?")).err();
    PhoneNumber::parse("0", Some(region)).err() != unknown
}

fn fault(path: &str, message: &str) -> (String, String) {
    (path.to_owned(), message.to_owned())
}
