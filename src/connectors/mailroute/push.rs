//! The full push: a domain's whole inventory in one request, tried out first.
//!
//! MailRoute takes two pushes in twelve hours. Published are the request and its limit, and neither its answer nor whether
//! it deletes what it leaves out: so every account that shall stay is in it, nothing is pushed that was not read whole, and
//! what came of it is read back. It has no word for distribution lists, which are marked one by one afterwards.

mod wanted;

use std::{
    collections::{BTreeMap, BTreeSet},
    time::Duration,
};

use serde_json::{Value, json};

use self::wanted::{Wanted, keep_accounts_accounts, keep_aliases_where_they_stay, of_domain, want};
use super::{
    account::Account,
    aliases::{conclude, fulfil, refuse_taken},
    api::{Said, judged, problem},
    domains::Domain,
    read::{self, Inventory},
    update::{gone, wish},
    wishes::{Wish, of_newcomer},
    write::{Placed, Work, refuse_invitations},
};
use crate::{
    connectors::{
        ports::{ConnectorError, ErrorKind, Watch},
        web::Request,
    },
    model::address::Address,
    plan::{
        change::{Action, Change},
        outcome::{Outcome, Problem},
    },
};

/// How long until MailRoute takes another push, when it does not say so itself.
const UNTIL_THE_NEXT: Duration = Duration::from_secs(12 * 60 * 60);

/// What is said of an account that a reading with doubts does not show.
const UNKNOWN: &str = "it is not known whether MailRoute has the account";

