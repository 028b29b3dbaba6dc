//! Fields of people that a sync was given.

use rollcall::{
    model::{attributes::Value, capabilities::Updatable},
    plan::change::FieldChange,
};

use super::*;

const WITH_RIGHTS: &[&str] = &["User.ReadWrite.All", "GroupMember.ReadWrite.All"];

fn given(list: &str, fields: &[&str]) -> WantedList {
    WantedList {
        given: fields.iter().map(|field| (*field).to_owned()).collect(),
        ..wanted(list)
    }
}

fn to(field: &str, value: Option<&str>) -> Action {
    Action::Update(vec![FieldChange {
        field: field.to_owned(),
        before: None,
        after: value.and_then(Value::text),
    }])
}

/// Writes one field of these members of the group, as they were read.
async fn update(
    connection: &EntraConnection,
    field: &str,
    value: Option<&str>,
    numbers: std::ops::Range<usize>,
) -> Vec<Outcome> {
    let list = given(EVERYONE, &["mobilePhone", "jobTitle", "businessPhones"]);
    let reading = connection
        .reader(&list)
        .unwrap()
        .read(&Unwatched)
        .await
        .unwrap();
    let ids: Vec<String> = numbers.map(User::numbered_id).collect();
    let is_meant = |member: &Member| {
        let id = member.id.as_ref().unwrap();
        ids.iter().any(|meant| meant == id.as_str())
    };
    let members: Vec<Member> = reading.members.into_iter().filter(is_meant).collect();
    assert_eq!(members.len(), ids.len());
    let mut writer = connection.writer(&list, Some(EVERYONE)).unwrap();
    writer
        .write(&changes(&to(field, value), members), &Unwatched)
        .await
}

#[tokio::test]
async fn fields_are_written_twenty_at_a_time_and_emptied() {
    let scenario = members_of_everyone(50).with_permissions(WITH_RIGHTS);
    let (sandbox, connection) = open(scenario).await;
    let off = read(&connection, EVERYONE).await.unwrap();
    assert_eq!(off.capabilities.updatable, Updatable::Nothing);
    let list = given(EVERYONE, &["mobilePhone"]);
    let on = connection
        .reader(&list)
        .unwrap()
        .read(&Unwatched)
        .await
        .unwrap();
    assert_eq!(
        on.capabilities.updatable,
        Updatable::Fields(vec!["mobilePhone".to_owned()])
    );
    assert_eq!(on.capabilities.read_only, None);

    sandbox.clear_log();
    let outcomes = update(&connection, "mobilePhone", Some("+61491570006"), 0..50).await;
    assert_eq!(tally(&outcomes), one("applied", 50));
    assert_eq!(
        sandbox.counters().requests,
        4,
        "one batch to read, three to write"
    );
    let users = sandbox.snapshot().users;
    assert!(
        users
            .iter()
            .all(|user| user.mobile_phone.as_deref() == Some("+61491570006"))
    );
    let outcomes = update(&connection, "mobilePhone", None, 0..2).await;
    assert_eq!(tally(&outcomes), one("applied", 2));
    let outcomes = update(&connection, "businessPhones", Some("+61255500000"), 1..2).await;
    assert_eq!(tally(&outcomes), one("applied", 1));
    let ben = &sandbox.snapshot().users[1];
    assert_eq!((&ben.mobile_phone, ben.business_phones.len()), (&None, 1));
}

#[tokio::test]
async fn who_may_not_be_changed_is_told_and_the_rest_goes_on() {
    let mut scenario = members_of_everyone(30).with_permissions(WITH_RIGHTS);
    scenario.users[3].on_premises_sync_enabled = Some(true);
    scenario.users[4].on_premises_sync_enabled = Some(false);
    scenario.users[5].is_admin = true;
    scenario.users[6].user_type = Some("Guest".to_owned());
    let (sandbox, connection) = open(scenario).await;
    let outcomes = update(&connection, "mobilePhone", Some("+61491570006"), 0..30).await;
    let expected = [
        ("applied", 28),
        ("refused admin-protected", 1),
        ("refused locked", 1),
    ];
    assert_eq!(
        tally(&outcomes),
        expected.map(|(word, count)| (word.to_owned(), count))
    );
    let synced = format!("/users/{}", User::numbered_id(3));
    let log = serde_json::to_string(&sandbox.log()).unwrap();
    assert!(
        !log.contains(&synced),
        "it was known before and not asked for"
    );
    let outcomes = update(&connection, "jobTitle", Some("Chief"), 5..6).await;
    assert_eq!(
        tally(&outcomes),
        one("applied", 1),
        "an administrator's title is not protected"
    );

    // Somebody whose mastery changed after they were read is refused by Graph.
    let list = given(EVERYONE, &["jobTitle"]);
    let mut writer = connection.writer(&list, Some(EVERYONE)).unwrap();
    let change = changes(&to("jobTitle", Some("Chief")), people(3..4));
    let outcomes = writer.write(&change, &Unwatched).await;
    assert_eq!(tally(&outcomes), one("refused synced-from-on-premises", 1));
}

