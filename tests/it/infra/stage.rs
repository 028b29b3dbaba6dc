//! A script, run on a machine whose `az` and `curl` only write down what they are asked.

use std::{
    fs,
    os::unix::fs::PermissionsExt,
    path::{Path, PathBuf},
    process::Command,
};

use tempfile::TempDir;

/// What every `az` of the stage knows: how to write down its arguments, and the value of one of them.
const AZ: &str = r#"#!/bin/bash
{ printf 'az'; printf '\x1f%s' "$@"; printf '\n'; } >>"$STAGE/calls"
of() { local name=$1; shift; while [[ $# -gt 1 ]]; do [[ "$1" != "$name" ]] || { printf '%s' "$2"; return; }; shift; done; }
"#;

/// A `curl` that keeps what comes on its standard input apart from its arguments, and counts its calls in `turn`. `answer
/// STATUS BODY` is an answer as the scripts ask for it.
const CURL: &str = r#"#!/bin/bash
{ printf 'curl'; printf '\x1f%s' "$@"; printf '\n'; } >>"$STAGE/calls"
cat >>"$STAGE/typed"
echo >>"$STAGE/turns"
turn=$(wc -l <"$STAGE/turns")
answer() { printf '%s\n%s' "$2" "$1"; }
"#;

/// A `sleep` that takes no time.
const SLEEP: &str = r#"#!/bin/bash
{ printf 'sleep'; printf '\x1f%s' "$@"; printf '\n'; } >>"$STAGE/calls"
"#;

/// An `unzip` that finds `rollcall.version` in a file with a line `version …`; it knows nothing else.
const UNZIP: &str = r#"#!/bin/bash
[[ "$1" == -p && "$3" == rollcall.version ]] && grep -q '^version ' "$2" || exit 11
sed -n 's/^version //p' "$2"
"#;

/// The folder of the machine.
pub(super) struct Stage(TempDir);

/// What came of a script.
pub(super) struct Ran {
    pub(super) code: i32,
    pub(super) out: String,
    pub(super) err: String,
    /// Every call of a program, as words.
    pub(super) calls: Vec<Vec<String>>,
}

impl Stage {
    /// `az` and `curl` go on with these lines of bash: what they answer.
    pub(super) fn with(az: &str, curl: &str) -> Self {
        let stage = Self(tempfile::tempdir().unwrap());
        fs::create_dir(stage.path("bin")).unwrap();
        stage.program("az", &format!("{AZ}{az}"));
        stage.program("curl", &format!("{CURL}{curl}"));
        stage.program("sleep", SLEEP);
        stage.program("unzip", UNZIP);
        stage
    }

    fn program(&self, name: &str, text: &str) {
        let path = self.path("bin").join(name);
        fs::write(&path, text).unwrap();
        fs::set_permissions(&path, fs::Permissions::from_mode(0o755)).unwrap();
    }

    pub(super) fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    /// A file of the stage, for an argument.
    pub(super) fn file(&self, name: &str, text: &str) -> String {
        fs::write(self.path(name), text).unwrap();
        self.path(name).display().to_string()
    }

    /// What was typed into `curl`.
    pub(super) fn typed(&self) -> String {
        fs::read_to_string(self.path("typed")).unwrap_or_default()
    }

    /// Runs a script of `infra/`.
    pub(super) fn run(&self, script: &str, arguments: &[&str]) -> Ran {
        for left in ["calls", "turns"] {
            let _ = fs::remove_file(self.path(left));
        }
        let usual = std::env::var("PATH").unwrap_or_default();
        let path = format!("{}:{usual}", self.path("bin").display());
        let ran = Command::new("bash")
            .arg(script_path(script))
            .args(arguments)
            .env("PATH", path)
            .env("STAGE", self.0.path())
            .env("TMPDIR", self.0.path())
            .current_dir(self.0.path())
            .output()
            .unwrap();
        let calls = fs::read_to_string(self.path("calls")).unwrap_or_default();
        let calls = calls
            .lines()
            .map(|line| line.split('\x1f').map(str::to_owned).collect());
        Ran {
            code: ran.status.code().unwrap(),
            out: String::from_utf8(ran.stdout).unwrap(),
            err: String::from_utf8(ran.stderr).unwrap(),
            calls: calls.collect(),
        }
    }
}

/// Where a script is; a whole path stays what it is.
pub(super) fn script_path(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("infra")
        .join(name)
}

impl Ran {
    #[track_caller]
    pub(super) fn exits(self, code: i32) -> Self {
        assert_eq!(self.code, code, "{}\n{}", self.out, self.err);
        self
    }

    #[track_caller]
    pub(super) fn complains(self, what: &str) -> Self {
        assert!(self.err.contains(what), "no `{what}` in: {}", self.err);
        self
    }

    /// The calls that begin so, each as one text.
    pub(super) fn that_begin(&self, begin: &str) -> Vec<String> {
        let calls = self.calls.iter().map(|call| call.join(" "));
        calls.filter(|call| call.starts_with(begin)).collect()
    }

    /// The place of the first call that begins so.
    #[track_caller]
    pub(super) fn place(&self, begin: &str) -> usize {
        let mut calls = self.calls.iter().map(|call| call.join(" "));
        calls
            .position(|call| call.starts_with(begin))
            .unwrap_or_else(|| panic!("no `{begin}` in {:#?}", self.calls))
    }
}
