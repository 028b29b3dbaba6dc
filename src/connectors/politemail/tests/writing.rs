//! Adding and removing: what is said is held against what is seen.

use super::*;
use crate::{
    plan::change::FieldChange,
    sandbox::{Effect, Fault},
};

#[tokio::test]
async fn members_are_added_and_removed_once() {
    let pair = Pair::new(server("ada bob")).await;
    let outcomes = pair.write(&adding("cyd bob dan")).await;
    assert_eq!(codes(&outcomes), ["applied", "already-so", "applied"]);
    assert_eq!(pair.staff(), ["ada", "bob", "cyd", "dan"]);
    let outcomes = pair.write(&removing("ada eve dan")).await;
    assert_eq!(codes(&outcomes), ["applied", "already-so", "applied"]);
    assert_eq!(pair.staff(), ["bob", "cyd"]);
    let contacts = pair.server.snapshot().contacts.len();
    assert_eq!(contacts, 4, "nobody's contact is deleted");
    pair.server.clear_log();
    let outcomes = pair.write(&adding("bob cyd")).await;
    assert_eq!(codes(&outcomes), ["already-so", "already-so"]);
    assert_eq!(pair.asked(), ["GET Lists(301)/Contacts"]);
}

#[tokio::test]
async fn the_state_after_one_chunk_is_the_state_before_the_next() {
    let pair = Pair::new(server("ada")).await;
    let mut writer = pair.writer("Staff", Some("301"));
    writer.write(&adding("bob cyd"), &Unwatched).await;
    writer.write(&adding("dan"), &Unwatched).await;
    writer.write(&removing("ada bob"), &Unwatched).await;
    let look = "GET Lists(301)/Contacts";
    let (add, remove) = ("POST Lists(301)/AddEmails", "POST Lists(301)/RemoveEmails");
    assert_eq!(pair.asked(), [look, add, look, add, look, remove, look]);
    assert_eq!(pair.staff(), ["cyd", "dan"]);
}

#[tokio::test]
async fn who_opted_out_is_reported_and_not_retried() {
    let mut state = server("ada");
    let (gone, idle) = (
        state.meet("gone@acme.example"),
        state.meet("idle@acme.example"),
    );
    for contact in &mut state.contacts {
        contact.opted_out |= contact.id == gone;
        contact.active_state &= contact.id != idle;
    }
    let pair = Pair::new(state).await;
    let outcomes = pair.write(&adding("bob gone idle")).await;
    let out = "refused: opted-out-or-refused";
    assert_eq!(codes(&outcomes), ["applied", out, out]);
    let Outcome::Refused(problem) = &outcomes[1] else {
        panic!("{outcomes:?}");
    };
    assert!(
        problem.message.contains("`gone@acme.example`") && problem.message.contains("opted out")
    );
}

#[tokio::test]
async fn what_shows_late_is_looked_at_again_and_not_called_an_opt_out() {
    let late = PoliteMail {
        late: 1,
        ..server("ada bob")
    };
    let pair = Pair::new(late).await;
    assert_eq!(
        codes(&pair.write(&adding("cyd dan")).await),
        ["applied", "applied"]
    );
    assert_eq!(codes(&pair.write(&removing("ada")).await), ["applied"]);
    let look = "GET Lists(301)/Contacts";
    let (add, remove) = ("POST Lists(301)/AddEmails", "POST Lists(301)/RemoveEmails");
    let asked = [look, add, look, look, look, remove, look, look];
    assert_eq!(pair.asked(), asked, "nothing is sent a second time");
}

#[tokio::test]
async fn nobody_is_said_to_have_opted_out_after_one_look() {
    let pair = Pair::new(server("ada")).await;
    let cut = Fault::new(Effect::TruncatedListing { size: 1 });
    pair.server.inject(cut.on("GET", "/Contacts").after(1));
    assert_eq!(codes(&pair.write(&adding("bob")).await), ["applied"]);
    // A second look that fails, or that there is no patience for, leaves the question open.
    let cut = Fault::new(Effect::TruncatedListing { size: 1 });
    pair.server.inject(cut.on("GET", "/Contacts").after(1));
    pair.server
        .inject(Fault::new(refusal(400)).on("GET", "/Contacts").after(1));
    let outcomes = pair.write(&adding("cyd")).await;
    assert_eq!(codes(&outcomes), ["failed: not-seen"]);
    let mut hurried = pair.connection.clone();
    hurried.wait_at_most(Duration::ZERO);
    let cut = Fault::new(Effect::TruncatedListing { size: 1 });
    pair.server.inject(cut.on("GET", "/Contacts").after(1));
    let mut writer = hurried.writer(&wanted("Staff"), Some("301")).unwrap();
    let outcomes = writer.write(&adding("dan"), &Unwatched).await;
    assert_eq!(codes(&outcomes), ["failed: not-seen"]);
}

#[tokio::test]
async fn one_member_who_stays_whatever_is_said_is_no_failure_of_the_run() {
    let stuck = PoliteMail {
        late: 9,
        ..server("ada bob")
    };
    let pair = Pair::new(stuck).await;
    let outcomes = pair.write(&removing("ada")).await;
    assert_eq!(codes(&outcomes), ["refused: still-on-the-list"]);
    assert!(outcomes[0].is_about_the_member());
}

