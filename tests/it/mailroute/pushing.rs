//! The full push: tried out first, two in twelve hours, and judged by what is there afterwards.

use std::time::Duration;

use rollcall::{
    connectors::ports::{Connector, Unwatched},
    model::attributes::Value,
    plan::{
        change::{Action, Change},
        outcome::Outcome,
    },
    sandbox::{
        Effect, Fault,
        mailroute::{Domain, MailRoute},
    },
};
use serde_json::{Value as Json, json};

use super::stage::{DOMAIN, Stage, add, add_list, change, failure, field, find, refusal, texts};

async fn stage(settings: Json) -> Stage {
    let mut whole = json!({ "fullPush": true, "deleteAccounts": true, "deleteAliases": true });
    for (key, value) in settings.as_object().unwrap() {
        whole[key] = value.clone();
    }
    let stage = Stage::with(4, whole).await;
    stage.stand_in.edit(|state| {
        state.give_alias("user0001@harbor.example", "old");
        state.accounts[0].state = 2;
    });
    stage
}

async fn changes(stage: &Stage) -> Vec<Change> {
    let reading = stage.read().await;
    let who = |number: usize| find(&reading, &format!("user{number:04}@harbor.example")).clone();
    let aliases = field(
        "aliases",
        Some(texts(&["old@harbor.example"])),
        Some(texts(&["new@harbor.example"])),
    );
    vec![
        add("ines@harbor.example", &["i.moreau@harbor.example"]),
        add("user0002@harbor.example", &[]),
        add_list("all@harbor.example"),
        change(Action::Update(vec![aliases]), who(1)),
        change(Action::Remove, who(3)),
    ]
}

fn pushes(stage: &Stage) -> Vec<String> {
    let mut asked = stage.writes();
    asked.retain(|asked| asked.contains("ldapsync"));
    asked
}

#[tokio::test]
async fn one_push_makes_all_changes() {
    let stage = stage(json!({})).await;
    let capabilities = stage.read().await.capabilities;
    assert!(capabilities.at_once);
    assert_eq!(capabilities.chunk, usize::MAX);
    let changes = changes(&stage).await;
    let outcomes = stage.write(&changes).await;
    let (done, so) = (Outcome::Applied, Outcome::AlreadySo);
    assert_eq!(
        outcomes,
        [done.clone(), so.clone(), done.clone(), done.clone(), done]
    );
    assert_eq!(
        pushes(&stage),
        [
            "POST ldapsync/remote_data/?domain=harbor.example&test_run=1",
            "POST ldapsync/remote_data/?domain=harbor.example&test_run=0"
        ]
    );
    let state = stage.stand_in.snapshot();
    assert_eq!(state.aliases("ines@harbor.example"), ["i.moreau"]);
    assert_eq!(state.aliases("user0001@harbor.example"), ["new"]);
    assert_eq!(state.account("all@harbor.example").unwrap().state, 2);
    assert_eq!(state.account("user0000@harbor.example").unwrap().state, 2);
    assert!(state.account("user0003@harbor.example").is_none());
    assert_eq!(
        (state.pushes_left, state.trials, state.welcome_mails),
        (1, 1, 0)
    );
    let again = stage.write(&changes).await;
    assert_eq!(again, vec![so; 5]);
    assert_eq!(stage.stand_in.snapshot().pushes_left, 1, "nothing to push");
}

#[tokio::test]
async fn when_the_pushes_are_used_up_nothing_is_claimed() {
    for (seconds, wait) in [(None, 12 * 3600), (Some(5_000), 5_000)] {
        let stage = stage(json!({})).await;
        let changes = changes(&stage).await;
        stage.stand_in.edit(|state| {
            state.pushes_left = 0;
            state.ways.push_retry_seconds = seconds;
        });
        let mut writer = stage.writer();
        let outcomes = writer.write(&changes, &Unwatched).await;
        assert_eq!(writer.asked_to_wait(), Some(Duration::from_secs(wait)));
        for outcome in &outcomes {
            assert_eq!(failure(outcome).code, "not-tried");
        }
        let real = pushes(&stage);
        assert_eq!(real.len(), 2, "asked once, not again and again: {real:?}");
    }
}

#[tokio::test]
async fn a_push_that_leaves_people_there_deletes_nobody() {
    let stage = stage(json!({})).await;
    let changes = changes(&stage).await;
    stage.stand_in.edit(|state| state.ways.push_deletes = false);
    let outcomes = stage.write(&changes).await;
    assert_eq!(failure(&outcomes[4]).code, "not-confirmed");
    assert!(outcomes[..4].iter().all(Outcome::is_done));
}

#[tokio::test]
async fn what_may_not_be_deleted_is_pushed_again() {
    let stage = stage(json!({ "deleteAccounts": false, "deleteAliases": false })).await;
    let changes = changes(&stage).await;
    let outcomes = stage.write(&changes).await;
    assert_eq!(refusal(&outcomes[3]).code, "deletes-off");
    assert_eq!(refusal(&outcomes[4]).code, "deletes-off");
    let state = stage.stand_in.snapshot();
    assert_eq!(state.aliases("user0001@harbor.example"), ["new", "old"]);
    assert!(state.account("user0003@harbor.example").is_some());
}

