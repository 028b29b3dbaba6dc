//! One start of the program: without a shell, with the variables the host adds, heard line by line.

use std::{
    net::{Ipv4Addr, TcpListener},
    process::Stdio,
    sync::atomic::{AtomicU16, Ordering},
    time::Duration,
};

use tokio::{
    io::{AsyncBufReadExt as _, AsyncRead, AsyncReadExt as _, AsyncWriteExt as _, BufReader},
    net::TcpStream,
    process::{Child, Command},
};

use super::{Host, Level, Line};
use crate::deployed::Deployed;

/// How often the host looks whether the program answers.
const POLL: Duration = Duration::from_millis(25);

/// Starts the program without a shell, in the package's folder, with the app settings and what the host adds to them.
pub(super) fn launch(host: &Host) -> std::io::Result<Child> {
    let deployed = host.deployed();
    let (program, arguments) = deployed.command();
    let mut child = Command::new(program)
        .args(arguments)
        .current_dir(&deployed.root)
        .env_clear()
        .env("PATH", "/usr/bin:/bin")
        .envs(&deployed.settings)
        .envs(added(deployed, host.0.port, host.launches()))
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .kill_on_drop(true)
        .spawn()?;
    host.log(|log| {
        log.launches += 1;
        log.process = child.id();
    });
    tokio::spawn(listen(host.clone(), child.stdout.take().unwrap(), false));
    tokio::spawn(listen(host.clone(), child.stderr.take().unwrap(), true));
    Ok(child)
}

/// The variables the host adds.
pub(crate) fn added(deployed: &Deployed, port: u16, launch: usize) -> Vec<(&'static str, String)> {
    let id = format!("worker-{launch}");
    vec![
        ("FUNCTIONS_CUSTOMHANDLER_PORT", port.to_string()),
        ("FUNCTIONS_HTTPWORKER_PORT", port.to_string()),
        ("FUNCTIONS_CUSTOMHANDLER_WORKER_ID", id.clone()),
        ("FUNCTIONS_HTTPWORKER_ID", id),
        (
            "FUNCTIONS_APP_ROOT_PATH",
            deployed.root.display().to_string(),
        ),
    ]
}

async fn listen(host: Host, pipe: impl AsyncRead + Unpin, is_error: bool) {
    let mut lines = BufReader::new(pipe).lines();
    while let Ok(Some(text)) = lines.next_line().await {
        let level = match is_error {
            false => Level::Information,
            true if text.to_lowercase().contains("warn") => Level::Warning,
            true => Level::Error,
        };
        host.log(|log| log.lines.push(Line { level, text }));
    }
}

/// Whether `GET /` is answered in time, whatever the answer.
pub(super) async fn answers(port: u16, time: Duration) -> bool {
    let answered = async {
        let mut poll = tokio::time::interval(POLL);
        poll.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
        loop {
            poll.tick().await;
            if asked(port).await.is_ok() {
                return;
            }
        }
    };
    tokio::time::timeout(time, answered).await.is_ok()
}

/// The request has a `Host` header and nothing else.
async fn asked(port: u16) -> std::io::Result<()> {
    let mut stream = TcpStream::connect((Ipv4Addr::LOCALHOST, port)).await?;
    let request = format!("GET / HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\n\r\n");
    stream.write_all(request.as_bytes()).await?;
    let mut start = [0; 5];
    stream.read_exact(&mut start).await?;
    Ok(())
}

/// A port nobody listens on, outside the range that outgoing connections take theirs from: it stays free between two
/// starts of a program.
pub(crate) fn free_port() -> u16 {
    static NEXT: AtomicU16 = AtomicU16::new(0);
    let base = 20_000 + std::process::id() % 100 * 100;
    loop {
        let next = NEXT.fetch_add(1, Ordering::Relaxed);
        let port = u16::try_from(base).unwrap() + next % 2000;
        if TcpListener::bind((Ipv4Addr::LOCALHOST, port)).is_ok() {
            return port;
        }
    }
}
