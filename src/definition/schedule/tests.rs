//! Due times, above all on the days the clock is changed.

use jiff::Timestamp;

use super::{Schedule, When, normalised};

fn cron(expression: &str, zone: &str) -> Schedule {
    Schedule {
        automatic: true,
        when: Some(When::Cron(normalised(expression).unwrap())),
        zone: zone.to_owned(),
    }
}

fn times_per_day(times: u8, zone: &str) -> Schedule {
    Schedule {
        automatic: true,
        when: Some(When::TimesPerDay(times)),
        zone: zone.to_owned(),
    }
}

/// The due times after `from` until `to`, as the local clock shows them.
fn due(schedule: &Schedule, from: &str, to: &str) -> Vec<String> {
    let zone = super::zone(&schedule.zone).unwrap();
    let to: Timestamp = to.parse().unwrap();
    let mut now: Timestamp = from.parse().unwrap();
    let mut due = Vec::new();
    while let Some(next) = schedule.next_after(now) {
        assert!(next > now);
        if next > to {
            break;
        }
        due.push(
            next.to_zoned(zone.clone())
                .strftime("%d %H:%M %:z")
                .to_string(),
        );
        now = next;
    }
    due
}

#[test]
fn nothing_is_due_by_itself_unless_asked_for() {
    let now = "2026-11-20T12:00:00Z".parse().unwrap();
    assert_eq!(Schedule::manual().next_after(now), None);
    let off = Schedule {
        automatic: false,
        ..cron("0 6 * * *", "UTC")
    };
    assert_eq!(off.next_after(now), None);
    let nowhere = cron("0 6 * * *", "Mars/Olympus");
    assert_eq!(nowhere.next_after(now), None);
    assert_eq!(times_per_day(0, "UTC").next_after(now), None);
}

#[test]
fn the_next_time_is_after_now_and_in_the_zone() {
    let daily = cron("0 6 * * *", "Europe/Zurich");
    assert_eq!(
        due(&daily, "2026-11-20T05:00:00Z", "2026-11-22T05:00:00Z"),
        ["21 06:00 +01:00", "22 06:00 +01:00"]
    );
    let before = due(&daily, "2026-11-20T04:59:59.5Z", "2026-11-20T06:00:00Z");
    assert_eq!(before, ["20 06:00 +01:00"]);
}

// Zurich: on 29 March 2026 the clock goes from 02:00 to 03:00, on 25 October from 03:00 back to 02:00.

#[test]
fn a_time_that_is_skipped_is_due_once_at_the_end_of_the_gap() {
    let (from, to) = ("2026-03-28T00:00:00Z", "2026-03-30T12:00:00Z");
    let half_past_two = cron("30 2 * * *", "Europe/Zurich");
    let expected = ["28 02:30 +01:00", "29 03:00 +02:00", "30 02:30 +02:00"];
    assert_eq!(due(&half_past_two, from, to), expected);
    let twice = cron("0,30 2,3 * * *", "Europe/Zurich");
    assert_eq!(
        due(&twice, "2026-03-28T12:00:00Z", "2026-03-29T12:00:00Z"),
        ["29 03:00 +02:00", "29 03:30 +02:00"]
    );
}

#[test]
fn a_time_that_comes_twice_is_due_once() {
    let (from, to) = ("2026-10-24T12:00:00Z", "2026-10-26T12:00:00Z");
    let half_past_two = cron("30 2 * * *", "Europe/Zurich");
    let expected = ["25 02:30 +02:00", "26 02:30 +01:00"];
    assert_eq!(due(&half_past_two, from, to), expected);
    let often = cron("*/30 2 * * *", "Europe/Zurich");
    assert_eq!(
        due(&often, from, "2026-10-25T12:00:00Z"),
        ["25 02:00 +02:00", "25 02:30 +02:00"]
    );
    // Also when somebody asks between the two.
    let between = due(&half_past_two, "2026-10-25T01:10:00Z", to);
    assert_eq!(between, ["26 02:30 +01:00"]);
}

#[test]
fn every_hour_follows_the_hours_as_they_pass() {
    let hourly = cron("0 * * * *", "Europe/Zurich");
    assert_eq!(
        due(&hourly, "2026-10-24T23:30:00Z", "2026-10-25T02:30:00Z"),
        ["25 02:00 +02:00", "25 02:00 +01:00", "25 03:00 +01:00"]
    );
    assert_eq!(
        due(&hourly, "2026-03-28T23:30:00Z", "2026-03-29T02:00:00Z"),
        ["29 01:00 +01:00", "29 03:00 +02:00", "29 04:00 +02:00"]
    );
}

