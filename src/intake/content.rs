//! What the body of a proven call is, and whether it can be used.

use std::{collections::BTreeMap, fmt};

use serde::{Deserialize, Serialize, de::IgnoredAny};

use super::Headers;
use crate::connectors::hr;

/// The most bytes of a full load.
pub const LONGEST_LOAD: usize = 32 * 1024 * 1024;

/// The most bytes of a notice.
pub const LONGEST_NOTICE: usize = 256 * 1024;

/// What a delivery is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Format {
    /// Everybody, as CSV.
    Csv,
    /// Word that people changed, as JSON.
    Json,
}

impl fmt::Display for Format {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(match self {
            Self::Csv => "csv",
            Self::Json => "json",
        })
    }
}

/// Why a call that comes from the HR system cannot be used.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unusable {
    /// What kind of problem it is.
    pub kind: Trouble,
    /// What is wrong. Speaks of lines and columns, and may quote headers: for the sender alone, not for the log.
    pub detail: String,
    /// What to do about it.
    pub help: Option<String>,
}

/// Kinds of problems with a body.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Trouble {
    /// It is in no format we know.
    Format,
    /// It is too long.
    Length,
    /// It is broken.
    Content,
    /// The key it is to be known by cannot be used.
    Key,
}

impl Trouble {
    /// The kind in a word, for the log.
    pub fn name(self) -> &'static str {
        match self {
            Self::Format => "format",
            Self::Length => "length",
            Self::Content => "content",
            Self::Key => "key",
        }
    }
}

/// The format that the headers announce. The one place that names the formats.
pub(super) fn format(headers: &Headers) -> Result<Format, Unusable> {
    let refused = |detail: &str| {
        let help = "send everybody as `text/csv` in UTF-8, or a notice as `application/json`";
        unusable(Trouble::Format, detail.to_owned(), Some(help.to_owned()))
    };
    let encoding = headers.content_encoding.as_deref().unwrap_or("identity");
    if !encoding.trim().eq_ignore_ascii_case("identity") {
        return Err(refused(
            "the body is compressed, and has to be sent as it is",
        ));
    }
    let Some(content_type) = &headers.content_type else {
        return Err(refused("there is no `Content-Type`"));
    };
    let mut parts = content_type.split(';').map(str::trim);
    let essence = parts.next().unwrap_or_default().to_ascii_lowercase();
    let format = match essence.as_str() {
        "text/csv" => Format::Csv,
        "application/json" => Format::Json,
        _ => {
            return Err(refused(
                "the `Content-Type` is not one that can be taken in",
            ));
        }
    };
    let is_other_charset = |part: &str| {
        part.split_once('=').is_some_and(|(name, value)| {
            let value = value.trim().trim_matches('"');
            name.trim().eq_ignore_ascii_case("charset")
                && !["utf-8", "utf8", "us-ascii"]
                    .iter()
                    .any(|known| value.eq_ignore_ascii_case(known))
        })
    };
    if parts.any(is_other_charset) {
        return Err(refused("the `charset` is not UTF-8"));
    }
    Ok(format)
}

/// Whether the body can be used; gives the number of rows of a load.
pub(super) fn look(
    format: Format,
    settings: &hr::Settings,
    connection: &str,
    body: &[u8],
) -> Result<Option<u64>, Unusable> {
    match format {
        Format::Csv => rows(settings, connection, body).map(Some),
        Format::Json => notice(body).map(|()| None),
    }
}

/// By the rules the load is read with later, so that what is taken in can be read.
fn rows(settings: &hr::Settings, connection: &str, body: &[u8]) -> Result<u64, Unusable> {
    let mut rows = 0;
    hr::each_member(settings, connection, body, |_| rows += 1)
        .map_err(|error| unusable(Trouble::Content, error.message, error.help))?;
    Ok(rows)
}

/// What a notice says is not looked at: the next run reads everything.
fn notice(body: &[u8]) -> Result<(), Unusable> {
    if body.len() > LONGEST_NOTICE {
        let detail = format!("the notice is longer than {LONGEST_NOTICE} bytes");
        let help = "send word that people changed; everybody is sent as `text/csv`".to_owned();
        return Err(unusable(Trouble::Length, detail, Some(help)));
    }
    let parsed: Result<BTreeMap<String, IgnoredAny>, _> = serde_json::from_slice(body);
    match parsed {
        Ok(_) => Ok(()),
        Err(error) => {
            let (line, column) = (error.line(), error.column());
            let detail = format!("the notice is no JSON object: line {line}, column {column}");
            let help = r#"send an object, such as `{"type": "people.changed"}`"#.to_owned();
            Err(unusable(Trouble::Content, detail, Some(help)))
        }
    }
}

/// A body that is too long to be anything.
pub(super) fn too_long() -> Unusable {
    let detail = format!("the body is longer than {LONGEST_LOAD} bytes, or did not end in time");
    let help = "send fewer columns, or people in several connections".to_owned();
    unusable(Trouble::Length, detail, Some(help))
}

/// A key that no call can be known by.
pub(super) fn bad_key() -> Unusable {
    let detail = "`Idempotency-Key` or `webhook-id` has to be 1 to 256 visible ASCII characters";
    unusable(Trouble::Key, detail.to_owned(), None)
}

fn unusable(kind: Trouble, detail: String, help: Option<String>) -> Unusable {
    Unusable { kind, detail, help }
}
