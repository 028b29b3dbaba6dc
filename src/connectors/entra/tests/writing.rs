use std::collections::BTreeSet;

use super::*;
use crate::connectors::ports::{ConnectorError, ListWriter, Unwatched};

const EXISTS: &str = "One or more added object references already exist for the following modified properties: 'members'.";
const ABSENT: &str = "One or more removed object references do not exist for the following modified properties: 'members'.";

/// A group as Graph keeps it: additions are all or nothing.
#[derive(Default)]
struct Members(Mutex<BTreeSet<String>>);

impl Members {
    fn of(numbers: impl IntoIterator<Item = usize>) -> Arc<Self> {
        Arc::new(Self(Mutex::new(numbers.into_iter().map(id).collect())))
    }

    fn write(&self, asked: &Asked) -> Reply {
        let mut members = self.0.lock().unwrap();
        if asked.method == "PATCH" {
            let added = added(asked);
            if let Some(missing) = added.iter().find(|id| id.contains("-9999")) {
                return error(
                    404,
                    "Request_ResourceNotFound",
                    &format!(
                        "Resource '{missing}' does not exist or one of its queried reference-property objects are not present."
                    ),
                );
            }
            if added.iter().any(|id| id.contains("-7777")) {
                return error(
                    403,
                    "Authorization_RequestDenied",
                    "Guests users are not allowed to join this Unified Group due to policy setting.",
                );
            }
            if added.iter().any(|id| members.contains(id)) {
                return error(400, "Request_BadRequest", EXISTS);
            }
            members.extend(added);
            Reply::Empty(204)
        } else if asked.method == "DELETE" {
            assert!(
                asked.url.ends_with("/$ref"),
                "this would delete a person: {}",
                asked.url
            );
            let member = asked
                .url
                .trim_end_matches("/$ref")
                .rsplit('/')
                .next()
                .unwrap()
                .to_owned();
            if members.remove(&member) {
                Reply::Empty(204)
            } else {
                error(400, "Request_BadRequest", ABSENT)
            }
        } else {
            Reply::Usual
        }
    }

    fn len(&self) -> usize {
        self.0.lock().unwrap().len()
    }
}

fn added(asked: &Asked) -> Vec<String> {
    let references = asked.body["members@odata.bind"].as_array().unwrap();
    assert!(references.len() <= 20);
    references
        .iter()
        .map(|reference| {
            reference
                .as_str()
                .unwrap()
                .rsplit('/')
                .next()
                .unwrap()
                .to_owned()
        })
        .collect()
}

async fn write(stand_in: &StandIn, action: Action, members: Vec<Member>) -> Vec<Outcome> {
    let mut writer = stand_in
        .connection()
        .writer(&wanted("a list"), Some(GROUP))
        .unwrap();
    writer.write(&changes(&action, members), &Unwatched).await
}

fn count(outcomes: &[Outcome], wanted: &str) -> usize {
    outcomes
        .iter()
        .filter(|outcome| word(outcome) == wanted)
        .count()
}

#[tokio::test]
async fn additions_travel_in_twenties_and_batches_grow() {
    let group = Members::of([]);
    let kept = Arc::clone(&group);
    let stand_in = StandIn::start(move |asked, _| kept.write(asked)).await;
    let outcomes = write(&stand_in, Action::Add, people(0..400)).await;
    assert_eq!(count(&outcomes, "applied"), 400);
    assert_eq!(group.len(), 400);
    let sizes: Vec<usize> = stand_in
        .asked("/$batch")
        .iter()
        .map(|batch| batch.body["requests"].as_array().unwrap().len())
        .collect();
    assert_eq!(sizes, [5, 15]);
    let reference = &stand_in.asked(&format!("/groups/{GROUP}"))[0].body["members@odata.bind"][0];
    assert_eq!(
        *reference,
        json!(format!(
            "{}/v1.0/directoryObjects/{}",
            stand_in.origin,
            id(0)
        ))
    );
}

