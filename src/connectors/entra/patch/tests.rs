use serde_json::json;

use super::*;
use crate::{
    model::{list::Side, member::Member},
    plan::change::{Reason, Seen},
};

const ID: &str = "00000000-0000-4000-8000-000000000100";

fn change(fields: &[(&str, Option<Value>)], attributes: &[(&str, Value)]) -> Change {
    let fields = fields.iter().map(|(field, after)| FieldChange {
        field: (*field).to_owned(),
        before: None,
        after: after.clone(),
    });
    let attributes = attributes.iter().cloned();
    Change {
        side: Side::Target,
        action: Action::Update(fields.collect()),
        member: Member {
            id: Some(ID.into()),
            attributes: attributes
                .map(|(name, value)| (name.to_owned(), value))
                .collect(),
            ..Member::default()
        },
        reason: Reason::FieldsDiffer,
        seen: Seen::default(),
    }
}

fn given() -> Vec<String> {
    ["mobilePhone", "businessPhones", "jobTitle", "displayName"]
        .map(str::to_owned)
        .to_vec()
}

fn text(text: &str) -> Option<Value> {
    Some(Value::Text(text.to_owned()))
}

fn code(outcome: &Outcome) -> &str {
    match outcome {
        Outcome::Refused(problem) => &problem.code,
        other => panic!("{other:?}"),
    }
}

#[test]
fn fields_are_written_as_graph_keeps_them() {
    let fields = [
        ("mobilePhone", text("+61491570006")),
        ("jobTitle", None),
        ("businessPhones", text("+61255500000")),
    ];
    let written = patch(&change(&fields, &[]), &given()).unwrap();
    assert_eq!(written.id, ID);
    assert_eq!(
        written.body,
        json!({"mobilePhone": "+61491570006", "jobTitle": null, "businessPhones": ["+61255500000"]})
    );
    assert!(written.is_protected);
    let emptied = patch(&change(&[("businessPhones", None)], &[]), &given()).unwrap();
    assert_eq!(emptied.body, json!({"businessPhones": []}));
    let title = patch(&change(&[("jobTitle", text("Chief"))], &[]), &given()).unwrap();
    assert!(!title.is_protected);
}

#[test]
fn what_may_not_be_written_is_refused_before_it_is_sent() {
    let title = [("jobTitle", text("Chief"))];
    let contact = ("objectType", Value::Text("contact".to_owned()));
    let mut locked = change(&title, &[]);
    let why = "this person is synchronised from on-premises".to_owned();
    locked.member.locked.insert("*".to_owned(), why);
    for (change, wanted) in [
        (change(&[("department", text("x"))], &[]), "not-updatable"),
        (change(&[("displayName", None)], &[]), "never-empty"),
        (locked, "locked"),
        (change(&title, &[contact]), "not-a-person"),
    ] {
        assert_eq!(code(&patch(&change, &given()).unwrap_err()), wanted);
    }
    assert!(patch(&change(&title, &[]), &given()).is_ok());
}

#[test]
fn only_a_confirmed_answer_is_a_success() {
    let answer = |status, code: &str, message: &str| Answer {
        status,
        retry_after: None,
        body: if code.is_empty() {
            json!(message)
        } else {
            json!({"error": {"code": code, "message": message}})
        },
    };
    assert_eq!(judge(&answer(204, "", "")), Verdict::Done);
    for (status, code) in [(200, ""), (429, "x"), (503, ""), (504, ""), (409, "x")] {
        let verdict = judge(&answer(status, code, ""));
        assert!(
            matches!(verdict, Verdict::Again(..)),
            "{status} {verdict:?}"
        );
    }
    let on_premises =
        "Unable to update the specified properties for on-premises mastered Directory Sync objects";
    for (status, error, message, wanted) in [
        (404, "Request_ResourceNotFound", "x", "not-found"),
        (
            400,
            "Request_BadRequest",
            on_premises,
            "synced-from-on-premises",
        ),
        (400, "Request_BadRequest", "Invalid value", "refused"),
    ] {
        match judge(&answer(status, error, message)) {
            Verdict::One(outcome) => assert_eq!(code(&outcome), wanted),
            other => panic!("{status} {other:?}"),
        }
    }
    let strange = judge(&answer(404, "", "<html>"));
    assert!(
        matches!(strange, Verdict::Request(Outcome::Failed(_))),
        "{strange:?}"
    );
    assert!(is_denied(&answer(403, "Authorization_RequestDenied", "")));
    assert!(!is_denied(&answer(403, "", "<html>")));
}
