//! The errors of Microsoft Graph, one by one.

use serde_json::json;

use super::*;

const GROUP: &str = "00000000-0000-4000-8000-000000009001";
const MEMBER: &str = "00000000-0000-4000-8000-000000000100";

fn judged(doing: Doing, young: bool, status: u16, code: &str, message: &str) -> String {
    let answer = Answer {
        status,
        retry_after: None,
        body: json!({"error": {"code": code, "message": message}}),
    };
    let circumstances = Circumstances {
        doing,
        group: GROUP,
        young,
        flatten: false,
    };
    let outcome = |outcome: &Outcome| match outcome {
        Outcome::Applied => "applied".to_owned(),
        Outcome::AlreadySo => "already so".to_owned(),
        Outcome::HandedOver { .. } => "handed over".to_owned(),
        Outcome::Refused(problem) => format!("refused {}", problem.code),
        Outcome::Failed(problem) => format!("failed {}", problem.code),
    };
    match judge(&answer, circumstances) {
        Verdict::Done => "done".to_owned(),
        Verdict::Again(later, _) => format!("again {}", later.code()),
        Verdict::One(one) => format!("one: {}", outcome(&one)),
        Verdict::Request(all) => format!("request: {}", outcome(&all)),
        Verdict::List(all) => format!("list: {}", outcome(&all)),
    }
}

#[test]
fn every_error_has_its_meaning() {
    use Doing::{Adding, Removing};
    let missing = |id: &str| {
        format!(
            "Resource '{id}' does not exist or one of its queried reference-property objects are not present."
        )
    };
    let (member_gone, group_gone) = (missing(MEMBER), missing(GROUP));
    let exists = "One or more added object references already exist for the following modified properties: 'members'.";
    let absent = "One or more removed object references do not exist for the following modified properties: 'members'.";
    let young = "The source resource object or one of the objects being referenced don't exist.";
    let mail = "Cannot Update a mail-enabled security groups and or distribution list.";
    let synced = "Unable to update the specified properties for on-premises mastered Directory Sync objects or objects currently undergoing migration.";
    let guests = "Guests users are not allowed to join this Unified Group due to policy setting.";
    let quota = "Unable to perform operation as '50001' would exceed the maximum quota count '50000' for forward-link members.";
    let denied = "Insufficient privileges to complete the operation.";
    let busy =
        "Error due to concurrent requests being made to the tenant. Please wait briefly and retry.";
    let bad = "Request_BadRequest";
    for (doing, is_young, status, code, message, meaning) in [
        (Adding, false, 204, "", "", "done"),
        (Adding, false, 200, "", "", "again unavailable"),
        (Adding, false, 202, "", "", "again unavailable"),
        (Adding, false, 400, bad, exists, "one: already so"),
        (Removing, false, 400, bad, exists, "one: refused refused"),
        (Removing, false, 400, bad, absent, "one: already so"),
        (
            Removing,
            false,
            404,
            "Request_ResourceNotFound",
            &member_gone,
            "one: already so",
        ),
        (
            Removing,
            false,
            404,
            "Request_ResourceNotFound",
            &group_gone,
            "list: refused list-gone",
        ),
        (
            Adding,
            false,
            404,
            "Request_ResourceNotFound",
            &group_gone,
            "list: refused list-gone",
        ),
        (
            Adding,
            false,
            404,
            "request_resourcenotfound",
            &member_gone,
            "one: refused not-found",
        ),
        (
            Adding,
            true,
            404,
            "Request_ResourceNotFound",
            &group_gone,
            "again not-yet-visible",
        ),
        (
            Adding,
            false,
            400,
            bad,
            young,
            "one: failed not-yet-visible",
        ),
        (Adding, true, 400, bad, young, "again not-yet-visible"),
        (
            Adding,
            false,
            400,
            bad,
            mail,
            "list: refused list-not-writable",
        ),
        (
            Removing,
            false,
            403,
            "Authorization_RequestDenied",
            mail,
            "list: refused list-not-writable",
        ),
        (
            Adding,
            false,
            400,
            bad,
            synced,
            "list: refused list-not-writable",
        ),
        (
            Adding,
            false,
            403,
            "Authorization_RequestDenied",
            guests,
            "one: refused guest-refused",
        ),
        (
            Adding,
            false,
            400,
            bad,
            guests,
            "one: refused guest-refused",
        ),
        (
            Adding,
            false,
            403,
            "Directory_QuotaExceeded",
            quota,
            "request: refused quota",
        ),
        (
            Adding,
            false,
            403,
            "Authorization_RequestDenied",
            denied,
            "list: refused permission-missing",
        ),
        (
            Adding,
            false,
            409,
            "Directory_ConcurrencyViolation",
            busy,
            "again conflict",
        ),
        (
            Adding,
            false,
            400,
            "Directory_ConcurrencyViolation",
            busy,
            "again conflict",
        ),
        (
            Adding,
            false,
            503,
            "Directory_ConcurrencyViolation",
            busy,
            "again conflict",
        ),
        (
            Adding,
            false,
            429,
            "TooManyRequests",
            "Please retry again later.",
            "again throttled",
        ),
        (
            Adding,
            false,
            424,
            "FailedDependency",
            "",
            "again unavailable",
        ),
        (
            Adding,
            false,
            500,
            "InternalServerError",
            "",
            "again unavailable",
        ),
        (Adding, false, 502, "", "", "again unavailable"),
        (
            Adding,
            false,
            503,
            "ServiceUnavailable",
            "",
            "again unavailable",
        ),
        (
            Adding,
            false,
            504,
            "GatewayTimeout",
            "",
            "again unavailable",
        ),
        (
            Adding,
            false,
            401,
            "InvalidAuthenticationToken",
            "",
            "list: failed sign-in-refused",
        ),
        (
            Adding,
            false,
            400,
            bad,
            "Invalid object identifier 'x'.",
            "one: refused refused",
        ),
        (Removing, false, 404, "", "", "request: failed bad-data"),
        (
            Removing,
            false,
            404,
            "ResourceNotFound",
            "Resource not found for the segment 'members'.",
            "one: failed not-found",
        ),
        (Adding, false, 403, "", "", "request: failed bad-data"),
        (Adding, false, 302, "", "", "request: failed bad-data"),
    ] {
        assert_eq!(
            judged(doing, is_young, status, code, message),
            meaning,
            "{doing:?} {status} {code} {message}"
        );
    }
}

#[test]
fn a_member_through_a_nested_group_is_not_already_gone() {
    let answer = Answer {
        status: 404,
        retry_after: None,
        body: json!({"error": {"code": "Request_ResourceNotFound", "message": "no"}}),
    };
    let circumstances = Circumstances {
        doing: Doing::Removing,
        group: GROUP,
        young: false,
        flatten: true,
    };
    let Verdict::One(Outcome::Refused(problem)) = judge(&answer, circumstances) else {
        panic!("not refused");
    };
    assert_eq!(problem.code, "nested-member");
}
