//! What is stored about one person, and erasing it.

use std::time::Duration;

use axum::{http::StatusCode, response::Response};
use serde::Deserialize;
use utoipa::ToSchema;

use super::{
    answer,
    call::{self, Call},
    problem::{Code, Problem},
};
use crate::forget::{self, NotForgotten, Wish, Work};

/// How long it may take to go through everything that is stored. What takes longer goes on, and is found done later.
pub(super) const PATIENCE: Duration = Duration::from_secs(180);

/// The most characters of an address.
const LONGEST: usize = 320;

/// How many names a problem tells.
const MOST_NAMES: usize = 20;

/// Erases what is stored about somebody.
#[derive(Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(super) struct EraseBody {
    /// An address of the person, or their phone number in E.164.
    #[schema(example = "ada@acme.example")]
    address: String,
    /// Who asks, in up to 200 characters.
    #[schema(example = "grace")]
    by: String,
    /// Why, in up to 500 characters.
    #[schema(example = "she asked to be forgotten")]
    reason: String,
}

/// `GET /people`
pub(super) async fn look_up(call: Call) -> Result<Response, Problem> {
    let given = call.query.get("address").map(String::as_str);
    let address = checked(given.unwrap_or_default())?;
    let stored = forget::look(&call.service.stores, &address).await;
    answer::json(StatusCode::OK, &stored.map_err(refused)?)
}

/// `POST /people/erase`
pub(super) async fn erase(call: Call) -> Result<Response, Problem> {
    let body: EraseBody = call.form()?;
    let service = &call.service;
    let wish = Wish {
        who: checked(&body.address)?,
        by: call::name("by", &body.by)?,
        reason: call::reason(&body.reason)?,
        holder: format!("erasure {}", uuid::Uuid::new_v4().simple()),
    };
    let now = || service.now();
    let work = Work {
        stores: &service.stores,
        now: &now,
        lease: service.lease,
    };
    let erased = forget::erase(work, &wish).await.map_err(refused)?;
    answer::json(StatusCode::OK, &erased)
}

fn checked(address: &str) -> Result<String, Problem> {
    let length = address.chars().count();
    if (1..=LONGEST).contains(&length) && !address.chars().any(char::is_control) {
        return Ok(address.to_owned());
    }
    let detail = format!("`address` has to be there, with 1 to {LONGEST} characters");
    Err(Problem::new(Code::InvalidRequest, detail))
}

fn refused(why: NotForgotten) -> Problem {
    let detail = why.to_string();
    match why {
        NotForgotten::Store(error) => error.into(),
        NotForgotten::Unusable => Problem::new(Code::InvalidRequest, detail),
        NotForgotten::Several(names) => {
            let names = names.iter().take(MOST_NAMES);
            let names: Vec<String> = names.map(|name| format!("`{name}`")).collect();
            let help = format!("name one of them: {}", names.join(", "));
            Problem::new(Code::InvalidRequest, detail).help(help)
        }
    }
}
