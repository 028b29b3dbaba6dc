//! Naming the lists of a connection, and trying it out.

use super::*;

pub(in super::super) async fn the_list_is_named<S: Subject>() {
    let subject = S::start(2).await;
    let reading = whole(&subject).await;
    let lists = subject.lists().lists(&Unwatched).await.unwrap();
    let is_staff = |name: &str| name == "Staff" || name.starts_with("Staff.");
    let found: Vec<_> = lists.iter().filter(|list| is_staff(&list.name)).collect();
    assert_eq!(found.len(), 1, "{lists:?}");
    if let (Some(named), Some(read)) = (&found[0].id, &reading.list_id) {
        assert!(named.eq_ignore_ascii_case(read), "{named} {read}");
    }
    assert!(lists.is_sorted_by_key(|list| list.name.to_lowercase()));
    // What is named can be read under that name, and under its id.
    let names = [Some(&found[0].name), found[0].id.as_ref()];
    for name in names.into_iter().flatten() {
        let again = read_by(subject.reader(&named::<S>(name)).await)
            .await
            .unwrap();
        holds(&subject, &again, 0..2);
    }
}

pub(in super::super) async fn a_test_of_what_works_succeeds<S: Subject>() {
    let subject = S::start(2).await;
    let lines = subject.test().test().await;
    assert!(!lines.is_empty());
    for line in lines {
        assert!(line.result.is_ok(), "{line:?}");
    }
    assert_eq!(subject.on_list(), [0, 1], "a test changes nothing");
}
