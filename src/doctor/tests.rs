//! What is said of settings, limits and definitions, and that nothing stays behind in the storage.

use jiff::ToSpan;

use super::*;
use crate::{
    definition::{
        filter::{Filter, Operand, Test},
        sync::{Direction, MatchKey, Mode},
    },
    model::{
        address::Address,
        capabilities::{AddsBy, Capabilities},
        list::{ListRef, Sides},
        member::{ExternalId, Member},
        reading::Reading,
    },
    plan::{limits::Limit, review::review},
    reconcile::reconcile,
    store::{embedded, ports::Table},
};

fn now() -> Timestamp {
    "2026-11-21T06:00:00Z".parse().unwrap()
}

fn sync() -> Sync {
    Sync::between("staff", "hr", "mail")
}

fn reading(connection: &str, addresses: std::ops::Range<usize>) -> Reading {
    let list = ListRef {
        connection: connection.to_owned(),
        list: "staff".to_owned(),
    };
    let members = addresses.map(|number| {
        Member::with_address(Address::parse(&format!("user{number:03}@acme.example")).unwrap())
    });
    Reading::whole(
        list,
        members.collect(),
        Capabilities::new(AddsBy::Address, 100),
    )
}

fn lists(source: std::ops::Range<usize>, target: std::ops::Range<usize>) -> Sides<Reading> {
    Sides {
        source: reading("hr", source),
        target: reading("mail", target),
    }
}

fn of_lists(sync: &Sync, readings: &Sides<Reading>) -> Vec<Finding> {
    let plan = reconcile(sync, &readings.source, &readings.target, None, now());
    advice::of_lists(sync, readings, &plan)
}

#[track_caller]
fn only(findings: &[Finding], level: Level, found: &str) {
    assert_eq!(findings.len(), 1, "{findings:?}");
    assert_eq!(findings[0].level, level, "{findings:?}");
    assert!(findings[0].found.contains(found), "{findings:?}");
    let must = level > Level::Note;
    let says = findings[0].todo.is_some();
    assert!(says || !must, "what matters says what to do: {findings:?}");
    assert!(!says || level != Level::Ok, "{findings:?}");
}

fn names(names: &[&str]) -> Vec<String> {
    names.iter().map(|name| (*name).to_owned()).collect()
}

#[test]
fn variables_that_are_missing_or_misspelled_are_named() {
    let variables = Variables {
        needed: vec![
            ("SECRET".to_owned(), "entra-id".to_owned()),
            ("ROLLCALL_HR_SECRET".to_owned(), "hr".to_owned()),
        ],
        set: names(&["SECRET", "ROLLCALL_HR_SECRET"]),
        ours: names(&["ROLLCALL_HR_SECRET", "ROLLCALL_LOG"]),
        known: names(&["ROLLCALL_LOG", "ROLLCALL_MAILROUTE_LOGIN"]),
        ..Variables::default()
    };
    only(&settings(&variables), Level::Ok, "the 2 variables are set");
    let missing = Variables {
        set: names(&["SECRET"]),
        ..variables.clone()
    };
    only(
        &settings(&missing),
        Level::Problem,
        "`ROLLCALL_HR_SECRET` is not set, and the connection `hr` reads it",
    );
    let unresolved = Variables {
        unresolved: vec![("ROLLCALL_HR_SECRET".to_owned(), "look at it".to_owned())],
        ..variables.clone()
    };
    only(
        &settings(&unresolved),
        Level::Problem,
        "`ROLLCALL_HR_SECRET` is still a reference to a key vault",
    );
    let misspelled = Variables {
        ours: names(&["ROLLCALL_MAILROUTE_LOGN", "ROLLCALL_XYZZY_PLUGH"]),
        ..variables.clone()
    };
    let findings = settings(&misspelled);
    assert_eq!(findings[1].level, Level::Warning);
    assert_eq!(
        findings[1].todo.as_deref(),
        Some("did you mean `ROLLCALL_MAILROUTE_LOGIN`?")
    );
    assert!(
        findings[2]
            .found
            .starts_with("`ROLLCALL_XYZZY_PLUGH` is set, and nothing reads")
    );
    let app = Variables {
        needed: Vec::new(),
        by_the_app: vec![("ROLLCALL_SCHEDULE".to_owned(), "no scheduler".to_owned())],
        ours: Vec::new(),
        ..variables
    };
    only(
        &settings(&app),
        Level::Warning,
        "`ROLLCALL_SCHEDULE` is not set: no scheduler",
    );
}

