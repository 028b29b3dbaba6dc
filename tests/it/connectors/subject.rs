//! What the shared suite asks of each connector under test: a stand-in with one list, and the ways to look at it.

use async_trait::async_trait;
use rollcall::{
    connectors::ports::{ConnectionTest, ListReader, ListWriter, Lists},
    model::{list::ListRef, member::Member},
    plan::change::Change,
    sandbox::{Exchange, Fault},
};

/// A connector and the stand-in it talks to, over real HTTP where the platform does. Its patience is small (some hundred
/// milliseconds in all, the first wait a few): many laws wait until it has run out.
///
/// People are numbered from 0. The list is called `Staff`; there is no list called `Newcomers`.
#[async_trait]
pub(super) trait Subject: Sized + Send + Sync {
    /// The kind of connection, for messages.
    const KIND: &'static str;

    /// How many members make three pages, the last one not full. Pages are set small where the settings allow it.
    const THREE_PAGES: usize;

    /// Whether lists can be created here.
    const CREATES: bool = true;

    /// A stand-in whose `Staff` holds the first `members` people, and a connection to it. People up to 3,000 are known to
    /// the platform wherever people must be known before they can be added.
    async fn start(members: usize) -> Self;

    /// The reader of a list; one that is not there is an error.
    async fn reader(&self, list: &ListRef) -> Box<dyn ListReader>;

    /// The reader of a list that the sync may create: one that is not there reads as absent.
    async fn reader_that_may_create(&self, list: &ListRef) -> Box<dyn ListReader> {
        self.reader(list).await
    }

    /// The writer of a list, with the id that a reading gave. It may create the list where lists can be created.
    async fn writer(&self, list: &ListRef, list_id: Option<&str>) -> Box<dyn ListWriter>;

    /// What names the lists.
    fn lists(&self) -> Box<dyn Lists>;

    /// What `rollcall test` runs.
    fn test(&self) -> Box<dyn ConnectionTest>;

    /// The person with a number, as a plan names somebody to be added.
    fn person(&self, number: usize) -> Member;

    /// The numbers of the people who are on `Staff` now, sorted; looked at behind the connector's back.
    fn on_list(&self) -> Vec<usize>;

    /// An update that the platform takes and that changes this member (as it was read), or `None` where the connector
    /// updates nothing; and whether the platform now has it so.
    fn update(&self, member: &Member) -> Option<Change>;

    /// Whether the platform now has what [`Subject::update`] asked for.
    fn is_updated(&self, number: usize) -> bool;

    /// Makes something go wrong; `false` where there is nothing that could (no HTTP).
    fn inject(&self, fault: Fault) -> bool;

    /// A piece of the path and query of the requests that list members.
    fn listing(&self) -> &'static str;

    /// Method, and a piece of the path, of the requests that add members, and of those that remove them.
    fn adding(&self) -> (&'static str, &'static str);

    /// The same of those that remove members; `None` where nobody is ever removed.
    fn removing(&self) -> Option<(&'static str, &'static str)>;

    /// The same as [`Subject::adding`], of the HTTP requests in which additions travel: another one only where several
    /// requests travel in one.
    fn carrying_additions(&self) -> (&'static str, &'static str) {
        self.adding()
    }

    /// The same of removals.
    fn carrying_removals(&self) -> Option<(&'static str, &'static str)> {
        self.removing()
    }

    /// Method, and a piece of the path, of the requests that create a list.
    fn creating(&self) -> (&'static str, &'static str) {
        ("POST", "")
    }

    /// Everything that was asked and answered.
    fn log(&self) -> Vec<Exchange>;

    /// What must never be printed: keys, passwords, tokens, also in the encoded form in which they travel.
    fn secrets(&self) -> Vec<String>;
}
