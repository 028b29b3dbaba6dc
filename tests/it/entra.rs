//! The Entra ID connector against the stand-in for Microsoft Graph.

mod directory;
mod fields;
mod guests;
pub(crate) mod handing_over;
mod lost_invitations;

use std::time::Duration;

use rollcall::{
    connectors::{
        entra::{EntraConnection, Settings, connect},
        http::Patience,
        ports::{
            ConnectionTest, ConnectorError, ErrorKind, Invitation, ListReader, ListWriter,
            Unwatched, WantedList,
        },
    },
    model::{
        address::Address,
        list::{GroupKind, ListRef, Side},
        member::{Kind, Member},
        reading::Reading,
    },
    plan::{
        change::{Action, Change, Reason, Seen},
        outcome::Outcome,
    },
    sandbox::{
        self, Effect, Fault, Sandbox, Scenario,
        scenario::{Contact, Device, Group, Quota, ReplicationLag, User},
    },
};
use serde_json::json;

const EVERYONE: &str = Scenario::EVERYONE;

/// People who are members of the group "Everyone" already.
fn members_of_everyone(count: usize) -> Scenario {
    let mut scenario = Scenario::with_people(count);
    scenario.groups[0].members = (0..count).map(User::numbered_id).collect();
    scenario
}

async fn open(scenario: Scenario) -> (Sandbox, EntraConnection) {
    open_with_pages_of(999, scenario).await
}

async fn open_with_pages_of(size: u16, scenario: Scenario) -> (Sandbox, EntraConnection) {
    let settings = json!({
        "tenantId": scenario.tenant_id, "clientId": scenario.client_id, "clientSecretVariable": "SECRET",
    });
    let secret = scenario.client_secret.clone();
    let sandbox = sandbox::start(scenario, 0).await.unwrap();
    let mut settings: Settings = serde_json::from_value(settings).unwrap();
    settings.page_size = size;
    settings.graph_url = Some(sandbox.url().to_owned());
    settings.login_url = Some(sandbox.url().to_owned());
    let patience = Patience {
        first_wait: Duration::from_millis(5),
        longest_wait: Duration::from_millis(40),
        total_wait: Duration::from_millis(600),
    };
    let connection = connect(&settings, &|_| Some(secret.clone()), patience).unwrap();
    (sandbox, connection)
}

fn wanted(list: &str) -> WantedList {
    WantedList {
        create: Some(GroupKind::Security),
        invitation: Some(Invitation {
            redirect_url: "https://myapps.microsoft.com".to_owned(),
            send_message: false,
        }),
        ..WantedList::of(ListRef {
            connection: "entra-id".to_owned(),
            list: list.to_owned(),
        })
    }
}

async fn read(connection: &EntraConnection, list: &str) -> Result<Reading, ConnectorError> {
    connection.reader(&wanted(list))?.read(&Unwatched).await
}

async fn write(
    connection: &EntraConnection,
    group: &str,
    action: Action,
    members: Vec<Member>,
) -> Vec<Outcome> {
    let mut writer = connection.writer(&wanted("a list"), Some(group)).unwrap();
    let mut outcomes = Vec::new();
    for chunk in changes(&action, members).chunks(400) {
        outcomes.extend(writer.write(chunk, &Unwatched).await);
    }
    outcomes
}

fn changes(action: &Action, members: Vec<Member>) -> Vec<Change> {
    let change = |member| Change {
        side: Side::Target,
        action: action.clone(),
        member,
        reason: Reason::OnSource,
        seen: Seen::default(),
    };
    members.into_iter().map(change).collect()
}

fn with_id(id: &str) -> Member {
    Member {
        id: Some(id.into()),
        ..Member::default()
    }
}

fn people(numbers: std::ops::Range<usize>) -> Vec<Member> {
    numbers
        .map(|number| with_id(&User::numbered_id(number)))
        .collect()
}

/// How often each outcome came: `[("applied", 3)]`.
fn tally(outcomes: &[Outcome]) -> Vec<(String, usize)> {
    let mut tally = std::collections::BTreeMap::new();
    for outcome in outcomes {
        let word = match outcome {
            Outcome::Applied => "applied".to_owned(),
            Outcome::AlreadySo => "already so".to_owned(),
            Outcome::HandedOver { .. } => "handed over".to_owned(),
            Outcome::Refused(problem) => format!("refused {}", problem.code),
            Outcome::Failed(problem) => format!("failed {}", problem.code),
        };
        *tally.entry(word).or_insert(0) += 1;
    }
    tally.into_iter().collect()
}

