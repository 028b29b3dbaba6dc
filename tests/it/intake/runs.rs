//! From a call to a changed list: the job that a delivery asked for, run.

use std::fs;

use rollcall::{
    app::{self, Connections},
    catalog,
    connectors::ports::Unwatched,
    job::{Job, QUEUE},
    run::{self, Finished, Ports, RunRequest},
    settings::Settings,
    summary::Status,
};

use super::{call::Call, stage::Stage};

impl Stage {
    /// Runs the oldest job of `staff` that is due, as a worker does.
    async fn work(&self) -> Finished {
        loop {
            let queue = &self.stores().queue;
            let visibility = std::time::Duration::from_secs(300);
            let message = queue.receive(QUEUE, visibility, self.now()).await.unwrap();
            let message = message.expect("a job is due");
            let job = Job::parse(&message.body).unwrap();
            queue.delete(QUEUE, &message).await.unwrap();
            if job.sync == "staff" {
                return self.run(&job).await;
            }
        }
    }

    async fn run(&self, job: &Job) -> Finished {
        let (stores, kinds) = (self.stores(), app::kinds());
        let found = catalog::sync(stores, &kinds, &job.sync).await.unwrap();
        let (definition, sync) = found.unwrap().unwrap();
        let settings = Settings::default();
        let connections = Connections::new(&definition, self.folder.path(), &settings, &|_| None);
        let connections = connections.with_loads(stores);
        let now = || self.now();
        let ports = Ports {
            readers: &connections,
            stores,
            watch: &Unwatched,
            now: &now,
            lease: run::LEASE,
        };
        let request = RunRequest {
            run: job.run.clone(),
            cause: job.cause.clone(),
            worker: "worker-1".to_owned(),
            approval: None,
            deadline: None,
        };
        run::run(ports, &connections, &sync, &request)
            .await
            .unwrap()
    }

    fn text(&self) -> String {
        fs::read_to_string(self.list("staff.csv")).unwrap()
    }
}

const NAMES: [&str; 20] = [
    "ada", "bob", "cyd", "dan", "eve", "fay", "gus", "hal", "ida", "jon", "kim", "lee", "mia",
    "ned", "oli", "pam", "quy", "ron", "sue", "tom",
];

fn csv(names: &[&str]) -> String {
    let rows = names.iter().map(|name| format!("{name}@acme.org,{name}\n"));
    format!("email,name\n{}", rows.collect::<String>())
}

fn people(text: &str) -> Vec<&str> {
    let mut people: Vec<&str> = text
        .lines()
        .skip(1)
        .filter_map(|line| line.split('@').next())
        .collect();
    people.sort_unstable();
    people
}

#[tokio::test]
async fn a_load_becomes_the_list() {
    let stage = Stage::new().await;
    fs::write(stage.list("staff.csv"), "email,name\n").unwrap();
    stage.send(Call::load("msg_1", csv(&NAMES))).await.is(202);
    stage.wait(120);
    let finished = stage.work().await;
    assert_eq!(
        finished.summary.status,
        Some(Status::Succeeded),
        "{:#?}",
        finished.summary
    );
    assert_eq!(people(&stage.text()), NAMES);

    // Somebody left.
    stage
        .send(Call::load("msg_2", csv(&NAMES[1..])))
        .await
        .is(202);
    stage.wait(120);
    let finished = stage.work().await;
    assert_eq!(
        finished.summary.status,
        Some(Status::Succeeded),
        "{:#?}",
        finished.summary
    );
    assert_eq!(people(&stage.text()), NAMES[1..]);

    // The same job again finds its run done, and a notice without news changes nothing.
    stage.send(Call::notice("msg_3")).await.is(202);
    stage.wait(120);
    let finished = stage.work().await;
    assert_eq!(
        finished.summary.status,
        Some(Status::Unchanged),
        "{:#?}",
        finished.summary
    );
    assert_eq!(people(&stage.text()), NAMES[1..]);
}

/// It is taken in like any other, because nobody can tell; but it proves nothing.
#[tokio::test]
async fn an_empty_load_removes_nobody() {
    let stage = Stage::new().await;
    fs::write(stage.list("staff.csv"), "email,name\n").unwrap();
    stage.send(Call::load("msg_1", csv(&NAMES))).await.is(202);
    stage.wait(120);
    stage.work().await;
    for round in 0..2 {
        let empty = Call::load(&format!("empty_{round}"), "email,name\n");
        assert_eq!(stage.send(empty).await.receipt().rows, Some(0));
        stage.wait(120);
        let finished = stage.work().await;
        assert_eq!(finished.summary.done.removed, 0, "{:#?}", finished.summary);
        assert_eq!(people(&stage.text()), NAMES);
    }
}

#[tokio::test]
async fn a_notice_before_the_first_load_fails_visibly_and_changes_nothing() {
    let stage = Stage::new().await;
    fs::write(stage.list("staff.csv"), csv(&NAMES)).unwrap();
    stage.send(Call::notice("msg_1")).await.is(202);
    stage.wait(120);
    let finished = stage.work().await;
    assert_eq!(finished.summary.status, Some(Status::Failed));
    let error = finished.stopped_by.unwrap();
    assert!(
        error.message.contains("has sent no full load yet"),
        "{error}"
    );
    assert_eq!(stage.text(), csv(&NAMES));
}
