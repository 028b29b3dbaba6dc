//! Every way to sign in, and that nothing of it is shown.

use rollcall::connectors::ports::ErrorKind;

use super::*;

/// `correct-horse-battery` twice, as HTTP Basic sends it.
const BASIC: &str = "Basic Y29ycmVjdC1ob3JzZS1iYXR0ZXJ5OmNvcnJlY3QtaG9yc2UtYmF0dGVyeQ==";

async fn with_auth(boards: Noticeboard, auth: Value) -> (StandIn<Noticeboard>, RestConnection) {
    let stand_in = running(boards.with_board("Staff", &emails(0..2))).await;
    let mut settings = settings(stand_in.url());
    settings["auth"] = auth;
    let settings = serde_json::from_str(
        &settings
            .to_string()
            .replace("http://tokens.example", stand_in.url()),
    );
    let connection = opened(&settings.unwrap()).unwrap();
    (stand_in, connection)
}

fn oauth() -> Value {
    json!({ "oauth": {
        "tokenUrl": "http://tokens.example/oauth/token", "clientIdVariable": "ID", "clientSecretVariable": "SECRET",
        "scope": "boards", "audience": "https://boards.example",
    } })
}

fn fetching() -> Noticeboard {
    Noticeboard {
        authorization: None,
        lasts: Some(3600),
        ..board()
    }
}

fn tokens_fetched(stand_in: &StandIn<Noticeboard>) -> Vec<Exchange> {
    let log = stand_in.log().into_iter();
    log.filter(|exchange| exchange.request.url.ends_with("/oauth/token"))
        .collect()
}

#[tokio::test]
async fn fixed_credentials_travel_with_every_request() {
    for (header, auth) in [
        (
            BASIC.to_owned(),
            json!({ "basic": { "userVariable": "USER", "passwordVariable": "WORD" } }),
        ),
        (
            format!("Bearer {TOKEN}"),
            json!({ "bearer": { "tokenVariable": "TOKEN" } }),
        ),
        (
            TOKEN.to_owned(),
            json!({ "header": { "name": "Authorization", "valueVariable": "KEY" } }),
        ),
    ] {
        let (_stand_in, connection) = with_auth(Noticeboard::new(&header), auth.clone()).await;
        let reading = read(&connection, "Staff").await.unwrap();
        assert_eq!(reading.members.len(), 2, "{auth}");
        let (_stand_in, connection) = with_auth(Noticeboard::new("another"), auth.clone()).await;
        let error = read(&connection, "Staff").await.unwrap_err();
        assert_eq!(error.kind, ErrorKind::SignIn, "{auth}");
        assert!(
            error
                .message
                .contains("401 Unauthorized (`unauthorized`): Sign in first.")
        );
    }
}

#[tokio::test]
async fn headers_of_its_own_travel_too() {
    let stand_in = running(board().with_board("Staff", &emails(0..2))).await;
    let mut settings = settings(stand_in.url());
    settings["auth"] = json!({ "header": { "name": "X-Board-Key", "valueVariable": "KEY" } });
    settings["headers"] = json!({ "X-Api-Version": "2026-01" });
    let error = read(&opened(&settings).unwrap(), "Staff")
        .await
        .unwrap_err();
    assert_eq!(
        error.kind,
        ErrorKind::SignIn,
        "this stand-in wants another header"
    );
    let log = stand_in.log();
    let headers = &log[0].request.headers;
    assert_eq!(headers["x-board-key"], TOKEN);
    assert_eq!(headers["x-api-version"], "2026-01");
    assert_eq!(headers["accept"], "application/json");
}

#[tokio::test]
async fn a_token_is_fetched_once_and_renewed_once_it_is_refused() {
    let (stand_in, connection) = with_auth(fetching(), oauth()).await;
    read(&connection, "Staff").await.unwrap();
    read(&connection, "Staff").await.unwrap();
    let fetched = tokens_fetched(&stand_in);
    assert_eq!(fetched.len(), 1, "it lasts an hour");
    let form = fetched[0].request.body.clone().unwrap();
    for (name, value) in [
        ("grant_type", "client_credentials"),
        ("client_id", TOKEN),
        ("scope", "boards"),
        ("audience", "https://boards.example"),
    ] {
        assert_eq!(form[name], value, "{form}");
    }
    stand_in.edit(|boards| boards.tokens.clear());
    let outcomes = write(&connection, &[change(Action::Add, person(5))]).await;
    assert_eq!(outcomes, [Outcome::Applied]);
    assert_eq!(tokens_fetched(&stand_in).len(), 2);

    // A token that is never good is fetched once more, and not for ever.
    let (stand_in, connection) = with_auth(Noticeboard::new("another"), oauth()).await;
    let error = read(&connection, "Staff").await.unwrap_err();
    assert_eq!(error.kind, ErrorKind::SignIn);
    assert_eq!(tokens_fetched(&stand_in).len(), 2);
}

