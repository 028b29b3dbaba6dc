//! Requests with gaps: what stands in braces is filled in for each list and member.
//!
//! A value never becomes part of the syntax around it: in paths and queries it is percent-encoded, in JSON it is a
//! value of its own. It must not know who sends the request.

mod slot;

use serde_json::{Map, Value};

pub(super) use self::slot::{Filling, Slot};
use self::slot::{Found, in_words};
use crate::connectors::web::segment;

/// A text with gaps.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Text(Vec<Piece>);

#[derive(Debug, Clone, PartialEq, Eq)]
enum Piece {
    Fixed(String),
    Gap(Slot),
}

/// The path and query of a request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Target {
    path: Text,
    query: Vec<(String, Text)>,
}

/// A JSON body with gaps.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Body {
    /// As it is.
    Fixed(Value),
    /// A text with gaps; one that is nothing but a gap becomes whatever fills it.
    Text(Text),
    /// Elements.
    Array(Vec<Body>),
    /// Keys with their values.
    Object(Vec<(String, Body)>),
}

impl Text {
    /// Reads a text with gaps.
    pub(super) fn parse(text: &str) -> Result<Self, String> {
        let mut pieces = Vec::new();
        let mut fixed = String::new();
        let mut rest = text;
        while let Some(at) = rest.find(['{', '}']) {
            let (before, after) = rest.split_at(at);
            fixed.push_str(before);
            if let Some(after) = after.strip_prefix("{{") {
                fixed.push('{');
                rest = after;
            } else if let Some(after) = after.strip_prefix("}}") {
                fixed.push('}');
                rest = after;
            } else {
                let gap = after
                    .strip_prefix('{')
                    .and_then(|inside| inside.split_once('}'));
                let Some((name, after)) = gap else {
                    return Err(format!(
                        "`{text}` has a brace without its other half\na brace that is meant as one is written twice"
                    ));
                };
                if !fixed.is_empty() {
                    pieces.push(Piece::Fixed(std::mem::take(&mut fixed)));
                }
                pieces.push(Piece::Gap(Slot::parse(name.trim())?));
                rest = after;
            }
        }
        fixed.push_str(rest);
        if !fixed.is_empty() {
            pieces.push(Piece::Fixed(fixed));
        }
        Ok(Self(pieces))
    }

    fn slots(&self) -> impl Iterator<Item = &Slot> {
        self.0.iter().filter_map(|piece| match piece {
            Piece::Gap(slot) => Some(slot),
            Piece::Fixed(_) => None,
        })
    }

    /// The text; the slot for which there is nothing is the error.
    fn filled(&self, filling: &Filling<'_>) -> Result<String, Slot> {
        let mut text = String::new();
        for piece in &self.0 {
            match piece {
                Piece::Fixed(fixed) => text.push_str(fixed),
                Piece::Gap(slot) => match filling.of(slot) {
                    Found::Value(value) => text.push_str(&in_words(&value)),
                    Found::Emptied => {}
                    Found::Nothing => return Err(slot.clone()),
                },
            }
        }
        Ok(text)
    }
}

impl Target {
    /// Reads what stands after the connection's address: `/boards/{list}/subscribers?status=all`.
    pub(super) fn parse(text: &str) -> Result<Self, String> {
        if text.contains("://") || text.starts_with("//") {
            return Err(format!(
                "`{text}` is a whole address; write what comes after `url`"
            ));
        }
        if text.contains('#')
            || text
                .chars()
                .any(|letter| letter.is_whitespace() || letter.is_control())
        {
            return Err(format!("`{text}` holds `#` or white space; leave them out"));
        }
        let (path, query) = text.split_once('?').unwrap_or((text, ""));
        let path = path.trim_matches('/');
        if path.split('/').any(|part| matches!(part, "." | ".."))
            || path.to_ascii_lowercase().contains("%2e")
        {
            return Err(format!("`{text}` leads upwards; write the path itself"));
        }
        let query = url::form_urlencoded::parse(query.as_bytes());
        let query = query.map(|(name, value)| Ok((name.into_owned(), Text::parse(&value)?)));
        Ok(Self {
            path: Text::parse(path)?,
            query: query.collect::<Result<_, String>>()?,
        })
    }

