//! The real program under something that starts it as the host does.
#![cfg(unix)]

use std::{
    net::{Ipv4Addr, SocketAddr, TcpListener},
    path::Path,
    process::Stdio,
    time::Duration,
};

use serde_json::Value;
use tempfile::TempDir;
use tokio::{
    io::{AsyncBufReadExt, AsyncReadExt, BufReader},
    net::TcpStream,
    process::{Child, Command},
    time::{interval, timeout},
};

use super::{
    recorded::Recorded,
    wire::{Connection, ask, chunk, head_of},
};

const PROGRAM: &str = env!("CARGO_BIN_EXE_rollcall");

/// Nothing here takes this long unless it hangs.
const PATIENCE: Duration = Duration::from_secs(60);

/// How often the host asks whether somebody listens.
const BETWEEN_TRIES: Duration = Duration::from_millis(25);

/// A port that is free now.
fn free_port() -> u16 {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
    listener.local_addr().unwrap().port()
}

fn at(port: u16) -> SocketAddr {
    SocketAddr::from((Ipv4Addr::LOCALHOST, port))
}

/// What the host starts, in a folder of its own, with nothing of our environment.
fn under_a_host(program: &Path, folder: &Path, port: u16) -> Command {
    let mut command = Command::new(program);
    command
        .current_dir(folder)
        .env_clear()
        .env("PATH", "/usr/bin:/bin")
        .env("FUNCTIONS_CUSTOMHANDLER_PORT", port.to_string())
        .env("FUNCTIONS_APP_ROOT_PATH", folder)
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .kill_on_drop(true);
    command
}

fn start(folder: &TempDir, port: u16) -> Child {
    let mut command = under_a_host(Path::new(PROGRAM), folder.path(), port);
    command.arg("serve").spawn().unwrap()
}

/// Asks for readiness, over and over as the host does, until somebody answers.
async fn ready(port: u16) {
    let answers = async {
        let mut tries = interval(BETWEEN_TRIES);
        while TcpStream::connect(at(port)).await.is_err() {
            tries.tick().await;
        }
    };
    timeout(PATIENCE, answers).await.expect("somebody listens");
    let mut readiness = Recorded::named("queue/empty")
        .to("/")
        .without("Transfer-Encoding");
    readiness.method = "GET".to_owned();
    readiness.headers.truncate(1);
    readiness.body.clear();
    assert_eq!(ask(at(port), &readiness).await.status, 200);
}

/// Until nobody listens any more.
async fn gone(port: u16) {
    let refused = async {
        let mut tries = interval(BETWEEN_TRIES);
        while TcpStream::connect(at(port)).await.is_ok() {
            tries.tick().await;
        }
    };
    timeout(PATIENCE, refused).await.expect("it stops");
}

async fn signal(child: &Child, name: &str) {
    let id = child.id().unwrap().to_string();
    let sent = Command::new("kill").args([name, &id]).status().await;
    assert!(sent.unwrap().success());
}

async fn ends(child: &mut Child) -> Option<i32> {
    let ended = timeout(PATIENCE, child.wait()).await;
    ended.expect("it ends").unwrap().code()
}

/// Everything it wrote, once it has ended.
async fn written(child: &mut Child) -> (String, String) {
    let (mut out, mut err) = (String::new(), String::new());
    let (mut stdout, mut stderr) = (child.stdout.take().unwrap(), child.stderr.take().unwrap());
    let read = async {
        tokio::try_join!(
            stdout.read_to_string(&mut out),
            stderr.read_to_string(&mut err)
        )
        .unwrap();
    };
    timeout(PATIENCE, read).await.unwrap();
    (out, err)
}

/// The lines, each of which has to be a JSON object.
fn lines(text: &str) -> Vec<Value> {
    text.lines()
        .map(|line| serde_json::from_str(line).unwrap_or_else(|_| panic!("{line}")))
        .collect()
}