#[tokio::test]
async fn a_refused_request_is_taken_apart_until_each_has_its_outcome() {
    let group = Members::of([3, 17]);
    let kept = Arc::clone(&group);
    let stand_in = StandIn::start(move |asked, _| kept.write(asked)).await;
    let mut members = people(0..20);
    members[5].id = Some("00000000-0000-4000-9999-000000000005".into());
    members[9].id = Some("00000000-0000-4000-7777-000000000009".into());
    members[11].id = None;
    members[12].id = Some("me".into());
    members.push(members[0].clone());
    let outcomes = write(&stand_in, Action::Add, members).await;
    let told: Vec<String> = outcomes.iter().map(word).collect();
    for (at, told) in told.iter().enumerate() {
        let expected = match at {
            3 | 17 => "already so",
            5 => "refused not-found",
            9 => "refused guest-refused",
            11 | 12 => "refused no-object-id",
            _ => "applied",
        };
        assert_eq!(told, expected, "{at}");
    }
    assert_eq!(group.len(), 16);
}

#[tokio::test]
async fn a_throttled_item_is_the_same_request_again_after_the_longest_wait() {
    let group = Members::of([]);
    let kept = Arc::clone(&group);
    let stand_in = StandIn::start(move |asked, before| {
        let first_of = |number: usize| asked.method == "PATCH" && added(asked)[0] == id(number);
        match before {
            0 if first_of(20) => Reply::With(429, "retry-after", "0.02", json!({})),
            0 if first_of(40) => error(409, "Directory_ConcurrencyViolation", "busy"),
            0 if first_of(60) => error(503, "ServiceUnavailable", "away"),
            _ => kept.write(asked),
        }
    })
    .await;
    let started = std::time::Instant::now();
    let outcomes = write(&stand_in, Action::Add, people(0..100)).await;
    assert!(started.elapsed() >= Duration::from_millis(20));
    assert_eq!(count(&outcomes, "applied"), 100);
    let patches = stand_in.asked(&format!("/groups/{GROUP}"));
    assert_eq!(patches.len(), 5 + 3);
    assert!(
        patches.iter().all(|patch| added(patch).len() == 20),
        "throttled requests are not taken apart"
    );
}

#[tokio::test]
async fn a_lost_answer_is_settled_by_repeating() {
    for lost in [
        Reply::HangUp,
        Reply::Empty(504),
        Reply::Text(200, "<html>portal</html>"),
        Reply::Silent,
    ] {
        let group = Members::of([]);
        let (kept, reply) = (Arc::clone(&group), lost.clone());
        let stand_in = StandIn::start(move |asked, before| {
            let is_first = |asked: &Asked| {
                let first = &asked.body["requests"][0]["body"]["members@odata.bind"];
                before == 0
                    && first
                        .as_array()
                        .is_some_and(|references| references.len() == 20)
            };
            if asked.url.ends_with("/$batch") && is_first(asked) {
                // It was done all the same.
                for item in asked.body["requests"].as_array().unwrap() {
                    let item = Asked {
                        method: "PATCH".into(),
                        body: item["body"].clone(),
                        ..asked.clone()
                    };
                    kept.write(&item);
                }
                return reply.clone();
            }
            kept.write(asked)
        })
        .await;
        let outcomes = write(&stand_in, Action::Add, people(0..40)).await;
        assert_eq!(count(&outcomes, "already so"), 40, "{lost:?}");
        assert_eq!(group.len(), 40);
        assert!(stand_in.asked("/$batch").len() <= 4, "{lost:?}");
    }
}

