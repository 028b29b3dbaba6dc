//! The mapping: rules, and the one entry that is no rule but says which list a person goes to.

use std::collections::BTreeMap;

use crate::{
    definition::{
        fault::Report,
        mapping::{Mapping, Rule, Transform, check_template},
        path::Path,
        raw::{
            RawSync,
            choices::TransformName,
            details::RawRule,
            forms::{Choice, TextOr},
        },
        sync::{Direction, Endpoint},
        words::quoted,
    },
    model::list::Side,
};

/// The field that names the target's list.
const ROUTE: &str = "group";

/// The mapping, and where the entry stands that routes people to lists.
pub(super) fn validated(
    raw: &RawSync,
    path: &Path,
    direction: Option<Direction>,
    target: Option<&Endpoint>,
    report: &mut Report,
) -> (Mapping, Option<Path>) {
    let mut mapping = Mapping::default();
    let mut routes_at = None;
    let mut fields: BTreeMap<String, String> = BTreeMap::new();
    let path = path.key("mapping");
    // A target that could not be read may well have named its list.
    let may_route = target.is_some_and(|target| target.lists.is_empty());
    for (attribute, raw) in report.in_file_order(&path, raw.mapping.iter().flatten()) {
        let path = path.key(attribute);
        if attribute.trim().is_empty() {
            report.fault(&path, "an attribute without a name");
            continue;
        }
        let Some(rule) = rule(attribute, raw, &path, report) else {
            continue;
        };
        if let Some(first) = fields.get(&rule.field) {
            let message = format!(
                "the field {} is already filled from {}; allowed: one rule for a field\nsay `template` to join attributes",
                quoted(&rule.field),
                quoted(first)
            );
            report.fault(&path, message);
            continue;
        }
        fields.insert(rule.field.clone(), attribute.to_owned());
        if rule.owner == Side::Target && direction == Some(Direction::OneWay) {
            let message = "the target owns nothing in a one-way sync: the source always wins\nleave `owner` out";
            report.fault(&path.key("owner"), message);
        }
        if rule.field == ROUTE && may_route {
            if rule.owner == Side::Target {
                let message = "the value names a list, which nobody owns\nleave `owner` out, or name a list in `target` if `group` is a field of its members";
                report.fault(&path, message);
            }
            mapping.route = Some(rule);
            routes_at = Some(path);
        } else {
            mapping.rules.push(rule);
        }
    }
    (mapping, routes_at)
}

fn rule(
    attribute: &str,
    raw: &TextOr<String, RawRule>,
    path: &Path,
    report: &mut Report,
) -> Option<Rule> {
    let (field, field_at) = match raw {
        TextOr::Text(field) => (Some(field), path.clone()),
        TextOr::Object(raw) => (raw.field.as_ref(), path.key("field")),
    };
    let transforms = match raw {
        TextOr::Text(_) => Vec::new(),
        TextOr::Object(raw) => transforms(raw, path, report),
    };
    let owner = match raw {
        TextOr::Object(RawRule {
            owner: Some(Choice(owner)),
            ..
        }) => Some(*owner),
        _ => None,
    };
    let field = field.map(|field| field.trim()).unwrap_or_default();
    if field.is_empty() {
        if !report.is_cut(&field_at) {
            let message = "this key is missing or empty; allowed: a field of the target";
            report.fault(&field_at, message);
        }
        return None;
    }
    Some(Rule {
        attribute: attribute.to_owned(),
        field: field.to_owned(),
        transforms,
        owner: owner.unwrap_or(Side::Source),
        owner_is_said: owner.is_some(),
    })
}

fn transforms(raw: &RawRule, path: &Path, report: &mut Report) -> Vec<Transform> {
    let mut transforms = Vec::new();
    if let Some(template) = &raw.template {
        match check_template(template) {
            Ok(()) => transforms.push(Transform::Template(template.clone())),
            Err(message) => report.fault(&path.key("template"), message),
        }
    }
    let region = region(raw, path, report);
    for Choice(name) in raw.transforms.iter().flatten() {
        transforms.push(match name {
            TransformName::Trim => Transform::Trim,
            TransformName::Lower => Transform::Lower,
            TransformName::Upper => Transform::Upper,
            TransformName::E164 => Transform::E164(region.clone()),
            TransformName::SameDomain => Transform::SameDomain,
        });
    }
    if let Some(values) = &raw.values {
        transforms.push(Transform::Values(self::values(
            values,
            &path.key("values"),
            report,
        )));
    }
    transforms
}

/// What values stand for: at least one, and none twice.
fn values(
    raw: &BTreeMap<String, String>,
    path: &Path,
    report: &mut Report,
) -> Vec<(String, String)> {
    if raw.is_empty() && !report.is_cut(path) {
        let message = "an empty object gives no value to anybody\nleave it out";
        report.fault(path, message);
    }
    let mut values: Vec<(String, String)> = Vec::new();
    for (from, to) in raw {
        let path = path.key(from);
        let (from, to) = (from.trim(), to.trim());
        if to.is_empty() {
            report.fault(
                &path,
                "found an empty text; allowed: the value that is written",
            );
        } else if values
            .iter()
            .any(|(known, _)| known.to_lowercase() == from.to_lowercase())
        {
            report.fault(
                &path,
                "this value is there already: case makes no difference",
            );
        } else {
            values.push((from.to_owned(), to.to_owned()));
        }
    }
    values
}

/// The region of phone numbers without `+`.
fn region(raw: &RawRule, path: &Path, report: &mut Report) -> Option<String> {
    let region = raw.region.as_ref()?.trim().to_ascii_uppercase();
    let at = path.key("region");
    let has_e164 = raw
        .transforms
        .iter()
        .flatten()
        .any(|Choice(name)| *name == TransformName::E164);
    if !has_e164 && !report.is_cut(&path.key("transforms")) {
        report.fault(
            &at,
            "only the transform `e164` looks at a region\nadd it to `transforms`",
        );
    }
    if region.parse::<phonenumber::country::Id>().is_err() {
        let message = format!(
            "{} is not a country; allowed: a two-letter code like `CH`",
            quoted(&region)
        );
        report.fault(&at, message);
    }
    Some(region)
}
