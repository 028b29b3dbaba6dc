//! `deploy.sh`: what it hands over, what it refuses, and what it says next.

use super::{file, stage::Stage};

/// Answers of a subscription in which everything goes well.
pub(super) const WELL: &str = r#"
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
pub(super) const PACKAGE: &str = "version 1.2.3\nzip";
pub(super) const HEALTHY: &str = r#"answer 200 '{"version":"1.2.3"}'"#;

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
    let aside = "param budgetAmount = 50 // a month\n// param budgetStart = '2026-11-01'\n";
    let aside = stage.file("aside.bicepparam", aside);
    let more = ["--group", "rg", "--without-package", "--parameters", &aside];
    let ran = stage.run("deploy.sh", &more).exits(1);
    let ran = ran.complains("no `budgetStart`");
    assert!(ran.that_begin("az deployment group create").is_empty());
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
    let file = "param privateNetwork = true // ours\n// param plan = 'premium'\n";
    let file = stage.file("net.bicepparam", file);
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
