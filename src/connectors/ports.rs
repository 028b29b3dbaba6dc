//! What the spine asks of a connection. Planning holds readers only: it could not write if it tried.

pub mod examination;
pub mod meter;

use std::{fmt, time::Duration};

use async_trait::async_trait;

use crate::{
    model::{
        list::{GroupKind, ListRef},
        reading::{Directory, Reading},
    },
    plan::{
        change::Change,
        outcome::{Outcome, advice},
    },
};
pub use examination::Examination;

/// Opens lists for reading.
#[async_trait]
pub trait Readers: Send + Sync {
    /// The reader of one list. Says what is wrong with the connection's settings; makes no request yet.
    async fn reader(&self, wanted: &WantedList) -> Result<Box<dyn ListReader>, ConnectorError>;
}

/// Opens lists for writing.
#[async_trait]
pub trait Writers: Send + Sync {
    /// The writer of one list. Says what is wrong with the connection's settings; makes no request yet.
    /// `list_id` is the id the reading found, so that the list that was read is the list that is written.
    async fn writer(
        &self,
        wanted: &WantedList,
        list_id: Option<&str>,
    ) -> Result<Box<dyn ListWriter>, ConnectorError>;
}

/// One list as a sync wants it opened.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WantedList {
    /// Which list.
    pub list: ListRef,
    /// Whether members of nested groups count as members.
    pub flatten: bool,
    /// How the list is created when it is not there; `None` makes an absent list an error.
    pub create: Option<GroupKind>,
    /// How guests are invited.
    pub invitation: Option<Invitation>,
    /// The fields that a sync writes, as this list calls them: what a new list has to have room for.
    pub fields: Vec<String>,
    /// The attributes of members that a sync looks at, as this list calls them: those it maps, filters by or routes by.
    pub reads: Vec<String>,
    /// The fields of people that the definition gives to the other side as their owner: only these may be written on a
    /// connection where attributes of people belong to somebody else (a directory).
    pub given: Vec<String>,
    /// Who belongs to a connection that is read as a whole.
    pub everyone: Everyone,
}

/// Who belongs to a connection that is read as a whole.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Everyone {
    /// Only who reports to this person, directly or through others (an address or object id), and that person.
    pub under: Option<String>,
    /// Organisational contacts as well.
    pub contacts: bool,
    /// Groups that have an address as well, as one member each.
    pub mail_groups: bool,
}

impl WantedList {
    /// A list that is read as it is, and not created.
    pub fn of(list: ListRef) -> Self {
        Self {
            list,
            flatten: false,
            create: None,
            invitation: None,
            fields: Vec::new(),
            reads: Vec::new(),
            given: Vec::new(),
            everyone: Everyone::default(),
        }
    }
}

/// How guests are invited.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Invitation {
    /// Where an invited person lands after accepting.
    pub redirect_url: String,
    /// Whether the platform sends its invitation mail.
    pub send_message: bool,
}

/// Reads one list.
#[async_trait]
pub trait ListReader: Send + Sync {
    /// Reads the list to its last page. A page that fails is an error: there is no partial reading.
    async fn read(&self, watch: &dyn Watch) -> Result<Reading, ConnectorError>;

    /// Everyone the connection knows who could be added to the list. Asked for only when somebody has to be looked up.
    async fn directory(&self, watch: &dyn Watch) -> Result<Directory, ConnectorError>;
}

/// Writes one list. Nothing here is tried again by the caller: within a call a writer repeats what is safe to repeat.
#[async_trait]
pub trait ListWriter: Send + Sync {
    /// Creates the list unless it is there already; gives its id on the platform. Safe to repeat.
    async fn create_list(&mut self) -> Result<Option<String>, ConnectorError>;

    /// Makes the changes, all of one action (of any where the list takes all at once), at most `Capabilities::chunk`.
    /// Gives one outcome for each change, in the same order. An answer that was lost is settled by repeating the
    /// request, and is `Failed` when that gives no answer either; it is never taken for a success.
    async fn write(&mut self, changes: &[Change], watch: &dyn Watch) -> Vec<Outcome>;

    /// How long the service wants to be left alone, when the last `write` ended early because of that.
    fn asked_to_wait(&self) -> Option<Duration> {
        None
    }
}

/// One connection: what every connector must be able to do. It makes no request before something is asked of it.
pub trait Connector: Send + Sync {
    /// The reader of one list. Says what is wrong with the list's name, or with what the sync wants of it.
    fn reader(&self, wanted: &WantedList) -> Result<Box<dyn ListReader>, ConnectorError>;

