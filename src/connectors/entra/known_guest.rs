//! Whether the directory knows an address already, read from the answer to a look-up: nobody who is there is invited.
//!
//! Pure: it must not know requests.

use std::collections::BTreeMap;

use serde_json::Value;

use super::{
    answer::Answer,
    invite::Guest,
    people,
    read::READ_PEOPLE,
    write::{problem_of, refused},
};
use crate::{
    model::address::Address,
    plan::outcome::{Outcome, Problem},
};

/// Whom the directory has under an address; `None` when nobody.
pub(super) fn found(answer: Answer, address: &Address) -> Option<Guest> {
    let body = match answer.into_body("looking a guest up", READ_PEOPLE) {
        Ok(body) => body,
        Err(error) => return Some(Guest::Settled(Outcome::Failed(problem_of(&error)))),
    };
    let Some(users) = body.get("value").and_then(Value::as_array) else {
        // Not knowing is no reason to invite.
        return Some(Guest::Settled(Outcome::Failed(Problem {
            code: "bad-data".to_owned(),
            message: "looking a guest up: the answer is not what Microsoft Graph sends".to_owned(),
            help: None,
        })));
    };
    let mut found: BTreeMap<String, Account> = BTreeMap::new();
    for user in users.iter().filter_map(Value::as_object) {
        if let Some(id) = people::text(user, "id") {
            found.insert(id.to_ascii_lowercase(), account(user, address));
        }
    }
    // Mail addresses are not unique. Who is meant is for a person to decide.
    if found.len() > 1 {
        return Some(Guest::Settled(refused(
            "ambiguous",
            &format!("{} people in the directory have this address", found.len()),
            "take the address off all but one of them",
        )));
    }
    let (id, account) = found.into_iter().next()?;
    Some(match account {
        Account::Theirs => Guest::Known(id),
        Account::HasAnother(other) => Guest::Settled(refused(
            "ambiguous",
            &format!("the guest's account that was made for this address has `{other}` by now"),
            "see whether it is the same person, and correct the address at the source or in the directory",
        )),
    })
}

/// Whose account was found.
enum Account {
    /// Of somebody with the address.
    Theirs,
    /// It was made for the address, and has another one now.
    HasAnother(Address),
}

fn account(user: &people::Object, address: &Address) -> Account {
    let addresses = people::addresses(user);
    let other = addresses.first().filter(|_| !addresses.contains(address));
    match other {
        Some(other) if people::is_named_after(user, address) => Account::HasAnother(other.clone()),
        _ => Account::Theirs,
    }
}
