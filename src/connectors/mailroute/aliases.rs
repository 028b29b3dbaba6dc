//! Does what is wished of accounts: aliases added and deleted, states changed, and everything read back.
//!
//! It must not create or delete accounts, and never turns an account into an alias (`users_to_alias`).

use std::collections::{BTreeMap, BTreeSet};

use reqwest::Method;
use serde_json::{Value, json};

use super::{
    account::{Account, DISTRIBUTION_LIST, STATE},
    api::{Said, problem},
    find,
    pages::{listing, number_or_text},
    wishes::{Trouble, Wish, would_lose_aliases},
    write::Work,
};
use crate::{
    connectors::{
        ports::{ConnectorError, ErrorKind, Unwatched},
        web::{Request, segment},
    },
    model::address::Address,
    plan::outcome::Problem,
};

/// Does what is wished, and writes down what became of it.
pub(super) async fn fulfil(
    work: &mut Work<'_>,
    mut wishes: Vec<Wish>,
) -> Result<(), ConnectorError> {
    leave_accounts_alone(work, &mut wishes).await?;
    wishes.iter_mut().for_each(Wish::settle_contradictions);
    // An alias has to be free before somebody else can have it, and shall be nobody's only for a moment.
    let added = wishes.iter().flat_map(|wish| &wish.add);
    let moving: BTreeSet<String> = added.cloned().collect();
    for wish in &mut wishes {
        let freed: BTreeSet<String> = wish.delete.intersection(&moving).cloned().collect();
        if !freed.is_empty() {
            work.tried(wish.slot);
            wish.changed = true;
            delete(work, wish, &freed).await?;
        }
    }
    for wish in wishes.iter_mut().filter(|wish| wish.is_open()) {
        work.tried(wish.slot);
        steps(work, wish, &moving).await?;
    }
    let touched = wishes.iter().filter(|wish| wish.is_open());
    let ids: BTreeSet<String> = touched.map(|wish| wish.account.id.clone()).collect();
    let now = find::by_ids(work, &ids).await?;
    conclude(work, wishes, &now).await
}

/// Holds every wish against its account as it is now, and writes the outcomes down.
pub(super) async fn conclude(
    work: &mut Work<'_>,
    wishes: Vec<Wish>,
    now: &BTreeMap<String, Account>,
) -> Result<(), ConnectorError> {
    for mut wish in wishes {
        if wish.is_open() {
            let account = now.get(&wish.account.id);
            if let Some(account) = account {
                explain(work, &mut wish, account).await?;
            }
            wish.judge(account);
        }
        work.settle(wish.slot, wish.outcome());
    }
    Ok(())
}

/// An address that is an account of its own is not made an alias of another one.
async fn leave_accounts_alone(
    work: &mut Work<'_>,
    wishes: &mut [Wish],
) -> Result<(), ConnectorError> {
    let aliases = wishes.iter().flat_map(|wish| &wish.add);
    let addresses: BTreeSet<Address> = aliases
        .filter_map(|alias| Address::parse(alias).ok())
        .collect();
    let accounts = find::by_addresses(work, &addresses).await?;
    let taken: BTreeSet<&str> = accounts.keys().map(Address::as_str).collect();
    for wish in wishes {
        refuse_taken(wish, |alias| taken.contains(alias));
    }
    Ok(())
}

/// Takes the aliases out of a wish that are accounts of their own.
pub(super) fn refuse_taken(wish: &mut Wish, is_account: impl Fn(&str) -> bool) {
    let (taken, free) = std::mem::take(&mut wish.add)
        .into_iter()
        .partition::<BTreeSet<String>, _>(|alias| is_account(alias));
    wish.add = free;
    for alias in taken {
        let message = format!("`{alias}` is an account of its own, so it cannot be an alias");
        let help = "delete that account at MailRoute, or turn it into an alias there, if it is the same person";
        wish.troubles
            .push(Trouble::last("alias-is-an-account", message, help));
    }
}

async fn steps(
    work: &mut Work<'_>,
    wish: &mut Wish,
    moving: &BTreeSet<String>,
) -> Result<(), ConnectorError> {
    wish.changed = true;
    if wish.state.is_some() && wish.state != Some(DISTRIBUTION_LIST) {
        set_state(work, wish).await?;
    }
    if !wish.add.is_empty() {
        add(work, wish).await?;
    }
    let superfluous: BTreeSet<String> = wish.delete.difference(moving).cloned().collect();
    if !superfluous.is_empty() {
        delete(work, wish, &superfluous).await?;
    }
    if wish.state != Some(DISTRIBUTION_LIST) {
        return Ok(());
    }
    // Marking a distribution list takes its aliases away for good: look once more.
    let Some(now) = find::with_id(work, &wish.account.id).await? else {
        return Ok(());
    };
    let aliases = if now.shows_aliases {
        now.aliases
    } else {
        match listed(work, &now).await {
            Ok(listed) => listed.into_keys().collect(),
            Err(error) if matches!(error.kind, ErrorKind::NotFound | ErrorKind::BadData) => {
                let message = "whether it has aliases to lose is not known".to_owned();
                wish.troubles
                    .push(Trouble::passing("aliases-not-shown", message));
                wish.state = None;
                return Ok(());
            }
            Err(error) => return Err(error),
        }
    };
    if aliases.is_empty() {
        return set_state(work, wish).await;
    }
    wish.troubles.push(would_lose_aliases(aliases.iter()));
    wish.state = None;
    Ok(())
}

