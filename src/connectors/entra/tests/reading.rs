use super::*;
use crate::{
    connectors::ports::{ConnectionTest, ErrorKind, ListReader, Unwatched},
    model::member::Kind,
};

const GROUP_PATH: &str = "/groups/00000000-0000-4000-8000-000000009001";

/// A group of 5 people on pages of 2, 0 and 3.
fn healthy(origin: String) -> impl Fn(&Asked, usize) -> Reply + Send + Sync {
    move |asked, _| {
        let path = &asked.url;
        let link = |page: usize| format!("{origin}/v1.0{GROUP_PATH}/members?$skiptoken={page}");
        if path.starts_with(&format!("{GROUP_PATH}?")) {
            Reply::Json(
                200,
                json!({"id": GROUP, "securityEnabled": true, "unknownProperty": {}}),
            )
        } else if path.ends_with("/members/$count") {
            Reply::Text(200, "\u{feff}5")
        } else if path.contains("skiptoken=2") {
            Reply::Json(200, json!({"value": [], "@odata.nextLink": link(3)}))
        } else if path.contains("skiptoken=3") {
            Reply::Json(
                200,
                json!({"value": [person(3), person(1), person(4), person(5)]}),
            )
        } else if path.contains("/members?") {
            Reply::Json(
                200,
                json!({"value": [person(2), person(1)], "@odata.nextLink": link(2)}),
            )
        } else {
            Reply::Usual
        }
    }
}

/// The healthy group, except for what `other` answers.
async fn except(other: impl Fn(&Asked, usize) -> Option<Reply> + Send + Sync + 'static) -> StandIn {
    let origin = Arc::new(Mutex::new(String::new()));
    let known = Arc::clone(&origin);
    let stand_in = StandIn::start(move |asked, before| {
        other(asked, before)
            .unwrap_or_else(|| healthy(known.lock().unwrap().clone())(asked, before))
    })
    .await;
    origin.lock().unwrap().clone_from(&stand_in.origin);
    stand_in
}

async fn read(
    stand_in: &StandIn,
) -> Result<crate::model::reading::Reading, crate::connectors::ports::ConnectorError> {
    stand_in
        .connection()
        .reader(&wanted(GROUP))
        .unwrap()
        .read(&Unwatched)
        .await
}

#[tokio::test]
async fn a_group_is_read_with_its_first_page_in_one_round_trip() {
    let stand_in = except(|_, _| None).await;
    let reading = read(&stand_in).await.unwrap();
    assert_eq!(
        reading.members.len(),
        5,
        "the one who came twice counts once"
    );
    assert_eq!(reading.list_id.as_deref(), Some(GROUP));
    assert!(reading.is_whole() && reading.exists);
    assert_eq!(reading.capabilities.read_only, None);
    assert_eq!(stand_in.asked("/$batch").len(), 1);
    assert_eq!(
        stand_in.asked("skiptoken").len(),
        2,
        "only the two further pages travel alone"
    );
    let page = &stand_in.asked("skiptoken=2")[0];
    assert!(uuid::Uuid::parse_str(page.headers["client-request-id"].to_str().unwrap()).is_ok());
    assert_eq!(page.headers["authorization"], "Bearer token-1");
    assert_eq!(page.headers["accept-encoding"], "gzip");
}

#[tokio::test]
async fn passing_troubles_are_waited_out() {
    let stand_in = except(|asked, before| match asked.url.as_str() {
        url if url.ends_with("/$batch") && before == 0 => {
            Some(Reply::Text(502, "<html>Bad gateway</html>"))
        }
        url if url.ends_with("/members/$count") && before == 0 => {
            Some(Reply::With(429, "Retry-After", "0.003", json!({})))
        }
        url if url.contains("skiptoken=2") && before == 0 => Some(Reply::HangUp),
        url if url.contains("skiptoken=3") && before < 2 => Some(Reply::Empty(503)),
        _ => None,
    })
    .await;
    let reading = read(&stand_in).await.unwrap();
    assert_eq!(reading.members.len(), 5);
    assert!(reading.is_whole());
    assert_eq!(
        stand_in.asked("/members?$top").len(),
        1,
        "only the throttled item was repeated"
    );
}

#[tokio::test]
async fn a_page_that_fails_for_good_leaves_no_reading() {
    let stand_in = except(|asked, _| {
        asked
            .url
            .contains("skiptoken=3")
            .then_some(Reply::Empty(503))
    })
    .await;
    let error = read(&stand_in).await.unwrap_err();
    assert!(matches!(error.kind, ErrorKind::Unavailable(_)), "{error}");

    let stand_in = except(|asked, _| asked.url.contains("skiptoken=3").then(error_denied)).await;
    let error = read(&stand_in).await.unwrap_err();
    assert_eq!(error.kind, ErrorKind::Denied);
    assert!(error.message.contains("page 3"), "{error}");
    assert!(error.help.unwrap().contains("GroupMember.Read.All"));
}

