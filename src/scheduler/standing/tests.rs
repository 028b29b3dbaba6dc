use super::*;
use crate::{
    agenda::{LastRun, Mark},
    definition::schedule::When,
    summary::{Done, Status},
};

fn at(text: &str) -> Timestamp {
    text.parse().unwrap()
}

fn daily() -> Schedule {
    Schedule {
        automatic: true,
        when: Some(When::Cron("0 0 6 * * *".to_owned())),
        ..Schedule::manual()
    }
}

fn ran(key: ListKey, started: &str) -> Entry {
    let mut entry = Entry::new(key, at("2026-11-01T00:00:00Z"));
    entry.state = State::Unchanged;
    entry.last = Some(LastRun {
        run: "r".to_owned(),
        status: Status::Unchanged,
        started: at(started),
        finished: Some(at(started)),
        done: Done::default(),
    });
    entry.mark = Some(Mark {
        schedule: schedule_text(&daily()),
        since: None,
        through: at("2026-11-20T06:00:00Z"),
        pending: None,
    });
    entry
}

fn whole() -> Entry {
    ran(ListKey::of("staff"), "2026-11-20T06:01:00Z")
}

fn overdue(entry: &Entry, now: &str) -> usize {
    standing(entry, entry, &daily(), at(now)).overdue_periods
}

#[test]
fn the_times_that_passed_since_the_last_run_began_are_counted() {
    assert_eq!(overdue(&whole(), "2026-11-21T05:59:59Z"), 0);
    assert_eq!(overdue(&whole(), "2026-11-21T06:00:00Z"), 1);
    assert_eq!(overdue(&whole(), "2026-11-23T12:00:00Z"), 3);
    assert_eq!(overdue(&whole(), "2028-11-23T12:00:00Z"), MOST_PERIODS);
}

#[test]
fn what_does_not_run_by_itself_is_not_overdue() {
    let now = "2026-11-25T12:00:00Z";
    let mut entry = whole();
    entry.paused = Some(Paused {
        reason: "later".to_owned(),
        by: "ada".to_owned(),
        since: at("2026-11-21T00:00:00Z"),
        until: None,
    });
    assert_eq!(overdue(&entry, now), 0);
    entry.resume();
    entry.since = at("2026-11-25T11:00:00Z");
    assert_eq!(overdue(&entry, now), 0, "it was just resumed");
    entry = whole();
    entry.backed_off = Some(at("2026-11-26T00:00:00Z"));
    assert_eq!(overdue(&entry, now), 0, "a retry comes first");
    let never = standing(&whole(), &whole(), &Schedule::manual(), at(now));
    assert_eq!((never.overdue_periods, never.next_due), (0, None));
}

#[test]
fn a_schedule_that_came_later_has_missed_nothing() {
    let now = "2026-11-25T12:00:00Z";
    let mut entry = whole();
    entry.mark.as_mut().unwrap().schedule = "off".to_owned();
    assert_eq!(overdue(&entry, now), 0, "nobody has noticed it yet");
    let mark = entry.mark.as_mut().unwrap();
    mark.schedule = schedule_text(&daily());
    mark.since = Some(at("2026-11-24T12:00:00Z"));
    assert_eq!(overdue(&entry, now), 1);
}

#[test]
fn a_list_runs_when_its_sync_does() {
    let now = at("2026-11-22T12:00:00Z");
    let mut list = ran(ListKey::of("staff/sales"), "2026-11-20T06:02:00Z");
    list.mark = None;
    let told = standing(&list, &whole(), &daily(), now);
    assert_eq!(told.overdue_periods, 2);
    assert_eq!(told.key.list.as_deref(), Some("sales"));
    let mut paused = whole();
    paused.paused = Some(Paused {
        reason: "later".to_owned(),
        by: "ada".to_owned(),
        since: now,
        until: None,
    });
    let told = standing(&list, &paused, &daily(), now);
    assert_eq!((told.overdue_periods, told.next_due), (0, None));
    assert_eq!(told.state, State::Unchanged);
}