fn one(word: &str, count: usize) -> Vec<(String, usize)> {
    vec![(word.to_owned(), count)]
}

#[tokio::test]
async fn ten_thousand_members_cost_close_to_the_least_possible() {
    let (sandbox, connection) = open(members_of_everyone(10_000)).await;
    let reading = read(&connection, EVERYONE).await.unwrap();
    assert_eq!(reading.members.len(), 10_000);
    assert!(reading.is_whole(), "{:?}", reading.doubts);
    let counters = sandbox.counters();
    assert_eq!(
        (counters.requests, counters.token_requests),
        (11, 1),
        "11 pages, the first in a batch"
    );

    sandbox.clear_log();
    let outcomes = write(&connection, EVERYONE, Action::Remove, people(0..10_000)).await;
    assert_eq!(tally(&outcomes), one("applied", 10_000));
    assert_eq!(sandbox.counters().requests, 500);
    assert_eq!(sandbox.members_of(EVERYONE).len(), 0);

    sandbox.clear_log();
    let outcomes = write(&connection, EVERYONE, Action::Add, people(0..10_000)).await;
    assert_eq!(tally(&outcomes), one("applied", 10_000));
    assert_eq!(
        sandbox.counters().requests,
        26,
        "25 batches, and one more while the pace grows"
    );
    assert_eq!(sandbox.counters().writes, 500);
    assert_eq!(sandbox.members_of(EVERYONE).len(), 10_000);
    assert_eq!(sandbox.counters().users_deleted, 0);
}

#[tokio::test]
async fn the_whole_directory_is_a_list_that_cannot_be_written() {
    let (sandbox, connection) = open(Scenario::with_people(1_200)).await;
    let reading = read(&connection, "").await.unwrap();
    assert_eq!((reading.members.len(), reading.is_whole()), (1_200, true));
    assert!(
        reading
            .capabilities
            .read_only
            .unwrap()
            .contains("directory itself")
    );
    assert_eq!(sandbox.counters().requests, 2);
    let directory = connection
        .reader(&wanted(EVERYONE))
        .unwrap()
        .directory(&Unwatched)
        .await
        .unwrap();
    assert_eq!(directory.people.len(), 1_200);
    assert_eq!(directory.own_domains, ["contoso.example"]);
}

#[tokio::test]
async fn groups_are_found_by_name_and_members_told_by_kind() {
    let mut scenario = members_of_everyone(3);
    let id = |number: usize| format!("00000000-0000-4000-8000-00000000b{number:03}");
    scenario.devices.push(Device {
        id: id(1),
        display_name: Some("Laptop".to_owned()),
    });
    scenario.contacts.push(Contact {
        id: id(2),
        mail: Some("c@partner.example".to_owned()),
        ..Contact::default()
    });
    scenario.users.push(User {
        id: id(5),
        user_principal_name: "nested@contoso.example".to_owned(),
        ..User::default()
    });
    scenario.groups.push(Group {
        id: id(3),
        display_name: "o'neil+x#".to_owned(),
        members: vec![id(5)],
        ..Group::default()
    });
    scenario.groups.push(Group {
        id: id(4),
        display_name: "Twice".to_owned(),
        ..Group::default()
    });
    scenario.groups.push(Group {
        id: id(6),
        display_name: "Twice".to_owned(),
        ..Group::default()
    });
    scenario.groups[0].members.extend([id(1), id(2), id(3)]);
    let scenario = scenario.with_permissions(&[
        "User.Read.All",
        "GroupMember.ReadWrite.All",
        "OrgContact.Read.All",
        "Device.Read.All",
    ]);
    let (_sandbox, connection) = open(scenario).await;

    let reading = read(&connection, "Everyone").await.unwrap();
    assert_eq!(reading.list_id.as_deref(), Some(EVERYONE));
    let mut kinds: Vec<Kind> = reading
        .members
        .iter()
        .map(|member| member.kind.clone())
        .collect();
    kinds.sort();
    let other = |of_type: &str| Kind::Other(of_type.to_owned());
    assert_eq!(
        kinds[3..],
        [other("device"), other("group"), other("orgContact")]
    );
    assert!(reading.is_whole(), "{:?}", reading.doubts);

    let flat = WantedList {
        flatten: true,
        ..wanted(EVERYONE)
    };
    let reading = connection
        .reader(&flat)
        .unwrap()
        .read(&Unwatched)
        .await
        .unwrap();
    assert!(
        reading
            .members
            .iter()
            .any(|member| member.label() == "nested@contoso.example")
    );
    assert!(reading.is_whole(), "{:?}", reading.doubts);

    assert_eq!(
        read(&connection, "o'neil+x#").await.unwrap().members.len(),
        1
    );
    assert_eq!(
        read(&connection, "Twice").await.unwrap_err().kind,
        ErrorKind::Ambiguous
    );
    assert!(!read(&connection, "Nobody").await.unwrap().exists);
    assert_eq!(
        read(&connection, &id(9)).await.unwrap_err().kind,
        ErrorKind::NotFound
    );
}