#[tokio::test]
async fn nothing_is_called_a_success_when_patience_ends() {
    for (reply, told) in [
        (
            Reply::With(429, "Retry-After", "1", json!({})),
            "failed throttled",
        ),
        (Reply::Empty(503), "failed unavailable"),
        (Reply::Text(502, "<html></html>"), "failed unavailable"),
        (Reply::HangUp, "failed unavailable"),
        (
            Reply::Json(200, json!({"fine": true})),
            "failed unavailable",
        ),
    ] {
        let stand_in = StandIn::start(move |asked, _| {
            if asked.url.contains("oauth2") {
                Reply::Usual
            } else {
                reply.clone()
            }
        })
        .await;
        let outcomes = write(&stand_in, Action::Add, people(0..200)).await;
        assert!(
            outcomes.iter().any(|outcome| word(outcome) == told),
            "{told}: {:?}",
            outcomes[0]
        );
        assert_eq!(
            count(&outcomes, told) + count(&outcomes, "failed not-tried"),
            200,
            "{told}"
        );
        assert!(stand_in.asked("/").len() < 100);
    }
}

#[tokio::test]
async fn removals_go_by_link_and_absent_is_already_so() {
    let group = Members::of(0..50);
    let kept = Arc::clone(&group);
    let stand_in = StandIn::start(move |asked, _| kept.write(asked)).await;
    let mut members = people(10..61);
    members[0].kind = crate::model::member::Kind::Other("group".into());
    let outcomes = write(&stand_in, Action::Remove, members).await;
    assert_eq!(word(&outcomes[0]), "refused not-a-person");
    assert_eq!(count(&outcomes, "applied"), 39);
    assert_eq!(count(&outcomes, "already so"), 11);
    assert_eq!(group.len(), 11);
    assert_eq!(stand_in.asked("/$batch").len(), 3);
}

#[tokio::test]
async fn what_holds_for_the_list_ends_the_work() {
    for (reply, told) in [
        (
            error(
                403,
                "Authorization_RequestDenied",
                "Insufficient privileges to complete the operation.",
            ),
            "refused permission-missing",
        ),
        (
            error(
                404,
                "Request_ResourceNotFound",
                &format!("Resource '{GROUP}' does not exist."),
            ),
            "refused list-gone",
        ),
        (
            error(
                400,
                "Request_BadRequest",
                "Cannot Update a mail-enabled security groups and or distribution list.",
            ),
            "refused list-not-writable",
        ),
    ] {
        let stand_in = StandIn::start(move |asked, _| {
            if asked.method == "PATCH" {
                reply.clone()
            } else {
                Reply::Usual
            }
        })
        .await;
        let outcomes = write(&stand_in, Action::Add, people(0..400)).await;
        assert_eq!(count(&outcomes, told), 400, "{told}");
        assert_eq!(stand_in.asked("/$batch").len(), 1);
    }
}

#[tokio::test]
async fn a_group_is_created_once_and_given_time_to_appear() {
    let group = Members::of([]);
    let kept = Arc::clone(&group);
    let stand_in = StandIn::start(move |asked, before| match asked.method.as_str() {
        "PATCH" if asked.url.contains("uniqueName") => match before {
            0 if asked.body["mailNickname"] == "night-shift" => error(
                400,
                "Request_BadRequest",
                "Another object with the same value for property mailNickname already exists.",
            ),
            0 => Reply::HangUp,
            _ => Reply::Empty(204),
        },
        "GET" if asked.url.contains("uniqueName") && before == 0 => Reply::Usual,
        "GET" if asked.url.contains("uniqueName") => Reply::Json(200, json!({"id": GROUP})),
        "PATCH" if before == 0 => error(
            404,
            "Request_ResourceNotFound",
            &format!("Resource '{GROUP}' does not exist."),
        ),
        "PATCH" if before == 1 => error(
            400,
            "Request_BadRequest",
            "The source resource object or one of the objects being referenced don't exist.",
        ),
        _ => kept.write(asked),
    })
    .await;
    let mut writer = stand_in
        .connection()
        .writer(&wanted("Night shift"), None)
        .unwrap();
    let early = writer
        .write(&changes(&Action::Add, people([1])), &Unwatched)
        .await;
    assert_eq!(word(&early[0]), "failed not-tried");
    assert_eq!(writer.create_list().await.unwrap().as_deref(), Some(GROUP));
    assert_eq!(writer.create_list().await.unwrap().as_deref(), Some(GROUP));
    let create = &stand_in.asked("uniqueName")[0];
    assert_eq!(create.headers["prefer"], "create-if-missing");
    assert!(
        create
            .url
            .starts_with("/groups(uniqueName='rollcall-night-shift-"),
        "{}",
        create.url
    );
    let outcomes = writer
        .write(&changes(&Action::Add, people(0..3)), &Unwatched)
        .await;
    assert_eq!(count(&outcomes, "applied"), 3);
}

