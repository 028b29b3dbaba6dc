//! Every way to page, names, and what cannot be read.

use rollcall::{
    connectors::ports::ErrorKind,
    model::{capabilities::Updatable, member::Standing},
    sandbox::Effect,
};

use super::{super::noticeboard::Paging, *};

/// Thirteen people, paged so; and the settings for it.
async fn paged(paging: Paging, by: Value) -> (StandIn<Noticeboard>, RestConnection) {
    let mut boards = board().with_board("Staff", &emails(0..13));
    boards.paging = paging;
    let stand_in = running(boards).await;
    let mut settings = settings(stand_in.url());
    settings["paging"] = by;
    let connection = opened(&settings).unwrap();
    (stand_in, connection)
}

fn every_paging() -> [(Paging, Value, u64); 6] {
    [
        (Paging::Link, json!({ "link": { "next": "next" } }), 3),
        (Paging::Header, json!({ "link": {} }), 3),
        (Paging::Query, json!({ "link": { "next": "next" } }), 3),
        (
            Paging::Token,
            json!({ "token": { "next": "next", "parameter": "cursor" } }),
            3,
        ),
        (
            Paging::Offset,
            json!({ "offset": { "parameter": "offset", "sizeParameter": "limit", "size": 5, "total": "total" } }),
            3,
        ),
        (
            Paging::Page,
            json!({ "page": { "parameter": "page", "total": "total" } }),
            3,
        ),
    ]
}

#[tokio::test]
async fn each_way_of_paging_reads_to_the_end() {
    for (paging, by, pages) in every_paging() {
        let (stand_in, connection) = paged(paging, by).await;
        let reading = read(&connection, "Staff").await.unwrap();
        assert_eq!(addresses(&reading), emails(0..13), "{paging:?}");
        assert!(reading.is_whole(), "{paging:?}: {:?}", reading.doubts);
        assert_eq!(stand_in.counters().requests, pages + 1, "{paging:?}");
    }
}

#[tokio::test]
async fn without_a_total_counted_pages_end_at_an_empty_one() {
    for (paging, by) in [
        (
            Paging::Offset,
            json!({ "offset": { "parameter": "offset" } }),
        ),
        (Paging::Page, json!({ "page": { "parameter": "page" } })),
    ] {
        let mut boards = board().with_board("Staff", &emails(0..10));
        boards.paging = paging;
        let stand_in = running(boards).await;
        let mut settings = settings(stand_in.url());
        settings["paging"] = by;
        settings["members"].as_object_mut().unwrap().remove("total");
        let connection = opened(&settings).unwrap();
        let reading = read(&connection, "Staff").await.unwrap();
        assert_eq!(addresses(&reading), emails(0..10), "{paging:?}");
        assert!(reading.is_whole());
    }
}

#[tokio::test]
async fn a_listing_that_ends_early_is_doubted_however_it_is_paged() {
    for (paging, by, _) in every_paging() {
        let (stand_in, connection) = paged(paging, by).await;
        // A counted listing has no end to cut off but an empty page.
        let effect = match paging {
            Paging::Offset | Paging::Page => Effect::EmptyPage,
            _ => Effect::TruncatedListing { size: 2 },
        };
        stand_in.inject(Fault::new(effect).on("GET", "/subscribers").after(1));
        let reading = read(&connection, "Staff").await.unwrap();
        assert!(reading.members.len() < 13, "{paging:?}");
        assert_eq!(reading.doubts.len(), 1, "{paging:?}: {:?}", reading.doubts);
        assert!(
            reading.doubts[0].contains("13 members"),
            "{:?}",
            reading.doubts
        );
    }
}

#[tokio::test]
async fn circles_and_strangers_are_errors() {
    for (paging, by, _) in every_paging() {
        let cycling = Effect::CyclingNextLink;
        let foreign = Effect::ForeignNextLink {
            origin: "http://127.0.0.1:9".to_owned(),
        };
        let effects = match paging {
            Paging::Link | Paging::Header => vec![cycling, foreign],
            Paging::Query | Paging::Token => vec![cycling],
            _ => continue,
        };
        for effect in effects {
            let (stand_in, connection) = paged(paging, by.clone()).await;
            stand_in.inject(Fault::new(effect).on("GET", "/subscribers").after(1));
            let error = read(&connection, "Staff").await.unwrap_err();
            assert_eq!(error.kind, ErrorKind::BadData, "{paging:?}: {error}");
        }
    }
    let by = json!({ "offset": { "parameter": "offset" } });
    let (_stand_in, connection) = paged(Paging::Stuck, by).await;
    let error = read(&connection, "Staff").await.unwrap_err();
    assert!(error.message.contains("the same page twice"), "{error}");
}

