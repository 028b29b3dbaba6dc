use super::*;

fn job() -> Job {
    Job::new(
        "20261121T060000-sales".to_owned(),
        "sales",
        Trigger::Schedule,
        "schedule",
    )
}

#[test]
fn a_job_comes_back_as_it_went() {
    let full = Job {
        list: Some("Support \"EMEA\" ☃".to_owned()),
        mode: Mode::Preview,
        approval: Some(Approval {
            digest: "80a2fa2a6c44".to_owned(),
            by: "ada".to_owned(),
            expires: Timestamp::UNIX_EPOCH,
        }),
        retries: 2,
        parts: 1,
        waits: 7,
        ..job()
    };
    for job in [job(), full] {
        assert_eq!(Job::parse(&job.render()), Ok(job));
    }
}

#[test]
fn the_form_of_a_message_is_kept() {
    assert_eq!(
        job().render(),
        r#"{"version":1,"run":"20261121T060000-sales","sync":"sales","trigger":"schedule","cause":"schedule","mode":"apply","retries":0,"parts":0,"waits":0}"#
    );
}

/// A rollcall from before there were restores reads version 1 alone, and leaves the others to newer ones.
#[test]
fn a_message_that_undoes_a_run_says_that_it_is_newer() {
    let restoring = job().restoring("20261120T060000-sales");
    assert_eq!(
        restoring.render(),
        r#"{"version":2,"run":"20261121T060000-sales","sync":"sales","trigger":"schedule","cause":"schedule","mode":"apply","restores":"20261120T060000-sales","retries":0,"parts":0,"waits":0}"#
    );
    assert_eq!(Job::parse(&restoring.render()), Ok(restoring));
}

#[test]
fn what_is_no_job_is_told_from_what_is_newer() {
    for text in [
        "",
        "hello",
        "null",
        "42",
        "[]",
        "{}",
        r#"{"version":1}"#,
        r#"{"version":1,"run":"","sync":"a","trigger":"hand","cause":"","mode":"apply"}"#,
    ] {
        assert!(
            matches!(Job::parse(text), Err(NotAJob::Garbage(_))),
            "{text}"
        );
    }
    // While an app is upgraded both programs read the queue.
    let more =
        r#"{"version":1,"run":"a","sync":"a","trigger":"hand","cause":"","mode":"apply","more":1}"#;
    assert_eq!(Job::parse(more).unwrap().run, "a");
    let newer = r#"{"version":3,"anything":["else"]}"#;
    assert_eq!(Job::parse(newer), Err(NotAJob::Newer(3)));
}

#[test]
fn a_trace_travels_with_the_job_and_decides_nothing() {
    let trace = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";
    let traced = job().traced(Some(trace.to_owned()));
    assert_eq!(Job::parse(&traced.render()), Ok(traced.clone()));
    assert_eq!(traced.clone().traced(None), traced, "it stays in its trace");
    for nonsense in [
        "",
        "ada@acme.example",
        "00-4BF92F3577B34DA6A3CE929D0E0E4736-00f067aa0ba902b7-01",
    ] {
        let with_nonsense = job().traced(Some(nonsense.to_owned()));
        assert_eq!(Job::parse(&with_nonsense.render()), Ok(job()), "{nonsense}");
    }
}

#[test]
fn followers_do_not_grow_with_their_number() {
    let first = job();
    let second = Job {
        run: first.follower('r', 1),
        ..job()
    };
    assert_eq!(second.run, "20261121T060000-sales.r1");
    assert_eq!(second.follower('r', 2), "20261121T060000-sales.r2");
    let dotted = Job {
        run: "a.rest".to_owned(),
        ..job()
    };
    assert_eq!(dotted.follower('c', 1), "a.rest.c1");
}

#[test]
fn the_run_of_notices_is_no_scheduled_one_and_can_be_tried_again() {
    let end: Timestamp = "2026-11-21T10:15:00Z".parse().unwrap();
    let run = notice_run(end, "staff");
    assert_eq!(run, "20261121T101500-staff.n");
    assert_ne!(run, scheduled_run(end, "staff"));
    let mut job = Job::new(run, "staff", Trigger::Notice, "notice of `hr`");
    job.run = job.follower('r', 1);
    assert_eq!(job.run, "20261121T101500-staff.n.r1");
    assert_eq!(job.follower('r', 2), "20261121T101500-staff.n.r2");
}
