//! Every script: its help, its arguments, and that no secret goes onto a command line; and `deploy.sh`.

use super::{
    file,
    stage::{Stage, script_path},
};

const SCRIPTS: [&str; 4] = ["deploy.sh", "grant.sh", "publish.sh", "rollback.sh"];

/// Answers of a subscription in which everything goes well.
const WELL: &str = r#"
case "$*" in
"account show"*) printf 'Acme\n0000\n' ;;
"group exists"*) echo "${EXISTS:-true}" ;;
"deployment group show"*) printf 'rollcall-x\nhttps://rollcall-x.example\n11111111-2222-3333-4444-555555555555\nclient\nvault-x\n' ;;
"resource list"*) printf 'Microsoft.Web/sites\trollcall-x\t/subscriptions/0/sites/rollcall-x\tflex\nMicrosoft.Storage/storageAccounts\trollcallx\t/x\tNone\n' ;;
"resource show"*) echo rollcall-x.example ;;
"functionapp function keys list"*) echo the-key ;;
esac
"#;

#[test]
fn help_names_every_option_and_asks_nobody() {
    let stage = Stage::with("", "");
    for script in SCRIPTS {
        let text = std::fs::read_to_string(script_path(script)).unwrap();
        assert!(text.contains("\nset -euo pipefail\n"), "{script}");
        let help = stage.run(script, &["--help"]).exits(0);
        let options = text
            .lines()
            .filter_map(|line| line.trim().strip_prefix("--"));
        let options = options.filter_map(|line| line.split_once(')').map(|(option, _)| option));
        let options: Vec<&str> = options
            .filter(|option| option.chars().all(|c| c.is_ascii_lowercase() || c == '-'))
            .collect();
        assert!(options.len() > 3, "{script}: {options:?}");
        for option in options {
            assert!(
                help.out.contains(&format!("\n  --{option} "))
                    || help.out.contains(&format!("\n  --{option}\n")),
                "{script} --{option}: {}",
                help.out
            );
        }
        assert!(help.calls.is_empty());
    }
}

#[test]
fn arguments_are_looked_at_before_anything_is_asked() {
    let stage = Stage::with(WELL, "");
    let zip = stage.file("rollcall.zip", "zip");
    let id = "11111111-2222-3333-4444-555555555555";
    let cases: &[(&str, &[&str], &str)] = &[
        ("deploy.sh", &["--grup", "x"], "`--grup` is not known"),
        ("deploy.sh", &["--group"], "`--group` needs a value"),
        (
            "deploy.sh",
            &["--group", "--location"],
            "`--group` needs a value",
        ),
        ("deploy.sh", &["--group", ""], "`--group` needs a value"),
        ("deploy.sh", &[], "no resource group is named"),
        (
            "deploy.sh",
            &["--group", "a;b"],
            "`a;b` is no name of a resource group",
        ),
        (
            "deploy.sh",
            &["--group", "x", "--location", "West Europe"],
            "is no region",
        ),
        (
            "deploy.sh",
            &["--group", "x", "--set", "keepDays"],
            "`keepDays` has no value",
        ),
        (
            "deploy.sh",
            &["--group", "x", "--set", "@file=1"],
            "is no parameter",
        ),
        (
            "deploy.sh",
            &["--group", "x", "--package", "none.zip"],
            "there is no package at `none.zip`",
        ),
        (
            "deploy.sh",
            &["--group", "x", "--parameters", "none"],
            "there is no file `none`",
        ),
        ("publish.sh", &["--package", &zip], "no resource group"),
        (
            "publish.sh",
            &["--group", "x", "--package", &zip, "--version", "1/2"],
            "`1/2` is no version",
        ),
        (
            "publish.sh",
            &["--group", "x", "--package", &zip, "--wait", "soon"],
            "`soon` is no number of seconds",
        ),
        (
            "rollback.sh",
            &["--group", "x", "--list", "--to", "y"],
            "do not go together",
        ),
        ("grant.sh", &["--level", "read"], "no identity is named"),
        (
            "grant.sh",
            &["--identity", "rollcall"],
            "`rollcall` is no object id",
        ),
        (
            "grant.sh",
            &["--identity", id, "--level", "all"],
            "`all` is no level",
        ),
        (
            "grant.sh",
            &["--identity", id, "--also", "Mail.Send"],
            "`Mail.Send` is no permission",
        ),
    ];
    for (script, arguments, problem) in cases {
        let ran = stage.run(script, arguments).exits(1).complains(problem);
        assert!(
            ran.err.trim_end().lines().count() >= 2,
            "{script} {arguments:?} says nothing to do: {}",
            ran.err
        );
        assert!(
            ran.calls.is_empty(),
            "{script} {arguments:?}: {:?}",
            ran.calls
        );
    }
}

