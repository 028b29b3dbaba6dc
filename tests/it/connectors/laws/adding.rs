//! Adding members.

use rollcall::plan::{change::Action, outcome::Outcome};

use super::{
    writes::{AT_FIRST, MANY, Written, change, hand_over},
    *,
};

pub(in super::super) async fn who_is_added_is_on_the_list<S: Subject>() {
    let mut list = Written::<S>::to_add().await;
    let outcomes = list.write(list.numbers()).await;
    assert_eq!(outcomes, vec![Outcome::Applied; MANY]);
    assert_eq!(list.subject.on_list(), list.in_the_end());
    list.converges().await;
}

pub(in super::super) async fn each_change_has_its_outcome_in_order<S: Subject>() {
    let mut list = Written::<S>::to_add().await;
    let mixed = [3, 0, 4, 1, 5];
    let changes = list.changes(mixed);
    let outcomes = hand_over(&mut list.writer, mixed.len(), &changes).await;
    let expected = mixed.map(|number| match number {
        0..AT_FIRST => Outcome::AlreadySo,
        _ => Outcome::Applied,
    });
    assert_eq!(outcomes, expected);
    assert_eq!(list.subject.on_list(), (0..6).collect::<Vec<_>>());
    let outcomes = hand_over(&mut list.writer, mixed.len(), &changes).await;
    assert_eq!(outcomes, vec![Outcome::AlreadySo; mixed.len()]);
}

pub(in super::super) async fn somebody_without_a_key_is_refused_alone<S: Subject>() {
    let mut list = Written::<S>::to_add().await;
    let nobody = Member {
        note: Some("line 17: no address, phone number or id".to_owned()),
        ..Member::default()
    };
    let mut changes = list.changes([3, 4]);
    changes.insert(1, change(Action::Add, nobody));
    for done in [Outcome::Applied, Outcome::AlreadySo] {
        let outcomes = hand_over(&mut list.writer, changes.len(), &changes).await;
        assert_eq!(outcomes[0], done);
        assert!(matches!(outcomes[1], Outcome::Refused(_)), "{outcomes:?}");
        assert_eq!(outcomes[2], done);
        assert_eq!(list.subject.on_list(), (0..5).collect::<Vec<_>>());
    }
}

pub(in super::super) async fn nothing_to_add_is_nothing_done<S: Subject>() {
    let mut list = Written::<S>::to_add().await;
    let asked = list.subject.log().len();
    assert_eq!(list.writer.write(&[], &Unwatched).await, Vec::new());
    assert_eq!(list.subject.log().len(), asked, "nothing needs no request");
}
