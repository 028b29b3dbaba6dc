//! Reading, in every envelope and with every kind of page.

use super::*;
use crate::{
    model::member::Standing,
    sandbox::{
        Effect, Fault,
        politemail::{Envelope, Links},
    },
};

fn labels(reading: &Reading) -> Vec<&str> {
    let labels = reading.members.iter().map(Member::label);
    labels
        .map(|label| label.split('@').next().unwrap())
        .collect()
}

#[tokio::test]
async fn a_list_is_read_to_its_last_page_in_every_envelope() {
    for envelope in [Envelope::V3, Envelope::V4] {
        for links in [
            Links::Absolute,
            Links::FromRoot,
            Links::FromService,
            Links::FromListing,
        ] {
            for counts in [true, false] {
                let mut state = server("ada bob cyd dan eve");
                state.put_list("Others", ["zoe@acme.example"]);
                let state = PoliteMail {
                    envelope,
                    links,
                    counts,
                    page_size: 2,
                    ..state
                };
                let pair = Pair::new(state).await;
                let reading = pair.read(" staff ").await.unwrap();
                assert_eq!(labels(&reading), ["ada", "bob", "cyd", "dan", "eve"]);
                assert!(reading.is_whole() && reading.exists);
                assert_eq!(reading.list_id.as_deref(), Some("301"));
                assert_eq!(pair.read("302").await.unwrap().members.len(), 1);
            }
        }
    }
}

#[tokio::test]
async fn pages_may_be_empty_short_or_out_of_order() {
    for effect in [
        Effect::EmptyPage,
        Effect::ShortPage { size: 1 },
        Effect::RepeatedObjects,
    ] {
        for after in 0..2 {
            let state = PoliteMail {
                page_size: 2,
                counts: true,
                ..server("ada bob cyd dan eve")
            };
            let pair = Pair::new(state).await;
            let fault = Fault::new(effect.clone())
                .on("GET", "/Contacts")
                .after(after);
            pair.server.inject(fault);
            let reading = pair.read("Staff").await.unwrap();
            assert_eq!(reading.members.len(), 5, "{effect:?}");
            assert!(reading.is_whole(), "{effect:?} {:?}", reading.doubts);
        }
    }
}

#[tokio::test]
async fn contacts_that_come_with_nothing_but_an_id_are_doubted() {
    let pair = Pair::new(server("ada bob cyd")).await;
    pair.server
        .inject(Fault::new(Effect::PartialObjects).on("GET", "/Contacts"));
    let reading = pair.read("Staff").await.unwrap();
    assert_eq!(
        reading.doubts,
        ["PoliteMail showed 3 of 3 contacts without their addresses"]
    );
    assert!(pair.read("Staff").await.unwrap().is_whole());
}

#[tokio::test]
async fn what_ends_early_is_doubted_where_the_server_counts() {
    let state = PoliteMail {
        page_size: 2,
        counts: true,
        ..server("ada bob cyd dan eve")
    };
    let pair = Pair::new(state).await;
    let cut = Fault::new(Effect::TruncatedListing { size: 1 });
    pair.server.inject(cut.on("GET", "/Contacts").after(1));
    let reading = pair.read("Staff").await.unwrap();
    assert_eq!(reading.members.len(), 3);
    assert_eq!(reading.doubts, ["PoliteMail counts 5 and showed 3"]);
}

#[tokio::test]
async fn a_list_that_was_not_shown_is_not_taken_for_absent() {
    let mut state = PoliteMail {
        counts: true,
        ..server("ada")
    };
    state.put_list("Others", []);
    let pair = Pair::new(state).await;
    let cut = Fault::new(Effect::TruncatedListing { size: 1 }).times(2);
    pair.server.inject(cut.on("GET", "/Lists?"));
    let reader = pair.connection.reader(&creating("Others")).unwrap();
    let error = reader.read(&Unwatched).await.unwrap_err();
    assert_eq!(error.kind, ErrorKind::BadData);
    let mut writer = pair.writer("Others", None);
    assert!(writer.create_list().await.is_err());
    assert_eq!(pair.server.snapshot().lists.len(), 2, "no second list");
}

