//! Finds lists by their names or ids.
//!
//! It must not know their members.

use crate::connectors::{
    http::Waits,
    ports::{ConnectorError, ErrorKind, KnownList, Watch},
};

use super::{api::Api, pages, template::Filling};

/// A list that was found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Found {
    /// Its id, as the platform spells it.
    pub(super) id: String,
    /// Its name.
    pub(super) name: String,
}

/// Every list, sorted by name. `None` where the settings do not say how lists are found.
pub(super) async fn every(
    api: &Api,
    waits: &mut Waits,
    watch: &dyn Watch,
) -> Result<Option<Vec<Found>>, ConnectorError> {
    let Some(lists) = &api.described.lists else {
        return Ok(None);
    };
    let watch = (watch, "lists read");
    let filling = Filling::default();
    let listed = pages::all(
        api,
        &lists.listing,
        &filling,
        None,
        usize::MAX,
        waits,
        watch,
    )
    .await?;
    let mut found = Vec::new();
    for item in &listed.items {
        let Some(id) = lists.id.text(item) else {
            let message = "the API lists a list without an id";
            return Err(ConnectorError::new(ErrorKind::BadData, message)
                .help("check `lists.id` against an answer of the API"));
        };
        let name = lists.name.text(item).unwrap_or_default();
        found.push(Found { id, name });
    }
    found.sort_by(|left, right| (&left.name, &left.id).cmp(&(&right.name, &right.id)));
    found.dedup();
    Ok(Some(found))
}

/// The list that is called so, by its name or its id. Nothing where there is none; an error where there are several.
pub(super) async fn named(
    api: &Api,
    name: &str,
    waits: &mut Waits,
    watch: &dyn Watch,
) -> Result<Option<Found>, ConnectorError> {
    let Some(every) = every(api, waits, watch).await? else {
        return Ok(Some(Found {
            id: name.to_owned(),
            name: name.to_owned(),
        }));
    };
    let wanted = name.trim();
    let lower = wanted.to_lowercase();
    let mut fits: Vec<Found> = every
        .into_iter()
        .filter(|list| list.id == wanted || list.name.to_lowercase() == lower)
        .collect();
    match fits.len() {
        0 | 1 => Ok(fits.pop()),
        several => {
            let ids: Vec<String> = fits.iter().map(|list| format!("`{}`", list.id)).collect();
            let message = format!("{several} lists are called `{wanted}`");
            Err(
                ConnectorError::new(ErrorKind::Ambiguous, message).help(format!(
                    "rename all but one, or name it by its id: {}",
                    ids.join(", ")
                )),
            )
        }
    }
}

/// What is known of a list for `rollcall lists`.
pub(super) fn known(list: Found) -> KnownList {
    KnownList {
        name: if list.name.is_empty() {
            list.id.clone()
        } else {
            list.name
        },
        id: Some(list.id),
        note: None,
    }
}

/// There is no such list.
pub(super) fn not_there(name: &str) -> ConnectorError {
    ConnectorError::new(ErrorKind::NotFound, format!("there is no list `{name}`"))
        .help("check its spelling; `rollcall lists` shows what is there")
}
