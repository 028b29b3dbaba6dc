//! How an account is read: who is on a list, who opted out, and what is in doubt.

use rollcall::{
    connectors::ports::{ErrorKind, ListReader},
    model::member::Standing,
    sandbox::Effect,
};

use super::*;

fn reader(connection: &MessageMediaConnection, list: &str, create: bool) -> Box<dyn ListReader> {
    let wanted = WantedList {
        create: create.then_some(GroupKind::Security),
        ..wanted(list)
    };
    connection.reader(&wanted).unwrap()
}

#[tokio::test]
async fn a_list_is_found_by_id_by_name_and_by_alias() {
    let stand_in = start(account(3, 2)).await;
    let connection = connection(&stand_in, json!({}));
    for name in ["Staff", " staff ", "EVERYBODY", STAFF] {
        let reading = read(&connection, name).await.unwrap();
        assert_eq!(reading.members.len(), 2, "{name}");
        assert_eq!(reading.list_id.as_deref(), Some(STAFF), "{name}");
    }
    for name in ["Stafff", "9a3b5d1e-0000-4000-8000-00000000ffff"] {
        let error = read(&connection, name).await.unwrap_err();
        assert_eq!(error.kind, ErrorKind::NotFound, "{name}");
        let absent = reader(&connection, name, true).read(&Unwatched).await;
        assert!(!absent.unwrap().exists, "{name}");
    }
    stand_in.edit(|account| account.lists[1].name = "STAFF".to_owned());
    let error = read(&connection, "staff").await.unwrap_err();
    assert_eq!(error.kind, ErrorKind::Ambiguous, "{error}");
    assert!(connection.reader(&wanted(" ")).is_err(), "no list is named");
}

#[tokio::test]
async fn whoever_unsubscribed_or_is_blocked_is_read_as_opted_out() {
    let mut account = account(5, 3);
    account.contacts[1].unsubscribe();
    account.contacts[3].unsubscribe();
    // More than a page of the block list; the two that matter are at its ends, one of them without a contact.
    account.block_list = vec![phone(2)];
    account.block_list.extend((1_000..1_250).map(phone));
    account.block_list.push(phone(77));
    let stand_in = start(account).await;
    let connection = connection(&stand_in, json!({}));
    let reader = reader(&connection, "Staff", false);
    let reading = reader.read(&Unwatched).await.unwrap();
    let standings: Vec<Standing> = reading
        .members
        .iter()
        .map(|member| member.standing)
        .collect();
    use Standing::{OptedOut, Subscribed};
    assert_eq!(standings, [Subscribed, OptedOut, OptedOut]);
    assert!(reading.is_whole());
    let before = stand_in.counters().requests;
    let directory = reader.directory(&Unwatched).await.unwrap();
    assert_eq!(
        stand_in.counters().requests - before,
        1,
        "the block list is known"
    );
    let standing = |number: usize| {
        let phone = phone(number);
        let mut people = directory.people.iter();
        let person = people.find(|person| person.phones[0].as_str() == phone);
        person.map(|person| person.standing)
    };
    assert_eq!(standing(0), Some(Subscribed));
    for number in [1, 2, 3, 77, 1_000, 1_249] {
        assert_eq!(standing(number), Some(OptedOut), "{number}");
    }
    assert_eq!(standing(4), Some(Subscribed));
    assert_eq!(directory.own_domains, Vec::<String>::new());
}

#[tokio::test]
async fn a_block_list_that_may_not_be_read_is_a_doubt_that_names_the_permission() {
    let mut account = account(2, 2);
    account.may_read_block_list = false;
    let stand_in = start(account).await;
    let connection = connection(&stand_in, json!({}));
    let reading = read(&connection, "Staff").await.unwrap();
    assert_eq!(reading.members.len(), 2);
    let [doubt] = reading.doubts.as_slice() else {
        panic!("{:?}", reading.doubts);
    };
    assert!(
        doubt.contains("number authorisation") && doubt.contains("401"),
        "{doubt}"
    );
    let lines = Connector::test(&connection).test().await;
    let failed: Vec<_> = lines.iter().filter(|line| line.result.is_err()).collect();
    assert_eq!(failed.len(), 1, "{lines:?}");
    assert_eq!(failed[0].what, "read the block list");
}

#[tokio::test]
async fn a_block_list_that_fails_later_fails_the_reading() {
    let mut account = account(2, 2);
    account.block_list = (1_000..1_250).map(phone).collect();
    let stand_in = start(account).await;
    let connection = connection(&stand_in, json!({}));
    let refusal = Effect::Error {
        status: 403,
        code: String::new(),
        message: String::new(),
    };
    stand_in.inject(Fault::new(refusal).on("GET", "token=200"));
    let error = read(&connection, "Staff").await.unwrap_err();
    assert_eq!(error.kind, ErrorKind::Denied);
}

#[tokio::test]
async fn a_contact_without_a_usable_number_is_unresolved_with_the_reason() {
    let mut account = account(3, 3);
    account.contacts[1].channels[0].channel_id = "079 123 45 67".to_owned();
    account.contacts[1].custom_fields.clear();
    let stand_in = start(account).await;
    let connection = connection(&stand_in, json!({}));
    let reading = read(&connection, "Staff").await.unwrap();
    let mut members = reading.members.iter();
    let unresolved = members.find(|member| member.phones.is_empty()).unwrap();
    assert_eq!(unresolved.id, None);
    let note = unresolved.note.as_deref().unwrap();
    assert!(
        note.contains("079 123 45 67") && note.contains("country code"),
        "{note}"
    );
}

#[tokio::test]
async fn a_number_of_members_that_does_not_agree_is_a_doubt() {
    let stand_in = start(account(13, 13)).await;
    let connection = connection(&stand_in, json!({}));
    let fault = Fault::new(Effect::TruncatedListing { size: 2 });
    stand_in.inject(fault.on("GET", "listIds=").after(1));
    let reading = read(&connection, "Staff").await.unwrap();
    assert_eq!(reading.members.len(), 7);
    assert_eq!(
        reading.doubts,
        ["MessageMedia said that there are 13 members, and gave 7"]
    );
}

#[tokio::test]
async fn the_id_of_the_directory_object_is_read_from_its_field() {
    let mut account = account(1, 1);
    account.custom_fields.push(CustomField {
        id: "9a3b5d1e-0000-4000-8000-00000000c002".to_owned(),
        label: "Entra".to_owned(),
        merge_tag: "entra_id".to_owned(),
        max_length: 36,
        kind: "TEXT".to_owned(),
    });
    account.contacts[0].custom_fields.push(CustomValue {
        id: "9a3b5d1e-0000-4000-8000-00000000c002".to_owned(),
        value: "00000000-0000-4000-8000-000000000001".to_owned(),
    });
    let stand_in = start(account).await;
    let with_field = connection(&stand_in, json!({ "objectIdField": "entra_id" }));
    let reading = read(&with_field, "Staff").await.unwrap();
    let id = reading.members[0].directory_id.as_ref().unwrap();
    assert_eq!(id.as_str(), "00000000-0000-4000-8000-000000000001");
    let without = connection(&stand_in, json!({}));
    let reading = read(&without, "Staff").await.unwrap();
    assert_eq!(reading.members[0].directory_id, None);
}
