//! Deletes accounts, where the settings allow it.
//!
//! What somebody set up at MailRoute is lost with the account, for good. So it must not delete an account that is not
//! under the address the plan named any more.

use std::collections::BTreeSet;

use reqwest::Method;

use super::{
    KEEPS,
    account::Account,
    api::{Said, refused},
    find,
    write::{Placed, Work},
};
use crate::{
    connectors::{
        ports::ConnectorError,
        web::{Request, segment},
    },
    model::{address::Address, member::Member},
    plan::outcome::{Outcome, Problem},
};

/// Deletes the accounts.
pub(super) async fn remove(
    work: &mut Work<'_>,
    changes: &[Placed<'_>],
) -> Result<(), ConnectorError> {
    if !work.may.delete_accounts {
        for (slot, _) in changes {
            work.settle(*slot, deletes_off());
        }
        return Ok(());
    }
    let ids = changes
        .iter()
        .filter_map(|(_, change)| id_of(&change.member));
    let ids: BTreeSet<String> = ids.map(str::to_owned).collect();
    let known = find::by_ids(work, &ids).await?;
    let nameless = changes
        .iter()
        .filter(|(_, change)| change.member.id.is_none());
    let addresses: BTreeSet<Address> = nameless
        .filter_map(|(_, change)| change.member.address().cloned())
        .collect();
    let by_address = find::by_addresses(work, &addresses).await?;
    let mut deleted = Vec::new();
    for (slot, change) in changes {
        let member = &change.member;
        let account = match (id_of(member), member.address()) {
            (Some(id), _) => known.get(id),
            (None, Some(address)) => by_address.get(address),
            (None, None) => None,
        };
        match account {
            None => work.settle(*slot, Outcome::AlreadySo),
            Some(account) => match other_account(work, member, account) {
                Some(outcome) => work.settle(*slot, outcome),
                None => match delete(work, *slot, account).await {
                    Ok(said) => deleted.push((*slot, account.id.clone(), said)),
                    Err(error) => {
                        // Who is gone already is told all the same.
                        conclude(work, deleted).await?;
                        return Err(error);
                    }
                },
            },
        }
    }
    conclude(work, deleted).await
}

/// Looks whether they are gone.
async fn conclude(
    work: &mut Work<'_>,
    deleted: Vec<(usize, String, Said)>,
) -> Result<(), ConnectorError> {
    let ids = deleted.iter().map(|(_, id, _)| id.clone()).collect();
    let mut left = find::listed(work, &ids).await?;
    for (slot, id, said) in deleted {
        // Whoever was not said to be deleted is not gone because a listing does not show them.
        if matches!(said, Said::No(_) | Said::Unknown(_))
            && !left.contains_key(&id)
            && let Some(account) = find::with_id(work, &id).await?
        {
            left.insert(id.clone(), account);
        }
        let outcome = match (left.contains_key(&id), said) {
            (false, Said::Gone) => Outcome::AlreadySo,
            (false, _) => Outcome::Applied,
            (true, Said::No(why)) => Outcome::Refused(why),
            (true, Said::Unknown(why)) => Outcome::Failed(why),
            (true, Said::Taken | Said::Gone) => Outcome::Failed(Problem {
                code: "not-confirmed".to_owned(),
                message: "MailRoute still shows the account".to_owned(),
                help: None,
            }),
        };
        work.settle(slot, outcome);
    }
    Ok(())
}

/// Why nobody is deleted.
pub(super) fn deletes_off() -> Outcome {
    refused("deletes-off", KEEPS, "")
}

fn id_of(member: &Member) -> Option<&str> {
    member.id.as_ref().map(|id| id.as_str())
}

/// Why an account is not the one that the plan named.
fn other_account(work: &Work<'_>, member: &Member, account: &Account) -> Option<Outcome> {
    let is_named = match member.address() {
        Some(address) => account.address.as_ref() == Some(address),
        None => account.address.is_none(),
    };
    let message = if !is_named {
        format!("the account is called `{}` now", account.written)
    } else if account.address.is_some() && !find::is_ours(work, account) {
        format!("`{}` is not in this list's domains", account.written)
    } else {
        return None;
    };
    Some(refused("another-account", message, "run the sync again"))
}

async fn delete(
    work: &mut Work<'_>,
    slot: usize,
    account: &Account,
) -> Result<Said, ConnectorError> {
    work.tried(slot);
    let path = format!("email_account/{}/", segment(&account.id));
    let request = Request::new(Method::DELETE, path, None).repeatable();
    work.api.write(&request, &mut work.waits).await
}
