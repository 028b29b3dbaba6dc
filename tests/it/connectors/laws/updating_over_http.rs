//! Changing members in place while something goes wrong on the way.

use rollcall::plan::outcome::Outcome;

use super::{writes::hand_over, *};

/// Updates somebody while this goes wrong with one request, whichever it is; then once more without.
async fn update_with<S: Subject>(effect: Effect, after: u32) {
    let subject = S::start(3).await;
    let reading = whole(&subject).await;
    let change = subject.update(&member_of(&subject, &reading, 1)).unwrap();
    let changes = std::slice::from_ref(&change);
    let list_id = reading.list_id.as_deref();
    let mut writer = subject.writer(&staff::<S>(), list_id).await;
    assert!(subject.inject(Fault::new(effect.clone()).after(after)));
    let outcomes = hand_over(&mut writer, 1, changes).await;
    assert!(
        !outcomes[0].is_done() || subject.is_updated(1),
        "{effect:?} {after}: a false success"
    );
    // A fault that met nobody yet meets the next request.
    hand_over(&mut writer, 1, changes).await;
    let mut writer = subject.writer(&staff::<S>(), list_id).await;
    let mut tries = 0;
    while !hand_over(&mut writer, 1, changes).await[0].is_done() {
        tries += 1;
        assert!(tries < 3, "{effect:?} {after}: it does not settle");
    }
    assert!(subject.is_updated(1), "{effect:?} {after}");
    assert_eq!(subject.on_list(), [0, 1, 2]);
}

pub(in super::super) async fn a_lost_answer_is_never_a_false_success<S: Subject>() {
    for effect in [
        Effect::DropBefore,
        Effect::DropAfter,
        Effect::GatewayTimeoutAfter,
        Effect::ServerError,
        Effect::BadGateway,
    ] {
        for after in [0, 1] {
            update_with::<S>(effect.clone(), after).await;
        }
    }
}

pub(in super::super) async fn a_refusal_is_told_truly<S: Subject>() {
    for status in [200, 400, 401, 403, 404, 409, 422] {
        update_with::<S>(refusal(status), 0).await;
    }
    let subject = S::start(3).await;
    let reading = whole(&subject).await;
    let change = subject.update(&member_of(&subject, &reading, 1)).unwrap();
    let mut writer = subject
        .writer(&staff::<S>(), reading.list_id.as_deref())
        .await;
    assert!(subject.inject(Fault::new(refusal(422)).times(ALWAYS)));
    let outcomes = hand_over(&mut writer, 1, &[change]).await;
    let is_told = matches!(&outcomes[0], Outcome::Refused(why) | Outcome::Failed(why) if !why.code.is_empty());
    assert!(is_told, "{outcomes:?}");
    assert!(!subject.is_updated(1));
}
