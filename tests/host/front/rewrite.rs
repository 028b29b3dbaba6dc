//! What a request looks like once the host has passed it on: paths, queries and headers, as they were recorded.

use axum::http::{HeaderMap, HeaderName, HeaderValue, header};

use crate::invoke::VERSION;

/// A path as the host reads it: every escape undone, but `%2F`.
pub(crate) fn decoded(path: &str) -> String {
    let (mut bytes, mut rest) = (Vec::new(), path.as_bytes());
    while let [first, after @ ..] = rest {
        let escape = match (first, after) {
            (b'%', [high, low, ..]) => hex(*high, *low),
            _ => None,
        };
        match escape {
            Some(byte) if byte != b'/' => {
                bytes.push(byte);
                rest = &after[2..];
            }
            _ => {
                bytes.push(*first);
                rest = after;
            }
        }
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

/// The path with its `.` and `..` segments resolved; none leads above the root.
pub(crate) fn without_dots(path: &str) -> String {
    let mut kept: Vec<&str> = Vec::new();
    for segment in path.split('/').skip(1) {
        match segment {
            "." => {}
            ".." => {
                kept.pop();
            }
            other => kept.push(other),
        }
    }
    format!("/{}", kept.join("/"))
}

/// Proxied: the path is escaped anew, so that a `%` becomes `%25`; the query is as it was.
pub(crate) fn proxied_path(decoded: &str, query: Option<&str>) -> String {
    let path = escaped(decoded, is_of_a_path);
    match query {
        Some(query) => format!("{path}?{query}"),
        None => path,
    }
}

/// Forwarded: a `%` stays one, a `#` ends the path, and the query is written anew with one value for each key.
pub(crate) fn forwarded_path(decoded: &str, query: Option<&str>) -> String {
    let path = decoded.split('#').next().unwrap_or_default();
    let path = escaped(path, |byte| is_of_a_path(byte) || byte == b'%');
    let mut pairs: Vec<(String, Vec<String>)> = Vec::new();
    for (key, value) in url::form_urlencoded::parse(query.unwrap_or_default().as_bytes()) {
        match pairs
            .iter_mut()
            .find(|(known, _)| known.eq_ignore_ascii_case(&key))
        {
            Some((_, values)) => values.push(value.into_owned()),
            None => pairs.push((key.into_owned(), vec![value.into_owned()])),
        }
    }
    let written: Vec<String> = pairs
        .iter()
        .map(|(key, values)| {
            let value = values.join(",");
            format!(
                "{}={}",
                escaped(key, is_of_a_query),
                escaped(&value, is_of_a_query)
            )
        })
        .collect();
    if written.is_empty() {
        return path;
    }
    format!("{path}?{}", written.join("&"))
}

/// Proxied: the program's own address as `Host`, and the public one beside it.
pub(crate) fn proxied_headers(headers: &HeaderMap, id: &str) -> HeaderMap {
    let mut sent = joined(headers);
    let public = sent.remove(header::HOST);
    put(&mut sent, "x-azure-functions-hostversion", VERSION);
    put(&mut sent, "x-azure-functions-invocationid", id);
    put(&mut sent, "x-ms-invocation-id", id);
    put(&mut sent, "x-forwarded-for", "127.0.0.1");
    if let Some(public) = public {
        sent.insert("x-forwarded-host", public);
    }
    put(&mut sent, "x-forwarded-proto", "http");
    sent
}

/// Forwarded: the public address as `Host`, and the host's name behind the client's.
pub(crate) fn forwarded_headers(headers: &HeaderMap, id: &str) -> HeaderMap {
    let mut sent = joined(headers);
    let agent = format!("Azure-Functions-Host/{VERSION}");
    let agent = match sent
        .get(header::USER_AGENT)
        .and_then(|agent| agent.to_str().ok())
    {
        Some(client) => format!("{client} {agent}"),
        None => agent,
    };
    put(&mut sent, "user-agent", &agent);
    put(&mut sent, "x-azure-functions-hostversion", VERSION);
    put(&mut sent, "x-azure-functions-invocationid", id);
    sent
}

/// Several headers of one name become one; what belongs to the connection stays behind.
fn joined(headers: &HeaderMap) -> HeaderMap {
    let behind = [
        header::CONNECTION,
        header::CONTENT_LENGTH,
        header::TRANSFER_ENCODING,
        header::UPGRADE,
    ];
    let mut joined = HeaderMap::new();
    for name in headers.keys().filter(|name| !behind.contains(name)) {
        let values: Vec<&[u8]> = headers
            .get_all(name)
            .iter()
            .map(HeaderValue::as_bytes)
            .collect();
        joined.insert(
            name,
            HeaderValue::from_bytes(&values.join(&b", "[..])).unwrap(),
        );
    }
    joined
}

fn put(headers: &mut HeaderMap, name: &'static str, value: &str) {
    headers.insert(
        HeaderName::from_static(name),
        HeaderValue::from_str(value).unwrap(),
    );
}

fn escaped(text: &str, stays: impl Fn(u8) -> bool) -> String {
    let mut escaped = String::new();
    for byte in text.bytes() {
        if stays(byte) {
            escaped.push(char::from(byte));
        } else {
            escaped.push_str(&format!("%{byte:02X}"));
        }
    }
    escaped
}

fn is_of_a_path(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || b"-._~!$&'()*+,;=:@/".contains(&byte)
}

fn is_of_a_query(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || b"-._~!$()*,;:@".contains(&byte)
}

fn hex(high: u8, low: u8) -> Option<u8> {
    let digit = |byte: u8| char::from(byte).to_digit(16);
    u8::try_from(digit(high)? * 16 + digit(low)?).ok()
}
