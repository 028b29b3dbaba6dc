//! An installation that packages are published to, as `az` and `curl` show it.

use sha2::{Digest, Sha256};

use super::stage::{Ran, Stage};

pub(super) const KEY: &str = "k3y-of-ApiRead==";

/// An installation; `$KEPT` are the kept packages, `$MARKER` is what was written down of the last one (`package`, `deploying`
/// and `previous`, as az prints them), `$PLAN` the plan; the lines before it may end the program first.
const INSTALLED: &str = r#"
case "$*" in
"resource list"*) printf 'Microsoft.Storage/storageAccounts\trollcallx\t/x\tNone\nMicrosoft.Web/sites\trollcall-x\t/subscriptions/0/sites/rollcall-x\t%s\n' "$PLAN" ;;
"resource show"*) echo rollcall-x.example ;;
"storage blob list"*"--prefix running"*) printf "$MARKER" ;;
"storage blob list"*) printf '%s' "$KEPT" ;;
"storage blob download"*) printf '%s' "$CONTENT" >"$(of --file "$@")" ;;
"functionapp function keys list"*) echo 'k3y-of-ApiRead==' ;;
esac
"#;

/// The package that is published in these tests, and an app that is well with it.
pub(super) const NEW: &str = "version 1.2.3\nnew";
const WELL: &str =
    r#"answer 200 '{"status":"ok","version":"1.2.3","started":"2999-01-01T00:00:00Z"}'"#;

pub(super) struct Installed<'a> {
    pub(super) first: &'a str,
    pub(super) kept: &'a str,
    pub(super) marker: &'a str,
    pub(super) plan: &'a str,
    pub(super) content: &'a str,
    pub(super) curl: &'a str,
}

impl Default for Installed<'_> {
    fn default() -> Self {
        Self {
            first: "",
            kept: "",
            marker: "",
            plan: "flex",
            content: "old",
            curl: WELL,
        }
    }
}

impl Installed<'_> {
    pub(super) fn stage(&self) -> Stage {
        let az = format!(
            "KEPT='{}' MARKER='{}' PLAN='{}' CONTENT='{}'\n{}\n{INSTALLED}",
            self.kept, self.marker, self.plan, self.content, self.first
        );
        Stage::with(&az, self.curl)
    }
}

pub(super) fn digest(text: &str) -> String {
    let digest = Sha256::digest(text.as_bytes());
    digest.iter().map(|byte| format!("{byte:02x}")).collect()
}

pub(super) fn named(time: &str, version: &str, content: &str) -> String {
    format!("{time}-{version}-{}.zip", &digest(content)[..16])
}

/// What was written down of the last package; empty texts are what az prints `None` for.
pub(super) fn marker(package: &str, deploying: &str, previous: &str) -> String {
    let cells =
        [package, deploying, previous].map(|cell| if cell.is_empty() { "None" } else { cell });
    cells.join("\\t") + "\\n"
}

/// What a script wrote down: `package=…`, `deploying=…`, `previous=…`.
pub(super) fn written(ran: &Ran) -> Vec<String> {
    let uploads = ran.that_begin("az storage blob upload");
    let marks = uploads
        .iter()
        .filter(|upload| upload.contains(" --name running "));
    let said = marks.map(|mark| mark.split(" --metadata ").nth(1).unwrap());
    said.map(|said| said.split(" --").next().unwrap().to_owned())
        .collect()
}

pub(super) fn publish(stage: &Stage, more: &[&str]) -> Ran {
    let zip = stage.file("rollcall.zip", NEW);
    let usual = ["--group", "rg", "--package", &zip, "--wait", "0"];
    stage.run("publish.sh", &[&usual[..], more].concat())
}

pub(super) const CONFIG_ZIP: &str = "az functionapp deployment source config-zip";
