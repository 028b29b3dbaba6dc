//! Custom fields: found by their merge tags, and made where they are missing.
//!
//! It must not know what is kept in them.

use std::collections::BTreeMap;

use serde_json::{Value as Json, json};

use super::{
    api::{Api, CUSTOM_FIELDS, Sent},
    contact::text,
};
use crate::connectors::{
    http::{Waits, shorten},
    ports::{ConnectorError, ErrorKind, Unwatched},
    web::Request,
};

/// The form of an object id.
const LENGTH_OF_AN_ID: u16 = 36;
/// Long enough for an address or a job title.
const USUAL_LENGTH: u16 = 255;

impl Api {
    /// The ids of all custom fields, by merge tag in lower case.
    pub(super) async fn custom_fields(
        &self,
        waits: &mut Waits,
    ) -> Result<BTreeMap<String, String>, ConnectorError> {
        let request = self.listing(CUSTOM_FIELDS);
        let take = |field: &Json| Ok((text(field, "mergeTag"), text(field, "id")));
        let listing = self
            .all(&request, "custom fields", take, &Unwatched, waits)
            .await?;
        if let Some(doubt) = listing.doubt {
            let error = ConnectorError::new(ErrorKind::BadData, doubt);
            return Err(error.help("try again later"));
        }
        let fields = listing.elements.into_iter();
        let named = fields.filter_map(|(tag, id)| Some((tag?.to_lowercase(), id?)));
        Ok(named.collect())
    }

    /// Makes a custom field that was looked for and is not there; gives its id.
    pub(super) async fn create_custom_field(
        &self,
        tag: &str,
        waits: &mut Waits,
    ) -> Result<String, ConnectorError> {
        if !self.create_custom_fields {
            let message = format!("MessageMedia has no custom field `{}`", shorten(tag));
            let help = "make it there, or leave `createCustomFields` out";
            return Err(ConnectorError::new(ErrorKind::Settings, message).help(help));
        }
        let keeps_ids = self.object_id_field.as_deref() == Some(tag);
        let (kind, length) = match tag.to_ascii_lowercase().as_str() {
            _ if keeps_ids => ("TEXT", LENGTH_OF_AN_ID),
            "email" => ("EMAIL", USUAL_LENGTH),
            _ => ("TEXT", USUAL_LENGTH),
        };
        let body = json!({ "label": tag, "mergeTag": tag, "maxLength": length, "type": kind });
        loop {
            let request = Request::post(CUSTOM_FIELDS, body.clone());
            let what = format!("create the custom field `{}`", shorten(tag));
            let error = match self.send(request, &what, waits).await {
                Sent::Done(field) => match text(&field, "id") {
                    Some(id) => return Ok(id),
                    None => unconfirmed(&what, &field),
                },
                Sent::Refused(error) => return Err(error),
                Sent::Conflict => unconfirmed(&what, &Json::Null),
                Sent::Unknown(error) => error,
            };
            let mut there = self.custom_fields(waits).await?;
            if let Some(id) = there.remove(&tag.to_lowercase()) {
                return Ok(id);
            }
            match waits.next(super::asked(&error)) {
                Some(wait) => tokio::time::sleep(wait).await,
                None => return Err(error),
            }
        }
    }
}

fn unconfirmed(what: &str, answer: &Json) -> ConnectorError {
    let conflict = if answer.is_null() {
        "something like it is there"
    } else {
        "the answer names no id"
    };
    let message = format!("{what}: {conflict}, and MessageMedia does not show it");
    ConnectorError::new(ErrorKind::Unavailable(None), message)
        .help("look at the custom fields in MessageMedia")
}
