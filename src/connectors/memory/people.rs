//! Who is who on a list in memory.

use crate::model::member::Member;

/// Where `member` is among `members`: by id, else by any address, else by phone number.
pub(super) fn position(members: &[Member], member: &Member) -> Option<usize> {
    let by = |same: &dyn Fn(&Member) -> bool| members.iter().position(same);
    let id = member.id.as_ref();
    id.and_then(|_| by(&|other| other.id.as_ref() == id))
        .or_else(|| {
            by(&|other| {
                other
                    .addresses
                    .iter()
                    .any(|address| member.addresses.contains(address))
            })
        })
        .or_else(|| {
            let nameless = member.addresses.is_empty();
            by(&|other| {
                nameless
                    && other
                        .phones
                        .iter()
                        .any(|phone| member.phones.contains(phone))
            })
        })
}
