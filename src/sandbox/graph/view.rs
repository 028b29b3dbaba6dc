//! How one object is written: which properties, how much of them the application may see, and its type.
//!
//! Knows nothing of lists.

use serde_json::{Map, Value, json};

use super::permissions::{Sight, sight};
use crate::sandbox::directory::{Kind, Object, is_known, limited, property};
use crate::sandbox::fault::Effect;
use crate::sandbox::refusal;
use crate::sandbox::wire::{Answer, Call, put};
use crate::sandbox::world::World;

/// What `User.ReadBasic.All` shows.
const BASIC: [&str; 7] = [
    "id",
    "displayName",
    "givenName",
    "surname",
    "mail",
    "userPrincipalName",
    "photo",
];

/// Which properties a call wants, and how they are written.
pub(super) struct View {
    /// The names of `$select`, if there is one.
    pub(super) select: Option<Vec<String>>,
    /// Whether `@odata.type` is written.
    pub(super) typed: bool,
    /// Whether a fault leaves only the id.
    partial: bool,
    /// How the manager is written, if it was asked for.
    manager: Option<Box<View>>,
}

impl View {
    /// The view a call asks for; refuses a name that none of the kinds has.
    pub(super) fn of(call: &Call, kinds: &[Kind], typed: bool) -> Result<Self, Answer> {
        let select: Option<Vec<String>> = call.option("$select").map(|names| {
            names
                .split(',')
                .map(|name| name.trim().to_owned())
                .collect()
        });
        for name in select.iter().flatten() {
            if !kinds.iter().any(|kind| is_known(*kind, name)) {
                let kind = kinds.first().map_or("directoryObject", |kind| kind.name());
                let message = format!(
                    "Could not find a property named '{name}' on type 'microsoft.graph.{kind}'."
                );
                return Err(refusal::error(400, "BadRequest", &message));
            }
        }
        Ok(Self {
            manager: manager_of(call, kinds)?.map(Box::new),
            select,
            typed,
            partial: call.twist == Some(Effect::PartialObjects),
        })
    }

    /// Writes one object.
    pub(super) fn write(&self, world: &World, object: &Object) -> Value {
        let kind = object.kind();
        let names: Vec<&str> = match &self.select {
            Some(names) => names.iter().map(String::as_str).collect(),
            None => kind.defaults().collect(),
        };
        let seen = if self.partial {
            Sight::Limited
        } else {
            sight(world, kind)
        };
        let mut written: Map<String, Value> = match seen {
            Sight::Limited => limited(object, &names),
            Sight::Full => names
                .iter()
                .filter_map(|name| Some(((*name).to_owned(), property(object, name)?)))
                .collect(),
            Sight::Basic => {
                let mut blank = limited(object, &names);
                for name in names.iter().filter(|name| BASIC.contains(name)) {
                    if let Some(value) = property(object, name) {
                        blank.insert((*name).to_owned(), value);
                    }
                }
                blank
            }
        };
        if let (Some(view), Some(manager)) = (&self.manager, manager(world, object)) {
            written.insert("manager".to_owned(), view.write(world, manager));
        }
        if self.typed {
            written.insert(
                "@odata.type".to_owned(),
                json!(format!("#microsoft.graph.{}", kind.name())),
            );
        }
        Value::Object(written)
    }

    /// `…/$metadata#users(id,mail)`.
    pub(super) fn context(&self, call: &Call, set: &str) -> String {
        let names = self
            .select
            .as_ref()
            .map(|names| format!("({})", names.join(",")))
            .unwrap_or_default();
        format!("{}/$metadata#{set}{names}", call.base)
    }

    /// One object as a whole answer.
    pub(super) fn entity(&self, world: &World, call: &Call, set: &str, object: &Object) -> Value {
        let mut body = self.write(world, object);
        put(
            &mut body,
            "@odata.context",
            json!(format!("{}/$entity", self.context(call, set))),
        );
        body
    }
}

/// How `$expand=manager` or `$expand=manager($select=…)` wants the manager written. Only people have one: a list of
/// objects of several kinds takes no such expansion.
fn manager_of(call: &Call, kinds: &[Kind]) -> Result<Option<View>, Answer> {
    let Some(text) = call.option("$expand") else {
        return Ok(None);
    };
    let (name, options) = match text.split_once('(') {
        Some((name, rest)) => (name, rest.strip_suffix(')').unwrap_or(rest)),
        None => (text, ""),
    };
    if name != "manager" {
        return Ok(None);
    }
    if kinds != [Kind::User] {
        return Err(refusal::error(
            400,
            "BadRequest",
            "Parsing OData Select and Expand failed: Could not find a property named 'manager' on type \
             'microsoft.graph.directoryObject'.",
        ));
    }
    let query = options
        .split_once('=')
        .map(|(name, value)| (name.to_owned(), value.to_owned()));
    let inner = Call {
        query: query.into_iter().collect(),
        ..call.clone()
    };
    View::of(&inner, &[Kind::User], true).map(Some)
}

/// The manager of a person, unless deleted or not replicated yet.
fn manager<'w>(world: &'w World, object: &Object) -> Option<&'w Object> {
    let id = object.as_user()?.manager.as_deref()?;
    world.directory.get(world.directory.find(id)?)
}
