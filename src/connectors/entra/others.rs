//! From an organisational contact, or a group that has an address, to a member.
//!
//! Pure: it must not know requests or pages. Both are read as entries that stand for somebody who gets mail; neither can
//! be written here.

use serde_json::Value as Json;

use super::people::{self, Object, text};
use crate::model::member::{ExternalId, Kind, Member};

/// The type of an organisational contact among the members of a group.
const CONTACT_AMONG_MEMBERS: &str = "#microsoft.graph.orgContact";

/// The attributes under which people keep what a contact keeps in its one postal address.
const PLACE: [(&str, &str); 6] = [
    ("city", "city"),
    ("countryOrRegion", "country"),
    ("officeLocation", "officeLocation"),
    ("postalCode", "postalCode"),
    ("state", "state"),
    ("street", "streetAddress"),
];

/// The member an organisational contact is; `None` without an id. Its numbers and its place are told as those of people
/// are, so that one filter fits both.
pub(super) fn contact(object: &Object) -> Option<Member> {
    let mut object = object.clone();
    let mobile = number(&object, "mobile");
    let office = number(&object, "business");
    let place = first(&object, "addresses").cloned();
    for (theirs, ours) in PLACE {
        if let Some(value) = place.as_ref().and_then(|place| text(place, theirs)) {
            object.insert(ours.to_owned(), value.into());
        }
    }
    if let Some(number) = &mobile {
        object.insert("mobilePhone".to_owned(), number.as_str().into());
    }
    if let Some(number) = office {
        object.insert("businessPhones".to_owned(), vec![number].into());
    }
    let phones = people::phone(mobile.as_deref());
    Some(Member {
        phones,
        ..entry(&object, "contact")?
    })
}

/// The member a group with an address is; `None` without an id.
pub(super) fn mail_group(object: &Object) -> Option<Member> {
    entry(object, "group")
}

/// A member of a group, where contacts count as people.
pub(super) fn member_or_contact(object: &Object) -> Option<Member> {
    let of_type = text(object, "@odata.type");
    if !of_type.is_some_and(|of_type| of_type.eq_ignore_ascii_case(CONTACT_AMONG_MEMBERS)) {
        return people::member(object);
    }
    contact(object)
}

/// Every contact and group has a name. One without was hidden: missing read permission answers 200 and an id.
fn entry(object: &Object, object_type: &str) -> Option<Member> {
    let id = Some(ExternalId::from(text(object, "id")?));
    if text(object, "displayName").is_none() && text(object, "mail").is_none() {
        return Some(Member {
            id,
            kind: Kind::Unreadable,
            ..Member::default()
        });
    }
    Some(Member {
        id,
        kind: Kind::Person,
        addresses: people::addresses(object),
        attributes: people::attributes(object, object_type),
        locked: people::all_locked(ONLY_PEOPLE),
        ..Member::default()
    })
}

/// Why no field of a contact or group can be changed here.
const ONLY_PEOPLE: &str =
    "only fields of people are changed; change contacts and groups where they are kept";

/// The number of this type.
fn number(object: &Object, of_type: &str) -> Option<String> {
    let phones = object.get("phones").and_then(Json::as_array);
    phones
        .into_iter()
        .flatten()
        .filter_map(Json::as_object)
        .find(|phone| text(phone, "type") == Some(of_type))
        .and_then(|phone| text(phone, "number"))
        .map(str::to_owned)
}

fn first<'a>(object: &'a Object, list: &str) -> Option<&'a Object> {
    object.get(list)?.as_array()?.first()?.as_object()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::model::attributes::Value;

    fn object(value: Json) -> Object {
        value.as_object().unwrap().clone()
    }

    #[test]
    fn contacts_are_told_as_people_are() {
        let desk = contact(&object(json!({
            "id": "C1", "displayName": "Desk", "mail": "desk@partner.example", "companyName": "Partner",
            "proxyAddresses": ["SMTP:desk@partner.example", "smtp:help@partner.example"],
            "phones": [{"type": "business", "number": "+61255500000"}, {"type": "mobile", "number": "+61491570006"}],
            "addresses": [{"city": "Perth", "countryOrRegion": "Australia", "street": null}],
        })))
        .unwrap();
        assert_eq!(
            (desk.label(), &desk.kind),
            ("desk@partner.example", &Kind::Person)
        );
        assert_eq!(desk.phones.len(), 1);
        for (name, value) in [
            ("objectType", "contact"),
            ("city", "Perth"),
            ("country", "Australia"),
            ("mobilePhone", "+61491570006"),
            ("companyName", "Partner"),
        ] {
            assert_eq!(desk.attributes[name], Value::Text(value.into()), "{name}");
        }
        let aliases = Value::Texts(vec!["help@partner.example".into()]);
        assert_eq!(desk.attributes["aliases"], aliases);
        for absent in ["streetAddress", "phones", "addresses"] {
            assert!(!desk.attributes.contains_key(absent), "{absent}");
        }
        assert_eq!(contact(&object(json!({"mail": "a@b.example"}))), None);
    }

    #[test]
    fn among_members_a_contact_is_a_person_unless_it_is_hidden() {
        let of_type = "#microsoft.graph.orgContact";
        let kind = |value: Json| member_or_contact(&object(value)).unwrap().kind;
        assert_eq!(
            kind(json!({"@odata.type": of_type, "id": "1", "mail": "a@b.example"})),
            Kind::Person
        );
        assert_eq!(
            kind(json!({"@odata.type": of_type, "id": "1", "mail": null})),
            Kind::Unreadable
        );
        let group =
            json!({"@odata.type": "#microsoft.graph.group", "id": "1", "mail": "g@b.example"});
        assert_eq!(kind(group), Kind::Other("group".into()));
        assert_eq!(
            kind(json!({"id": "1", "mail": "a@b.example"})),
            Kind::Person
        );
    }

    #[test]
    fn a_group_with_an_address_is_one_entry() {
        let staff = mail_group(&object(json!({
            "id": "G1", "displayName": "Staff", "mail": "staff@acme.org", "mailEnabled": true,
            "groupTypes": ["Unified"], "proxyAddresses": ["SMTP:staff@acme.org", "smtp:all@acme.org"],
        })))
        .unwrap();
        assert_eq!(staff.addresses.len(), 2);
        assert_eq!(staff.attributes["objectType"], Value::Text("group".into()));
        assert_eq!(staff.attributes["mailEnabled"], Value::Flag(true));
    }
}
