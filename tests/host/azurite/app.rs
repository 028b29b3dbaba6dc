//! One instance of the app, and what people and clocks ask of it.

use jiff::Timestamp;
use serde_json::{Value, json};

use super::world::{FASTER, World, two_way};
use crate::{
    front::{Front, MASTER_KEY, Mode, function_key},
    invoke::{Done, client},
    process::{self, Host},
    queues::{self, Pump},
    timer::Timer,
};

/// One instance of the app: a host with its triggers.
pub(crate) struct App {
    /// The host.
    pub(crate) host: Host,
    /// Its public port.
    pub(crate) front: Front,
    /// The queue trigger of the worker.
    pub(crate) jobs: Pump,
    /// The queue trigger of what failed too often.
    _poison: Pump,
    timer: Timer,
}

/// An answer of the program.
#[derive(Debug)]
pub(crate) struct Answer {
    /// The status.
    pub(crate) status: u16,
    /// `Location`.
    pub(crate) location: Option<String>,
    /// The body, where it is JSON.
    pub(crate) body: Value,
}

impl App {
    /// Starts an instance in a world, and waits until it answers.
    pub(crate) async fn start(world: &World) -> Self {
        let host = process::start(world.deployed());
        host.ready().await;
        Self {
            front: Front::open(&host, Mode::Proxied).await,
            jobs: queues::listen(&host, &world.queues, "SyncWorker", FASTER),
            _poison: queues::listen(&host, &world.queues, "SyncPoison", FASTER),
            timer: Timer::of(&host, "Scheduler"),
            host,
        }
    }

    /// Asks the program through the public port, with the key that fits the method.
    pub(crate) async fn ask(&self, method: &str, path: &str, body: Option<Value>) -> Answer {
        let key = function_key(if method == "GET" {
            "ApiRead"
        } else {
            "ApiWrite"
        });
        self.ask_with(method, path, body, &[("x-functions-key", &key)])
            .await
    }

    /// The same with these headers.
    pub(crate) async fn ask_with(
        &self,
        method: &str,
        path: &str,
        body: Option<Value>,
        headers: &[(&str, &str)],
    ) -> Answer {
        let url = format!("{}{path}", self.front.url());
        let mut request = client().request(method.parse().unwrap(), url);
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        if let Some(body) = body {
            request = request
                .header("content-type", "application/json")
                .body(body.to_string());
        }
        let answer = request.send().await.unwrap();
        let location = answer.headers().get("location");
        Answer {
            status: answer.status().as_u16(),
            location: location.map(|location| location.to_str().unwrap().to_owned()),
            body: serde_json::from_slice(&answer.bytes().await.unwrap()).unwrap_or_default(),
        }
    }

    /// Puts the connections of a world.
    pub(crate) async fn connect(&self, world: &World) {
        for (name, connection) in world.connections() {
            let path = format!("/api/v1/connections/{name}");
            let answer = self.ask("PUT", &path, Some(connection)).await;
            assert!(
                [200, 201].contains(&answer.status),
                "{answer:?}\n{}",
                self.host.written()
            );
        }
    }

    /// Puts the two-way sync between the file `NAME.csv` and the group of the same name, due every second.
    pub(crate) async fn define(&self, name: &str) {
        self.put(name, two_way(name)).await;
    }

    /// Puts a new sync.
    pub(crate) async fn put(&self, name: &str, sync: Value) {
        let path = format!("/api/v1/syncs/{name}");
        let answer = self.ask("PUT", &path, Some(sync)).await;
        assert_eq!(answer.status, 201, "{answer:?}\n{}", self.host.written());
    }

    /// The timer's occurrence, now.
    pub(crate) async fn tick(&mut self) -> Done {
        let tries = self.timer.tick(&self.host, Timestamp::now(), FASTER).await;
        let last = tries.into_iter().last().unwrap();
        last.unwrap_or_else(|error| panic!("{error}\n{}", self.host.written()))
    }

    /// Asks for a run by hand: its id.
    pub(crate) async fn run(&self, sync: &str) -> String {
        let body = json!({ "mode": "apply", "by": "ada" });
        let answer = self
            .ask("POST", &format!("/api/v1/syncs/{sync}/runs"), Some(body))
            .await;
        assert_eq!(answer.status, 202, "{answer:?}\n{}", self.host.written());
        let location = answer.location.unwrap();
        location.rsplit('/').next().unwrap().to_owned()
    }

    /// What is known of a run.
    pub(crate) async fn look(&self, run: &str) -> Value {
        let answer = self.ask("GET", &format!("/api/v1/runs/{run}"), None).await;
        assert_eq!(answer.status, 200, "{answer:?}");
        answer.body
    }

    /// The runs of a sync, newest first.
    pub(crate) async fn runs(&self, sync: &str) -> Vec<Value> {
        let path = format!("/api/v1/syncs/{sync}/runs?limit=100");
        let answer = self.ask("GET", &path, None).await;
        assert_eq!(answer.status, 200, "{answer:?}");
        answer.body["items"].as_array().unwrap().clone()
    }

    /// Calls a function by hand, as the portal does.
    pub(crate) async fn by_hand(&self, function: &str, body: Value) -> u16 {
        let path = format!("/admin/functions/{function}");
        let headers = [("x-functions-key", MASTER_KEY)];
        self.ask_with("POST", &path, Some(body), &headers)
            .await
            .status
    }

    /// What it wrote holds no key, no secret and nobody's address.
    pub(crate) fn is_discreet(&self, world: &World) {
        let written = self.host.written();
        let settings = &self.host.deployed().settings;
        let secrets = [
            world.account.key.clone(),
            settings["ROLLCALL_ENTRA_CLIENT_SECRET"].clone(),
            function_key("ApiRead"),
            function_key("ApiWrite"),
            "SharedKey".to_owned(),
            "Bearer".to_owned(),
            "@contoso.example".to_owned(),
        ];
        for secret in secrets {
            assert!(!written.contains(&secret), "`{secret}` is in:\n{written}");
        }
        assert!(written.contains("\"function\":\"SyncWorker\""), "{written}");
    }

    /// Stops the host as if its machine went away.
    pub(crate) async fn vanish(self) {
        self.host.stop().await;
    }
}
