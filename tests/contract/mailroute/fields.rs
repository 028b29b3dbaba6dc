//! Every field that the connector sends is in the published tables, and can be written.

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
};

use rollcall::{
    connectors::{
        http::Patience,
        mailroute::{Settings, connect},
        ports::{Connector, Unwatched, WantedList},
    },
    model::{
        address::Address,
        attributes::Value as Attribute,
        list::{ListRef, Side},
        member::Member,
    },
    plan::change::{Action, Change, Reason, Seen},
    sandbox::{
        Exchange,
        mailroute::{MailRoute, MassAdd},
        platform,
    },
};
use serde_json::json;

use super::recording::folder;

/// Fields with their flags, of each resource.
fn tables() -> BTreeMap<String, BTreeMap<String, String>> {
    let text = fs::read_to_string(folder().join("schema.md")).unwrap();
    let mut tables: BTreeMap<String, BTreeMap<String, String>> = BTreeMap::new();
    let mut resource = String::new();
    for line in text.lines() {
        if let Some(heading) = line.strip_prefix("## ") {
            resource = heading.split(' ').next().unwrap().to_owned();
        }
        let cells: Vec<&str> = line.split('|').map(str::trim).collect();
        if let [_, names, _kind, flags, ..] = cells[..]
            && names.starts_with('`')
        {
            for name in names.split('`').skip(1).step_by(2) {
                let table = tables.entry(resource.clone()).or_default();
                table.insert(name.to_owned(), flags.to_owned());
            }
        }
    }
    tables
}

/// Everything the connector writes, in one hand-over; with and without additions in bulk.
async fn written(mass_add: MassAdd) -> Vec<Exchange> {
    let mut state = MailRoute::with_accounts("harbor.example", 1);
    state.ways.mass_add = mass_add;
    state.give_alias("user0000@harbor.example", "taken");
    let stand_in = platform::start(state, 0).await.unwrap();
    let settings: Settings = serde_json::from_value(json!({
        "url": format!("{}/api/v1", stand_in.url()), "loginVariable": "LOGIN", "apiKeyVariable": "KEY",
    }))
    .unwrap();
    let secret = |name: &str| match name {
        "LOGIN" => Some(MailRoute::LOGIN.to_owned()),
        _ => Some(MailRoute::KEY.to_owned()),
    };
    let connection = connect(&settings, &secret, Patience::default()).unwrap();
    let add = |name: &str, field: &str, value: Attribute| Change {
        side: Side::Target,
        action: Action::Add,
        member: Member {
            attributes: [(field.to_owned(), value)].into(),
            ..Member::with_address(Address::parse(&format!("{name}@harbor.example")).unwrap())
        },
        reason: Reason::OnSource,
        seen: Seen::default(),
    };
    let aliases = ["free@harbor.example", "taken@harbor.example"].map(str::to_owned);
    let changes = [
        add("ines", "aliases", Attribute::Texts(aliases.to_vec())),
        add(
            "all",
            "state",
            Attribute::Text("distribution-list".to_owned()),
        ),
    ];
    let wanted = WantedList::of(ListRef {
        connection: "mailroute".to_owned(),
        list: "harbor.example".to_owned(),
    });
    let mut writer = connection.writer(&wanted, None).unwrap();
    writer.write(&changes, &Unwatched).await;
    stand_in.log()
}

fn call(exchange: &Exchange) -> String {
    let (_, path) = exchange.request.url.split_once("/api/v1/").unwrap();
    format!("{} {path}", exchange.request.method)
}

#[tokio::test]
async fn what_is_sent_is_published_and_writable() {
    let tables = tables();
    assert!(tables["email_account"].contains_key("localpart"));
    assert_eq!(
        tables["domain"]["policy"], "ro, null",
        "the tables are read wrongly"
    );
    let (mut created, mut changed, mut aliased) = (0, 0, 0);
    for mass_add in [MassAdd::Skips, MassAdd::Absent] {
        for exchange in written(mass_add).await {
            let (call, body) = (call(&exchange), exchange.request.body.unwrap_or_default());
            if call.starts_with("GET ") {
                continue;
            }
            let resource = match call.as_str() {
                "POST email_account/" => {
                    created += 1;
                    "email_account"
                }
                "POST localpart_alias/" => {
                    aliased += 1;
                    "localpart_alias"
                }
                call if call.starts_with("PATCH email_account/") => {
                    changed += 1;
                    assert_eq!(body, json!({ "state": 2 }));
                    "email_account"
                }
                "POST email_account/mass_add/" => {
                    let keys: Vec<&String> = body.as_object().unwrap().keys().collect();
                    assert_eq!(keys, ["domain", "localparts"]);
                    continue;
                }
                call => {
                    assert!(call.ends_with("/mass_add_aliases/"), "{call}");
                    assert!(body["aliases"].is_array(), "{body}");
                    continue;
                }
            };
            for (field, value) in body.as_object().unwrap() {
                let flags = tables[resource].get(field);
                let flags = flags.unwrap_or_else(|| panic!("{call}: `{field}` is not published"));
                assert!(!flags.contains("ro"), "{call}: `{field}` is {flags}");
                assert!(field != "send_welcome" || value == false);
            }
        }
    }
    assert!(
        created >= 2 && changed == 2 && aliased >= 2,
        "{created} {changed} {aliased}"
    );
}

/// What the published texts let a listing be filtered by: `1` and `2` mean any look-up.
fn filters() -> BTreeMap<String, BTreeMap<String, String>> {
    let text = fs::read_to_string(folder().join("schema.md")).unwrap();
    let (mut filters, mut resource) = (BTreeMap::new(), String::new());
    for line in text.lines() {
        if let Some(heading) = line.strip_prefix("## ") {
            resource = heading.split(' ').next().unwrap().to_owned();
        }
        if let Some((_, rest)) = line.split_once("Filtering: ") {
            let listed = rest.split_once('.').unwrap().0.split(", ");
            let listed = listed.map(|one| one.trim_start_matches('`').split_once("` ").unwrap());
            let listed = listed.map(|(name, allowed)| (name.to_owned(), allowed.to_owned()));
            filters.insert(resource.clone(), listed.collect());
        }
    }
    filters
}

#[tokio::test]
async fn look_ups_are_ones_that_the_published_filters_allow() {
    let filters = filters();
    assert_eq!(filters["email_account"]["id"], "in");
    let mut seen = BTreeSet::new();
    for exchange in written(MassAdd::Skips).await {
        let call = call(&exchange);
        let Some((resource, query)) = call
            .strip_prefix("GET ")
            .and_then(|one| one.split_once("/?"))
        else {
            continue;
        };
        for (name, _) in url::form_urlencoded::parse(query.as_bytes()) {
            if ["limit", "offset"].contains(&name.as_ref()) {
                continue;
            }
            let (field, look_up) = name.split_once("__").unwrap_or((&name, "exact"));
            let allowed = filters[resource]
                .get(field)
                .unwrap_or_else(|| panic!("{call}"));
            assert!(
                ["1", "2", look_up].contains(&allowed.as_str()),
                "{call}: {allowed}"
            );
            seen.insert(name.into_owned());
        }
    }
    let seen: Vec<&str> = seen.iter().map(String::as_str).collect();
    assert_eq!(seen, ["domain", "id__in", "localpart__in", "name__exact"]);
}
