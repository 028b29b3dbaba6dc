//! Additions, updates and removals: one at a time and many at a time, refused, lost, and throttled.

use rollcall::sandbox::Effect;

use super::*;

async fn staff(members: usize) -> Boards {
    Boards::start(members).await
}

/// The same boards, written many at a time.
fn for_many(boards: &Boards) -> RestConnection {
    let mut settings = settings(boards.stand_in.url());
    let many = |action: &str| {
        json!({
            "method": "POST", "path": format!("/boards/{{list}}/bulk/{action}"), "chunk": 4, "done": [202],
            "body": { "people": "{members}" }, "item": { "email": "{address}" },
        })
    };
    settings["add"] = many("add");
    settings["remove"] = many("remove");
    opened(&settings).unwrap()
}

fn additions(numbers: impl IntoIterator<Item = usize>) -> Vec<Change> {
    let numbers = numbers.into_iter();
    numbers
        .map(|number| change(Action::Add, person(number)))
        .collect()
}

async fn removals(boards: &Boards, numbers: impl IntoIterator<Item = usize>) -> Vec<Change> {
    let reading = read(&boards.connection, "Staff").await.unwrap();
    let member = |number: usize| {
        let mut members = reading.members.iter();
        members
            .find(|member| member.label() == email(number))
            .unwrap()
            .clone()
    };
    let numbers = numbers.into_iter();
    numbers
        .map(|number| change(Action::Remove, member(number)))
        .collect()
}

#[tokio::test]
async fn who_is_added_and_removed_is_so_and_was_so() {
    let boards = staff(3).await;
    let add = additions([2, 3, 4]);
    let outcomes = write(&boards.connection, &add).await;
    assert_eq!(codes(&outcomes), ["already so", "applied", "applied"]);
    assert_eq!(boards.on_list(), [0, 1, 2, 3, 4]);
    let remove = removals(&boards, [0, 4]).await;
    let outcomes = write(&boards.connection, &remove).await;
    assert_eq!(codes(&outcomes), ["applied", "applied"]);
    let outcomes = write(&boards.connection, &remove).await;
    assert_eq!(codes(&outcomes), ["already so", "already so"]);
    assert_eq!(boards.on_list(), [1, 2, 3]);

    // Somebody else's connection knows nothing of how ids are spelled.
    let another = opened(&settings(boards.stand_in.url())).unwrap();
    let remove = removals(&boards, [1]).await;
    assert_eq!(remove[0].member.id.as_ref().unwrap().as_str(), "sub-3");
    assert_eq!(write(&another, &remove).await, [Outcome::Applied]);
    assert_eq!(boards.on_list(), [2, 3]);
}

#[tokio::test]
async fn fields_are_written_and_emptied_and_those_that_do_not_change_are_left_out() {
    let boards = staff(2).await;
    let reading = read(&boards.connection, "Staff").await.unwrap();
    let update = boards.update(&reading.members[1]).unwrap();
    assert_eq!(
        write(&boards.connection, &[update]).await,
        [Outcome::Applied]
    );
    assert!(boards.is_updated(1) && !boards.is_updated(0));
    let body = boards.log().last().unwrap().request.body.clone();
    assert_eq!(body, Some(json!({ "team": "Night shift" })));
    let field = FieldChange {
        field: "team".to_owned(),
        before: Attribute::text("Night shift"),
        after: None,
    };
    let update = change(Action::Update(vec![field]), reading.members[1].clone());
    assert_eq!(
        write(&boards.connection, &[update]).await,
        [Outcome::Applied]
    );
    assert!(!boards.is_updated(1));
}

