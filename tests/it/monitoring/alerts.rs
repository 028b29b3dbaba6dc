//! One rule for each query, over the events it is about, with a section in the guide.

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    path::Path,
};

use super::{file, folder, kql::Token, queries, read_by};

/// What has to raise an alert, and the events that tell it.
const NEEDED: &[(&str, &[&str])] = &[
    ("app-refused", &["app.refused"]),
    ("app-silent", &["tick.ended"]),
    ("intake-failed", &["intake.failed", "intake.refused"]),
    ("invitations", &["run.ended"]),
    ("job-poisoned", &["job.poisoned"]),
    // The states `failed` and `paused` say what `list.paused` said, for as long as it is so.
    ("list-failed", &["list.standing"]),
    ("no-run", &["list.standing"]),
    ("plan-held", &["list.standing"]),
    ("throttled", &["run.ended"]),
];

/// Key Vault raises this one itself.
const OF_THE_VAULT: &str = "secret-expiring";

const GUIDE: &str = "docs/operate.md";

/// The rules of the Bicep file, by name, each with its lines.
fn rules() -> BTreeMap<String, String> {
    let bicep = file("alerts.bicep");
    let rules = bicep.split("\n  {\n").skip(1);
    rules
        .map(|rule| (value(rule, "name").to_owned(), rule.to_owned()))
        .collect()
}

/// What stands in quotes after a key.
fn value<'a>(rule: &'a str, key: &str) -> &'a str {
    let line = rule.lines().find_map(|line| {
        let line = line.trim().strip_prefix(key)?;
        line.strip_prefix(": ")
    });
    line.unwrap_or_else(|| panic!("no `{key}` in {rule}"))
        .trim_matches('\'')
}

fn alerts() -> BTreeMap<String, Vec<Token>> {
    let alerts = queries().into_iter().filter_map(|(name, query)| {
        let name = name.strip_prefix("alert-")?.strip_suffix(".kql")?;
        Some((name.to_owned(), query))
    });
    alerts.collect()
}

#[test]
fn what_needs_an_alert_has_one() {
    let found = alerts()
        .into_iter()
        .map(|(name, query)| (name, read_by(&query)));
    let needed = NEEDED.iter().map(|(name, events)| {
        let events: BTreeSet<_> = events.iter().map(|&event| event.to_owned()).collect();
        ((*name).to_owned(), events)
    });
    let found: BTreeMap<_, _> = found.collect();
    assert_eq!(found, needed.collect());
}

#[test]
fn each_query_has_a_rule_and_no_rule_has_another_ones() {
    let rules = rules();
    let names: BTreeSet<_> = rules.keys().collect();
    assert_eq!(names, alerts().keys().collect());
    for (name, rule) in &rules {
        let query = format!("query: loadTextContent('queries/alert-{name}.kql')");
        assert!(rule.contains(&query), "{name} does not load its own query");
    }
}

#[test]
fn a_rule_is_split_by_a_column_that_its_query_ends_with() {
    let queries = alerts();
    for (name, rule) in rules() {
        let dimension = value(&rule, "dimension");
        let last = queries[&name].rsplit(|token| token.is("|")).next().unwrap();
        let is_told = dimension.is_empty() || last.iter().any(|token| token.is(dimension));
        assert!(is_told, "{name}: `{dimension}` is not in {last:?}");
        let names_a_list = last.iter().any(|token| token.is("sync"));
        assert!(
            !names_a_list || dimension == "sync",
            "{name}: the mail does not name the list"
        );
    }
}

#[test]
fn silence_fires() {
    let silent = &alerts()["app-silent"];
    let counts = silent.split(|token| token.is("|")).find(|stage| {
        let first = stage.first();
        first.is_some_and(|first| first.is("summarize"))
    });
    let groups = counts.unwrap().iter().any(|token| token.is("by"));
    assert!(
        !groups,
        "nothing gives no row when it is counted by groups: nobody would hear of it"
    );
}

