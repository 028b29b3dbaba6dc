//! The requests that change something: their gaps, and what their answers mean.

use serde_json::Value;

use super::Faults;
use crate::connectors::rest::{
    description::{Operation, Sign},
    settings::{Call, Key, Method, Settings, When},
    template::{Body, Slot, Target},
};

/// How many members one call for many takes unless it is said.
const USUAL_CHUNK: usize = 100;

/// The answers that say no for good unless it is said. 401 is none: the next run may sign in.
const USUALLY_REFUSED: [u16; 9] = [400, 403, 404, 405, 409, 410, 413, 415, 422];

impl Faults {
    pub(super) fn operation(
        &mut self,
        name: &str,
        call: &Call,
        settings: &Settings,
    ) -> Option<Operation> {
        let target = self.keep(&format!("{name}.path"), Target::parse(&call.path));
        let parsed = |part: &str, body: &Option<Value>, faults: &mut Self| {
            let body = body.as_ref()?;
            Some(Body::parse(body, &format!("{name}.{part}"), &mut faults.0))
        };
        let body = parsed("body", &call.body, self);
        let item = parsed("item", &call.item, self);
        let operation = Operation {
            method: match call.method {
                Method::Post => reqwest::Method::POST,
                Method::Put => reqwest::Method::PUT,
                Method::Patch => reqwest::Method::PATCH,
                Method::Delete => reqwest::Method::DELETE,
            },
            target: target?,
            chunk: match &item {
                Some(_) => call.chunk.unwrap_or(USUAL_CHUNK).clamp(1, 10_000),
                None => 1,
            },
            body,
            item,
            done: self.signs(&format!("{name}.done"), &call.done),
            already_so: self.signs(&format!("{name}.alreadySo"), &call.already_so),
            refused: if call.refused.is_empty() {
                let usual = USUALLY_REFUSED.into_iter();
                usual.map(|status| Sign { status, that: None }).collect()
            } else {
                self.signs(&format!("{name}.refused"), &call.refused)
            },
        };
        self.contradictions(name, call);
        self.for_many(name, call, &operation);
        self.slots(name, &operation, settings.adds_by);
        Some(operation)
    }

    fn signs(&mut self, at: &str, signs: &[When]) -> Vec<Sign> {
        let mut read = Vec::new();
        for (index, sign) in signs.iter().enumerate() {
            let place = format!("{at}[{index}]");
            let (status, that) = match sign {
                When::Status(status) => (*status, None),
                When::That(that) => {
                    if that.equals.is_object() || that.equals.is_array() {
                        self.add(&format!("{place}.equals"), "expected a single value");
                    }
                    let path = self.path(&format!("{place}.path"), &that.path);
                    (that.status, path.map(|path| (path, that.equals.clone())))
                }
            };
            // 401 and 429 are for signing in and for waiting; a redirect is followed nowhere.
            if !(200..600).contains(&status)
                || (300..400).contains(&status)
                || [401, 429].contains(&status)
            {
                self.add(&place, format!("`{status}` says nothing about a change"));
            }
            read.push(Sign { status, that });
        }
        read
    }

    fn contradictions(&mut self, name: &str, call: &Call) {
        let groups = [
            ("done", &call.done),
            ("alreadySo", &call.already_so),
            ("refused", &call.refused),
        ];
        for (index, (group, signs)) in groups.iter().enumerate() {
            for sign in signs.iter() {
                let others = groups.iter().take(index);
                for (other, _) in others.filter(|(_, signs)| signs.contains(sign)) {
                    let message = format!("says the same answer as `{other}`");
                    self.add(&format!("{name}.{group}"), message);
                }
            }
        }
    }

    fn for_many(&mut self, name: &str, call: &Call, operation: &Operation) {
        let has_members = operation.body.as_ref().is_some_and(Body::holds_members);
        if name == "create" && (has_members || operation.item.is_some()) {
            self.add("create.item", "a list is created without members");
            return;
        }
        match (has_members, &operation.item) {
            (true, None) => {
                self.add(
                    &format!("{name}.item"),
                    "is missing: say what one of `{members}` looks like",
                );
            }
            (false, Some(_)) => {
                self.add(
                    &format!("{name}.body"),
                    "has no `{members}` where `item` goes",
                );
            }
            (false, None) if call.chunk.is_some() => {
                self.add(
                    &format!("{name}.chunk"),
                    "only a call with `{members}` is for many",
                );
            }
            _ => {}
        }
        if call
            .chunk
            .is_some_and(|chunk| !(1..=10_000).contains(&chunk))
        {
            self.add(&format!("{name}.chunk"), "is not 1 to 10000");
        }
        if call.id.is_some() && name != "create" {
            self.add(&format!("{name}.id"), "has a meaning for `create` only");
        }
    }

    /// What is filled in has to be known then, and has to say who is meant.
    fn slots(&mut self, name: &str, operation: &Operation, adds_by: Key) {
        let parts = [
            ("path", operation.target.slots().collect::<Vec<_>>()),
            (
                "body",
                operation.body.iter().flat_map(Body::slots).collect(),
            ),
            (
                "item",
                operation.item.iter().flat_map(Body::slots).collect(),
            ),
        ];
        for (part, slots) in &parts {
            let is_shared = operation.is_for_many() && *part != "item";
            for slot in slots {
                let why = match slot {
                    Slot::Members if *part == "body" && operation.is_for_many() => continue,
                    // A fault of its own.
                    Slot::Members if *part == "body" => continue,
                    Slot::Members => "is for the body alone",
                    Slot::List if name == "create" => "is not known before the list is there",
                    Slot::List | Slot::Name => continue,
                    _ if name == "create" => "is of a member, and a new list has none",
                    _ if is_shared => "is different for each member; it goes into `item`",
                    Slot::Id if name == "add" => "is not known before somebody is added",
                    Slot::Field(_) if name == "remove" => "is not needed to remove somebody",
                    _ => continue,
                };
                self.add(
                    &format!("{name}.{part}"),
                    format!("`{}` {why}", slot.written()),
                );
            }
        }
        let has = |wanted: &Slot| operation.slots().contains(&wanted);
        let missing = match name {
            "create" if !has(&Slot::Name) => "does not say the list's name; write `{name}`",
            "add" if adds_by == Key::Address && !has(&Slot::Address) => {
                "does not say who is added; write `{address}`"
            }
            "add" if adds_by == Key::Phone && !has(&Slot::Phone) => {
                "does not say who is added; write `{phone}`"
            }
            "remove" | "update" if ![Slot::Id, Slot::Address, Slot::Phone].iter().any(has) => {
                "does not say who is meant; write `{id}`, `{address}` or `{phone}`"
            }
            _ => return,
        };
        self.add(name, missing);
    }
}
