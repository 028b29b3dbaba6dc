//! What one part of the settings needs of another.

use serde_json::Value;

use super::Faults;
use crate::connectors::rest::settings::{Call, Key, Settings};

impl Faults {
    /// What one part of the settings needs of another.
    pub(super) fn together(&mut self, settings: &Settings) {
        let writing = [
            ("remove", settings.remove.is_some()),
            ("update", settings.update.is_some()),
            ("create", settings.create.is_some()),
        ];
        for (name, _) in writing.iter().filter(|(_, is_there)| *is_there) {
            if settings.add.is_none() {
                self.add(name, "has no effect without `add`");
            }
        }
        if settings.create.is_some() && settings.lists.is_none() {
            self.add(
                "create",
                "needs `lists`: a list is looked up by its name before it is created",
            );
        }
        if settings.key_field.is_some() && settings.adds_by != Key::Phone {
            self.add("keyField", "has a meaning with `addsBy` `phone` only");
        }
        let names_ids = |call: &Option<Call>| {
            call.as_ref().is_some_and(|call| {
                let texts = [&call.body, &call.item];
                let texts = texts.into_iter().flatten().map(Value::to_string);
                texts
                    .chain([call.path.clone()])
                    .any(|text| text.contains("{id}"))
            })
        };
        for (name, call) in [("remove", &settings.remove), ("update", &settings.update)] {
            if names_ids(call) && settings.member.id.is_none() {
                self.add(
                    "member.id",
                    format!("is missing: `{name}` needs it for `{{id}}`"),
                );
            }
        }
    }
}
