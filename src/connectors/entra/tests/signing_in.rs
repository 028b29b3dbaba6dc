use super::*;
use crate::connectors::ports::{ErrorKind, ListReader, Unwatched};

fn refused(code: &str) -> Reply {
    Reply::Json(
        401,
        json!({"error": "invalid_client", "error_codes": [7000215],
            "error_description": format!("{code}: Something long about it. Trace ID: 1 Correlation ID: 2 Timestamp: 3")}),
    )
}

fn is_token(asked: &Asked) -> bool {
    asked.url.ends_with("/token")
}

/// The directory: no number to compare with, and one person.
fn directory(asked: &Asked) -> Reply {
    if asked.url.ends_with("/$batch") {
        Reply::Usual
    } else if asked.url.ends_with("/$count") {
        Reply::Empty(404)
    } else {
        Reply::Json(200, json!({"value": [person(1)]}))
    }
}

async fn failure(
    script: impl Fn(&Asked, usize) -> Reply + Send + Sync + 'static,
) -> crate::connectors::ports::ConnectorError {
    let stand_in = StandIn::start(script).await;
    stand_in
        .connection()
        .reader(&wanted(""))
        .unwrap()
        .directory(&Unwatched)
        .await
        .unwrap_err()
}

#[tokio::test]
async fn refusals_say_what_to_do_and_show_no_secret() {
    for (code, words) in [
        ("AADSTS7000215", "use the secret's value, not its id"),
        ("AADSTS7000222", "make a new client secret"),
        ("AADSTS700016", "check `clientId` and `tenantId`"),
        ("AADSTS90002", "check `tenantId`"),
        (
            "AADSTS1234567",
            "check `tenantId`, `clientId` and the client secret",
        ),
    ] {
        let error = failure(move |asked, _| {
            if is_token(asked) {
                refused(code)
            } else {
                Reply::Usual
            }
        })
        .await;
        assert_eq!(error.kind, ErrorKind::SignIn, "{error}");
        assert!(
            error.help.as_ref().unwrap().contains(words),
            "{code}: {error}"
        );
        assert!(error.message.contains(code), "{error}");
        let all = format!("{error} {error:?}");
        assert!(
            !all.contains("hunter2") && !all.contains("Trace ID"),
            "{all}"
        );
    }
}

#[tokio::test]
async fn an_absent_sign_in_service_is_waited_for() {
    let stand_in = StandIn::start(|asked, before| match before {
        0 if is_token(asked) => Reply::Text(502, "<html>Bad gateway</html>"),
        1 if is_token(asked) => Reply::HangUp,
        _ if is_token(asked) => Reply::Usual,
        _ => directory(asked),
    })
    .await;
    let directory = stand_in
        .connection()
        .reader(&wanted(""))
        .unwrap()
        .directory(&Unwatched)
        .await
        .unwrap();
    assert_eq!(directory.people.len(), 1);
    assert_eq!(directory.own_domains, ["acme.org"]);
    let error = failure(|asked, _| {
        if is_token(asked) {
            Reply::Empty(503)
        } else {
            Reply::Usual
        }
    })
    .await;
    assert!(matches!(error.kind, ErrorKind::Unavailable(_)), "{error}");
}

#[tokio::test]
async fn a_refused_token_is_replaced_once() {
    let script = |accepted: &'static str| {
        move |asked: &Asked, before: usize| {
            if is_token(asked) {
                return token(if before == 0 { "token-1" } else { "token-2" }, 3600);
            }
            let bearer = asked.headers.get("authorization");
            if bearer.is_none_or(|bearer| bearer == accepted) {
                return directory(asked);
            }
            error(
                401,
                "InvalidAuthenticationToken",
                "Access token has expired or is not yet valid.",
            )
        }
    };
    let stand_in = StandIn::start(script("Bearer token-2")).await;
    let connection = stand_in.connection();
    for _ in 0..2 {
        connection
            .reader(&wanted(""))
            .unwrap()
            .directory(&Unwatched)
            .await
            .unwrap();
    }
    assert_eq!(stand_in.asked("/token").len(), 2);

    let stand_in = StandIn::start(script("Bearer none")).await;
    let error = stand_in
        .connection()
        .reader(&wanted(""))
        .unwrap()
        .directory(&Unwatched)
        .await
        .unwrap_err();
    assert_eq!(error.kind, ErrorKind::SignIn);
    assert_eq!(
        stand_in.asked("/$batch").len(),
        2,
        "once more with a fresh token, and no more"
    );
}