#[tokio::test]
async fn pages_that_are_short_empty_or_late_change_nothing() {
    let (sandbox, connection) = open_with_pages_of(100, members_of_everyone(250)).await;
    for effect in [
        Effect::EmptyPage,
        Effect::ShortPage { size: 7 },
        Effect::Throttle {
            retry_after_seconds: Some(0.01),
        },
        Effect::Throttle {
            retry_after_seconds: None,
        },
        Effect::Unavailable {
            retry_after_seconds: None,
        },
        Effect::BadGateway,
        Effect::ServerError,
        Effect::DropBefore,
        Effect::DropAfter,
        Effect::ExpireTokens,
        Effect::ExpirePageTokens,
    ] {
        for after in [0, 1] {
            sandbox.inject(
                Fault::new(effect.clone())
                    .on("GET", "/members?")
                    .after(after),
            );
            let reading = read(&connection, EVERYONE).await.unwrap();
            assert_eq!(reading.members.len(), 250, "{effect:?}");
            assert!(reading.is_whole(), "{effect:?} {:?}", reading.doubts);
            sandbox.clear_faults();
        }
    }
}

#[tokio::test]
async fn what_breaks_a_listing_leaves_no_reading() {
    let (sandbox, connection) = open_with_pages_of(100, members_of_everyone(250)).await;
    let foreign = Effect::ForeignNextLink {
        origin: "https://graph.attacker.example".to_owned(),
    };
    let denied = Effect::Error {
        status: 403,
        code: "Authorization_RequestDenied".to_owned(),
        message: "no".to_owned(),
    };
    for (effect, times, kind) in [
        (foreign, 1, ErrorKind::BadData),
        (Effect::CyclingNextLink, 100, ErrorKind::BadData),
        (Effect::NotJson, 1, ErrorKind::BadData),
        (denied, 1, ErrorKind::Denied),
        (Effect::ServerError, 1_000, ErrorKind::Unavailable(None)),
    ] {
        sandbox.inject(
            Fault::new(effect.clone())
                .on("GET", "/members?")
                .after(1)
                .times(times),
        );
        let error = read(&connection, EVERYONE).await.unwrap_err();
        assert_eq!(error.kind, kind, "{effect:?} {error}");
        sandbox.clear_faults();
    }
}

#[tokio::test]
async fn a_listing_that_hides_something_is_doubted() {
    let (sandbox, connection) = open(members_of_everyone(1_500)).await;
    for (effect, words) in [
        (Effect::TruncatedListing { size: 10 }, "counts 1500 members"),
        (Effect::HiddenMembership, "counts 1500 members, 0 were read"),
        (Effect::PartialObjects, "User.Read.All"),
    ] {
        sandbox.inject(Fault::new(effect.clone()).on("GET", "/members?"));
        let reading = read(&connection, EVERYONE).await.unwrap();
        assert!(
            reading.doubts.iter().any(|doubt| doubt.contains(words)),
            "{effect:?} {:?}",
            reading.doubts
        );
    }

    let mut hidden = members_of_everyone(5);
    hidden.groups[0].visibility = Some("HiddenMembership".to_owned());
    let (_sandbox, connection) = open(hidden).await;
    assert!(!read(&connection, EVERYONE).await.unwrap().is_whole());

    let blind = members_of_everyone(5).with_permissions(&["GroupMember.ReadWrite.All"]);
    let (_sandbox, connection) = open(blind).await;
    let reading = read(&connection, EVERYONE).await.unwrap();
    assert!(
        reading
            .members
            .iter()
            .all(|member| member.kind == Kind::Unreadable)
    );
    assert!(reading.doubts[0].contains("User.Read.All"));
}

