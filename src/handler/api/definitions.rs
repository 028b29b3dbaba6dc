//! Syncs and connections as people put them there: looked at, put, deleted.

use axum::{
    http::{StatusCode, header},
    response::Response,
};
use serde::Serialize;
use serde_json::{Value, json};
use utoipa::ToSchema;

use super::{
    answer,
    call::Call,
    etag::{Precondition, etag, precondition},
    problem::{Code, Problem},
};
use crate::{
    agenda::{self, ListKey},
    catalog::{self, CatalogError, Expected, Item, Shelf},
    definition::fault::Fault,
    handler::standing::whole,
};

/// All connections.
#[derive(Serialize, ToSchema)]
pub(super) struct ConnectionPage {
    /// The connections, by name.
    items: Vec<ConnectionItem>,
}

/// One connection. It holds no secret, only the names of the variables that do.
#[derive(Serialize, ToSchema)]
pub(super) struct ConnectionItem {
    /// Its name.
    name: String,
    /// Its version, as `If-Match` wants it.
    etag: String,
    /// When it was last changed.
    #[schema(value_type = String, format = DateTime)]
    changed: jiff::Timestamp,
    /// What was put there.
    #[schema(value_type = Object)]
    definition: Value,
}

/// What was deleted.
#[derive(Serialize, ToSchema)]
pub(super) struct Deleted {
    /// Its id or name.
    deleted: String,
}

/// `GET /connections`
pub(super) async fn connections(call: Call) -> Result<Response, Problem> {
    let items = catalog::list(&call.service.stores, Shelf::Connections).await?;
    let items = items.into_iter().map(|item| ConnectionItem {
        etag: etag(&item.version),
        name: item.name,
        changed: item.changed,
        definition: item.value,
    });
    let items = items.collect();
    answer::json(StatusCode::OK, &ConnectionPage { items })
}

/// `GET /syncs/{id}`, `GET /connections/{name}`
pub(super) async fn get(call: Call, shelf: Shelf) -> Result<Response, Problem> {
    let found = catalog::get(&call.service.stores, shelf, &call.id).await?;
    let item = found.ok_or_else(|| absent(shelf))?;
    shown(StatusCode::OK, shelf, &item)
}

/// `PUT /syncs/{id}`, `PUT /connections/{name}`
pub(super) async fn put(call: Call, shelf: Shelf) -> Result<Response, Problem> {
    let wanted = precondition(&call)?;
    let value = named(call.json()?, shelf, &call.id)?;
    let (service, name) = (&call.service, &call.id);
    let found = catalog::get(&service.stores, shelf, name).await?;
    let expected = match (&found, &wanted) {
        (None, Precondition::None | Precondition::New) => Expected::Nothing,
        (None, Precondition::Any(_)) | (Some(_), Precondition::New) => return Err(changed()),
        (Some(_), Precondition::None) => return Err(version_required()),
        (Some(item), Precondition::Any(_)) if wanted.is_met_by(item) => {
            Expected::Version(item.version.clone())
        }
        (Some(_), Precondition::Any(_)) => return Err(changed()),
    };
    let put = catalog::put(
        &service.stores,
        &service.kinds,
        shelf,
        name,
        value.clone(),
        &expected,
        call.now,
    );
    let version = put.await.map_err(|error| match error {
        // Nobody expected anything, and somebody was faster.
        CatalogError::Changed(_) if wanted == Precondition::None => version_required(),
        error => problem(error),
    })?;
    if shelf == Shelf::Syncs {
        agenda::change(&service.stores, &whole(name), call.now, |_| {}).await?;
    }
    let item = Item {
        name: name.clone(),
        value,
        changed: call.now,
        version,
    };
    match found {
        Some(_) => shown(StatusCode::OK, shelf, &item),
        None => {
            let place = match shelf {
                Shelf::Syncs => format!("/api/v1/syncs/{name}"),
                Shelf::Connections => format!("/api/v1/connections/{name}"),
            };
            let answer = shown(StatusCode::CREATED, shelf, &item)?;
            Ok(answer::with(answer, header::LOCATION, &place))
        }
    }
}