#[test]
fn every_limit_is_put_in() {
    let holes = alerts().into_values().flatten();
    let used: BTreeSet<_> = holes
        .filter_map(|token| token.hole().map(str::to_owned))
        .collect();
    let bicep = file("alerts.bicep");
    let limits = bicep.split("param limits {\n").nth(1).unwrap();
    let limits = limits.split("\n}").next().unwrap().lines();
    let limits: BTreeSet<_> = limits
        .map(|limit| limit.trim().trim_end_matches(": int").to_owned())
        .collect();
    // How long silence lasts is a window, which no query can say.
    let mut wanted = used;
    wanted.insert("silentMinutes".to_owned());
    assert_eq!(limits, wanted);
    let main = file("main.bicep");
    for limit in &limits {
        let put_in = main
            .split(&format!("      {limit}: limits.?{limit} ?? "))
            .nth(1);
        let usual = put_in.unwrap_or_else(|| panic!("`{limit}` is not put in"));
        let usual = usual.lines().next().unwrap();
        // The one who sets it reads the same.
        let told = main.split(&format!("\n  {limit}: ")).next().unwrap();
        let told = told.rsplit("@description(").next().unwrap();
        let told = told.split("usually ").nth(1).unwrap_or_default();
        let told: String = told.chars().take_while(char::is_ascii_digit).collect();
        assert_eq!(told, usual, "{limit}");
    }
}

/// Rules take no other windows.
/// https://learn.microsoft.com/azure/azure-monitor/alerts/alerts-create-log-alert-rule
#[test]
fn every_length_of_silence_has_a_window() {
    let main = file("main.bicep");
    let lengths = main.split("silentMinutes: (").nth(1).unwrap();
    let lengths = lengths.split(')').next().unwrap().split(" | ");
    let lengths: BTreeMap<String, String> = lengths
        .map(|minutes| {
            let number: u32 = minutes.parse().unwrap();
            let window = match number {
                ..60 => format!("PT{number}M"),
                _ => format!("PT{}H", number / 60),
            };
            (minutes.to_owned(), window)
        })
        .collect();
    let bicep = file("alerts.bicep");
    let windows = bicep.split("var silentWindows = {\n").nth(1).unwrap();
    let windows = windows.split("\n}").next().unwrap().lines();
    let windows: BTreeMap<String, String> = windows
        .map(|line| {
            let (minutes, window) = line.trim().split_once(": ").unwrap();
            let bare = |text: &str| text.trim_matches('\'').to_owned();
            (bare(minutes), bare(window))
        })
        .collect();
    assert_eq!(windows, lengths);
    let taken = ["PT15M", "PT30M", "PT45M", "PT1H", "PT2H", "PT6H"];
    for window in windows.values() {
        assert!(taken.contains(&window.as_str()), "{window}");
    }
    let rule = rules()["app-silent"].clone();
    assert!(rule.contains("window: silentWindows[string(limits.silentMinutes)]\n"));
}

#[test]
fn descriptions_lead_to_the_guide() {
    let bicep = file("alerts.bicep");
    let to_the_guide = format!("description: '${{rule.about}} {GUIDE}#alert-${{rule.name}}'");
    assert!(bicep.contains(&to_the_guide));
    let of_the_vault = format!("{GUIDE}#alert-{OF_THE_VAULT}'");
    assert!(file("secrets.bicep").contains(&of_the_vault));

    // It has one section for each, and no other.
    let guide = Path::new(env!("CARGO_MANIFEST_DIR")).join(GUIDE);
    let guide = fs::read_to_string(guide).unwrap();
    let headings = guide.lines().filter_map(|line| line.strip_prefix("### "));
    let headings = headings.map(|heading| anchor(heading.trim()));
    let headings: BTreeSet<_> = headings
        .filter(|anchor| anchor.starts_with("alert-"))
        .collect();
    let rules = rules().into_keys().chain([OF_THE_VAULT.to_owned()]);
    assert_eq!(
        headings,
        rules.map(|name| format!("alert-{name}")).collect()
    );
}

/// The anchor of a heading, as Markdown viewers make it.
fn anchor(heading: &str) -> String {
    let kept = heading
        .chars()
        .filter(|letter| letter.is_alphanumeric() || [' ', '-', '_'].contains(letter));
    kept.collect::<String>().to_lowercase().replace(' ', "-")
}

#[test]
fn every_file_of_the_folder_is_of_use() {
    let sources = ["main.bicep", "alerts.bicep", "workbook.bicep"].map(file);
    let entries = fs::read_dir(folder().join("queries")).unwrap();
    let mut seen = 0;
    for entry in entries {
        let name = entry.unwrap().file_name().into_string().unwrap();
        let loaded = format!("loadTextContent('queries/{name}')");
        let times = sources.iter().filter(|source| source.contains(&loaded));
        assert_eq!(times.count(), 1, "{name} is not loaded, or by two files");
        seen += 1;
    }
    assert!(seen > 20, "the test no longer finds the queries");
}
