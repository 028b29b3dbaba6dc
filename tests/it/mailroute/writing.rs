//! Writing account by account: what is done, what is refused, and that nothing counts before it was read back.

use std::time::Duration;

use rollcall::{
    connectors::ports::{Connector, Unwatched},
    model::attributes::Value,
    plan::{change::Action, outcome::Outcome},
    sandbox::{
        Effect, Fault,
        mailroute::{MailRoute, MassAdd},
    },
};
use serde_json::json;

use super::stage::{
    DOMAIN, Stage, add, add_list, change, failure, field, find, member, refusal, texts,
};

const DONE: Outcome = Outcome::Applied;
const SO: Outcome = Outcome::AlreadySo;

#[tokio::test]
async fn newcomers_come_in_bulk_with_their_aliases() {
    let stage = Stage::with(2, json!({})).await;
    let changes = [
        add(
            "ines@harbor.example",
            &["I.Moreau@harbor.example", "ines@harbor.example"],
        ),
        add("user0001@harbor.example", &[]),
        add("tom@harbor.example", &[]),
        add_list("all@harbor.example"),
    ];
    assert_eq!(stage.write(&changes).await, [DONE, SO, DONE, DONE]);
    let state = stage.stand_in.snapshot();
    assert_eq!(state.aliases("ines@harbor.example"), ["i.moreau"]);
    assert_eq!(state.account("all@harbor.example").unwrap().state, 2);
    assert_eq!(state.welcome_mails, 0);
    let id = state.account("ines@harbor.example").unwrap().id;
    let list = state.account("all@harbor.example").unwrap().id;
    assert_eq!(
        stage.writes(),
        [
            "POST email_account/mass_add/".to_owned(),
            format!("POST email_account/{id}/mass_add_aliases/"),
            format!("PATCH email_account/{list}/"),
        ]
    );
    let mut again = changes.clone();
    again[1] = add("user0000@harbor.example", &[]);
    assert_eq!(stage.write(&again).await, [SO, SO, SO, SO]);
    assert_eq!(stage.stand_in.snapshot().accounts.len(), 5);
}

#[tokio::test]
async fn one_newcomer_is_created_without_a_welcome() {
    let stage = Stage::with(0, json!({})).await;
    let changes = [add("ines@harbor.example", &[])];
    assert_eq!(stage.write(&changes).await, [DONE]);
    let log = stage.stand_in.log();
    let asked = log.iter().find(|one| one.request.method == "POST").unwrap();
    assert_eq!(
        asked.request.body.as_ref().unwrap(),
        &json!({
            "localpart": "ines", "domain": "/api/v1/domain/204/", "create_opt": "generate_pwd", "send_welcome": false,
        })
    );
}

#[tokio::test]
async fn however_bulk_additions_go_everybody_is_there_in_the_end() {
    for way in [
        MassAdd::Skips,
        MassAdd::Refuses,
        MassAdd::Absent,
        MassAdd::Forgets,
    ] {
        for looks_up_many in [true, false] {
            let stage = Stage::with(1, json!({})).await;
            stage.stand_in.edit(|state| {
                state.ways.mass_add = way;
                state.ways.looks_up_many = looks_up_many;
            });
            let names = ["a", "b", "c", "user0000"];
            let changes = names.map(|name| add(&format!("{name}@harbor.example"), &[]));
            let outcomes = stage.write(&changes).await;
            assert_eq!(outcomes, [DONE, DONE, DONE, SO], "{way:?} {looks_up_many}");
            assert_eq!(stage.stand_in.snapshot().accounts.len(), 4);
        }
    }
}

