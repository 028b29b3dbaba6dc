//! Two lists that are about to lose more than half, and every way to ask for a run of them.

use axum::{
    body::Body,
    http::{Request, StatusCode},
};
use jiff::SignedDuration;
use rollcall::{
    catalog::{self, CatalogError, Expected, Shelf},
    connectors::memory::{Counters, by_address, list_ref},
    handler::api,
    history,
    job::{Job, Trigger},
    plan::review::{Approval, Held},
    store::ports::Version,
    summary::Summary,
};
use serde_json::{Value, json};
use tower::ServiceExt;

use super::factors::base;
use crate::jobs::stage::{HOUR, MINUTE, Stage, job, members, source, target};

/// Twenty people on both lists, of whom twelve are about to leave the source.
pub(super) const PEOPLE: usize = 20;
pub(super) const STAY: usize = 8;

/// What no default lets go: more than a tenth of twenty.
pub(super) const MOST: usize = 2;

fn people(count: usize) -> String {
    let names = (0..count).map(|number| {
        let department = if number % 2 == 0 { "Sales" } else { "Ops" };
        format!("p{number:02}/{department}")
    });
    names.collect::<Vec<_>>().join(" ")
}

/// A stage in the middle of it.
pub(super) struct Tried {
    pub(super) stage: Stage,
    pub(super) version: Version,
    runs: usize,
}

impl Tried {
    /// Both lists hold twenty people, as a run left them; then twelve leave the source.
    pub(super) async fn begin() -> Self {
        let stage = Stage::with(&people(PEOPLE));
        let board = list_ref("hr", "board");
        stage
            .world
            .put_list(&board, by_address(), members("board/Board"));
        stage.define("staff", json!({ "limits": {} })).await;
        let version = put(&stage, base(), None).await.unwrap();
        stage.work(&job("first")).await.unwrap();
        assert_eq!(stage.world.labels(&target()).len(), PEOPLE);
        stage.world.edit(&source(), |list| list.truncate(STAY));
        Self {
            stage,
            version,
            runs: 0,
        }
    }

    pub(super) fn removed(&self) -> usize {
        let left = self.stage.world.labels(&target());
        let there = (0..PEOPLE).filter(|number| {
            left.iter()
                .any(|label| label.starts_with(&format!("p{number:02}@")))
        });
        PEOPLE - there.count()
    }

    pub(super) fn job(&mut self) -> Job {
        self.runs += 1;
        job(&format!("run-{}", self.runs))
    }

    pub(super) fn approved(&mut self, digest: &str, hours: i64) -> Job {
        let approval = Approval {
            digest: digest.to_owned(),
            by: "ada".to_owned(),
            expires: self.stage.now() + SignedDuration::from_hours(hours),
        };
        Job {
            approval: Some(approval),
            trigger: Trigger::Approval,
            ..self.job()
        }
    }

    pub(super) async fn work(&mut self, job: Job) -> Summary {
        self.stage.wait(1);
        Box::pin(self.stage.work(&job)).await.unwrap();
        let found = history::find(&self.stage.stores, &job.run).await.unwrap();
        found.unwrap()
    }

    /// Every way to ask for a run but the one with the digest of what waits.
    pub(super) async fn ask_in_every_way(&mut self) {
        for trigger in [
            Trigger::Hand,
            Trigger::Schedule,
            Trigger::Notice,
            Trigger::Approval,
        ] {
            let job = Job {
                trigger,
                ..self.job()
            };
            self.work(job).await;
        }
        // As the rest of another run, and after failures.
        let job = Job {
            parts: 3,
            retries: 2,
            waits: 1,
            ..self.job()
        };
        self.work(job).await;
        // When it is due.
        self.stage.tick().await;
        self.stage.wait(25 * HOUR);
        self.stage.tick().await;
        self.stage.wait(10 * MINUTE);
        Box::pin(self.stage.pump()).await;
        // Over HTTP.
        for body in [
            json!({ "mode": "apply", "by": "ada" }),
            json!({ "mode": "preview", "by": "ada" }),
        ] {
            let status = self.post("syncs/staff/runs", &body).await;
            assert_eq!(status, StatusCode::ACCEPTED);
            Box::pin(self.stage.pump()).await;
        }
    }

    /// Approvals that are none: of something else, too short, or too late.
    pub(super) async fn approve_in_vain(&mut self, held: &Held) {
        let digest = held.digest.as_str().to_owned();
        let wrong = "0".repeat(64);
        for (digest, hours) in [
            (&digest[..11], 1),
            (&wrong, 1),
            ("", 1),
            ("            ", 1),
            (&digest, 0),
            (&format!("{digest}0"), 1),
        ] {
            let job = self.approved(digest, hours);
            self.work(job).await;
        }
        for body in [
            json!({ "digest": &digest[..11], "by": "ada" }),
            json!({ "digest": wrong, "by": "ada" }),
            json!({ "by": "ada" }),
        ] {
            let newest = history::newest(&self.stage.stores, "staff").await.unwrap();
            let path = format!("runs/{}/approve", newest.unwrap().run);
            let status = self.post(&path, &body).await;
            assert!(status.is_client_error(), "{status} for {body}");
            Box::pin(self.stage.pump()).await;
        }
    }

    async fn post(&self, path: &str, body: &Value) -> StatusCode {
        let request = Request::post(format!("/api/v1/{path}"))
            .header("content-type", "application/json")
            .body(Body::from(body.to_string()))
            .unwrap();
        let router = api::router(self.stage.service.clone());
        router.oneshot(request).await.unwrap().status()
    }
}

/// Puts a sync there; what the catalog does not take is no definition.
pub(super) async fn put(
    stage: &Stage,
    sync: Value,
    version: Option<&Version>,
) -> Result<Version, CatalogError> {
    let stores = &stage.stores;
    let expected = match version {
        Some(version) => Expected::Version(version.clone()),
        None => {
            let found = catalog::get(stores, Shelf::Syncs, "staff").await.unwrap();
            Expected::Version(found.unwrap().version)
        }
    };
    let kinds = &stage.service.kinds;
    catalog::put(
        stores,
        kinds,
        Shelf::Syncs,
        "staff",
        sync,
        &expected,
        stage.now(),
    )
    .await
}

/// Writers that were opened, changes that took effect, lists that were created.
pub(super) fn written(counters: Counters) -> (usize, usize, usize) {
    (counters.writers, counters.effects, counters.creations)
}
