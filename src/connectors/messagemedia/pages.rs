//! Listings, read to their last page.
//!
//! It must not know what a listing is read for. A page that fails or repeats is an error; a listing whose number does not
//! agree with what came is in doubt.

use std::collections::BTreeSet;

use serde_json::Value as Json;

use super::{
    api::{Api, BLOCK_LIST, CONTACTS, problem},
    contact::{BlockList, Contact, text},
};
use crate::{
    connectors::{
        http::Waits,
        ports::{ConnectorError, ErrorKind, Watch},
        web::Request,
    },
    model::phone::PhoneNumber,
};

/// A listing as it was read.
pub(super) struct Listing<T> {
    /// Its elements, each once.
    pub(super) elements: Vec<T>,
    /// Why this may not be all of it.
    pub(super) doubt: Option<String>,
}

/// What makes something of one element of a listing; the rest of its JSON is let go with its page.
type Take<T> = fn(&Json) -> Result<T, ConnectorError>;

/// One page.
pub(super) struct Page {
    pub(super) elements: Vec<Json>,
    /// How many elements the whole listing has.
    pub(super) total: Option<u64>,
    /// What the next page is asked for with.
    pub(super) next: Option<String>,
}

/// The pages of a listing so far.
struct Pages<T> {
    elements: Vec<T>,
    ids: BTreeSet<String>,
    tokens: BTreeSet<String>,
    totals: BTreeSet<u64>,
}

fn broken(what: &str) -> ConnectorError {
    let message = format!("{what}: the answer of MessageMedia is no page of a listing");
    ConnectorError::new(ErrorKind::BadData, message)
        .help("check `region` or `url`; a proxy in between may answer in its place")
}

impl Api {
    /// The contacts of the account.
    pub(super) async fn contacts<T: Send>(
        &self,
        take: Take<T>,
        watch: &dyn Watch,
        waits: &mut Waits,
    ) -> Result<Listing<T>, ConnectorError> {
        let request = self.listing(CONTACTS);
        self.all(&request, "contacts", take, watch, waits).await
    }

    /// The contacts on a list.
    pub(super) async fn contacts_on(
        &self,
        list: &str,
        watch: &dyn Watch,
        waits: &mut Waits,
    ) -> Result<Listing<Contact>, ConnectorError> {
        let request = self.listing(CONTACTS).query("listIds", list);
        let take: Take<Contact> = Contact::from_json;
        let read = self.all(&request, "members", take, watch, waits).await?;
        // A filter that is not heeded would make members of people who are none.
        let is_elsewhere = |contact: &Contact| contact.is_on(list) == Some(false);
        if read.elements.iter().any(is_elsewhere) {
            let message = "MessageMedia gave contacts that are not on the list that was asked for";
            let error = ConnectorError::new(ErrorKind::BadData, message);
            return Err(error.help("try again later"));
        }
        Ok(read)
    }

    /// A listing in pages as long as the settings want them.
    pub(super) fn listing(&self, path: &str) -> Request {
        Request::get(path).query("pageSize", self.page_size.to_string())
    }

    /// All of a listing. `things` is what it lists, for messages.
    pub(super) async fn all<T: Send>(
        &self,
        request: &Request,
        things: &str,
        take: Take<T>,
        watch: &dyn Watch,
        waits: &mut Waits,
    ) -> Result<Listing<T>, ConnectorError> {
        let what = format!("read {things}");
        let mut pages = Pages::new();
        let mut token: Option<String> = None;
        loop {
            let page = self.page(request, token.as_deref(), &what, waits).await?;
            token = pages.add(page, take, &what)?;
            let total = pages.totals.last().copied();
            let total = total.and_then(|total| usize::try_from(total).ok());
            watch.progress(&format!("{things} read"), pages.elements.len(), total);
            if token.is_none() {
                return Ok(pages.listing(things));
            }
        }
    }

    /// One page of a listing.
    pub(super) async fn page(
        &self,
        request: &Request,
        token: Option<&str>,
        what: &str,
        waits: &mut Waits,
    ) -> Result<Page, ConnectorError> {
        let request = match token {
            Some(token) => request.clone().query("nextPageToken", token),
            None => request.clone(),
        };
        let mut body = self.get(request, what, waits).await?;
        let Some(Json::Array(elements)) = body.get_mut("content").map(Json::take) else {
            return Err(broken(what));
        };
        Ok(Page {
            elements,
            total: body.get("totalElements").and_then(Json::as_u64),
            next: text(&body, "nextPageToken"),
        })
    }