#[tokio::test]
async fn what_cannot_be_an_account_is_refused_and_the_rest_goes_on() {
    let stage = Stage::with(1, json!({})).await;
    stage
        .stand_in
        .edit(|state| state.give_alias("user0000@harbor.example", "office"));
    let mut both = add_list("crew@harbor.example");
    both.member
        .attributes
        .insert("aliases".to_owned(), texts(&["team@harbor.example"]));
    let mut group = add("dock@harbor.example", &[]);
    let state = Value::Text("group".to_owned());
    group.member.attributes.insert("state".to_owned(), state);
    let changes = [
        add("ines@elsewhere.example", &[]),
        add("office@harbor.example", &[]),
        both,
        group,
        change(Action::Invite, member("guest@harbor.example")),
        change(Action::Add, rollcall::model::member::Member::default()),
        add("tom@harbor.example", &[]),
    ];
    let outcomes = stage.write(&changes).await;
    let codes: Vec<&str> = outcomes
        .iter()
        .take(6)
        .map(|outcome| refusal(outcome).code.as_str())
        .collect();
    assert_eq!(
        codes,
        [
            "not-our-domain",
            "address-is-an-alias",
            "would-lose-aliases",
            "unusable-value",
            "no-invitations",
            "no-address"
        ]
    );
    assert_eq!(outcomes[6], DONE);
    let state = stage.stand_in.snapshot();
    assert!(state.account("crew@harbor.example").is_none());
    assert_eq!(state.aliases("user0000@harbor.example"), ["office"]);
}

#[tokio::test]
async fn aliases_that_cannot_be_keep_no_others_back() {
    let stage = Stage::with(2, json!({})).await;
    stage
        .stand_in
        .edit(|state| state.give_alias("user0000@harbor.example", "office"));
    let changes = [add(
        "ines@harbor.example",
        &[
            "good@harbor.example",
            "office@harbor.example",
            "user0001@harbor.example",
            "ines@tenant.onmicrosoft.example",
        ],
    )];
    let outcomes = stage.write(&changes).await;
    let problem = refusal(&outcomes[0]);
    assert_eq!(problem.code, "alias-in-another-domain");
    for named in ["`office@", "`user0001@", "`ines@tenant."] {
        assert!(problem.message.contains(named), "{problem:?}");
    }
    assert!(!problem.message.contains("`good@"), "{problem:?}");
    let state = stage.stand_in.snapshot();
    assert_eq!(state.aliases("ines@harbor.example"), ["good"]);
    assert_eq!(state.aliases("user0000@harbor.example"), ["office"]);
    assert!(state.account("user0001@harbor.example").is_some());
    for (alias, code) in [
        ("office@harbor.example", "alias-of-another-account"),
        ("user0001@harbor.example", "alias-is-an-account"),
        ("two words@harbor.example", "unusable-alias"),
    ] {
        let outcomes = stage.write(&[add("ines@harbor.example", &[alias])]).await;
        assert_eq!(refusal(&outcomes[0]).code, code);
    }
    let asked = stage.asked();
    assert!(!asked.iter().any(|asked| asked.contains("users_to_alias")));
}

async fn update(
    stage: &Stage,
    address: &str,
    fields: Vec<rollcall::plan::change::FieldChange>,
) -> Outcome {
    let reading = stage.read().await;
    let member = find(&reading, address).clone();
    let mut outcomes = stage.write(&[change(Action::Update(fields), member)]).await;
    outcomes.remove(0)
}

#[tokio::test]
async fn aliases_follow_and_are_deleted_only_where_that_is_allowed() {
    for allowed in [false, true] {
        let stage = Stage::with(2, json!({ "deleteAliases": allowed })).await;
        let ours = "user0001@harbor.example";
        stage.stand_in.edit(|state| {
            for alias in ["old", "kept", "unseen"] {
                state.give_alias(ours, alias);
            }
        });
        let before = texts(&["kept@harbor.example", "old@harbor.example"]);
        let after = texts(&["kept@harbor.example", "new@harbor.example"]);
        let fields = vec![field("aliases", Some(before), Some(after))];
        let outcome = update(&stage, ours, fields.clone()).await;
        let aliases = stage.stand_in.snapshot().aliases(ours);
        if allowed {
            assert_eq!(outcome, DONE);
            assert_eq!(
                aliases,
                ["kept", "new", "unseen"],
                "what no plan showed stays"
            );
            assert_eq!(update(&stage, ours, fields).await, SO);
        } else {
            let problem = refusal(&outcome);
            assert_eq!(problem.code, "deletes-off");
            assert!(problem.message.contains("`old@harbor.example`"));
            assert_eq!(aliases, ["kept", "new", "old", "unseen"]);
        }
        let all = texts(&["kept@harbor.example", "new@harbor.example"]);
        let outcome = update(&stage, ours, vec![field("aliases", Some(all), None)]).await;
        assert_eq!(outcome == DONE, allowed, "{outcome:?}");
    }
}