fn error_denied() -> Reply {
    error(
        403,
        "Authorization_RequestDenied",
        "Insufficient privileges to complete the operation.",
    )
}

#[tokio::test]
async fn links_are_followed_home_only_and_never_in_circles() {
    for (next, words) in [
        (
            "https://graph.attacker.example/v1.0/x",
            "leads to `https://graph.attacker.example`",
        ),
        ("//evil.example/x", "leads to"),
        ("not a link", "not a URL"),
    ] {
        let stand_in = except(move |asked, _| {
            asked
                .url
                .contains("skiptoken=2")
                .then(|| Reply::Json(200, json!({"value": [], "@odata.nextLink": next})))
        })
        .await;
        let error = read(&stand_in).await.unwrap_err();
        assert_eq!(error.kind, ErrorKind::BadData);
        assert!(error.message.contains(words), "{error}");
    }
    let stand_in = except(|asked, _| {
        let host = asked
            .headers
            .get("host")
            .map(|host| host.to_str().unwrap().to_owned());
        let back = format!(
            "http://{}{GROUP_PATH}/members?$skiptoken=2",
            host.unwrap_or_default() + "/v1.0"
        );
        asked
            .url
            .contains("skiptoken=2")
            .then(|| Reply::Json(200, json!({"value": [], "@odata.nextLink": back})))
    })
    .await;
    assert!(
        read(&stand_in)
            .await
            .unwrap_err()
            .message
            .contains("circles")
    );
}

#[tokio::test]
async fn an_expired_page_token_restarts_the_listing_once() {
    let expired = || {
        error(
            400,
            "Directory_ExpiredPageToken",
            "The specified page token value has expired.",
        )
    };
    let stand_in = except(move |asked, before| {
        (asked.url.contains("skiptoken=3") && before == 0).then(expired)
    })
    .await;
    assert_eq!(read(&stand_in).await.unwrap().members.len(), 5);
    let stand_in = except(move |asked, _| asked.url.contains("skiptoken=3").then(expired)).await;
    assert!(read(&stand_in).await.is_err());
}

#[tokio::test]
async fn refused_big_pages_become_small_ones() {
    let stand_in = except(|asked, _| {
        asked.url.contains("$top=999").then(|| {
            error(
                400,
                "Request_BadRequest",
                "Cannot query data for more than 120 users at a time",
            )
        })
    })
    .await;
    assert_eq!(read(&stand_in).await.unwrap().members.len(), 5);
    assert_eq!(stand_in.asked("$top=100&").len(), 1);
}

#[tokio::test]
async fn what_may_be_missing_is_doubted() {
    let stand_in = except(|asked, _| {
        asked
            .url
            .ends_with("/$count")
            .then(|| Reply::Json(200, json!(7)))
    })
    .await;
    assert_eq!(
        read(&stand_in).await.unwrap().doubts,
        ["the group counts 7 members, 5 were read"]
    );

    let stand_in = except(|asked, _| asked.url.ends_with("/$count").then(error_denied)).await;
    assert!(
        read(&stand_in).await.unwrap().is_whole(),
        "a group that is not counted can be read whole"
    );

    let stand_in = except(|asked, _| {
        asked.url.contains("skiptoken=2").then(|| {
            let hidden = json!({"@odata.type": "#microsoft.graph.user", "id": id(3), "mail": null, "userPrincipalName": null});
            Reply::Json(200, json!({"value": [hidden, person(6), person(7), person(8)]}))
        })
    })
    .await;
    let reading = read(&stand_in).await.unwrap();
    assert_eq!(reading.doubts.len(), 1, "{:?}", reading.doubts);
    assert!(reading.doubts[0].contains("User.Read.All"));
    assert!(
        reading
            .members
            .iter()
            .any(|member| member.kind == Kind::Unreadable)
    );

    let stand_in = except(|asked, _| match asked.url.as_str() {
        url if url.ends_with("/$count") => Some(Reply::Text(200, "0")),
        url if url.contains("/members?") => Some(Reply::Json(200, json!({"value": []}))),
        url if url.starts_with(GROUP_PATH) => Some(Reply::Json(
            200,
            json!({"id": GROUP, "visibility": "HiddenMembership"}),
        )),
        _ => None,
    })
    .await;
    assert!(read(&stand_in).await.unwrap().doubts[0].contains("Member.Read.Hidden"));
}