#[test]
fn times_per_day_are_spread_from_local_midnight() {
    let four = times_per_day(4, "Asia/Singapore");
    assert_eq!(
        due(&four, "2026-11-20T00:00:00Z", "2026-11-20T23:59:00Z"),
        [
            "20 12:00 +08:00",
            "20 18:00 +08:00",
            "21 00:00 +08:00",
            "21 06:00 +08:00"
        ]
    );
    let three = times_per_day(3, "UTC");
    assert_eq!(
        due(&three, "2026-11-20T00:00:00Z", "2026-11-21T00:00:00Z"),
        ["20 08:00 +00:00", "20 16:00 +00:00", "21 00:00 +00:00"]
    );
    // In Cairo the clock went from midnight to 01:00 on 24 April 2026, and back at midnight on 30 October.
    let once = times_per_day(1, "Africa/Cairo");
    assert_eq!(
        due(&once, "2026-04-23T12:00:00Z", "2026-04-25T12:00:00Z"),
        ["24 01:00 +03:00", "25 00:00 +03:00"]
    );
    assert_eq!(
        due(&once, "2026-10-29T12:00:00Z", "2026-10-31T12:00:00Z").len(),
        2
    );
}

#[test]
fn every_day_of_the_year_has_the_same_number_of_runs() {
    for zone in [
        "Europe/Zurich",
        "America/New_York",
        "Australia/Lord_Howe",
        "Asia/Kolkata",
    ] {
        for times in 1..=4 {
            let schedule = times_per_day(times, zone);
            let year = due(&schedule, "2026-01-01T12:30:00Z", "2027-01-01T12:30:00Z");
            assert_eq!(year.len(), 365 * usize::from(times), "{zone}");
        }
    }
}

#[test]
fn cron_expressions_get_six_fields() {
    for (written, six) in [
        ("0 6 * * *", "0 0 6 * * *"),
        (" 15  0 6 * * mon-fri ", "15 0 6 * * MON-FRI"),
        ("0/5 * * * *", "0 0/5 * * * *"),
        ("*/15 8-18 1,15 JAN-MAR *", "0 */15 8-18 1,15 JAN-MAR *"),
        ("0 0 * * FRI-SUN", "0 0 0 * * FRI-SUN"),
        ("0 0 29 2 *", "0 0 0 29 2 *"),
        ("0 0 * * 7", "0 0 0 * * 7"),
    ] {
        assert_eq!(normalised(written).as_deref(), Ok(six), "{written}");
    }
}

#[test]
fn what_azure_functions_would_not_take_is_refused() {
    for wrong in [
        "",
        "6",
        "* * * *",
        "0 0 0 0 0 0 0",
        "@daily",
        " @hourly",
        "0 0 L * *",
        "0 0 15W * *",
        "0 0 ? * *",
        "0 0 * * 5#2",
        "0 0 * * 5L",
        "60 * * * *",
        "* 24 * * *",
        "0 0 0 * *",
        "0 0 32 * *",
        "0 0 * 13 *",
        "0 0 * * 8",
        "0 0 30 2 *",
        "0 0 31 4,6 *",
        "*/0 * * * *",
        "*/x * * * *",
        "*/99 * * * *",
        "5-1 * * * *",
        ", * * * *",
        "0 0 * * SUNDAY",
        "0 0 * MO *",
        "- * * * *",
        "1- * * * *",
        "+1 * * * *",
        "٣ * * * *",
        "0 0 * * +1",
        "70/5 * * * *",
        "/5 * * * *",
        "1-2-3 * * * *",
        "1/2/3 * * * *",
    ] {
        assert!(normalised(wrong).is_err(), "{wrong}");
    }
}

#[test]
fn day_and_weekday_must_both_fit() {
    let friday_the_13th = cron("0 0 13 * FRI", "UTC");
    let next = friday_the_13th.next_after("2026-01-01T00:00:00Z".parse().unwrap());
    assert_eq!(next, Some("2026-02-13T00:00:00Z".parse().unwrap()));
}

#[test]
fn the_message_names_the_field_and_what_is_allowed() {
    assert_eq!(
        normalised("0 0 ? * MON").unwrap_err(),
        "`?` is not allowed for the day; allowed: `*`, 1 to 31, joined by `,` `-` `/`\n\
         `L`, `W`, `#` and `?` are not understood by Azure Functions either; say `*` for `?`"
    );
    assert_eq!(
        normalised("0 0 * * FOO").unwrap_err(),
        "`FOO` is not allowed for the weekday; allowed: `*`, 0 to 7, `SUN` to `SAT`, joined by `,` `-` `/`"
    );
}
