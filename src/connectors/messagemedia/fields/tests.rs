use std::collections::BTreeMap;

use proptest::prelude::*;
use serde_json::json;

use super::*;

fn contact(more: Json) -> Contact {
    let mut json = json!({
        "id": "9a3b5d1e-0000-4000-8000-00000000b001", "firstName": "Rhea", "lastName": "Okafor",
        "channels": [{ "channelId": "+6421555012", "type": "SMS", "subscriptionState": "SUBSCRIBED" }],
        "customFields": [
            { "id": "f1", "mergeTag": "email", "value": "rhea@acme.example", "type": "EMAIL" },
            { "id": "f2", "mergeTag": "shift", "value": "night", "type": "TEXT" },
        ],
    });
    for (key, value) in more.as_object().unwrap() {
        json[key] = value.clone();
    }
    Contact::from_json(&json).unwrap()
}

fn change(field: &str, value: Option<&str>) -> Result<Wish, Unwritable> {
    let (field, value) = (field.to_owned(), value.and_then(Value::text));
    Wish::of_changes([(&field, &value)].into_iter())
}

fn ids() -> BTreeMap<String, String> {
    [("email", "f1"), ("shift", "f2")]
        .map(|(tag, id)| (tag.to_owned(), id.to_owned()))
        .into()
}

#[test]
fn names_are_taken_apart_at_the_last_word() {
    for (whole, first, last) in [
        ("Ada Lovelace", "Ada", "Lovelace"),
        ("Mary Ann van Dyk", "Mary Ann van", "Dyk"),
        ("Madonna", "Madonna", ""),
        ("Ada  Lovelace", "Ada  Lovelace", ""),
        ("Ada\tLovelace", "Ada\tLovelace", ""),
        ("  Ada   King Lovelace ", "Ada   King", "Lovelace"),
        ("", "", ""),
    ] {
        assert_eq!(
            split_name(whole),
            (first.to_owned(), last.to_owned()),
            "{whole}"
        );
    }
}

proptest! {
    #[test]
    fn a_name_reads_back_as_it_was_written(name in "[a-zé \t\u{a0}]{0,12}") {
        let (first, last) = split_name(&name);
        prop_assert_eq!(whole_name(&first, &last), name.trim());
    }
}

#[test]
fn a_new_contact_says_nothing_of_a_subscription() {
    let attributes = [
        ("contact_name", "Ada Lovelace"),
        ("email", "ada@acme.example"),
        ("phone_number", "+61491570006"),
    ];
    let attributes = attributes.map(|(name, text)| (name.to_owned(), Value::text(text).unwrap()));
    let wish = Wish::of_newcomer(&attributes.into()).unwrap();
    let phone = PhoneNumber::parse("+61491570006", None).unwrap();
    assert_eq!(
        wish.new_contact(&phone, &ids()),
        json!({
            "firstName": "Ada", "lastName": "Lovelace",
            "channels": [{ "channelId": "+61491570006", "type": "SMS" }],
            "customFields": [{ "id": "f1", "value": "ada@acme.example" }],
        })
    );
}

#[test]
fn one_custom_field_changes_and_the_others_are_sent_as_they_were_read() {
    let wish = change("email", Some("r.okafor@acme.example")).unwrap();
    let body = wish.changed_contact(&contact(json!({})), &ids()).unwrap();
    assert_eq!(
        body,
        json!({ "customFields": [{ "id": "f2", "value": "night" }, { "id": "f1", "value": "r.okafor@acme.example" }] })
    );
    let emptied = change("shift", None).unwrap();
    let body = emptied
        .changed_contact(&contact(json!({})), &ids())
        .unwrap();
    assert_eq!(
        body,
        json!({ "customFields": [{ "id": "f1", "value": "rhea@acme.example" }] })
    );
}

#[test]
fn an_array_that_was_not_read_is_not_written() {
    let unread = contact(json!({ "customFields": null, "channels": null }));
    for wish in [
        change("email", Some("r@acme.example")).unwrap(),
        change("phone_number", Some("+61491570007")).unwrap(),
    ] {
        let (code, ..) = wish.changed_contact(&unread, &ids()).unwrap_err();
        assert_eq!(code, "bad-data");
    }
    let name = change("first_name", Some("Rea")).unwrap();
    let body = name.changed_contact(&unread, &ids()).unwrap();
    assert_eq!(body, json!({ "firstName": "Rea" }));
}

