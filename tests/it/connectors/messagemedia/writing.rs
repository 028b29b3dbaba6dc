//! How an account is written: nobody is subscribed, nothing is deleted, and only what shows is called done.

use rollcall::sandbox::Effect;

use super::*;

/// Nobody was subscribed by us, and nothing was asked for that is not there: no deletion above all.
fn is_unharmed(stand_in: &StandIn<MessageMedia>) {
    assert_eq!(stand_in.snapshot().states_written, 0);
    assert_eq!(stand_in.counters().not_there, 0);
}

fn add(number: usize) -> Change {
    change(Action::Add, stranger(number))
}

fn with_id(number: usize) -> Member {
    Member {
        id: Some(contact_id(number).as_str().into()),
        ..stranger(number)
    }
}

#[tokio::test]
async fn newcomers_become_contacts_with_their_fields() {
    let mut empty = account(0, 0);
    empty.custom_fields.clear();
    let stand_in = start(empty).await;
    let connection = connection(&stand_in, json!({ "objectIdField": "entra_id" }));
    let mut newcomer = stranger(7);
    newcomer.directory_id = Some("00000000-0000-4000-8000-000000000007".into());
    let outcomes = write(
        &connection,
        &[change(Action::Add, newcomer), add(8), add(8)],
    )
    .await;
    assert_eq!(codes(&outcomes), ["applied", "applied", "applied"]);
    let account = stand_in.snapshot();
    assert_eq!(
        account.contacts.len(),
        2,
        "one of them twice is one contact"
    );
    let kinds = account.custom_fields.iter();
    let kinds: Vec<_> = kinds
        .map(|field| {
            (
                field.merge_tag.as_str(),
                field.kind.as_str(),
                field.max_length,
            )
        })
        .collect();
    assert_eq!(kinds, [("email", "EMAIL", 255), ("entra_id", "TEXT", 36)]);
    let mut contacts = account.contacts.iter();
    let seven = contacts
        .find(|contact| contact.channels[0].channel_id == phone(7))
        .unwrap();
    assert_eq!(
        (seven.first_name.as_str(), seven.last_name.as_str()),
        ("Person", "7")
    );
    let values: Vec<&str> = seven
        .custom_fields
        .iter()
        .map(|field| field.value.as_str())
        .collect();
    assert_eq!(
        values,
        [
            "person7@acme.example",
            "00000000-0000-4000-8000-000000000007"
        ]
    );
    assert_eq!(
        seven.channels[0].subscription_state.as_deref(),
        Some("SUBSCRIBED")
    );
    is_unharmed(&stand_in);
}

#[tokio::test]
async fn nobody_who_opted_out_is_added() {
    let mut account = account(4, 0);
    account.contacts[0].unsubscribe();
    account.block_list = vec![phone(1), phone(4)];
    account.remembered_unsubscribed = vec![phone(5)];
    let stand_in = start(account).await;
    let connection = connection(&stand_in, json!({}));
    // Two by their ids, two by their numbers, one who was deleted after unsubscribing; and one who may be added.
    let changes = [
        change(Action::Add, with_id(0)),
        change(Action::Add, with_id(1)),
        add(0),
        add(4),
        add(5),
        add(2),
    ];
    let outcomes = write(&connection, &changes[..2]).await;
    assert_eq!(codes(&outcomes), ["opted-out"; 2]);
    let outcomes = write(&connection, &changes[2..]).await;
    assert_eq!(
        codes(&outcomes),
        ["opted-out", "opted-out", "opted-out", "applied"]
    );
    assert_eq!(stand_in.snapshot().on_list("Staff"), [contact_id(2)]);
    is_unharmed(&stand_in);
}

#[tokio::test]
async fn a_known_contact_gets_the_fields_it_lacks() {
    let mut account = account(1, 0);
    account.contacts[0].first_name = "Old".to_owned();
    account.contacts[0].note = "likes trains".to_owned();
    let stand_in = start(account).await;
    let connection = connection(&stand_in, json!({}));
    assert_eq!(codes(&write(&connection, &[add(0)]).await), ["applied"]);
    let account = stand_in.snapshot();
    assert_eq!(account.contacts.len(), 1);
    assert_eq!(account.contacts[0].first_name, "Person");
    assert_eq!(account.contacts[0].note, "likes trains");
    assert_eq!(account.contacts[0].lists, [STAFF]);
    is_unharmed(&stand_in);
}

