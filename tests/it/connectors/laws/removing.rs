//! Removing members.

use rollcall::plan::outcome::Outcome;

use super::{
    writes::{MANY, Written, hand_over},
    *,
};

pub(in super::super) async fn who_is_removed_is_gone<S: Subject>() {
    let mut list = Written::<S>::to_remove().await;
    let outcomes = list.write(list.numbers()).await;
    assert_eq!(outcomes, vec![Outcome::Applied; MANY]);
    assert_eq!(list.subject.on_list(), list.in_the_end());
    list.converges().await;
}

pub(in super::super) async fn each_change_has_its_outcome_in_order<S: Subject>() {
    let mut list = Written::<S>::to_remove().await;
    list.write(4..6).await;
    let mixed = [3, 4, 6, 5, 7];
    let changes = list.changes(mixed);
    let outcomes = hand_over(&mut list.writer, mixed.len(), &changes).await;
    let expected = mixed.map(|number| match number {
        4..6 => Outcome::AlreadySo,
        _ => Outcome::Applied,
    });
    assert_eq!(outcomes, expected);
    let left = list.subject.on_list();
    assert!(mixed.iter().all(|number| !left.contains(number)));
    let outcomes = hand_over(&mut list.writer, mixed.len(), &changes).await;
    assert_eq!(outcomes, vec![Outcome::AlreadySo; mixed.len()]);
}
