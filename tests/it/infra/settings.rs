//! The app settings that Bicep sets, the ones the code reads, and the sample are one set.

use std::collections::{BTreeMap, BTreeSet};

use rollcall::settings::{KNOWN, SetBy};
use serde_json::Value;

use super::{block, file};

/// What is read by the Functions host or the platform, and by no code of ours.
const OF_THE_PLATFORM: [&str; 6] = [
    "APPLICATIONINSIGHTS_AUTHENTICATION_STRING",
    "APPLICATIONINSIGHTS_CONNECTION_STRING",
    "FUNCTIONS_EXTENSION_VERSION",
    "FUNCTIONS_WORKER_RUNTIME",
    "WEBSITE_RUN_FROM_PACKAGE",
    "WEBSITE_RUN_FROM_PACKAGE_BLOB_MI_RESOURCE_ID",
];

/// What an app may have and Bicep does not set by itself, and why.
const LEFT_OUT: [(&str, &str); 12] = [
    (
        "AzureWebJobsStorage",
        "a connection string holds a key, and keys are off",
    ),
    (
        "AzureWebJobsStorage__accountName",
        "a name alone means the public cloud; the addresses are set",
    ),
    (
        "AzureWebJobsStorage__tenantId",
        "for an application; here it is a managed identity",
    ),
    (
        "AzureWebJobsStorage__clientSecret",
        "for an application; here it is a managed identity",
    ),
    (
        "AzureFunctionsJobHost__functionTimeout",
        "`host.json` of the package says it",
    ),
    (
        "OTEL_EXPORTER_OTLP_ENDPOINT",
        "in place of Application Insights",
    ),
    (
        "OTEL_EXPORTER_OTLP_HEADERS",
        "in place of Application Insights",
    ),
    (
        "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT",
        "in place of Application Insights",
    ),
    (
        "OTEL_EXPORTER_OTLP_TRACES_HEADERS",
        "in place of Application Insights",
    ),
    ("ROLLCALL_DATA", "the package is read-only"),
    (
        "ROLLCALL_POLITEMAIL_USER",
        "by `moreSecrets`, where there is no token",
    ),
    (
        "ROLLCALL_POLITEMAIL_PASSWORD",
        "by `moreSecrets`, where there is no token",
    ),
];

/// The settings that Bicep sets, each with the block that it stands in.
fn set() -> BTreeMap<String, &'static str> {
    let (main, app) = (file("infra/main.bicep"), file("infra/modules/app.bicep"));
    let mut set = BTreeMap::new();
    for (text, name) in [
        (&main, "var ownSettings"),
        (&app, "var storageSettings"),
        (&app, "var telemetrySettings"),
        (&app, "var premiumSettings"),
    ] {
        for line in block(text, name).lines().skip(1) {
            if let Some((setting, _)) = line.trim().split_once(':') {
                let before = set.insert(setting.to_owned(), name);
                assert_eq!(before, None, "{setting} is set twice");
            }
        }
    }
    for part in block(&main, "var platformSecrets")
        .split("setting: '")
        .skip(1)
    {
        let (setting, _) = part.split_once('\'').unwrap();
        set.insert(setting.to_owned(), "var platformSecrets");
    }
    set
}

#[test]
fn bicep_sets_what_the_code_reads_and_nothing_else() {
    let set: BTreeSet<String> = set().into_keys().collect();
    let known = KNOWN
        .iter()
        .filter(|known| matches!(known.set_by, SetBy::App | SetBy::SomeApps))
        .map(|known| known.name);
    let known: BTreeSet<&str> = known.collect();
    let left_out: BTreeSet<&str> = LEFT_OUT.iter().map(|(name, _)| *name).collect();
    for name in &known {
        assert!(
            set.contains(*name) || left_out.contains(name),
            "`{name}` is read by the code, and Bicep neither sets it nor leaves it out with a reason"
        );
    }
    for name in &set {
        assert!(
            known.contains(name.as_str()) || OF_THE_PLATFORM.contains(&name.as_str()),
            "Bicep sets `{name}`, and nobody reads it"
        );
    }
    for name in &left_out {
        assert!(known.contains(name), "`{name}` is no setting of an app");
        assert!(
            !set.contains(*name),
            "`{name}` is set, and said to be left out"
        );
    }
}

#[test]
fn every_setting_of_the_sample_has_a_place_in_bicep() {
    let sample: Value = serde_json::from_str(&file("local.settings.sample.json")).unwrap();
    let set = set();
    for name in sample["Values"].as_object().unwrap().keys() {
        let is_left_out = LEFT_OUT.iter().any(|(left_out, _)| left_out == name);
        assert!(set.contains_key(name) || is_left_out, "{name}");
    }
}

#[test]
fn what_the_sample_calls_a_secret_lies_in_the_vault() {
    let set = set();
    for known in KNOWN
        .iter()
        .filter(|known| known.about.contains("key vault"))
    {
        let is_by_hand = LEFT_OUT.iter().any(|(name, _)| *name == known.name);
        assert!(
            is_by_hand || set.get(known.name) == Some(&"var platformSecrets"),
            "`{}` is a secret, and does not come from the vault",
            known.name
        );
    }
}

#[test]
fn flex_consumption_is_not_given_what_it_refuses() {
    for (name, place) in set() {
        let is_refused = [
            "FUNCTIONS_WORKER",
            "FUNCTIONS_EXTENSION",
            "WEBSITE_",
            "SCM_",
        ]
        .iter()
        .any(|begin| name.starts_with(begin));
        assert!(
            !is_refused || place == "var premiumSettings",
            "Flex Consumption refuses `{name}`"
        );
    }
    let app = file("infra/modules/app.bicep");
    assert!(app.contains("isFlex ? {} : premiumSettings"));
}

#[test]
fn the_usual_values_are_those_of_the_sample() {
    let sample: Value = serde_json::from_str(&file("local.settings.sample.json")).unwrap();
    let main = file("infra/main.bicep");
    for (parameter, setting) in [
        ("schedule string", "ROLLCALL_SCHEDULE"),
        ("leaseSeconds int", "ROLLCALL_LEASE_SECONDS"),
        ("keepDays int", "ROLLCALL_KEEP_DAYS"),
        ("log string", "ROLLCALL_LOG"),
    ] {
        let usual = main.split(&format!("param {parameter} = ")).nth(1).unwrap();
        let usual = usual.lines().next().unwrap().trim_matches('\'');
        assert_eq!(sample["Values"][setting], usual, "{parameter}");
    }
}
