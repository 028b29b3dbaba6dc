//! A job: one message on the queue, which asks for one run of one list.
//!
//! Pure. Messages are small, versioned JSON. No field is called `id`, `dequeueCount`, `insertionTime`, `popReceipt` or
//! `sys`: the Functions host would put it in the place of its own.
#![deny(clippy::disallowed_types, clippy::disallowed_methods)]

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use utoipa::ToSchema;

use crate::plan::review::Approval;

/// The queue of jobs.
pub const QUEUE: &str = "sync-jobs";

/// Where the Functions host puts a job that failed too often.
pub const POISON_QUEUE: &str = "sync-jobs-poison";

/// The newest version of a message that this program reads.
pub const JOB_VERSION: u32 = 2;

/// The version of a message that asks for nothing newer.
const PLAIN_VERSION: u32 = 1;

/// The most bytes of a message: what Azure takes once it is in base64.
pub const LONGEST_JOB: usize = 48 * 1024;

/// The most bytes of a run's id, a sync's id and a cause.
const LONGEST_TEXT: usize = 2048;

/// A job is put back this often: with a pause of a minute each, for half a day.
pub const MOST_WAITS: u32 = 720;

/// One run that was asked for.
///
/// Fields that are not known are left alone: while an app is upgraded, old and new programs read the same queue. A field
/// that must not be ignored raises the version of the messages that have it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Job {
    /// The version of this form.
    pub version: u32,
    /// The run's id: the same id again is the same run, and does nothing once it has ended.
    pub run: String,
    /// The sync.
    pub sync: String,
    /// The list, for a sync that routes people to many lists; without it such a sync is split into its lists.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub list: Option<String>,
    /// What asked for it.
    pub trigger: Trigger,
    /// The same in words (`schedule`, `by hand (ada)`), for the history.
    pub cause: String,
    /// Whether lists are written.
    pub mode: Mode,
    /// The run that is to be undone. A rollcall that knows nothing of that must not take the message for an ordinary
    /// run, so a message with it has version 2.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub restores: Option<String>,
    /// The approval that came with it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub approval: Option<Approval>,
    /// How many runs for the same reason failed before this one.
    #[serde(default)]
    pub retries: u32,
    /// How many runs before this one stopped at their deadline and left the rest to it.
    #[serde(default)]
    pub parts: u32,
    /// How often it was put back because somebody else was writing the list, or its time was up before it had written, or
    /// a newer rollcall has to do it. No later version of this form may mean anything else by this field.
    #[serde(default)]
    pub waits: u32,
    /// The trace it belongs to, as the header `traceparent` of W3C Trace Context says it; `None` when there is none. It
    /// says nothing about the run.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub trace: Option<String>,
}

/// What asked for a run.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Trigger {
    /// It was due.
    Schedule,
    /// A system said that something changed.
    Notice,
    /// A person.
    Hand,
    /// A person's approval of a held plan.
    Approval,
}

/// Whether lists are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub enum Mode {
    /// Shows what would happen.
    Preview,
    /// Does it.
    Apply,
}

impl Trigger {
    /// The trigger as it is written everywhere.
    pub fn name(self) -> &'static str {
        match self {
            Self::Schedule => "schedule",
            Self::Notice => "notice",
            Self::Hand => "hand",
            Self::Approval => "approval",
        }
    }
}

impl Mode {
    /// The mode as it is written everywhere.
    pub fn name(self) -> &'static str {
        match self {
            Self::Preview => "preview",
            Self::Apply => "apply",
        }
    }
}

/// Why a message is no job.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum NotAJob {
    /// It is not what this program puts on its queue.
    #[error("the message is no job: {0}")]
    Garbage(String),
    /// A newer rollcall wrote it.
    #[error(
        "the message has version {0}, and this rollcall reads up to {JOB_VERSION}: a newer one wrote it"
    )]
    Newer(u32),
}

impl Job {
    /// A job in its first attempt.
    pub fn new(run: String, sync: &str, trigger: Trigger, cause: impl Into<String>) -> Self {
        Self {
            version: PLAIN_VERSION,
            run,
            sync: sync.to_owned(),
            list: None,
            trigger,
            cause: cause.into(),
            mode: Mode::Apply,
            restores: None,
            approval: None,
            retries: 0,
            parts: 0,
            waits: 0,
            trace: None,
        }
    }

    /// The same job as part of a trace; without one it stays in the trace it was in.
    #[must_use]
    pub fn traced(self, trace: Option<String>) -> Self {
        Self {
            trace: trace.or(self.trace),
            ..self
        }
    }

