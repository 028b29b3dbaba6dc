use super::*;
use crate::{
    connectors::ports::{ErrorKind, Everyone, ListReader, Unwatched},
    model::{attributes::Value as Known, member::Kind},
};

fn everyone(reads: &[&str]) -> WantedList {
    WantedList {
        reads: reads.iter().map(|name| (*name).to_owned()).collect(),
        ..wanted("")
    }
}

fn one_page(people: &[Value]) -> Reply {
    Reply::Json(200, json!({"value": people}))
}

#[tokio::test]
async fn an_attribute_that_graph_does_not_know_is_a_fault_of_the_settings() {
    let stand_in = StandIn::start(|asked, _| match asked.url.as_str() {
        url if url.starts_with("/users?") => error(
            400,
            "BadRequest",
            "Could not find a property named 'departmint' on type 'microsoft.graph.user'.",
        ),
        _ => Reply::Usual,
    })
    .await;
    let reader = stand_in
        .connection()
        .reader(&everyone(&["departmint"]))
        .unwrap();
    let failed = reader.read(&Unwatched).await.unwrap_err();
    assert_eq!(failed.kind, ErrorKind::Settings);
    assert!(failed.message.contains("`departmint`"), "{failed}");
    assert!(
        failed.to_string().ends_with("did you mean `department`?"),
        "{failed}"
    );
    assert_eq!(
        stand_in.asked("/users?").len(),
        1,
        "it is not asked for again on smaller pages"
    );

    let spelled = stand_in.connection().reader(&everyone(&["Department"]));
    assert_eq!(spelled.err().unwrap().kind, ErrorKind::Settings);
}

#[tokio::test]
async fn managers_that_are_not_shown_make_an_organisation_doubtful() {
    let stand_in = StandIn::start(|asked, _| match asked.url.as_str() {
        "/users/$count" => Reply::Text(200, "2"),
        url if url.starts_with("/users?") => one_page(&[person(1), person(2)]),
        _ => Reply::Usual,
    })
    .await;
    let mut under = everyone(&[]);
    under.everyone.under = Some(id(1));
    let reader = stand_in.connection().reader(&under).unwrap();
    let reading = reader.read(&Unwatched).await.unwrap();
    assert_eq!(reading.members.len(), 1);
    assert!(
        reading.doubts[0].contains("shown with a manager"),
        "{:?}",
        reading.doubts
    );
    let asked = stand_in.asked("/users?");
    assert!(
        asked[0].url.contains("$expand=manager("),
        "{}",
        asked[0].url
    );
    assert!(!asked[0].url.contains("$filter"), "{}", asked[0].url);
}

#[tokio::test]
async fn contacts_and_groups_do_not_report_to_anybody() {
    let stand_in = StandIn::start(|_, _| Reply::Usual).await;
    for (contacts, mail_groups) in [(true, false), (false, true)] {
        let mut both = everyone(&[]);
        both.everyone = Everyone {
            under: Some(id(1)),
            contacts,
            mail_groups,
        };
        let refused = stand_in.connection().reader(&both).err().unwrap();
        assert_eq!(refused.kind, ErrorKind::Settings);
    }
    for list in [(Some(id(1)), false), (None, true)] {
        let mut of_group = wanted(GROUP);
        (of_group.everyone.under, of_group.everyone.mail_groups) = list;
        let refused = stand_in.connection().reader(&of_group).err().unwrap();
        assert_eq!(refused.kind, ErrorKind::Settings);
    }
    assert!(stand_in.asked("").is_empty());
}

/// Members of several types come without managers, so that they are read beside.
#[tokio::test]
async fn members_of_a_group_are_told_their_managers() {
    let path = format!("/groups/{GROUP}");
    let stand_in = StandIn::start(move |asked, _| match asked.url.as_str() {
        url if url.starts_with(&format!("{path}?")) => {
            Reply::Json(200, json!({"id": GROUP, "securityEnabled": true}))
        }
        url if url.ends_with("/members/$count") => Reply::Text(200, "2"),
        url if url.contains("/members?") => one_page(&[person(1), person(2)]),
        url if url.starts_with("/users?") => {
            let mut ben = person(2);
            ben["manager"] = json!({"id": id(1), "mail": "P1@acme.org"});
            one_page(&[person(1), ben, person(3)])
        }
        _ => Reply::Usual,
    })
    .await;
    let members = WantedList {
        reads: vec!["manager".to_owned()],
        ..wanted(GROUP)
    };
    let reader = stand_in.connection().reader(&members).unwrap();
    let reading = reader.read(&Unwatched).await.unwrap();
    assert!(reading.is_whole(), "{:?}", reading.doubts);
    let managers: Vec<Option<&Known>> = reading
        .members
        .iter()
        .map(|member| member.attributes.get("manager"))
        .collect();
    let boss = Known::Text("p1@acme.org".to_owned());
    assert_eq!(managers, [None, Some(&boss)]);
    assert!(!stand_in.asked("/members?")[0].url.contains("$expand"));

    let plain = stand_in.connection().reader(&wanted(GROUP)).unwrap();
    plain.read(&Unwatched).await.unwrap();
    assert_eq!(
        stand_in.asked("/users?").len(),
        1,
        "only where managers are looked at"
    );
}

#[tokio::test]
async fn a_list_of_contacts_that_is_cut_short_is_doubted() {
    let stand_in = StandIn::start(|asked, _| match asked.url.as_str() {
        "/users/$count" => Reply::Text(200, "1"),
        url if url.starts_with("/users?") => one_page(&[person(1)]),
        url if url.contains("$count=true") => {
            Reply::Json(200, json!({"@odata.count": 3, "value": []}))
        }
        url if url.starts_with("/contacts?") => {
            one_page(&[json!({"id": id(50), "mail": "desk@partner.example"})])
        }
        url if url.starts_with("/groups?") => {
            one_page(&[json!({"id": id(60), "mail": "all@acme.org"})])
        }
        _ => Reply::Usual,
    })
    .await;
    let mut all = everyone(&[]);
    all.everyone.contacts = true;
    all.everyone.mail_groups = true;
    let reader = stand_in.connection().reader(&all).unwrap();
    let reading = reader.read(&Unwatched).await.unwrap();
    assert_eq!(reading.members.len(), 3);
    assert!(
        reading
            .members
            .iter()
            .all(|member| member.kind == Kind::Person)
    );
    assert_eq!(
        reading.doubts,
        [
            "the list of contacts counts 3 members, 1 were read",
            "the list of groups with an address counts 3 members, 1 were read"
        ]
    );
}