#[test]
fn a_number_changes_in_its_place_and_only_where_nothing_is_lost() {
    let wish = change("phone_number", Some("+61 491 570 007")).unwrap();
    let both = contact(json!({ "channels": [
        { "channelId": "+6421555012", "type": "WHATSAPP", "subscriptionState": "SUBSCRIBED" },
        { "channelId": "+6421555012", "type": "SMS" },
    ]}));
    assert_eq!(
        wish.changed_contact(&both, &ids()).unwrap(),
        json!({ "channels": [
            { "channelId": "+6421555012", "type": "WHATSAPP" }, { "channelId": "+61491570007", "type": "SMS" },
        ]})
    );
    for (channels, code) in [
        (
            json!([{ "channelId": "+6421555012", "type": "SMS", "subscriptionState": "UNSUBSCRIBED" }]),
            "opted-out",
        ),
        (
            json!([{ "channelId": "+6421555012", "type": "SMS", "subscriptionState": "PAUSED" }]),
            "opted-out",
        ),
        (
            json!([{ "channelId": "+6421555012", "type": "SMS" }, { "channelId": "r@acme.example", "type": "EMAIL" }]),
            "other-channels",
        ),
    ] {
        let refused = wish.changed_contact(&contact(json!({ "channels": channels })), &ids());
        assert_eq!(refused.unwrap_err().0, code);
    }
}

#[test]
fn what_cannot_be_said_is_refused() {
    for (field, value, code) in [
        ("phone_number", None, "key-needed"),
        ("phone_number", Some("0491 570 006"), "unusable-value"),
        ("date_of_birth", Some("21.8.1984"), "unusable-value"),
        ("date_of_birth", None, "unusable-value"),
    ] {
        assert_eq!(change(field, value).unwrap_err().0, code, "{field}");
    }
    assert!(change("date_of_birth", Some("1984-08-21")).is_ok());
}

#[test]
fn what_is_held_already_is_seen() {
    let held = contact(json!({}));
    for (field, value, is_held) in [
        ("contact_name", Some("Rhea Okafor"), true),
        ("contact_name", Some("Rhea O."), false),
        ("Email", Some("rhea@acme.example"), true),
        ("shift", None, false),
        ("floor", None, true),
        ("note", None, true),
        ("phone_number", Some("+64 21 555 012"), true),
        ("phone_number", Some("+61491570006"), false),
    ] {
        assert_eq!(
            change(field, value).unwrap().is_held_by(&held),
            is_held,
            "{field}"
        );
    }
}

#[test]
fn a_number_that_is_there_in_second_place_is_not_sent_twice() {
    let two = contact(json!({ "channels": [
        { "channelId": "+6421555012", "type": "SMS", "subscriptionState": "SUBSCRIBED" },
        { "channelId": "+6421555013", "type": "SMS", "subscriptionState": "SUBSCRIBED" },
        { "channelId": "+6421555013", "type": "WHATSAPP", "subscriptionState": "SUBSCRIBED" },
    ] }));
    let wish = change(PHONE_NUMBER, Some("+6421555013")).unwrap();
    let body = wish.changed_contact(&two, &ids()).unwrap();
    assert_eq!(
        body["channels"],
        json!([
            { "channelId": "+6421555013", "type": "SMS" },
            { "channelId": "+6421555013", "type": "WHATSAPP" },
        ])
    );
}

#[test]
fn a_custom_field_is_found_whatever_its_capitals() {
    let wish = change("DIENST_\u{c4}", Some("night")).unwrap();
    let ids = [("dienst_\u{e4}".to_owned(), "f7".to_owned())].into();
    let number = PhoneNumber::parse("+6421555012", None).unwrap();
    let body = wish.new_contact(&number, &ids);
    assert_eq!(
        body["customFields"],
        json!([{ "id": "f7", "value": "night" }])
    );
}
