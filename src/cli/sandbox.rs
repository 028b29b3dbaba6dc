//! `sandbox`: serves the stand-in tenant until it is stopped.

use std::path::Path;

use super::{Exit, Failure, print};
use crate::sandbox::{self, Scenario};

/// Serves a scenario.
pub(super) async fn sandbox(scenario: Option<&Path>, port: u16) -> Result<Exit, Failure> {
    let invalid = |message: String| Failure {
        exit: Exit::InvalidInput,
        message,
    };
    let scenario = match scenario {
        Some(path) => Scenario::load(path).map_err(|error| invalid(error.to_string()))?,
        None => Scenario::with_people(25),
    };
    let (tenant, client) = (scenario.tenant_id.clone(), scenario.client_id.clone());
    let running = sandbox::start(scenario, port).await.map_err(|error| {
        invalid({
            format!(
                "the sandbox cannot start on port {port}: {error}\n\
                 take another one with `--port N`, or any free one with `--port 0`"
            )
        })
    })?;
    let url = running.url();
    print(&format!(
        "Graph      {url}/v1.0\n\
         sign-in    {url}/{tenant}/oauth2/v2.0/token (client id {client})\n\
         state      GET or PUT {url}/_sandbox/state\n\
         log        GET {url}/_sandbox/log, counters GET {url}/_sandbox/counters\n\
         faults     POST {url}/_sandbox/faults\n\
         A connection to it: {{\"type\": \"entra-id\", \"graphUrl\": \"{url}\", \"loginUrl\": \"{url}\", \
         \"tenantId\": \"{tenant}\", \"clientId\": \"{client}\"}}\n\
         Stop with Ctrl-C.\n"
    ));
    tokio::select! {
        () = running.serve_forever() => {}
        _ = tokio::signal::ctrl_c() => {}
    }
    Ok(Exit::Done)
}