#[tokio::test]
async fn somebody_without_a_key_and_somebody_refused_are_refused_alone() {
    let boards = staff(1).await;
    let mut changes = additions([1, 2]);
    changes.insert(1, change(Action::Add, Member::default()));
    let outcomes = write(&boards.connection, &changes).await;
    assert_eq!(codes(&outcomes), ["applied", "no-value", "applied"]);
    let refusal = Effect::Error {
        status: 422,
        code: "bad-address".to_owned(),
        message: "No.".to_owned(),
    };
    boards.inject(Fault::new(refusal).on("POST", "/subscribers"));
    let outcomes = write(&boards.connection, &additions([3, 4])).await;
    let Outcome::Refused(problem) = &outcomes[0] else {
        panic!("{outcomes:?}")
    };
    assert_eq!(
        problem.message,
        "the API answered 422 Unprocessable Entity (`bad-address`): No."
    );
    assert_eq!(outcomes[1], Outcome::Applied);
}

fn losses() -> [Effect; 6] {
    [
        Effect::DropBefore,
        Effect::DropAfter,
        Effect::GatewayTimeoutAfter,
        Effect::ServerError,
        Effect::BadGateway,
        Effect::Unavailable {
            retry_after_seconds: None,
        },
    ]
}

#[tokio::test]
async fn a_lost_answer_is_settled_by_looking() {
    for effect in losses() {
        let was_done = matches!(effect, Effect::DropAfter | Effect::GatewayTimeoutAfter);
        let boards = staff(3).await;
        boards.inject(
            Fault::new(effect.clone())
                .on("POST", "/subscribers")
                .after(1),
        );
        let outcomes = write(&boards.connection, &additions([3, 4, 5])).await;
        let expected = if was_done { "applied" } else { "no-answer" };
        assert_eq!(
            codes(&outcomes),
            ["applied", expected, "applied"],
            "{effect:?}"
        );
        assert_eq!(boards.on_list().contains(&4), was_done);

        boards.inject(Fault::new(effect.clone()).on("DELETE", "/subscribers"));
        let outcomes = write(&boards.connection, &removals(&boards, [0, 1]).await).await;
        assert_eq!(codes(&outcomes), [expected, "applied"], "{effect:?}");
        assert_eq!(boards.on_list().contains(&0), !was_done);
    }
}

#[tokio::test]
async fn answers_that_stay_lost_are_failures_and_the_rest_is_not_tried() {
    for effect in losses() {
        let boards = staff(3).await;
        boards.inject(
            Fault::new(effect.clone())
                .on("POST", "/subscribers")
                .times(1_000),
        );
        let outcomes = write(&boards.connection, &additions(3..20)).await;
        let there = boards.on_list();
        for (number, outcome) in (3..20).zip(&outcomes) {
            assert_eq!(
                outcome.is_done(),
                there.contains(&number),
                "{effect:?} {number}"
            );
        }
        assert!(
            codes(&outcomes)[2..]
                .iter()
                .all(|code| *code == "not-tried"),
            "{outcomes:?}"
        );
    }
}

#[tokio::test]
async fn a_removal_that_nobody_can_prove_is_a_failure() {
    let boards = staff(3).await;
    let remove = removals(&boards, [0]).await;
    boards.inject(Fault::new(Effect::DropBefore).on("DELETE", "/subscribers"));
    let truncated = Effect::TruncatedListing { size: 0 };
    boards.inject(Fault::new(truncated).on("GET", "/subscribers").times(2));
    let outcomes = write(&boards.connection, &remove).await;
    assert_eq!(
        codes(&outcomes),
        ["no-answer"],
        "an empty listing proves nothing"
    );
}

#[tokio::test]
async fn a_yes_that_was_not_agreed_is_no_success() {
    let boards = staff(3).await;
    let yes = Effect::Error {
        status: 200,
        code: "ok".to_owned(),
        message: "Thank you.".to_owned(),
    };
    boards.inject(Fault::new(yes).on("POST", "/subscribers"));
    let outcomes = write(&boards.connection, &additions([3])).await;
    assert_eq!(codes(&outcomes), ["no-answer"]);
}

