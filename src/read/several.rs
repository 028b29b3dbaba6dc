//! Several lists of one connection as one, and members of other lists left out.

use std::collections::BTreeMap;

use crate::model::{
    list::ListRef,
    member::{Kind, Member},
    reading::Reading,
};

/// The readings as one, by the name of `list`: everybody once, and whoever is on one of the lists in `left_out` marked
/// with its name. `None` when there is no reading.
///
/// A doubt about one of them is a doubt about the whole. Somebody who is on the list that could not be read whole may
/// be wanted after all, or may have to be left out.
pub(super) fn joined(
    list: &ListRef,
    readings: Vec<Reading>,
    left_out: Vec<(&str, Reading)>,
) -> Option<Reading> {
    let is_one = readings.len() == 1;
    let mut readings = readings.into_iter();
    let mut whole = readings.next()?;
    if is_one && left_out.is_empty() {
        return Some(whole);
    }
    let mut members = std::mem::take(&mut whole.members);
    let mut ids: Vec<Option<String>> = vec![whole.list_id.take()];
    for reading in readings {
        whole.exists &= reading.exists;
        whole.doubts.extend(reading.doubts);
        ids.push(reading.list_id);
        members.extend(reading.members);
    }
    let mut members = once_each(members);
    for (name, reading) in left_out {
        let doubts = reading.doubts.into_iter();
        whole
            .doubts
            .extend(doubts.map(|doubt| format!("{name}, whose members are left out: {doubt}")));
        mark(&mut members, &reading.members, name);
    }
    if !is_one {
        let why = "several lists are read as one; name one list to write it".to_owned();
        whole.capabilities.read_only.get_or_insert(why);
    }
    let ids: Option<Vec<String>> = ids.into_iter().collect();
    Some(Reading {
        list_id: ids.map(|ids| ids.join("+")),
        exists: whole.exists,
        doubts: whole.doubts,
        ..Reading::whole(list.clone(), members, whole.capabilities)
    })
}

/// Members of several lists are one member when the platform says so by their id. Entries without an id are told apart
/// later, like two rows of one list.
fn once_each(members: Vec<Member>) -> Vec<Member> {
    let mut seen = std::collections::BTreeSet::new();
    members
        .into_iter()
        .filter(|member| member.id.as_ref().is_none_or(|id| seen.insert(id.clone())))
        .collect()
}

fn mark(members: &mut [Member], left_out: &[Member], list: &str) {
    let keys: BTreeMap<&str, ()> = left_out
        .iter()
        .filter(|member| member.kind == Kind::Person || member.id.is_some())
        .flat_map(keys)
        .map(|key| (key, ()))
        .collect();
    for member in members {
        if member.left_out.is_none() && self::keys(member).any(|key| keys.contains_key(key)) {
            member.left_out = Some(format!("is on {list}").into());
        }
    }
}

/// What tells a member: the id where there is one, else its addresses and numbers.
fn keys(member: &Member) -> impl Iterator<Item = &str> {
    let id = member.id.iter().map(|id| id.as_str());
    let has_no_id = member.id.is_none();
    let addresses = member.addresses.iter().map(|address| address.as_str());
    let phones = member.phones.iter().map(|phone| phone.as_str());
    id.chain(addresses.chain(phones).filter(move |_| has_no_id))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{
        address::Address,
        capabilities::{AddsBy, Capabilities},
    };

    fn list(name: &str) -> ListRef {
        ListRef {
            connection: "entra-id".to_owned(),
            list: name.to_owned(),
        }
    }

    fn member(id: &str) -> Member {
        Member {
            id: Some(id.into()),
            ..Member::with_address(Address::parse(&format!("{id}@acme.example")).unwrap())
        }
    }

    fn reading(name: &str, ids: &[&str]) -> Reading {
        let members = ids.iter().map(|id| member(id)).collect();
        Reading {
            list_id: Some(format!("id-of-{name}")),
            ..Reading::whole(list(name), members, Capabilities::new(AddsBy::Address, 1))
        }
    }

    #[test]
    fn one_list_is_left_as_it_is() {
        let one = reading("a", &["ada"]);
        assert_eq!(joined(&list("a"), vec![one.clone()], Vec::new()), Some(one));
    }

    #[test]
    fn everybody_is_there_once_and_the_left_out_are_marked() {
        let joined = joined(
            &list("a, b without c"),
            vec![reading("a", &["ada", "bob"]), reading("b", &["bob", "cyd"])],
            vec![("c", reading("c", &["cyd", "dan"]))],
        )
        .unwrap();
        let told: Vec<(&str, bool)> = joined
            .members
            .iter()
            .map(|member| (member.label(), member.left_out.is_some()))
            .collect();
        assert_eq!(
            told,
            [
                ("ada@acme.example", false),
                ("bob@acme.example", false),
                ("cyd@acme.example", true)
            ]
        );
        assert_eq!(joined.list_id.as_deref(), Some("id-of-a+id-of-b"));
        assert!(joined.capabilities.read_only.is_some());
        assert!(joined.is_whole());
    }

    #[test]
    fn a_doubt_about_any_of_them_is_a_doubt() {
        let mut doubtful = reading("b", &["bob"]);
        doubtful.doubts.push("page missing".to_owned());
        let lists = || vec![reading("a", &["ada"]), doubtful.clone()];
        assert!(
            !joined(&list("a, b"), lists(), Vec::new())
                .unwrap()
                .is_whole()
        );
        let left_out = vec![("b", doubtful.clone())];
        let joined = joined(&list("a"), vec![reading("a", &["ada"])], left_out).unwrap();
        assert!(!joined.is_whole());
    }
}
