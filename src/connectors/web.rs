//! One platform's API over HTTP: requests with patience, answers as status and JSON.
//!
//! It must not know any platform. What can be repeated without harm is repeated here; what became of a write whose
//! answer was lost is for the connector to find out.

mod heard;
mod request;

use std::time::Duration;

use reqwest::header::HeaderMap;
use tracing::Instrument;
use url::Url;

use self::heard::{Silence, reason};
pub(super) use self::{heard::Heard, request::Request};
use super::{
    http::{Patience, Waits, client, shorten},
    ports::{ConnectorError, ErrorKind, meter},
};
use crate::telemetry::spans;

/// For how many minutes a platform may show a list as it was before a change: none says when it shows one for sure, and
/// some answer out of a cache.
pub(super) const SETTLES_IN: u32 = 5;

/// One platform's API. Cheap to clone: clones share the pool of connections.
#[derive(Clone)]
pub(super) struct Web {
    http: reqwest::Client,
    base: Url,
    headers: HeaderMap,
    platform: &'static str,
    patience: Patience,
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
        let method = request.method.as_str();
        // Without its path: who is asked for stands in it.
        let name = format!("{method} {}", self.platform);
        let host = self.base.host_str().unwrap_or_default();
        let span = spans::request(&name, method, host);
        let heard = self.exchange(request).instrument(span.clone()).await;
        spans::request_ended(&span, heard.as_ref().ok().map(|heard| heard.status));
        heard
    }

    async fn exchange(&self, request: &Request) -> Result<Heard, Silence> {
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
        meter::count_request();
        let response = builder.send().await.map_err(|error| {
            let why = reason(&error);
            if error.is_connect() {
                Silence::NotSent(why)
            } else {
                Silence::Lost(why)
            }
        })?;
        let heard = Heard::from(response).await?;
        meter::count_answer(heard.status, heard.wait);
        Ok(heard)
    }
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
    fn segments_are_encoded() {
        assert_eq!(segment("a/b c?d"), "a%2Fb%20c%3Fd");
        assert_eq!(segment("who@acme.example"), "who@acme.example");
    }
}
