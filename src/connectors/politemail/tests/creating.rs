//! Lists and contacts that are made.

use serde_json::json;

use super::*;
use crate::sandbox::{Effect, Fault};

#[tokio::test]
async fn a_list_is_made_once_whatever_gets_lost() {
    for effect in [
        None,
        Some(Effect::DropAfter),
        Some(Effect::GatewayTimeoutAfter),
        Some(Effect::NotJson),
    ] {
        let settings = Settings {
            shared: Some(true),
            owner_id: Some(7),
            ..Settings::default()
        };
        let pair = Pair::with(server("ada"), settings).await;
        let fault = effect.map(|effect| Fault::new(effect).on("POST", "NewList"));
        fault
            .into_iter()
            .for_each(|fault| pair.server.inject(fault));
        let mut writer = pair.writer(" Newcomers ", None);
        let id = writer.create_list().await.unwrap();
        assert_eq!(id.as_deref(), Some("302"));
        assert_eq!(writer.create_list().await.unwrap(), id);
        assert_eq!(
            codes(&writer.write(&adding("bob"), &Unwatched).await),
            ["applied"]
        );
        let state = pair.server.snapshot();
        assert_eq!(state.lists.len(), 2, "asked once");
        assert_eq!(state.lists[1].name, "Newcomers");
        assert_eq!(state.emails_on("Newcomers"), ["bob@acme.example"]);
        let log = pair.server.log();
        let mut made = log
            .iter()
            .filter(|exchange| exchange.request.url.ends_with("NewList"));
        let body = made.next().unwrap().request.body.as_ref().unwrap();
        assert_eq!(
            *body,
            json!({"Name": "Newcomers", "OwnerID": 7, "Shared": true})
        );
    }
}

#[tokio::test]
async fn a_list_that_is_there_is_found_and_one_that_may_not_be_made_is_not_made() {
    let pair = Pair::new(server("ada")).await;
    let mut writer = pair.writer("STAFF", None);
    assert_eq!(writer.create_list().await.unwrap().as_deref(), Some("301"));
    assert_eq!(
        codes(&writer.write(&adding("ada"), &Unwatched).await),
        ["already-so"]
    );
    for wanted in [wanted("Newcomers"), creating("777")] {
        let mut writer = pair.connection.writer(&wanted, None).unwrap();
        assert_eq!(
            writer.create_list().await.unwrap_err().kind,
            ErrorKind::NotFound
        );
    }
    pair.server
        .edit(|state| state.lists[0].is_newsletter = true);
    let mut writer = pair.writer("Staff", None);
    assert_eq!(
        writer.create_list().await.unwrap_err().kind,
        ErrorKind::Denied
    );
    assert_eq!(pair.server.snapshot().lists.len(), 1);
}

#[tokio::test]
async fn a_list_that_cannot_be_made_says_why() {
    for (effect, kind) in [
        (Effect::DropBefore, ErrorKind::Unavailable(None)),
        (
            Effect::Error {
                status: 403,
                code: String::new(),
                message: String::new(),
            },
            ErrorKind::Denied,
        ),
        (
            Effect::Error {
                status: 400,
                code: String::new(),
                message: "too long".to_owned(),
            },
            ErrorKind::BadData,
        ),
    ] {
        let pair = Pair::new(server("ada")).await;
        pair.server.inject(Fault::new(effect).on("POST", "NewList"));
        let error = pair
            .writer("Newcomers", None)
            .create_list()
            .await
            .unwrap_err();
        assert_eq!(error.kind, kind, "{error}");
        assert!(
            error.message.contains("creating list `Newcomers`"),
            "{error}"
        );
        assert_eq!(pair.server.snapshot().lists.len(), 1);
    }
}

fn newcomers() -> Vec<Change> {
    [
        named(
            "kim",
            &[("FirstName", "Kim"), ("MobileNumber", "+41446681800")],
        ),
        named("lee", &[("DisplayName", "Lee")]),
        person("mia"),
        named("ada", &[("FirstName", "Ada")]),
    ]
    .map(|member| change(Action::Add, member))
    .into()
}