#[tokio::test]
async fn an_account_with_aliases_does_not_become_a_distribution_list() {
    let stage = Stage::with(3, json!({ "deleteAliases": true })).await;
    let (with, without) = ("user0001@harbor.example", "user0002@harbor.example");
    stage.stand_in.edit(|state| state.give_alias(with, "ines"));
    let list = || Some(Value::Text("distribution-list".to_owned()));
    let standard = || Some(Value::Text("standard".to_owned()));
    let fields = || vec![field("state", standard(), list())];
    let outcome = update(&stage, with, fields()).await;
    let problem = refusal(&outcome);
    assert_eq!(problem.code, "would-lose-aliases");
    assert!(problem.message.contains("`ines@harbor.example`"));
    assert!(problem.help.is_some());
    assert_eq!(stage.stand_in.snapshot().aliases(with), ["ines"]);
    assert_eq!(update(&stage, without, fields()).await, DONE);
    assert_eq!(update(&stage, without, fields()).await, SO);
    let aliases = field("aliases", None, Some(texts(&["x@harbor.example"])));
    let outcome = update(&stage, without, vec![aliases.clone()]).await;
    assert_eq!(refusal(&outcome).code, "distribution-list-has-no-aliases");
    let back = vec![field("state", list(), standard()), aliases];
    assert_eq!(update(&stage, without, back).await, DONE);
    let state = stage.stand_in.snapshot();
    assert_eq!(state.account(without).unwrap().state, 0);
    assert_eq!(state.aliases(without), ["x"]);
    let gone = field("aliases", Some(texts(&["ines@harbor.example"])), None);
    let both = vec![field("state", standard(), list()), gone];
    assert_eq!(update(&stage, with, both).await, DONE, "aliases go first");
    let odd = vec![field("priority", None, list())];
    assert_eq!(
        refusal(&update(&stage, with, odd).await).code,
        "field-not-writable"
    );
}

#[tokio::test]
async fn an_alias_that_appears_at_the_last_moment_is_not_lost() {
    let stage = Stage::with(1, json!({})).await;
    let reading = stage.read().await;
    let who = find(&reading, "user0000@harbor.example").clone();
    let list = Some(Value::Text("distribution-list".to_owned()));
    let fields = vec![field("state", None, list)];
    stage
        .stand_in
        .edit(|state| state.give_alias("user0000@harbor.example", "ines"));
    let outcomes = stage.write(&[change(Action::Update(fields), who)]).await;
    assert_eq!(refusal(&outcomes[0]).code, "would-lose-aliases");
    assert_eq!(stage.stand_in.snapshot().accounts[0].state, 0);
}

#[tokio::test]
async fn a_state_that_mailroute_does_not_show_is_not_claimed() {
    let stage = Stage::with(1, json!({})).await;
    stage.stand_in.edit(|state| state.ways.has_state = false);
    let outcomes = stage.write(&[add_list("all@harbor.example")]).await;
    assert_eq!(failure(&outcomes[0]).code, "not-confirmed");
}

#[tokio::test]
async fn a_domain_that_was_made_anew_is_not_written() {
    let stage = Stage::with(1, json!({})).await;
    let mut writer = stage
        .connection
        .writer(&Stage::wanted(DOMAIN), Some("17"))
        .unwrap();
    let outcomes = writer
        .write(&[add("x@harbor.example", &[])], &Unwatched)
        .await;
    assert_eq!(failure(&outcomes[0]).code, "not-found");
    assert!(stage.writes().is_empty());
}

