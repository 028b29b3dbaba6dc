//! The real program, from the command line to the exit code, against the stand-in for Microsoft Graph.

mod backup;
mod bad_data;
mod bad_definitions;
mod connections;
mod cost;
mod decisions;
mod definitions;
mod demo;
mod doctor;
mod explain;
mod forget;
mod hand_over;
mod lists;
mod naming;
mod no_other_way;
mod opt_outs;
mod program;
mod restoring;
mod runs;
mod storage;
mod views;

use std::{
    collections::BTreeSet,
    path::{Path, PathBuf},
    process::{Command, Stdio},
    time::{Duration, Instant},
};

use rollcall::sandbox::{
    self, Sandbox, Scenario,
    scenario::{Group, User},
};
use serde_json::{Value, json};
use tempfile::TempDir;

const EVERYONE: &str = Scenario::EVERYONE;
const PROGRAM: &str = env!("CARGO_BIN_EXE_rollcall");

/// How a command ended.
#[derive(Debug)]
struct Ran {
    code: i32,
    out: String,
    err: String,
}

impl Ran {
    /// The exit code has to be this one.
    #[track_caller]
    fn exits(self, code: i32) -> Self {
        assert_eq!(self.code, code, "{}\n{}", self.out, self.err);
        self
    }

    /// Standard output has to hold this.
    #[track_caller]
    fn says(self, text: &str) -> Self {
        assert!(self.out.contains(text), "no `{text}` in:\n{}", self.out);
        self
    }

    /// Standard error has to hold this.
    #[track_caller]
    fn complains(self, text: &str) -> Self {
        assert!(self.err.contains(text), "no `{text}` in:\n{}", self.err);
        self
    }

    /// Standard output as JSON.
    #[track_caller]
    fn json(&self) -> Value {
        serde_json::from_str(&self.out).unwrap_or_else(|error| panic!("{error} in:\n{}", self.out))
    }
}

/// A folder with a definition and CSV files, and where a stand-in tenant is.
struct Desk {
    folder: TempDir,
    graph: String,
    tenant: String,
    client: String,
    secret: String,
}

impl Desk {
    /// A folder beside a running tenant; `rollcall.json` keeps the group "Everyone" as `lists/everyone.csv` says.
    async fn with(scenario: Scenario) -> (Sandbox, Self) {
        let (tenant, client) = (scenario.tenant_id.clone(), scenario.client_id.clone());
        let secret = scenario.client_secret.clone();
        let sandbox = sandbox::start(scenario, 0).await.unwrap();
        let desk = Self {
            folder: tempfile::tempdir().unwrap(),
            graph: sandbox.url().to_owned(),
            tenant,
            client,
            secret,
        };
        std::fs::create_dir(desk.path("lists")).unwrap();
        desk.define(&[everyone()]);
        (sandbox, desk)
    }

    /// A folder without a tenant.
    fn alone() -> Self {
        let desk = Self {
            folder: tempfile::tempdir().unwrap(),
            graph: "http://127.0.0.1:1".to_owned(),
            tenant: "00000000-0000-4000-8000-0000000000a2".to_owned(),
            client: "00000000-0000-4000-8000-0000000000a1".to_owned(),
            secret: "not-a-secret".to_owned(),
        };
        std::fs::create_dir(desk.path("lists")).unwrap();
        desk.define(&[everyone()]);
        desk
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn write(&self, name: &str, content: impl AsRef<[u8]>) {
        std::fs::write(self.path(name), content).unwrap();
    }

    fn bytes(&self, name: &str) -> Vec<u8> {
        std::fs::read(self.path(name)).unwrap()
    }

    fn text(&self, name: &str) -> String {
        String::from_utf8(self.bytes(name)).unwrap()
    }

    /// The definition with these syncs, as JSON that a test may change before it writes it.
    fn definition(&self, syncs: &[Value]) -> Value {
        json!({
            "connections": {
                "entra-id": {
                    "type": "entra-id", "graphUrl": self.graph, "loginUrl": self.graph,
                    "tenantId": self.tenant, "clientId": self.client,
                    "clientSecretVariable": "SECRET", "maxWaitSeconds": 2,
                },
                "files": { "type": "csv", "folder": "lists" },
            },
            "syncs": syncs,
        })
    }

    fn define(&self, syncs: &[Value]) {
        self.write("rollcall.json", self.definition(syncs).to_string());
    }

    /// The list of the usual sync: a header, and a row for each address.
    fn list(&self, addresses: &[&str]) {
        let rows: Vec<String> = addresses
            .iter()
            .map(|address| format!("{address}\n"))
            .collect();
        self.write("lists/everyone.csv", format!("email\n{}", rows.concat()));
    }

    fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(PROGRAM);
        self.clean(command.args(arguments));
        command
    }

