//! The envelopes the host sends: what a trigger gives, encoded as the host encodes it.

use jiff::{Timestamp, tz::TimeZone};
use serde_json::{Map, Value, json};

/// A message as it was received.
#[derive(Debug, Clone)]
pub(crate) struct Received {
    /// Its id; a message that somebody made up by hand has none.
    pub(crate) id: Option<String>,
    /// The proof that it is ours.
    pub(crate) receipt: String,
    /// How often it was received.
    pub(crate) deliveries: u32,
    /// When it was put on the queue.
    pub(crate) inserted: Timestamp,
    /// When it is thrown away; `None` for never.
    pub(crate) expires: Option<Timestamp>,
    /// When it becomes visible again; `None` for never.
    pub(crate) visible: Option<Timestamp>,
}

/// What is the same in every envelope.
#[derive(Debug, Clone)]
pub(crate) struct Call<'a> {
    /// The function.
    pub(crate) function: &'a str,
    /// The name of its trigger binding.
    pub(crate) binding: &'a str,
    /// The time.
    pub(crate) now: Timestamp,
    /// A random id.
    pub(crate) random: String,
}

/// When a timer ran.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Occurrences {
    /// When it ran last; `None` before its first run.
    pub(crate) last: Option<Timestamp>,
    /// When it was to run next.
    pub(crate) next: Timestamp,
}

/// The envelope of a queue message.
pub(crate) fn queue(call: &Call, message: &Received, text: &str) -> String {
    let mut metadata = Map::new();
    put(
        &mut metadata,
        "DequeueCount",
        json!(message.deliveries.to_string()),
    );
    put(
        &mut metadata,
        "ExpirationTime",
        json!(seconds_or_never(message.expires)),
    );
    match &message.id {
        Some(id) => {
            put(&mut metadata, "Id", json!(quoted(id)));
            put(&mut metadata, "PopReceipt", json!(quoted(&message.receipt)));
        }
        // Called by hand, the text stands under the binding's name as well.
        None => put(&mut metadata, call.binding, json!(quoted(text))),
    }
    put(
        &mut metadata,
        "InsertionTime",
        json!(seconds(message.inserted)),
    );
    put(
        &mut metadata,
        "NextVisibleTime",
        json!(seconds_or_never(message.visible)),
    );
    put(&mut metadata, "sys", system(call));
    merge(&mut metadata, text);
    json!({ "Data": { call.binding: quoted(text) }, "Metadata": metadata }).to_string()
}

/// The envelope of a timer. `retry` is how often it was tried before, and how often at most.
pub(crate) fn timer(
    call: &Call,
    occurrences: Option<&Occurrences>,
    is_past_due: bool,
    retry: Option<(u32, u32)>,
) -> String {
    let status = occurrences.map(|occurrences| {
        let last = occurrences.last.unwrap_or_else(|| "0001-01-01T00:00:00Z".parse().unwrap());
        json!({
            "Last": fraction(last), "Next": fraction(occurrences.next), "LastUpdated": fraction(last),
        })
    });
    let mut metadata = Map::new();
    metadata.insert("sys".to_owned(), system(call));
    if let Some((tried, most)) = retry {
        let failed = (tried > 0).then(|| exception(call.function));
        let context = json!({
            "RetryCount": tried, "MaxRetryCount": most, "Exception": failed, "Instance": null, "State": {},
        });
        metadata.insert("RetryContext".to_owned(), context);
    }
    let info = json!({
        "Schedule": { "AdjustForDST": true }, "ScheduleStatus": status, "IsPastDue": is_past_due,
    });
    json!({ "Data": { call.binding: info }, "Metadata": metadata }).to_string()
}

/// The top level of a JSON message runs over into the metadata, and wins.
fn merge(metadata: &mut Map<String, Value>, text: &str) {
    let Ok(Value::Object(message)) = serde_json::from_str(text) else {
        return;
    };
    for (key, value) in message {
        match value {
            Value::Null | Value::Array(_) => {}
            Value::Object(_) => put(metadata, &key, value),
            Value::Bool(true) => put(metadata, &key, json!(quoted("True"))),
            Value::Bool(false) => put(metadata, &key, json!(quoted("False"))),
            Value::Number(number) => put(metadata, &key, json!(quoted(&number.to_string()))),
            Value::String(text) => put(metadata, &key, json!(quoted(&as_date(text)))),
        }
    }
}

/// A key that differs only in case is the same key, and one that ends like a trigger is left out.
fn put(metadata: &mut Map<String, Value>, key: &str, value: Value) {
    if key.to_lowercase().ends_with("trigger") {
        return;
    }
    let there = metadata
        .keys()
        .find(|there| there.eq_ignore_ascii_case(key));
    let key = there.cloned().unwrap_or_else(|| key.to_owned());
    metadata.insert(key, value);
}

/// What looks like a time is taken for one, and written in another form.
fn as_date(text: String) -> String {
    if !text.contains('T') {
        return text;
    }
    match text.parse::<Timestamp>() {
        Ok(time) => time.strftime("%m/%d/%Y %H:%M:%S").to_string(),
        Err(_) => text,
    }
}

fn system(call: &Call) -> Value {
    let now = call.now.to_zoned(TimeZone::UTC);
    json!({
        "MethodName": call.function,
        "UtcNow": format!("{}Z", short(&now.strftime("%Y-%m-%dT%H:%M:%S%.7f").to_string())),
        "RandGuid": call.random,
    })
}

/// The host hands back its whole exception, of which this is the shape.
fn exception(function: &str) -> Value {
    json!({
        "InstanceId": "33682530-e1f2-423f-9880-ee0fabf0fdc2",
        "MethodName": format!("Host.Functions.{function}"),
        "Handled": false,
        "ClassName": "Microsoft.Azure.WebJobs.Host.FunctionInvocationException",
        "Message": format!("Exception while executing function: Functions.{function}"),
        "InnerException": { "StatusCode": 500, "StackTrace": "   at System.Net.Http.HttpResponseMessage" },
    })
}

/// A string within a string.
fn quoted(text: &str) -> String {
    Value::String(text.to_owned()).to_string()
}

fn seconds(time: Timestamp) -> String {
    time.strftime("%Y-%m-%dT%H:%M:%S+00:00").to_string()
}

fn seconds_or_never(time: Option<Timestamp>) -> String {
    time.map_or_else(|| "9999-12-31T23:59:59+00:00".to_owned(), seconds)
}

fn fraction(time: Timestamp) -> String {
    let time = time.strftime("%Y-%m-%dT%H:%M:%S%.7f").to_string();
    format!("{}+00:00", short(&time))
}

/// No zeros at the end of a fraction, and no fraction of zeros.
fn short(time: &str) -> &str {
    time.trim_end_matches('0').trim_end_matches('.')
}

#[cfg(test)]
mod tests;
