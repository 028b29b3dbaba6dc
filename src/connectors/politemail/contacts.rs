//! Contacts: what PoliteMail says about somebody, and what it takes for somebody new.
//!
//! Pure. A contact is one address; its fields belong to the contact, whichever lists it is on.

use serde_json::{Map, Value as Json};

use super::{api::PLATFORM, lists::is_truthy, settings::Settings};
use crate::{
    connectors::ports::{ConnectorError, ErrorKind},
    model::{
        address::Address,
        attributes::{Attributes, Value},
        member::{Kind, Member, Standing},
        phone::PhoneNumber,
    },
};

/// The field that holds the address.
pub(super) const ADDRESS: &str = "Email";

/// The texts that can be given to a new contact, beside its address.
pub(super) const GIVEN: &[&str] = &[
    "FirstName",
    "LastName",
    "Company",
    "Title",
    "MobileNumber",
    "HomeNumber",
    "FaxNumber",
    "WebAddress",
    "Notes",
    "Address1",
    "Address2",
    "City",
    "StateOrProvince",
    "PostalCode",
    "ClientCountry",
];

/// Further texts that are shown of a contact, and given to none.
const SHOWN: &[&str] = &[
    ADDRESS,
    "DisplayName",
    "OfficeNumber",
    "FileAs",
    "LanguagePreference",
    "ContactTimeZoneInfo",
    "ContactOrganization",
    "WorkDays",
    "DayStart",
    "DayEnd",
    "CreationDate",
    "LastChangedDate",
];

/// How many custom fields an account may have (`Custom1` to `Custom20`).
const CUSTOM_FIELDS: u8 = 20;

/// Refuses mapped fields that PoliteMail does not have.
pub(super) fn check_fields<'a>(
    mut fields: impl Iterator<Item = &'a String>,
) -> Result<(), ConnectorError> {
    let is_known = |field: &String| {
        let field = field.as_str();
        GIVEN.contains(&field) || SHOWN.contains(&field) || is_custom(field)
    };
    let Some(unknown) = fields.find(|field| !is_known(field)) else {
        return Ok(());
    };
    let names = |names: &[&str]| -> String {
        let names: Vec<String> = names.iter().map(|name| format!("`{name}`")).collect();
        names.join(", ")
    };
    let message = format!("{PLATFORM} has no field `{unknown}` for its contacts");
    Err(
        ConnectorError::new(ErrorKind::Settings, message).help(format!(
            "a new contact takes {}; only read are {} and `Custom1` to `Custom{CUSTOM_FIELDS}`",
            names(GIVEN),
            names(SHOWN)
        )),
    )
}

fn is_custom(field: &str) -> bool {
    let number = field.strip_prefix("Custom");
    let number = number.filter(|number| !number.starts_with(['0', '+']));
    let number = number.and_then(|number| number.parse::<u8>().ok());
    number.is_some_and(|number| (1..=CUSTOM_FIELDS).contains(&number))
}

/// The contact as a member. One without an address that can be used is a member all the same, with a note; one that comes
/// without the field for it was not shown: nothing may follow from what such a contact seems to lack.
pub(super) fn member(contact: &Map<String, Json>) -> Member {
    let attributes = texts(contact);
    let id = match contact.get("ID") {
        Some(Json::Number(number)) => Some(number.to_string()),
        Some(Json::String(text)) if !text.trim().is_empty() => Some(text.trim().to_owned()),
        _ => None,
    };
    let text = |name: &str| attributes.get(name).map(Value::to_line);
    let (address, note) = match text(ADDRESS).as_deref().map(Address::parse) {
        Some(Ok(address)) => (Some(address), None),
        Some(Err(why)) => (
            None,
            Some(format!("{why}: `{}`", text(ADDRESS).unwrap_or_default())),
        ),
        None => (None, Some("the contact has no address".to_owned())),
    };
    let phone = text("MobileNumber").and_then(|text| PhoneNumber::parse(&text, None).ok());
    let is_out = match contact.get("ActiveState") {
        None | Some(Json::Null) => false,
        Some(state) => !is_truthy(state),
    };
    let kind = match contact.contains_key(ADDRESS) {
        true => Kind::Person,
        false => Kind::Unreadable,
    };
    Member {
        id: id.map(Into::into),
        kind,
        addresses: address.into_iter().collect(),
        phones: phone.into_iter().collect(),
        standing: if is_out {
            Standing::OptedOut
        } else {
            Standing::Subscribed
        },
        attributes,
        note,
        ..Member::default()
    }
}

/// Everything textual that was sent, by PoliteMail's own names.
fn texts(contact: &Map<String, Json>) -> Attributes {
    let named = contact.iter().filter(|(name, _)| !name.contains("odata."));
    let texts = named.filter_map(|(name, value)| match value {
        Json::String(text) => Some((name.clone(), Value::text(text)?)),
        _ => None,
    });
    texts.collect()
}

