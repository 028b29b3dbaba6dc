//! What is written about a new member.

use super::columns::Columns;
use crate::model::{
    address::Address,
    attributes::Value,
    member::{ExternalId, Member},
    phone::PhoneNumber,
};

/// What a new row holds in one column. A mapped value goes before ours where it says the same, because it keeps the
/// spelling that the next run compares with.
pub(super) fn new_cell(
    region: Option<&str>,
    member: &Member,
    header: &str,
    column: usize,
    columns: &Columns,
) -> String {
    let mapped = || {
        let exact = member.attributes.get(header);
        exact
            .or_else(|| {
                let mut all = member.attributes.iter();
                all.find(|(name, _)| name.to_lowercase() == header.to_lowercase())
                    .map(|(_, value)| value)
            })
            .map(Value::to_line)
    };
    let column = Some(column);
    if column == columns.address {
        let ours = member.address();
        let spelt = mapped().filter(|text| Address::parse(text).ok().as_ref() == ours);
        spelt
            .or_else(|| ours.map(Address::to_string))
            .unwrap_or_default()
    } else if column == columns.phone {
        let ours = member.phones.first();
        let spelt = mapped().filter(|text| PhoneNumber::parse(text, region).ok().as_ref() == ours);
        spelt
            .or_else(|| ours.map(PhoneNumber::to_string))
            .unwrap_or_default()
    } else if column == columns.id {
        member
            .id
            .as_ref()
            .map(ExternalId::to_string)
            .or_else(mapped)
            .unwrap_or_default()
    } else if column == columns.employee_id {
        mapped()
            .or_else(|| member.employee_id.clone())
            .unwrap_or_default()
    } else {
        mapped().unwrap_or_default()
    }
}
