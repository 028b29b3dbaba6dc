//! Pages with opaque tokens, and what an injected fault makes of them.

use serde_json::{Value, json};

use super::{
    put,
    refusals::{Invalid, invalid},
};
use crate::sandbox::{
    Effect,
    platform::{PlatformAnswer, PlatformCall},
    text::{sealed, unsealed},
};

/// The contract allows no longer pages.
const LONGEST: usize = 1000;

/// One page of what was found.
pub(super) fn page_of<T>(
    call: &PlatformCall,
    usual_size: usize,
    found: &[&T],
    entry: impl Fn(&T) -> Value,
) -> PlatformAnswer {
    let found = match call.twist {
        Some(Effect::EmptyListing) => &[],
        _ => found,
    };
    let refused = |name: &str, code, reason| invalid(&[Invalid::new(name, code, reason)]);
    let size = match call.option("pageSize").map(str::parse::<usize>) {
        None => usual_size,
        Some(Ok(size)) if (1..=LONGEST).contains(&size) => size,
        Some(_) => return refused("pageSize", "constraint_violation", "it is not 1 to 1000"),
    };
    let asked = asked(call);
    let start = match call
        .option("nextPageToken")
        .map(|token| start_of(token, &asked))
    {
        None => 0,
        Some(Some(start)) => start,
        Some(None) => {
            return refused(
                "nextPageToken",
                "invalid_format",
                "it is no token of this listing",
            );
        }
    };
    let token = |at: usize| sealed(&json!({ "at": at, "of": asked }));
    let left = found.len().saturating_sub(start);
    let (given, next) = match &call.twist {
        // Another token for the same place: the listing goes on, and only a client that looks at tokens could tell.
        Some(Effect::EmptyPage) => {
            let again = json!({ "at": start, "of": asked, "again": true });
            (0, Some(sealed(&again)))
        }
        Some(Effect::ShortPage { size: short }) => {
            let given = (*short).min(size).min(left);
            (given, (given < left).then(|| token(start + given)))
        }
        Some(Effect::TruncatedListing { size: short }) => ((*short).min(left), None),
        Some(Effect::CyclingNextLink) => (size.min(left), Some(token(start))),
        Some(Effect::ForeignNextLink { origin }) => (size.min(left), Some(origin.clone())),
        _ => {
            let given = size.min(left);
            (given, (given < left).then(|| token(start + given)))
        }
    };
    let page = found.iter().skip(start).take(given);
    let mut content: Vec<Value> = page.map(|one| entry(one)).collect();
    if call.twist == Some(Effect::RepeatedObjects) {
        content.reverse();
        content.extend(content.first().cloned());
    }
    let mut body = json!({ "content": content, "totalElements": found.len() });
    if let Some(next) = next {
        put(&mut body, "nextPageToken", json!(next));
    }
    PlatformAnswer::json(200, body)
}

/// What is listed: a token is good for this listing alone.
fn asked(call: &PlatformCall) -> Value {
    let query = call.query.iter();
    let filters: Vec<_> = query.filter(|(name, _)| name != "nextPageToken").collect();
    json!([call.path, filters])
}

fn start_of(token: &str, asked: &Value) -> Option<usize> {
    let fields = unsealed(token)?;
    if fields.get("of") != Some(asked) {
        return None;
    }
    usize::try_from(fields.get("at")?.as_u64()?).ok()
}
