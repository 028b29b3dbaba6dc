//! The words of faults: what was found, what is allowed, what was probably meant.

use serde_json::Value;

/// `` `one-way`, `two-way` ``.
pub(crate) fn listed<'a>(names: impl IntoIterator<Item = &'a str>) -> String {
    let mut text = String::new();
    for name in names {
        if !text.is_empty() {
            text.push_str(", ");
        }
        text.push_str(&quoted(name));
    }
    text
}

/// A value in backticks, shortened when it is long.
pub(crate) fn quoted(text: &str) -> String {
    let mut letters = text.chars();
    let mut short: String = letters.by_ref().take(60).collect();
    if letters.next().is_some() {
        short.push('…');
    }
    format!(
        "`{}`",
        short
            .escape_debug()
            .to_string()
            .replace("\\\"", "\"")
            .replace("\\'", "'")
    )
}

/// `` did you mean `one-way`? `` on a line of its own, when one of `known` is near to what was written; else nothing.
pub(crate) fn did_you_mean<'a>(written: &str, known: impl IntoIterator<Item = &'a str>) -> String {
    match nearest(written, known) {
        Some(near) => format!("\ndid you mean `{near}`?"),
        None => String::new(),
    }
}

/// The known name nearest to what was written, without case.
pub(crate) fn nearest<'a>(
    written: &str,
    known: impl IntoIterator<Item = &'a str>,
) -> Option<&'a str> {
    // Comparing costs the product of both lengths, and nothing longer is a name.
    if written.chars().count() > 100 {
        return None;
    }
    let written = written.to_lowercase();
    let mut best: Option<(f64, &str)> = None;
    for name in known.into_iter().take(1000) {
        let lower = name.to_lowercase();
        let likeness = if lower.starts_with(&written) && written.chars().count() >= 3 {
            0.95
        } else {
            strsim::normalized_damerau_levenshtein(&written, &lower)
                .max(strsim::jaro_winkler(&written, &lower) - 0.25)
        };
        if likeness >= 0.6 && best.is_none_or(|(most, _)| likeness > most) {
            best = Some((likeness, name));
        }
    }
    best.map(|(_, name)| name)
}

/// What kind of JSON stands there: ``the text `x` ``, `an array`.
pub(crate) fn found(node: &Value) -> String {
    match node {
        Value::Null => "`null`".to_owned(),
        Value::Bool(flag) => format!("`{flag}`"),
        Value::Number(number) => format!("the number `{number}`"),
        Value::String(text) => format!("the text {}", quoted(text)),
        Value::Array(_) => "an array".to_owned(),
        Value::Object(_) => "an object".to_owned(),
    }
}
