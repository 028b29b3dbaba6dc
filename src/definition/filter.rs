//! Which members are wanted: a small typed language over attributes.

mod parse;
#[cfg(test)]
mod tests;

use serde::Serialize;

pub(crate) use self::parse::parse;
use super::mapping::Rule;
use crate::model::attributes::{Attributes, Value};

/// A condition over a member's attributes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub enum Filter {
    /// Every part holds; no parts: everyone is wanted.
    All(Vec<Filter>),
    /// At least one part holds.
    Any(Vec<Filter>),
    /// The part does not hold.
    Not(Box<Filter>),
    /// One attribute is tested; texts compare without case, an absent attribute fits nothing.
    Attribute {
        /// The attribute's name.
        name: String,
        /// The test.
        test: Test,
    },
    /// The rule routes the person to this list; names are compared without case.
    RoutedTo {
        /// How the attributes name a list.
        rule: Box<Rule>,
        /// The list's name.
        list: String,
    },
}

/// A test of one attribute.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub enum Test {
    /// The value is one of these.
    OneOf(Vec<Operand>),
    /// The text starts with this.
    StartsWith(String),
    /// The text ends with this.
    EndsWith(String),
}

/// A value to compare with.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub enum Operand {
    /// A text.
    Text(String),
    /// Yes or no.
    Flag(bool),
}

impl Default for Filter {
    /// Everyone is wanted.
    fn default() -> Self {
        Self::All(Vec::new())
    }
}

impl Filter {
    /// `None` when the attributes pass, else the first clause that fails, in words (`department is "Legal"`).
    pub fn why_not(&self, attributes: &Attributes) -> Option<String> {
        match self {
            Self::All(parts) => parts.iter().find_map(|part| part.why_not(attributes)),
            Self::Any(parts) => {
                let mut reasons = Vec::new();
                for part in parts {
                    let reason = part.why_not(attributes)?;
                    if !reasons.contains(&reason) {
                        reasons.push(reason);
                    }
                }
                if reasons.is_empty() {
                    Some("nobody is wanted".to_owned())
                } else {
                    Some(reasons.join(" and "))
                }
            }
            Self::Not(part) if part.holds(attributes) => Some(part.as_it_is(attributes)),
            Self::Not(_) => None,
            Self::Attribute { name, test } => match attributes.get(name) {
                Some(value) if test.fits(value) => None,
                value => Some(as_it_is(name, value)),
            },
            Self::RoutedTo { .. } if self.holds(attributes) => None,
            Self::RoutedTo { rule, .. } => {
                let unusable = rule.value(attributes).err();
                Some(unusable.unwrap_or_else(|| self.as_it_is(attributes)))
            }
        }
    }

    /// Why nobody can tell whether the attributes pass; `None` when they do, and when they do not for sure. A value that
    /// routes somebody and cannot be used says nothing about where they belong.
    pub fn cannot_tell(&self, attributes: &Attributes) -> Option<String> {
        match self {
            Self::All(parts) => {
                let failing = parts.iter().filter(|part| !part.holds(attributes));
                let mut why = None;
                for part in failing {
                    why = Some(part.cannot_tell(attributes)?);
                }
                why
            }
            Self::RoutedTo { rule, .. } => rule.value(attributes).err(),
            Self::Any(_) | Self::Not(_) | Self::Attribute { .. } => None,
        }
    }

    /// Whether the attributes pass.
    pub fn holds(&self, attributes: &Attributes) -> bool {
        match self {
            Self::All(parts) => parts.iter().all(|part| part.holds(attributes)),
            Self::Any(parts) => parts.iter().any(|part| part.holds(attributes)),
            Self::Not(part) => !part.holds(attributes),
            Self::Attribute { name, test } => {
                attributes.get(name).is_some_and(|value| test.fits(value))
            }
            Self::RoutedTo { rule, list } => {
                let list = list.to_lowercase();
                routed(rule, attributes)
                    .iter()
                    .any(|name| name.to_lowercase() == list)
            }
        }
    }

    /// The attributes this condition looks at, sorted: what has to be read to judge it.
    pub fn attributes(&self) -> std::collections::BTreeSet<&str> {
        match self {
            Self::All(parts) | Self::Any(parts) => {
                parts.iter().flat_map(Self::attributes).collect()
            }
            Self::Not(part) => part.attributes(),
            Self::Attribute { name, .. } => [name.as_str()].into(),
            Self::RoutedTo { rule, .. } => rule.attributes().into_iter().collect(),
        }
    }

    /// The values this condition looks at, in words.
    fn as_it_is(&self, attributes: &Attributes) -> String {
        let values: Vec<String> = self
            .attributes()
            .into_iter()
            .map(|name| as_it_is(name, attributes.get(name)))
            .collect();
        values.join(" and ")
    }
}

/// The lists a rule routes a person with these attributes to; none where the rule gives nothing usable.
pub fn routed(rule: &Rule, attributes: &Attributes) -> Vec<String> {
    match rule.value(attributes) {
        Ok(Some(Value::Text(name))) => vec![name],
        Ok(Some(Value::Texts(names))) => names,
        Ok(Some(Value::Flag(_)) | None) | Err(_) => Vec::new(),
    }
}

impl Test {
    /// Whether `value`, or one of several values, fits.
    pub fn fits(&self, value: &Value) -> bool {
        match value {
            Value::Text(text) => self.fits_text(text),
            Value::Texts(texts) => texts.iter().any(|text| self.fits_text(text)),
            Value::Flag(flag) => match self {
                Self::OneOf(operands) => operands.iter().any(|operand| match operand {
                    Operand::Flag(wanted) => wanted == flag,
                    Operand::Text(wanted) => equal(wanted, flag_text(*flag)),
                }),
                Self::StartsWith(_) | Self::EndsWith(_) => false,
            },
        }
    }

    fn fits_text(&self, text: &str) -> bool {
        match self {
            Self::OneOf(operands) => operands.iter().any(|operand| match operand {
                Operand::Text(wanted) => equal(wanted, text),
                // A CSV file knows only texts.
                Operand::Flag(wanted) => equal(flag_text(*wanted), text),
            }),
            Self::StartsWith(start) => starts_with(text, start),
            Self::EndsWith(end) => text.to_lowercase().ends_with(&end.to_lowercase()),
        }
    }
}

fn flag_text(flag: bool) -> &'static str {
    if flag { "true" } else { "false" }
}

fn equal(left: &str, right: &str) -> bool {
    if left.is_ascii() && right.is_ascii() {
        left.eq_ignore_ascii_case(right)
    } else {
        left.to_lowercase() == right.to_lowercase()
    }
}

fn starts_with(text: &str, start: &str) -> bool {
    if text.is_ascii() && start.is_ascii() {
        text.get(..start.len())
            .is_some_and(|head| head.eq_ignore_ascii_case(start))
    } else {
        text.to_lowercase().starts_with(&start.to_lowercase())
    }
}

/// `department is "Legal"`, `department is absent`.
fn as_it_is(name: &str, value: Option<&Value>) -> String {
    match value {
        None => format!("{name} is absent"),
        Some(Value::Flag(flag)) => format!("{name} is {flag}"),
        Some(Value::Text(text)) => format!("{name} is \"{text}\""),
        Some(Value::Texts(texts)) => format!("{name} is \"{}\"", texts.join("\", \"")),
    }
}
