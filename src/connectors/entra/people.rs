//! From a directory object to a member.
//!
//! Pure: it must not know requests or pages. What Graph adds to its answers without notice is ignored.

use std::collections::BTreeSet;

use serde_json::{Map, Value as Json};

use crate::model::{
    address::Address,
    attributes::{Attributes, Value},
    member::{ExternalId, Kind, Member},
    phone::PhoneNumber,
};

/// One directory object as it was read.
pub(super) type Object = Map<String, Json>;

/// What is said of people who are shown with their names only.
pub(super) const NAMES_ONLY: &str =
    "people are shown with their names only, without `accountEnabled` and `userType`";

/// What is shown only to who may read people in full.
const FULL_SIGHT: [&str; 2] = ["accountEnabled", "userType"];

/// The member an object is; `None` without an id, since nothing can be done with it.
pub(super) fn member(object: &Object) -> Option<Member> {
    let id = ExternalId::from(text(object, "id")?);
    let kind = kind(object);
    if kind != Kind::Person {
        // A nested group has a mail address too, but it is not a person's.
        let note = text(object, "displayName").map(str::to_owned);
        return Some(Member {
            id: Some(id),
            kind,
            note,
            ..Member::default()
        });
    }
    Some(Member {
        id: Some(id),
        kind,
        addresses: addresses(object),
        phones: text(object, "mobilePhone")
            .and_then(|number| PhoneNumber::parse(number, None).ok())
            .into_iter()
            .collect(),
        employee_id: text(object, "employeeId").map(str::to_owned),
        attributes: attributes(object),
        ..Member::default()
    })
}

/// Whether people are shown with nothing but their names: what `User.ReadBasic.All` gives. Filters on anything else
/// then find nobody, and aliases are hidden. Everybody has at least `accountEnabled`.
pub(super) fn are_names_only(members: &[Member]) -> bool {
    let mut people = members
        .iter()
        .filter(|member| member.kind == Kind::Person)
        .peekable();
    let shows_more = |person: &Member| {
        FULL_SIGHT
            .iter()
            .any(|name| person.attributes.contains_key(*name))
    };
    people.peek().is_some() && !people.any(shows_more)
}

/// The domains of the organisation's own people, sorted. `otherMails` are left out: an employee's private address does
/// not make `gmail.com` the organisation's domain.
pub(super) fn own_domains(people: &[Member]) -> Vec<String> {
    let mut domains = BTreeSet::new();
    for person in people.iter().filter(|person| !is_guest(person)) {
        for name in ["mail", "userPrincipalName", "proxyAddresses"] {
            let texts = match person.attributes.get(name) {
                Some(Value::Text(text)) => std::slice::from_ref(text),
                Some(Value::Texts(texts)) => texts,
                Some(Value::Flag(_)) | None => &[],
            };
            let addresses = texts.iter().filter_map(|text| Address::parse(text).ok());
            domains.extend(addresses.map(|address| address.domain().to_owned()));
        }
    }
    domains.into_iter().collect()
}

fn is_guest(person: &Member) -> bool {
    person.attributes.get("userType") == Some(&Value::Text("Guest".to_owned()))
        || matches!(person.attributes.get("userPrincipalName"), Some(Value::Text(name)) if is_guest_name(name))
}

/// The user principal name of a guest (`joe_partner.example#EXT#@acme.onmicrosoft.com`) reaches nobody, and cannot be
/// turned back into the address: `a_b@c` and `a@b_c` look the same in it.
fn is_guest_name(name: &str) -> bool {
    name.to_ascii_uppercase().contains("#EXT#")
}

fn kind(object: &Object) -> Kind {
    // With a cast in the request there is no type: then it is what was asked for.
    let of_type = text(object, "@odata.type").map_or("user", |of_type| {
        of_type.strip_prefix("#microsoft.graph.").unwrap_or(of_type)
    });
    if !of_type.eq_ignore_ascii_case("user") {
        return Kind::Other(of_type.to_owned());
    }
    // Every user has a principal name. One without was hidden: missing read permission answers 200 and an id.
    if text(object, "userPrincipalName").is_none() && text(object, "mail").is_none() {
        Kind::Unreadable
    } else {
        Kind::Person
    }
}

/// Every address that reaches the person, the one that people see first. What is no address is left out.
fn addresses(object: &Object) -> Vec<Address> {
    let principal = text(object, "userPrincipalName").filter(|name| !is_guest_name(name));
    let mut proxies: Vec<&str> = texts(object, "proxyAddresses").collect();
    // `SMTP:` in capitals marks the primary one.
    proxies.sort_by_key(|proxy| !proxy.starts_with("SMTP:"));
    let proxies = proxies.into_iter().filter_map(|proxy| {
        // `sip:`, `X500:` and `EUM:` stand there too and are no mail addresses.
        let (scheme, address) = proxy.split_once(':')?;
        scheme.eq_ignore_ascii_case("smtp").then_some(address)
    });
    let all = text(object, "mail")
        .into_iter()
        .chain(principal)
        .chain(proxies)
        .chain(texts(object, "otherMails"));
    let mut addresses: Vec<Address> = Vec::new();
    for address in all.filter_map(|text| Address::parse(text).ok()) {
        if !addresses.contains(&address) {
            addresses.push(address);
        }
    }
    addresses
}

