//! When an app is well after it was published: who answers, and how the waiting ends.

use super::{
    installed::{Installed, publish},
    stage::Ran,
};

const BEFORE: &str =
    r#"answer 200 '{"status":"ok","version":"1.2.2","started":"2000-01-01T00:00:00Z"}'"#;
const SAME_BEFORE: &str =
    r#"answer 200 '{"status":"ok","version":"1.2.3","started":"2000-01-01T00:00:00Z"}'"#;
const WELL: &str =
    r#"answer 200 '{"status":"ok","version":"1.2.3","started":"2999-01-01T00:00:00Z"}'"#;
const SILENT: &str = r#"answer 200 '{"status":"ok","version":"1.2.3"}'"#;
const AWAY: &str = "echo 'curl: (7) refused' >&2; exit 7";
const REFUSED: &str = r#"answer 503 '{"type":"urn:rollcall:newer-data","title":"newer"}'"#;
const UPGRADING: &str = r#"answer 503 '{"type":"urn:rollcall:upgrading","title":"forward","detail":"`run 7` is at work"}'"#;

/// Publishes to an app that answers so, the last answer again and again.
fn answering(answers: &[&str], wait: &str) -> Ran {
    let (last, first) = answers.split_last().unwrap();
    let turns = first
        .iter()
        .enumerate()
        .map(|(at, answer)| format!("{}) {answer} ;;\n", at + 1));
    let turns: String = turns.collect();
    let curl = format!("case $turn in\n{turns}*) {last} ;;\nesac");
    let stage = Installed {
        curl: &curl,
        ..Installed::default()
    }
    .stage();
    publish(&stage, &["--wait", wait])
}

fn asked(ran: &Ran) -> usize {
    ran.that_begin("curl").len()
}

#[test]
fn two_answers_in_a_row_of_the_new_process_are_waited_for() {
    for (answers, times) in [
        (&[WELL][..], 2),
        (&[SILENT][..], 2),
        (&[AWAY, REFUSED, WELL][..], 4),
        // What ran before answers until it is gone, in between as well.
        (&[BEFORE, WELL, BEFORE, WELL][..], 5),
        (&[SAME_BEFORE, WELL, SAME_BEFORE, WELL][..], 5),
        (&[WELL, AWAY, WELL][..], 4),
        (&[WELL, REFUSED, SILENT][..], 4),
        (&[UPGRADING, UPGRADING, WELL][..], 4),
    ] {
        let ran = answering(answers, "600").exits(0);
        let ran = ran.complains("the app is well");
        assert_eq!(asked(&ran), times, "{answers:?}");
        assert_eq!(ran.that_begin("sleep 5").len(), times - 1);
    }
}

#[test]
fn time_that_is_up_says_who_answers_instead() {
    for (answer, why) in [
        (BEFORE, "the version 1.2.2 answers"),
        (
            SAME_BEFORE,
            "a process answers that started at 2000-01-01T00:00:00Z, before",
        ),
        (AWAY, "curl: (7) refused"),
        (
            REFUSED,
            "it answers with 503: {\"type\":\"urn:rollcall:newer-data\"",
        ),
        ("answer 401 ''", "it answers with 401"),
        ("answer 200 'well'", "the version (it says none) answers"),
    ] {
        let ran = answering(&[answer], "0")
            .exits(1)
            .complains("did not say within 0 seconds that it is well as version 1.2.3: ")
            .complains(why)
            .complains("go back to the one before with: infra/rollback.sh --group rg\n");
        assert_eq!(asked(&ran), 1);
    }
    // Well once is not enough; it is asked again although the time is up.
    for then in [AWAY, BEFORE] {
        let ran = answering(&[WELL, then], "0").exits(1);
        assert_eq!(asked(&ran), 2);
    }
}

#[test]
fn nobody_goes_back_because_of_runs_under_way() {
    for answers in [&[UPGRADING][..], &[WELL, UPGRADING][..]] {
        let ran = answering(answers, "0")
            .exits(1)
            .complains("the app is not ready yet: `run 7` is at work\n")
            .complains("in place, and not ready yet\ndo not go back");
        assert!(!ran.err.contains("rollback.sh"), "{}", ran.err);
    }
    let told = answering(&[UPGRADING, UPGRADING, UPGRADING, WELL], "600").exits(0);
    assert_eq!(told.err.matches("not ready yet").count(), 1);
}

#[test]
fn an_app_without_functions_is_not_well_yet() {
    let stage = Installed {
        first: "case \"$*\" in 'functionapp function keys list'*) exit 1 ;; esac",
        ..Installed::default()
    }
    .stage();
    publish(&stage, &[])
        .exits(1)
        .complains("it has no function ApiRead yet");
}
