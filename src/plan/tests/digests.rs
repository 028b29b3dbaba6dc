//! What an approval is tied to.

use super::*;
use crate::model::{member::ExternalId, phone::PhoneNumber};

fn some() -> Plan {
    plan(vec![
        add(Side::Target, "ada"),
        rename(Side::Source, "kim", Some("Kim"), Some("Park")),
        remove(Side::Source, "lee"),
    ])
}

#[test]
fn the_order_of_the_input_changes_nothing() {
    let mut changes = some().changes;
    let digest = some().digest();
    for _ in 0..changes.len() {
        changes.rotate_left(1);
        assert_eq!(plan(changes.clone()).digest(), digest);
    }
    changes.reverse();
    assert_eq!(plan(changes).digest(), digest);
}

#[test]
fn whatever_is_written_changes_it() {
    type Differ = fn(&mut Plan);
    let differences: [(&str, Differ); 17] = [
        ("version", |plan| plan.version += 1),
        ("sync", |plan| plan.sync.push('x')),
        ("source list", |plan| plan.lists.source.list.push('x')),
        ("target list", |plan| plan.lists.target.list.push('x')),
        ("connection", |plan| plan.lists.target.connection.push('x')),
        ("create", |plan| plan.create = Some(Side::Target)),
        ("one less", |plan| drop(plan.changes.pop())),
        ("side", |plan| plan.changes[0].side = Side::Source),
        ("action", |plan| plan.changes[0].action = Action::Invite),
        ("who", |plan| plan.changes[0].member = member("eve")),
        ("id", |plan| {
            plan.changes[0].member.id = Some(ExternalId::from("7"));
        }),
        ("another address", |plan| {
            let more = member("a.lovelace").addresses;
            plan.changes[0].member.addresses.extend(more);
        }),
        ("phone", |plan| {
            let phone = PhoneNumber::parse("+41446681800", None).unwrap();
            plan.changes[0].member.phones.push(phone);
        }),
        ("employee id", |plan| {
            plan.changes[0].member.employee_id = Some("7".to_owned());
        }),
        ("attribute", |plan| {
            let value = Value::Text("Ada".to_owned());
            let attributes = &mut plan.changes[0].member.attributes;
            attributes.insert("displayName".to_owned(), value);
        }),
        ("after", |plan| {
            plan.changes[1] = rename(Side::Source, "kim", Some("Kim"), None);
        }),
        ("removed", |plan| {
            plan.changes[2] = remove(Side::Source, "mia");
        }),
    ];
    let mut digests = vec![some().digest()];
    for (name, differ) in differences {
        let mut plan = some();
        differ(&mut plan);
        let digest = plan.digest();
        assert!(!digests.contains(&digest), "{name}");
        digests.push(digest);
    }
}

#[test]
fn what_is_not_written_does_not_change_it() {
    let same: [fn(&mut Plan); 7] = [
        |plan| {
            let because = Because::Protected;
            let stays = withheld(Side::Source, Considered::Remove, "sam", because);
            plan.withheld.push(stays);
        },
        |plan| {
            plan.ignored
                .push(ignored(Side::Source, "ceo", Why::Excluded));
        },
        |plan| plan.unchanged += 1,
        |plan| plan.members.source += 1,
        |plan| plan.doubts.source.push("a doubt".to_owned()),
        |plan| plan.changes[0].reason = Reason::FirstRun,
        |plan| {
            let title = Value::Text("Director".to_owned());
            let attributes = &mut plan.changes[2].member.attributes;
            attributes.insert("jobTitle".to_owned(), title);
        },
    ];
    for differ in same {
        let mut plan = some();
        differ(&mut plan);
        assert_eq!(plan.digest(), some().digest());
    }
}

#[test]
fn neighbours_cannot_be_read_as_one() {
    let mut one = some();
    one.lists.source = ListRef {
        connection: "mail".to_owned(),
        list: "staff".to_owned(),
    };
    let mut other = some();
    other.lists.source = ListRef {
        connection: "mails".to_owned(),
        list: "taff".to_owned(),
    };
    assert_ne!(one.digest(), other.digest());
}

#[test]
fn twelve_digits_name_it_and_fewer_do_not() {
    let digest = some().digest();
    let whole = digest.as_str();
    assert_eq!(whole.len(), 64);
    assert_eq!(digest.short().len(), 12);
    for given in [
        whole.to_owned(),
        digest.short().to_owned(),
        format!("  {} ", digest.short().to_uppercase()),
        whole[..40].to_owned(),
    ] {
        assert!(digest.is_named_by(&given), "{given}");
    }
    let other_end = if whole.ends_with('0') { "1" } else { "0" };
    for given in [
        String::new(),
        whole[..11].to_owned(),
        whole[1..].to_owned(),
        format!("{}{other_end}", &whole[..63]),
        format!("{whole}0"),
    ] {
        assert!(!digest.is_named_by(&given), "{given}");
    }
}
