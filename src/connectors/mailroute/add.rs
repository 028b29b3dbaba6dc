//! Creates accounts: many in one request where MailRoute takes that, else one by one, never with a welcome mail.
//!
//! It must not change an account that was there before, but for the aliases and the state that were asked for.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::json;

use super::{
    account::Account,
    aliases::fulfil,
    api::{Said, refused},
    domains::{self, Domain},
    find,
    wishes::{Asked, Wish, of_newcomer},
    write::{Placed, Work},
};
use crate::{
    connectors::{ports::ConnectorError, web::Request},
    model::address::Address,
    plan::{
        change::Change,
        outcome::{Outcome, Problem},
    },
};

/// Somebody who is to have an account.
struct Newcomer<'a> {
    slot: usize,
    address: &'a Address,
    domain: Domain,
    asked: Asked,
}

/// Creates the accounts that are not there yet.
pub(super) async fn add(work: &mut Work<'_>, changes: &[Placed<'_>]) -> Result<(), ConnectorError> {
    let newcomers = newcomers(work, changes);
    let addresses: BTreeSet<Address> = newcomers.iter().map(|one| one.address.clone()).collect();
    if addresses.is_empty() {
        return Ok(());
    }
    let before = find::by_addresses(work, &addresses).await?;
    let created = create(work, &newcomers, &before).await?;
    let mut wishes = Vec::new();
    for newcomer in newcomers {
        let account = match (before.get(newcomer.address), created.get(newcomer.address)) {
            (Some(account), _) => Some((account, false)),
            (None, Some((account, is_ours))) => Some((account, *is_ours)),
            (None, None) => None,
        };
        if let Some((account, is_ours)) = account {
            let mut wish = Wish::new(newcomer.slot, account.clone(), is_ours);
            wish.ask(newcomer.asked);
            wishes.push(wish);
        }
    }
    fulfil(work, wishes).await
}

/// Who can be created at all; the others are refused.
fn newcomers<'a>(work: &mut Work<'_>, changes: &[Placed<'a>]) -> Vec<Newcomer<'a>> {
    let mut newcomers = Vec::new();
    for (slot, change) in changes {
        match newcomer(work.domains, *slot, change) {
            Ok(newcomer) => newcomers.push(newcomer),
            Err(outcome) => work.settle(*slot, outcome),
        }
    }
    newcomers
}

fn newcomer<'a>(
    domains: &[Domain],
    slot: usize,
    change: &'a Change,
) -> Result<Newcomer<'a>, Outcome> {
    let Some(address) = change.member.address() else {
        let message = "there is no address to make an account of";
        return Err(refused("no-address", message, ""));
    };
    let Some(domain) = domains::of(domains, address) else {
        return Err(not_our_domain(domains, address));
    };
    Ok(Newcomer {
        slot,
        address,
        domain: domain.clone(),
        asked: of_newcomer(&change.member.attributes, address)?,
    })
}

/// Why an address cannot be on the list.
pub(super) fn not_our_domain(domains: &[Domain], address: &Address) -> Outcome {
    let names: Vec<String> = domains
        .iter()
        .map(|domain| format!("`{}`", domain.name))
        .collect();
    let message = format!(
        "`{address}` is in none of this list's domains: {}",
        names.join(", ")
    );
    let help = "add its domain to the list, or leave such addresses out with a filter";
    refused("not-our-domain", message, help)
}