/// `DELETE /syncs/{id}`, `DELETE /connections/{name}`
pub(super) async fn delete(call: Call, shelf: Shelf) -> Result<Response, Problem> {
    let wanted = precondition(&call)?;
    let (stores, name) = (&call.service.stores, &call.id);
    let Some(item) = catalog::get(stores, shelf, name).await? else {
        // An earlier attempt may have died between the definition and the agenda.
        forget(&call, shelf).await?;
        return Err(absent(shelf));
    };
    match &wanted {
        Precondition::None => return Err(version_required()),
        wanted if !wanted.is_met_by(&item) => return Err(changed()),
        _ => {}
    }
    catalog::delete(stores, shelf, name, &item.version, call.now)
        .await
        .map_err(problem)?;
    forget(&call, shelf).await?;
    let deleted = name.clone();
    answer::json(StatusCode::OK, &Deleted { deleted })
}

/// Forgets how the lists of a deleted sync stood. Its history stays.
async fn forget(call: &Call, shelf: Shelf) -> Result<(), Problem> {
    if shelf == Shelf::Connections {
        return Ok(());
    }
    let stores = &call.service.stores;
    let entries = agenda::all(stores).await?;
    let of_the_sync = entries
        .into_iter()
        .flatten()
        .map(|(entry, _)| entry.key)
        .filter(|key| key.sync == call.id);
    let keys: Vec<ListKey> = of_the_sync.chain([whole(&call.id)]).collect();
    for key in keys {
        agenda::forget(stores, &key).await?;
    }
    Ok(())
}

/// The definition as it is kept: without its id, which is in the path.
fn named(mut value: Value, shelf: Shelf, name: &str) -> Result<Value, Problem> {
    if shelf == Shelf::Syncs
        && let Value::Object(fields) = &mut value
        && let Some(id) = fields.remove("id")
        && id != json!(name)
    {
        let message = format!("this is not the id in the path; allowed: `{name}`, or none");
        return Err(Problem::faults(vec![Fault {
            path: "id".to_owned(),
            message,
            help: None,
        }]));
    }
    Ok(value)
}

fn shown(status: StatusCode, shelf: Shelf, item: &Item) -> Result<Response, Problem> {
    let mut value = item.value.clone();
    if shelf == Shelf::Syncs
        && let Value::Object(fields) = &mut value
    {
        fields.insert("id".to_owned(), json!(item.name));
    }
    let answer = answer::json(status, &value)?;
    Ok(answer::with(answer, header::ETAG, &etag(&item.version)))
}

fn absent(shelf: Shelf) -> Problem {
    Problem::not_found(match shelf {
        Shelf::Syncs => "there is no such sync",
        Shelf::Connections => "there is no such connection",
    })
}

fn changed() -> Problem {
    let detail = "it is not the version that was expected: it was changed, made or deleted";
    Problem::new(Code::Changed, detail).help("get it again, and decide anew")
}

fn version_required() -> Problem {
    let detail = "it is there already";
    Problem::new(Code::VersionRequired, detail)
        .help("get it, and send its `ETag` in the header `If-Match`")
}

fn problem(error: CatalogError) -> Problem {
    let detail = error.to_string();
    match error {
        CatalogError::Faults(faults) => Problem::faults(faults),
        CatalogError::Changed(_) => changed(),
        CatalogError::InUse { .. } => {
            Problem::new(Code::InUse, detail).help("delete these syncs first, or change them")
        }
        CatalogError::TooLong(_) => Problem::new(Code::TooLarge, detail),
        CatalogError::Busy => Problem::new(Code::Busy, detail)
            .header(header::RETRY_AFTER, "1")
            .help("try again"),
        CatalogError::Store(error) => error.into(),
    }
}