#[tokio::test]
async fn a_lost_push_is_settled_by_looking_and_never_repeated() {
    for (effect, comes) in [
        (Effect::DropAfter, true),
        (Effect::GatewayTimeoutAfter, true),
        (Effect::DropBefore, false),
        (Effect::ServerError, false),
    ] {
        let stage = stage(json!({})).await;
        let changes = changes(&stage).await;
        stage
            .stand_in
            .inject(Fault::new(effect.clone()).on("POST", "test_run=0"));
        let outcomes = stage.write(&changes).await;
        let done: Vec<bool> = outcomes.iter().map(Outcome::is_done).collect();
        assert_eq!(
            done,
            [comes, true, comes, comes, comes],
            "{effect:?} {outcomes:?}"
        );
        assert_eq!(pushes(&stage).len(), 2, "{effect:?}");
    }
}

#[tokio::test]
async fn a_trial_that_is_refused_and_a_reading_with_doubts_push_nothing() {
    let told = stage(json!({})).await;
    let changes = changes(&told).await;
    told.stand_in
        .inject(Fault::new(Effect::Conflict).on("POST", "test_run=1"));
    let outcomes = told.write(&changes).await;
    assert!(
        outcomes
            .iter()
            .enumerate()
            .all(|(at, one)| one.is_done() == (at == 1))
    );
    assert_eq!(pushes(&told).len(), 1);

    let doubted = stage(json!({})).await;
    let truncated = Effect::TruncatedListing { size: 2 };
    doubted
        .stand_in
        .inject(Fault::new(truncated).on("GET", "email_account"));
    let outcomes = doubted.write(&changes).await;
    assert!(outcomes.iter().all(|one| !one.is_done()), "{outcomes:?}");
    assert_eq!(pushes(&doubted).len(), 0);
}

#[tokio::test]
async fn the_second_domain_waits_when_the_first_used_the_last_push() {
    let mut state = MailRoute::with_accounts(DOMAIN, 1);
    state.domains.push(Domain {
        id: 300,
        name: "quay.example".to_owned(),
        active: true,
    });
    state.pushes_left = 1;
    let stage = Stage::of(state, json!({ "fullPush": true })).await;
    let wanted = Stage::wanted("harbor.example,quay.example");
    let mut writer = stage.connection.writer(&wanted, Some("204,300")).unwrap();
    let changes = [add("a@harbor.example", &[]), add("b@quay.example", &[])];
    let outcomes = writer.write(&changes, &Unwatched).await;
    assert_eq!(outcomes[0], Outcome::Applied);
    assert_eq!(failure(&outcomes[1]).code, "not-tried");
    assert!(writer.asked_to_wait().is_some());
}

#[tokio::test]
async fn accounts_and_aliases_do_not_become_each_other() {
    let stage = stage(json!({})).await;
    let list = Some(Value::Text("distribution-list".to_owned()));
    let reading = stage.read().await;
    let with_alias = find(&reading, "user0001@harbor.example").clone();
    let changes = [
        add("ines@harbor.example", &["user0002@harbor.example"]),
        change(Action::Update(vec![field("state", None, list)]), with_alias),
    ];
    let outcomes = stage.write(&changes).await;
    assert_eq!(refusal(&outcomes[0]).code, "alias-is-an-account");
    assert_eq!(refusal(&outcomes[1]).code, "would-lose-aliases");
    let state = stage.stand_in.snapshot();
    assert!(state.account("user0002@harbor.example").is_some());
    assert_eq!(state.aliases("user0001@harbor.example"), ["old"]);
}

#[tokio::test]
async fn what_a_reading_with_doubts_does_not_show_is_not_gone() {
    let stage = stage(json!({})).await;
    let removal = changes(&stage).await.pop().unwrap();
    stage.stand_in.edit(|state| state.ways.push_deletes = false);
    let truncated = Fault::new(Effect::TruncatedListing { size: 2 });
    stage
        .stand_in
        .inject(truncated.on("GET", "email_account").after(1));
    let outcomes = stage.write(&[removal]).await;
    assert_eq!(failure(&outcomes[0]).code, "not-confirmed");
}

#[tokio::test]
async fn an_alias_that_somebody_keeps_is_pushed_for_nobody_else() {
    let stage = stage(json!({})).await;
    let reading = stage.read().await;
    let who = find(&reading, "user0002@harbor.example").clone();
    let aliases = field("aliases", None, Some(texts(&["old@harbor.example"])));
    let changes = [
        add("ines@harbor.example", &[]),
        change(Action::Update(vec![aliases]), who),
    ];
    let outcomes = stage.write(&changes).await;
    assert_eq!(outcomes[0], Outcome::Applied);
    assert_eq!(refusal(&outcomes[1]).code, "alias-of-another-account");
    let log = stage.stand_in.log();
    let pushed = log
        .iter()
        .filter(|one| one.request.url.contains("ldapsync"));
    for one in pushed {
        let body = one.request.body.as_ref().unwrap().to_string();
        assert_eq!(body.matches("old@harbor.example").count(), 1, "{body}");
    }
}
