//! Which rows a change is about.

use super::columns::Columns;
use crate::{
    model::{
        address::Address,
        member::{ExternalId, Member},
        phone::PhoneNumber,
    },
    plan::change::{Action, Change},
};

/// What a row is recognised by.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(super) enum Key {
    Address(Address),
    Id(ExternalId),
    Phone(PhoneNumber),
    /// The phone number of a row that has neither an address nor an id. A removal by phone number alone must not
    /// take the row of somebody else who shares the number.
    LonePhone(PhoneNumber),
}

/// What is looked for. An addition meets any row that reaches the same person; an update or removal only the rows
/// that the member was read from.
pub(super) fn keys_of_change(change: &Change, columns: &Columns) -> Vec<Key> {
    let member = &change.member;
    let addresses = member.addresses.iter().cloned().map(Key::Address);
    let id = member
        .id
        .clone()
        .filter(|_| columns.id.is_some())
        .map(Key::Id);
    let phone = member.phones.first().filter(|_| columns.phone.is_some());
    let has_address = columns.address.is_some() && !member.addresses.is_empty();
    match &change.action {
        Action::Invite => Vec::new(),
        Action::Add if has_address => addresses.collect(),
        Action::Add => id
            .into_iter()
            .chain(phone.cloned().map(Key::Phone))
            .collect(),
        _ if has_address => addresses.take(1).collect(),
        _ => id
            .or_else(|| phone.cloned().map(Key::LonePhone))
            .into_iter()
            .collect(),
    }
}

pub(super) fn keys_of_row(member: &Member) -> Vec<Key> {
    let is_lone = member.addresses.is_empty() && member.id.is_none();
    let mut keys: Vec<Key> = member.addresses.iter().cloned().map(Key::Address).collect();
    keys.extend(member.id.clone().map(Key::Id));
    for phone in &member.phones {
        keys.push(Key::Phone(phone.clone()));
        if is_lone {
            keys.push(Key::LonePhone(phone.clone()));
        }
    }
    keys
}
