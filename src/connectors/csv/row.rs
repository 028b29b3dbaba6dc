//! One row as a member.

use super::columns::Columns;
use crate::model::{
    address::Address,
    attributes::Value,
    cell,
    member::{ExternalId, Member, Standing},
    phone::PhoneNumber,
};

/// The member in a row; nobody when every cell is empty. Nothing else is dropped: what cannot be read is in the note.
pub(super) fn member(
    cells: &csv::StringRecord,
    headers: &[String],
    columns: &Columns,
    region: Option<&str>,
    line: u64,
) -> Option<Member> {
    let cell = |column: Option<usize>| text(cells, column?);
    let mut member = Member::default();
    for (header, text) in headers.iter().zip(cells) {
        if let Some(value) = Value::text(cell::unescape(text.trim())) {
            member.attributes.insert(header.clone(), value);
        }
    }
    if member.attributes.is_empty() {
        return None;
    }
    // A column without a header has no name to be an attribute by.
    member.attributes.remove("");
    let mut problems = Vec::new();
    if let Some(address) = cell(columns.address) {
        match Address::parse(address) {
            Ok(address) => member.addresses = vec![address],
            Err(_) => problems.push(format!("not an e-mail address: `{}`", short(address))),
        }
    }
    if let Some(phone) = cell(columns.phone) {
        match PhoneNumber::parse(phone, region) {
            Ok(phone) => member.phones = vec![phone],
            Err(why) => problems.push(format!(
                "not a phone number: `{}` ({})",
                short(phone),
                why.0
            )),
        }
    }
    member.id = cell(columns.id).map(ExternalId::from);
    member.employee_id = cell(columns.employee_id).map(str::to_owned);
    if cell(columns.opted_out).is_some_and(says_yes) {
        member.standing = Standing::OptedOut;
    }
    if problems.is_empty()
        && member.addresses.is_empty()
        && member.phones.is_empty()
        && member.id.is_none()
    {
        problems.push("no address, phone number or id".to_owned());
    }
    member.note = Some(if problems.is_empty() {
        format!("line {line}")
    } else {
        format!("line {line}: {}", problems.join("; "))
    });
    Some(member)
}

/// The text of a cell, as it was before it was made safe for spreadsheets; nothing when it is empty.
pub(super) fn text(cells: &csv::StringRecord, column: usize) -> Option<&str> {
    let text = cell::unescape(cells.get(column)?.trim()).trim();
    (!text.is_empty()).then_some(text)
}

fn says_yes(text: &str) -> bool {
    ["yes", "true", "1", "x", "y"]
        .iter()
        .any(|yes| text.eq_ignore_ascii_case(yes))
}

fn short(text: &str) -> String {
    if text.chars().count() <= 80 {
        text.to_owned()
    } else {
        text.chars().take(79).chain(['…']).collect()
    }
}