#[test]
fn limits_that_cannot_do_what_they_are_for_are_told() {
    let with = |change: fn(&mut Sync)| {
        let mut sync = sync();
        change(&mut sync);
        limits::of_definition(&sync)
    };
    let limit = |count, percent| Limit { count, percent };
    only(
        &with(|_| ()),
        Level::Ok,
        "removals wait above 10 %, additions above none",
    );
    only(
        &with(|sync| sync.limits.removals = Limit::default()),
        Level::Warning,
        "there is no limit for removals",
    );
    only(
        &with(|sync| sync.limits.removals.percent = Some(100)),
        Level::Warning,
        "there is no limit for removals",
    );
    only(
        &with(|sync| sync.limits.removals.percent = Some(60)),
        Level::Warning,
        "lets half of a list go",
    );
    only(
        &with(|sync| sync.limits.additions.count = Some(0)),
        Level::Warning,
        "every addition waits",
    );
    only(
        &with(|sync| sync.limits.removals.percent = Some(0)),
        Level::Note,
        "every removal waits",
    );
    only(
        &with(|sync| {
            sync.mode = Mode::AddOnly;
            sync.limits.removals = Limit::default();
        }),
        Level::Ok,
        "nobody is removed",
    );
    let mut counted = sync();
    counted.limits.removals = limit(Some(5), Some(60));
    only(
        &limits::of_definition(&counted),
        Level::Ok,
        "removals wait above 5 or 60 %",
    );

    let small = lists(0..10, 0..10);
    only(
        &limits::of_lists(&sync(), &small),
        Level::Note,
        "percentages are for lists of more than 10 members, and mail:staff has 10 members: there they hold only for what \
         takes away more than 2 and more than half of them",
    );
    // As it is said, so it is done.
    for (leave, is_held) in [(5, false), (6, true)] {
        let readings = lists(leave..10, 0..10);
        let plan = reconcile(&sync(), &readings.source, &readings.target, None, now());
        assert_eq!(plan.totals().remove, leave);
        let reviewed = review(plan, &sync().limits, None, now());
        assert_eq!(reviewed.held.is_some(), is_held, "{leave} of 10");
    }
    assert!(limits::of_lists(&sync(), &lists(0..11, 0..11)).is_empty());
    assert!(limits::of_lists(&sync(), &lists(0..10, 0..0)).is_empty());
    assert!(limits::of_lists(&counted, &small).is_empty());
    let mut two_way = sync();
    two_way.direction = Direction::TwoWay;
    assert_eq!(limits::of_lists(&two_way, &small).len(), 2);
}

#[test]
fn an_empty_answer_that_is_believed_is_told_with_its_end() {
    let until = |until: Timestamp| {
        let mut sync = sync();
        sync.source.empty_until = Some(until);
        advice::of_definition(&sync, now())
    };
    only(
        &until(now()),
        Level::Warning,
        "`source.emptyUntil` is over since 2026-11-21 06:00 UTC",
    );
    only(
        &until(now() + 24.hours()),
        Level::Note,
        "until 2026-11-22 06:00 UTC an empty answer of the source",
    );
    only(
        &until(now() + 1000.hours()),
        Level::Warning,
        "removals follow from it",
    );
    assert!(advice::of_definition(&sync(), now()).is_empty());
    let mut inviting = sync();
    inviting.guests.invite = true;
    only(
        &advice::of_definition(&inviting, now()),
        Level::Warning,
        "guests of any domain",
    );
    inviting.guests.domains = names(&["partner.example"]);
    assert!(advice::of_definition(&inviting, now()).is_empty());
}