#[tokio::test]
async fn who_moves_from_page_to_page_is_a_doubt_where_pages_are_counted() {
    for (paging, by, _) in every_paging() {
        let (stand_in, connection) = paged(paging, by).await;
        let fault = Fault::new(Effect::RepeatedObjects).on("GET", "/subscribers");
        stand_in.inject(fault.after(2));
        let reading = read(&connection, "Staff").await.unwrap();
        assert_eq!(addresses(&reading), emails(0..13), "{paging:?}");
        let is_counted = matches!(paging, Paging::Offset | Paging::Page);
        assert_eq!(
            reading.is_whole(),
            !is_counted,
            "{paging:?}: {:?}",
            reading.doubts
        );
    }
}

#[tokio::test]
async fn another_answer_is_not_an_empty_list() {
    let stand_in = running(board().with_board("Staff", &emails(0..3))).await;
    for (at, wrong) in [("members", "people"), ("lists", "groups")] {
        let mut settings = settings(stand_in.url());
        settings[at]["items"] = json!(wrong);
        let error = read(&opened(&settings).unwrap(), "Staff")
            .await
            .unwrap_err();
        assert_eq!(error.kind, ErrorKind::BadData, "{error}");
        assert!(
            error.message.contains("no list where `items` says"),
            "{error}"
        );
    }
}

#[tokio::test]
async fn lists_are_found_by_name_and_by_id_and_never_by_a_guess() {
    let boards = board()
        .with_board("Staff", &emails(0..2))
        .with_board("Twins", &[])
        .with_board("twins", &[])
        .with_board("Board-1", &[]);
    let stand_in = running(boards).await;
    let connection = opened(&settings(stand_in.url())).unwrap();
    let reading = read(&connection, "staff").await.unwrap();
    let id = reading.list_id.unwrap();
    assert_eq!((id.as_str(), reading.members.len()), ("Board-1", 2));
    for name in ["Twins", "Board-1"] {
        let error = read(&connection, name).await.unwrap_err();
        assert_eq!(error.kind, ErrorKind::Ambiguous, "{error}");
    }
    let error = read(&connection, "Nobody").await.unwrap_err();
    assert_eq!(error.kind, ErrorKind::NotFound);
    let reader = connection.reader(&wanted("Nobody")).unwrap();
    assert!(!reader.read(&Unwatched).await.unwrap().exists);

    // Without `lists` a list is named by its id, and none is made.
    let mut settings = settings(stand_in.url());
    let keys = settings.as_object_mut().unwrap();
    keys.remove("lists");
    keys.remove("create");
    let connection = opened(&settings).unwrap();
    let reading = read(&connection, "Board-1").await.unwrap();
    assert_eq!(reading.members.len(), 2);
    let error = read(&connection, "Board-99").await.unwrap_err();
    assert_eq!(error.kind, ErrorKind::NotFound, "{error}");
    let lists = connection.lists().unwrap().lists(&Unwatched).await;
    assert_eq!(lists.unwrap_err().kind, ErrorKind::Settings);
}