#[tokio::test]
async fn writes_come_through_every_passing_trouble() {
    let (sandbox, connection) = open(Scenario::with_people(300)).await;
    for effect in [
        Effect::Throttle {
            retry_after_seconds: Some(0.02),
        },
        Effect::Conflict,
        Effect::Unavailable {
            retry_after_seconds: None,
        },
        Effect::BadGateway,
        Effect::NotJson,
        Effect::GatewayTimeoutAfter,
        Effect::ExpireTokens,
    ] {
        for (path, times) in [("/groups/", 3), ("$batch", 1)] {
            for (action, method, left) in
                [(Action::Add, "PATCH", 300), (Action::Remove, "DELETE", 0)]
            {
                let method = if path == "$batch" { "POST" } else { method };
                sandbox.inject(Fault::new(effect.clone()).on(method, path).times(times));
                let outcomes = write(&connection, EVERYONE, action.clone(), people(0..300)).await;
                assert!(
                    outcomes.iter().all(Outcome::is_done),
                    "{effect:?} {path} {:?}",
                    tally(&outcomes)
                );
                assert_eq!(
                    sandbox.members_of(EVERYONE).len(),
                    left,
                    "{effect:?} {path}"
                );
                sandbox.clear_faults();
            }
        }
    }
    for effect in [Effect::DropBefore, Effect::DropAfter] {
        for (action, left) in [(Action::Add, 300), (Action::Remove, 0)] {
            sandbox.inject(Fault::new(effect.clone()).on("POST", "$batch").after(1));
            let outcomes = write(&connection, EVERYONE, action, people(0..300)).await;
            assert!(
                outcomes.iter().all(Outcome::is_done),
                "{effect:?} {:?}",
                tally(&outcomes)
            );
            assert_eq!(sandbox.members_of(EVERYONE).len(), left);
        }
    }
}

#[tokio::test]
async fn the_write_quota_is_kept_to() {
    let mut scenario = Scenario::with_people(200);
    scenario.quota = Quota {
        enabled: true,
        // 400 a second: a machine with much else to do reaches it too.
        writes_per150s: 30,
        clock_speed: 2_000.0,
        ..Quota::default()
    };
    let (sandbox, connection) = open(scenario).await;
    let outcomes = write(&connection, EVERYONE, Action::Add, people(0..200)).await;
    assert_eq!(tally(&outcomes), one("applied", 200));
    let outcomes = write(&connection, EVERYONE, Action::Remove, people(0..200)).await;
    assert_eq!(tally(&outcomes), one("applied", 200));
    assert!(
        sandbox.counters().throttled > 0,
        "the quota was never reached"
    );
}

#[tokio::test]
async fn nobody_is_lost_among_the_refused() {
    let mut scenario = Scenario::with_people(60);
    scenario.guest_policy.guests_in_m365_groups = false;
    scenario.groups[0].group_types = vec!["Unified".to_owned()];
    scenario.groups[0].mail_enabled = true;
    scenario.groups[0].members = vec![User::numbered_id(4), User::numbered_id(41)];
    scenario.users[7].user_type = Some("Guest".to_owned());
    let (sandbox, connection) = open(scenario).await;
    let mut members = people(0..60);
    members[30] = with_id("00000000-0000-4000-8000-00000000dead");
    let outcomes = write(&connection, EVERYONE, Action::Add, members.clone()).await;
    let expected = [
        ("already so", 2),
        ("applied", 56),
        ("refused guest-refused", 1),
        ("refused not-found", 1),
    ];
    assert_eq!(
        tally(&outcomes),
        expected.map(|(word, count)| (word.to_owned(), count))
    );
    assert_eq!(sandbox.members_of(EVERYONE).len(), 58);

    let outcomes = write(&connection, EVERYONE, Action::Remove, members).await;
    assert_eq!(
        outcomes.iter().filter(|outcome| outcome.is_done()).count(),
        60
    );
    assert_eq!(sandbox.members_of(EVERYONE).len(), 0);
}

