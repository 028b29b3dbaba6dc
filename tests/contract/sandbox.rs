//! The sandbox, walked through from end to end: every request sent and every answer given must fit the slice.
//!
//! Knows the sandbox only over HTTP and by its log.

use std::collections::BTreeSet;

use rollcall::sandbox::scenario::{Quota, User};
use rollcall::sandbox::{Effect, Fault};

use crate::judge::judge;
use crate::reading::{follow_changes, read_members, read_people_and_groups};
use crate::tenant::{EVERYONE, UNIFIED, tenant};
use crate::walker::Walker;
use crate::writing::{look_objects_up, send_batches, write_groups, write_members, write_people};

/// Operations that the sandbox does not stand in for.
const NOT_THERE: [&str; 7] = [
    "POST /users/{user-id}/sendMail",
    "GET /subscriptions",
    "POST /subscriptions",
    "GET /subscriptions/{subscription-id}",
    "PATCH /subscriptions/{subscription-id}",
    "DELETE /subscriptions/{subscription-id}",
    "POST /subscriptions/{subscription-id}/reauthorize",
];

#[tokio::test]
async fn everything_asked_and_answered_fits_the_slice() {
    let walker = Walker::new(tenant()).await;
    walker.sign_in("wrong").await;
    read_people_and_groups(&walker).await;
    read_members(&walker).await;
    write_members(&walker).await;
    write_groups(&walker).await;
    write_people(&walker).await;
    look_objects_up(&walker).await;
    follow_changes(&walker).await;
    send_batches(&walker).await;
    meet_faults(&walker).await;
    walker.verdict();

    let seen: BTreeSet<String> = walker
        .sandbox
        .log()
        .iter()
        .filter_map(|exchange| {
            judge().operation_of(&exchange.request.method, &exchange.request.url)
        })
        .collect();
    let missing: Vec<String> = judge()
        .operations()
        .into_iter()
        .filter(|operation| !seen.contains(operation) && !NOT_THERE.contains(&operation.as_str()))
        .collect();
    assert!(missing.is_empty(), "never walked: {missing:?}");
    assert_eq!(walker.sandbox.counters().unknown_paths, 0);
    walker.sandbox.stop().await;
}

async fn meet_faults(walker: &Walker) {
    let effects = [
        (Effect::Conflict, 409),
        (
            Effect::Throttle {
                retry_after_seconds: Some(2.128),
            },
            429,
        ),
        (
            Effect::Throttle {
                retry_after_seconds: None,
            },
            429,
        ),
        (Effect::ServerError, 500),
        (
            Effect::Unavailable {
                retry_after_seconds: None,
            },
            503,
        ),
    ];
    for (effect, status) in effects {
        walker.sandbox.inject(Fault::new(effect));
        let add = format!("/groups/{UNIFIED}/members/$ref");
        assert_eq!(
            walker
                .post(&add, walker.link(&User::numbered_id(25)))
                .await
                .0,
            status
        );
    }
    let lists = [
        Effect::EmptyPage,
        Effect::ShortPage { size: 1 },
        Effect::TruncatedListing { size: 1 },
        Effect::RepeatedObjects,
        Effect::PartialObjects,
        Effect::HiddenMembership,
        Effect::CyclingNextLink,
        Effect::ForeignNextLink {
            origin: "https://graph.attacker.example".to_owned(),
        },
    ];
    for effect in lists {
        for url in [
            "/users",
            "/groups/delta",
            &format!("/groups/{EVERYONE}/members"),
        ] {
            walker.sandbox.inject(Fault::new(effect.clone()));
            assert_eq!(walker.get(url).await.0, 200, "{effect:?}");
        }
    }
    let (_, page) = walker.get("/users?$top=2").await;
    walker.sandbox.inject(Fault::new(Effect::ExpirePageTokens));
    assert_eq!(
        walker
            .get(page["@odata.nextLink"].as_str().expect("a link"))
            .await
            .0,
        400
    );
    walker.sandbox.edit(|scenario| {
        scenario.quota = Quota {
            enabled: true,
            writes_per150s: 1,
            ..Quota::default()
        };
    });
    let add = format!("/groups/{UNIFIED}/members/$ref");
    assert_eq!(
        walker
            .post(&add, walker.link(&User::numbered_id(26)))
            .await
            .0,
        204
    );
    assert_eq!(
        walker
            .post(&add, walker.link(&User::numbered_id(27)))
            .await
            .0,
        429
    );
    walker.sandbox.inject(Fault::new(Effect::ExpireTokens));
    assert_eq!(walker.get("/users").await.0, 401);
}
