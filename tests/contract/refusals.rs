//! Requests that break the contract: the sandbox refuses them in the envelope that the contract describes.
//!
//! Knows the sandbox only over HTTP and by its log.

use rollcall::sandbox::scenario::User;
use serde_json::json;

use crate::judge::{judge, judge_log};
use crate::tenant::{EVERYONE, tenant};
use crate::walker::Walker;

#[tokio::test]
async fn refused_requests_get_the_error_envelope() {
    let walker = Walker::new(tenant()).await;
    let group = format!("/groups/{EVERYONE}");
    let many: Vec<String> = (0..21)
        .map(|number| walker.reference(&User::numbered_id(number)))
        .collect();
    let get = json!({"id": "1", "method": "GET", "url": "/users"});
    let (members, ids) = (format!("{group}/members"), vec![EVERYONE; 21]);
    let cases = [
        (
            "PATCH",
            group.as_str(),
            Some(json!({"members@odata.bind": many})),
            400,
        ),
        (
            "PATCH",
            group.as_str(),
            Some(json!({"displayname": "x"})),
            400,
        ),
        ("PATCH", group.as_str(), None, 400),
        (
            "POST",
            &format!("{members}/$ref"),
            Some(json!({"@odata.id": "/directoryObjects/x"})),
            400,
        ),
        (
            "POST",
            "/groups",
            Some(json!({"displayName": "x", "mailEnabled": false, "securityEnabled": true})),
            400,
        ),
        (
            "POST",
            "/$batch",
            Some(json!({"requests": [get, get]})),
            400,
        ),
        ("POST", "/$batch", Some(json!({"requests": []})), 400),
        (
            "POST",
            "/directoryObjects/getByIds",
            Some(json!({"ids": []})),
            400,
        ),
        (
            "POST",
            &format!("/directoryObjects/{EVERYONE}/checkMemberObjects"),
            Some(json!({"ids": ids})),
            400,
        ),
        (
            "POST",
            "/invitations",
            Some(json!({"invitedUserEmailAddress": "bob@fabrikam.example"})),
            400,
        ),
        ("GET", "/users?$top=1000", None, 400),
        ("GET", "/users?$skip=10", None, 400),
        ("GET", "/users?$select=emailAddress", None, 400),
        ("GET", "/users/$count", None, 400),
        ("GET", "/nowhere", None, 404),
        ("DELETE", &format!("{members}/$ref"), None, 405),
        (
            "GET",
            &format!("{members}/microsoft.graph.message"),
            None,
            400,
        ),
    ];
    for (method, url, body, expected) in cases {
        let (status, answer) = walker.send(method, url, &[], body).await;
        assert_eq!(status, expected, "{method} {url}: {answer}");
        let faults = judge().faults_by_name("contract.error", &answer);
        assert!(faults.is_empty(), "{method} {url}: {faults:#?}");
    }
    let wrong = format!("{members}/{}", User::numbered_id(10));
    assert_eq!(walker.delete(&wrong).await.0, 204);
    assert_eq!(walker.sandbox.counters().users_deleted, 1);
    let log = walker.sandbox.log();
    let last = judge_log(&log[log.len() - 1..]);
    assert!(
        last[0].contains("no such operation"),
        "a delete without /$ref is caught: {last:?}"
    );
}
