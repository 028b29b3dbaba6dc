use serde_json::json;

use super::*;

fn nobody_blocked() -> BlockList {
    BlockList::Known(BTreeSet::new())
}

fn member(json: Json) -> Member {
    let contact = Contact::from_json(&json).unwrap();
    contact.member(&nobody_blocked(), Some("entra_id"), &["Email".to_owned()])
}

fn whole() -> Json {
    json!({
        "id": "9A3B5D1E-0000-4000-8000-00000000B001", "accountId": "Acme001", "shoeSize": 43,
        "firstName": "Rhea", "lastName": "Okafor", "fullName": "Okafor, Rhea", "alias": null, "country": "NZ",
        "state": "", "note": " ", "dateOfBirth": "1984-08-21",
        "channels": [
            { "channelId": "+64 21 555 012", "type": "SMS", "subscriptionState": "SUBSCRIBED", "since": 1 },
            { "channelId": "rhea@acme.example", "type": "EMAIL" },
            { "channelId": "pigeon-7", "type": "CARRIER_PIGEON" },
        ],
        "lists": [{ "id": "9a3b5d1e-0000-4000-8000-00000000a001", "name": "Night crew" }],
        "customFields": [
            { "id": "f1", "mergeTag": "email", "value": "R.Okafor@acme.example", "type": "EMAIL" },
            { "id": "f2", "mergeTag": "entra_id", "value": "00000000-0000-4000-8000-000000000001", "type": "HEX" },
            { "id": "f3", "mergeTag": "contact_name", "value": "somebody else", "type": "TEXT" },
        ],
    })
}

#[test]
fn a_contact_is_a_member_with_everything_that_is_known() {
    let rhea = member(whole());
    assert_eq!(
        rhea.id.as_ref().unwrap().as_str(),
        "9a3b5d1e-0000-4000-8000-00000000b001"
    );
    assert_eq!(
        rhea.directory_id.as_ref().unwrap().as_str(),
        "00000000-0000-4000-8000-000000000001"
    );
    assert_eq!(rhea.phones[0].as_str(), "+6421555012");
    let addresses: Vec<&str> = rhea.addresses.iter().map(Address::as_str).collect();
    assert_eq!(addresses, ["rhea@acme.example", "r.okafor@acme.example"]);
    assert_eq!(rhea.standing, Standing::Subscribed);
    assert_eq!(rhea.note, None);
    let attributes: Vec<(&str, String)> = rhea
        .attributes
        .iter()
        .map(|(name, value)| (name.as_str(), value.to_line()))
        .collect();
    let of = |name: &str| {
        attributes
            .iter()
            .find(|(known, _)| *known == name)
            .map(|(_, value)| value.as_str())
    };
    assert_eq!(of("contact_name"), Some("Rhea Okafor"));
    assert_eq!(of("phone_number"), Some("+6421555012"));
    assert_eq!(
        of("Email"),
        Some("R.Okafor@acme.example"),
        "as the mapping spells it"
    );
    assert_eq!(of("date_of_birth"), Some("1984-08-21"));
    assert_eq!((of("state"), of("note"), of("alias")), (None, None, None));
}

#[test]
fn whoever_unsubscribed_or_is_blocked_has_opted_out() {
    for state in ["UNSUBSCRIBED", "unsubscribed", "PENDING"] {
        let mut json = whole();
        json["channels"][0]["subscriptionState"] = json!(state);
        assert_eq!(member(json).standing, Standing::OptedOut, "{state}");
    }
    let blocked = PhoneNumber::parse("+6421555012", None).unwrap();
    let contact = Contact::from_json(&whole()).unwrap();
    let blocked = BlockList::Known([blocked].into());
    assert!(contact.opted_out(&blocked));
}

#[test]
fn who_has_no_usable_number_says_why() {
    let mut json = whole();
    json["channels"][0]["channelId"] = json!("021 555 012");
    let with_address = member(json.clone());
    assert!(with_address.id.is_some(), "an address says who it is");
    assert_eq!(
        with_address.note.as_deref(),
        Some(
            "contact 9a3b5d1e-0000-4000-8000-00000000b001 (Rhea Okafor): `021 555 012`: not a phone number: it has no \
             country code and no default region is set"
        )
    );
    json["channels"].as_array_mut().unwrap().truncate(1);
    json["customFields"] = json!([]);
    let unresolved = member(json.clone());
    assert_eq!(unresolved.id, None, "nothing says who it is");
    assert!(unresolved.label().contains("021 555 012"));
    json["channels"] = json!([]);
    assert!(member(json).label().ends_with("it has no number for SMS"));
}

#[test]
fn little_is_enough_and_nothing_is_not() {
    let bare =
        member(json!({ "id": "9a3b5d1e-0000-4000-8000-00000000b001", "fullName": "Rhea Okafor" }));
    assert_eq!(
        bare.attributes["contact_name"],
        Value::text("Rhea Okafor").unwrap()
    );
    assert!(Contact::from_json(&json!({ "fullName": "Rhea" })).is_err());
}