/// What is asked for to make a contact with this address, or `None` when the member carries no field it could be given.
pub(super) fn new_contact(address: &Address, member: &Member, settings: &Settings) -> Option<Json> {
    let given = GIVEN.iter().filter_map(|name| {
        let value = member.attributes.get(*name)?;
        Some(((*name).to_owned(), Json::String(value.to_line())))
    });
    let mut body: Map<String, Json> = given.collect();
    if body.is_empty() {
        return None;
    }
    // Not its state: "active" could bring somebody back who opted out.
    body.insert("ID".to_owned(), 0.into());
    body.insert(ADDRESS.to_owned(), address.as_str().into());
    belongings(settings, &mut body);
    Some(Json::Object(body))
}

/// What the settings say of everything that is made here.
pub(super) fn belongings(settings: &Settings, body: &mut Map<String, Json>) {
    for (name, id) in [
        ("OwnerID", settings.owner_id),
        ("BusinessID", settings.business_id),
        ("RegionID", settings.region_id),
    ] {
        if let Some(id) = id {
            body.insert(name.to_owned(), id.into());
        }
    }
    if let Some(shared) = settings.shared {
        body.insert("Shared".to_owned(), shared.into());
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn read(contact: Json) -> Member {
        member(contact.as_object().unwrap())
    }

    #[test]
    fn a_contact_is_read_with_all_its_texts() {
        let member = read(json!({
            "ID": 70211, "Email": " Tomas.Berg@ACME.example ", "FirstName": "Tomas", "LastName": "",
            "MobileNumber": "+41 44 668 18 00", "Custom1": "Plant 4", "ActiveState": true, "Shared": false,
            "Company": null, "Days": ["Mon"], "odata.id": "Contacts(70211)", "@odata.etag": "x", "New": {"a": 1},
        }));
        assert_eq!(member.id.as_ref().unwrap().as_str(), "70211");
        assert_eq!(
            member.address().unwrap().as_str(),
            "tomas.berg@acme.example"
        );
        assert_eq!(member.phones[0].as_str(), "+41446681800");
        assert_eq!(
            (member.standing, &member.note),
            (Standing::Subscribed, &None)
        );
        let names: Vec<&str> = member.attributes.keys().map(String::as_str).collect();
        assert_eq!(names, ["Custom1", "Email", "FirstName", "MobileNumber"]);
    }

    #[test]
    fn a_contact_without_a_usable_address_is_a_member_with_a_note() {
        for (email, note) in [
            (json!("jon.smith@"), "jon.smith@"),
            (json!(null), "no address"),
            (json!(" "), "no address"),
        ] {
            let member = read(json!({"ID": 3, "Email": email, "MobileNumber": "044 668 18 00"}));
            assert!(member.addresses.is_empty() && member.phones.is_empty());
            assert_eq!(member.label(), "3");
            assert!(member.note.unwrap().contains(note), "{email}");
        }
    }

    #[test]
    fn a_contact_that_comes_without_the_field_for_its_address_was_not_shown() {
        let member = read(json!({"ID": 3}));
        assert_eq!(
            (member.kind.clone(), member.label()),
            (Kind::Unreadable, "3")
        );
    }

    #[test]
    fn an_inactive_contact_opted_out_in_either_generation() {
        for (state, standing) in [
            (json!(false), Standing::OptedOut),
            (json!(0), Standing::OptedOut),
            (json!("0"), Standing::OptedOut),
            (json!(true), Standing::Subscribed),
            (json!(1), Standing::Subscribed),
            (json!(null), Standing::Subscribed),
        ] {
            let member = read(json!({"ID": 1, "Email": "a@acme.example", "ActiveState": state}));
            assert_eq!(member.standing, standing, "{state}");
        }
    }

    #[test]
    fn a_new_contact_carries_what_is_mapped_and_never_a_state() {
        let address = Address::parse("kim@acme.example").unwrap();
        let mut member = Member::with_address(address.clone());
        let settings = Settings {
            shared: Some(true),
            region_id: Some(3),
            ..Settings::default()
        };
        assert_eq!(new_contact(&address, &member, &settings), None);
        for (name, text) in [
            ("FirstName", "Kim"),
            ("DisplayName", "Kim Lee"),
            ("ActiveState", "true"),
        ] {
            member
                .attributes
                .insert(name.to_owned(), Value::text(text).unwrap());
        }
        assert_eq!(
            new_contact(&address, &member, &settings),
            Some(json!({
                "ID": 0, "Email": "kim@acme.example", "FirstName": "Kim", "Shared": true, "RegionID": 3,
            }))
        );
    }

    #[test]
    fn a_field_that_is_not_there_is_refused_with_those_that_are() {
        let check = |field: &str| check_fields(["FirstName".to_owned(), field.to_owned()].iter());
        for known in ["City", "DisplayName", "Email", "Custom1", "Custom20"] {
            assert_eq!(check(known), Ok(()), "{known}");
        }
        for unknown in [
            "firstName",
            "Custom0",
            "Custom21",
            "Custom01",
            "ActiveState",
            "department",
        ] {
            let error = check(unknown).unwrap_err();
            assert_eq!(error.kind, ErrorKind::Settings);
            assert!(error.message.contains(&format!("`{unknown}`")));
            assert!(error.help.unwrap().contains("`FirstName`, `LastName`"));
        }
    }
}