#[tokio::test]
async fn a_signal_lets_the_request_end_and_is_no_end_for_good() {
    for name in ["-TERM", "-INT"] {
        let (folder, port) = (tempfile::tempdir().unwrap(), free_port());
        let mut child = start(&folder, port);
        ready(port).await;
        // A request that has begun to arrive is under way.
        let request = Recorded::named("queue/plain-text").for_ours();
        let mut connection = Connection::to(at(port)).await;
        connection.write(&head_of(&request)).await;
        let (first, rest) = request.body.as_bytes().split_at(20);
        connection.write(&chunk(first)).await;
        // The other connection answers only after this one has been taken.
        ready(port).await;
        signal(&child, name).await;
        gone(port).await;
        assert!(
            child.try_wait().unwrap().is_none(),
            "it waits for the request"
        );
        connection.write(&chunk(rest)).await;
        connection.write(b"0\r\n\r\n").await;
        assert_eq!(connection.answer().await.status, 500, "no storage account");
        drop(connection);
        assert_eq!(ends(&mut child).await, Some(200), "never 0: {name}");

        let (out, err) = written(&mut child).await;
        let id = request.header("X-Azure-Functions-InvocationId").unwrap();
        let failed = lines(&err);
        let failed = failed.iter().find(|line| line["invocation"] == id);
        assert_eq!(failed.expect(&err)["function"], "SyncWorker");
        assert!(
            lines(&out).iter().any(|line| line["invocation"] == id),
            "{out}"
        );
        assert!(!err.contains("hello from the list"), "{err}");
    }
}

#[tokio::test]
async fn storage_that_does_not_open_is_no_reason_to_end() {
    let (folder, port) = (tempfile::tempdir().unwrap(), free_port());
    std::fs::write(
        folder.path().join("taken"),
        "a file where a folder should be",
    )
    .unwrap();
    let mut command = under_a_host(Path::new(PROGRAM), folder.path(), port);
    let mut child = command.args(["serve", "--state", "taken"]).spawn().unwrap();
    ready(port).await;
    let job = Recorded::named("queue/plain-text").for_ours();
    let outside = Recorded::named("http-proxied/post");
    let answers = tokio::join!(
        ask(at(port), &job),
        ask(at(port), &job),
        ask(at(port), &outside)
    );
    let statuses = [answers.0.status, answers.1.status, answers.2.status];
    assert_eq!(statuses, [500, 500, 503]);
    // By then it has been tried twice at least.
    assert_eq!(ask(at(port), &job).await.status, 500);
    signal(&child, "-TERM").await;
    assert_eq!(ends(&mut child).await, Some(200));
    let (_, err) = written(&mut child).await;
    let said = lines(&err);
    let set_up = said.iter().filter(|line| {
        line["message"]
            .as_str()
            .unwrap()
            .contains("cannot be set up")
    });
    // One reason, one line, however often it is tried.
    assert_eq!(set_up.count(), 1, "{err}");
}

#[tokio::test]
async fn nothing_that_the_host_sends_is_logged_however_much_is_asked_for() {
    let (folder, port) = (tempfile::tempdir().unwrap(), free_port());
    let mut command = under_a_host(Path::new(PROGRAM), folder.path(), port);
    let command = command.arg("serve").env("ROLLCALL_LOG", "trace");
    let mut child = command.spawn().unwrap();
    ready(port).await;
    // A message, an exception of the host's, and a key in two places.
    let message = Recorded::named("queue/plain-text").for_ours();
    let exception = Recorded::named("timer/retry-1").for_ours();
    let with_key = || Recorded::named("http-proxied/get").with("x-functions-key", "KEY");
    let (key, signed) = (with_key(), with_key().with("webhook-signature", "v1,KEY"));
    // At once: each of them waits for storage that is not there.
    tokio::join!(
        ask(at(port), &message),
        ask(at(port), &exception),
        ask(at(port), &key),
        ask(at(port), &signed),
    );
    signal(&child, "-TERM").await;
    assert_eq!(ends(&mut child).await, Some(200));
    let (out, err) = written(&mut child).await;
    assert!(lines(&out).len() >= 4, "{out}");
    let text = out + &err;
    for word in ["KEY", "hello from the list", "System.Net", "StackTrace"] {
        assert!(!text.contains(word), "{word} in {text}");
    }
}

