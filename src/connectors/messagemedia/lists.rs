//! Lists: found by id, name or alias, named, and created.
//!
//! It must not know who is on them.

use async_trait::async_trait;
use serde_json::{Value as Json, json};

use super::{
    api::{Api, LISTS, Sent, is_id},
    contact::text,
};
use crate::connectors::{
    http::{Waits, shorten},
    ports::{ConnectorError, ErrorKind, KnownList, Lists, Unwatched, Watch},
    web::Request,
};

/// Names the lists of an account.
pub(super) struct ListNames(pub(super) Api);

#[async_trait]
impl Lists for ListNames {
    async fn lists(&self, watch: &dyn Watch) -> Result<Vec<KnownList>, ConnectorError> {
        let mut waits = self.0.web.start();
        let api = &self.0;
        let listing = api
            .all(&api.listing(LISTS), "lists", whole, watch, &mut waits)
            .await?;
        if let Some(doubt) = listing.doubt {
            let error = ConnectorError::new(ErrorKind::BadData, doubt);
            return Err(error.help("try again later"));
        }
        let known = listing.elements.iter().filter_map(|list| {
            Some(KnownList {
                name: text(list, "name")?,
                id: Some(id_of(list)?),
                note: text(list, "alias").map(|alias| format!("alias `{alias}`")),
            })
        });
        Ok(KnownList::sorted(known.collect()))
    }
}

fn whole(list: &Json) -> Result<Json, ConnectorError> {
    Ok(list.clone())
}

fn id_of(list: &Json) -> Option<String> {
    let id = text(list, "id")?.to_ascii_lowercase();
    is_id(&id).then_some(id)
}

/// Whether a list has this name, or this alias, whatever its capitals.
fn is_called(list: &Json, field: &str, name: &str) -> bool {
    text(list, field).is_some_and(|known| known.trim().to_lowercase() == name.to_lowercase())
}

impl Api {
    /// The id of a list; `None` when it is not there. An id is looked up as one; else a name counts before an alias.
    pub(super) async fn find_list(
        &self,
        wanted: &str,
        waits: &mut Waits,
    ) -> Result<Option<String>, ConnectorError> {
        let wanted = wanted.trim();
        if is_id(wanted) {
            let id = wanted.to_ascii_lowercase();
            let found = self
                .get(
                    Request::get(format!("{LISTS}/{id}")),
                    "read the list",
                    waits,
                )
                .await;
            return match found {
                Ok(_) => Ok(Some(id)),
                Err(error) if error.kind == ErrorKind::NotFound => Ok(None),
                Err(error) => Err(error),
            };
        }
        // What the filter takes for equal is not documented: what it gives is looked at, and where it gives nothing,
        // all lists are. That finds aliases too.
        let named = self.listing(LISTS).query("name", wanted);
        let listing = self.all(&named, "lists", whole, &Unwatched, waits).await?;
        if let Some(id) = only(&listing.elements, "name", wanted)? {
            return Ok(Some(id));
        }
        let every = self.listing(LISTS);
        let listing = self.all(&every, "lists", whole, &Unwatched, waits).await?;
        for field in ["name", "alias"] {
            if let Some(id) = only(&listing.elements, field, wanted)? {
                return Ok(Some(id));
            }
        }
        match listing.doubt {
            // A list that was not seen would be made a second time.
            Some(doubt) => {
                let message = format!("look for the list `{}`: {doubt}", shorten(wanted));
                Err(ConnectorError::new(ErrorKind::BadData, message).help("try again later"))
            }
            None => Ok(None),
        }
    }

    /// The id of a list that was made now, or is there already.
    pub(super) async fn create_list(
        &self,
        name: &str,
        waits: &mut Waits,
    ) -> Result<(String, Made), ConnectorError> {
        if let Some(id) = self.find_list(name, waits).await? {
            return Ok((id, Made::Before));
        }
        if is_id(name.trim()) {
            return Err(not_there(name));
        }
        loop {
            let request = Request::post(LISTS, json!({ "name": name.trim() }));
            let sent = self.send(request, "create the list", waits).await;
            let (error, asked) = match sent {
                Sent::Done(list) => match id_of(&list) {
                    Some(id) => return Ok((id, Made::Now)),
                    None => (unconfirmed(name), None),
                },
                Sent::Refused(error) => return Err(error),
                Sent::Conflict => (unconfirmed(name), None),
                Sent::Unknown(error) => {
                    let asked = super::asked(&error);
                    (error, asked)
                }
            };
            // Whoever made it meanwhile, or this request did: it is there, or it may be asked for again.
            if let Some(id) = self.find_list(name, waits).await? {
                return Ok((id, Made::Before));
            }
            match waits.next(asked) {
                Some(wait) => tokio::time::sleep(wait).await,
                None => return Err(error),
            }
        }
    }
}

/// When a list was made.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Made {
    /// By this request: nobody is on it.
    Now,
    /// Before, or by a request whose answer was lost.
    Before,
}

/// The one list with this name (or alias).
fn only(lists: &[Json], field: &str, name: &str) -> Result<Option<String>, ConnectorError> {
    let mut found = lists.iter().filter(|list| is_called(list, field, name));
    let first = found.next();
    let more = found.count();
    if more > 0 {
        let message = format!("{} lists have the {field} `{}`", more + 1, shorten(name));
        return Err(ConnectorError::new(ErrorKind::Ambiguous, message)
            .help("name the list by its id; `rollcall lists` shows it"));
    }
    Ok(first.and_then(id_of))
}

/// The problem of a list that is not there.
pub(super) fn not_there(name: &str) -> ConnectorError {
    let message = format!("MessageMedia has no list `{}`", shorten(name));
    ConnectorError::new(ErrorKind::NotFound, message).help(
        "check its name; `rollcall lists` shows those there are, and `create` makes a new one",
    )
}

fn unconfirmed(name: &str) -> ConnectorError {
    let message = format!(
        "MessageMedia neither made the list `{}` nor shows one",
        shorten(name)
    );
    ConnectorError::new(ErrorKind::Unavailable(None), message).help("try again later")
}
