//! Every request of a hand-over is lost once: whatever is then said to be done is done, and the next try does the rest.

use rollcall::{
    model::attributes::Value,
    plan::{
        change::{Action, Change},
        outcome::Outcome,
    },
    sandbox::{Effect, Fault, mailroute::MailRoute},
};
use serde_json::json;

use super::stage::{Stage, add, add_list, change, field, find, texts};

async fn stage() -> (Stage, Vec<Change>) {
    let settings = json!({ "deleteAccounts": true, "deleteAliases": true });
    let stage = Stage::with(4, settings).await;
    stage
        .stand_in
        .edit(|state| state.give_alias("user0001@harbor.example", "old"));
    let reading = stage.read().await;
    let who = |number: usize| find(&reading, &format!("user{number:04}@harbor.example")).clone();
    let list = Some(Value::Text("distribution-list".to_owned()));
    let aliases = field(
        "aliases",
        Some(texts(&["old@harbor.example"])),
        Some(texts(&["new@harbor.example"])),
    );
    let changes = vec![
        add("ines@harbor.example", &["i.moreau@harbor.example"]),
        add("tom@harbor.example", &[]),
        add_list("all@harbor.example"),
        change(Action::Update(vec![aliases]), who(1)),
        change(Action::Update(vec![field("state", None, list)]), who(2)),
        change(Action::Remove, who(3)),
    ];
    stage.stand_in.clear_log();
    (stage, changes)
}

/// Whether a change is so.
fn is_so(state: &MailRoute, number: usize) -> bool {
    let is_list = |address: &str| state.account(address).is_some_and(|one| one.state == 2);
    match number {
        0 => state.aliases("ines@harbor.example") == ["i.moreau"],
        1 => state.account("tom@harbor.example").is_some(),
        2 => is_list("all@harbor.example"),
        3 => state.aliases("user0001@harbor.example") == ["new"],
        4 => is_list("user0002@harbor.example"),
        _ => state.account("user0003@harbor.example").is_none(),
    }
}

#[tokio::test]
async fn a_lost_answer_is_never_taken_for_a_success() {
    let (calm, changes) = stage().await;
    let outcomes = calm.write(&changes).await;
    assert_eq!(outcomes, vec![Outcome::Applied; changes.len()]);
    let requests = u32::try_from(calm.asked().len()).unwrap();
    assert!(requests > 10, "{:?}", calm.asked());
    for effect in [
        Effect::DropAfter,
        Effect::DropBefore,
        Effect::GatewayTimeoutAfter,
        Effect::BadGateway,
        Effect::NotJson,
        Effect::Conflict,
    ] {
        for request in 0..requests {
            let (stage, changes) = stage().await;
            stage
                .stand_in
                .inject(Fault::new(effect.clone()).after(request));
            let outcomes = stage.write(&changes).await;
            let state = stage.stand_in.snapshot();
            for (number, outcome) in outcomes.iter().enumerate() {
                assert!(
                    !outcome.is_done() || is_so(&state, number),
                    "{effect:?} at {request}: {outcome:?} of change {number}"
                );
            }
            stage.stand_in.clear_faults();
            let again = stage.write(&changes).await;
            let state = stage.stand_in.snapshot();
            assert!(
                (0..changes.len()).all(|number| is_so(&state, number)),
                "{again:?}"
            );
            assert!(
                again.iter().all(Outcome::is_done),
                "{effect:?} at {request}: {again:?}"
            );
            assert_eq!(state.welcome_mails, 0);
            assert_eq!(state.accounts.len(), 6, "nobody else came or went");
        }
    }
}
