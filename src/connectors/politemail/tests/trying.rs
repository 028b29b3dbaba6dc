//! `rollcall test`, signing in, and what is never shown.

use super::*;
use crate::sandbox::{Effect, Fault, politemail::Envelope};

async fn lines(pair: &Pair) -> Vec<(String, Result<String, ConnectorError>)> {
    let lines = pair.connection.test().test().await;
    lines
        .into_iter()
        .map(|line| (line.what, line.result))
        .collect()
}

#[tokio::test]
async fn a_connection_that_works_says_what_it_found() {
    let mut state = PoliteMail {
        envelope: Envelope::V4,
        ..server("ada bob")
    };
    state.put_list("News", []);
    state.lists[1].is_newsletter = true;
    let pair = Pair::new(state).await;
    let found = lines(&pair).await;
    let text = |place: usize| found[place].1.clone().unwrap();
    assert_eq!(text(0), "signed in with a token as user and password");
    assert_eq!(text(1), "2 lists; the server answers in OData 4");
    assert!(text(2).contains("`News`"));
    assert_eq!(text(3), "`Staff` holds 2 contacts");
    pair.server.edit(|state| state.shows_marks = false);
    let found = lines(&pair).await;
    assert!(found[2].1.clone().unwrap().contains("`subscriptionLists`"));
    assert_eq!(pair.server.counters().writes, 0);
}

#[tokio::test]
async fn a_refused_token_is_tried_the_other_way() {
    let style = |user: &str| PoliteMail {
        logins: PoliteMail::with_login(user, TOKEN).logins,
        ..server("ada")
    };
    for (state, token_style, help) in [
        (style(""), TokenStyle::Both, "set `tokenStyle` to `blank`"),
        (
            style(TOKEN),
            TokenStyle::Blank,
            "set `tokenStyle` to `both`",
        ),
        (
            style("somebody"),
            TokenStyle::Both,
            "`blank` was tried as well",
        ),
    ] {
        let settings = Settings {
            token_style,
            ..Settings::default()
        };
        let pair = Pair::with(state, settings).await;
        let found = lines(&pair).await;
        assert_eq!(found.len(), 1);
        let error = found[0].1.clone().unwrap_err();
        assert_eq!(error.kind, ErrorKind::SignIn);
        let said = error.help.unwrap();
        assert!(said.contains(help), "{said}");
    }
    let settings = Settings {
        token_style: TokenStyle::Blank,
        ..Settings::default()
    };
    let pair = Pair::with(style(""), settings).await;
    assert_eq!(lines(&pair).await.len(), 4);
}

#[tokio::test]
async fn a_wrong_path_is_told_with_the_right_one() {
    let state = PoliteMail {
        base_path: "/ssv3/odata".to_owned(),
        ..server("ada")
    };
    let pair = Pair::new(state.clone()).await;
    let error = lines(&pair).await[0].1.clone().unwrap_err();
    assert!(error.help.unwrap().contains("set `basePath` to it"));
    let error = pair.read("Staff").await.unwrap_err();
    assert!(error.help.unwrap().contains("`/ssv3/odata`"));
    let settings = Settings {
        base_path: "/ssv3/odata".to_owned(),
        ..Settings::default()
    };
    let pair = Pair::with(state, settings).await;
    assert_eq!(lines(&pair).await.len(), 4);
    assert_eq!(pair.read("Staff").await.unwrap().members.len(), 1);
    pair.server
        .edit(|state| state.base_path = "/elsewhere".to_owned());
    let error = lines(&pair).await[0].1.clone().unwrap_err();
    assert!(error.help.unwrap().contains("servers 4.x at `/ssv3/odata`"));
}

#[tokio::test]
async fn a_page_for_people_is_not_the_api() {
    let pair = Pair::new(server("ada")).await;
    pair.server.inject(Fault::new(Effect::NotJson));
    let error = lines(&pair).await[0].1.clone().unwrap_err();
    assert_eq!(error.kind, ErrorKind::BadData);
    assert!(error.help.unwrap().contains("`basePath`"));
}

#[tokio::test]
async fn user_and_password_sign_in() {
    let mut state = server("ada");
    state.logins = PoliteMail::with_login("ada", "hunter2").logins;
    let server = start(state, 0).await.unwrap();
    let settings = Settings {
        url: Some(server.url().to_owned()),
        user_variable: Some("USER".to_owned()),
        password_variable: Some("PASSWORD".to_owned()),
        ..Settings::default()
    };
    let secrets = |password: &'static str| {
        move |name: &str| match name {
            "USER" => Some("ada".to_owned()),
            "PASSWORD" => Some(password.to_owned()),
            _ => None,
        }
    };
    let connection = connect(&settings, &secrets("hunter2"), quick()).unwrap();
    assert_eq!(connection.test().test().await.len(), 4);
    let connection = connect(&settings, &secrets("wrong"), quick()).unwrap();
    let lines = connection.test().test().await;
    let error = lines[0].result.clone().unwrap_err();
    assert!(error.help.unwrap().contains("personal access token"));
    let missing = connect(&settings, &|_| None, quick()).err().unwrap();
    assert_eq!(missing.kind, ErrorKind::Settings);
    assert!(missing.message.contains("`USER`"));
    assert!(connect(&Settings::default(), &secret, quick()).is_err());
}

#[tokio::test]
async fn no_message_shows_the_token() {
    let encoded = pair_of(TOKEN, TOKEN);
    for effect in [
        Effect::Error {
            status: 401,
            code: String::new(),
            message: format!("not `{TOKEN}`, sent as `Basic {encoded}`"),
        },
        Effect::DropBefore,
        Effect::NotJson,
    ] {
        let pair = Pair::new(server("ada")).await;
        pair.server.inject(Fault::new(effect.clone()).times(50));
        let mut texts = vec![format!("{:?}", pair.read("Staff").await)];
        texts.push(format!("{:?}", lines(&pair).await));
        texts.push(format!("{:?}", pair.write(&adding("bob")).await));
        for text in texts {
            assert!(!text.contains(&encoded), "{text}");
            assert!(!text.contains(TOKEN), "{text}");
        }
        let log = serde_json::to_string(&pair.server.log()).unwrap();
        assert!(
            !log.contains("authorization"),
            "the stand-in keeps no credentials either"
        );
    }
}

fn pair_of(user: &str, password: &str) -> String {
    use base64::{Engine as _, engine::general_purpose::STANDARD};
    STANDARD.encode(format!("{user}:{password}"))
}
