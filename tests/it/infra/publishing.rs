//! `publish.sh` and `rollback.sh`: what runs, what is kept, and what is said when something fails in between.

use sha2::{Digest, Sha256};

use super::stage::{Ran, Stage};

const KEY: &str = "k3y-of-ApiRead==";

/// An installation; `$KEPT` are the kept packages, `$RUNNING` the one that runs, `$PLAN` the plan; the lines before it may
/// end the program first.
const INSTALLED: &str = r#"
case "$*" in
"resource list"*) printf 'Microsoft.Storage/storageAccounts\trollcallx\t/x\tNone\nMicrosoft.Web/sites\trollcall-x\t/subscriptions/0/sites/rollcall-x\t%s\n' "$PLAN" ;;
"resource show"*) echo rollcall-x.example ;;
"storage blob list"*"--prefix running"*) echo "$RUNNING" ;;
"storage blob list"*) printf '%s' "$KEPT" ;;
"storage blob download"*) printf '%s' "$CONTENT" >"$(of --file "$@")" ;;
"functionapp function keys list"*) echo 'k3y-of-ApiRead==' ;;
esac
"#;

const WELL: &str = "echo '{\"status\":\"ok\"}'";

struct Installed<'a> {
    first: &'a str,
    kept: &'a str,
    running: &'a str,
    plan: &'a str,
    content: &'a str,
    curl: &'a str,
}

impl Default for Installed<'_> {
    fn default() -> Self {
        Self {
            first: "",
            kept: "",
            running: "",
            plan: "flex",
            content: "old",
            curl: WELL,
        }
    }
}

impl Installed<'_> {
    fn stage(&self) -> Stage {
        let az = format!(
            "KEPT='{}' RUNNING='{}' PLAN='{}' CONTENT='{}'\n{}\n{INSTALLED}",
            self.kept, self.running, self.plan, self.content, self.first
        );
        Stage::with(&az, self.curl)
    }
}

fn digest(text: &str) -> String {
    let digest = Sha256::digest(text.as_bytes());
    digest.iter().map(|byte| format!("{byte:02x}")).collect()
}

fn named(time: &str, version: &str, content: &str) -> String {
    format!("{time}-{version}-{}.zip", &digest(content)[..16])
}

fn publish(stage: &Stage, more: &[&str]) -> Ran {
    let zip = stage.file("rollcall.zip", "new");
    let usual = ["--group", "rg", "--package", &zip, "--wait", "0"];
    stage.run("publish.sh", &[&usual[..], more].concat())
}

const CONFIG_ZIP: &str = "az functionapp deployment source config-zip";

#[test]
fn a_package_is_kept_then_deployed_then_written_down() {
    let stage = Installed::default().stage();
    let ran = publish(&stage, &["--version", "1.2.3"]).exits(0);
    let uploads = ran.that_begin("az storage blob upload");
    assert_eq!(uploads.len(), 2, "{uploads:#?}");
    let name = format!("-1.2.3-{}.zip", &digest("new")[..16]);
    assert!(uploads[0].contains(&name), "{}", uploads[0]);
    assert!(uploads[0].contains("--container-name packages"));
    assert!(!uploads[0].contains("--overwrite"), "what is kept stays");
    assert!(uploads[1].contains("--name running ") && uploads[1].contains(&name));
    let kept = ran.place("az storage blob upload");
    assert!(kept < ran.place(CONFIG_ZIP));
    let marked = ran
        .calls
        .iter()
        .rposition(|call| call.contains(&"running".to_owned()));
    assert!(ran.place(CONFIG_ZIP) < marked.unwrap());
    assert!(ran.err.contains("the app is well: {\"status\":\"ok\"}"));
}

#[test]
fn no_secret_is_an_argument() {
    let stage = Installed::default().stage();
    let ran = publish(&stage, &[]).exits(0);
    assert_eq!(
        stage.typed(),
        format!("header = \"x-functions-key: {KEY}\"\n")
    );
    for call in &ran.calls {
        assert!(!call.join(" ").contains(KEY), "{call:?}");
    }
    assert!(!ran.out.contains(KEY) && !ran.err.contains(KEY));
    let storage = ran.that_begin("az storage");
    assert!(!storage.is_empty());
    for call in storage {
        assert!(call.contains("--auth-mode login"), "{call}");
    }
}

#[test]
fn the_same_package_is_kept_once() {
    let before = named("20260101T000000Z", "1.2.3", "new");
    let stage = Installed {
        kept: &before,
        ..Installed::default()
    }
    .stage();
    let ran = publish(&stage, &[]).exits(0);
    let uploads = ran.that_begin("az storage blob upload");
    assert_eq!(uploads.len(), 1, "{uploads:#?}");
    assert!(uploads[0].contains(&format!("--metadata package={before}")));
}

#[test]
fn what_cannot_be_kept_is_not_deployed_unless_somebody_wants_that() {
    for first in [
        "case \"$*\" in 'storage blob upload'*) exit 1 ;; esac",
        "case \"$*\" in 'storage blob list'*) exit 1 ;; esac",
    ] {
        let stage = Installed {
            first,
            ..Installed::default()
        }
        .stage();
        let ran = publish(&stage, &[]).exits(1);
        assert!(ran.that_begin(CONFIG_ZIP).is_empty(), "{}", ran.err);
        let ran = publish(&stage, &["--not-kept"]).exits(0);
        assert_eq!(ran.that_begin(CONFIG_ZIP).len(), 1);
        assert!(ran.that_begin("az storage").is_empty());
    }
}

