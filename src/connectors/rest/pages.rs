//! Reads a listing to its last page. A page that fails, repeats or is none ends the reading with an error.
//!
//! It must not know what is listed.

use std::{
    collections::BTreeSet,
    hash::{DefaultHasher, Hash, Hasher},
};

use serde_json::Value;

use super::{
    api::Api,
    description::{Listing, Pages},
    path::JsonPath,
    template::Filling,
};
use crate::connectors::{
    http::{Waits, shorten},
    ports::{ConnectorError, ErrorKind, Watch},
    web::{Heard, Request},
};

/// So many pages in a row with nothing on them lead nowhere.
const MOST_EMPTY_PAGES: usize = 100;

/// Everything that was listed.
pub(super) struct Listed {
    /// As it came, in order.
    pub(super) items: Vec<Value>,
    /// How many there are in all, as the last page that said so says.
    pub(super) total: Option<u64>,
    /// Whether the settings say where that stands.
    pub(super) has_total: bool,
    /// Whether pages were counted: what joins or leaves meanwhile then moves others from page to page.
    pub(super) counted: bool,
}

/// How far a reading is.
struct Walk<'a> {
    api: &'a Api,
    first: (String, Vec<(String, String)>),
    read: usize,
    pages: usize,
    empty_pages: usize,
    seen: BTreeSet<String>,
    pages_seen: BTreeSet<u64>,
}

/// Reads to the last page, or `most` pages.
pub(super) async fn all(
    api: &Api,
    listing: &Listing,
    filling: &Filling<'_>,
    total: Option<&JsonPath>,
    most: usize,
    waits: &mut Waits,
    watch: (&dyn Watch, &str),
) -> Result<Listed, ConnectorError> {
    let first = listing.target.filled(filling).map_err(|slot| {
        let message = format!("`{}` cannot be part of a path here", slot.written());
        ConnectorError::new(ErrorKind::Settings, message).help("check the list's name")
    })?;
    let mut walk = Walk {
        api,
        first,
        read: 0,
        pages: 0,
        empty_pages: 0,
        seen: BTreeSet::new(),
        pages_seen: BTreeSet::new(),
    };
    let counts = match &api.described.paging {
        Pages::Counted { total, .. } => Some(total.as_ref()),
        _ => None,
    };
    let total_path = total.or(counts.flatten());
    let mut listed = Listed {
        items: Vec::new(),
        total: None,
        has_total: total_path.is_some(),
        counted: counts.is_some(),
    };
    let mut next = Some(walk.begin());
    while let Some(request) = next {
        let heard = api.read(api.ask(&request, waits).await?)?;
        let items = items(&listing.items, &heard.body, walk.pages == 0)?;
        listed.total = total_path
            .and_then(|path| path.number(&heard.body))
            .or(listed.total);
        walk.turn(&items)?;
        next = walk.next(&heard, items.is_empty(), listed.total)?;
        listed.items.extend(items);
        let known = listed.total.and_then(|total| usize::try_from(total).ok());
        watch.0.progress(watch.1, listed.items.len(), known);
        if walk.pages >= most {
            break;
        }
    }
    Ok(listed)
}

/// What stands on a page. Nothing there at all is not an empty page: it may be another answer altogether.
fn items(path: &JsonPath, body: &Value, is_first: bool) -> Result<Vec<Value>, ConnectorError> {
    let array = path.before_each();
    let found = array.as_ref().unwrap_or(path).select(body);
    match found.as_slice() {
        [Value::Array(items)] if array.is_none() => return Ok(items.clone()),
        [Value::Array(all)] => {
            let items = path.select(body);
            // One that has nothing there would be left out without a word.
            if items.len() >= all.len() {
                return Ok(items.into_iter().cloned().collect());
            }
        }
        // How some languages write an empty list; in the middle of a listing it is a failure.
        [Value::Null] if is_first && !body.is_null() => return Ok(Vec::new()),
        _ => {}
    }
    let message = "the API's answer holds no list where `items` says";
    Err(ConnectorError::new(ErrorKind::BadData, message)
        .help("check `items` against an answer of the API"))
}

