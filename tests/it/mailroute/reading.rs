//! Reading: to the last page, every domain that is wanted, and doubts where it may not be all.

use rollcall::{
    connectors::ports::{Connector, ErrorKind, Unwatched},
    model::list::GroupKind,
    sandbox::{
        Effect, Fault,
        mailroute::{Account, Domain, MailRoute},
    },
};
use serde_json::json;

use super::stage::{DOMAIN, Stage, find};

#[tokio::test]
async fn accounts_are_members_with_aliases_and_state() {
    let stage = Stage::with(5, json!({ "pageSize": 2 })).await;
    stage.stand_in.edit(|state| {
        state.give_alias("user0001@harbor.example", "zoe");
        state.give_alias("user0001@harbor.example", "Ann");
        state.accounts[2].state = 2;
        state.ways.has_news = true;
        state.accounts[3].state = 1;
    });
    let reading = stage.read().await;
    assert_eq!(reading.list_id.as_deref(), Some("204"));
    assert!(reading.exists && reading.is_whole());
    assert_eq!(reading.members.len(), 5);
    let one = find(&reading, "user0001@harbor.example");
    let addresses: Vec<&str> = one.addresses.iter().map(|one| one.as_str()).collect();
    assert_eq!(
        addresses,
        [
            "user0001@harbor.example",
            "ann@harbor.example",
            "zoe@harbor.example"
        ]
    );
    let aliases = one.attributes["aliases"].to_line();
    assert_eq!(aliases, "ann@harbor.example; zoe@harbor.example");
    assert_eq!(one.attributes["state"].to_line(), "standard");
    let list = find(&reading, "user0002@harbor.example");
    assert_eq!(list.attributes["state"].to_line(), "distribution-list");
    assert!(!list.attributes.contains_key("aliases"));
    let odd = find(&reading, "user0003@harbor.example");
    assert_eq!(odd.attributes["state"].to_line(), "17", "unheard of");
    assert_eq!(stage.asked().len(), 4, "the domain and three pages");
    let again = stage.read().await;
    assert_eq!(again, reading);
    assert!(reading.capabilities.keeps.is_some());
}

#[tokio::test]
async fn one_domain_several_or_all() {
    let mut state = MailRoute::with_accounts(DOMAIN, 2);
    for (id, name) in [(300, "quay.example"), (100, "xn--bcher-kva.example")] {
        state.domains.push(Domain {
            id,
            name: name.to_owned(),
            active: id == 300,
        });
        state.accounts.push(Account {
            id: id + 1,
            domain: id,
            localpart: "ines".to_owned(),
            aliases: Vec::new(),
            state: 0,
        });
    }
    let stage = Stage::of(state, json!({ "pageSize": 1 })).await;
    for (list, id, members) in [
        ("harbor.example", Some("204"), 2),
        ("204", Some("204"), 2),
        ("Quay.Example", Some("300"), 1),
        ("quay.example, harbor.example,300", Some("204,300"), 3),
        ("bücher.example", Some("100"), 1),
        ("", None, 4),
    ] {
        let reading = stage.try_read(list).await.unwrap();
        assert_eq!(reading.list_id.as_deref(), id, "{list}");
        assert_eq!(reading.members.len(), members, "{list}");
        assert!(reading.is_whole(), "{list}: {:?}", reading.doubts);
    }
    let lists = stage.connection.lists().unwrap();
    let lists = lists.lists(&Unwatched).await.unwrap();
    let names: Vec<(&str, bool)> = lists
        .iter()
        .map(|list| (list.name.as_str(), list.note.is_some()))
        .collect();
    assert_eq!(
        names,
        [
            ("harbor.example", false),
            ("quay.example", false),
            ("xn--bcher-kva.example", true)
        ]
    );
    let missing = stage.try_read("harbor.example,ferry.example").await;
    let missing = missing.unwrap_err();
    assert_eq!(missing.kind, ErrorKind::NotFound);
    assert!(missing.message.contains("`ferry.example`"), "{missing}");
    let missing = stage.try_read("77").await.unwrap_err();
    assert_eq!(missing.kind, ErrorKind::NotFound);
}