    /// In this folder, with nothing in the environment but the secret and a name.
    fn clean(&self, command: &mut Command) {
        command
            .current_dir(self.folder.path())
            .env_clear()
            .env("SECRET", &self.secret)
            .env("USER", "ada")
            .stdin(Stdio::null());
    }

    async fn run(&self, arguments: &[&str]) -> Ran {
        finish(self.command(arguments)).await
    }

    /// The same, with more in the environment.
    async fn run_with(&self, arguments: &[&str], variables: &[(&str, &str)]) -> Ran {
        let mut command = self.command(arguments);
        command.envs(variables.iter().copied());
        finish(command).await
    }

    /// The program as it runs where no file may grow beyond this many blocks of 512 bytes.
    async fn run_with_little_room(&self, blocks: u32, arguments: &[&str]) -> Ran {
        let mut command = Command::new("/bin/sh");
        // Without the trap the signal ends the process; with it the write fails, as it does on a full disk.
        command
            .arg("-c")
            .arg(format!(
                "trap '' XFSZ; ulimit -f {blocks}; exec \"$0\" \"$@\""
            ))
            .arg(PROGRAM)
            .args(arguments);
        self.clean(&mut command);
        finish(command).await
    }

    fn has_state(&self) -> bool {
        self.path(".rollcall").exists()
    }
}

/// Runs a command while the tenant goes on answering.
async fn finish(mut command: Command) -> Ran {
    command.stdout(Stdio::piped()).stderr(Stdio::piped());
    finish_as_it_is(command).await
}

/// The same, where the command says itself where its output goes.
async fn finish_as_it_is(mut command: Command) -> Ran {
    let output = tokio::task::spawn_blocking(move || command.output())
        .await
        .unwrap()
        .unwrap();
    Ran {
        code: output.status.code().unwrap_or(-1),
        out: String::from_utf8(output.stdout).unwrap(),
        err: String::from_utf8(output.stderr).unwrap(),
    }
}

/// The usual sync.
fn everyone() -> Value {
    json!({
        "id": "everyone",
        "source": { "connection": "files", "list": "everyone.csv" },
        "target": { "connection": "entra-id", "group": "Everyone" },
    })
}

/// People in the tenant, the first of them in the group.
fn tenant(people: usize, members: usize) -> Scenario {
    let mut scenario = Scenario::with_people(people);
    scenario.groups[0].members = (0..members).map(User::numbered_id).collect();
    scenario
}

fn group(number: u32, name: &str) -> Group {
    Group {
        id: format!("00000000-0000-4000-8000-00000000b{number:03}"),
        display_name: name.to_owned(),
        ..Group::default()
    }
}

/// `user0003@contoso.example`.
fn address(number: usize) -> String {
    format!("user{number:04}@contoso.example")
}

/// A list of these people.
fn rows(people: std::ops::Range<usize>) -> String {
    let rows: String = people.map(|number| address(number) + "\n").collect();
    format!("email\n{rows}")
}

/// The members of the usual group, by number.
fn members(sandbox: &Sandbox) -> BTreeSet<String> {
    sandbox.members_of(EVERYONE).into_iter().collect()
}

fn ids(people: std::ops::Range<usize>) -> BTreeSet<String> {
    people.map(User::numbered_id).collect()
}

/// The same text with `RUN` for every run's id and `TIME` for how long it took, so that it can be compared.
fn settled(text: &str) -> String {
    let is_run = |word: &str| {
        word.len() == 22
            && word.is_char_boundary(8)
            && word.bytes().enumerate().all(|(at, byte)| match at {
                8 => byte == b'T',
                15 => byte == b'-',
                _ => byte.is_ascii_hexdigit(),
            })
    };
    let lines: Vec<String> = text
        .lines()
        .map(|line| {
            let words: Vec<&str> = line
                .split(' ')
                .map(|word| if is_run(word) { "RUN" } else { word })
                .collect();
            let line = words.join(" ");
            match line.rsplit_once(" in ") {
                Some((start, time)) if time.ends_with(" s") => format!("{start} in TIME"),
                _ => line,
            }
        })
        .collect();
    lines.join("\n")
}

/// Waits for something that another task does.
async fn until(what: &str, mut is_so: impl FnMut() -> bool) {
    let deadline = Instant::now() + Duration::from_secs(30);
    while !is_so() {
        assert!(Instant::now() < deadline, "waited in vain until {what}");
        tokio::task::yield_now().await;
    }
}

fn example(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("examples")
        .join(name)
}