    /// What is filled in.
    pub(super) fn slots(&self) -> impl Iterator<Item = &Slot> {
        let query = self.query.iter().flat_map(|(_, text)| text.slots());
        self.path.slots().chain(query)
    }

    /// Path and query; the slot for which there is nothing is the error. A value that would change where a path leads
    /// counts as nothing.
    pub(super) fn filled(
        &self,
        filling: &Filling<'_>,
    ) -> Result<(String, Vec<(String, String)>), Slot> {
        let mut path = String::new();
        for piece in &self.path.0 {
            match piece {
                Piece::Fixed(fixed) => path.push_str(fixed),
                Piece::Gap(slot) => match filling.of(slot) {
                    Found::Value(value) => {
                        let text = in_words(&value);
                        if matches!(text.as_str(), "" | "." | "..") {
                            return Err(slot.clone());
                        }
                        path.push_str(&segment(&text));
                    }
                    Found::Emptied | Found::Nothing => return Err(slot.clone()),
                },
            }
        }
        let query = self.query.iter();
        let query = query.map(|(name, text)| Ok((name.clone(), text.filled(filling)?)));
        Ok((path, query.collect::<Result<_, Slot>>()?))
    }
}

impl Body {
    /// Reads a body; `at` is its place, for the faults that are added to `faults`.
    pub(super) fn parse(body: &Value, at: &str, faults: &mut Vec<(String, String)>) -> Self {
        match body {
            Value::String(text) => match Text::parse(text) {
                Ok(text) => Self::Text(text),
                Err(why) => {
                    faults.push((at.to_owned(), why));
                    Self::Fixed(Value::Null)
                }
            },
            Value::Array(values) => {
                let values = values.iter().enumerate();
                let values = values
                    .map(|(index, value)| Self::parse(value, &format!("{at}[{index}]"), faults));
                Self::Array(values.collect())
            }
            Value::Object(entries) => {
                let mut parsed = Vec::new();
                for (key, value) in entries {
                    let at = format!("{at}.{key}");
                    if Text::parse(key).is_ok_and(|text| text.slots().next().is_some()) {
                        faults.push((at.clone(), "a key cannot be a gap".to_owned()));
                    }
                    parsed.push((key.clone(), Self::parse(value, &at, faults)));
                }
                Self::Object(parsed)
            }
            other => Self::Fixed(other.clone()),
        }
    }

    /// What is filled in.
    pub(super) fn slots(&self) -> Vec<&Slot> {
        match self {
            Self::Fixed(_) => Vec::new(),
            Self::Text(text) => text.slots().collect(),
            Self::Array(values) => values.iter().flat_map(Self::slots).collect(),
            Self::Object(entries) => entries
                .iter()
                .flat_map(|(_, value)| value.slots())
                .collect(),
        }
    }

    /// Whether everybody of a call for many stands here, as a value of its own.
    pub(super) fn holds_members(&self) -> bool {
        match self {
            Self::Fixed(_) => false,
            Self::Text(text) => text.0 == [Piece::Gap(Slot::Members)],
            Self::Array(values) => values.iter().any(Self::holds_members),
            Self::Object(entries) => entries.iter().any(|(_, value)| value.holds_members()),
        }
    }

    /// The body. A text with something there is nothing to say about is left out, and so is its key; what is to be
    /// emptied is `null`.
    pub(super) fn filled(&self, filling: &Filling<'_>) -> Option<Value> {
        Some(match self {
            Self::Fixed(value) => value.clone(),
            Self::Text(text) => match text.0.as_slice() {
                [Piece::Gap(slot)] => match filling.of(slot) {
                    Found::Value(value) => value,
                    Found::Emptied => Value::Null,
                    Found::Nothing => return None,
                },
                _ => Value::String(text.filled(filling).ok()?),
            },
            Self::Array(values) => Value::Array(
                values
                    .iter()
                    .filter_map(|value| value.filled(filling))
                    .collect(),
            ),
            Self::Object(entries) => {
                let mut filled = Map::new();
                for (key, value) in entries {
                    if let Some(value) = value.filled(filling) {
                        filled.insert(key.clone(), value);
                    }
                }
                Value::Object(filled)
            }
        })
    }
}