    /// The same job, to undo a run instead.
    #[must_use]
    pub fn restoring(self, run: &str) -> Self {
        Self {
            version: JOB_VERSION,
            restores: Some(run.to_owned()),
            ..self
        }
    }

    /// Reads a message.
    pub fn parse(text: &str) -> Result<Self, NotAJob> {
        #[derive(Deserialize)]
        struct Versioned {
            version: u32,
        }
        // The version first: a newer form may have fields of other kinds.
        let garbage = |error: serde_json::Error| NotAJob::Garbage(error.to_string());
        let Versioned { version } = serde_json::from_str(text).map_err(garbage)?;
        if version > JOB_VERSION {
            return Err(NotAJob::Newer(version));
        }
        let mut job: Self = serde_json::from_str(text).map_err(garbage)?;
        if job.run.is_empty() || job.sync.is_empty() {
            let message = "it names no run or no sync".to_owned();
            return Err(NotAJob::Garbage(message));
        }
        // What does not fit a row of the history could never be written down as failed either.
        let texts = [&job.run, &job.sync, &job.cause].into_iter();
        if texts
            .chain(&job.restores)
            .any(|text| text.len() > LONGEST_TEXT)
        {
            let message = format!("a run, sync or cause has more than {LONGEST_TEXT} bytes");
            return Err(NotAJob::Garbage(message));
        }
        job.trace = job.trace.filter(|trace| is_traceparent(trace));
        Ok(job)
    }

    /// The message.
    pub fn render(&self) -> String {
        // Nothing in it can fail to be JSON: texts, numbers and a time.
        serde_json::to_string(self).unwrap_or_default()
    }

    /// The id of the run that follows this one: `r` for a retry, `c` for what it left at its deadline.
    pub fn follower(&self, letter: char, number: u32) -> String {
        let base = self
            .run
            .rsplit_once('.')
            .filter(|(_, end)| is_follower(end))
            .map_or(self.run.as_str(), |(base, _)| base);
        format!("{base}.{letter}{number}")
    }
}

/// A message of a newer rollcall, with one more wait and otherwise as it is; `None` when it has waited [`MOST_WAITS`] times
/// or is no object.
pub fn waiting(newer: &str) -> Option<String> {
    let mut message: Map<String, Value> = serde_json::from_str(newer).ok()?;
    let waits = message.get("waits").and_then(Value::as_u64).unwrap_or(0);
    if waits >= u64::from(MOST_WAITS) {
        return None;
    }
    message.insert("waits".to_owned(), Value::from(waits + 1));
    let text = Value::Object(message).to_string();
    (text.len() <= LONGEST_JOB).then_some(text)
}

/// What a message of a newer rollcall asks for, as far as this one can tell: the run and the sync (`sync/list` for one of
/// its lists).
pub fn named(newer: &str) -> Option<(String, String)> {
    let message: Map<String, Value> = serde_json::from_str(newer).ok()?;
    let text = |name: &str| message.get(name).and_then(Value::as_str);
    let (run, sync) = (text("run")?, text("sync")?);
    let sync = match text("list") {
        None => sync.to_owned(),
        Some(list) => format!("{sync}/{list}"),
    };
    let fits = |text: &str| (1..=LONGEST_TEXT).contains(&text.len());
    (fits(run) && fits(&sync)).then(|| (run.to_owned(), sync))
}

/// Whether a text has the form of the header `traceparent`: version, trace, span and flags.
pub fn is_traceparent(text: &str) -> bool {
    let lengths = text.split('-').map(str::len);
    let hexadecimal = |byte: u8| matches!(byte, b'0'..=b'9' | b'a'..=b'f' | b'-');
    lengths.eq([2, 32, 16, 2]) && text.bytes().all(hexadecimal)
}

fn is_follower(end: &str) -> bool {
    let mut letters = end.chars();
    matches!(letters.next(), Some('r' | 'c')) && {
        let digits = letters.as_str();
        !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit())
    }
}

/// The id of a run that was due at `due`: every tick and every instance gives the same.
pub fn scheduled_run(due: Timestamp, sync: &str) -> String {
    format!("{}-{sync}", due.strftime("%Y%m%dT%H%M%S"))
}

/// The id of the run that answers every notice of a time that ends at `end`.
pub fn notice_run(end: Timestamp, sync: &str) -> String {
    format!("{}.n", scheduled_run(end, sync))
}

#[cfg(test)]
mod tests;
