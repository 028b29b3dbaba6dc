//! The requests of the contacts API, each in one function, and what its answers mean.
//!
//! It must not decide what is to be asked or written.

use serde_json::{Value as Json, json};

use super::{
    contact::{Contact, text},
    pages::Listing,
};
use crate::{
    connectors::{
        http::{Waits, shorten},
        ports::{ConnectorError, ErrorKind, Unwatched},
        web::{Heard, Request, Web},
    },
    model::phone::PhoneNumber,
};

pub(super) const CONTACTS: &str = "api/v1/contacts/contacts";
pub(super) const LISTS: &str = "api/v1/contacts/lists";
pub(super) const CUSTOM_FIELDS: &str = "api/v1/contacts/custom-fields";
pub(super) const BLOCK_LIST: &str = "v1/number_authorisation/mt/blacklist";

/// The way to one account. Cheap to clone.
#[derive(Clone)]
pub(super) struct Api {
    pub(super) web: Web,
    pub(super) page_size: u16,
    pub(super) chunk: usize,
    pub(super) object_id_field: Option<String>,
    pub(super) create_custom_fields: bool,
}

/// What became of something that was sent.
pub(super) enum Sent {
    /// It was done; the body of the answer.
    Done(Json),
    /// It was understood and refused.
    Refused(ConnectorError),
    /// Something like it is there already.
    Conflict,
    /// Nobody knows: the answer was lost, or is none that can be believed.
    Unknown(ConnectorError),
}

impl Api {
    /// Asks for something; anything but a good answer is an error. `what` completes "failed to …".
    pub(super) async fn get(
        &self,
        request: Request,
        what: &str,
        waits: &mut Waits,
    ) -> Result<Json, ConnectorError> {
        let heard = self.web.ask(&request, waits).await?;
        if heard.is_done() && !heard.body.is_null() {
            Ok(heard.body)
        } else {
            Err(problem(&heard, what))
        }
    }

    /// Sends something. An answer that tells nothing is `Unknown`; nothing was sent again unless that is harmless.
    pub(super) async fn send(&self, request: Request, what: &str, waits: &mut Waits) -> Sent {
        match self.web.ask(&request, waits).await {
            Ok(heard) if heard.is_done() && !heard.is_foreign() => Sent::Done(heard.body),
            Ok(heard) if heard.is_done() || heard.is_uncertain() => {
                Sent::Unknown(problem(&heard, what))
            }
            Ok(heard) if heard.status == 409 => Sent::Conflict,
            Ok(heard) => Sent::Refused(problem(&heard, what)),
            Err(error) => Sent::Unknown(error),
        }
    }

    /// One contact; `None` when it is not there.
    pub(super) async fn contact(
        &self,
        id: &str,
        waits: &mut Waits,
    ) -> Result<Option<Contact>, ConnectorError> {
        let request = Request::get(one_contact(id)?);
        match self.get(request, "read a contact", waits).await {
            Ok(body) => Contact::from_json(&body).map(Some),
            Err(error) if error.kind == ErrorKind::NotFound => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// The contacts that are reached on a number.
    pub(super) async fn contacts_with(
        &self,
        phone: &PhoneNumber,
        waits: &mut Waits,
    ) -> Result<Listing<Contact>, ConnectorError> {
        let request = self.listing(CONTACTS).query("channelIds", phone.as_str());
        let mut found = self
            .all(&request, "contacts", Contact::from_json, &Unwatched, waits)
            .await?;
        found.elements.retain(|contact| contact.has_phone(phone));
        Ok(found)
    }

    /// Makes a contact.
    pub(super) async fn create_contact(&self, body: Json, waits: &mut Waits) -> Sent {
        let request = Request::post(CONTACTS, body);
        self.send(request, "create the contact", waits).await
    }

    /// Changes a contact; asked twice, it has the same effect.
    pub(super) async fn change_contact(&self, id: &str, body: Json, waits: &mut Waits) -> Sent {
        match one_contact(id) {
            Ok(path) => {
                let request = Request::new(reqwest::Method::PATCH, path, Some(body));
                self.send(request.repeatable(), "change the contact", waits)
                    .await
            }
            Err(error) => Sent::Refused(error),
        }
    }

    /// Puts contacts on a list, or takes them off; asked twice, it has the same effect.
    pub(super) async fn change_list(
        &self,
        list: &str,
        adding: bool,
        contacts: &[&str],
        waits: &mut Waits,
    ) -> Sent {
        let (add, remove) = if adding {
            (contacts, &[][..])
        } else {
            (&[][..], contacts)
        };
        let body = json!({ "contactsToAddIds": add, "contactsToRemoveIds": remove });
        let path = format!("{LISTS}/{list}/contacts");
        let request = Request::new(reqwest::Method::PATCH, path, Some(body));
        self.send(request.repeatable(), "change the list", waits)
            .await
    }
}

/// The path of a contact. An id that is none would lead elsewhere.
fn one_contact(id: &str) -> Result<String, ConnectorError> {
    if is_id(id) {
        Ok(format!("{CONTACTS}/{id}"))
    } else {
        let message = format!("`{}` is not the id of a contact", shorten(id));
        Err(ConnectorError::new(ErrorKind::BadData, message))
    }
}

/// Whether a text has the form of an id.
pub(super) fn is_id(text: &str) -> bool {
    text.len() == 36 && uuid::Uuid::try_parse(text).is_ok()
}

/// What an answer that is no success means. `what` completes "failed to …".
pub(super) fn problem(heard: &Heard, what: &str) -> ConnectorError {
    let mut message = format!("{what}: MessageMedia answered {}", heard.in_words());
    let said = said(&heard.body);
    if !said.is_empty() {
        message = format!("{message}: {said}");
    }
    let (kind, help) = match heard.status {
        401 => (
            ErrorKind::SignIn,
            "check the API key and its secret, and that `region` or `url` is where the account is",
        ),
        402 | 403 => (
            ErrorKind::Denied,
            "look what the API key may do under Configuration, API Settings",
        ),
        404 => (
            ErrorKind::NotFound,
            "look whether it was deleted in MessageMedia",
        ),
        408 | 429 | 500 | 502 | 503 | 504 => {
            (ErrorKind::Unavailable(heard.wait()), "try again later")
        }
        200..=399 => (
            ErrorKind::BadData,
            "the answer is not one of the contacts API; check `region` or `url`",
        ),
        _ => return ConnectorError::new(ErrorKind::BadData, message),
    };
    ConnectorError::new(kind, message).help(help)
}

/// What an error says of itself, cut short.
fn said(body: &Json) -> String {
    let mut pieces: Vec<String> = ["title", "detail", "message"]
        .iter()
        .filter_map(|name| text(body, name))
        .collect();
    let fields = body.get("invalidFields").and_then(Json::as_array);
    for field in fields.into_iter().flatten() {
        let name = text(field, "name").unwrap_or_default();
        let reason = text(field, "reason").or_else(|| text(field, "code"));
        pieces.push(format!("`{name}`: {}", reason.unwrap_or_default()));
    }
    shorten(&pieces.join("; "))
}