#[tokio::test]
async fn a_lost_answer_makes_no_second_contact() {
    for effect in [
        Effect::DropAfter,
        Effect::GatewayTimeoutAfter,
        Effect::DropBefore,
        Effect::ServerError,
        Effect::Conflict,
    ] {
        let stand_in = start(account(0, 0)).await;
        let connection = connection(&stand_in, json!({}));
        stand_in.inject(Fault::new(effect.clone()).on("POST", "/contacts/contacts"));
        let outcomes = write(&connection, &[add(0)]).await;
        let account = stand_in.snapshot();
        let is_there = !account.contacts.is_empty();
        assert!(account.contacts.len() <= 1, "{effect:?}");
        assert_eq!(outcomes[0].is_done(), is_there, "{effect:?}: {outcomes:?}");
        assert_eq!(is_there, effect != Effect::Conflict, "{effect:?}");
    }
}

#[tokio::test]
async fn a_contact_that_is_gone_keeps_nobody_else_from_the_list() {
    let stand_in = start(account(9, 0)).await;
    let connection = connection(&stand_in, json!({}));
    let refusal = Effect::Error {
        status: 400,
        code: String::new(),
        message: String::new(),
    };
    // As if one of the ids were unknown, and nobody said which: twice, so that the half is refused too.
    stand_in.inject(Fault::new(refusal).on("PATCH", "/lists/").times(2));
    let changes: Vec<Change> = (0..9)
        .map(|number| change(Action::Add, with_id(number)))
        .collect();
    let outcomes = write(&connection, &changes).await;
    assert_eq!(codes(&outcomes), ["applied"; 9]);
    assert_eq!(stand_in.snapshot().on_list("Staff").len(), 9);
}

#[tokio::test]
async fn people_leave_the_list_and_stay_contacts() {
    let stand_in = start(account(13, 12)).await;
    let connection = connection(&stand_in, json!({}));
    let nobody = Member::default();
    let changes =
        [with_id(3), with_id(12), nobody, with_id(11)].map(|member| change(Action::Remove, member));
    let outcomes = write(&connection, &changes).await;
    assert_eq!(
        codes(&outcomes),
        ["applied", "already-so", "no-id", "applied"]
    );
    let account = stand_in.snapshot();
    assert_eq!(account.contacts.len(), 13);
    assert_eq!(account.on_list("Staff").len(), 10);
    is_unharmed(&stand_in);
}

#[tokio::test]
async fn a_removal_that_cannot_be_seen_is_not_called_done() {
    let stand_in = start(account(13, 13)).await;
    let connection = connection(&stand_in, json!({}));
    let fault = Fault::new(Effect::TruncatedListing { size: 0 });
    stand_in.inject(fault.on("GET", "listIds=").times(100));
    let changes: Vec<Change> = (0..5)
        .map(|number| change(Action::Remove, with_id(number)))
        .collect();
    let outcomes = write(&connection, &changes).await;
    assert_eq!(codes(&outcomes), ["not-confirmed"; 5]);
}

