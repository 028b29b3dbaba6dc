//! What the program needs to know to run under the Functions host, and the app it runs there.

use std::{fs, path::Path, sync::Arc, time::Duration};

use jiff::{SignedDuration, Timestamp};

use crate::{
    format,
    handler::{
        deadline,
        jobs::Jobs,
        public,
        serve::{Parts, Reason, Refused},
    },
    settings::Settings,
    store::{azure::connection::Connection, ports::StoreError},
};

/// How long a hold on a list lasts where nothing is said.
const LEASE_SECONDS: u64 = 60;

/// How many days what is kept of runs is kept where nothing is said.
const KEEP_DAYS: i64 = 90;

/// The port the host listens for the handler on. An error says what to do without a host.
pub fn port(settings: &Settings) -> Result<u16, String> {
    let Some(text) = &settings.port else {
        return Err(
            "`serve` is started by the Azure Functions host, which names the port\n\
                    start the host (`func start`), or set `FUNCTIONS_CUSTOMHANDLER_PORT`"
                .to_owned(),
        );
    };
    let port = text.parse().ok().filter(|port| *port > 0);
    port.ok_or_else(|| {
        format!("`{text}` is no port\nset `FUNCTIONS_CUSTOMHANDLER_PORT` to one from 1 to 65535")
    })
}

/// How long the host lets an invocation run, from the environment or from the `host.json` it works with. A value that is
/// no time is said in the log, and five minutes are assumed.
pub fn function_timeout(settings: &Settings) -> Duration {
    let folder = settings.app_root.as_deref().unwrap_or(Path::new(""));
    let host_json = fs::read_to_string(folder.join("host.json")).ok();
    let wanted =
        deadline::function_timeout(settings.function_timeout.as_deref(), host_json.as_deref());
    wanted.unwrap_or_else(|problem| {
        tracing::error!("{problem}");
        problem.instead()
    })
}

/// How long a hold on a list lasts without a heartbeat.
pub fn lease(settings: &Settings) -> Result<Duration, String> {
    let Some(text) = &settings.lease_seconds else {
        return Ok(Duration::from_secs(LEASE_SECONDS));
    };
    let seconds = text
        .parse()
        .ok()
        .filter(|seconds| (2..=600).contains(seconds));
    seconds.map(Duration::from_secs).ok_or_else(|| {
        format!("`{text}` is no time for a hold on a list\nset `ROLLCALL_LEASE_SECONDS` to a number from 2 to 600")
    })
}

/// How long what is kept of runs beside their summaries is kept.
pub fn keep(settings: &Settings) -> Result<SignedDuration, String> {
    let Some(text) = &settings.keep_days else {
        return Ok(SignedDuration::from_hours(KEEP_DAYS * 24));
    };
    let days = text.parse().ok();
    let days = days.filter(|days: &i64| (1..=3650).contains(days));
    let keep = days.map(|days| SignedDuration::from_hours(days * 24));
    keep.ok_or_else(|| {
        format!("`{text}` is no time to keep runs for\nset `ROLLCALL_KEEP_DAYS` to a number from 1 to 3650")
    })
}

/// The functions and the public paths, over the storage account that the settings name.
///
/// What is stored there is brought to the form of this program where it is older; where it is newer, the functions put back
/// what they get.
pub async fn functions_app(settings: &Settings) -> Result<Parts, Refused> {
    let refused = |reason| move |why| Refused { reason, why };
    let lease = lease(settings).map_err(refused(Reason::Settings))?;
    let keep = keep(settings).map_err(refused(Reason::Settings))?;
    let told = |error: StoreError| error.to_string();
    Connection::from_settings(&settings.storage)
        .map_err(told)
        .map_err(refused(Reason::Settings))?;
    let stores = super::azure_stores(settings).await;
    let stores = stores.map_err(told).map_err(refused(Reason::Storage))?;
    let stands_back = match format::ready(&stores, Timestamp::now()).await {
        Ok(()) => None,
        Err(format::Refused::Store(error)) => {
            return Err(refused(Reason::Storage)(error.to_string()));
        }
        // The app comes up all the same: it says why it does nothing, and keeps what it gets for whoever may.
        Err(why @ format::Refused::Newer { .. }) => {
            let why = why.to_string();
            let reason = Reason::NewerData;
            Some(Refused { reason, why })
        }
        // Whoever works next tries again.
        Err(why @ format::Refused::NotYet(_)) => {
            tracing::warn!("{why}");
            None
        }
    };
    let service = super::service(stores, settings, lease, keep);
    let public = public::router(&service, Arc::new(super::app_secret));
    Ok(Parts {
        functions: Arc::new(Jobs::new(service)),
        public,
        stands_back,
    })
}