#[tokio::test]
async fn an_orphan_stops() {
    let (folder, port) = (tempfile::tempdir().unwrap(), free_port());
    let mut command = under_a_host(Path::new("/bin/sh"), folder.path(), port);
    let mut host = command
        .args(["-c", "\"$0\" serve & wait", PROGRAM])
        .spawn()
        .unwrap();
    ready(port).await;
    let mut connection = Connection::to(at(port)).await;
    let request = Recorded::named("queue/plain-text").for_ours();
    connection.write(&head_of(&request)).await;
    host.kill().await.unwrap();
    gone(port).await;
}

#[tokio::test]
async fn a_killed_one_leaves_its_port_to_the_next() {
    let (folder, port) = (tempfile::tempdir().unwrap(), free_port());
    for _ in 0..3 {
        let mut child = start(&folder, port);
        ready(port).await;
        // A connection in the middle of something.
        let mut connection = Connection::to(at(port)).await;
        let request = Recorded::named("queue/plain-text").for_ours();
        connection.write(&head_of(&request)).await;
        child.kill().await.unwrap();
    }
    let _last = start(&folder, port);
    ready(port).await;
}

#[tokio::test]
async fn a_port_that_is_taken_is_waited_for() {
    let (folder, port) = (tempfile::tempdir().unwrap(), free_port());
    let holder = TcpListener::bind(at(port)).unwrap();
    let mut child = start(&folder, port);
    let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
    let line = timeout(PATIENCE, lines.next_line()).await.unwrap();
    let line: Value = serde_json::from_str(&line.unwrap().unwrap()).unwrap();
    assert_eq!(line["level"], "WARN");
    assert_eq!(line["port"], port);
    drop(holder);
    ready(port).await;
}

#[tokio::test]
async fn a_port_that_stays_taken_ends_it_as_a_failure() {
    let (folder, port) = (tempfile::tempdir().unwrap(), free_port());
    let _holder = TcpListener::bind(at(port)).unwrap();
    let mut child = start(&folder, port);
    assert_eq!(ends(&mut child).await, Some(1));
    let (_, err) = written(&mut child).await;
    assert!(
        err.to_lowercase().contains("address already in use"),
        "{err}"
    );
}

#[tokio::test]
async fn without_a_host_it_says_what_is_missing() {
    let folder = tempfile::tempdir().unwrap();
    for (port, complaint) in [
        ("", "the Azure Functions host, which names the port"),
        ("0", "`0` is no port"),
        ("70000", "`70000` is no port"),
    ] {
        let mut command = under_a_host(Path::new(PROGRAM), folder.path(), 1);
        let command = command.env("FUNCTIONS_CUSTOMHANDLER_PORT", port);
        let mut child = command.arg("serve").spawn().unwrap();
        assert_eq!(ends(&mut child).await, Some(5), "{port}");
        let (out, err) = written(&mut child).await;
        assert_eq!(out, "");
        assert!(err.contains(complaint), "{err}");
    }
}

#[tokio::test]
async fn an_older_host_names_the_port_in_another_way() {
    let (folder, port) = (tempfile::tempdir().unwrap(), free_port());
    let mut command = under_a_host(Path::new(PROGRAM), folder.path(), 1);
    let _child = command
        .env_remove("FUNCTIONS_CUSTOMHANDLER_PORT")
        .env("FUNCTIONS_HTTPWORKER_PORT", port.to_string())
        .arg("serve")
        .spawn()
        .unwrap();
    ready(port).await;
}
