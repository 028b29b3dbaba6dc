//! The recorded scenes that the connector can play, and every recorded answer read by it.

use rollcall::{
    connectors::{
        http::Patience,
        mailroute::{MailRouteConnection, Settings, connect},
        ports::{Connector, ErrorKind, Unwatched, WantedList},
    },
    model::{
        address::Address,
        attributes::Value as Attribute,
        list::{ListRef, Side},
        member::Member,
        reading::Reading,
    },
    plan::{
        change::{Action, Change, FieldChange, Reason, Seen},
        outcome::Outcome,
    },
};
use serde_json::{Value, json};

use super::{
    recording::{Interaction, is_of, scene, scenes},
    replay::{Replay, also, page},
};

fn connection(replay: &Replay) -> MailRouteConnection {
    let settings: Settings = serde_json::from_value(json!({
        "url": replay.url, "loginVariable": "LOGIN", "apiKeyVariable": "KEY", "deleteAccounts": true,
        "deleteAliases": true,
    }))
    .unwrap();
    connect(
        &settings,
        &|name| Some(name.to_lowercase()),
        Patience::default(),
    )
    .unwrap()
}

fn wanted(list: &str) -> WantedList {
    WantedList::of(ListRef {
        connection: "mailroute".to_owned(),
        list: list.to_owned(),
    })
}

async fn read(replay: &Replay, list: &str) -> Reading {
    let reader = connection(replay).reader(&wanted(list)).unwrap();
    reader.read(&Unwatched).await.unwrap()
}

async fn write(replay: &Replay, list: &str, action: Action, member: Member) -> Outcome {
    let change = Change {
        side: Side::Target,
        action,
        member,
        reason: Reason::OnSource,
        seen: Seen::default(),
    };
    let mut writer = connection(replay).writer(&wanted(list), None).unwrap();
    writer.write(&[change], &Unwatched).await.remove(0)
}

fn member(id: Option<&str>, address: &str) -> Member {
    Member {
        id: id.map(Into::into),
        ..Member::with_address(Address::parse(address).unwrap())
    }
}

fn aliases(before: &[&str], after: &[&str]) -> Action {
    let texts = |texts: &[&str]| {
        let texts = texts.iter().map(|text| (*text).to_owned());
        Some(Attribute::Texts(texts.collect()))
    };
    Action::Update(vec![FieldChange {
        field: "aliases".to_owned(),
        before: texts(before),
        after: texts(after),
    }])
}

/// The place of the first such request.
fn place(recorded: &[Interaction], method: &str, path: &str) -> usize {
    let mut places = recorded.iter();
    places
        .position(|one| one.request.method == method && one.request.path == path)
        .unwrap()
}

#[tokio::test]
async fn every_recorded_account_and_domain_is_read() {
    let (mut accounts, mut domains) = (0, 0);
    for (name, recorded) in scenes() {
        for object in recorded.iter().flat_map(Interaction::objects) {
            if is_of(object, "domain") {
                let path = format!("/api/v1/domain/{}/", object["id"]);
                let listed = also(
                    "/api/v1/email_account/",
                    &[("domain", &object["id"].to_string())],
                    200,
                    page(&[]),
                );
                let replay =
                    Replay::start(vec![also(&path, &[], 200, object.clone()), listed], 0).await;
                let reading = read(&replay, &object["id"].to_string()).await;
                assert!(reading.exists && reading.is_whole(), "{name}");
                domains += 1;
            }
            if is_of(object, "email_account") {
                let member = read_account(object).await;
                let local = object["localpart"].as_str().unwrap();
                let domain = object["domain_name"].as_str().unwrap();
                assert_eq!(member.label(), format!("{local}@{domain}"), "{name}");
                assert_eq!(member.id.unwrap().as_str(), object["id"].to_string());
                let written = object["aliases"].as_str().unwrap();
                let written = written.split(',').filter(|part| !part.is_empty());
                assert_eq!(
                    member.addresses.len(),
                    1 + written.clone().count(),
                    "{name}"
                );
                for part in written {
                    let alias = Address::parse(&format!("{part}@{domain}")).unwrap();
                    assert!(member.addresses.contains(&alias), "{name}");
                }
                assert!(!member.attributes.contains_key("password"), "{name}");
                accounts += 1;
            }
        }
    }
    assert!(accounts >= 30 && domains >= 30, "{accounts} {domains}");
}

/// An account as the only one of its domain.
async fn read_account(object: &Value) -> Member {
    let uri = object["domain"].as_str().unwrap();
    let id = uri.trim_end_matches('/').rsplit('/').next().unwrap();
    let domain = json!({ "id": id.parse::<u64>().unwrap(), "name": object["domain_name"], "resource_uri": uri });
    let listed = also(
        "/api/v1/email_account/",
        &[("domain", id)],
        200,
        page(&[object]),
    );
    let replay = Replay::start(vec![also(uri, &[], 200, domain), listed], 0).await;
    let mut reading = read(&replay, id).await;
    assert_eq!(reading.doubts, Vec::<String>::new());
    assert_eq!(reading.members.len(), 1);
    reading.members.remove(0)
}