async fn set_state(work: &mut Work<'_>, wish: &mut Wish) -> Result<(), ConnectorError> {
    let path = format!("email_account/{}/", segment(&wish.account.id));
    let body = json!({ "state": wish.state_number() });
    let request = Request::new(Method::PATCH, path, Some(body)).repeatable();
    let said = work.api.write(&request, &mut work.waits).await?;
    wish.said
        .extend(trouble(said).map(|why| (STATE.to_owned(), why)));
    Ok(())
}

/// Adds aliases in one request; where that is refused one by one, so that one that cannot be keeps no other back.
async fn add(work: &mut Work<'_>, wish: &mut Wish) -> Result<(), ConnectorError> {
    let path = format!(
        "email_account/{}/mass_add_aliases/",
        segment(&wish.account.id)
    );
    let parts: Vec<&str> = wish.add.iter().map(|alias| local(alias)).collect();
    let request = Request::post(path, json!({ "aliases": parts }));
    match work.api.write(&request, &mut work.waits).await? {
        Said::Taken => return Ok(()),
        Said::Unknown(why) => {
            let aliases = wish.add.iter();
            wish.said
                .extend(aliases.map(|alias| (alias.clone(), why.clone())));
            return Ok(());
        }
        Said::No(_) | Said::Gone => {}
    }
    for alias in &wish.add {
        let body = json!({ "localpart": local(alias), "email_account": wish.account.uri });
        let request = Request::post("localpart_alias/", body);
        let said = work.api.write(&request, &mut work.waits).await?;
        wish.said
            .extend(trouble(said).map(|why| (alias.clone(), why)));
    }
    Ok(())
}

async fn delete(
    work: &mut Work<'_>,
    wish: &mut Wish,
    aliases: &BTreeSet<String>,
) -> Result<(), ConnectorError> {
    let listed = listed(work, &wish.account).await?;
    for (part, id) in listed {
        let mut wanted = aliases.iter();
        let Some(alias) = wanted.find(|alias| local(alias).eq_ignore_ascii_case(&part)) else {
            continue;
        };
        let path = format!("localpart_alias/{}/", segment(&id));
        let request = Request::new(Method::DELETE, path, None).repeatable();
        match work.api.write(&request, &mut work.waits).await? {
            Said::Taken | Said::Gone => {}
            Said::No(why) | Said::Unknown(why) => {
                wish.said.insert(alias.clone(), why);
            }
        }
    }
    Ok(())
}

/// The aliases of an account, local part and id, as their own listing gives them.
async fn listed(
    work: &mut Work<'_>,
    account: &Account,
) -> Result<BTreeMap<String, String>, ConnectorError> {
    let filter = [("email_account", account.id.as_str())];
    let what = "aliases";
    let (api, waits) = (work.api, &mut work.waits);
    let listed = listing(api, "localpart_alias", &filter, what, waits, &Unwatched).await?;
    let own = format!("/email_account/{}/", account.id);
    let mut found = BTreeMap::new();
    for object in &listed.objects {
        let text = |name: &str| object.get(name).and_then(Value::as_str);
        let is_its = text("email_account").is_none_or(|uri| uri.ends_with(&own));
        if let (true, Some(id), Some(part)) =
            (is_its, number_or_text(object.get("id")), text("localpart"))
        {
            found.insert(part.to_owned(), id);
        }
    }
    Ok(found)
}

/// Finds out why an alias is not there: most likely it is somebody else's.
async fn explain(
    work: &mut Work<'_>,
    wish: &mut Wish,
    now: &Account,
) -> Result<(), ConnectorError> {
    let own = format!("/email_account/{}/", now.id);
    let missing: Vec<String> = wish.add.difference(&now.aliases).cloned().collect();
    for alias in missing {
        let owner = find::owner_of_alias(work, &alias).await?;
        if owner.is_some_and(|owner| !owner.ends_with(&own)) {
            let message = format!("`{alias}` is an alias of another account");
            let help = "take it away from that account at MailRoute, if it belongs here";
            let why = Trouble::last("alias-of-another-account", message, help);
            wish.said.insert(alias, why.problem);
        }
    }
    Ok(())
}

fn trouble(said: Said) -> Option<Problem> {
    match said {
        Said::Taken => None,
        Said::No(why) | Said::Unknown(why) => Some(why),
        Said::Gone => Some(problem(&ConnectorError::new(
            ErrorKind::NotFound,
            "the account is not there any more",
        ))),
    }
}

fn local(alias: &str) -> &str {
    alias.rsplit_once('@').map_or(alias, |(local, _)| local)
}