/// Creates the accounts, and gives those that are there afterwards, with whether they are there because of us.
async fn create(
    work: &mut Work<'_>,
    newcomers: &[Newcomer<'_>],
    before: &BTreeMap<Address, Account>,
) -> Result<BTreeMap<Address, (Account, bool)>, ConnectorError> {
    let missing: Vec<&Newcomer<'_>> = newcomers
        .iter()
        .filter(|one| !before.contains_key(one.address))
        .collect();
    let mut bulk = BTreeSet::new();
    let domains = work.domains;
    for domain in domains {
        let here = missing.iter().filter(|one| one.domain.id == domain.id);
        let here: Vec<&Newcomer<'_>> = here.copied().collect();
        let distinct: BTreeSet<&Address> = here.iter().map(|one| one.address).collect();
        if distinct.len() > 1 && *work.in_bulk && in_bulk(work, domain, &here).await? {
            bulk.extend(distinct.into_iter().cloned());
        }
    }
    let found = find::by_addresses(work, &bulk).await?;
    let found = found.into_iter();
    let mut there: BTreeMap<Address, (Account, bool)> = found
        .map(|(address, account)| (address, (account, true)))
        .collect();
    let mut taken: BTreeMap<&Address, usize> = BTreeMap::new();
    for one in missing {
        if there.contains_key(one.address) || taken.contains_key(one.address) {
            continue;
        }
        work.tried(one.slot);
        match one_by_one(work, one).await? {
            Said::Taken => {
                taken.insert(one.address, one.slot);
            }
            Said::Unknown(why) => match find::at(work, one.address).await? {
                Some(account) => {
                    there.insert(one.address.clone(), (account, true));
                }
                None => work.settle(one.slot, Outcome::Failed(why)),
            },
            Said::Gone => work.settle(one.slot, no_way()),
            Said::No(why) => match find::at(work, one.address).await? {
                Some(account) => {
                    let is_ours = bulk.contains(one.address);
                    there.insert(one.address.clone(), (account, is_ours));
                }
                None => {
                    let outcome = refusal(work, one.address, why).await?;
                    work.settle(one.slot, outcome);
                }
            },
        }
    }
    read_back(work, &taken, &mut there).await?;
    Ok(there)
}

/// The answer to a creation repeats what was sent; only what is read back is there.
async fn read_back(
    work: &mut Work<'_>,
    taken: &BTreeMap<&Address, usize>,
    there: &mut BTreeMap<Address, (Account, bool)>,
) -> Result<(), ConnectorError> {
    let addresses = taken.keys().map(|address| (*address).clone()).collect();
    let mut found = find::by_addresses(work, &addresses).await?;
    for (address, slot) in taken {
        let account = match found.remove(*address) {
            Some(account) => Some(account),
            None => find::at(work, address).await?,
        };
        match account {
            Some(account) => {
                there.insert((*address).clone(), (account, true));
            }
            None => {
                let problem = Problem {
                    code: "not-confirmed".to_owned(),
                    message: "MailRoute took the account and does not show it".to_owned(),
                    help: None,
                };
                work.settle(*slot, Outcome::Failed(problem));
            }
        }
    }
    Ok(())
}

/// Creates accounts in one request; `false` when MailRoute does not take that.
async fn in_bulk(
    work: &mut Work<'_>,
    domain: &Domain,
    newcomers: &[&Newcomer<'_>],
) -> Result<bool, ConnectorError> {
    let parts: BTreeSet<&str> = newcomers.iter().map(|one| one.address.local()).collect();
    for one in newcomers {
        work.tried(one.slot);
    }
    let body = json!({ "localparts": parts, "domain": domain.uri });
    let request = Request::post("email_account/mass_add/", body);
    Ok(match work.api.write(&request, &mut work.waits).await? {
        Said::Taken | Said::Unknown(_) => true,
        Said::Gone => {
            *work.in_bulk = false;
            false
        }
        // One of them may be the reason.
        Said::No(_) => false,
    })
}

async fn one_by_one(work: &mut Work<'_>, newcomer: &Newcomer<'_>) -> Result<Said, ConnectorError> {
    let body = json!({
        "localpart": newcomer.address.local(),
        "domain": newcomer.domain.uri,
        "create_opt": "generate_pwd",
        "send_welcome": false,
    });
    let request = Request::post("email_account/", body);
    work.api.write(&request, &mut work.waits).await
}

/// Why there is no account after a refusal: the address may be an alias already.
async fn refusal(
    work: &mut Work<'_>,
    address: &Address,
    why: Problem,
) -> Result<Outcome, ConnectorError> {
    let owner = find::owner_of_alias(work, address.as_str()).await?;
    Ok(match owner {
        Some(_) => {
            let message = format!("`{address}` is an alias of another account");
            let help = "take the alias away at MailRoute first, if this is somebody else";
            refused("address-is-an-alias", message, help)
        }
        None => Outcome::Refused(why),
    })
}

fn no_way() -> Outcome {
    let message = "MailRoute does not take new accounts at this address of its API";
    refused("refused", message, "run `rollcall test` on the connection")
}
