//! The judges on trial: each of them must be able to say no.

use rollcall::sandbox::Turn;

use super::{
    case::prepare,
    judge::{Intended, Wrong, harm, missing, untrue},
    people::everyone_at_first,
    rest::Boards,
    stage::Stage,
    subject::Subject,
    table::Pending,
};

fn turn(fact: &str, came: bool) -> Turn {
    Turn {
        fact: fact.to_owned(),
        came,
    }
}

#[test]
fn a_journal_tells_of_harm() {
    let intended = Intended {
        on_platform: [1, 2].into(),
        ..Intended::default()
    };
    let before = ["member 1", "member 3", "contact one"].map(str::to_owned);
    let harm = |turns: &[Turn]| harm(&before, turns, &intended);
    let fine = [turn("member 2", true), turn("member 3", false)];
    assert_eq!(harm(&fine), []);
    let unproven = harm(&[turn("member 1", false)]);
    assert!(matches!(unproven.as_slice(), [Wrong::Unproven(_)]));
    for turns in [
        vec![turn("contact one", true)],
        vec![turn("contact one", false)],
        vec![turn("contact two", true), turn("contact two", true)],
        // Somebody who shall go, and comes back on the way.
        vec![
            turn("member 3", false),
            turn("member 3", true),
            turn("member 3", false),
            turn("member 3", true),
        ],
    ] {
        let harm = harm(&turns);
        assert!(
            harm.iter().any(|one| matches!(one, Wrong::Harm(_))),
            "{turns:?}"
        );
    }
}

#[tokio::test]
async fn a_run_that_says_too_much_is_told() {
    let stage = Stage::<Boards>::open(Pending::Everything, &everyone_at_first()).await;
    stage.run().await;
    let intended = prepare(&stage, Pending::Everything);
    assert_eq!(missing(&stage, &intended).len(), 7);
    let finished = stage.run().await;
    assert_eq!(missing(&stage, &intended), []);
    assert_eq!(untrue(&finished, &[]), []);

    // The same words, and the list is otherwise.
    stage.subject.leaves(7);
    let missing = missing(&stage, &intended);
    assert_eq!(missing.len(), 1);
    let wrong = untrue(&finished, &missing);
    assert!(
        matches!(wrong.as_slice(), [Wrong::FalseSuccess(_)]),
        "{wrong:?}"
    );
    let mut partial = finished;
    partial.summary.status = Some(rollcall::summary::Status::Partial);
    let wrong = untrue(&partial, &missing);
    assert!(matches!(wrong.as_slice(), [Wrong::Untold(_)]), "{wrong:?}");
    partial.summary.planned.add += 1;
    assert!(untrue(&partial, &[]).contains(&Wrong::Sums));
}