#[tokio::test]
async fn somebody_who_is_there_and_opted_out_is_not_reported_as_added() {
    let mut state = server("ada");
    state.contacts[0].opted_out = true;
    let pair = Pair::new(state).await;
    let outcomes = pair.write(&adding("ada")).await;
    assert_eq!(codes(&outcomes), ["refused: opted-out"]);
    assert_eq!(pair.asked(), ["GET Lists(301)/Contacts"]);
}

#[tokio::test]
async fn a_lost_answer_is_settled_by_looking() {
    for effect in [Effect::DropAfter, Effect::GatewayTimeoutAfter] {
        let pair = Pair::new(server("ada bob")).await;
        pair.server
            .inject(Fault::new(effect.clone()).on("POST", "AddEmails"));
        assert_eq!(
            codes(&pair.write(&adding("cyd dan")).await),
            ["applied", "applied"]
        );
        pair.server
            .inject(Fault::new(effect).on("POST", "RemoveEmails"));
        assert_eq!(
            codes(&pair.write(&removing("ada dan")).await),
            ["applied", "applied"]
        );
        assert_eq!(pair.staff(), ["bob", "cyd"]);
        let writes = pair.asked();
        let writes = writes.iter().filter(|asked| asked.starts_with("POST"));
        assert_eq!(writes.count(), 2, "what is done is not done again");
    }
}

#[tokio::test]
async fn what_never_arrived_is_sent_again_and_not_for_ever() {
    for effect in [
        Effect::DropBefore,
        Effect::ServerError,
        Effect::BadGateway,
        Effect::Unavailable {
            retry_after_seconds: None,
        },
    ] {
        let pair = Pair::new(server("ada")).await;
        pair.server
            .inject(Fault::new(effect.clone()).on("POST", "AddEmails"));
        assert_eq!(
            codes(&pair.write(&adding("bob")).await),
            ["applied"],
            "{effect:?}"
        );
        pair.server
            .inject(Fault::new(effect.clone()).on("POST", "Emails").times(50));
        let outcomes = pair.write(&removing("ada bob")).await;
        assert_eq!(
            codes(&outcomes),
            ["failed: unavailable", "failed: unavailable"],
            "{effect:?}"
        );
        assert_eq!(pair.staff(), ["ada", "bob"]);
        assert!(pair.server.counters().requests < 20);
    }
}

#[tokio::test]
async fn whoever_opted_out_is_not_found_out_by_a_lost_answer() {
    let mut state = server("ada");
    state.meet("gone@acme.example");
    state.contacts[1].opted_out = true;
    let pair = Pair::new(state).await;
    pair.server.inject(
        Fault::new(Effect::DropAfter)
            .on("POST", "AddEmails")
            .times(9),
    );
    let outcomes = pair.write(&adding("gone bob")).await;
    assert_eq!(
        codes(&outcomes),
        ["failed: unavailable", "applied"],
        "nobody said yes to the first"
    );
}

#[tokio::test]
async fn a_page_that_calls_itself_done_is_no_success() {
    let pair = Pair::new(server("ada")).await;
    pair.server
        .inject(Fault::new(Effect::NotJson).on("GET", "/Contacts").after(1));
    let outcomes = pair.write(&adding("bob")).await;
    assert_eq!(codes(&outcomes), ["failed: bad-data"], "nobody could look");
    pair.server
        .inject(Fault::new(Effect::NotJson).on("POST", "AddEmails"));
    let outcomes = pair.write(&adding("cyd")).await;
    assert_eq!(codes(&outcomes), ["applied"], "it is seen on the list");
}

#[tokio::test]
async fn a_service_that_asks_for_a_long_wait_is_left_alone() {
    for effect in [
        Effect::Throttle {
            retry_after_seconds: Some(600.0),
        },
        Effect::Unavailable {
            retry_after_seconds: Some(600.0),
        },
    ] {
        let pair = Pair::new(server("ada")).await;
        pair.server
            .inject(Fault::new(effect).on("POST", "AddEmails"));
        let mut writer = pair.writer("Staff", Some("301"));
        let outcomes = writer.write(&adding("bob"), &Unwatched).await;
        assert_eq!(codes(&outcomes), ["failed: unavailable"]);
        assert_eq!(writer.asked_to_wait(), Some(Duration::from_secs(600)));
        let outcomes = writer.write(&adding("bob"), &Unwatched).await;
        assert_eq!(codes(&outcomes), ["applied"]);
        assert_eq!(writer.asked_to_wait(), None);
    }
}

fn refusal(status: u16) -> Effect {
    Effect::Error {
        status,
        code: String::new(),
        message: "the reason".to_owned(),
    }
}

