//! Changing members in place.

use rollcall::plan::outcome::Outcome;

use super::{writes::hand_over, *};

pub(in super::super) async fn an_update_changes_what_it_says<S: Subject>() {
    let subject = S::start(3).await;
    let reading = whole(&subject).await;
    let change = |reading: &Reading| subject.update(&member_of(&subject, reading, 1)).unwrap();
    let first = change(&reading);
    assert!(!subject.is_updated(1), "nothing was asked for yet");
    let list_id = reading.list_id.as_deref();
    let mut writer = subject.writer(&staff::<S>(), list_id).await;
    let outcomes = hand_over(&mut writer, 1, std::slice::from_ref(&first)).await;
    assert_eq!(outcomes, [Outcome::Applied]);
    assert!(subject.is_updated(1));
    assert!(!subject.is_updated(0) && !subject.is_updated(2));
    assert_eq!(subject.on_list(), [0, 1, 2]);
    let outcomes = hand_over(&mut writer, 1, std::slice::from_ref(&first)).await;
    assert!(outcomes[0].is_done(), "{outcomes:?}");
    assert!(subject.is_updated(1));
    let again = whole(&subject).await;
    holds(&subject, &again, 0..3);
    assert_ne!(again.members, reading.members, "it is read as it now is");
}