    /// The account's block list. A key that may not read it is no error: what follows from that is for others to say.
    pub(super) async fn block_list(&self, waits: &mut Waits) -> Result<BlockList, ConnectorError> {
        let what = "read the block list";
        let mut numbers = BTreeSet::new();
        let mut first: Option<Vec<Json>> = None;
        let mut tokens: BTreeSet<String> = BTreeSet::new();
        let mut token: Option<String> = None;
        loop {
            let mut request = Request::get(BLOCK_LIST);
            if let Some(token) = &token {
                request = request.query("token", token.as_str());
            }
            let heard = self.web.ask(&request, waits).await?;
            if matches!(heard.status, 401 | 403 | 404) && first.is_none() {
                return Ok(BlockList::Unreadable(heard.in_words()));
            }
            if !heard.is_done() {
                return Err(problem(&heard, what));
            }
            let Some(page) = heard.body.get("numbers").and_then(Json::as_array) else {
                return Err(broken(what));
            };
            // The contract does not say how the last page looks; one that begins again is one way to say "no more".
            let begins_again = first.as_ref() == Some(page) && token.is_some();
            if page.is_empty() || begins_again {
                return Ok(BlockList::Known(numbers));
            }
            numbers.extend(page.iter().filter_map(blocked_number));
            first.get_or_insert_with(|| page.clone());
            token = next_of_block_list(&heard.body);
            match &token {
                None => return Ok(BlockList::Known(numbers)),
                Some(token) if !tokens.insert(token.clone()) => return Err(repeats(what)),
                Some(_) => {}
            }
        }
    }
}

impl<T> Pages<T> {
    fn new() -> Self {
        Self {
            elements: Vec::new(),
            ids: BTreeSet::new(),
            tokens: BTreeSet::new(),
            totals: BTreeSet::new(),
        }
    }

    /// Takes a page in; gives what the next one is asked for with. Pages may overlap, but one that brings nothing new
    /// would come for ever.
    fn add(
        &mut self,
        page: Page,
        take: Take<T>,
        what: &str,
    ) -> Result<Option<String>, ConnectorError> {
        let before = self.elements.len();
        for element in &page.elements {
            let id = text(element, "id").ok_or_else(|| broken(what))?;
            if self.ids.insert(id) {
                self.elements.push(take(element)?);
            }
        }
        self.totals.extend(page.total);
        let is_stale = !page.elements.is_empty() && self.elements.len() == before;
        match page.next {
            Some(token) if is_stale || !self.tokens.insert(token.clone()) => Err(repeats(what)),
            next => Ok(next),
        }
    }

    fn listing(self, things: &str) -> Listing<T> {
        let count = self.elements.len();
        let totals: Vec<u64> = self.totals.iter().copied().collect();
        let doubt = match totals.as_slice() {
            [] => Some(format!(
                "MessageMedia did not say how many {things} there are"
            )),
            [total] if usize::try_from(*total) == Ok(count) => None,
            [total] => Some(format!(
                "MessageMedia said that there are {total} {things}, and gave {count}"
            )),
            _ => Some(format!(
                "the number of {things} changed while they were read"
            )),
        };
        Listing {
            elements: self.elements,
            doubt,
        }
    }
}

fn repeats(what: &str) -> ConnectorError {
    let message = format!("{what}: MessageMedia sends the same page again and again");
    ConnectorError::new(ErrorKind::BadData, message).help("try again later")
}

/// A number as the block list writes it, with or without `+`.
fn blocked_number(number: &Json) -> Option<PhoneNumber> {
    let number = number.as_str()?.trim();
    let number = match number.strip_prefix('+') {
        Some(_) => number.to_owned(),
        None => format!("+{number}"),
    };
    PhoneNumber::parse(&number, None).ok()
}

/// What the next page of the block list is asked for with: it stands in a link, and beside it.
fn next_of_block_list(body: &Json) -> Option<String> {
    let pagination = body.get("pagination")?;
    let linked = text(pagination, "next_uri").and_then(|link| {
        let (_, query) = link.split_once('?')?;
        let mut pairs = url::form_urlencoded::parse(query.as_bytes());
        let (_, token) = pairs.find(|(name, _)| name == "token")?;
        Some(token.into_owned())
    });
    linked
        .or_else(|| text(pagination, "page"))
        .filter(|token| !token.is_empty())
}
