//! The program as it runs by itself, with a tenant whose people can be told from everything else.

use std::{
    io::{BufRead, BufReader, Read},
    process::{Child, Command, Stdio},
    time::{Duration, Instant},
};

use rollcall::sandbox::{self, Sandbox, Scenario, scenario::User};
use serde_json::{Value, json};

const PROGRAM: &str = env!("CARGO_BIN_EXE_rollcall");
const PATIENCE: Duration = Duration::from_secs(60);

/// The trace that whoever asks for runs is in.
pub(super) const TRACE: &str = "4bf92f3577b34da6a3ce929d0e0e4736";

/// Words that name people, their numbers and addresses, and nothing else here.
pub(super) const NAMES: [&str; 6] = [
    "zebulon",
    "quartermain",
    "Quuxina",
    "zyxomma",
    "4915112345678",
    "@contoso.example",
];

pub(super) struct Office {
    pub(super) tenant: Sandbox,
    pub(super) secret: String,
    child: Child,
    folder: tempfile::TempDir,
    url: String,
    said: Option<std::thread::JoinHandle<String>>,
}

fn person(number: usize, address: &str, name: &str) -> User {
    User {
        mail: Some(address.to_owned()),
        user_principal_name: address.to_owned(),
        display_name: Some(name.to_owned()),
        ..User::numbered(number)
    }
}

impl Office {
    /// Two people of a list are in the tenant and one is not; somebody else is a member of the group and on no list.
    pub(super) async fn open(environment: &[(&str, &str)]) -> Self {
        let mut scenario = Scenario::with_people(0);
        scenario.users = vec![
            person(0, "zebulon@contoso.example", "Zebulon Quartermain"),
            person(1, "quuxina@contoso.example", "Quuxina Zyxomma"),
            person(2, "zyxomma@contoso.example", "Zyxomma Zebulon"),
        ];
        scenario.groups[0].members = vec![User::numbered_id(2)];
        let (tenant_id, client_id) = (scenario.tenant_id.clone(), scenario.client_id.clone());
        let secret = scenario.client_secret.clone();
        let tenant = sandbox::start(scenario, 0).await.unwrap();
        let folder = tempfile::tempdir().unwrap();
        std::fs::create_dir(folder.path().join("lists")).unwrap();
        let people = "email,Name,Mobile\n\
            zebulon@contoso.example,Zebulon Quartermain,+4915112345678\n\
            quuxina@contoso.example,Quuxina Zyxomma,+4915112345679\n\
            zebulom@contoso.example,Zebulom Quartermain,\n";
        std::fs::write(folder.path().join("lists/everyone.csv"), people).unwrap();
        let definition = json!({
            "connections": {
                "entra-id": {
                    "type": "entra-id", "graphUrl": tenant.url(), "loginUrl": tenant.url(),
                    "tenantId": tenant_id, "clientId": client_id, "maxWaitSeconds": 2,
                },
                "files": { "type": "csv", "folder": "lists" },
            },
            "syncs": [{
                "id": "everyone",
                "source": { "connection": "files", "list": "everyone.csv" },
                "target": { "connection": "entra-id", "group": "Everyone" },
            }],
        });
        std::fs::write(folder.path().join("rollcall.json"), definition.to_string()).unwrap();
        let mut command = Command::new(PROGRAM);
        command
            .args(["local", "--port", "0"])
            .current_dir(folder.path())
            .env_clear()
            .env("ROLLCALL_ENTRA_CLIENT_SECRET", &secret)
            .envs(environment.iter().copied())
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::piped());
        let mut child = command.spawn().unwrap();
        let mut stderr = BufReader::new(child.stderr.take().unwrap());
        let mut line = String::new();
        stderr.read_line(&mut line).unwrap();
        let (_, rest) = line.split_once("http://").expect(&line);
        let (address, _) = rest.split_once(',').unwrap();
        let url = format!("http://{address}");
        let said = std::thread::spawn(move || {
            let mut rest = String::new();
            let _ = stderr.read_to_string(&mut rest);
            rest
        });
        let office = Self {
            tenant,
            secret,
            child,
            folder,
            url,
            said: Some(said),
        };
        office.push().await;
        office
    }

    /// Brings the definitions to the program, in a thread of its own: the tenant is served by this one.
    async fn push(&self) {
        let mut command = Command::new(PROGRAM);
        command
            .args(["push", "--to", &self.url, "--yes"])
            .current_dir(self.folder.path())
            .env_clear();
        let pushed = tokio::task::spawn_blocking(move || command.output().unwrap());
        let pushed = pushed.await.unwrap();
        assert!(pushed.status.success(), "{pushed:?}");
    }

    /// Asks for a run as part of [`TRACE`], and waits until it has ended.
    pub(super) async fn run(&self, mode: &str) -> Value {
        let _ = rustls::crypto::ring::default_provider().install_default();
        let http = reqwest::Client::builder().no_proxy().build().unwrap();
        let ask = http
            .post(format!("{}/api/v1/syncs/everyone/runs", self.url))
            .header("traceparent", format!("00-{TRACE}-00f067aa0ba902b7-01"))
            .json(&json!({ "mode": mode, "by": "zyxomma" }));
        let asked: Value = ask.send().await.unwrap().json().await.unwrap();
        let run = asked["run"].as_str().unwrap_or_else(|| panic!("{asked}"));
        let start = Instant::now();
        loop {
            let url = format!("{}/api/v1/runs/{run}", self.url);
            let found: Value = http.get(url).send().await.unwrap().json().await.unwrap();
            if found["state"] == "ended" {
                return found["summary"].clone();
            }
            assert!(start.elapsed() < PATIENCE, "it has no end: {found}");
            tokio::task::yield_now().await;
        }
    }

    /// Asks the program to stop; gives what it said, once it has.
    pub(super) async fn stop(mut self) -> String {
        let pid = self.child.id().to_string();
        let killed = Command::new("kill").args(["-TERM", &pid]).status().unwrap();
        assert!(killed.success());
        let said = self.said.take().unwrap();
        // The last spans are taken by a collector on this thread.
        let said = tokio::task::spawn_blocking(move || said.join().unwrap());
        let said = said.await.unwrap();
        assert_eq!(self.child.wait().unwrap().code(), Some(0), "{said}");
        said
    }
}

impl Drop for Office {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
