//! The program as such: help, exit codes, names that are not known, pipes, and the sandbox as a command.

use std::{
    collections::BTreeSet,
    io::{BufRead, BufReader, Read, Write},
    net::TcpStream,
    process::{Command, Stdio},
};

use super::{Desk, address, rows, tenant};

#[tokio::test]
async fn every_exit_code_of_the_help_is_one_that_happens() {
    let (sandbox, desk) = Desk::with(tenant(30, 20)).await;
    let help = desk.run(&["--help"]).await.exits(0);
    assert_eq!(help.err, "");
    let codes = help.out.split("Exit codes:\n").nth(1).unwrap();
    let documented: BTreeSet<i32> = codes
        .lines()
        .map_while(|line| line.trim().split(' ').next()?.parse().ok())
        .collect();

    let mut seen = BTreeSet::from([help.code]);
    desk.write("lists/everyone.csv", rows(0..21));
    seen.insert(desk.run(&["plan"]).await.exits(2).code);
    sandbox.inject(
        rollcall::sandbox::Fault::new(rollcall::sandbox::Effect::Error {
            status: 403,
            code: "Authorization_RequestDenied".to_owned(),
            message: "no".to_owned(),
        })
        .on("PATCH", "/groups/"),
    );
    seen.insert(desk.run(&["apply"]).await.exits(4).code);
    desk.write("lists/everyone.csv", rows(0..15));
    seen.insert(desk.run(&["apply"]).await.exits(3).code);
    seen.insert(desk.run(&["plan", "nobody"]).await.exits(5).code);
    drop(sandbox);
    seen.insert(desk.run(&["plan"]).await.exits(1).code);
    seen.insert(desk.run(&["doctor"]).await.exits(6).code);
    assert_eq!(seen, documented);
}

#[tokio::test]
async fn what_is_not_known_is_refused_with_what_is() {
    let desk = Desk::alone();
    let refused = [
        (&["aply"][..], "unrecognized subcommand 'aply'"),
        (&["plan", "--dry-run"], "unexpected argument '--dry-run'"),
        (&["history", "--limit", "0"], "0 is not in 1..=1000"),
        (&["sandbox", "--port", "70000"], "70000 is not in 0..=65532"),
        (&["apply", "--approve", "0123456789ab"], "<SYNC>"),
        (
            &["plan", "nobody"],
            "there is no sync `nobody`\nknown syncs: `everyone`",
        ),
        (
            &["apply", "nobody"],
            "there is no sync `nobody`\nknown syncs: `everyone`",
        ),
        (
            &["history", "nobody"],
            "there is no sync `nobody`\nknown syncs: `everyone`",
        ),
        (&["sandbox", "--scenario", "none.json"], "none.json"),
        (&[], "Usage: rollcall"),
    ];
    for (arguments, complaint) in refused {
        let ran = desk.run(arguments).await.exits(5).complains(complaint);
        assert_eq!(ran.out, "", "{arguments:?}");
    }
    assert!(
        !desk.has_state(),
        "nothing is made for a name that is not known"
    );
    desk.run(&["--version"]).await.exits(0).says("rollcall ");
}

#[tokio::test]
async fn what_is_piped_holds_no_control_characters() {
    let (_sandbox, desk) = Desk::with(tenant(6, 2)).await;
    desk.write(
        "lists/everyone.csv",
        format!(
            "email\n{}\n\"esc\u{1b}[31m@contoso.example\"\nbell\u{7}@contoso.example\n",
            address(3)
        ),
    );
    for arguments in [
        &["plan"][..],
        &["apply"],
        &["history"],
        &["test", "entra-id"],
        &["lists", "entra-id"],
        &["plan", "nobody"],
        &["--help"],
    ] {
        let mut command = desk.command(arguments);
        command.env("ROLLCALL_LOG", "debug");
        let ran = super::finish(command).await;
        let text = ran.out + &ran.err;
        let odd: Vec<char> = text
            .chars()
            .filter(|letter| letter.is_control() && *letter != '\n')
            .collect();
        assert!(odd.is_empty(), "{arguments:?}: {odd:?} in {text}");
    }
}

#[tokio::test]
async fn a_reader_that_goes_away_is_no_failure() {
    let desk = Desk::alone();
    let mut command = desk.command(&["schema"]);
    command.stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.spawn().unwrap();
    drop(child.stdout.take());
    let mut complaint = String::new();
    child
        .stderr
        .take()
        .unwrap()
        .read_to_string(&mut complaint)
        .unwrap();
    assert_eq!(child.wait().unwrap().code(), Some(0), "{complaint}");
    assert_eq!(complaint, "");
}

#[tokio::test]
async fn the_sandbox_serves_until_it_is_told_to_stop() {
    let desk = Desk::alone();
    let mut command = desk.command(&["sandbox", "--port", "0"]);
    let mut child = command.stdout(Stdio::piped()).spawn().unwrap();
    let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
    let first = lines.next().unwrap().unwrap();
    let url = first.strip_prefix("Graph      http://").unwrap();
    let host = url.strip_suffix("/v1.0").unwrap();
    let mut stream = TcpStream::connect(host).unwrap();
    write!(
        stream,
        "GET /_sandbox/counters HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n"
    )
    .unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    assert!(answer.starts_with("HTTP/1.1 200 "), "{answer}");
    assert!(answer.contains("\"requests\":0"), "{answer}");
    // The connections it suggests are ones that a definition takes, and what signs in is what it says.
    let mut definition = desk.definition(&[super::everyone()]);
    let mut variables = vec![(
        "ROLLCALL_ENTRA_CLIENT_SECRET".to_owned(),
        desk.secret.clone(),
    )];
    for line in lines.by_ref() {
        let line = line.unwrap();
        if let Some(suggested) = line.strip_prefix("A connection to it: ") {
            let connection: serde_json::Value = serde_json::from_str(suggested).unwrap();
            let name = connection["type"].as_str().unwrap().to_owned();
            definition["connections"][name] = connection;
        }
        let pairs = line.strip_prefix("with it").into_iter();
        for pair in pairs.flat_map(str::split_whitespace) {
            let (name, value) = pair.split_once('=').unwrap();
            variables.push((name.to_owned(), value.to_owned()));
        }
        if line == "Stop with Ctrl-C." {
            break;
        }
    }
    desk.write("rollcall.json", definition.to_string());
    desk.run(&["check"]).await.exits(0);
    for (connection, list) in [
        ("entra-id", "Everyone"),
        ("politemail", "Everyone"),
        ("mailroute", "contoso.example"),
        ("messagemedia", "Everyone"),
    ] {
        for (command, says) in [("test", ""), ("lists", list)] {
            let mut command = desk.command(&[command, connection]);
            command.envs(variables.iter().cloned());
            super::finish(command).await.exits(0).says(says);
        }
    }

    let stopped = Command::new("kill")
        .args(["-INT", &child.id().to_string()])
        .status()
        .unwrap();
    assert!(stopped.success());
    assert_eq!(child.wait().unwrap().code(), Some(0));
}
