//! What is refused, and how little is said about it.

use std::{
    io::{self, Write},
    sync::{Arc, Mutex},
};

use rollcall::intake::LONGEST_LOAD;
use tracing_subscriber::fmt::MakeWriter;

use super::{
    call::{By, Call},
    stage::{PEOPLE, Stage, TOKEN},
};

/// Every way not to be the HR system.
fn impostors() -> Vec<(&'static str, Call)> {
    let load = || Call::load("msg_1", PEOPLE);
    let long = vec![b'x'; LONGEST_LOAD + 1];
    let mut other_body = load();
    let stolen = other_body.proof(jiff::Timestamp::from_second(1_800_000_000).unwrap());
    other_body.body = b"email\nmallory@evil.example\n".to_vec();
    let other_body = stolen
        .into_iter()
        .fold(other_body, |call, (name, value)| call.with(name, value));
    vec![
        (
            "no proof",
            Call {
                by: By::Nothing,
                ..load()
            },
        ),
        (
            "no proof, no body",
            Call {
                by: By::Nothing,
                body: Vec::new(),
                ..load()
            },
        ),
        (
            "the secret of another connection",
            load().signed_by("ROLLCALL_BAMBOO"),
        ),
        (
            "a secret that is not set anywhere",
            load().signed_by("ROLLCALL_NOT_SET"),
        ),
        (
            "a secret of nothing but zeros",
            Call {
                by: By::Secret(vec![0; 32]),
                ..load()
            },
        ),
        (
            "an empty secret",
            Call {
                by: By::Secret(Vec::new()),
                ..load()
            },
        ),
        ("late", load().aged(301)),
        ("early", load().aged(-301)),
        ("a replay under another body", other_body),
        (
            "a replay under another id",
            load().with("webhook-id", "msg_2"),
        ),
        (
            "a replay at another time",
            load().with("webhook-timestamp", "1800000001"),
        ),
        ("no id", load().without("webhook-id").with("webhook-id", "")),
        (
            "an id with a full stop",
            Call {
                id: Some("msg.1".to_owned()),
                ..load()
            },
        ),
        ("a time in words", load().with("webhook-timestamp", "now")),
        (
            "no known signature",
            load().with("webhook-signature", "v2,abc"),
        ),
        (
            "a signature that is none",
            load().with("webhook-signature", "v1,%%%"),
        ),
        ("a wrong token", load().shows("wrong")),
        ("the token but for a letter", load().shows(&TOKEN[1..])),
        (
            "another scheme",
            load()
                .shows("x")
                .with("authorization", format!("Basic {TOKEN}")),
        ),
        (
            "a token for a connection that knows none",
            load().shows(TOKEN).to("bamboo"),
        ),
        ("a connection that is not there", load().to("nowhere")),
        (
            "a token for a connection that is not there",
            load().shows(TOKEN).to("nowhere"),
        ),
        ("a connection of another kind", load().to("files")),
        (
            "a connection whose secret is not set",
            load().to("silent").signed_by("ROLLCALL_NOT_SET"),
        ),
        ("another case", load().to("Workday")),
        ("a name that climbs", load().to("..%2f..%2fetc")),
        ("a name that is long", load().to(&"x".repeat(3000))),
        (
            "a body that is too long",
            Call {
                body: long.clone(),
                ..load()
            },
        ),
        (
            "a body that is too long, and no proof",
            Call {
                by: By::Nothing,
                body: long,
                ..load()
            },
        ),
        (
            "no content type",
            Call {
                by: By::Nothing,
                ..load()
            }
            .without("content-type"),
        ),
        (
            "broken content",
            Call {
                by: By::Nothing,
                body: b"\"".to_vec(),
                ..load()
            },
        ),
    ]
}

#[tokio::test]
async fn whoever_is_not_proven_gets_one_and_the_same_answer() {
    let stage = Stage::new().await;
    let first = stage
        .send(Call {
            by: By::Nothing,
            ..Call::load("x", "")
        })
        .await;
    first.problem(401, "not-authenticated");
    assert_eq!(first.headers["www-authenticate"], "Bearer");
    for round in 0..2 {
        for (what, call) in impostors() {
            let answer = stage.send(call).await;
            assert_eq!(answer, first, "{what}, round {round}");
        }
        if round == 0 {
            assert_eq!(stage.watched.writes(), 0, "something was stored");
            // The second time, what they pretend to be is known.
            stage.send(Call::load("msg_1", PEOPLE)).await.is(202);
            stage.watched.writes();
        }
    }
    assert_eq!(stage.watched.writes(), 0, "something was stored");
}

/// Where every line of the log goes.
#[derive(Clone, Default)]
struct Log(Arc<Mutex<Vec<u8>>>);

impl Write for Log {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl<'a> MakeWriter<'a> for Log {
    type Writer = Self;

    fn make_writer(&'a self) -> Self {
        self.clone()
    }
}

impl Log {
    fn taken(&self) -> String {
        String::from_utf8(std::mem::take(&mut self.0.lock().unwrap())).unwrap()
    }
}

#[tokio::test]
async fn each_refusal_is_one_line_that_holds_nothing_of_the_caller() {
    let stage = Stage::new().await;
    let log = Log::default();
    let subscriber = tracing_subscriber::fmt()
        .with_max_level(tracing::Level::TRACE)
        .with_ansi(false)
        .with_writer(log.clone())
        .finish();
    // As long as there is one dispatcher alone, a line that another test is the first to reach, on a thread that nobody
    // listens to, would be switched off for this one as well.
    let _second = tracing::Dispatch::new(tracing_subscriber::registry());
    let _guard = tracing::subscriber::set_default(subscriber);
    for (what, call) in impostors() {
        let secret: Vec<String> = call
            .proof(stage.now())
            .into_iter()
            .chain(call.headers.clone())
            .map(|(_, value)| value)
            .filter(|value| value.len() > 4)
            .collect();
        stage.send(call).await.is(401);
        let lines = log.taken();
        let own: Vec<&str> = lines
            .lines()
            .filter(|line| line.contains("rollcall::"))
            .collect();
        assert_eq!(own.len(), 1, "{what}: {lines}");
        assert!(own[0].contains("WARN"), "{what}: {lines}");
        for value in secret {
            assert!(!lines.contains(&value), "{what}: {value} in {lines}");
        }
    }
    // What people have to look after is named.
    let silent = Call::load("msg_1", PEOPLE).to("silent");
    stage.send(silent).await.is(401);
    assert!(log.taken().contains("`ROLLCALL_NOT_SET` is not set"));
    // Nor is anybody named whose delivery was taken in, or could not be used.
    stage.send(Call::load("msg_1", PEOPLE)).await.is(202);
    stage
        .send(Call::load("msg_2", "ada@acme.org\n"))
        .await
        .is(422);
    let notice = Call {
        body: br#"{"people":["ada@acme.org"]}"#.to_vec(),
        ..Call::notice("n")
    };
    stage.send(notice.shows(TOKEN)).await.is(202);
    let lines = log.taken();
    assert!(lines.contains("was taken in"), "{lines}");
    for secret in ["ada@acme.org", TOKEN, "v1,", "whsec_"] {
        assert!(!lines.contains(secret), "{secret} in {lines}");
    }
}
