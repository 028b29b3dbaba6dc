//! Where something stands in an answer: `data.items`, `emails[0]`, `phones[*].value`, `['@odata.nextLink']`.
//!
//! It must not know what is looked for.

use serde_json::Value;

/// A place in JSON, or several of them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct JsonPath(Vec<Step>);

#[derive(Debug, Clone, PartialEq, Eq)]
enum Step {
    /// The value of a key.
    Key(String),
    /// One element of an array, from 0.
    At(usize),
    /// Every element of an array.
    Each,
}

impl JsonPath {
    /// Reads a path. `$` is the whole; it may stand in front of every path and need not.
    pub(super) fn parse(text: &str) -> Result<Self, String> {
        let wrong = |why: &str| Err(format!("`{text}` is not a path: {why}"));
        let mut rest = text.strip_prefix('$').unwrap_or(text);
        if rest.is_empty() && text.is_empty() {
            return wrong("it is empty; write `$` for the whole");
        }
        let mut steps = Vec::new();
        let mut begins = rest == text;
        while !rest.is_empty() {
            if let Some(inside) = rest.strip_prefix('[') {
                let (step, after) = match bracket(inside) {
                    Ok(found) => found,
                    Err(why) => return wrong(why),
                };
                steps.push(step);
                rest = after;
            } else {
                let name = match rest.strip_prefix('.') {
                    Some(_) if begins => return wrong("it begins with a dot"),
                    Some(name) => name,
                    None if begins => rest,
                    None => return wrong("after `]` or `$` comes `.` or `[`"),
                };
                let end = name.find(['.', '[', ']']).unwrap_or(name.len());
                let (key, after) = name.split_at(end);
                if key.is_empty() {
                    return wrong("a name is missing");
                }
                if key.contains('*') {
                    return wrong("every element of an array is `[*]`");
                }
                if after.starts_with(']') {
                    return wrong("a `[` is missing");
                }
                steps.push(Step::Key(key.to_owned()));
                rest = after;
            }
            begins = false;
        }
        Ok(Self(steps))
    }

    /// Everything that stands there; nothing where the path leads nowhere.
    pub(super) fn select<'v>(&self, value: &'v Value) -> Vec<&'v Value> {
        let mut found = vec![value];
        for step in &self.0 {
            found = match step {
                Step::Key(key) => found.iter().filter_map(|value| value.get(key)).collect(),
                Step::At(index) => found.iter().filter_map(|value| value.get(index)).collect(),
                Step::Each => {
                    let arrays = found.iter().filter_map(|value| value.as_array());
                    arrays.flatten().collect()
                }
            };
        }
        found
    }

    /// The first thing that stands there and is not `null`.
    pub(super) fn first<'v>(&self, value: &'v Value) -> Option<&'v Value> {
        self.select(value)
            .into_iter()
            .find(|value| !value.is_null())
    }

    /// The first text or number that stands there, as a text without white space around it; never an empty one.
    pub(super) fn text(&self, value: &Value) -> Option<String> {
        self.texts(value).into_iter().next()
    }

    /// All texts and numbers that stand there; an array counts as its elements.
    pub(super) fn texts(&self, value: &Value) -> Vec<String> {
        let found = self.select(value).into_iter();
        let each = found.flat_map(|value| match value {
            Value::Array(values) => values.iter().collect(),
            other => vec![other],
        });
        each.filter_map(text_of).collect()
    }

    /// The whole number that stands there.
    pub(super) fn number(&self, value: &Value) -> Option<u64> {
        let first = self.first(value)?;
        first
            .as_u64()
            .or_else(|| first.as_str()?.trim().parse().ok())
    }

    /// What stands where a listing goes on: nothing, or a text or number. `Err` for anything else, which is no way on.
    pub(super) fn way_on(&self, value: &Value) -> Result<Option<String>, ()> {
        match self.first(value) {
            None | Some(Value::Bool(false)) => Ok(None),
            Some(Value::Array(values)) if values.is_empty() => Ok(None),
            Some(Value::Bool(true) | Value::Object(_)) => Err(()),
            Some(Value::Array(values)) => values.iter().find_map(text_of).map(Some).ok_or(()),
            Some(found) => Ok(text_of(found)),
        }
    }

    /// The way to the array whose every element it goes through first; `None` where it goes through none.
    pub(super) fn before_each(&self) -> Option<Self> {
        let each = self.0.iter().position(|step| *step == Step::Each)?;
        Some(Self(self.0.iter().take(each).cloned().collect()))
    }

    /// Whether more than one thing can stand there.
    pub(super) fn is_many(&self) -> bool {
        self.0.contains(&Step::Each)
    }
}

/// A text or number as a text; nothing for an empty one and for everything else.
pub(super) fn text_of(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text.trim().to_owned()).filter(|text| !text.is_empty()),
        Value::Number(number) => Some(number.to_string()),
        _ => None,
    }
}

/// What stands in brackets, and what comes after them.
fn bracket(inside: &str) -> Result<(Step, &str), &'static str> {
    for quote in ['\'', '"'] {
        if let Some(rest) = inside.strip_prefix(quote) {
            let (key, after) = rest.split_once(quote).ok_or("a quotation does not end")?;
            let after = after.strip_prefix(']').ok_or("a `]` is missing")?;
            return Ok((Step::Key(key.to_owned()), after));
        }
    }
    let (index, after) = inside.split_once(']').ok_or("a `]` is missing")?;
    match (index, index.parse()) {
        ("*", _) => Ok((Step::Each, after)),
        (_, Ok(index)) => Ok((Step::At(index), after)),
        _ => Err("in brackets stands a number, `*`, or a name in quotation marks"),
    }
}
