//! `rollcall local`: the whole app in one process, without the Functions host.

use std::{
    io::{BufRead, BufReader, Read},
    process::{Child, Command, Stdio},
    time::{Duration, Instant},
};

use serde_json::{Value, json};

const PROGRAM: &str = env!("CARGO_BIN_EXE_rollcall");
const PATIENCE: Duration = Duration::from_secs(60);

fn client() -> reqwest::Client {
    let _ = rustls::crypto::ring::default_provider().install_default();
    reqwest::Client::builder().no_proxy().build().unwrap()
}

/// A running app in a folder with a list of people.
struct Local {
    child: Child,
    folder: tempfile::TempDir,
    url: String,
}

impl Local {
    fn start(environment: &[(&str, &str)]) -> Self {
        let folder = tempfile::tempdir().unwrap();
        std::fs::create_dir(folder.path().join("lists")).unwrap();
        let staff = "email,Team\nada@a.example,Sales\nbob@a.example,Support\n";
        std::fs::write(folder.path().join("lists/staff.csv"), staff).unwrap();
        let mut command = Command::new(PROGRAM);
        command
            .args(["local", "--port", "0"])
            .current_dir(folder.path())
            .env_clear()
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
        // Somebody has to read what it says, or it waits when the pipe is full.
        std::thread::spawn(move || {
            let mut rest = String::new();
            let _ = stderr.read_to_string(&mut rest);
        });
        Self { child, folder, url }
    }

    async fn ask(&self, method: &str, path: &str, body: Option<Value>) -> (u16, Value) {
        self.ask_as(method, path, body, &[]).await
    }

    async fn ask_as(
        &self,
        method: &str,
        path: &str,
        body: Option<Value>,
        headers: &[(&str, &str)],
    ) -> (u16, Value) {
        let url = format!("{}{path}", self.url);
        let mut request = client().request(method.parse().unwrap(), url);
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        if let Some(body) = body {
            request = request.json(&body);
        }
        let answer = request.send().await.unwrap();
        let status = answer.status().as_u16();
        let bytes = answer.bytes().await.unwrap();
        (status, serde_json::from_slice(&bytes).unwrap_or_default())
    }

    /// Waits until a run has ended.
    async fn ended(&self, run: &str) -> Value {
        let start = Instant::now();
        loop {
            let (_, found) = self.ask("GET", &format!("/api/v1/runs/{run}"), None).await;
            if found["state"] == "ended" {
                return found["summary"].clone();
            }
            assert!(start.elapsed() < PATIENCE, "it has no end: {found}");
            tokio::task::yield_now().await;
        }
    }

    fn push(&self, definition: &Value) -> std::process::Output {
        self.push_with(definition, &[])
    }

    fn push_with(&self, definition: &Value, environment: &[(&str, &str)]) -> std::process::Output {
        let file = self.folder.path().join("rollcall.json");
        std::fs::write(&file, definition.to_string()).unwrap();
        let mut command = Command::new(PROGRAM);
        command
            .args(["push", "--to", &self.url, "--yes"])
            .current_dir(self.folder.path())
            .env_clear()
            .envs(environment.iter().copied());
        command.output().unwrap()
    }
}