fn guest(name: &str) -> Member {
    Member::with_address(
        crate::model::address::Address::parse(&format!("{name}@partner.example")).unwrap(),
    )
}

#[tokio::test]
async fn guests_are_looked_up_invited_and_added() {
    let group = Members::of([2]);
    let kept = Arc::clone(&group);
    let stand_in = StandIn::start(move |asked, before| {
        let about = |name: &str| {
            asked.url.contains(&format!("{name}%40partner"))
                || asked.body["invitedUserEmailAddress"] == format!("{name}@partner.example")
        };
        let users = |ids: &[usize]| {
            Reply::Json(
                200,
                json!({"value": ids.iter().map(|&n| json!({"id": id(n)})).collect::<Vec<_>>()}),
            )
        };
        let found = asked.url.contains("/users?$filter=");
        let welcome = |id: String| {
            Reply::Json(
                201,
                json!({"invitedUser": {"id": id}, "status": "PendingAcceptance"}),
            )
        };
        if found && about("known") {
            users(&[2])
        } else if found && about("twins") {
            users(&[3, 4])
        } else if found && about("lost") && before > 0 {
            users(&[6])
        } else if found {
            users(&[])
        } else if about("new") && before == 0 {
            Reply::Empty(429)
        } else if about("new") {
            welcome(id(5))
        } else if about("slow") {
            welcome("00000000-0000-4000-9999-000000000007".into())
        } else if about("lost") || about("gone") {
            Reply::Empty(504)
        } else if about("blocked") {
            error(400, "BadRequest", "The domain of the user is blocked.")
        } else {
            kept.write(asked)
        }
    })
    .await;
    let mut members: Vec<Member> = ["known", "twins", "new", "slow", "lost", "gone", "blocked"]
        .map(guest)
        .into();
    members.push(Member::default());
    let outcomes = write(&stand_in, Action::Invite, members).await;
    let told: Vec<String> = outcomes.iter().map(word).collect();
    assert_eq!(
        told,
        [
            "already so",
            "refused ambiguous",
            "applied",
            "failed invited",
            "applied",
            "failed unconfirmed",
            "refused invitation-refused",
            "refused no-address"
        ]
    );
    let invitations = stand_in.asked("/invitations");
    let to = |name: &str| {
        invitations
            .iter()
            .filter(|asked| {
                asked.body["invitedUserEmailAddress"] == format!("{name}@partner.example")
            })
            .count()
    };
    assert_eq!(
        (to("known"), to("twins"), to("new"), to("lost"), to("gone")),
        (0, 0, 2, 1, 1),
        "no second mail after a lost answer"
    );
}

#[tokio::test]
async fn settings_decide_what_a_writer_can_address() {
    let connection = StandIn::start(|_, _| Reply::Usual).await.connection();
    let refused = |list: &str, id: Option<&str>| -> ConnectorError {
        connection.writer(&wanted(list), id).err().unwrap()
    };
    assert!(refused("", None).message.contains("the directory itself"));
    assert!(
        refused("x", Some("users/me"))
            .message
            .contains("not the object id")
    );
}
