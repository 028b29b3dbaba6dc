//! The management API, as its client sees it.

use std::collections::BTreeMap;

use reqwest::{
    Client, Method, Response, StatusCode,
    header::{ETAG, HeaderName, HeaderValue, IF_MATCH, IF_NONE_MATCH},
};
use serde::Deserialize;
use serde_json::Value;
use url::{Host, Url};

use super::{PushError, Shelf, Step, There};
use crate::connectors::http::client;

/// The header that carries the key of a function.
const KEY: HeaderName = HeaderName::from_static("x-functions-key");

/// The other end.
pub struct Remote {
    base: Url,
    key: Option<HeaderValue>,
    client: Client,
}

#[derive(Deserialize)]
struct Connections {
    items: Vec<Connection>,
}

#[derive(Deserialize)]
struct Connection {
    name: String,
    etag: String,
    definition: Value,
}

#[derive(Deserialize)]
struct Syncs {
    items: Vec<Listed>,
    next: Option<String>,
    #[serde(default)]
    unreadable: usize,
}

#[derive(Deserialize)]
struct Listed {
    id: String,
}

/// What an error says of itself.
#[derive(Default, Deserialize)]
#[serde(default)]
struct Problem {
    title: String,
    detail: String,
    help: Option<String>,
    faults: Vec<Fault>,
}

#[derive(Deserialize)]
struct Fault {
    path: String,
    message: String,
}

impl Remote {
    /// The app at `url`; makes no request yet. `key` has to open reading and writing.
    pub fn new(url: &str, key: Option<&str>) -> Result<Self, PushError> {
        let input = |message: &str| PushError {
            is_input: true,
            message: message.to_owned(),
        };
        // The URL is not repeated: it may hold a key that does not belong there.
        let mut base = Url::parse(url.trim())
            .map_err(|error| input(&format!("this is no URL: {error}\nsay `--to https://…`")))?;
        if base.query().is_some() || !base.username().is_empty() || base.password().is_some() {
            return Err(input(
                "the URL may hold no key and no query\nput the key into `ROLLCALL_API_KEY`",
            ));
        }
        let is_local = match base.host() {
            Some(Host::Domain(name)) => name == "localhost",
            Some(Host::Ipv4(address)) => address.is_loopback(),
            Some(Host::Ipv6(address)) => address.is_loopback(),
            None => false,
        };
        let is_safe = base.scheme() == "https" || (base.scheme() == "http" && is_local);
        if !is_safe {
            return Err(input(
                "the URL has to begin with `https://`: the key would travel in the open\n\
                 `http://` is fine on this machine alone",
            ));
        }
        base.set_fragment(None);
        let path = base.path().trim_end_matches('/');
        let path = path.strip_suffix("/v1").unwrap_or(path);
        let path = path.strip_suffix("/api").unwrap_or(path).to_owned();
        base.set_path(&path);
        let key = key
            .map(|key| {
                let mut key = HeaderValue::from_str(key.trim())
                    .map_err(|_| input("`ROLLCALL_API_KEY` holds characters that no key has"))?;
                key.set_sensitive(true);
                Ok(key)
            })
            .transpose()?;
        let client = client(is_local).map_err(|error| input(&error.to_string()))?;
        Ok(Self { base, key, client })
    }

    /// The connections, by name.
    pub async fn connections(&self) -> Result<BTreeMap<String, There>, PushError> {
        let response = self
            .send(self.request(Method::GET, &["connections"], &[])?)
            .await?;
        let Connections { items } = self.read(response).await?;
        let items = items.into_iter().map(|item| {
            let there = There {
                value: item.definition,
                etag: item.etag,
            };
            (item.name, there)
        });
        Ok(items.collect())
    }

    /// What the app finds when it looks itself over: a report, of every sync or of one.
    pub async fn doctor(&self, sync: Option<&str>) -> Result<Value, PushError> {
        let query: Vec<_> = sync
            .map(|sync| ("sync", sync.to_owned()))
            .into_iter()
            .collect();
        let request = self.request(Method::GET, &["doctor"], &query)?;
        let response = self.answer(request).await?;
        if response.status() != StatusCode::NOT_FOUND {
            return self.read(self.checked(response).await?).await;
        }
        let problem: Problem = response.json().await.unwrap_or_default();
        Err(match problem.detail.as_str() {
            "" => refused(StatusCode::NOT_FOUND, problem),
            detail => PushError {
                is_input: true,
                message: format!("the app says: {detail}"),
            },
        })
    }

    /// The ids of the syncs, and how many could not be listed.
    pub async fn sync_ids(&self) -> Result<(Vec<String>, usize), PushError> {
        let (mut ids, mut after) = (Vec::new(), None);
        loop {
            let mut query = vec![("limit", "200".to_owned())];
            query.extend(after.map(|after| ("after", after)));
            let response = self
                .send(self.request(Method::GET, &["syncs"], &query)?)
                .await?;
            let page: Syncs = self.read(response).await?;
            let is_stuck = page.items.is_empty();
            ids.extend(page.items.into_iter().map(|item| item.id));
            match page.next {
                Some(next) if !is_stuck => after = Some(next),
                _ => return Ok((ids, page.unreadable)),
            }
        }
    }