fn attributes(object: &Object) -> Attributes {
    object
        .iter()
        .filter(|(name, _)| name.as_str() != "id" && !name.contains('@'))
        .filter_map(|(name, value)| Some((name.clone(), attribute(value)?)))
        .collect()
}

fn attribute(value: &Json) -> Option<Value> {
    match value {
        Json::String(text) => Value::text(text),
        Json::Bool(flag) => Some(Value::Flag(*flag)),
        Json::Number(number) => Value::text(&number.to_string()),
        Json::Array(values) => {
            let texts: Vec<String> = values
                .iter()
                .filter_map(Json::as_str)
                .map(str::to_owned)
                .collect();
            (!texts.is_empty()).then_some(Value::Texts(texts))
        }
        Json::Null | Json::Object(_) => None,
    }
}

fn text<'a>(object: &'a Object, name: &str) -> Option<&'a str> {
    let text = object.get(name)?.as_str()?.trim();
    (!text.is_empty()).then_some(text)
}

fn texts<'a>(object: &'a Object, name: &str) -> impl Iterator<Item = &'a str> {
    object
        .get(name)
        .and_then(Json::as_array)
        .into_iter()
        .flatten()
        .filter_map(Json::as_str)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn read(object: Json) -> Member {
        member(object.as_object().unwrap()).unwrap()
    }

    #[test]
    fn addresses_come_in_the_order_in_which_people_know_them() {
        let dana = read(json!({
            "@odata.type": "#microsoft.graph.user",
            "id": "00000000-0000-4000-8000-0000000000AA",
            "mail": "Dana@acme.org",
            "userPrincipalName": "dana@acme.onmicrosoft.com",
            "proxyAddresses": [
                "smtp:d.smith@acme.org", "SIP:dana@acme.org", "X500:/o=ex/cn=dana", "EUM:1;phone-context=x",
                "SMTP:dana@acme.org", "Smtp:danas@acme.org", "smtp:not an address",
            ],
            "otherMails": ["dana@home.example", "DANA@ACME.ORG"],
            "mobilePhone": "+61 491 570 006",
            "accountEnabled": false, "department": " Sales ", "jobTitle": null, "city": "", "employeeId": "17",
            "businessPhones": ["+61 2 5550 0000"],
        }));
        let addresses: Vec<&str> = dana.addresses.iter().map(Address::as_str).collect();
        assert_eq!(
            addresses,
            [
                "dana@acme.org",
                "dana@acme.onmicrosoft.com",
                "d.smith@acme.org",
                "danas@acme.org",
                "dana@home.example"
            ]
        );
        assert_eq!(
            dana.id.unwrap().as_str(),
            "00000000-0000-4000-8000-0000000000aa"
        );
        assert_eq!(dana.phones.len(), 1);
        assert_eq!(dana.employee_id.as_deref(), Some("17"));
        assert_eq!(dana.attributes["accountEnabled"], Value::Flag(false));
        assert_eq!(dana.attributes["department"], Value::Text("Sales".into()));
        for absent in ["jobTitle", "city", "id", "@odata.type"] {
            assert!(!dana.attributes.contains_key(absent), "{absent}");
        }
    }

    #[test]
    fn a_guest_has_no_address_from_its_principal_name() {
        let guest = read(json!({
            "id": "g", "userType": "Guest", "mail": null,
            "userPrincipalName": "joe_partner.example#EXT#@acme.onmicrosoft.com",
            "otherMails": ["joe@partner.example"], "mobilePhone": "ext. 12",
        }));
        assert_eq!(guest.kind, Kind::Person);
        assert_eq!(
            guest.addresses,
            [Address::parse("joe@partner.example").unwrap()]
        );
        assert!(guest.phones.is_empty());
        assert!(guest.attributes.contains_key("mobilePhone"));
    }

    #[test]
    fn what_is_no_person_or_cannot_be_read_is_named_as_such() {
        for (of_type, kind) in [
            ("group", Kind::Other("group".into())),
            ("orgContact", Kind::Other("orgContact".into())),
            ("user", Kind::Unreadable),
        ] {
            let object = json!({"@odata.type": format!("#microsoft.graph.{of_type}"), "id": "x", "displayName": null});
            assert_eq!(read(object).kind, kind);
        }
        assert!(member(json!({"mail": "a@b.example"}).as_object().unwrap()).is_none());
    }

    #[test]
    fn own_domains_are_those_of_employees() {
        let people = [
            read(
                json!({"id": "1", "mail": "a@acme.org", "userPrincipalName": "a@acme.onmicrosoft.com",
                "otherMails": ["a@gmail.example"]}),
            ),
            read(json!({"id": "2", "mail": "joe@partner.example", "userType": "Guest"})),
        ];
        assert_eq!(own_domains(&people), ["acme.onmicrosoft.com", "acme.org"]);
    }
}
