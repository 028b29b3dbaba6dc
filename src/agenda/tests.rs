use jiff::ToSpan;

use super::*;
use crate::{
    definition::schedule::{Schedule, When},
    model::list::{ListRef, Sides},
    plan::outcome::Problem,
    store::embedded,
    summary::Summary,
};

fn at(text: &str) -> Timestamp {
    text.parse().unwrap()
}

fn key(list: Option<&str>) -> ListKey {
    ListKey {
        sync: "sales".to_owned(),
        list: list.map(str::to_owned),
    }
}

fn daily() -> Schedule {
    Schedule {
        automatic: true,
        when: Some(When::Cron("0 0 6 * * *".to_owned())),
        zone: "UTC".to_owned(),
    }
}

fn failed(run: &str, started: Timestamp) -> Summary {
    let list = |connection: &str| ListRef {
        connection: connection.to_owned(),
        list: String::new(),
    };
    let lists = Sides {
        source: list("a"),
        target: list("b"),
    };
    let problem = Problem {
        code: "unavailable".to_owned(),
        message: "away".to_owned(),
        help: None,
    };
    Summary::begun(run, "sales", lists, "schedule", started).stopped(problem, started)
}

#[test]
fn what_was_missed_is_due_once_and_with_its_newest_time() {
    let mut entry = Entry::new(key(None), at("2026-11-01T00:00:00Z"));
    assert_eq!(entry.due(&daily(), at("2026-11-21T07:00:00Z")), None);
    entry.mark = Some(Mark {
        since: None,
        schedule: schedule_text(&daily()),
        through: at("2026-11-18T06:00:00Z"),
        pending: None,
    });
    assert_eq!(entry.due(&daily(), at("2026-11-19T05:59:59Z")), None);
    assert_eq!(
        entry.due(&daily(), at("2026-11-21T07:00:00Z")),
        Some(at("2026-11-21T06:00:00Z"))
    );
    let other = Schedule {
        zone: "Asia/Tokyo".to_owned(),
        ..daily()
    };
    assert_eq!(
        entry.due(&other, at("2026-11-21T07:00:00Z")),
        None,
        "another schedule has missed nothing"
    );
}

#[test]
fn failures_in_a_row_are_counted_once_for_each_run() {
    let start = at("2026-11-21T06:00:00Z");
    let mut entry = Entry::new(key(None), start);
    entry.ran(&failed("a", start));
    entry.ran(&failed("a", start));
    assert_eq!(entry.failures, 1, "a job that is delivered twice");
    entry.ran(&failed("b", start + 1.hour()));
    assert_eq!(entry.failures, 2);
    entry.ran(&failed("late", start));
    assert_eq!(entry.last.as_ref().unwrap().run, "b");
    assert_eq!(entry.failures, 2);
}

#[test]
fn a_pause_ends_by_itself_when_it_says_so() {
    let start = at("2026-11-21T06:00:00Z");
    let mut entry = Entry::new(key(None), start);
    entry.paused = Some(Paused {
        reason: "migration".to_owned(),
        by: "ada".to_owned(),
        since: start,
        until: Some(start + 1.hour()),
    });
    assert_eq!(entry.judged(start), State::Paused);
    assert_eq!(entry.judged(start + 1.hour()), State::New);
}

#[tokio::test]
async fn a_list_stands_in_one_state_also_after_a_crash() {
    let folder = tempfile::tempdir().unwrap();
    let stores = embedded::open(folder.path()).unwrap();
    let start = at("2026-11-21T06:00:00Z");
    for list in [None, Some("Support"), Some("Zürich / EMEA")] {
        change(&stores, &key(list), start, |_| {}).await.unwrap();
    }
    assert_eq!(in_state(&stores, State::New).await.unwrap().len(), 3);
    change(&stores, &key(Some("Support")), start, |entry| {
        entry.ran(&failed("a", start));
    })
    .await
    .unwrap();
    assert_eq!(in_state(&stores, State::New).await.unwrap().len(), 2);
    let of_failed = in_state(&stores, State::Failed).await.unwrap();
    assert_eq!(of_failed[0].key, key(Some("Support")));

    // A crash after the entry was written, before the index was.
    let (mut entry, version) = get(&stores, &key(None)).await.unwrap().unwrap();
    entry.previous = Some(State::New);
    entry.ran(&failed("b", start));
    entry.state = State::Failed;
    write(&stores, &entry, Some(&version)).await.unwrap();
    assert_eq!(in_state(&stores, State::New).await.unwrap().len(), 2);
    change(&stores, &key(None), start, |_| {}).await.unwrap();
    assert_eq!(in_state(&stores, State::New).await.unwrap().len(), 1);
    assert_eq!(in_state(&stores, State::Failed).await.unwrap().len(), 2);

    forget(&stores, &key(None)).await.unwrap();
    assert_eq!(in_state(&stores, State::Failed).await.unwrap().len(), 1);
    assert_eq!(all(&stores).await.unwrap().len(), 2);
}

#[tokio::test]
async fn of_two_changes_at_once_none_is_lost() {
    let folder = tempfile::tempdir().unwrap();
    let stores = embedded::open(folder.path()).unwrap();
    let start = at("2026-11-21T06:00:00Z");
    let key = key(None);
    let one = || change(&stores, &key, start, |entry| entry.failures += 1);
    let (left, right) = tokio::join!(one(), one());
    left.unwrap();
    right.unwrap();
    let (entry, _) = get(&stores, &key).await.unwrap().unwrap();
    assert_eq!(entry.failures, 2);
}

#[test]
fn the_next_time_is_the_one_that_is_really_next() {
    let now = at("2026-11-21T12:00:00Z");
    let mut entry = Entry::new(key(None), now);
    assert_eq!(entry.next_due(&Schedule::manual(), now), None);
    let tomorrow = at("2026-11-22T06:00:00Z");
    assert_eq!(entry.next_due(&daily(), now), Some(tomorrow));
    entry.mark = Some(Mark {
        since: None,
        schedule: schedule_text(&daily()),
        through: at("2026-11-20T06:00:00Z"),
        pending: None,
    });
    let missed = at("2026-11-21T06:00:00Z");
    assert_eq!(entry.next_due(&daily(), now), Some(missed), "it is late");
    let pause = |until: Option<&str>| Paused {
        reason: "x".to_owned(),
        by: "ada".to_owned(),
        since: now,
        until: until.map(at),
    };
    entry.paused = Some(pause(Some("2026-11-21T18:00:00Z")));
    let end = at("2026-11-21T18:00:00Z");
    assert_eq!(entry.next_due(&daily(), now), Some(end), "caught up then");
    entry.mark = None;
    assert_eq!(entry.next_due(&daily(), now), Some(tomorrow));
    entry.paused = Some(pause(None));
    assert_eq!(entry.next_due(&daily(), now), None);
}
