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

/// A package, and an app that is well with it.
const PACKAGE: &str = "version 1.2.3\nzip";
const HEALTHY: &str = r#"answer 200 '{"version":"1.2.3"}'"#;

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
fn a_deployment_hands_each_argument_over_as_it_is() {
    let stage = Stage::with(WELL, HEALTHY);
    let zip = stage.file("my package's $(touch oops).zip", PACKAGE);
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
fn a_budget_with_its_beginning_is_deployed() {
    let stage = Stage::with(WELL, HEALTHY);
    let both = "param budgetAmount = 50\nparam budgetStart = '2026-11-01'\n";
    let both = stage.file("both.bicepparam", both);
    let amount = stage.file("amount.bicepparam", "param budgetAmount = 50\n");
    let start = "budgetStart=2026-11-01";
    for more in [
        &["--parameters", &both][..],
        &["--parameters", &amount, "--set", start],
        &["--parameters", &amount, "--set", "budgetAmount=0"],
        &["--set", "budgetAmount=50", "--set", start],
    ] {
        let usual = ["--group", "rg", "--without-package"];
        let ran = stage.run("deploy.sh", &[&usual[..], more].concat());
        assert_eq!(
            ran.exits(0).that_begin("az deployment group create").len(),
            1
        );
    }
    let bicep = file("infra/main.bicep");
    assert!(bicep.contains("\nparam budgetStart string = ''\n"));
    assert!(
        !bicep.contains("utcNow("),
        "it would change with each month"
    );
}

#[test]
fn a_private_network_of_flex_consumption_has_its_provider() {
    let stage = Stage::with(WELL, HEALTHY);
    let file = stage.file("net.bicepparam", "param privateNetwork = true\n");
    let usual = ["--group", "rg", "--without-package"];
    let register = "az provider register --namespace Microsoft.App --wait";
    for (more, times) in [
        (&[][..], 0),
        (&["--parameters", &file][..], 1),
        (&["--set", "privateNetwork=true"][..], 1),
        (
            &["--set", "privateNetwork=true", "--set", "plan=premium"][..],
            0,
        ),
        (
            &["--parameters", &file, "--set", "privateNetwork=false"][..],
            0,
        ),
        (&["--parameters", &file, "--preview"][..], 0),
    ] {
        let ran = stage.run("deploy.sh", &[&usual[..], more].concat());
        let ran = ran.exits(0);
        assert_eq!(ran.that_begin(register).len(), times, "{more:?}");
        if times == 1 {
            assert!(ran.place(register) < ran.place("az deployment group create"));
        }
    }
    // Whoever may not may have had it done.
    let refused = format!("case \"$*\" in 'provider register'*) exit 1 ;; esac\n{WELL}");
    let stage = Stage::with(&refused, HEALTHY);
    let more = ["--set", "privateNetwork=true"];
    let ran = stage.run("deploy.sh", &[&usual[..], &more].concat());
    ran.exits(0)
        .complains("somebody with Contributor on the subscription runs: az provider register");
}

#[test]
fn what_comes_next_is_said_although_publishing_failed() {
    let failing = format!("case \"$*\" in 'functionapp deployment'*) exit 1 ;; esac\n{WELL}");
    let stage = Stage::with(&failing, HEALTHY);
    let zip = stage.file("rollcall.zip", PACKAGE);
    let ran = stage
        .run("deploy.sh", &["--group", "rg", "--package", &zip])
        .exits(1)
        .complains("publishing the package failed\n")
        .complains("infra/publish.sh --group rg\n");
    assert!(ran.out.contains("infra/grant.sh --identity 11111111-2222"));
    assert!(ran.out.contains("--vault-name vault-x"));
}

/// A key of one function opens no other one, and `push` reads before it writes.
#[test]
fn definitions_are_pushed_with_a_host_key() {
    let stage = Stage::with(WELL, HEALTHY);
    let ran = stage.run("deploy.sh", &["--group", "rg", "--without-package"]);
    let said = "$(az functionapp keys list -g rg -n rollcall-x --query functionKeys.default -o tsv)\n   rollcall push ";
    let ran = ran.exits(0);
    assert!(ran.out.contains(said), "{}", ran.out);
    let ask = "az functionapp keys list -g GROUP -n APP --query functionKeys.default -o tsv";
    for name in ["docs/deploy.md", "docs/operate.md"] {
        assert!(file(name).contains(ask), "{name}");
    }
    for name in [
        "docs/deploy.md",
        "docs/operate.md",
        "README.md",
        "infra/deploy.sh",
    ] {
        let text = file(name);
        assert!(!text.contains("--function-name ApiWrite"), "{name}");
        assert!(!text.contains("--query masterKey"), "{name}");
    }
}

#[test]
fn a_group_that_is_not_there_is_made_where_somebody_says() {
    let nowhere = WELL.replace("${EXISTS:-true}", "false");
    let stage = Stage::with(&nowhere, HEALTHY);
    let zip = stage.file("rollcall.zip", PACKAGE);
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
    let stage = Stage::with(&failing, HEALTHY);
    let zip = stage.file("rollcall.zip", PACKAGE);
    let ran = stage
        .run("deploy.sh", &["--group", "rg", "--package", &zip])
        .exits(1)
        .complains("the deployment failed; what was made stays");
    assert!(ran.that_begin("az functionapp").is_empty());
    assert!(ran.that_begin("az storage").is_empty());
}

#[test]
fn a_preview_of_the_deployment_changes_nothing() {
    let stage = Stage::with(WELL, HEALTHY);
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
