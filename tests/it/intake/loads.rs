//! The newest load wins, whatever the order they come in, and whoever reads finds a whole one.

use futures::future::join_all;
use rollcall::intake::feed;

use super::{
    call::Call,
    stage::{PEOPLE, Stage, TOKEN},
};

/// A load whose rows all say the same, so that a mixture shows.
fn uniform(number: usize) -> String {
    let row = format!("p{number}@acme.org\n").repeat(200);
    format!("email\n{row}")
}

#[tokio::test]
async fn a_load_that_was_overtaken_does_not_replace_a_newer_one() {
    let stage = Stage::new().await;
    stage.wait(100);
    stage
        .send(Call::load("newer", PEOPLE).aged(10))
        .await
        .is(202);
    let late = stage.send(Call::load("older", uniform(1)).aged(60)).await;
    late.is(202);
    assert_eq!(stage.latest("workday").await.as_deref(), Some(PEOPLE));
    // It was taken in all the same.
    assert_eq!(stage.blobs("deliveries/").await.len(), 2);
    assert_eq!(stage.blobs("feeds/").await.len(), 1);
    stage.send(Call::load("newest", uniform(2))).await.is(202);
    assert_eq!(stage.latest("workday").await, Some(uniform(2)));
    assert_eq!(stage.blobs("feeds/").await.len(), 1);
}

/// A clock that is ahead does not keep later loads out.
#[tokio::test]
async fn a_load_from_the_future_is_as_old_as_its_arrival() {
    let stage = Stage::new().await;
    stage
        .send(Call::load("ahead", PEOPLE).aged(-200))
        .await
        .is(202);
    stage.wait(1);
    stage
        .send(Call::load("x", uniform(1)).shows(TOKEN))
        .await
        .is(202);
    assert_eq!(stage.latest("workday").await, Some(uniform(1)));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn of_many_loads_at_once_the_newest_stays_and_readers_see_whole_ones() {
    let stage = Stage::new().await;
    stage.wait(100);
    stage
        .send(Call::load("first", uniform(99)).aged(100))
        .await
        .is(202);
    let loads = (0..12).map(|number| {
        // Neither the first nor the last to be sent is the newest.
        let age = [50, 40, 30, 20, 10, 1, 5, 15, 25, 35, 45, 55][number];
        stage.send(Call::load(&format!("msg_{number}"), uniform(number)).aged(age))
    });
    let reading = async {
        let mut seen = 0;
        for _ in 0..200 {
            let load = feed::latest(stage.stores(), "workday").await.unwrap();
            let text = String::from_utf8(load.unwrap().bytes).unwrap();
            let number = text["email\np".len()..].split('@').next().unwrap();
            assert_eq!(text, uniform(number.parse().unwrap()));
            seen += 1;
        }
        seen
    };
    let (answers, seen) = tokio::join!(join_all(loads), reading);
    answers.iter().for_each(|answer| {
        answer.is(202);
    });
    assert_eq!(seen, 200);
    assert_eq!(stage.latest("workday").await, Some(uniform(5)));
    assert_eq!(stage.blobs("feeds/").await.len(), 1);
    assert_eq!(stage.blobs("deliveries/").await.len(), 13);
}

#[tokio::test]
async fn a_load_that_is_gone_is_an_error_and_no_empty_list() {
    let stage = Stage::new().await;
    assert_eq!(stage.latest("workday").await, None);
    stage.send(Call::load("msg_1", PEOPLE)).await.is(202);
    let blob = stage.blobs("feeds/").await.remove(0);
    stage.stores().blobs.delete(&blob).await.unwrap();
    let error = feed::latest(stage.stores(), "workday").await.err().unwrap();
    assert!(
        error.to_string().contains("send everybody again"),
        "{error}"
    );
    // The deliveries are for looking at: nothing depends on them.
    stage.send(Call::load("msg_2", PEOPLE)).await.is(202);
    for blob in stage.blobs("deliveries/").await {
        stage.stores().blobs.delete(&blob).await.unwrap();
    }
    assert_eq!(stage.latest("workday").await.as_deref(), Some(PEOPLE));
}
