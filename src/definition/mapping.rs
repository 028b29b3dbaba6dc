//! Which attribute of the source goes to which field of the target.

use crate::model::{attributes::Attributes, list::Side};

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
    pub fn value(
        &self,
        _attributes: &Attributes,
    ) -> Result<Option<crate::model::attributes::Value>, String> {
        Ok(None)
    }
}
