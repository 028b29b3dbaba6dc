//! Makes what is not there yet: a list, and contacts with their names.
//!
//! Nothing is ever deleted here.

use serde_json::{Map, Value, json};

use super::{
    api::{Api, PLATFORM},
    contacts, lists,
    read::{is_id, not_there},
};
use crate::{
    connectors::{
        http::Waits,
        ports::{ConnectorError, ErrorKind, Unwatched, WantedList},
        web::Request,
    },
    model::{address::Address, member::Member},
};

/// The list's id, and whether it was made just now: then nobody is on it.
pub(super) struct Made {
    pub(super) id: i32,
    pub(super) is_new: bool,
}

/// Finds the list by its name, or makes it. A lost answer is settled by looking again.
pub(super) async fn list(
    api: &Api,
    wanted: &WantedList,
    waits: &mut Waits,
) -> Result<Made, ConnectorError> {
    let name = wanted.list.list.trim();
    if let Some(id) = find(api, name, waits).await? {
        return Ok(Made { id, is_new: false });
    }
    if wanted.create.is_none() || is_id(name) {
        return Err(not_there(name));
    }
    if name.is_empty() {
        let message = "a new list needs a name";
        return Err(ConnectorError::new(ErrorKind::Settings, message));
    }
    let mut body = Map::new();
    body.insert("Name".to_owned(), name.into());
    contacts::belongings(&api.settings, &mut body);
    let doing = format!("creating list `{name}`");
    let asked = api
        .ask(&Request::post("Lists/NewList", Value::Object(body)), waits)
        .await;
    let error = match asked {
        Ok(heard) if heard.is_done() => match id_in(&heard.body) {
            Some(id) => {
                tracing::info!(id, "list created");
                return Ok(Made { id, is_new: true });
            }
            None => {
                let message = format!("{doing}: {PLATFORM} gave no id for it");
                ConnectorError::new(ErrorKind::BadData, message)
            }
        },
        Ok(heard) => api.trouble(&heard, &doing),
        Err(error) => ConnectorError {
            message: format!("{doing}: {}", error.message),
            ..error
        },
    };
    if matches!(error.kind, ErrorKind::SignIn | ErrorKind::Denied) {
        return Err(error);
    }
    // It may be there all the same: the answer was lost, or somebody else was faster.
    match find(api, name, waits).await {
        Ok(Some(id)) => Ok(Made { id, is_new: false }),
        Ok(None) => Err(error),
        Err(looking) => {
            tracing::debug!(%looking, "the list could not be looked up after all");
            Err(error)
        }
    }
}

/// The id of the list with this name, if it may be written to.
async fn find(api: &Api, name: &str, waits: &mut Waits) -> Result<Option<i32>, ConnectorError> {
    let all = lists::all(api, waits, &Unwatched).await?;
    match all.find(name)? {
        Some(list) if list.is_subscription => Err(ConnectorError::new(
            ErrorKind::Denied,
            lists::read_only(&list.name),
        )),
        list => Ok(list.map(|list| list.id)),
    }
}

fn id_in(body: &Value) -> Option<i32> {
    let id = i32::try_from(body.get("value")?.as_i64()?).ok()?;
    (id > 0).then_some(id)
}

/// Makes contacts for those newcomers who bring names or numbers along. Whoever is a contact already keeps what the
/// contact has: PoliteMail says so in words nobody published, and that must not stop them from joining the list. `Err`
/// only when there is no use in going on with anything.
pub(super) async fn contacts(
    api: &Api,
    newcomers: &[(&Address, &Member)],
    waits: &mut Waits,
) -> Result<(), ConnectorError> {
    let doing = "creating a contact";
    let mut refused = 0;
    for (address, member) in newcomers {
        let Some(body) = contacts::new_contact(address, member, &api.settings) else {
            continue;
        };
        let request = Request::post("Contacts/CreateContact", body);
        let mut heard = api.ask(&request, waits).await;
        // A contact is its address: making it twice makes it once.
        let is_lost = match &heard {
            Ok(heard) => matches!(heard.status, 408 | 502 | 503 | 504),
            Err(error) => error.kind == ErrorKind::Unavailable(None),
        };
        if is_lost {
            heard = api.ask(&request, waits).await;
        }
        let heard = heard?;
        match heard.status {
            200..=299 if !heard.is_foreign() => {}
            401 | 502 | 503 | 504 => return Err(api.trouble(&heard, doing)),
            // Nobody can be made here at all: they are added by their addresses alone.
            403..=405 => {
                // The status alone: the answer is about somebody.
                tracing::warn!(status = heard.status, "new members join without names");
                return Ok(());
            }
            _ => refused += 1,
        }
    }
    if refused > 0 {
        tracing::warn!(
            contacts = refused,
            "contacts that could not be made, most probably because they are there, keep their names"
        );
    }
    Ok(())
}

/// What is asked for to add or remove these addresses.
pub(super) fn emails(emails: &[&str]) -> Value {
    json!({ "emails": emails })
}
