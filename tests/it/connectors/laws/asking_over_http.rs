//! Naming the lists of a connection and trying it out while something goes wrong, and what must never be said.

use std::sync::{Arc, Mutex};

use rollcall::plan::change::Action;

use super::{
    writes::{change, hand_over},
    *,
};

/// A fault that every request meets that reads.
fn on_every_read(effect: Effect) -> Fault {
    Fault::new(effect).on("GET", "").times(ALWAYS)
}

/// Lists while pages come otherwise than they should: nothing is missing, or it is an error.
pub(in super::super) async fn every_page_of_lists_is_read_or_the_trouble_is_told<S: Subject>() {
    let elsewhere = "http://127.0.0.1:1".to_owned();
    for (effect, times, may_fail) in [
        (Effect::ShortPage { size: 1 }, 1, false),
        (Effect::EmptyPage, 1, false),
        (Effect::RepeatedObjects, 1, false),
        (Effect::CyclingNextLink, ALWAYS, true),
        (Effect::ForeignNextLink { origin: elsewhere }, 1, true),
    ] {
        for after in [0, 1] {
            let subject = S::start(2).await;
            let expected = subject.lists().lists(&Unwatched).await.unwrap();
            let fault = Fault::new(effect.clone()).on("GET", "");
            assert!(subject.inject(fault.after(after).times(times)));
            match subject.lists().lists(&Unwatched).await {
                Ok(lists) => assert_eq!(lists, expected, "{effect:?} {after}"),
                Err(error) => assert!(
                    may_fail && error.kind == ErrorKind::BadData,
                    "{effect:?} {after}: {error}"
                ),
            }
        }
    }
}

pub(in super::super) async fn lists_are_named_or_the_kind_of_trouble_is<S: Subject>() {
    for (effect, kind) in [
        (refusal(401), ErrorKind::SignIn),
        (refusal(403), ErrorKind::Denied),
        (Effect::ServerError, ErrorKind::Unavailable(None)),
        (Effect::BadGateway, ErrorKind::Unavailable(None)),
        (Effect::DropBefore, ErrorKind::Unavailable(None)),
        (Effect::NotJson, ErrorKind::BadData),
    ] {
        let subject = S::start(2).await;
        assert!(subject.inject(on_every_read(effect.clone())));
        let error = subject.lists().lists(&Unwatched).await.unwrap_err();
        assert!(is_of_kind(&error, kind), "{effect:?}: {error:?}");
    }
    for effect in [
        Effect::ServerError,
        Effect::DropBefore,
        Effect::UnknownFields,
    ] {
        let subject = S::start(2).await;
        let expected = subject.lists().lists(&Unwatched).await.unwrap();
        assert!(subject.inject(Fault::new(effect.clone()).on("GET", "")));
        let lists = subject.lists().lists(&Unwatched).await.unwrap();
        assert_eq!(lists, expected, "{effect:?}");
    }
}

pub(in super::super) async fn a_test_of_what_is_refused_fails<S: Subject>() {
    for (effect, kind) in [
        (refusal(401), ErrorKind::SignIn),
        (refusal(403), ErrorKind::Denied),
        (Effect::NotJson, ErrorKind::BadData),
        (Effect::ServerError, ErrorKind::Unavailable(None)),
    ] {
        let subject = S::start(2).await;
        assert!(subject.inject(on_every_read(effect.clone())));
        let lines = subject.test().test().await;
        let mut failed = lines.iter().filter_map(|line| line.result.as_ref().err());
        assert!(
            failed.any(|error| is_of_kind(error, kind)),
            "{effect:?}: {lines:?}"
        );
    }
}

/// Everything that is logged, at the most talkative level.
#[derive(Clone, Default)]
struct Logged(Arc<Mutex<Vec<u8>>>);

impl std::io::Write for Logged {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

pub(in super::super) async fn nothing_secret_is_said<S: Subject>() {
    let logged = Logged::default();
    let writer = logged.clone();
    let subscriber = tracing_subscriber::fmt()
        .with_max_level(tracing::Level::TRACE)
        .with_writer(move || writer.clone())
        .finish();
    let _listening = tracing::subscriber::set_default(subscriber);
    for effect in [
        Effect::Slow { milliseconds: 0 },
        refusal(401),
        refusal(403),
        refusal(422),
        Effect::BadGateway,
        Effect::NotJson,
        Effect::DropBefore,
    ] {
        let subject = S::start(2).await;
        let reading = whole(&subject).await;
        let mut writer = subject
            .writer(&staff::<S>(), reading.list_id.as_deref())
            .await;
        assert!(subject.inject(Fault::new(effect).times(ALWAYS)));
        let read = read(&subject).await;
        let lists = subject.lists().lists(&Unwatched).await;
        let lines = subject.test().test().await;
        let addition = change(Action::Add, subject.person(2));
        let outcomes = hand_over(&mut writer, 1, &[addition]).await;
        let mut said = format!("{read:?} {lists:?} {lines:?} {outcomes:?}");
        said.extend(read.err().map(|error| error.to_string()));
        said.push_str(&String::from_utf8_lossy(&logged.0.lock().unwrap()));
        let secrets = subject.secrets();
        assert!(!secrets.is_empty(), "there is something to keep");
        for secret in secrets {
            assert!(!secret.is_empty());
            let at = said.find(&secret);
            let around = at.and_then(|at| said.get(at.saturating_sub(200)..at));
            assert_eq!(around, None, "a secret was said");
        }
    }
}
