//! Listings, page by page, in the envelopes of OData 3 and OData 4.
//!
//! It must not know what is listed.

use std::collections::HashSet;

use serde_json::Value;

use super::api::{Api, PLATFORM};
use crate::connectors::{
    http::{Waits, shorten},
    ports::{ConnectorError, ErrorKind, Watch},
    web::{Heard, Request},
};

/// After so many pages in a row that bring nothing new a listing has no end.
const MOST_EMPTY_PAGES: u32 = 100;

/// What is listed: where, and how it is called.
pub(super) struct Wanted<'a> {
    /// The path below the API (`Lists(318)/Contacts`).
    pub(super) path: &'a str,
    /// Which properties are asked for; all of them without it.
    pub(super) select: Option<&'a str>,
    /// What is done, for messages (`reading list `Staff``).
    pub(super) doing: &'a str,
    /// What is counted, for whoever watches (`members read`).
    pub(super) counted: &'a str,
}

/// A listing, read to its last page.
#[derive(Debug, Default)]
pub(super) struct Listing {
    /// Every object once.
    pub(super) objects: Vec<Value>,
    /// Why this may not be all, in words.
    pub(super) doubt: Option<String>,
    /// Which envelope the pages came in.
    pub(super) envelope: Envelope,
}

/// The form of an answer.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) enum Envelope {
    /// `odata.metadata`, `odata.nextLink`.
    Three,
    /// `@odata.context`, `@odata.nextLink`.
    Four,
    /// Neither.
    #[default]
    Bare,
}

struct Page {
    objects: Vec<Value>,
    next: Option<String>,
    count: Option<u64>,
    envelope: Envelope,
}

impl Wanted<'_> {
    /// The request for the first page.
    pub(super) fn first(&self) -> Request {
        let request = Request::get(self.path);
        match self.select {
            Some(properties) => request.query("$select", properties),
            None => request,
        }
    }

    /// The request for the page that a link leads to. Only what stands after `?` is taken from the link: a path that
    /// is meant otherwise would list other people.
    fn following(&self, api: &Api, link: &str) -> Result<Request, ConnectorError> {
        api.web.follow(link)?;
        let (path, query) = link.split_once('?').unwrap_or((link, ""));
        let last = |path: &str| path.rsplit('/').next().map(str::to_ascii_lowercase);
        let decoded = path.replace("%28", "(").replace("%29", ")");
        if last(&decoded) != last(self.path) || query.is_empty() {
            let message = format!(
                "{}: {PLATFORM} sent a link to a next page that leads elsewhere: `{}`",
                self.doing,
                shorten(path)
            );
            return Err(ConnectorError::new(ErrorKind::BadData, message));
        }
        api.web.follow(&format!("{}?{query}", self.path))
    }
}

/// Reads all pages, beginning with what the first request was answered.
pub(super) async fn read(
    api: &Api,
    wanted: &Wanted<'_>,
    first: Heard,
    waits: &mut Waits,
    watch: &dyn Watch,
) -> Result<Listing, ConnectorError> {
    let mut listing = Listing::default();
    let mut links = HashSet::new();
    let mut keys = HashSet::new();
    let (mut count, mut empty) = (None, 0);
    let mut heard = first;
    loop {
        let page = Page::of(&heard, api, wanted.doing)?;
        let (before, came) = (listing.objects.len(), page.objects.len());
        for object in page.objects {
            if keys.insert(key(&object)) {
                listing.objects.push(object);
            }
        }
        let is_new = listing.objects.len() > before;
        empty = if is_new { 0 } else { empty + 1 };
        if came > 0 && !is_new || empty > MOST_EMPTY_PAGES {
            return Err(goes_in_circles(wanted.doing));
        }
        listing.envelope = page.envelope;
        count = page.count.or(count);
        let known = count.and_then(|count| usize::try_from(count).ok());
        watch.progress(wanted.counted, listing.objects.len(), known);
        let Some(link) = page.next else {
            break;
        };
        if !links.insert(link.clone()) {
            return Err(goes_in_circles(wanted.doing));
        }
        let request = wanted.following(api, &link)?;
        heard = api.ask(&request, waits).await?;
    }
    let found = listing.objects.len();
    listing.doubt = count
        .filter(|count| *count != found as u64)
        .map(|count| format!("{PLATFORM} counts {count} and showed {found}"));
    Ok(listing)
}

fn goes_in_circles(doing: &str) -> ConnectorError {
    let message = format!("{doing}: {PLATFORM} sent the same page again");
    ConnectorError::new(ErrorKind::BadData, message)
}

/// What tells two objects apart: their id, or all of them.
fn key(object: &Value) -> String {
    match object.get("ID") {
        Some(id) if !id.is_null() => id.to_string(),
        _ => object.to_string(),
    }
}

impl Page {
    fn of(heard: &Heard, api: &Api, doing: &str) -> Result<Self, ConnectorError> {
        if !heard.is_done() {
            return Err(api.trouble(heard, doing));
        }
        let body = &heard.body;
        let Some(objects) = body.get("value").and_then(Value::as_array) else {
            return Err(api.foreign(doing));
        };
        let either = |name: &str| {
            let four = body.get(format!("@odata.{name}"));
            four.or_else(|| body.get(format!("odata.{name}")))
        };
        let next = either("nextLink").and_then(Value::as_str);
        let has = |mark: &str| {
            let mut names = body.as_object().into_iter().flat_map(|body| body.keys());
            names.any(|name| name.starts_with(mark))
        };
        Ok(Self {
            objects: objects.clone(),
            next: next.filter(|link| !link.is_empty()).map(str::to_owned),
            // OData 3 writes the count as a text.
            count: either("count").and_then(|count| match count {
                Value::String(text) => text.parse().ok(),
                count => count.as_u64(),
            }),
            envelope: if has("@odata.") {
                Envelope::Four
            } else if has("odata.") {
                Envelope::Three
            } else {
                Envelope::Bare
            },
        })
    }
}

impl Envelope {
    /// In words.
    pub(super) fn in_words(self) -> &'static str {
        match self {
            Self::Three => "answers in OData 3",
            Self::Four => "answers in OData 4",
            Self::Bare => "answers without OData's marks",
        }
    }
}
