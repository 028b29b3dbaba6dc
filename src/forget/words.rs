//! The texts of a stored document without the person.
//!
//! Whoever the person is among those whom the document knows by keys was taken out before: what stands there now is
//! other people's, and stays.

use serde_json::Value as Json;

use super::text::Needles;

/// What of a document's texts is about the person.
#[derive(Default)]
pub(super) struct Words {
    /// How many texts named the person.
    pub(super) erased: usize,
    /// How many of them say who did something, and stay.
    pub(super) deciders: usize,
}

impl Words {
    /// `is_data` is what is known of other people: only what is the person's alone goes there.
    pub(super) fn go_through(&mut self, value: &mut Json, needles: &Needles, is_data: bool) {
        match value {
            Json::String(text) => {
                if let Some(without) = needles.without(text, is_data) {
                    *text = without;
                    self.erased += 1;
                }
            }
            Json::Array(values) => {
                for value in values {
                    self.go_through(value, needles, is_data);
                }
            }
            Json::Object(fields) => {
                for (name, value) in fields {
                    match name.as_str() {
                        // Columns and fields may have any name.
                        _ if is_data => self.go_through(value, needles, true),
                        // Whoever the person is among these was taken out before; the others keep their own.
                        "id" | "directoryId" | "address" | "addresses" | "phone" | "phones"
                        | "employeeId" | "ids" | "directoryIds" | "aliases" | "employeeIds" => {}
                        // Names of things.
                        "sync" | "run" | "list" | "connection" | "digest" | "code" | "restores"
                        | "replaces" | "groupId" => {}
                        "by" | "cause" | "approvedBy" if value.is_string() => {
                            let named = value.as_str().is_some_and(|text| needles.are_in(text));
                            self.deciders += usize::from(named);
                        }
                        "attributes" | "fields" | "before" | "after" | "lost" | "written"
                        | "now" => self.go_through(value, needles, true),
                        _ => self.go_through(value, needles, is_data),
                    }
                }
            }
            Json::Null | Json::Bool(_) | Json::Number(_) => {}
        }
    }
}
