//! Reading a list.

use super::*;

pub(in super::super) async fn every_page_is_read<S: Subject>() {
    for members in [0, 1, S::THREE_PAGES] {
        let subject = S::start(members).await;
        holds(&subject, &whole(&subject).await, 0..members);
    }
}

pub(in super::super) async fn an_absent_list_is_an_error_unless_it_may_be_created<S: Subject>() {
    let subject = S::start(1).await;
    let error = read_by(subject.reader(&newcomers::<S>()).await)
        .await
        .unwrap_err();
    assert_eq!(error.kind, ErrorKind::NotFound, "{error}");
    assert!(error.message.contains("Newcomers"), "{error}");
    if S::CREATES {
        let reader = subject.reader_that_may_create(&newcomers::<S>()).await;
        let reading = read_by(reader).await.unwrap();
        assert!(!reading.exists && reading.members.is_empty());
        assert_eq!(reading.list_id, None);
    }
}

pub(in super::super) async fn reading_twice_gives_the_same<S: Subject>() {
    let subject = S::start(S::THREE_PAGES).await;
    assert_eq!(whole(&subject).await, whole(&subject).await);
    assert_eq!(
        subject.on_list(),
        (0..S::THREE_PAGES).collect::<Vec<_>>(),
        "reading changes nothing"
    );
}
