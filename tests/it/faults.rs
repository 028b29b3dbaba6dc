//! The fault matrix: every operation of every platform, with everything that can go wrong with it, for one request and for
//! whole runs, through the whole spine over real HTTP; and the page that tells what was found, `docs/reliability.md`.

mod case;
mod graph;
mod judge;
mod mailroute;
mod messagemedia;
mod open;
mod page;
mod people;
mod politemail;
mod rest;
mod stage;
mod subject;
mod table;
mod trial;

use std::{path::Path, sync::Arc};

use tokio::{sync::Semaphore, task::JoinHandle};

use self::{
    case::{Found, play},
    open::{OPEN, open_for},
    subject::Subject,
    table::Case,
};

/// How many cases are played at the same time.
const AT_A_TIME: usize = 8;

fn start<S: Subject>(permits: &Arc<Semaphore>, tasks: &mut Vec<JoinHandle<Found>>) {
    for case in Case::all(&S::operations(), S::can) {
        let permits = permits.clone();
        tasks.push(tokio::spawn(async move {
            let _permit = permits.acquire_owned().await.unwrap();
            play::<S>(case).await
        }));
    }
}

async fn everything() -> Vec<Found> {
    let permits = Arc::new(Semaphore::new(AT_A_TIME));
    let mut tasks = Vec::new();
    start::<graph::Tenant>(&permits, &mut tasks);
    start::<politemail::Server>(&permits, &mut tasks);
    start::<messagemedia::Account>(&permits, &mut tasks);
    start::<mailroute::Domain>(&permits, &mut tasks);
    start::<rest::Boards>(&permits, &mut tasks);
    let mut found = Vec::new();
    for task in tasks {
        found.push(task.await.unwrap());
    }
    found
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_found_is_what_the_page_says() {
    let platforms = [
        (graph::Tenant::NAME, graph::Tenant::REMARK),
        (politemail::Server::NAME, politemail::Server::REMARK),
        (messagemedia::Account::NAME, messagemedia::Account::REMARK),
        (mailroute::Domain::NAME, mailroute::Domain::REMARK),
        (rest::Boards::NAME, rest::Boards::REMARK),
    ];
    let found = everything().await;
    let wrong = found.iter().filter(|one| !one.wrong.is_empty());
    let (known, unknown): (Vec<&Found>, Vec<&Found>) =
        wrong.partition(|one| open_for(one).is_some());
    let shown = unknown.iter().take(3).map(|one| in_words(one));
    let rest = unknown.iter().skip(3);
    let shown = shown.chain(rest.map(|one| format!("{}: {:?}", one.name(), one.wrong)));
    let shown = shown.collect::<Vec<_>>().join("\n\n");
    assert!(
        unknown.is_empty(),
        "{} cases go wrong:\n\n{shown}",
        unknown.len()
    );
    for (place, open) in OPEN.iter().enumerate() {
        let goes_wrong = known.iter().any(|one| open_for(one) == Some(place));
        assert!(
            goes_wrong,
            "this is right by now, take it out of `open.rs`: {}",
            open.why
        );
    }
    let page = page::page(&platforms, &found);
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/reliability.md");
    if std::env::var_os("UPDATE").is_some() {
        std::fs::write(&path, &page).unwrap();
    }
    let committed = std::fs::read_to_string(&path).unwrap_or_default();
    let mut lines = page.lines().zip(committed.lines());
    let first = lines.find(|(found, committed)| found != committed);
    assert!(
        committed == page,
        "docs/reliability.md is not what was found; `UPDATE=1` writes it anew. The first line that differs: {first:#?}"
    );
}

fn in_words(found: &Found) -> String {
    format!(
        "{}: {:#?}\nafter run {:?}, the last one told `{}`\n{}",
        found.name(),
        found.wrong,
        found.converged,
        found.told,
        found.trace.join("\n"),
    )
}

#[test]
fn what_the_page_says_is_held_elsewhere_is_there() {
    for (_, test, file) in page::ELSEWHERE {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(file);
        let text = std::fs::read_to_string(path).unwrap();
        assert!(
            text.contains(&format!("fn {test}(")),
            "{test} is not in {file}"
        );
    }
}