#[test]
fn a_deployment_hands_each_argument_over_as_it_is() {
    let stage = Stage::with(WELL, "");
    let zip = stage.file("my package's $(touch oops).zip", "zip");
    let ran = stage
        .run(
            "deploy.sh",
            &[
                "--group",
                "rg (one)",
                "--set",
                r#"tags={"owner": "Ada O'Neil; $(touch oops)"}"#,
                "--set",
                "keepDays=30",
                "--package",
                &zip,
                "--wait",
                "0",
            ],
        )
        .exits(1)
        .complains("is no name of a resource group");
    assert!(ran.calls.is_empty());

    let ran = stage
        .run(
            "deploy.sh",
            &[
                "--group",
                "rg(one)",
                "--set",
                r#"tags={"owner": "Ada O'Neil; $(touch oops)"}"#,
                "--set",
                "keepDays=30",
                "--package",
                &zip,
                "--wait",
                "0",
            ],
        )
        .exits(0);
    let create = &ran.calls[ran.place("az deployment group create")];
    for one in [
        "rg(one)",
        r#"tags={"owner": "Ada O'Neil; $(touch oops)"}"#,
        "keepDays=30",
    ] {
        assert!(create.iter().any(|word| word == one), "{create:?}");
    }
    let deploy = &ran.calls[ran.place("az functionapp deployment source config-zip")];
    assert!(deploy.contains(&zip), "{deploy:?}");
    assert!(!stage.path("oops").exists());
    assert!(ran.that_begin("az group create").is_empty());
    assert!(ran.out.contains("infra/grant.sh --identity 11111111-2222"));
    assert!(ran.out.contains("--to https://rollcall-x.example"));
}

#[test]
fn a_group_that_is_not_there_is_made_where_somebody_says() {
    let nowhere = WELL.replace("${EXISTS:-true}", "false");
    let stage = Stage::with(&nowhere, "");
    let zip = stage.file("rollcall.zip", "zip");
    let usual = ["--group", "rg", "--package", &zip, "--wait", "0"];
    let ran = stage
        .run("deploy.sh", &usual)
        .exits(1)
        .complains("`rg` does not exist\nadd --location");
    assert!(ran.that_begin("az deployment").is_empty());
    let ran = stage
        .run(
            "deploy.sh",
            &[&usual[..], &["--location", "westeurope"]].concat(),
        )
        .exits(0);
    assert!(ran.place("az group create") < ran.place("az deployment group create"));
}

#[test]
fn a_deployment_that_fails_publishes_nothing() {
    let failing = format!("case \"$*\" in 'deployment group create'*) exit 1 ;; esac\n{WELL}");
    let stage = Stage::with(&failing, "");
    let zip = stage.file("rollcall.zip", "zip");
    let ran = stage
        .run("deploy.sh", &["--group", "rg", "--package", &zip])
        .exits(1)
        .complains("the deployment failed; what was made stays");
    assert!(ran.that_begin("az functionapp").is_empty());
    assert!(ran.that_begin("az storage").is_empty());
}

#[test]
fn a_preview_of_the_deployment_changes_nothing() {
    let stage = Stage::with(WELL, "");
    let ran = stage
        .run("deploy.sh", &["--group", "rg", "--preview"])
        .exits(0);
    let begin = |call: &Vec<String>| call[1..].join(" ");
    let calls: Vec<String> = ran.calls.iter().map(begin).collect();
    assert!(
        calls[2].starts_with("deployment group what-if"),
        "{calls:?}"
    );
    assert_eq!(calls.len(), 3, "{calls:?}");
}

#[test]
fn azd_and_the_documents_call_scripts_as_they_are() {
    let azure = file("azure.yaml");
    assert!(azure.contains("run: infra/publish.sh --group \"$AZURE_RESOURCE_GROUP\"\n"));
    assert!(azure.contains("run: cargo run --locked --example package\n"));
    let documents = file("docs/deploy.md") + &azure;
    for script in SCRIPTS {
        let help = Stage::with("", "").run(script, &["--help"]).out;
        let called = format!("infra/{script} ");
        let calls = documents
            .lines()
            .filter_map(|line| line.split_once(&called));
        let mut count = 0;
        for (_, arguments) in calls {
            count += 1;
            let options = arguments
                .split_whitespace()
                .map(|word| word.trim_matches(|c: char| !c.is_ascii_alphanumeric() && c != '-'));
            for option in options.filter(|word| word.starts_with("--")) {
                assert!(
                    help.contains(&format!("  {option}")),
                    "{script} {arguments}"
                );
            }
        }
        assert!(count > 0, "{script} is not documented");
    }
}
