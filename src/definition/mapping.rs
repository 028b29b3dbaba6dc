//! Which attribute of the source goes to which field of the target.

mod template;
#[cfg(test)]
mod tests;

pub(crate) use self::template::check as check_template;
use crate::model::{
    attributes::{Attributes, Value},
    list::Side,
    phone::PhoneNumber,
};

/// The mapping of one sync.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Mapping {
    /// One rule for each mapped attribute, in the order of the file.
    pub rules: Vec<Rule>,
    /// The source attribute that names the target list, when the sync routes people to many lists.
    pub route: Option<String>,
}

/// One attribute to one field.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rule {
    /// The source's attribute.
    pub attribute: String,
    /// The target's field.
    pub field: String,
    /// What is done to the value on its way to the target, in order.
    pub transforms: Vec<Transform>,
    /// Which side wins when both changed the field (two-way); the other side never overwrites it (one-way: source).
    pub owner: Side,
}

/// What is done to a value on its way.
#[derive(Debug, Clone, PartialEq, Eq)]
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
}

impl Rule {
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
            Value::Flag(flag) if !matches!(transform, Transform::E164(_)) => {
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
            // A template looks at all attributes and was handled before.
            Transform::Template(_) => Ok(text),
        }
    }
}