#[tokio::test]
async fn newcomers_with_names_become_contacts_first() {
    let pair = Pair::new(server("ada")).await;
    let outcomes = pair.write(&newcomers()).await;
    assert_eq!(
        codes(&outcomes),
        ["applied", "applied", "applied", "already-so"]
    );
    let made = pair.asked();
    let made = made.iter().filter(|asked| asked.ends_with("CreateContact"));
    assert_eq!(
        made.count(),
        1,
        "only who brings a field that a contact can be given"
    );
    let state = pair.server.snapshot();
    let kim = state.contact("kim@acme.example").unwrap();
    assert_eq!(kim.fields["FirstName"], "Kim");
    assert_eq!(kim.fields["MobileNumber"], "+41446681800");

    let settings = Settings {
        create_contacts: false,
        ..Settings::default()
    };
    let pair = Pair::with(server("ada"), settings).await;
    pair.write(&newcomers()).await;
    assert!(
        !pair
            .asked()
            .iter()
            .any(|asked| asked.ends_with("CreateContact"))
    );
    assert_eq!(pair.staff(), ["ada", "kim", "lee", "mia"]);
}

#[tokio::test]
async fn a_contact_that_is_there_already_stops_nobody() {
    let error = |status| Effect::Error {
        status,
        code: String::new(),
        message: "An error has occurred.".to_owned(),
    };
    for effect in [
        None,
        Some(error(500)),
        Some(error(409)),
        Some(error(403)),
        Some(error(404)),
    ] {
        let mut state = server("ada");
        state.meet("KIM@acme.example");
        let pair = Pair::new(state).await;
        let fault = effect.map(|effect| Fault::new(effect).on("POST", "CreateContact"));
        fault
            .into_iter()
            .for_each(|fault| pair.server.inject(fault));
        let outcomes = pair.write(&newcomers()).await;
        assert_eq!(
            codes(&outcomes),
            ["applied", "applied", "applied", "already-so"]
        );
        assert_eq!(pair.staff().len(), 4);
    }
}

#[tokio::test]
async fn nobody_opts_back_in_by_being_made_again() {
    let mut state = server("ada");
    state.meet("kim@acme.example");
    state.contacts[1].active_state = false;
    let pair = Pair::new(state).await;
    let outcomes = pair.write(&newcomers()).await;
    assert_eq!(codes(&outcomes)[0], "refused: opted-out-or-refused");
    assert!(!pair.server.snapshot().contacts[1].active_state);
    let log = pair.server.log();
    let bodies = log
        .iter()
        .filter_map(|exchange| exchange.request.body.as_ref());
    assert!(bodies.clone().count() > 0);
    for body in bodies {
        assert_eq!(body.get("ActiveState"), None);
    }
}

#[tokio::test]
async fn names_are_not_lost_with_an_answer() {
    for effect in [
        Effect::DropBefore,
        Effect::DropAfter,
        Effect::GatewayTimeoutAfter,
    ] {
        let pair = Pair::new(server("ada")).await;
        pair.server
            .inject(Fault::new(effect).on("POST", "CreateContact"));
        let outcomes = pair.write(&newcomers()).await;
        assert_eq!(codes(&outcomes)[0], "applied");
        let state = pair.server.snapshot();
        assert_eq!(
            state.contact("kim@acme.example").unwrap().fields["FirstName"],
            "Kim"
        );
    }
    // Away for good: whoever would join without a name waits for the next run.
    let pair = Pair::new(server("ada")).await;
    pair.server.inject(
        Fault::new(Effect::DropBefore)
            .on("POST", "CreateContact")
            .times(9),
    );
    let outcomes = pair.write(&newcomers()).await;
    let away = "failed: unavailable";
    assert_eq!(codes(&outcomes), [away, away, away, "already-so"]);
    assert_eq!(pair.staff(), ["ada"]);
}
