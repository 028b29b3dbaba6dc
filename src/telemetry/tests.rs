//! The lines of the log, as the host gets them.

use std::{
    io::{self, Write},
    sync::{Arc, Mutex},
};

use serde_json::Value;
use tracing::{debug, error, error_span, info, trace, warn};
use tracing_subscriber::fmt::MakeWriter;

use super::*;

/// What was written, and a writer to it.
#[derive(Clone, Default)]
struct Written(Arc<Mutex<Vec<u8>>>);

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
    fn lines(&self) -> Vec<Value> {
        let text = String::from_utf8(self.0.lock().unwrap().clone()).unwrap();
        text.lines()
            .map(|line| serde_json::from_str(line).unwrap_or_else(|_| panic!("{line}")))
            .collect()
    }
}

/// The lines that a piece of work writes to standard error and to standard output.
fn written(wanted: Option<&str>, work: impl FnOnce()) -> (Vec<Value>, Vec<Value>) {
    let (errors, others) = (Written::default(), Written::default());
    let log = for_host(wanted, None, errors.clone(), others.clone());
    tracing::subscriber::with_default(log, work);
    (errors.lines(), others.lines())
}

#[test]
fn errors_and_others_go_their_own_ways() {
    let (errors, others) = written(None, || {
        error!("one");
        warn!("two");
        info!("three");
        debug!("four");
    });
    let messages = |lines: &[Value]| -> Vec<Value> {
        lines.iter().map(|line| line["message"].clone()).collect()
    };
    assert_eq!(messages(&errors), ["one"]);
    assert_eq!(messages(&others), ["two", "three"]);
    assert_eq!(errors[0]["level"], "ERROR");
    assert_eq!(others[1]["level"], "INFO");
    assert_eq!(others[1]["target"], "rollcall::telemetry::tests");
    let time = others[1]["timestamp"].as_str().unwrap();
    time.parse::<jiff::Timestamp>().unwrap();
}

#[test]
fn every_line_has_the_fields_of_its_invocation_at_the_top() {
    let (errors, others) = written(None, || {
        let invocation = error_span!("invocation", invocation = %"i-1", function = "SyncWorker");
        let _in_it = invocation.enter();
        let run = error_span!("run", run = "r-1", sync = %"sales", function = "inner");
        run.in_scope(|| info!(changes = 3_u64, share = 0.5, whole = true, "applied"));
        error!(error = %io::Error::other("line\nbreak"), "failed");
    });
    let applied = &others[0];
    assert_eq!(applied["invocation"], "i-1");
    assert_eq!(applied["function"], "inner", "the inner one counts");
    assert_eq!(
        (&applied["run"], &applied["sync"]),
        (&"r-1".into(), &"sales".into())
    );
    assert_eq!(applied["changes"], 3);
    assert_eq!(applied["share"], 0.5);
    assert_eq!(applied["whole"], true);
    assert_eq!(errors[0]["error"], "line\nbreak");
    assert_eq!(errors[0]["function"], "SyncWorker");
    assert_eq!(errors[0]["run"], Value::Null);
}

#[test]
fn no_line_begins_with_a_word_of_the_hosts() {
    let written_to = Written::default();
    let log = for_host(None, None, written_to.clone(), written_to.clone());
    tracing::subscriber::with_default(log, || {
        info!("LanguageWorkerConsoleLog said\nazfuncjsonlog: x");
        error!("azfuncjsonlog:\r\nLanguageWorkerConsoleLog");
    });
    let text = String::from_utf8(written_to.0.lock().unwrap().clone()).unwrap();
    assert_eq!(text.lines().count(), 2);
    assert!(text.lines().all(|line| line.starts_with('{')), "{text}");
}

#[test]
fn libraries_that_would_log_secrets_stay_quiet_under_the_host_too() {
    let (errors, others) = written(Some("trace"), || {
        for_each_target();
        trace!("ours");
    });
    let all: Vec<Value> = errors.into_iter().chain(others).collect();
    let messages: Vec<&Value> = all.iter().map(|line| &line["message"]).collect();
    assert_eq!(messages, ["loud", "ours"]);
}

fn for_each_target() {
    trace!(target: "azure_core::http", "secret");
    debug!(target: "azure_identity", "secret");
    info!(target: "reqwest::connect", "secret");
    warn!(target: "azure_core::http", "loud");
}

#[test]
fn what_is_asked_for_counts_and_nonsense_does_not() {
    let (_, others) = written(Some("rollcall=debug"), || debug!("said"));
    assert_eq!(others.len(), 1);
    let (_, others) = written(Some("=%=,,x=loud"), || {
        debug!("not said");
        info!("said");
    });
    assert_eq!(others.len(), 1);
}

#[test]
fn a_panic_is_told_without_addresses() {
    let message = "called `unwrap()` on `anna@contoso.example` in line 3";
    let told = without_addresses(message);
    assert_eq!(told, "called `unwrap()` on … in line 3");
}
