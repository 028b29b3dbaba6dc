//! Looks up accounts: many at once where MailRoute lets us, else one by one.
//!
//! It must not write. What is found under another address than was asked for does not count.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use super::{account::Account, domains, pages::listing, write::Work};
use crate::{
    connectors::{
        ports::{ConnectorError, ErrorKind, Unwatched},
        web::{Request, segment},
    },
    model::address::Address,
};

/// How many accounts are asked for in one request: their names must fit into its address.
const AT_ONCE: usize = 100;

/// The accounts that have these addresses as their own; whoever has none is left out.
pub(super) async fn by_addresses(
    work: &mut Work<'_>,
    addresses: &BTreeSet<Address>,
) -> Result<BTreeMap<Address, Account>, ConnectorError> {
    let mut found = BTreeMap::new();
    for domain in work.domains {
        let here: Vec<&Address> = addresses
            .iter()
            .filter(|address| address.domain() == domain.name)
            .collect();
        for some in here.chunks(AT_ONCE) {
            let filter = match some {
                [one] => ("localpart", one.local().to_owned()),
                several => {
                    let parts: Vec<&str> = several.iter().map(|one| one.local()).collect();
                    ("localpart__in", parts.join(","))
                }
            };
            let filters = [
                ("domain", domain.id.as_str()),
                (filter.0, filter.1.as_str()),
            ];
            match accounts(work, &filters, Some(&domain.name)).await {
                Ok(accounts) => {
                    let accounts = accounts.into_iter();
                    found.extend(accounts.filter_map(|one| Some((one.address.clone()?, one))));
                }
                // It knows no such look-up.
                Err(error) if error.kind == ErrorKind::BadData => {
                    for address in some {
                        let account = at(work, address).await?;
                        found.extend(account.map(|account| ((*address).clone(), account)));
                    }
                }
                Err(error) => return Err(error),
            }
        }
    }
    found.retain(|address, _| addresses.contains(address));
    Ok(found)
}

/// The accounts with these ids; whoever is not listed is asked for once more, and left out when it is gone.
pub(super) async fn by_ids(
    work: &mut Work<'_>,
    ids: &BTreeSet<String>,
) -> Result<BTreeMap<String, Account>, ConnectorError> {
    let mut found = listed(work, ids).await?;
    for id in ids {
        if !found.contains_key(id)
            && let Some(account) = with_id(work, id).await?
        {
            found.insert(id.clone(), account);
        }
    }
    Ok(found)
}

/// The accounts with these ids, as a listing gives them.
pub(super) async fn listed(
    work: &mut Work<'_>,
    ids: &BTreeSet<String>,
) -> Result<BTreeMap<String, Account>, ConnectorError> {
    let mut found = BTreeMap::new();
    let ids: Vec<&str> = ids.iter().map(String::as_str).collect();
    for some in ids.chunks(AT_ONCE) {
        let filter = [("id__in", some.join(","))];
        let filter = filter
            .each_ref()
            .map(|(name, value)| (*name, value.as_str()));
        match some {
            [one] => found.extend(
                with_id(work, one)
                    .await?
                    .map(|account| ((*one).to_owned(), account)),
            ),
            several => match accounts(work, &filter, None).await {
                Ok(accounts) => {
                    found.extend(accounts.into_iter().map(|one| (one.id.clone(), one)));
                }
                // It knows no such look-up.
                Err(error) if error.kind == ErrorKind::BadData => {
                    for id in several {
                        let account = with_id(work, id).await?;
                        found.extend(account.map(|account| ((*id).to_owned(), account)));
                    }
                }
                Err(error) => return Err(error),
            },
        }
    }
    found.retain(|id, _| ids.contains(&id.as_str()));
    Ok(found)
}

/// The account with this id.
pub(super) async fn with_id(
    work: &mut Work<'_>,
    id: &str,
) -> Result<Option<Account>, ConnectorError> {
    let path = format!("email_account/{}/", segment(id));
    let account = single(work, &path).await?;
    Ok(account.filter(|account| account.id == id))
}

/// The account that has this address as its own, asked for by the address: that finds it in any spelling.
pub(super) async fn at(
    work: &mut Work<'_>,
    address: &Address,
) -> Result<Option<Account>, ConnectorError> {
    let path = format!("email_account/{}/", segment(address.as_str()));
    let account = single(work, &path).await?;
    Ok(account.filter(|account| account.address.as_ref() == Some(address)))
}

/// Whether this address is an alias, and of which account (its URI).
pub(super) async fn owner_of_alias(
    work: &mut Work<'_>,
    alias: &str,
) -> Result<Option<String>, ConnectorError> {
    let request = Request::get(format!("localpart_alias/{}/", segment(alias)));
    let object = work.api.read(&request, &mut work.waits).await?;
    let owner = object
        .as_ref()
        .and_then(|object| object.get("email_account"));
    Ok(owner.and_then(Value::as_str).map(str::to_owned))
}

async fn single(work: &mut Work<'_>, path: &str) -> Result<Option<Account>, ConnectorError> {
    let object = work.api.read(&Request::get(path), &mut work.waits).await?;
    let Some(object) = object else {
        return Ok(None);
    };
    let account = Account::read(&object, domain_of(work, &object));
    account.map(Some).map_err(unreadable)
}

async fn accounts(
    work: &mut Work<'_>,
    filter: &[(&str, &str)],
    domain: Option<&str>,
) -> Result<Vec<Account>, ConnectorError> {
    let listed = listing(
        work.api,
        "email_account",
        filter,
        "accounts",
        &mut work.waits,
        &Unwatched,
    )
    .await?;
    let objects = listed.objects.iter();
    let accounts = objects.map(|object| {
        let domain = domain.or_else(|| domain_of(work, object));
        Account::read(object, domain).map_err(unreadable)
    });
    accounts.collect()
}

/// The name of the domain that an account says it is in, where it does not give the name itself.
fn domain_of<'a>(work: &Work<'a>, object: &Value) -> Option<&'a str> {
    let uri = object.get("domain").and_then(Value::as_str)?;
    let domain = work.domains.iter().find(|domain| domain.uri == uri);
    domain.map(|domain| domain.name.as_str())
}

fn unreadable(fault: String) -> ConnectorError {
    ConnectorError::new(ErrorKind::BadData, fault)
}

/// Whether an account is in one of the list's domains.
pub(super) fn is_ours(work: &Work<'_>, account: &Account) -> bool {
    let address = account.address.as_ref();
    address.is_some_and(|address| domains::of(work.domains, address).is_some())
}