    /// One definition; `None` when it is not there.
    pub async fn get(&self, shelf: Shelf, name: &str) -> Result<Option<There>, PushError> {
        let request = self.request(Method::GET, &[folder(shelf), name], &[])?;
        let response = self.answer(request).await?;
        if response.status() == StatusCode::NOT_FOUND {
            return Ok(None);
        }
        let response = self.checked(response).await?;
        let etag = response.headers().get(ETAG);
        let etag = etag.and_then(|etag| etag.to_str().ok()).unwrap_or_default();
        let etag = etag.to_owned();
        let value = self.read(response).await?;
        Ok(Some(There { value, etag }))
    }

    /// Puts a definition there, on the version that was looked at.
    pub async fn put(&self, step: &Step, value: &Value) -> Result<(), PushError> {
        let request = self.request(Method::PUT, &[folder(step.shelf), &step.name], &[])?;
        let request = match &step.before {
            Some(there) => request.header(IF_MATCH, &there.etag),
            None => request.header(IF_NONE_MATCH, "*"),
        };
        self.send(request.json(value)).await.map(drop)
    }

    /// Deletes a definition, on the version that was looked at.
    pub async fn delete(&self, step: &Step) -> Result<(), PushError> {
        let etag = step.before.as_ref().map_or("", |there| there.etag.as_str());
        let request = self.request(Method::DELETE, &[folder(step.shelf), &step.name], &[])?;
        self.send(request.header(IF_MATCH, etag)).await.map(drop)
    }

    fn request(
        &self,
        method: Method,
        path: &[&str],
        query: &[(&str, String)],
    ) -> Result<reqwest::RequestBuilder, PushError> {
        let mut url = self.base.clone();
        if let Ok(mut segments) = url.path_segments_mut() {
            segments.pop_if_empty().extend(["api", "v1"]).extend(path);
        }
        // A name that comes from the other end must not lead elsewhere.
        let is_name = |part: &&str| {
            let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-_.".contains(&byte);
            !part.is_empty() && !part.starts_with('.') && part.bytes().all(plain)
        };
        if !path.iter().all(is_name) {
            return Err(unexpected("it has a definition with a name that cannot be"));
        }
        let mut request = self.client.request(method, url).query(query);
        if let Some(key) = &self.key {
            request = request.header(KEY, key.clone());
        }
        Ok(request)
    }

    /// Sends a request that has to go well.
    async fn send(&self, request: reqwest::RequestBuilder) -> Result<Response, PushError> {
        let response = self.answer(request).await?;
        self.checked(response).await
    }

    async fn answer(&self, request: reqwest::RequestBuilder) -> Result<Response, PushError> {
        request.send().await.map_err(|error| {
            let why = if error.is_timeout() {
                "it did not answer in time"
            } else if error.is_connect() {
                "no connection could be made"
            } else {
                "the connection broke off"
            };
            unexpected(&format!("{why}\ncheck the URL, and whether the app runs"))
        })
    }

    async fn checked(&self, response: Response) -> Result<Response, PushError> {
        let status = response.status();
        if status.is_success() {
            return Ok(response);
        }
        let problem: Problem = response.json().await.unwrap_or_default();
        Err(refused(status, problem))
    }

    async fn read<T: for<'de> Deserialize<'de>>(&self, response: Response) -> Result<T, PushError> {
        let read = response.json().await;
        read.map_err(|_| unexpected("its answer is not what rollcall answers\ncheck the URL"))
    }
}

fn folder(shelf: Shelf) -> &'static str {
    match shelf {
        Shelf::Connection => "connections",
        Shelf::Sync => "syncs",
    }
}

/// What a refusal means, and what to do.
fn refused(status: StatusCode, problem: Problem) -> PushError {
    let said = match problem.title.as_str() {
        "" => String::new(),
        title => format!(": {title}: {}", problem.detail),
    };
    match status.as_u16() {
        401 | 403 => unexpected(
            "the key was refused\n\
             put a key into `ROLLCALL_API_KEY` that opens `ApiRead` and `ApiWrite`, like a host key",
        ),
        404 if problem.title.is_empty() => {
            unexpected("there is no rollcall at this URL\ncheck the URL")
        }
        412 | 428 => unexpected("somebody changed it meanwhile\nrun push again"),
        422 => {
            let faults = problem
                .faults
                .iter()
                .map(|fault| match fault.path.as_str() {
                    "" => format!("\n  {}", fault.message),
                    path => format!("\n  {path}: {}", fault.message),
                });
            PushError {
                is_input: true,
                message: format!("it has faults:{}", faults.collect::<String>()),
            }
        }
        _ => {
            let help = problem.help.map(|help| format!("\n{help}"));
            let help = help.unwrap_or_default();
            unexpected(&format!("answered with {status}{said}{help}"))
        }
    }
}

fn unexpected(message: &str) -> PushError {
    PushError {
        is_input: false,
        message: message.to_owned(),
    }
}
