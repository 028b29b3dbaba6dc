//! The stand-in is asked what was recorded, and answers with the recorded status and at least the recorded fields.

use std::collections::{BTreeMap, BTreeSet};

use rollcall::sandbox::{
    mailroute::{Account, Alias, Domain, MailRoute},
    platform,
};
use serde_json::Value;

use super::recording::{Interaction, is_of, scenes};

/// A stand-in as it was when a scene began.
fn as_it_began(recorded: &[Interaction]) -> MailRoute {
    let mut state = MailRoute::with_accounts("unused.example", 0);
    state.domains.clear();
    let mut created = BTreeSet::new();
    for interaction in recorded {
        for object in interaction.objects() {
            let id = object["id"].as_u64().unwrap();
            if interaction.request.method == "POST" {
                created.insert(id);
            }
            if is_of(object, "domain") && state.domains.iter().all(|domain| domain.id != id) {
                state.domains.push(Domain {
                    id,
                    name: object["name"].as_str().unwrap().to_owned(),
                    active: true,
                });
            }
            let known = state.accounts.iter().any(|account| account.id == id);
            if is_of(object, "email_account") && !known && !created.contains(&id) {
                state.accounts.push(account(object, recorded));
            }
        }
    }
    for account in &state.accounts {
        if state
            .domains
            .iter()
            .all(|domain| domain.id != account.domain)
        {
            state.domains.push(Domain {
                id: account.domain,
                name: domain_name(recorded, account.id),
                active: true,
            });
        }
    }
    state
}

fn domain_name(recorded: &[Interaction], account: u64) -> String {
    let mut objects = recorded.iter().flat_map(Interaction::objects);
    let account = objects.find(|one| is_of(one, "email_account") && one["id"] == account);
    account.unwrap()["domain_name"].as_str().unwrap().to_owned()
}

fn account(object: &Value, recorded: &[Interaction]) -> Account {
    let uri = object["domain"].as_str().unwrap();
    let domain = uri.trim_end_matches('/').rsplit('/').next().unwrap();
    let ids: BTreeMap<&str, u64> = recorded
        .iter()
        .flat_map(Interaction::objects)
        .filter(|one| is_of(one, "localpart_alias"))
        .map(|one| {
            (
                one["localpart"].as_str().unwrap(),
                one["id"].as_u64().unwrap(),
            )
        })
        .collect();
    let parts = object["aliases"].as_str().unwrap().split(',');
    let parts = parts.filter(|part| !part.is_empty()).zip(1..);
    Account {
        id: object["id"].as_u64().unwrap(),
        domain: domain.parse().unwrap(),
        localpart: object["localpart"].as_str().unwrap().to_owned(),
        aliases: parts
            .map(|(part, number)| Alias {
                id: ids.get(part).copied().unwrap_or(number),
                localpart: part.to_owned(),
            })
            .collect(),
        state: 0,
    }
}

/// What the stand-in plays: accounts, aliases, and domains as far as they are read.
fn is_played(interaction: &Interaction) -> bool {
    let asked = &interaction.request;
    let is = |resource: &str| asked.path.starts_with(&format!("/api/v1/{resource}/"));
    is("email_account")
        || is("localpart_alias")
        || is("domain") && asked.method == "GET"
        || asked.path.ends_with("/mass_add/")
}

/// The id of what a recorded POST created: its answer has it, or what was listed next.
fn first_new_id(recorded: &[Interaction], place: usize) -> Option<u64> {
    let (before, from) = recorded.split_at(place);
    let ids = |some: &[Interaction]| -> BTreeSet<u64> {
        let objects = some.iter().flat_map(Interaction::objects);
        objects.filter_map(|object| object["id"].as_u64()).collect()
    };
    let own = recorded[place].response.body["id"].as_u64();
    own.or_else(|| ids(from).difference(&ids(before)).next().copied())
}

fn fields(object: &Value) -> BTreeSet<&str> {
    let fields = object.as_object().into_iter().flatten();
    let fields = fields.map(|(name, _)| match name.as_str() {
        // One URI until March 2013, a list from April on.
        "notification_task" => "notification_tasks",
        name => name,
    });
    fields.collect()
}

#[tokio::test]
async fn it_answers_as_the_vendor_did() {
    let http = reqwest::Client::new();
    let mut played = 0;
    for (name, recorded) in scenes() {
        let stand_in = platform::start(as_it_began(&recorded), 0).await.unwrap();
        for (place, interaction) in recorded.iter().enumerate() {
            if !is_played(interaction) {
                continue;
            }
            let asked = &interaction.request;
            if asked.method == "POST"
                && let Some(id) = first_new_id(&recorded, place)
            {
                stand_in.edit(|state| state.next_id = id);
            }
            let method = asked.method.parse().unwrap();
            let mut request = http
                .request(method, format!("{}{}", stand_in.url(), asked.path))
                .query(&asked.query)
                .header(
                    "authorization",
                    format!("ApiKey {}:{}", MailRoute::LOGIN, MailRoute::KEY),
                );
            if !asked.body.is_null() {
                request = request.json(&asked.body);
            }
            let response = request.send().await.unwrap();
            let place = format!("{name}: {} {} {}", asked.method, asked.path, asked.body);
            assert_eq!(
                response.status().as_u16(),
                interaction.response.status,
                "{place}"
            );
            let body: Value = response.json().await.unwrap_or_default();
            compare(&interaction.response.body, &body, &place);
            played += 1;
        }
    }
    assert!(played > 80, "{played}");
    println!("{played} recorded requests");
}

fn compare(recorded: &Value, answered: &Value, place: &str) {
    assert_eq!(recorded.is_null(), answered.is_null(), "{place}");
    let lacking: Vec<_> = fields(recorded)
        .difference(&fields(answered))
        .copied()
        .collect();
    assert!(lacking.is_empty(), "{place}: {lacking:?}");
    assert_eq!(
        fields(&recorded["meta"]),
        fields(&answered["meta"]),
        "{place}"
    );
    assert_eq!(
        recorded["meta"]["total_count"], answered["meta"]["total_count"],
        "{place}"
    );
    for name in [
        "id",
        "localpart",
        "name",
        "domain",
        "domain_name",
        "email_account",
        "create_opt",
        "pk",
        "type",
    ] {
        if let Some(value) = recorded.get(name) {
            assert_eq!(answered.get(name), Some(value), "{place}: `{name}`");
        }
    }
    let sorted = |value: &Value| -> BTreeSet<String> {
        let text = value["aliases"].as_str().unwrap_or_default();
        text.split(',').map(str::to_owned).collect()
    };
    assert_eq!(sorted(recorded), sorted(answered), "{place}");
    let objects = |value: &Value| value["objects"].as_array().cloned().unwrap_or_default();
    for (recorded, answered) in objects(recorded).iter().zip(&objects(answered)) {
        compare(recorded, answered, place);
    }
}

#[tokio::test]
async fn wrong_credentials_are_refused_as_recorded() {
    let stand_in = platform::start(MailRoute::with_accounts("harbor.example", 1), 0)
        .await
        .unwrap();
    for path in ["reseller", "domain", "email_account/9000"] {
        let response = reqwest::get(format!("{}/api/v1/{path}/", stand_in.url()))
            .await
            .unwrap();
        assert_eq!(response.status().as_u16(), 401);
        let kind = response.headers()["content-type"]
            .to_str()
            .unwrap()
            .to_owned();
        assert!(kind.starts_with("text/html"), "{kind}");
        assert_eq!(response.text().await.unwrap(), "");
    }
}
