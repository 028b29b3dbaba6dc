//! From text to JSON, strictly: one fault for every key that is written twice, line and column for what is no JSON.

use std::{cell::RefCell, collections::BTreeMap, fmt};

use serde::de::{DeserializeSeed, Error, IgnoredAny, MapAccess, SeqAccess, Visitor};
use serde_json::{Map, Number, Value};

use crate::definition::{fault::Report, path::Path};

/// The largest file that is read; the largest sensible one is a hundredth of this.
const LARGEST: usize = 1024 * 1024;

/// The key that people write comments under, in any object; nothing reads it.
pub(crate) const COMMENT: &str = "$comment";

/// The file as JSON; `None` when it is none. Of a key that is written twice the first value counts.
pub(crate) fn parse(text: &str, report: &mut Report) -> Option<Value> {
    if text.len() > LARGEST {
        let message = format!(
            "the file has {} bytes; allowed: up to {LARGEST}\nsplit it into several files",
            text.len()
        );
        report.fault(&Path::default(), message);
        return None;
    }
    // Editors on Windows like to write a byte order mark, which is no JSON.
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    if text.trim().is_empty() {
        let message = "the file is empty\nstart with `{\"sync\": {\"source\": …, \"target\": …}}`";
        report.fault(&Path::default(), message);
        return None;
    }
    let notes = RefCell::default();
    let mut deserializer = serde_json::Deserializer::from_str(text);
    let node = Node {
        path: Path::default(),
        notes: &notes,
    };
    let read = node
        .deserialize(&mut deserializer)
        .and_then(|value| deserializer.end().map(|()| value));
    let notes = notes.into_inner();
    report.orders = notes.orders;
    for path in notes.twice {
        report.fault_in_file(path, "this key is written twice; allowed: once".to_owned());
    }
    match read {
        Ok(value) => Some(value),
        Err(error) => {
            report.fault(&Path::default(), wording(&error));
            None
        }
    }
}

fn wording(error: &serde_json::Error) -> String {
    let place = format!("line {}, column {}", error.line(), error.column());
    let whole = error.to_string();
    let reason = whole
        .rsplit_once(" at line ")
        .map_or(whole.as_str(), |(reason, _)| reason);
    if reason.contains("recursion limit") {
        format!("{place}: nested too deeply; allowed: up to 127 levels")
    } else {
        format!("{place}: this is not JSON: {reason}")
    }
}

#[derive(Default)]
struct Notes {
    twice: Vec<Path>,
    orders: BTreeMap<Path, Vec<String>>,
}

/// Reads one node of the tree and knows where it stands.
struct Node<'a> {
    path: Path,
    notes: &'a RefCell<Notes>,
}

impl<'de> DeserializeSeed<'de> for Node<'_> {
    type Value = Value;

    fn deserialize<D: serde::Deserializer<'de>>(self, deserializer: D) -> Result<Value, D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Node<'_> {
    type Value = Value;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("any JSON")
    }

    fn visit_unit<E: Error>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }

    fn visit_bool<E: Error>(self, flag: bool) -> Result<Value, E> {
        Ok(Value::Bool(flag))
    }

    fn visit_u64<E: Error>(self, number: u64) -> Result<Value, E> {
        Ok(number.into())
    }

    fn visit_i64<E: Error>(self, number: i64) -> Result<Value, E> {
        Ok(number.into())
    }

    fn visit_f64<E: Error>(self, number: f64) -> Result<Value, E> {
        Ok(Number::from_f64(number).map_or(Value::Null, Value::Number))
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<Value, E> {
        Ok(text.into())
    }

    fn visit_string<E: Error>(self, text: String) -> Result<Value, E> {
        Ok(text.into())
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut sequence: A) -> Result<Value, A::Error> {
        let mut elements = Vec::new();
        while let Some(element) = sequence.next_element_seed(Node {
            path: self.path.index(elements.len()),
            notes: self.notes,
        })? {
            elements.push(element);
        }
        Ok(Value::Array(elements))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Value, A::Error> {
        let mut entries = Map::new();
        let mut order = Vec::new();
        while let Some(key) = map.next_key::<String>()? {
            if key == COMMENT {
                map.next_value::<IgnoredAny>()?;
                continue;
            }
            let path = self.path.key(&key);
            let value = map.next_value_seed(Node {
                path: path.clone(),
                notes: self.notes,
            })?;
            if entries.contains_key(&key) {
                self.notes.borrow_mut().twice.push(path);
            } else {
                order.push(key.clone());
                entries.insert(key, value);
            }
        }
        if order.len() > 1 {
            self.notes.borrow_mut().orders.insert(self.path, order);
        }
        Ok(Value::Object(entries))
    }
}
