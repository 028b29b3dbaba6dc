//! Opens connections for everything that runs by itself, and keeps them open from one job to the next: signing in and
//! making a pool of connections for every job would cost more than many a job.

use std::{
    collections::BTreeMap,
    path::PathBuf,
    sync::{Arc, Mutex, OnceLock, PoisonError},
    time::Duration,
};

use jiff::{SignedDuration, Timestamp};

use super::{Connections, Secrets, kinds};
use crate::{
    connectors::ports::{ConnectionTest, ConnectorError, Examination, Readers, Writers},
    definition::sync::{self, Connection, Definition},
    service::{Opened, Opener, Service, Variables},
    settings::Settings,
    store::ports::Stores,
};

/// How long a job waits in all for a service that throttles. Asked to wait longer, it goes back to the queue.
const PATIENCE: Duration = Duration::from_secs(20);

/// How many different sets of connections are kept: they differ only where definitions change, or name connections that
/// are not listed.
const KEPT: usize = 16;

/// What the settings of a running app may name as a secret: nobody who may write definitions may have its storage key.
const SECRETS_BEGIN_WITH: &str = "ROLLCALL_";

/// When the process started: the program asks first of all, and later calls get the same answer. Opening the storage may
/// take a while, or several attempts.
pub fn started() -> Timestamp {
    static STARTED: OnceLock<Timestamp> = OnceLock::new();
    *STARTED.get_or_init(Timestamp::now)
}

/// Everything that runs by itself, over this storage.
pub fn service(
    stores: Stores,
    settings: &Settings,
    lease: Duration,
    keep: SignedDuration,
) -> Service {
    let opener = AppOpener {
        base: settings.data.clone().unwrap_or_default(),
        settings: settings.clone(),
        stores: stores.clone(),
        kept: Mutex::new(Vec::new()),
    };
    Service {
        stores,
        kinds: Arc::new(kinds()),
        opener: Arc::new(opener),
        now: Arc::new(Timestamp::now),
        started: started(),
        lease,
        keep,
    }
}

/// The secrets that definitions in a running app may name.
pub fn app_secret(name: &str) -> Option<String> {
    if name.starts_with(SECRETS_BEGIN_WITH) {
        crate::settings::variable(name)
    } else {
        None
    }
}

type Described = BTreeMap<String, Connection>;

struct AppOpener {
    base: PathBuf,
    settings: Settings,
    stores: Stores,
    kept: Mutex<Vec<(Described, Arc<Connections>)>>,
}

impl Opener for AppOpener {
    fn open(&self, definition: &Definition) -> Box<dyn Opened> {
        let mut kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        let known = kept
            .iter()
            .find(|(described, _)| *described == definition.connections);
        if let Some((_, connections)) = known {
            return Box::new(Shared(connections.clone()));
        }
        let secrets: &Secrets = &app_secret;
        let connections = Connections::new(definition, &self.base, &self.settings, secrets)
            .with_loads(&self.stores)
            .waiting_at_most(PATIENCE);
        let connections = Arc::new(connections);
        kept.insert(0, (definition.connections.clone(), connections.clone()));
        kept.truncate(KEPT);
        Box::new(Shared(connections))
    }

    fn variables(&self, definition: &Definition, asked: &[&sync::Sync]) -> Variables {
        super::variables(definition, asked, &self.settings, &app_secret)
    }
}

struct Shared(Arc<Connections>);

impl Opened for Shared {
    fn readers(&self) -> &dyn Readers {
        &*self.0
    }

    fn writers(&self) -> &dyn Writers {
        &*self.0
    }

    fn test(&self, name: &str) -> Result<Box<dyn ConnectionTest>, ConnectorError> {
        self.0.test(name)
    }

    fn examination(&self, name: &str) -> Result<Option<Box<dyn Examination>>, ConnectorError> {
        self.0.examination(name)
    }
}
