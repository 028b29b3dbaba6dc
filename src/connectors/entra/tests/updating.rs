use super::*;
use crate::{
    connectors::ports::{ErrorKind, ListWriter, Unwatched},
    model::attributes::Value as Known,
    plan::change::FieldChange,
};

/// A writer's list that was given these fields.
fn given(list: &str, fields: &[&str]) -> WantedList {
    WantedList {
        given: fields.iter().map(|field| (*field).to_owned()).collect(),
        ..wanted(list)
    }
}

fn to(field: &str, value: &str) -> Action {
    Action::Update(vec![FieldChange {
        field: field.to_owned(),
        before: None,
        after: Known::text(value),
    }])
}

async fn update(stand_in: &StandIn, field: &str, numbers: std::ops::Range<usize>) -> Vec<String> {
    let list = given(GROUP, &[field]);
    let mut writer = stand_in.connection().writer(&list, Some(GROUP)).unwrap();
    let changes = changes(&to(field, "+61491570006"), people(numbers));
    let outcomes = writer.write(&changes, &Unwatched).await;
    outcomes.iter().map(word).collect()
}

fn denied() -> Reply {
    error(
        403,
        "Authorization_RequestDenied",
        "Insufficient privileges to complete the operation.",
    )
}

#[tokio::test]
async fn a_lost_answer_is_settled_by_the_same_request_again() {
    let stand_in = StandIn::start(|asked, before| match asked.method.as_str() {
        "POST" if asked.url.ends_with("/$batch") && before == 0 => Reply::HangUp,
        "PATCH" if asked.url.ends_with(&id(3)) && before == 0 => {
            Reply::With(429, "Retry-After", "0.003", json!({}))
        }
        "PATCH" if asked.url.ends_with(&id(4)) && before == 0 => Reply::Text(200, "<html>"),
        "PATCH" => Reply::Empty(204),
        _ => Reply::Usual,
    })
    .await;
    assert_eq!(
        update(&stand_in, "mobilePhone", 0..30).await,
        ["applied"; 30]
    );
    let patches: Vec<Asked> = stand_in
        .asked("/users/")
        .into_iter()
        .filter(|asked| asked.method == "PATCH")
        .collect();
    assert_eq!(patches.len(), 32, "30, and two again");
    assert!(
        patches
            .iter()
            .all(|asked| asked.body == json!({"mobilePhone": "+61491570006"}))
    );
}

#[tokio::test]
async fn an_answer_that_never_comes_is_no_success() {
    let stand_in = StandIn::start(|asked, _| match asked.method.as_str() {
        "PATCH" => Reply::Empty(503),
        _ => Reply::Usual,
    })
    .await;
    assert_eq!(
        update(&stand_in, "jobTitle", 0..2).await,
        ["failed unavailable"; 2]
    );
}

#[tokio::test]
async fn a_missing_permission_ends_the_work_and_a_protected_person_does_not() {
    let stand_in = StandIn::start(|asked, _| match asked.method.as_str() {
        "PATCH" => denied(),
        _ => Reply::Usual,
    })
    .await;
    let outcomes = update(&stand_in, "mobilePhone", 0..90).await;
    assert_eq!(outcomes, ["refused permission-missing"; 90]);
    assert!(
        stand_in.asked("/users/").len() <= 20,
        "nobody was asked for twice"
    );
    assert_eq!(
        update(&stand_in, "mobilePhone", 0..1).await,
        ["refused admin-protected"]
    );
    assert_eq!(
        update(&stand_in, "jobTitle", 0..1).await,
        ["refused permission-missing"]
    );

    let stand_in = StandIn::start(|asked, _| match asked.method.as_str() {
        "PATCH" if asked.url.ends_with(&id(2)) || asked.url.ends_with(&id(41)) => denied(),
        "PATCH" => Reply::Empty(204),
        _ => Reply::Usual,
    })
    .await;
    for (field, refusal) in [
        ("businessPhones", "refused admin-protected"),
        ("city", "refused not-allowed"),
    ] {
        let outcomes = update(&stand_in, field, 0..50).await;
        let refused: Vec<usize> = (0..50).filter(|&at| outcomes[at] == refusal).collect();
        assert_eq!(refused, [2, 41]);
        assert_eq!(
            outcomes.iter().filter(|word| *word == "applied").count(),
            48
        );
    }
}

#[tokio::test]
async fn nothing_is_written_that_was_not_given() {
    let stand_in = StandIn::start(|_, _| Reply::Empty(204)).await;
    let connection = stand_in.connection();
    let change = changes(&to("city", "Perth"), people(0..1));
    for (fields, list) in [
        (vec![], GROUP),
        (vec!["jobTitle"], GROUP),
        (vec!["jobTitle"], ""),
    ] {
        let mut writer = connection.writer(&given(list, &fields), None).unwrap();
        let outcomes = writer.write(&change, &Unwatched).await;
        assert_eq!(word(&outcomes[0]), "refused not-updatable");
    }
    let mut writer = connection.writer(&given("", &["city"]), None).unwrap();
    for action in [Action::Add, Action::Remove, Action::Invite] {
        let outcomes = writer
            .write(&changes(&action, people(0..1)), &Unwatched)
            .await;
        assert_eq!(word(&outcomes[0]), "refused not-a-list");
    }
    assert!(writer.create_list().await.is_err());
    assert!(stand_in.asked("").is_empty());
    assert_eq!(
        connection.writer(&wanted(""), None).err().unwrap().kind,
        ErrorKind::Settings
    );
    let refused = connection
        .reader(&given("", &["userPrincipalName"]))
        .err()
        .unwrap();
    assert_eq!(refused.kind, ErrorKind::Settings);
}
