//! Creating lists.

use rollcall::plan::{change::Action, outcome::Outcome};

use super::{
    writes::{change, hand_over},
    *,
};

/// How many lists have the name of the new one.
pub(super) async fn newcomers_there<S: Subject>(subject: &S) -> usize {
    let lists = subject.lists().lists(&Unwatched).await.unwrap();
    let is_new = |name: &str| name == "Newcomers" || name.starts_with("Newcomers.");
    lists.iter().filter(|list| is_new(&list.name)).count()
}

pub(in super::super) async fn a_list_is_created_once<S: Subject>() {
    let subject = S::start(2).await;
    assert_eq!(newcomers_there(&subject).await, 0);
    let mut writer = subject.writer(&newcomers::<S>(), None).await;
    let id = writer.create_list().await.unwrap();
    assert_eq!(writer.create_list().await.unwrap(), id);
    let mut another = subject.writer(&newcomers::<S>(), None).await;
    assert_eq!(another.create_list().await.unwrap(), id);
    assert_eq!(newcomers_there(&subject).await, 1);
    let reading = read_by(subject.reader(&newcomers::<S>()).await)
        .await
        .unwrap();
    assert!(reading.exists && reading.members.is_empty());
    assert_eq!(reading.list_id, id);
    assert_eq!(subject.on_list(), [0, 1], "another list stays as it is");
}

pub(in super::super) async fn a_new_list_takes_members<S: Subject>() {
    let subject = S::start(2).await;
    let reader = subject.reader_that_may_create(&newcomers::<S>()).await;
    let chunk = read_by(reader).await.unwrap().capabilities.chunk;
    let mut writer = subject.writer(&newcomers::<S>(), None).await;
    writer.create_list().await.unwrap();
    let additions: Vec<_> = people(&subject, 1..4)
        .into_iter()
        .map(|person| change(Action::Add, person))
        .collect();
    let outcomes = hand_over(&mut writer, chunk, &additions).await;
    assert_eq!(outcomes, vec![Outcome::Applied; 3]);
    let outcomes = hand_over(&mut writer, chunk, &additions).await;
    assert_eq!(outcomes, vec![Outcome::AlreadySo; 3]);
    let reading = read_by(subject.reader(&newcomers::<S>()).await)
        .await
        .unwrap();
    holds(&subject, &reading, 1..4);
    assert_eq!(subject.on_list(), [0, 1], "another list stays as it is");
}
