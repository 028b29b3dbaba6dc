//! What every connector promises, as laws over a [`Subject`]; and the macro that makes a test of each of them.
//!
//! A connector under test names the sets that hold for it. A set that is left out although the connector can do what it
//! is about is a failure of its own (`no_set_is_left_out`).

pub(super) mod adding;
pub(super) mod adding_over_http;
pub(super) mod asking;
pub(super) mod asking_over_http;
pub(super) mod creating;
pub(super) mod creating_over_http;
pub(super) mod reading;
pub(super) mod reading_over_http;
pub(super) mod removing;
pub(super) mod removing_over_http;
pub(super) mod truncation;
pub(super) mod updating;
#[allow(dead_code, reason = "the platforms that update members follow")]
pub(super) mod updating_over_http;
mod writes;

use std::{ops::Range, time::Duration};

use rollcall::{
    connectors::ports::{ConnectorError, ErrorKind, ListReader, Unwatched},
    model::{
        attributes::Value, capabilities::Updatable, list::ListRef, member::Member, reading::Reading,
    },
    plan::change::{Action, Change, FieldChange},
    sandbox::{Effect, Fault},
};

use super::subject::Subject;

/// Makes a test of each law of these sets, in a module for each set: `laws!(PoliteMail: reading, adding, …);`.
///
/// - always: `reading`, `asking`
/// - where members are added, removed, updated, lists created: `adding`, `removing`, `updating`, `creating`
/// - over HTTP, each of the same with `_over_http`
/// - where a listing says how much there is: `truncation`
macro_rules! laws {
    ($subject:ty: $($set:ident),+ $(,)?) => {
        $(laws!(@$set $subject);)+

        #[tokio::test]
        async fn no_set_is_left_out() {
            crate::connectors::laws::no_set_is_left_out::<$subject>(&[$(stringify!($set)),+]).await;
        }
    };
    (@reading $subject:ty) => { laws!(@set reading $subject:
        every_page_is_read,
        an_absent_list_is_an_error_unless_it_may_be_created,
        reading_twice_gives_the_same,
    ); };
    (@reading_over_http $subject:ty) => { laws!(@set reading_over_http $subject:
        short_empty_and_repeated_pages_lose_nobody,
        a_link_to_another_host_is_not_followed,
        pages_that_go_in_circles_are_an_error,
        a_refusal_is_told_by_its_kind,
        a_page_that_fails_later_fails_the_reading,
        a_passing_trouble_is_waited_out,
        a_lasting_trouble_is_an_error,
        a_page_of_html_is_bad_data,
        unknown_fields_are_tolerated,
    ); };
    (@truncation $subject:ty) => { laws!(@set truncation $subject:
        a_listing_that_ends_early_is_no_whole_reading,
    ); };
    (@adding $subject:ty) => { laws!(@set adding $subject:
        who_is_added_is_on_the_list,
        each_change_has_its_outcome_in_order,
        somebody_without_a_key_is_refused_alone,
        nothing_to_add_is_nothing_done,
    ); };
    (@adding_over_http $subject:ty) => { laws!(@set adding_over_http $subject:
        a_lost_answer_is_never_a_false_success,
        answers_that_stay_lost_are_failures,
        a_refusal_of_one_request_is_told_truly,
        a_refusal_of_every_request_is_told_truly,
        success_without_effect_is_no_success,
        being_throttled_is_waited_out,
        a_long_wait_is_left_to_the_caller,
        unknown_fields_are_tolerated,
    ); };
    (@removing $subject:ty) => { laws!(@set removing $subject:
        who_is_removed_is_gone,
        each_change_has_its_outcome_in_order,
    ); };
    (@removing_over_http $subject:ty) => { laws!(@set removing_over_http $subject:
        a_lost_answer_is_never_a_false_success,
        answers_that_stay_lost_are_failures,
        a_refusal_of_one_request_is_told_truly,
        a_refusal_of_every_request_is_told_truly,
        success_without_effect_is_no_success,
        being_throttled_is_waited_out,
        a_long_wait_is_left_to_the_caller,
        unknown_fields_are_tolerated,
    ); };
    (@updating $subject:ty) => { laws!(@set updating $subject:
        an_update_changes_what_it_says,
    ); };
    (@updating_over_http $subject:ty) => { laws!(@set updating_over_http $subject:
        a_lost_answer_is_never_a_false_success,
        a_refusal_is_told_truly,
    ); };
    (@creating $subject:ty) => { laws!(@set creating $subject:
        a_list_is_created_once,
        a_new_list_takes_members,
    ); };
    (@creating_over_http $subject:ty) => { laws!(@set creating_over_http $subject:
        a_lost_answer_creates_one_list,
        a_refusal_is_told_by_its_kind,
    ); };
    (@asking $subject:ty) => { laws!(@set asking $subject:
        the_list_is_named,
        a_test_of_what_works_succeeds,
    ); };
    (@asking_over_http $subject:ty) => { laws!(@set asking_over_http $subject:
        every_page_of_lists_is_read_or_the_trouble_is_told,
        lists_are_named_or_the_kind_of_trouble_is,
        a_test_of_what_is_refused_fails,
        nothing_secret_is_said,
    ); };
    (@set $set:ident $subject:ty: $($law:ident),+ $(,)?) => {
        mod $set {
            use super::*;

            $(#[tokio::test]
            async fn $law() {
                crate::connectors::laws::within_a_minute(
                    crate::connectors::laws::$set::$law::<$subject>()
                ).await;
            })+
        }
    };
}

