//! Bodies, and how much of the memory they get.

use std::time::Duration;

use axum::{body::Body as HttpBody, body::Bytes, extract::Request};
use futures::{StreamExt, stream};

use super::body::{Budget, Taken, take};
use crate::intake::Body;

fn request(body: impl Into<HttpBody>) -> Request {
    Request::new(body.into())
}

/// What became of a body, in a word.
fn word(taken: &Taken) -> &'static str {
    match taken {
        Taken::Body(Body::Whole(_), _) => "whole",
        Taken::Body(Body::TooLarge, _) => "too large",
        Taken::NoRoom => "no room",
    }
}

#[tokio::test]
async fn bodies_share_the_room_and_give_it_back() {
    let budget = Budget::of(10_000);
    let first = take(request(vec![b'x'; 6000]), true, &budget).await;
    assert_eq!(word(&first), "whole");
    let second = take(request(vec![b'x'; 6000]), true, &budget).await;
    assert_eq!(word(&second), "no room");
    // Who is not worth keeping takes no room.
    let unkept = take(request(vec![b'x'; 60_000]), false, &budget).await;
    assert_eq!(word(&unkept), "too large");
    let small = take(request("small"), true, &budget).await;
    let Taken::Body(Body::Whole(bytes), _) = &small else {
        panic!("{}", word(&small));
    };
    assert_eq!(bytes.as_slice(), b"small");
    drop(first);
    let second = take(request(vec![b'x'; 6000]), true, &budget).await;
    assert_eq!(word(&second), "whole");
    // A body in many pieces takes no more room than in one.
    drop((second, small));
    let pieces = (0..9000).map(|_| Ok::<_, std::io::Error>(Bytes::from_static(b"x")));
    let pieces = stream::iter(pieces);
    let many = take(request(HttpBody::from_stream(pieces)), true, &budget).await;
    assert_eq!(word(&many), "whole");
}

#[tokio::test(start_paused = true)]
async fn a_body_that_does_not_end_is_given_up() {
    let budget = Budget::of(10_000);
    let endless = stream::once(async { Ok::<_, std::io::Error>(Bytes::from_static(b"x")) })
        .chain(stream::pending());
    let before = tokio::time::Instant::now();
    let taken = take(request(HttpBody::from_stream(endless)), true, &budget).await;
    assert_eq!(word(&taken), "too large");
    assert_eq!(before.elapsed(), Duration::from_secs(60));
    let broken = stream::iter([
        Ok(Bytes::from_static(b"x")),
        Err(std::io::Error::other("gone")),
    ]);
    let taken = take(request(HttpBody::from_stream(broken)), true, &budget).await;
    assert_eq!(word(&taken), "too large");
}

/// Somebody who never stops is heard out for a while only.
#[tokio::test]
async fn a_body_without_an_end_is_not_heard_for_ever() {
    let chunk = Bytes::from(vec![b'x'; 1 << 20]);
    let endless = stream::repeat_with(move || Ok::<_, std::io::Error>(chunk.clone()));
    for keep in [true, false] {
        let body = HttpBody::from_stream(endless.clone());
        let taken = take(request(body), keep, &Budget::default()).await;
        assert_eq!(word(&taken), "too large");
    }
}
