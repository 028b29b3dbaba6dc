//! Path templates: which one fits a path, and what stands in its slots.
//!
//! Knows nothing of methods' meanings or of schemas.

use std::collections::HashMap;

use serde_json::Value;

/// One path of the slice.
pub(crate) struct Template {
    /// As it is written in the slice.
    pub(crate) text: String,
    /// Methods it answers, lower case.
    pub(crate) methods: Vec<String>,
    pieces: Vec<Piece>,
}

enum Piece {
    Text(String),
    Slot(String),
}

/// All templates, in the order in which they are tried: fewer slots first, then the longer one.
pub(crate) fn templates(slice: &Value) -> Vec<Template> {
    let paths = slice["paths"].as_object().expect("the slice has paths");
    let mut templates: Vec<Template> = paths
        .iter()
        .map(|(text, item)| template(text, item))
        .collect();
    templates.sort_by_key(|template| {
        let slots = template
            .pieces
            .iter()
            .filter(|piece| matches!(piece, Piece::Slot(_)))
            .count();
        (slots, std::cmp::Reverse(template.text.len()))
    });
    templates
}

fn template(text: &str, item: &Value) -> Template {
    let known = ["get", "post", "patch", "put", "delete"];
    let methods = known
        .into_iter()
        .filter(|method| item.get(method).is_some())
        .map(str::to_owned)
        .collect();
    let mut pieces = Vec::new();
    let mut rest = text;
    while let Some((before, after)) = rest.split_once('{') {
        let (slot, after) = after.split_once('}').expect("a slot closes");
        pieces.push(Piece::Text(before.to_owned()));
        pieces.push(Piece::Slot(slot.to_owned()));
        rest = after;
    }
    pieces.push(Piece::Text(rest.to_owned()));
    Template {
        text: text.to_owned(),
        methods,
        pieces,
    }
}

impl Template {
    /// What stands in the slots, percent-decoded, when this path fits.
    pub(crate) fn slots(&self, path: &str) -> Option<HashMap<String, String>> {
        let mut slots = HashMap::new();
        fits(&self.pieces, path, &mut slots).then_some(slots)
    }
}

/// A slot takes one or more characters without `/`; shorter fits are tried first.
fn fits(pieces: &[Piece], path: &str, slots: &mut HashMap<String, String>) -> bool {
    match pieces.split_first() {
        None => path.is_empty(),
        Some((Piece::Text(text), rest)) => path
            .strip_prefix(text.as_str())
            .is_some_and(|path| fits(rest, path, slots)),
        Some((Piece::Slot(name), rest)) => {
            let longest = path.find('/').unwrap_or(path.len());
            let ends = path
                .char_indices()
                .map(|(at, letter)| at + letter.len_utf8())
                .take_while(|end| *end <= longest);
            for end in ends {
                if fits(rest, &path[end..], slots) {
                    slots.insert(name.clone(), decoded(&path[..end]));
                    return true;
                }
            }
            false
        }
    }
}

fn decoded(text: &str) -> String {
    // A form decoder takes `+` for a space; in a path it is a plus.
    let form = format!("x={}", text.replace('+', "%2B").replace('&', "%26"));
    url::form_urlencoded::parse(form.as_bytes())
        .next()
        .map_or_else(String::new, |(_, value)| value.into_owned())
}