#[tokio::test]
async fn refusals_are_told_apart() {
    for (status, code) in [
        (400, "refused: refused"),
        (401, "failed: sign-in-refused"),
        (403, "refused: permission-missing"),
        (404, "failed: list-gone"),
        (409, "failed: bad-data"),
        (422, "refused: refused"),
    ] {
        let pair = Pair::new(server("ada")).await;
        pair.server
            .inject(Fault::new(refusal(status)).on("POST", "AddEmails").times(9));
        let outcomes = pair.write(&adding("bob")).await;
        assert_eq!(codes(&outcomes), [code]);
        assert!(format!("{outcomes:?}").contains("the reason"));
        assert_eq!(pair.staff(), ["ada"]);
    }
}

#[tokio::test]
async fn one_bad_address_keeps_nobody_else_out() {
    let refuses = [email("p17"), email("p03")].into();
    let pair = Pair::new(PoliteMail {
        refuses,
        ..server("")
    })
    .await;
    let people: Vec<String> = (0..40).map(|number| format!("p{number:02}")).collect();
    let outcomes = pair.write(&adding(&people.join(" "))).await;
    for (place, code) in codes(&outcomes).iter().enumerate() {
        let wanted = if [3, 17].contains(&place) {
            "refused: refused"
        } else {
            "applied"
        };
        assert_eq!(code, wanted, "{place}");
    }
    assert_eq!(pair.staff().len(), 38);
    let looks = pair.asked();
    let looks = looks.iter().filter(|asked| asked.starts_with("GET"));
    assert_eq!(looks.count(), 2, "one before, one after");
}

#[tokio::test]
async fn a_flood_of_refusals_ends() {
    let pair = Pair::new(server("ada")).await;
    let people: Vec<String> = (0..300).map(|number| format!("p{number}")).collect();
    pair.server.inject(
        Fault::new(refusal(400))
            .on("POST", "AddEmails")
            .times(10_000),
    );
    let outcomes = pair.write(&adding(&people.join(" "))).await;
    assert!(
        codes(&outcomes)
            .iter()
            .all(|code| code == "refused: refused")
    );
    assert!(pair.server.counters().requests < 60);
}

#[tokio::test]
async fn a_doubtful_look_proves_no_absence() {
    let state = PoliteMail {
        counts: true,
        ..server("ada bob cyd")
    };
    let pair = Pair::new(state).await;
    let cut = Fault::new(Effect::TruncatedListing { size: 1 });
    pair.server
        .inject(cut.on("GET", "/Contacts").after(1).times(3));
    let outcomes = pair.write(&adding("dan")).await;
    assert_eq!(codes(&outcomes), ["failed: not-seen"]);
    let pair = Pair::new(pair.server.snapshot()).await;
    let cut = Fault::new(Effect::TruncatedListing { size: 1 });
    pair.server.inject(cut.on("GET", "/Contacts").times(9));
    let outcomes = pair.write(&removing("cyd")).await;
    assert_eq!(codes(&outcomes), ["failed: not-seen"]);
    assert_eq!(pair.staff(), ["ada", "bob", "dan"]);
}

#[tokio::test]
async fn people_are_removed_in_the_spelling_they_have_there() {
    let mut state = server("ada");
    state.contacts[0].email = "Ada@Acme.example".to_owned();
    let pair = Pair::new(state).await;
    assert_eq!(codes(&pair.write(&removing("ada")).await), ["applied"]);
    let log = pair.server.log();
    let body = log
        .iter()
        .find_map(|exchange| exchange.request.body.as_ref())
        .unwrap();
    assert_eq!(body["emails"][0], "Ada@Acme.example");
}

#[tokio::test]
async fn somebody_who_is_there_under_another_address_is_there() {
    let pair = Pair::new(server("ada")).await;
    let mut member = person("lovelace");
    member
        .addresses
        .push(Address::parse(&email("ada")).unwrap());
    let outcomes = pair.write(&[change(Action::Add, member)]).await;
    assert_eq!(codes(&outcomes), ["already-so"]);
    let twice = [adding("bob"), adding("bob")].concat();
    assert_eq!(codes(&pair.write(&twice).await), ["applied", "applied"]);
}

#[tokio::test]
async fn what_cannot_be_done_is_refused_without_a_request() {
    let pair = Pair::new(server("ada")).await;
    let field = FieldChange {
        field: "FirstName".to_owned(),
        before: None,
        after: Value::text("Ada"),
    };
    let update = [change(Action::Update(vec![field]), person("ada"))];
    assert_eq!(
        codes(&pair.write(&update).await),
        ["refused: not-supported"]
    );
    let invite = [change(Action::Invite, person("ada"))];
    assert_eq!(
        codes(&pair.write(&invite).await),
        ["refused: not-supported"]
    );
    assert_eq!(pair.server.counters().requests, 0);
    let nameless = [change(Action::Add, Member::default())];
    assert_eq!(codes(&pair.write(&nameless).await), ["refused: no-address"]);
    let mut writer = pair.writer("Staff", None);
    assert_eq!(
        codes(&writer.write(&adding("bob"), &Unwatched).await),
        ["failed: not-found"]
    );
    assert!(
        pair.connection
            .writer(&wanted("Staff"), Some("abc"))
            .is_err()
    );
}
