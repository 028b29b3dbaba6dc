//! One platform's API over HTTP: requests with patience, answers as status and JSON.
//!
//! It must not know any platform. What can be repeated without harm is repeated here; what became of a write whose
//! answer was lost is for the connector to find out.

use std::time::Duration;

use jiff::Timestamp;
use reqwest::{
    Method, StatusCode,
    header::{HeaderMap, HeaderName, HeaderValue, LINK, RETRY_AFTER},
};
use serde_json::Value;
use url::Url;

use super::{
    http::{Patience, Waits, client, retry_after, shorten},
    ports::{ConnectorError, ErrorKind},
};

/// No answer may be longer than this: 64 MiB, many times the largest page of any platform.
const LONGEST_ANSWER: usize = 64 * 1024 * 1024;

/// One platform's API. Cheap to clone: clones share the pool of connections.
#[derive(Clone)]
pub(super) struct Web {
    http: reqwest::Client,
    base: Url,
    headers: HeaderMap,
    platform: &'static str,
    patience: Patience,
}

/// A request below the base address.
#[derive(Debug, Clone)]
pub(super) struct Request {
    method: Method,
    path: String,
    query: Vec<(String, String)>,
    body: Option<Value>,
    form: Vec<(String, String)>,
    headers: HeaderMap,
    safe: bool,
    impatient: bool,
}

/// An answer.
#[derive(Debug, Clone)]
pub(super) struct Heard {
    /// The HTTP status.
    pub(super) status: u16,
    /// The body; `Null` when it is empty or no JSON.
    pub(super) body: Value,
    /// The body, where it is no JSON; for messages.
    text: String,
    /// Where the next page is, as the `Link` header says it.
    pub(super) next: Option<String>,
    wait: Option<Duration>,
}

/// Why there is no answer.
enum Silence {
    /// The request never left.
    NotSent(String),
    /// It left, and nobody knows what became of it.
    Lost(String),
    /// The answer is not one this program reads.
    Unusable(String),
}

impl Request {
    /// Reads `path`, below the base address; segments are percent-encoded by the caller (see [`segment`]).
    pub(super) fn get(path: impl Into<String>) -> Self {
        Self::new(Method::GET, path, None)
    }

    /// Sends a body. Repeated only where nothing can have come of it.
    pub(super) fn post(path: impl Into<String>, body: Value) -> Self {
        Self::new(Method::POST, path, Some(body))
    }

    /// Changes something. Repeated only where nothing can have come of it.
    pub(super) fn new(method: Method, path: impl Into<String>, body: Option<Value>) -> Self {
        Self {
            safe: method == Method::GET,
            method,
            path: path.into(),
            query: Vec::new(),
            body,
            impatient: false,
            form: Vec::new(),
            headers: HeaderMap::new(),
        }
    }

    /// Sends a form. Repeated only where nothing can have come of it.
    pub(super) fn form(path: impl Into<String>, fields: Vec<(String, String)>) -> Self {
        Self {
            form: fields,
            ..Self::new(Method::POST, path, None)
        }
    }

    /// The same request with one more parameter.
    #[must_use]
    pub(super) fn query(mut self, name: &str, value: impl Into<String>) -> Self {
        self.query.push((name.to_owned(), value.into()));
        self
    }

    /// The same request, whose failure is an answer: not repeated, whatever it is.
    #[must_use]
    pub(super) fn unrepeated(mut self) -> Self {
        self.safe = false;
        self
    }

    /// The same request with one more header, in place of the connection's own of that name.
    #[must_use]
    pub(super) fn header(mut self, name: HeaderName, value: HeaderValue) -> Self {
        self.headers.insert(name, value);
        self
    }

    /// The same request, which may be repeated even when it may have had its effect: the effect is the same.
    #[must_use]
    pub(super) fn repeatable(mut self) -> Self {
        self.safe = true;
        self
    }

    /// The same request, given up when it is answered with "too many": where a quota lasts for hours, asking again within
    /// minutes is of no use.
    #[must_use]
    pub(super) fn not_again(mut self) -> Self {
        self.impatient = true;
        self
    }
}

/// One piece of a path, percent-encoded.
pub(super) fn segment(text: &str) -> String {
    let mut url = Url::parse("http://x/").ok();
    if let Some(url) = &mut url
        && let Ok(mut segments) = url.path_segments_mut()
    {
        segments.pop_if_empty().push(text);
    }
    let path = url.map_or(String::new(), |url| url.path().to_owned());
    path.trim_start_matches('/').to_owned()
}