/// Pushes the domains that change.
pub(super) async fn push(
    work: &mut Work<'_>,
    changes: &[Placed<'_>],
    watch: &dyn Watch,
) -> Result<(), ConnectorError> {
    refuse_invitations(work, changes);
    let before = read::accounts(work.api, work.domains.to_vec(), &mut work.waits, watch).await?;
    if let Some(doubt) = unfit(&before) {
        return Err(ConnectorError::new(ErrorKind::BadData, doubt)
            .help("nothing is pushed for domains that could not be read whole"));
    }
    let now = by_address(before.accounts);
    let there: Wanted = now
        .iter()
        .map(|(address, account)| (address.clone(), account.aliases.clone()))
        .collect();
    let mut wanted = there.clone();
    for (slot, change) in changes {
        if work.is_open(*slot)
            && let Err(outcome) = want(work, *slot, change, &now, &mut wanted)
        {
            work.settle(*slot, outcome);
        }
    }
    keep_accounts_accounts(&mut wanted);
    keep_aliases_where_they_stay(&mut wanted, &there);
    let pushed: Vec<Domain> = work
        .domains
        .iter()
        .filter(|domain| of_domain(&wanted, domain) != of_domain(&there, domain))
        .cloned()
        .collect();
    let mut sent = Sent::default();
    for domain in &pushed {
        if let Said::No(why) | Said::Unknown(why) = send(work, domain, &wanted, true).await? {
            sent.failures.insert(domain.name.clone(), why);
        }
    }
    for domain in &pushed {
        if sent.failures.contains_key(&domain.name) {
            continue;
        }
        match send(work, domain, &wanted, false).await {
            Ok(Said::No(why) | Said::Unknown(why)) => {
                sent.failures.insert(domain.name.clone(), why);
            }
            Ok(Said::Taken | Said::Gone) => {}
            Err(error) => {
                sent.halted = Some(error);
                break;
            }
        }
        sent.domains.insert(domain.name.clone());
    }
    // What had nothing to push is as it was wanted, or differs in its state alone.
    let idle = work
        .domains
        .iter()
        .filter(|domain| !pushed.contains(domain));
    let idle = idle.map(|domain| domain.name.clone());
    sent.domains.extend(idle);
    sent.domains.extend(sent.failures.keys().cloned());
    let open: Vec<Placed<'_>> = changes
        .iter()
        .copied()
        .filter(|(_, change)| {
            let address = change.member.address();
            address.is_some_and(|address| sent.domains.contains(address.domain()))
        })
        .collect();
    for (slot, _) in &open {
        work.tried(*slot);
    }
    let after = read::accounts(work.api, work.domains.to_vec(), &mut work.waits, watch).await?;
    let is_whole = after.doubts.is_empty();
    let after = by_address(after.accounts);
    judge(work, &open, &now, (&after, is_whole), &sent.failures).await?;
    sent.halted.map_or(Ok(()), Err)
}

/// What came of the requests.
#[derive(Default)]
struct Sent {
    /// The domains that may be judged.
    domains: BTreeSet<String>,
    /// Those among them of which MailRoute said no, or nothing.
    failures: BTreeMap<String, Problem>,
    /// Why it ended early.
    halted: Option<ConnectorError>,
}

/// Why an inventory must not be pushed.
fn unfit(inventory: &Inventory) -> Option<String> {
    let nameless = inventory.accounts.iter();
    let mut nameless = nameless.filter(|account| account.address.is_none());
    match (inventory.doubts.first(), nameless.next()) {
        (Some(doubt), _) => Some(doubt.clone()),
        (None, Some(account)) => Some(format!(
            "the account `{}` has no address that could be pushed",
            account.written
        )),
        (None, None) => None,
    }
}

fn by_address(accounts: Vec<Account>) -> BTreeMap<Address, Account> {
    let accounts = accounts.into_iter();
    accounts
        .filter_map(|account| Some((account.address.clone()?, account)))
        .collect()
}

async fn send(
    work: &mut Work<'_>,
    domain: &Domain,
    wanted: &Wanted,
    is_trial: bool,
) -> Result<Said, ConnectorError> {
    let entries = of_domain(wanted, domain).into_iter();
    let entries =
        entries.map(|(email, aliases)| json!({ "email": email.as_str(), "aliases": aliases }));
    let request = Request::post("ldapsync/remote_data/", Value::Array(entries.collect()))
        .query("domain", domain.name.as_str())
        .query("test_run", if is_trial { "1" } else { "0" })
        .not_again();
    let heard = work.api.web.ask(&request, &mut work.waits).await;
    match heard {
        Ok(heard) if heard.status == 429 => {
            let wait = heard.wait().unwrap_or(UNTIL_THE_NEXT);
            let message = "MailRoute takes two full pushes in twelve hours, and had them";
            Err(ConnectorError::new(
                ErrorKind::Unavailable(Some(wait)),
                message,
            ))
        }
        Ok(heard) if heard.status == 404 => Ok(Said::No(Problem {
            code: "not-found".to_owned(),
            message: format!("MailRoute takes no full push for `{}`", domain.name),
            help: Some("set `fullPush` to false on the connection".to_owned()),
        })),
        Ok(heard) => Ok(judged(&heard)),
        Err(error) => Ok(Said::Unknown(problem(&error))),
    }
}

/// What became of each change, by what is there now.
async fn judge(
    work: &mut Work<'_>,
    changes: &[Placed<'_>],
    before: &BTreeMap<Address, Account>,
    (after, is_whole): (&BTreeMap<Address, Account>, bool),
    failures: &BTreeMap<String, Problem>,
) -> Result<(), ConnectorError> {
    let (mut done, mut states) = (Vec::new(), Vec::new());
    for (slot, change) in changes {
        let Some(address) = change.member.address().filter(|_| work.is_open(*slot)) else {
            continue;
        };
        let why = failures.get(address.domain());
        let (was, is) = (before.get(address), after.get(address));
        let outcome = match (&change.action, was, is) {
            (Action::Remove, None, None) => Outcome::AlreadySo,
            (Action::Remove, Some(_), None) if !is_whole => not_so(why, UNKNOWN),
            (Action::Remove, Some(_), None) => Outcome::Applied,
            (Action::Remove, _, Some(_)) => not_so(why, "MailRoute still has the account"),
            (_, _, None) => not_so(why, "MailRoute does not show the account"),
            (Action::Add | Action::Update(_) | Action::Invite, was, Some(is)) => {
                match expected(work, *slot, change, was, is) {
                    Ok(wish) if wish.state.is_some() => {
                        states.push(wish);
                        continue;
                    }
                    Ok(wish) => {
                        done.push(wish);
                        continue;
                    }
                    Err(outcome) => outcome,
                }
            }
        };
        work.settle(*slot, outcome);
    }
    let accounts: BTreeMap<String, Account> = after
        .values()
        .map(|account| (account.id.clone(), account.clone()))
        .collect();
    for wish in done.iter_mut().chain(&mut states) {
        // An address that is an account stays one: the push left such aliases out.
        refuse_taken(wish, |alias| {
            after.keys().any(|known| known.as_str() == alias)
        });
        let domain = wish.account.address.as_ref().map_or("", Address::domain);
        if let Some(why) = failures.get(domain) {
            let aliases = wish.add.iter().chain(&wish.delete);
            wish.said = aliases.map(|alias| (alias.clone(), why.clone())).collect();
        }
    }
    conclude(work, done, &accounts).await?;
    for wish in &mut states {
        let state = wish.state.take();
        wish.judge(accounts.get(&wish.account.id));
        (wish.add, wish.delete, wish.state) = (BTreeSet::new(), BTreeSet::new(), state);
    }
    fulfil(work, states).await
}

/// What a change asked for, with the account as it is now.
fn expected(
    work: &Work<'_>,
    slot: usize,
    change: &Change,
    was: Option<&Account>,
    is: &Account,
) -> Result<Wish, Outcome> {
    let base = was.unwrap_or(is);
    let mut wish = match (&change.action, change.member.address()) {
        (Action::Update(fields), _) => wish(work, slot, base, fields)?,
        (_, Some(address)) => {
            let mut wish = Wish::new(slot, base.clone(), false);
            wish.ask(of_newcomer(&change.member.attributes, address)?);
            wish
        }
        (_, None) => return Err(gone()),
    };
    wish.settle_contradictions();
    wish.changed = was.is_none() || !wish.add.is_empty() || !wish.delete.is_empty();
    wish.account = is.clone();
    Ok(wish)
}

fn not_so(why: Option<&Problem>, what: &str) -> Outcome {
    Outcome::Failed(why.cloned().unwrap_or_else(|| Problem {
        code: "not-confirmed".to_owned(),
        message: format!("{what} after the push"),
        help: None,
    }))
}