#[tokio::test]
async fn pages_in_a_circle_and_links_elsewhere_are_errors() {
    let elsewhere = Effect::ForeignNextLink {
        origin: "https://attacker.example".to_owned(),
    };
    for (effect, times) in [
        (Effect::CyclingNextLink, 1),
        (Effect::CyclingNextLink, 9),
        (Effect::EmptyPage, 1_000),
        (elsewhere, 1),
    ] {
        let pair = Pair::new(PoliteMail {
            page_size: 2,
            ..server("ada bob cyd")
        })
        .await;
        pair.server.inject(
            Fault::new(effect.clone())
                .on("GET", "/Contacts")
                .times(times),
        );
        let error = pair.read("Staff").await.unwrap_err();
        assert_eq!(error.kind, ErrorKind::BadData, "{effect:?}");
        assert!(pair.server.counters().requests < 110);
    }
}

#[tokio::test]
async fn what_goes_wrong_is_told_by_its_kind() {
    for (status, kind) in [
        (401, ErrorKind::SignIn),
        (403, ErrorKind::Denied),
        (404, ErrorKind::NotFound),
        (409, ErrorKind::BadData),
        (302, ErrorKind::Settings),
    ] {
        let pair = Pair::new(server("ada")).await;
        let fault = Fault::new(Effect::Error {
            status,
            code: "x".to_owned(),
            message: "the reason".to_owned(),
        });
        pair.server.inject(fault.on("GET", "/Contacts"));
        let error = pair.read("Staff").await.unwrap_err();
        assert_eq!(error.kind, kind, "{error}");
        assert!(error.message.contains("reading list `Staff`"), "{error}");
        assert!(error.message.contains("the reason"), "{error}");
    }
    let pair = Pair::new(server("ada")).await;
    pair.server
        .inject(Fault::new(Effect::NotJson).on("GET", "/Contacts"));
    assert_eq!(
        pair.read("Staff").await.unwrap_err().kind,
        ErrorKind::BadData
    );
}

#[tokio::test]
async fn reading_waits_out_what_passes() {
    for effect in [
        Effect::ServerError,
        Effect::BadGateway,
        Effect::DropAfter,
        Effect::Throttle {
            retry_after_seconds: None,
        },
        Effect::Unavailable {
            retry_after_seconds: Some(0.0),
        },
    ] {
        for path in ["/Lists?", "/Contacts"] {
            let pair = Pair::new(server("ada bob")).await;
            pair.server
                .inject(Fault::new(effect.clone()).on("GET", path));
            let reading = pair.read("Staff").await.unwrap();
            assert_eq!(labels(&reading), ["ada", "bob"], "{effect:?} {path}");
        }
    }
    let pair = Pair::new(server("ada")).await;
    let long = Effect::Throttle {
        retry_after_seconds: Some(900.0),
    };
    pair.server.inject(Fault::new(long));
    let error = pair.read("Staff").await.unwrap_err();
    assert_eq!(
        error.kind,
        ErrorKind::Unavailable(Some(Duration::from_secs(900)))
    );
}

#[tokio::test]
async fn nobody_is_dropped() {
    let mut state = server("ada bob");
    let odd = state.meet("jon.smith@");
    state.lists[0].members.insert(odd);
    state.contacts[0].opted_out = true;
    state.contacts[1].email = "Bob@ACME.example".to_owned();
    let fields = [
        ("FirstName", "Bob"),
        ("Custom1", "Plant 4"),
        ("MobileNumber", "+41 44 668 18 00"),
    ];
    state.contacts[1].fields = fields
        .map(|(name, text)| (name.to_owned(), text.to_owned()))
        .into();
    let pair = Pair::new(state).await;
    let reading = pair.read("Staff").await.unwrap();
    let of = |label: &str| {
        reading
            .members
            .iter()
            .find(|member| member.label() == label)
            .unwrap()
    };
    assert_eq!(of("ada@acme.example").standing, Standing::OptedOut);
    let bob = of("bob@acme.example");
    assert_eq!(bob.standing, Standing::Subscribed);
    assert_eq!(bob.phones[0].as_str(), "+41446681800");
    assert_eq!(bob.attributes["Custom1"], Value::text("Plant 4").unwrap());
    assert_eq!(
        bob.attributes["Email"],
        Value::text("Bob@ACME.example").unwrap()
    );
    let odd = of(&odd.to_string());
    assert!(odd.addresses.is_empty() && odd.note.as_deref().unwrap().contains("`jon.smith@`"));
}