#[tokio::test]
async fn fields_change_and_the_rest_stays_as_it_was() {
    let stand_in = start(account(2, 2)).await;
    let connection = connection(&stand_in, json!({}));
    let reading = read(&connection, "Staff").await.unwrap();
    let member = |at: usize| reading.members[at].clone();
    let outcomes = write(
        &connection,
        &[
            update(member(0), "contact_name", Some("Ada King Lovelace")),
            update(member(1), "email", None),
        ],
    )
    .await;
    assert_eq!(codes(&outcomes), ["applied", "applied"]);
    let outcomes = write(
        &connection,
        &[
            update(member(0), "contact_name", Some("Ada King Lovelace")),
            update(member(1), "shift", Some("night")),
        ],
    )
    .await;
    assert_eq!(codes(&outcomes), ["already-so", "applied"]);
    let again = read(&connection, "Staff").await.unwrap();
    let value = |number: usize, field: &str| {
        let mut members = again.members.iter();
        let member = members.find(|member| member.phones[0].as_str() == phone(number));
        member.unwrap().attributes.get(field).map(Value::to_line)
    };
    let line = |text: &str| Some(text.to_owned());
    assert_eq!(value(0, "contact_name"), line("Ada King Lovelace"));
    assert_eq!(value(0, "email"), line("person0@acme.example"));
    assert_eq!(value(1, "contact_name"), line("Person 1"));
    assert_eq!(
        (value(1, "email"), value(1, "shift")),
        (None, line("night"))
    );
    let account = stand_in.snapshot();
    assert!(
        account
            .contacts
            .iter()
            .all(|contact| contact.lists == [STAFF])
    );
    is_unharmed(&stand_in);
}

#[tokio::test]
async fn a_number_is_not_changed_behind_an_opt_out_nor_taken_from_another() {
    let mut account = account(4, 3);
    account.contacts[0].unsubscribe();
    account.block_list = vec![phone(50)];
    let stand_in = start(account.clone()).await;
    let connection = connection(&stand_in, json!({}));
    let reading = read(&connection, "Staff").await.unwrap();
    let of = |number: usize| {
        let mut members = reading.members.iter();
        members
            .find(|member| member.phones[0].as_str() == phone(number))
            .unwrap()
            .clone()
    };
    let outcomes = write(
        &connection,
        &[
            update(of(0), "phone_number", Some(&phone(60))),
            update(of(1), "phone_number", Some(&phone(50))),
            update(of(2), "phone_number", Some(&phone(3))),
            update(of(1), "phone_number", None),
        ],
    )
    .await;
    assert_eq!(
        codes(&outcomes),
        ["opted-out", "opted-out", "number-taken", "key-needed"]
    );
    assert_eq!(stand_in.snapshot().contacts, account.contacts);
    let outcomes = write(
        &connection,
        &[update(of(2), "phone_number", Some(&phone(70)))],
    )
    .await;
    assert_eq!(codes(&outcomes), ["applied"]);
    assert_eq!(
        stand_in.snapshot().contacts[2].channels[0].channel_id,
        phone(70)
    );
    is_unharmed(&stand_in);
}

#[tokio::test]
async fn a_field_that_cannot_be_made_refuses_those_who_need_it() {
    for (more, may_create) in [
        (json!({ "createCustomFields": false }), true),
        (json!({}), false),
    ] {
        let mut empty = account(1, 1);
        empty.custom_fields.clear();
        empty.contacts[0].custom_fields.clear();
        empty.may_create_custom_fields = may_create;
        let stand_in = start(empty).await;
        let connection = connection(&stand_in, more);
        let mut without = stranger(6);
        without.attributes.remove("email");
        let outcomes = write(&connection, &[add(5), change(Action::Add, without)]).await;
        assert!(matches!(outcomes[0], Outcome::Refused(_)), "{outcomes:?}");
        assert_eq!(outcomes[1], Outcome::Applied);
        assert_eq!(stand_in.snapshot().contacts.len(), 2);
    }
}

#[tokio::test]
async fn a_list_is_made_once() {
    for effect in [
        None,
        Some(Effect::DropAfter),
        Some(Effect::DropBefore),
        Some(Effect::Conflict),
    ] {
        let stand_in = start(account(0, 0)).await;
        let connection = connection(&stand_in, json!({}));
        if let Some(effect) = effect.clone() {
            stand_in.inject(Fault::new(effect).on("POST", "/lists"));
        }
        let mut writer = connection.writer(&wanted("Sales"), None).unwrap();
        let first = writer.create_list().await.unwrap();
        let mut writer = connection.writer(&wanted("sales"), None).unwrap();
        assert_eq!(writer.create_list().await.unwrap(), first, "{effect:?}");
        assert_eq!(stand_in.snapshot().lists.len(), 3, "{effect:?}");
    }
}