#[tokio::test]
async fn a_service_that_wants_to_be_left_alone_is_left_alone() {
    let stage = Stage::with(0, json!({})).await;
    stage
        .stand_in
        .edit(|state| state.ways.mass_add = MassAdd::Absent);
    let throttle = Effect::Throttle {
        retry_after_seconds: Some(90.0),
    };
    let fault = Fault::new(throttle).on("POST", "email_account/");
    stage.stand_in.inject(fault.after(2));
    let mut writer = stage.writer();
    let changes = ["a", "b", "c"].map(|name| add(&format!("{name}@harbor.example"), &[]));
    let outcomes = writer.write(&changes, &Unwatched).await;
    assert_eq!(writer.asked_to_wait(), Some(Duration::from_secs(90)));
    assert!(outcomes.iter().all(|outcome| !outcome.is_done()));
    assert_eq!(stage.stand_in.snapshot().accounts.len(), 1);
    let outcomes = writer.write(&changes, &Unwatched).await;
    assert_eq!(
        outcomes,
        [SO, DONE, DONE],
        "the next run finds what was done"
    );
    assert_eq!(writer.asked_to_wait(), None);
}

#[tokio::test]
async fn nothing_says_the_key() {
    let stage = Stage::with(1, json!({})).await;
    stage
        .stand_in
        .edit(|state| state.key = "another".to_owned());
    let outcomes = stage.write(&[add("ines@harbor.example", &[])]).await;
    assert_eq!(failure(&outcomes[0]).code, "sign-in-refused");
    let shown = format!("{outcomes:?} {:?}", stage.connection.test().test().await);
    assert!(!shown.contains(MailRoute::KEY) && !shown.contains(MailRoute::LOGIN));
}

#[tokio::test]
async fn an_alias_moves_from_one_account_to_another_in_one_go() {
    let stage = Stage::with(3, json!({ "deleteAliases": true })).await;
    stage.stand_in.edit(|state| {
        state.give_alias("user0001@harbor.example", "desk");
        state.give_alias("user0001@harbor.example", "old");
        state.give_alias("user0002@harbor.example", "shop");
    });
    let reading = stage.read().await;
    let update = |number: usize, before: &[&str], after: &[&str]| {
        let who = format!("user{number:04}@harbor.example");
        let value = |names: &[&str]| (!names.is_empty()).then(|| texts(names));
        let aliases = field("aliases", value(before), value(after));
        change(Action::Update(vec![aliases]), find(&reading, &who).clone())
    };
    let (desk, old, shop) = (
        "desk@harbor.example",
        "old@harbor.example",
        "shop@harbor.example",
    );
    let changes = [
        update(0, &[], &[desk]),
        update(1, &[desk, old], &[shop]),
        update(2, &[shop], &[old]),
    ];
    assert_eq!(stage.write(&changes).await, [DONE, DONE, DONE]);
    let state = stage.stand_in.snapshot();
    assert_eq!(state.aliases("user0000@harbor.example"), ["desk"]);
    assert_eq!(state.aliases("user0001@harbor.example"), ["shop"]);
    assert_eq!(state.aliases("user0002@harbor.example"), ["old"]);
}

#[tokio::test]
async fn nothing_becomes_a_distribution_list_whose_aliases_are_not_shown() {
    let stage = Stage::with(3, json!({})).await;
    stage.stand_in.edit(|state| {
        state.give_alias("user0001@harbor.example", "desk");
        state.ways.shows_aliases = false;
    });
    let reading = stage.read().await;
    let list = Some(Value::Text("distribution-list".to_owned()));
    let mark = |who: &str| {
        let state = field("state", None, list.clone());
        change(Action::Update(vec![state]), find(&reading, who).clone())
    };
    let changes = [
        mark("user0001@harbor.example"),
        mark("user0002@harbor.example"),
    ];
    let outcomes = stage.write(&changes).await;
    assert_eq!(refusal(&outcomes[0]).code, "would-lose-aliases");
    assert_eq!(outcomes[1], DONE);
    let state = stage.stand_in.snapshot();
    assert_eq!(state.aliases("user0001@harbor.example"), ["desk"]);
}