    /// The writer of one list, with the id that the reading found.
    fn writer(
        &self,
        wanted: &WantedList,
        list_id: Option<&str>,
    ) -> Result<Box<dyn ListWriter>, ConnectorError>;

    /// What names its lists.
    fn lists(&self) -> Result<Box<dyn Lists>, ConnectorError>;

    /// What `rollcall test` runs.
    fn test(&self) -> Box<dyn ConnectionTest>;

    /// What `rollcall doctor` runs beside; `None` where there is nothing more to be known than what the test tells.
    fn examination(&self) -> Option<Box<dyn Examination>> {
        None
    }

    /// Lets every piece of work wait at most this long in all for a service that throttles.
    fn wait_at_most(&mut self, _wait: Duration) {}
}

/// Names the lists of a connection, for `rollcall lists`.
#[async_trait]
pub trait Lists: Send + Sync {
    /// Every list there is, sorted by name. Reads to the last page.
    async fn lists(&self, watch: &dyn Watch) -> Result<Vec<KnownList>, ConnectorError>;
}

/// A list that is there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KnownList {
    /// Its name: what a definition may call it; empty where the connection itself is the list.
    pub name: String,
    /// Its id on the platform, where it has one: what a definition may call it as well.
    pub id: Option<String>,
    /// What else is to be known before a sync names it (`dynamic group: can only be read`).
    pub note: Option<String>,
}

impl KnownList {
    /// Lists as people look for them: by name, without regard to case.
    pub fn sorted(mut lists: Vec<Self>) -> Vec<Self> {
        lists.sort_by_cached_key(|list| {
            let name = list.name.clone();
            (name.to_lowercase(), name, list.id.clone())
        });
        lists
    }
}

/// Checks a connection for `rollcall test`.
#[async_trait]
pub trait ConnectionTest: Send + Sync {
    /// Each thing that was tried, in order, and how it went.
    async fn test(&self) -> Vec<TestLine>;
}

/// One thing that was tried.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TestLine {
    /// What was tried (`sign in`, `read users`).
    pub what: String,
    /// What was found, or what went wrong.
    pub result: Result<String, ConnectorError>,
}

/// Someone who watches a long read or write.
pub trait Watch: Send + Sync {
    /// `done` of `total` (where the total is known) of `what` (`members read`).
    fn progress(&self, what: &str, done: usize, total: Option<usize>);
}

/// Nobody watches.
pub struct Unwatched;

impl Watch for Unwatched {
    fn progress(&self, _what: &str, _done: usize, _total: Option<usize>) {}
}

/// Why a connection could not do what was asked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ConnectorError {
    /// What kind of problem it is: callers branch on this.
    pub kind: ErrorKind,
    /// A fragment that completes "failed to …": values in backticks, shortened, without secrets.
    pub message: String,
    /// What to do about it.
    pub help: Option<String>,
}

/// What kind of problem it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ErrorKind {
    /// The settings of the connection, or the list's name, cannot be used.
    Settings,
    /// Signing in was refused.
    SignIn,
    /// Signed in, but not allowed.
    Denied,
    /// The list is not there.
    NotFound,
    /// More than one list has this name.
    Ambiguous,
    /// What came back cannot be used: a broken file, an answer in another format, a link to another host.
    BadData,
    /// The other end is overloaded, away, or gave no answer; later may work, after the time it named.
    Unavailable(Option<Duration>),
    /// Reading or writing a local file failed.
    Io,
}

impl ConnectorError {
    /// A problem without advice.
    pub fn new(kind: ErrorKind, message: impl Into<String>) -> Self {
        Self {
            kind,
            message: message.into(),
            help: None,
        }
    }

    /// The same problem with advice.
    #[must_use]
    pub fn help(mut self, help: impl Into<String>) -> Self {
        self.help = Some(help.into());
        self
    }

    /// What to do about it, also where whoever found it did not say.
    pub fn advice(&self) -> &str {
        let help = self.help.as_deref();
        help.unwrap_or_else(|| advice(self.code()))
    }

    /// A stable code for records and outcomes.
    pub fn code(&self) -> &'static str {
        match self.kind {
            ErrorKind::Settings => "settings",
            ErrorKind::SignIn => "sign-in-refused",
            ErrorKind::Denied => "permission-missing",
            ErrorKind::NotFound => "not-found",
            ErrorKind::Ambiguous => "ambiguous-name",
            ErrorKind::BadData => "bad-data",
            ErrorKind::Unavailable(_) => "unavailable",
            ErrorKind::Io => "file",
        }
    }
}

impl fmt::Display for ConnectorError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}\n{}", self.message, self.advice())
    }
}

impl std::error::Error for ConnectorError {}