#[tokio::test]
async fn the_old_token_lasts_when_renewing_fails() {
    // It is within the last five minutes at once, so that every call tries to renew it.
    let stand_in = StandIn::start(|asked, before| match before {
        0 if is_token(asked) => token("token-1", 250),
        _ if is_token(asked) => refused("AADSTS7000222"),
        _ => directory(asked),
    })
    .await;
    let connection = stand_in.connection();
    for _ in 0..2 {
        connection
            .reader(&wanted(""))
            .unwrap()
            .directory(&Unwatched)
            .await
            .unwrap();
    }
    assert_eq!(stand_in.asked("/token").len(), 2);
}

#[tokio::test]
async fn clones_share_one_token() {
    let stand_in = StandIn::start(|asked, _| {
        if is_token(asked) {
            Reply::Usual
        } else {
            directory(asked)
        }
    })
    .await;
    let connection = stand_in.connection();
    let all: Vec<_> = (0..10)
        .map(|_| {
            let reader = connection.clone().reader(&wanted("")).unwrap();
            tokio::spawn(async move { reader.directory(&Unwatched).await })
        })
        .collect();
    for one in all {
        one.await.unwrap().unwrap();
    }
    assert_eq!(stand_in.asked("/token").len(), 1);
}

#[tokio::test]
async fn a_managed_identity_needs_no_secret() {
    let stand_in = StandIn::start(|asked, _| {
        if asked.url.starts_with("/metadata/identity") {
            assert_eq!(asked.headers["metadata"], "true");
            return Reply::Json(
                200,
                json!({"access_token": "token-m", "expires_on": "4102444800", "expires_in": "86400",
                "resource": "x", "token_type": "Bearer"}),
            );
        }
        directory(asked)
    })
    .await;
    let settings: Settings = serde_json::from_value(json!({
        "managedIdentity": "system", "graphUrl": stand_in.origin, "loginUrl": stand_in.origin,
    }))
    .unwrap();
    let connection = connect(&settings, &|_| None, hasty()).unwrap();
    connection
        .reader(&wanted(""))
        .unwrap()
        .directory(&Unwatched)
        .await
        .unwrap();
    assert_eq!(
        stand_in.asked("/$batch")[0].headers["authorization"],
        "Bearer token-m"
    );
}

#[test]
fn a_missing_secret_is_named_by_its_variable() {
    let settings: Settings = serde_json::from_value(json!({
        "tenantId": "acme.org", "clientId": "00000000-0000-4000-8000-00000000c11e", "clientSecretVariable": "ENTRA_SECRET",
    }))
    .unwrap();
    let error = connect(&settings, &|_| None, hasty()).err().unwrap();
    assert_eq!(error.kind, ErrorKind::Settings);
    assert!(error.message.contains("`ENTRA_SECRET`"));
}

/// Everything that is logged, at the most talkative level.
#[derive(Clone, Default)]
struct Heard(Arc<Mutex<Vec<u8>>>);

impl std::io::Write for Heard {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

#[tokio::test]
async fn no_log_holds_a_token_or_a_secret() {
    let heard = Heard::default();
    let writer = heard.clone();
    let subscriber = tracing_subscriber::fmt()
        .with_max_level(tracing::Level::TRACE)
        .with_writer(move || writer.clone())
        .finish();
    // As long as there is one dispatcher alone, a line that another test is the first to reach, on a thread that nobody
    // listens to, would be switched off for this one as well.
    let _second = tracing::Dispatch::new(tracing_subscriber::registry());
    let _listening = tracing::subscriber::set_default(subscriber);
    let stand_in = StandIn::start(|asked, before| match before {
        0 if is_token(asked) => Reply::HangUp,
        1 if is_token(asked) => refused("AADSTS7000215"),
        _ if is_token(asked) => Reply::Usual,
        _ => directory(asked),
    })
    .await;
    let connection = stand_in.connection();
    connection
        .reader(&wanted(""))
        .unwrap()
        .directory(&Unwatched)
        .await
        .unwrap_err();
    connection
        .reader(&wanted(""))
        .unwrap()
        .directory(&Unwatched)
        .await
        .unwrap();
    let text = String::from_utf8(heard.0.lock().unwrap().clone()).unwrap();
    assert!(
        text.contains("Microsoft Graph answered"),
        "nothing was heard"
    );
    for secret in ["token-1", "hunter2"] {
        let at = text
            .find(secret)
            .map(|at| &text[at.saturating_sub(300)..at + 20]);
        assert_eq!(at, None, "{secret} was logged");
    }
}
