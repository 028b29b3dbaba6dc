//! What is pushed: every address that shall have an account, with its aliases.
//!
//! Pure: it must not make a request.

use std::collections::{BTreeMap, BTreeSet};

use super::super::{
    account::Account,
    add::not_our_domain,
    api::refused,
    domains::{self, Domain},
    remove::deletes_off,
    update::{gone, wish},
    wishes::of_newcomer,
    write::Work,
};
use crate::{
    model::address::Address,
    plan::{
        change::{Action, Change},
        outcome::Outcome,
    },
};

/// Every address that shall have an account, with its aliases.
pub(super) type Wanted = BTreeMap<Address, BTreeSet<String>>;

/// A domain's part of it.
pub(super) fn of_domain<'a>(
    wanted: &'a Wanted,
    domain: &Domain,
) -> BTreeMap<&'a Address, &'a BTreeSet<String>> {
    let entries = wanted.iter();
    entries
        .filter(|(address, _)| address.domain() == domain.name)
        .collect()
}

/// Works one change into the inventory.
pub(super) fn want(
    work: &Work<'_>,
    slot: usize,
    change: &Change,
    now: &BTreeMap<Address, Account>,
    wanted: &mut Wanted,
) -> Result<(), Outcome> {
    let Some(address) = change.member.address() else {
        return Err(refused(
            "no-address",
            "there is no address to make an account of",
            "",
        ));
    };
    if domains::of(work.domains, address).is_none() {
        return Err(not_our_domain(work.domains, address));
    }
    match &change.action {
        Action::Add => {
            let asked = of_newcomer(&change.member.attributes, address)?;
            let is_list = now.get(address).is_some_and(Account::is_distribution_list);
            let aliases = wanted.entry(address.clone()).or_default();
            if !is_list {
                aliases.extend(asked.aliases);
            }
        }
        Action::Update(fields) => {
            let account = now.get(address).ok_or_else(gone)?;
            let mut wish = wish(work, slot, account, fields)?;
            wish.settle_contradictions();
            let aliases = wanted.entry(address.clone()).or_default();
            aliases.extend(wish.add);
            aliases.retain(|alias| !wish.delete.contains(alias));
        }
        Action::Remove if !work.may.delete_accounts => return Err(deletes_off()),
        Action::Remove => {
            wanted.remove(address);
        }
        Action::Invite => {}
    }
    Ok(())
}

/// An address is an account or an alias, and never becomes the other by a push.
pub(super) fn keep_accounts_accounts(wanted: &mut Wanted) {
    let accounts: BTreeSet<String> = wanted.keys().map(|one| one.as_str().to_owned()).collect();
    for aliases in wanted.values_mut() {
        aliases.retain(|alias| !accounts.contains(alias));
    }
}

/// An alias that somebody keeps is pushed for nobody else: which of them would have it afterwards, nobody knows.
pub(super) fn keep_aliases_where_they_stay(wanted: &mut Wanted, there: &Wanted) {
    let mut keepers: BTreeMap<String, Address> = BTreeMap::new();
    for (address, aliases) in there {
        let stays = |alias: &&String| wanted.get(address).is_some_and(|all| all.contains(*alias));
        let kept = aliases.iter().filter(stays);
        keepers.extend(kept.map(|alias| (alias.clone(), address.clone())));
    }
    for (address, aliases) in wanted {
        aliases.retain(|alias| keepers.get(alias).is_none_or(|keeper| keeper == address));
    }
}