#[tokio::test]
async fn every_unwritable_kind_is_told_before_and_refused_after() {
    let kinds: [fn(&mut Group); 6] = [
        |group| {
            group.group_types = vec!["DynamicMembership".to_owned()];
            group.membership_rule = Some("user.department -eq \"Sales\"".to_owned());
        },
        |group| group.on_premises_sync_enabled = Some(true),
        |group| group.mail_enabled = true,
        |group| {
            group.mail_enabled = true;
            group.security_enabled = false;
        },
        |group| group.is_assignable_to_role = Some(true),
        |group| group.is_management_restricted = Some(true),
    ];
    for (number, make) in kinds.into_iter().enumerate() {
        let mut scenario = Scenario::with_people(30);
        make(&mut scenario.groups[0]);
        let (_sandbox, connection) = open(scenario).await;
        let reading = read(&connection, EVERYONE).await.unwrap();
        assert!(reading.capabilities.read_only.is_some(), "{number}");
        let outcomes = write(&connection, EVERYONE, Action::Add, people(0..30)).await;
        assert!(
            outcomes
                .iter()
                .all(|outcome| matches!(outcome, Outcome::Refused(_))),
            "{number} {:?}",
            tally(&outcomes)
        );
    }
}

#[tokio::test]
async fn a_group_or_permission_that_goes_away_ends_the_work() {
    let (sandbox, connection) = open(Scenario::with_people(300)).await;
    let revoke = Effect::RevokePermission {
        permission: "GroupMember.ReadWrite.All".to_owned(),
    };
    sandbox.inject(Fault::new(revoke).on("PATCH", "/groups/").after(5));
    let outcomes = write(&connection, EVERYONE, Action::Add, people(0..300)).await;
    assert_eq!(
        tally(&outcomes),
        [
            ("applied".to_owned(), 100),
            ("refused permission-missing".to_owned(), 200)
        ]
    );

    let (sandbox, connection) = open(members_of_everyone(50)).await;
    sandbox.edit(|scenario| scenario.groups.clear());
    for action in [Action::Add, Action::Remove] {
        let outcomes = write(&connection, EVERYONE, action, people(0..50)).await;
        assert_eq!(tally(&outcomes), one("refused list-gone", 50));
    }
}

#[tokio::test]
async fn a_list_is_created_filled_and_found_again() {
    for kind in [GroupKind::Security, GroupKind::Microsoft365] {
        let mut scenario =
            Scenario::with_people(40).with_permissions(&["User.Read.All", "Group.ReadWrite.All"]);
        scenario.replication_lag_ms = ReplicationLag {
            directory: 30,
            delta: 0,
        };
        let (sandbox, connection) = open(scenario).await;
        sandbox.inject(Fault::new(Effect::DropAfter).on("PATCH", "uniqueName"));
        let wanted = WantedList {
            create: Some(kind),
            ..wanted("Night shift (Süd)")
        };
        let reading = connection
            .reader(&wanted)
            .unwrap()
            .read(&Unwatched)
            .await
            .unwrap();
        assert!(!reading.exists);
        let mut writer = connection.writer(&wanted, None).unwrap();
        let id = writer.create_list().await.unwrap().unwrap();
        let outcomes = writer
            .write(&changes(&Action::Add, people(0..40)), &Unwatched)
            .await;
        assert_eq!(tally(&outcomes), one("applied", 40), "{kind:?}");
        assert_eq!(sandbox.members_of(&id).len(), 40);
        let mut again = connection.writer(&wanted, None).unwrap();
        assert_eq!(again.create_list().await.unwrap(), Some(id));
    }
    let (_sandbox, connection) = open(Scenario::with_people(1)).await;
    let error = connection
        .writer(&wanted("New"), None)
        .unwrap()
        .create_list()
        .await
        .unwrap_err();
    assert_eq!(error.kind, ErrorKind::Denied);
}