#[tokio::test]
async fn names_are_looked_up_and_never_guessed() {
    let named = |count: usize| {
        except(move |asked, _| {
            asked.url.starts_with("/groups?$filter=").then(|| {
                let groups: Vec<Value> = (0..count)
                    .map(|n| json!({"id": if n == 0 { GROUP.into() } else { id(n) }}))
                    .collect();
                Reply::Json(200, json!({"value": groups}))
            })
        })
    };
    let name = wanted("o'neil+x#");
    let one = named(1).await;
    let reading = one
        .connection()
        .reader(&name)
        .unwrap()
        .read(&Unwatched)
        .await
        .unwrap();
    assert_eq!(reading.list_id.as_deref(), Some(GROUP));
    assert!(
        one.asked("displayName%20eq%20%27o%27%27neil%2Bx%23%27")
            .len()
            == 1
    );
    assert_eq!(one.asked("/$batch").len(), 1);

    let none = named(0).await.connection();
    let reading = none.reader(&name).unwrap().read(&Unwatched).await.unwrap();
    assert!(!reading.exists && reading.members.is_empty());
    let fixed = WantedList {
        create: None,
        ..name.clone()
    };
    assert_eq!(
        none.reader(&fixed)
            .unwrap()
            .read(&Unwatched)
            .await
            .unwrap_err()
            .kind,
        ErrorKind::NotFound
    );

    let two = named(2).await.connection();
    let error = two
        .reader(&name)
        .unwrap()
        .read(&Unwatched)
        .await
        .unwrap_err();
    assert_eq!(error.kind, ErrorKind::Ambiguous);
    assert!(error.message.contains(GROUP) && error.message.contains(&id(1)));
}

#[tokio::test]
async fn a_connection_is_tried_out_piece_by_piece() {
    let stand_in = StandIn::start(|asked, _| match asked.url.as_str() {
        url if url.starts_with("/organization") => error_denied(),
        url if url.starts_with("/users?$top=1&") => Reply::Json(
            200,
            json!({"value": [{"id": id(1), "mail": null, "userPrincipalName": null}]}),
        ),
        url if url.starts_with("/groups?$top=1&") => {
            Reply::Json(200, json!({"value": [{"id": GROUP}]}))
        }
        url if url.starts_with("/contacts") => error_denied(),
        _ => Reply::Usual,
    })
    .await;
    let lines = stand_in.connection().test().await;
    let told: Vec<(&str, bool)> = lines
        .iter()
        .map(|line| (line.what.as_str(), line.result.is_ok()))
        .collect();
    assert_eq!(
        told,
        [
            ("sign in", true),
            ("read people", false),
            ("read groups", true),
            ("read contacts", true),
            ("change people", true),
        ]
    );
    assert!(
        stand_in
            .asked("")
            .iter()
            .all(|asked| asked.method != "PATCH")
    );
    let permissions = ["OrgContact.Read.All", "User.ReadWrite.All"];
    for (line, permission) in lines[3..].iter().zip(permissions) {
        assert!(
            line.result.as_ref().unwrap().contains(permission),
            "{line:?}"
        );
    }
    let gap = lines[1].result.as_ref().unwrap_err();
    assert!(gap.help.as_ref().unwrap().contains("User.Read.All"));
}

#[tokio::test]
async fn a_directory_that_shows_fewer_people_than_it_counts_is_in_doubt() {
    for (count, people, doubts) in [
        (Some(1), 1, &[][..]),
        // The index that counts lags behind.
        (Some(0), 1, &[]),
        (None, 1, &[]),
        (Some(3), 1, &["the directory counts 3 members, 1 were read"]),
        (Some(3), 0, &["the directory counts 3 members, 0 were read"]),
        (None, 0, &["the directory shows nobody"]),
    ] {
        let stand_in = StandIn::start(move |asked, _| match &*asked.url {
            url if url.ends_with("/users/$count") => match count {
                Some(count) => Reply::Json(200, json!(count)),
                None => Reply::Empty(404),
            },
            url if url.starts_with("/users?") => {
                let people: Vec<_> = (0..people).map(person).collect();
                Reply::Json(200, json!({ "value": people }))
            }
            _ => Reply::Usual,
        })
        .await;
        let reader = stand_in.connection().reader(&wanted("")).unwrap();
        let directory = reader.directory(&Unwatched).await.unwrap();
        assert_eq!(directory.people.len(), people);
        assert_eq!(directory.doubts, doubts);
        assert_eq!(stand_in.asked("/$batch").len(), 1);
    }
}
