//! An answer, or why there is none.

use std::time::Duration;

use jiff::Timestamp;
use reqwest::{
    StatusCode,
    header::{HeaderValue, LINK, RETRY_AFTER},
};
use serde_json::Value;

use crate::connectors::http::{retry_after, shorten};

/// No answer may be longer than this: 64 MiB, many times the largest page of any platform.
const LONGEST_ANSWER: usize = 64 * 1024 * 1024;

/// An answer.
#[derive(Debug, Clone)]
pub(crate) struct Heard {
    /// The HTTP status.
    pub(crate) status: u16,
    /// The body; `Null` when it is empty or no JSON.
    pub(crate) body: Value,
    /// The body, where it is no JSON; for messages.
    text: String,
    /// Where the next page is, as the `Link` header says it.
    pub(crate) next: Option<String>,
    pub(super) wait: Option<Duration>,
}

/// Why there is no answer.
pub(super) enum Silence {
    /// The request never left.
    NotSent(String),
    /// It left, and nobody knows what became of it.
    Lost(String),
    /// The answer is not one this program reads.
    Unusable(String),
}

impl Heard {
    pub(super) async fn from(mut response: reqwest::Response) -> Result<Self, Silence> {
        let status = response.status();
        let text_of = |value: Option<&HeaderValue>| {
            value
                .and_then(|value| value.to_str().ok())
                .map(str::to_owned)
        };
        let wait = text_of(response.headers().get(RETRY_AFTER));
        let wait = wait.and_then(|value| retry_after(&value, Timestamp::now()));
        let links = response.headers().get_all(LINK).into_iter();
        let next = links
            .filter_map(|value| value.to_str().ok())
            .find_map(next_link);
        let mut bytes = Vec::new();
        loop {
            match response.chunk().await {
                Ok(Some(chunk)) => bytes.extend_from_slice(&chunk),
                Ok(None) => break,
                Err(error) => return Err(Silence::Lost(reason(&error))),
            }
            if bytes.len() > LONGEST_ANSWER {
                return Err(Silence::Unusable("it is longer than 64 MiB".to_owned()));
            }
        }
        let body: Option<Value> = serde_json::from_slice(&bytes).ok();
        let text = match &body {
            Some(_) => String::new(),
            None => {
                String::from_utf8_lossy(bytes.get(..bytes.len().min(2_000)).unwrap_or_default())
                    .into_owned()
            }
        };
        Ok(Self {
            status: status.as_u16(),
            body: body.unwrap_or(Value::Null),
            text,
            next,
            wait,
        })
    }

    /// Whether the platform did what it was asked (any 2xx).
    pub(crate) fn is_done(&self) -> bool {
        (200..300).contains(&self.status)
    }

    /// Whether a body came that is no JSON.
    pub(crate) fn is_foreign(&self) -> bool {
        self.body.is_null() && !self.text.trim().is_empty()
    }

    /// Whether that body is a web page: what portals and proxies answer in a platform's place.
    pub(crate) fn is_page(&self) -> bool {
        self.text.trim_start().starts_with('<')
    }

    /// How long the platform asked to be left alone.
    pub(crate) fn wait(&self) -> Option<Duration> {
        self.wait
    }

    /// Whether the same request may work later and did nothing now.
    pub(super) fn is_not_now(&self, safe: bool) -> bool {
        self.status == 429 || safe && matches!(self.status, 500 | 502 | 503 | 504)
    }

    /// Whether a write may have had its effect all the same.
    pub(crate) fn is_uncertain(&self) -> bool {
        matches!(self.status, 408 | 500 | 502 | 503 | 504)
    }

    /// The status and what was said, for a message: `404 Not Found`. Bodies are given only as far as `said` picks them
    /// out of JSON; anything else may hold what it should not.
    pub(crate) fn in_words(&self) -> String {
        let status = StatusCode::from_u16(self.status).ok();
        let name = status.and_then(|status| status.canonical_reason());
        match name {
            Some(name) => format!("{} {name}", self.status),
            None => self.status.to_string(),
        }
    }
}

/// The target of `rel="next"` in a `Link` header (RFC 8288).
fn next_link(header: &str) -> Option<String> {
    let mut rest = header;
    while let Some((_, after)) = rest.split_once('<') {
        let (target, after) = after.split_once('>')?;
        // Parameters end at a comma that stands in no quotation.
        let mut quoted = false;
        let end = after.find(|letter| {
            quoted ^= letter == '"';
            letter == ',' && !quoted
        });
        let (parameters, following) = after.split_at(end.unwrap_or(after.len()));
        let is_next = parameters.split(';').any(|parameter| {
            let (name, value) = parameter.split_once('=').unwrap_or((parameter, ""));
            let mut relations = value.trim().trim_matches('"').split_whitespace();
            name.trim().eq_ignore_ascii_case("rel")
                && relations.any(|relation| relation.eq_ignore_ascii_case("next"))
        });
        if is_next {
            return Some(target.to_owned());
        }
        rest = following;
    }
    None
}

/// What went wrong, without the address: a query may hold somebody's number.
pub(super) fn reason(error: &reqwest::Error) -> String {
    if error.is_timeout() {
        return "it took too long".to_owned();
    }
    let mut source: &dyn std::error::Error = error;
    while let Some(next) = source.source() {
        source = next;
    }
    shorten(&source.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_next_page_is_found_among_links() {
        for (header, next) in [
            (
                r#"<https://a.example/x?page=2>; rel="next""#,
                Some("https://a.example/x?page=2"),
            ),
            (
                r#"</x?a=1,2>; rel="prev", </x?a=3;4>; title="a, <b>"; rel=next"#,
                Some("/x?a=3;4"),
            ),
            (
                r#"<p1>; rel="first", <p3>; REL="last next"; type="x""#,
                Some("p3"),
            ),
            (r#"<p1>; rel="nextish""#, None),
            (r#"<p1>; title="next""#, None),
            ("<p1", None),
            ("", None),
        ] {
            assert_eq!(next_link(header).as_deref(), next, "{header}");
        }
    }
}
