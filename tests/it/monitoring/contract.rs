//! The events that the program sends, with their fields, and the words that some fields are limited to.

use std::collections::BTreeMap;

use rollcall::telemetry::{EVENTS, Kind};

/// The fields of each event, by its name.
pub(super) fn events() -> BTreeMap<&'static str, Vec<&'static str>> {
    EVENTS
        .iter()
        .map(|event| {
            let fields = event.fields.iter().map(|field| field.name);
            (event.name, fields.collect())
        })
        .collect()
}

/// What a field may say; nothing where it may say anything.
pub(super) fn words(field: &str) -> Vec<&'static str> {
    let fields = EVENTS.iter().flat_map(|event| event.fields);
    let words = fields
        .filter(|own| own.name == field)
        .filter_map(|own| match own.kind {
            Kind::Word(words) => Some(words),
            _ => None,
        });
    words.flatten().copied().collect()
}