#[tokio::test]
async fn members_are_understood_and_what_is_not_configured_cannot_be_done() {
    let mut boards = board().with_board("Staff", &emails(0..2));
    boards.boards[0].subscribers[1].state = "Unsubscribed".to_owned();
    boards.boards[0].subscribers[0].reference = Some("4711".to_owned());
    let stand_in = running(boards).await;
    let mut settings = settings(stand_in.url());
    let reading = read(&opened(&settings).unwrap(), "Staff").await.unwrap();
    let [first, second] = reading.members.as_slice() else {
        panic!("{reading:?}")
    };
    assert_eq!(first.employee_id.as_deref(), Some("4711"));
    assert_eq!(first.standing, Standing::Subscribed);
    assert_eq!(second.standing, Standing::OptedOut);
    assert_eq!(first.attributes["email"], Attribute::Text(email(0)));
    let can = &reading.capabilities;
    assert_eq!((&can.read_only, &can.keeps), (&None, &None));
    let fields = ["displayName", "team"].map(str::to_owned).to_vec();
    assert_eq!(can.updatable, Updatable::Fields(fields));

    let keys = settings.as_object_mut().unwrap();
    keys.remove("remove");
    keys.remove("update");
    let can = read(&opened(&settings).unwrap(), "Staff")
        .await
        .unwrap()
        .capabilities;
    assert!(can.keeps.unwrap().contains("`remove`"));
    assert_eq!(can.updatable, Updatable::Nothing);
    let keys = settings.as_object_mut().unwrap();
    keys.remove("create");
    keys.remove("add");
    let connection = opened(&settings).unwrap();
    let can = read(&connection, "Staff").await.unwrap().capabilities;
    assert!(can.read_only.unwrap().contains("`add`"));
    let outcomes = write(&connection, &[change(Action::Add, person(7))]).await;
    assert_eq!(codes(&outcomes), ["read-only"]);
    assert_eq!(stand_in.counters().writes, 0);
}

#[tokio::test]
async fn another_answer_in_the_middle_is_not_the_end_of_a_list() {
    for items in ["subscribers", "subscribers[*]"] {
        let mut boards = board().with_board("Staff", &emails(0..13));
        boards.paging = Paging::Offset;
        let stand_in = running(boards).await;
        let mut settings = settings(stand_in.url());
        settings["paging"] = json!({ "offset": { "parameter": "offset" } });
        settings["members"].as_object_mut().unwrap().remove("total");
        settings["members"]["items"] = json!(items);
        let connection = opened(&settings).unwrap();
        assert_eq!(read(&connection, "Staff").await.unwrap().members.len(), 13);
        let says_200 = Effect::Error {
            status: 200,
            code: "busy".to_owned(),
            message: "Try again.".to_owned(),
        };
        stand_in.inject(Fault::new(says_200).on("GET", "/subscribers").after(1));
        let error = read(&connection, "Staff").await.unwrap_err();
        assert_eq!(error.kind, ErrorKind::BadData, "{items}: {error}");
    }
}

#[tokio::test]
async fn what_leads_to_the_next_page_and_is_no_link_is_an_error() {
    for by in [
        json!({ "link": { "next": "subscribers[0]" } }),
        json!({ "token": { "next": "subscribers[0]", "parameter": "cursor" } }),
    ] {
        let (_stand_in, connection) = paged(Paging::Link, by.clone()).await;
        let error = read(&connection, "Staff").await.unwrap_err();
        assert_eq!(error.kind, ErrorKind::BadData, "{by}: {error}");
    }
}

#[tokio::test]
async fn a_total_that_is_nowhere_proves_nothing() {
    let stand_in = running(board().with_board("Staff", &emails(0..3))).await;
    let mut settings = settings(stand_in.url());
    settings["members"]["total"] = json!("count");
    let reading = read(&opened(&settings).unwrap(), "Staff").await.unwrap();
    assert_eq!(reading.doubts.len(), 1, "{:?}", reading.doubts);
}

#[tokio::test]
async fn pages_that_come_back_are_an_error_even_when_others_lie_between() {
    let mut boards = board().with_board("Staff", &emails(0..13));
    boards.paging = Paging::Stuck;
    let id = boards.boards[0].id.clone();
    let stand_in = running(boards).await;
    let mut settings = settings(stand_in.url());
    settings["paging"] = json!({ "offset": { "parameter": "offset" } });
    settings["members"].as_object_mut().unwrap().remove("total");
    for key in ["lists", "create"] {
        settings.as_object_mut().unwrap().remove(key);
    }
    let connection = opened(&settings).unwrap();
    for between in 1..50 {
        let other = Fault::new(Effect::RepeatedObjects).on("GET", "/subscribers");
        stand_in.inject(other.after(between));
    }
    let error = read(&connection, &id).await.unwrap_err();
    assert_eq!(error.kind, ErrorKind::BadData, "{error}");
    assert!(stand_in.counters().requests < 10);
}
