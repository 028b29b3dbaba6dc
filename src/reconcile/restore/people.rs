//! The members of one list, found again by what a change knows of them: the id first, then the address or number.

use super::super::matching::keys::{Keyed, search, searchable};
use crate::model::{
    capabilities::AddsBy,
    member::{Kind, Member},
};

/// The members of one list, ready to be searched.
pub(super) struct People<'a> {
    members: &'a [Member],
    adds_by: AddsBy,
    keyed: Vec<Keyed<'a>>,
}

impl<'a> People<'a> {
    pub(super) fn new(members: &'a [Member], adds_by: AddsBy) -> Self {
        let keyed = (0..)
            .zip(members)
            .flat_map(|(place, member)| member.keys().map(move |key| (key, place)));
        Self {
            members,
            adds_by,
            keyed: searchable(keyed),
        }
    }

    pub(super) fn member(&self, place: u32) -> Option<&'a Member> {
        self.members.get(place as usize)
    }

    /// Whoever may be `wanted`: enough to leave them alone, not enough to touch them.
    pub(super) fn perhaps(&self, wanted: &Member) -> std::vec::IntoIter<u32> {
        let may_be = |member: &Member| match (&member.id, &wanted.id, self.adds_by) {
            (Some(one), Some(other), AddsBy::DirectoryObject) => one == other,
            _ => member.is_same_as(wanted) || self.is_one(member, wanted),
        };
        let mut all = self.sharing_a_key(wanted);
        all.retain(|place| self.member(*place).is_some_and(may_be));
        all.into_iter()
    }

    /// The members that are `wanted`: by its id where both tell one, else by its address or number. More than one where
    /// nothing tells them apart.
    pub(super) fn all(&self, wanted: &Member) -> Vec<u32> {
        let mut all = self.sharing_a_key(wanted);
        all.retain(|place| {
            self.member(*place)
                .is_some_and(|member| member.kind == Kind::Person && self.is_one(member, wanted))
        });
        let with_the_id = |place: &u32| {
            let member = self.member(*place);
            wanted.id.is_some() && member.is_some_and(|member| member.id == wanted.id)
        };
        let by_id: Vec<u32> = all.iter().copied().filter(with_the_id).collect();
        if by_id.is_empty() { all } else { by_id }
    }

    fn is_one(&self, member: &Member, wanted: &Member) -> bool {
        if member.id.is_some() && member.id == wanted.id {
            return true;
        }
        let phone = wanted.phones.first();
        let by_phone = phone.is_some_and(|phone| member.phones.contains(phone));
        match (self.adds_by, wanted.address()) {
            // Another object with the same address is another person, or an account that was made anew.
            (AddsBy::DirectoryObject, _) if member.id.is_some() && wanted.id.is_some() => false,
            (AddsBy::DirectoryObject, Some(address)) => member.addresses.contains(address),
            // Nothing else tells two members apart there.
            (AddsBy::Phone, _) => by_phone,
            (AddsBy::Address, Some(address)) => member.address() == Some(address),
            (AddsBy::Address | AddsBy::DirectoryObject, None) => by_phone,
        }
    }

    fn sharing_a_key(&self, wanted: &Member) -> Vec<u32> {
        let keys = wanted.keys();
        let mut places: Vec<u32> = keys.flat_map(|key| search(&self.keyed, key)).collect();
        places.sort_unstable();
        places.dedup();
        places
    }
}