/// So many times that it never ends within a test.
const ALWAYS: u32 = 100_000;

/// The list that is there.
fn staff<S: Subject>() -> ListRef {
    named::<S>("Staff")
}

/// The list that is not there.
fn newcomers<S: Subject>() -> ListRef {
    named::<S>("Newcomers")
}

fn named<S: Subject>(list: &str) -> ListRef {
    ListRef {
        connection: S::KIND.to_owned(),
        list: list.to_owned(),
    }
}

/// A law ends: what goes on for ever is a failure, and not a hanging test.
pub(super) async fn within_a_minute(law: impl Future<Output = ()>) {
    let deadline = Duration::from_secs(60);
    assert!(
        tokio::time::timeout(deadline, law).await.is_ok(),
        "it did not come to an end"
    );
}

/// What is said in favour of a connection is looked at: what it can do has to be held to its laws.
pub(super) async fn no_set_is_left_out<S: Subject>(sets: &[&str]) {
    let subject = S::start(1).await;
    let capabilities = whole(&subject).await.capabilities;
    let over_http = subject.inject(Fault::new(Effect::ServerError).on("NONE", "/nowhere"));
    assert_eq!(
        subject.removing().is_some() || !over_http,
        capabilities.keeps.is_none(),
        "requests that remove go with somebody being removed: {:?}",
        capabilities.keeps
    );
    let updates = capabilities.updatable != Updatable::Nothing;
    for (set, holds) in [
        ("reading", true),
        ("asking", true),
        ("adding", true),
        ("removing", capabilities.keeps.is_none()),
        ("updating", updates),
        ("creating", S::CREATES),
    ] {
        assert_eq!(sets.contains(&set), holds, "{set}");
        let set = format!("{set}_over_http");
        assert_eq!(sets.contains(&set.as_str()), holds && over_http, "{set}");
    }
}

async fn read_by(reader: Box<dyn ListReader>) -> Result<Reading, ConnectorError> {
    reader.read(&Unwatched).await
}

async fn read<S: Subject>(subject: &S) -> Result<Reading, ConnectorError> {
    read_by(subject.reader(&staff::<S>()).await).await
}

/// The list, read without doubt.
async fn whole<S: Subject>(subject: &S) -> Reading {
    let reading = read(subject).await.unwrap();
    assert!(reading.exists);
    assert_eq!(reading.doubts, Vec::<String>::new());
    reading
}

/// Whether a member that was read is the person who was to be added.
fn is_same(member: &Member, person: &Member) -> bool {
    let shares_id = person.id.is_some() && member.id == person.id;
    let mut addresses = person.addresses.iter();
    let mut phones = person.phones.iter();
    shares_id
        || addresses.any(|address| member.addresses.contains(address))
        || phones.any(|phone| member.phones.contains(phone))
}

/// The people with these numbers, as plans name them.
fn people<S: Subject>(subject: &S, numbers: impl IntoIterator<Item = usize>) -> Vec<Member> {
    numbers
        .into_iter()
        .map(|number| subject.person(number))
        .collect()
}

/// The member of the reading who has this number.
fn member_of<S: Subject>(subject: &S, reading: &Reading, number: usize) -> Member {
    let person = subject.person(number);
    let mut found = reading
        .members
        .iter()
        .filter(|member| is_same(member, &person));
    let member = found.next().unwrap().clone();
    assert_eq!(found.next(), None, "person {number} was read twice");
    member
}

/// The reading holds exactly these people, each of them once.
fn holds<S: Subject>(subject: &S, reading: &Reading, numbers: Range<usize>) {
    assert_eq!(reading.members.len(), numbers.len());
    for number in numbers {
        member_of(subject, reading, number);
    }
}

/// What a fault did to a reading: either it was not about this platform, and nobody is missing, or it is an error of
/// this kind.
fn is_whole_or<S: Subject>(
    subject: &S,
    result: Result<Reading, ConnectorError>,
    numbers: Range<usize>,
    kind: ErrorKind,
) {
    match result {
        Ok(reading) => holds(subject, &reading, numbers),
        Err(error) => assert_eq!(error.kind, kind, "{error}"),
    }
}

/// Whether an error is of a kind, however long the service wants to be left alone.
fn is_of_kind(error: &ConnectorError, kind: ErrorKind) -> bool {
    match kind {
        ErrorKind::Unavailable(_) => matches!(error.kind, ErrorKind::Unavailable(_)),
        kind => error.kind == kind,
    }
}

/// An error of the platform; nothing is done.
fn refusal(status: u16) -> Effect {
    Effect::Error {
        status,
        code: "TestedRefusal".to_owned(),
        message: "This was refused by a test.".to_owned(),
    }
}

/// An update that changes one field of a member from one text to another.
pub(super) fn update_of(member: &Member, field: &str, before: &str, after: &str) -> Change {
    let field = FieldChange {
        field: field.to_owned(),
        before: Value::text(before),
        after: Value::text(after),
    };
    writes::change(Action::Update(vec![field]), member.clone())
}