#[tokio::test]
async fn a_domain_that_is_not_there_cannot_be_made() {
    let stage = Stage::with(1, json!({})).await;
    let mut wanted = Stage::wanted("ferry.example");
    wanted.create = Some(GroupKind::Security);
    let reader = stage.connection.reader(&wanted).unwrap();
    let reading = reader.read(&Unwatched).await.unwrap();
    assert!(!reading.exists);
    let why = reading.capabilities.read_only.unwrap();
    assert!(why.contains("`ferry.example`"), "{why}");
    let mut writer = stage.connection.writer(&wanted, None).unwrap();
    let error = writer.create_list().await.unwrap_err();
    assert_eq!(error.kind, ErrorKind::Denied);
    assert!(error.message.contains("creates no domains"), "{error}");
    let mut writer = stage.writer();
    let there = writer.create_list().await.unwrap();
    assert_eq!(there.as_deref(), Some("204"), "one that is there is there");
}

#[tokio::test]
async fn pages_that_are_short_or_empty_or_repeat_somebody_lose_nobody() {
    for effect in [
        Effect::EmptyPage,
        Effect::ShortPage { size: 1 },
        Effect::RepeatedObjects,
    ] {
        for page in 0..3 {
            let stage = Stage::with(5, json!({ "pageSize": 2 })).await;
            let fault = Fault::new(effect.clone()).on("GET", "email_account");
            stage.stand_in.inject(fault.after(page));
            let reading = stage.read().await;
            assert_eq!(reading.members.len(), 5, "{effect:?} {page}");
            assert!(
                reading.is_whole(),
                "{effect:?} {page}: {:?}",
                reading.doubts
            );
        }
    }
}

#[tokio::test]
async fn what_may_not_be_all_is_doubted() {
    for size in [0, 1] {
        let stage = Stage::with(5, json!({ "pageSize": 2 })).await;
        let fault = Fault::new(Effect::TruncatedListing { size }).on("GET", "email_account");
        stage.stand_in.inject(fault.after(1));
        let reading = stage.read().await;
        assert_eq!(reading.members.len(), 2 + size);
        assert!(!reading.is_whole());
        let doubt = &reading.doubts[0];
        assert!(doubt.contains("5") && doubt.contains(DOMAIN), "{doubt}");
    }
}

#[tokio::test]
async fn links_in_a_circle_or_to_elsewhere_are_errors() {
    for after in 0..3 {
        let stage = Stage::with(5, json!({ "pageSize": 2 })).await;
        let fault = Fault::new(Effect::CyclingNextLink).on("GET", "email_account");
        stage.stand_in.inject(fault.after(after));
        let error = stage.try_read(DOMAIN).await.unwrap_err();
        assert_eq!(error.kind, ErrorKind::BadData, "{error}");
    }
    let attacker = Stage::with(0, json!({})).await;
    let origin = attacker.stand_in.url().to_owned();
    let stage = Stage::with(5, json!({ "pageSize": 2 })).await;
    let fault = Fault::new(Effect::ForeignNextLink { origin });
    stage.stand_in.inject(fault.on("GET", "email_account"));
    let error = stage.try_read(DOMAIN).await.unwrap_err();
    assert_eq!(error.kind, ErrorKind::BadData, "{error}");
    assert!(attacker.stand_in.log().is_empty(), "the key went elsewhere");
}

#[tokio::test]
async fn what_goes_wrong_is_told_apart() {
    let status = |status: u16| Effect::Error {
        status,
        code: "code".to_owned(),
        message: "No.".to_owned(),
    };
    for (effect, kind) in [
        (status(401), ErrorKind::SignIn),
        (status(403), ErrorKind::Denied),
        (status(404), ErrorKind::NotFound),
        (status(400), ErrorKind::BadData),
        (Effect::NotJson, ErrorKind::BadData),
        (Effect::ServerError, ErrorKind::Unavailable(None)),
    ] {
        let stage = Stage::with(3, json!({})).await;
        let fault = Fault::new(effect.clone()).on("GET", "email_account");
        stage.stand_in.inject(fault.times(1_000));
        let error = stage.try_read(DOMAIN).await.unwrap_err();
        assert_eq!(error.kind, kind, "{effect:?}: {error}");
        assert!(!format!("{error:?}").contains(MailRoute::KEY));
    }
    for effect in [
        Effect::ServerError,
        Effect::BadGateway,
        Effect::DropBefore,
        Effect::DropAfter,
        Effect::Throttle {
            retry_after_seconds: Some(0.0),
        },
        Effect::Unavailable {
            retry_after_seconds: None,
        },
    ] {
        let stage = Stage::with(3, json!({})).await;
        stage.stand_in.inject(Fault::new(effect));
        assert_eq!(stage.read().await.members.len(), 3);
    }
}