#[tokio::test]
async fn a_long_wait_is_left_to_the_caller() {
    let hour = Some(Duration::from_secs(3600));
    let retry_after_seconds = Some(3600.0);
    for (effect, code) in [
        (
            Effect::Throttle {
                retry_after_seconds,
            },
            "unavailable",
        ),
        (
            Effect::Unavailable {
                retry_after_seconds,
            },
            "no-answer",
        ),
    ] {
        let boards = staff(3).await;
        boards.inject(Fault::new(effect).on("POST", "/subscribers").after(1));
        let mut writer = boards.connection.writer(&wanted("Staff"), None).unwrap();
        let outcomes = writer.write(&additions([3, 4, 5]), &Unwatched).await;
        assert_eq!(codes(&outcomes), ["applied", code, "not-tried"]);
        assert!(matches!(outcomes[1], Outcome::Failed(_)));
        assert_eq!(writer.asked_to_wait(), hour);
        assert_eq!(boards.on_list(), [0, 1, 2, 3]);
        let outcomes = writer.write(&additions([4, 5]), &Unwatched).await;
        assert_eq!(outcomes, [Outcome::Applied, Outcome::Applied]);
        assert_eq!(writer.asked_to_wait(), None);
    }
}

#[tokio::test]
async fn many_at_a_time_are_looked_at_afterwards() {
    let boards = staff(3).await;
    boards.stand_in.edit(|state| state.ignored.push(email(5)));
    let connection = for_many(&boards);
    boards.stand_in.clear_log();
    let outcomes = write(&connection, &additions(3..12)).await;
    let mut expected = vec!["applied"; 9];
    expected[2] = "not-taken";
    assert_eq!(codes(&outcomes), expected);
    assert_eq!(boards.stand_in.counters().writes, 3);
    assert_eq!(boards.on_list().len(), 11);
    let remove = removals(&boards, [0, 3, 4, 6, 7]).await;
    let outcomes = write(&connection, &remove).await;
    assert_eq!(outcomes, vec![Outcome::Applied; 5]);
    assert_eq!(boards.on_list(), [1, 2, 8, 9, 10, 11]);
}

#[tokio::test]
async fn one_bad_address_among_many_is_refused_alone() {
    let boards = staff(1).await;
    let mut settings = settings(boards.stand_in.url());
    settings["add"] = json!({
        "method": "POST", "path": "/boards/{list}/bulk/add", "chunk": 8, "done": [202],
        "body": { "people": "{members}" }, "item": { "email": "{field:shown}", "name": "{address}" },
    });
    let connection = opened(&settings).unwrap();
    let mut changes = additions(1..7);
    for (number, change) in (1..7).zip(&mut changes) {
        let shown = if number == 4 {
            "nobody".to_owned()
        } else {
            email(number)
        };
        let shown = Attribute::text(&shown).unwrap();
        change.member.attributes.insert("shown".to_owned(), shown);
    }
    let outcomes = write(&connection, &changes).await;
    assert_eq!(
        codes(&outcomes),
        [
            "applied", "applied", "applied", "refused", "applied", "applied"
        ]
    );
    assert_eq!(boards.on_list(), [0, 1, 2, 3, 5, 6]);
}

#[tokio::test]
async fn a_list_is_made_once_even_when_the_answer_is_lost() {
    for effect in [
        Effect::DropAfter,
        Effect::GatewayTimeoutAfter,
        Effect::DropBefore,
    ] {
        let boards = staff(1).await;
        let made = || {
            let titles = boards.stand_in.snapshot().boards.into_iter();
            titles.filter(|board| board.title == "Newcomers").count()
        };
        boards.inject(Fault::new(effect.clone()).on("POST", "/boards"));
        let mut writer = boards.writer(&list("Newcomers"), None).await;
        let first = writer.create_list().await;
        assert_eq!(first.is_ok(), effect != Effect::DropBefore, "{first:?}");
        let mut another = boards.writer(&list("Newcomers"), None).await;
        let second = another.create_list().await.unwrap();
        assert!(first.is_err() || first == Ok(second));
        assert_eq!(made(), 1, "{effect:?}");
        let outcomes = another.write(&additions([1]), &Unwatched).await;
        assert_eq!(outcomes, [Outcome::Applied]);
        assert_eq!(boards.stand_in.snapshot().emails("Newcomers"), [email(1)]);
    }
}
