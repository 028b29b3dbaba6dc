//! Texts with `{attribute}` slots.

use crate::model::attributes::Attributes;

/// One part of a template.
enum Part<'a> {
    Text(&'a str),
    Slot(&'a str),
}

/// What is wrong with a template, if anything is.
pub(crate) fn check(template: &str) -> Result<(), String> {
    let parts = parts(template)?;
    if parts.iter().any(|part| matches!(part, Part::Slot(_))) {
        Ok(())
    } else {
        Err("a template without a slot gives everyone the same value\nname an attribute: `{displayName}`".to_owned())
    }
}

/// The attributes a template looks at.
pub(super) fn slots(template: &str) -> Vec<&str> {
    let parts = parts(template).unwrap_or_default();
    let slots = parts.into_iter().filter_map(|part| match part {
        Part::Slot(name) => Some(name),
        Part::Text(_) => None,
    });
    slots.collect()
}

/// The template with its slots filled; `None` when all of them are empty. White space left by an empty slot goes.
pub(super) fn filled(template: &str, attributes: &Attributes) -> Option<String> {
    let mut text = String::new();
    let mut anything = false;
    for part in parts(template).ok()? {
        match part {
            Part::Text(fixed) => text.push_str(fixed),
            Part::Slot(name) => {
                if let Some(value) = attributes.get(name) {
                    anything = true;
                    text.push_str(&value.to_line());
                }
            }
        }
    }
    let words: Vec<&str> = text.split_whitespace().collect();
    anything.then(|| words.join(" "))
}

fn parts(template: &str) -> Result<Vec<Part<'_>>, String> {
    let mut parts = Vec::new();
    let mut rest = template;
    while let Some((fixed, after)) = rest.split_once('{') {
        let (slot, behind) = after
            .split_once('}')
            .ok_or_else(|| "a `{` without its `}`".to_owned())?;
        if fixed.contains('}') {
            return Err("a `}` without its `{`".to_owned());
        }
        let slot = slot.trim();
        if slot.is_empty() || slot.contains('{') {
            return Err("a slot without the name of an attribute".to_owned());
        }
        parts.push(Part::Text(fixed));
        parts.push(Part::Slot(slot));
        rest = behind;
    }
    if rest.contains('}') {
        return Err("a `}` without its `{`".to_owned());
    }
    parts.push(Part::Text(rest));
    Ok(parts)
}
