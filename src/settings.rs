//! The environment, read in one place.
//!
//! This room is the only reader of the environment and must not know what the values are used for.

mod known;

use std::{env, path::PathBuf};

pub use known::{KNOWN, Known, SetBy};

/// What the environment says. A variable that is empty counts as absent.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Settings {
    /// `ROLLCALL_CONFIG`: the definition file.
    pub config: Option<PathBuf>,
    /// `ROLLCALL_STATE`: the folder that keeps state and history.
    pub state: Option<PathBuf>,
    /// `ROLLCALL_LOG`: what to log, as `tracing` filters say it (`info`, `rollcall=debug`).
    pub log: Option<String>,
    /// `ROLLCALL_ENTRA_TENANT_ID`: the tenant of Entra ID connections that name none.
    pub entra_tenant_id: Option<String>,
    /// `ROLLCALL_ENTRA_CLIENT_ID`: the application of Entra ID connections that name none.
    pub entra_client_id: Option<String>,
    /// `ROLLCALL_LEASE_SECONDS`: how long a hold on a list lasts without a heartbeat, as it was written.
    pub lease_seconds: Option<String>,
    /// `ROLLCALL_DATA`: the folder that relative folders of CSV connections are relative to.
    pub data: Option<PathBuf>,
    /// `FUNCTIONS_CUSTOMHANDLER_PORT`, or `FUNCTIONS_HTTPWORKER_PORT` from older hosts, as it was written.
    pub port: Option<String>,
    /// `FUNCTIONS_APP_ROOT_PATH`: the folder that `host.json` lies in.
    pub app_root: Option<PathBuf>,
    /// `AzureFunctionsJobHost__functionTimeout`: how long one invocation may take, as it was written.
    pub function_timeout: Option<String>,
    /// `USER` or `USERNAME`: who is at the keyboard, for the history.
    pub user: Option<String>,
}

/// The variable that holds the client secret of Entra ID connections that name none.
pub const ENTRA_SECRET: &str = "ROLLCALL_ENTRA_CLIENT_SECRET";

/// Reads the environment.
pub fn from_environment() -> Settings {
    Settings {
        config: variable("ROLLCALL_CONFIG").map(PathBuf::from),
        state: variable("ROLLCALL_STATE").map(PathBuf::from),
        log: variable("ROLLCALL_LOG"),
        entra_tenant_id: variable("ROLLCALL_ENTRA_TENANT_ID"),
        entra_client_id: variable("ROLLCALL_ENTRA_CLIENT_ID"),
        lease_seconds: variable("ROLLCALL_LEASE_SECONDS"),
        data: variable("ROLLCALL_DATA").map(PathBuf::from),
        port: variable("FUNCTIONS_CUSTOMHANDLER_PORT")
            .or_else(|| variable("FUNCTIONS_HTTPWORKER_PORT")),
        app_root: variable("FUNCTIONS_APP_ROOT_PATH").map(PathBuf::from),
        function_timeout: variable("AzureFunctionsJobHost__functionTimeout"),
        user: variable("USER").or_else(|| variable("USERNAME")),
    }
}

/// The value of one variable; `None` when it is not set, empty, or no UTF-8.
pub fn variable(name: &str) -> Option<String> {
    env::var(name).ok().filter(|value| !value.is_empty())
}