#[tokio::test]
async fn guests_are_invited_once() {
    let mut scenario = Scenario::with_people(3).with_permissions(&[
        "User.Read.All",
        "GroupMember.ReadWrite.All",
        "User.Invite.All",
    ]);
    scenario.guest_policy.blocked_domains = vec!["blocked.example".to_owned()];
    scenario.users[2]
        .proxy_addresses
        .push("smtp:jo+alias@contoso.example".to_owned());
    let (sandbox, connection) = open(scenario).await;
    let guests = || -> Vec<Member> {
        [
            "joe@partner.example",
            "no@blocked.example",
            "jo+alias@contoso.example",
        ]
        .iter()
        .map(|address| Member::with_address(Address::parse(address).unwrap()))
        .collect()
    };
    sandbox.inject(
        Fault::new(Effect::Throttle {
            retry_after_seconds: Some(0.01),
        })
        .on("POST", "/invitations"),
    );
    let outcomes = write(&connection, EVERYONE, Action::Invite, guests()).await;
    let first = [("applied", 2), ("refused invitation-refused", 1)];
    assert_eq!(
        tally(&outcomes),
        first.map(|(word, count)| (word.to_owned(), count))
    );
    assert_eq!(sandbox.members_of(EVERYONE).len(), 2);
    let outcomes = write(&connection, EVERYONE, Action::Invite, guests()).await;
    let second = [("already so", 2), ("refused invitation-refused", 1)];
    assert_eq!(
        tally(&outcomes),
        second.map(|(word, count)| (word.to_owned(), count))
    );
    assert_eq!(sandbox.snapshot().users.len(), 4);
}

#[tokio::test]
async fn a_wait_that_is_too_long_is_told_and_not_slept_through() {
    let (sandbox, connection) = open(Scenario::with_people(3).with_permissions(&[
        "User.Read.All",
        "GroupMember.ReadWrite.All",
        "User.Invite.All",
    ]))
    .await;
    for (action, member, path) in [
        (
            Action::Add,
            with_id(&User::numbered_id(1)),
            "PATCH /groups/",
        ),
        (
            Action::Invite,
            Member::with_address(Address::parse("jo@partner.example").unwrap()),
            "POST /invitations",
        ),
    ] {
        let mut writer = connection
            .writer(&wanted("a list"), Some(EVERYONE))
            .unwrap();
        let (method, path) = path.split_once(' ').unwrap();
        let long = Effect::Throttle {
            retry_after_seconds: Some(600.0),
        };
        sandbox.inject(Fault::new(long).on(method, path));
        let change = changes(&action, vec![member]);
        let outcomes = writer.write(&change, &Unwatched).await;
        assert!(!outcomes[0].is_done(), "{outcomes:?}");
        assert_eq!(writer.asked_to_wait(), Some(Duration::from_secs(600)));
        // Once it answers again, nothing is asked for any more.
        let outcomes = writer.write(&change, &Unwatched).await;
        assert_eq!(tally(&outcomes), one("applied", 1));
        assert_eq!(writer.asked_to_wait(), None);
    }
}

#[tokio::test]
async fn a_connection_test_finds_the_gap() {
    let (_sandbox, connection) = open(Scenario::with_people(2)).await;
    let lines = connection.test().await;
    assert!(lines.iter().all(|line| line.result.is_ok()), "{lines:?}");

    let mut scenario = Scenario::with_people(2).with_permissions(&["User.ReadBasic.All"]);
    let (_sandbox, connection) = open(scenario.clone()).await;
    let lines = connection.test().await;
    let failed: Vec<&str> = lines
        .iter()
        .filter(|line| line.result.is_err())
        .map(|line| line.what.as_str())
        .collect();
    assert_eq!(failed, ["read people", "read groups"], "{lines:?}");

    let right = scenario.client_secret.clone();
    scenario.client_secret = "another".to_owned();
    let (sandbox, _) = open(scenario.clone()).await;
    let settings: Settings = serde_json::from_value(json!({
        "tenantId": scenario.tenant_id, "clientId": scenario.client_id, "clientSecretVariable": "SECRET",
        "graphUrl": sandbox.url(), "loginUrl": sandbox.url(),
    }))
    .unwrap();
    let wrong = connect(&settings, &|_| Some(right.clone()), Patience::default()).unwrap();
    let lines = wrong.test().await;
    assert_eq!(lines.len(), 1);
    let error = lines[0].result.as_ref().unwrap_err();
    assert_eq!(error.kind, ErrorKind::SignIn);
    assert!(!format!("{error:?}").contains(&right));
}
