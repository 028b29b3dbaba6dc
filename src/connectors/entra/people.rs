//! From a directory object to a member.
//!
//! Pure: it must not know requests or pages. What Graph adds to its answers without notice is ignored.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Map, Value as Json};

use super::{
    properties::SYNCED,
    reporting::{MANAGER, MANAGER_ID},
};
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

/// The attribute that says what an object is: `user`, `contact` or `group`.
pub(super) const OBJECT_TYPE: &str = "objectType";

/// The type of people themselves.
pub(super) const USER: &str = "user";

/// What is shown only to who may read people in full.
const FULL_SIGHT: [&str; 2] = ["accountEnabled", "userType"];

/// The member a user is; `None` without an id, since nothing can be done with it. An object of another type becomes a
/// member that is left alone.
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
    let attributes = attributes(object, USER);
    let is_synced = attributes.get(SYNCED) == Some(&Value::Flag(true));
    Some(Member {
        id: Some(id),
        kind,
        addresses: addresses(object),
        phones: phone(text(object, "mobilePhone")),
        employee_id: text(object, "employeeId").map(str::to_owned),
        attributes,
        locked: if is_synced {
            all_locked(FROM_ON_PREMISES)
        } else {
            BTreeMap::new()
        },
        ..Member::default()
    })
}

/// Why no field of somebody can be changed here.
const FROM_ON_PREMISES: &str =
    "this person is synchronised from on-premises; change them in Active Directory";

/// All fields locked, for this reason.
pub(super) fn all_locked(why: &str) -> BTreeMap<String, String> {
    [("*".to_owned(), why.to_owned())].into()
}

/// A number as far as it can be understood without knowing the country.
pub(super) fn phone(number: Option<&str>) -> Vec<PhoneNumber> {
    number
        .and_then(|number| PhoneNumber::parse(number, None).ok())
        .into_iter()
        .collect()
}

/// Whether people are shown with nothing but their names: what `User.ReadBasic.All` gives. Filters on anything else
/// then find nobody, and aliases are hidden. Everybody has at least `accountEnabled`.
pub(super) fn are_names_only(members: &[Member]) -> bool {
    let mut people = members.iter().filter(|member| is_user(member)).peekable();
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

/// Whether this is somebody with an account, and neither a contact nor a group.
pub(super) fn is_user(member: &Member) -> bool {
    let of_type = member.attributes.get(OBJECT_TYPE);
    member.kind == Kind::Person && !matches!(of_type, Some(Value::Text(of_type)) if of_type != USER)
}

fn is_guest(person: &Member) -> bool {
    person.attributes.get("userType") == Some(&Value::Text("Guest".to_owned()))
        || matches!(person.attributes.get("userPrincipalName"), Some(Value::Text(name)) if is_guest_name(name))
}

/// Whether the account of this guest was named after the address.
pub(super) fn is_named_after(object: &Object, address: &Address) -> bool {
    let name = text(object, "userPrincipalName").unwrap_or_default();
    let name = name.to_ascii_uppercase();
    let named = name.split_once("#EXT#").map(|(named, _)| named);
    named == Some(address.as_guest_name().to_ascii_uppercase().as_str())
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
pub(super) fn addresses(object: &Object) -> Vec<Address> {
    let principal = text(object, "userPrincipalName").filter(|name| !is_guest_name(name));
    let mut proxies: Vec<(bool, &str)> = mail_proxies(object).collect();
    proxies.sort_by_key(|(primary, _)| !primary);
    let all = text(object, "mail")
        .into_iter()
        .chain(principal)
        .chain(proxies.into_iter().map(|(_, address)| address))
        .chain(texts(object, "otherMails"));
    let mut addresses: Vec<Address> = Vec::new();
    for address in all.filter_map(|text| Address::parse(text).ok()) {
        if !addresses.contains(&address) {
            addresses.push(address);
        }
    }
    addresses
}

/// The mail addresses among the proxy addresses, and whether each is the primary one: `SMTP:` in capitals marks it.
/// `sip:`, `X500:` and `EUM:` stand there too and are no mail addresses.
fn mail_proxies(object: &Object) -> impl Iterator<Item = (bool, &str)> {
    texts(object, "proxyAddresses").filter_map(|proxy| {
        let (scheme, address) = proxy.split_once(':')?;
        let is_mail = scheme.eq_ignore_ascii_case("smtp");
        is_mail.then_some((scheme == "SMTP", address))
    })
}

/// The addresses besides the primary one, as platforms that keep aliases want them.
fn aliases(object: &Object) -> Option<Value> {
    let primary = text(object, "mail").map(str::to_lowercase);
    let aliases: BTreeSet<String> = mail_proxies(object)
        .filter(|(primary, _)| !primary)
        .map(|(_, address)| address.trim().to_lowercase())
        .filter(|address| Some(address) != primary.as_ref() && Address::parse(address).is_ok())
        .collect();
    (!aliases.is_empty()).then(|| Value::Texts(aliases.into_iter().collect()))
}

/// What is said of an object of this type, in Microsoft Graph's own names, and what is made of it here: its type, its
/// aliases, the fifteen extension attributes one by one, and the manager.
pub(super) fn attributes(object: &Object, object_type: &str) -> Attributes {
    let plain = object
        .iter()
        .filter(|(name, _)| name.as_str() != "id" && !name.contains('@'))
        .filter_map(|(name, value)| Some((name.clone(), attribute(value)?)));
    let inner = |name: &str| object.get(name).and_then(Json::as_object);
    let extensions = inner("onPremisesExtensionAttributes")
        .into_iter()
        .flatten()
        .filter(|(name, _)| !name.contains('@'))
        .filter_map(|(name, value)| Some((name.clone(), attribute(value)?)));
    let mut attributes: Attributes = plain.chain(extensions).collect();
    let mut put = |name: &str, value: Option<Value>| {
        if let Some(value) = value {
            attributes.insert(name.to_owned(), value);
        }
    };
    put(OBJECT_TYPE, Some(Value::Text(object_type.to_owned())));
    put("aliases", aliases(object));
    if let Some(manager) = inner("manager") {
        let id = text(manager, "id").map(str::to_ascii_lowercase);
        put(MANAGER_ID, id.map(Value::Text));
        let addresses = addresses(manager);
        let address = addresses.first().map(|address| address.as_str().to_owned());
        put(MANAGER, address.map(Value::Text));
    }
    attributes
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

/// A text that is not empty.
pub(super) fn text<'a>(object: &'a Object, name: &str) -> Option<&'a str> {
    let text = object.get(name)?.as_str()?.trim();
    (!text.is_empty()).then_some(text)
}

/// The texts of a list; none when it is no list.
fn texts<'a>(object: &'a Object, name: &str) -> impl Iterator<Item = &'a str> {
    object
        .get(name)
        .and_then(Json::as_array)
        .into_iter()
        .flatten()
        .filter_map(Json::as_str)
}

#[cfg(test)]
mod tests;