impl Drop for Local {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn definition() -> Value {
    json!({
        "connections": {
            "lists": { "type": "csv", "folder": "lists" },
            "copies": { "type": "csv", "folder": "lists" },
        },
        "syncs": [{
            "id": "copy",
            "source": { "connection": "lists", "list": "staff.csv" },
            "target": { "connection": "copies", "list": "copy.csv", "create": true },
            "mapping": { "Team": "Team" },
        }],
    })
}

#[tokio::test]
async fn definitions_are_pushed_runs_asked_for_and_lists_written() {
    let mut local = Local::start(&[]);
    let pushed = local.push(&definition());
    assert!(pushed.status.success(), "{pushed:?}");
    let (status, standing) = local.ask("GET", "/api/v1/syncs", None).await;
    assert_eq!(
        (status, &standing["items"][0]["state"]),
        (200, &json!("new"))
    );

    let ask = json!({ "mode": "preview", "by": "ada" });
    let (status, preview) = local
        .ask("POST", "/api/v1/syncs/copy/runs", Some(ask))
        .await;
    assert_eq!(status, 202, "{preview}");
    let preview = local.ended(preview["run"].as_str().unwrap()).await;
    assert_eq!(preview["status"], "previewed", "{preview}");
    assert!(!local.folder.path().join("lists/copy.csv").exists());

    let ask = json!({ "mode": "apply", "by": "ada" });
    let (_, run) = local
        .ask("POST", "/api/v1/syncs/copy/runs", Some(ask))
        .await;
    let run = local.ended(run["run"].as_str().unwrap()).await;
    assert_eq!(run["status"], "succeeded", "{run}");
    let copy = std::fs::read_to_string(local.folder.path().join("lists/copy.csv")).unwrap();
    assert!(
        copy.contains("ada@a.example") && copy.contains("bob@a.example"),
        "{copy}"
    );
    let (status, _) = local.ask("GET", "/api/dashboard", None).await;
    assert_eq!(status, 200);
    let (status, _) = local.ask("POST", "/SyncWorker", Some(json!({}))).await;
    assert_eq!(status, 404, "what only the host may call is not there");

    let pid = local.child.id().to_string();
    let killed = Command::new("kill").args(["-TERM", &pid]).status().unwrap();
    assert!(killed.success());
    assert_eq!(local.child.wait().unwrap().code(), Some(0));
}

/// What the app may do is known to its own identity alone: whoever asks for the report has no secret.
#[cfg(feature = "sandbox")]
#[tokio::test]
async fn an_app_looks_itself_over_for_somebody_without_its_secret() {
    use rollcall::sandbox::{self, Scenario};

    let scenario =
        Scenario::with_people(4).with_permissions(&["User.Read.All", "GroupMember.Read.All"]);
    let (tenant, client) = (scenario.tenant_id.clone(), scenario.client_id.clone());
    let secret = scenario.client_secret.clone();
    let sandbox = sandbox::start(scenario, 0).await.unwrap();
    let environment = [
        ("ROLLCALL_LOCAL_KEY", "hunter2"),
        ("ROLLCALL_ENTRA_CLIENT_SECRET", &secret),
    ];
    let local = Local::start(&environment);
    let doctor = async |key: &str, arguments: &[&str]| {
        let mut command = tokio::process::Command::new(PROGRAM);
        command
            .args(["doctor", "--to", &local.url])
            .args(arguments)
            .current_dir(local.folder.path())
            .env_clear()
            .env("ROLLCALL_API_KEY", key);
        let output = command.output().await.unwrap();
        let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
        (
            output.status.code(),
            text(output.stdout),
            text(output.stderr),
        )
    };
    let mut definition = definition();
    definition["connections"]["entra-id"] = json!({
        "type": "entra-id", "graphUrl": sandbox.url(), "loginUrl": sandbox.url(), "tenantId": tenant, "clientId": client,
    });
    let target = json!({ "connection": "entra-id", "group": "Everyone" });
    let source = json!({ "connection": "lists", "list": "staff.csv" });
    definition["syncs"]
        .as_array_mut()
        .unwrap()
        .push(json!({ "id": "group", "source": source, "target": target }));
    let pushed = local.push_with(&definition, &[("ROLLCALL_API_KEY", "hunter2")]);
    assert!(pushed.status.success(), "{pushed:?}");

    let (code, out, err) = doctor("hunter2", &["group"]).await;
    assert_eq!(code, Some(6), "{out}{err}");
    for line in [
        "settings\n  ok       variables: the 1 variable is set that connections read\n",
        "  note     level: `read`: may read people with their attributes, read groups and their members; may not read \
         organisational contacts, add and remove members of groups, ",
        "           these syncs need the level `members`: `infra/grant.sh --identity ",
        "  PROBLEM  permissions: `GroupMember.ReadWrite.All` is missing: ",
        "sync group\n  ok       lists: lists:staff.csv has 2 members, entra-id:Everyone has 0 members",
        "storage\n  ok       records: can be read; writing was not tried\n",
        "\nNot safe to enable: ",
    ] {
        assert!(out.contains(line), "no `{line}` in:\n{out}");
    }
    assert!(!out.contains("sync copy"), "{out}");
    assert_eq!(sandbox.counters().writes, 0);
    let (code, out, err) = doctor("hunter2", &["copy", "--json"]).await;
    let report: Value =
        serde_json::from_str(&out).unwrap_or_else(|error| panic!("{error}: {out}{err}"));
    assert_eq!(
        (code, &report["safe"]),
        (Some(0), &json!(true)),
        "{report:#}"
    );
    let (code, out, err) = doctor("hunter2", &["absent"]).await;
    assert_eq!((code, out.as_str()), (Some(5), ""), "{err}");
    assert!(err.contains("there is no such sync"), "{err}");
    let (code, out, err) = doctor("hunter3", &[]).await;
    assert_eq!((code, out.as_str()), (Some(1), ""), "{err}");
    assert!(err.contains("the key was refused"), "{err}");
}

#[tokio::test]
async fn a_page_from_elsewhere_gets_nothing_from_this_machine() {
    let local = Local::start(&[]);
    for headers in [
        [("host", "evil.example:7071"), ("accept", "*/*")],
        [("origin", "https://evil.example"), ("accept", "*/*")],
        [("origin", "null"), ("accept", "*/*")],
    ] {
        let (status, _) = local.ask_as("GET", "/api/v1/syncs", None, &headers).await;
        assert_eq!(status, 403, "{headers:?}");
    }
    let local_origin = [("origin", local.url.as_str())];
    let (status, _) = local
        .ask_as("GET", "/api/v1/syncs", None, &local_origin)
        .await;
    assert_eq!(status, 200);
}

#[tokio::test]
async fn with_a_key_nobody_comes_in_without_it() {
    let local = Local::start(&[("ROLLCALL_LOCAL_KEY", "hunter2")]);
    let (status, _) = local.ask("GET", "/api/v1/syncs", None).await;
    assert_eq!(status, 401);
    let wrong = [("x-functions-key", "hunter3")];
    let (status, _) = local.ask_as("GET", "/api/v1/syncs", None, &wrong).await;
    assert_eq!(status, 401);
    let right = [("x-functions-key", "hunter2")];
    let (status, _) = local.ask_as("GET", "/api/v1/syncs", None, &right).await;
    assert_eq!(status, 200);
    let (status, _) = local.ask("GET", "/api/v1/syncs?code=hunter2", None).await;
    assert_eq!(status, 200);
    // Calls of other systems are signed; they need no key, and get no further than that.
    let (status, _) = local.ask("POST", "/api/hooks/hr/x", Some(json!({}))).await;
    assert_eq!(status, 401);
}

#[test]
fn without_a_key_it_listens_on_this_machine_alone() {
    let mut command = Command::new(PROGRAM);
    command
        .args(["local", "--listen", "0.0.0.0", "--port", "0"])
        .current_dir(std::env::temp_dir())
        .env_clear();
    let output = command.output().unwrap();
    assert_eq!(output.status.code(), Some(5));
    let said = String::from_utf8(output.stderr).unwrap();
    assert!(said.contains("set `ROLLCALL_LOCAL_KEY`"), "{said}");
}
