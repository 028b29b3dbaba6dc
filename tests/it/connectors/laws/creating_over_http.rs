//! Creating lists while something goes wrong on the way.

use super::{creating::newcomers_there, *};

pub(in super::super) async fn a_lost_answer_creates_one_list<S: Subject>() {
    for effect in [
        Effect::DropBefore,
        Effect::DropAfter,
        Effect::GatewayTimeoutAfter,
        Effect::ServerError,
        Effect::BadGateway,
    ] {
        let subject = S::start(1).await;
        whole(&subject).await;
        let (method, piece) = subject.creating();
        assert!(subject.inject(Fault::new(effect.clone()).on(method, piece)));
        let mut writer = subject.writer(&newcomers::<S>(), None).await;
        let first = writer.create_list().await;
        if let Err(error) = &first {
            assert!(
                is_of_kind(error, ErrorKind::Unavailable(None)),
                "{effect:?}: {error:?}"
            );
        }
        let mut another = subject.writer(&newcomers::<S>(), None).await;
        let second = another.create_list().await.unwrap();
        assert!(first.is_err() || first == Ok(second), "{effect:?}");
        assert_eq!(newcomers_there(&subject).await, 1, "{effect:?}");
    }
}

pub(in super::super) async fn a_refusal_is_told_by_its_kind<S: Subject>() {
    for (status, kind) in [
        (401, Some(ErrorKind::SignIn)),
        (403, Some(ErrorKind::Denied)),
        (400, None),
        (422, None),
    ] {
        let subject = S::start(1).await;
        whole(&subject).await;
        let (method, piece) = subject.creating();
        let fault = Fault::new(refusal(status)).on(method, piece);
        assert!(subject.inject(fault.times(ALWAYS)));
        let mut writer = subject.writer(&newcomers::<S>(), None).await;
        let error = writer.create_list().await.unwrap_err();
        assert!(
            kind.is_none_or(|kind| error.kind == kind),
            "{status}: {error:?}"
        );
        assert_eq!(newcomers_there(&subject).await, 0);
    }
}
