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

#[test]
fn aliases_are_the_other_mail_addresses_in_order_and_each_once() {
    let dana = read(json!({
        "id": "1", "mail": "Dana@acme.org", "userPrincipalName": "dana@acme.onmicrosoft.com",
        "proxyAddresses": [
            "smtp:zoe@acme.org", "SMTP:dana@acme.org", "smtp:D.Smith@acme.org", "smtp:d.smith@acme.org",
            "smtp:DANA@acme.org", "SIP:dana@acme.org", "X500:/o=ex", "x400:c=us", "smtp:no address",
        ],
    }));
    assert_eq!(
        dana.attributes["aliases"],
        Value::Texts(vec!["d.smith@acme.org".into(), "zoe@acme.org".into()])
    );
    assert_eq!(dana.attributes["objectType"], Value::Text("user".into()));
    let plain =
        read(json!({"id": "2", "mail": "a@acme.org", "proxyAddresses": ["SMTP:a@acme.org"]}));
    assert!(!plain.attributes.contains_key("aliases"));
}

#[test]
fn extension_attributes_and_managers_are_attributes_like_others() {
    let dana = read(json!({
        "id": "1", "mail": "dana@acme.org", "onPremisesSyncEnabled": true,
        "onPremisesExtensionAttributes": {"extensionAttribute1": "blue", "extensionAttribute2": null, "@odata.type": "x"},
        "extension_0123456789abcdef0123456789abcdef_costCentre": "4711",
        "manager": {"@odata.type": "#microsoft.graph.user", "id": "00000000-0000-4000-8000-0000000000AA",
            "mail": "Boss@acme.org", "userPrincipalName": "boss@acme.onmicrosoft.com"},
    }));
    for (name, value) in [
        ("extensionAttribute1", "blue"),
        (
            "extension_0123456789abcdef0123456789abcdef_costCentre",
            "4711",
        ),
        ("manager", "boss@acme.org"),
        ("managerId", "00000000-0000-4000-8000-0000000000aa"),
    ] {
        assert_eq!(dana.attributes[name], Value::Text(value.into()), "{name}");
    }
    assert_eq!(dana.attributes["onPremisesSyncEnabled"], Value::Flag(true));
    for absent in [
        "extensionAttribute2",
        "onPremisesExtensionAttributes",
        "@odata.type",
    ] {
        assert!(!dana.attributes.contains_key(absent), "{absent}");
    }
}
