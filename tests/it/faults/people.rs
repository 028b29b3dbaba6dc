//! The people of every case, by their numbers: the same on every platform.

use std::collections::BTreeSet;

use rollcall::model::{address::Address, attributes::Value, member::Member, phone::PhoneNumber};

/// Who is on both lists before anything happens. More than ten, so that the usual limits hold.
pub(super) const AT_FIRST: usize = 20;

/// The number of somebody whose address is outside the organisation.
pub(super) const STRANGER: usize = 90;

/// The team of everybody, as long as nothing changes.
pub(super) const TEAM: &str = "Day shift";

/// Numbers of people.
pub(super) type People = BTreeSet<usize>;

pub(super) fn everyone_at_first() -> People {
    (0..AT_FIRST).collect()
}

pub(super) fn address(number: usize) -> String {
    if number == STRANGER {
        return "guest@partner.example".to_owned();
    }
    format!("user{number:04}@contoso.example")
}

pub(super) fn phone(number: usize) -> String {
    format!("+4179{number:07}")
}

/// The number of whom an address or telephone number is, if it is one of these.
pub(super) fn number_of(key: &str) -> Option<usize> {
    if key.eq_ignore_ascii_case(&address(STRANGER)) {
        return Some(STRANGER);
    }
    let digits = match key.strip_prefix("+4179") {
        Some(rest) => rest,
        None => key.strip_prefix("user")?.strip_suffix("@contoso.example")?,
    };
    digits.parse().ok()
}

/// The person as they stand on the other list. Of a stranger nothing is known but the address.
pub(super) fn person(number: usize) -> Member {
    let texts = [
        ("mail", address(number)),
        ("mobile", phone(number)),
        ("name", format!("Person {number}")),
        ("team", TEAM.to_owned()),
    ];
    let known = if number == STRANGER { 1 } else { texts.len() };
    let attributes = texts
        .into_iter()
        .take(known)
        .map(|(name, text)| (name.to_owned(), Value::Text(text)));
    Member {
        phones: vec![PhoneNumber::parse(&phone(number), None).unwrap()],
        attributes: attributes.collect(),
        ..Member::with_address(Address::parse(&address(number)).unwrap())
    }
}
