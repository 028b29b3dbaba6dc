//! The envelopes are held against what the real host sent, and any text comes back out of one.

use proptest::prelude::*;

use super::*;

/// What was recorded, with its name.
const QUEUE: [(&str, &str); 10] = [
    ("48k", include_str!("../../recorded/queue/48k.json")),
    (
        "broken-json",
        include_str!("../../recorded/queue/broken-json.json"),
    ),
    ("empty", include_str!("../../recorded/queue/empty.json")),
    (
        "json-array",
        include_str!("../../recorded/queue/json-array.json"),
    ),
    (
        "json-null",
        include_str!("../../recorded/queue/json-null.json"),
    ),
    (
        "json-object",
        include_str!("../../recorded/queue/json-object.json"),
    ),
    (
        "json-string",
        include_str!("../../recorded/queue/json-string.json"),
    ),
    ("number", include_str!("../../recorded/queue/number.json")),
    (
        "redelivery-3",
        include_str!("../../recorded/queue/redelivery-3.json"),
    ),
    ("unicode", include_str!("../../recorded/queue/unicode.json")),
];

const TIMER: [(&str, &str); 5] = [
    ("admin", include_str!("../../recorded/admin/timer.json")),
    (
        "monitor-first",
        include_str!("../../recorded/timer/monitor-first.json"),
    ),
    (
        "no-monitor",
        include_str!("../../recorded/timer/no-monitor.json"),
    ),
    (
        "past-due",
        include_str!("../../recorded/timer/past-due.json"),
    ),
    ("retry-0", include_str!("../../recorded/timer/retry-0.json")),
];

fn body(recorded: &str) -> Value {
    let recorded: Value = serde_json::from_str(recorded).unwrap();
    serde_json::from_str(recorded["body"].as_str().unwrap()).unwrap()
}

fn inner(value: &Value) -> String {
    serde_json::from_str(value.as_str().unwrap()).unwrap()
}

fn time(value: &Value) -> Timestamp {
    value.as_str().unwrap().parse().unwrap()
}

fn call<'a>(metadata: &'a Value, binding: &'a str) -> Call<'a> {
    Call {
        function: metadata["sys"]["MethodName"].as_str().unwrap(),
        binding,
        now: time(&metadata["sys"]["UtcNow"]),
        random: metadata["sys"]["RandGuid"].as_str().unwrap().to_owned(),
    }
}

#[test]
fn queue_messages_are_wrapped_as_they_were_recorded() {
    for (name, recorded) in QUEUE {
        let recorded = body(recorded);
        let metadata = &recorded["Metadata"];
        let text = inner(&recorded["Data"]["msg"]);
        let message = Received {
            id: Some(inner(&metadata["Id"])),
            receipt: inner(&metadata["PopReceipt"]),
            deliveries: metadata["DequeueCount"].as_str().unwrap().parse().unwrap(),
            inserted: time(&metadata["InsertionTime"]),
            expires: Some(time(&metadata["ExpirationTime"])),
            visible: Some(time(&metadata["NextVisibleTime"])),
        };
        let ours = queue(&call(metadata, "msg"), &message, &text);
        let ours: Value = serde_json::from_str(&ours).unwrap();
        assert_eq!(ours, recorded, "{name}");
    }
}

#[test]
fn a_call_by_hand_has_no_id_and_no_receipt() {
    let recorded = body(include_str!("../../recorded/admin/queue.json"));
    let metadata = &recorded["Metadata"];
    assert!(metadata.get("Id").is_none());
    let message = Received {
        id: None,
        receipt: String::new(),
        deliveries: 0,
        inserted: time(&metadata["InsertionTime"]),
        expires: None,
        visible: None,
    };
    let ours = queue(&call(metadata, "msg"), &message, "{\"v\":1}");
    let ours: Value = serde_json::from_str(&ours).unwrap();
    assert_eq!(ours, recorded);
}

#[test]
fn timers_are_wrapped_as_they_were_recorded() {
    for (name, recorded) in TIMER {
        let recorded = body(recorded);
        let info = &recorded["Data"]["timer"];
        let metadata = &recorded["Metadata"];
        let status = info["ScheduleStatus"].as_object();
        let occurrences = status.map(|status| Occurrences {
            last: Some(time(&status["Last"])),
            next: time(&status["Next"]),
        });
        let first: Timestamp = "0001-01-01T00:00:00Z".parse().unwrap();
        let occurrences = occurrences.map(|found| Occurrences {
            last: found.last.filter(|last| *last != first),
            ..found
        });
        let retry = metadata.get("RetryContext").map(|_| (0, 2));
        let is_past_due = info["IsPastDue"].as_bool().unwrap();
        let ours = timer(
            &call(metadata, "timer"),
            occurrences.as_ref(),
            is_past_due,
            retry,
        );
        let ours: Value = serde_json::from_str(&ours).unwrap();
        assert_eq!(ours, recorded, "{name}");
    }
}

#[test]
fn a_timer_that_failed_gets_the_hosts_exception_back() {
    let recorded = body(include_str!("../../recorded/timer/retry-1.json"));
    let metadata = &recorded["Metadata"];
    let ours = timer(&call(metadata, "timer"), None, false, Some((1, 2)));
    let ours: Value = serde_json::from_str(&ours).unwrap();
    let (ours, theirs) = (&ours["Metadata"]["RetryContext"], &metadata["RetryContext"]);
    for key in ["RetryCount", "MaxRetryCount", "Instance", "State"] {
        assert_eq!(ours[key], theirs[key], "{key}");
    }
    for key in ["MethodName", "Handled", "ClassName", "Message"] {
        assert_eq!(ours["Exception"][key], theirs["Exception"][key], "{key}");
    }
}

#[test]
fn the_keys_of_a_message_win_over_the_hosts() {
    let recorded = body(QUEUE[5].1);
    let metadata = &recorded["Metadata"];
    let message = Received {
        id: Some("the real one".to_owned()),
        receipt: "r".to_owned(),
        deliveries: 1,
        inserted: time(&metadata["InsertionTime"]),
        expires: Some(time(&metadata["ExpirationTime"])),
        visible: Some(time(&metadata["NextVisibleTime"])),
    };
    let text = r#"{"ID":42,"dequeuecount":"9","queueTrigger":"x","list":[1],"none":null}"#;
    let ours: Value = serde_json::from_str(&queue(&call(metadata, "msg"), &message, text)).unwrap();
    let ours = ours["Metadata"].as_object().unwrap();
    assert_eq!(ours["Id"], "\"42\"");
    assert_eq!(ours["DequeueCount"], "\"9\"");
    for gone in ["ID", "dequeuecount", "queueTrigger", "list", "none"] {
        assert!(!ours.contains_key(gone), "{gone}");
    }
}

proptest! {
    #[test]
    fn any_text_comes_back_out(text in "\\PC*|[\\x00-\\x7f]{0,40}|true|null|[0-9]{1,20}|\"[a-z]*\"") {
        let call = Call { function: "F", binding: "m", now: Timestamp::UNIX_EPOCH, random: String::new() };
        let message = Received {
            id: Some("1".to_owned()),
            receipt: "r".to_owned(),
            deliveries: 1,
            inserted: Timestamp::UNIX_EPOCH,
            expires: Some(Timestamp::UNIX_EPOCH),
            visible: Some(Timestamp::UNIX_EPOCH),
        };
        let envelope: Value = serde_json::from_str(&queue(&call, &message, &text)).unwrap();
        prop_assert_eq!(inner(&envelope["Data"]["m"]), text);
    }
}