impl Walk<'_> {
    /// The first page.
    fn begin(&self) -> Request {
        let request = self.again();
        match &self.api.described.paging {
            Pages::Counted {
                parameter,
                size,
                first,
                ..
            } => sized(request, size.as_ref()).query(parameter, first.to_string()),
            _ => request,
        }
    }

    /// The request of the first page, without what tells pages apart.
    fn again(&self) -> Request {
        let (path, query) = &self.first;
        let request = Request::get(path.clone());
        query
            .iter()
            .fold(request, |request, (name, value)| request.query(name, value))
    }

    /// Takes note of a page.
    fn turn(&mut self, items: &[Value]) -> Result<(), ConnectorError> {
        self.pages += 1;
        self.read += items.len();
        if items.is_empty() {
            self.empty_pages += 1;
        } else {
            self.empty_pages = 0;
        }
        if self.empty_pages > MOST_EMPTY_PAGES {
            return Err(cycle("the API goes on without end and lists nothing"));
        }
        // A link to itself, or a parameter that does nothing: every page would be one that was read.
        if !items.is_empty() && !self.pages_seen.insert(digest(items)) {
            return Err(cycle("the API gave the same page twice"));
        }
        Ok(())
    }

    /// The next page, if there is one.
    fn next(
        &mut self,
        heard: &Heard,
        is_empty: bool,
        total: Option<u64>,
    ) -> Result<Option<Request>, ConnectorError> {
        match &self.api.described.paging {
            Pages::One => Ok(None),
            Pages::LinkInHeader => self.link(heard.next.clone()),
            Pages::LinkInBody(path) => {
                let link = path.way_on(&heard.body);
                self.link(link.map_err(|()| no_way_on())?)
            }
            Pages::Token { next, parameter } => {
                let token = next.way_on(&heard.body).map_err(|()| no_way_on())?;
                let Some(token) = self.unseen(token)? else {
                    return Ok(None);
                };
                Ok(Some(self.again().query(parameter, token)))
            }
            Pages::Counted {
                parameter,
                size,
                first,
                by_page,
                ..
            } => {
                let read = u64::try_from(self.read).unwrap_or(u64::MAX);
                if is_empty || total.is_some_and(|total| read >= total) {
                    return Ok(None);
                }
                let count = first + if *by_page { self.pages } else { self.read };
                let request = sized(self.again(), size.as_ref());
                Ok(Some(request.query(parameter, count.to_string())))
            }
        }
    }

    fn link(&mut self, link: Option<String>) -> Result<Option<Request>, ConnectorError> {
        let Some(link) = self.unseen(link)? else {
            return Ok(None);
        };
        // A link that is nothing but a query belongs to the request it answers, not to the address of the API.
        let (path, _) = &self.first;
        if link.starts_with('?') {
            return self.api.follow(&format!("{path}{link}")).map(Some);
        }
        self.api.follow(&link).map(Some)
    }

    fn unseen(&mut self, next: Option<String>) -> Result<Option<String>, ConnectorError> {
        match next {
            Some(next) if !self.seen.insert(next.clone()) => {
                let message = format!(
                    "the API leads in a circle: `{}` came before",
                    shorten(&next)
                );
                Err(cycle(&message))
            }
            next => Ok(next),
        }
    }
}

fn sized(request: Request, size: Option<&(String, String)>) -> Request {
    match size {
        Some((parameter, size)) => request.query(parameter, size.as_str()),
        None => request,
    }
}

/// Pages are told apart by their digests: a listing of a million members is not kept twice.
fn digest(items: &[Value]) -> u64 {
    let mut hasher = DefaultHasher::new();
    for item in items {
        item.to_string().hash(&mut hasher);
    }
    hasher.finish()
}

fn no_way_on() -> ConnectorError {
    let message = "what the API says of the next page is neither a text nor nothing";
    ConnectorError::new(ErrorKind::BadData, message)
        .help("check `next` of `paging` against an answer of the API")
}

fn cycle(message: &str) -> ConnectorError {
    ConnectorError::new(ErrorKind::BadData, message)
        .help("check `paging` against the API's description")
}