/// Reads the address of a platform: `https`, or `http` on this machine alone (a stand-in). Without a slash at the end.
pub(super) fn base_address(text: &str) -> Result<Url, String> {
    let mut url = Url::parse(text.trim())
        .map_err(|_| format!("`{text}` is not a web address; say it with `https://`"))?;
    let is_loopback = match url.host() {
        Some(url::Host::Ipv4(address)) => address.is_loopback(),
        Some(url::Host::Ipv6(address)) => address.is_loopback(),
        Some(url::Host::Domain(name)) => name == "localhost",
        None => false,
    };
    if !(url.scheme() == "https" || url.scheme() == "http" && is_loopback) {
        return Err(format!("`{text}` does not start with `https://`"));
    }
    if !url.username().is_empty() || url.password().is_some() {
        return Err("an address must not hold a password; leave it out".to_owned());
    }
    if url.query().is_some() || url.fragment().is_some() {
        return Err(format!(
            "`{text}` goes on after its path; leave out `?` and `#`"
        ));
    }
    let path = url.path().trim_end_matches('/').to_owned();
    url.set_path(&path);
    Ok(url)
}

impl Web {
    /// The API of `platform` at `base`, asked with these headers (credentials marked as sensitive).
    pub(super) fn new(
        platform: &'static str,
        base: Url,
        headers: HeaderMap,
        patience: Patience,
    ) -> Result<Self, ConnectorError> {
        let is_here = base.scheme() == "http";
        Ok(Self {
            http: client(is_here)?,
            base,
            headers,
            platform,
            patience,
        })
    }

    /// Lets every piece of work wait at most this long in all.
    pub(super) fn wait_at_most(&mut self, wait: Duration) {
        self.patience = self.patience.at_most(wait);
    }

    /// Starts a piece of work.
    pub(super) fn start(&self) -> Waits {
        self.patience.start()
    }

    /// Sends a request, and gives whatever was answered but for "too many" and, where a repetition does no harm, "not
    /// now": those are tried again while patience lasts. A write without an answer is an error of the kind
    /// `Unavailable`, and may have had its effect.
    pub(super) async fn ask(
        &self,
        request: &Request,
        waits: &mut Waits,
    ) -> Result<Heard, ConnectorError> {
        loop {
            let (message, asked) = match self.once(request).await {
                Ok(heard) if heard.is_not_now(request.safe) && !request.impatient => (
                    format!("{} answered {}", self.platform, heard.in_words()),
                    heard.wait,
                ),
                Ok(heard) => {
                    waits.relax();
                    return Ok(heard);
                }
                Err(Silence::Unusable(why)) => {
                    let message = format!("{} gave an unusable answer: {why}", self.platform);
                    return Err(ConnectorError::new(ErrorKind::BadData, message));
                }
                Err(Silence::Lost(why)) if !request.safe => {
                    let message = format!("{} gave no answer: {why}", self.platform);
                    return Err(ConnectorError::new(ErrorKind::Unavailable(None), message));
                }
                Err(Silence::NotSent(why) | Silence::Lost(why)) => {
                    (format!("{} gave no answer: {why}", self.platform), None)
                }
            };
            match waits.next(asked) {
                Some(wait) => tokio::time::sleep(wait).await,
                None => return Err(ConnectorError::new(ErrorKind::Unavailable(asked), message)),
            }
        }
    }

    /// The address of a link that the platform gave, as a request; `Err` when it leads elsewhere: a link to another host
    /// would carry the credentials there.
    pub(super) fn follow(&self, link: &str) -> Result<Request, ConnectorError> {
        let elsewhere = || {
            let message = format!(
                "{} sent a link that leads elsewhere: `{}`",
                self.platform,
                shorten(link)
            );
            ConnectorError::new(ErrorKind::BadData, message)
        };
        // A relative link is one below the base address.
        let mut base = self.base.clone();
        base.set_path(&format!("{}/", base.path().trim_end_matches('/')));
        let url = base.join(link).map_err(|_| elsewhere())?;
        if url.origin() != self.base.origin() {
            return Err(elsewhere());
        }
        let query = url
            .query()
            .map(|query| format!("?{query}"))
            .unwrap_or_default();
        Ok(Request::get(format!("//{}{query}", url.path())))
    }