#[tokio::test]
async fn without_the_permission_nobody_is_changed() {
    let (sandbox, connection) = open(members_of_everyone(50)).await;
    let outcomes = update(&connection, "jobTitle", Some("Chief"), 0..50).await;
    assert_eq!(tally(&outcomes), one("refused permission-missing", 50));
    let Outcome::Refused(problem) = &outcomes[49] else {
        panic!("{:?}", outcomes[49]);
    };
    assert!(
        problem
            .help
            .as_ref()
            .unwrap()
            .contains("`User.ReadWrite.All`")
    );
    assert!(
        sandbox
            .snapshot()
            .users
            .iter()
            .all(|user| user.job_title.is_none())
    );
}

#[tokio::test]
async fn updates_come_through_every_passing_trouble() {
    let scenario = members_of_everyone(45).with_permissions(WITH_RIGHTS);
    let (sandbox, connection) = open(scenario).await;
    for (round, effect) in [
        Effect::Throttle {
            retry_after_seconds: Some(0.02),
        },
        Effect::Conflict,
        Effect::ServerError,
        Effect::GatewayTimeoutAfter,
        Effect::ExpireTokens,
        Effect::DropBefore,
        Effect::DropAfter,
    ]
    .into_iter()
    .enumerate()
    {
        for (method, path) in [("PATCH", "/users/"), ("POST", "$batch")] {
            if method == "PATCH" && matches!(effect, Effect::DropBefore | Effect::DropAfter) {
                continue;
            }
            let title = format!("Title {round} {method}");
            // The first batch is the reading.
            let after = if method == "POST" { 2 } else { 1 };
            sandbox.inject(Fault::new(effect.clone()).on(method, path).after(after));
            let outcomes = update(&connection, "jobTitle", Some(&title), 0..45).await;
            assert_eq!(tally(&outcomes), one("applied", 45), "{effect:?} {path}");
            let users = sandbox.snapshot().users;
            assert!(
                users
                    .iter()
                    .all(|user| user.job_title.as_ref() == Some(&title))
            );
            sandbox.clear_faults();
        }
    }
    let long = Effect::Throttle {
        retry_after_seconds: Some(600.0),
    };
    sandbox.inject(Fault::new(long).on("PATCH", "/users/"));
    let list = given(EVERYONE, &["jobTitle"]);
    let mut writer = connection.writer(&list, Some(EVERYONE)).unwrap();
    let change = changes(&to("jobTitle", Some("x")), people(0..1));
    assert_eq!(
        tally(&writer.write(&change, &Unwatched).await),
        one("failed throttled", 1)
    );
    assert_eq!(writer.asked_to_wait(), Some(Duration::from_secs(600)));
}

#[tokio::test]
async fn the_directory_itself_takes_fields_and_nobody() {
    let scenario = Scenario::with_people(3).with_permissions(WITH_RIGHTS);
    let (sandbox, connection) = open(scenario).await;
    let list = given("", &["jobTitle"]);
    let reading = connection
        .reader(&list)
        .unwrap()
        .read(&Unwatched)
        .await
        .unwrap();
    assert_eq!(reading.capabilities.read_only, None);
    assert!(reading.capabilities.keeps.is_some());
    let mut writer = connection.writer(&list, None).unwrap();
    let change = changes(&to("jobTitle", Some("Chief")), reading.members);
    assert_eq!(
        tally(&writer.write(&change, &Unwatched).await),
        one("applied", 3)
    );
    let outcomes = writer
        .write(&changes(&Action::Remove, people(0..3)), &Unwatched)
        .await;
    assert_eq!(tally(&outcomes), one("refused not-a-list", 3));
    assert_eq!(sandbox.counters().users_deleted, 0);
    assert_eq!(sandbox.snapshot().users.len(), 3);
}