#[tokio::test]
async fn a_token_that_ends_soon_is_renewed_before() {
    let boards = Noticeboard {
        lasts: Some(30),
        ..fetching()
    };
    let (stand_in, connection) = with_auth(boards, oauth()).await;
    read(&connection, "Staff").await.unwrap();
    let requests = usize::try_from(stand_in.counters().requests).unwrap();
    assert_eq!(tokens_fetched(&stand_in).len() * 2, requests);
}

#[tokio::test]
async fn credentials_of_an_application_may_travel_in_the_header() {
    let mut auth = oauth();
    auth["oauth"]["credentialsIn"] = json!("header");
    let (stand_in, connection) = with_auth(fetching(), auth.clone()).await;
    read(&connection, "Staff").await.unwrap();
    let form = tokens_fetched(&stand_in)[0].request.body.clone().unwrap();
    assert_eq!(
        (form.get("client_id"), form.get("client_secret")),
        (None, None)
    );

    let stand_in = running(fetching()).await;
    let mut refused = settings(stand_in.url());
    auth["oauth"]["tokenUrl"] = json!(format!("{}/oauth/token", stand_in.url()));
    refused["auth"] = auth;
    let refused = Settings::read(&refused).unwrap();
    let wrong = |_: &str| Some("wrong".to_owned());
    let connection = connect(&refused, &wrong, Patience::default()).unwrap();
    let lines = connection.test().test().await;
    assert_eq!(lines.len(), 1, "what comes after signing in is not tried");
    let error = lines[0].result.clone().unwrap_err();
    assert_eq!(error.kind, ErrorKind::SignIn);
    assert!(error.message.contains("`invalid_client`"), "{error}");
}

#[tokio::test]
async fn a_test_shows_what_is_understood() {
    let stand_in = running(board().with_board("Staff", &emails(0..7))).await;
    let connection = opened(&settings(stand_in.url())).unwrap();
    let lines = connection.test().test().await;
    let said: Vec<(String, String)> = lines
        .into_iter()
        .map(|line| (line.what, line.result.unwrap()))
        .collect();
    let line = |what: &str, result: &str| (what.to_owned(), result.to_owned());
    assert_eq!(
        said,
        [
            line("read the lists", "1 list"),
            line(
                "read the members of `Staff`",
                "5 members on the first page of 7, 5 with an id, 5 with an address; fields `email`, `id`, `state`"
            ),
        ]
    );
    assert_eq!(stand_in.counters().requests, 2);
}

#[test]
fn a_secret_that_is_not_set_is_named_by_its_variable() {
    let settings = Settings::read(&settings("http://127.0.0.1:1")).unwrap();
    let error = connect(&settings, &|_| None, Patience::default())
        .err()
        .unwrap();
    assert_eq!(
        error.to_string(),
        "the environment variable `ROLLCALL_NOTICEBOARD_TOKEN` for the token is not set\n\
         set `ROLLCALL_NOTICEBOARD_TOKEN` to the value of the token"
    );
}

#[tokio::test]
async fn a_secret_that_the_api_repeats_is_not_shown() {
    let stand_in = running(board().with_board("Staff", &emails(0..2))).await;
    let connection = opened(&settings(stand_in.url())).unwrap();
    let echo = rollcall::sandbox::Effect::Error {
        status: 422,
        code: TOKEN.to_owned(),
        message: format!("You sent Bearer {TOKEN}, and I do not like it."),
    };
    stand_in.inject(Fault::new(echo).times(2));
    let error = read(&connection, "Staff").await.unwrap_err();
    let outcomes = write(&connection, &[change(Action::Add, person(5))]).await;
    let said = format!("{error} {error:?} {outcomes:?}");
    assert!(said.contains("I do not like it"), "{said}");
    assert!(!said.contains(TOKEN), "{said}");
}

#[tokio::test]
async fn a_token_that_was_fetched_is_not_shown_when_the_api_repeats_it() {
    let (stand_in, connection) = with_auth(fetching(), oauth()).await;
    read(&connection, "Staff").await.unwrap();
    let token = stand_in.snapshot().tokens[0].clone();
    let echo = rollcall::sandbox::Effect::Error {
        status: 422,
        code: "bad".to_owned(),
        message: format!("You sent {token}, and I do not like it."),
    };
    stand_in.inject(Fault::new(echo));
    let error = read(&connection, "Staff").await.unwrap_err();
    let said = format!("{error} {error:?}");
    assert!(said.contains("I do not like it"), "{said}");
    assert!(!said.contains(&token), "{said}");
}