#[test]
fn lists_that_have_nobody_in_common_and_filters_in_vain_are_told() {
    assert!(of_lists(&sync(), &lists(0..20, 0..20)).is_empty());
    assert!(of_lists(&sync(), &lists(0..20, 0..0)).is_empty());
    assert!(of_lists(&sync(), &lists(0..20, 19..40)).is_empty());
    only(
        &of_lists(&sync(), &lists(0..20, 20..40)),
        Level::Warning,
        "nobody is on both lists now",
    );
    let mut without_keys = lists(0..20, 0..20);
    for member in &mut without_keys.target.members {
        member.id = Some(ExternalId::from("1"));
        member.addresses.clear();
    }
    only(
        &of_lists(&sync(), &without_keys),
        Level::Warning,
        "no kind of key in common",
    );
    let mut by_id = sync();
    by_id.matching = vec![MatchKey::EmployeeId];
    only(
        &of_lists(&by_id, &lists(0..3, 0..3)),
        Level::Warning,
        "no kind of key in common",
    );

    let mut filtered = sync();
    filtered.filters.source = Filter::Attribute {
        name: "departement".to_owned(),
        test: Test::OneOf(vec![Operand::Text("Sales".to_owned())]),
    };
    let findings = of_lists(&filtered, &lists(0..3, 0..3));
    assert_eq!(findings[0].level, Level::Warning);
    assert!(
        findings[0]
            .found
            .contains("asks for `departement`, and nobody on hr:staff has it")
    );
}

#[test]
fn a_report_says_in_its_last_line_whether_it_is_safe() {
    let ok = Finding::ok("plan", "nothing to do");
    let note = Finding::note("schedule", "does not run by itself");
    let warning = Finding::warning("limits", "none").todo("set one\nsoon");
    let problem = Finding::problem("writing", "dynamic\u{1b}[2J group").todo("name another");
    let report = |findings: &[&Finding]| {
        let findings = findings.iter().map(|finding| (*finding).clone());
        Report::of(told("sync staff", findings))
    };
    assert!(report(&[&ok, &note, &warning]).safe);
    insta::assert_snapshot!(report(&[&ok, &note]).as_text(), @"
    sync staff
      ok       plan: nothing to do
      note     schedule: does not run by itself
    Safe to enable: 1 ok, 1 note, 0 warnings, 0 problems.
    ");
    let bad = report(&[&ok, &warning, &problem]);
    assert!(!bad.safe);
    insta::assert_snapshot!(bad.as_text(), @"
    sync staff
      ok       plan: nothing to do
      WARNING  limits: none
               set one
               soon
      PROBLEM  writing: dynamic\u{fffd}[2J group
               name another
    Not safe to enable: 1 ok, 0 notes, 1 warning, 1 problem.
    ");
    let json = serde_json::to_value(&bad).unwrap();
    assert_eq!(json["safe"], false);
    assert_eq!(json["findings"][2]["level"], "problem");
    assert_eq!(json["findings"][2]["about"], "sync staff");
}

#[tokio::test]
async fn the_storage_is_tried_out_and_nothing_stays_behind() {
    let folder = tempfile::tempdir().unwrap();
    let stores = embedded::open(folder.path()).unwrap();
    let findings = storage(&stores, "abc").await;
    assert_eq!(findings.len(), 3, "{findings:?}");
    assert!(
        findings.iter().all(|finding| finding.level == Level::Ok),
        "{findings:?}"
    );
    let left = stores
        .records
        .list(Table::State, "doctor", None, 10)
        .await
        .unwrap();
    assert!(left.is_empty());
    assert!(stores.blobs.list("").await.unwrap().is_empty());
    assert_eq!(stores.queue.count(crate::job::QUEUE).await.unwrap(), 0);
    // Twice at the same time: each has its own.
    let (one, other) = tokio::join!(storage(&stores, "one"), storage(&stores, "other"));
    assert!(
        one.iter()
            .chain(&other)
            .all(|finding| finding.level == Level::Ok)
    );
}

#[tokio::test]
async fn a_part_of_the_storage_that_fails_is_a_problem_and_stops_no_other() {
    let folder = tempfile::tempdir().unwrap();
    let stores = embedded::open(folder.path()).unwrap();
    // No storage takes such a key.
    let findings = storage(&stores, "a b").await;
    let levels: Vec<Level> = findings.iter().map(|finding| finding.level).collect();
    assert_eq!(
        levels,
        [Level::Problem, Level::Problem, Level::Ok],
        "{findings:?}"
    );
    assert!(findings[0].todo.is_some());
}