#[tokio::test]
async fn subscription_lists_are_only_read() {
    let mut state = server("ada");
    state.lists[0].is_newsletter = true;
    let pair = Pair::new(state.clone()).await;
    let reason = pair
        .read("Staff")
        .await
        .unwrap()
        .capabilities
        .read_only
        .unwrap();
    assert!(
        reason.contains("`Staff`") && reason.contains("one-way"),
        "{reason}"
    );
    // A server that does not know the mark: asked for what is published, and the settings say which lists those are.
    state.shows_marks = false;
    let pair = Pair::new(state.clone()).await;
    assert_eq!(
        pair.read("Staff").await.unwrap().capabilities.read_only,
        None
    );
    let settings = Settings {
        subscription_lists: vec!["staff".to_owned()],
        ..Settings::default()
    };
    let pair = Pair::with(state, settings).await;
    assert!(
        pair.read("301")
            .await
            .unwrap()
            .capabilities
            .read_only
            .is_some()
    );
}

#[tokio::test]
async fn a_server_that_stumbles_over_the_mark_is_told_from_one_that_is_away() {
    let mut state = server("ada");
    state.lists[0].is_newsletter = true;
    // Once is a stumble: the mark is asked for again, and kept.
    let pair = Pair::new(state.clone()).await;
    pair.server
        .inject(Fault::new(Effect::ServerError).on("GET", "IsNewsletter"));
    assert!(
        pair.read("Staff")
            .await
            .unwrap()
            .capabilities
            .read_only
            .is_some()
    );
    // Twice, with the published question answered in between, is a server that cannot.
    let pair = Pair::new(state.clone()).await;
    pair.server.inject(
        Fault::new(Effect::ServerError)
            .on("GET", "IsNewsletter")
            .times(2),
    );
    assert_eq!(
        pair.read("Staff").await.unwrap().capabilities.read_only,
        None
    );
    // Away is away.
    let pair = Pair::new(state).await;
    let away = Effect::Unavailable {
        retry_after_seconds: None,
    };
    pair.server
        .inject(Fault::new(away).on("GET", "IsNewsletter").times(2));
    assert!(
        pair.read("Staff")
            .await
            .unwrap()
            .capabilities
            .read_only
            .is_some()
    );
}

#[tokio::test]
async fn an_absent_list_is_absent_only_where_it_may_be_made() {
    let pair = Pair::new(server("ada")).await;
    let error = pair.read("Others").await.unwrap_err();
    assert_eq!(error.kind, ErrorKind::NotFound);
    let reader = pair.connection.reader(&creating("Others")).unwrap();
    assert!(!reader.read(&Unwatched).await.unwrap().exists);
    let reader = pair.connection.reader(&creating("999")).unwrap();
    let error = reader.read(&Unwatched).await.unwrap_err();
    assert_eq!(
        error.kind,
        ErrorKind::NotFound,
        "a mistyped id makes no list"
    );
    let error = pair.connection.reader(&wanted(" ")).err().unwrap();
    assert_eq!(error.kind, ErrorKind::Settings);
    let unknown = WantedList {
        fields: vec!["department".to_owned()],
        ..wanted("Staff")
    };
    let error = pair.connection.reader(&unknown).err().unwrap();
    assert!(error.message.contains("`department`"));
    assert!(error.help.unwrap().contains("`FirstName`"));
    let filled = WantedList {
        fields: vec!["whole name".to_owned()],
        reads: vec!["FirstName".to_owned(), "LastName".to_owned()],
        ..wanted("Staff")
    };
    assert!(
        pair.connection.reader(&filled).is_ok(),
        "a template fills it"
    );
}

#[tokio::test]
async fn lists_are_named_with_their_ids() {
    let mut state = PoliteMail {
        page_size: 1,
        ..server("")
    };
    state.put_list("Board", []);
    state.lists[1].is_newsletter = true;
    let pair = Pair::new(state).await;
    let lists = pair
        .connection
        .lists()
        .unwrap()
        .lists(&Unwatched)
        .await
        .unwrap();
    let names: Vec<&str> = lists.iter().map(|list| list.name.as_str()).collect();
    assert_eq!(names, ["Board", "Staff"]);
    assert_eq!(lists[0].id.as_deref(), Some("302"));
    assert!(lists[0].note.as_deref().unwrap().contains("only be read"));
    assert_eq!(lists[1].note, None);
}
