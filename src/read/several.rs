//! Several lists of one connection as one, and members of other lists left out.

use std::collections::BTreeMap;

use crate::model::{
    left_out::LeftOut,
    list::ListRef,
    member::{ExternalId, Member},
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
    let left_out = named(left_out);
    mark(&mut members, &left_out);
    whole.doubts.extend(left_out.doubts.iter().cloned());
    if !is_one {
        let why = "several lists are read as one; name one list to write it".to_owned();
        whole.capabilities.read_only.get_or_insert(why);
        whole.capabilities.hand_over = None;
    }
    let ids: Option<Vec<String>> = ids.into_iter().collect();
    Some(Reading {
        list_id: ids.map(|ids| ids.join("+")),
        exists: whole.exists,
        doubts: whole.doubts,
        left_out,
        ..Reading::whole(list.clone(), members, whole.capabilities)
    })
}

/// Members of several lists are one member when the platform says so by their id; who opted out by one of the lists opted
/// out. Entries without an id are told apart later, like two rows of one list.
fn once_each(members: Vec<Member>) -> Vec<Member> {
    let mut places: BTreeMap<ExternalId, usize> = BTreeMap::new();
    let mut once: Vec<Member> = Vec::with_capacity(members.len());
    for member in members {
        let first = member.id.as_ref().and_then(|id| places.get(id));
        match first.and_then(|place| once.get_mut(*place)) {
            Some(first) => first.standing = first.standing.max(member.standing),
            None => {
                places.extend(member.id.clone().map(|id| (id, once.len())));
                once.push(member);
            }
        }
    }
    once
}

/// Who is left out, by the names of the lists they are on.
fn named(lists: Vec<(&str, Reading)>) -> LeftOut {
    let mut left_out = LeftOut::default();
    for (name, reading) in lists {
        let doubts = reading.doubts.into_iter();
        let doubts = doubts.map(|doubt| format!("{name}, whose members are left out: {doubt}"));
        left_out.doubts.extend(doubts);
        let members = reading.members.len();
        left_out.counts.insert(name.to_owned(), members);
        left_out
            .members
            .extend(reading.members.into_iter().map(|member| Member {
                left_out: Some(format!("is on {name}").into()),
                ..member
            }));
    }
    left_out
}

fn mark(members: &mut [Member], left_out: &LeftOut) {
    let left_out = left_out.index();
    for member in members {
        if member.left_out.is_none() {
            member.left_out = left_out.why(member).map(Into::into);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{
        address::Address,
        capabilities::{AddsBy, Capabilities},
        member::Standing,
        phone::PhoneNumber,
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

    #[test]
    fn whoever_opted_out_by_one_list_opted_out() {
        let opted_out = |mut reading: Reading| {
            for member in &mut reading.members {
                member.standing = Standing::OptedOut;
            }
            reading
        };
        for lists in [
            vec![reading("a", &["ada"]), opted_out(reading("b", &["ada"]))],
            vec![opted_out(reading("a", &["ada"])), reading("b", &["ada"])],
        ] {
            let joined = joined(&list("a, b"), lists, Vec::new()).unwrap();
            assert_eq!(joined.members.len(), 1);
            assert_eq!(joined.members[0].standing, Standing::OptedOut);
        }
    }

    #[test]
    fn who_is_left_out_is_told_by_what_both_entries_have() {
        let entry = |id: Option<&str>, addresses: &[&str], phone: Option<&str>| Member {
            id: id.map(Into::into),
            addresses: addresses
                .iter()
                .map(|name| Address::parse(&format!("{name}@acme.example")).unwrap())
                .collect(),
            phones: phone
                .map(|phone| PhoneNumber::parse(phone, None).unwrap())
                .into_iter()
                .collect(),
            ..Member::default()
        };
        let mobile = Some("+61491570006");
        for (member, left_out, is_left) in [
            // The id of an entry, not of a person: the same address first is the same person.
            (
                entry(Some("1"), &["ada"], None),
                entry(Some("2"), &["ada", "a"], None),
                true,
            ),
            (
                entry(None, &["ada"], None),
                entry(Some("2"), &["a", "ada"], None),
                true,
            ),
            (
                entry(Some("1"), &["ada"], None),
                entry(None, &["a", "ada"], None),
                true,
            ),
            (
                entry(Some("1"), &["ada"], mobile),
                entry(None, &[], mobile),
                true,
            ),
            (
                entry(None, &[], mobile),
                entry(Some("2"), &["ada"], mobile),
                true,
            ),
            // Two people who share a mailbox or a telephone.
            (
                entry(Some("1"), &["ada", "desk"], None),
                entry(Some("2"), &["bob", "desk"], None),
                false,
            ),
            (
                entry(None, &["ada"], mobile),
                entry(None, &["bob"], mobile),
                false,
            ),
            (
                entry(Some("1"), &["ada"], None),
                entry(Some("2"), &["bob"], None),
                false,
            ),
        ] {
            let of = |name: &str, member: &Member| {
                let capabilities = Capabilities::new(AddsBy::Address, 1);
                Reading::whole(list(name), vec![member.clone()], capabilities)
            };
            let left = vec![("b", of("b", &left_out))];
            let joined = joined(&list("a"), vec![of("a", &member)], left).unwrap();
            let found = joined.members[0].left_out.is_some();
            assert_eq!(found, is_left, "{member:?} beside {left_out:?}");
        }
    }
}
