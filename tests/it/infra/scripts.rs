//! Every script: its help, its arguments, and that documents call it as it is.

use super::{
    deploying::{HEALTHY, PACKAGE, WELL},
    file,
    stage::{Stage, script_path},
};

const SCRIPTS: [&str; 4] = ["deploy.sh", "grant.sh", "publish.sh", "rollback.sh"];

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
    let stage = Stage::with(WELL, HEALTHY);
    let zip = stage.file("rollcall.zip", PACKAGE);
    let budget = stage.file("budget.bicepparam", "param budgetAmount = 50\n");
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
        (
            "deploy.sh",
            &[
                "--group",
                "x",
                "--package",
                &zip,
                "--set",
                "budgetAmount=50",
            ],
            "there is a `budgetAmount` and no `budgetStart`",
        ),
        (
            "deploy.sh",
            &["--group", "x", "--package", &zip, "--parameters", &budget],
            "there is a `budgetAmount` and no `budgetStart`",
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
fn azd_and_the_documents_call_scripts_as_they_are() {
    let azure = file("azure.yaml");
    let publish = r#"run: az account set --subscription "$AZURE_SUBSCRIPTION_ID" && infra/publish.sh --group "$AZURE_RESOURCE_GROUP""#;
    assert!(azure.contains(&format!("    {publish}\n")));
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