#[tokio::test]
async fn an_account_is_created() {
    for name in [
        "email_account/create--when_domain_exists--should_be_created_successfully",
        "email_account/create--when_domain_exists--domain",
    ] {
        let mut recorded = scene(name);
        let created = place(&recorded, "POST", "/api/v1/email_account/");
        let account = recorded[created].response.body.clone();
        let query = [("domain", "8372"), ("localpart", "admin")];
        let look_up =
            |objects: &[&Value]| also("/api/v1/email_account/", &query, 200, page(objects));
        recorded.insert(created, look_up(&[]));
        recorded.push(look_up(&[&account]));
        let replay = Replay::start(recorded, 0).await;
        let ines = member(None, "admin@example.com");
        let outcome = write(&replay, "example.com", Action::Add, ines).await;
        assert_eq!(outcome, Outcome::Applied);
        assert_eq!(replay.strangers(), Vec::<String>::new());
        assert!(
            replay.played().contains(&(created + 1)),
            "the recorded POST"
        );
    }
}

#[tokio::test]
async fn a_domain_that_is_not_there_is_told() {
    let mut recorded = scene("email_account/create--when_domain_does_not_exist");
    recorded.push(also("/api/v1/domain/", &[], 200, page(&[])));
    let replay = Replay::start(recorded, 0).await;
    let reader = connection(&replay).reader(&wanted("do.not.exist.example.net"));
    let error = reader.unwrap().read(&Unwatched).await.unwrap_err();
    assert_eq!(error.kind, ErrorKind::NotFound);
    assert_eq!(replay.strangers(), Vec::<String>::new());
}

#[tokio::test]
async fn an_account_that_is_there_is_found_by_its_local_part() {
    let recorded = scene("email_account/get--by_localpart_and_domain");
    let replay = Replay::start(recorded, 0).await;
    let who = member(None, "person1@tenant.example.org");
    let outcome = write(&replay, "1198", Action::Add, who).await;
    assert_eq!(outcome, Outcome::AlreadySo);
    assert_eq!(replay.strangers(), Vec::<String>::new());
    assert_eq!(replay.played(), [0, 1], "exactly the recorded requests");
}

#[tokio::test]
async fn aliases_are_added_in_bulk() {
    let mut recorded = scene("email_account/bulk_add_aliases--should_add_one_more_alias");
    let domain = scene("localpart_alias/crud");
    let domain = domain[place(&domain, "GET", "/api/v1/domain/8372/")].clone();
    let query = [("domain", "8372"), ("localpart__in", "a,b,c")];
    let nobody = also("/api/v1/email_account/", &query, 200, page(&[]));
    recorded.splice(0..0, [domain, nobody]);
    let added = place(
        &recorded,
        "POST",
        "/api/v1/email_account/7718/mass_add_aliases/",
    );
    let replay = Replay::start(recorded, 0).await;
    let who = member(Some("7718"), "admin@example.com");
    let wanted = ["a@example.com", "b@example.com", "c@example.com"];
    let outcome = write(&replay, "8372", aliases(&[], &wanted), who).await;
    assert_eq!(outcome, Outcome::Applied);
    assert_eq!(replay.strangers(), Vec::<String>::new());
    assert!(replay.played().contains(&added));
}

#[tokio::test]
async fn an_alias_is_deleted() {
    let mut recorded = scene("localpart_alias/crud");
    let changed = place(&recorded, "PUT", "/api/v1/localpart_alias/8796/");
    let alias = recorded[changed + 1..]
        .iter()
        .flat_map(Interaction::objects)
        .find(|object| is_of(object, "localpart_alias"))
        .unwrap();
    let query = [("email_account", "7718")];
    let listed = also("/api/v1/localpart_alias/", &query, 200, page(&[alias]));
    let without = recorded[0].clone();
    recorded.push(without);
    recorded.insert(changed + 1, listed);
    let deleted = place(&recorded, "DELETE", "/api/v1/localpart_alias/8796/");
    let replay = Replay::start(recorded, changed + 1).await;
    let who = member(Some("7718"), "admin@example.com");
    let outcome = write(&replay, "8372", aliases(&["help@example.com"], &[]), who).await;
    assert_eq!(outcome, Outcome::Applied);
    assert_eq!(replay.strangers(), Vec::<String>::new());
    assert!(replay.played().contains(&deleted));
}

#[tokio::test]
async fn an_account_is_read_and_deleted() {
    let mut recorded = scene("email_account/crud");
    let changed = place(&recorded, "PUT", "/api/v1/email_account/53281/");
    let deleted = place(&recorded, "DELETE", "/api/v1/email_account/53281/");
    // As it was recorded for an alias that was deleted.
    recorded.push(also("/api/v1/email_account/53281/", &[], 404, Value::Null));
    let replay = Replay::start(recorded, changed + 1).await;
    let reading = read(&replay, "4555").await;
    assert!(reading.is_whole());
    assert_eq!(reading.members.len(), 1);
    let who = reading.members[0].clone();
    assert_eq!(who.label(), "marketing@apapap.example.com");
    let outcome = write(&replay, "4555", Action::Remove, who).await;
    assert_eq!(outcome, Outcome::Applied);
    assert!(replay.played().contains(&deleted));
    assert!(read(&replay, "4555").await.members.is_empty());
    assert_eq!(replay.strangers(), Vec::<String>::new());
}

#[tokio::test]
async fn wrong_credentials_are_told() {
    let recorded = scene("check_connection/incorrect_credentials");
    let answered = recorded[0].response.clone();
    assert_eq!(answered.status, 401);
    let query = [("name__exact", "example.com")];
    let refused = also("/api/v1/domain/", &query, answered.status, answered.body);
    let replay = Replay::start(vec![refused], 0).await;
    let reader = connection(&replay).reader(&wanted("example.com"));
    let error = reader.unwrap().read(&Unwatched).await.unwrap_err();
    assert_eq!(error.kind, ErrorKind::SignIn);
}
