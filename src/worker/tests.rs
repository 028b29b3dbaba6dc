use jiff::Timestamp;

use super::{follow_up::*, *};
use crate::{
    model::list::{ListRef, Sides},
    summary::{Status, Summary},
};

fn summary(problem: Option<&str>, asked: Option<u64>, cut_short: bool) -> Summary {
    let list = || ListRef {
        connection: "a".to_owned(),
        list: String::new(),
    };
    let lists = Sides {
        source: list(),
        target: list(),
    };
    let begun = Summary::begun("r", "sales", lists, "schedule", Timestamp::UNIX_EPOCH);
    let mut summary = match problem {
        Some(code) => begun.stopped(
            Problem {
                code: code.to_owned(),
                message: "it was away".to_owned(),
                help: None,
            },
            Timestamp::UNIX_EPOCH,
        ),
        None => {
            let mut partial = begun;
            partial.status = Some(Status::Partial);
            partial
        }
    };
    summary.asked_to_wait = asked;
    summary.cut_short = cut_short;
    summary
}

fn job() -> Job {
    Job::new("r".to_owned(), "sales", Trigger::Schedule, "schedule")
}

#[test]
fn a_failure_that_may_pass_is_tried_again_later_and_later_and_then_pauses() {
    for code in ["unavailable", "not-found"] {
        let failed = summary(Some(code), None, false);
        let mut waited = Duration::ZERO;
        for failures in 1..=7 {
            let FollowUp::Retry(wait) = follow_up(&failed, &job(), failures) else {
                panic!("no retry after {failures} failures");
            };
            assert!(wait > waited || failures == 1);
            waited = wait;
        }
        assert_eq!(
            follow_up(&failed, &job(), 8),
            FollowUp::Pause("8 runs in a row failed, the last one: it was away".to_owned())
        );
    }
}

#[test]
fn what_no_repetition_helps_is_not_repeated() {
    let denied = summary(Some("permission-missing"), None, false);
    assert_eq!(follow_up(&denied, &job(), 1), FollowUp::Nothing);
    assert_eq!(follow_up(&denied, &job(), 2), FollowUp::Nothing);
    assert!(matches!(follow_up(&denied, &job(), 3), FollowUp::Pause(_)));
}

#[test]
fn a_service_that_names_a_time_gets_it() {
    let throttled = summary(Some("unavailable"), Some(600), false);
    assert_eq!(
        follow_up(&throttled, &job(), 1),
        FollowUp::Retry(Duration::from_secs(600))
    );
    let in_the_middle = summary(None, Some(600), false);
    assert_eq!(
        follow_up(&in_the_middle, &job(), 0),
        FollowUp::Rest(Duration::from_secs(600))
    );
}

#[test]
fn what_a_deadline_left_follows_at_once_and_not_for_ever() {
    let cut = summary(None, None, true);
    assert_eq!(follow_up(&cut, &job(), 0), FollowUp::Rest(Duration::ZERO));
    let endless = Job {
        parts: 500,
        ..job()
    };
    assert_eq!(follow_up(&cut, &endless, 0), FollowUp::Nothing);
    let preview = Job {
        mode: Mode::Preview,
        ..job()
    };
    assert_eq!(follow_up(&cut, &preview, 0), FollowUp::Nothing);
}