    async fn once(&self, request: &Request) -> Result<Heard, Silence> {
        let mut url = self.base.clone();
        // Two slashes in front: the path from the root of the host, as links give it.
        match request.path.strip_prefix("//") {
            Some(whole) => {
                let (path, query) = whole.split_once('?').unwrap_or((whole, ""));
                url.set_path(path);
                url.set_query((!query.is_empty()).then_some(query));
            }
            None => {
                let path = format!(
                    "{}/{}",
                    self.base.path().trim_end_matches('/'),
                    request.path
                );
                url.set_path(&path);
            }
        }
        if !request.query.is_empty() {
            url.query_pairs_mut().extend_pairs(&request.query);
        }
        let mut builder = self.http.request(request.method.clone(), url);
        let mut headers = self.headers.clone();
        headers.extend(request.headers.clone());
        builder = builder.headers(headers);
        if !request.form.is_empty() {
            builder = builder.form(&request.form);
        }
        if let Some(body) = &request.body {
            builder = builder.json(body);
        }
        let response = builder.send().await.map_err(|error| {
            let why = reason(&error);
            if error.is_connect() {
                Silence::NotSent(why)
            } else {
                Silence::Lost(why)
            }
        })?;
        Heard::from(response).await
    }
}

impl Heard {
    async fn from(mut response: reqwest::Response) -> Result<Self, Silence> {
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
    pub(super) fn is_done(&self) -> bool {
        (200..300).contains(&self.status)
    }

    /// Whether a body came that is no JSON.
    pub(super) fn is_foreign(&self) -> bool {
        self.body.is_null() && !self.text.trim().is_empty()
    }

    /// Whether that body is a web page: what portals and proxies answer in a platform's place.
    pub(super) fn is_page(&self) -> bool {
        self.text.trim_start().starts_with('<')
    }

    /// How long the platform asked to be left alone.
    pub(super) fn wait(&self) -> Option<Duration> {
        self.wait
    }

    /// Whether the same request may work later and did nothing now.
    fn is_not_now(&self, safe: bool) -> bool {
        self.status == 429 || safe && matches!(self.status, 500 | 502 | 503 | 504)
    }

    /// Whether a write may have had its effect all the same.
    pub(super) fn is_uncertain(&self) -> bool {
        matches!(self.status, 408 | 500 | 502 | 503 | 504)
    }

    /// The status and what was said, for a message: `404 Not Found`. Bodies are given only as far as `said` picks them
    /// out of JSON; anything else may hold what it should not.
    pub(super) fn in_words(&self) -> String {
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
fn reason(error: &reqwest::Error) -> String {
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
    fn addresses_are_https_or_here() {
        for good in [
            "https://acme.pmail2.com/api/odata",
            "https://acme.example/",
            "http://127.0.0.1:7072",
            "http://localhost:1/x/",
        ] {
            assert!(base_address(good).is_ok(), "{good}");
        }
        for bad in [
            "http://acme.example",
            "acme.example",
            "ftp://acme.example",
            "https://me:secret@acme.example",
            "https://acme.example/?key=1",
        ] {
            assert!(base_address(bad).is_err(), "{bad}");
        }
        assert_eq!(
            base_address("https://acme.example/api/").unwrap().as_str(),
            "https://acme.example/api"
        );
    }

    #[test]
    fn links_stay_on_the_host() {
        let base = base_address("https://acme.example/api/odata").unwrap();
        let web = Web::new("the test", base, HeaderMap::new(), Patience::default()).unwrap();
        let next = web
            .follow("https://acme.example/api/odata/Lists?$skip=5")
            .unwrap();
        assert_eq!(next.path, "///api/odata/Lists?$skip=5");
        let next = web.follow("/api/v1/domain/?limit=20&offset=20").unwrap();
        assert_eq!(next.path, "///api/v1/domain/?limit=20&offset=20");
        assert!(
            web.follow("https://attacker.example/api/odata/Lists")
                .is_err()
        );
        assert!(web.follow("http://acme.example/api/odata/Lists").is_err());
    }

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

    #[test]
    fn segments_are_encoded() {
        assert_eq!(segment("a/b c?d"), "a%2Fb%20c%3Fd");
        assert_eq!(segment("who@acme.example"), "who@acme.example");
    }
}
