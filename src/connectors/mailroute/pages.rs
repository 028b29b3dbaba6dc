//! Listings, to their last page, with what is known of their completeness.
//!
//! It must not know what is listed. A listing that changes while it is read may lose somebody between two pages: the
//! number that every page names is held against what came.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;
use url::form_urlencoded;

use super::api::Api;
use crate::connectors::{
    http::Waits,
    ports::{ConnectorError, ErrorKind, Watch},
    web::Request,
};

/// A listing, read to its last page.
#[derive(Debug, Default)]
pub(super) struct Listing {
    /// What it lists, each object once.
    pub(super) objects: Vec<Value>,
    /// Reasons to doubt that this is all.
    pub(super) doubts: Vec<String>,
}

/// Reads a resource (`email_account`) through this filter. `what` is what it is called in messages (`accounts`).
pub(super) async fn listing(
    api: &Api,
    resource: &str,
    filter: &[(&str, &str)],
    what: &str,
    waits: &mut Waits,
    watch: &dyn Watch,
) -> Result<Listing, ConnectorError> {
    let mut request = Request::get(format!("{resource}/"));
    let limit = api.page_size.to_string();
    let options = filter.iter().copied();
    let options = options.chain([("limit", limit.as_str()), ("offset", "0")]);
    for (name, value) in options.clone() {
        request = request.query(name, value);
    }
    let mut seen = BTreeSet::from([position(options)]);
    let (mut objects, mut totals) = (BTreeMap::new(), BTreeSet::new());
    loop {
        let page = api.read(&request, waits).await?.ok_or_else(|| {
            ConnectorError::new(
                ErrorKind::NotFound,
                format!("MailRoute has no {what} there"),
            )
            .help("see whether `url` of the connection ends in `/api/v1`")
        })?;
        let found = page.get("objects").and_then(Value::as_array);
        let (Some(found), Some(meta)) = (found, page.get("meta")) else {
            let message = format!("MailRoute's answer is no page of {what}");
            return Err(ConnectorError::new(ErrorKind::BadData, message));
        };
        for object in found {
            let id = number_or_text(object.get("id")).ok_or_else(|| {
                let message = format!("MailRoute lists one of the {what} without an id");
                ConnectorError::new(ErrorKind::BadData, message)
            })?;
            // An object may come twice when the listing moved between two pages.
            objects.insert(id, object.clone());
        }
        let total = meta.get("total_count").and_then(Value::as_u64);
        totals.insert(total);
        let total = total.and_then(|total| usize::try_from(total).ok());
        watch.progress(&format!("{what} read"), objects.len(), total);
        let Some(next) = meta.get("next").and_then(Value::as_str) else {
            break;
        };
        let link = next.split_once('?').map_or("", |(_, query)| query);
        let pairs = form_urlencoded::parse(link.as_bytes()).into_owned();
        let pairs: Vec<(String, String)> = pairs.collect();
        let borrowed = pairs
            .iter()
            .map(|(name, value)| (name.as_str(), value.as_str()));
        if !seen.insert(position(borrowed)) {
            let message = format!("MailRoute's pages of {what} lead back to one that was read");
            return Err(ConnectorError::new(ErrorKind::BadData, message));
        }
        request = api.web.follow(next)?;
    }
    let doubts = doubts(&totals, objects.len(), what);
    let objects = objects.into_values().collect();
    Ok(Listing { objects, doubts })
}

/// Where in a listing a page stands, however its link is written.
fn position<'a>(options: impl Iterator<Item = (&'a str, &'a str)>) -> Vec<(String, String)> {
    let mut options: Vec<(String, String)> = options
        .map(|(name, value)| (name.to_owned(), value.to_owned()))
        .collect();
    options.sort();
    options
}

fn doubts(totals: &BTreeSet<Option<u64>>, found: usize, what: &str) -> Vec<String> {
    let mut named = totals.iter().copied().flatten();
    match (named.next(), named.next()) {
        (None, _) => vec![format!("MailRoute did not say how many {what} there are")],
        (Some(_), Some(_)) => vec![format!(
            "the {what} at MailRoute changed while they were read"
        )],
        (Some(total), None) if u64::try_from(found) != Ok(total) => {
            vec![format!(
                "MailRoute says that there are {total} {what} and listed {found}"
            )]
        }
        (Some(_), None) => Vec::new(),
    }
}

/// A number, or a text, as text: ids come as both.
pub(super) fn number_or_text(value: Option<&Value>) -> Option<String> {
    match value? {
        Value::Number(number) => Some(number.to_string()),
        Value::String(text) if !text.trim().is_empty() => Some(text.trim().to_owned()),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_listed_is_held_against_what_is_there() {
        let totals = |totals: &[Option<u64>]| totals.iter().copied().collect::<BTreeSet<_>>();
        assert!(doubts(&totals(&[Some(3)]), 3, "accounts").is_empty());
        assert_eq!(doubts(&totals(&[Some(3)]), 2, "accounts").len(), 1);
        assert_eq!(doubts(&totals(&[Some(3), Some(4)]), 4, "accounts").len(), 1);
        assert_eq!(doubts(&totals(&[None]), 4, "accounts").len(), 1);
    }
}
