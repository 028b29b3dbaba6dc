//! Reading a list while something goes wrong on the way.

use std::sync::{
    Arc,
    atomic::{AtomicUsize, Ordering},
};

use tokio::net::TcpListener;

use super::*;

/// A reading of three pages, while this goes wrong with the requests that list members.
async fn read_with<S: Subject>(
    effect: Effect,
    after: u32,
    times: u32,
) -> (S, Result<Reading, ConnectorError>) {
    let subject = S::start(S::THREE_PAGES).await;
    let fault = Fault::new(effect).on("GET", subject.listing());
    assert!(subject.inject(fault.after(after).times(times)));
    let result = read(&subject).await;
    (subject, result)
}

pub(in super::super) async fn short_empty_and_repeated_pages_lose_nobody<S: Subject>() {
    for effect in [
        Effect::ShortPage { size: 1 },
        Effect::EmptyPage,
        Effect::RepeatedObjects,
    ] {
        for after in [0, 1] {
            let (subject, result) = read_with::<S>(effect.clone(), after, 1).await;
            let reading = result.unwrap_or_else(|error| panic!("{effect:?} {after}: {error}"));
            holds(&subject, &reading, 0..S::THREE_PAGES);
            assert!(reading.is_whole(), "{effect:?}: {:?}", reading.doubts);
        }
    }
}

pub(in super::super) async fn a_link_to_another_host_is_not_followed<S: Subject>() {
    for after in [0, 1] {
        let elsewhere = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let origin = format!("http://{}", elsewhere.local_addr().unwrap());
        let calls = Arc::new(AtomicUsize::new(0));
        let counted = Arc::clone(&calls);
        let listening = tokio::spawn(async move {
            while elsewhere.accept().await.is_ok() {
                counted.fetch_add(1, Ordering::SeqCst);
            }
        });
        let effect = Effect::ForeignNextLink {
            origin: origin.clone(),
        };
        let (subject, result) = read_with::<S>(effect, after, 1).await;
        let was_sent = subject.log().iter().any(|exchange| {
            let body = exchange
                .response
                .as_ref()
                .and_then(|answer| answer.body.as_ref());
            body.is_some_and(|body| body.to_string().contains(&origin))
        });
        assert!(
            !was_sent || result.is_err(),
            "a foreign link was no error: {result:?}"
        );
        is_whole_or(&subject, result, 0..S::THREE_PAGES, ErrorKind::BadData);
        assert_eq!(calls.load(Ordering::SeqCst), 0, "it was followed");
        listening.abort();
    }
}

pub(in super::super) async fn pages_that_go_in_circles_are_an_error<S: Subject>() {
    for after in [0, 1] {
        let (subject, result) = read_with::<S>(Effect::CyclingNextLink, after, ALWAYS).await;
        is_whole_or(&subject, result, 0..S::THREE_PAGES, ErrorKind::BadData);
    }
}

pub(in super::super) async fn a_refusal_is_told_by_its_kind<S: Subject>() {
    for (status, kind) in [
        (401, ErrorKind::SignIn),
        (403, ErrorKind::Denied),
        (404, ErrorKind::NotFound),
    ] {
        let (_, result) = read_with::<S>(refusal(status), 0, ALWAYS).await;
        let error = result.unwrap_err();
        assert_eq!(error.kind, kind, "{status}: {error}");
    }
    for status in [400, 409, 410, 422] {
        let (_, result) = read_with::<S>(refusal(status), 0, ALWAYS).await;
        assert!(result.is_err(), "{status}: {result:?}");
    }
}

pub(in super::super) async fn a_page_that_fails_later_fails_the_reading<S: Subject>() {
    for status in [400, 401, 403, 404, 409, 422, 500] {
        let (_, result) = read_with::<S>(refusal(status), 1, ALWAYS).await;
        assert!(result.is_err(), "{status}: {result:?}");
    }
}

/// What passes: how it looks when it is not done, or not answered.
fn troubles() -> Vec<Effect> {
    let soon = Some(0.01);
    vec![
        Effect::Throttle {
            retry_after_seconds: soon,
        },
        Effect::Throttle {
            retry_after_seconds: None,
        },
        Effect::Unavailable {
            retry_after_seconds: soon,
        },
        Effect::Unavailable {
            retry_after_seconds: None,
        },
        Effect::ServerError,
        Effect::BadGateway,
        Effect::GatewayTimeoutAfter,
        Effect::DropBefore,
        Effect::DropAfter,
    ]
}

pub(in super::super) async fn a_passing_trouble_is_waited_out<S: Subject>() {
    for effect in troubles() {
        for after in [0, 1] {
            let (subject, result) = read_with::<S>(effect.clone(), after, 1).await;
            let reading = result.unwrap_or_else(|error| panic!("{effect:?} {after}: {error}"));
            holds(&subject, &reading, 0..S::THREE_PAGES);
            assert!(reading.is_whole(), "{effect:?}: {:?}", reading.doubts);
        }
    }
}

pub(in super::super) async fn a_lasting_trouble_is_an_error<S: Subject>() {
    let hour = Duration::from_secs(3600);
    let an_hour = Some(3600.0);
    for effect in [
        Effect::Throttle {
            retry_after_seconds: an_hour,
        },
        Effect::Unavailable {
            retry_after_seconds: an_hour,
        },
    ] {
        let (_, result) = read_with::<S>(effect.clone(), 0, ALWAYS).await;
        let error = result.unwrap_err();
        assert_eq!(
            error.kind,
            ErrorKind::Unavailable(Some(hour)),
            "{effect:?}: {error}"
        );
    }
    for effect in troubles() {
        let (_, result) = read_with::<S>(effect.clone(), 0, ALWAYS).await;
        let error = result.unwrap_err();
        assert!(
            is_of_kind(&error, ErrorKind::Unavailable(None)),
            "{effect:?}: {error:?}"
        );
    }
}

pub(in super::super) async fn a_page_of_html_is_bad_data<S: Subject>() {
    for after in [0, 1] {
        let (_, result) = read_with::<S>(Effect::NotJson, after, ALWAYS).await;
        let error = result.unwrap_err();
        assert_eq!(error.kind, ErrorKind::BadData, "{error}");
    }
}

pub(in super::super) async fn unknown_fields_are_tolerated<S: Subject>() {
    let expected = whole(&S::start(S::THREE_PAGES).await).await;
    let subject = S::start(S::THREE_PAGES).await;
    assert!(subject.inject(Fault::new(Effect::UnknownFields).times(ALWAYS)));
    let reading = whole(&subject).await;
    holds(&subject, &reading, 0..S::THREE_PAGES);
    assert_eq!(reading.list_id, expected.list_id);
    assert_eq!(reading.capabilities, expected.capabilities);
}
