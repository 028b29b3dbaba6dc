//! Which attribute of the source goes to which field of the target.

mod template;
#[cfg(test)]
mod tests;

use serde::Serialize;

pub(crate) use self::template::check as check_template;
use crate::model::{
    address::Address,
    attributes::{Attributes, Value},
    list::Side,
    phone::PhoneNumber,
};

/// The mapping of one sync.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Mapping {
    /// One rule for each mapped attribute, in the order of the file.
    pub rules: Vec<Rule>,
    /// How the source's attributes name the target list, when the sync routes people to many lists.
    pub route: Option<Rule>,
}

/// One attribute to one field.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Rule {
    /// The source's attribute.
    pub attribute: String,
    /// The target's field.
    pub field: String,
    /// What is done to the value on its way to the target, in order.
    pub transforms: Vec<Transform>,
    /// Which side wins when both changed the field (two-way); the other side never overwrites it (one-way: source).
    pub owner: Side,
    /// Whether the file says who the owner is: fields of people in a directory are written for nothing less.
    pub owner_is_said: bool,
}

/// What is done to a value on its way.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub enum Transform {
    /// White space around it goes.
    Trim,
    /// Lower case.
    Lower,
    /// Upper case.
    Upper,
    /// A phone number in E.164; the region a number without country code belongs to.
    E164(Option<String>),
    /// A text with `{attribute}` slots replaces the value.
    Template(String),
    /// The value stands for another one; without case. A value that stands for none cannot be used.
    Values(Vec<(String, String)>),
    /// Of several addresses those in the same domain as the person's own (`mail`).
    SameDomain,
}

impl Rule {
    /// The attributes the rule looks at.
    pub fn attributes(&self) -> Vec<&str> {
        let slots = self
            .transforms
            .iter()
            .flat_map(|transform| match transform {
                Transform::Template(text) => template::slots(text),
                Transform::SameDomain => vec![MAIL],
                _ => Vec::new(),
            });
        let mut names: Vec<&str> = slots.collect();
        // A template stands in place of the value.
        let replaces = |transform: &Transform| matches!(transform, Transform::Template(_));
        if !self.transforms.iter().any(replaces) {
            names.push(&self.attribute);
        }
        names
    }

    /// What the rule leaves out of the value, in words; `None` when it is nothing.
    pub fn left_out(&self, attributes: &Attributes) -> Option<String> {
        if !self.transforms.contains(&Transform::SameDomain) {
            return None;
        }
        let Some(Value::Texts(all)) = attributes.get(&self.attribute) else {
            return None;
        };
        let domain = own_domain(attributes);
        let others = all.iter().filter(|text| !is_in(text, domain.as_deref()));
        let others: Vec<&str> = others.map(String::as_str).collect();
        (!others.is_empty()).then(|| {
            let whose = domain.unwrap_or_else(|| "(unknown)".to_owned());
            format!(
                "{}: {} left out, not in the domain {whose}",
                self.attribute,
                others.join(", ")
            )
        })
    }

    /// Whether the other side's value can be written back where this one came from.
    pub fn goes_back(&self) -> bool {
        !self.transforms.iter().any(|transform| {
            matches!(
                transform,
                Transform::Template(_) | Transform::Values(_) | Transform::SameDomain
            )
        })
    }

    /// The value for the target's field, computed from the source's attributes; `None` when there is none.
    /// An unusable value (a phone number that does not parse) is an error that names attribute and reason.
    pub fn value(&self, attributes: &Attributes) -> Result<Option<Value>, String> {
        let mut value = attributes.get(&self.attribute).cloned();
        for transform in &self.transforms {
            value = match (transform, value) {
                (Transform::Template(text), _) => {
                    template::filled(text, attributes).and_then(|text| Value::text(&text))
                }
                (_, None) => None,
                (Transform::SameDomain, Some(value)) => same_domain(value, attributes),
                (transform, Some(value)) => self.transformed(transform, value)?,
            };
        }
        Ok(value)
    }

    fn transformed(&self, transform: &Transform, value: Value) -> Result<Option<Value>, String> {
        let text = match value {
            Value::Text(text) => return Ok(Value::text(&self.transformed_text(transform, text)?)),
            Value::Texts(texts) => {
                let texts: Result<Vec<String>, String> = texts
                    .into_iter()
                    .map(|text| self.transformed_text(transform, text))
                    .collect();
                let mut texts = texts?;
                texts.retain(|text| !text.is_empty());
                return Ok((!texts.is_empty()).then_some(Value::Texts(texts)));
            }
            Value::Flag(flag)
                if !matches!(transform, Transform::E164(_) | Transform::Values(_)) =>
            {
                return Ok(Some(Value::Flag(flag)));
            }
            Value::Flag(flag) => flag.to_string(),
        };
        self.transformed_text(transform, text)
            .map(|text| Value::text(&text))
    }

    fn transformed_text(&self, transform: &Transform, text: String) -> Result<String, String> {
        match transform {
            Transform::Trim => Ok(text.trim().to_owned()),
            Transform::Lower => Ok(text.to_lowercase()),
            Transform::Upper => Ok(text.to_uppercase()),
            Transform::E164(region) => PhoneNumber::parse(&text, region.as_deref())
                .map(|number| number.as_str().to_owned())
                .map_err(|reason| format!("{}: {reason}", self.attribute)),
            Transform::Values(values) => {
                let known = values
                    .iter()
                    .find(|(from, _)| from.to_lowercase() == text.to_lowercase());
                known.map(|(_, to)| to.clone()).ok_or_else(|| {
                    format!(
                        "{}: `{text}` stands for nothing in `values`",
                        self.attribute
                    )
                })
            }
            // These look at all attributes and were handled before.
            Transform::Template(_) | Transform::SameDomain => Ok(text),
        }
    }
}

/// The attribute that holds a person's own address.
const MAIL: &str = "mail";

fn own_domain(attributes: &Attributes) -> Option<String> {
    let Some(Value::Text(mail)) = attributes.get(MAIL) else {
        return None;
    };
    let address = Address::parse(mail).ok()?;
    Some(address.domain().to_owned())
}

fn is_in(text: &str, domain: Option<&str>) -> bool {
    Address::parse(text).is_ok_and(|address| Some(address.domain()) == domain)
}

fn same_domain(value: Value, attributes: &Attributes) -> Option<Value> {
    let domain = own_domain(attributes);
    let texts = match value {
        Value::Texts(texts) => texts,
        Value::Text(text) => vec![text],
        Value::Flag(_) => return None,
    };
    let kept: Vec<String> = texts
        .into_iter()
        .filter(|text| is_in(text, domain.as_deref()))
        .collect();
    (!kept.is_empty()).then_some(Value::Texts(kept))
}
