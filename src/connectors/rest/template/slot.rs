//! What can be filled in, and with what.

use serde_json::{Value, json};

use crate::{
    model::{attributes, member::Member},
    plan::change::FieldChange,
};

/// What can be filled in.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(in crate::connectors::rest) enum Slot {
    /// The member's primary address.
    Address,
    /// The member's phone number in E.164.
    Phone,
    /// The member's id on the platform.
    Id,
    /// The number HR gave the member.
    EmployeeId,
    /// The id of the member's directory object.
    DirectoryId,
    /// The list's id.
    List,
    /// The list's name.
    Name,
    /// A field of the member, by the platform's name for it.
    Field(String),
    /// Everybody in a call for many.
    Members,
}

/// What the gaps are filled with.
#[derive(Debug, Clone, Copy, Default)]
pub(in crate::connectors::rest) struct Filling<'a> {
    /// The list's id.
    pub(in crate::connectors::rest) list: &'a str,
    /// The list's name.
    pub(in crate::connectors::rest) name: &'a str,
    /// The member, and its id as the platform spells it.
    pub(in crate::connectors::rest) member: Option<(&'a Member, Option<&'a str>)>,
    /// What changes of the member, where it is an update.
    pub(in crate::connectors::rest) changed: Option<&'a [FieldChange]>,
    /// Everybody, where the call is for many.
    pub(in crate::connectors::rest) members: Option<&'a [Value]>,
}

/// What fills a gap.
pub(super) enum Found {
    Value(Value),
    /// It is to be emptied.
    Emptied,
    /// There is nothing to say about it.
    Nothing,
}

impl Slot {
    pub(super) fn parse(name: &str) -> Result<Self, String> {
        Ok(match name {
            "address" => Self::Address,
            "phone" => Self::Phone,
            "id" => Self::Id,
            "employeeId" => Self::EmployeeId,
            "directoryId" => Self::DirectoryId,
            "list" => Self::List,
            "name" => Self::Name,
            "members" => Self::Members,
            _ => match name.strip_prefix("field:").map(str::trim) {
                Some(field) if !field.is_empty() => Self::Field(field.to_owned()),
                _ => {
                    return Err(format!(
                        "`{{{name}}}` is not known here; the gaps are `{{address}}`, `{{phone}}`, `{{id}}`, \
                         `{{employeeId}}`, `{{directoryId}}`, `{{list}}`, `{{name}}`, `{{field:NAME}}` and `{{members}}`\n\
                         a brace that is meant as one is written twice"
                    ));
                }
            },
        })
    }

    /// As it is written, for messages.
    pub(in crate::connectors::rest) fn written(&self) -> String {
        match self {
            Self::Address => "{address}".to_owned(),
            Self::Phone => "{phone}".to_owned(),
            Self::Id => "{id}".to_owned(),
            Self::EmployeeId => "{employeeId}".to_owned(),
            Self::DirectoryId => "{directoryId}".to_owned(),
            Self::List => "{list}".to_owned(),
            Self::Name => "{name}".to_owned(),
            Self::Field(name) => format!("{{field:{name}}}"),
            Self::Members => "{members}".to_owned(),
        }
    }
}

impl Filling<'_> {
    /// Whether there is anything to fill in.
    pub(in crate::connectors::rest) fn has(&self, slot: &Slot) -> bool {
        matches!(self.of(slot), Found::Value(_))
    }

    pub(super) fn of(&self, slot: &Slot) -> Found {
        let text = |text: Option<&str>| match text {
            Some(text) if !text.is_empty() => Found::Value(json!(text)),
            _ => Found::Nothing,
        };
        let member = self.member.map(|(member, _)| member);
        match slot {
            Slot::List => text(Some(self.list)),
            Slot::Name => text(Some(self.name)),
            Slot::Members => self
                .members
                .map_or(Found::Nothing, |members| Found::Value(json!(members))),
            Slot::Address => text(member.and_then(Member::address).map(|found| found.as_str())),
            Slot::Phone => text(member.and_then(|member| Some(member.phones.first()?.as_str()))),
            Slot::Id => text(self.member.and_then(|(_, id)| id)),
            Slot::EmployeeId => text(member.and_then(|member| member.employee_id.as_deref())),
            Slot::DirectoryId => {
                text(member.and_then(|member| Some(member.directory_id.as_ref()?.as_str())))
            }
            Slot::Field(name) => match self.changed {
                Some(changed) => match changed.iter().find(|change| change.field == *name) {
                    Some(change) => change.after.as_ref().map_or(Found::Emptied, in_json),
                    None => Found::Nothing,
                },
                None => member
                    .and_then(|member| member.attributes.get(name))
                    .map_or(Found::Nothing, in_json),
            },
        }
    }
}

fn in_json(value: &attributes::Value) -> Found {
    Found::Value(match value {
        attributes::Value::Text(text) => json!(text),
        attributes::Value::Flag(flag) => json!(flag),
        attributes::Value::Texts(texts) => json!(texts),
    })
}

/// A value as a piece of a text.
pub(super) fn in_words(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        Value::Array(values) => values.iter().map(in_words).collect::<Vec<_>>().join("; "),
        other => other.to_string(),
    }
}