#[test]
fn what_was_not_deployed_is_not_written_down_as_running() {
    let stage = Installed {
        first: "case \"$*\" in 'functionapp deployment'*) echo boom >&2; exit 3 ;; esac",
        ..Installed::default()
    }
    .stage();
    let ran = publish(&stage, &[])
        .exits(1)
        .complains("boom")
        .complains("the package was not deployed; what ran before may still run");
    assert_eq!(ran.that_begin("az storage blob upload").len(), 1);
}

#[test]
fn an_app_that_is_not_well_fails_and_says_how_to_go_back() {
    let stage = Installed {
        curl: "echo 'curl: (22) 503' >&2; exit 22",
        ..Installed::default()
    }
    .stage();
    let ran = publish(&stage, &[])
        .exits(1)
        .complains("503")
        .complains("the new package is in place and not well\ngo back to the one before with: infra/rollback.sh --group rg");
    // It runs, well or not.
    assert_eq!(ran.that_begin("az storage blob upload").len(), 2);
}

#[test]
fn a_premium_plan_gets_its_package_as_a_blob() {
    let stage = Installed {
        plan: "premium",
        ..Installed::default()
    }
    .stage();
    let ran = publish(&stage, &[]).exits(0);
    assert!(ran.that_begin(CONFIG_ZIP).is_empty());
    let put = ran.that_begin("az storage blob upload");
    assert!(put[1].contains("--container-name deployments --name rollcall.zip"));
    assert!(ran.place("az functionapp restart") < ran.place("az rest --method post"));
    let sync = &ran.that_begin("az rest")[0];
    assert!(sync.contains("/subscriptions/0/sites/rollcall-x/syncfunctiontriggers"));
}

#[test]
fn half_an_installation_is_not_published_to() {
    for (answer, problem) in [
        ("", "there is no app of rollcall in `rg`"),
        (
            "printf 'Microsoft.Web/sites\\ta\\t/a\\tflex\\n'",
            "holds more than one rollcall, or half of one",
        ),
        (
            "printf 'Microsoft.Web/sites\\ta\\t/a\\tflex\\nMicrosoft.Storage/storageAccounts\\tb\\t/b\\tNone\\nMicrosoft.Storage/storageAccounts\\tc\\t/c\\tNone\\n'",
            "holds more than one rollcall, or half of one",
        ),
    ] {
        let first = format!("case \"$*\" in 'resource list'*) {answer}; exit 0 ;; esac");
        let first = first.replace(") ;", ") :;");
        let stage = Installed {
            first: &first,
            ..Installed::default()
        }
        .stage();
        let ran = publish(&stage, &[]).exits(1).complains(problem);
        assert_eq!(ran.calls.len(), 1, "{:?}", ran.calls);
    }
}

/// Three packages were published; the second one holds what `CONTENT` says.
fn three() -> [String; 3] {
    [
        named("20260101T000000Z", "1.0.0", "older"),
        named("20260201T000000Z", "1.1.0", "old"),
        named("20260301T000000Z", "1.2.0", "new"),
    ]
}

fn go_back(stage: &Stage, more: &[&str]) -> Ran {
    let usual = ["--group", "rg", "--wait", "0"];
    stage.run("rollback.sh", &[&usual[..], more].concat())
}

#[test]
fn going_back_takes_the_one_before_what_runs() {
    let all = three();
    // As the service lists them, which is no order to rely on.
    let kept = [&all[2], &all[0], &all[1]].map(String::as_str).join("\n");
    let stage = Installed {
        kept: &kept,
        running: &all[2],
        ..Installed::default()
    }
    .stage();
    let ran = go_back(&stage, &[]).exits(0);
    let fetched = &ran.that_begin("az storage blob download")[0];
    assert!(fetched.contains(&format!("--name {}", all[1])), "{fetched}");
    assert!(ran.place("az storage blob download") < ran.place(CONFIG_ZIP));
    let marked = &ran.that_begin("az storage blob upload")[0];
    assert!(marked.contains(&format!("package={}", all[1])));

    let listed = go_back(&stage, &["--list"]).exits(0);
    let wanted = format!("  {}\n  {}\n* {}\n", all[0], all[1], all[2]);
    assert_eq!(listed.out, wanted);
    assert!(listed.that_begin(CONFIG_ZIP).is_empty());
}

#[test]
fn going_back_never_guesses() {
    let all = three();
    let kept = all.join("\n");
    for (running, arguments, problem) in [
        ("", &[][..], "which package runs was never written down"),
        ("None", &[][..], "which package runs was never written down"),
        (&all[0], &[][..], "no older package is kept"),
        (&all[2], &["--to", "20260201"][..], "`20260201` is not kept"),
        (&all[2], &["--to", &all[2]][..], "runs already"),
    ] {
        let stage = Installed {
            kept: &kept,
            running,
            ..Installed::default()
        }
        .stage();
        let ran = go_back(&stage, arguments).exits(1).complains(problem);
        assert!(ran.that_begin(CONFIG_ZIP).is_empty());
        assert!(ran.that_begin("az storage blob upload").is_empty());
    }
}

#[test]
fn a_kept_package_that_somebody_changed_is_not_deployed() {
    let all = three();
    let kept = all.join("\n");
    let stage = Installed {
        kept: &kept,
        running: &all[2],
        content: "evil",
        ..Installed::default()
    }
    .stage();
    let ran = go_back(&stage, &[])
        .exits(1)
        .complains("is not what was published under this name, and nothing was deployed");
    assert!(ran.that_begin(CONFIG_ZIP).is_empty());
    let left = std::fs::read_dir(stage.path(".")).unwrap();
    let left = left.filter(|entry| entry.as_ref().unwrap().file_type().unwrap().is_dir());
    assert_eq!(left.count(), 1, "what was fetched is gone again");
}
