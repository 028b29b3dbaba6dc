//! A stand-in for Microsoft Graph v1.0 and for the Entra ID token endpoint, over real HTTP on this machine.
//!
//! It is the product's opponent: it must know nothing of the product's own rooms, only the published contract. What it
//! answers follows the contract slice; how it behaves (quotas, replication lag, faults) is set by a
//! [`Scenario`](crate::sandbox::scenario::Scenario) and by injected [`Fault`](crate::sandbox::Fault)s.
//!
//! ```no_run
//! # async fn example() -> std::io::Result<()> {
//! use rollcall::sandbox::{self, scenario::Scenario};
//!
//! let sandbox = sandbox::start(Scenario::with_people(25), 0).await?;
//! println!("Graph is at {}/v1.0", sandbox.url());
//! sandbox.stop().await;
//! # Ok(())
//! # }
//! ```

mod control;
mod directory;
mod fault;
mod filter;
mod graph;
mod journal;
pub mod mailroute;
pub mod messagemedia;
pub mod platform;
pub mod politemail;
mod quota;
mod record;
mod refusal;
pub mod scenario;
mod server;
mod sign_in;
#[cfg(test)]
mod tests;
mod text;
mod watching;
mod wire;
mod world;

use std::io;
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use axum::Router;
use tokio::net::TcpListener;
use tokio::sync::oneshot;
use tokio::task::JoinHandle;

pub use fault::{Effect, Fault, When};
pub use journal::Turn;
pub use record::{Answered, Asked, Counters, Exchange};
pub use scenario::Scenario;

use server::{CuttableListener, Shared, Switch, locked};
use world::World;

/// How long a stopping sandbox waits for answers that are still being written.
const LAST_ANSWERS: Duration = Duration::from_secs(1);

/// A running sandbox; it ends when it is stopped or dropped.
pub struct Sandbox {
    url: String,
    world: Shared,
    stop: Option<oneshot::Sender<()>>,
    serving: JoinHandle<()>,
}

/// Starts listening on 127.0.0.1; port 0 means any free one.
pub async fn start(scenario: Scenario, port: u16) -> io::Result<Sandbox> {
    let faults = scenario.faults();
    if !faults.is_empty() {
        return Err(io::Error::new(
            io::ErrorKind::InvalidInput,
            faults.join("\n"),
        ));
    }
    let listener = TcpListener::bind(SocketAddr::from((Ipv4Addr::LOCALHOST, port))).await?;
    let url = format!("http://{}", listener.local_addr()?);
    let world: Shared = Arc::new(Mutex::new(World::new(scenario)));
    let router = Router::new()
        .fallback(server::handle)
        .with_state(Arc::clone(&world));
    let (stop, stopped) = oneshot::channel::<()>();
    let service = router.into_make_service_with_connect_info::<Switch>();
    let serving = tokio::spawn(async move {
        let serve =
            axum::serve(CuttableListener(listener), service).with_graceful_shutdown(async {
                let _ = stopped.await;
            });
        let _ = serve.await;
    });
    Ok(Sandbox {
        url,
        world,
        stop: Some(stop),
        serving,
    })
}

impl Sandbox {
    /// `http://127.0.0.1:PORT`. Graph is at this plus `/v1.0`, sign-in at this plus `/{tenant}/oauth2/v2.0/token`, a
    /// managed identity at this plus `/msi/token`.
    pub fn url(&self) -> &str {
        &self.url
    }

    /// Every request with its answer, in order.
    pub fn log(&self) -> Vec<Exchange> {
        locked(&self.world).log.read()
    }

    /// How much was asked.
    pub fn counters(&self) -> Counters {
        locked(&self.world).counters
    }

    /// Forgets log and counters.
    pub fn clear_log(&self) {
        let mut world = locked(&self.world);
        world.log.clear();
        world.counters = Counters::default();
    }

    /// Makes something go wrong.
    pub fn inject(&self, fault: Fault) {
        locked(&self.world).faults.push(fault);
    }

    /// Takes back all faults that have not struck yet.
    pub fn clear_faults(&self) {
        locked(&self.world).faults.clear();
    }

    /// The state as it is now.
    pub fn snapshot(&self) -> Scenario {
        locked(&self.world).snapshot()
    }

    /// Object ids of a group's direct members, sorted; empty when there is no such group.
    pub fn members_of(&self, group_id: &str) -> Vec<String> {
        locked(&self.world).directory.members_of(group_id)
    }

    /// Somebody else changes the tenant; the delta feeds will tell.
    ///
    /// No request runs meanwhile. Whoever is taken out leaves all groups too, as after a deletion in the portal.
    ///
    /// # Panics
    /// When the changed scenario is no valid one: that is a mistake of the test.
    pub fn edit(&self, change: impl FnOnce(&mut Scenario)) {
        let mut world = locked(&self.world);
        let before = world.snapshot();
        let mut scenario = before.clone();
        change(&mut scenario);
        scenario.drop_links_to_removed(&before);
        let faults = scenario.faults();
        assert!(
            faults.is_empty(),
            "the edit leaves an invalid scenario: {}",
            faults.join("; ")
        );
        world.become_scenario(scenario);
        world.overlook();
    }

    /// Stops listening and closes all connections.
    pub async fn stop(mut self) {
        self.signal();
        let _ = tokio::time::timeout(LAST_ANSWERS, &mut self.serving).await;
    }

    /// Serves until the process is told to end.
    pub async fn serve_forever(mut self) {
        let _ = (&mut self.serving).await;
    }

    fn signal(&mut self) {
        if let Some(stop) = self.stop.take() {
            let _ = stop.send(());
        }
    }
}

impl Drop for Sandbox {
    fn drop(&mut self) {
        self.signal();
        self.serving.abort();
    }
}
