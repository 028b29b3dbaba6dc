//! Everything the sandbox holds while it runs, behind one lock.
//!
//! Knows nothing of HTTP; the endpoints read and change it.

use std::collections::HashMap;
use std::time::Duration;

use tokio::time::Instant;

use super::directory::Directory;
use super::fault::Fault;
use super::journal::Journal;
use super::quota::Buckets;
use super::record::{Counters, Log};
use super::scenario::Scenario;

/// The running tenant with its service.
pub(crate) struct World {
    /// The scenario's settings; its lists of objects are empty here.
    pub(crate) settings: Scenario,
    /// The objects.
    pub(crate) directory: Directory,
    /// The throttle.
    pub(crate) buckets: Buckets,
    /// Access tokens given out, with the moment each ends.
    pub(crate) tokens: HashMap<String, Instant>,
    /// Faults that have not struck yet.
    pub(crate) faults: Vec<Fault>,
    /// What was asked and answered.
    pub(crate) log: Log,
    /// What came and went, where somebody watches.
    pub(crate) journal: Option<Journal<Scenario>>,
    /// How much was asked.
    pub(crate) counters: Counters,
    /// Goes up when all delta links are made invalid.
    pub(crate) delta_epoch: u64,
    /// Goes up when all page links are made invalid.
    pub(crate) page_epoch: u64,
}

impl World {
    /// A tenant as the scenario describes it; nothing has happened yet.
    pub(crate) fn new(scenario: Scenario) -> Self {
        let mut directory = Directory::default();
        directory.apply(&scenario);
        directory.events.clear();
        Self {
            settings: settings_of(scenario),
            directory,
            buckets: Buckets::default(),
            tokens: HashMap::new(),
            faults: Vec::new(),
            log: Log::default(),
            journal: None,
            counters: Counters::default(),
            delta_epoch: 0,
            page_epoch: 0,
        }
    }

    /// The whole state as a scenario.
    pub(crate) fn snapshot(&self) -> Scenario {
        let mut scenario = self.settings.clone();
        self.directory.write_into(&mut scenario);
        scenario
    }

    /// Makes the tenant what the scenario says; differences go into delta.
    pub(crate) fn become_scenario(&mut self, scenario: Scenario) {
        self.directory.apply(&scenario);
        self.settings = settings_of(scenario);
    }

    /// Whether one of these application permissions is granted.
    pub(crate) fn may(&self, any_of: &[&str]) -> bool {
        any_of.iter().any(|name| {
            self.settings
                .permissions
                .iter()
                .any(|granted| granted == name)
        })
    }

    /// How long the outside world sees the state before a write.
    pub(crate) fn lag(&self) -> Duration {
        Duration::from_millis(self.settings.replication_lag_ms.directory)
    }

    /// How many changes the delta feeds show by now.
    pub(crate) fn events_shown(&self) -> usize {
        let lag = Duration::from_millis(self.settings.replication_lag_ms.delta);
        let now = Instant::now();
        self.directory
            .events
            .partition_point(|event| event.at + lag <= now)
    }
}

fn settings_of(scenario: Scenario) -> Scenario {
    Scenario {
        users: Vec::new(),
        contacts: Vec::new(),
        devices: Vec::new(),
        service_principals: Vec::new(),
        groups: Vec::new(),
        ..scenario
    }
}
