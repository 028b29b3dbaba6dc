//! The lines that go to the Functions host, kept.

use std::{
    io::{self, Write},
    sync::{Arc, Mutex},
};

use rollcall::telemetry::{self, Traces};
use serde_json::Value;
use tracing::subscriber::{DefaultGuard, set_default};
use tracing_subscriber::fmt::MakeWriter;

#[derive(Clone, Default)]
pub(super) struct Written(Arc<Mutex<Vec<u8>>>);

impl Write for Written {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl<'a> MakeWriter<'a> for Written {
    type Writer = Self;

    fn make_writer(&'a self) -> Self {
        self.clone()
    }
}

impl Written {
    /// Keeps what this thread says, as it says it under the host where nothing is asked for.
    pub(super) fn start() -> (Self, DefaultGuard) {
        Self::beside(None)
    }

    /// The same, with its traces.
    pub(super) fn beside(traces: Option<&Traces>) -> (Self, DefaultGuard) {
        let written = Self::default();
        let log = telemetry::for_host(None, traces, written.clone(), written.clone());
        (written, set_default(log))
    }

    pub(super) fn text(&self) -> String {
        String::from_utf8(self.0.lock().unwrap().clone()).unwrap()
    }

    pub(super) fn lines(&self) -> Vec<Value> {
        let text = self.text();
        let lines = text.lines();
        lines
            .map(|line| serde_json::from_str(line).unwrap_or_else(|_| panic!("{line}")))
            .collect()
    }

    /// The lines that are events.
    pub(super) fn events(&self) -> Vec<Value> {
        let mut lines = self.lines();
        lines.retain(|line| line.get("event").is_some());
        lines
    }
}
