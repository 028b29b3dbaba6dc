//! The settings of an HR feed, and what can be wrong with them.

use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::{Map, Value};

use crate::connectors::csv;

/// The most secrets at a time: each one is tried on every call.
pub const MOST_SECRETS: usize = 4;

/// What the name of a variable with a secret begins with.
const PREFIX: &str = "ROLLCALL_";

/// How long notices are gathered unless the settings say otherwise, in seconds.
const WINDOW: u32 = 60;

/// The shortest and the longest time that notices may be gathered, in seconds.
const WINDOWS: std::ops::RangeInclusive<u64> = 10..=3600;

/// An HR system that sends its people, or word that some changed, to `/api/hooks/hr/{connection}`.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[schemars(
    title = "HR feed",
    extend("anyOf" = [{ "required": ["secretVariables"] }, { "required": ["bearerSha256"] }])
)]
pub struct Settings {
    /// The environment variables that hold the secrets its calls are signed with (Standard Webhooks 1.0): `whsec_` and
    /// base64, at least 24 bytes. Two during a rotation.
    #[serde(default)]
    #[schemars(
        length(min = 1, max = 4),
        inner(regex(pattern = "^ROLLCALL_[A-Z0-9_]+$"))
    )]
    pub secret_variables: Vec<String>,
    /// The SHA-256, in hexadecimal, of the bearer tokens it may show instead of signing. A token is random and has at
    /// least 32 characters, or its hash can be guessed back.
    #[serde(default)]
    #[schemars(length(min = 1, max = 4), inner(regex(pattern = "^[0-9A-Fa-f]{64}$")))]
    pub bearer_sha256: Vec<String>,
    /// How long notices are gathered before one run answers them all.
    #[serde(default = "window")]
    #[schemars(range(min = 10, max = 3600))]
    pub window_seconds: u32,
    /// How the CSV of a full load is written down.
    #[serde(default)]
    pub csv: csv::Form,
}

fn window() -> u32 {
    WINDOW
}

/// Everything that is wrong with the settings of a connection: where, as a path within them, and what.
pub fn check(settings: &Value) -> Vec<(String, String)> {
    let Some(fields) = settings.as_object() else {
        return vec![fault("", "expected an object with `secretVariables`")];
    };
    let mut faults = Vec::new();
    let known = ["secretVariables", "bearerSha256", "windowSeconds", "csv"];
    for key in fields.keys().filter(|key| !known.contains(&key.as_str())) {
        let message = format!("is not known here; the keys are `{}`", known.join("`, `"));
        faults.push((key.clone(), message));
    }
    if !fields.contains_key("secretVariables") && !fields.contains_key("bearerSha256") {
        let message = "there is no way to tell its calls from forgeries\nname the variable with its secret under `secretVariables`, or the hash of its token under `bearerSha256`";
        faults.push(fault("", message));
    }
    check_texts(
        fields,
        "secretVariables",
        check_variable,
        str::to_owned,
        &mut faults,
    );
    check_texts(
        fields,
        "bearerSha256",
        check_hash,
        str::to_ascii_lowercase,
        &mut faults,
    );
    match fields.get("windowSeconds") {
        None => {}
        Some(window)
            if window
                .as_u64()
                .is_some_and(|seconds| WINDOWS.contains(&seconds)) => {}
        Some(_) => faults.push(fault(
            "windowSeconds",
            "expected a whole number from 10 to 3600",
        )),
    }
    if let Some(form) = fields.get("csv") {
        faults.extend(csv::check_form(form).into_iter().map(|(inside, message)| {
            let path = match inside.as_str() {
                "" => "csv".to_owned(),
                inside => format!("csv.{inside}"),
            };
            (path, message)
        }));
    }
    faults
}

/// An array of one to four different texts.
fn check_texts(
    fields: &Map<String, Value>,
    key: &str,
    check: fn(&str) -> Option<String>,
    meaning: fn(&str) -> String,
    faults: &mut Vec<(String, String)>,
) {
    let texts = match fields.get(key) {
        None => return,
        Some(Value::Array(texts)) if (1..=MOST_SECRETS).contains(&texts.len()) => texts,
        Some(_) => {
            let message = format!("expected an array of 1 to {MOST_SECRETS} texts");
            return faults.push((key.to_owned(), message));
        }
    };
    let mut known = Vec::new();
    for (index, text) in texts.iter().enumerate() {
        let problem = match text.as_str() {
            None => Some("expected a text".to_owned()),
            Some(text) if known.contains(&meaning(text)) => Some("is there already".to_owned()),
            Some(text) => {
                known.push(meaning(text));
                check(text)
            }
        };
        faults.extend(problem.map(|problem| (format!("{key}[{index}]"), problem)));
    }
}

fn check_variable(name: &str) -> Option<String> {
    let is_plain = |byte: u8| byte.is_ascii_uppercase() || byte.is_ascii_digit() || byte == b'_';
    let fits = name
        .strip_prefix(PREFIX)
        .is_some_and(|rest| !rest.is_empty() && rest.bytes().all(is_plain));
    // The text may be the secret itself, put here by mistake: it is not repeated.
    (!fits).then(|| {
        format!(
            "expected the name of an environment variable that begins with `{PREFIX}`, in capitals, digits and `_`: a definition can have no other setting of the app read\nput the secret into a variable such as `{PREFIX}HR_SECRET`, and its name here"
        )
    })
}

fn check_hash(hash: &str) -> Option<String> {
    let fits = hash.len() == 64 && hash.bytes().all(|byte| byte.is_ascii_hexdigit());
    (!fits).then(|| {
        "expected a SHA-256 in hexadecimal, 64 digits\nnever put the token itself here".to_owned()
    })
}

fn fault(path: &str, message: &str) -> (String, String) {
    (path.to_owned(), message.to_owned())
}
